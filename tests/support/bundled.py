"""The recommender over the demo's shop with the bundled T5, loaded once and only when a test asks for it."""

from functools import cache

from recommender import Recommender, load


@cache
def bundled() -> Recommender:
    """Return the one that all tests share."""
    return load()
