"""Dates as exports write them, as numbers that sort as they do."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import CatalogError
from .text import shorten

# 2026-11-05, 5.11.2026, 11/5/26; a time behind it, with or without seconds, half of the day and zone
_DATE = re.compile(
    r"(\d{1,4})([./-])(\d{1,2})\2(\d{1,4})"
    r"(?:[ T,]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s*([AaPp]\.?[Mm]\.?)?\s*(?:Z|UTC|GMT|[+-]\d{2}:?\d{2})?)?"
)
_PACKED = re.compile(r"^(\d{4})(\d{2})(\d{2})$")


@dataclass
class DateOrder:
    """What the dates of a file have told of the order of day and month.

    :ivar day_first: some date can only be read day first, such as 25/3/2026.
    :ivar month_first: some date can only be read month first.
    :ivar unclear: some date can be read both ways.
    """

    day_first: bool = False
    month_first: bool = False
    unclear: bool = False


def read_date(text: str, seen: DateOrder) -> tuple[int, int]:
    """Return a date as two numbers: read day first, and read month first; the same where it can be read one way.

    :param seen: told what this date says.
    :raises CatalogError: if it is none.
    """
    found = _DATE.fullmatch(_PACKED.sub(r"\1-\2-\3", text.strip()))
    if not found:
        raise CatalogError(f'the date "{shorten(text)}" is not written as 2026-11-05, 5.11.2026 or 11/5/2026.')
    first, separator, second, third, *time = found.groups()
    if len(first) == 4:
        at = _number(first, second, third, time, text)
        return at, at
    year = third if len(third) == 4 else f"20{third.zfill(2)}"
    if separator == "." or int(first) > 12:
        seen.day_first |= separator != "."
        at = _number(year, second, first, time, text)
        return at, at
    if int(second) > 12:
        seen.month_first = True
        at = _number(year, first, second, time, text)
        return at, at
    seen.unclear |= first != second
    return _number(year, second, first, time, text), _number(year, first, second, time, text)


def _number(year: str, month: str, day: str, time: Sequence[str | None], text: str) -> int:
    hour, minute, second = (int(part or 0) for part in time[:3])
    if half := time[3]:
        hour = hour % 12 + (12 if half[0] in "Pp" else 0)
    if not (1 <= int(month) <= 12 and 1 <= int(day) <= 31 and hour < 24 and minute < 60 and second < 60):
        raise CatalogError(f'the date "{text}" is not one of the calendar.')
    return ((((int(year) * 100 + int(month)) * 100 + int(day)) * 100 + hour) * 100 + minute) * 100 + second
