"""A shop is a folder with an inventory, and optionally purchases, a T5, a retrieval index and measured results."""

from __future__ import annotations

from pathlib import Path

from ..errors import CatalogError
from .catalog import Catalog
from .everyday_words import load_words
from .paths import DATA, INVENTORY, WORDS

FUSION = "fusion.json"  # in the folder of a T5 that was trained on a shop's orders; see :mod:`..t5.fusion`


class Shop:
    """The paths of a shop's files in its folder. All but the inventory is optional.

    :param folder: the shop's folder; by default the demo's, ``data/``.
    :ivar inventory: the products; see :meth:`.Catalog.load`.
    :ivar words: everyday words for the products; see :mod:`.lookup`.
    :ivar phrasebook: the folder of the offline translator's tables; without them it translates no word.
    :ivar purchases: the shop's orders; see :mod:`.purchases`.
    :ivar published: figures that others published on the same shoppers. If there are any, the shop is a benchmark: each
        row of the purchases is a shopper's history in order of time.
    :ivar retrieval: the counts of co-purchases; see :mod:`.co_purchase`.
    :ivar evaluation: the measured results.
    :ivar real_shoppers: the measured results on a benchmark: on this shop if it is one, else on another.
    :ivar own_model: the folder of the shop's own T5, whether there is one or not.
    """

    def __init__(self, folder: Path = DATA):
        self.folder = folder
        self.inventory = folder / INVENTORY.name
        self.words = folder / WORDS.name
        self.phrasebook = folder / "phrasebook"
        self.purchases = folder / "purchases.csv"
        self.published = folder / "published.csv"
        self.retrieval = folder / "retrieval.npz"
        self.evaluation = folder / "evaluation.json"
        self.real_shoppers = folder / "real-shoppers.json"
        self.own_model = folder / "model"

    @classmethod
    def open(cls, folder: str | Path | None) -> Shop:
        """Return the shop in a folder, by default the demo's.

        :raises CatalogError: if there is no such folder, or no inventory in it.
        """
        shop = cls(Path(folder)) if folder else cls()
        if not shop.folder.is_dir():
            raise CatalogError(f"The shop {shop.folder} is not there: a folder with an {INVENTORY.name} is needed.")
        if not shop.inventory.is_file():
            raise CatalogError(f"The shop {shop.folder} has no {INVENTORY.name}.")
        return shop

    @property
    def is_demo(self) -> bool:
        """Whether it is the demo's shop."""
        return self.folder.resolve() == DATA.resolve()

    @property
    def has_learned(self) -> bool:
        """Whether its T5 was trained on purchases, not on synthetic shoppers alone."""
        return (self.model / FUSION).is_file()

    @property
    def model(self) -> Path:
        """The folder of the shop's T5, or of the demo's if the shop has none."""
        return self.own_model if (self.own_model / "config.json").is_file() else DATA / "model"

    def load_catalog(self) -> Catalog:
        """Read the inventory, the table of everyday words and the retrieval index; only the first one has to be there.

        :raises CatalogError: if the inventory or the table has faulty rows, or the index is damaged.
        """
        catalog = Catalog.load(self.inventory)
        if catalog.words:
            load_words(catalog.words)
        if not self.retrieval.is_file():
            return catalog
        from .co_purchase import CoPurchases  # imports scipy

        return catalog.with_purchases(CoPurchases.load(self.retrieval))
