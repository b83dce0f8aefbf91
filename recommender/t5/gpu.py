"""A ZeroGPU Space's GPU, for checkpoints too big for its CPU.

Only where the ``spaces`` package exists, which Spaces bring along; this is the one place that
knows of it. It wants to be imported before torch, so this module is imported with the page,
and what needs torch is imported when a checkpoint is there.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from typing import TYPE_CHECKING, ParamSpec, TypeVar

if TYPE_CHECKING:
    from .scorer import Checkpoint

P = ParamSpec("P")
R = TypeVar("R")

LARGE = 100_000_000  # parameters; a smaller one (T5-small has 60 million) answers before a GPU would be lent


def available() -> bool:
    """Whether this is a Space, or a machine prepared like one."""
    return importlib.util.find_spec("spaces") is not None


def on_gpu(function: Callable[P, R]) -> Callable[P, R]:
    """``function`` as a ZeroGPU Space runs it: in a process that holds a GPU. Elsewhere, itself."""
    if not available():
        return function
    lent: Callable[P, R] = importlib.import_module("spaces").GPU(function)
    return lent


@on_gpu
def nothing() -> None:
    """Not called: a ZeroGPU Space that starts without a function for the GPU is stopped."""


def accelerated(checkpoint: Checkpoint, large: int = LARGE) -> Checkpoint:
    """``checkpoint``, scoring on the GPU if it is big and one can be had; the bundled T5 stays on the CPU.

    :param large: parameters from which a checkpoint is big.
    """
    if not available() or checkpoint.model.num_parameters() < large:
        return checkpoint
    from .gpu_checkpoint import GpuCheckpoint

    return GpuCheckpoint(checkpoint, on_gpu)
