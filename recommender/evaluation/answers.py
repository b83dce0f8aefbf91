"""Collect a recommender's answers to the test baskets, by the same call as the page's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from tqdm import tqdm

from ..recommender import Recommender
from ..routes import Route
from ..t5.scorer import Scorer
from ..training.cases import Case


class CachedScorer:
    """Caches a scorer's results by prompt: several routes often give the same prompt, and baskets repeat."""

    def __init__(self, scorer: Scorer):
        self.name, self.prompt_format, self.count_tokens = scorer.name, scorer.prompt_format, scorer.count_tokens
        self._scorer = scorer
        self._scores: dict[tuple[str, tuple[str, ...]], torch.Tensor] = {}
        self._texts: dict[str, str] = {}

    def log_likelihoods(self, prompts: Sequence[str], candidates: Sequence[str]) -> torch.Tensor:
        """See :meth:`.Scorer.log_likelihoods`; shape (P, C)."""
        keys = [(prompt, tuple(candidates)) for prompt in prompts]
        new = [key for key in dict.fromkeys(keys) if key not in self._scores]
        if new:
            scores = self._scorer.log_likelihoods([prompt for prompt, _ in new], candidates)
            self._scores.update(zip(new, scores, strict=True))
        return torch.stack([self._scores[key] for key in keys])

    def generate(self, prompts: Sequence[str]) -> list[str]:
        """See :meth:`.Scorer.generate`."""
        new = [prompt for prompt in dict.fromkeys(prompts) if prompt not in self._texts]
        if new:
            self._texts.update(zip(new, self._scorer.generate(new), strict=True))
        return [self._texts[prompt] for prompt in prompts]


@dataclass(frozen=True)
class Answer:
    """A recommender's answer to one basket.

    :ivar probabilities: the probability of every candidate by id, best first; an added product has its id in the case.
    :ivar valid: whether the T5's free generation is the name of a product; False without ``generate``.
    :ivar owned: whether it is the name of an owned product.
    :ivar lost_in: number of purchases whose text no longer meant the item after translation to the T5's language.
    :ivar lost_out: whether the pick's text no longer meant the item after translation to the shopper's language.
    :ivar drops: what the pick's log-likelihood loses without each purchase, in nats, by id; empty without ``explain``.
    """

    probabilities: Mapping[str, float]
    valid: bool
    owned: bool
    lost_in: int
    lost_out: bool
    drops: Mapping[str, float]

    @cached_property
    def ranking(self) -> tuple[str, ...]:
        """The ids, best first."""
        return tuple(self.probabilities)

    @property
    def pick(self) -> str:
        """The id of the recommended product."""
        return self.ranking[0]


def answer_case(
    recommender: Recommender,
    case: Case,
    language: str,
    route: Route | None = None,
    *,
    generate: bool = False,
    explain: bool = False,
) -> Answer:
    """Return the answer to one case; routes that translate use the phrasebook.

    :param route: by default the page's: a prompt in the shopper's language.
    """
    answer = recommender.recommend(
        [item.name(language) for item in case.basket],
        language=language,
        route=route,
        translator="phrasebook",
        add_items=[item.name(language) for item in case.added],
        generate=generate,
        explain=explain,
    )
    shelf = answer.question.catalog  # in which an added product's id is derived from its name
    of_case = dict(zip((i.id for i in shelf.added_items), (i.id for i in case.added), strict=True))
    inbound, written = answer.question.inbound, answer.raw_generation
    return Answer(
        probabilities={of_case.get(r.item.id, r.item.id): r.probability for r in answer.ranking},
        valid=bool(written and written.valid),
        owned=bool(written and written.owned),
        lost_in=len(inbound.losses) if inbound else 0,
        lost_out=bool(answer.outbound and answer.outbound.losses),
        drops={reason.item.id: reason.drop for reason in answer.because},
    )


def answer_cases(
    recommender: Recommender,
    cases: Iterable[Case],
    language: str,
    route: Route | None = None,
    *,
    label: str,
    generate: bool = False,
    explain: bool = False,
) -> list[Answer]:
    """Return the answers to all cases; on a terminal a progress bar is shown."""
    bar = tqdm(list(cases), desc=label, unit=" baskets", leave=False, disable=None)
    return [answer_case(recommender, case, language, route, generate=generate, explain=explain) for case in bar]
