"""Many tries in one pass of a T5's decoder: every prompt has candidates of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch.nn.functional import pad
from torch.nn.utils.rnn import pad_sequence
from transformers import PreTrainedModel

from .trie import Trie, build_trie

MULTIPLE = 16  # lengths are padded to multiples of it: kernels are made for each shape


def build_forest(names: Sequence[Sequence[Sequence[int]]], start: int) -> dict[str, torch.Tensor]:
    """Lay out the names of each prompt as a trie, and the tries side by side; see :mod:`.trie`.

    :param names: token ids, end token included, per prompt and candidate.
    :param start: the token that the decoder begins with.
    """
    return join_tries([build_trie(each, start) for each in names])


def join_tries(tries: Sequence[Trie]) -> dict[str, torch.Tensor]:
    """Pad the tries of P prompts.

    :return: tokens and depth (P, N); attends (P, N, N); edge_node, edge_token and edge_name (P, E); candidates (P,),
        their numbers. Edges of padding belong to a name after the last.
    """
    sizes = [len(trie.names) for trie in tries]
    tokens = pad_rows([trie.tokens for trie in tries])
    attends = torch.zeros(len(tries), tokens.shape[1], tokens.shape[1], dtype=torch.bool)
    for row, trie in zip(attends, tries, strict=True):
        row[: len(trie), : len(trie)] = trie.attends
        row.fill_diagonal_(True)  # padding attends to itself: a row without any is no distribution
    return {
        "tokens": tokens,
        "depth": pad_rows([trie.depth for trie in tries]),
        "attends": attends,
        "edge_node": pad_rows([trie.edge_node for trie in tries]),
        "edge_token": pad_rows([trie.edge_token for trie in tries]),
        "edge_name": pad_rows([trie.names[trie.edge_name] for trie in tries], max(sizes)),
        "candidates": torch.tensor(sizes),
    }


def score_forest(
    model: PreTrainedModel, input_ids: torch.Tensor, attention_mask: torch.Tensor, forest: Mapping[str, torch.Tensor]
) -> torch.Tensor:
    """Return the log-likelihood of every candidate of every prompt, (P, C); -1e9 where a prompt has fewer.

    :param input_ids: the prompts, (P, S), as is their mask.
    """
    of_edge = score_edges(model, input_ids, attention_mask, forest)
    sizes = forest["candidates"]
    scores = of_edge.new_zeros(len(sizes), int(sizes.max()) + 1).scatter_add(1, forest["edge_name"], of_edge)[:, :-1]
    absent = torch.arange(scores.shape[1], device=scores.device) >= sizes[:, None]
    found: torch.Tensor = scores.masked_fill(absent, -1e9)
    return found


def score_edges(
    model: PreTrainedModel, input_ids: torch.Tensor, attention_mask: torch.Tensor, forest: Mapping[str, torch.Tensor]
) -> torch.Tensor:
    """Return the log-probability of every token of every name, given what leads to it; (P, E)."""
    encoded = model.get_encoder()(input_ids=input_ids, attention_mask=attention_mask)
    logits = model(
        encoder_outputs=encoded,
        attention_mask=attention_mask,
        decoder_input_ids=forest["tokens"],
        decoder_attention_mask=_build_masks(model, forest["depth"], forest["attends"]),
        use_cache=False,
    ).logits.float()  # (P, N, V)
    total = logits.logsumexp(-1).gather(1, forest["edge_node"])  # (P, E)
    steps = forest["edge_node"] * logits.shape[-1] + forest["edge_token"]
    of_edge: torch.Tensor = logits.flatten(1).gather(1, steps) - total
    return of_edge


def pad_rows(rows: Sequence[torch.Tensor], value: float = 0) -> torch.Tensor:
    """Return rows of different lengths as one tensor, (rows, longest), its length a multiple of :data:`MULTIPLE`."""
    padded = pad_sequence(list(rows), batch_first=True, padding_value=value)
    return pad(padded, (0, -padded.shape[1] % MULTIPLE), value=value)


def _build_masks(model: PreTrainedModel, depth: torch.Tensor, attends: torch.Tensor) -> torch.Tensor:
    """Return what :meth:`.Trie.build_mask` does for one trie, for each of many; shape (P, heads, N, N)."""
    attention = model.get_decoder().block[0].layer[0].SelfAttention
    size, deepest = depth.shape[1], int(depth.max()) + 1
    by_index = attention.compute_bias(size, size)  # (1, H, N, N)
    # bias from a node to one that is d levels above it, (H, D)
    by_distance = attention.compute_bias(deepest, deepest)[0, :, -1, :].flip(-1)
    distance = (depth[:, :, None] - depth[:, None, :]).clamp(0, deepest - 1)  # (P, N, N)
    masks: torch.Tensor = (by_distance[:, distance].transpose(0, 1) - by_index).masked_fill(
        ~attends[:, None], torch.finfo(by_index.dtype).min
    )
    return masks
