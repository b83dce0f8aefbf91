"""The operator's T5, which joins the bundled one: downloaded and loaded in the background, with its progress to see."""

from __future__ import annotations

import logging
import math
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..t5.gpu import accelerated
from ..t5.prompt import Dialect
from ..t5.source import CheckpointError, find

if TYPE_CHECKING:
    from ..t5.scorer import Checkpoint

PASSING = ("network", "disk")  # problems that may be gone the next time
RETRY_AFTER = 300  # seconds

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Standing:
    """How far it has come.

    :ivar phase: "downloading", "loading", "ready" or "failed".
    :ivar done: bytes that are here.
    :ivar total: bytes needed; 0 until the Hub has said.
    :ivar problem: why it failed, one of :data:`recommender.t5.source.PROBLEMS`.
    """

    phase: str
    done: int = 0
    total: int = 0
    problem: str = ""

    @property
    def pending(self) -> bool:
        """Whether there is something to wait for."""
        return self.phase in ("downloading", "loading")


class Guest:
    """One checkpoint, and how far it has come.

    :param source: a folder or a Hub id.
    :param int8: whether it calculates in 8 bits, if it is large enough to gain.
    :ivar name: what visitors call it: the Hub id, or the folder's name without the way to it.
    :ivar checkpoint: the T5 itself, once it is ready.
    """

    def __init__(self, source: str, *, int8: bool = False):
        self._source, self._int8 = source, int8
        self._is_folder = Path(source).is_dir()
        self.name = Path(source).resolve().name if self._is_folder else source
        self.standing = self._beginning()
        self.checkpoint: Checkpoint | None = None
        self._due = 0.0  # on the clock of time.monotonic(), from when on it may be sent for
        self._lock = threading.Lock()

    @property
    def source(self) -> str:
        """What others load it from: the Hub id, or of a folder a path that does not give away the way to it."""
        return f"path/to/{self.name}" if self._is_folder else self._source

    @property
    def dialect(self) -> Dialect:
        """How whoever answers for it is spoken to: the bundled T5 until it is ready."""
        return self.checkpoint.dialect if self.checkpoint else Dialect()

    def send_for(self) -> None:
        """Begin, unless it has; some minutes after a problem that may pass, begin again. Returns at once."""
        with self._lock:
            if time.monotonic() < self._due:
                return
            self._due = math.inf
        self.standing = self._beginning()
        threading.Thread(target=self._arrive, name="checkpoint", daemon=True).start()

    def _beginning(self) -> Standing:
        return Standing("loading" if self._is_folder else "downloading")

    def _arrive(self) -> None:
        from ..t5.batching import BatchedCheckpoint
        from ..t5.quantise import TooSmall
        from ..t5.scorer import Checkpoint  # imports torch

        try:
            folder = find(self._source, lambda done, total: self._stand("downloading", done, total))
            self._stand("loading")
            try:
                found = Checkpoint.read(folder, self.name, int8=self._int8)
            except TooSmall as error:
                _log.warning("%s", error)
                found = Checkpoint.read(folder, self.name)
            self.checkpoint = BatchedCheckpoint(accelerated(found))
            self._stand("ready")
        except CheckpointError as error:
            _log.warning("%s", error)
            if error.problem in PASSING:
                self._due = time.monotonic() + RETRY_AFTER
            self.standing = Standing("failed", problem=error.problem)
        except Exception:
            _log.exception("A bug met the operator's checkpoint")
            self.standing = Standing("failed", problem="broken")

    def _stand(self, phase: str, done: int = 0, total: int = 0) -> None:
        self.standing = Standing(phase, done, total)
