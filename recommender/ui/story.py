"""The football story: one basket through the phrasebook and back, step by step, beside the other routes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from .. import translation
from ..compare import Comparison, Fidelity, Outcome, compare, fidelity
from ..recommender import Recommender
from ..routes import TranslatedName
from ..shop.catalog import LANGUAGES, Catalog, Item
from .examples import sample_basket

LANGUAGES_TOLD = tuple(code for code in LANGUAGES if code != "en")
TRANSLATOR = "phrasebook"  # offline and always the same, so that the story is


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
    :ivar same: whether the pick is all the same the one of an English prompt.
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


def tell(recommender: Recommender, basket: tuple[Item, ...], language: str) -> Story:
    """The story of ``basket``, or without one, of a sample.

    :param language: any but English.
    :raises RecommenderError: where there is nothing to recommend.
    """
    shelf = recommender.catalog
    ids = [item.id for item in basket or sample_basket(shelf)]
    return _story(compare(recommender, ids, language, TRANSLATOR, top=1))


def _story(compared: Comparison) -> Story:
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
def survivors() -> tuple[Fidelity, ...]:
    """Per language, what becomes of the whole inventory by phrasebook and back."""
    translator = translation.get(TRANSLATOR)
    return tuple(fidelity(Catalog.load(), translator, language, "translate") for language in LANGUAGES_TOLD)
