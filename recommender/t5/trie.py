"""Names as token sequences that share their beginnings, laid out for a single pass of a T5's decoder.

"Soccer Ball" and "Soccer Shorts" are computed as one until they part. Every distinct beginning is a
node; all nodes go through the decoder side by side, each attending to the ones that lead to it
(tree attention, Miao et al. 2024, "SpecInfer", arXiv 2305.09781).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile

import torch


@dataclass(frozen=True)
class Trie:
    """Nodes in depth-first order, the empty beginning first, and one edge for every token of every name.

    :ivar names: indices of its names in the list that it was built from.
    :ivar tokens: each node's last token, shape (N,).
    :ivar depth: the number of tokens that lead to each node, shape (N,).
    :ivar attends: whether a node (row) is another (column) or follows it, shape (N, N).
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

    def build_mask(self, bias: torch.Tensor) -> torch.Tensor:
        """Return what turns attention scores with a bias by index into ones with a bias by depth, when added.

        :param bias: the bias from each index to each other, shape (1, heads, N, N).
        :return: the same shape; the lowest float where a node must not attend.
        """
        by_depth = bias[:, :, self.depth[:, None], self.depth[None, :]]  # depth never exceeds index
        return (by_depth - bias).masked_fill(~self.attends, torch.finfo(bias.dtype).min)

    def log_likelihoods(self, logits: torch.Tensor) -> torch.Tensor:
        """Return the log-likelihood of every name, in the order of ``names``.

        :param logits: the scores of the token after each node, shape (P, N, V).
        :return: shape (P, len(names)).
        """
        total = logits.logsumexp(-1)  # (P, N)
        of_edge = logits[:, self.edge_node, self.edge_token] - total[:, self.edge_node]  # (P, E)
        return of_edge.new_zeros(len(logits), len(self.names)).index_add(1, self.edge_name, of_edge)


def build_tries(names: Sequence[Sequence[int]], start: int, max_nodes: int) -> Iterator[Trie]:
    """Put all names into as few tries as their size allows, names with the same beginning together.

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
    node_of: dict[tuple[int, ...], int] = {(): 0}
    tokens, ancestry = [start], [[0]]  # ancestry: a node's path from the root, itself included
    edges: list[tuple[int, int, int]] = []
    for place, i in enumerate(members):
        node = 0
        for t, token in enumerate(names[i]):
            edges.append((place, node, token))
            beginning = tuple(names[i][: t + 1])
            if t == len(names[i]) - 1:
                break  # nothing follows the end token
            if beginning not in node_of:
                node_of[beginning] = len(tokens)
                tokens.append(token)
                ancestry.append([*ancestry[node], len(ancestry)])
            node = node_of[beginning]
    attends = torch.zeros(len(tokens), len(tokens), dtype=torch.bool)
    rows = [row for row, path in enumerate(ancestry) for _ in path]
    attends[rows, [column for path in ancestry for column in path]] = True
    edge_name, edge_node, edge_token = torch.tensor(edges).unbind(1)
    return Trie(
        torch.tensor(members),
        torch.tensor(tokens),
        torch.tensor([len(path) - 1 for path in ancestry]),
        attends,
        edge_name,
        edge_node,
        edge_token,
    )
