"""Names as a trie of tokens, laid out for a single pass of a T5's decoder; for many prompts at once, a forest of tries.

"Soccer Ball" and "Soccer Shorts" share the computation of "Soccer". Every distinct prefix is a node; all nodes go
through the decoder side by side, each attending to the ones that lead to it (tree attention, Miao et al. 2024,
"SpecInfer", arXiv 2305.09781).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.nn.functional import pad
from torch.nn.utils.rnn import pad_sequence

if TYPE_CHECKING:
    from transformers import PreTrainedModel

MULTIPLE = 16  # lengths in a forest are padded to multiples of it: kernels are compiled for each shape


@dataclass(frozen=True)
class Trie:
    """Nodes in depth-first order, the empty prefix first, and one edge for every token of every name.

    :ivar names: indices of its names in the list that it was built from.
    :ivar tokens: each node's last token, shape (N,).
    :ivar depth: the number of tokens that lead to each node, shape (N,).
    :ivar attends: whether a node (row) attends to another (column): to itself and its ancestors, shape (N, N).
    :ivar edge_name: the position in ``names`` of each edge's name, shape (E,).
    :ivar edge_node: the node from which each edge starts, shape (E,).
    :ivar edge_token: the token of each edge, shape (E,).
    """

    names: torch.Tensor
    tokens: torch.Tensor
    depth: torch.Tensor
    attends: torch.Tensor
    edge_name: torch.Tensor
    edge_node: torch.Tensor
    edge_token: torch.Tensor

    def __len__(self) -> int:
        return len(self.tokens)

    def log_likelihoods(self, logits: torch.Tensor) -> torch.Tensor:
        """Return the log-likelihood of every name, in the order of ``names``.

        :param logits: the scores of the token after each node, shape (P, N, V).
        :return: shape (P, len(names)).
        """
        total = logits.logsumexp(-1)  # (P, N)
        edge_log_probs = logits[:, self.edge_node, self.edge_token] - total[:, self.edge_node]  # (P, E)
        return edge_log_probs.new_zeros(len(logits), len(self.names)).index_add(1, self.edge_name, edge_log_probs)


def build_tries(names: Sequence[Sequence[int]], start: int, max_nodes: int) -> Iterator[Trie]:
    """Put all names into as few tries as their size allows, names with the same prefix together.

    :param names: token ids, end token included.
    :param start: the token that the decoder begins with.
    :param max_nodes: the most nodes of a trie, unless a single name has more.
    """
    members: list[int] = []
    nodes = 1
    previous: Sequence[int] = ()
    for i in sorted(range(len(names)), key=lambda i: tuple(names[i])):
        new = len(names[i]) - 1 - _count_shared(previous, names[i])
        if members and nodes + new > max_nodes:
            yield _build(members, names, start)
            members, nodes, new = [], 1, len(names[i]) - 1
        members.append(i)
        nodes, previous = nodes + new, names[i][:-1]
    if members:
        yield _build(members, names, start)


def build_trie(names: Sequence[Sequence[int]], start: int) -> Trie:
    """Put all names into one trie, however large."""
    (trie,) = build_tries(names, start, 2**30)
    return trie


def _count_shared(a: Sequence[int], b: Sequence[int]) -> int:
    """Return how many tokens two sequences share before they differ; the last of ``b`` does not count."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(a, b[:-1], strict=False)))


def _build(members: Sequence[int], names: Sequence[Sequence[int]], start: int) -> Trie:
    children: dict[tuple[int, int], int] = {}  # (node, token) -> the next node
    tokens, ancestry = [start], [[0]]  # ancestry: a node's path from the root, itself included
    edge_name: list[int] = []
    edge_node: list[int] = []
    edge_token: list[int] = []
    for position, i in enumerate(members):
        node = 0
        for token in names[i][:-1]:
            edge_node.append(node)
            child = children.setdefault((node, token), len(tokens))
            if child == len(tokens):
                tokens.append(token)
                ancestry.append([*ancestry[node], child])
            node = child
        edge_node.append(node)  # nothing follows the end token
        edge_name += [position] * len(names[i])
        edge_token += names[i]
    lengths = np.array([len(path) for path in ancestry])
    attends = np.zeros((len(tokens), len(tokens)), dtype=bool)
    attends[np.repeat(np.arange(len(tokens)), lengths), np.concatenate(ancestry)] = True
    found = (members, tokens, lengths - 1, attends, edge_name, edge_node, edge_token)
    return Trie(*(torch.as_tensor(np.asarray(each)) for each in found))


