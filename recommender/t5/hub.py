"""A checkpoint from the Hugging Face Hub: only the files that are needed, checked as they arrive.

huggingface_hub keeps them in its cache, resumes a transfer that breaks off, and follows ``HF_ENDPOINT``.
"""

from __future__ import annotations

import errno
import hashlib
import re
import shutil
from collections.abc import Collection
from pathlib import Path
from typing import Any

from huggingface_hub import HfApi, constants, hf_hub_download, snapshot_download
from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError
from huggingface_hub.file_download import repo_folder_name
from tqdm import tqdm

from .source import TOKENIZERS, CheckpointError, Progress, check_config

HUB_ID = re.compile(r"[\w.-]{1,96}(/[\w.-]{1,96})?", re.ASCII)
SETTINGS = ("generation_config.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json")
# One format is enough: the safe one if there is a choice, and one file rather than many.
WEIGHTS = (
    r"model\.safetensors",
    r"model-\d+-of-\d+\.safetensors|model\.safetensors\.index\.json",
    r"pytorch_model\.bin",
    r"pytorch_model-\d+-of-\d+\.bin|pytorch_model\.bin\.index\.json",
)
_TIMEOUT = 10  # seconds for the first answer; what huggingface_hub gives to a file's
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES)


def download(hub_id: str, progress: Progress | None = None) -> Path:
    """The folder with the checkpoint's newest files; if the Hub cannot be reached, with those of last time.

    :raises CheckpointError: where it cannot be had, or it is not a T5.
    """
    if not HUB_ID.fullmatch(hub_id):
        raise CheckpointError(hub_id, "missing", "it is neither a folder nor the id of a repository on the Hub.")
    try:
        return _download(hub_id, progress)
    except CheckpointError:
        raise
    except Exception as error:  # the HTTP library's errors have no base in common with the cache's and the disk's
        problem = _problem(error)
        kept = _kept(hub_id) if problem == "network" else None
        if kept:
            return kept
        reason = str(error).strip().partition("\n")[0] or type(error).__name__
        if problem == "network":
            reason = f"there is no folder of that name, and the Hub cannot be reached: {reason}"
        raise CheckpointError(hub_id, problem, reason) from error


def needed(files: Collection[str]) -> tuple[str, ...]:
    """Of a repository's files those to download, in that order; none if they make no checkpoint.

    ``config.json`` is the first, so that what is no T5 is not downloaded; an index comes after all that it lists.
    """
    tokenizer = next((name for name in TOKENIZERS if name in files), None)
    formats = (sorted(name for name in files if re.fullmatch(form, name)) for form in WEIGHTS)
    weights = next((found for found in formats if found and "-of-" not in found[-1]), None)
    if "config.json" not in files or not tokenizer or not weights:
        return ()
    return ("config.json", *(name for name in SETTINGS if name in files), tokenizer, *weights)


def _download(hub_id: str, progress: Progress | None) -> Path:
    listed = HfApi().model_info(hub_id, timeout=_TIMEOUT, files_metadata=True).siblings or ()
    files = {file.rfilename: file for file in listed}
    names = needed(files)
    if not names:
        raise CheckpointError(hub_id, "foreign", "the repository has no config, no tokenizer or no PyTorch weights.")
    sizes = {name: files[name].size or 0 for name in names}
    total, done = sum(sizes.values()), 0
    _check_room(hub_id, total)
    for name in names:
        large = files[name].lfs
        blob = _blobs(hub_id) / large.sha256 if large else None
        fresh = blob and not blob.exists()
        bar = _bar(done, total, progress) if progress else None
        path = Path(hf_hub_download(hub_id, name, tqdm_class=bar))
        if blob and fresh:
            _check_digest(hub_id, path, blob)
        if name == "config.json":
            check_config(path.parent, hub_id)
        done += sizes[name]
        if progress:
            progress(done, total)
    return path.parent


def _kept(hub_id: str) -> Path | None:
    """What the cache has from last time, if it is all there."""
    try:
        folder = Path(snapshot_download(hub_id, local_files_only=True))
    except (LocalEntryNotFoundError, OSError):
        return None
    return folder if needed([file.name for file in folder.iterdir()]) else None


def _blobs(hub_id: str) -> Path:
    """Where the cache keeps a repository's files, each under its ETag: the SHA-256, if it is a large one."""
    return Path(constants.HF_HUB_CACHE) / repo_folder_name(repo_id=hub_id, repo_type="model") / "blobs"


def _check_room(hub_id: str, size: int) -> None:
    """Before gigabytes are fetched for nothing; what is in the cache already counts as room."""
    blobs = _blobs(hub_id)
    here = next(folder for folder in blobs.parents if folder.is_dir())
    room = shutil.disk_usage(here).free + sum(file.stat().st_size for file in blobs.glob("*"))
    if room < size:
        raise CheckpointError(hub_id, "disk", f"it has {size:,} bytes, and there is room for {room:,}.")


def _check_digest(hub_id: str, path: Path, blob: Path) -> None:
    """Compare the SHA-256, for huggingface_hub compares sizes only; what is broken leaves the cache."""
    with path.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    if digest != blob.name:
        path.unlink()
        blob.unlink(missing_ok=True)
        raise CheckpointError(hub_id, "broken", f"{path.name} arrived damaged; starting again fetches it anew.")


def _problem(error: Exception) -> str:
    """Which of :data:`checkpoints.PROBLEMS` it was."""
    status = error.response.status_code if isinstance(error, HfHubHTTPError) else None
    if status in (401, 403):
        return "denied"
    if status == 404 or isinstance(error, HFValidationError):
        return "missing"
    if isinstance(error, OSError) and error.errno in _NO_ROOM:
        return "disk"
    return "network"


def _bar(before: int, needed: int, progress: Progress) -> type[Any]:
    """What huggingface_hub takes for one file's progress bar: nothing is drawn, ``progress`` is told.

    :param before: bytes of the files before this one.
    :param needed: bytes of all files.
    """

    class Bar(tqdm):
        def __init__(self, *, initial: int = 0, **options: Any):
            super().__init__(**{**options, "disable": True})
            self.here = before + initial

        def update(self, n: float | None = 1) -> None:
            """Some bytes more, or fewer if a server makes the client start again."""
            self.here += int(n or 0)
            progress(min(self.here, needed), needed)

    return Bar
