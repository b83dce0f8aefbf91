"""``import``: create a shop's folder from an export of orders, or from the data of the P5 paper."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from tqdm import tqdm

from ..errors import RecommenderError
from ..orders import amazon_sports
from ..orders.columns import Field
from ..orders.importing import BY, check_is_new, import_orders
from ..orders.lines import MANY_TITLES
from ..orders.report import STATUSES, ImportReport
from ..shop.csv_file import CsvError, CsvProblem
from ..shop.folder import Shop
from ..shop.text import shorten
from ..training.shop_data import FEWEST

AMAZON = "amazon-sports"
MANY = 20  # orders of one customer, if they are a twentieth of all


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the export, the folder to write, and the names of columns."""
    parser.add_argument(
        "orders",
        type=Path,
        nargs="+",
        metavar="CSV",
        help=f"the export of the shop's system, a line per item, in one file or several; or {AMAZON}, to download the "
        "data of the P5 paper",
    )
    parser.add_argument("--from", dest="source", type=Path, metavar="FOLDER", help=f"with {AMAZON}: its files on disk")
    parser.add_argument("--output", type=Path, required=True, metavar="FOLDER", help="the shop's folder to write")
    parser.add_argument(
        "--by",
        type=Field,
        choices=BY,
        help="what a row of the purchases is (default: order, or customer if the file has no orders)",
    )
    parser.add_argument(
        "--update",
        action="store_true",
        help="of a folder that is a shop already, keep the inventory and add new products; the purchases are replaced",
    )
    parser.add_argument("--encoding", help="of the files, if it is neither UTF-8 nor UTF-16 (such as cp1252)")
    columns = parser.add_argument_group("columns", "their names, if they are none of the usual ones in five languages")
    for field in Field:
        columns.add_argument(f"--{field}", metavar="COLUMN")


def run(options: argparse.Namespace) -> int:
    """Write the folder; print what was read, and which lines were refused.

    :raises RecommenderError: if nothing can be imported.
    """
    if options.orders != [Path(AMAZON)]:
        if options.source:
            raise RecommenderError(f"--from goes with {AMAZON}.")
        return _import(options.orders, options)
    with tempfile.TemporaryDirectory() as temporary:
        if not options.update:
            check_is_new(Shop(options.output))  # before megabytes are downloaded
        if not options.source:
            amazon_sports.download(Path(temporary))
        orders = Path(temporary, f"{AMAZON}.csv")
        amazon_sports.write_orders(options.source or Path(temporary), orders)
        options.output.mkdir(parents=True, exist_ok=True)
        shutil.copy(amazon_sports.PUBLISHED, Shop(options.output).published)  # before the folder is a shop
        return _import([orders], options)


def _import(orders: Sequence[Path], options: argparse.Namespace) -> int:
    given = {field: column for field in Field if (column := getattr(options, field))}
    if options.encoding:
        _check_encoding(options.encoding)
    counts = [_count_lines(path) for path in orders]
    total = None if None in counts else sum(filter(None, counts))
    shop = Shop(options.output)
    try:
        with tqdm(total=total, unit=" lines") as progress:
            report = import_orders(orders, shop, given, options.by, options.encoding, options.update, progress.update)
    except CsvError as error:
        if error.problem is CsvProblem.ENCODING and not options.encoding:
            raise RecommenderError(
                f"{error} Or name its encoding, such as --encoding cp1252 (Western Europe) or cp1256 (Arabic)."
            ) from error
        raise
    for reason in report.reasons:
        print(reason, file=sys.stderr)
    if report.refused > len(report.reasons):
        print(f"… and {report.refused - len(report.reasons):,} more.", file=sys.stderr)
    print("\n".join(_describe(report, options.output)))
    return 0


def _check_encoding(encoding: str) -> None:
    """Check that files can be read in this encoding.

    :raises RecommenderError: if it is unknown, or none of texts, such as hex.
    """
    try:
        b"\0\0\0\0".decode(encoding, "surrogateescape")  # a character of 1, 2 or 4 bytes
    except (LookupError, UnicodeError) as error:
        raise RecommenderError(f"--encoding {encoding} is not an encoding of texts, such as cp1252.") from error


def _count_lines(path: Path) -> int | None:
    """Return the approximate number of lines, or None for a pipe, which can be read only once."""
    if not path.is_file():
        return None
    with path.open("rb") as file:
        return sum(block.count(b"\n") for block in iter(lambda: file.read(2**20), b""))


