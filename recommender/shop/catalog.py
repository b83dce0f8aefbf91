"""The shop: items, the catalog that holds them, and the words that find them.

Items are compared by id, never by substring: owning a "Basketball Jersey"
must not take "Basketball" off the candidates.
"""

from __future__ import annotations

import csv
import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from string import capwords

from ..errors import CatalogError
from .retrieval import WordIndex
from .text import MAX_NAME_LENGTH, check_name, normalise, shorten, slug

LANGUAGES = ("en", "ar", "fr", "es", "de")
PROMPT_LANGUAGES = ("en", "ar")
DATA = Path(__file__).resolve().parents[2] / "data"
INVENTORY = DATA / "inventory.csv"
COLUMNS = ("id", "sport", "kind", "emoji", *LANGUAGES)

MAX_CANDIDATES = 50  # in one prompt; with longer lists the bundled T5 loses the sport (data/benchmarks.json)


class UnknownItem(CatalogError):
    """A text that names no item.

    :ivar text: what was asked for.
    :ivar closest: names that look like it, best first, possibly none.
    """

    def __init__(self, text: str, closest: list[str]):
        self.text = text
        self.closest = closest
        hint = f" Closest: {', '.join(closest)}." if closest else ""
        super().__init__(f'Unknown item "{shorten(text)}".{hint}')


@dataclass(frozen=True)
class Item:
    """One product: a stable id, what it is, and its shelf name per language."""

    id: str
    sport: str
    kind: str
    emoji: str
    names: Mapping[str, str] = field(hash=False)

    def name(self, language: str) -> str:
        """The shelf name in ``language``; an item added by name has the one name everywhere."""
        return self.names.get(language) or next(iter(self.names.values()))


