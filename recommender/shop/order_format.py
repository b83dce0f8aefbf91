"""The columns of order exports, found by their usual names."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import cache
from pathlib import Path

from .csv_file import CsvError, CsvProblem, Table, read_rows, repeated_column
from .text import normalise

_USUAL_NAMES = Path(__file__).with_name("order_columns.csv")  # of columns, in five languages
_NO_WORD = re.compile(r"[\W_]+")
_ABBREVIATED = re.compile(r"(?<=[a-z]{3})nr\b")  # Bestellnr.
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")  # InvoiceDate
_NUMERO = re.compile(r"\bn[°º]", re.IGNORECASE)


class Field(StrEnum):
    """The fields of an export that are read."""

    ORDER = "order"
    CUSTOMER = "customer"
    DATE = "date"
    SKU = "sku"
    TITLE = "title"
    QUANTITY = "quantity"
    CATEGORY = "category"
    STATUS = "status"


def find_columns(table: Table, given: Mapping[Field, str]) -> dict[Field, str]:
    """Return the column of each field that the table has: the one given, or the one with a usual name.

    A column "name" is the order's in Shopify's exports, which have a "Lineitem name" (and a "Receipt Number", which is
    blank but for sales in a store), and else the title's.

    :return: names as they are in :attr:`.Table.columns`.
    :raises CsvError: if a given column is missing, a needed one stands twice in the header, or there is none for the
        product, or none for order and customer.
    """
    found: dict[Field, str] = {}
    for field, column in given.items():
        table.require(column.casefold())
        found[field] = column.casefold()
    named = zip(table.header, table.columns, strict=True)
    left = {_simplify(written): column for written, column in named if column not in found.values()}
    if "name" in left and "lineitem name" in map(_simplify, table.header):
        found.setdefault(Field.ORDER, left.pop("name"))
    for field in Field:
        usual = next((name for name in _usual_names()[field] if name in left), None)
        if field not in found and usual:
            found[field] = left.pop(usual)
    if "name" in left:
        found.setdefault(Field.TITLE, left["name"])
    if Field.SKU not in found and Field.TITLE not in found:
        raise _no_column(table, (Field.SKU, Field.TITLE))
    if Field.ORDER not in found and Field.CUSTOMER not in found:
        raise _no_column(table, (Field.ORDER, Field.CUSTOMER))
    if repeated := next((column for column in found.values() if table.columns.count(column) > 1), None):
        raise repeated_column(table.name, repeated, 1)
    return {field: found[field] for field in Field if field in found}


def _no_column(table: Table, fields: Sequence[Field]) -> CsvError:
    options = " or ".join(f"--{field}" for field in fields)
    return CsvError(
        f"{table.name}: no column is called what {' or '.join(fields)} usually is; name it with {options}. "
        f"The file has {', '.join(filter(None, table.header))}.",
        CsvProblem.HEADER,
        1,
    )


@cache
def _usual_names() -> Mapping[Field, tuple[str, ...]]:
    rows = [row.cells for row in read_rows(_USUAL_NAMES)]
    return {field: tuple(_simplify(row["name"]) for row in rows if row["field"] == field) for field in Field}


def _simplify(name: str) -> str:
    words = normalise(_NUMERO.sub("n ", _CAMEL.sub(" ", name)))
    return _NO_WORD.sub(" ", _ABBREVIATED.sub(" nr", words)).strip()
