"""The football story: one basket through the phrasebook and back, step by step, beside the other routes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from .. import translation
from ..compare import Comparison, Fidelity, Outcome, compare, measure_route
from ..recommender import Recommender
from ..routes import TranslatedName
from ..shop.catalog import Catalog, Item
from .state import STORY_LANGUAGES

TRANSLATOR = "phrasebook"  # offline and always the same, so that the story is
GOALKEEPER = ("soccer-jersey", "soccer-goal-post", "soccer-cleats", "goalie-gloves")  # a basket of 2023


@dataclass(frozen=True)
class Story:
    """What happened to one basket.

    :ivar language: the shopper's.
    :ivar basket: what the shopper owns.
    :ivar arrived: what the translator made of it, item by item.
    :ivar pick: what the English T5 then recommends.
    :ivar read: what the shopper reads in the end.
    :ivar outcome: "lost" if some name changed its sport on the way, "blurred" if some name no longer
        means its item, else "safe".
    :ivar same: whether the pick is the one of an English prompt all the same.
    :ivar routes: the answers of all four.
    """

    language: str
    basket: tuple[Item, ...]
    arrived: tuple[TranslatedName, ...]
    pick: Item
    read: TranslatedName
    outcome: str
    same: bool
    routes: tuple[Outcome, ...]


def tell_story(recommender: Recommender, basket: tuple[Item, ...], language: str) -> Story:
    """Return the story of ``basket``, or if it is empty, of a sample.

    :param language: any but English.
    :raises RecommenderError: if there is nothing to recommend.
    """
    shelf = recommender.catalog
    ids = [item.id for item in basket or choose_sample(shelf)]
    return _tell(compare(recommender, ids, language, TRANSLATOR, top=1))


def choose_sample(shelf: Catalog) -> tuple[Item, ...]:
    """Return what there is of the goalkeeper's basket; of another shop, its first two products."""
    return tuple(item for item in shelf if item.id in GOALKEEPER) or shelf.items[:2]


def _tell(compared: Comparison) -> Story:
    outcome = compared["translate"]
    found = outcome.recommendation
    assert found is not None  # every language can be translated
    inbound, outbound = found.hops
    return Story(
        language=compared.language,
        basket=compared.purchased,
        arrived=inbound.names,
        pick=found.pick.item,
        read=outbound.names[0],
        outcome="lost" if any(x.sport_changed for x in outcome.losses) else "blurred" if outcome.losses else "safe",
        same=outcome.same_pick,
        routes=compared.outcomes,
    )


@cache
def measure_fidelity(inventory: Catalog) -> tuple[Fidelity, ...]:
    """Return for each language what becomes of the whole inventory by phrasebook and back."""
    translator = translation.get_translator(TRANSLATOR)
    return tuple(measure_route(inventory, translator, language, "translate") for language in STORY_LANGUAGES)
