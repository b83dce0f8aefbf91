"""Cells of a CSV file that a spreadsheet shows and does not run.

Excel, LibreOffice and Google Sheets take a cell that begins with one of six characters for a
formula, which can call programs and fetch addresses (OWASP, "CSV Injection"). An apostrophe
before it makes it text; a number such as -1.5 begins with one too, and is left alone.
"""

from __future__ import annotations

import re

FORMULA = ("=", "+", "-", "@", "\t", "\r")
_NUMBER = re.compile(r"[+-](\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)


def cell(value: object) -> object:
    """``value``, with an apostrophe before it if it is a text that a spreadsheet would run."""
    if isinstance(value, str) and value.startswith(FORMULA) and not _NUMBER.fullmatch(value):
        return f"'{value}"
    return value
