"""Fit the weights of T5 and purchases in :mod:`recommender.t5.fusion`, on a shop's validation rows.

Neither has learned from these rows, but retrieval's settings and the T5's checkpoint were chosen on them, too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from scipy.optimize import minimize

from ..newcomers import add_corrections
from ..shop.catalog import Catalog
from ..shop.item import Item
from ..t5.fusion import Fusion, has_scores, log_scores
from ..t5.prompt import build_item_prompt
from ..t5.scorer import Checkpoint
from .shop_data import NextPurchase, hit_rates

Retrieved = tuple[NextPurchase, tuple[Item, ...], list[float]]  # a row, its candidates, and their co-purchase scores

START = (0.5, 0.5, -3.0)  # where the optimizer begins, and to where the penalty pulls: t5, bought, other


@dataclass(frozen=True)
class Scored:
    """A row with its candidates, scored by the T5 and by purchases.

    :ivar scores: the co-purchase scores, shape (C,).
    :ivar likelihoods: the T5's log-likelihoods, corrected as in :class:`.Fusion`, (C,).
    :ivar unowned: the number of products that are not owned; None if only the order of the candidates matters.
    """

    row: NextPurchase
    candidates: tuple[Item, ...]
    scores: list[float]
    likelihoods: torch.Tensor
    unowned: int | None = None

    @property
    def target(self) -> int | None:
        """The index of the target in ``candidates``, or None if retrieval missed it."""
        return next((n for n, item in enumerate(self.candidates) if item is self.row.target), None)

    def rank_target(self, log_odds: torch.Tensor) -> int | None:
        """Return the target's rank, from 1, if the candidates are ordered by ``log_odds``; None if it is not one."""
        if self.target is None:
            return None
        order = log_odds.argsort(descending=True, stable=True).tolist()
        return 1 + int(order.index(self.target))

    @property
    def has_purchases(self) -> bool:
        """Whether any candidate was bought with the basket."""
        return bool(has_scores(torch.tensor(self.scores)))

    @property
    def retrieval_rank(self) -> int | None:
        """The target's rank by retrieval, from 1, or None if retrieval missed it."""
        return None if self.target is None else self.target + 1

    def weigh(self, fusion: Fusion) -> torch.Tensor:
        """Return the candidates' log-odds, shape (C,)."""
        return fusion.log_odds(self.likelihoods[None], [self.scores], self.unowned)[0]


def score_rows(
    checkpoint: Checkpoint, catalog: Catalog, rows: Sequence[NextPurchase], corrections: Mapping[str, float]
) -> list[Scored]:
    """Retrieve the candidates of each row, and score them by the T5 and by purchases, as in serving.

    :param corrections: see :class:`.Fusion`.
    """
    scored = score_retrieved(checkpoint, retrieve_rows(catalog, rows), corrections)
    return [replace(each, unowned=len(catalog) - len(each.row.basket)) for each in scored]


def retrieve_rows(catalog: Catalog, rows: Sequence[NextPurchase]) -> list[Retrieved]:
    """Retrieve the candidates of each row, with what purchases say of them."""
    found = [(row, catalog.candidates(row.basket)) for row in rows]
    return [(row, candidates, catalog.score_bought(row.basket, candidates)) for row, candidates in found]


def score_retrieved(
    checkpoint: Checkpoint, retrieved: Sequence[Retrieved], corrections: Mapping[str, float]
) -> list[Scored]:
    """Score the retrieved candidates of each row by the T5, in English.

    :param corrections: see :class:`.Fusion`.
    """
    prompts = [build_item_prompt(row.latest, candidates, "en") for row, candidates, _ in retrieved]
    names = [[item.prompt_name("en") for item in candidates] for _, candidates, _ in retrieved]
    return [
        Scored(row, candidates, scores, add_corrections(likelihoods, candidates, corrections))
        for (row, candidates, scores), likelihoods in zip(retrieved, checkpoint.score_each(prompts, names), strict=True)
    ]


def fit_fusion(scored: Sequence[Scored]) -> Fusion:
    """Return the weights of greatest likelihood; those without the T5 if they rank other orders' targets better."""
    return _fit(scored, t5=_cross_fit(scored, t5=True) >= _cross_fit(scored, t5=False))


def _cross_fit(scored: Sequence[Scored], *, t5: bool) -> float:
    """Return the sum of the hits if each half of the orders is ranked by the weights that are fitted on the other."""
    first, second = split_orders(scored)
    hits = 0.0
    for fitted, ranked in ((first, second), (second, first)):
        if fitted and ranked:  # else there is one order only
            fusion = _fit(fitted, t5=t5)
            hits += len(ranked) * sum(hit_rates([each.rank_target(each.weigh(fusion)) for each in ranked]))
    return hits


def split_orders(scored: Sequence[Scored]) -> tuple[list[Scored], list[Scored]]:
    """Return the rows in two halves, with those of one order in the same half."""
    halves: tuple[list[Scored], list[Scored]] = ([], [])
    half_of: dict[frozenset[str], int] = {}
    for each in scored:
        order = frozenset(item.id for item in (*each.row.basket, each.row.target))
        halves[half_of.setdefault(order, len(half_of) % 2)].append(each)
    return halves


def _fit(scored: Sequence[Scored], *, t5: bool) -> Fusion:
    """Return the weights that maximise the likelihood of the targets, less a small penalty.

    The penalty is half the squared distance of the first two weights from :data:`START` (ridge; it counts as a normal
    prior). Where few rows leave the likelihood without a maximum, it keeps probabilities from becoming certainties.

    A row without any co-purchase score tells how the T5 orders candidates, and nothing else; see :mod:`..t5.fusion`.

    :param t5: whether the T5 may have a weight other than 0.
    """
    start = np.array(START if t5 else (0.0, *START[1:]))
    rows = [each for each in scored if each.has_purchases or each.target is not None]
    if not rows:
        return Fusion(float(start[0]), float(start[1]), None)
    size = max(len(each.candidates) for each in rows)
    likelihoods, scores = np.zeros((len(rows), size)), np.zeros((len(rows), size))
    present = np.zeros((len(rows), size + 1), dtype=bool)
    target = np.full(len(rows), size)
    for n, each in enumerate(rows):
        count = len(each.candidates)
        likelihoods[n, :count] = each.likelihoods.numpy()
        scores[n, :count] = log_scores(torch.tensor(each.scores)).numpy()
        present[n, :count] = True
        target[n] = size if each.target is None else each.target
    missed = bool((target == size).any())
    present[:, size] = [missed and each.has_purchases for each in rows]

    def loss(weights: np.ndarray) -> float:
        log_odds = np.full((len(rows), size + 1), weights[2])
        log_odds[:, :size] = weights[0] * likelihoods + weights[1] * scores
        log_odds[~present] = -np.inf
        log_odds -= log_odds.max(1, keepdims=True)
        own = log_odds[np.arange(len(rows)), target]
        penalty = 0.5 * ((weights[:2] - start[:2]) ** 2).sum()
        return float((np.log(np.exp(log_odds).sum(1)) - own).mean() + penalty / len(rows))

    bounds = [(0.0, None if t5 else 0.0), (0.0, None), (None, None)]
    best = minimize(loss, start, method="L-BFGS-B", bounds=bounds).x
    return Fusion(float(best[0]), float(best[1]), float(best[2]) if missed else None)
