"""What a T5 has to beat: rankers without a neural network, taught by the same synthetic shoppers."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import combinations
from random import Random
from typing import Protocol

from ..errors import CatalogError
from ..shop.catalog import Catalog, Item
from ..training.cases import Case
from ..training.shoppers import shopper, split
from .bootstrap import estimate
from .metrics import RANKING_METRICS, coverage, gini, of_rank
from .samples import Samples, related
from .schema import COMPARED, BaselineWin, ComparisonRow

TRAINING_SHOPPERS = 20_000
_TRIES = 100  # shoppers drawn for each that is wanted; of the demo's, more than half count


class Ranker(Protocol):
    """What orders the candidates for a basket, best first; equal ones stay in shelf order."""

    name: str

    def rank(self, basket: Sequence[Item], candidates: Sequence[Item]) -> tuple[Item, ...]:
        """Return every candidate, best first."""
        ...


def training_purchases(shop: Catalog, seed: int, count: int = TRAINING_SHOPPERS) -> list[frozenset[str]]:
    """Return what ``count`` training shoppers of the whole shop own after their next purchase, as item ids.

    :raises CatalogError: if hardly any basket of this shop leaves something to buy.
    """
    rng = Random(f"{seed} baselines")
    purchases: list[frozenset[str]] = []
    for _ in range(_TRIES * count):
        if len(purchases) == count:
            return purchases
        found = shopper(rng, shop.items, shop)
        if found and split(found.basket) == "train":
            purchases.append(frozenset(item.id for item in (*found.basket, found.next)))
    raise CatalogError(
        f"Of {_TRIES * count:,} shoppers drawn for this shop, only {len(purchases):,} have something left to buy "
        f"and may be trained on; {count:,} are needed. An inventory needs several products of a sport or of a kind."
    )


class Popularity:
    """The most purchased first, whatever the basket."""

    name = "popularity"

    def __init__(self, purchases: Iterable[frozenset[str]]):
        self.count = Counter(item for bought in purchases for item in bought)

    def rank(self, basket: Sequence[Item], candidates: Sequence[Item]) -> tuple[Item, ...]:
        """Rank by number of purchases."""
        return _best_first(candidates, lambda item: self.count[item.id])


class ItemKNN:
    """Bought together: cosine similarity of items (Sarwar et al. 2001), summed over the basket.

    All neighbours count: 35 items need no cut at k.
    """

    name = "item-kNN"

    def __init__(self, purchases: Iterable[frozenset[str]]):
        self.count: Counter[str] = Counter()
        self.together: Counter[tuple[str, str]] = Counter()
        for bought in purchases:
            self.count.update(bought)
            self.together.update(combinations(sorted(bought), 2))

    def similarity(self, a: str, b: str) -> float:
        """Return cos(a, b) = |a ∧ b| / √(|a| |b|); 0 for what was never bought."""
        together = self.together[min(a, b), max(a, b)]
        return together / math.sqrt(self.count[a] * self.count[b]) if together else 0.0

    def rank(self, basket: Sequence[Item], candidates: Sequence[Item]) -> tuple[Item, ...]:
        """Rank by summed similarity to what is owned."""
        return _best_first(candidates, lambda item: sum(self.similarity(item.id, owned.id) for owned in basket))


class SameSport:
    """Items of a sport in the basket, then the rest; within each in random order, or as on the shelf.

    :param seed: of the random order; None keeps shelf order.
    """

    def __init__(self, seed: int | None):
        self.seed = seed
        self.name = "same sport, first on the shelf" if seed is None else "same sport at random"

    def rank(self, basket: Sequence[Item], candidates: Sequence[Item]) -> tuple[Item, ...]:
        """Rank by number of purchases of the candidate's sport; at random: whether there are any."""
        sports = Counter(item.sport for item in basket)
        if self.seed is None:
            return _best_first(candidates, lambda item: sports[item.sport])
        return _best_first(_shuffled(candidates, basket, self.seed), lambda item: float(item.sport in sports))


class Chance:
    """Any order at all."""

    name = "random"

    def __init__(self, seed: int):
        self.seed = seed

    def rank(self, basket: Sequence[Item], candidates: Sequence[Item]) -> tuple[Item, ...]:
        """Return the same order for the same basket and seed."""
        return tuple(_shuffled(candidates, basket, self.seed))


def baselines(shop: Catalog, seed: int) -> list[Ranker]:
    """Return all baselines, taught by the same purchases."""
    purchases = training_purchases(shop, seed)
    return [Popularity(purchases), ItemKNN(purchases), SameSport(seed), SameSport(None), Chance(seed)]


def baseline_rows(rankers: Sequence[Ranker], samples: Samples, shop: Catalog, seed: int) -> list[ComparisonRow]:
    """Return the baselines' figures; of a product added by name they know, as the shop does, the name alone."""

    def ranking(ranker: Ranker, case: Case) -> tuple[str, ...]:
        shelf = shop.extended(item.name("en") for item in case.added)
        return tuple(item.id for item in ranker.rank(case.basket, shelf.candidates(case.basket)))

    return [
        compare(ranker.name, None, sample, cases, [ranking(ranker, case) for case in cases], shop, seed)
        for sample in COMPARED
        if (cases := getattr(samples, sample))
        for ranker in rankers
    ]


def compare(
    recommender: str,
    language: str | None,
    sample: str,
    cases: Sequence[Case],
    rankings: Sequence[Sequence[str]],
    shop: Catalog,
    seed: int,
) -> ComparisonRow:
    """Return one recommender's figures on one sample.

    :param rankings: item ids, best first, for each of ``cases``.
    """
    ranks = [ranking.index(case.target) + 1 for case, ranking in zip(cases, rankings, strict=True)]
    picks = [ranking[0] for ranking in rankings]
    sensible = [float(related(case, pick, shop)) for case, pick in zip(cases, picks, strict=True)]
    extended = any(case.added for case in cases)
    return ComparisonRow(
        recommender=recommender,
        language=language,
        sample=sample,
        metrics={
            **{m: estimate([of_rank(m, rank) for rank in ranks], cases, seed) for m in RANKING_METRICS},
            "related": estimate(sensible, cases, seed),
        },
        coverage=None if extended else coverage(picks, len(shop)),
        gini=None if extended else gini(picks, len(shop)),
    )


def baseline_wins(t5: Sequence[ComparisonRow], baselines: Sequence[ComparisonRow]) -> list[BaselineWin]:
    """Return every sample and metric on which a baseline is better than the T5 in its better language."""
    wins: list[BaselineWin] = []
    for row in baselines:
        for metric, found in row.metrics.items():
            best = max(t.metrics[metric].value for t in t5 if t.sample == row.sample)
            if found.value > best:
                wins.append(
                    BaselineWin(sample=row.sample, metric=metric, baseline=row.recommender, value=found.value, t5=best)
                )
    return wins


def _best_first(candidates: Sequence[Item], score: Callable[[Item], float]) -> tuple[Item, ...]:
    return tuple(sorted(candidates, key=lambda item: -score(item)))  # sorted() keeps the order of equals


def _shuffled(candidates: Sequence[Item], basket: Sequence[Item], seed: int) -> list[Item]:
    rng = Random(f"{seed} {' '.join(sorted(item.id for item in basket))}")
    return rng.sample(list(candidates), len(candidates))
