"""The files of a checkpoint: check that they are a T5's, and say what is wrong with them."""

from __future__ import annotations

import json
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

from ..errors import RecommenderError

MODEL_TYPES = ("t5", "mt5")
TOKENIZERS = ("tokenizer.json", "spiece.model")

Progress = Callable[[int, int], None]  # called with bytes downloaded, bytes in total


class Problem(StrEnum):
    """Why a checkpoint cannot be loaded."""

    NETWORK = "network"  # the Hub cannot be reached
    DENIED = "denied"  # the Hub refuses access
    MISSING = "missing"  # there is no such folder, and no such repository on the Hub
    DISK = "disk"  # the disk is full, read-only or failing
    BROKEN = "broken"  # a file is damaged
    FOREIGN = "foreign"  # it is not a T5


class CheckpointError(RecommenderError):
    """A checkpoint that cannot be loaded, or ``cannot`` do something else; the message says why."""

    def __init__(self, name: str, problem: Problem, reason: str, cannot: str = "be loaded"):
        self.problem = problem
        super().__init__(f'The checkpoint "{name}" cannot {cannot}: {reason}')


def check_config(folder: Path, name: str) -> None:
    """Check that ``config.json`` describes a T5, before the weights are read or even downloaded.

    :param name: the checkpoint's name in errors.
    :raises CheckpointError: if it does not.
    """
    path = folder / "config.json"
    if not path.is_file():
        raise CheckpointError(name, Problem.FOREIGN, "there is no config.json.")
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise CheckpointError(name, Problem.BROKEN, f"config.json cannot be read: {error}") from error
    found = config.get("model_type") if isinstance(config, dict) else None
    if found not in MODEL_TYPES:
        expected = " or ".join(MODEL_TYPES)
        raise CheckpointError(name, Problem.FOREIGN, f"its model_type is {found!r}; needed is {expected}.")
