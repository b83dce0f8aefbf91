"""The baskets on which recommenders are measured; none of two or more items was shown in training."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from ..shop.catalog import Catalog
from ..training.cases import Case, basket_cases, new_product_cases, new_sport_cases, one_item_cases
from ..training.shoppers import mixed_basket, one_habit_basket
from ..training.world import Sport, new_sports

# Invented sports are made of these here, and of other stuff in training; spelled alike in both scripts.
SYLLABLES = {
    "blin": "بلين", "dwo": "دوو", "fra": "فرا", "gri": "غري", "hul": "هول", "jas": "جاس",
    "kro": "كرو", "lum": "لوم", "nep": "نيب", "quo": "كوو", "sti": "ستي", "vex": "فيكس",
}  # fmt: skip
NEW_SPORTS = 250  # cases of each sort: known sports that training never named, and invented ones


@dataclass(frozen=True)
class Samples:
    """Everything that is measured, drawn with one seed.

    :ivar one_habit: two or more items of one sport or of one kind.
    :ivar mixed: items of two or three sports.
    :ivar one_item: each item of the shop alone; the target is the likelier purchase.
    :ivar kit: a product added by name, its shopper owns all of that sport's gear, or all but one.
    :ivar counterpart: a product added by name, its shopper owns all other items of that kind.
    :ivar new_known: 3-5 products of a sport that training never named, one of them owned.
    :ivar new_invented: the same with an invented sport.
    """

    one_habit: tuple[Case, ...]
    mixed: tuple[Case, ...]
    one_item: tuple[Case, ...]
    kit: tuple[Case, ...]
    counterpart: tuple[Case, ...]
    new_known: tuple[Case, ...]
    new_invented: tuple[Case, ...]


def draw(shop: Catalog, baskets: int, seed: int) -> Samples:
    """Draw ``baskets`` of one habit, as many mixed ones, and at most as many of each other sample."""
    rng = Random(f"{seed} evaluation")
    kit, counterpart = (rng.sample(cases, min(len(cases), baskets)) for cases in new_product_cases(shop, "test", rng))
    new = min(NEW_SPORTS, baskets)
    unnamed = new_sports(shop, "test")
    return Samples(
        one_habit=basket_cases(shop, one_habit_basket, "test", baskets, rng),
        mixed=basket_cases(shop, mixed_basket, "test", baskets, rng),
        one_item=one_item_cases(shop),
        kit=tuple(kit),
        counterpart=tuple(counterpart),
        new_known=new_sport_cases(shop, new, rng, lambda: rng.choice(unnamed)),
        new_invented=new_sport_cases(shop, new, rng, lambda: _invented(rng)),
    )


def related(case: Case, pick: str, shop: Catalog) -> bool:
    """Return whether an item, by its id, shares a sport or a kind with something in the basket."""
    (item,) = (i for i in (*shop, *case.added) if i.id == pick)
    return any(item.sport == owned.sport or item.kind == owned.kind for owned in case.basket)


def _invented(rng: Random) -> Sport:
    parts = rng.sample(sorted(SYLLABLES), rng.randint(2, 3))
    return Sport("".join(parts), "".join(parts).capitalize(), "".join(SYLLABLES[part] for part in parts))
