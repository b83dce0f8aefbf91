"""The prompt: what the T5 reads.

The format is P5's idea (Geng et al. 2022, arXiv 2203.13366) in the words of the
2023 experiment, in English and in Arabic.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ..shop.catalog import Item

TEMPLATES = {
    "en": "ITEMS PURCHASED: {{{purchased}}} - CANDIDATES FOR RECOMMENDATION: {{{candidates}}} - RECOMMENDATION: ",
    "ar": "عناصر تم شراؤها: {{{purchased}}} - المرشحين للتوصية: {{{candidates}}} - توصية: ",
}
SEPARATOR = ", "

_PATTERNS = {
    language: re.compile(
        re.escape(template.format(purchased="\0", candidates="\1"))
        .replace("\0", r"(?P<purchased>[^{}]*)")
        .replace("\1", r"(?P<candidates>[^{}]*)")
    )
    for language, template in TEMPLATES.items()
}


@dataclass(frozen=True)
class Dialect:
    """How one T5 is spoken to.

    :ivar languages: of the prompts that it reads.
    :ivar spellings: item id -> the English name that it was trained with, where it is not the shelf's.
    """

    languages: tuple[str, ...] = tuple(TEMPLATES)
    spellings: Mapping[str, str] = field(default_factory=dict)

    def name(self, item: Item, language: str) -> str:
        """What the item is called in a prompt in ``language``."""
        name = item.name(language)
        return self.spellings.get(item.id, name) if language == "en" else name


@dataclass(frozen=True)
class Prompt:
    """Names purchased and names that may be recommended, in one of the two prompt languages."""

    language: str
    purchased: tuple[str, ...]
    candidates: tuple[str, ...]

    def __str__(self) -> str:
        return TEMPLATES[self.language].format(
            purchased=SEPARATOR.join(self.purchased), candidates=SEPARATOR.join(self.candidates)
        )


def build(purchased: Sequence[str], candidates: Sequence[str], language: str = "en") -> str:
    """The prompt's text.

    :param language: "en" or "ar".
    """
    return str(Prompt(language, tuple(purchased), tuple(candidates)))


def parse(text: str) -> Prompt:
    """The inverse of :func:`build`.

    :raises ValueError: where ``text`` is in neither format.
    """
    for language, pattern in _PATTERNS.items():
        match = pattern.fullmatch(text)
        if match:
            sections = (tuple(s.split(SEPARATOR)) if s else () for s in match.group("purchased", "candidates"))
            return Prompt(language, *sections)
    raise ValueError("Not a prompt: expected " + " or ".join(TEMPLATES.values()))
