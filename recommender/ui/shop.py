"""A visitor's own shop, read from a CSV file that never touches the server's disk."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..errors import CatalogError
from ..shop.catalog import LANGUAGES, Catalog, Item
from ..shop.text import check_name, normalise, slug

MAX_ITEMS = 200
MAX_BYTES = 256 * 1024
COLUMNS = ("name", "sport", "kind", "emoji", *LANGUAGES)
_MAX_EMOJI = 8  # code points: a family of four, and the flag of Wales, are seven; the shelf's tiles have room for one


@dataclass(frozen=True)
class ShopRow:
    """One product: the name by which the T5 will know it, and what else the file said."""

    name: str
    sport: str = ""
    kind: str = ""
    emoji: str = ""
    names: tuple[tuple[str, str], ...] = ()  # (language, shelf name)

    @classmethod
    def make(cls, cells: Mapping[str, str]) -> ShopRow:
        """A row from named cells.

        :raises CatalogError: for a name that cannot be a product's.
        """
        name = check_name(cells.get("name") or cells.get("en") or "")
        names = tuple((code, check_name(cells[code])) for code in LANGUAGES if code != "en" and cells.get(code))
        sport, kind = (check_name(cells[c]) if cells.get(c) else "" for c in ("sport", "kind"))
        emoji = cells.get("emoji", "")
        if len(emoji) > _MAX_EMOJI or not all(map(_in_emoji, emoji)):
            emoji = ""
        return cls(name, sport, kind, emoji, names)

    @classmethod
    def read(cls, raw: object) -> ShopRow | None:
        """The row that a browser sent back, or none if it is not one that we sent."""
        if not isinstance(raw, dict) or not all(isinstance(v, str) for v in raw.values()):
            return None
        try:
            return cls.make(raw)
        except CatalogError:
            return None

    def as_dict(self) -> dict[str, str]:
        """For the browser to keep."""
        cells = {"name": self.name, "sport": self.sport, "kind": self.kind, "emoji": self.emoji, **dict(self.names)}
        return {column: text for column, text in cells.items() if text}

    @property
    def item(self) -> Item:
        """As the catalog holds it; names in other languages default to the one that there is."""
        return Item(slug(self.name), self.sport, self.kind, self.emoji or "🏷️", {"en": self.name, **dict(self.names)})


@dataclass(frozen=True)
class BadRow:
    """A row that could not be used.

    :ivar line: as a spreadsheet counts them, the header being 1.
    :ivar reason: "name" (it cannot be a product's name), "twice" or "many".
    """

    line: int
    text: str
    reason: str


@dataclass(frozen=True)
class Shop:
    """What a file held.

    :ivar problem: why nothing at all could be used: "size", "encoding", "csv", "header", "empty"; else "".
    """

    rows: tuple[ShopRow, ...] = ()
    bad: tuple[BadRow, ...] = ()
    problem: str = ""


class Shelf:
    """Items being put side by side: none may share an id, or a name in any language."""

    def __init__(self) -> None:
        self.items: list[Item] = []
        self._taken: set[tuple[str, str]] = set()

    def add(self, item: Item) -> bool:
        """Whether there was room for ``item``."""
        marks = {("", item.id), *((code, normalise(item.name(code))) for code in LANGUAGES)}
        if marks & self._taken:
            return False
        self._taken |= marks
        self.items.append(item)
        return True


def _in_emoji(c: str) -> bool:
    """Whether a sign may hold ``c``: no letter and no markup, and nothing invisible but joiners and flags."""
    if c == "\u200d" or "\U000e0020" <= c <= "\U000e007f":
        return True
    return c.isprintable() and not c.isalnum() and c not in "<>&\"'"


def catalog_of(rows: Iterable[ShopRow]) -> Catalog:
    """The rows as a catalog, less those that share an id or a name with an earlier one."""
    shelf = Shelf()
    for row in rows:
        shelf.add(row.item)
    return Catalog(shelf.items)


def read_shop(content: bytes) -> Shop:
    """Read a CSV file: a column ``name`` (or ``en``); sport, kind, emoji and other languages if it has them.

    Good rows load even where others are bad.
    """
    if len(content) > MAX_BYTES:
        return Shop(problem="size")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return Shop(problem="encoding")
    reader = csv.DictReader(io.StringIO(text), strict=True)
    try:
        reader.fieldnames = [(name or "").strip().casefold() for name in reader.fieldnames or ()]
        if not {"name", "en"} & set(reader.fieldnames):
            return Shop(problem="header")
        return _sort(reader)
    except csv.Error:
        return Shop(problem="csv")


def _sort(reader: csv.DictReader[str]) -> Shop:
    rows: list[ShopRow] = []
    bad: list[BadRow] = []
    shelf = Shelf()
    for cells in reader:
        text = "".join(c for c in (cells.get("name") or cells.get("en") or "").strip()[:60] if c.isprintable())
        try:
            row = ShopRow.make({c: cells[c].strip() for c in COLUMNS if cells.get(c)})
        except CatalogError:
            bad.append(BadRow(reader.line_num, text, "name"))
            continue
        if len(rows) == MAX_ITEMS:
            bad.append(BadRow(reader.line_num, text, "many"))
            break
        if shelf.add(row.item):
            rows.append(row)
        else:
            bad.append(BadRow(reader.line_num, text, "twice"))
    return Shop(tuple(rows), tuple(bad), "" if rows else "empty")
