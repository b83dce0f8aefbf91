"""The columns of order exports, found by their usual names, and where these are ambiguous by what the lines say."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from ..errors import CatalogError
from ..shop.csv_file import CsvError, CsvProblem, CsvRow, CsvTable, make_repeated_error, read_rows
from ..shop.text import clean, normalise
from .dates import DateOrder, read_date
from .words import cell_says_cancelled, is_blank

_USUAL_NAMES = Path(__file__).with_name("columns.csv")
_SIGNS = re.compile(r"[\W_]+")
_ABBREVIATED = re.compile(r"(?<=[a-z]{3})nr\b")  # Bestellnr.
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")  # InvoiceDate
_NUMERO = re.compile(r"\bn[°º]", re.IGNORECASE)
_MINUS = re.compile(r"\(\s*[-−–]")  # Quantity (- Refund)


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
    CANCELLED = "cancelled"  # when the order was cancelled, or whether it was
    REFUNDED = "refunded"  # how many of the quantity were refunded or cancelled


SEVERAL = frozenset({Field.STATUS, Field.CANCELLED, Field.REFUNDED})  # may have several columns
Columns = dict[Field, tuple[str, ...]]


@dataclass(frozen=True)
class UsualName:
    """A name that a column often has, in one of five languages.

    :ivar name: as it is compared; see :func:`simplify`.
    :ivar doubtful: whether it may mean something else, too.
    :ivar of_line: whether such a column speaks of a line rather than of its order.
    """

    field: Field
    name: str
    doubtful: bool
    of_line: bool


def find_columns(table: CsvTable, given: Mapping[Field, str], examples: Sequence[CsvRow]) -> Columns:
    """Return the columns of each field that the table has: the one given, or those with a usual name.

    A column "name" is the order's in Shopify's exports, which have a "Lineitem name" (and a "Receipt Number", which is
    blank but for sales in a store), and else the title's, or the customer's. A column "reference" or "item id" can be
    the SKU's, or number the orders or the lines. A column "return date" may be a deadline.

    :param examples: some rows, by which columns with such a name are told apart.
    :return: names as they are in :attr:`.CsvTable.columns`.
    :raises CsvError: if the file is empty, a given column is missing, a needed one stands twice in the header, or there
        is none for the product, or none for order and customer.
    """
    if not table.header:
        raise CsvError(f"{table.name}: the file is empty.", CsvProblem.HEADER)
    found: Columns = {}
    for field, column in given.items():
        table.require(column.casefold())
        found[field] = (column.casefold(),)
    named = zip(table.header, table.columns, strict=True)
    taken = {column for (column,) in found.values()}
    left = {simplify(written): column for written, column in named if column not in taken}
    if "name" in left and "lineitem name" in map(simplify, table.header):
        found.setdefault(Field.ORDER, (left.pop("name"),))
    for field in Field:
        names = _list_usual(field, left) if field not in found and field != Field.SKU else []
        if field == Field.CANCELLED:
            names = [name for name in names if not (may_be_deadline(name) and _has_dates(left[name], examples))]
        if names:
            found[field] = tuple(left.pop(each) for each in (names if field in SEVERAL else names[:1]))
    name = left.get("name") if Field.TITLE not in found else None
    lines = _Examples(found, examples)
    title = found[Field.TITLE][0] if Field.TITLE in found else name
    for usual in _list_usual(Field.SKU, left):
        if Field.SKU not in found and (
            usual not in _list_doubtful() or not title or lines.name_products(left[usual], title)
        ):
            found[Field.SKU] = (left.pop(usual),)
    if name and not lines.name_customers(name, found.get(Field.SKU, ("",))[0]):
        found[Field.TITLE] = (name,)
    if Field.SKU not in found and Field.TITLE not in found:
        raise _no_column(table, (Field.SKU, Field.TITLE))
    if Field.ORDER not in found and Field.CUSTOMER not in found:
        raise _no_column(table, (Field.ORDER, Field.CUSTOMER))
    read = [column for columns in found.values() for column in columns]
    if repeated := next((column for column in read if table.columns.count(column) > 1), None):
        raise make_repeated_error(table.name, repeated, 1)
    return {field: found[field] for field in Field if field in found}


def _list_usual(field: Field, left: Mapping[str, str]) -> list[str]:
    """Return the usual names of a field that the header has, simplified, the best first.

    If only doubtful names match, return them all, to be tried in turn; those of :data:`Field.CANCELLED` always.
    """
    usual = [name.name for name in read_usual_names() if name.field == field and name.name in left]
    certain = [name for name in usual if name not in _list_doubtful()]
    return usual if field == Field.CANCELLED else certain or usual


def may_be_deadline(column: str) -> bool:
    """Return whether a column of dates is either that of cancelling, or until when something can be returned."""
    name = simplify(column)
    return any(usual.field == Field.CANCELLED and usual.doubtful and usual.name == name for usual in read_usual_names())


def _has_dates(column: str, rows: Sequence[CsvRow]) -> bool:
    """Return whether nearly every line has a date in a column."""
    cells = [clean(row.cells[column]) for row in rows if not row.problem]
    return 10 * sum(cell_says_cancelled(cell) and _is_date(cell) for cell in cells) >= 9 * len(cells)


def _is_date(text: str) -> bool:
    try:
        read_date(text, DateOrder())
    except CatalogError:
        return False
    return True


class _Examples:
    """Some lines of a file, by which columns are told apart.

    :ivar orders: the order of each line, or else the customer; of a line that names none, that of the line above.
    :ivar customers: the customer of each line, or else of the line above in its order, or else the order.
    """

    def __init__(self, found: Columns, rows: Sequence[CsvRow]):
        self._rows = [row for row in rows if not row.problem]
        self._has_customers = Field.CUSTOMER in found
        order, customer = (found[field][0] if field in found else "" for field in (Field.ORDER, Field.CUSTOMER))
        self.orders: list[str] = []
        self.customers: list[str] = []
        above = ""
        for row in self._rows:
            cells = [clean(row.cells.get(column, "")).casefold() for column in (order, customer)]
            goes_on = cells[0] in ("", above) and not cells[1]
            above = cells[0] or cells[1] or above
            self.customers.append(self.customers[-1] if goes_on and self.customers else cells[1] or above)
            self.orders.append(above)

    def name_products(self, column: str, title: str) -> bool:
        """Return whether a column may be the SKU's: it numbers neither the orders nor the lines.

        The number of an order stands beside several titles in most orders that have them. The number of a line never
        comes again, unlike titles.
        """
        lines = self._list(self.orders, column, title)
        values, titles = Counter(value for _, value, _ in lines), Counter(title for *_, title in lines)
        if len(values) == len(lines) > len(titles):
            return False
        named: dict[str, dict[str, set[str]]] = {}  # the titles beside each value, by order
        for order, value, name in lines:
            named.setdefault(order, {}).setdefault(value, set()).add(name)
        several = [of_order for of_order in named.values() if len(set().union(*of_order.values())) > 1]
        mixed = [of_order for of_order in several if any(len(names) > 1 for names in of_order.values())]
        return 2 * len(mixed) <= len(several)

    def name_customers(self, column: str, sku: str) -> bool:
        """Return whether a column names the customers rather than the products.

        If so, a SKU has more names on average than a customer has. Without SKUs, a customer has one name, and a name
        one customer, but for a tenth of them.
        """
        if not sku and not self._has_customers:
            return False
        lines = self._list(self.customers, column, sku or column)
        named = len({(customer, name) for customer, name, _ in lines})
        customers, names = len({customer for customer, *_ in lines}), len({name for _, name, _ in lines})
        if not sku:
            return names > 1 and 10 * named < 11 * min(customers, names)
        of_skus, skus = len({(sku, name) for _, name, sku in lines}), len({sku for *_, sku in lines})
        return of_skus * customers > named * skus

    def _list(self, groups: Sequence[str], column: str, other: str) -> list[tuple[str, str, str]]:
        """Return the group of each line and its cells in two columns, where none of them is blank."""
        cells = [(clean(row.cells[column]), clean(row.cells[other])) for row in self._rows]
        return [
            (group, normalise(first), normalise(second))
            for group, (first, second) in zip(groups, cells, strict=True)
            if group and not is_blank(first) and not is_blank(second)
        ]


def _no_column(table: CsvTable, fields: Sequence[Field]) -> CsvError:
    options = " or ".join(f"--{field}" for field in fields)
    return CsvError(
        f"{table.name}: no column is called what {' or '.join(fields)} usually is; name it with {options}. "
        f"The file has {table.list_header()}.",
        CsvProblem.HEADER,
        1,
    )


@cache
def read_usual_names() -> tuple[UsualName, ...]:
    """Return the usual names of all columns, of each field the best first."""
    rows = (row.cells for row in read_rows(_USUAL_NAMES))
    return tuple(
        UsualName(Field(row["field"]), simplify(row["name"]), bool(row["doubtful"]), bool(row["line"])) for row in rows
    )


@cache
def _list_doubtful() -> frozenset[str]:
    return frozenset(name.name for name in read_usual_names() if name.doubtful)


def simplify(name: str) -> str:
    """Return the words of a column's name: "OrderNumber", "order_number" and "Order number:" are one."""
    words = normalise(_NUMERO.sub("n ", _MINUS.sub(" minus ", _CAMEL.sub(" ", name))))
    return _SIGNS.sub(" ", _ABBREVIATED.sub(" nr", words)).strip()


def drop_signs(name: str) -> str:
    """Return the letters of a column's name: unlike in :func:`simplify`, "reasonforrejection" has none but these."""
    return _SIGNS.sub("", normalise(name))
