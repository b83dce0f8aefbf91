"""A T5 recommender: purchases and candidates as text, the next product as text.

>>> from recommender import load
>>> load().recommend(["Soccer Ball", "Soccer Jersey"], language="ar").pick.name  # doctest: +SKIP
"""

from __future__ import annotations

from pathlib import Path

from .catalog import INVENTORY, Catalog, CatalogError, Item, UnknownItem
from .engine import EmptyBasket, NothingLeft, Ranked, RawGeneration, Recommendation, Recommender
from .errors import RecommenderError
from .routes import RouteError
from .translation import TranslationError
from .words import AmbiguousItem

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


def load(checkpoint: str | Path | None = None, inventory: Path = INVENTORY) -> Recommender:
    """A recommender over the shop's inventory.

    :param checkpoint: a Hub id or a folder with a T5; by default the bundled one.
    :raises CatalogError: where the inventory is broken.
    :raises CheckpointError: where the checkpoint cannot be loaded.
    """
    from .model import Checkpoint  # torch takes seconds to import; who only reads the catalog need not wait

    return Recommender(Catalog.load(inventory), Checkpoint.load(checkpoint))
