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
    :ivar english_pick: what it recommends for the same basket in English.
    :ivar routes: the answers of all four.
    """

    language: str
    basket: tuple[Item, ...]
    arrived: tuple[TranslatedName, ...]
    pick: Item
    read: TranslatedName
    outcome: str
    english_pick: Item
    routes: tuple[Outcome, ...]

    @property
    def sports(self) -> tuple[str, ...]:
        """The sports that names speak of, in the order in which they come up."""
        owned, arrived = (item.sport for item in self.basket), (name.sport for name in self.arrived)
        return tuple(dict.fromkeys(filter(None, (*owned, *arrived, self.pick.sport, self.read.sport))))

    @property
    def leaves_shop(self) -> bool:
        """Whether some name no longer means any product."""
        return any(name.means is None for name in (*self.arrived, self.read))

    @property
    def ending(self) -> str:
        """What the shopper is offered in the end.

        "nothing" that the shop sells, something "owned" already, an "other" product than the T5 meant, another "pick"
        than in English, or the "same" in spite of what was lost; "" if there is nothing to say.
        """
        read = self.read.means
        if read is None:
            return "nothing"
        if read in self.basket:
            return "owned"
        if read != self.pick:
            return "other"
        if self.pick != self.english_pick:
            return "pick"
        return "" if self.outcome == "safe" else "same"


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
    outcome, direct = compared["translate"], compared["direct"]
    found = outcome.recommendation
    assert found is not None and direct.recommendation is not None  # these two serve every language
    inbound, outbound = found.hops
    return Story(
        language=compared.language,
        basket=compared.purchased,
        arrived=inbound.names,
        pick=found.pick.item,
        read=outbound.names[0],
        outcome="lost" if any(x.sport_changed for x in outcome.losses) else "blurred" if outcome.losses else "safe",
        english_pick=direct.recommendation.pick.item,
        routes=compared.outcomes,
    )


@cache
def measure_fidelity(inventory: Catalog) -> tuple[Fidelity, ...]:
    """Return for each language what becomes of the whole inventory by phrasebook and back."""
    translator = translation.get_translator(TRANSLATOR)
    return tuple(measure_route(inventory, translator, language, "translate") for language in STORY_LANGUAGES)
