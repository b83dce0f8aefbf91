"""Render an answer as HTML: the pick, the trace, "why not another?" and "under the hood"; or a friendly message."""

from __future__ import annotations

import json
import logging
import re
import shlex
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ..errors import PromptTooLong, RecommenderError, RouteError
from ..explain import FUNCTION_WORDS, select_decisive, why_not
from ..recommendation import TOP, Ranked, Recommendation
from ..recommender import NothingLeft, Recommender
from ..shop.item import Item
from ..shop.language import LANGUAGES
from ..shop.text import normalise
from ..t5.source import BUNDLED_NAME
from ..translation import TOO_OFTEN, TranslationError
from .middleware import describe_fault
from .models import ModelRegistry
from .shelf import get_examples
from .state import PageState
from .strings import Strings, strings
from .views import render

MAX_REASONS = 3
MAX_LISTED = 4  # purchases that the card lists
CERTAIN = 0.995  # with a pick of at least this probability, there are no bars: all others would be empty
SURENESS = ((0.8, "high"), (0.5, "good"), (0.25, "fair"), (0.0, "low"))  # (least probability, word for it)

_WORD = re.compile(r"[^\s()\[\]]+")
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class AnswerView:
    """The pieces of the page with the answer, as HTML; "" if there is nothing to show, None if it stays as it is."""

    card: str
    newcomers: str = ""
    trace: str = ""
    why_not: str | None = ""
    hood: str | None = ""
    announcement: str = ""  # plain text, for screen readers

    @property
    def pieces(self) -> dict[str, str]:
        """The pieces by the names of their components."""
        pieces = {"card": self.card, "newcomers": self.newcomers, "trace": self.trace}
        details = {"why-not": self.why_not, "hood": self.hood}
        return pieces | {name: html for name, html in details.items() if html is not None}


def render_answer(
    state: PageState, registry: ModelRegistry, address: str, visitor: str = "", *, explain: bool = True
) -> AnswerView:
    """Render the answer to the visitor's basket, or a message if there is none; never raise an exception.

    :param address: the page's address, for the code samples.
    :param visitor: key of the visitor, for the rate limit of live translations.
    :param explain: whether to render the details: the reasons of the pick, the answer to "why not another?" and "under
        the hood". The T5 reads many prompts for them.
    """
    t = strings(state.language)
    if not state.items:
        text = "empty.text" if get_examples(t, state.shelf) else "empty.alone"
        return render_message(state, "empty", "🧺", text)  # before the model is loaded
    try:
        return _render_answer(t, state, registry, address, visitor, explain)
    except NothingLeft:
        return render_message(state, "full", "🏆")
    except RouteError:
        return render_message(state, "trouble", "🚧", "trouble.route")
    except TranslationError:
        return render_message(state, "trouble", "🔌", "trouble.translation")
    except PromptTooLong:
        return render_message(state, "trouble", "📏", "trouble.long")
    except RecommenderError:  # a checkpoint that cannot be loaded
        _log.warning("Cannot answer a page request", exc_info=True)
        return render_message(state, "trouble", "😴", "trouble.model")
    except Exception as error:
        _log.error("Unhandled error while answering a page request: %s", describe_fault(error))
        return render_message(state, "trouble", "🐛", "trouble.bug")


def render_message(state: PageState, kind: str, emoji: str, text: str = "") -> AnswerView:
    """Render a card that says why there is no answer.

    :param kind: "empty", "full", "waking", "translating" or "trouble".
    :param text: key of the sentence; by default the kind's own.
    """
    t = strings(state.language)
    title, sentence = t(f"{kind}.title"), t(text or f"{kind}.text")
    card = render("message", t, kind=kind, emoji=emoji, title=title, text=sentence, basket=state.items)
    return AnswerView(card, announcement=f"{title if title[-1] in '!?؟' else f'{title}.'} {sentence}")


