"""Where a T5 comes from: the bundled one, a folder, or the Hugging Face Hub."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

from ..errors import RecommenderError
from ..shop.catalog import DATA

BUNDLED = DATA / "model"
BUNDLED_NAME = "bundled"
# Hub id -> item id -> the English name with which that T5 was trained, where it is not the shelf's
NAME_OVERRIDES: Mapping[str, Mapping[str, str]] = {
    "mohammadhia/t5_recommendation_sports_equipment_english": {"hockey-puck": "Hocket Puck"},
}
MODEL_TYPES = ("t5", "mt5")
TOKENIZERS = ("tokenizer.json", "spiece.model")
# What a checkpoint can fail by: the Hub cannot be reached, denies access or has no such repository; the disk is full
# or closed; a file is broken; all is well, but it is no T5.
PROBLEMS = ("network", "denied", "missing", "disk", "broken", "foreign")

Progress = Callable[[int, int], None]  # bytes that are here, bytes needed


class CheckpointError(RecommenderError):
    """A checkpoint that cannot be loaded; the message says which, and why.

    :ivar problem: one of :data:`PROBLEMS`.
    """

    def __init__(self, name: str, problem: str, reason: str):
        self.problem = problem
        super().__init__(f'The checkpoint "{name}" cannot be loaded: {reason}')


def name_of(source: str | Path | None) -> str:
    """What a checkpoint is called in an answer: "bundled", its Hub id, or the folder as it was given."""
    if source in (None, "", BUNDLED_NAME) or Path(str(source)).resolve() == BUNDLED.resolve():
        return BUNDLED_NAME
    return str(source)


def find(source: str | Path | None, progress: Progress | None = None) -> Path:
    """The folder of a checkpoint, downloaded if it has to be.

    :param source: a folder or a Hub id; by default the bundled T5.
    :param progress: told how the download goes; by default a terminal sees a bar.
    :raises CheckpointError: where there is none, or it is not a T5.
    """
    name = name_of(source)
    folder = BUNDLED if name == BUNDLED_NAME else Path(name)
    if not folder.is_dir():
        from .hub import download  # the Hub's client is slow to import, and seldom needed

        return download(name, progress)
    check_config(folder, name)
    if not any((folder / file).is_file() for file in TOKENIZERS):
        raise CheckpointError(name, "foreign", f"the folder has no {' or '.join(TOKENIZERS)}.")
    return folder


def check_config(folder: Path, name: str) -> None:
    """Look at ``config.json``, which says what the weights are, before they are read or even downloaded.

    :raises CheckpointError: where they are not a T5's.
    """
    path = folder / "config.json"
    if not path.is_file():
        raise CheckpointError(name, "foreign", "there is no config.json.")
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CheckpointError(name, "broken", f"config.json cannot be read: {error}") from error
    found = config.get("model_type") if isinstance(config, dict) else None
    if found not in MODEL_TYPES:
        raise CheckpointError(name, "foreign", f"its model_type is {found!r}; needed is {' or '.join(MODEL_TYPES)}.")
