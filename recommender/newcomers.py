"""Correct the log-likelihoods of newcomers for the unfamiliar spelling of their names.

A newcomer was added by name alone or, in a shop with purchases, was never bought. A language model prefers names whose
tokens it knows, whatever the basket (surface form competition, Holtzman et al. 2021, arXiv 2104.08315). The bias
against a newcomer is estimated after other baskets than the shopper's: how far its mean log-likelihood is below the
median of the shop's other products (contextual calibration, Zhao et al. 2021, arXiv 2102.09690). Only newcomers are
corrected: the T5 was trained on the others' names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar
from weakref import ReferenceType, ref

from .shop.catalog import MAX_CANDIDATES, Catalog, Item
from .t5.prompt import build_prompt

if TYPE_CHECKING:
    import torch

    from .routes import Question
    from .t5.scorer import Scorer

T = TypeVar("T")

BASKETS = 8  # of one product each, to estimate the bias with
SHARE = 0.9  # of the bias that is corrected; chosen on validation cases
GROUP = 15  # newcomers measured in one prompt, beside other products of the shop


def correct_newcomers(
    question: Question, likelihoods: torch.Tensor, scorer: Scorer, known: Mapping[str, float]
) -> torch.Tensor:
    """Return the log-likelihoods with those of newcomers corrected.

    :param likelihoods: of the question's candidates, shape (prompts, candidates).
    :param known: corrections that were measured before, with English names, by id.
    """
    new = question.catalog.newcomers | known.keys()
    candidates = [item for item in question.candidates if item.id in new]
    found = {
        item.id: known[item.id]
        for item in candidates
        if item.id in known and question.name(item) == item.prompt_name("en")
    }
    asked = {item.id for item in candidates} - found.keys()
    if asked:
        measured = measure_corrections(scorer, question.catalog, question.language, new, asked)
        found |= {id_: measured[id_] for id_ in asked & measured.keys()}
    return add_corrections(likelihoods, question.candidates, found)


def add_corrections(
    likelihoods: torch.Tensor, candidates: Sequence[Item], corrections: Mapping[str, float]
) -> torch.Tensor:
    """Return the log-likelihoods of candidates, shape (..., candidates), with corrections by id added."""
    if not any(item.id in corrections for item in candidates):
        return likelihoods
    return likelihoods + likelihoods.new_tensor([corrections.get(item.id, 0.0) for item in candidates])


def measure_corrections(
    scorer: Scorer,
    catalog: Catalog,
    language: str = "en",
    new: Set[str] | None = None,
    asked: Set[str] | None = None,
) -> dict[str, float]:
    """Return what to add to the log-likelihoods of newcomers, in nats, by id; nothing if there are no other products.

    Newcomers are measured in groups. These do not depend on a basket, so that they can be remembered.

    :param language: of the prompts.
    :param new: ids of the newcomers; by default, those that the catalog knows.
    :param asked: ids; only groups with one of them are measured. By default, all are.
    """
    new = catalog.newcomers if new is None else new
    stock, newcomers = ([item for item in catalog if (item.id in new) is which] for which in (False, True))
    if len(stock) < 2:
        return {}

    def name(items: Sequence[Item]) -> tuple[str, ...]:
        return tuple(scorer.prompt_format.name(item, language) for item in items)

    others = name(_spread(stock, MAX_CANDIDATES - GROUP))
    found: dict[str, float] = {}
    for group in (newcomers[first : first + GROUP] for first in range(0, len(newcomers), GROUP)):
        if asked is None or any(item.id in asked for item in group):
            biases = _measure_biases(ref(scorer), others, name(group), language)
            found.update((item.id, SHARE * bias) for item, bias in zip(group, biases, strict=True))
    return found


@lru_cache(4096)
def _measure_biases(
    scorer: ReferenceType[Scorer], stock: tuple[str, ...], newcomers: tuple[str, ...], language: str
) -> tuple[float, ...]:
    """Return the bias against each newcomer's name, in nats.

    :param scorer: a weak reference: a T5 that has been replaced must not stay in memory because of its results here.
    """
    t5 = scorer()
    assert t5 is not None
    names = (*stock, *newcomers)
    owned = stock[:: max(1, len(stock) // BASKETS)][:BASKETS]
    prompts = [build_prompt([one], [name for name in names if name != one], language) for one in owned]
    scores = t5.log_likelihoods(prompts, names).mean(0)  # (names,)
    biases = scores[: len(stock)].median() - scores[len(stock) :]
    return tuple(biases.tolist())


def _spread(items: Sequence[T], count: int) -> list[T]:
    """Return at most ``count`` of the items, evenly spaced."""
    count = min(count, len(items))
    return [items[n * len(items) // count] for n in range(count)]
