"""Score a closed list of names exactly with a T5, or let it generate freely.

Ranking uses the log-likelihood of every candidate, log p(name | prompt) = Σ log p(tokenₜ | prompt, tokens₍<ₜ₎), the end
token included. Nothing is sampled, and a name that is not on the list cannot be recommended.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import Protocol

import torch
from torch.utils.data import DataLoader
from transformers import BatchEncoding, PretrainedConfig, PreTrainedModel, PreTrainedTokenizerBase

from ..errors import summarise
from ..shop.language import LANGUAGES
from .files import CheckpointError, Problem
from .loading import complete_tokens, read_files
from .position_bias import compute_bias_by_distance
from .prompt import PromptFormat, build_prompt
from .source import BUNDLED, NAME_OVERRIDES, find_checkpoint, name_checkpoint
from .trie import build_masks, build_trie, build_tries, join_tries, score_edges, sum_edges

PROMPT_LANGUAGES = "prompt_languages"  # the setting in config.json that names the languages a T5 was trained on
MAX_NEW_TOKENS = 40  # the longest shelf name has 6 tokens; an unfamiliar name of 60 letters has up to 40
HASH_DIGITS = 12  # hexadecimal digits of a SHA-256 in a signature
MAX_NODES = 512  # of a trie; attention is quadratic in it
FOREST_SIZE = 8  # prompts with their own candidates in one pass; with 16, a long history takes a quarter more time
MAX_LOGITS = 2**26  # floats in memory at a time, a quarter of a gigabyte
MAX_ATTENTION = 2**26  # floats, like those: heads x tokens² per prompt in a layer of the encoder


class Scorer(Protocol):
    """A :class:`Checkpoint`, or a wrapper around one."""

    @property
    def name(self) -> str:
        """The checkpoint's name in answers."""

    @property
    def prompt_format(self) -> PromptFormat:
        """The format of the prompts that it reads."""

    def log_likelihoods(self, prompts: Sequence[str], candidates: Sequence[str]) -> torch.Tensor:
        """Return the log-likelihood of every candidate after every prompt, in nats; shape (P, C), float32, CPU."""

    def generate(self, prompts: Sequence[str]) -> list[str]:
        """Return what the T5 writes after each prompt by unconstrained greedy decoding."""

    def count_tokens(self, prompt: str) -> int:
        """Return the number of tokens of ``prompt``, end token included."""


