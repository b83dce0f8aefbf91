"""A T5 checkpoint: rank a closed list of names exactly, or write freely.

Ranking asks for the log-likelihood of every candidate, log p(name | prompt) = Σ log p(tokenₜ | prompt, tokens₍<ₜ₎),
end token included. Nothing is sampled and nothing can be missed: what is not on the list cannot win.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase
from transformers.modeling_outputs import BaseModelOutput
from transformers.utils.logging import disable_progress_bar

from .catalog import DATA
from .errors import RecommenderError

disable_progress_bar()  # loading a small file needs none, and it would mix with what a command prints

BUNDLED = DATA / "model"
MAX_NEW_TOKENS = 40  # the longest shelf name has 14 pieces; 60 letters of a name nobody knows are about 30


class CheckpointError(RecommenderError):
    """A checkpoint that cannot be loaded; the message says which, and why."""


class Checkpoint:
    """A T5 (or mT5) with its tokenizer, ready to answer on the CPU.

    :param name: what to call it in an answer.
    """

    def __init__(self, model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, name: str):
        self.model, self.tokenizer, self.name = model.eval(), tokenizer, name

    @classmethod
    def load(cls, name_or_path: str | Path | None = None) -> Checkpoint:
        """Load a folder or a Hub id; by default the bundled T5.

        :raises CheckpointError: where there is none, or it is not a T5.
        """
        path = Path(name_or_path or BUNDLED)
        name = "bundled" if path.resolve() == BUNDLED.resolve() else str(name_or_path)
        try:
            tokenizer = AutoTokenizer.from_pretrained(str(path))
            # "auto" would take the half precision in which a file may be stored, slow on a CPU
            model = AutoModelForSeq2SeqLM.from_pretrained(str(path), dtype=torch.float32)
        except (OSError, ValueError, RuntimeError) as error:
            reason = str(error).strip().partition("\n")[0]
            raise CheckpointError(f'The checkpoint "{name}" cannot be loaded: {reason}') from error
        return cls(model, tokenizer, name)

    @torch.inference_mode()
    def log_likelihoods(self, prompts: Sequence[str], candidates: Sequence[str]) -> torch.Tensor:
        """The log-likelihood of every candidate after every prompt, in nats.

        :return: shape (P, C), float32.
        """
        n_prompts, n_candidates = len(prompts), len(candidates)
        source = self.tokenizer(list(prompts), return_tensors="pt", padding=True)
        mask = source["attention_mask"]  # (P, S)
        target = self.tokenizer(list(candidates), return_tensors="pt", padding=True)
        tokens, real = target["input_ids"], target["attention_mask"].bool()  # (C, T)

        encoded = self.model.get_encoder()(input_ids=source["input_ids"], attention_mask=mask)  # (P, S, D)
        start = torch.full((n_prompts, 1), self.model.config.decoder_start_token_id)
        # One step per prompt fills the cache with the encoder's keys and values; all candidates then share it.
        first = self.model(encoder_outputs=encoded, attention_mask=mask, decoder_input_ids=start, use_cache=True)
        cache = first.past_key_values
        cache.batch_repeat_interleave(n_candidates)
        rest = self.model(
            encoder_outputs=BaseModelOutput(encoded.last_hidden_state.repeat_interleave(n_candidates, 0)),
            attention_mask=mask.repeat_interleave(n_candidates, 0),
            decoder_input_ids=tokens[:, :-1].repeat(n_prompts, 1),  # (P*C, T-1)
            past_key_values=cache,
        )
        logits = torch.cat([first.logits.repeat_interleave(n_candidates, 0), rest.logits], 1)  # (P*C, T, V)
        logits = logits.view(n_prompts, n_candidates, *logits.shape[1:])
        of_token = logits.log_softmax(-1).gather(-1, tokens.expand(n_prompts, -1, -1).unsqueeze(-1)).squeeze(-1)
        return of_token.masked_fill(~real, 0).sum(-1)

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
