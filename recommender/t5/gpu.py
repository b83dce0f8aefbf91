"""Score on the GPU of a ZeroGPU Space, for checkpoints too big for its CPU.

This needs the ``spaces`` package, which exists on Spaces only. It must be imported before torch, so the page imports
this module early, and this module imports torch late.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

if TYPE_CHECKING:
    import torch

    from .scorer import Checkpoint, Scorer

P = ParamSpec("P")
R = TypeVar("R")
Work = Callable[..., Any]

LARGE = 100_000_000  # parameters; a smaller one (T5-small has 60 million) answers before a GPU would be lent


def has_spaces() -> bool:
    """Return whether the ``spaces`` package is installed: whether this is a Space."""
    return importlib.util.find_spec("spaces") is not None


def run_on_gpu(function: Callable[P, R]) -> Callable[P, R]:
    """Return ``function``, wrapped to run in a process with a GPU on a ZeroGPU Space; elsewhere ``function`` itself."""
    if not has_spaces():
        return function
    wrapped: Callable[P, R] = importlib.import_module("spaces").GPU(function)
    return wrapped


@run_on_gpu
def nothing() -> None:
    """Do nothing; never called. A ZeroGPU Space without any function for the GPU at its start is stopped."""


def use_gpu(checkpoint: Checkpoint, large: int = LARGE) -> Scorer:
    """Return ``checkpoint``, wrapped to score on the GPU if it is large and this is a ZeroGPU Space.

    :param large: number of parameters from which a checkpoint is large; the bundled T5 is not.
    """
    if not has_spaces() or checkpoint.model.num_parameters() < large:
        return checkpoint
    return GpuScorer(checkpoint, run_on_gpu)


class GpuScorer:
    """Scores with ``checkpoint`` on a GPU that is assigned for each call.

    ZeroGPU forks a process that has the GPU: it inherits the weights, so that only prompts, names and scores are
    transferred. The weights are moved within the call, and stay on the GPU as long as that process lives.

    :param wrap: wraps a function to run in the process with the device, see :func:`run_on_gpu`.
    :param device: by default the GPU if there is one, else the CPU.
    """

    def __init__(self, checkpoint: Checkpoint, wrap: Callable[[Work], Work], device: str | None = None):
        self.name, self.prompt_format = checkpoint.name, checkpoint.prompt_format
        self.count_tokens = checkpoint.count_tokens
        self._checkpoint, self._device = checkpoint, device

        def score(prompts: Sequence[str], candidates: Sequence[str]) -> torch.Tensor:
            with self._move():
                return checkpoint.log_likelihoods(prompts, candidates).cpu()

        def write(prompts: Sequence[str]) -> list[str]:
            with self._move():
                return checkpoint.generate(prompts)

        self._score: Callable[..., torch.Tensor] = wrap(score)
        self._write: Callable[..., list[str]] = wrap(write)

    def log_likelihoods(self, prompts: Sequence[str], candidates: Sequence[str]) -> torch.Tensor:
        """See :meth:`Scorer.log_likelihoods`."""
        return self._score(prompts, candidates)

    def generate(self, prompts: Sequence[str]) -> list[str]:
        """See :meth:`Scorer.generate`."""
        return self._write(prompts)

    def _move(self) -> torch.device:
        """Move the weights to the device and return it; as a context manager, it makes new tensors there."""
        import torch

        device = torch.device(self._device or ("cuda" if torch.cuda.is_available() else "cpu"))
        self._checkpoint.model.to(device)
        return device
