"""The T5 behind the page: loaded in the background, so that the page is up first."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from ..catalog import Catalog
from ..engine import Recommender

if TYPE_CHECKING:
    from ..model import Checkpoint


class Backstage:
    """The inventory at once, and the checkpoint once it is there.

    :param checkpoint: a folder or Hub id; by default the bundled T5.
    """

    def __init__(self, checkpoint: str | None = None):
        self.inventory = Catalog.load()
        self._name = checkpoint
        self._lock = threading.Lock()
        self._loaded: Checkpoint | None = None

    @property
    def awake(self) -> bool:
        """Whether the checkpoint is there already."""
        return self._loaded is not None

    def checkpoint(self) -> Checkpoint:
        """The checkpoint; the first caller loads it and the others wait.

        :raises CheckpointError: where it cannot be loaded.
        """
        with self._lock:
            if self._loaded is None:
                from ..model import Checkpoint  # torch takes seconds to import; the page need not wait

                self._loaded = Checkpoint.load(self._name)
            return self._loaded

    def recommender(self, shelf: Catalog | None = None) -> Recommender:
        """A recommender over a visitor's shelf, by default the inventory."""
        return Recommender(shelf or self.inventory, self.checkpoint())
