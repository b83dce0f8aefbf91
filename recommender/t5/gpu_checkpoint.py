"""A checkpoint whose arithmetic is done on a GPU that is lent for each call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch

from .scorer import Checkpoint

Work = Callable[..., Any]


class GpuCheckpoint(Checkpoint):
    """Answers as ``checkpoint`` does, from another device.

    The process that is lent a GPU is forked for it: it inherits the weights, and only
    prompts, names and scores travel. So the weights move within the call, and come to stay in
    that process for as long as it lives.

    :param lend: makes a function one that runs where the device is.
    :param device: by default the GPU if there is one.
    """

    def __init__(self, checkpoint: Checkpoint, lend: Callable[[Work], Work], device: str | None = None):
        vars(self).update(vars(checkpoint))
        self._device = device

        def score(prompts: Sequence[str], candidates: Sequence[str]) -> torch.Tensor:
            with self._there():
                return checkpoint.log_likelihoods(prompts, candidates).cpu()

        def write(prompts: Sequence[str]) -> list[str]:
            with self._there():
                return checkpoint.generate(prompts)

        self._score: Callable[..., torch.Tensor] = lend(score)
        self._write: Callable[..., list[str]] = lend(write)

    def log_likelihoods(self, prompts: Sequence[str], candidates: Sequence[str]) -> torch.Tensor:
        """As :meth:`Checkpoint.log_likelihoods`; on the CPU when it comes back."""
        return self._score(prompts, candidates)

    def generate(self, prompts: Sequence[str]) -> list[str]:
        """As :meth:`Checkpoint.generate`."""
        return self._write(prompts)

    def _there(self) -> torch.device:
        device = torch.device(self._device or ("cuda" if torch.cuda.is_available() else "cpu"))
        self.model.to(device)
        return device  # as a context, the place of every new tensor
