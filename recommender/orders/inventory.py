"""Make a shop's inventory from the products of its orders, or add them to the one that it has."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from ..shop.catalog import Catalog
from ..shop.csv_file import open_csv
from ..shop.csv_output import CsvOutput, escape_formula
from ..shop.folder import Shop
from ..shop.item import MAX_ID, Item, is_id
from ..shop.text import clean, is_name, normalise, number_id, simplify_title, slug
from .lines import Product

COLUMNS = ("id", "name", "sport")  # of a new inventory
ROOM = 8  # characters for a number at the end of an id
_NUMBER = re.compile(r"-\d+\Z")


@dataclass
class Inventory:
    """The rows of an inventory. Those that it had are kept as they are, but for ids and SKUs that its owner left out.

    :ivar columns: of the file, as they are written, by case-folded name.
    :ivar rows: cells by case-folded column, in the order of the file.
    :ivar items: what the rows say.
    :ivar named: the ids and rows of products without SKU whose ids were made from names, by their normalised names.
    :ivar added: number of rows that were added.
    :ivar untitled: number of those without a title that has a letter.
    """

    columns: dict[str, str] = field(default_factory=lambda: dict(zip(COLUMNS, COLUMNS, strict=True)))
    rows: list[dict[str, str]] = field(default_factory=list)
    items: tuple[Item, ...] = ()
    named: dict[str, tuple[str, dict[str, str]]] = field(default_factory=dict)
    added: int = 0
    untitled: int = 0

    @classmethod
    def load(cls, shop: Shop) -> Inventory:
        """Read a shop's inventory; an empty one if it has none.

        :raises CatalogError: if it cannot be read.
        """
        if not shop.inventory.exists():
            return cls()
        items = Catalog.load(shop.inventory).items
        with open_csv(shop.inventory) as table:
            columns = dict(zip(table.columns, table.header, strict=True))
            if "id" not in columns:
                columns = {"id": "id", **columns}
            rows = [row.cells for row in table.rows]
        named = {}
        for row, item in zip(rows, items, strict=True):
            made = not clean(row.get("id", ""))
            if made and is_id(item.id):  # or it is too long, and will be made again
                row["id"] = item.id
            if not item.sku and (made or any(_is_made_from(name, item.id) for name in item.names.values())):
                named.update(dict.fromkeys(map(normalise, item.names.values()), (item.id, row)))
        return cls(columns, rows, items, named)

    def add(self, products: Mapping[str, Product]) -> list[str]:
        """Add the products that it does not have, the best-selling first; return the ids of all in their order.

        :param products: as in :attr:`.LineReader.products`.
        """
        same = _find_same(products)
        for key, other in same.items():
            products[other].sold += products[key].sold
        ids = self._find_known({key: product for key, product in products.items() if key not in same})
        new = {key: product for key, product in products.items() if key not in same and key not in ids}
        taken = {item.id.casefold() for item in self.items}
        # A SKU that can be an id is one, even if a product that sells better would be given the same
        for key, product in sorted(new.items(), key=lambda pair: (not is_id(pair[1].sku), -pair[1].sold)):
            ids[key] = _make_id(product, taken)
        names = {name for item in self.items for name in (*item.names.values(), *item.prompt_names.values())}
        taken_names = set(map(normalise, names))
        named = "en" if "en" in self.columns else "name"
        for key, product in sorted(new.items(), key=lambda pair: -pair[1].sold):
            title = _make_distinct(product.title, ids[key], taken_names)
            # an id that could have been made from the title does not show that it is a SKU
            sku = "" if product.sku == ids[key] and not _is_made_from(title, ids[key]) else product.sku
            cells = {"id": ids[key], named: title, "sport": product.category, "sku": sku}
            self.rows.append({column: str(escape_formula(cell)) for column, cell in cells.items()})
        self.added += len(new)
        self.untitled += sum(product.untitled for product in new.values())
        return [ids[same.get(key, key)] for key in products]

    def _find_known(self, products: Mapping[str, Product]) -> dict[str, str]:
        """Return the ids of the products that it has: by SKU, or by title where the product or the row has none.

        Such a row gets the SKU, of several products with its title that of the best-selling one.
        """
        by_sku = {(item.sku or item.id).casefold(): item.id for item in self.items}
        by_name = {normalise(name): item.id for item in self.items for name in item.names.values()}
        found = {
            key: by_sku.get(product.sku.casefold()) if product.sku else by_name.get(normalise(product.title))
            for key, product in products.items()
        }
        of_sku = {found[key] for key, product in products.items() if product.sku}
        for key, product in sorted(products.items(), key=lambda pair: -pair[1].sold):
            id_, row = self.named.get(normalise(product.title), ("", {}))
            if id_ and not found[key] and id_ not in of_sku and not clean(row.get("sku", "")):
                found[key], row["sku"] = id_, str(escape_formula(product.sku))
        return {key: id_ for key, id_ in found.items() if id_}

    def write(self, output: CsvOutput) -> None:
        """Write it, with columns of categories and of SKUs that are no ids if there are any."""
        new = [column for column in ("sport", "sku") if any(row.get(column) for row in self.rows)]
        columns = self.columns | {column: column for column in new if column not in self.columns}
        output.write([columns.values()], escape=False)
        output.write(([row.get(column, "") for column in columns] for row in self.rows), escape=False)


def _find_same(products: Mapping[str, Product]) -> dict[str, str]:
    """Return the keys of products without SKU that have the title of one with SKU, with the key of that one."""
    by_sales = sorted(products.items(), key=lambda pair: pair[1].sold)  # of several SKUs, the best-selling one's stays
    with_sku = {normalise(product.title): key for key, product in by_sales if product.sku}
    return {
        key: with_sku[title]
        for key, product in products.items()
        if not product.sku and (title := normalise(product.title)) in with_sku
    }


def _is_made_from(name: str, id_: str) -> bool:
    """Return whether an id can be what :func:`_make_id` makes from a name."""
    base = slug(name)
    bases = {base[:size].rstrip("-") for size in (MAX_ID, MAX_ID - ROOM)}
    return not bases.isdisjoint((id_, _NUMBER.sub("", id_)))


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
