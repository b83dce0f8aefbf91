"""Metrics, from torchmetrics and SciPy where they have them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

import torch
from scipy.special import rel_entr
from torchmetrics.functional.retrieval import retrieval_normalized_dcg

from ..compare import kendall_tau

SMALLEST = 1e-45  # about the least positive float32


def ndcg(ranking: Sequence[str], utilities: Mapping[str, float]) -> float:
    """Return NDCG@5; the gain of an item is its true utility above the lowest.

    :param ranking: the ids of ``utilities``, best first.
    """
    lowest = min(utilities.values())
    gains = torch.tensor([utilities[i] - lowest for i in ranking])
    if not gains.any():
        return 1.0  # all utilities are equal, so that no order is better than another
    scores = torch.arange(len(gains), 0, -1, dtype=torch.float32)
    return float(retrieval_normalized_dcg(scores, gains, top_k=5))


def kl_divergence(true: Mapping[str, float], given: Mapping[str, float]) -> float:
    """Return KL(true ‖ given) = Σ q · log(q / p), in nats (Kullback & Leibler 1951), of probabilities by id.

    A probability that was rounded to 0 counts as :data:`SMALLEST`, or the divergence would be infinite.
    """
    return float(sum(rel_entr(q, max(given[i], SMALLEST)) for i, q in true.items()))


def brier(true: Mapping[str, float], given: Mapping[str, float]) -> float:
    """Return Σ (p - q)²: the Brier score (Brier 1950) less that of the true probabilities, by id."""
    return sum((given[i] - q) ** 2 for i, q in true.items())


def kendall_tau_of_different(a: Sequence[str], b: Sequence[str], utilities: Mapping[str, float]) -> float | None:
    """Return Kendall's τ of two rankings over the pairs of different true utility, or None if there is no such pair.

    :param a: ids, best first; ``b`` has the same ids.
    """
    pairs = [(x, y) for x, y in combinations(utilities, 2) if abs(utilities[x] - utilities[y]) > 1e-9]
    return kendall_tau(a, b, pairs) if pairs else None
