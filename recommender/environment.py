"""What the two entry points, ``app.py`` and ``python -m recommender``, do to their process before anything else."""

from __future__ import annotations

import gc
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CHECKPOINT = "T5_CHECKPOINT"  # variables by which the operator configures a Space, or a server without a page
SHOP = "RECOMMENDER_SHOP"
THREADS = "RECOMMENDER_THREADS"


def prepare_environment(threads: int | None = None) -> None:
    """Set the environment variables that torch and huggingface_hub read when they are imported, and Gradio later.

    What the operator has set stands.

    :param threads: how many compute one answer, if the operator has not said; by default one per core.
    """
    if wanted := os.environ.get(THREADS) or threads:
        os.environ["OMP_NUM_THREADS"] = str(wanted)
    defaults = {
        "HF_HOME": str(cache_folder() / "huggingface"),
        "HF_HUB_DISABLE_TELEMETRY": "1",  # no call home
        "HF_HUB_DISABLE_XET": "1",  # plain HTTP, which any mirror speaks and which resumes where it broke off
        # After every request, Gradio's queue would compute statistics of the last 10,000, for a dashboard that is off.
        "GRADIO_ANALYTICS_CACHE_FREQUENCY": str(10**9),
        "GRADIO_ANALYTICS_MAX_EVENTS": "1",
    }
    for name, value in defaults.items():
        os.environ.setdefault(name, value)


def cache_folder() -> Path:
    """Return XDG's cache directory, else ``~/.cache``, made if need be; the temporary one if it is not writable."""
    own = Path(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"))
    return own if is_writable(own) else Path(tempfile.gettempdir())


def is_writable(folder: Path) -> bool:
    """Return whether files can be kept in ``folder``, which is made if need be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK)


@contextmanager
def freeze_gc() -> Iterator[None]:
    """Keep the garbage collector away from everything that is imported and loaded inside.

    torch, transformers and Gradio make a million objects that stay until the end; collecting them again and again
    is a third of what a command takes. For the start of a program only: garbage made inside is never freed.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
