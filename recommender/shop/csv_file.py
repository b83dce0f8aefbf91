"""Read CSV files as people and spreadsheets write them; all that users send are read by this module.

Accepted are UTF-8, or UTF-16 with a byte-order mark; any line ends; ``,`` ``;`` ``|`` or tab between cells, or the
separator of a first line ``sep=``; column names in any letter case and with spaces around them; a space before the
quotation mark that opens a cell, but not after a tab; cells written ``="00123"``, by which a spreadsheet keeps zeros.
Between tabs, a cell may also begin with a quotation mark that closes nothing. Rows of blank cells, with which
spreadsheets pad a sheet, are skipped. A faulty row is refused with its line. The whole file is refused if its rows
cannot be told apart: it is not text, or a quotation mark is never closed.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain
from pathlib import Path

from ..errors import CatalogError
from .text import clean, shorten, take_some

DELIMITERS = (",", ";", "\t", "|")  # the one that splits the header into most cells is taken
MAX_CELL = 2**24  # characters; a longer cell is probably a quotation mark that is never closed
WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # the first bytes of an .xlsx and of an .xls file
MARKS = (  # of byte order, the longer ones first
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (codecs.BOM_UTF8, "utf-8-sig"),
)
MAX_LISTED = 10  # columns listed in a message
SNIFFED = 10_000  # characters of the header that determine the delimiter
MAX_LINES = 1_000  # of a cell between tabs; a longer one is probably a quotation mark that opens nothing
# A spreadsheet that saves the line again pads it with its own separator.
_SEPARATOR_LINE = re.compile(r'"?sep=([,;|\t])"?(?:([,;|\t])\2*)?\s*', re.IGNORECASE)
_TEXT_FORMULA = re.compile(r'="((?:[^"]|"")*)"')


class CsvProblem(StrEnum):
    """Why a whole file is refused."""

    MISSING = "missing"  # the file cannot be opened
    WORKBOOK = "workbook"
    ENCODING = "encoding"
    CSV = "csv"
    HEADER = "header"


class CsvError(CatalogError):
    """A file that cannot be read as a table.

    :ivar line: the first that cannot be read, or 0.
    """

    def __init__(self, message: str, problem: CsvProblem, line: int = 0):
        self.problem, self.line = problem, line
        super().__init__(message)


@dataclass(frozen=True)
class CsvRow:
    """One row.

    :ivar line: the line on which it begins, from 1.
    :ivar cells: by case-folded column name; missing cells are empty.
    :ivar problem: why the row is refused, or "".
    """

    line: int
    cells: dict[str, str]
    problem: str = ""


@dataclass(frozen=True)
class CsvTable:
    """An open file.

    :ivar header: the column names as written, without spaces around them.
    :ivar columns: the same names case-folded, the keys of :attr:`CsvRow.cells`; of a column without a name, as many
        spaces as there are columns before it.
    :ivar rows: read one by one; iteration raises :class:`CsvError` where the file cannot be read further.
    """

    name: str
    header: tuple[str, ...]
    columns: tuple[str, ...]
    rows: Iterator[CsvRow]

    def require(self, *columns: str) -> None:
        """Check that the file has these columns.

        :raises CsvError: if one is missing.
        """
        missing = [column for column in columns if column not in self.columns]
        if missing:
            found = f"it has {self.list_header()}" if self.header else "the file is empty"
            raise CsvError(f"{self.name}: the header lacks {', '.join(missing)}; {found}.", CsvProblem.HEADER, 1)

    def list_header(self) -> str:
        """Return the first :data:`MAX_LISTED` column names for a message."""
        return ", ".join(take_some([shorten(name) for name in self.header if name], MAX_LISTED))


@contextmanager
def open_csv(source: Path | bytes, encoding: str | None = None, *, repeated: bool = False) -> Iterator[CsvTable]:
    """Open a file, or the content of one, as a table.

    :param encoding: by default UTF-8; the mark of another encoding at the beginning of the file wins.
    :param repeated: whether the header may name a column twice; of its cells, the first is read then.
    :raises CsvError: if it cannot be opened, or its header cannot be read or names a column twice.
    """
    name = str(source) if isinstance(source, Path) else "The file"
    try:
        file = source.open("rb") if isinstance(source, Path) else io.BufferedReader(io.BytesIO(source))
    except OSError as error:
        raise CsvError(f"{name} cannot be read: {error.strerror}.", CsvProblem.MISSING) from error
    with file:
        start = file.peek(4)[:4]
        if start in WORKBOOKS:
            reason = f"{name} is a workbook, or another archive, and not text. Save the sheet as “CSV UTF-8”."
            raise CsvError(reason, CsvProblem.WORKBOOK)
        marked = next((name for mark, name in MARKS if start.startswith(mark)), None)
        # in most encodings, invalid bytes become lone surrogates, so that the error can tell the line
        errors = "surrogatepass" if marked in ("utf-16", "utf-32") else "surrogateescape"
        text = io.TextIOWrapper(file, marked or encoding or "utf-8-sig", errors, newline="")
        yield _read_table(text, name, repeated)


def read_rows(path: Path, *columns: str) -> Iterator[CsvRow]:
    """Read a file in which every row has to be valid.

    :param columns: those that the file must have.
    :raises CsvError: if a column is missing, or for the first faulty row.
    """
    with open_csv(path) as table:
        table.require(*columns)
        for row in table.rows:
            if row.problem:
                raise CsvError(f"{path}, line {row.line}: {row.problem}", CsvProblem.CSV, row.line)
            yield row


def _read_table(lines: io.TextIOWrapper, name: str, may_repeat: bool) -> CsvTable:
    csv.field_size_limit(MAX_CELL)  # for the whole process; the default is 131,072
    try:
        skipped = 0
        while (first := next(lines, "")) and not first.strip():
            skipped += 1
        if separator := _SEPARATOR_LINE.fullmatch(first):
            header, delimiter, skipped = [next(lines, "")], separator[2] or separator[1], skipped + 1
        else:
            header = _read_first_record(first, lines)
            delimiter = _sniff_delimiter(header)
    except UnicodeError as error:
        raise _encoding_error(name, 1, lines.encoding) from error
    if "\0" in "".join(header):  # in UTF-16 without its mark, every second byte of a Latin text is 0
        raise _encoding_error(name, skipped + 1, lines.encoding)
    content: Iterator[str] = chain(header, lines)
    split = header[0].split("\t")
    if delimiter == "\t" and not any(cell.startswith('"') for cell in split):
        content = _quote_literal_marks(content, len(_without_blank_end(split)))
    records = _read_records(content, delimiter, skipped, name, lines.encoding)
    line, cells, problem = next(records, (1, [], ""))
    if problem:
        raise CsvError(f"{name}, line {line}: {problem}", CsvProblem.HEADER, line)
    names = tuple(clean(cell) for cell in _without_blank_end(cells))
    columns = tuple(column.casefold() or " " * n for n, column in enumerate(names))
    repeated = [column for n, column in enumerate(columns) if column in columns[:n]]
    if repeated and not may_repeat:
        raise make_repeated_error(name, repeated[0], line)
    return CsvTable(name, names, columns, (_as_row(columns, *record) for record in records))


def _read_first_record(first: str, lines: Iterator[str]) -> list[str]:
    """Return the lines of the first record: up to that which closes the last quotation mark, or to :data:`SNIFFED`."""
    record, size, quotes = [first], len(first), first.count('"')
    while quotes % 2 and size < SNIFFED and (line := next(lines, "")):
        record.append(line)
        size, quotes = size + len(line), quotes + line.count('"')
    return record


def _sniff_delimiter(header: Sequence[str]) -> str:
    """Return the delimiter of a header; a semicolon rather than a comma, which may stand inside of a cell, too.

    :param header: its lines; of each, the first :data:`SNIFFED` characters are read.
    """

    def rate(delimiter: str) -> tuple[int, bool]:
        lines = (line[:SNIFFED] for line in header)
        cells = len(next(csv.reader(lines, delimiter=delimiter, skipinitialspace=True), []))
        return cells, cells > 1 and delimiter == ";"  # of one column alone, the cells may hold lists with semicolons

    return max(DELIMITERS, key=rate)


def _quote_literal_marks(lines: Iterator[str], columns: int) -> Iterator[str]:
    """Yield the lines of a tab-separated file; quote the cells with quotation marks where these are part of the text.

    Reports such as Amazon's never quote a cell, so that one may begin with a quotation mark, and a later one may end
    with another. Excel quotes cells that hold a quotation mark, which it doubles, or a line end. A cell that would hold
    a tab is believed only if no line of it is a whole row by itself.

    :param columns: number of columns in the header.
    """
    waiting: deque[str] = deque()  # lines that were read ahead

    def read_ahead(taken: list[str]) -> Iterator[str]:
        yield taken[0]
        while len(taken) < MAX_LINES and (line := waiting.popleft() if waiting else next(lines, "")):
            taken.append(line)
            if "\t" in line.partition('"')[0] and is_row(line.split("\t")):
                return
            yield line

    def is_row(cells: Sequence[str]) -> bool:
        return columns <= len(cells) and not any(cell.strip() for cell in cells[columns:])

    def has_quoted_cells(taken: list[str]) -> bool:
        try:
            cells = next(csv.reader(read_ahead(taken), delimiter="\t", strict=True))
        except csv.Error:
            return False
        if not any("\t" in cell for cell in cells):
            return True
        return is_row(cells) and not any(is_row(line.split("\t")) for line in taken)

    while first := waiting.popleft() if waiting else next(lines, ""):
        taken = [first]
        if '"' in first and not has_quoted_cells(taken):
            waiting.extendleft(reversed(taken[1:]))
            text = first.rstrip("\r\n")
            taken = ["\t".join(map(_quote, text.split("\t"))) + first[len(text) :]]
        yield from taken


def _quote(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if '"' in cell else cell


def _read_records(
    lines: Iterator[str], delimiter: str, skipped: int, name: str, encoding: str
) -> Iterator[tuple[int, list[str], str]]:
    """Yield each row's first line, its cells, and what is wrong with it or ""; leave out blank rows.

    :param skipped: number of lines in the file before these.
    """
    plain, spaced = (
        csv.reader((), delimiter=delimiter, strict=True, skipinitialspace=skip).dialect for skip in (False, True)
    )
    last = skipped
    while True:
        line = last + 1
        try:
            first = next(lines)
            # where no quotation mark follows one, the spaces before cells are kept, and always after a tab
            reader = csv.reader(chain((first,), lines), spaced if ' "' in first and delimiter != "\t" else plain)
            cells = next(reader)
            "".join(cells).encode()  # fails on lone surrogates
        except StopIteration:
            return
        except UnicodeError as error:
            raise _encoding_error(name, line, encoding) from error
        except csv.Error as error:
            if "expected after" not in str(error):  # the end of the file, or the limit, inside a cell
                reason = f"{name}: the quotation mark opened in line {line} is never closed."
                if "field limit" in str(error):
                    reason = f"{name}, line {line}: a cell has over {MAX_CELL:,} characters; is a quotation mark open?"
                raise CsvError(reason, CsvProblem.CSV, line) from error
            last += reader.line_num
            where = f" (it goes on to line {last})" if last > line else ""
            yield line, [], f"a quotation mark stands inside of a cell{where}."
        else:
            last += reader.line_num
            if any(cell.strip() for cell in cells):
                yield line, [_read_formula(cell) if cell.startswith("=") else cell for cell in cells], ""


def _read_formula(cell: str) -> str:
    """Return the text of a formula that is nothing but a text, and any other cell as it is."""
    found = _TEXT_FORMULA.fullmatch(cell)
    return found[1].replace('""', '"') if found else cell


def _as_row(columns: tuple[str, ...], line: int, cells: list[str], problem: str) -> CsvRow:
    extra = _without_blank_end(cells)[len(columns) :]
    if extra:
        problem = f"the row has {len(columns) + len(extra)} cells, the header {len(columns)}."
    cells += [""] * (len(columns) - len(cells))
    named: dict[str, str] = {}
    for column, cell in zip(columns, cells, strict=False):
        named.setdefault(column, cell)
    return CsvRow(line, named, problem)


def make_repeated_error(name: str, column: str, line: int) -> CsvError:
    """Return the error about a column that the header of a file names twice."""
    return CsvError(f'{name}: the header names the column "{shorten(column)}" twice.', CsvProblem.HEADER, line)


def _without_blank_end(cells: list[str]) -> list[str]:
    """Return the cells up to the last one that is not blank; spreadsheets pad rows with blank cells."""
    end = next((n for n in range(len(cells), 0, -1) if cells[n - 1].strip()), 0)
    return cells[:end]


def _encoding_error(name: str, line: int, encoding: str) -> CsvError:
    wanted = encoding.removesuffix("-sig").upper()
    reason = f"{name}, line {line}, is not {wanted} text. Save the file as “CSV UTF-8”."
    return CsvError(reason, CsvProblem.ENCODING, line)
