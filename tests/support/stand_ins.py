"""A stand-in for a T5, whose measures can be computed by hand."""

from dataclasses import fields

import torch

from recommender.evaluation.samples import Samples
from recommender.shop.catalog import Catalog
from recommender.shop.text import normalise
from recommender.t5.prompt import PromptFormat
from recommender.training.cases import Case
from tests.support.reference import read_prompt


class StandIn:
    """Stands in for a T5: the log-likelihoods are those of a function of language, basket and candidates.

    :param write: returns what is generated, of the names of the basket and of the candidates.
    """

    name, prompt_format, count_tokens = "stand-in", PromptFormat(), len

    def __init__(self, score, drawn, write):
        self.score, self.write = score, write
        added = [item for _, cases in drawn.items() for case in cases for item in case.added]
        self.items = {
            (language, normalise(name)): item
            for item in (*added, *Catalog.load())
            for language, name in item.names.items()
        }

    def log_likelihoods(self, prompts, candidates):
        return torch.stack([self._score(prompt, candidates) for prompt in prompts])

    def _score(self, prompt, candidates):
        language, owned, _ = read_prompt(prompt)
        keys = [[(language, normalise(name)) for name in names] for names in (owned, candidates)]
        basket = [self.items[key] for key in keys[0] if key in self.items]  # a translation may be no product's name
        return torch.tensor(self.score(language, basket, [self.items[key] for key in keys[1]]))

    def generate(self, prompts):
        return [self.write(*read_prompt(prompt)[1:]) for prompt in prompts]


def draw_only(**cases: tuple[Case, ...]) -> Samples:
    """Return samples of which only these have cases."""
    return Samples(**{field.name: cases.get(field.name, ()) for field in fields(Samples)})
