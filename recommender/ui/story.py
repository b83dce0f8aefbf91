"""The football story: one basket translated by the phrasebook and back, step by step, and by the other routes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from .. import translation
from ..compare import Comparison, Fidelity, Outcome, compare, measure_route
from ..recommender import Recommender
from ..routes import Route
from ..shop.catalog import Catalog
from ..shop.item import Item
from ..shop.language import NON_ENGLISH
from ..translated_names import TranslatedName

TRANSLATOR = "phrasebook"  # offline, and always with the same result
GOALKEEPER = ("soccer-jersey", "soccer-goal-post", "soccer-cleats", "goalie-gloves")  # a basket of the 2023 experiment


def can_be_told(shelf: Catalog, phrasebook: Path) -> bool:
    """Return whether the story is about this shelf: it has the goalkeeper's things, and a phrasebook loses their sport.

    :param phrasebook: the folder of the shop's, which need not be there.
    """
    return phrasebook.is_dir() and all(id_ in shelf for id_ in GOALKEEPER)


@dataclass(frozen=True)
class Story:
    """What translation did to one basket.

    :ivar language: the shopper's.
    :ivar basket: the items that the shopper owns.
    :ivar arrived: the translated names of the basket.
    :ivar pick: what the T5 recommends after them.
    :ivar read: the pick's name, translated for the shopper.
    :ivar outcome: "lost" if some name changed its sport, "blurred" if some name no longer means its item, else "safe".
    :ivar english_pick: what the T5 recommends for the same basket in English.
    :ivar routes: the answers of all four routes.
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
        """The sports that names mention, in the order of the story."""
        owned, arrived = (item.sport for item in self.basket), (name.sport for name in self.arrived)
        return tuple(dict.fromkeys(filter(None, (*owned, *arrived, self.pick.sport, self.read.sport))))

    @property
    def leaves_shop(self) -> bool:
        """Whether some translated name means no product."""
        return any(name.means is None for name in (*self.arrived, self.read))

    @property
    def ending(self) -> str:
        """What the shopper reads in the end.

        "nothing": the name of no product; "owned": an owned product; "other": not the T5's pick; "pick": the T5's pick,
        but not that in English; "same": the pick in English, although names lost their meaning; "": no loss at all.
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
    """Return the story of ``basket``, or of a sample if it is empty.

    :param language: any but English.
    :raises RecommenderError: if there is no recommendation.
    """
    shelf = recommender.catalog
    ids = [item.id for item in basket or choose_sample(shelf)]
    return _tell(compare(recommender, ids, language, TRANSLATOR, top=1))


def choose_sample(shelf: Catalog) -> tuple[Item, ...]:
    """Return the goalkeeper's basket as far as the shelf has it, or else one or two products, of a longer shelf."""
    return shelf.select(GOALKEEPER) or shelf.items[: min(2, max(1, len(shelf) - 1))]


def _tell(compared: Comparison) -> Story:
    outcome, direct = compared[Route.TRANSLATE], compared[Route.DIRECT]
    found = outcome.recommendation
    assert found is not None and direct.recommendation is not None  # these two are available in every language
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


@lru_cache(2)  # a shop's inventory is replaced when it has a new T5
def measure_fidelity(inventory: Catalog, phrasebook: Path) -> tuple[Fidelity, ...]:
    """Measure for each language how many items survive a translation by the shop's phrasebook and back."""
    translator = translation.get_translator(TRANSLATOR, phrasebook=phrasebook)
    return tuple(measure_route(inventory, translator, language, Route.TRANSLATE) for language in NON_ENGLISH)
