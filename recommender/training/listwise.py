"""Listwise training: the T5 learns the whole distribution of the next purchase, through the trie that also ranks.

The loss of a prompt is KL(q ‖ p) = Σ q(c) · log(q(c) / p(c | prompt)) over all candidates c, with q the probability
that the shopper buys c and log p from the same pass of the decoder as in serving (:mod:`recommender.t5.trie`). So one
prompt teaches thirty names instead of one (ListNet's top-one loss, Cao et al. 2007, with a language model's
likelihoods). Since the likelihoods are not normalised over the candidates, free generation is learned as well.

By the chain rule it is Σ q(n) · KL(q(· | n) ‖ p(· | n)) over the nodes n of the trie, the prefixes of names. A name
that is hardly ever bought would hardly be learned, not even its spelling. The loss therefore adds the same small
amount to every node's weight q(n), :data:`EVERY_NODE` in all.

What is hardly ever bought would not be put in order either. Therefore the divergence of the whole ranking is added at a
temperature T (Hinton et al. 2015, arXiv 1503.02531): T · KL(q^(1/T) ‖ p^(1/T)), both normalised over the candidates,
with T such that the utilities span :data:`SPAN` nats at most, and times :data:`RANKING_WEIGHT`. The factor T makes the
gradient with respect to a log-likelihood as large as that of KL(q ‖ p), which is the case T = 1. The minimum of the sum
is still the true distribution.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import torch
from transformers import PreTrainedTokenizerBase, T5ForConditionalGeneration
from transformers.modeling_outputs import Seq2SeqLMOutput

from ..shop.item import Item
from ..t5.prompt import build_item_prompt
from ..t5.trie import build_trie, join_tries, pad_rows, score_edges, sum_edges

EVERY_NODE = 2.0
SPAN = 4.0  # nats between the highest and the lowest utility, at the temperature at which the whole ranking is taught
# With 1, a T5 of this size has more of the shelf in order, but is less sure of what is likeliest
RANKING_WEIGHT = 0.1


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
        return build_item_prompt(self.basket, self.candidates, self.language)


def encode(example: Example, tokenizer: PreTrainedTokenizerBase, every_node: float = EVERY_NODE) -> dict[str, Any]:
    """Encode an example: the prompt's token ids, and what :func:`encode_candidates` returns."""
    return {
        "input_ids": tokenizer(example.prompt)["input_ids"],
        **encode_candidates(example, tokenizer, every_node),
    }


def encode_candidates(
    example: Example, tokenizer: PreTrainedTokenizerBase, every_node: float = EVERY_NODE
) -> dict[str, Any]:
    """Encode the candidates of an example: a weighted trie of their names, and their tempered probabilities.

    Its "entropy" is that of the true probabilities at all nodes, weighted: the minimum of the cross entropy.

    :param every_node: added to the weights of all nodes together; with 0, :func:`divergence` is KL(q ‖ p).
    """
    names = tokenizer([item.prompt_name(example.language) for item in example.candidates])["input_ids"]
    trie = build_trie(names, tokenizer.pad_token_id)
    node, token, name = (edges.numpy() for edges in (trie.edge_node, trie.edge_token, trie.edge_name))
    # (E,): every name has its own edges, even where it shares a prefix
    edge_probabilities = np.array(example.probabilities)[trie.names.numpy()][name]
    at_node = np.bincount(node, edge_probabilities)[node]
    _, step = np.unique(node * len(tokenizer) + token, return_inverse=True)
    of_step = np.bincount(step, edge_probabilities)[step]
    weight = edge_probabilities * (1 + every_node / (len(trie) * at_node))
    return {
        "trie": trie,
        "edge_weight": torch.tensor(weight, dtype=torch.float32),
        "entropy": torch.tensor(-(weight * np.log(of_step / at_node)).sum(), dtype=torch.float32),
        **_temper(example.probabilities),
    }


