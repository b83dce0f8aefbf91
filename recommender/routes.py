"""The four routes from a basket to the T5's prompt, and from its pick to the shopper; each keeps a trace.

=========  ==============================================================================
direct     English prompt
native     prompt in the shopper's language, if the T5 reads it
translate  machine translation of the purchases, English prompt, machine translation back
glossary   English prompt with the names of the catalog, found by item id
=========  ==============================================================================
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from .errors import RouteError
from .shop.catalog import Catalog
from .shop.item import Item
from .shop.language import LANGUAGES
from .shop.text import normalise, shorten
from .t5.prompt import PromptFormat, build_prompt
from .translated_names import Hop, clean_name, map_by_id, translate_items
from .translation import Translator

# The number of owned items that one prompt names, in a shop with known purchases and in one without.
MAX_WITH_PURCHASES = 20  # the attention to a long history takes much memory
MAX_WITHOUT_PURCHASES = 50  # more than the demo's inventory has


class Route(StrEnum):
    """How a basket gets into the T5's prompt, and its pick back to the shopper."""

    DIRECT = "direct"
    NATIVE = "native"
    TRANSLATE = "translate"
    GLOSSARY = "glossary"


def choose_route(language: str, readable: Collection[str]) -> Route:
    """Return the default route: ``direct`` in English, ``native`` in another readable language, else ``glossary``.

    :param readable: the languages in which the T5 reads prompts.
    """
    if language == "en":
        return Route.DIRECT
    return Route.NATIVE if language in readable else Route.GLOSSARY


@dataclass(frozen=True)
class Question:
    """What the T5 is asked: the prompt, and the names of the candidates to score.

    :ivar language: of the prompt.
    :ivar basket: the items owned, in inventory order, or a history in order of time.
    :ivar inbound: the translation of the basket into the prompt's language, or None if there was none.
    :ivar prompt_format: the languages and special names of the T5.
    :ivar route: the route by which it was built, like the two below.
    :ivar shopper_language: the shopper's.
    :ivar translator: None if the route needs none.
    """

    language: str
    catalog: Catalog
    basket: tuple[Item, ...]
    candidates: tuple[Item, ...]
    inbound: Hop | None
    prompt_format: PromptFormat
    route: str
    shopper_language: str
    translator: Translator | None

    @property
    def latest(self) -> tuple[Item, ...]:
        """The items of :attr:`basket` that the prompt names; see :func:`select_latest`."""
        return select_latest(self.basket, with_purchases=self.catalog.item_knn is not None)

    @property
    def purchased(self) -> tuple[str, ...]:
        """The names of :attr:`latest` in the prompt."""
        if self.inbound is None:
            return tuple(map(self.name, self.latest))
        translated = self.inbound.names[-len(self.latest) :]
        return tuple(self.name(name.means) if name.means else clean_name(name.text_out) for name in translated)

    def name(self, item: Item) -> str:
        """Return an item's name in the prompt."""
        return self.prompt_format.name(item, self.language)

    def find_named(self, text: str) -> Item | None:
        """Return the item with exactly this name, on the shelf or in the T5's spelling, or None."""
        found = self.catalog.get_by_name(text, self.language)
        if found or self.language != "en":
            return found
        meant = (id_ for id_, name in self.prompt_format.name_overrides.items() if normalise(name) == normalise(text))
        return next((self.catalog[id_] for id_ in meant if id_ in self.catalog), None)

    @property
    def candidate_names(self) -> tuple[str, ...]:
        """The names by which the prompt lists the candidates, in the order of the candidates."""
        return tuple(self.name(item) for item in self.candidates)

    @property
    def prompt(self) -> str:
        """The text that the T5 reads."""
        return self.build_prompt(self.purchased)

    def build_prompt(self, purchased: Sequence[str]) -> str:
        """Build the prompt for other purchases, with the same candidates."""
        return build_prompt(purchased, self.candidate_names, self.language)

    def without_added(self) -> Question | None:
        """Return the question without the candidates that were added to the shelf, or None if that changes nothing."""
        stocked = tuple(item for item in self.candidates if item.id not in self.catalog.added)
        return replace(self, candidates=stocked) if 0 < len(stocked) < len(self.candidates) else None

    def add_purchases(self, items: Sequence[Item]) -> list[Question]:
        """Build the question for the basket with one more purchase, for each of ``items``.

        The basket is that of a shopper, in inventory order.

        :raises TranslationError: if the translator has no answer.
        """
        owned = [item.id for item in self.basket]
        baskets = [self.catalog.select([*owned, item.id]) for item in items]
        return build_questions(
            self.route, baskets, self.catalog, self.shopper_language, self.translator, self.prompt_format
        )