def _render_answer(
    t: Strings, state: PageState, registry: ModelRegistry, address: str, visitor: str, explain: bool
) -> AnswerView:
    state = replace(state, checkpoint=registry.resolve_name(state.checkpoint))
    recommender = registry.build_recommender(state.shelf, state.checkpoint, visitor)
    started = time.perf_counter()
    answer = recommender.recommend(
        state.items,
        language=state.language,
        route=state.route,
        translator=state.translator,
        top=TOP,
        explain=explain,
        generate=explain and state.hood_open,
    )
    milliseconds = round(1000 * (time.perf_counter() - started))
    samples = build_code_samples(state, registry, address) if state.hood_open else []
    synthetic = not registry.shop.has_learned
    return AnswerView(
        card=_render_pick(t, answer, explain),
        newcomers=_render_newcomers(t, answer, state),
        trace=_render_trace(t, answer),
        why_not=_render_why_not(t, answer, state, recommender) if explain or not state.why_not else None,
        hood=_render_hood(t, answer, state, recommender, milliseconds, samples, synthetic) if explain else None,
        announcement=t("answer.status", name=answer.pick.name, percent=t.percent(answer.pick.probability)),
    )


def _render_pick(t: Strings, answer: Recommendation, explain: bool) -> str:
    return render(
        "answer",
        t,
        basket=answer.purchased,
        shown=MAX_LISTED,
        pick=answer.pick,
        top=answer.recommendations,
        narrowed={"ranked": len(answer.ranking), "in_stock": answer.unowned} if answer.narrowed else None,
        reasons=[reason.item for reason in select_decisive(answer.because)][:MAX_REASONS] if explain else None,
        readings=find_readings(answer),
        certain=len(answer.ranking) > 1 and answer.pick.probability >= CERTAIN,
        sureness=next(word for least, word in SURENESS if answer.pick.probability >= least),
    )


def find_readings(answer: Recommendation) -> list[tuple[str, Ranked]]:
    """Return the two ways in which a basket of one item can be continued, the likelier one first.

    :return: ("kit", likeliest product of its sport) and ("gear", likeliest product of its kind for another sport);
        empty if the basket has more items, or there are not both.
    """
    if len(answer.purchased) > 1:
        return []
    (owned,) = answer.purchased
    same_sport = (r for r in answer.ranking if owned.sport and r.item.sport == owned.sport)
    others = ("", owned.sport)
    same_kind = (r for r in answer.ranking if owned.kind and r.item.kind == owned.kind and r.item.sport not in others)
    kit, gear = next(same_sport, None), next(same_kind, None)
    if kit is None or gear is None:
        return []
    return sorted([("kit", kit), ("gear", gear)], key=lambda reading: reading[1].rank)


def _render_trace(t: Strings, answer: Recommendation) -> str:
    """Render the translations of names on the way, if there were any."""
    names = {code: t(f"language.{code}") for code in LANGUAGES}
    reasons = {TOO_OFTEN: t("trace.rate_limited")}
    return render("trace", t, hops=answer.hops, reasons=reasons, languages=names)


def _render_why_not(t: Strings, answer: Recommendation, state: PageState, recommender: Recommender) -> str:
    ranking = [ranked.item for ranked in answer.ranking]
    reply, trouble = None, ""
    try:
        reply = why_not(recommender.score, answer.question, ranking, state.why_not) if state.why_not else None
    except TranslationError:  # for a product tried; the answer has its translations
        trouble = t("trouble.translation")
    return render(
        "why_not",
        t,
        candidates=answer.question.candidates,
        found=reply,
        ranked=answer.ranking[reply.rank - 1] if reply else None,
        total=len(answer.ranking),
        trouble=trouble,
    )


def _render_hood(
    t: Strings,
    answer: Recommendation,
    state: PageState,
    recommender: Recommender,
    milliseconds: int,
    samples: Sequence[tuple[str, str]],
    synthetic: bool,
) -> str:
    """Render the fold "under the hood", empty while it is closed."""
    if not state.hood_open:
        return render("hood", t, answer=None)
    tokens = recommender.scorer.count_tokens(answer.question.prompt)
    shown = {"answer": answer, "tokens": tokens, "milliseconds": milliseconds, "samples": samples}
    return render("hood", t, **shown, synthetic=synthetic)


