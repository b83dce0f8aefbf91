"""What becomes of time, memory and plausibility as the shelf grows: in one prompt, and after retrieval."""

from __future__ import annotations

import resource
import time
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from statistics import median

from benchmarks.schema import GrowthRow, Narrowed
from recommender.recommender import Recommender
from recommender.shop.catalog import LANGUAGES, Catalog, Item
from recommender.shop.text import normalise
from recommender.t5.prompt import build_prompt
from recommender.t5.scorer import Checkpoint
from recommender.training.world import gear, invent_sport, known_sports, product

KINDS = 12  # that a shop has, each under one name
PER_SPORT = 10  # products: every sport lacks some kinds, and the last sport of a shop may lack more
OWNED = 3  # of one sport
FRESH = 1000  # the seed of a shop, and of its first shopper, on which no threshold of the narrowing was chosen


def large_shop(size: int, seed: int) -> Catalog:
    """Return a shop of ``size`` products of known sports, then of invented ones."""
    rng = Random(seed)
    known = rng.sample(known_sports(), len(known_sports()))
    kinds = rng.sample(sorted({word.kind for word in gear()}), KINDS)
    words = [rng.choice([word for word in gear() if word.kind == kind]) for kind in kinds]
    items: list[Item] = []
    taken: set[str] = set()
    while len(items) < size:
        sport = known.pop() if known else invent_sport(rng)
        for word in rng.sample(words, PER_SPORT):
            item = product(sport, word)
            marks = {item.id, *map(normalise, item.names.values())}
            if not marks & taken:
                taken |= marks
                items.append(item)
    return Catalog(items[:size])


@dataclass(frozen=True)
class Shopper:
    """A shop, and a shopper who owns some gear of one of its sports."""

    shop: Catalog
    basket: tuple[Item, ...]

    @classmethod
    def of(cls, shop: Catalog, seed: int) -> Shopper:
        """Return a shopper in this shop, which has more of their sport."""
        by_sport: dict[str, list[Item]] = {}
        for item in shop:
            by_sport.setdefault(item.sport, []).append(item)
        rng = Random(seed)
        gear_of = rng.choice([items for items in by_sport.values() if len(items) > OWNED + 1])
        owned = rng.sample(gear_of, OWNED)
        return cls(shop, tuple(item for item in shop if item in owned))

    def fits(self, item: Item) -> bool:
        """Return whether a product is of the basket's sport."""
        return item.sport == self.basket[0].sport


def measure_one_prompt(checkpoint: Checkpoint, size: int, shoppers: int) -> GrowthRow:
    """Measure all candidates in one prompt: for what share of shoppers the pick is of their sport, and how fast.

    :param size: candidates, beside what is owned.
    """
    times: list[float] = []
    hits: dict[str, list[bool]] = {language: [] for language in LANGUAGES}
    tokens = 0
    for seed in range(shoppers):
        shopper = Shopper.of(large_shop(size + OWNED, seed), seed)
        left = [item for item in shopper.shop if item not in shopper.basket]
        for language in LANGUAGES:
            names = [item.name(language) for item in left]
            prompt = build_prompt([item.name(language) for item in shopper.basket], names, language)
            tokens = max(tokens, checkpoint.count_tokens(prompt))
            started = time.perf_counter()
            pick = int(checkpoint.log_likelihoods([prompt], names)[0].argmax())
            times.append(time.perf_counter() - started)
            hits[language].append(shopper.fits(left[pick]))
    return GrowthRow(
        candidates=size,
        prompt_tokens=tokens,
        seconds=median(times),
        same_sport={language: sum(those) / len(those) for language, those in hits.items()},
        peak_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6,
    )


def measure_narrowed(checkpoint: Checkpoint, size: int, shoppers: int) -> Narrowed:
    """Measure the whole answer from a shop of ``size`` products, whose nearest ones alone are put to the T5."""
    shop = large_shop(size, FRESH)
    recommender = Recommender(shop, checkpoint)
    started = time.perf_counter()
    shop.candidates(shop.items[:1])
    indexing = time.perf_counter() - started
    times: list[float] = []
    hits: dict[str, list[bool]] = {language: [] for language in LANGUAGES}
    for seed in range(FRESH, FRESH + shoppers):
        shopper = Shopper.of(shop, seed)
        for language in LANGUAGES:
            started = time.perf_counter()
            found = recommender.recommend(ids(shopper.basket), language=language)
            times.append(time.perf_counter() - started)
            hits[language].append(shopper.fits(found.pick.item))
    return Narrowed(
        products=size,
        ranked=len(found.ranking),
        indexing_seconds=indexing,
        seconds=median(times),
        slowest_seconds=max(times),
        same_sport={language: sum(those) / len(those) for language, those in hits.items()},
    )


def ids(items: Sequence[Item]) -> list[str]:
    """Return what a recommender takes for a basket."""
    return [item.id for item in items]