class Checkpoint:
    """A T5 (or mT5) with its tokenizer, loaded on the CPU.

    :param name: its name in answers.
    """

    def __init__(self, model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, name: str):
        self.model, self.tokenizer, self.name = model.eval(), tokenizer, name

    @classmethod
    def load(cls, source: str | Path | None = None, *, bundled: Path = BUNDLED) -> Checkpoint:
        """Load a checkpoint from a folder or the Hub; by default the bundled T5.

        :param bundled: the folder of the T5 that comes with the shop.
        :raises CheckpointError: if there is none, or it is not a T5.
        """
        return cls.from_folder(find_checkpoint(source, bundled=bundled), name_checkpoint(source))

    @classmethod
    def from_folder(cls, folder: Path, name: str, *, int8: bool = False) -> Checkpoint:
        """Load a folder that :func:`find_checkpoint` returned.

        :param int8: whether to run it in 8 bits.
        :raises CheckpointError: if a file is broken.
        :raises TooSmall: if it is too small to gain from 8 bits.
        """
        model, tokenizer = read_files(folder, name)
        checkpoint = cls(model, tokenizer, name)
        _set_up(checkpoint)
        if int8:
            from .quantise import check_size, quantise  # slow to import, and seldom needed

            check_size(model, name)
            return cls(quantise(model), tokenizer, f"{name} (int8)")
        return checkpoint

    @cached_property
    def prompt_format(self) -> PromptFormat:
        """See :class:`Scorer`."""
        return PromptFormat(
            _find_languages(self.model.config, self.tokenizer),
            NAME_OVERRIDES.get(self.name.removesuffix(" (int8)"), {}),
        )

    @torch.inference_mode()
    def log_likelihoods(self, prompts: Sequence[str], candidates: Sequence[str]) -> torch.Tensor:
        """See :meth:`Scorer.log_likelihoods`.

        The encoder reads each prompt once, and the decoder each distinct prefix of the names once. The memory is
        bounded, however many prompts and candidates there are.

        :raises CheckpointError: if the weights compute NaN or infinity.
        """
        names = self.tokenizer(list(candidates))["input_ids"]
        config = self.model.config
        tries = [
            (trie, build_masks(self.model, trie.depth[None], trie.attends[None]))
            for trie in build_tries(names, config.decoder_start_token_id, MAX_NODES)
        ]
        tokens = [self.tokenizer(prompt) for prompt in prompts]
        longest = max((len(each["input_ids"]) for each in tokens), default=0)
        rows = self._count_rows(longest, max(len(trie) for trie, _ in tries))
        scores = torch.empty(len(prompts), len(names))
        for first in range(0, len(prompts), rows):
            ids, attention_mask = _pad(self.tokenizer, tokens[first : first + rows])
            encoded = self.model.get_encoder()(input_ids=ids, attention_mask=attention_mask)  # (P, S, D)
            for trie, mask in tries:
                logits = self.model(
                    encoder_outputs=encoded,
                    attention_mask=attention_mask,
                    decoder_input_ids=trie.tokens.expand(len(ids), -1),  # (P, N)
                    decoder_attention_mask=mask,
                    use_cache=False,
                ).logits  # (P, N, V)
                scores[first : first + rows, trie.names] = trie.log_likelihoods(logits)
        self._check_finite(scores)
        return scores

    def _count_rows(self, tokens: int, nodes: int) -> int:
        """Return how many prompts of so many tokens, with tries of so many nodes, fit into memory at a time."""
        config = self.model.config
        attention = config.num_heads * max(1, tokens) ** 2
        rows: int = min(MAX_LOGITS // (config.vocab_size * nodes), MAX_ATTENTION // attention)
        return max(1, rows)

    def _check_finite(self, scores: torch.Tensor) -> None:
        if not scores.isfinite().all():
            reason = "it computes NaN or infinity; its weights are damaged, or too large for float32."
            raise CheckpointError(self.name, Problem.BROKEN, reason, cannot="rank")

    @torch.inference_mode()
    def score_each(self, prompts: Sequence[str], candidates: Sequence[Sequence[str]]) -> list[torch.Tensor]:
        """Return the log-likelihoods of the candidates of each prompt, in nats, in bounded memory.

        :param candidates: names, for each prompt its own.
        :return: one tensor per prompt, shape (its candidates,).
        :raises CheckpointError: if the weights compute NaN or infinity.
        """
        found: dict[int, torch.Tensor] = {}
        by_length = sorted(range(len(prompts)), key=lambda n: len(prompts[n]))  # for less padding
        parts = [by_length[first : first + FOREST_SIZE] for first in range(0, len(by_length), FOREST_SIZE)]
        asked = [[(prompts[n], candidates[n]) for n in part] for part in parts]
        prepare = partial(_prepare, self.tokenizer, self.model.config.decoder_start_token_id)
        device = self.model.device
        helpers = torch.get_num_threads() - 1 if device.type == "cuda" else 0  # a GPU would wait for the tries
        batches = DataLoader(asked, batch_size=None, collate_fn=prepare, num_workers=helpers)  # type: ignore[var-annotated,arg-type]
        for part, (ids, attention_mask, forest) in zip(parts, batches, strict=True):
            rows = self._count_rows(ids.shape[1], forest["tokens"].shape[1])
            edge_log_probs = []
            for some in (slice(first, first + rows) for first in range(0, len(part), rows)):
                on_device = {name: tensor[some].to(device) for name, tensor in forest.items()}
                scored = score_edges(self.model, ids[some].to(device), attention_mask[some].to(device), on_device)
                edge_log_probs.append(scored.cpu())  # (rows, E)
            scores = sum_edges(torch.cat(edge_log_probs), forest)  # (P, C)
            self._check_finite(scores)
            found.update((n, row[: len(candidates[n])]) for n, row in zip(part, scores, strict=True))
        return [found[n] for n in range(len(prompts))]

    @torch.inference_mode()
    def generate(self, prompts: Sequence[str], tokens: int = MAX_NEW_TOKENS) -> list[str]:
        """See :meth:`Scorer.generate`.

        :param tokens: the most to write.
        """
        ids, attention_mask = _pad(self.tokenizer, [self.tokenizer(prompt) for prompt in prompts])
        written = self.model.generate(input_ids=ids, attention_mask=attention_mask, max_new_tokens=tokens)
        return [text.strip() for text in self.tokenizer.batch_decode(written, skip_special_tokens=True)]

    def count_tokens(self, prompt: str) -> int:
        """See :meth:`Scorer.count_tokens`."""
        return len(self.tokenizer(prompt)["input_ids"])


def hash_weights(checkpoint: Checkpoint) -> str:
    """Return a hash of the names and values of all parameters."""
    digest = hashlib.sha256()
    for name, tensor in sorted(checkpoint.model.state_dict().items()):
        digest.update(name.encode())
        digest.update(tensor.contiguous().numpy().tobytes())
    return digest.hexdigest()[:HASH_DIGITS]


def _prepare(
    tokenizer: PreTrainedTokenizerBase, start: int, asked: Sequence[tuple[str, Sequence[str]]]
) -> tuple[torch.Tensor, torch.Tensor, dict[str, torch.Tensor]]:
    """Return the token ids and attention mask of P prompts, each (P, S), and a forest of each one's candidates.

    It has no part of the T5, as it may run in another process, to which all that it needs is sent.

    :param start: the token that the decoder begins with.
    """
    tries = [build_trie(tokenizer(list(names))["input_ids"], start) for _, names in asked]
    return *_pad(tokenizer, [tokenizer(prompt) for prompt, _ in asked]), join_tries(tries)


def _pad(tokenizer: PreTrainedTokenizerBase, tokens: list[BatchEncoding]) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the token ids and attention mask of tokenized prompts, each of shape (P, S).

    Padding is a second step, because ``padding=True`` would be stored in the tokenizer, and another thread that is
    counting tokens would switch it off again.
    """
    padded = tokenizer.pad(tokens, return_tensors="pt")
    return padded["input_ids"], padded["attention_mask"]


def _set_up(checkpoint: Checkpoint) -> None:
    """Complete a T5's settings, then rank a name and write a token: whether it can is known when it is loaded.

    :raises CheckpointError: if it cannot.
    """
    prompt, name = build_prompt(["a"], ["b"]), checkpoint.name
    languages = getattr(checkpoint.model.config, PROMPT_LANGUAGES, None) or []
    if not isinstance(languages, list) or not all(isinstance(language, str) for language in languages):
        reason = f"its {PROMPT_LANGUAGES} is {languages!r}; needed is a list such as {list(LANGUAGES)}."
        raise CheckpointError(name, Problem.BROKEN, reason)
    try:
        complete_tokens(checkpoint.model, checkpoint.tokenizer, name)
        compute_bias_by_distance(checkpoint.model)
        checkpoint.log_likelihoods([prompt], ["b"])
        checkpoint.generate([prompt], tokens=1)
    except CheckpointError:
        raise
    except Exception as error:  # a setting can be wrong in any way
        reason = f"with its settings, it can neither rank nor write ({summarise(error)})."
        raise CheckpointError(name, Problem.BROKEN, reason) from error


def _find_languages(config: PretrainedConfig, tokenizer: PreTrainedTokenizerBase) -> tuple[str, ...]:
    """Return the languages in which a T5 reads prompts: those that its config.json names.

    If it names none, as in the 2023 experiment, they are English, and Arabic if the tokenizer has no unknown token in
    the Arabic prompt. Braces are ignored: T5's own vocabulary lacks them, and the experiment worked without.
    """
    if known := getattr(config, PROMPT_LANGUAGES, None):
        return tuple(known)
    return ("en", "ar") if can_read(tokenizer, "ar") else ("en",)


def can_read(tokenizer: PreTrainedTokenizerBase, language: str) -> bool:
    """Return whether the words of a prompt in this language have no unknown token; braces are ignored."""
    words = build_prompt([], [], language).replace("{}", "")
    return tokenizer.unk_token_id not in tokenizer(words)["input_ids"]
