"""The T5 beside the baselines, and the four routes beside each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from ..routes import Route
from ..shop.catalog import LANGUAGES, PROMPT_LANGUAGES, Catalog
from .answers import answers
from .baselines import Ranker
from .metrics import RANKING_METRICS, Estimate, coverage, estimate, gini, of_rank
from .quality import Quality
from .samples import Case, Samples, related

COMPARED = {
    "one_habit": "baskets of one habit",
    "mixed": "mixed baskets",
    "one_item": "one-item baskets (the likelier purchase)",
    "kit": "one product added, completes a kit",
    "counterpart": "one product added, counterpart",
}
RELATED = "related"  # beside the ranking metrics: the pick shares a sport or a kind with the basket


@dataclass(frozen=True)
class Compared:
    """One recommender on one sample.

    :ivar recommender: name of a checkpoint or of a baseline.
    :ivar language: of the prompt; none for a baseline, which reads no names.
    :ivar metrics: the ranking metrics, and "related".
    :ivar coverage: share of the shop ever picked; none where products were added to it.
    :ivar gini: how unequally the picks fall on the shop; none where products were added to it.
    """

    recommender: str
    language: str | None
    sample: str
    metrics: dict[str, Estimate]
    coverage: float | None
    gini: float | None

    def as_dict(self) -> dict[str, object]:
        """For JSON."""
        return asdict(self)


def checkpoint_rows(quality: Quality) -> list[Compared]:
    """The T5's figures, per sample and prompt language."""
    name, shop, seed = quality.recommender.scorer.name, quality.shop, quality.seed
    return [
        _compared(
            name, language, sample, quality.samples, [a.ranking for a in quality.answers[sample, language]], shop, seed
        )
        for sample in COMPARED
        for language in PROMPT_LANGUAGES
    ]


def baseline_rows(baselines: Sequence[Ranker], samples: Samples, shop: Catalog, seed: int) -> list[Compared]:
    """The baselines' figures; of a product added by name they know, as the shop does, the name alone."""
    return [
        _compared(b.name, None, sample, samples, [_ranking(b, c, shop) for c in getattr(samples, sample)], shop, seed)
        for sample in COMPARED
        for b in baselines
    ]


def _ranking(baseline: Ranker, case: Case, shop: Catalog) -> tuple[str, ...]:
    shelf = shop.extended(item.name("en") for item in case.added)
    return tuple(item.id for item in baseline.rank(case.basket, shelf.candidates(case.basket)))


def _compared(
    recommender: str,
    language: str | None,
    sample: str,
    samples: Samples,
    rankings: Sequence[tuple[str, ...]],
    shop: Catalog,
    seed: int,
) -> Compared:
    cases: Sequence[Case] = getattr(samples, sample)
    ranks = [ranking.index(case.target) + 1 for case, ranking in zip(cases, rankings, strict=True)]
    picks = [ranking[0] for ranking in rankings]
    metrics = {m: estimate([of_rank(m, rank) for rank in ranks], cases, seed) for m in RANKING_METRICS}
    sensible = [float(related(case, pick, shop)) for case, pick in zip(cases, picks, strict=True)]
    metrics[RELATED] = estimate(sensible, cases, seed)
    if any(case.added for case in cases):
        return Compared(recommender, language, sample, metrics, None, None)
    return Compared(recommender, language, sample, metrics, coverage(picks, len(shop)), gini(picks, len(shop)))


def baseline_wins(t5: Sequence[Compared], baselines: Sequence[Compared]) -> list[dict[str, object]]:
    """Every sample and metric on which a baseline is better than the T5, the T5 taken at its better language."""
    wins: list[dict[str, object]] = []
    for row in baselines:
        for metric, found in row.metrics.items():
            best = max(t.metrics[metric].value for t in t5 if t.sample == row.sample)
            if found.value > best:
                wins.append(
                    {
                        "sample": row.sample,
                        "metric": metric,
                        "baseline": row.recommender,
                        "value": found.value,
                        "t5": best,
                    }
                )
    return wins


@dataclass(frozen=True)
class RouteRow:
    """One route in one language, on the one-habit baskets.

    :ivar same_pick: share of baskets with the pick of the English prompt.
    :ivar lost_in: share of purchases that were no longer themselves when they reached the T5.
    :ivar lost_out: share of picks that were no longer themselves when they reached the shopper.
    """

    language: str
    route: str
    metrics: dict[str, Estimate]
    same_pick: Estimate
    lost_in: float
    lost_out: float

    def as_dict(self) -> dict[str, object]:
        """For JSON."""
        return asdict(self)


def route_rows(quality: Quality) -> list[RouteRow]:
    """All four routes by the phrasebook, in every language in which they can be taken."""
    cases = quality.samples.one_habit
    english = quality.answers["one_habit", "en"]
    purchases = sum(len(case.basket) for case in cases)
    rows = []
    for language in LANGUAGES[1:]:
        for route in Route:
            if route == "native" and language not in quality.recommender.scorer.prompt_format.languages:
                continue
            found = answers(quality.recommender, cases, language, route, label=f"{route} {language}")
            pairs = list(zip(cases, found, strict=True))
            rows.append(
                RouteRow(
                    language,
                    route,
                    {
                        m: estimate([of_rank(m, a.rank(c.target)) for c, a in pairs], cases, quality.seed)
                        for m in ("HR@1", "HR@3")
                    },
                    estimate(
                        [float(a.pick == e.pick) for a, e in zip(found, english, strict=True)], cases, quality.seed
                    ),
                    sum(a.lost_in for a in found) / purchases,
                    sum(a.lost_out for a in found) / len(found),
                )
            )
    return rows
