"""Import orders: create a shop's folder from its system's export, which has a line per order item.

A temporary database on disk sorts the lines, so that the memory grows with the products only, not with the lines.
"""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import groupby, islice
from pathlib import Path

from ..errors import CatalogError, RecommenderError
from .catalog import MAX_ID
from .csv_file import Row, open_csv
from .csv_output import FORMULA, create_csv
from .folder import Shop
from .order_format import DateOrder, Field, find_columns, read_date
from .purchases import COLUMNS as PURCHASE_COLUMNS
from .text import check_title, clean, is_name, normalise, number_id, shorten, simplify_title, slug

CHUNK = 10_000  # lines inserted into the database together
CACHE = 64 * 1024  # kilobytes of the database that are kept in memory
NAMED = 20  # refused lines that are listed
ROOM = 8  # characters for a number at the end of an id
BY = (Field.ORDER, Field.CUSTOMER)  # what a row of the purchases can be; the default is the first one in the file


@dataclass
class Product:
    """A product as the lines describe it.

    :ivar sold: number of lines.
    """

    sku: str
    title: str = ""
    category: str = ""
    sold: int = 0


@dataclass
class Report:
    """What an import has read and written.

    :ivar columns: the file's column for each field.
    :ivar by: what a row of the purchases is: an order, or a customer.
    :ivar dates: the order of day and month in the dates.
    :ivar rows: number of rows of the purchases.
    :ivar pairs: number of rows with at least two products; others have no co-purchases to learn from.
    :ivar repeated: number of purchases of what the same customer had bought before.
    :ivar refused: number of refused lines; the first ones, with the reasons, are in ``reasons``.
    """

    columns: Mapping[Field, str]
    by: Field
    lines: int = 0
    dates: DateOrder = field(default_factory=DateOrder)
    products: int = 0
    rows: int = 0
    pairs: int = 0
    repeated: int = 0
    refused: int = 0
    reasons: list[str] = field(default_factory=list)

    def refuse(self, line: int, reason: str) -> None:
        """Count a refused line."""
        self.refused += 1
        if len(self.reasons) < NAMED:
            self.reasons.append(f"line {line}: {reason}")


class ExportError(RecommenderError):
    """An export without a usable line or column, or a folder that must not be overwritten."""


def import_orders(
    source: Path,
    shop: Shop,
    given: Mapping[Field, str],
    by: Field | None = None,
    progress: Callable[[int], object] = lambda lines: None,
) -> Report:
    """Write a shop's folder: inventory and purchases.

    :param given: columns by field, where they have no usual name.
    :param by: what a row of the purchases is; by default an order, or a customer if the file has no orders.
    :param progress: called with the number of lines read since the last call.
    :raises CatalogError: if the file cannot be read, or lacks columns.
    :raises ExportError: if no line can be used, or the folder has an inventory already.
    """
    check_is_new(shop)
    with open_csv(source) as table, closing(_create_database()) as db:
        columns = find_columns(table, given)
        by = by or next(each for each in BY if each in columns)
        if by not in columns:
            raise ExportError(f"{table.name} has no column for --by {by}; name it with --{by}.")
        written = dict(zip(table.columns, table.header, strict=True))
        report = Report({each: written[column] for each, column in columns.items()}, by)
        products = _read_lines(table.rows, columns, db, report, progress)
        if not products:
            reason = f" {report.reasons[0].capitalize()}" if report.reasons else ""
            raise ExportError(f"{table.name} has no line that can be used.{reason}")
        shop.folder.mkdir(parents=True, exist_ok=True)
        ids, inventory = _make_inventory(products)
        report.products = len(ids)
        _write_purchases(shop, _read_sorted(db, report), ids, report)
        with create_csv(shop.inventory, None) as output:  # last: with it, the folder is a shop
            output.write([("id", "name", "sport")])
            output.write(inventory)
    return report


def check_is_new(shop: Shop) -> None:
    """Check that an import would not overwrite a shop.

    :raises ExportError: if the folder has an inventory already.
    """
    if shop.inventory.exists():
        raise ExportError(f"{shop.folder} has an {shop.inventory.name} already: name another folder.")


