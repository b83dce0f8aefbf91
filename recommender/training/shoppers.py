"""Synthetic shoppers: who owns what, and what they buy next.

Two habits were seen in the 2023 data. *Kit*: complete one sport. *Counterpart*: own one
kind of gear for every sport. The rule that joins them: the largest group of the basket,
by sport or by kind, decides; the shopper buys the earliest item of that group that they
lack. Kit wins a tie, then the earlier item.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from ..catalog import Catalog, Item

# Kinds in which some sport of the shop is missing. A helmet or a hoop says more about what its owner
# collects than a jersey does, so for one of these alone the counterpart is the likelier purchase.
SPECIAL_KINDS = frozenset({"headgear", "striking", "protection", "goal", "shorts"})
LIKELIER = 0.7  # probability of the likelier of the two readings of a one-item basket


@dataclass(frozen=True)
class Shopper:
    """A basket in no particular order, the shelf it was bought from, and the next purchase."""

    shelf: tuple[Item, ...]
    basket: tuple[Item, ...]
    next: Item

    @property
    def candidates(self) -> list[Item]:
        """The shelf, in its order, without the basket."""
        owned = {item.id for item in self.basket}
        return [item for item in self.shelf if item.id not in owned]


def readings(basket: Sequence[Item], shelf: Sequence[Item], shop: Catalog) -> dict[str, float]:
    """The next purchase: item ids and their probabilities, most likely first; empty if nothing is left to buy.

    One id for baskets of two or more items; two for a one-item basket that has both readings.
    """
    owned = {item.id for item in basket}
    missing = [item for item in shelf if item.id not in owned]
    order = {item.id: position for position, item in enumerate(shelf)}

    def kit(sport: str) -> Item | None:
        return next((i for i in missing if i.sport == sport), None)

    def counterpart(kind: str) -> Item | None:
        others = [i for i in missing if i.kind == kind]
        return min(others, key=lambda i: (_sport_rank(i, shop), order[i.id]), default=None)

    if len(basket) == 1:
        (item,) = basket
        pair = [kit(item.sport), counterpart(item.kind)]
        if item.kind in SPECIAL_KINDS and item.sport in shop.sports:
            pair.reverse()
        found = [i.id for i in pair if i]
        if item.sport not in shop.sports:  # of a sport that is new to the shop, only the kit is known
            found = found[:1]
        return dict(zip(found, (LIKELIER, 1 - LIKELIER) if len(found) == 2 else (1.0,), strict=False))

    groups = [(n, True, kit(s)) for s, n in Counter(i.sport for i in basket).items()]
    groups += [(n, False, counterpart(k)) for k, n in Counter(i.kind for i in basket).items()]
    largest = max(((n, is_kit, -order[i.id], i.id) for n, is_kit, i in groups if i), default=None)
    return {largest[-1]: 1.0} if largest else {}


def _sport_rank(item: Item, shop: Catalog) -> int:
    return shop.sports.index(item.sport) if item.sport in shop.sports else len(shop.sports)


def one_habit_basket(rng: Random, shelf: Sequence[Item]) -> list[Item]:
    """Two or more items of one sport or of one kind, at least one of that group left to buy; or nothing."""
    by = rng.choice(("sport", "kind"))
    groups = [g for g in _groups(shelf, by) if len(g) > 2]
    if not groups:
        return []
    group = rng.choice(groups)
    return rng.sample(group, rng.randint(2, len(group) - 1))


def mixed_basket(rng: Random, shelf: Sequence[Item]) -> list[Item]:
    """One to four items each of two or three sports."""
    groups = _groups(shelf, "sport")
    chosen = rng.sample(groups, min(len(groups), rng.randint(2, 3)))
    return [item for group in chosen for item in rng.sample(group, min(len(group), rng.randint(1, 4)))]


def newcomer_basket(rng: Random, shelf: Sequence[Item], shop: Catalog) -> list[Item]:
    """A basket that calls for a product that the shop never had, or for the last thing before it."""
    item = rng.choice([i for i in shelf if i.id not in shop])
    same_sport = [i for i in shelf if i.sport == item.sport and i is not item]
    same_kind = [i for i in shelf if i.kind == item.kind and i is not item]
    if item.sport not in shop.sports:
        return rng.sample(same_sport, rng.choice((1, 1, len(same_sport)))) if same_sport else []
    group = same_kind if len(same_kind) > 1 and rng.random() < 0.4 else same_sport
    left_out = 1 if len(group) > 2 and rng.random() < 0.4 else 0
    return rng.sample(group, len(group) - left_out)


def plain_basket(rng: Random, shelf: Sequence[Item]) -> list[Item]:
    """A basket that leaves no doubt, whatever the order of sports.

    Either all but one item of a kind, or items of one sport and fewer of each other sport and of each kind.
    """
    if rng.random() < 0.4:
        kinds = [g for g in _groups(shelf, "kind") if len(g) > 2]
        if kinds:
            group = rng.choice(kinds)
            return rng.sample(group, len(group) - 1)
    group = rng.choice(_groups(shelf, "sport"))
    basket = rng.sample(group, rng.randint(1, max(1, len(group) - 1)))
    others = [item for item in shelf if item.sport != group[0].sport]
    for item in rng.sample(others, min(len(others), rng.choice((0, 0, 1, 2, 3)))):
        larger = [*basket, item]
        rivals = (sum(i.sport == item.sport for i in larger), sum(i.kind == item.kind for i in larger))
        if max(rivals) < sum(i.sport == group[0].sport for i in basket):
            basket = larger
    return basket


def shopper(rng: Random, shelf: Sequence[Item], shop: Catalog) -> Shopper | None:
    """One shopper at this shelf; nothing where nothing is left to buy."""
    draw = rng.random()
    if not any(item.sport in shop.sports for item in shelf):
        basket = plain_basket(rng, shelf)
    elif draw < 0.6 and any(item.id not in shop for item in shelf):
        basket = newcomer_basket(rng, shelf, shop)
    elif rng.random() < 0.25:
        basket = [rng.choice(shelf)]
    else:
        basket = one_habit_basket(rng, shelf) if rng.random() < 0.65 else mixed_basket(rng, shelf)
    rng.shuffle(basket)
    found = readings(basket, shelf, shop) if basket else {}
    if not found:
        return None
    bought = rng.choices(list(found), weights=list(found.values()))[0]
    return Shopper(tuple(shelf), tuple(basket), next(i for i in shelf if i.id == bought))


def split(basket: Sequence[Item]) -> str:
    """Where a basket belongs, whatever its order: "train", "validation" (an eighth) or "test" (a quarter).

    One-item baskets are always "train": there are only as many as there are items.
    """
    if len(basket) < 2:
        return "train"
    share = zlib.crc32(";".join(sorted(i.id for i in basket)).encode()) % 8
    return "test" if share < 2 else "validation" if share == 2 else "train"


def held_out_basket(basket: Sequence[Item]) -> bool:
    """Whether a basket is kept for the evaluation: seen neither in training nor in any choice of settings."""
    return split(basket) == "test"


def _groups(shelf: Sequence[Item], by: str) -> list[list[Item]]:
    groups: dict[str, list[Item]] = {}
    for item in shelf:
        groups.setdefault(getattr(item, by), []).append(item)
    return list(groups.values())
