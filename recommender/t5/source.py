"""Find a T5 by its source: the bundled one, a folder, or a repository on the Hugging Face Hub."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ..shop.paths import DATA
from .files import TOKENIZERS, CheckpointError, Problem, Progress, check_config

BUNDLED = DATA / "model"
BUNDLED_NAME = "bundled"
# Hub id -> item id -> the English name that this T5 was trained with, where the inventory's differs
NAME_OVERRIDES: Mapping[str, Mapping[str, str]] = {
    "mohammadhia/t5_recommendation_sports_equipment_english": {"hockey-puck": "Hocket Puck"},
}


def name_checkpoint(source: str | Path | None) -> str:
    """Return a checkpoint's name in answers: "bundled", its Hub id, or the folder as it was given."""
    if is_shops_own(source) or Path(str(source)).resolve() == BUNDLED.resolve():
        return BUNDLED_NAME
    return str(source)


def is_shops_own(source: str | Path | None) -> bool:
    """Return whether a source means the T5 that comes with the shop, the bundled one in the demo's."""
    return source in (None, "", BUNDLED_NAME)


def find_checkpoint(source: str | Path | None, progress: Progress | None = None, bundled: Path = BUNDLED) -> Path:
    """Return a checkpoint's folder; download it first if it is on the Hub.

    :param source: a folder or a Hub id; by default the bundled T5.
    :param progress: called during a download; by default a bar is shown on a terminal.
    :param bundled: the folder of the T5 that comes with the shop.
    :raises CheckpointError: if there is none, or it is not a T5.
    """
    name = name_checkpoint(source)
    folder = bundled if is_shops_own(source) else Path(str(source))
    if not folder.is_dir():
        if is_shops_own(source):
            raise CheckpointError(name, Problem.MISSING, f"there is no T5 in {bundled}; create it with train.")
        from .hub import download  # slow to import, and seldom needed

        return download(name, progress)
    check_config(folder, name)
    if not any((folder / file).is_file() for file in TOKENIZERS):
        raise CheckpointError(name, Problem.FOREIGN, f"the folder has no {' or '.join(TOKENIZERS)}.")
    return folder
