"""Read a visitor's own shop from a CSV file, without storing it on the server."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace

from ..errors import BadName, CatalogError
from ..shop.catalog import Catalog
from ..shop.csv_file import CsvError, CsvRow, open_csv
from ..shop.csv_output import unescape_formula
from ..shop.item import NO_EMOJI, Item
from ..shop.item_index import DuplicateItem, ItemIndex
from ..shop.language import LANGUAGES
from ..shop.text import check_name, clean, shorten, slug

MAX_ITEMS = 200
MAX_BYTES = 256 * 1024
MAX_COLUMNS = 10  # listed in a notice
COLUMNS = ("name", "sport", "kind", "emoji", *LANGUAGES)
_MAX_EMOJI = 8  # code points of one emoji; a family of four and the flag of Wales have seven


class BadCell(CatalogError):
    """A cell that is not a valid name.

    :ivar column: its column.
    :ivar reason: that of the :class:`~recommender.errors.BadName`, or "" for a blank cell.
    """

    def __init__(self, column: str, text: str, reason: str = ""):
        self.column, self.text, self.reason = column, text, reason
        super().__init__(f'"{text}" in the column {column} cannot be a name.')


@dataclass(frozen=True)
class ShopRow:
    """One product of the file: its name in prompts, and the other cells."""

    name: str
    sport: str = ""
    kind: str = ""
    emoji: str = ""
    names: tuple[tuple[str, str], ...] = ()  # (language, shelf name)

    @classmethod
    def make(cls, cells: Mapping[str, str]) -> ShopRow:
        """Make a row from cells by column; those without a letter count as empty, as long as there is a name.

        :raises BadCell: for a cell that is not a valid name.
        """
        said = {column: text for column, text in cells.items() if any(map(str.isalpha, text))}
        own = next((column for column in ("en", "name") if column in said), "en" if cells.get("en") else "name")
        named = {**said, own: cells.get(own, "")}
        checked = {column: _check(named, column) for column in (own, "sport", "kind", *LANGUAGES) if named.get(column)}
        if own not in checked:
            raise BadCell("en" if "en" in cells else "name", "")
        names = tuple((code, checked[code]) for code in LANGUAGES if code != "en" and code in checked)
        sport, kind = checked.get("sport", ""), checked.get("kind", "")
        emoji = cells.get("emoji", "")
        if len(emoji) > _MAX_EMOJI or not all(map(_in_emoji, emoji)):
            emoji = ""
        return cls(checked[own], sport, kind, emoji, names)

    @classmethod
    def read(cls, raw: object) -> ShopRow | None:
        """Return the row that a browser has stored and sent back, or None if it is not valid."""
        if not isinstance(raw, dict) or not all(isinstance(v, str) for v in raw.values()):
            return None
        try:
            return cls.make(raw)
        except CatalogError:
            return None

    def as_dict(self) -> dict[str, str]:
        """Return the cells that are not empty, by column, for the browser to store."""
        cells = {"name": self.name, "sport": self.sport, "kind": self.kind, "emoji": self.emoji, **dict(self.names)}
        return {column: text for column, text in cells.items() if text}

    @property
    def item(self) -> Item:
        """The item for the catalog."""
        names = {"en": self.name, **dict(self.names)}
        return Item(slug(self.name), self.sport, self.kind, self.emoji or NO_EMOJI, names)


@dataclass(frozen=True)
class BadRow:
    """A row that could not be used.

    :ivar line: the line on which it begins, from 1.
    :ivar text: the faulty cell, or the product's name.
    :ivar reason: "cells" (more than in the header, or a stray quotation mark), "name" (its cell is blank), "name-long",
        "name-delimiter", "name-invisible" or "name-letter" (a cell is not a valid name), "twice" (a duplicate) or
        "many" (beyond :data:`MAX_ITEMS`).
    :ivar column: the column of a faulty cell, or "".
    """

    line: int
    text: str
    reason: str
    column: str = ""


@dataclass(frozen=True)
class UploadedShop:
    """The usable and the faulty rows of a file.

    :ivar problem: why the whole file was refused: "size", "blank" (it has no line), "empty" (none with a product),
        "columns" (none for the name), "twice" (two with one name) or one of
        :class:`~recommender.shop.csv_file.CsvProblem`; else "".
    :ivar line: the line of the problem, or 0.
    :ivar columns: the file's columns, if the problem is "columns"; the repeated one, if it is "twice".
    """

    rows: tuple[ShopRow, ...] = ()
    bad: tuple[BadRow, ...] = ()
    problem: str = ""
    line: int = 0
    columns: tuple[str, ...] = ()


def _in_emoji(c: str) -> bool:
    """Return whether ``c`` can be part of an emoji: not alphanumeric, not markup, invisible only in joins and flags."""
    if c == "\u200d" or "\U000e0020" <= c <= "\U000e007f":
        return True
    return c.isprintable() and not c.isalnum() and c not in "<>&\"'"


def build_catalog(rows: Iterable[ShopRow]) -> Catalog:
    """Return the rows as a catalog, without those that have the name of an earlier one."""
    index = ItemIndex()
    for row in rows:
        with suppress(DuplicateItem):
            _join(index, row)
    return Catalog(index.by_id.values())


def _join(index: ItemIndex, row: ShopRow) -> None:
    """Add a row's item, with a number in its id if another item has that id ("Vitamin C+" and "Vitamin C")."""
    index.add(replace(row.item, id=slug(row.name, index.by_id)))


def _check(cells: Mapping[str, str], column: str) -> str:
    try:
        return check_name(cells[column])
    except BadName as error:
        raise BadCell(column, cells[column], error.reason if clean(cells[column]) else "") from error


def read_shop(content: bytes) -> UploadedShop:
    """Read a CSV file with a column ``en`` or ``name``, and optionally sport, kind, emoji and other languages.

    Faulty rows do not keep the others from being used.
    """
    if len(content) > MAX_BYTES:
        return UploadedShop(problem="size")
    try:
        with open_csv(content, repeated=True) as table:
            if not table.columns:
                return UploadedShop(problem="blank")
            if not {"name", "en"} & set(table.columns):
                found = tuple(filter(str.strip, table.columns))[:MAX_COLUMNS]
                return UploadedShop(problem="columns", columns=found)
            if repeated := next((column for column in COLUMNS if table.columns.count(column) > 1), ""):
                return UploadedShop(problem="twice", columns=(repeated,))
            return _read_rows(table.rows)
    except CsvError as error:
        return UploadedShop(problem=error.problem, line=error.line)


def _read_rows(lines: Iterable[CsvRow]) -> UploadedShop:
    rows: list[ShopRow] = []
    bad: list[BadRow] = []
    index = ItemIndex()
    for line in lines:
        reason = "cells" if line.problem else "many" if len(rows) == MAX_ITEMS else ""
        if not reason:
            try:
                row = ShopRow.make({c: unescape_formula(line.cells[c].strip()) for c in COLUMNS if c in line.cells})
                _join(index, row)
                rows.append(row)
                continue
            except DuplicateItem as error:
                bad.append(BadRow(line.line, shorten(error.shared), "twice"))
                continue
            except BadCell as error:
                reason = f"name-{error.reason}" if error.reason else "name"
                bad.append(BadRow(line.line, shorten(error.text), reason, error.column))
                continue
        bad.append(BadRow(line.line, shorten(line.cells.get("en") or line.cells.get("name") or ""), reason))
        if reason == "many":
            break
    return UploadedShop(tuple(rows), tuple(bad), "" if rows else "empty")
