"""The prompt that the T5 reads.

Recommendation as text is the idea of P5 (Geng et al. 2022, arXiv 2203.13366). The wording is that of the 2023
experiment, which had English and Arabic; the other three languages follow it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ..shop.item import Item
from ..shop.language import LANGUAGES
from ..shop.text import normalise

TEMPLATES = {
    "en": "ITEMS PURCHASED: {{{purchased}}} - CANDIDATES FOR RECOMMENDATION: {{{candidates}}} - RECOMMENDATION: ",
    "ar": "عناصر تم شراؤها: {{{purchased}}} - المرشحين للتوصية: {{{candidates}}} - توصية: ",
    "fr": "ARTICLES ACHETÉS: {{{purchased}}} - CANDIDATS: {{{candidates}}} - RECOMMANDATION: ",
    "es": "ARTÍCULOS COMPRADOS: {{{purchased}}} - CANDIDATOS: {{{candidates}}} - RECOMENDACIÓN: ",
    "de": "GEKAUFTE ARTIKEL: {{{purchased}}} - KANDIDATEN: {{{candidates}}} - EMPFEHLUNG: ",
}
SEPARATOR = ", "


@dataclass(frozen=True)
class PromptFormat:
    """The languages and names in prompts for one T5.

    :ivar languages: the languages in which it reads prompts.
    :ivar name_overrides: item id -> the English name that this T5 was trained with, where the inventory's differs.
    """

    languages: tuple[str, ...] = LANGUAGES
    name_overrides: Mapping[str, str] = field(default_factory=dict)

    def name(self, item: Item, language: str) -> str:
        """Return the item's name in a prompt in ``language``."""
        name = item.prompt_name(language)
        return self.name_overrides.get(item.id, name) if language == "en" else name


def build_prompt(purchased: Iterable[str], candidates: Iterable[str], language: str = "en") -> str:
    """Return the prompt with these names, both lists by the alphabet.

    A T5 answers a little differently for every order of a list. As both are sets, their prompt has one order, so that
    the answer depends neither on that of the ticks nor on that of the inventory.

    :param language: one of :data:`TEMPLATES`.
    """
    owned, offered = (SEPARATOR.join(sort_names(names)) for names in (purchased, candidates))
    return TEMPLATES[language].format(purchased=owned, candidates=offered)


def build_item_prompt(purchased: Iterable[Item], candidates: Iterable[Item], language: str) -> str:
    """Return the prompt with the names of these items; see :func:`build_prompt`."""
    owned, offered = ([item.prompt_name(language) for item in items] for items in (purchased, candidates))
    return build_prompt(owned, offered, language)


def sort_names(names: Iterable[str]) -> list[str]:
    """Return names by the alphabet; accents and letter case count only where names are equal without them."""
    return sorted(names, key=lambda name: (normalise(name), name))
