"""The server's side of the protocol with the browser: a numbered request in, a reply out, and no state in between.

The browser stores the visitor's choices and sends all of them with every request::

    {"number": 7, "choices": {…}, "parts": ["answer"], "event": {"kind": "find", "text": "tennis racket"}}

``parts`` are the parts of the page to draw. ``event`` is optional; it is handled before they are drawn. The reply
depends on this request alone::

    {"number": 7, "change": {"tick": ["tennis-racket"]}, "said": […], "understood": true, "parts": {"answer": {…}}, …}

``inventory`` in the reply is the version of the operator's inventory. If it differs from that of the shelf, the browser
sends the event "restock".

``change`` is what the browser has to change in the choices because of the event: "set", "tick" (items) and "add"
(products). ``said`` are messages to the visitor, each with its place and in every language, because the visitor may
choose another one while it is shown. The parts are drawn for the changed choices.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from typing import Any

from markupsafe import escape
from starlette.requests import Request

from ..errors import BadName, PromptTooLong, RecommenderError
from ..recommender import NothingLeft
from ..shop.catalog import Catalog
from ..shop.language import LANGUAGES
from ..shop.lookup import list_meanings, split_items, suggest_items
from ..shop.text import clean, shorten
from ..translation import TranslationError
from . import views
from .answer_view import render_answer, render_message
from .models import ModelRegistry
from .request import get_page_address, get_visitor_key
from .state import MAX_ADDED, MAX_SEARCH, MAX_TEXT, TABS, PageState, read_arrival
from .story import tell_story
from .strings import strings
from .suggestion import suggest_product
from .uploaded_shop import MAX_BYTES, read_shop

MAX_TRIED = 5  # unknown names for which suggestions are sought: in a large shop, each takes a moment
SHELF_CHOICES = ("items", "added", "why_not", "story_items")  # the choices that name products of the shelf


@dataclass(frozen=True)
class EventResult:
    """The result of an event.

    :ivar state: the choices after it.
    :ivar change: what the browser has to change in its choices.
    :ivar said: messages to the visitor as HTML, by place and language.
    :ivar about: ids of items; the messages are shown as long as these are in the basket.
    :ivar understood: whether everything that the visitor typed was understood.
    """

    state: PageState
    change: dict[str, object] = field(default_factory=dict)
    said: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    about: tuple[str, ...] = ()
    understood: bool = True


class Events:
    """Handles the browser's requests.

    :param language: the operator's default for visitors who have not chosen a language.
    :param tabs: those that the page has.
    """

    def __init__(self, registry: ModelRegistry, language: str | None, tabs: Sequence[str] = TABS):
        self.registry, self.language, self.tabs = registry, language, tabs
        self._understand: dict[str, Callable[[PageState, dict[str, object]], EventResult]] = {
            "arrive": self.arrive,
            "find": self.find,
            "add": self.add,
            "upload": self.upload,
            "restock": self.restock,
        }
        self._draw: dict[str, Callable[[PageState, Request], dict[str, object]]] = {
            "page": self.draw_page,
            "route": self.draw_route,
            "answer": self.draw_answer,
            "details": self.draw_details,
            "story": self.draw_story,
            "offers": self.draw_offers,
            "example": self.draw_example,
        }

    def answer(self, raw: object, request: Request) -> dict[str, Any]:
        """Return the reply to a request, which may be any JSON."""
        given = raw if isinstance(raw, dict) else {}
        # before anything is drawn: of an inventory or a T5 that becomes ready meanwhile, the next reply tells
        inventory = _hash_products(self.registry.inventory)
        answers = {name: self.registry.resolve_name(name) for name in self.registry.prompt_formats}
        state = self._parse(given.get("choices"))
        event = given.get("event")
        kind = str(event.get("kind")) if isinstance(event, dict) else ""
        understand = self._understand.get(kind)
        result = understand(state, event) if understand and isinstance(event, dict) else EventResult(state)
        parts = given.get("parts")
        # if the answer takes long on arrival, show the page at once; the browser asks for the answer again
        delay = self._find_delay(result.state) if kind == "arrive" else ""
        wanted = [part for part in self._draw if isinstance(parts, list) and part in parts]
        draw = dict(self._draw)
        if delay:
            draw["answer"] = partial(self.draw_delay, delay)
        number = given.get("number")
        return {
            "number": number if isinstance(number, int) else 0,
            "change": result.change,
            "said": [
                {"place": place, "html": html, "about": result.about}
                for place, html in result.said.items()
                if any(html.values())
            ],
            "understood": result.understood,
            "parts": {part: draw[part](result.state, request) for part in wanted},
            "delayed": bool(delay),
            "answers": answers[result.state.checkpoint],
            "inventory": inventory,
        }

    def arrive(self, state: PageState, event: Mapping[str, object]) -> EventResult:
        """Set the initial choices by the visitor's link, their browser and the operator."""
        wanted = read_arrival(event, self.language)
        state = self._parse(wanted)
        shop_missing = "shop" in wanted and not state.shop  # the link is to a shop that this browser does not have
        if shop_missing:
            state = self._parse({**wanted, "items": [], "story_items": [], "shop": []})
        said = _say(state, views.render_notices, shop_missing=shop_missing, too_long="too_long" in wanted)
        chosen = state.as_dict()
        if wanted.get("route") != state.route or (state.language, state.route) == ("en", "direct"):
            chosen["route"] = ""  # not chosen: in another language it is that language's default
        return EventResult(state, {"set": chosen}, {"arrival": said})

    def find(self, state: PageState, event: Mapping[str, object]) -> EventResult:
        """Tick the items that a visitor typed, and ask about the others in turn: first about those with suggestions.

        If the text is the rest of a list, "item" in the event is the suggestion that was clicked.
        """
        sought = event.get("text")
        texts, too_long = _split_typed(sought, state.shelf) if isinstance(sought, str) else ([], False)
        meanings = {text: list_meanings(text, state.shelf, state.language) for text in texts}
        found = [items[0] for items in meanings.values() if len(items) == 1]
        ambiguous = [text for text, items in meanings.items() if len(items) > 1]
        unknown = [text for text, items in meanings.items() if not items]
        tried = ((text, suggest_items(text, state.shelf, state.language)) for text in unknown[:MAX_TRIED])
        close, offers = next(((text, items) for text, items in tried if items), ("", []))
        unclear = [*ambiguous, *sorted(unknown, key=lambda text: text != close)]
        if ambiguous:
            offers = meanings[ambiguous[0]]
        found = [*state.shelf.select([str(event.get("item"))]), *found]
        said = _say(state, views.render_found, found, unclear, offers, ambiguous=bool(ambiguous), too_long=too_long)
        ids = tuple(item.id for item in found)
        return EventResult(state.tick(found), {"tick": ids}, {"basket": said}, ids, not (unclear or too_long))

    def add(self, state: PageState, event: Mapping[str, object]) -> EventResult:
        """Add a product of the visitor's to the shelf, or say why it cannot be added."""
        text = event.get("text")
        name = text[:MAX_TEXT] if isinstance(text, str) else ""
        if len(state.added) >= MAX_ADDED:
            said = _say(state, views.render_notice, "add.full", good=False, count=MAX_ADDED)
            return EventResult(state, said={"add": said}, understood=False)
        try:
            shelf = state.shelf.extended([name])
        except BadName as error:
            reason = error.reason if clean(name) else "blank"
            said = _say(state, views.render_notice, f"add.refused.{reason}", good=False, what=shorten(name))
            return EventResult(state, said={"add": said}, understood=False)
        new = shelf.items[-1].name("en")
        after = replace(state, shelf=shelf, added=(*state.added, new))
        said = _say(state, views.render_notice, "add.joined", good=True, name=new)
        return EventResult(after, {"add": (new,)}, {"add": said})

    def upload(self, state: PageState, event: Mapping[str, object]) -> EventResult:
        """Open the visitor's own shop, or say what is wrong with its file."""
        shop = read_shop(_decode(event.get("text")))
        said = {code: views.render_shop_notice(shop, strings(code)) for code in LANGUAGES}
        if shop.problem:
            return EventResult(state, said={"shop": said}, understood=False)
        state = state.enter_shop(shop.rows)
        changed = _select(state, "shop", *SHELF_CHOICES)
        return EventResult(state, {"set": changed}, {"basket": said})  # above the shelf, which the browser leads to

    def restock(self, state: PageState, event: Mapping[str, object]) -> EventResult:
        """Take back choices of products that the operator's new inventory does not have, and say so."""
        said = _say(state, views.render_notices)
        return EventResult(state, {"set": _select(state, *SHELF_CHOICES)}, {"basket": said})

    def draw_page(self, state: PageState, request: Request) -> dict[str, object]:
        """Draw everything that depends on the language and the shelf alone."""
        t = strings(state.language)
        return {
            "pieces": views.render_page(state, self.registry),
            "tabs": [t(f"tab.{tab}") for tab in self.tabs],
            "language": state.language,
            "direction": t.direction,
            "title": t("page.title") + t("list.colon") + t("page.headline"),
        }

    def draw_route(self, state: PageState, request: Request) -> dict[str, object]:
        """Draw the choice of route, and the load status of the operator's T5."""
        operator = self.registry.operator_model
        pending = bool(operator and operator.status.pending)  # before it is drawn, so that its end is drawn, too
        pieces = {"load-status": views.render_load_status(state, operator), "route": views.render_route(state)}
        return {"pieces": pieces, "pending": pending}

    def draw_answer(self, state: PageState, request: Request) -> dict[str, object]:
        """Draw the answer without its details, for which the visitor would have to wait."""
        view = render_answer(state, self.registry, get_page_address(request), get_visitor_key(request), explain=False)
        # an unticked box stays: the second click of a double click would hit the next one, which takes its place
        boxes = state.tick(state.shelf.select(state.unticked))
        pieces = {**view.pieces, "chosen": views.render_chosen(boxes)}
        return {"pieces": pieces, "announce": escape(view.announcement)}

    def draw_details(self, state: PageState, request: Request) -> dict[str, object]:
        """Draw the answer with its reasons, "why not another?" and "under the hood"."""
        return {
            "pieces": render_answer(state, self.registry, get_page_address(request), get_visitor_key(request)).pieces
        }

    def draw_delay(self, delay: str, state: PageState, request: Request) -> dict[str, object]:
        """Draw a message that says what the answer waits for, instead of an answer."""
        view = render_message(state, delay, "⏳")
        return {"pieces": view.pieces, "announce": escape(view.announcement)}

    def draw_offers(self, state: PageState, request: Request) -> dict[str, object]:
        """Draw the suggestions for the search text that is being typed."""
        return {"pieces": {"offers": views.render_offers(state)}}

    def draw_example(self, state: PageState, request: Request) -> dict[str, object]:
        """Suggest a product to add; it is a part of its own, because it takes as long as an answer."""
        return {"example": suggest_product(state, self.registry)}

    def draw_story(self, state: PageState, request: Request) -> dict[str, object]:
        """Draw the football story of the basket, or of an example."""
        basket = state.shelf.select(state.story_items) or state.basket
        story, trouble = None, ""
        try:
            recommender = self.registry.build_recommender(state.shelf, self.registry.resolve_name(state.checkpoint))
            story = tell_story(recommender, basket, state.story_language)
        except NothingLeft:
            trouble = "full.text"
        except TranslationError:
            trouble = "trouble.translation"
        except PromptTooLong:
            trouble = "trouble.long"
        except RecommenderError:  # a checkpoint that cannot be loaded
            trouble = "trouble.model"
        return {"pieces": {"story": views.render_story(state, self.registry, story, trouble)}}

    def _find_delay(self, state: PageState) -> str:
        """Return what the answer waits for: "waking" (the T5 is loaded), "translating" (by a live translator) or ""."""
        if not state.items:
            return ""
        if not self.registry.bundled_is_loaded:
            return "waking"
        live = state.language != "en" and state.route == "translate" and state.translator != "phrasebook"
        return "translating" if live else ""

    def _parse(self, raw: object) -> PageState:
        state = PageState.parse(raw, self.registry.inventory, self.registry.prompt_formats)
        return state if state.tab in self.tabs else replace(state, tab=self.tabs[0])


