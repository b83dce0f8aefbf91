"""What a visitor has ticked and chosen.

It lives in the browser and travels with every request: the server keeps nothing, so
replicas scale the page. Whatever arrives is therefore checked here as if a stranger had
typed it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from ..errors import CatalogError
from ..routes import Route, choose_route
from ..shop.catalog import LANGUAGES, Catalog, Item
from ..shop.text import check_name
from ..t5.prompt import Dialect
from ..t5.source import BUNDLED_NAME
from ..translation import LIBRE_URL, TRANSLATORS
from .shop import MAX_ITEMS, ShopRow, catalog_of
from .story import LANGUAGES_TOLD

MAX_ADDED = 5  # products a visitor may invent
MAX_TICKED = MAX_ITEMS + MAX_ADDED
BUNDLED_ONLY: Mapping[str, Dialect] = {BUNDLED_NAME: Dialect()}
MAX_DROPPED = 10  # things asked for in vain that are named; past them only ids are looked at
MAX_TEXT = 200  # characters that are looked at of any text


@dataclass(frozen=True)
class Visit:
    """One visitor's choices, all of them possible ones.

    :ivar shelf: the catalog that they see: the inventory or their own shop, and what they added.
    :ivar checkpoint: name of the T5 that they chose, which may be still on its way.
    :ivar dialect: of the T5 that answers.
    :ivar items: ids ticked, in shelf order.
    :ivar added: names of products that they invented.
    :ivar shop: their own shop's rows; empty for the inventory.
    :ivar wonder: id of the candidate of "why not …?".
    :ivar tale: language of the football story.
    :ivar dropped: what was asked for and ignored, to be named in a notice.
    :ivar refused: names of products that could not join the shelf, likewise.
    """

    shelf: Catalog
    language: str = "en"
    route: str = "direct"
    translator: str = "auto"
    checkpoint: str = BUNDLED_NAME
    dialect: Dialect = field(default_factory=Dialect)
    items: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    shop: tuple[ShopRow, ...] = ()
    wonder: str = ""
    tale: str = "ar"
    dropped: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()

    @cached_property
    def basket(self) -> tuple[Item, ...]:
        """The items ticked."""
        return tuple(self.shelf[i] for i in self.items)

    @classmethod
    def read(cls, raw: object, inventory: Catalog, dialects: Mapping[str, Dialect] = BUNDLED_ONLY) -> Visit:
        """The visit that the browser describes, less what is impossible in it.

        :param raw: the bridge's value, JSON of any shape.
        :param dialects: the checkpoints that the operator offers, and how each is spoken to.
        """
        given: Mapping[str, object] = raw if isinstance(raw, dict) else {}
        dropped: list[str] = []

        def choice(key: str, choices: Iterable[str], default: str) -> str:
            value = given.get(key)
            if value in (None, ""):
                return default
            if isinstance(value, str) and value in choices:
                return value
            dropped.append(f"{key}={_short(value)}")
            return default

        language = choice("language", LANGUAGES, "en")
        checkpoint = choice("checkpoint", dialects, BUNDLED_NAME)
        dialect = dialects[checkpoint]
        route = choice("route", routes_of(language, dialect), choose_route(language, dialect.languages))
        shop = tuple(row for row in map(ShopRow.read, _list(given.get("shop"), MAX_ITEMS)) if row)
        shelf = catalog_of(shop) if shop else inventory
        shelf, added, refused = stock(shelf, _list(given.get("added"), MAX_ADDED))
        items: set[str] = set()
        for text in map(_text, _list(given.get("items"), MAX_TICKED)):
            if text in shelf:
                items.add(text)
            elif len(dropped) < MAX_DROPPED:  # to look for a name is slow where there is none
                try:
                    items.add(shelf.find(text, language).id)
                except CatalogError:
                    dropped.append(_short(text))
        wonder = given.get("wonder")
        return cls(
            shelf=shelf,
            language=language,
            route=route,
            translator=choice("translator", translators(), "auto"),
            checkpoint=checkpoint,
            dialect=dialect,
            items=tuple(item.id for item in shelf if item.id in items),
            added=added,
            shop=shop,
            wonder=wonder if isinstance(wonder, str) and wonder in shelf else "",
            tale=choice("tale", LANGUAGES_TOLD, "ar" if language == "en" else language),
            dropped=tuple(dropped),
            refused=tuple(refused),
        )

    def as_dict(self) -> dict[str, object]:
        """What the browser keeps."""
        return {
            "language": self.language,
            "route": self.route,
            "translator": self.translator,
            "checkpoint": self.checkpoint,
            "items": list(self.items),
            "added": list(self.added),
            "shop": [row.as_dict() for row in self.shop],
            "wonder": self.wonder,
            "tale": self.tale,
        }

    def ticking(self, item: Item) -> Visit:
        """The same visit with one more item ticked."""
        ticked = {*self.items, item.id}
        return replace(self, items=tuple(i.id for i in self.shelf if i.id in ticked))

    def in_shop(self, rows: tuple[ShopRow, ...]) -> Visit:
        """The same visitor in a shop of their own: nothing ticked, nothing added yet."""
        return replace(self, shelf=catalog_of(rows), shop=rows, items=(), added=(), wonder="")


def routes_of(language: str, dialect: Dialect) -> tuple[str, ...]:
    """The routes that the page offers: ``native`` only in a language whose prompts the T5 reads."""
    return tuple(r for r in Route if r != "native" or language in dialect.languages)


def translators() -> tuple[str, ...]:
    """The translators that the page offers: LibreTranslate only where the operator has one."""
    return tuple(name for name in TRANSLATORS if name != "libre" or os.environ.get(LIBRE_URL))


def stock(shelf: Catalog, names: Iterable[object]) -> tuple[Catalog, tuple[str, ...], list[str]]:
    """``shelf`` with the products that can join it.

    :return: the catalog, the names that joined, and those that could not.
    """
    added: list[str] = []
    refused: list[str] = []
    for name in map(_text, names):
        try:
            shelf = shelf.extended([name])
            added.append(check_name(name))
        except CatalogError:
            refused.append(_short(name))
    return shelf, tuple(added), refused


def _list(value: object, limit: int) -> list[object]:
    return value[:limit] if isinstance(value, list) else []


def _text(value: object) -> str:
    """``value`` if it is a text, and no more of it than is looked at; what is none can name nothing."""
    return value[:MAX_TEXT] if isinstance(value, str) else "?"


def _short(value: object, limit: int = 40) -> str:
    text = "".join(c for c in _text(value)[: limit + 1] if c.isprintable())
    return text if len(text) <= limit else text[: limit - 1] + "…"