def select_latest(basket: tuple[Item, ...], *, with_purchases: bool) -> tuple[Item, ...]:
    """Return the last items of a basket, as many as a prompt may name.

    Those are the latest where the basket is a history; elsewhere they are the last in inventory order.

    :param with_purchases: whether the shop has known purchases.
    """
    return basket[-(MAX_WITH_PURCHASES if with_purchases else MAX_WITHOUT_PURCHASES) :]


def check_route(route: str, language: str, prompt_format: PromptFormat) -> None:
    """Check that a route can be taken, whatever the basket.

    :raises RouteError: for an unknown route, or a language without a prompt or without shelf names for it.
    """
    if route not in tuple(Route):
        raise RouteError(f'Unknown route "{shorten(route)}". Choose one of {", ".join(Route)}.')
    if language not in LANGUAGES and route != Route.TRANSLATE:
        raise RouteError(
            f'The shop has no names in "{shorten(language)}". Choose one of {", ".join(LANGUAGES)}, '
            "or the route translate."
        )
    if route == Route.NATIVE and language not in prompt_format.languages:
        raise RouteError(
            f'The T5 reads prompts in {" and ".join(prompt_format.languages)}, not in "{language}". '
            "Take the route direct, translate or glossary."
        )


def build_question(
    route: str,
    basket: Sequence[Item],
    catalog: Catalog,
    language: str,
    translator: Translator | None = None,
    prompt_format: PromptFormat | None = None,
) -> Question:
    """Build the question that the T5 is asked by this route.

    The candidates always come from the catalog by id: a mistranslation can make the pick worse, but never recommend
    something that is owned or out of stock.

    :param translator: needed by ``translate`` from another language than English.
    :param prompt_format: the T5's; by default the bundled one's.
    :raises RouteError: see :func:`check_route`.
    :raises TranslationError: if the translator has no answer.
    """
    (question,) = build_questions(route, [basket], catalog, language, translator, prompt_format or PromptFormat())
    return question


def build_questions(
    route: str,
    baskets: Sequence[Sequence[Item]],
    catalog: Catalog,
    language: str,
    translator: Translator | None,
    prompt_format: PromptFormat,
) -> list[Question]:
    """Build the question for each basket as :func:`build_question` does, but translate all names in one request."""
    check_route(route, language, prompt_format)
    items = list({item.id: item for basket in baskets for item in basket}.values())
    hop = None
    if language != "en" and route == Route.GLOSSARY:
        hop = map_by_id("in", items, language, "en")
    elif language != "en" and route == Route.TRANSLATE:
        hop = translate_items("in", items, catalog, language, "en", translator)
    translated = {name.item.id: name for name in hop.names} if hop else {}
    return [
        Question(
            language=language if route == Route.NATIVE else "en",
            catalog=catalog,
            basket=tuple(basket),
            candidates=catalog.candidates(basket),
            inbound=replace(hop, names=tuple(translated[item.id] for item in basket)) if hop else None,
            prompt_format=prompt_format,
            route=route,
            shopper_language=language,
            translator=translator,
        )
        for basket in baskets
    ]


def translate_out(
    route: str, items: Sequence[Item], catalog: Catalog, language: str, translator: Translator | None
) -> Hop | None:
    """Translate names into the shopper's language; return None if the route needs no translation.

    :raises TranslationError: if the translator has no answer.
    """
    if language == "en" or route in (Route.DIRECT, Route.NATIVE):
        return None
    if route == Route.GLOSSARY:
        return map_by_id("out", items, "en", language)
    return translate_items("out", items, catalog, "en", language, translator)
