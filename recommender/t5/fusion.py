"""Two opinions of every candidate made one: the T5's log-likelihood, and what purchases say.

A conditional logit (McFadden 1974): a candidate's log-odds are t5 · log-likelihood + bought · log(score + FLOOR), and
what was bought may also have been none of the candidates. Its three numbers are fitted on a shop's validation rows, so
that a probability is what it says, and the T5 weighs no more than it is worth.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch

from ..errors import RecommenderError

FLOOR = 0.01  # of the best candidate's score: what a candidate has that was never bought with the basket
_FILE = "fusion.json"  # beside the weights of the T5 that it was fitted with


@dataclass(frozen=True)
class Fusion:
    """The weights.

    :ivar t5: of the T5's log-likelihoods.
    :ivar bought: of the logarithm of what purchases say.
    :ivar other: log-odds of a purchase that is no candidate; None if all products are candidates.
    """

    t5: float
    bought: float
    other: float | None

    @classmethod
    def load(cls, model: Path) -> Fusion | None:
        """Read the weights, or return None if there are none.

        :param model: the folder of the T5 that they were fitted with.
        :raises RecommenderError: if the file holds something else.
        """
        path = model / _FILE
        try:
            return cls(**json.loads(path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError) as error:
            raise RecommenderError(f"{path} is damaged: make it anew with train --shop.") from error

    def save(self, model: Path) -> None:
        """Write the weights into the folder of the T5 that they were fitted with."""
        (model / _FILE).write_text(json.dumps(asdict(self), allow_nan=False) + "\n", encoding="utf-8")

    def log_odds(self, likelihoods: torch.Tensor, scores: Sequence[Sequence[float]]) -> torch.Tensor:
        """Return what candidates are ordered by, shape (P, C).

        :param likelihoods: the T5's, shape (P, C).
        :param scores: what purchases say, (P, C).
        """
        return self.t5 * likelihoods + self.bought * log_scores(torch.tensor(scores, dtype=torch.float32))

    def probabilities(self, log_odds: torch.Tensor) -> torch.Tensor:
        """Return the candidates' probabilities, shape (..., C); those of a row and that of no candidate add up to 1."""
        if self.other is None:
            return log_odds.softmax(-1)
        none = torch.full_like(log_odds[..., :1], self.other)
        return torch.cat([log_odds, none], -1).softmax(-1)[..., :-1]


def log_scores(scores: torch.Tensor) -> torch.Tensor:
    """Return log(score / best + FLOOR) of each candidate, (..., C)."""
    return (scores / scores.amax(-1, keepdim=True).clamp(min=1e-12) + FLOOR).log()
