"""What happens on the page: every event gets the page state from the browser, and returns pieces of HTML."""

from __future__ import annotations

import base64
from dataclasses import replace

import gradio as gr

from ..errors import RecommenderError
from ..recommender import NothingLeft, Recommender
from ..shop.catalog import Item
from ..shop.lookup import list_meanings, suggest_items
from ..shop.text import split_list
from . import views
from .answer_view import AnswerView, render_answer, render_message
from .models import ModelRegistry
from .request import page_address, visitor_key
from .shop import MAX_BYTES, read_shop
from .state import PageState, read_arrival
from .story import tell_story
from .strings import strings

MAX_SEARCH = 200  # characters: a list of some names


class Events:
    """The handlers.

    :param language: the operator's choice for visitors who have not made one.
    """

    def __init__(self, registry: ModelRegistry, language: str | None):
        self.registry, self.language = registry, language

    def ask(self, raw: object, request: gr.Request) -> list[object]:
        """Return the answer after something was ticked or chosen."""
        return _list_pieces(self._answer(self._parse(raw), request))

    def switch(self, raw: object, request: gr.Request) -> list[object]:
        """Return what another T5 offers, and its answer: it was chosen, or is ready now."""
        state = self._parse(raw)
        return [
            views.render_load_status(state, self.registry.operator_model),
            views.render_route(state),
            state.as_dict(),
            *_list_pieces(self._answer(state, request)),
        ]

    def progress(self, raw: object) -> str:
        """Return how far the operator's T5 has been loaded."""
        return views.render_load_status(self._parse(raw), self.registry.operator_model)

    def open(self, raw: object, request: gr.Request) -> list[object]:
        """Return the whole page for a visitor who arrives, as their link, browser and the operator want it."""
        state = self._parse(read_arrival(raw, self.language))
        if state.items and not self.registry.bundled_is_loaded:
            waking = render_message(strings(state.language), "waking", "⏳")
            return self._page(state, views.render_notices(state), {**state.as_dict(), "waking": True}, waking)
        return self._draw(state, request)

    def redraw(self, raw: object, request: gr.Request) -> list[object]:
        """Return the whole page after the language or the shelf changed."""
        return self._draw(self._parse(raw), request)

    def upload(self, raw: object, request: gr.Request) -> list[object]:
        """Return the whole page around a visitor's own shop, or with a notice that says what is wrong with it."""
        content = raw.get("file") if isinstance(raw, dict) else None
        shop = read_shop(_decode(content))
        state = self._parse(raw)
        if not shop.problem:
            state = state.enter_shop(shop.rows)
        return self._draw(state, request, views.render_shop_notice(shop, strings(state.language)))

    def find(self, raw: object, request: gr.Request) -> list[object]:
        """Tick the items that a visitor typed; of the first that is not clear, ask which one they mean."""
        state = self._parse(raw)
        sought = raw.get("find") if isinstance(raw, dict) else None
        texts = split_list(sought[:MAX_SEARCH]) if isinstance(sought, str) else []
        t = strings(state.language)
        meanings = {text: list_meanings(text, state.shelf, state.language) for text in texts or [""]}
        found = [items[0] for items in meanings.values() if len(items) == 1]
        for item in found:
            state = state.tick(item)
        results = [t("search.found", name=t("list.comma").join(i.name(state.language) for i in found))] if found else []
        unclear = next((text for text, items in meanings.items() if len(items) != 1), None)
        offers: list[Item] = []
        if unclear is not None:
            offers = suggest_items(unclear, state.shelf, state.language)
            what = "".join(c for c in unclear if c.isprintable())
            results.append(t("search.ambiguous" if meanings[unclear] else "search.none", what=what))
            results += [t("search.closest")] if offers and not meanings[unclear] else []
        search = views.render_search(state, " ".join(results), offers)
        return [search, state.as_dict(), *_list_pieces(self._answer(state, request))]

    def hood(self, raw: object, request: gr.Request) -> str:
        """Return what happened under the hood, for a visitor who opens its fold."""
        return self._answer(replace(self._parse(raw), hood_open=True, why_not=""), request).hood

    def story(self, raw: object) -> str:
        """Return the football story of the basket, or of an example."""
        state, inventory = self._parse(raw), self.registry.inventory
        t = strings(state.language)
        try:
            story = tell_story(self._build_recommender(state), state.basket, state.story_language)
        except NothingLeft:
            return views.render_story(state, inventory, trouble=t("full.text"))
        except RecommenderError:
            return views.render_story(state, inventory, trouble=t("trouble.translation"))
        return views.render_story(state, inventory, story)

    def _parse(self, raw: object) -> PageState:
        return PageState.parse(raw, self.registry.inventory, self.registry.prompt_formats)

    def _build_recommender(self, state: PageState) -> Recommender:
        return self.registry.build_recommender(state.shelf, self.registry.resolve_name(state.checkpoint))

    def _draw(self, state: PageState, request: gr.Request, notice: str = "") -> list[object]:
        answer = self._answer(state, request)
        return self._page(state, notice or views.render_notices(state), state.as_dict(), answer)

    def _page(self, state: PageState, notice: str, kept: dict[str, object], answer: AnswerView) -> list[object]:
        """Return the whole page.

        :param kept: what the browser keeps.
        """
        return [*views.render_all(state, self.registry), notice, kept, *_list_pieces(answer)]

    def _answer(self, state: PageState, request: gr.Request) -> AnswerView:
        assert request.request is not None  # it came by HTTP
        return render_answer(state, self.registry, page_address(request.request), visitor_key(request))


def _list_pieces(answer: AnswerView) -> list[object]:
    return [answer.card, answer.newcomers, answer.trace, answer.why_not, answer.hood]


def _decode(content: object) -> bytes:
    """Return the bytes of a file sent in base 64; for anything else, bytes that are refused as too large or no text."""
    if not isinstance(content, str):
        return b""
    if len(content) > 2 * MAX_BYTES:
        return bytes(MAX_BYTES + 1)
    try:
        return base64.b64decode(content, validate=True)
    except ValueError:
        return b"\xff"
