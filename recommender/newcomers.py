"""What a product's name loses by its letters alone, given back to products that the shop never had.

A language model prefers names whose pieces it knows, whatever the basket (surface form competition, Holtzman et al.
2021, arXiv 2104.08315). What that costs a newcomer shows after other baskets than the shopper's: its mean
log-likelihood there, against the median of the products that the shop has (contextual calibration, Zhao et al. 2021,
arXiv 2102.09690). Only newcomers are corrected: the T5 was taught the shop's own names.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from .routes import Question
from .shop.catalog import MAX_CANDIDATES

if TYPE_CHECKING:
    import torch

    from .t5.scorer import Scorer

OTHERS = 8  # baskets of one product each
SHARE = 0.9  # of the loss that is given back; chosen on validation cases


def correct_newcomers(question: Question, likelihoods: torch.Tensor, scorer: Scorer) -> torch.Tensor:
    """Return log-likelihoods in which no newcomer loses by its letters.

    :param likelihoods: of the question's candidates, shape (prompts, candidates).
    """
    catalog = question.catalog
    newcomers = [n for n, item in enumerate(question.candidates) if item.id in catalog.added]
    whole = len(catalog) <= MAX_CANDIDATES
    shelf = catalog.items if whole else question.candidates
    stock = [item for item in shelf if item.id not in catalog.added]
    if not newcomers or len(stock) < 2:
        return likelihoods
    others = stock[:: max(1, len(stock) // OTHERS)][:OTHERS]
    prompts = tuple(
        question.build_prompt([question.name(other)], [item for item in shelf if item is not other]) for other in others
    )
    offered = tuple(question.candidates[n] for n in newcomers)
    names = tuple(map(question.name, stock)), tuple(map(question.name, offered))
    losses = _measure(scorer, prompts, *names)  # type: ignore[arg-type]  # scorers are hashable, by identity
    corrected = likelihoods.clone()
    corrected[:, newcomers] += SHARE * losses
    return corrected


@lru_cache(64)
def _measure(
    scorer: Scorer, prompts: tuple[str, ...], stock: tuple[str, ...], newcomers: tuple[str, ...]
) -> torch.Tensor:
    """Return what each newcomer's name loses, in nats, shape (newcomers,)."""
    scores = scorer.log_likelihoods(prompts, (*stock, *newcomers)).mean(0)  # (names,)
    return scores[: len(stock)].median() - scores[len(stock) :]
