"""Compare the four routes for one basket: what each picks, and which names lost their meaning in translation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

from . import routes
from .errors import RouteError
from .recommendation import TOP, Recommendation
from .recommender import Recommender
from .routes import Route
from .shop.catalog import Catalog
from .shop.item import Item
from .shop.language import LANGUAGES, read_language
from .shop.text import shorten
from .translated_names import TranslatedName, load_sentences
from .translation import Translator

# Most of a shelf is hardly ever bought, and in no certain order: two answers may order all that somebody would buy
# alike, and yet disagree on every other pair.
LIKELY = 0.01


@dataclass(frozen=True)
class Outcome:
    """One route's answer, compared with that of the English prompt.

    :ivar recommendation: None if the route is not available in this language.
    :ivar same_pick: whether its pick is that of the English prompt.
    :ivar tau: Kendall's τ of the two rankings, from -1 (reversed) to 1 (equal), over the pairs of which the English
        prompt gives one product a probability of at least :data:`LIKELY`.
    :ivar summary: a sentence in the shopper's language.
    """

    route: Route
    recommendation: Recommendation | None
    same_pick: bool
    tau: float | None
    summary: str

    @property
    def losses(self) -> tuple[TranslatedName, ...]:
        """The names that no longer mean their item after translation."""
        return self.recommendation.losses if self.recommendation else ()

    def as_dict(self) -> dict[str, object]:
        """Return the outcome for JSON."""
        answer = self.recommendation
        return {
            "route": self.route,
            "available": answer is not None,
            "translator": answer.translator if answer else None,
            "pick": answer.pick.as_dict() if answer else None,
            "top": [ranked.as_dict() for ranked in answer.recommendations] if answer else [],
            "same_pick": self.same_pick,
            "kendall_tau": self.tau,
            "losses": _as_dicts(self.losses, answer.language) if answer else [],
            "sport_lost_in": any(x.sport_changed for x in self.losses if x.step == "in"),
            "sport_lost_out": any(x.sport_changed for x in self.losses if x.step == "out"),
            "verdict": self.summary,
        }


@dataclass(frozen=True)
class Comparison:
    """All routes for one basket, in the order of :class:`routes.Route`."""

    language: str
    purchased: tuple[Item, ...]
    outcomes: tuple[Outcome, ...]

    def __getitem__(self, route: Route) -> Outcome:
        return next(outcome for outcome in self.outcomes if outcome.route == route)

    def as_dict(self) -> dict[str, object]:
        """Return the object that ``compare --json`` prints."""
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
    top: int = TOP,
    add_items: Sequence[str] = (),
) -> Comparison:
    """Recommend for one basket by all four routes.

    :param translator: as for :meth:`Recommender.recommend`, for the route ``translate``.
    :raises RouteError: for a language in which the shop has no names.
    :raises RecommenderError: as :meth:`Recommender.recommend` does; but a route that is not available in this
        language is an outcome without a recommendation.
    """
    texts, language = [purchased] if isinstance(purchased, str) else list(purchased), read_language(language)
    if language not in LANGUAGES:
        raise RouteError(f'The routes are compared in {", ".join(LANGUAGES)}; "{shorten(language)}" is none of them.')

    def recommend(route: Route) -> Recommendation:
        return recommender.recommend(
            texts,
            language=language,
            route=route,
            translator=translator,
            top=top,
            add_items=add_items,
            generate=False,
        )

    english = recommend(Route.DIRECT)
    outcomes = []
    for route in Route:
        try:
            answer = english if route is Route.DIRECT else recommend(route)
        except RouteError:
            outcomes.append(Outcome(route, None, False, None, load_sentences(language)["not_taken"]))
            continue
        outcomes.append(_compare_with(english, answer))
    return Comparison(language, english.purchased, tuple(outcomes))


def _compare_with(english: Recommendation, answer: Recommendation) -> Outcome:
    same = answer.pick.item.id == english.pick.item.id
    sentences = load_sentences(answer.language)
    if answer.losses:
        summary = sentences["lost_same" if same else "lost"].format(count=len(answer.losses))
    else:
        summary = sentences["faithful" if same else "differs"]
    likely = {ranked.item.id for ranked in english.ranking if ranked.probability >= LIKELY}
    order, of_english = ([ranked.item.id for ranked in each.ranking] for each in (answer, english))
    tau = kendall_tau(order, of_english, (pair for pair in combinations(order, 2) if not likely.isdisjoint(pair)))
    return Outcome(answer.route, answer, same, tau, summary)


def kendall_tau(a: Sequence[str], b: Sequence[str], pairs: Iterable[tuple[str, str]] | None = None) -> float:
    """Return Kendall's τ of two orders of the same ids: (concordant - discordant) / pairs; 1 if there are no pairs.

    Kendall, "A New Measure of Rank Correlation", Biometrika 30 (1938).

    :param pairs: the pairs of ids that count; by default all.
    """
    place_a, place_b = ({id_: n for n, id_ in enumerate(order)} for order in (a, b))
    compared = combinations(a, 2) if pairs is None else pairs
    signs = [1 if (place_a[x] < place_a[y]) == (place_b[x] < place_b[y]) else -1 for x, y in compared]
    return sum(signs) / len(signs) if signs else 1.0


@dataclass(frozen=True)
class Fidelity:
    """How many items keep their meaning on a round trip by one route.

    :ivar total: all items.
    :ivar kept: those whose names mean them on both hops.
    :ivar losses: the other names, of either hop.
    """

    language: str
    route: Route
    total: int
    kept: int
    losses: tuple[TranslatedName, ...]

    def as_dict(self) -> dict[str, object]:
        """Return the measurement for JSON."""
        return {**vars(self), "losses": _as_dicts(self.losses, self.language)}


def measure_route(catalog: Catalog, translator: Translator, language: str, route: Route) -> Fidelity:
    """Translate every item's name into the prompt's language, and back as if it were the pick; count those kept.

    :raises RouteError: for ``native`` in a language without a prompt.
    :raises TranslationError: if the translator has no answer.
    """
    items = catalog.items
    question = routes.build_question(route, items, catalog, language, translator)
    outbound = routes.translate_out(route, items, catalog, language, translator)
    hops = [hop for hop in (question.inbound, outbound) if hop]
    losses = tuple(name for hop in hops for name in hop.losses)
    return Fidelity(language, route, len(items), len(items) - len({name.item.id for name in losses}), losses)


def _as_dicts(losses: Iterable[TranslatedName], language: str) -> list[dict[str, object]]:
    return [{"step": name.step, **name.as_dict(language), "sport_changed": name.sport_changed} for name in losses]
