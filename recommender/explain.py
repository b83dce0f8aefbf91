"""Which purchase drove the pick: leave one out.

For each owned item, the basket without it is put to the T5 with the candidates that were
ranked, all in one batch. What the pick's log-likelihood loses is what that purchase was worth to it.

Where purchases back each other up, none is missed: four soccer items say "soccer" as surely as three. What little is
lost then is the T5's noise, and says nothing of which of them mattered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from .routes import Question
from .shop.catalog import Item
from .t5.prompt import build_prompt
from .t5.scorer import Scorer

NOISE = 0.2  # nats; a drop of less leaves the pick four fifths of its probability


@dataclass(frozen=True)
class Reason:
    """What one purchase contributed to the pick.

    :ivar drop: log p(pick | whole basket) − log p(pick | basket without the item), in nats;
        positive where the purchase speaks for the pick.
    :ivar probability_drop: the same difference of probabilities among the candidates.
    :ivar otherwise: what would have been picked without the item, where that differs.
    :ivar akin: how many purchases the inventory has under the pick's sport, this one among them, or under its kind;
        0 where this one is under neither.
    """

    item: Item
    drop: float
    probability_drop: float
    otherwise: Item | None
    akin: int

    @property
    def matters(self) -> bool:
        """Whether the pick would miss this purchase."""
        return self.drop >= NOISE

    @property
    def rank(self) -> tuple[float, int, float]:
        """What reasons are sorted by: the drop; between drops that are noise, the largest group first."""
        return (0.0 if abs(self.drop) < NOISE else -self.drop, -self.akin, -self.drop)

    def as_dict(self) -> dict[str, object]:
        """For JSON."""
        return {
            "id": self.item.id,
            "log_likelihood_drop": self.drop,
            "probability_drop": self.probability_drop,
            "otherwise": self.otherwise.id if self.otherwise else None,
        }


def explain(scorer: Scorer, basket: Sequence[Item], question: Question, scores: torch.Tensor) -> tuple[Reason, ...]:
    """The reasons for the pick, the strongest first; see :attr:`Reason.rank`.

    :param basket: the items, in the order in which ``question.purchased`` names them.
    :param scores: the log-likelihoods of the candidates given the whole basket, shape (C,).
    """
    names, n = question.purchased, len(basket)
    baskets = [names[:i] + names[i + 1 :] for i in range(n)]
    prompts = [build_prompt(b, question.candidate_names, question.language) for b in baskets]
    without = scorer.log_likelihoods(prompts, question.candidate_names)  # (n, C)
    pick = int(scores.argmax())
    drops = (scores - without)[:, pick].tolist()
    probability_drops = (scores.softmax(-1) - without.softmax(-1))[:, pick].tolist()
    others = without.argmax(-1).tolist()
    picked = question.candidates[pick]
    reasons = [
        Reason(
            item,
            drop,
            probability_drop,
            question.candidates[other] if other != pick else None,
            _akin(item, picked, basket),
        )
        for item, drop, probability_drop, other in zip(basket, drops, probability_drops, others, strict=True)
    ]
    return tuple(sorted(reasons, key=lambda reason: reason.rank))


def _akin(item: Item, pick: Item, basket: Sequence[Item]) -> int:
    """See :attr:`Reason.akin`. Of a product that was added by name, neither sport nor kind is known."""
    sports = sum(i.sport == pick.sport for i in basket) if item.sport == pick.sport else 0
    kinds = sum(i.kind == pick.kind for i in basket) if item.kind == pick.kind else 0
    return max(sports, kinds) if item.sport else 0
