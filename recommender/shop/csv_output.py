"""CSV files that are written whole: rows gather in ``NAME.part``, which takes the name when it is complete.

After an interruption the part stays, with ``NAME.part.json`` that says what it was made from, and can be gone on with.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from ..errors import RecommenderError
from .csv_file import read_rows

BOM = "\ufeff"  # without it Excel takes UTF-8 for the encoding of the country
# Excel, LibreOffice and Google Sheets take a cell that begins with one of these for a formula, which can call programs
# and fetch addresses (OWASP, "CSV Injection").
FORMULA = ("=", "+", "-", "@", "\t", "\r")
_NUMBER = re.compile(r"[+-](\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)


class ResumeError(RecommenderError):
    """A part that cannot be gone on with."""


class CsvOutput:
    """A file that is being written.

    :ivar resumed: whether an earlier run has written the header, and perhaps rows.
    """

    def __init__(self, file: TextIO, part: Path | None):
        self._file, self._part = file, part
        self._writer = csv.writer(file)
        self.resumed = part is not None and file.tell() > 0
        if not self.resumed:
            file.write(BOM)

    def read_kept(self) -> Iterator[Mapping[str, str]]:
        """Read the rows that an earlier run wrote, by folded column name."""
        return (row.cells for row in read_rows(self._part)) if self._part and self.resumed else iter(())

    def write(self, rows: Iterable[Iterable[object]]) -> None:
        """Write rows, and hand them to the system; see :func:`escape_formula`."""
        self._writer.writerows(map(escape_formula, cells) for cells in rows)
        self._file.flush()


@contextmanager
def create_csv(path: Path, made_from: Mapping[str, str] | None, *, resume: bool = False) -> Iterator[CsvOutput]:
    """Write a file that takes its place when it is complete; until then what was there before is untouched.

    :param made_from: what the rows depend on, by what a user calls it; None if that cannot be told, so that nothing
        is kept after an interruption.
    :param resume: whether to go on with the part that an interrupted run left.
    :raises ResumeError: if there is no such part, or it was made from something else.
    """
    pipe = path.exists() and not path.is_file()  # or a device: it has no place to take
    if resume and (pipe or made_from is None):
        raise ResumeError("A run can be resumed from a file to a file only.")
    if pipe:
        with path.open("w", encoding="utf-8", newline="") as file:
            yield CsvOutput(file, None)
        return
    path = path.resolve()  # a link stays one
    part, record = path.with_name(f"{path.name}.part"), path.with_name(f"{path.name}.part.json")
    if resume:
        _check(part, record, made_from or {})
        _drop_incomplete_row(part)
    else:
        part.unlink(missing_ok=True)
        record.write_text(json.dumps(made_from), encoding="utf-8")
    try:
        with part.open("a", encoding="utf-8", newline="") as file:
            yield CsvOutput(file, part)
        part.replace(path)
    except BaseException:
        if made_from is None:
            part.unlink(missing_ok=True)
            record.unlink()
        raise
    record.unlink()


def _check(part: Path, record: Path, made_from: Mapping[str, str]) -> None:
    """Check that there is a part, made from the same.

    :raises ResumeError: if there is none, or it was made from something else.
    """
    try:
        before = json.loads(record.read_text(encoding="utf-8"))
        part.stat()
    except (OSError, ValueError) as error:
        raise ResumeError(f"There is no {part} to resume from.") from error
    changed = [name for name in {**made_from, **before} if before.get(name) != made_from.get(name)]
    if changed:
        raise ResumeError(f"{part} was made with another {', '.join(changed)}: begin anew, without --resume.")


def _drop_incomplete_row(part: Path) -> None:
    """Cut off what follows the last row that was written whole."""
    end = 0
    quotes = 0  # an odd number of them: inside of a cell
    with part.open("r+b") as file:
        for line in file:
            quotes += line.count(b'"')
            if line.endswith(b"\r\n") and quotes % 2 == 0:
                end = file.tell()
        file.truncate(end)


def escape_formula(value: object) -> object:
    """Return ``value``, with an apostrophe before it if it is a text that a spreadsheet would run.

    A number such as -1.5 begins with a formula's character too, and is left alone.
    """
    if isinstance(value, str) and value.startswith(FORMULA) and not _NUMBER.fullmatch(value):
        return f"'{value}"
    return value
