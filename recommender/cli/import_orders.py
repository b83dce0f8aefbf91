"""``import``: create a shop's folder from an export of orders, or from the data of the P5 paper."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from tqdm import tqdm

from ..errors import RecommenderError
from ..shop import amazon_sports
from ..shop.folder import Shop
from ..shop.order_format import Field
from ..shop.order_import import BY, Report, check_is_new, import_orders

AMAZON = "amazon-sports"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the export, the folder to write, and the names of columns."""
    parser.add_argument(
        "orders",
        type=Path,
        metavar="CSV",
        help=f"the export of the shop's system, a line per item; or {AMAZON}, to download the data of the P5 paper",
    )
    parser.add_argument("--from", dest="source", type=Path, metavar="FOLDER", help=f"with {AMAZON}: its files on disk")
    parser.add_argument("--output", type=Path, required=True, metavar="FOLDER", help="the shop's folder to write")
    parser.add_argument(
        "--by",
        type=Field,
        choices=BY,
        help="what a row of the purchases is (default: order, or customer if the file has no orders)",
    )
    columns = parser.add_argument_group("columns", "their names, if they are none of the usual ones in five languages")
    for field in Field:
        columns.add_argument(f"--{field}", metavar="COLUMN")


def run(options: argparse.Namespace) -> int:
    """Write the folder; print what was read, and which lines were refused.

    :raises RecommenderError: if nothing can be imported.
    """
    if str(options.orders) != AMAZON:
        if options.source:
            raise RecommenderError(f"--from goes with {AMAZON}.")
        return _import(options.orders, options)
    with tempfile.TemporaryDirectory() as temporary:
        check_is_new(Shop(options.output))  # before megabytes are downloaded
        if not options.source:
            amazon_sports.download(Path(temporary))
        orders = Path(temporary, f"{AMAZON}.csv")
        amazon_sports.write_orders(options.source or Path(temporary), orders)
        options.output.mkdir(parents=True, exist_ok=True)
        shutil.copy(amazon_sports.PUBLISHED, Shop(options.output).published)  # before the folder is a shop
        return _import(orders, options)


def _import(orders: Path, options: argparse.Namespace) -> int:
    given = {field: column for field in Field if (column := getattr(options, field))}
    with tqdm(total=_count_lines(orders), unit=" lines") as progress:
        report = import_orders(orders, Shop(options.output), given, options.by, progress.update)
    for reason in report.reasons:
        print(f"{orders}, {reason}", file=sys.stderr)
    if report.refused > len(report.reasons):
        print(f"… and {report.refused - len(report.reasons):,} more lines were refused.", file=sys.stderr)
    print("\n".join(_describe(report, options.output)))
    return 0


def _count_lines(path: Path) -> int | None:
    """Return the approximate number of lines, or None for a pipe, which can be read only once."""
    if not path.is_file():
        return None
    with path.open("rb") as file:
        return sum(block.count(b"\n") for block in iter(lambda: file.read(2**20), b""))


def _describe(report: Report, folder: Path) -> list[str]:
    columns = ", ".join(f"{field} = {column}" for field, column in report.columns.items())
    lines = [
        f"Columns: {columns}.",
        f"{report.lines:,} lines read, {report.refused:,} refused: {report.products:,} products, {report.rows:,} "
        f"{report.by}s, {report.pairs:,} of them with two products or more; {report.repeated:,} repeat purchases.",
    ]
    dates = report.dates
    if dates.day_first and dates.month_first:
        lines.append("Some dates are day/month and some month/day; those that can be either were read as day/month.")
    elif dates.unclear and not dates.month_first:
        lines.append("Dates such as 5/11 were read as day/month.")
    if report.by == Field.ORDER and Field.CUSTOMER in report.columns and 4 * report.pairs < report.rows:
        lines.append("Few orders hold two products: --by customer may say more of what belongs together.")
    return [*lines, f"Written: {folder}. Next: python -m recommender train --shop {folder}"]
