"""The visitor's choices, as their browser or a link sends them.

The browser stores them and sends them with every request. The server keeps no state, so that replicas scale the page;
it validates all input here. A link contains choices, too: ``?items=soccer-ball,soccer-jersey&lang=ar&route=translate``.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from urllib.parse import parse_qs

from ..errors import BadName
from ..routes import Route, choose_route
from ..shop.catalog import Catalog
from ..shop.item import Item
from ..shop.language import LANGUAGES, NON_ENGLISH, read_language
from ..shop.list_marks import split_list
from ..shop.lookup import list_readings, split_items
from ..shop.text import clean, shorten
from ..t5.prompt import PromptFormat
from ..t5.source import BUNDLED_NAME
from ..translation import LIBRE_URL, TRANSLATORS
from .uploaded_shop import MAX_ITEMS, ShopRow, build_catalog

MAX_ADDED = 5  # products that a visitor may add
MAX_TICKED = MAX_ITEMS + MAX_ADDED
MIN_SOUGHT = 2  # characters
MAX_SEARCH = 2_000  # characters of a list of names in the search box
MAX_TEXT = 200  # characters of any other text; the rest is ignored
MAX_SENT = 8_000  # texts of a list that a page may send: as many as a link has characters
MAX_QUERY = 8_000  # characters of a link; servers and proxies do not accept longer addresses
_ENDS = re.compile(",|&|%2C|%0A", re.IGNORECASE)  # of a value in a link
BUNDLED_ONLY: Mapping[str, PromptFormat] = {BUNDLED_NAME: PromptFormat()}
TABS = ("recommend", "football", "results", "how")
LINK_PARAMETERS = {
    "lang": "language",
    "route": "route",
    "translator": "translator",
    "checkpoint": "checkpoint",
    "tab": "tab",
    "tale": "story_language",
    "shop": "opened",
}
PARAMETER_OF = {choice: parameter for parameter, choice in LINK_PARAMETERS.items()}
OWN_SHOP = "own"  # shop=own in a link: the visitor's own shop, which is stored in the tab in which it was opened
STORED = ("shop", "items", "added", "story_items")  # the choices that are stored there, and not in the page's own links


@dataclass(frozen=True)
class PageState:
    """One visitor's valid choices.

    :ivar shelf: the catalog that they see: the inventory or their own shop, with the products they added.
    :ivar checkpoint: name of the T5 that they chose, which may still be loading.
    :ivar prompt_format: that of the T5 that answers.
    :ivar items: ids of the ticked items, in shelf order.
    :ivar unticked: ids of items that were ticked and are not any more; one found by a search keeps its box.
    :ivar added: names of the products they added.
    :ivar shop: the rows of their own shop; empty for the inventory.
    :ivar why_not: id of the item of the question "why not …?", or "".
    :ivar tab: the open tab.
    :ivar story_language: language of the football story.
    :ivar story_items: ids of the story's example basket; empty for the visitor's own basket.
    :ivar sought: the text in the search box; empty if it is shorter than :data:`MIN_SOUGHT`.
    :ivar hood_open: whether the fold "under the hood" is open.
    :ivar dropped: invalid values, for a notice.
    :ivar unclear: those of them that can mean several items.
    :ivar excess: names of more products than can be ticked or added, for a notice.
    :ivar refused: names of products that could not be added, each with the reason of its
        :class:`~recommender.errors.BadName`, for a notice.
    """

    shelf: Catalog
    language: str = "en"
    route: str = "direct"
    translator: str = "auto"
    checkpoint: str = BUNDLED_NAME
    prompt_format: PromptFormat = field(default_factory=PromptFormat)
    items: tuple[str, ...] = ()
    unticked: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    shop: tuple[ShopRow, ...] = ()
    why_not: str = ""
    tab: str = "recommend"
    story_language: str = "ar"
    story_items: tuple[str, ...] = ()
    sought: str = ""
    hood_open: bool = False
    dropped: tuple[str, ...] = ()
    unclear: tuple[str, ...] = ()
    excess: tuple[str, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()

    @cached_property
    def basket(self) -> tuple[Item, ...]:
        """The ticked items."""
        return tuple(self.shelf[i] for i in self.items)

    @classmethod
    def parse(cls, raw: object, inventory: Catalog, formats: Mapping[str, PromptFormat] = BUNDLED_ONLY) -> PageState:
        """Return the valid choices in what a browser sends.

        :param raw: any JSON.
        :param formats: the prompt format of every checkpoint that the operator offers, by name.
        """
        given: Mapping[str, object] = raw if isinstance(raw, dict) else {}
        dropped: list[str] = []

        def choose(key: str, choices: Iterable[str], default: str) -> str:
            value = given.get(key)
            if value in (None, ""):
                return default
            chosen = read_language(value) if isinstance(value, str) and key.endswith("language") else value
            if isinstance(chosen, str) and chosen in choices:
                return chosen
            dropped.append(f"{PARAMETER_OF.get(key, key)}={shorten(_as_text(value))}")
            return default

        sought = given.get("sought")
        sought = sought[: MAX_SEARCH + 1].strip() if isinstance(sought, str) else ""
        language = choose("language", LANGUAGES, choose("guessed_language", LANGUAGES, "en"))
        checkpoint = choose("checkpoint", formats, BUNDLED_NAME)
        prompt_format = formats[checkpoint]
        default = choose_route(language, prompt_format.languages)
        route = choose("route", tuple(Route), default)
        if route not in get_routes(language, prompt_format):
            route = default  # which the choice of route explains
        shop = tuple(row for row in map(ShopRow.read, _take(given.get("shop"), MAX_ITEMS)) if row)
        choose("opened", (OWN_SHOP,), "")
        names, more_names = _read_texts(given, "added")
        shelf, added, refused = _extend(build_catalog(shop) if shop else inventory, names)
        texts, more_texts = _read_texts(given, "items")
        items, unread = _read_items(texts, shelf, language)
        story, more_story = _read_texts(given, "story_items")
        dropped += [*unread, *(shorten(text) for text in story if text not in shelf)]
        why_not = given.get("why_not")
        return cls(
            shelf=shelf,
            language=language,
            route=route,
            translator=choose("translator", get_translators(), "auto"),
            checkpoint=checkpoint,
            prompt_format=prompt_format,
            items=items,
            unticked=_list_ids(_read_texts(given, "unticked")[0], shelf),
            added=added,
            shop=shop,
            why_not=why_not if isinstance(why_not, str) and why_not in shelf else "",
            tab=choose("tab", TABS, "recommend"),
            story_language=choose("story_language", NON_ENGLISH, "ar"),
            story_items=_list_ids(story, shelf),
            sought=sought if len(sought) >= MIN_SOUGHT else "",
            hood_open=given.get("hood_open") is True,
            dropped=tuple(dropped),
            unclear=tuple(text for text in dropped if unread.get(text)),
            excess=tuple(map(shorten, (*names[len(added) + len(refused) :], *more_names, *more_texts, *more_story))),
            refused=tuple(refused),
        )

    def as_dict(self) -> dict[str, object]:
        """Return the choices as the browser stores them, for JSON."""
        return {
            "language": self.language,
            "route": self.route,
            "translator": self.translator,
            "checkpoint": self.checkpoint,
            "items": list(self.items),
            "added": list(self.added),
            "shop": [row.as_dict() for row in self.shop],
            "why_not": self.why_not,
            "tab": self.tab,
            "story_language": self.story_language,
            "story_items": list(self.story_items),
        }

    def tick(self, items: Iterable[Item]) -> PageState:
        """Return the state with more items ticked."""
        return replace(self, items=_list_ids((*self.items, *(item.id for item in items)), self.shelf))

    def enter_shop(self, rows: tuple[ShopRow, ...]) -> PageState:
        """Return the state with a shop of the visitor's own, nothing ticked and nothing added."""
        return replace(self, shelf=build_catalog(rows), shop=rows, items=(), added=(), why_not="", story_items=())


