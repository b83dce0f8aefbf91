"""Prepare the process: environment, log, cache directory, garbage collection."""

from __future__ import annotations

import gc
import logging
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .errors import RecommenderError

CHECKPOINT = "T5_CHECKPOINT"  # variables by which the operator configures a Space, or a server without a page
SHOP = "RECOMMENDER_SHOP"
THREADS = "RECOMMENDER_THREADS"
HOST, PORT = "GRADIO_SERVER_NAME", "GRADIO_SERVER_PORT"  # Gradio's own; app.py reads them as --host and --port
ROOT_PATH = "GRADIO_ROOT_PATH"
LOOPBACK = ("127.0.0.1", "localhost", "::1")


def prepare_environment(threads: int | None = None, host: str | None = None) -> None:
    """Set the environment variables that torch, huggingface_hub and Gradio read, unless the operator has set them.

    Call it before torch, huggingface_hub and Gradio are imported.

    :param threads: threads that compute one answer, if the operator has not set them; by default one per core.
    :param host: the address that the page listens on.
    :raises RecommenderError: if the operator's number of threads is none.
    """
    if wanted := os.environ.get(THREADS):
        if not wanted.isdecimal() or int(wanted) < 1:
            raise RecommenderError(f"{THREADS} must be a whole number from 1 up, not {wanted!r}.")
        os.environ["OMP_NUM_THREADS"] = str(int(wanted))
    for name in (HOST, PORT):
        os.environ.pop(name, None)  # Gradio fails on an empty port and on an IPv6 address
    path = os.environ.get(ROOT_PATH, "")
    if path.strip("/") and "://" not in path:
        os.environ[ROOT_PATH] = f"/{path.strip('/')}"
    bypass_proxy(*LOOPBACK, *([host] if host else []))
    defaults = {
        **({"OMP_NUM_THREADS": str(threads)} if threads else {}),
        "HF_HOME": str(find_cache_folder() / "huggingface"),
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_HUB_DISABLE_XET": "1",  # plain HTTP works with any mirror, and resumes an interrupted download
        # After every request, Gradio's queue would compute statistics of the last 10,000 for its disabled dashboard.
        "GRADIO_ANALYTICS_CACHE_FREQUENCY": str(10**9),
        "GRADIO_ANALYTICS_MAX_EVENTS": "1",
    }
    for name, value in defaults.items():
        os.environ.setdefault(name, value)


def bypass_proxy(*hosts: str) -> None:
    """Add hosts to those that are asked without the operator's proxy, such as the page, which Gradio asks itself."""
    if not any(name.lower().endswith("_proxy") for name in os.environ):
        return  # where a system has a proxy without these variables, Python would no longer find it
    # Python reads the first where both are set, other programs the second.
    lower, upper = os.environ.get("no_proxy"), os.environ.get("NO_PROXY")
    for name, known in (("no_proxy", lower or upper or ""), ("NO_PROXY", upper or lower or "")):
        if known.strip() != "*":  # all hosts
            kept = filter(None, map(str.strip, known.split(",")))
            known = ",".join(dict.fromkeys([*kept, *hosts]))
        os.environ[name] = known


def start_log() -> None:
    """Write this package's log to standard error, from level INFO on, unless the operator has set up logging."""
    log = logging.getLogger(__package__)
    if not log.hasHandlers():
        log.addHandler(logging.StreamHandler())
        log.setLevel(logging.INFO)
        log.propagate = False  # the MCP library sets up logging later, and would write each line a second time


def find_cache_folder() -> Path:
    """Return XDG's cache directory, else ``~/.cache``, created if missing; the temporary one if it is not writable."""
    own = Path(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"))
    # without a home directory, "~" stays as it is
    return own if own.is_absolute() and is_writable(own) else Path(tempfile.gettempdir())


def is_writable(folder: Path) -> bool:
    """Return whether files can be written to ``folder``, which is created if missing."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK)


@contextmanager
def freeze_gc() -> Iterator[None]:
    """Exclude all objects that are created inside from garbage collection.

    torch, transformers and Gradio create a million objects that live until the end; examining them again and again
    would be a third of a command's time. For the start of a program only: garbage created inside is never freed.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
