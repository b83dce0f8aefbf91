"""The T5s behind the page: the bundled one, and the operator's. The page is served before either is loaded."""

from __future__ import annotations

import logging
import math
import threading
import time
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from .. import translation
from ..errors import RecommenderError
from ..recommender import Recommender
from ..shop.catalog import Catalog
from ..shop.folder import Shop
from ..shop.text import shorten
from ..t5.files import CheckpointError, Problem
from ..t5.gpu import use_gpu
from ..t5.prompt import PromptFormat
from ..t5.source import BUNDLED_NAME, find_checkpoint, name_checkpoint
from ..translation.rate_limit import RateLimit
from .results import Results
from .shop_model import Loaded, ShopModel, stamp_files

if TYPE_CHECKING:
    from ..t5.fusion import Fusion
    from ..t5.scorer import Scorer

TEMPORARY = (Problem.NETWORK, Problem.DISK)  # problems after which loading is tried again
RETRY_AFTER = 300  # seconds

_log = logging.getLogger(__name__)


class UnknownCheckpoint(RecommenderError):
    """A checkpoint that the operator does not offer."""


class CheckpointNotReady(RecommenderError):
    """The operator's checkpoint is still loading, or could not be loaded."""


class LoadPhase(StrEnum):
    """The steps of loading a checkpoint."""

    DOWNLOADING = "downloading"
    LOADING = "loading"
    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True)
class LoadStatus:
    """The progress of loading a checkpoint.

    :ivar done: bytes downloaded.
    :ivar total: bytes to download; 0 until the Hub has answered.
    :ivar problem: why it failed, a :class:`recommender.t5.files.Problem`; else "".
    """

    phase: LoadPhase
    done: int = 0
    total: int = 0
    problem: str = ""

    @property
    def pending(self) -> bool:
        """Whether it is still being loaded."""
        return self.phase in (LoadPhase.DOWNLOADING, LoadPhase.LOADING)


class OperatorModel:
    """The checkpoint that the operator offers beside the bundled one; a thread loads it.

    :param source: a folder or a Hub id.
    :param int8: whether to run it in 8 bits, if it is large enough to gain from them.
    :ivar name: its name for visitors: the Hub id, or the folder's name without its path.
    :ivar status: the progress of loading it.
    :ivar scorer: the T5, or None until it is ready.
    """

    def __init__(self, source: str, *, int8: bool = False):
        self._source, self._int8 = source, int8
        self._is_folder = Path(source).is_dir()
        self.name = Path(source).resolve().name if self._is_folder else source
        self.status = self._initial_status()
        self.scorer: Scorer | None = None
        self.fusion: Fusion | None = None  # the weights that were fitted with it, if it is a shop's
        self._next_try = 0.0  # time.monotonic() from which on loading may be started
        self._lock = threading.Lock()

    @property
    def source(self) -> str:
        """The source to show to visitors: the Hub id, or a placeholder that hides a folder's path."""
        return f"path/to/{self.name}" if self._is_folder else self._source

    @property
    def prompt_format(self) -> PromptFormat:
        """The prompt format of the T5 that answers when this one is chosen: the bundled one's until this is ready."""
        return self.scorer.prompt_format if self.scorer else PromptFormat()

    def start_loading(self) -> None:
        """Start loading in a thread, unless it has been started; start again some time after a temporary problem."""
        with self._lock:
            if time.monotonic() < self._next_try:
                return
            self._next_try = math.inf
            self.status = self._initial_status()
        try:
            threading.Thread(target=self._load, name="checkpoint", daemon=True).start()
        except RuntimeError:  # no more threads can be started
            _log.exception("Cannot start to load the operator's checkpoint")
            self._fail(Problem.BROKEN, retry=True)

    def _initial_status(self) -> LoadStatus:
        return LoadStatus(LoadPhase.LOADING if self._is_folder else LoadPhase.DOWNLOADING)

    def _load(self) -> None:
        """Load the checkpoint; the status tells of any error, since nothing else observes this thread."""
        try:
            self.scorer = self._read()
            self.status = LoadStatus(LoadPhase.READY)
        except CheckpointError as error:
            _log.warning("%s", error)
            self._fail(error.problem, retry=error.problem in TEMPORARY)
        except BaseException:  # including MemoryError, and SystemExit raised by a library
            _log.exception("Unhandled error while loading the operator's checkpoint")
            self._fail(Problem.BROKEN, retry=True)

    def _read(self) -> Scorer:
        from ..t5.batching import BatchedScorer
        from ..t5.fusion import Fusion
        from ..t5.quantise import TooSmall
        from ..t5.scorer import Checkpoint  # imports torch

        def report(done: int, total: int) -> None:
            self.status = LoadStatus(LoadPhase.DOWNLOADING, done, total)

        folder = find_checkpoint(self._source, report)
        self.status = LoadStatus(LoadPhase.LOADING)
        self.fusion = Fusion.load(folder)
        try:
            checkpoint = Checkpoint.from_folder(folder, self.name, int8=self._int8)
        except TooSmall as error:
            _log.warning("%s", error)
            checkpoint = Checkpoint.from_folder(folder, self.name)
        return BatchedScorer(use_gpu(checkpoint))

    def _fail(self, problem: Problem, *, retry: bool) -> None:
        self.status = LoadStatus(LoadPhase.FAILED, problem=problem)
        if retry:
            self._next_try = time.monotonic() + RETRY_AFTER


