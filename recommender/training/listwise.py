"""Listwise training: the T5 learns the whole distribution of the next purchase, through the trie that also ranks.

The loss of a prompt is KL(q ‖ p) = Σ q(c) · log(q(c) / p(c | prompt)) over all candidates c, with q the probability
that the shopper buys c and log p from the same pass of the decoder as in serving (:mod:`recommender.t5.trie`). So one
prompt teaches thirty names instead of one (ListNet's top-one loss, Cao et al. 2007, with a language model's
likelihoods). Since the likelihoods are not normalised over the candidates, free generation is learned as well.

By the chain rule it is Σ q(n) · KL(q(· | n) ‖ p(· | n)) over the nodes n of the trie, the prefixes of names. A name
that is hardly ever bought would hardly be learned, not even its spelling. The loss therefore adds the same small
amount to every node's weight q(n), :data:`EVERY_NODE` in all. The minimum stays the same: the true distribution at
every node.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Self

import torch
from transformers import PreTrainedTokenizerBase, T5ForConditionalGeneration
from transformers.modeling_outputs import Seq2SeqLMOutput

from ..shop.catalog import Item
from ..t5.prompt import build_prompt
from ..t5.trie import build_trie, join_tries, pad_rows, score_edges

EVERY_NODE = 2.0


@dataclass(frozen=True)
class Example:
    """A shopper at a shelf, in one language.

    :ivar probabilities: of each candidate to be bought next; they add up to 1.
    """

    language: str
    basket: Sequence[Item]
    candidates: Sequence[Item]
    probabilities: Sequence[float]

    @property
    def prompt(self) -> str:
        """Return what the T5 reads."""
        owned, offered = ([i.name(self.language) for i in items] for items in (self.basket, self.candidates))
        return build_prompt(owned, offered, self.language)


def make_name_tokenizer(tokenizer: PreTrainedTokenizerBase) -> Callable[[str], tuple[int, ...]]:
    """Return a function that tokenizes a name, and remembers it."""

    @lru_cache(maxsize=100_000)
    def tokens_of(name: str) -> tuple[int, ...]:
        return tuple(tokenizer(name)["input_ids"])

    return tokens_of


def make_encoder(
    tokenizer: PreTrainedTokenizerBase, every_node: float = EVERY_NODE
) -> Callable[[Example], dict[str, Any]]:
    """Return a function that encodes an example: the prompt's token ids, and a weighted trie of the candidates' names.

    :param every_node: added to the weights of all nodes together; with 0, :func:`divergence` is KL(q ‖ p).
    """
    tokens_of = make_name_tokenizer(tokenizer)

    def encode(example: Example) -> dict[str, Any]:
        names = [tokens_of(item.name(example.language)) for item in example.candidates]
        trie = build_trie(names, tokenizer.pad_token_id)
        # float64, or the rarest purchase would have probability 0
        of_name = torch.tensor(example.probabilities, dtype=torch.float64)[trie.names]
        of_edge = of_name[trie.edge_name]  # (E,): every name has its own edges, even where it shares a prefix
        at_node = torch.zeros(len(trie), dtype=torch.float64).index_add(0, trie.edge_node, of_edge)[trie.edge_node]
        step = trie.edge_node * len(tokenizer) + trie.edge_token
        of_step = torch.zeros(int(step.max()) + 1, dtype=torch.float64).index_add(0, step, of_edge)[step]
        weight = of_edge * (1 + every_node / (len(trie) * at_node))
        return {
            "input_ids": tokenizer(example.prompt)["input_ids"],
            "trie": trie,
            "edge_weight": weight.float(),
            "least": -(weight * (of_step / at_node).log()).sum().float(),
        }

    return encode


def collate(examples: Sequence[Mapping[str, Any]]) -> dict[str, torch.Tensor]:
    """Pad a batch of P prompts: input_ids and attention_mask (P, S), edge_weight (P, E), least (P,), and a forest."""
    return {
        **pad_prompts([example["input_ids"] for example in examples]),
        "edge_weight": pad_rows([example["edge_weight"] for example in examples]),
        "least": torch.stack([example["least"] for example in examples]),
        **join_tries([example["trie"] for example in examples]),
    }


def pad_prompts(prompts: Sequence[Sequence[int]]) -> dict[str, torch.Tensor]:
    """Return the input_ids and attention_mask of P prompts, (P, S)."""
    rows = [torch.tensor(ids) for ids in prompts]
    return {"input_ids": pad_rows(rows), "attention_mask": pad_rows([torch.ones_like(ids) for ids in rows])}


class TrainableT5(T5ForConditionalGeneration):
    """A T5 whose subclasses compute their own loss in the forward pass; it is saved as a plain T5."""

    accepts_loss_kwargs = False  # tells the Trainer not to count labels: there are none

    @classmethod
    def copy_of(cls, model: T5ForConditionalGeneration) -> Self:
        """Return a copy of a T5 that can be trained."""
        copy = cls(model.config)
        copy.load_state_dict(model.state_dict())
        return copy.for_training()

    def for_training(self) -> Self:
        """Switch to eager attention and return itself; as the mask is learned, SDPA would take a third more time."""
        self.set_attn_implementation("eager")
        return self

    def plain(self) -> T5ForConditionalGeneration:
        """Return a plain T5 with the same weights."""
        model = T5ForConditionalGeneration(self.config)
        model.load_state_dict(self.state_dict())
        return model


class ListwiseT5(TrainableT5):
    """A T5 that computes the listwise loss of a batch of :func:`collate`."""

    def forward(self, tokens: torch.Tensor | None = None, **inputs: Any) -> Seq2SeqLMOutput:
        """Return the loss of a batch: the mean of log(1 + divergence), so that no odd name outweighs the rest.

        :param tokens: the tries' tokens, shape (P, N); if None, this is the forward pass of a plain T5.
        """
        if tokens is None:
            output: Seq2SeqLMOutput = super().forward(**inputs)
            return output
        return Seq2SeqLMOutput(loss=divergence(self, {"tokens": tokens, **inputs}).clamp_min(0).log1p().mean())


def divergence(model: T5ForConditionalGeneration, batch: Mapping[str, torch.Tensor]) -> torch.Tensor:
    """Return each prompt's cross entropy minus its minimum, in nats, shape (P,); see :func:`make_encoder`."""
    of_edge = score_edges(model, batch["input_ids"], batch["attention_mask"], batch)  # (P, E)
    cross_entropy: torch.Tensor = -(batch["edge_weight"] * of_edge).sum(1)
    return cross_entropy - batch["least"]
