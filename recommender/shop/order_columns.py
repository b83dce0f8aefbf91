"""Which column of an order export holds what, told by its name in five languages (``order_columns.csv``)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import cache
from pathlib import Path

from .csv_file import CsvError, CsvProblem, Table, read_rows
from .text import normalise

_NAMES = Path(__file__).with_suffix(".csv")
_NO_WORD = re.compile(r"[\W_]+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")  # InvoiceDate
_NUMERO = re.compile(r"\bn[°º]", re.IGNORECASE)


class Field(StrEnum):
    """What a line of an export may say of a purchase."""

    ORDER = "order"
    CUSTOMER = "customer"
    DATE = "date"
    SKU = "sku"
    TITLE = "title"
    QUANTITY = "quantity"
    CATEGORY = "category"


def find_columns(table: Table, given: Mapping[Field, str]) -> dict[Field, str]:
    """Return the column of each field that the table has: the one given, or the one with a usual name.

    :return: names as they are in :attr:`.Table.columns`. Shopify's "Name" is the order's beside a "Lineitem name".
    :raises CsvError: if a given column is not there, or there is no product, or neither order nor customer.
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
    rows = [row.cells for row in read_rows(_NAMES)]
    return {field: tuple(_simplify(row["name"]) for row in rows if row["field"] == field) for field in Field}


def _simplify(name: str) -> str:
    return _NO_WORD.sub(" ", normalise(_NUMERO.sub("n ", _CAMEL.sub(" ", name)))).strip()
