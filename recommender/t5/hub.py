"""Download checkpoints from the Hugging Face Hub, only the files that are needed; upload checkpoints.

huggingface_hub caches the files, resumes interrupted transfers, checks sizes, and respects ``HF_ENDPOINT``. Here the
large files, which include the weights, are checked by their SHA-256; the Hub lists none for the others.
"""

# mypy: allow-subclassing-any
# (tqdm publishes no types)

from __future__ import annotations

import errno
import hashlib
import re
import shutil
import socket
from collections.abc import Collection
from pathlib import Path
from typing import Any

from httpx2 import HTTPError  # huggingface_hub's HTTP client
from huggingface_hub import HfApi, constants, hf_hub_download, snapshot_download
from huggingface_hub.errors import HfHubHTTPError, HFValidationError
from huggingface_hub.file_download import repo_folder_name
from huggingface_hub.hf_api import RepoSibling
from tqdm import tqdm

from ..errors import RecommenderError, summarise
from .files import TOKENIZERS, CheckpointError, Problem, Progress, check_config

HUB_ID = re.compile(r"[\w.-]{1,96}(/[\w.-]{1,96})?", re.ASCII)
SETTINGS = ("generation_config.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json")
# The formats of weights, of which the first available one is downloaded.
WEIGHTS = (
    r"model\.safetensors",
    r"model-\d+-of-\d+\.safetensors|model\.safetensors\.index\.json",
    r"pytorch_model\.bin",
    r"pytorch_model-\d+-of-\d+\.bin|pytorch_model\.bin\.index\.json",
)
_SHA256 = re.compile("[0-9a-f]{64}")
_TIMEOUT = 10  # seconds until the listing must begin to arrive; that of huggingface_hub for a file is the same
_UNREACHABLE = (errno.ENETDOWN, errno.ENETUNREACH, errno.EHOSTDOWN, errno.EHOSTUNREACH, errno.EADDRNOTAVAIL)


class NotTheHub(Exception):
    """An answer that is no listing of a repository: a portal or a proxy has answered in the Hub's place."""

    def __init__(self) -> None:
        super().__init__("what answers in its place is no Hub.")


def download(hub_id: str, progress: Progress | None = None) -> Path:
    """Download the checkpoint's newest files and return their folder; if the Hub cannot be reached, that of the cache.

    :raises CheckpointError: if it cannot be downloaded, or is not a T5.
    """
    if not HUB_ID.fullmatch(hub_id):
        reason = "there is no folder of that name, and it is not the id of a repository on the Hub."
        raise CheckpointError(hub_id, Problem.MISSING, reason)
    try:
        return _download(hub_id, progress)
    # any other exception is a bug
    except (HTTPError, OSError, HFValidationError, NotTheHub) as error:
        problem = _classify(error)
        cached = _find_cached(hub_id) if problem is Problem.NETWORK else None
        if cached:
            return cached
        reason = summarise(error)
        if problem is Problem.NETWORK:
            reason = f"there is no folder of that name, and the Hub cannot be reached: {reason}"
        elif problem in (Problem.MISSING, Problem.DENIED):
            reason = "there is no folder of that name, and the Hub has no such repository, or it is private."
        raise CheckpointError(hub_id, problem, reason) from error


def upload(folder: Path, hub_id: str, private: bool = False) -> None:
    """Upload a folder, without the training's checkpoints, to a repository on the Hub, which is created if missing.

    :param private: whether a new repository is private; otherwise its owner's default applies, which mostly is public.
    :raises RecommenderError: if it cannot be uploaded.
    """
    try:
        repository = HfApi().create_repo(hub_id, private=private or None, exist_ok=True).repo_id
        HfApi().upload_folder(repo_id=repository, folder_path=folder, ignore_patterns="checkpoints/*")
    except Exception as error:  # errors of the HTTP library, the Hub and the disk have no common base
        reason = f'The T5 is in {folder}; it could not be uploaded to "{hub_id}": {summarise(error)}'
        raise RecommenderError(reason) from error


def select_files(files: Collection[str]) -> tuple[str, ...]:
    """Select the files to download from a repository, in order; none if the checkpoint is incomplete.

    ``config.json`` comes first, so that no other model's weights are downloaded; an index comes after its files.
    """
    tokenizer = next((name for name in TOKENIZERS if name in files), None)
    formats = (sorted(name for name in files if re.fullmatch(form, name)) for form in WEIGHTS)
    weights = next((found for found in formats if found and "-of-" not in found[-1]), None)
    if "config.json" not in files or not tokenizer or not weights:
        return ()
    return ("config.json", *(name for name in SETTINGS if name in files), tokenizer, *weights)