def _create_database() -> sqlite3.Connection:
    db = sqlite3.connect("", isolation_level=None)  # a temporary file that vanishes with the connection
    db.execute(f"PRAGMA cache_size = -{CACHE}")
    db.execute("PRAGMA journal_mode = OFF")
    db.execute("CREATE TABLE line (customer TEXT, bought TEXT, day_first INT, month_first INT, product INT)")
    return db


def _read_lines(
    rows: Iterator[Row],
    columns: Mapping[Field, str],
    db: sqlite3.Connection,
    report: Report,
    progress: Callable[[int], object],
) -> dict[str, Product]:
    """Insert the lines into the database; return the products by case-folded SKU, or by title if there is none."""
    products: dict[str, Product] = {}
    number: dict[str, int] = {}
    order = _Order("", "", 0, 0)
    while chunk := list(islice(rows, CHUNK)):
        ready = []
        for row in chunk:
            try:
                cells = _read_cells(row, columns)
                order = _read_order(cells, order, report.dates)
                product = _read_product(cells, products)
            except CatalogError as error:
                report.refuse(row.line, str(error))
                continue
            place = number.setdefault(product, len(number))
            ready.append((order.customer, order.number, order.day_first, order.month_first, place))
        db.execute("BEGIN")
        db.executemany("INSERT INTO line VALUES (?, ?, ?, ?, ?)", ready)
        db.execute("COMMIT")
        report.lines += len(chunk)
        progress(len(chunk))
    return products


@dataclass(frozen=True)
class _Order:
    """What a line says of its order: customer, number, and the date as it is read with the day or the month first."""

    customer: str
    number: str
    day_first: int
    month_first: int


def _read_cells(row: Row, columns: Mapping[Field, str]) -> dict[Field, str]:
    if row.problem:
        raise CatalogError(row.problem)
    return {each: clean(row.cells[column]) for each, column in columns.items()}


def _read_order(cells: Mapping[Field, str], before: _Order, dates: DateOrder) -> _Order:
    """Return the order of a line.

    :param before: that of the previous line, whose customer and date are used if it is the same order and these are
        missing: some systems write them in the first line of an order only, even if that is a line to be refused.
    :raises CatalogError: if the line cannot be used.
    """
    number, customer = cells.get(Field.ORDER, ""), cells.get(Field.CUSTOMER, "")
    same = number and number == before.number
    customer = customer or (before.customer if same else "")
    if not number and not customer:
        raise CatalogError("it names neither an order nor a customer.")
    if date := cells.get(Field.DATE, ""):
        return _Order(customer, number, *read_date(date, dates))
    return _Order(customer, number, before.day_first, before.month_first) if same else _Order(customer, number, 0, 0)


def _read_product(cells: Mapping[Field, str], products: dict[str, Product]) -> str:
    """Update the product of a line; return its key.

    :raises CatalogError: if the line cannot be used.
    """
    _check_quantity(cells.get(Field.QUANTITY, ""))
    sku, title = cells.get(Field.SKU, ""), cells.get(Field.TITLE, "")
    key = sku.casefold() or normalise(title)
    if not key:
        raise CatalogError("it names no product.")
    product = products.get(key) or Product(sku)
    product.title = _clean_title(title) or product.title or _clean_title(f"Product {sku}")
    product.category = cells.get(Field.CATEGORY, "") or product.category
    product.sold += 1
    products[key] = product
    return key


def _check_quantity(text: str) -> None:
    if not text:
        return
    try:
        quantity = float(text.replace(",", "."))
    except ValueError:
        raise CatalogError(f'the quantity "{shorten(text, 20)}" is not a number.') from None
    if not quantity > 0:
        raise CatalogError(f"the quantity is {text}: something returned, not bought.")


def _clean_title(text: str) -> str:
    """Return a title without invisible characters and the start of a formula; "" if no valid title is left."""
    text = "".join(c for c in text if c.isprintable()).lstrip("".join(FORMULA) + " ")
    try:
        return check_title(text)
    except CatalogError:
        return ""


