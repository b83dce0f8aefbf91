"""The shop: items, and the catalog that holds them.

Items are compared by id, never by substring: owning a "Basketball Jersey"
must not take "Basketball" off the candidates.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from string import capwords

from ..errors import CatalogError
from .csv_file import Row, open_csv
from .retrieval import WordIndex
from .text import check_name, clean, normalise, slug, tidy

LANGUAGES = ("en", "ar", "fr", "es", "de")
PROMPT_LANGUAGES = ("en", "ar")
_PACKAGE = Path(__file__).resolve().parents[1]
# In a wheel the demo's shop is inside the package; in a checkout it is beside it.
DATA = next(folder for folder in (_PACKAGE / "data", _PACKAGE.parent / "data") if folder.is_dir())
INVENTORY = DATA / "inventory.csv"
COLUMNS = ("id", "sport", "kind", "emoji", *LANGUAGES)

MAX_CANDIDATES = 50  # in one prompt; with longer lists the bundled T5 loses the sport (data/benchmarks.json)


@dataclass(frozen=True)
class Item:
    """One product: a stable id, what it is, and its shelf name per language."""

    id: str
    sport: str
    kind: str
    emoji: str
    names: Mapping[str, str] = field(hash=False)

    def name(self, language: str) -> str:
        """Return the shelf name in ``language``; an item added by name has the one name everywhere."""
        return self.names.get(language) or next(iter(self.names.values()))


class DuplicateItem(CatalogError):
    """An item that shares its id or a name with an earlier one of the same shelf.

    :ivar item: the later of the two.
    """

    def __init__(self, message: str, item: Item):
        self.item = item
        super().__init__(message)


class ItemIndex:
    """Items by id and by normalised shelf name in each language, in the order of adding."""

    def __init__(self) -> None:
        self.by_id: dict[str, Item] = {}
        self.by_name: dict[str, dict[str, Item]] = {language: {} for language in LANGUAGES}

    def add(self, item: Item) -> None:
        """Add an item.

        :raises DuplicateItem: if an earlier one has its id, or its name in some language; nothing is added then.
        """
        if item.id in self.by_id:
            raise DuplicateItem(f'The id "{item.id}" is used twice.', item)
        keys = {language: normalise(item.name(language)) for language in LANGUAGES}
        for language, key in keys.items():
            if same := self.by_name[language].get(key):
                name = item.name(language)
                raise DuplicateItem(f'"{same.id}" and "{item.id}" have the same {language} name "{name}".', item)
        self.by_id[item.id] = item
        for language, key in keys.items():
            self.by_name[language][key] = item


class Catalog:
    """Items in inventory order, which is also the order of candidates in a prompt.

    :param added: ids of those that joined for one call, by name alone.
    :raises DuplicateItem: if two items share an id, or a name once normalised.
    """

    def __init__(self, items: Iterable[Item], added: Iterable[str] = ()):
        self.added = frozenset(added)
        self._index = ItemIndex()
        for item in items:
            self._index.add(item)
        self.items = tuple(self._index.by_id.values())

    @classmethod
    def load(cls, path: Path = INVENTORY) -> Catalog:
        """Read an inventory CSV; see :data:`COLUMNS` and :mod:`.csv_file`.

        :raises CatalogError: naming the first row that is broken, by its line, and why.
        """
        index = ItemIndex()
        with open_csv(path) as table:
            table.require(*COLUMNS)
            for row in table.rows:
                try:
                    index.add(_item(row))
                except CatalogError as error:
                    raise CatalogError(f"{path.name}, row {row.line}: {error}") from error
        if not index.by_id:
            raise CatalogError(f"{path.name} has no items.")
        return cls(index.by_id.values())

    def __len__(self) -> int:
        return len(self.items)

    def __iter__(self) -> Iterator[Item]:
        return iter(self.items)

    def __getitem__(self, item_id: str) -> Item:
        return self._index.by_id[item_id]

    def __contains__(self, item_id: object) -> bool:
        return item_id in self._index.by_id

    @cached_property
    def sports(self) -> tuple[str, ...]:
        """Return the sports, in the order in which the inventory first names them."""
        return tuple(dict.fromkeys(item.sport for item in self.items))

    def names(self, language: str) -> Mapping[str, Item]:
        """Return the items by normalised shelf name; nothing for a language other than :data:`LANGUAGES`."""
        return self._index.by_name.get(language, {})

    def named(self, text: str, language: str) -> Item | None:
        """Return the item with this shelf name in this language and no other, or None."""
        key = normalise(text)
        if language in LANGUAGES:
            return self.names(language).get(key)
        return next((item for item in self.items if normalise(item.name(language)) == key), None)

    def get(self, text: str, language: str = "en") -> Item | None:
        """Return the item with this id, or this shelf name in any language, or None.

        :param language: the one whose names are looked at first.
        """
        if item := self._index.by_id.get(clean(text)):
            return item
        key = normalise(text)
        return next((names[key] for names in map(self.names, (language, *LANGUAGES)) if key in names), None)

    def select(self, ids: Iterable[str]) -> tuple[Item, ...]:
        """Return the items with these ids, each once, in inventory order: the order of ticking must not matter."""
        chosen = frozenset(ids)
        return tuple(item for item in self.items if item.id in chosen)

    def candidates(self, basket: Iterable[Item]) -> tuple[Item, ...]:
        """Return what is in stock and not owned, in inventory order.

        Of more than :data:`MAX_CANDIDATES` only the few that are most similar to the basket by the words of their
        names, sport and kind; an added product that shares a word is among them before all others.
        """
        owned = {item.id for item in basket}
        left = tuple(item for item in self.items if item.id not in owned)
        if len(left) <= MAX_CANDIDATES:
            return left
        kept = self._words.retrieve(owned, (item.id for item in left), self.added)
        return tuple(item for item in left if item.id in kept)

    @cached_property
    def _words(self) -> WordIndex:
        """The words of all items, in the languages in which the T5 reads prompts."""
        named = zip(*(self.names(language) for language in PROMPT_LANGUAGES), strict=True)  # in inventory order
        return WordIndex.build(
            {
                item.id: frozenset(normalise(" ".join((*names, item.sport, item.kind))).split())
                for item, names in zip(self.items, named, strict=True)
            }
        )

    def extended(self, names: Iterable[str]) -> Catalog:
        """Return this catalog with products added by name alone, at the end of the shelf (cold start).

        Nothing but the name is known of them: sport and kind are empty.

        :raises CatalogError: for a name that cannot be a product's, or is taken.
        """
        added: dict[str, Item] = {}
        for name in names:
            shelf_name = tidy(check_name(name))
            if shelf_name.islower():  # it is capitalised, as are the shelf names that the T5 has learned
                shelf_name = capwords(shelf_name)
            id_ = slug(shelf_name, {*self._index.by_id, *added})
            added[id_] = Item(id_, "", "", "🆕", {"en": shelf_name})
        try:
            return Catalog((*self.items, *added.values()), self.added.union(added))
        except DuplicateItem as error:
            raise CatalogError(f'"{error.item.name("en")}" is already in the inventory.') from error


def _item(row: Row) -> Item:
    if row.problem:
        raise CatalogError(row.problem)
    values = {column: row.cells[column].strip() for column in COLUMNS}
    values |= {column: clean(values[column]) for column in ("id", "sport", "kind")}
    empty = [column for column, value in values.items() if not value]
    if empty:
        raise CatalogError(f"{', '.join(empty)} is empty.")
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", values["id"]):
        raise CatalogError(f'the id "{values["id"]}" is not lower-case words joined by hyphens.')
    names = {}
    for language in LANGUAGES:
        try:
            names[language] = check_name(values[language])
        except CatalogError as error:
            raise CatalogError(f"{language}: {error}") from error
    return Item(values["id"], values["sport"], values["kind"], values["emoji"], names)
