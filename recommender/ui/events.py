"""What happens on the page: every event reads the visit from the browser, and answers with pieces of HTML."""

from __future__ import annotations

import base64
from collections.abc import Sequence

import gradio as gr

from ..errors import RecommenderError
from ..recommender import NothingLeft, Recommender
from ..shop import lookup as words
from ..shop.catalog import Item, UnknownItem
from ..shop.lookup import AmbiguousItem
from . import views as screen
from .address import address
from .answers import Answer, answer, message
from .links import opening
from .models import Backstage
from .shop import MAX_BYTES, read_shop
from .state import Visit
from .story import tell
from .strings import strings
from .visitors import visitor

MAX_SOUGHT = 60  # characters of a search; no name is longer


class Events:
    """The handlers.

    :param language: the operator's choice for those who have not made one.
    """

    def __init__(self, backstage: Backstage, language: str | None):
        self.backstage, self.language = backstage, language

    def ask(self, raw: object, request: gr.Request) -> list[object]:
        """Something was ticked or chosen: the answer's pieces."""
        return _pieces(self._answer(self._read(raw), request))

    def switch(self, raw: object, request: gr.Request) -> list[object]:
        """Another T5 was chosen, or the chosen one is ready: what it can do, and its answer."""
        visit = self._read(raw)
        pieces = _pieces(self._answer(visit, request))
        return [screen.standing(visit, self.backstage.guest), screen.route(visit), visit.as_dict(), *pieces]

    def progress(self, raw: object) -> str:
        """Somebody waits for the operator's T5: how far it has come."""
        return screen.standing(self._read(raw), self.backstage.guest)

    def open(self, raw: object, request: gr.Request) -> list[object]:
        """Somebody arrived: the whole page, as their link, their browser and the operator want it."""
        visit = self._read(opening(raw, self.language))
        if visit.items and not self.backstage.awake:
            waking = message(strings(visit.language), "waking", "⏳")
            told = {**visit.as_dict(), "waking": True}
            return [*screen.scenery(visit, self.backstage.guest), screen.notices(visit), told, *_pieces(waking)]
        return self._whole(visit, request)

    def redraw(self, raw: object, request: gr.Request) -> list[object]:
        """The language or the shelf changed: the whole page."""
        return self._whole(self._read(raw), request)

    def upload(self, raw: object, request: gr.Request) -> list[object]:
        """Somebody brought a shop: the whole page around it, or a notice that says why not."""
        content = raw.get("file") if isinstance(raw, dict) else None
        shop = read_shop(_decoded(content))
        visit = self._read(raw)
        if not shop.problem:
            visit = visit.in_shop(shop.rows)
        return self._whole(visit, request, screen.shop_notice(shop, strings(visit.language)))

    def find(self, raw: object, request: gr.Request) -> list[object]:
        """Somebody typed what they own: it is ticked, or it is asked which item was meant."""
        visit = self._read(raw)
        sought = raw.get("find") if isinstance(raw, dict) else None
        text = "".join(c for c in sought[:MAX_SOUGHT] if c.isprintable()) if isinstance(sought, str) else ""
        t = strings(visit.language)
        offers: Sequence[Item] = ()
        try:
            item = words.find(text, visit.shelf, visit.language)
        except AmbiguousItem as question:
            offers = question.options
            told = t("search.ambiguous", what=text)
        except UnknownItem:
            offers = words.suggest(text, visit.shelf, visit.language)
            told = " ".join([t("search.none", what=text), *([t("search.closest")] if offers else [])])
        else:
            visit = visit.ticking(item)
            told = t("search.found", name=item.name(visit.language))
        return [screen.search(visit, told, offers), visit.as_dict(), *_pieces(self._answer(visit, request))]

    def story(self, raw: object) -> str:
        """The football story is on show: told for the basket, or for an example."""
        visit = self._read(raw)
        t = strings(visit.language)
        try:
            return screen.story(visit, tell(self._recommender(visit), visit.basket, visit.tale))
        except NothingLeft:
            return screen.story(visit, trouble=t("full.text"))
        except RecommenderError:
            return screen.story(visit, trouble=t("trouble.translation"))

    def _read(self, raw: object) -> Visit:
        return Visit.read(raw, self.backstage.inventory, self.backstage.dialects)

    def _recommender(self, visit: Visit) -> Recommender:
        return self.backstage.recommender(visit.shelf, self.backstage.answering(visit.checkpoint))

    def _whole(self, visit: Visit, request: gr.Request, notice: str = "") -> list[object]:
        notice = notice or screen.notices(visit)
        return [
            *screen.scenery(visit, self.backstage.guest),
            notice,
            visit.as_dict(),
            *_pieces(self._answer(visit, request)),
        ]

    def _answer(self, visit: Visit, request: gr.Request) -> Answer:
        return answer(visit, self.backstage, address(request.request), visitor(request))


def _pieces(found: Answer) -> list[object]:
    return [found.card, found.newcomers, found.trace, found.why, found.hood]


def _decoded(content: object) -> bytes:
    """The bytes of a file that the browser sent in base 64; what is not that is too large or no text."""
    if not isinstance(content, str):
        return b""
    if len(content) > 2 * MAX_BYTES:
        return bytes(MAX_BYTES + 1)
    try:
        return base64.b64decode(content, validate=True)
    except ValueError:
        return b"\xff"
