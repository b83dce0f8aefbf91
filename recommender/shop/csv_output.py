"""Write CSV files atomically: rows go to ``NAME.part``, which is renamed when it is complete.

After an interruption, the part remains, with ``NAME.part.json`` that records its inputs, and can be resumed. The record
is locked as long as a run writes, so that two runs cannot mix their rows.
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
from .lock import lock_record

BOM = "\ufeff"  # without it Excel assumes the country's encoding instead of UTF-8
# Excel, LibreOffice and Google Sheets run a cell that begins with one of these as a formula, which can start programs
# and fetch addresses (OWASP, "CSV Injection").
FORMULA = ("=", "+", "-", "@", "\t", "\r")
# A number as any country writes it, or a dash, which stands for no number: neither computes anything.
_NUMBER = re.compile(r"[+-][.,]?\d+([., \u00a0\u202f]\d+)*[.,]?([eE][+-]?\d+)?[ \u00a0\u202f]?%?|-", re.ASCII)


class ResumeError(RecommenderError):
    """A part that cannot be resumed."""


class MissingFolder(RecommenderError):
    """A folder that is not there, so that no file can be written into it."""


class CsvOutput:
    """A file that is being written.

    :ivar resumed: whether an interrupted run has written the header, and perhaps rows.
    :ivar begun: whether this run or an interrupted one has written anything.
    """

    def __init__(self, file: TextIO, part: Path | None):
        self._file, self._part = file, part
        self._writer = csv.writer(file)
        self.resumed = self.begun = part is not None and file.tell() > 0
        if not self.resumed:
            file.write(BOM)

    def read_kept(self) -> Iterator[Mapping[str, str]]:
        """Read the cells of the rows that an interrupted run has written, by case-folded column name."""
        return (row.cells for row in read_rows(self._part)) if self._part and self.resumed else iter(())

    def write(self, rows: Iterable[Iterable[object]], *, escape: bool = True) -> None:
        """Write rows and flush them.

        :param escape: whether to escape their cells by :func:`escape_formula`.
        """
        self.begun = True
        with _name_in_errors(self._file.name):
            self._writer.writerows((map(escape_formula, cells) for cells in rows) if escape else rows)
            self._file.flush()


@contextmanager
def create_csv(path: Path, made_from: Mapping[str, str] | None, *, resume: bool = False) -> Iterator[CsvOutput]:
    """Write a file that replaces an existing one only when it is complete.

    :param made_from: the inputs that the rows depend on, by names for the user; None if they are unknown, in which case
        nothing is kept after an interruption.
    :param resume: whether to continue the part of an interrupted run; if there is none, the file is begun anew.
    :raises ResumeError: if the part's inputs were different, or are unknown.
    :raises MissingFolder: if there is no folder for the file.
    :raises .OutputInUse: if another run is writing the file.
    """
    pipe = path.exists() and not path.is_file()  # or a device: it cannot be replaced
    if resume and (pipe or made_from is None):
        raise ResumeError("A run can be resumed from a file to a file only.")
    if pipe:
        with path.open("w", encoding="utf-8", newline="") as file:
            yield CsvOutput(file, None)
        return
    path = path.resolve()  # replace the target of a link, not the link
    if not path.parent.is_dir():
        raise MissingFolder(f"{path.name} cannot be written: there is no folder {path.parent}.")
    part, record = path.with_name(f"{path.name}.part"), path.with_name(f"{path.name}.part.json")
    with lock_record(record, path):
        resumed = resume and _has_part(part, record, made_from or {})
        output: CsvOutput | None = None
        try:
            if resumed:
                _drop_incomplete_row(part)
            else:
                part.unlink(missing_ok=True)
                with _name_in_errors(str(record)):
                    record.write_text(json.dumps(made_from), encoding="utf-8")
            with part.open("a", encoding="utf-8", newline="") as file:
                output = CsvOutput(file, part)
                yield output
            part.replace(path)
        except BaseException:
            begun = resumed or (output is not None and output.begun)
            if made_from is None or not begun:  # there is nothing to resume
                part.unlink(missing_ok=True)
                record.unlink()
            raise
        record.unlink()


@contextmanager
def _name_in_errors(file: str) -> Iterator[None]:
    """Name a file in an error of the system that names none, such as that of a full disk."""
    try:
        yield
    except OSError as error:
        error.filename = error.filename or file
        raise


def was_stopped(path: Path) -> bool:
    """Return whether a run that wrote a file was stopped, or still writes: its part is there."""
    return path.with_name(f"{path.name}.part").exists()


def _has_part(part: Path, record: Path, made_from: Mapping[str, str]) -> bool:
    """Return whether there is a part with the same inputs.

    :raises ResumeError: if there is one, but its inputs were different, or are unknown.
    """
    if not part.is_file():
        return False
    try:
        before = json.loads(record.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        before = None
    if not isinstance(before, dict):  # null: what was read from a pipe cannot be compared
        raise ResumeError(f"{part} was not made from a file: begin anew, without --resume.")
    changed = [name for name in {**made_from, **before} if before.get(name) != made_from.get(name)]
    if changed:
        raise ResumeError(f"{part} was made with another {', '.join(changed)}: begin anew, without --resume.")
    return True


def _drop_incomplete_row(part: Path) -> None:
    """Cut off a row that was not written completely."""
    end = 0
    quotes = 0  # after an odd number of them, a line end is inside a cell
    with part.open("r+b") as file:
        for line in file:
            quotes += line.count(b'"')
            if line.endswith(b"\r\n") and quotes % 2 == 0:
                end = file.tell()
        file.truncate(end)


def escape_formula(value: object) -> object:
    """Return ``value``, with an apostrophe in front if it is a text that a spreadsheet would run as a formula.

    A number such as -1.5 or -1.234,5 and a lone dash are left unchanged, although they begin with such a character.
    """
    if isinstance(value, str) and value.startswith(FORMULA) and not _NUMBER.fullmatch(value):
        return f"'{value}"
    return value


def unescape_formula(text: str) -> str:
    """Return ``text`` without the apostrophe that :func:`escape_formula`, or another program, has put in front."""
    return text[1:] if text.startswith("'") and text[1:].startswith(FORMULA) else text
