"""Synthetic shoppers: what they own, and what they buy next.

Two habits were seen in the 2023 data. *Kit*: complete one sport. *Counterpart*: own one
kind of gear for every sport. The rule that joins them: the largest group of the basket,
by sport or by kind, decides; the shopper buys the earliest item of that group that they
lack. Kit wins a tie, then the earlier item.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from ..shop.catalog import Catalog, Item
from .world import part_of

# Kinds in which some sport of the shop is missing. A helmet or a hoop says more about what its owner
# collects than a jersey does, so for one of these alone the counterpart is the likelier purchase.
SPECIAL_KINDS = frozenset({"headgear", "striking", "protection", "goal", "shorts"})
LIKELIER = 0.8  # probability of the likelier of the two purchases that follow a one-item basket
HORIZON = 4  # purchases for which a shopper is followed, at most
# The share of shoppers who buy their second choice at once. Without them the T5 would learn only the top of a
# ranking. They are more at shelves with new products, whose place it cannot know by heart.
SECOND_CHOICE, SECOND_CHOICE_AMONG_NEWCOMERS = 0.03, 0.15


@dataclass(frozen=True)
class Shopper:
    """A basket and the shelf it was bought from, both in shelf order, and what is bought next, one after the other."""

    shelf: tuple[Item, ...]
    basket: tuple[Item, ...]
    purchases: tuple[Item, ...]

    @property
    def next(self) -> Item:
        """Return the next purchase."""
        return self.purchases[0]

    @property
    def candidates(self) -> list[Item]:
        """Return the shelf, in its order, without the basket."""
        owned = {item.id for item in self.basket}
        return [item for item in self.shelf if item.id not in owned]


def next_purchases(basket: Sequence[Item], shelf: Sequence[Item], shop: Catalog) -> dict[str, float]:
    """Return the ids of the next purchase with their probabilities, most likely first; empty if nothing is left to buy.

    One id for baskets of two or more items; two for a one-item basket that has both a kit and a counterpart.
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
    """Return two or more items of one sport or of one kind, at least one of that group left to buy; or []."""
    by = rng.choice(("sport", "kind"))
    groups = [g for g in _groups(shelf, by) if len(g) > 2]
    if not groups:
        return []
    group = rng.choice(groups)
    return rng.sample(group, rng.randint(2, len(group) - 1))


def mixed_basket(rng: Random, shelf: Sequence[Item]) -> list[Item]:
    """Return one to four items each of two or three sports."""
    groups = _groups(shelf, "sport")
    chosen = rng.sample(groups, min(len(groups), rng.randint(2, 3)))
    return [item for group in chosen for item in rng.sample(group, min(len(group), rng.randint(1, 4)))]


def newcomer_basket(rng: Random, shelf: Sequence[Item], shop: Catalog) -> list[Item]:
    """Return a basket that a product new to the shop, or the last thing before it, goes with."""
    new = [i for i in shelf if i.id not in shop]
    of_known_sports = [i for i in new if i.sport in shop.sports]
    item = rng.choice(of_known_sports if of_known_sports and rng.random() < 0.6 else new)
    same_sport = [i for i in shelf if i.sport == item.sport and i is not item]
    same_kind = [i for i in shelf if i.kind == item.kind and i is not item]
    if item.sport not in shop.sports:
        return rng.sample(same_sport, rng.choice((1, 1, len(same_sport)))) if same_sport else []
    group = same_kind if len(same_kind) > 1 and rng.random() < 0.5 else same_sport
    left_out = 1 if len(group) > 2 and rng.random() < 0.4 else 0
    return rng.sample(group, len(group) - left_out)


def shopper(rng: Random, shelf: Sequence[Item], shop: Catalog) -> Shopper | None:
    """Return one shopper at this shelf, or None if nothing is left to buy."""
    in_shop = [item.id in shop for item in shelf]
    newcomers = any(in_shop) and not all(in_shop)
    if newcomers and rng.random() < 0.7:
        basket = newcomer_basket(rng, shelf, shop)
    elif rng.random() < 0.15:
        basket = [rng.choice(shelf)]
    else:
        basket = one_habit_basket(rng, shelf) if rng.random() < 0.35 else mixed_basket(rng, shelf)
    purchases: list[Item] = []
    while basket and len(purchases) < HORIZON:
        owned = basket + purchases
        if purchases and all(item.id in shop for item in owned) and split(owned) != "train":
            break  # what comes after a held-out basket is not shown either
        found = next_purchases(owned, shelf, shop)
        if not found:
            break
        bought = rng.choices(list(found), weights=list(found.values()))[0]
        purchases.append(next(i for i in shelf if i.id == bought))
    if not purchases:
        return None
    second = SECOND_CHOICE_AMONG_NEWCOMERS if newcomers else SECOND_CHOICE
    if len(basket) > 1 and len(purchases) > 1 and rng.random() < second:
        purchases = purchases[1:2]
    owned_ids = {item.id for item in basket}
    return Shopper(tuple(shelf), tuple(i for i in shelf if i.id in owned_ids), tuple(purchases))


def split(basket: Sequence[Item]) -> str:
    """Return where a basket belongs, whatever its order: "train", "validation" (an eighth) or "test" (a quarter).

    Two sorts are always "train", because there are too few of them to hold any back: one item, and two of a kind of
    which the shop has three, such as headgear (nine baskets).
    """
    of_one_kind = {i.kind for i in basket} <= SPECIAL_KINDS and len({i.kind for i in basket}) == 1
    if len(basket) < 2 or (len(basket) == 2 and of_one_kind):
        return "train"
    return part_of(" + ".join(sorted(i.id for i in basket)))


def _groups(shelf: Sequence[Item], by: str) -> list[list[Item]]:
    groups: dict[str, list[Item]] = {}
    for item in shelf:
        groups.setdefault(getattr(item, by), []).append(item)
    return list(groups.values())