def join_tries(tries: Sequence[Trie]) -> dict[str, torch.Tensor]:
    """Pad the tries of P prompts to one size and stack them.

    :return: tokens and depth (P, N); attends (P, N, N); edge_node, edge_token and edge_name (P, E); candidates (P,),
        the number of names of each. Padding edges belong to an extra name after the last.
    """
    sizes = [len(trie.names) for trie in tries]
    tokens = pad_rows([trie.tokens for trie in tries])
    attends = torch.zeros(len(tries), tokens.shape[1], tokens.shape[1], dtype=torch.bool)
    for row, trie in zip(attends, tries, strict=True):
        row[: len(trie), : len(trie)] = trie.attends
        row.fill_diagonal_(True)  # padding attends to itself: the softmax of an empty row would be NaN
    return {
        "tokens": tokens,
        "depth": pad_rows([trie.depth for trie in tries]),
        "attends": attends,
        "edge_node": pad_rows([trie.edge_node for trie in tries]),
        "edge_token": pad_rows([trie.edge_token for trie in tries]),
        "edge_name": pad_rows([trie.names[trie.edge_name] for trie in tries], max(sizes)),
        "candidates": torch.tensor(sizes),
    }


def sum_edges(edge_log_probs: torch.Tensor, forest: Mapping[str, torch.Tensor]) -> torch.Tensor:
    """Return the log-likelihood of every candidate, (P, C), from those of its tokens, (P, E); see :func:`score_edges`.

    It is -1e9 where a prompt has fewer candidates than others.
    """
    sizes = forest["candidates"]
    padded = edge_log_probs.new_zeros(len(sizes), int(sizes.max()) + 1)
    scores = padded.scatter_add(1, forest["edge_name"], edge_log_probs)[:, :-1]
    absent = torch.arange(scores.shape[1], device=scores.device) >= sizes[:, None]
    found: torch.Tensor = scores.masked_fill(absent, -1e9)
    return found


def score_edges(
    model: PreTrainedModel, input_ids: torch.Tensor, attention_mask: torch.Tensor, forest: Mapping[str, torch.Tensor]
) -> torch.Tensor:
    """Return the log-probability of every token of every name, given the prompt and the tokens before it; (P, E).

    :param input_ids: the prompts, (P, S), like their ``attention_mask``.
    :param forest: of :func:`join_tries`.
    """
    encoded = model.get_encoder()(input_ids=input_ids, attention_mask=attention_mask)
    # Not model(…): in training, accelerate has wrapped that into an autocast to bfloat16, in which this is called. An
    # autocast that is entered again before it is left is never left: all else would be computed in bfloat16, too.
    logits = (
        type(model)
        .forward(
            model,
            encoder_outputs=encoded,
            attention_mask=attention_mask,
            decoder_input_ids=forest["tokens"],
            decoder_attention_mask=build_masks(model, forest["depth"], forest["attends"]),
            use_cache=False,
        )
        .logits.float()
    )  # (P, N, V)
    total = logits.logsumexp(-1).gather(1, forest["edge_node"])  # (P, E)
    steps = forest["edge_node"] * logits.shape[-1] + forest["edge_token"]
    edge_log_probs: torch.Tensor = logits.flatten(1).gather(1, steps) - total
    return edge_log_probs


def pad_rows(rows: Sequence[torch.Tensor], value: float = 0) -> torch.Tensor:
    """Return rows of different lengths as one tensor, (rows, longest), its length a multiple of :data:`MULTIPLE`."""
    padded = pad_sequence(list(rows), batch_first=True, padding_value=value)
    return pad(padded, (0, -padded.shape[1] % MULTIPLE), value=value)


def build_masks(model: PreTrainedModel, depth: torch.Tensor, attends: torch.Tensor) -> torch.Tensor:
    """Return the masks to add to the decoder's attention scores, shape (P, heads, N, N).

    A mask replaces T5's position bias by index with one by depth, and is the lowest float where a node must not attend.

    :param depth: of the nodes of P tries, (P, N).
    :param attends: whether a node attends to another, (P, N, N).
    """
    prompts, size = depth.shape
    # T5 and mT5 compute the bias in the first layer for all layers
    by_index = model.get_decoder().block[0].layer[0].SelfAttention.compute_bias(size, size)  # (1, H, N, N)
    by_distance = by_index[0, :, -1].flip(-1)  # (H, N): from a node to one that is n levels above it
    distance = (depth[:, :, None] - depth[:, None, :]).clamp(min=0)  # (P, N, N)
    shape = (prompts, len(by_distance), -1)
    # gather, since the gradient of indexing takes forty times as long
    bias = (
        by_distance.expand(*shape).gather(2, distance.view(prompts, 1, -1).expand(*shape)).view(-1, *by_index.shape[1:])
    )
    masks: torch.Tensor = (bias - by_index).masked_fill(~attends[:, None], torch.finfo(by_index.dtype).min)
    return masks
