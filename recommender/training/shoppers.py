"""Synthetic shoppers: who owns what, and with which probability they buy what next.

A shopper chooses by a multinomial logit (McFadden 1974): P(c | basket) = exp U(c) / Σ exp U(c'), summed over what is in
stock and not owned. The utility of a candidate is, in nats,

- GROUP × the number of purchases that are of its sport, or of its kind, whichever gives more, a sport counting KIT
  more: people complete a *kit*, or collect the *counterparts* of one kind of gear for several sports (two habits seen
  in the 2023 data), and kit wins a tie. Nothing where it shares neither;
- - LATER × its place in line, from 0 to 1: a kit is bought in the order of ``kinds.csv`` (:func:`world.kind_place`), a
  collection in that of ``world.DEMO_SPORTS`` (:func:`world.sport_place`);
- as long as no two purchases belong together: + COMPLEMENT where it is what a purchase of its sport is used with first,
  half of that where second, a third where third (:data:`COMPLEMENTS`); + COUNTERPART where it is the same kind of gear
  as a purchase.

With two or more purchases that belong together, the likeliest next one is therefore the rule of 2023: the largest group
by sport or kind decides, and of it the earliest item that is lacking. A new product's utility follows from its sport
and kind like any other's, and from nothing else on the shelf.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from random import Random

from ..shop.catalog import Catalog, Item
from .world import kind_place, part_of, sport_place

GROUP, KIT, LATER, COMPLEMENT, COUNTERPART = 5.0, 0.5, 2.4, 3.0, 2.0
# kind -> the kinds that it is used with, the likeliest first
COMPLEMENTS: Mapping[str, tuple[str, ...]] = {
    "jersey": ("shorts", "headgear", "footwear"),
    "ball": ("striking", "goal", "mitt", "footwear"),
    "footwear": ("protection", "socks", "striking", "shorts"),
    "striking": ("ball", "grip"),
    "headgear": ("protection", "striking"),
    "protection": ("headgear", "footwear"),
    "mitt": ("ball", "striking"),
    "gloves": ("goal", "ball", "striking"),
    "shorts": ("jersey", "socks"),
    "sleeve": ("jersey", "shorts"),
    "goal": ("ball", "gloves", "net"),
    "cones": ("ball", "whistle"),
    "socks": ("footwear", "shorts"),
    "pants": ("jacket", "footwear"),
    "jacket": ("pants", "bag"),
    "tracksuit": ("footwear", "bag"),
    "bag": ("bottle", "towel"),
    "bottle": ("towel", "bag"),
    "goggles": ("towel", "bag"),
    "net": ("ball", "goal"),
    "pump": ("ball",),
    "whistle": ("stopwatch", "cones"),
    "grip": ("striking",),
    "headband": ("wristband",),
    "wristband": ("headband",),
}


def utilities(basket: Sequence[Item], candidates: Sequence[Item]) -> list[float]:
    """Return each candidate's utility, in nats; see the module's text."""
    sports, kinds = (Counter(getattr(item, of) for item in basket) for of in ("sport", "kind"))
    scattered = max([*sports.values(), *kinds.values(), 0]) < 2
    owned_kind = {item.sport: item.kind for item in basket}

    def utility(item: Item) -> float:
        in_sport, of_kind = sports[item.sport], kinds[item.kind]
        if not in_sport and not of_kind:
            return 0.0
        if in_sport >= of_kind:
            value = GROUP * (in_sport + KIT) - LATER * kind_place(item.kind)
            complements = COMPLEMENTS.get(owned_kind[item.sport], ())
            if scattered and item.kind in complements:
                value += COMPLEMENT / (1 + complements.index(item.kind))
            return value
        return GROUP * of_kind - LATER * sport_place(item.sport) + COUNTERPART * scattered

    return [utility(item) for item in candidates]


def choice_probabilities(basket: Sequence[Item], candidates: Sequence[Item]) -> list[float]:
    """Return the probability that each candidate is bought next; they add up to 1."""
    return softmax(utilities(basket, candidates))


def softmax(values: Sequence[float]) -> list[float]:
    """Return exp(value) / Σ exp(value') of each value."""
    weights = [math.exp(value) for value in values]
    total = sum(weights)
    return [weight / total for weight in weights]


def one_habit_basket(rng: Random, shelf: Sequence[Item]) -> list[Item]:
    """Return two or more items of one sport or of one kind, at least one of that group left to buy; or nothing."""
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


def scattered_basket(rng: Random, shelf: Sequence[Item]) -> list[Item]:
    """Return two to four items no two of which share a sport or a kind; fewer where the shelf has none."""
    basket: list[Item] = []
    for item in rng.sample(list(shelf), len(shelf)):
        if all(item.sport != other.sport and item.kind != other.kind for other in basket):
            basket.append(item)
    return basket[: rng.randint(2, 4)]


def large_basket(rng: Random, shelf: Sequence[Item]) -> list[Item]:
    """Return five to twenty items of the shelf, whatever they are."""
    return rng.sample(list(shelf), min(len(shelf) - 1, rng.randint(5, 20)))


def newcomer_basket(rng: Random, shelf: Sequence[Item], shop: Catalog) -> list[Item]:
    """Return a basket for which a product that the shop never had matters: of its sport or its kind, some or all."""
    new = [i for i in shelf if i.id not in shop]
    item = rng.choice(new)
    by = "sport" if rng.random() < 0.75 else "kind"
    group = [i for i in shelf if getattr(i, by) == getattr(item, by) and i is not item]
    if not group:
        return []
    owned = rng.sample(group, rng.choice((1, 1, 2, len(group))) if len(group) > 1 else 1)
    if rng.random() < 0.25:  # and something that has nothing to do with it
        owned += rng.sample([i for i in shelf if i is not item and i not in owned] or owned[:1], 1)
    return list({id(i): i for i in owned}.values())


def draw_basket(rng: Random, shelf: Sequence[Item], shop: Catalog) -> list[Item]:
    """Return a basket of any sort for a training shopper; now and then nothing."""
    if len(shelf) < 2:
        return []
    newcomers = any(item.id not in shop for item in shelf) and any(item.id in shop for item in shelf)
    if newcomers and rng.random() < 0.5:
        return newcomer_basket(rng, shelf, shop)
    sort = rng.random()
    if sort < 0.2:
        return [rng.choice(list(shelf))]
    for until, draw in ((0.45, one_habit_basket), (0.75, mixed_basket), (0.87, scattered_basket), (1.0, large_basket)):
        if sort < until:
            return draw(rng, shelf)
    raise AssertionError


def split(basket: Sequence[Item]) -> str:
    """Return where a basket belongs, whatever its order: "train", "validation" (an eighth) or "test" (a quarter).

    One item alone is always "train", because there are too few of those to hold any back.
    """
    return "train" if len(basket) < 2 else part_of(" & ".join(sorted(i.id for i in basket)))


def _groups(shelf: Sequence[Item], by: str) -> list[list[Item]]:
    groups: dict[str, list[Item]] = {}
    for item in shelf:
        groups.setdefault(getattr(item, by), []).append(item)
    return list(groups.values())