def read_arrival(raw: object, default_language: str | None) -> dict[str, object]:
    """Return the visitor's initial choices, not yet valid, for :meth:`PageState.parse`.

    The language is the link's, or, if the page does not speak it or the link names none, ``guessed_language``: the one
    that was chosen last in this browser, the operator's, or the browser's. ``too_long`` is there if the end of the link
    was left out.

    :param raw: what the browser sends: query (of the link), remembered (language), preferred (BCP 47 tags, best first),
        and the stored shop with what was chosen in it (:data:`STORED`), which is opened if the link says so.
    :param default_language: the operator's default, if any.
    """
    given = raw if isinstance(raw, dict) else {}
    query = given.get("query")
    query = query.lstrip("?") if isinstance(query, str) else ""
    asked = parse_link(query)
    if len(query) > MAX_QUERY:
        asked["too_long"] = True
    tags = [given.get("remembered"), default_language, *_take(given.get("preferred"), 10), "en"]
    asked["guessed_language"] = next(tag for tag in map(read_language, map(str, tags)) if tag in LANGUAGES)
    if asked.get("opened") == OWN_SHOP:
        asked = {name: given.get(name) for name in STORED} | asked
    return asked


def parse_link(query: str) -> dict[str, object]:
    """Return the choices in the query part of an address, not yet valid.

    If it is too long, it is read up to its last complete value; the basket is the last one in the page's own links.
    """
    query = query.lstrip("?")
    if len(query) > MAX_QUERY:
        query = query[: max((end.end() for end in _ENDS.finditer(query, 0, MAX_QUERY)), default=0)]
    fields = parse_qs(query)
    state: dict[str, object] = {key: fields[name][-1] for name, key in LINK_PARAMETERS.items() if name in fields}
    if "items" in fields:
        state["items"] = split_list("\n".join(fields["items"]))
    if "add" in fields:
        state["added"] = list(filter(clean, fields["add"]))
    if "story" in fields:
        state["story_items"] = split_list("\n".join(fields["story"]))
    return state


