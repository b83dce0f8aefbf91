"""Which purchase drove the pick: leave one out.

For each owned item, the basket without it is put to the T5 with the candidates that were
ranked, all in one batch. What the pick's log-likelihood loses is what that purchase was worth to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from . import prompt
from .catalog import Item
from .model import Checkpoint
from .routes import Question


@dataclass(frozen=True)
class Reason:
    """What one purchase contributed to the pick.

    :ivar drop: log p(pick | whole basket) − log p(pick | basket without the item), in nats;
        positive where the purchase speaks for the pick.
    :ivar probability_drop: the same difference of probabilities among the candidates.
    :ivar otherwise: what would have been picked without the item, where that differs.
    """

    item: Item
    drop: float
    probability_drop: float
    otherwise: Item | None

    def as_dict(self) -> dict[str, object]:
        """For JSON."""
        return {
            "id": self.item.id,
            "log_likelihood_drop": self.drop,
            "probability_drop": self.probability_drop,
            "otherwise": self.otherwise.id if self.otherwise else None,
        }


def explain(
    checkpoint: Checkpoint, basket: Sequence[Item], question: Question, scores: torch.Tensor
) -> tuple[Reason, ...]:
    """The reasons for the pick, the strongest first.

    :param basket: the items, in the order in which ``question.purchased`` names them.
    :param scores: the log-likelihoods of the candidates given the whole basket, shape (C,).
    """
    names, n = question.purchased, len(basket)
    baskets = [names[:i] + names[i + 1 :] for i in range(n)]
    prompts = [prompt.build(b, question.candidate_names, question.language) for b in baskets]
    without = checkpoint.log_likelihoods(prompts, question.candidate_names)  # (n, C)
    pick = int(scores.argmax())
    drops = (scores - without)[:, pick].tolist()
    probability_drops = (scores.softmax(-1) - without.softmax(-1))[:, pick].tolist()
    others = without.argmax(-1).tolist()
    reasons = [
        Reason(item, drop, probability_drop, question.candidates[other] if other != pick else None)
        for item, drop, probability_drop, other in zip(basket, drops, probability_drops, others, strict=True)
    ]
    return tuple(sorted(reasons, key=lambda r: -r.drop))
