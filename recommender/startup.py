"""Starting fast: torch, transformers and Gradio make a million objects that stay until the end."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def lasting() -> Iterator[None]:
    """Take what is imported and loaded inside for permanent: the garbage collector never looks through it.

    It would do so again and again while the objects are made, and once more at exit: a third of what a command
    takes. For a program's own start, before it has made any garbage; not for a library, whose callers may have.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
