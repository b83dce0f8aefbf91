"""One basket by every route, side by side: what each picks, and what it lost on the way."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from pathlib import Path

from . import routes, words
from .catalog import Catalog, Item
from .engine import Recommendation, Recommender
from .routes import CHANGED, OUTSIDE, Passage, RouteError
from .translation import Translator

SENTENCES = Path(__file__).with_name("compare.json")


@dataclass(frozen=True)
class Loss:
    """An item that stopped meaning itself on one hop.

    :ivar step: "in" to the T5, or "out" to the shopper.
    :ivar means: id of the item that a reader takes the text for, if any.
    :ivar sport_changed: whether the text speaks of another sport.
    :ivar reason: why, in the shopper's words.
    """

    step: str
    item: str
    text_in: str
    text_out: str
    means: str | None
    sport_changed: bool
    reason: str

    @property
    def verdict(self) -> str:
        """Whether it is "changed" into another item, or "outside" the inventory."""
        return OUTSIDE if self.means is None else CHANGED

    def as_dict(self) -> dict[str, object]:
        """For JSON, the verdict included."""
        return {**vars(self), "verdict": self.verdict}


@dataclass(frozen=True)
class Outcome:
    """One route's answer beside that of the English prompt.

    :ivar recommendation: none where the route cannot be taken in this language.
    :ivar same_pick: whether it picks what the English prompt picks.
    :ivar tau: Kendall's τ between the two whole rankings, from -1 (reversed) to 1 (equal).
    :ivar verdict: a sentence in the shopper's language.
    """

    route: str
    recommendation: Recommendation | None
    same_pick: bool
    tau: float | None
    losses: tuple[Loss, ...]
    verdict: str

    def as_dict(self) -> dict[str, object]:
        """For JSON."""
        found = self.recommendation
        return {
            "route": self.route,
            "available": found is not None,
            "translator": found.translator if found else None,
            "pick": found.pick.as_dict() if found else None,
            "top": [ranked.as_dict() for ranked in found.recommendations] if found else [],
            "same_pick": self.same_pick,
            "kendall_tau": self.tau,
            "losses": [loss.as_dict() for loss in self.losses],
            "sport_lost_in": any(x.sport_changed for x in self.losses if x.step == "in"),
            "sport_lost_out": any(x.sport_changed for x in self.losses if x.step == "out"),
            "verdict": self.verdict,
        }


@dataclass(frozen=True)
class Comparison:
    """All routes for one basket, in the order of :data:`routes.ROUTES`."""

    language: str
    purchased: tuple[Item, ...]
    outcomes: tuple[Outcome, ...]

    def __getitem__(self, route: str) -> Outcome:
        return next(outcome for outcome in self.outcomes if outcome.route == route)

    def as_dict(self) -> dict[str, object]:
        """The object that ``compare --json`` prints."""
        return {
            "language": self.language,
            "purchased": [{"id": item.id, "name": item.name(self.language)} for item in self.purchased],
            "routes": [outcome.as_dict() for outcome in self.outcomes],
        }


def compare(
    recommender: Recommender,
    purchased: Iterable[str],
    language: str,
    translator: str = "auto",
    *,
    top: int = 5,
    add_items: Sequence[str] = (),
) -> Comparison:
    """The basket by all four routes.

    :param translator: as for :meth:`Recommender.recommend`, for the route ``translate``.
    :raises RecommenderError: what :meth:`Recommender.recommend` raises, but for a route
        that the language lacks: its outcome has no recommendation.
    """
    catalog = recommender.catalog.extended(add_items) if add_items else recommender.catalog
    texts = list(purchased)

    def recommend(route: str) -> Recommendation:
        return recommender.recommend(
            texts, language=language, route=route, translator=translator, top=top, add_items=add_items
        )

    english = recommend("direct")
    outcomes = []
    for route in routes.ROUTES:
        try:
            found = english if route == "direct" else recommend(route)
        except RouteError:
            outcomes.append(Outcome(route, None, False, None, (), _sentences(language)["not_taken"]))
            continue
        outcomes.append(_outcome(found, english, catalog))
    return Comparison(language, english.purchased, tuple(outcomes))


def _outcome(found: Recommendation, english: Recommendation, catalog: Catalog) -> Outcome:
    losses = tuple(
        loss
        for hop in found.hops
        for passage in hop.passages
        if (loss := _loss(passage, hop.step, hop.target, catalog, found.language))
    )
    same = found.pick.item.id == english.pick.item.id
    said = _sentences(found.language)
    if losses:
        verdict = said["lost_same" if same else "lost"].format(count=len(losses))
    else:
        verdict = said["faithful" if same else "differs"]
    tau = kendall_tau([r.item.id for r in found.ranking], [r.item.id for r in english.ranking])
    return Outcome(found.route, found, same, tau, losses, verdict)


def _loss(passage: Passage, step: str, target: str, catalog: Catalog, language: str) -> Loss | None:
    """What was lost, judged by what a reader of ``target`` takes the text for; none if nothing was."""
    item = catalog[passage.item]
    if passage.text_out == item.name(target):  # the shelf name, an added product's included
        return None
    read = words.reading(passage.text_out, catalog, target)
    if read is item:
        return None
    sport = read.sport if read else words.sport(passage.text_out, target)
    sport_changed = bool(item.sport and sport and sport != item.sport)
    said = _sentences(language)
    reason = said[CHANGED if read else OUTSIDE].format(
        text_in=passage.text_in, text_out=passage.text_out, item=read.name(language) if read else ""
    )
    if sport_changed:
        reason = f"{reason} {said[f'sport_{step}']}"
    means = read.id if read else None
    return Loss(step, item.id, passage.text_in, passage.text_out, means, sport_changed, reason)


def kendall_tau(a: Sequence[str], b: Sequence[str]) -> float:
    """Kendall's τ of two orders of the same things: (concordant - discordant) / pairs; 1 for fewer than two things.

    Kendall, "A New Measure of Rank Correlation", Biometrika 30 (1938).
    """
    place = {name: i for i, name in enumerate(b)}
    signs = [1 if place[first] < place[second] else -1 for first, second in combinations(a, 2)]
    return sum(signs) / len(signs) if signs else 1.0


@dataclass(frozen=True)
class Fidelity:
    """How many items survive a round trip on one route.

    :ivar total: items sent.
    :ivar kept: items that mean themselves both on the way in and on the way out.
    :ivar losses: every loss on either hop.
    """

    language: str
    route: str
    total: int
    kept: int
    losses: tuple[Loss, ...]

    def as_dict(self) -> dict[str, object]:
        """For JSON."""
        return {**vars(self), "losses": [loss.as_dict() for loss in self.losses]}


def fidelity(catalog: Catalog, translator: Translator, language: str, route: str) -> Fidelity:
    """Every item of the catalog into the T5's language, and as its pick back out.

    ``direct``, ``native`` and ``glossary`` go by id, so they lose nothing; it is measured all the same.

    :raises RouteError: for ``native`` in a language without a prompt.
    :raises TranslationError: where the translator has no answer.
    """
    items = catalog.items
    question = routes.ask(route, items, catalog, language, translator)
    hops = [question.inbound] if question.inbound else []
    if language != "en" and route == "translate":
        hops.append(routes.translated("out", items, catalog, "en", language, translator))
    elif language != "en" and route == "glossary":
        hops += [h for item in items if (h := routes.answer(route, item, catalog, language))]
    losses = tuple(
        loss
        for hop in hops
        for passage in hop.passages
        if (loss := _loss(passage, hop.step, hop.target, catalog, language))
    )
    return Fidelity(language, route, len(items), len(items) - len({loss.item for loss in losses}), losses)


def _sentences(language: str) -> dict[str, str]:
    return _all_sentences().get(language) or _all_sentences()["en"]


@cache
def _all_sentences() -> dict[str, dict[str, str]]:
    sentences: dict[str, dict[str, str]] = json.loads(SENTENCES.read_text(encoding="utf-8"))
    return sentences
