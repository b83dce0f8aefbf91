"""Shoppers to be served, whose next purchase is known: what a T5 is validated and evaluated on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from ..shop.catalog import Catalog, DuplicateItem, Item
from ..t5.prompt import build_prompt
from .shoppers import next_purchases, split
from .world import Gear, Sport, gear, pair_split, product, shop_sports

DRAWS = 100  # at most, for one basket that is asked for; the demo's shop takes four to eight


@dataclass(frozen=True)
class Case:
    """A shopper to be served.

    :ivar basket: in shelf order.
    :ivar target: id of the item that the synthetic shopper buys next.
    :ivar added: products that join the shelf by name alone, for cold start.
    """

    basket: tuple[Item, ...]
    target: str
    added: tuple[Item, ...] = ()

    def candidates(self, shop: Catalog) -> list[Item]:
        """Return what is in the shop or joins it, less the basket."""
        return [*shop.candidates(self.basket), *(item for item in self.added if item not in self.basket)]

    def prompt(self, shop: Catalog, language: str) -> str:
        """Return what the T5 is asked."""
        owned, offered = ([item.name(language) for item in items] for items in (self.basket, self.candidates(shop)))
        return build_prompt(owned, offered, language)


def basket_cases(
    shop: Catalog, habit: Callable[[Random, Sequence[Item]], list[Item]], part: str, count: int, rng: Random
) -> tuple[Case, ...]:
    """Return ``count`` baskets of one sort that belong to this part of the split; fewer where the shop is too small.

    :param habit: draws a basket from a shelf, such as ``shoppers.one_habit_basket``.
    :param part: "validation" or "test".
    """
    cases: list[Case] = []
    for _ in range(DRAWS * count):
        if len(cases) == count:
            break
        basket = shop.select(item.id for item in habit(rng, shop.items))
        target = next(iter(next_purchases(basket, shop.items, shop)), None)
        if target and split(basket) == part:
            cases.append(Case(basket, target))
    return tuple(cases)


def one_item_cases(shop: Catalog) -> tuple[Case, ...]:
    """Return each item alone that calls for another one; the target is the likelier purchase."""
    found = ((item, next_purchases([item], shop.items, shop)) for item in shop)
    return tuple(Case((item,), next(iter(targets))) for item, targets in found if targets)


def new_product_cases(shop: Catalog, part: str, rng: Random) -> tuple[list[Case], list[Case]]:
    """Return every pair of a sport of the shop and a word for gear that belongs to this part and can join the shelf.

    :return: cases of shoppers who own all of that sport's gear, or all but one; cases of those who own all other
        items of that kind.
    """
    kit, counterpart = [], []
    for sport in shop_sports(shop):
        for word in gear():
            added = product(sport, word, rng)
            if pair_split(sport, word) != part or not _can_join(shop, [added]):
                continue
            of_sport = tuple(item for item in shop if item.sport == sport.id)
            missing = rng.choice(of_sport)
            kit.append(Case(of_sport, added.id, (added,)))
            kit.append(Case(tuple(item for item in of_sport if item != missing), added.id, (added,)))
            of_kind = tuple(item for item in shop if item.kind == word.kind)
            if len(of_kind) >= 2:
                counterpart.append(Case(of_kind, added.id, (added,)))
    return kit, counterpart


def new_sport_cases(shop: Catalog, count: int, rng: Random, new_sport: Callable[[], Sport]) -> tuple[Case, ...]:
    """Return cases with 3-5 products of a sport new to the shop, one owned; the first of the others is bought next."""
    cases: list[Case] = []
    while len(cases) < count:
        sport = new_sport()
        kinds: dict[str, Gear] = {}
        for word in rng.sample(gear(), len(gear())):
            kinds.setdefault(word.kind, word)
        added = tuple(product(sport, word, rng) for word in list(kinds.values())[: rng.randint(3, 5)])
        if _can_join(shop, added):
            owned = rng.choice(added)
            bought = next(item for item in added if item != owned)
            cases.append(Case((owned,), bought.id, added))
    return tuple(cases)


def _can_join(shop: Catalog, added: Sequence[Item]) -> bool:
    """Return whether their ids and names are free ("Soccer Shirt" and "Soccer Jersey" are one in Arabic)."""
    try:
        Catalog((*shop, *added))
    except DuplicateItem:
        return False
    return True
