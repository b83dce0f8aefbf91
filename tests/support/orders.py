"""Import an export of orders, and read what was written."""

import csv
from collections.abc import Mapping
from pathlib import Path

from recommender.orders.columns import Field
from recommender.orders.importing import import_orders
from recommender.orders.report import ImportReport
from recommender.shop.folder import Shop


def bring_orders(
    folder: Path, text: str, given: Mapping[Field, str] | None = None, by: Field | None = None
) -> tuple[Shop, ImportReport]:
    """Import an export into a new shop in a folder; return it with what was understood."""
    source = folder / "orders.csv"
    source.write_text(text, encoding="utf-8")
    shop = Shop(folder / f"shop {len(list(folder.iterdir()))}")
    return shop, import_orders([source], shop, given or {}, by)


def read_rows(path: Path) -> list[tuple[str, ...]]:
    """Return the cells of a file below its header."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [tuple(row.values()) for row in csv.DictReader(file)]
