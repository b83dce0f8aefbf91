"""Validation and test cases: baskets with the known probabilities of what a synthetic shopper buys next."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from random import Random

from ..errors import CatalogError
from ..shop.catalog import Catalog
from ..shop.item import Item
from ..shop.language import LANGUAGES
from .everyday_names import draw_everyday_name, draw_variant_name
from .listwise import Example
from .shoppers import (
    LARGEST,
    choice_probabilities,
    draw_complete_basket,
    draw_large_basket,
    draw_mixed_basket,
    draw_one_habit_basket,
    draw_scattered_basket,
    share_group,
    split_of_basket,
)
from .world import Gear, Sport, gear, new_sports, product, shop_sports, split_of_pair

MAX_DRAWS = 100  # attempts per case
BASKETS: dict[str, Callable[[Random, Sequence[Item]], list[Item]]] = {
    "one habit": draw_one_habit_basket,
    "mixed": draw_mixed_basket,
    "scattered": draw_scattered_basket,
    "large": draw_large_basket,
    "complete": draw_complete_basket,
}


@dataclass(frozen=True)
class Case:
    """One basket, and the products that are added to the shelf for it.

    :ivar basket: in shelf order.
    :ivar added: products that the shop does not have (cold start); measures look at the first one.
    """

    basket: tuple[Item, ...]
    added: tuple[Item, ...] = ()

    def candidates(self, shop: Catalog) -> list[Item]:
        """Return the products of the shop and the added ones, without the basket."""
        of_shop = shop.candidates(item for item in self.basket if item not in self.added)
        return [*of_shop, *(item for item in self.added if item not in self.basket)]

    def example(self, shop: Catalog, language: str) -> Example:
        """Return the case as an example for listwise training."""
        candidates = self.candidates(shop)
        return Example(language, self.basket, candidates, choice_probabilities(self.basket, candidates))


def list_one_item_cases(shop: Catalog) -> tuple[Case, ...]:
    """Return a case for each item, as the only purchase."""
    return tuple(Case((item,)) for item in shop)


def draw_basket_cases(shop: Catalog, sort: str, split: str, count: int, rng: Random) -> tuple[Case, ...]:
    """Return ``count`` baskets of one sort from this split; fewer if the shop is too small.

    :param sort: a key of :data:`BASKETS`.
    :param split: "validation" or "test".
    """

    def draw() -> Case | None:
        basket = shop.select(item.id for item in BASKETS[sort](rng, shop.items))
        enough = len(basket) >= (3 if sort == "scattered" else 2)
        return Case(basket) if enough and split_of_basket(basket) == split else None

    return draw_cases(count, draw)


def draw_newcomer_cases(shop: Catalog, split: str, count: int, rng: Random, everyday: bool) -> tuple[Case, ...]:
    """Return cases in which a new product is added to a sport of which the shopper owns one, two or all items.

    :param everyday: whether its name is an everyday one, with a word for gear that training never uses; else a tidy
        one, from a combination of sport and word that training never uses.
    """
    sports = shop_sports(shop)
    words = gear(split) if everyday else [w for w in gear() if any(split_of_pair(s, w) == split for s in sports)]

    def draw() -> Case | None:
        sport, word = rng.choice(sports), rng.choice(words)
        if not everyday and split_of_pair(sport, word) != split:
            return None
        added = _everyday(sport, word, rng, split) if everyday else product(sport, word)
        if not can_join(shop, [added]):
            return None
        return _own_some(shop, [item for item in shop if item.sport == sport.id], added, rng)

    return draw_cases(count, draw) if sports and words else ()


def draw_variant_cases(shop: Catalog, split: str, count: int, rng: Random) -> tuple[Case, ...]:
    """Return cases in which a variant of one of the shop's products is added ("Tennis Ball 3 Pack").

    Of the others of its sport, the shopper owns one, two or all.
    """

    def draw() -> Case | None:
        item = rng.choice(shop.items)
        names = {
            language: draw_variant_name(item.prompt_name(language), language, rng, split) for language in LANGUAGES
        }
        added = replace(item, id="new", names=names, prompt_names={})
        others = [other for other in shop if other.sport == item.sport and other is not item]
        return _own_some(shop, others, added, rng) if others and can_join(shop, [added]) else None

    return draw_cases(count, draw)


def draw_foreign_cases(shop: Catalog, split: str, count: int, rng: Random) -> tuple[Case, ...]:
    """Return cases like those of everyday names, in which the name is in another language than the prompt.

    It is in English, and for a prompt in English in one of the others.
    """

    def rename(case: Case) -> Case:
        (added,) = case.added
        foreign = added.names[rng.choice([language for language in LANGUAGES if language != "en"])]
        names = {language: foreign if language == "en" else added.names["en"] for language in LANGUAGES}
        return replace(case, added=(replace(added, names=names),))

    return tuple(map(rename, draw_newcomer_cases(shop, split, count, rng, everyday=True)))


def draw_new_sport_cases(shop: Catalog, split: str, count: int, rng: Random) -> tuple[Case, ...]:
    """Return cases with two added products, of a sport that training never uses; the shopper owns the second."""
    sports = new_sports(shop, split)

    def draw() -> Case | None:
        sport = rng.choice(sports)
        added = [product(sport, word) for word in rng.sample(gear(), 2)]
        return Case((added[1],), tuple(added)) if can_join(shop, added) else None

    return draw_cases(count, draw) if sports else ()


def draw_stranger_cases(shop: Catalog, split: str, count: int, rng: Random) -> tuple[Case, ...]:
    """Return cases in which the added product shares neither sport nor kind with anything owned."""
    sports = shop_sports(shop)

    def draw() -> Case | None:
        sport, word = rng.choice(sports), rng.choice(gear(split))
        added = _everyday(sport, word, rng, split)
        others = [item for item in shop if not share_group(item, added)]
        if not others or not can_join(shop, [added]):
            return None
        owned = rng.sample(others, rng.randint(1, min(4, len(others))))
        return Case(shop.select(item.id for item in owned), (added,))

    return draw_cases(count, draw) if sports else ()


def draw_cases(count: int, draw: Callable[[], Case | None]) -> tuple[Case, ...]:
    """Return ``count`` cases, or fewer if :data:`MAX_DRAWS` attempts per case do not yield as many.

    :param draw: draws a case at random; returns None if it has to be rejected.
    """
    found = (case for _ in range(MAX_DRAWS * count) if (case := draw()))
    return tuple(islice(found, count))


def _own_some(shop: Catalog, items: Sequence[Item], added: Item, rng: Random) -> Case:
    """Return a case with ``added`` in which one, two or all of ``items`` are owned, :data:`LARGEST` at most."""
    owned = rng.sample(items, min(LARGEST, len(items), rng.choice((1, 2, len(items)))))
    return Case(shop.select(item.id for item in owned), (added,))


def _everyday(sport: Sport, word: Gear, rng: Random, split: str) -> Item:
    names = {language: draw_everyday_name(sport, word, language, rng, split) for language in LANGUAGES}
    return Item("new", sport.id, word.kind, "", names)


def can_join(shop: Catalog, added: Sequence[Item]) -> bool:
    """Return whether these products can be added: "Soccer Shirt" and "Soccer Jersey" have one name in Arabic.

    :param added: with names in the same languages.
    """
    try:
        for language in added[0].names:
            shop.extended([item.name(language) for item in added])
    except CatalogError:
        return False
    return True
