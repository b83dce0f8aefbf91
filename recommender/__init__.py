"""A T5 recommender: purchases and candidates as text, the next product as text.

>>> from recommender import load
>>> load().recommend(["Soccer Ball", "Soccer Jersey"], language="ar").pick.name  # doctest: +SKIP
"""

from __future__ import annotations

from pathlib import Path

from .errors import CatalogError, RecommenderError
from .recommender import EmptyBasket, NothingLeft, Ranked, RawGeneration, Recommendation, Recommender
from .routes import RouteError
from .shop.catalog import INVENTORY, Catalog, Item
from .shop.lookup import AmbiguousItem, UnknownItem
from .translation import TranslationError

__all__ = [
    "AmbiguousItem",
    "Catalog",
    "CatalogError",
    "EmptyBasket",
    "Item",
    "NothingLeft",
    "Ranked",
    "RawGeneration",
    "Recommendation",
    "Recommender",
    "RecommenderError",
    "RouteError",
    "TranslationError",
    "UnknownItem",
    "load",
]


def load(checkpoint: str | Path | None = None, inventory: Path = INVENTORY, *, int8: bool = False) -> Recommender:
    """Load a recommender for the shop's inventory.

    :param checkpoint: a Hub id or a folder with a T5; by default the bundled one.
    :param int8: whether to calculate in 8 bits, which speeds up a large checkpoint.
    :raises CatalogError: if the inventory is broken.
    :raises CheckpointError: if the checkpoint cannot be loaded.
    :raises TooSmall: if 8 bits are asked for and gain nothing.
    """
    from .t5.scorer import Checkpoint  # torch takes seconds to import; reading the catalog need not wait

    return Recommender(Catalog.load(inventory), Checkpoint.load(checkpoint, int8=int8))
