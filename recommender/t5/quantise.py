"""Quantise a T5 to 8 bits: it is faster on a CPU and a quarter of the size, but its scores differ slightly."""

# mypy: allow-untyped-calls
# (torch is typed in part)

from __future__ import annotations

import warnings

import torch
from torch.ao.quantization import per_channel_dynamic_qconfig, quantize_dynamic
from transformers import PreTrainedModel

from ..errors import RecommenderError

MIN_PARAMETERS = 50_000_000  # of a smaller model, little time goes with matrices; T5-small has 60 million


class TooSmall(RecommenderError):
    """A checkpoint that would not gain from 8 bits; the message gives its size and the least one."""


def check_size(model: PreTrainedModel, name: str) -> None:
    """Check that the model is large enough to gain from 8 bits.

    :raises TooSmall: if it is not.
    """
    parameters = model.num_parameters()
    if parameters < MIN_PARAMETERS:
        raise TooSmall(
            f'int8 speeds up checkpoints from {MIN_PARAMETERS:,} parameters; "{name}" has {parameters:,}. '
            "Run it without int8."
        )


def quantise(model: PreTrainedModel) -> PreTrainedModel:
    """Convert the weights of every linear layer of ``model`` to int8 in place, with one scale per output; return it.

    A layer's inputs are quantised when it is called, so no calibration data are needed. Embeddings, norms and the
    arithmetic between the layers stay in float32.
    """
    engines = torch.backends.quantized
    if engines.engine == "none" and "qnnpack" in engines.supported_engines:  # torch does not choose it on macOS
        engines.engine = "qnnpack"
    with warnings.catch_warnings():
        # torch warns that this function will move to another package; requirements.txt pins a version that has it
        warnings.simplefilter("ignore", UserWarning)
        warnings.simplefilter("ignore", DeprecationWarning)
        quantize_dynamic(model, {torch.nn.Linear: per_channel_dynamic_qconfig}, dtype=torch.qint8, inplace=True)
    return model