def get_routes(language: str, prompt_format: PromptFormat) -> tuple[str, ...]:
    """Return the routes that the page offers: ``native`` only in a language whose prompts the T5 reads."""
    return tuple(r for r in Route if r != "native" or language in prompt_format.languages)


def get_translators() -> tuple[str, ...]:
    """Return the translators that the page offers: LibreTranslate only if the operator has one."""
    return tuple(name for name in TRANSLATORS if name != "libre" or os.environ.get(LIBRE_URL))


def _read_items(texts: Iterable[str], shelf: Catalog, language: str) -> tuple[tuple[str, ...], dict[str, bool]]:
    """Read the items of a basket.

    :return: the ids of the items, and the texts that do not mean exactly one, each with whether it can mean several.
    """
    ids: list[str] = []
    unread: dict[str, bool] = {}
    for text in (item for listed in texts for item in split_items(listed, shelf, language)):
        meanings = [shelf[text]] if text in shelf else list_readings(text, shelf, language)
        if len(meanings) == 1:
            ids.append(meanings[0].id)
        else:
            unread[shorten(text)] = bool(meanings)
    return _list_ids(ids, shelf), unread


def _list_ids(ids: Iterable[str], shelf: Catalog) -> tuple[str, ...]:
    """Return those of the ids that are on the shelf, in its order."""
    return tuple(item.id for item in shelf.select(ids))


def _extend(shelf: Catalog, names: Iterable[str]) -> tuple[Catalog, tuple[str, ...], list[tuple[str, str]]]:
    """Add products to the shelf; return it, the names that were added, and those that were refused with the reason.

    It stops at :data:`MAX_ADDED` of either, so that the names after them are neither.
    """
    added: list[str] = []
    refused: list[tuple[str, str]] = []
    for name in names:
        if MAX_ADDED in (len(added), len(refused)):
            break
        try:
            shelf = shelf.extended([name])
            added.append(shelf.items[-1].name("en"))
        except BadName as error:
            refused.append((shorten(name), error.reason))
    return shelf, tuple(added), refused


def _read_texts(given: Mapping[str, object], key: str) -> tuple[list[str], list[str]]:
    """Return the different texts of a list, and those of them that are more than can be ticked."""
    texts = list(dict.fromkeys(map(_as_text, _take(given.get(key), MAX_SENT))))
    return texts[:MAX_TICKED], texts[MAX_TICKED:]


def _take(value: object, limit: int) -> list[object]:
    return value[:limit] if isinstance(value, list) else []


def _as_text(value: object) -> str:
    """Return the beginning of a text, or "?", which names no item, for anything else."""
    return value[:MAX_TEXT] if isinstance(value, str) else "?"