def _download(hub_id: str, progress: Progress | None) -> Path:
    files = _list_files(hub_id)
    names = select_files(files)
    if not names:
        reason = "the repository has no config, no tokenizer or no PyTorch weights."
        raise CheckpointError(hub_id, Problem.FOREIGN, reason)
    sizes = {name: files[name].size or 0 for name in names}
    total, done = sum(sizes.values()), 0
    _check_room(hub_id, total)
    # not snapshot_download: it cannot check config.json before the rest, nor each digest before the next file
    for name in names:
        large = files[name].lfs
        blob = _cache_folder(hub_id) / large.sha256 if large else None
        is_new = blob and not blob.exists()
        path = Path(hf_hub_download(hub_id, name, tqdm_class=_make_bar(done, total, progress) if progress else None))
        if blob and is_new:
            _check_digest(hub_id, path, blob)
        if name == "config.json":
            check_config(path.parent, hub_id)
        done += sizes[name]
        if progress:
            progress(done, total)
    return path.parent


def _list_files(hub_id: str) -> dict[str, RepoSibling]:
    """Return a repository's files by name.

    :raises NotTheHub: if the answer is no listing.
    """
    try:
        listed = HfApi().model_info(hub_id, timeout=_TIMEOUT, files_metadata=True).siblings or ()
    except HFValidationError:  # a ValueError, of the id
        raise
    # huggingface_hub checks no type in an answer
    except (ValueError, TypeError, AttributeError, LookupError, RecursionError) as error:
        raise NotTheHub from error
    if not all(map(_is_sound, listed)):
        raise NotTheHub
    return {file.rfilename: file for file in listed}


def _is_sound(file: RepoSibling) -> bool:
    """Return whether a file's name, size and digest are of the right types."""
    size, large = file.size or 0, file.lfs
    digest = large.sha256 if large else "0" * 64
    return (
        isinstance(file.rfilename, str)
        and isinstance(size, int)
        and size >= 0
        and isinstance(digest, str)
        and _SHA256.fullmatch(digest) is not None
    )


def _find_cached(hub_id: str) -> Path | None:
    """Return the cached checkpoint's folder, or None if it is incomplete."""
    try:  # allow_patterns, because the snapshot lacks the files that are not needed and would count as incomplete
        folder = Path(snapshot_download(hub_id, local_files_only=True, allow_patterns="config.json"))
    except OSError:  # none is cached, or the disk fails
        return None
    return folder if select_files([file.name for file in folder.iterdir()]) else None


def _cache_folder(hub_id: str) -> Path:
    """Return the folder in which the cache keeps a repository's files by ETag, which is the SHA-256 of large ones."""
    return Path(constants.HF_HUB_CACHE) / repo_folder_name(repo_id=hub_id, repo_type="model") / "blobs"


def _check_room(hub_id: str, size: int) -> None:
    """Check that the disk has room for ``size`` bytes, including those that are cached already."""
    blobs = _cache_folder(hub_id)
    here = next(folder for folder in blobs.parents if folder.is_dir())
    room = shutil.disk_usage(here).free + sum(file.stat().st_size for file in blobs.glob("*"))
    if room < size:
        raise CheckpointError(hub_id, Problem.DISK, f"it has {size:,} bytes, and there is room for {room:,}.")


def _check_digest(hub_id: str, path: Path, blob: Path) -> None:
    """Check a file's SHA-256 (huggingface_hub checks its size only), and remove a damaged file from the cache."""
    with path.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    if digest != blob.name:
        path.unlink()
        blob.unlink(missing_ok=True)
        raise CheckpointError(hub_id, Problem.BROKEN, f"{path.name} arrived damaged; try again to download it anew.")


def _classify(error: Exception) -> Problem:
    status = error.response.status_code if isinstance(error, HfHubHTTPError) else None
    if status in (401, 403):
        return Problem.DENIED
    if status == 404 or isinstance(error, HFValidationError):
        return Problem.MISSING
    if isinstance(error, (HTTPError, ConnectionError, TimeoutError, socket.gaierror)):
        return Problem.NETWORK
    # huggingface_hub's own errors have no number: an interrupted transfer, a file that is neither on the Hub nor cached
    is_of_disk = isinstance(error, OSError) and error.errno is not None and error.errno not in _UNREACHABLE
    return Problem.DISK if is_of_disk else Problem.NETWORK


def _make_bar(before: int, needed: int, progress: Progress) -> type[tqdm]:
    """Return a progress bar class for huggingface_hub that draws nothing and calls ``progress``.

    :param before: bytes of the files before this one.
    :param needed: bytes of all files.
    """

    class Bar(tqdm):
        def __init__(self, *, initial: int = 0, **options: Any):
            super().__init__(**{**options, "disable": True})
            self.done = before + initial

        def update(self, n: float | None = 1) -> None:
            """Add ``n`` bytes; negative if the client has to start a file again."""
            self.done += int(n or 0)
            progress(min(self.done, needed), needed)

    return Bar