class Catalog:
    """Items in inventory order, which is also the order of candidates in a prompt.

    :param added: ids of those that joined for one call, by name alone.
    :raises CatalogError: where two items share an id, or a name once normalised.
    """

    def __init__(self, items: Iterable[Item], added: Iterable[str] = ()):
        self.added = frozenset(added)
        self._by_id: dict[str, Item] = {}
        self._by_name: dict[str, dict[str, Item]] = {language: {} for language in LANGUAGES}
        for item in items:
            self._place(item)
        self.items = tuple(self._by_id.values())

    def _place(self, item: Item) -> None:
        if item.id in self._by_id:
            raise CatalogError(f'The id "{item.id}" is used twice.')
        self._by_id[item.id] = item
        for language, names in self._by_name.items():
            same = names.setdefault(normalise(item.name(language)), item)
            if same is not item:
                raise CatalogError(
                    f'"{same.id}" and "{item.id}" have the same {language} name "{item.name(language)}".'
                )

    @classmethod
    def load(cls, path: Path = INVENTORY) -> Catalog:
        """Read an inventory CSV (UTF-8; columns id, sport, kind, emoji and one name per language).

        :raises CatalogError: naming the first row that is broken, and why.
        """
        try:
            text = path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise CatalogError(f"{path.name} cannot be read as UTF-8 text: {error}") from error
        reader = csv.DictReader(text.splitlines())
        missing = [c for c in COLUMNS if c not in (reader.fieldnames or ())]
        if missing:
            raise CatalogError(f"{path.name}: the header lacks {', '.join(missing)}.")
        try:
            catalog = cls(map(_item, reader))  # row by row, so that an error's row is the last one read
        except CatalogError as error:
            raise CatalogError(f"{path.name}, row {reader.line_num}: {error}") from error
        if not catalog.items:
            raise CatalogError(f"{path.name} has no items.")
        return catalog

    def __len__(self) -> int:
        return len(self.items)

    def __iter__(self) -> Iterator[Item]:
        return iter(self.items)

    def __getitem__(self, item_id: str) -> Item:
        return self._by_id[item_id]

    def __contains__(self, item_id: object) -> bool:
        return item_id in self._by_id

    @cached_property
    def sports(self) -> tuple[str, ...]:
        """The sports, in the order in which the inventory first names them."""
        return tuple(dict.fromkeys(item.sport for item in self.items))

    def named(self, text: str, language: str) -> Item | None:
        """The item with this shelf name in this language and no other; none if there is none."""
        return self._by_name[language].get(normalise(text))

    def find(self, text: str, language: str = "en") -> Item:
        """The item with this id, or this name in any language, in any letter case.

        :param language: the one whose names are looked at first.
        :raises UnknownItem: with the closest names.
        """
        if text.strip() in self._by_id:
            return self._by_id[text.strip()]
        key = normalise(text)
        for names in (self._by_name.get(language, {}), *self._by_name.values()):
            if key in names:
                return names[key]
        raise UnknownItem(text, self._closest(key, language))

    def _closest(self, key: str, language: str) -> list[str]:
        found: dict[str, str] = {}  # item id -> shelf name, the closest first
        for names in (self._by_name.get(language, {}), *self._by_name.values()):
            for match in difflib.get_close_matches(key[:MAX_NAME_LENGTH], names, n=3):
                shelf_names = names[match].names
                found.setdefault(names[match].id, next(n for n in shelf_names.values() if normalise(n) == match))
        return list(found.values())[:3]

    def basket(self, texts: Iterable[str], language: str = "en") -> tuple[Item, ...]:
        """The items named, each once, in inventory order: the order of ticking must not matter.

        :raises UnknownItem: for the first text that names no item.
        """
        owned = {self.find(text, language).id for text in texts if text.strip()}
        return tuple(item for item in self.items if item.id in owned)

    def candidates(self, basket: Iterable[Item]) -> tuple[Item, ...]:
        """What is in stock and not owned, in inventory order.

        Of more than :data:`MAX_CANDIDATES`, the few that are nearest to the basket by the words of their names,
        sport and kind; an added product that shares a word is among them before all others.
        """
        owned = {item.id for item in basket}
        left = tuple(item for item in self.items if item.id not in owned)
        if len(left) <= MAX_CANDIDATES:
            return left
        kept = self._words.nearest(owned, (item.id for item in left), self.added)
        return tuple(item for item in left if item.id in kept)

    @cached_property
    def _words(self) -> WordIndex:
        """The words of all items, in the languages in which the T5 reads prompts."""
        named = zip(*(self._by_name[language] for language in PROMPT_LANGUAGES), strict=True)  # in inventory order
        return WordIndex.of(
            {
                item.id: frozenset(normalise(" ".join((*names, item.sport, item.kind))).split())
                for item, names in zip(self.items, named, strict=True)
            }
        )

    def extended(self, names: Iterable[str]) -> Catalog:
        """This catalog with products added by name alone, at the end of the shelf (cold start).

        Nothing but the name is known of them: sport and kind are empty.

        :raises CatalogError: for a name that cannot be a product's, or is taken.
        """
        added = []
        for name in names:
            name = check_name(name)
            if name.islower():  # as it was typed; shelf names, which the T5 has learned, are capitalised
                name = capwords(name)
            if any(normalise(name) in names for names in self._by_name.values()):
                raise CatalogError(f'"{name}" is already in the inventory.')
            added.append(Item(slug(name), "", "", "🆕", {"en": name}))
        return Catalog((*self.items, *added), self.added.union(item.id for item in added))


def _item(row: Mapping[str, str | None]) -> Item:
    empty = [column for column in COLUMNS if not (row.get(column) or "").strip()]
    if empty:
        raise CatalogError(f"{', '.join(empty)} is empty.")
    values = {column: (row[column] or "").strip() for column in COLUMNS}
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", values["id"]):
        raise CatalogError(f'the id "{values["id"]}" is not lower-case words joined by hyphens.')
    names = {language: check_name(values[language]) for language in LANGUAGES}
    return Item(values["id"], values["sport"], values["kind"], values["emoji"], names)
