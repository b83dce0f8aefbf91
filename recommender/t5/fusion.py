"""Fuse two scores of every candidate: the T5's log-likelihood and the co-purchase score.

A conditional logit (McFadden 1974): a candidate's log-odds are t5 · log-likelihood + bought · log(score + FLOOR), and
a fixed log-odds stands for all products that are not candidates. The three numbers are fitted on a shop's validation
rows, so that probabilities are calibrated and the T5 has the weight that it deserves.

Where purchases say nothing of any candidate, because nobody has bought what the basket holds, the T5 alone orders them.
It is assumed, and was not fitted, that the next purchase is as likely to be a candidate as any other product: the
probabilities of the candidates add up to their share of the products in stock.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch

from ..errors import RecommenderError
from ..shop.folder import FUSION

FLOOR = 0.01  # added to each score relative to the best one: a product never bought with the basket is not impossible


@dataclass(frozen=True)
class Fusion:
    """The weights of the two scores.

    :ivar t5: weight of the T5's log-likelihoods.
    :ivar bought: weight of the logarithm of the co-purchase scores.
    :ivar other: log-odds of a purchase that is not a candidate; None if all products are candidates.
    :ivar corrections: what to add to the log-likelihoods of products that nobody had bought, by id; see
        :mod:`..newcomers`.
    """

    t5: float
    bought: float
    other: float | None
    corrections: Mapping[str, float] = field(default_factory=dict, hash=False)

    @classmethod
    def load(cls, model: Path) -> Fusion | None:
        """Read the weights from the folder of the T5 that they were fitted with; return None if there are none.

        :raises RecommenderError: if the file is damaged.
        """
        path = model / FUSION
        try:
            fusion = cls(**json.loads(path.read_text(encoding="utf-8")))
            other = 0 if fusion.other is None else fusion.other
            if not all(map(math.isfinite, (fusion.t5, fusion.bought, other, *fusion.corrections.values()))):
                raise ValueError
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError, AttributeError, RecursionError) as error:
            raise RecommenderError(f"{path} is damaged: create it again with train --shop.") from error
        return fusion

    def save(self, model: Path) -> None:
        """Write the weights into the folder of the T5 that they were fitted with."""
        (model / FUSION).write_text(json.dumps(asdict(self), allow_nan=False) + "\n", encoding="utf-8")

    def log_odds(
        self, likelihoods: torch.Tensor, scores: Sequence[Sequence[float]], unowned: int | None = None
    ) -> torch.Tensor:
        """Return the candidates' log-odds, shape (P, C).

        :param likelihoods: the T5's log-likelihoods, shape (P, C).
        :param scores: the co-purchase scores, (P, C).
        :param unowned: the number of products that are not owned; by default all of them are candidates.
        """
        bought = torch.tensor(scores, dtype=torch.float32)
        log_odds = self.t5 * likelihoods + self.bought * log_scores(bought)
        if self.other is None:
            return log_odds
        count = bought.shape[-1]
        others = max((unowned or count) - count, FLOOR)
        by_share = log_odds.log_softmax(-1) + math.log(count / others) + self.other
        return torch.where(has_scores(bought), log_odds, by_share)

    def probabilities(self, log_odds: torch.Tensor) -> torch.Tensor:
        """Return the candidates' probabilities, shape (..., C); with that of "no candidate" each row adds up to 1."""
        return self.log_probabilities(log_odds).exp()

    def log_probabilities(self, log_odds: torch.Tensor) -> torch.Tensor:
        """Return the logarithms of :meth:`probabilities`, in nats, which can be compared between rows."""
        if self.other is None:
            return log_odds.log_softmax(-1)
        none = torch.full_like(log_odds[..., :1], self.other)
        return torch.cat([log_odds, none], -1).log_softmax(-1)[..., :-1]


def log_scores(scores: torch.Tensor) -> torch.Tensor:
    """Return log(score / best + FLOOR) of each candidate, (..., C), or 0 where no candidate has a score."""
    logarithms = (scores / scores.amax(-1, keepdim=True).clamp(min=1e-12) + FLOOR).log()
    return logarithms.where(has_scores(scores), 0.0)


def has_scores(scores: torch.Tensor) -> torch.Tensor:
    """Return whether any candidate of a row was bought with the basket, (..., 1)."""
    return scores.amax(-1, keepdim=True) > 0
