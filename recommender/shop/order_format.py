"""The formats of order exports: find columns by their usual names, and read dates."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from ..errors import CatalogError
from .csv_file import CsvError, CsvProblem, Table, read_rows
from .text import normalise, shorten

_USUAL_NAMES = Path(__file__).with_name("order_columns.csv")  # of columns, in five languages
_NO_WORD = re.compile(r"[\W_]+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")  # InvoiceDate
_NUMERO = re.compile(r"\bn[°º]", re.IGNORECASE)
# 2026-11-05, 5.11.2026, 11/5/26; then optionally a time, with or without seconds, am or pm and time zone
_DATE = re.compile(
    r"(\d{1,4})([./-])(\d{1,2})\2(\d{1,4})"
    r"(?:[ T,]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s*([AaPp]\.?[Mm]\.?)?\s*(?:Z|UTC|GMT|[+-]\d{2}:?\d{2})?)?"
)
_PACKED = re.compile(r"^(\d{4})(\d{2})(\d{2})$")


class Field(StrEnum):
    """The fields of an export that are read."""

    ORDER = "order"
    CUSTOMER = "customer"
    DATE = "date"
    SKU = "sku"
    TITLE = "title"
    QUANTITY = "quantity"
    CATEGORY = "category"


def find_columns(table: Table, given: Mapping[Field, str]) -> dict[Field, str]:
    """Return the column of each field that the table has: the one given, or the one with a usual name.

    A column "name" is the order's in Shopify's exports, which have a "Lineitem name", and else the title's.

    :return: names as they are in :attr:`.Table.columns`.
    :raises CsvError: if a given column is missing, or there is none for the product, or none for order and customer.
    """
    found: dict[Field, str] = {}
    for field, column in given.items():
        table.require(column.casefold())
        found[field] = column.casefold()
    named = zip(table.header, table.columns, strict=True)
    left = {_simplify(written): column for written, column in named if column not in found.values()}
    of_line_items = "lineitem name" in left
    for field in Field:
        usual = next((name for name in _usual_names()[field] if name in left), None)
        if field not in found and usual:
            found[field] = left.pop(usual)
    if "name" in left:
        found.setdefault(Field.ORDER if of_line_items else Field.TITLE, left["name"])
    if Field.SKU not in found and Field.TITLE not in found:
        raise _no_column(table, (Field.SKU, Field.TITLE))
    if Field.ORDER not in found and Field.CUSTOMER not in found:
        raise _no_column(table, (Field.ORDER, Field.CUSTOMER))
    return {field: found[field] for field in Field if field in found}


def _no_column(table: Table, fields: Sequence[Field]) -> CsvError:
    options = " or ".join(f"--{field}" for field in fields)
    return CsvError(
        f"{table.name}: no column is called what {' or '.join(fields)} usually is; name it with {options}. "
        f"The file has {', '.join(table.header)}.",
        CsvProblem.HEADER,
        1,
    )


@cache
def _usual_names() -> Mapping[Field, tuple[str, ...]]:
    rows = [row.cells for row in read_rows(_USUAL_NAMES)]
    return {field: tuple(_simplify(row["name"]) for row in rows if row["field"] == field) for field in Field}


def _simplify(name: str) -> str:
    return _NO_WORD.sub(" ", normalise(_NUMERO.sub("n ", _CAMEL.sub(" ", name)))).strip()


@dataclass
class DateOrder:
    """What is known from a file's dates about the order of day and month.

    :ivar day_first: whether some date can only be read day first, such as 25/3/2026.
    :ivar month_first: whether some date can only be read month first.
    :ivar unclear: whether some date can be read both ways.
    """

    day_first: bool = False
    month_first: bool = False
    unclear: bool = False


def read_date(text: str, seen: DateOrder) -> tuple[int, int]:
    """Return a date as two numbers that sort by time: read day first, and read month first.

    The two are the same if the date can be read in one way only.

    :param seen: updated by what this date shows of the order of day and month.
    :raises CatalogError: if the text is not a date.
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
