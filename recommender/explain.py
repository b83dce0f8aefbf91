"""Explain a pick by leaving out one purchase at a time, and why another product is not the pick by adding one.

For each owned item, the T5 scores the same candidates after the basket without it. The drop of the pick's
log-likelihood is the item's contribution.

Purchases can replace each other: without one of four soccer items, the other three still say "soccer". The small drops
are noise then, and do not show which purchase matters.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .routes import Question
from .shop.item import Item
from .shop.retrieval import content_words
from .shop.text import normalise

if TYPE_CHECKING:
    import torch

    Score = Callable[[Sequence[Question]], Sequence[torch.Tensor]]

NOISE = 0.2  # nats; after a smaller drop the pick keeps four fifths of its probability
UNRELATED = 1.0  # nats; a purchase that nothing relates to the pick must matter so much to be named as a reason
PARTNERS = 10  # products most often bought with a purchase: it is related to these
MAX_TRIALS = 12  # products tried as an additional purchase, in one batch: a few hundred milliseconds
MAX_ENOUGH = 3  # products named, each of which would be enough
_FUNCTION_WORDS = {  # of names, by language; that two names share one says nothing about the products
    "en": "& a an and at for from in of on or the to with",
    "ar": "أو إلى على عن في مع من و",
    "fr": "à au aux avec de des du en et la le les ou par pour sans sur un une",
    "es": "a al con de del e el en la las lo los o para por sin un una y",
    "de": "am an auf aus der die das dem den des ein eine für im in mit oder ohne und von vom zu zum zur",
}
FUNCTION_WORDS = frozenset(normalise(word) for words in _FUNCTION_WORDS.values() for word in words.split())


@dataclass(frozen=True)
class Reason:
    """What one purchase contributed to the pick.

    :ivar drop: log p(pick | whole basket) − log p(pick | basket without the item), in nats;
        positive if the purchase speaks for the pick.
    :ivar probability_drop: the same difference of probabilities among the candidates.
    :ivar pick_without: the pick without the item, or None if it stays the same.
    :ivar group_size: how many purchases share the pick's sport, or its kind, or are often bought with it, this one
        included; 0 if this one is not related to the pick. A purchase also counts if it shares a word of the pick's
        name, and one of the two has neither sport nor kind.
    """

    item: Item
    drop: float
    probability_drop: float
    pick_without: Item | None
    group_size: int

    @property
    def matters(self) -> bool:
        """Whether the pick depends on this purchase."""
        return self.drop >= NOISE

    @property
    def sort_key(self) -> tuple[float, int, float]:
        """The strongest drop first; between drops that are noise, the largest group first."""
        return (0.0 if abs(self.drop) < NOISE else -self.drop, -self.group_size, -self.drop)

    def as_dict(self) -> dict[str, object]:
        """Return the reason for JSON."""
        return {
            "id": self.item.id,
            "log_likelihood_drop": self.drop,
            "probability_drop": self.probability_drop,
            "otherwise": self.pick_without.id if self.pick_without else None,
        }


@dataclass(frozen=True)
class WhyNot:
    """A candidate's rank, and which additional purchase would make it the pick.

    :ivar rank: from 1.
    :ivar enough: products each of which would make it the pick if it were owned; at most :data:`MAX_ENOUGH`.
    :ivar closest: if there is none, the product that would improve its rank most, or None if none would.
    :ivar closest_rank: its rank if ``closest`` were owned; 0 without one.
    """

    item: Item
    rank: int
    enough: tuple[Item, ...] = ()
    closest: Item | None = None
    closest_rank: int = 0

    @property
    def is_pick(self) -> bool:
        """Whether it is recommended already."""
        return self.rank == 1

    def as_dict(self) -> dict[str, object]:
        """Return the answer for JSON."""
        closest = {"id": self.closest.id, "rank": self.closest_rank} if self.closest else None
        return {"id": self.item.id, "rank": self.rank, "enough": [i.id for i in self.enough], "closest": closest}


def leave_one_out(question: Question) -> list[str]:
    """Return the question's prompt without each purchase in turn, with the same candidates."""
    names = question.purchased
    return [question.build_prompt(names[:i] + names[i + 1 :]) for i in range(len(names))]


def baskets_without(question: Question) -> list[tuple[Item, ...]]:
    """Return the question's basket without each purchase in turn: those of :func:`leave_one_out`."""
    return [tuple(item for item in question.basket if item is not left_out) for left_out in question.latest]


