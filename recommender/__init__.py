"""A T5 recommender: purchases and candidates as text, the next product as text.

>>> from recommender import load
>>> load().recommend(["Soccer Ball", "Soccer Jersey"], language="ar").pick.name  # doctest: +SKIP
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

from .errors import CatalogError, RecommenderError, RouteError
from .recommendation import Ranked, RawGeneration, Recommendation
from .recommender import EmptyBasket, NotACandidate, NothingLeft, Recommender
from .shop.catalog import Catalog
from .shop.folder import Shop
from .shop.item import Item
from .shop.lookup import AmbiguousItem, UnknownItem
from .t5.files import CheckpointError
from .translation import TranslationError, get_translator

__all__ = [
    "AmbiguousItem",
    "Catalog",
    "CatalogError",
    "CheckpointError",
    "EmptyBasket",
    "Item",
    "NotACandidate",
    "NothingLeft",
    "Ranked",
    "RawGeneration",
    "Recommendation",
    "Recommender",
    "RecommenderError",
    "RouteError",
    "Shop",
    "TranslationError",
    "UnknownItem",
    "load",
]


def load(checkpoint: str | Path | None = None, shop: str | Path | None = None, *, int8: bool = False) -> Recommender:
    """Load a recommender for a shop.

    :param checkpoint: a Hub id or a folder with a T5; by default the one in the shop's folder, else the bundled one.
    :param shop: a folder, see :class:`.shop.folder.Shop`; by default the demo's.
    :param int8: whether to run the T5 in 8 bits, which speeds up a large checkpoint.
    :raises CatalogError: if the shop's inventory is missing or broken.
    :raises CheckpointError: if the checkpoint cannot be loaded.
    :raises TooSmall: if the checkpoint is too small to gain from 8 bits.
    :raises RecommenderError: if the weights of T5 and purchases, ``fusion.json``, are damaged.
    """
    from .t5.fusion import Fusion
    from .t5.scorer import Checkpoint  # torch takes seconds to import; the package itself should not
    from .t5.source import find_checkpoint, name_checkpoint

    opened = Shop.open(shop)
    catalog = opened.load_catalog()  # before the T5, which takes longer
    folder = find_checkpoint(checkpoint, bundled=opened.model)
    scorer = Checkpoint.from_folder(folder, name_checkpoint(checkpoint), int8=int8)
    fusion = Fusion.load(folder) if catalog.item_knn else None  # fitted for this T5
    return Recommender(catalog, scorer, partial(get_translator, phrasebook=opened.phrasebook), fusion)
