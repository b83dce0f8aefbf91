"""A T5 checkpoint: rank a closed list of names exactly, or write freely.

Ranking asks for the log-likelihood of every candidate, log p(name | prompt) = Σ log p(tokenₜ | prompt, tokens₍<ₜ₎),
end token included. Nothing is sampled and nothing can be missed: what is not on the list cannot win.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Protocol

import torch
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from .loading import languages_of, read
from .prompt import PromptFormat
from .source import BUNDLED, NAME_OVERRIDES, CheckpointError, find, name_of
from .trie import Trie, tries

__all__ = ["BUNDLED", "MAX_NEW_TOKENS", "Checkpoint", "CheckpointError"]

MAX_NEW_TOKENS = 40  # the longest shelf name has 14 pieces; 60 letters of a name nobody knows are about 30
MAX_NODES = 512  # of a trie; attention is quadratic in it
MAX_LOGITS = 2**26  # floats held at a time, a quarter of a gigabyte


class Scorer(Protocol):
    """What ranks names and writes texts: a :class:`Checkpoint`, or a wrapper around one.

    :ivar name: what answers call it.
    :ivar prompt_format: the format in which it is prompted.
    """

    @property
    def name(self) -> str: ...
    @property
    def prompt_format(self) -> PromptFormat: ...

    def log_likelihoods(self, prompts: Sequence[str], candidates: Sequence[str]) -> torch.Tensor:
        """Return the log-likelihood of every candidate after every prompt in nats, shape (P, C)."""
        ...

    def generate(self, prompts: Sequence[str]) -> list[str]:
        """Return what the T5 writes after each prompt when nothing constrains it."""
        ...

    def count_tokens(self, prompt: str) -> int:
        """Return how many tokens the T5 reads in ``prompt``, end token included."""
        ...


class Checkpoint:
    """A T5 (or mT5) with its tokenizer, ready to answer on the CPU.

    :param name: what to call it in an answer.
    """

    def __init__(self, model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, name: str):
        self.model, self.tokenizer, self.name = model.eval(), tokenizer, name

    @classmethod
    def load(cls, name_or_path: str | Path | None = None, *, int8: bool = False) -> Checkpoint:
        """Load a folder or a Hub id; by default the bundled T5.

        :param int8: whether to calculate in 8 bits.
        :raises CheckpointError: where there is none, or it is not a T5.
        :raises TooSmall: where 8 bits are asked for and not worth it.
        """
        return cls.read(find(name_or_path), name_of(name_or_path), int8=int8)

    @classmethod
    def read(cls, folder: Path, name: str, *, int8: bool = False) -> Checkpoint:
        """Load a folder that :func:`checkpoints.find` has found.

        :raises CheckpointError: where a file is broken.
        :raises TooSmall: where 8 bits are asked for and not worth it.
        """
        model, tokenizer = read(folder, name)
        if int8:
            from .quantise import check_size, quantise  # seldom wanted, and not free to import

            check_size(model, name)
            return cls(quantise(model), tokenizer, f"{name} (int8)")
        return cls(model, tokenizer, name)

    @cached_property
    def prompt_format(self) -> PromptFormat:
        """The languages whose prompts it reads, and the names that it was trained with."""
        return PromptFormat(languages_of(self.tokenizer), NAME_OVERRIDES.get(self.name.removesuffix(" (int8)"), {}))

    @torch.inference_mode()
    def log_likelihoods(self, prompts: Sequence[str], candidates: Sequence[str]) -> torch.Tensor:
        """The log-likelihood of every candidate after every prompt, in nats.

        The encoder reads each prompt once, and the decoder each distinct beginning of a name once. What is
        held at a time is bounded, however many prompts and candidates there are.

        :return: shape (P, C), float32.
        """
        names = self.tokenizer(list(candidates))["input_ids"]
        shared = [(trie, trie.mask(self._bias(len(trie)))) for trie in self._tries(names)]
        rows = max(1, MAX_LOGITS // (self.model.config.vocab_size * max(len(trie) for trie, _ in shared)))
        scores = torch.empty(len(prompts), len(names))
        for first in range(0, len(prompts), rows):
            source = self.tokenizer(list(prompts[first : first + rows]), return_tensors="pt", padding=True)
            encoded = self.model.get_encoder()(**source)  # (P, S, D)
            for trie, mask in shared:
                logits = self.model(
                    encoder_outputs=encoded,
                    attention_mask=source["attention_mask"],
                    decoder_input_ids=trie.tokens.expand(len(source["input_ids"]), -1),  # (P, N)
                    decoder_attention_mask=mask,
                    use_cache=False,
                ).logits  # (P, N, V)
                scores[first : first + rows, trie.names] = trie.log_likelihoods(logits)
        return scores

    def _tries(self, names: Sequence[Sequence[int]]) -> list[Trie]:
        return list(tries(names, self.model.config.decoder_start_token_id, MAX_NODES))

    def _bias(self, length: int) -> torch.Tensor:
        """What the decoder adds to its attention scores by index, shape (1, heads, length, length).

        The first layer has it for all, in T5 as in mT5.
        """
        attention = self.model.get_decoder().block[0].layer[0].SelfAttention
        return attention.compute_bias(length, length)

    def count_tokens(self, prompt: str) -> int:
        """See :meth:`Scorer.count_tokens`."""
        return len(self.tokenizer(prompt)["input_ids"])

    @torch.inference_mode()
    def generate(self, prompts: Sequence[str]) -> list[str]:
        """What the T5 writes when nothing constrains it: greedy, one text per prompt."""
        source = self.tokenizer(list(prompts), return_tensors="pt", padding=True)
        written = self.model.generate(
            input_ids=source["input_ids"],
            attention_mask=source["attention_mask"],
            max_new_tokens=MAX_NEW_TOKENS,
            do_sample=False,
            num_beams=1,
        )
        return [text.strip() for text in self.tokenizer.batch_decode(written, skip_special_tokens=True)]
