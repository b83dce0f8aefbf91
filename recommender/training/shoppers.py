"""Synthetic shoppers: draw baskets, and compute the probability of each next purchase.

A shopper chooses by a multinomial logit (McFadden 1974): P(c | basket) = exp U(c) / Σ exp U(c'), summed over the
candidates c'. The utility of a candidate, in nats, is the sum of

- GROUP × the number of purchases of its sport or of its kind, whichever is more, a sport counting KIT more: people
  complete a *kit*, or collect the *counterparts* of one kind of gear for several sports (two habits seen in the 2023
  data), and kit wins a tie. A candidate that shares neither sport nor kind has utility 0;
- minus LATER × its place in the order of buying, from 0 to 1: for a kit the order of ``kinds.csv``
  (:func:`world.kind_order`), for a collection that of ``world.DEMO_SPORTS`` (:func:`world.sport_order`);
- minus REPEAT if a purchase is of its sport and of its kind: one jersey does for a while. As REPEAT is more than LATER,
  whatever a kit lacks is likelier than a second one of what it has;
- as long as no two purchases share a sport or a kind: COMPLEMENT if a purchase of its sport is used with it first, half
  of that if second, a third if third (:data:`COMPLEMENTS`); or COUNTERPART if it is of the same kind as a purchase.

With two or more purchases that belong together, the likeliest next one therefore follows the rule of 2023: the earliest
item that is missing of the largest group by sport or kind. The utility of a new product follows from its sport and kind
like any other's, and from nothing else on the shelf.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from random import Random

from ..shop.catalog import Catalog
from ..shop.item import Item
from .world import kind_order, split_of, sport_order

GROUP, KIT, LATER, REPEAT, COMPLEMENT, COUNTERPART = 5.0, 0.5, 2.4, 2.5, 3.0, 2.0
# Items of the largest basket: with hundreds of one sport, the others' probabilities would be too small for a float
LARGEST = 20
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
    """Return each candidate's utility, in nats; see the module's docstring."""
    # a sport or kind that is not known ("") is shared with nothing
    sports, kinds = (Counter(group for item in basket if (group := getattr(item, of))) for of in ("sport", "kind"))
    scattered = max([*sports.values(), *kinds.values(), 0]) < 2
    owned_kind = {item.sport: item.kind for item in basket}
    owned = {(item.sport, item.kind) for item in basket if item.sport and item.kind}

    def utility(item: Item) -> float:
        in_sport, of_kind = sports[item.sport], kinds[item.kind]
        if not in_sport and not of_kind:
            return 0.0
        if in_sport >= of_kind:
            value = GROUP * (in_sport + KIT) - LATER * kind_order(item.kind)
            complements = COMPLEMENTS.get(owned_kind[item.sport], ())
            if scattered and item.kind in complements:
                value += COMPLEMENT / (1 + complements.index(item.kind))
        else:
            value = GROUP * of_kind - LATER * sport_order(item.sport) + COUNTERPART * scattered
        return value - REPEAT * ((item.sport, item.kind) in owned)

    return [utility(item) for item in candidates]


def choice_probabilities(basket: Sequence[Item], candidates: Sequence[Item]) -> list[float]:
    """Return the probability that each candidate is bought next; they add up to 1."""
    return softmax(utilities(basket, candidates))


def softmax(values: Sequence[float]) -> list[float]:
    """Return exp(value) / Σ exp(value') for each value."""
    weights = [math.exp(value) for value in values]
    total = sum(weights)
    return [weight / total for weight in weights]


def draw_one_habit_basket(rng: Random, shelf: Sequence[Item]) -> list[Item]:
    """Draw two or more items of one sport or one kind, leaving at least one of them to buy; may be empty."""
    by = rng.choice(("sport", "kind"))
    groups = [g for g in _groups(shelf, by) if len(g) > 2]
    if not groups:
        return []
    group = rng.choice(groups)
    return rng.sample(group, rng.randint(2, min(LARGEST, len(group) - 1)))


def draw_complete_basket(rng: Random, shelf: Sequence[Item]) -> list[Item]:
    """Draw all items of one sport or one kind, so that nothing of it is left to buy, and none to two others."""
    groups = [g for g in _groups(shelf, rng.choice(("sport", "kind"))) if 1 < len(g) <= min(LARGEST, len(shelf) - 3)]
    if not groups:
        return []
    group = rng.choice(groups)
    others = [item for item in shelf if all(item is not owned for owned in group)]
    return [*group, *rng.sample(others, rng.choice((0, 0, 1, 2)))]


def draw_mixed_basket(rng: Random, shelf: Sequence[Item]) -> list[Item]:
    """Draw one to four items each of two or three sports."""
    groups = _groups(shelf, "sport")
    chosen = rng.sample(groups, min(len(groups), rng.randint(2, 3)))
    return [item for group in chosen for item in rng.sample(group, min(len(group), rng.randint(1, 4)))]


def share_group(item: Item, other: Item) -> bool:
    """Return whether two products are of one sport or of one kind, as far as these are known."""
    return any(getattr(item, of) and getattr(item, of) == getattr(other, of) for of in ("sport", "kind"))


def draw_scattered_basket(rng: Random, shelf: Sequence[Item]) -> list[Item]:
    """Draw two to four items of which no two share a sport or a kind; fewer if the shelf does not have as many."""
    basket: list[Item] = []
    for item in rng.sample(list(shelf), len(shelf)):
        if not any(share_group(item, other) for other in basket):
            basket.append(item)
    return basket[: rng.randint(2, 4)]


def draw_large_basket(rng: Random, shelf: Sequence[Item]) -> list[Item]:
    """Draw five to twenty items of any sports and kinds."""
    return rng.sample(list(shelf), min(len(shelf) - 1, rng.randint(5, LARGEST)))


def draw_newcomer_basket(rng: Random, shelf: Sequence[Item], shop: Catalog) -> list[Item]:
    """Draw a basket for which a product that the shop does not have matters: some or all items of its sport or kind."""
    new = [i for i in shelf if i.id not in shop]
    item = rng.choice(new)
    by = "sport" if rng.random() < 0.75 else "kind"
    group = [i for i in shelf if getattr(i, by) and getattr(i, by) == getattr(item, by) and i is not item]
    if not group:
        return []
    owned = rng.sample(group, rng.choice((1, 1, 2, len(group))) if len(group) > 1 else 1)
    if rng.random() < 0.25:  # add an unrelated item
        owned += rng.sample([i for i in shelf if i is not item and i not in owned] or owned[:1], 1)
    return list({id(i): i for i in owned}.values())


def draw_basket(rng: Random, shelf: Sequence[Item], shop: Catalog) -> list[Item]:
    """Draw a basket of any sort for training; may be empty."""
    if len(shelf) < 2:
        return []
    newcomers = any(item.id not in shop for item in shelf) and any(item.id in shop for item in shelf)
    if newcomers and rng.random() < 0.5:
        return draw_newcomer_basket(rng, shelf, shop)
    sort = rng.random()
    if sort < 0.08:
        return [rng.choice(list(shelf))]
    if sort < 0.28:
        return draw_one_habit_basket(rng, shelf)
    if sort < 0.33:
        return draw_complete_basket(rng, shelf)
    if sort < 0.68:
        return draw_mixed_basket(rng, shelf)
    return draw_scattered_basket(rng, shelf) if sort < 0.8 else draw_large_basket(rng, shelf)


def split_of_basket(basket: Sequence[Item]) -> str:
    """Return the split of a basket in any order: "train", "validation" (an eighth) or "test" (a quarter).

    A basket of one item is always "train", because there are too few of those to hold any out.
    """
    return "train" if len(basket) < 2 else split_of(" & ".join(sorted(i.id for i in basket)))


def _groups(shelf: Sequence[Item], by: str) -> list[list[Item]]:
    groups: dict[str, list[Item]] = {}
    for item in shelf:
        if group := getattr(item, by):
            groups.setdefault(group, []).append(item)
    return list(groups.values())
