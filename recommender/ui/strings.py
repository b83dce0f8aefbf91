"""What the page says: one JSON file of sentences per language, all with the same keys."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ..shop.catalog import LANGUAGES

FOLDER = Path(__file__).parent / "strings"
RIGHT_TO_LEFT = frozenset({"ar"})
# First-strong isolate and its end: a Latin name inside an Arabic sentence must not reorder the words around it.
_ISOLATE, _END = "\u2068", "\u2069"


@dataclass(frozen=True)
class Strings:
    """The sentences of one language.

    Called with a key it gives the sentence, its ``{placeholders}`` filled in.
    """

    language: str
    sentences: dict[str, str]

    def __call__(self, key: str, **values: object) -> str:
        """Return the sentence ``key``, unescaped: templates escape it.

        :raises KeyError: for a key that no language file has.
        """
        sentence = self.sentences[key]
        if not values:
            return sentence
        if self.direction == "rtl":
            values = {name: f"{_ISOLATE}{value}{_END}" for name, value in values.items()}
        return sentence.format(**values)

    def __contains__(self, key: str) -> bool:
        return key in self.sentences

    @property
    def direction(self) -> str:
        """Value of the HTML attribute ``dir``."""
        return "rtl" if self.language in RIGHT_TO_LEFT else "ltr"

    def percent(self, share: float) -> str:
        """Return a share of 1 in whole percent; as "<1" or ">99" if it would round to 0 or 100 without being that."""
        if 0 < share < 0.005:
            return self("number.percent", value="<1")
        if 0.995 <= share < 1:
            return self("number.percent", value=">99")
        return self("number.percent", value=round(100 * share))

    def sport(self, sport: str) -> str:
        """Return a sport's name; a visitor's own shop may have sports that only it names."""
        key = f"sport.{sport or 'new'}"
        return self(key) if key in self else sport


@cache
def strings(language: str) -> Strings:
    """Return the sentences in ``language``, one of :data:`recommender.shop.catalog.LANGUAGES`."""
    if language not in LANGUAGES:
        raise KeyError(language)
    return Strings(language, json.loads((FOLDER / f"{language}.json").read_text(encoding="utf-8")))
