"""Metrics: torchmetrics and SciPy wherever they have one.

A basket has one right answer, so every ranking metric depends on the rank of that answer alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from functools import cache, partial

import numpy as np
import torch
from torchmetrics.functional.classification import binary_calibration_error
from torchmetrics.functional.retrieval import (
    retrieval_hit_rate,
    retrieval_normalized_dcg,
    retrieval_reciprocal_rank,
)

RANKING_METRICS: dict[str, Callable[[torch.Tensor, torch.Tensor], torch.Tensor]] = {
    "HR@1": partial(retrieval_hit_rate, top_k=1),
    "HR@3": partial(retrieval_hit_rate, top_k=3),
    "HR@5": partial(retrieval_hit_rate, top_k=5),
    "MRR": retrieval_reciprocal_rank,
    "NDCG@5": partial(retrieval_normalized_dcg, top_k=5),
}
CALIBRATION_BINS = 15  # as in Guo et al. 2017 (arXiv 1706.04599)


@cache
def of_rank(metric: str, rank: int) -> float:
    """Return a ranking metric for a basket whose one right answer came at ``rank``, 1 being first.

    :param metric: a key of :data:`RANKING_METRICS`.
    """
    size = max(rank, 5)  # candidates; what follows the right answer makes no difference
    scores = torch.arange(size, 0, -1, dtype=torch.float32)
    return float(RANKING_METRICS[metric](scores, torch.arange(size) == rank - 1))


def calibration_error(confidences: Sequence[float], right: Sequence[bool]) -> float:
    """Return the expected calibration error: the mean distance of confidence from accuracy, over bins of confidence."""
    return float(
        binary_calibration_error(
            torch.tensor(confidences), torch.tensor(right, dtype=torch.int), n_bins=CALIBRATION_BINS, norm="l1"
        )
    )


def coverage(picks: Sequence[Hashable], items: int) -> float:
    """Return the share of the catalog's ``items`` that is ever picked (Shani & Gunawardana 2011, section 8.3.3)."""
    return len(set(picks)) / items


def gini(picks: Sequence[Hashable], items: int) -> float:
    """Return how unequally the picks fall on the catalog's ``items``: 0 all equally often, 1 always the same one.

    G = 1/(n-1) · Σⱼ (2j - n - 1) · pⱼ, shares p in ascending order (Shani & Gunawardana 2011, section 8.3.3).
    """
    shares = np.sort(np.array([*Counter(picks).values(), *[0] * (items - len(set(picks)))])) / len(picks)  # (n,)
    j = np.arange(1, items + 1)
    return float(((2 * j - items - 1) * shares).sum() / (items - 1))
