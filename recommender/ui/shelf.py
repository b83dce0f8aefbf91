"""What the shelf shows: example baskets, and the products with a box to tick under their headings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from ..shop.catalog import Catalog
from ..shop.item import Item
from .icons import draw_item
from .story import GOALKEEPER
from .strings import Strings

MAX_SHELF = 200  # boxes to tick; in a larger shop, the other products have to be searched for
# Baskets to start from; the first three are the sample baskets of the 2023 experiment.
EXAMPLES = {
    "goalkeeper": GOALKEEPER,
    "hoops": ("basketball-jersey", "basketball", "basketball-arm-sleeve"),
    "shin-guards": ("soccer-shin-guards",),
    "tennis": ("tennis-racket", "tennis-ball"),
    "balls": ("soccer-ball", "basketball", "football", "baseball"),
}


@dataclass(frozen=True)
class ExampleBasket:
    """An example basket, prepared for its button.

    :ivar ids: in shelf order, separated by spaces.
    :ivar names: in the visitor's language, for the tooltip.
    :ivar icons: the items' pictures, each once.
    """

    title: str
    ids: str
    names: str
    icons: Markup


def get_examples(t: Strings, shelf: Catalog) -> list[ExampleBasket]:
    """Return the example baskets whose items are all on this shelf."""
    baskets = {key: shelf.select(ids) for key, ids in EXAMPLES.items() if all(i in shelf for i in ids)}
    return [
        ExampleBasket(
            title=t(f"example.{key}"),
            ids=" ".join(item.id for item in items),
            names=t.listed(item.name(t.language) for item in items),
            icons=Markup("").join(dict.fromkeys(map(draw_item, items))),
        )
        for key, items in baskets.items()
    ]


def list_shown(shelf: Catalog) -> tuple[Item, ...]:
    """Return the items that have a box to tick: all, or in a large shop the first, which are the best-selling ones."""
    return shelf.items if len(shelf) <= MAX_SHELF else (*shelf.items[:MAX_SHELF], *shelf.added_items)


@dataclass(frozen=True)
class Group:
    """Products under one heading of the shelf.

    :ivar heading: "" if the products have no sport, and there is no other group.
    :ivar sport: their sport, or "".
    """

    heading: str
    sport: str
    items: Sequence[Item]


def group_shelf(shelf: Catalog, t: Strings) -> list[Group]:
    """Group the items that have a box: by sport, in the order of the items, then those without a sport, then added."""
    by_sport: dict[str, list[Item]] = {}
    for item in list_shown(shelf):
        if item.id not in shelf.added:
            by_sport.setdefault(item.sport, []).append(item)
    others = by_sport.pop("", [])
    groups = [Group(t.sport(sport), sport, items) for sport, items in by_sport.items()]
    if others:
        groups.append(Group(t("shelf.other") if groups or shelf.added else "", "", others))
    if shelf.added:
        groups.append(Group(t("shelf.new"), "", shelf.added_items))
    return groups
