"""Suggest a product to add: one that the T5 was not trained on, and ranks high for the visitor's basket."""

from __future__ import annotations

from collections import Counter

from ..errors import RecommenderError
from ..shop.text import normalise
from ..training.world import gear, product_name, shop_sports, split_of_pair
from .models import ModelRegistry
from .state import PageState

KINDS = ("socks", "jacket", "tracksuit", "pants", "bag", "bottle", "towel")  # of use in any sport
SKIPPED = (
    "Case",
    "Duffel Bag",
    "Flask",
    "Gym Sack",
    "Joggers",
    "Vest",
    "Windbreaker",
)  # their names read badly in some language
MOST = 6  # products that are tried, in one pass of the T5
PLACE = 14  # worst rank of a suggestion: for a ball alone, a dozen products of its sport or kind may come before it


def suggest_product(state: PageState, registry: ModelRegistry) -> str:
    """Return the name of the best-ranked new product of the basket's main sport, or "" if there is none.

    Training knows its sport and its word for gear, but not the two together, so that the page may call it new.
    """
    if state.added:
        return ""
    known = {sport.id: sport for sport in shop_sports(state.shelf)}
    owned = Counter(item.sport for item in state.basket if item.sport in known)
    if not owned:
        return ""
    ((main, _),) = owned.most_common(1)
    taken = {normalise(item.name(state.language)) for item in state.shelf}
    fitting = [word for word in gear() if word.kind in KINDS and word.name("en") not in SKIPPED]
    unseen = [word for word in fitting if split_of_pair(known[main], word) != "train"]
    names = [product_name(known[main], word, state.language) for word in unseen]
    names = [name for name in dict.fromkeys(names) if normalise(name) not in taken][:MOST]
    if not names:
        return ""
    try:
        shelf = state.shelf.extended(names)
        recommender = registry.build_recommender(shelf, registry.resolve_name(state.checkpoint))
        if state.language not in recommender.scorer.prompt_format.languages:
            return ""
        answer = recommender.recommend(state.items, language=state.language, top=PLACE, generate=False)
    except RecommenderError:
        return ""
    return next((r.name for r in answer.recommendations if r.item.id in shelf.added), "")
