"""The prompt: what the T5 reads.

The format is P5's idea (Geng et al. 2022, arXiv 2203.13366) in the words of the
2023 experiment, in English and in Arabic.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ..shop.catalog import PROMPT_LANGUAGES, Item

# The two texts of 2023, in the order of PROMPT_LANGUAGES
TEMPLATES = dict(
    zip(
        PROMPT_LANGUAGES,
        (
            "ITEMS PURCHASED: {{{purchased}}} - CANDIDATES FOR RECOMMENDATION: {{{candidates}}} - RECOMMENDATION: ",
            "عناصر تم شراؤها: {{{purchased}}} - المرشحين للتوصية: {{{candidates}}} - توصية: ",
        ),
        strict=True,
    )
)
SEPARATOR = ", "


@dataclass(frozen=True)
class PromptFormat:
    """What prompts for one T5 look like.

    :ivar languages: the languages in which it can be prompted.
    :ivar name_overrides: item id -> the English name that this T5 was trained with, where the inventory's differs.
    """

    languages: tuple[str, ...] = PROMPT_LANGUAGES
    name_overrides: Mapping[str, str] = field(default_factory=dict)

    def name(self, item: Item, language: str) -> str:
        """Return the item's name in a prompt in ``language``."""
        name = item.prompt_name(language)
        return self.name_overrides.get(item.id, name) if language == "en" else name


def build_prompt(purchased: Sequence[str], candidates: Sequence[str], language: str = "en") -> str:
    """Return the prompt that lists these names.

    :param language: one of :data:`PROMPT_LANGUAGES`.
    """
    return TEMPLATES[language].format(purchased=SEPARATOR.join(purchased), candidates=SEPARATOR.join(candidates))
