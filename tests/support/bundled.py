"""The recommender over the demo's shop with the bundled T5, loaded once and only when a test asks for it."""

from functools import cache

from recommender import Recommender, load
from recommender.evaluation.answers import CachedScorer
from recommender.t5.prompt import PromptFormat


@cache
def bundled() -> Recommender:
    """Return the recommender that all tests share."""
    return load()


def english_only() -> Recommender:
    """Return a recommender with the bundled T5, restricted to English prompts like the T5 of 2023."""
    scorer = CachedScorer(bundled().scorer)
    scorer.prompt_format = PromptFormat(("en",))
    return Recommender(bundled().catalog, scorer)
