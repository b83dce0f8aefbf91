"""The shop's inventory and T5 as they answer now; files that have changed are loaded while the page runs."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..shop.catalog import Catalog
from ..shop.folder import Shop

if TYPE_CHECKING:
    from ..t5.fusion import Fusion
    from ..t5.scorer import Scorer

RETRY_AFTER = 5.0  # seconds until the same files are tried again after an error

Stamp = tuple[tuple[str, int, int], ...]  # name, bytes and modification time of each file

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Loaded:
    """What answers, as one object, so that T5, weights and inventory belong together.

    :ivar scorer: the T5; None until it is loaded.
    :ivar fusion: the weights that were fitted with it, if the shop has purchases.
    :ivar version: the hash of its weights, as in the reports of ``evaluate``; "" until it is loaded.
    """

    inventory: Catalog
    scorer: Scorer | None = None
    fusion: Fusion | None = None
    version: str = ""


class ShopModel:
    """Loads a shop's files, and loads those that have changed since; if they cannot be loaded, the old ones answer.

    The demo's shop comes with the program: it is loaded once. Thread-safe.

    :ivar current: what answers now.
    """

    def __init__(self, shop: Shop):
        self._shop, self._is_demo = shop, shop.is_demo
        self._lock = threading.Lock()
        self._catalog_stamp, self._model_stamp = self._read_catalog_stamp(), Stamp()
        self._failed: tuple[Stamp, Stamp] | None = None
        self._next_try = 0.0  # time.monotonic() from which on the files that failed are tried again
        self.current = Loaded(shop.load_catalog())

    def load(self) -> Loaded:
        """Return what answers, with the T5. The first caller loads it, while others wait.

        :raises CheckpointError: if the first T5 cannot be loaded.
        """
        if self.current.scorer is None:
            with self._lock:
                if self.current.scorer is None:
                    self._load_first()
        return self.refresh()

    def refresh(self) -> Loaded:
        """Load files that have changed, and return what answers; while another thread loads, that is the old one."""
        if self._lock.acquire(blocking=False):
            try:
                self._load_changed()
            finally:
                self._lock.release()
        return self.current

    def _load_first(self) -> None:
        self._model_stamp = self._read_model_stamp()  # before the folder is chosen: one that comes then is news
        folder = self._shop.model
        if folder.parent.resolve() != self._shop.folder.resolve():
            _log.info("%s has no T5 of its own: the demo's answers", self._shop.folder)
        self.current = _load_t5(self.current, folder)

    def _load_changed(self) -> None:
        stamps = catalog, model = self._read_catalog_stamp(), self._read_model_stamp()
        catalog_changed = catalog != self._catalog_stamp
        # no stamp: while the folder is being replaced, the old T5 answers
        model_changed = self.current.scorer is not None and model not in ((), self._model_stamp)
        waiting = stamps == self._failed and time.monotonic() < self._next_try
        if waiting or not (catalog_changed or model_changed):
            return
        loaded = self.current
        try:
            if catalog_changed:
                loaded = replace(loaded, inventory=self._shop.load_catalog())
            if model_changed:
                loaded = _load_t5(loaded, self._shop.own_model)
        except Exception:  # files that are still being copied can be broken in any way
            _log.warning("The shop's new files cannot be loaded; the old ones answer", exc_info=True)
            self._failed, self._next_try = stamps, time.monotonic() + RETRY_AFTER
            return
        self.current = loaded
        self._catalog_stamp = catalog
        self._model_stamp = model or self._model_stamp
        _log.info("The shop's new files answer from now on")

    def _read_catalog_stamp(self) -> Stamp:
        shop = self._shop
        return () if self._is_demo else stamp_files((shop.inventory, shop.words, shop.retrieval))

    def _read_model_stamp(self) -> Stamp:
        """Return the stamp of the shop's own T5; () if it has none, or an incomplete one, or is the demo's."""
        folder = self._shop.own_model
        if self._is_demo or not (folder / "config.json").is_file():
            return ()
        try:
            return stamp_files(sorted(folder.glob("[!.]*")))  # hidden files are those that rsync is still writing
        except OSError:  # the folder has just been moved away
            return ()


def stamp_files(paths: Iterable[Path]) -> Stamp:
    """Return the stamp of the files that are there."""
    found = []
    for path in paths:
        with suppress(OSError):
            status = path.stat()
            found.append((path.name, status.st_size, status.st_mtime_ns))
    return tuple(found)


def _load_t5(loaded: Loaded, folder: Path) -> Loaded:
    # torch takes seconds to import, and the page is served before
    from ..t5.batching import BatchedScorer
    from ..t5.fusion import Fusion
    from ..t5.scorer import Checkpoint, hash_weights

    checkpoint = Checkpoint.load(bundled=folder)
    version = hash_weights(checkpoint)
    return replace(loaded, scorer=BatchedScorer(checkpoint), fusion=Fusion.load(folder), version=version)
