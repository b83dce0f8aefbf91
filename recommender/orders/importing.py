"""Import orders: create a shop's folder from its system's export, which has a line per order item.

The memory grows with the products only, not with the lines: see :mod:`.database`.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from itertools import chain, groupby, islice
from pathlib import Path

from ..errors import CatalogError, RecommenderError
from ..shop.csv_file import CsvRow, CsvTable, open_csv
from ..shop.csv_output import CsvOutput, create_csv, was_stopped
from ..shop.folder import Shop
from ..shop.item import is_id
from ..shop.lock import lock_content
from ..shop.purchases import COLUMNS as PURCHASE_COLUMNS
from ..shop.text import shorten
from .columns import Columns, Field, find_columns, may_be_deadline
from .database import (
    count_recurring,
    count_unnumbered,
    insert_lines,
    leave_out_cancelled,
    open_database,
    read_sorted,
)
from .inventory import Inventory
from .lines import LineReader, Product
from .report import ImportReport
from .status import list_columns

CHUNK = 10_000  # lines inserted into the database together
MANY_ORDERS = 20  # from which on a product in more than half of them is noted
EXAMPLES = 1_000  # lines by which columns are told apart
BY = (Field.ORDER, Field.CUSTOMER)  # what a row of the purchases can be; the default is the first one in the file


class ExportError(RecommenderError):
    """An export without a usable line or column, or a file that must not be overwritten."""


def import_orders(
    sources: Sequence[Path],
    shop: Shop,
    given: Mapping[Field, str],
    by: Field | None = None,
    encoding: str | None = None,
    update: bool = False,
    progress: Callable[[int], object] = lambda lines: None,
) -> ImportReport:
    """Write a shop's folder: inventory and purchases.

    :param sources: the files of an export.
    :param given: columns by field, where they have no usual name.
    :param by: what a row of the purchases is; by default an order, or a customer if the file has no orders.
    :param encoding: of the files that do not begin with the mark of another one; by default UTF-8.
    :param update: whether the folder may be a shop already, whose inventory keeps its rows and gets the new products;
        the purchases are replaced.
    :param progress: called with the number of lines read since the last call.
    :raises CatalogError: if a file cannot be read, or lacks columns.
    :raises ExportError: if no line can be used, or a file must not be overwritten.
    :raises SortingError: if there is no room to sort the lines.
    :raises OutputInUse: if another import is writing the folder.
    """
    _check_sources(sources, shop)
    if not update:
        check_is_new(shop)
    Inventory.load(shop)  # to name its faults before the lines are read
    with ExitStack() as stack:
        tables = [stack.enter_context(open_csv(source, encoding, repeated=True)) for source in sources]
        tables, columns = _find_all_columns(tables, given)
        report = _start_report(tables[0], columns[0], by)
        if Field.CANCELLED not in given:
            report.notes += map(_note_deadline, filter(may_be_deadline, report.unused))
        if lacking := next((t for t, c in zip(tables, columns, strict=True) if report.by not in c), None):
            raise ExportError(f"{lacking.name} has no column for --by {report.by}; name it with --{report.by}.")
        status_columns = list(dict.fromkeys(chain.from_iterable(map(list_columns, columns))))
        db = stack.enter_context(open_database(len(status_columns)))
        products: dict[str, Product] = {}
        for table, found in zip(tables, columns, strict=True):
            _read_lines(table, LineReader(found, products, report, status_columns), db, progress)
        report.cancelled = leave_out_cancelled(db, list(products.values()), len(status_columns))
        if not any(product.sold for product in products.values()):
            raise ExportError(f"{', '.join(table.name for table in tables)}: no line can be used.{_explain(report)}")
        report.unnumbered = count_unnumbered(db)
        report.numbers, report.recurring = count_recurring(db)
        stack.enter_context(lock_content(shop.folder))
        if not update:
            check_is_new(shop)  # again: reading many lines takes minutes
        _write_shop(shop, db, products, report)
    _note_joined(report)
    return report


def check_is_new(shop: Shop) -> None:
    """Check that an import would not overwrite a shop, or purchases from elsewhere.

    :raises ExportError: if the folder has an inventory already, or purchases without the rest of a stopped import.
    """
    if shop.inventory.exists():
        raise ExportError(
            f"{shop.folder} has an {shop.inventory.name} already: name another folder, or add to it with --update."
        )
    if shop.purchases.exists() and (not was_stopped(shop.inventory) or was_stopped(shop.purchases)):
        raise ExportError(
            f"{shop.folder} has a {shop.purchases.name} already: name another folder, or replace it with --update."
        )


def _explain(report: ImportReport) -> str:
    """Return why no line can be used, after a space."""
    cancelled = refused = ""
    if report.cancelled:
        cancelled = (
            f" Of orders that were cancelled or refunded ({report.list_left_out()}) are {report.cancelled:,} lines."
        )
    if report.reasons:
        option = "" if Field.ORDER in report.columns else " If another one names the order, name it with --order."
        refused = f" The first one that was refused: {report.reasons[0]} Columns: {report.list_columns()}.{option}"
    return cancelled + refused


def _note_deadline(column: str) -> str:
    return (
        f'"{column}" has a date in nearly every line, and is no date of cancelling; if it is one, name it with '
        f"--{Field.CANCELLED}."
    )


def _note_joined(report: ImportReport) -> None:
    """Note if most titles look like several items, and nearly every order has one line."""
    lines = report.lines - report.refused - report.cancelled
    if 2 * report.joined >= lines and 10 * lines <= 11 * report.orders:
        report.notes.append(
            f'Most titles look like several items in one cell, such as "{shorten(report.first_joined)}", and nearly '
            "every order has one line: import does not split them, so export a line per item."
        )


def _check_sources(sources: Sequence[Path], shop: Shop) -> None:
    """Check that an import would not overwrite what it reads.

    :raises ExportError: if a source is the shop's inventory or purchases.
    """
    for source in sources:
        for written in (shop.inventory, shop.purchases):
            if source.exists() and written.exists() and source.samefile(written):
                raise ExportError(
                    f"{source} would be overwritten by the {written.name} of the shop: rename it, or name another "
                    "folder."
                )


def _find_all_columns(tables: Sequence[CsvTable], given: Mapping[Field, str]) -> tuple[list[CsvTable], list[Columns]]:
    """Return the tables, of which some rows have been read, and the columns of each."""
    first = [list(islice(table.rows, EXAMPLES)) for table in tables]
    examples: dict[tuple[str, ...], list[CsvRow]] = {}  # by header: the files of an export may be small
    for table, rows in zip(tables, first, strict=True):
        examples.setdefault(table.columns, []).extend(rows)
    columns = [find_columns(table, given, examples[table.columns]) for table in tables]
    return [replace(table, rows=chain(rows, table.rows)) for table, rows in zip(tables, first, strict=True)], columns


def _start_report(table: CsvTable, columns: Columns, by: Field | None) -> ImportReport:
    written = dict(zip(table.columns, table.header, strict=True))
    found = {each: ", ".join(written.pop(column, column) for column in of_field) for each, of_field in columns.items()}
    return ImportReport(found, list(filter(None, written.values())), by or next(each for each in BY if each in columns))


def _read_lines(table: CsvTable, reader: LineReader, db: sqlite3.Connection, progress: Callable[[int], object]) -> None:
    """Insert the lines of a file into the database, their products by number in the order of ``reader.products``."""
    number = {key: n for n, key in enumerate(reader.products)}
    while chunk := list(islice(table.rows, CHUNK)):
        ready = []
        for row in chunk:
            try:
                if line := reader.read(row):
                    place = number.setdefault(line.product, len(number))
                    ready.append((line, place))
            except CatalogError as error:
                reader.report.refuse(table.name, row.line, str(error))
        insert_lines(db, ready)
        reader.report.lines += len(chunk)
        progress(len(chunk))


def _write_shop(shop: Shop, db: sqlite3.Connection, products: Mapping[str, Product], report: ImportReport) -> None:
    """Write the inventory and the purchases of what was sold.

    :param products: by number in the database.
    """
    sold = {key: product for key, product in products.items() if product.sold}
    for product in sold.values():
        product.choose_latest(report.month_first)
    inventory = Inventory.load(shop)
    ids = dict(zip(sold, inventory.add(sold), strict=True))
    report.products, report.new = len(inventory.rows), inventory.added
    report.untitled = inventory.untitled
    report.shared = [product.sku for product in sold.values() if product.has_many_titles]
    report.mixed = [product.sku for product in sold.values() if product.mixed]
    report.rewritten = sum(not is_id(sku) for row in inventory.rows if (sku := row.get("sku", "")))
    with (
        closing(read_sorted(db, report.by, report.month_first)) as lines,
        create_csv(shop.inventory, None) as inventory_file,  # replaced last: with it, the folder is a shop
        create_csv(shop.purchases, None) as purchases_file,
    ):
        inventory.write(inventory_file)
        times = _write_purchases(purchases_file, lines, [ids.get(key, "") for key in products], report)
    id_, count = times.most_common(1)[0]
    if report.orders >= MANY_ORDERS and 2 * count > report.orders:
        report.in_most_orders = next(product.title for key, product in sold.items() if ids[key] == id_), count


def _write_purchases(
    output: CsvOutput, lines: Iterable[tuple[str, str, int]], ids: Sequence[str], report: ImportReport
) -> Counter[str]:
    """Write the purchases; return in how many orders each product is.

    :param lines: customer, order and product, grouped by customer and order, the earliest first.
    """
    times: Counter[str] = Counter()
    output.write([PURCHASE_COLUMNS])
    for customer, of_customer in groupby(lines, key=lambda line: line[0]):
        before = report.orders
        orders = _group_orders(of_customer, ids, report, times)  # one by one: of guests there may be any number
        rows = _list_orders(orders, bool(customer)) if report.by == Field.ORDER else [_join_orders(orders)]
        for bought, again in rows:
            output.write([(";".join(each) for each in (bought, again))])
            report.rows += 1
            report.pairs += len(bought) > 1
            report.repeated += len(again)
        if customer:
            report.most = max(report.most, report.orders - before)
    return times


def _group_orders(
    lines: Iterable[tuple[str, str, int]], ids: Sequence[str], report: ImportReport, times: Counter[str]
) -> Iterator[list[str]]:
    """Yield the products of each order, each once, and count them."""
    for _, of_order in groupby(lines, key=lambda line: line[1]):
        report.orders += 1
        bought = list(dict.fromkeys(ids[product] for *_, product in of_order))
        times.update(bought)
        yield bought


def _list_orders(orders: Iterable[list[str]], one_customer: bool) -> Iterator[tuple[list[str], list[str]]]:
    """Yield the products of each order, and those of them that the customer had bought before."""
    owned: set[str] = set()
    for bought in orders:
        yield bought, [product for product in bought if product in owned]
        if one_customer:
            owned.update(bought)


def _join_orders(orders: Iterable[list[str]]) -> tuple[list[str], list[str]]:
    """Return the products of a customer, in the order of the first purchase, and those bought more than once."""
    times = Counter(chain.from_iterable(orders))
    return list(times), [product for product, count in times.items() if count > 1]
