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
    """Nodes in depth-first order, the empty beginning first; and one edge for every token of every name.

    :ivar names: which names are in it, as indices into the list it was made of.
    :ivar tokens: each node's last token, shape (N,).
    :ivar depth: how many tokens lead to a node, shape (N,).
    :ivar attends: (N, N), whether a node (row) is preceded by, or is, another (column).
    :ivar edge_name: (E,), which of ``names`` an edge belongs to, counted within the trie.
    :ivar edge_node: (E,), the node from which it starts.
    :ivar edge_token: (E,), the token that it reads.
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

    def mask(self, bias: torch.Tensor) -> torch.Tensor:
        """What to add to attention scores that hold a bias by index, so that it is one by depth.

        :param bias: of a query at one index to a key at another, shape (1, heads, N, N).
        :return: the same shape; the lowest float where a node is not to look.
        """
        by_depth = bias[:, :, self.depth[:, None], self.depth[None, :]]  # depth never exceeds index
        return (by_depth - bias).masked_fill(~self.attends, torch.finfo(bias.dtype).min)

    def log_likelihoods(self, logits: torch.Tensor) -> torch.Tensor:
        """The log-likelihood of every name, in the order of ``names``.

        :param logits: what follows each node, shape (P, N, V).
        :return: shape (P, len(names)).
        """
        total = logits.logsumexp(-1)  # (P, N)
        of_edge = logits[:, self.edge_node, self.edge_token] - total[:, self.edge_node]  # (P, E)
        return of_edge.new_zeros(len(logits), len(self.names)).index_add(1, self.edge_name, of_edge)


def tries(names: Sequence[Sequence[int]], start: int, max_nodes: int) -> Iterator[Trie]:
    """All names in as many tries as their size demands, neighbours in the alphabet together.

    :param names: token ids, end token included.
    :param start: the token that the decoder begins with.
    :param max_nodes: of one trie, unless a single name has more.
    """
    members: list[int] = []
    nodes, previous = 1, ()  # type: int, Sequence[int]
    for i in sorted(range(len(names)), key=lambda i: tuple(names[i])):
        new = len(names[i]) - 1 - _shared(previous, names[i])
        if members and nodes + new > max_nodes:
            yield _trie(members, names, start)
            members, nodes, new = [], 1, len(names[i]) - 1
        members.append(i)
        nodes, previous = nodes + new, names[i][:-1]
    if members:
        yield _trie(members, names, start)


def _shared(a: Sequence[int], b: Sequence[int]) -> int:
    """How many tokens two sequences have in common before they part, the last of ``b`` aside."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(a, b[:-1], strict=False)))


def _trie(members: Sequence[int], names: Sequence[Sequence[int]], start: int) -> Trie:
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
