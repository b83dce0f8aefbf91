"""Means with bootstrap confidence intervals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from .schema import Estimate

CONFIDENCE = 0.95
RESAMPLES = 2000


def estimate(values: Sequence[float], clusters: Sequence[Hashable], seed: int) -> Estimate:
    """Return the mean of ``values`` with its interval, by a bootstrap over clusters of draws (a cluster bootstrap).

    A cluster of two draws is one observation of weight 2: resampling single draws would make the interval too narrow.

    :param values: one per draw.
    :param clusters: what each draw depends on, such as its basket; the values of equal ones are resampled together.
    """
    sums: dict[Hashable, float] = {}
    for value, cluster in zip(values, clusters, strict=True):
        sums[cluster] = sums.get(cluster, 0.0) + value
    counts = Counter(clusters)
    total = np.array(list(sums.values()))  # (D,)
    weight = np.array([counts[cluster] for cluster in sums], dtype=float)  # (D,)
    mean = float(total.sum() / weight.sum())
    if len(total) < 2:
        return Estimate(value=mean, low=None, high=None)
    interval = stats.bootstrap(
        (total, weight),
        _ratio,
        paired=True,
        vectorized=True,
        method="percentile",
        n_resamples=RESAMPLES,
        confidence_level=CONFIDENCE,
        rng=np.random.default_rng(seed),
    ).confidence_interval
    return Estimate(value=mean, low=float(interval.low), high=float(interval.high))


def _ratio(total: NDArray[np.float64], weight: NDArray[np.float64], axis: int) -> NDArray[np.float64]:
    ratio: NDArray[np.float64] = total.sum(axis) / weight.sum(axis)
    return ratio
