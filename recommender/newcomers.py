"""Correct the log-likelihoods of added products (newcomers) for the unfamiliar spelling of their names.

A language model prefers names whose tokens it knows, whatever the basket (surface form competition, Holtzman et al.
2021, arXiv 2104.08315). The bias against a newcomer is estimated after other baskets than the shopper's: how far its
mean log-likelihood is below the median of the shop's own products (contextual calibration, Zhao et al. 2021, arXiv
2102.09690). Only newcomers are corrected: the T5 was trained on the shop's own names.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from .routes import Question
from .shop.catalog import MAX_CANDIDATES

if TYPE_CHECKING:
    import torch

    from .t5.scorer import Scorer

BASKETS = 8  # of one product each, to estimate the bias with
SHARE = 0.9  # of the bias that is corrected; chosen on validation cases


def correct_newcomers(question: Question, likelihoods: torch.Tensor, scorer: Scorer) -> torch.Tensor:
    """Return the log-likelihoods with those of newcomers corrected.

    :param likelihoods: of the question's candidates, shape (prompts, candidates).
    """
    catalog = question.catalog
    newcomers = [n for n, item in enumerate(question.candidates) if item.id in catalog.added]
    whole = len(catalog) <= MAX_CANDIDATES
    shelf = catalog.items if whole else question.candidates
    stock = [item for item in shelf if item.id not in catalog.added]
    if not newcomers or len(stock) < 2:
        return likelihoods
    owned = stock[:: max(1, len(stock) // BASKETS)][:BASKETS]
    prompts = tuple(
        question.build_prompt([question.name(one)], [item for item in shelf if item is not one]) for one in owned
    )
    stock_names = tuple(map(question.name, stock))
    new_names = tuple(question.candidate_names[n] for n in newcomers)
    biases = _measure_biases(scorer, prompts, stock_names, new_names)  # type: ignore[arg-type]  # hashable by identity
    corrected = likelihoods.clone()
    corrected[:, newcomers] += SHARE * biases
    return corrected


@lru_cache(64)
def _measure_biases(
    scorer: Scorer, prompts: tuple[str, ...], stock: tuple[str, ...], newcomers: tuple[str, ...]
) -> torch.Tensor:
    """Return the bias against each newcomer's name, in nats, shape (newcomers,)."""
    scores = scorer.log_likelihoods(prompts, (*stock, *newcomers)).mean(0)  # (names,)
    return scores[: len(stock)].median() - scores[len(stock) :]
