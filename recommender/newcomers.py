"""Correct the log-likelihoods of newcomers for the unfamiliar spelling of their names.

A newcomer was added by name alone or, in a shop with purchases, was never bought. A language model prefers names whose
tokens it knows, whatever the basket (surface form competition, Holtzman et al. 2021, arXiv 2104.08315). The bias
against a newcomer is estimated after other baskets than the shopper's: how far its mean log-likelihood is below the
median of the shop's other products (contextual calibration, Zhao et al. 2021, arXiv 2102.09690). Only newcomers are
corrected: the T5 was trained on the others' names. Where it was not, as in a visitor's own shop, these may be less
familiar than the newcomer's; that is no reason to lower it.

After the shopper's own basket, the T5 often sees what an unfamiliar name stands for, and rates it highly without any
help. A correction therefore counts in full only up to where the upper 15 % of the other candidates begin
(:data:`QUANTILE`), and to a tenth (:data:`BEYOND`) above that, or above the newcomer's own likelihood if it is higher.
On validation cases (12 of a sort in each language), the divergence from the true probabilities is 0.07 nats so; with
nine tenths of every correction, it was 0.13.

A newcomer whose name is that of a product in stock with words added, or in the plural, such as "Tennis Balls (3-pack)",
is a *variant* of it (:mod:`.shop.variants`). As long as that product is a candidate, no correction lifts the variant
above it; and the bias against a variant that was added is how far its log-likelihood is below that product's, on
average.

Once a kit is whole, the T5 takes any unfamiliar name for what is lacking: a yoga mat after all of soccer. An added
product that would be the pick has to be related to the purchases: a word of its name begins like one of theirs, or
after each of these alone, it is better off than after other products of the shop, by :data:`RELATED`. Else it is held
at the median. Of 202 newcomers from other shops that came first (such as a gift card; ten names in each language, after
each whole kit), this held 170, of 137 from validation cases none. It was chosen on such names and on these cases; of
205 other validation cases, it held 11.

A product that joins the shelf takes its share from all others alike (independence of irrelevant alternatives, which a
multinomial logit has: Luce 1959). A T5 that reads an unfamiliar name may turn the order of the others round. It is
therefore asked with and without what was added: the first answer gives the share of the added products, the second
divides the rest among the others.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar
from weakref import ReferenceType, ref

from .shop.catalog import MAX_CANDIDATES, Catalog
from .shop.item import Item
from .shop.text import normalise
from .shop.variants import PREPOSITIONS, find_named, find_original
from .t5.prompt import build_prompt

if TYPE_CHECKING:
    import torch

    from .routes import Question
    from .t5.scorer import Scorer

T = TypeVar("T")

BASKETS = 8  # of one product each, to estimate the bias with
# Chosen on validation cases: the quantile of the other candidates' log-likelihoods up to which a correction counts in
# full, and what counts of the rest
QUANTILE, BEYOND = 0.85, 0.1
RELATED = 2.4  # nats, on average over the half of the purchases that speak most for it
BEGINNING = 4  # letters in which two words have to agree to relate their products
GROUP = 15  # newcomers measured in one prompt, beside other products of the shop


def combine_shelves(question: Question, likelihoods: torch.Tensor) -> torch.Tensor:
    """Keep the added products' share of the probability; divide the rest among the others as without them.

    Log-likelihoods of shape (prompts, candidates) are returned.

    :param likelihoods: of the question's candidates after its prompts, and then, if there are candidates that were
        added, after the same prompts without these.
    """
    without = question.without_added()
    if without is None:
        return likelihoods
    combined, alone = likelihoods.clone().chunk(2)
    stocked = [item.id not in question.catalog.added for item in question.candidates]
    combined[:, stocked] = alone[:, stocked].log_softmax(-1) + combined[:, stocked].logsumexp(-1, keepdim=True)
    return combined


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
    offered = {item.id for item in question.candidates}
    for id_, bias in _measure_biases(scorer, question.catalog, question.language, new, asked).items():
        found[id_] = bias.to_original if bias.original in offered else bias.to_median
    return _hold_unrelated(question, add_corrections(likelihoods, question.candidates, found), scorer)


def _hold_unrelated(question: Question, likelihoods: torch.Tensor, scorer: Scorer) -> torch.Tensor:
    """Return the log-likelihoods, shape (prompts, candidates), with those of unrelated added products held down."""
    is_new = [item.id in question.catalog.added for item in question.candidates]
    if len(question.latest) < 2 or not any(is_new) or all(is_new):
        return likelihoods
    stocked = [n for n, new in enumerate(is_new) if not new]
    best, medians = likelihoods[0, stocked].max(), likelihoods[:, stocked].median(-1).values
    held = likelihoods.clone()
    for n, item in enumerate(question.candidates):
        if is_new[n] and likelihoods[0, n] > best and not _is_related(item, question, scorer):
            held[:, n] = likelihoods[:, n].minimum(medians)
    return held


def _is_related(item: Item, question: Question, scorer: Scorer) -> bool:
    """Return whether a newcomer has to do with a purchase, by its letters or by the T5."""
    of_purchases = _list_beginnings(name for owned in question.latest for name in owned.names.values())
    if not of_purchases.isdisjoint(_list_beginnings(item.names.values())):
        return True
    return _measure_relation(question, item, scorer) >= RELATED


def _list_beginnings(names: Iterable[str]) -> set[str]:
    words = {word for name in names for word in normalise(name).split()} - PREPOSITIONS
    return {word[:BEGINNING] for word in words if len(word) >= BEGINNING}


def _measure_relation(question: Question, item: Item, scorer: Scorer) -> float:
    """Return how much better off a newcomer is after purchases than after other products of the shop, in nats.

    That is its log-likelihood less the median of the others', on average over the half of the purchases that speak most
    for it, each alone, less the same average over products of the shop.
    """
    catalog, language = question.catalog, question.language
    stock = sorted((other for other in catalog if other.id not in catalog.added), key=lambda other: other.id)
    others = _spread(stock, MAX_CANDIDATES - 1)

    def measure(owned: Sequence[Item]) -> torch.Tensor:
        scores = _score(scorer, others, [item], owned, language)
        return scores[:, -1] - scores[:, :-1].median(-1).values

    by_purchase = measure(question.latest).sort(descending=True).values
    return float(by_purchase[: (len(by_purchase) + 1) // 2].mean() - measure(_spread(others, BASKETS)).mean())


def add_corrections(
    likelihoods: torch.Tensor, candidates: Sequence[Item], corrections: Mapping[str, float]
) -> torch.Tensor:
    """Return the log-likelihoods of candidates, shape (..., candidates), with corrections by id added.

    A variant is not lifted above its original, and others hardly into the upper 15 % of those without correction.
    """
    others = [n for n, item in enumerate(candidates) if item.id not in corrections]
    if len(others) == len(candidates):
        return likelihoods
    named = {normalise(name): candidates[n] for n in others for name in candidates[n].names.values()}
    upper = likelihoods[..., others].quantile(QUANTILE, -1) if others else likelihoods.new_tensor(math.inf)
    corrected = likelihoods.clone()
    for n, item in enumerate(candidates):
        if item.id in corrections:
            original = find_named(item, named.get)
            limit, beyond = (likelihoods[..., candidates.index(original)], 0) if original else (upper, BEYOND)
            limit = limit.maximum(likelihoods[..., n])
            full = likelihoods[..., n] + corrections[item.id]
            corrected[..., n] = full.minimum(limit) + beyond * (full - limit).clamp_min(0)
    return corrected


def measure_corrections(scorer: Scorer, catalog: Catalog, new: Set[str] | None = None) -> dict[str, float]:
    """Return what to add to the log-likelihoods of newcomers in English prompts, in nats, by id.

    Nothing is returned if there are no other products.

    :param new: ids of the newcomers; by default, those that the catalog knows.
    """
    new = catalog.newcomers if new is None else new
    return {id_: bias.to_median for id_, bias in _measure_biases(scorer, catalog, "en", new, new).items()}


@dataclass(frozen=True)
class _Bias:
    """How far a newcomer's log-likelihood is below others, on average, in nats.

    :ivar to_median: of the other products; below 0 only for a variant, which is unlikely once its original is owned.
    :ivar original: id of the product of which it is a variant, or "".
    """

    to_median: float
    original: str = ""
    to_original: float = 0.0


def _measure_biases(
    scorer: Scorer, catalog: Catalog, language: str, new: Set[str], asked: Set[str]
) -> dict[str, _Bias]:
    """Measure the biases against newcomers, by id.

    They are measured in groups. These do not depend on a shopper's basket, so that they can be remembered.

    :param new: ids of all newcomers.
    :param asked: ids of those that are wanted.
    """
    if not asked:  # as for most baskets; the shelf may be long
        return {}
    # The inventory's order must not matter. What a shopper adds comes last: the groups of the others stay the same.
    shelf = sorted(catalog, key=lambda item: (item.id in catalog.added, item.id))
    stock, newcomers = ([item for item in shelf if (item.id in new) is which] for which in (False, True))
    if len(stock) < 2:
        return {}

    found: dict[str, _Bias] = {}
    for group in (newcomers[first : first + GROUP] for first in range(0, len(newcomers), GROUP)):
        if not any(item.id in asked for item in group):
            continue
        originals = {item.id: original for item in group if (original := find_original(item, catalog, new))}
        needed = {original.id for original in originals.values()}
        rest = _spread([item for item in stock if item.id not in needed], MAX_CANDIDATES - GROUP - len(needed))
        others = sorted([*map(catalog.__getitem__, needed), *rest], key=lambda item: item.id)
        owned = _spread(others, BASKETS)
        scores = _score(scorer, others, group, owned, language)
        mean = scores.mean(0)
        for n, item in enumerate(group, start=len(others)):
            to_median = float(mean[: len(others)].median() - mean[n])
            original = originals.get(item.id)
            found[item.id] = _Bias(to_median if original else max(0.0, to_median))
            offered = [basket for basket, product in enumerate(owned) if product is not original]
            if original and offered:
                gaps = scores[offered, others.index(original)] - scores[offered, n]
                found[item.id] = _Bias(to_median, original.id, float(gaps.mean()))
    return {id_: bias for id_, bias in found.items() if id_ in asked}


def _score(
    scorer: Scorer, stock: Sequence[Item], newcomers: Sequence[Item], owned: Sequence[Item], language: str
) -> torch.Tensor:
    """Return the log-likelihoods of stock and newcomers after each basket of one product, (baskets, names)."""
    names = (tuple(scorer.prompt_format.name(item, language) for item in items) for items in (stock, newcomers, owned))
    return _score_names(ref(scorer), *names, language)


@lru_cache(4096)
def _score_names(
    scorer: ReferenceType[Scorer],
    stock: tuple[str, ...],
    newcomers: tuple[str, ...],
    owned: tuple[str, ...],
    language: str,
) -> torch.Tensor:
    """Do the same by names, and remember it.

    :param scorer: a weak reference: a T5 that has been replaced must not stay in memory because of its results here.
    """
    t5 = scorer()
    assert t5 is not None
    names = (*stock, *newcomers)
    prompts = [build_prompt([one], [name for name in names if name != one], language) for one in owned]
    return t5.log_likelihoods(prompts, names)


def _spread(items: Sequence[T], count: int) -> list[T]:
    """Return at most ``count`` of the items, evenly spaced."""
    count = min(count, len(items))
    return [items[n * len(items) // count] for n in range(count)]
