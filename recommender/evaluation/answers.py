"""A recommender's answers to the test baskets, asked the way a shopper asks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import torch
from tqdm import tqdm

from ..recommender import Recommender
from ..shop.text import slug
from ..t5.scorer import Scorer
from ..training.cases import Case


class CachedScorer:
    """A scorer that computes no prompt twice: two routes often ask the same question, and baskets repeat."""

    def __init__(self, scorer: Scorer):
        self.name, self.prompt_format, self.count_tokens = scorer.name, scorer.prompt_format, scorer.count_tokens
        self._scorer = scorer
        self._scores: dict[tuple[str, tuple[str, ...]], torch.Tensor] = {}
        self._texts: dict[str, str] = {}

    def log_likelihoods(self, prompts: Sequence[str], candidates: Sequence[str]) -> torch.Tensor:
        """As :meth:`Scorer.log_likelihoods`; shape (P, C)."""
        keys = [(prompt, tuple(candidates)) for prompt in prompts]
        new = [key for key in dict.fromkeys(keys) if key not in self._scores]
        if new:
            scores = self._scorer.log_likelihoods([prompt for prompt, _ in new], candidates)
            self._scores.update(zip(new, scores, strict=True))
        return torch.stack([self._scores[key] for key in keys])

    def generate(self, prompts: Sequence[str]) -> list[str]:
        """As :meth:`Scorer.generate`."""
        new = [prompt for prompt in dict.fromkeys(prompts) if prompt not in self._texts]
        if new:
            self._texts.update(zip(new, self._scorer.generate(new), strict=True))
        return [self._texts[prompt] for prompt in prompts]


@dataclass(frozen=True)
class Answer:
    """A recommender's answer to one basket.

    :ivar ranking: ids of all candidates, best first; an added product has its English id in every language.
    :ivar confidence: probability of the pick.
    :ivar valid: whether the raw generation names an item of the shelf.
    :ivar owned: whether the raw generation names something owned.
    :ivar lost_in: how many purchases no longer named their item when they reached the T5.
    :ivar lost_out: whether the pick no longer named its item when it reached the shopper.
    """

    ranking: tuple[str, ...]
    confidence: float
    valid: bool
    owned: bool
    lost_in: int
    lost_out: bool

    @property
    def pick(self) -> str:
        """Return the id of what is recommended."""
        return self.ranking[0]

    def rank(self, item: str) -> int:
        """Return the place of an item, 1 being first."""
        return self.ranking.index(item) + 1


def answer_case(recommender: Recommender, case: Case, language: str, route: str | None = None) -> Answer:
    """Serve one shopper, by the phrasebook if the route translates.

    :param route: by default that of the page: the prompt in the shopper's language.
    """
    english_id = {slug(item.name(language)): item.id for item in case.added}
    found = recommender.recommend(
        [item.name(language) for item in case.basket],
        language=language,
        route=route,
        translator="phrasebook",
        add_items=[item.name(language) for item in case.added],
    )
    inbound, written = found.question.inbound, found.raw_generation
    assert written is not None
    return Answer(
        ranking=tuple(english_id.get(r.item.id, r.item.id) for r in found.ranking),
        confidence=found.pick.probability,
        valid=written.valid,
        owned=written.owned,
        lost_in=len(inbound.losses) if inbound else 0,
        lost_out=bool(found.outbound and found.outbound.losses),
    )


def answer_cases(
    recommender: Recommender, cases: Iterable[Case], language: str, route: str | None = None, label: str = ""
) -> list[Answer]:
    """Serve all shoppers, with a progress bar on a terminal."""
    bar = tqdm(list(cases), desc=label, unit=" baskets", leave=False, disable=None)
    return [answer_case(recommender, case, language, route) for case in bar]
