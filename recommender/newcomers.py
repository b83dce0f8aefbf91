"""Correct the log-likelihoods of newcomers for the unfamiliar spelling of their names.

A newcomer was added by name alone or, in a shop with purchases, was never bought. A language model prefers names whose
tokens it knows, whatever the basket (surface form competition, Holtzman et al. 2021, arXiv 2104.08315). The bias
against a newcomer is estimated after other baskets than the shopper's: how far its mean log-likelihood is below the
median of the shop's other products (contextual calibration, Zhao et al. 2021, arXiv 2102.09690). Only newcomers are
corrected: the T5 was trained on the others' names.

A newcomer whose name is that of a product in stock with words added, such as "Tennis Ball pack of 3", is a *variant* of
it. As long as that product is a candidate, the bias is how far the variant's log-likelihood is below its, on average;
and no correction lifts the variant above it. On validation cases (40 per language), the divergence from the true
probabilities was 0.26 nats so, instead of 0.41 by the median.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar
from weakref import ReferenceType, ref

from .shop.catalog import LANGUAGES, MAX_CANDIDATES, Catalog, Item
from .shop.text import normalise
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
    if not asked:
        return add_corrections(likelihoods, question.candidates, found)
    measured = measure_corrections(scorer, question.catalog, question.language, new, asked)
    found |= {id_: measured[id_] for id_ in asked & measured.keys()}
    gaps = _measure_gaps(scorer, question.catalog, question.language, new, asked)
    place = {item.id: n for n, item in enumerate(question.candidates)}
    variants = {id_: (place[original], gap) for id_, (original, gap) in gaps.items() if original in place}
    rest = {id_: correction for id_, correction in found.items() if id_ not in variants}
    corrected = add_corrections(likelihoods, question.candidates, rest)
    if not variants:
        return corrected
    lifts = likelihoods.new_zeros(likelihoods.shape)
    for id_, (original, gap) in variants.items():
        behind = (likelihoods[:, original] - likelihoods[:, place[id_]]).clamp_min(0)
        lifts[:, place[id_]] = behind.clamp_max(SHARE * gap)
    return corrected + lifts


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

    :param language: of the prompts.
    :param new: ids of the newcomers; by default, those that the catalog knows.
    :param asked: ids; only groups with one of them are measured. By default, all are.
    """
    found: dict[str, float] = {}
    for group in _measure_groups(scorer, catalog, language, catalog.newcomers if new is None else new, asked):
        mean = group.scores.mean(0)  # (names,)
        usual = mean[: len(group.stock)].median()
        of_new = mean[len(group.stock) :].tolist()
        found.update((item.id, SHARE * (float(usual) - own)) for item, own in zip(group.new, of_new, strict=True))
    return found


def _measure_gaps(
    scorer: Scorer, catalog: Catalog, language: str, new: Set[str], asked: Set[str]
) -> dict[str, tuple[str, float]]:
    """Return for each variant the id of its original, and how far its log-likelihood is below that one's, in nats.

    The parameters are those of :func:`measure_corrections`.
    """
    found: dict[str, tuple[str, float]] = {}
    for group in _measure_groups(scorer, catalog, language, new, asked):
        place = {item.id: n for n, item in enumerate(group.stock)}
        for n, item in enumerate(group.new, start=len(group.stock)):
            original = find_original(item, catalog, new)
            offered = [owned is not original for owned in group.owned]
            if original and any(offered):
                gaps = group.scores[:, place[original.id]] - group.scores[:, n]  # (baskets,)
                found[item.id] = original.id, float(gaps[offered].mean())
    return found


def find_original(item: Item, catalog: Catalog, new: Set[str]) -> Item | None:
    """Return the product in stock of which a newcomer is a variant: the one with the longest name; None if it is none.

    :param new: ids of the newcomers.
    """
    for words in (normalise(name).split() for name in item.names.values()):
        for size in range(len(words) - 1, 0, -1):
            for start in range(len(words) - size + 1):
                part = " ".join(words[start : start + size])
                found = (catalog.names(language).get(part) for language in LANGUAGES)
                if original := next((each for each in found if each and each.id not in new), None):
                    return original
    return None


@dataclass(frozen=True)
class _Group:
    """Newcomers beside other products of the shop, scored after baskets of one product each.

    Newcomers are measured in groups. These do not depend on a shopper's basket, so that they can be remembered.

    :ivar owned: the product of each basket.
    :ivar scores: log-likelihoods of stock and newcomers, (baskets, names).
    """

    stock: list[Item]
    new: list[Item]
    owned: list[Item]
    scores: torch.Tensor


def _measure_groups(
    scorer: Scorer, catalog: Catalog, language: str, new: Set[str], asked: Set[str] | None
) -> Iterator[_Group]:
    stock, newcomers = ([item for item in catalog if (item.id in new) is which] for which in (False, True))
    if len(stock) < 2:
        return

    def name(items: Sequence[Item]) -> tuple[str, ...]:
        return tuple(scorer.prompt_format.name(item, language) for item in items)

    for group in (newcomers[first : first + GROUP] for first in range(0, len(newcomers), GROUP)):
        if asked is not None and not any(item.id in asked for item in group):
            continue
        originals = {original.id for item in group if (original := find_original(item, catalog, new))}
        rest = _spread([item for item in stock if item.id not in originals], MAX_CANDIDATES - GROUP - len(originals))
        others = list(catalog.select({*originals, *(item.id for item in rest)}))
        owned = others[:: max(1, len(others) // BASKETS)][:BASKETS]
        yield _Group(others, group, owned, _score(ref(scorer), name(others), name(group), name(owned), language))


@lru_cache(4096)
def _score(
    scorer: ReferenceType[Scorer],
    stock: tuple[str, ...],
    newcomers: tuple[str, ...],
    owned: tuple[str, ...],
    language: str,
) -> torch.Tensor:
    """Return the log-likelihoods of stock and newcomers after each basket of one product, (baskets, names).

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
