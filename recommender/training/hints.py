"""Hints: what training tells a new T5 about each candidate, besides what is bought next.

One name per prompt is little to learn from. So a T5 in training is also asked, at every piece of every candidate's
name, how many purchases are of the same sport, how many of the same kind, and whether the candidate is bought next or
at least of the group that decides (auxiliary objectives, Caruana 1997). The linear heads that answer are thrown away at
the end: what is saved is a plain T5, which gets nothing but the prompt.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import nn
from torch.nn.functional import cross_entropy, rms_norm
from transformers import DataCollatorForSeq2Seq, T5Config, T5ForConditionalGeneration
from transformers.modeling_outputs import Seq2SeqLMOutput

from ..shop.catalog import Item
from .shoppers import Shopper

# purchases of the same sport, of the same kind, and 0 to 2: no part in it, of the group that decides, bought next
Hint = tuple[int, int, int]
UNKNOWN = -100  # what cross entropy leaves out
NO_HINT: Hint = (UNKNOWN, UNKNOWN, UNKNOWN)
MOST = 8  # counts from here up are one class
WEIGHT = 0.5  # of a hint's loss beside that of the names


def hints(shopper: Shopper, candidates: Sequence[Item]) -> list[Hint]:
    """The hint of each candidate. What decides after one item alone is left open: that has two readings."""

    def count(item: Item, of: str) -> int:
        return sum(getattr(owned, of) == getattr(item, of) for owned in shopper.basket)

    bought = shopper.next
    decides = "sport" if count(bought, "sport") >= count(bought, "kind") else "kind"
    return [
        (
            min(count(item, "sport"), MOST),
            min(count(item, "kind"), MOST),
            (getattr(item, decides) == getattr(bought, decides)) + (item == bought)
            if len(shopper.basket) > 1
            else UNKNOWN,
        )
        for item in candidates
    ]


class HintedT5(T5ForConditionalGeneration):
    """A T5 in training, whose loss includes that of the hints."""

    accepts_loss_kwargs = False  # the Trainer need not count the labels for it

    def __init__(self, config: T5Config):
        super().__init__(config)
        self.counts = nn.Linear(config.d_model, 2 * (MOST + 1))
        self.part = nn.Linear(config.d_model, 3)
        self.post_init()

    def forward(self, hints: torch.Tensor | None = None, **inputs: Any) -> Seq2SeqLMOutput:
        """As a T5's.

        :param hints: shape (B, S, 3); none outside training.
        """
        if hints is None:
            return super().forward(**inputs)
        output = super().forward(**inputs, output_hidden_states=True)
        *_, before_last, last = output.encoder_hidden_states  # (B, S, D); the last block is left to compare the counts
        counts = self.counts(rms_norm(before_last, before_last.shape[-1:])).unflatten(-1, (2, MOST + 1))  # (B, S, 2, M)
        of_counts = cross_entropy(counts.flatten(0, 2).float(), hints[..., :2].flatten())
        of_part = cross_entropy(self.part(last).flatten(0, 1).float(), hints[..., 2].flatten())
        # a batch of one-item baskets has no hint on the part, and the mean over nothing is no number
        output.loss = output.loss + WEIGHT * (2 * of_counts + of_part.nan_to_num())
        return output

    def plain(self) -> T5ForConditionalGeneration:
        """The T5 without the heads."""
        model = T5ForConditionalGeneration(self.config)
        model.load_state_dict(self.state_dict(), strict=False)
        return model


class HintedCollator(DataCollatorForSeq2Seq):
    """Pads the hints as well."""

    def __call__(self, features: Sequence[Mapping[str, Any]], return_tensors: str | None = None) -> dict[str, Any]:
        """A batch; hints have the shape (B, S, 3)."""
        names = [{key: value for key, value in f.items() if key != "hints"} for f in features]
        batch = super().__call__(names, return_tensors)
        length = batch["input_ids"].shape[1]
        padded = [[*f["hints"], *[NO_HINT] * (length - len(f["hints"]))] for f in features]
        return {**batch, "hints": torch.tensor(padded)}