def _say(state: PageState, render: Callable[..., str], *values: object, **options: object) -> dict[str, str]:
    """Render a message in every language."""
    return {code: render(replace(state, language=code), *values, **options) for code in LANGUAGES}


def _select(state: PageState, *names: str) -> dict[str, object]:
    """Return some of the choices as the browser stores them."""
    choices = state.as_dict()
    return {name: choices[name] for name in names}


def _split_typed(text: str, shelf: Catalog) -> tuple[list[str], bool]:
    """Split a typed list into the texts of its items.

    :return: the texts, and whether the list is too long; its end, which is incomplete, is left out then.
    """
    if len(text) <= MAX_SEARCH:
        return split_items(text, shelf), False
    return split_items(text[:MAX_SEARCH], shelf)[: -shelf.most_parts], True  # a title that is cut may be several texts


@lru_cache(1)
def _hash_products(inventory: Catalog) -> str:
    """Return a version that changes when a product does, and is the same on every replica with the same products."""
    return hashlib.sha256("\n".join(map(repr, inventory)).encode()).hexdigest()[:12]


def _decode(content: object) -> bytes:
    """Return the bytes of a file sent in base 64; for anything else, bytes that :func:`read_shop` refuses."""
    if not isinstance(content, str):
        return b""
    if len(content) > 2 * MAX_BYTES:
        return bytes(MAX_BYTES + 1)
    try:
        return base64.b64decode(content, validate=True)
    except ValueError:
        return b"\xff"
