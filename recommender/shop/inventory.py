"""Read the inventory of a shop."""

from __future__ import annotations

from collections.abc import Container, Mapping
from pathlib import Path

from ..errors import CatalogError
from .csv_file import CsvRow, open_csv
from .csv_output import unescape_formula
from .item import NO_EMOJI, Item, is_id
from .item_index import ItemIndex
from .language import LANGUAGES, NON_ENGLISH
from .text import check_title, clean, is_name, normalise, shorten, simplify_title, slug

COLUMNS = ("id", "sport", "kind", "emoji", *LANGUAGES)
MAX_FAULTS = 20  # listed in the error about an inventory


def read_inventory(path: Path) -> list[Item]:
    """Read an inventory CSV with a column ``en`` or ``name``; the other :data:`COLUMNS` and ``sku`` are optional.

    :raises CatalogError: listing the faulty rows by line, with the reasons.
    """
    index = ItemIndex()
    rows: list[tuple[CsvRow, Mapping[str, str]]] = []  # with their shelf names by language
    faults: dict[int, str] = {}  # by line
    with open_csv(path) as table:
        if "en" not in table.columns:
            table.require("name")
        for row in table.rows:
            try:
                rows.append((row, _read_names(row)))
            except CatalogError as error:
                faults[row.line] = str(error)
    taken = {normalise(name) for _, names in rows for name in names.values()}
    for row, names in rows:
        own = set(map(normalise, names.values()))
        taken -= own
        try:
            item = _make_item(row, names, index.by_folded_id, taken)
            index.add(item)
            own.update(map(normalise, item.prompt_names.values()))
        except CatalogError as error:
            faults[row.line] = str(error)
        taken |= own
    if faults:
        more = [f"and {len(faults) - MAX_FAULTS} more."] if len(faults) > MAX_FAULTS else []
        several = f" has {len(faults)} faults:\n" if len(faults) > 1 else ", "
        named = [f"row {line}: {fault}" for line, fault in sorted(faults.items())[:MAX_FAULTS]]
        raise CatalogError(f"{path.name}{several}" + "\n".join([*named, *more]))
    if not index.by_id:
        raise CatalogError(f"{path.name} has no items.")
    return list(index.by_id.values())


def _read_names(row: CsvRow) -> dict[str, str]:
    """Return the shelf names of a row by language.

    :raises CatalogError: if the row is faulty.
    """
    if row.problem:
        raise CatalogError(row.problem)
    cells = {column: unescape_formula(row.cells.get(column, "").strip()) for column in (*LANGUAGES, "name")}
    own = "en" if cells["en"] else "name"
    if not cells[own]:
        raise CatalogError(f"{'en' if 'en' in row.cells else 'name'} is empty.")
    names = {}
    for language, column in zip(LANGUAGES, (own, *NON_ENGLISH), strict=True):
        try:
            if cells[column]:
                names[language] = check_title(cells[column])
        except CatalogError as error:
            raise CatalogError(f"{column}: {error}") from error
    return names


def _make_item(row: CsvRow, names: Mapping[str, str], others: Container[str], taken: Container[str]) -> Item:
    """Return the item of a row.

    :param names: its shelf names by language.
    :param others: the case-folded ids of earlier items.
    :param taken: the normalised names of the other items, also of later ones.
    :raises CatalogError: if it has no valid id.
    """
    columns = ("id", "sport", "kind", "sku")
    id_, sport, kind, sku = (unescape_formula(clean(row.cells.get(column, ""))) for column in columns)
    if id_ and not is_id(id_):
        raise CatalogError(f'the id "{shorten(id_)}" is not one word of letters, digits and - _ . + # /.')
    simple = {language: simplify_title(name, taken) for language, name in names.items() if not is_name(name)}
    emoji = row.cells.get("emoji", "").strip() or NO_EMOJI
    return Item(id_ or slug(names["en"], others), sport, kind, emoji, names, simple, sku)
