"""A checkpoint's files as a model and a tokenizer, whoever wrote them: no code of theirs is run."""

from __future__ import annotations

from pathlib import Path
from pickle import UnpicklingError

import torch
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase
from transformers.utils.logging import disable_progress_bar

from ..shop.catalog import PROMPT_LANGUAGES
from .prompt import TEMPLATES
from .source import CheckpointError

disable_progress_bar()  # loading a small file needs none, and it would mix with what a command prints


def read(folder: Path, name: str) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """The T5 in ``folder``, in float32.

    :param name: what to call it in an error.
    :raises CheckpointError: where a file is broken, or the files do not belong together.
    """
    try:
        tokenizer = AutoTokenizer.from_pretrained(str(folder), trust_remote_code=False)
        model, report = AutoModelForSeq2SeqLM.from_pretrained(
            str(folder),
            dtype=torch.float32,  # "auto" would take the half precision in which a file may be stored, slow on a CPU
            trust_remote_code=False,
            weights_only=True,  # of a pickle the numbers, never the code
            output_loading_info=True,
        )
    except UnpicklingError as error:
        reason = "its weights are damaged, or hold more than numbers; nothing in them was run."
        raise CheckpointError(name, "broken", reason) from error
    except Exception as error:  # a stranger's file can be broken in any way
        reason = str(error).strip().partition("\n")[0] or type(error).__name__
        raise CheckpointError(name, "broken", reason) from error
    lacking = sorted(report["missing_keys"]) + [str(key) for key in report["mismatched_keys"]]
    if lacking:  # transformers would make them up at random
        raise CheckpointError(name, "broken", f"{len(lacking)} of its weights are missing, such as {lacking[0]}.")
    if len(tokenizer) > model.config.vocab_size:
        reason = f"its tokenizer has {len(tokenizer)} pieces and its weights know {model.config.vocab_size}."
        raise CheckpointError(name, "broken", reason)
    return model, tokenizer


def languages_of(tokenizer: PreTrainedTokenizerBase) -> tuple[str, ...]:
    """The languages whose prompts reach the T5 in letters: those whose words its vocabulary has.

    English always counts: there is no other language to ask in. The braces do not: T5's own
    vocabulary lacks them, and the experiment of 2023 worked without.
    """

    def reads(language: str) -> bool:
        words = TEMPLATES[language].format(purchased="", candidates="").replace("{}", "")
        return tokenizer.unk_token_id not in tokenizer(words)["input_ids"]

    return tuple(language for language in PROMPT_LANGUAGES if language == "en" or reads(language))