def explain(question: Question, scores: torch.Tensor, probabilities: torch.Tensor) -> tuple[Reason, ...]:
    """Return the reasons for the pick, the strongest first; see :attr:`Reason.sort_key`.

    :param scores: the candidates' log-likelihoods, or logarithms of their probabilities, after ``question.prompt`` and
        after each prompt of :func:`leave_one_out`, in nats, shape (1 + purchases, candidates).
    :param probabilities: of the candidates, the same shape.
    """
    pick = int(scores[0].argmax())
    drops = (scores[0] - scores[1:])[:, pick].tolist()
    probability_drops = (probabilities[0] - probabilities[1:])[:, pick].tolist()
    candidates = question.candidates
    partners_of = question.catalog.list_partners
    partners = [item for item in question.latest if candidates[pick] in partners_of(item, PARTNERS)]
    reasons = [
        Reason(
            item,
            drop,
            probability_drop,
            candidates[best] if best != pick else None,
            _group_size(item, candidates[pick], question.basket, partners),
        )
        for item, drop, probability_drop, best in zip(
            question.latest, drops, probability_drops, scores[1:].argmax(-1).tolist(), strict=True
        )
    ]
    return tuple(sorted(reasons, key=lambda reason: reason.sort_key))


def select_decisive(because: Sequence[Reason]) -> list[Reason]:
    """Return the reasons to show, the strongest first.

    They are those that matter, and the others of the strongest one's group, which can replace it. If none matters by
    itself, they are all that are related to the pick and do not speak against it. A purchase that is not related must
    matter more (:data:`UNRELATED`). There may be none.
    """
    counted = [reason for reason in because if reason.group_size or reason.drop >= UNRELATED]
    mattering = [reason for reason in counted if reason.matters]
    if not mattering:
        return [r for r in counted if r.drop > -NOISE]
    group = max(2, mattering[0].group_size)
    return [r for r in counted if r.matters or (r.group_size >= group and r.drop > -NOISE)]


def _group_size(item: Item, pick: Item, basket: Sequence[Item], partners: Sequence[Item]) -> int:
    """See :attr:`Reason.group_size`; a sport or kind that is not known is not shared.

    :param partners: the purchases with which the pick is often bought.
    """
    sports = sum(i.sport == pick.sport for i in basket) if item.sport and item.sport == pick.sport else 0
    kinds = sum(i.kind == pick.kind for i in basket) if item.kind and item.kind == pick.kind else 0
    words = sum(_share_word(i, pick) for i in basket) if _share_word(item, pick) else 0
    return max(sports, kinds, words, len(partners) if item in partners else 0)


def _share_word(one: Item, other: Item) -> bool:
    """Return whether two products, of which one has neither sport nor kind, share a word of a name in some language.

    A product that was added has one name, in the language in which it was typed.
    """
    if (one.sport or one.kind) and (other.sport or other.kind):
        return False
    return bool(content_words(*one.names.values()) & content_words(*other.names.values()) - FUNCTION_WORDS)


def why_not(score: Score, question: Question, ranking: Sequence[Item], item_id: str) -> WhyNot | None:
    """Find an additional purchase that would make a candidate the pick; return None if the item was not ranked.

    Each product that is often bought with the candidate, or related to it, is tried.

    :param score: returns the scores of the candidates of each question.
    :param ranking: the question's candidates, best first.
    :raises TranslationError: if the question's translator has no answer for the products tried.
    """
    rank, item = next(((n, i) for n, i in enumerate(ranking, start=1) if i.id == item_id), (0, None))
    if item is None:
        return None
    owned = {owned.id for owned in question.basket}
    partners = [other for other in question.catalog.list_partners(item, PARTNERS) if other.id not in owned]
    trials = list(dict.fromkeys([*partners, *find_related(item, question.candidates)]))[:MAX_TRIALS]
    if rank == 1 or not trials:
        return WhyNot(item, rank)
    questions = question.add_purchases(trials)
    ranks = [_find_rank(item, *found) for found in zip(questions, score(questions), strict=True)]
    enough = tuple(trial for trial, place in zip(trials, ranks, strict=True) if place == 1)[:MAX_ENOUGH]
    best = min(ranks)
    if enough or best >= rank:
        return WhyNot(item, rank, enough)
    return WhyNot(item, rank, closest=trials[ranks.index(best)], closest_rank=best)


def find_related(item: Item, candidates: Sequence[Item]) -> list[Item]:
    """Return the candidates of an item's sport, then those of its kind, then those that share a word with it.

    Of one sort, they are in the order of their ids: that of the inventory must not matter.
    """

    def distance(other: Item) -> int:
        if item.sport and other.sport == item.sport:
            return 0
        if item.kind and other.kind == item.kind:
            return 1
        return 2 if _share_word(item, other) else 3

    related = (other for other in candidates if other is not item and distance(other) < 3)
    return sorted(related, key=lambda other: (distance(other), other.id))


def _find_rank(item: Item, question: Question, scores: torch.Tensor) -> int:
    """Return an item's rank among the question's candidates, or the size of the catalog if it is none of them.

    :param scores: of the candidates, shape (candidates,).
    """
    if item not in question.candidates:
        return len(question.catalog)
    order = scores.argsort(descending=True, stable=True).tolist()
    return 1 + order.index(question.candidates.index(item))
