"""Load a T5 and its tokenizer from a folder, whose files may be damaged, incomplete, or not meant for each other."""

from __future__ import annotations

import threading
from pathlib import Path
from pickle import UnpicklingError

import torch
from transformers import (
    AutoModelForSeq2SeqLM,
    AutoTokenizer,
    GenerationConfig,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)
from transformers.utils.logging import disable_progress_bar

from ..errors import summarise
from .files import CheckpointError, Problem

SPECIAL_TOKENS = {"eos_token": "</s>", "pad_token": "<pad>", "unk_token": "<unk>"}  # as T5 spells them
# transformers replaces functions of torch while it loads: after two loads at the same time, all later ones lack weights
_LOADING = threading.Lock()


def read_files(folder: Path, name: str) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """Load model, in float32, and tokenizer, without running any code that comes with them.

    :param name: the checkpoint's name in errors.
    :raises CheckpointError: if a file is broken, or the files do not belong together.
    """
    disable_progress_bar()  # it would mix with what a command prints
    try:
        tokenizer = AutoTokenizer.from_pretrained(str(folder), trust_remote_code=False)
        with _LOADING:
            model, report = AutoModelForSeq2SeqLM.from_pretrained(
                str(folder),
                dtype=torch.float32,  # "auto" would use the precision of the file: half precision is slow on a CPU
                trust_remote_code=False,
                weights_only=True,  # read numbers from a pickle without running its code
                output_loading_info=True,
                ignore_mismatched_sizes=True,  # they are reported, in place of an error that names none
            )
    except UnpicklingError as error:
        reason = "its weights are damaged, or hold more than numbers; nothing in them was run."
        raise CheckpointError(name, Problem.BROKEN, reason) from error
    except Exception as error:  # an unknown file can be broken in any way
        raise CheckpointError(name, Problem.BROKEN, summarise(error)) from error
    # transformers initialises at random what is missing or does not fit
    if missing := sorted(report["missing_keys"]):
        raise CheckpointError(name, Problem.BROKEN, f"{len(missing)} of its weights are missing, such as {missing[0]}.")
    if unfit := sorted(report["mismatched_keys"]):
        key, found, needed = unfit[0]
        reason = (
            f"{len(unfit)} of its weights do not fit config.json, such as {key}: its shape is {tuple(found)}, "
            f"and {tuple(needed)} is needed."
        )
        raise CheckpointError(name, Problem.BROKEN, reason)
    if len(tokenizer) > model.config.vocab_size:
        reason = f"its tokenizer has {len(tokenizer)} pieces and its weights know {model.config.vocab_size}."
        raise CheckpointError(name, Problem.BROKEN, reason)
    if broken := next((key for key, weight in model.state_dict().items() if not weight.isfinite().all()), None):
        raise CheckpointError(name, Problem.BROKEN, f"its weight {broken} holds NaN or infinity.")
    return model, tokenizer


def complete_tokens(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, name: str) -> None:
    """Set what a T5's files may leave out: special tokens, an end token after every text, the decoder's start token.

    Without end tokens, short names would score higher. A T5's decoder starts with the padding token.

    :raises CheckpointError: if the vocabulary has no such tokens.
    """
    vocabulary = tokenizer.get_vocab()
    for role, usual in SPECIAL_TOKENS.items():
        if getattr(tokenizer, role) is None and usual in vocabulary:
            tokenizer.add_special_tokens({role: usual})
        if getattr(tokenizer, role) is None:
            reason = f"its tokenizer has no {role}, nor {usual} in its vocabulary."
            raise CheckpointError(name, Problem.BROKEN, reason)
    if tokenizer("a")["input_ids"][-1:] != [tokenizer.eos_token_id]:
        tokenizer.add_eos_token = True
    settings = (model.config, model.generation_config)
    named = (getattr(each, "decoder_start_token_id", None) for each in settings)
    start = next((token for token in named if token is not None), tokenizer.pad_token_id)
    if type(start) is not int or start not in range(model.config.vocab_size):
        reason = f"its decoder_start_token_id is {start!r}, which is no token of its vocabulary."
        raise CheckpointError(name, Problem.BROKEN, reason)
    model.config.decoder_start_token_id = start
    # in place of the file's, whose other settings would constrain what the T5 writes
    model.generation_config = GenerationConfig(
        decoder_start_token_id=start, eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id
    )
