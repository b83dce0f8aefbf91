"""What ranking has to agree with."""

import torch


def naive(checkpoint, prompts, names):
    """Every pair by itself: no batch, no cache, no trie."""
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
