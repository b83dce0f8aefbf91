"""Measure time, memory and plausibility by size of the shop: with all products in one prompt, and with retrieval."""

from __future__ import annotations

import resource
import sys
import time
from dataclasses import dataclass
from random import Random
from statistics import median

from benchmarks.schema import GrowthRow, Narrowed
from recommender.recommender import Recommender
from recommender.shop.catalog import Catalog
from recommender.shop.item import Item
from recommender.shop.language import LANGUAGES
from recommender.shop.text import normalise
from recommender.t5.prompt import build_prompt
from recommender.t5.scorer import Checkpoint
from recommender.training.world import gear, invent_sport, known_sports, product

KINDS = 12  # kinds of product in a shop, each with one word
PER_SPORT = 10  # products of a sport, fewer of the last one: no sport has all kinds
OWNED = 3  # products that a shopper owns, all of one sport
FRESH = 1000  # seed of a shop and of its first shopper that were not used to choose the settings of retrieval


def build_shop(size: int, seed: int) -> Catalog:
    """Return a shop of ``size`` products: of the known sports, then of invented ones."""
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
    """A shop, and a shopper who owns some products of one of its sports."""

    shop: Catalog
    basket: tuple[Item, ...]

    @classmethod
    def draw(cls, shop: Catalog, seed: int) -> Shopper:
        """Draw a shopper; the shop has more products of their sport than they own."""
        by_sport: dict[str, list[Item]] = {}
        for item in shop:
            by_sport.setdefault(item.sport, []).append(item)
        rng = Random(seed)
        gear_of = rng.choice([items for items in by_sport.values() if len(items) > OWNED + 1])
        owned = rng.sample(gear_of, OWNED)
        return cls(shop, shop.select(item.id for item in owned))

    @property
    def owned(self) -> list[str]:
        """The ids of the basket's items."""
        return [item.id for item in self.basket]

    def fits(self, item: Item) -> bool:
        """Return whether a product has the sport of the basket."""
        return item.sport == self.basket[0].sport


def measure_one_prompt(checkpoint: Checkpoint, size: int, shoppers: int) -> GrowthRow:
    """Measure the answer with all candidates in one prompt: its time, and how often the pick has the basket's sport.

    :param size: number of candidates.
    """
    times: list[float] = []
    hits: dict[str, list[bool]] = {language: [] for language in LANGUAGES}
    tokens = 0
    for seed in range(shoppers):
        shopper = Shopper.draw(build_shop(size + OWNED, seed), seed)
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
        peak_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e6,
    )


def measure_narrowed(checkpoint: Checkpoint, size: int, shoppers: int) -> Narrowed:
    """Measure the answer in a shop of ``size`` products, of which the T5 ranks those that retrieval selects."""
    shop = build_shop(size, FRESH)
    recommender = Recommender(shop, checkpoint)
    started = time.perf_counter()
    shop.candidates(shop.items[:1])
    indexing = time.perf_counter() - started
    times: list[float] = []
    hits: dict[str, list[bool]] = {language: [] for language in LANGUAGES}
    for seed in range(FRESH, FRESH + shoppers):
        shopper = Shopper.draw(shop, seed)
        for language in LANGUAGES:
            started = time.perf_counter()
            found = recommender.recommend(shopper.owned, language=language)
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
