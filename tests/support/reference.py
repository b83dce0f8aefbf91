"""Reference implementations for scores and prompts."""

import re

import torch

from recommender.shop.language import LANGUAGES
from recommender.t5.prompt import SEPARATOR, build_prompt


def naive(checkpoint, prompts, names):
    """Score every pair of prompt and name separately, without batches, cache or trie."""
    rows = []
    for prompt in prompts:
        source = checkpoint.tokenizer(prompt, return_tensors="pt")
        row = []
        for name in names:
            labels = checkpoint.tokenizer(name, return_tensors="pt")["input_ids"]
            with torch.inference_mode():
                logits = checkpoint.model(**source, labels=labels).logits[0]
            row.append(float(logits.log_softmax(-1)[range(labels.shape[1]), labels[0]].sum()))
        rows.append(row)
    return torch.tensor(rows)


def read_prompt(text):
    """Return language, purchased and candidates of a prompt, by the words around its two lists."""
    for language in LANGUAGES:
        pattern = re.escape(build_prompt(["\0"], ["\0"], language)).replace("\0", "([^{}]*)")
        if match := re.fullmatch(pattern, text):
            return language, *(names.split(SEPARATOR) if names else [] for names in match.groups())
    raise AssertionError(f"not a prompt: {text}")
