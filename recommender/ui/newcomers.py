"""Cold start: where a product that is known by its name alone landed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..recommender import Ranked, Recommendation
from ..shop.catalog import Item
from ..shop.text import normalise


@dataclass(frozen=True)
class Newcomer:
    """A product that the visitor invented.

    :ivar ranked: its place among the candidates; none once it is owned, or where other names are nearer to the basket.
    :ivar shared: the words of its name that names in the basket have too: all that the T5 has to go by.
    """

    item: Item
    ranked: Ranked | None
    shared: tuple[str, ...]


def newcomers(found: Recommendation, added: Sequence[Item]) -> list[Newcomer]:
    """What became of each added product."""
    place = {ranked.item.id: ranked for ranked in found.ranking}
    words = {
        word
        for owned in found.purchased
        for name in (*owned.names.values(), *found.question.purchased)
        for word in normalise(name).split()
    }
    return [
        Newcomer(
            item,
            place.get(item.id),
            tuple(dict.fromkeys(w for w in item.name(found.language).split() if normalise(w) in words)),
        )
        for item in added
    ]
