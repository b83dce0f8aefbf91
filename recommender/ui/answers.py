"""A visit's answer as HTML: the pick, the trace, what happened under the hood; or a friendly message."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ..errors import RecommenderError
from ..recommender import NothingLeft, Recommendation
from ..routes import RouteError
from ..shop.catalog import LANGUAGES
from ..translation import TOO_OFTEN, TranslationError
from .calls import calls
from .examples import examples
from .models import Backstage
from .newcomers import newcomers
from .render import html
from .state import Visit
from .strings import Strings, strings

if TYPE_CHECKING:
    from ..t5.scorer import Checkpoint

TOP = 5
MAX_REASONS = 3
# The probability from which the page says so in words.
SURENESS = ((0.8, "high"), (0.5, "good"), (0.25, "fair"), (0.0, "low"))

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Answer:
    """Pieces of the page, as HTML; empty where there is nothing to say."""

    card: str
    newcomers: str = ""
    trace: str = ""
    why: str = ""
    hood: str = ""


def answer(visit: Visit, backstage: Backstage, address: str, visitor: str = "") -> Answer:
    """The T5's answer to a visit, in the visitor's language; never an exception.

    :param address: of this page, for the calls under the hood.
    :param visitor: whose ration of live translations it draws on.
    """
    t = strings(visit.language)
    if not visit.items:
        text = "empty.text" if examples(t, visit.shelf) else "empty.alone"
        return message(t, "empty", "🧺", text)  # before the model is loaded
    try:
        return _answer(t, visit, backstage, address, visitor)
    except NothingLeft:
        return message(t, "full", "🏆")
    except RouteError:
        return message(t, "trouble", "🚧", "trouble.route")
    except TranslationError:
        return message(t, "trouble", "🔌", "trouble.translation")
    except RecommenderError:
        _log.warning("No answer for a visitor", exc_info=True)
        return message(t, "trouble", "😴", "trouble.model")  # only a checkpoint that cannot be loaded is left
    except Exception:
        _log.exception("A bug met a visitor")
        return message(t, "trouble", "🐛", "trouble.bug")


def _answer(t: Strings, visit: Visit, backstage: Backstage, address: str, visitor: str) -> Answer:
    visit = replace(visit, checkpoint=backstage.answering(visit.checkpoint))
    guest = backstage.guest
    source = guest.source if guest and guest.name == visit.checkpoint else visit.checkpoint
    recommender = backstage.recommender(visit.shelf, visit.checkpoint, visitor)
    started = time.perf_counter()
    found = recommender.recommend(
        visit.items, language=visit.language, route=visit.route, translator=visit.translator, top=TOP, explain=True
    )
    milliseconds = round(1000 * (time.perf_counter() - started))
    missed = [r.item for r in found.because if r.matters]
    reasons = (missed or [r.item for r in found.because if r.akin])[:MAX_REASONS]
    return Answer(
        card=html(
            "answer",
            t,
            pick=found.pick,
            top=found.recommendations,
            narrowed={"ranked": len(found.ranking), "in_stock": found.in_stock} if found.narrowed else None,
            reasons=reasons,
            sureness=next(word for least, word in SURENESS if found.pick.probability >= least),
        ),
        newcomers=_newcomers(t, found, visit),
        trace=trace(t, found, visit),
        why=_why(t, found, visit, recommender.checkpoint),
        hood=html(
            "hood",
            t,
            answer=found,
            tokens=len(recommender.checkpoint.tokenizer(found.question.prompt)["input_ids"]),
            milliseconds=milliseconds,
            calls=calls(visit, address, source),
        ),
    )


def message(t: Strings, kind: str, emoji: str, text: str = "") -> Answer:
    """A card that says why there is no answer.

    :param kind: "empty", "full", "waking" or "trouble".
    :param text: key of the sentence, if it is not the kind's own.
    """
    card = html(
        "message",
        t,
        kind=kind,
        emoji=emoji,
        title=t(f"{kind}.title"),
        text=t(text or f"{kind}.text"),
    )
    return Answer(card)


def trace(t: Strings, found: Recommendation, visit: Visit) -> str:
    """What became of every name on the way, where a name changed language."""
    names = {code: t(f"language.{code}") for code in LANGUAGES}
    reasons = {TOO_OFTEN: t("trace.rationed")}
    return html("trace", t, hops=found.hops, reasons=reasons, languages=names)


def _newcomers(t: Strings, found: Recommendation, visit: Visit) -> str:
    if not visit.added:
        return ""
    added = [visit.shelf.find(name) for name in visit.added]
    return html("newcomers", t, newcomers=newcomers(found, added), basket=found.purchased, total=len(found.ranking))


def _why(t: Strings, found: Recommendation, visit: Visit, checkpoint: Checkpoint) -> str:
    from .whynot import why_not  # imports torch

    reply = why_not(checkpoint, found, visit.wonder, visit.shelf) if visit.wonder else None
    return html("why", t, candidates=found.question.candidates, found=reply, total=len(found.ranking))
