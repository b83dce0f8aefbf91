"""The baskets on which recommenders are measured; none of two or more items was shown in training."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from ..catalog import Catalog, CatalogError, Item
from ..training.shoppers import held_out_basket, mixed_basket, one_habit_basket, readings
from ..training.world import Gear, Sport, gear, held_out_pair, product, shop_sports, sports

# Syllables that training's invented sports never have, spelled alike in both scripts.
SYLLABLES = {
    "che": "تشي", "dru": "درو", "fen": "فين", "glo": "غلو", "hob": "هوب", "lex": "ليكس",
    "mez": "ميز", "pra": "برا", "tid": "تيد", "gus": "غوس", "win": "وين", "sha": "شا",
}  # fmt: skip
NEW_SPORTS = 48  # cases of each sort: known sports that training never named, and invented ones


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


@dataclass(frozen=True)
class Samples:
    """Everything that is measured, drawn with one seed.

    :ivar one_habit: two or more items of one sport or of one kind.
    :ivar mixed: items of two or three sports.
    :ivar one_item: each item of the shop alone; the target is the likelier reading.
    :ivar kit: a product added by name, for who owns all of that sport's gear, or all but one.
    :ivar counterpart: a product added by name, for who owns all other items of that kind.
    :ivar new_known: 3-5 products of a sport that training never named, one of them owned.
    :ivar new_invented: the same with a sport that nobody has heard of.
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
    kit, counterpart = (rng.sample(cases, min(len(cases), baskets)) for cases in _cold_start(shop, rng))
    new = min(NEW_SPORTS, baskets)
    return Samples(
        one_habit=_held_out(shop, one_habit_basket, baskets, rng),
        mixed=_held_out(shop, mixed_basket, baskets, rng),
        one_item=tuple(Case((item,), next(iter(readings([item], shop.items, shop)))) for item in shop),
        kit=tuple(kit),
        counterpart=tuple(counterpart),
        new_known=_new_sports(shop, new, rng, lambda: rng.choice([s for s in sports() if s.held_out])),
        new_invented=_new_sports(shop, new, rng, lambda: _invented(rng)),
    )


def related(case: Case, pick: str, shop: Catalog) -> bool:
    """Whether an item, by its id, shares a sport or a kind with something in the basket."""
    (item,) = (i for i in (*shop, *case.added) if i.id == pick)
    return any(item.sport == owned.sport or item.kind == owned.kind for owned in case.basket)


def _held_out(
    shop: Catalog, habit: Callable[[Random, Sequence[Item]], list[Item]], count: int, rng: Random
) -> tuple[Case, ...]:
    cases: list[Case] = []
    while len(cases) < count:
        basket = shop.basket(item.id for item in habit(rng, shop.items))
        target = next(iter(readings(basket, shop.items, shop)), None)
        if target and held_out_basket(basket):
            cases.append(Case(basket, target))
    return tuple(cases)


def _cold_start(shop: Catalog, rng: Random) -> tuple[list[Case], list[Case]]:
    """Every pair of a sport of the shop and a word for gear that training never joined."""
    kit, counterpart = [], []
    for sport in shop_sports():
        for word in gear():
            added = product(sport, word, rng)
            if not held_out_pair(sport, word) or not _can_join(shop, [added]):
                continue
            of_sport = tuple(item for item in shop if item.sport == sport.id)
            missing = rng.choice(of_sport)
            kit.append(Case(of_sport, added.id, (added,)))
            kit.append(Case(tuple(item for item in of_sport if item != missing), added.id, (added,)))
            of_kind = tuple(item for item in shop if item.kind == word.kind)
            if len(of_kind) >= 2:
                counterpart.append(Case(of_kind, added.id, (added,)))
    return kit, counterpart


def _new_sports(shop: Catalog, count: int, rng: Random, new_sport: Callable[[], Sport]) -> tuple[Case, ...]:
    cases: list[Case] = []
    while len(cases) < count:
        sport = new_sport()
        kinds: dict[str, Gear] = {}
        for word in rng.sample(gear(), len(gear())):
            kinds.setdefault(word.kind, word)
        added = tuple(product(sport, word, rng) for word in list(kinds.values())[: rng.randint(3, 5)])
        if _can_join(shop, added):
            owned, bought = rng.sample(added, 2)
            cases.append(Case((owned,), bought.id, added))
    return tuple(cases)


def _invented(rng: Random) -> Sport:
    parts = rng.sample(sorted(SYLLABLES), rng.randint(2, 3))
    return Sport("".join(parts), "".join(parts).capitalize(), "".join(SYLLABLES[part] for part in parts))


def _can_join(shop: Catalog, added: Sequence[Item]) -> bool:
    """Whether these names are free in both prompt languages ("Soccer Shirt" and "Soccer Jersey" are one in Arabic)."""
    try:
        for language in ("en", "ar"):
            shop.extended(item.name(language) for item in added)
    except CatalogError:
        return False
    return True