class ModelRegistry:
    """The inventory, the bundled T5, and the operator's model if there is one.

    The bundled T5 is loaded at the first call that needs it, the operator's after it. A shop's own T5 replaces the
    bundled one; when its files change, the next call loads them, see :class:`.shop_model.ShopModel`.

    :param checkpoint: a folder or Hub id to offer beside the bundled T5; by default none.
    :param shop: the folder of the shop; by default the demo's.
    :param int8: whether to run the offered one in 8 bits, if it is large enough to gain from them.
    """

    def __init__(self, checkpoint: str | None = None, shop: Path | None = None, *, int8: bool = False):
        self.shop = Shop.open(shop)
        self._own = ShopModel(self.shop)
        self._results: tuple[object, Results] | None = None  # with the versions of what they were read for
        offered = name_checkpoint(checkpoint) != BUNDLED_NAME
        self.operator_model = OperatorModel(str(checkpoint), int8=int8) if offered else None
        self._rate_limit = RateLimit()

    @property
    def shown_folder(self) -> str:
        """The shop's folder to show to visitors, with a placeholder that hides its path; "" for the demo's."""
        return "" if self.shop.is_demo else f"path/to/{self.shop.folder.resolve().name}"

    @property
    def inventory(self) -> Catalog:
        """The shop's products; the shop's files are loaded first if they have changed."""
        return self._own.refresh().inventory

    @property
    def results(self) -> Results:
        """The shop's measured results; they are read again if their files or the inventory have changed."""
        inventory, shop = self.inventory, self.shop
        versions = (inventory, stamp_files((shop.evaluation, shop.real_shoppers)))
        if self._results is None or self._results[0] != versions:
            self._results = (versions, Results.read(inventory, shop))
        return self._results[1]

    @property
    def current(self) -> Loaded:
        """The inventory and the bundled T5 that answered last, without a look at the shop's files."""
        return self._own.current

    @property
    def bundled_is_loaded(self) -> bool:
        """Whether the bundled T5 can answer at once."""
        return self.current.scorer is not None

    @property
    def prompt_formats(self) -> dict[str, PromptFormat]:
        """The prompt format of every T5 that a visitor may choose, by name."""
        operator, scorer = self.operator_model, self.current.scorer
        bundled = scorer.prompt_format if scorer else PromptFormat()
        return {BUNDLED_NAME: bundled, **({operator.name: operator.prompt_format} if operator else {})}

    def resolve_name(self, name: str) -> str:
        """Return the name of the T5 that answers when ``name`` is chosen: the bundled one until that one is ready."""
        operator = self.operator_model
        return name if operator and operator.scorer and name == operator.name else BUNDLED_NAME

    def get_scorer(self, name: str = BUNDLED_NAME) -> Scorer:
        """Return the T5 with this name. The first caller loads the bundled one, while others wait for it.

        :raises UnknownCheckpoint: for one that is not offered.
        :raises CheckpointNotReady: for the operator's, as long as it is not loaded.
        :raises CheckpointError: if the bundled one cannot be loaded.
        """
        scorer = self._load(name).scorer
        assert scorer is not None
        return scorer

    def build_recommender(
        self, shelf: Catalog | None = None, checkpoint: str = BUNDLED_NAME, visitor: str = ""
    ) -> Recommender:
        """Return a recommender for a visitor's shelf, by default the inventory.

        :param visitor: key of the visitor, for the rate limit of live translations.
        """
        loaded = self._load(checkpoint)
        assert loaded.scorer is not None
        translators = partial(
            translation.get_translator,
            may_ask=partial(self._rate_limit.take, visitor),
            phrasebook=self.shop.phrasebook,
            may_store=loaded.inventory.has_name,  # and no name that a visitor has typed
        )
        return Recommender(shelf or loaded.inventory, loaded.scorer, translators, loaded.fusion)

    def _load(self, name: str) -> Loaded:
        """Return the inventory with the T5 of this name; the errors are those of :meth:`get_scorer`."""
        if name not in self.prompt_formats:
            offered = " or ".join(f'"{offer}"' for offer in self.prompt_formats)
            raise UnknownCheckpoint(f'Unknown checkpoint "{shorten(name)}". Offered here: {offered}.')
        if name != BUNDLED_NAME:
            scorer = self._get_operator_scorer()
            assert self.operator_model is not None
            return Loaded(self.inventory, scorer, self.operator_model.fusion)
        loaded = self._own.load()
        if self.operator_model:
            self.operator_model.start_loading()
        return loaded

    def _get_operator_scorer(self) -> Scorer:
        operator = self.operator_model
        assert operator is not None
        operator.start_loading()
        if operator.scorer:
            return operator.scorer
        status = operator.status
        if status.pending:
            progress = f" ({status.done / 1e6:.0f} of {status.total / 1e6:.0f} MB)" if status.total else ""
            state = f"is still {status.phase}{progress}; try again later"
        else:
            state = f"could not be loaded ({status.problem})"
        raise CheckpointNotReady(f'The checkpoint "{operator.name}" {state}. "{BUNDLED_NAME}" answers meanwhile.')