def _temper(probabilities: Sequence[float]) -> dict[str, torch.Tensor]:
    """Return the temperature for probabilities, and the probabilities at this temperature, (C,)."""
    utilities = np.log(probabilities)  # in float64, or the rarest purchase would have probability 0
    temperature = max(np.ptp(utilities) / SPAN, 1)
    tempered = np.exp((utilities - utilities.max()) / temperature)
    return {
        "temperature": torch.tensor(temperature, dtype=torch.float32),
        "tempered": torch.tensor(tempered / tempered.sum(), dtype=torch.float32),
    }


def collate(examples: Sequence[Mapping[str, Any]]) -> dict[str, torch.Tensor]:
    """Pad a batch of P prompts, and join their tries into a forest.

    :return: input_ids and attention_mask (P, S); edge_weight (P, E); entropy and temperature (P,); tempered (P, C).
    """
    return {
        **pad_prompts([example["input_ids"] for example in examples]),
        "edge_weight": pad_rows([example["edge_weight"] for example in examples]),
        **{name: torch.stack([example[name] for example in examples]) for name in ("entropy", "temperature")},
        "tempered": pad_rows([example["tempered"] for example in examples]),
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
        """Switch to the attention that is trained faster, expect tied weights once in a checkpoint, and return itself.

        As the mask is learned, SDPA takes a third more time on a CPU, but an eighth less on a GPU (an H100).
        """
        self.set_attn_implementation("sdpa" if torch.cuda.is_available() else "eager")
        # Embeddings that are one tensor are saved once; of the others, the Trainer would warn that they are missing
        self._keys_to_ignore_on_save = set(self.all_tied_weights_keys)
        return self

    def plain(self) -> T5ForConditionalGeneration:
        """Return a plain T5 with the same weights."""
        model = T5ForConditionalGeneration(self.config)
        model.load_state_dict(self.state_dict())
        return model


class ListwiseT5(TrainableT5):
    """A T5 that computes the listwise loss of a batch of :func:`collate`."""

    def forward(self, tokens: torch.Tensor | None = None, **inputs: Any) -> Seq2SeqLMOutput:
        """Return the loss of a batch: the mean of log(1 + both divergences), so that no odd name outweighs the rest.

        :param tokens: the tries' tokens, shape (P, N); if None, this is the forward pass of a plain T5.
        """
        if tokens is None:
            output: Seq2SeqLMOutput = super().forward(**inputs)
            return output
        batch = {"tokens": tokens, **inputs}
        edge_log_probs = score_edges(self, batch["input_ids"], batch["attention_mask"], batch)  # (P, E)
        of_ranking = divergence_of_ranking(sum_edges(edge_log_probs, batch), batch)
        found = _divergence_of_edges(edge_log_probs, batch) + RANKING_WEIGHT * of_ranking
        return Seq2SeqLMOutput(loss=found.clamp_min(0).log1p().mean())


def divergence(model: T5ForConditionalGeneration, batch: Mapping[str, torch.Tensor]) -> torch.Tensor:
    """Return each prompt's cross entropy minus its minimum, in nats, shape (P,); see :func:`encode`."""
    return _divergence_of_edges(score_edges(model, batch["input_ids"], batch["attention_mask"], batch), batch)


def _divergence_of_edges(edge_log_probs: torch.Tensor, batch: Mapping[str, torch.Tensor]) -> torch.Tensor:
    cross_entropy: torch.Tensor = -(batch["edge_weight"] * edge_log_probs).sum(1)
    return cross_entropy - batch["entropy"]


def divergence_of_ranking(log_likelihoods: torch.Tensor, batch: Mapping[str, torch.Tensor]) -> torch.Tensor:
    """Return T · KL at each prompt's temperature T, in nats, shape (P,); see the module's docstring.

    :param log_likelihoods: of the candidates, (P, C).
    """
    tempered = batch["tempered"][:, : log_likelihoods.shape[1]]
    given = (log_likelihoods / batch["temperature"][:, None]).log_softmax(-1)
    found: torch.Tensor = batch["temperature"] * (torch.xlogy(tempered, tempered) - tempered * given).sum(1)
    return found