def _make_inventory(products: Mapping[str, Product]) -> tuple[list[str], list[tuple[str, str, str]]]:
    """Return the products' ids in their order, and the rows of the inventory, best-selling products first."""
    ids: dict[str, str] = {}
    taken_ids: set[str] = set()
    taken_names: set[str] = set()
    rows = []
    for key, product in sorted(products.items(), key=lambda pair: -pair[1].sold):
        ids[key] = _make_id(product, taken_ids)
        title = _make_distinct(product.title, ids[key], taken_names)
        rows.append((ids[key], title, product.category))
    return [ids[key] for key in products], rows


def _make_id(product: Product, taken: set[str]) -> str:
    """Return an id made from the SKU, or else from the title; with a number if another product has it."""
    base = re.sub(r"[^\w.+#/-]+", "-", product.sku).strip("-.+#/") or slug(product.title)
    id_ = number_id(base[:MAX_ID].rstrip("-.+#/"), taken)
    if len(id_) > MAX_ID:
        id_ = number_id(base[: MAX_ID - ROOM].rstrip("-.+#/"), taken)
    taken.add(id_.casefold())
    return id_


def _make_distinct(title: str, id_: str, taken: set[str]) -> str:
    """Return a title that differs from all other products', both on the shelf and in prompts."""
    found, number = title, 2
    while True:
        simple = found if is_name(found) else simplify_title(found, taken)
        keys = {normalise(found), normalise(simple)}
        if not keys & taken:
            taken.update(keys)
            return found
        found = f"{title} ({id_})" if found == title else f"{title} ({id_}, {number})"
        number += 1


def _write_purchases(shop: Shop, lines: Iterable[tuple[str, str, int]], ids: Sequence[str], report: Report) -> None:
    """Write the purchases.

    :param lines: customer, order and product, grouped by customer and order, the earliest first.
    """
    with create_csv(shop.purchases, None) as output:
        output.write([PURCHASE_COLUMNS])
        rows = _list_orders(lines) if report.by == Field.ORDER else _list_customers(lines)
        for bought, again in rows:
            output.write([(";".join(ids[product] for product in each) for each in (bought, again))])
            report.rows += 1
            report.pairs += len(bought) > 1
            report.repeated += len(again)


def _list_orders(lines: Iterable[tuple[str, str, int]]) -> Iterator[tuple[list[int], list[int]]]:
    """Yield the products of each order, and those of them that the customer had bought before."""
    for customer, of_customer in groupby(lines, key=lambda line: line[0]):
        owned: set[int] = set()
        for _, of_order in groupby(of_customer, key=lambda line: line[1]):
            bought = list(dict.fromkeys(product for _, _, product in of_order))
            yield bought, [product for product in bought if product in owned]
            if customer:
                owned.update(bought)


def _list_customers(lines: Iterable[tuple[str, str, int]]) -> Iterator[tuple[list[int], list[int]]]:
    """Yield the products of each customer, in the order of the first purchase, and those bought more than once."""
    for _, of_customer in groupby(lines, key=lambda line: line[0]):
        times = Counter(product for _, _, product in of_customer)
        yield list(times), [product for product, count in times.items() if count > 1]


def _read_sorted(db: sqlite3.Connection, report: Report) -> Iterator[tuple[str, str, int]]:
    """Yield customer, order and product of every line, grouped by customer, the earliest first."""
    at = "month_first" if report.dates.month_first and not report.dates.day_first else "day_first"
    customer = "customer" if report.by == Field.ORDER else "coalesce(nullif(customer, ''), 'order ' || bought)"
    if Field.ORDER in report.columns:  # all lines of an order have the time of its first one
        at = f"min({at}) OVER (PARTITION BY customer, bought)"
    lines = f"SELECT rowid AS n, {customer} AS customer, bought, product, {at} AS at FROM line"
    yield from db.execute(
        f"SELECT customer, bought, product FROM ({lines}) ORDER BY customer, at, length(bought), bought, n"
    )
