"""The T5s behind the page: loaded in the background, so that the page is up first."""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING

from .. import translation
from ..errors import RecommenderError
from ..recommender import Recommender
from ..shop.catalog import Catalog
from ..shop.text import shorten
from ..startup import lasting
from ..t5.prompt import Dialect
from ..t5.source import BUNDLED_NAME, name_of
from ..translation.rate_limit import Ration
from .guest import Guest

if TYPE_CHECKING:
    from ..t5.scorer import Checkpoint


class UnknownCheckpoint(RecommenderError):
    """A checkpoint that the operator does not offer."""


class CheckpointNotReady(RecommenderError):
    """The operator's checkpoint, which is on its way or will not come."""


class Backstage:
    """The inventory at once, the bundled checkpoint once it is there, and after it the operator's.

    :param checkpoint: a folder or Hub id to offer beside the bundled T5; by default none.
    :param int8: whether that one calculates in 8 bits, if it is large enough to gain.
    :ivar guest: the operator's checkpoint, if there is one.
    """

    def __init__(self, checkpoint: str | None = None, *, int8: bool = False):
        self.inventory = Catalog.load()
        self.guest = None if name_of(checkpoint) == BUNDLED_NAME else Guest(str(checkpoint), int8=int8)
        self._ration = Ration()
        self._lock = threading.Lock()
        self._bundled: Checkpoint | None = None

    @property
    def awake(self) -> bool:
        """Whether the bundled checkpoint is there already."""
        return self._bundled is not None

    @property
    def dialects(self) -> dict[str, Dialect]:
        """What a visitor may choose, and how it is spoken to."""
        return {BUNDLED_NAME: Dialect(), **({self.guest.name: self.guest.dialect} if self.guest else {})}

    def answering(self, name: str) -> str:
        """The checkpoint that answers for ``name`` now: the bundled one until the operator's is ready."""
        return name if self.guest and self.guest.checkpoint and name == self.guest.name else BUNDLED_NAME

    def checkpoint(self, name: str = BUNDLED_NAME) -> Checkpoint:
        """The checkpoint of that name; of the bundled one the first caller loads it and the others wait.

        :raises UnknownCheckpoint: for one that is not offered.
        :raises CheckpointNotReady: for the operator's, as long as it is not there.
        :raises CheckpointError: where the bundled one cannot be loaded.
        """
        if name not in self.dialects:
            offered = " or ".join(f'"{offer}"' for offer in self.dialects)
            raise UnknownCheckpoint(f'Unknown checkpoint "{shorten(name)}". Offered here: {offered}.')
        if name != BUNDLED_NAME:
            return self._guests()
        with self._lock:
            if self._bundled is None:
                with lasting():
                    from ..t5.batching import BatchedCheckpoint
                    from ..t5.scorer import Checkpoint  # torch takes seconds to import; the page need not wait

                    self._bundled = BatchedCheckpoint(Checkpoint.load())
        if self.guest:
            self.guest.send_for()
        return self._bundled

    def recommender(
        self, shelf: Catalog | None = None, checkpoint: str = BUNDLED_NAME, visitor: str = ""
    ) -> Recommender:
        """A recommender over a visitor's shelf, by default the inventory.

        :param visitor: whose ration of live translations it draws on.
        """
        translators = partial(translation.get, may_ask=partial(self._ration.take, visitor))
        return Recommender(shelf or self.inventory, self.checkpoint(checkpoint), translators)

    def _guests(self) -> Checkpoint:
        assert self.guest is not None
        self.guest.send_for()
        if self.guest.checkpoint:
            return self.guest.checkpoint
        standing = self.guest.standing
        if standing.pending:
            here = f" ({standing.done / 1e6:.0f} of {standing.total / 1e6:.0f} MB)" if standing.total else ""
            state = f"is still {standing.phase}{here}; try again later"
        else:
            state = f"could not be loaded ({standing.problem})"
        raise CheckpointNotReady(f'The checkpoint "{self.guest.name}" {state}. "{BUNDLED_NAME}" answers meanwhile.')
