"""Draw the test cases.

Training draws no basket of two or more of the shop's items from the test split. In the samples with an added product,
what is held out is the product's name, and their baskets may occur in training; nothing is held out of ``new_written``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, fields
from functools import cache
from math import log
from pathlib import Path
from random import Random

from ..shop.catalog import Catalog
from ..shop.csv_file import read_rows
from ..shop.item import Item
from ..shop.language import LANGUAGES
from ..training.cases import (
    Case,
    can_join,
    draw_basket_cases,
    draw_cases,
    draw_foreign_cases,
    draw_new_sport_cases,
    draw_newcomer_cases,
    draw_stranger_cases,
    draw_variant_cases,
    list_one_item_cases,
)
from ..training.shoppers import choice_probabilities, share_group, softmax, split_of_basket, utilities

WRITTEN_NAMES = Path(__file__).resolve().parent / "written_names.csv"
NEWCOMERS = 150  # cases of each sample with a new product, at most
STRAYS = 100  # cases, at most


@dataclass(frozen=True)
class Samples:
    """The test cases, drawn with one seed.

    :ivar one_item: each item of the shop alone.
    :ivar one_habit: two or more items of one sport or of one kind.
    :ivar mixed: items of two or three sports.
    :ivar scattered: three or four items of which no two share a sport or a kind.
    :ivar large: five to twenty items of any sport and kind.
    :ivar new_tidy: a product is added whose combination of sport and word for gear does not occur in training; the
        shopper owns one, two or all items of its sport.
    :ivar new_everyday: the same with names as people write them and words for gear that do not occur in training.
    :ivar new_written: the same with names that a person wrote, each in one language (``written_names.csv``);
        nothing of these is held out: some are names that training makes, too.
    :ivar new_stranger: a product is added that shares neither sport nor kind with the basket.
    :ivar new_variant: the added product is one of the shop's with more words ("Tennis Ball 3 Pack"), and the shopper
        owns one, two or all others of its sport.
    :ivar new_foreign: like new_everyday, but the name is in another language than the prompt; mostly English.
    :ivar complete: all items of one sport or of one kind, and none to two others.
    :ivar new_sport: two products are added, of a sport that training never had, and the shopper owns one of them.
    :ivar stray: a kit of two to four items of one sport, and one item that shares neither sport nor kind with them.
    """

    one_item: tuple[Case, ...]
    one_habit: tuple[Case, ...]
    mixed: tuple[Case, ...]
    scattered: tuple[Case, ...]
    large: tuple[Case, ...]
    new_tidy: tuple[Case, ...]
    new_everyday: tuple[Case, ...]
    new_written: tuple[Case, ...]
    new_stranger: tuple[Case, ...]
    stray: tuple[Case, ...]
    new_variant: tuple[Case, ...]
    new_foreign: tuple[Case, ...]
    complete: tuple[Case, ...]
    new_sport: tuple[Case, ...]

    def items(self) -> list[tuple[str, tuple[Case, ...]]]:
        """Return the name and the cases of every sample."""
        return [(field.name, getattr(self, field.name)) for field in fields(self)]


def draw_samples(shop: Catalog, baskets: int, seed: int) -> Samples:
    """Draw ``baskets`` cases for each sample, but no more than :data:`NEWCOMERS` and :data:`STRAYS`."""
    rng = Random(f"{seed} evaluation")
    sorts = {
        sort.replace(" ", "_"): draw_basket_cases(shop, sort, "test", baskets, rng)
        for sort in ("one habit", "mixed", "scattered", "large")
    }
    new = min(NEWCOMERS, baskets)
    return Samples(
        one_item=list_one_item_cases(shop),
        **sorts,
        new_tidy=draw_newcomer_cases(shop, "test", new, rng, everyday=False),
        new_everyday=draw_newcomer_cases(shop, "test", new, rng, everyday=True),
        new_written=_list_written(shop, baskets, rng),
        new_stranger=draw_stranger_cases(shop, "test", new, rng),
        stray=_draw_strays(shop, min(STRAYS, baskets), rng),
        new_variant=draw_variant_cases(shop, "test", new, rng),
        new_foreign=draw_foreign_cases(shop, "test", new, rng),
        complete=draw_basket_cases(shop, "complete", "test", baskets, rng),
        new_sport=draw_new_sport_cases(shop, "test", new, rng),
    )


def _list_written(shop: Catalog, most: int, rng: Random) -> tuple[Case, ...]:
    """Return three cases for each name that a person wrote: the shopper owns one, two or all items of its sport.

    :param most: names of each language, at most.
    """
    cases = []
    taken = Counter[str]()
    for row in read_rows(WRITTEN_NAMES):
        sport, language, name = (row.cells[column] for column in ("sport", "language", "name"))
        taken[language] += 1
        if taken[language] > most:
            continue
        added = Item("new", sport, "", "", {language: name})
        of_sport = [item for item in shop if item.sport == sport]
        if of_sport and can_join(shop, [added]):
            for size in (1, 2, len(of_sport)):
                owned = rng.sample(of_sport, min(size, len(of_sport)))
                cases.append(Case(shop.select(item.id for item in owned), (added,)))
    return tuple(cases)


def _draw_strays(shop: Catalog, count: int, rng: Random) -> tuple[Case, ...]:
    kits = [kit for sport in shop.sports if len(kit := [item for item in shop if item.sport == sport]) > 4]

    def draw() -> Case | None:
        kit = rng.sample(rng.choice(kits), rng.randint(2, 4))
        others = [item for item in shop if not any(share_group(item, owned) for owned in kit)]
        if not others:
            return None
        basket = shop.select(item.id for item in (*kit, rng.choice(others)))
        return Case(basket) if split_of_basket(basket) == "test" else None

    return draw_cases(count, draw) if kits else ()


@dataclass(frozen=True)
class Truth:
    """How the synthetic shopper of a case chooses.

    :ivar utilities: the utility of every candidate in nats, by id.
    :ivar probabilities: the probability that a candidate is bought next, by id; they add up to 1.
    :ivar unrelated: ids of the candidates that share neither sport nor kind with the basket.
    """

    utilities: Mapping[str, float]
    probabilities: Mapping[str, float]
    unrelated: frozenset[str]

    @property
    def likeliest(self) -> frozenset[str]:
        """The ids of the candidates with the highest utility: one, or several on a tie."""
        best = max(self.utilities.values())
        return frozenset(i for i, value in self.utilities.items() if value > best - 1e-9)

    @property
    def margin(self) -> float:
        """The difference of the two highest utilities, in nats."""
        best, second, *_ = (*sorted(self.utilities.values(), reverse=True), -float("inf"))
        return best - second


@cache
def get_truth(case: Case, shop: Catalog) -> Truth:
    """Return how the synthetic shopper of a case chooses."""
    candidates = case.candidates(shop)
    values = utilities(case.basket, candidates)
    ids = [item.id for item in candidates]
    return Truth(
        utilities=dict(zip(ids, values, strict=True)),
        probabilities=dict(zip(ids, softmax(values), strict=True)),
        unrelated=frozenset(item.id for item in candidates if not is_related(case, item)),
    )


def is_related(case: Case, item: Item) -> bool:
    """Return whether an item shares a sport or a kind with something in the basket."""
    return any(share_group(item, owned) for owned in case.basket)


def find_kit(case: Case) -> frozenset[str]:
    """Return the ids of the purchases that share a sport with another one."""
    sports = Counter(item.sport for item in case.basket)
    return frozenset(item.id for item in case.basket if sports[item.sport] > 1)


def get_true_drops(case: Case, shop: Catalog) -> dict[str, float]:
    """Return what the likeliest purchase's true log-probability loses without each item of the basket, by id, in nats.

    Candidates are those for the whole basket, as in :mod:`recommender.explain`.
    """
    candidates = case.candidates(shop)
    place = max(range(len(candidates)), key=utilities(case.basket, candidates).__getitem__)
    whole = log(choice_probabilities(case.basket, candidates)[place])
    without = {item.id: [other for other in case.basket if other is not item] for item in case.basket}
    return {id_: whole - log(choice_probabilities(rest, candidates)[place]) for id_, rest in without.items()}


def get_cluster(case: Case) -> Hashable:
    """Return what makes cases dependent: the added product, or the basket if there is none.

    A bootstrap resamples cases with the same added product, like draws of the same basket, together; and if several
    products were added, all cases of their sport.
    """
    return case.added[0].sport if len(case.added) > 1 else case.added or case.basket


def list_languages(case: Case) -> tuple[str, ...]:
    """Return the languages in which the added products of a case have a name: those that the case can be asked in."""
    return tuple(code for code in LANGUAGES if all(code in item.names for item in case.added))
