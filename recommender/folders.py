"""Where this program may write: the user's cache directory, or, on a machine without one, the temporary one."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def cache_folder() -> Path:
    """The cache directory (XDG's, else ``~/.cache``), made if need be; where it is not writable, the temporary one."""
    own = Path(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"))
    return own if writable(own) else Path(tempfile.gettempdir())


def writable(folder: Path) -> bool:
    """Whether files can be kept in ``folder``, which is made if need be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK)


def place_downloads() -> None:
    """Have Hugging Face's libraries keep downloads where this program may write, unless the operator said where.

    They read the environment when they are imported, so this goes before.
    """
    os.environ.setdefault("HF_HOME", str(cache_folder() / "huggingface"))
