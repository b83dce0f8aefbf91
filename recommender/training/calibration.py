"""Temperature scaling (Guo et al. 2017, arXiv 1706.04599), so that a T5's probabilities match its accuracy."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import torch
from torch.nn.functional import cross_entropy
from transformers import DataCollatorForSeq2Seq, PreTrainedTokenizerBase, T5ForConditionalGeneration

from ..shop.catalog import Catalog
from .shoppers import next_purchases
from .validation import Group

TEMPERATURES = [hundredths / 100 for hundredths in range(50, 201)]
BATCH = 32


def calibrate(
    model: T5ForConditionalGeneration, tokenizer: PreTrainedTokenizerBase, shop: Catalog, groups: Iterable[Group]
) -> float:
    """Divide the logits by the temperature that makes the next purchases of all groups, equally weighted, likeliest.

    The logits are linear in the decoder's last layer norm, so its weights are divided: the T5 stays a plain one, and
    what it writes greedily stays the same.

    :return: the temperature; below 1 if the T5 was underconfident.
    """
    batches = [batch for group in groups for batch in _scored(model, tokenizer, shop, group)]
    logits, tokens, weights = (torch.cat(part) for part in zip(*batches, strict=True))

    def loss(temperature: float) -> float:
        return float(weights @ cross_entropy(logits / temperature, tokens, reduction="none"))

    best = min(TEMPERATURES, key=loss)
    with torch.no_grad():
        model.get_parameter("decoder.final_layer_norm.weight").div_(best)
    return best


@torch.no_grad()
def _scored(
    model: T5ForConditionalGeneration, tokenizer: PreTrainedTokenizerBase, shop: Catalog, group: Group
) -> Iterator[tuple[torch.Tensor, torch.Tensor, torch.Tensor]]:
    """Yield logits (N, V), token ids (N) and weights (N) of the names that the group may buy next, batch by batch.

    A weight is the probability of a purchase; those of a whole group's names add up to 1.
    """
    examples, shares = [], []
    for case in group.cases:
        shelf = (*shop, *case.added)
        names = {item.id: item.name(group.language) for item in shelf}
        prompt = tokenizer(case.prompt(shop, group.language))["input_ids"]
        for bought, probability in next_purchases(case.basket, shelf, shop).items():
            examples.append({"input_ids": prompt, "labels": tokenizer(names[bought])["input_ids"]})
            shares.append(probability / len(group.cases))
    collate = DataCollatorForSeq2Seq(tokenizer)
    for start in range(0, len(examples), BATCH):
        batch = collate(examples[start : start + BATCH]).to(model.device)
        written = batch["labels"] >= 0  # less the padding
        weights = torch.tensor(shares[start : start + BATCH], device=model.device)[:, None].expand_as(written)
        yield model(**batch).logits[written], batch["labels"][written], weights[written]
