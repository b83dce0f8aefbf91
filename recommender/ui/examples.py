"""Baskets to start from."""

from __future__ import annotations

from dataclasses import dataclass

from ..shop.catalog import Catalog, Item
from .strings import Strings

# The first three are the sample baskets of the 2023 experiment.
EXAMPLES = {
    "goalkeeper": ("soccer-jersey", "soccer-goal-post", "soccer-cleats", "goalie-gloves"),
    "hoops": ("basketball-jersey", "basketball", "basketball-arm-sleeve"),
    "shin-guards": ("soccer-shin-guards",),
    "tennis": ("tennis-racket", "tennis-ball"),
    "balls": ("soccer-ball", "basketball", "football", "baseball"),
}


@dataclass(frozen=True)
class Example:
    """A basket, ready for its button.

    :ivar ids: with spaces between them, for the browser.
    :ivar names: in the visitor's language, for the tooltip.
    :ivar emoji: the items' signs, each once.
    """

    title: str
    ids: str
    names: str
    emoji: str


def examples(t: Strings, shelf: Catalog) -> list[Example]:
    """The baskets whose items are all on this shelf; a visitor's own shop may have none."""
    return [
        _example(t, name, [shelf[i] for i in ids]) for name, ids in EXAMPLES.items() if all(i in shelf for i in ids)
    ]


def sample_basket(shelf: Catalog) -> tuple[Item, ...]:
    """What there is of the goalkeeper's basket of 2023; of another shop, its first two products."""
    return tuple(item for item in shelf if item.id in EXAMPLES["goalkeeper"]) or shelf.items[:2]


def _example(t: Strings, name: str, items: list[Item]) -> Example:
    return Example(
        title=t(f"example.{name}"),
        ids=" ".join(item.id for item in items),
        names=t("list.comma").join(item.name(t.language) for item in items),
        emoji="".join(dict.fromkeys(item.emoji for item in items)),
    )