@dataclass(frozen=True)
class Newcomer:
    """A product that the visitor added, with its place in the ranking.

    :ivar ranked: its place; None if it is owned, or retrieval did not select it.
    :ivar shared: the words of its name that names in the basket share.
    """

    item: Item
    ranked: Ranked | None
    shared: tuple[str, ...]


def find_newcomers(answer: Recommendation, added: Sequence[Item]) -> list[Newcomer]:
    """Find the place of each added product, and what its name shares with those in the basket."""
    places = {ranked.item.id: ranked for ranked in answer.ranking}
    owned, question, language = answer.purchased, answer.question, answer.language
    owned_words = _list_words(item.name(language) for item in owned) | _list_words(question.purchased)
    # a product may be typed in another language; but a word of it may say something else in this one: "football"
    foreign = _list_words(item.name(language) for item in added) - owned_words
    foreign &= _list_words(name for item in owned for name in item.names.values())
    if foreign:  # seldom; the shop may be large
        owned_words |= foreign - _list_words(item.name(language) for item in question.catalog if item not in added)
    owned_words -= FUNCTION_WORDS

    def share(item: Item) -> tuple[str, ...]:
        words = _WORD.findall(item.name(language))
        return tuple(dict.fromkeys(word for word in words if normalise(word) in owned_words))

    return [Newcomer(item, places.get(item.id), share(item)) for item in added]


def _list_words(names: Iterable[str]) -> set[str]:
    return {normalise(word) for name in names for word in _WORD.findall(name)}


def _render_newcomers(t: Strings, answer: Recommendation, state: PageState) -> str:
    if not state.added:
        return ""
    newcomers = find_newcomers(answer, state.shelf.added_items)
    return render("newcomers", t, newcomers=newcomers, basket=answer.purchased, total=len(answer.ranking))


def build_code_samples(state: PageState, registry: ModelRegistry, address: str) -> list[tuple[str, str]]:
    """Return code that asks for the same recommendation in Python, by HTTP and on the command line.

    There is none for a visitor's own shop, which exists in their browser only.

    :param address: the page's address, without a slash at the end.
    :return: pairs of "python", "curl" or "shell", and the code.
    """
    if state.shop:
        return []
    operator = registry.operator_model
    source = operator.source if operator and operator.name == state.checkpoint else state.checkpoint
    shop = registry.shown_folder
    return [
        ("python", _build_python(state, source, shop)),
        ("curl", _build_curl(state, address)),
        ("shell", _build_shell(state, source, shop)),
    ]


def _build_python(state: PageState, source: str, shop: str) -> str:
    options = [f"language={state.language!r}", f"route={str(state.route)!r}"]
    loaded = [] if source == BUNDLED_NAME else [repr(source)]
    loaded += [f"shop={shop!r}"] if shop else []
    if state.route == "translate":
        options.append(f"translator={state.translator!r}")
    if state.added:
        options.append(f"add_items={list(state.added)!r}")
    return (
        "from recommender import load\n\n"
        f"answer = load({', '.join(loaded)}).recommend({list(state.items)!r}, {', '.join(options)})\n"
        "print(answer.pick.name, answer.pick.probability)"
    )


def _build_curl(state: PageState, address: str) -> str:
    values: dict[str, object] = {"purchased": state.items, "language": state.language, "route": state.route}
    if state.route == "translate":
        values["translator"] = state.translator
    if state.added:
        values["add_items"] = state.added
    values["checkpoint"] = state.checkpoint
    body = shlex.quote(json.dumps(values, ensure_ascii=False))
    return f"curl -s {address}/api/recommend -H 'Content-Type: application/json' \\\n  -d {body}"


def _build_shell(state: PageState, source: str, shop: str) -> str:
    words = ["python -m recommender recommend", f"--purchased {shlex.quote('; '.join(state.items))}"]
    words += [f"--language {state.language}", f"--route {state.route}"]
    if state.route == "translate":
        words.append(f"--translator {state.translator}")
    if source != BUNDLED_NAME:
        words.append(f"--checkpoint {shlex.quote(source)}")
    if shop:
        words.append(f"--shop {shlex.quote(shop)}")
    words += [f"--add-item {shlex.quote(name)}" for name in state.added]
    return " \\\n  ".join(words)
