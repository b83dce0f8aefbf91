"""Why not this one? A candidate's place, and what would have to be owned for it to be the pick."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..recommender import Ranked, Recommendation
from ..shop.catalog import Catalog, Item
from ..shop.text import normalise
from ..t5.prompt import build_prompt
from ..t5.scorer import Scorer

MAX_TRIALS = 12  # baskets tried, in one batch: a few hundred milliseconds
MAX_SHOWN = 3


@dataclass(frozen=True)
class WhyNot:
    """The answer.

    :ivar ranked: the candidate's place now.
    :ivar enough: purchases each of which, alone, would make it the pick.
    :ivar closest: if none does, the one that lifts it most, if any does, and to which place.
    """

    ranked: Ranked
    enough: tuple[Item, ...] = ()
    closest: Item | None = None
    closest_rank: int = 0

    @property
    def is_pick(self) -> bool:
        """Whether it is recommended already."""
        return self.ranked.rank == 1


def why_not(scorer: Scorer, found: Recommendation, item_id: str, shelf: Catalog) -> WhyNot | None:
    """What it would take for a candidate to be the pick; none if it is owned.

    Each product that is related to the candidate is tried as one more purchase.

    :param item_id: of an item on the shelf.
    """
    ranked = next((r for r in found.ranking if r.item.id == item_id), None)
    if ranked is None:
        return None
    if ranked.rank == 1:
        return WhyNot(ranked)
    trials = related(ranked.item, found.question.candidates)[:MAX_TRIALS]
    if not trials:
        return WhyNot(ranked)
    names = found.question.candidate_names
    scores = scorer.log_likelihoods([_prompt(found, trial, shelf) for trial in trials], names)  # (trials, C)
    places = {item.id: n for n, item in enumerate(found.question.candidates)}
    ranks = []
    for row, trial in zip(scores, trials, strict=True):
        better = row > row[places[item_id]]
        better[places[trial.id]] = False  # owned now, so no candidate
        ranks.append(1 + int(better.sum()))
    enough = tuple(trial for trial, rank in zip(trials, ranks, strict=True) if rank == 1)[:MAX_SHOWN]
    best = min(range(len(trials)), key=ranks.__getitem__)
    if enough or ranks[best] >= ranked.rank:
        return WhyNot(ranked, enough)
    return WhyNot(ranked, closest=trials[best], closest_rank=ranks[best])


def related(item: Item, candidates: Sequence[Item]) -> list[Item]:
    """The other candidates of its sport, then those of its kind; for a product without either, by shared words."""
    words = set(normalise(item.name("en")).split())

    def distance(other: Item) -> int | None:
        if item.sport and other.sport == item.sport:
            return 0
        if item.kind and other.kind == item.kind:
            return 1
        return 2 if words & set(normalise(other.name("en")).split()) else None

    others = [(distance(other), n, other) for n, other in enumerate(candidates) if other is not item]
    return [other for near, _, other in sorted((o for o in others if o[0] is not None), key=lambda o: o[:2])]


def _prompt(found: Recommendation, trial: Item, shelf: Catalog) -> str:
    question = found.question
    named = dict(zip((item.id for item in found.purchased), question.purchased, strict=True))
    named[trial.id] = question.name(trial)
    left = [question.name(item) for item in question.candidates if item is not trial]
    return build_prompt([named[item.id] for item in shelf if item.id in named], left, question.language)
