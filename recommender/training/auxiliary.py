"""Auxiliary targets: what training tells a new T5 about each candidate, besides what is bought next (Caruana 1997).

One name per prompt is little to learn from. So a T5 in training also predicts, at every piece of every candidate's
name, how many purchases are of the same sport, how many of the same kind, and whether the candidate is bought next or
at least of the group that decides. The linear heads for this are dropped at the end: a plain T5 is saved, which gets
nothing but the prompt.
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

# (purchases of the same sport, of the same kind, part); part: 0 none, 1 of the deciding group, 2 bought next
Targets = tuple[int, int, int]
UNKNOWN = -100  # ignored by cross entropy
NO_TARGETS: Targets = (UNKNOWN, UNKNOWN, UNKNOWN)
MOST = 8  # counts from here up are one class
WEIGHT = 0.5  # of an auxiliary loss, relative to that of the names


def auxiliary_targets(shopper: Shopper, candidates: Sequence[Item]) -> list[Targets]:
    """Return each candidate's targets. After one item alone the deciding group is unknown: kit or counterpart."""

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


class AuxiliaryT5(T5ForConditionalGeneration):
    """A T5 in training, with heads for the auxiliary targets, whose loss includes theirs."""

    accepts_loss_kwargs = False  # the Trainer need not count the labels for it

    def __init__(self, config: T5Config):
        super().__init__(config)
        self.counts = nn.Linear(config.d_model, 2 * (MOST + 1))
        self.part = nn.Linear(config.d_model, 3)
        self.post_init()  # type: ignore[no-untyped-call]  # transformers' own

    def forward(self, auxiliary: torch.Tensor | None = None, **inputs: Any) -> Seq2SeqLMOutput:
        """Do as a T5 does, and add the auxiliary loss.

        :param auxiliary: targets, shape (B, S, 3); None outside training.
        """
        asked = {} if auxiliary is None else {"output_hidden_states": True}
        output: Seq2SeqLMOutput = super().forward(**inputs, **asked)
        if auxiliary is None:
            return output
        assert output.encoder_hidden_states is not None and output.loss is not None  # both are asked for in training
        *_, before_last, last = output.encoder_hidden_states  # (B, S, D); the last block is left to compare the counts
        counts = self.counts(rms_norm(before_last, before_last.shape[-1:])).unflatten(-1, (2, MOST + 1))  # (B, S, 2, M)
        of_counts = cross_entropy(counts.flatten(0, 2).float(), auxiliary[..., :2].flatten())
        of_part = cross_entropy(self.part(last).flatten(0, 1).float(), auxiliary[..., 2].flatten())
        # a batch of one-item baskets has no target for the part, and the mean over nothing is NaN
        output.loss = output.loss + WEIGHT * (2 * of_counts + of_part.nan_to_num())
        return output

    def plain(self) -> T5ForConditionalGeneration:
        """Return the T5 without the heads."""
        model = T5ForConditionalGeneration(self.config)
        model.load_state_dict(self.state_dict(), strict=False)
        return model


class AuxiliaryCollator(DataCollatorForSeq2Seq):
    """Pads the auxiliary targets as well."""

    def __call__(self, features: Sequence[Mapping[str, Any]], return_tensors: str | None = None) -> dict[str, Any]:
        """Return a batch; the auxiliary targets have the shape (B, S, 3)."""
        names = [{key: value for key, value in f.items() if key != "auxiliary"} for f in features]
        batch = super().__call__(names, return_tensors)  # type: ignore[no-untyped-call]  # transformers' own
        length = batch["input_ids"].shape[1]
        padded = [[*f["auxiliary"], *[NO_TARGETS] * (length - len(f["auxiliary"]))] for f in features]
        return {**batch, "auxiliary": torch.tensor(padded)}
