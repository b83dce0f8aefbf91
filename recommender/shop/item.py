"""One product of a shop."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from .language import LANGUAGES
from .retrieval import content_words

NO_EMOJI = "🏷️"
NEW_EMOJI = "🆕"
MAX_ID = 64  # characters
_ID = re.compile(rf"\w[\w.+#/-]{{0,{MAX_ID - 1}}}")  # ids and SKUs, without separators of lists or words


@dataclass(frozen=True)
class Item:
    """One product: a stable id, sport and kind, and its shelf name per language.

    :ivar sport: "" if unknown, like ``kind``.
    :ivar names: shelf names by language.
    :ivar prompt_names: names in prompts by language, where they may differ from the shelf names: these may be too long,
        contain a delimiter or a lone dash, or be spelled otherwise than the other products'.
    :ivar sku: what the shop's system calls it, where the id does not show it ("AB 12"); else "".
    """

    id: str
    sport: str
    kind: str
    emoji: str
    names: Mapping[str, str] = field(hash=False)
    prompt_names: Mapping[str, str] = field(default_factory=dict, hash=False)
    sku: str = ""

    def name(self, language: str) -> str:
        """Return the shelf name in ``language``, or the first one if there is none in it."""
        return self.names.get(language) or next(iter(self.names.values()))

    def prompt_name(self, language: str) -> str:
        """Return the item's name in a prompt in ``language``."""
        named = language if self.names.get(language) else next(iter(self.names))
        return self.prompt_names.get(named) or self.names[named]


def is_id(text: str) -> bool:
    """Return whether a text can be an item's id."""
    return bool(_ID.fullmatch(text))


def list_words(item: Item) -> frozenset[str]:
    """Return the words of an item's names, sport and kind, in all languages."""
    return content_words(*dict.fromkeys(map(item.name, LANGUAGES)), item.sport, item.kind)