def _describe(report: ImportReport, folder: Path) -> list[str]:
    unused = f" Not used: {', '.join(report.unused)}." if report.unused else ""
    new = f"; new: {report.new:,}" if report.new < report.products else ""
    return [
        f"Columns: {report.list_columns()}.{unused}",
        f"Lines read: {report.lines:,}; refused: {report.refused:,}. Products: {report.products:,}{new}. "
        f"{report.by.capitalize()}s: {report.rows:,}; with two products or more: {report.pairs:,}. "
        f"Repeat purchases: {report.repeated:,}.",
        *_list_notes(report),
        f"Written: {folder}. {_name_next(report, folder)}",
    ]


def _name_next(report: ImportReport, folder: Path) -> str:
    """Return what to do next: train, or if that would be refused, say why and open the page."""
    if report.pairs >= FEWEST:
        return f"Next: python -m recommender train --shop {folder}"
    return (
        f"Too few {report.by}s have two products or more to train a T5: {report.pairs}, and at least {FEWEST} are "
        f"needed. Next: python app.py --shop {folder}"
    )


def _list_notes(report: ImportReport) -> Iterator[str]:
    """Yield what may be otherwise than the shop's owner thinks."""
    columns, dates = report.columns, report.dates
    if Field.ORDER not in columns:
        yield "No column names the order, so that a customer is a row; if there is one, name it with --order."
    if Field.TITLE not in columns:
        yield "No column names the title, and SKUs say nothing to the T5; if there is one, name it with --title."
    if report.extras:
        yield f"Lines refused as shipping, fees, taxes and discounts: {report.extras:,}."
    yield from report.notes
    if 3 * (report.refused - report.extras) > report.lines:
        yield "More than a third of the lines were refused: are these the right columns?"
    if report.cancelled:
        said = f" ({report.list_left_out()})" if report.left_out else ""
        yield f"Lines left out, of orders that were cancelled or refunded{said}: {report.cancelled:,}."
    if report.statuses:
        end = "" if len(report.statuses) > STATUSES else "."  # after dots
        yield f"Orders with these statuses count as sold: {report.list_sold()}{end}"
    if 10 * report.recurring > report.numbers:
        yield (
            f"Order numbers without a customer: {report.numbers:,}; with lines of several days: {report.recurring:,}. "
            "Each is one order: if numbers begin anew every day, put the day before them in the export."
        )
    if Field.ORDER in columns and 3 * report.unnumbered > report.lines:
        yield f"Lines that name no order count as one each: {report.unnumbered:,}; name its column with --order."
    if Field.TITLE in columns and report.untitled:
        yield (
            f'Products without a title that has a letter: {report.untitled:,}. "Product" stands before the title that '
            "they have, or before the SKU."
        )
    if report.shared:
        yield (
            f'SKUs with more than {MANY_TITLES} titles, such as "{shorten(report.shared[0])}": {len(report.shared):,}. '
            'Each is one product: if such a SKU means "none", leave its cells blank.'
        )
    if report.mixed:
        yield (
            f'SKUs with different titles in one order, such as "{shorten(report.mixed[0])}": {len(report.mixed):,}. '
            "Each is one product: if that is the number of something else, name the column of the SKU with --sku."
        )
    name, orders = report.in_most_orders
    if name:
        yield (
            f'"{shorten(name)}" is in {orders:,} of {report.orders:,} orders: if that is no product, such as shipping '
            "or a discount, leave its lines out of the export, and import it into a new folder."
        )
    if report.rewritten:
        yield f"SKUs that cannot be ids: {report.rewritten:,}. Ids made of them stand beside them; either may be used."
    if report.rounded:
        yield f"Lines whose customer counts as unknown, because a spreadsheet has rounded it: {report.rounded:,}."
    if report.undated:
        yield f'Dates that could not be read, such as "{shorten(report.unread)}": {report.undated:,}.'
    if dates.day_first and dates.month_first:
        yield "Some dates are day/month and some month/day; those that can be either were read as day/month."
    elif dates.unclear and not dates.month_first:
        yield "Dates such as 5/11 were read as day/month."
    if report.most > MANY and 20 * report.most > report.orders:
        yield f"One customer has {report.most:,} of {report.orders:,} orders. If that is guests, leave the cells blank."
    if report.by == Field.ORDER and Field.CUSTOMER in columns and 4 * report.pairs < report.rows:
        yield "Few orders hold two products: --by customer may say more of what belongs together."
