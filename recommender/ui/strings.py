"""The page's sentences: one JSON file per language, all with the same keys.

A sentence with a count has a form for each plural category of its language (Arabic has six). Plural rules and the
formats of numbers and dates are those of Unicode's CLDR, through Babel.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from pathlib import Path

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_decimal, format_percent, get_minus_sign_symbol, get_plus_sign_symbol
from babel.units import format_unit

from ..shop.language import LANGUAGES

FOLDER = Path(__file__).parent / "strings"
# First-strong isolate and its end: keeps a Latin name from reordering the words around it in an Arabic sentence.
_ISOLATE, _END = "\u2068", "\u2069"
_MINUS = "−"
_RIGHT_TO_LEFT = "\u2067"  # an isolate, too


@dataclass(frozen=True)
class Strings:
    """The sentences of one language; calling it with a key returns the sentence with its placeholders filled in.

    :ivar sentences: by key: a text, or texts by plural category, which is selected by the value ``count``.
    """

    language: str
    sentences: Mapping[str, str | Mapping[str, str]]

    def __call__(self, key: str, **values: object) -> str:
        """Return the sentence ``key`` with its ``{placeholders}`` filled in, unescaped: templates escape it.

        :raises KeyError: for a key that no language file has.
        """
        sentence = self.sentences[key]
        if not isinstance(sentence, str):
            count = values["count"]
            assert isinstance(count, int)
            sentence = sentence[self.locale.plural_form(count)]
        if not values:
            return sentence
        texts = {name: self.whole(value) if isinstance(value, int) else value for name, value in values.items()}
        if self.direction == "rtl":
            texts = {name: f"{_ISOLATE}{text}{_END}" for name, text in texts.items()}
        return sentence.format(**texts)

    def __contains__(self, key: str) -> bool:
        return key in self.sentences

    @cached_property
    def locale(self) -> Locale:
        """The language's rules of CLDR."""
        return Locale.parse(self.language)

    def listed(self, texts: Iterable[str]) -> str:
        """Join texts; from right to left each is isolated, or two Latin names would be in the other order."""
        if self.direction != "rtl":
            return self("list.comma").join(texts)
        return _RIGHT_TO_LEFT + self("list.comma").join(f"{_ISOLATE}{text}{_END}" for text in texts) + _END

    @property
    def direction(self) -> str:
        """Value of the HTML attribute ``dir``."""
        return self.locale.text_direction

    def whole(self, number: int) -> str:
        """Return a whole number with this language's grouping of digits."""
        # CLDR groups four digits in no Spanish number ("minimumGroupingDigits"), which Babel does not read
        grouped = self.language != "es" or abs(number) >= 10_000
        return format_decimal(number, locale=self.locale, group_separator=grouped)

    def decimal(self, number: float, digits: int) -> str:
        """Return a number with this language's decimal separator, and a minus sign as in a sentence, not a hyphen."""
        return format_decimal(number, f"0.{'0' * digits}", locale=self.locale).replace("-", _MINUS)

    def milliseconds(self, number: int) -> str:
        """Return a duration with its unit abbreviated."""
        return format_unit(number, "duration-millisecond", "short", locale=self.locale)

    def day(self, iso: str) -> str:
        """Return a date such as ``2026-11-20`` in words."""
        day = date.fromisoformat(iso)
        text = format_date(day, "long", locale=self.locale)
        return f"1er{text[1:]}" if self.language == "fr" and day.day == 1 else text  # CLDR has no pattern for it

    def percent(self, share: float) -> str:
        """Return a share in whole percent; "below 1 %" or "above 99 %" if it is close to 0 or 1, but not equal."""
        if 0 < share < 0.005:
            return self("number.below", value=format_percent(0.01, locale=self.locale))
        if 0.995 <= share < 1:
            return self("number.above", value=format_percent(0.99, locale=self.locale))
        return format_percent(share, locale=self.locale)

    def precise_percent(self, share: float) -> str:
        """Return a share in percent with three significant digits at most, however small it is."""
        pattern = self.locale.percent_formats[None].pattern.replace("#,##0", "@##")
        return format_percent(share, pattern, locale=self.locale)

    def change(self, share: float) -> str:
        """Return a relative change in percent, with one digit and its sign."""
        pattern = self.locale.percent_formats[None].pattern.replace("#,##0", "0.0")
        sign = get_minus_sign_symbol(self.locale) if share < 0 else get_plus_sign_symbol(self.locale)
        return sign.replace("-", _MINUS) + format_percent(abs(share), pattern, locale=self.locale)

    def sport(self, sport: str) -> str:
        """Return a sport's name, or the sport itself if no sentence has its name, as in a visitor's own shop."""
        key = f"sport.{sport}"
        return self(key) if key in self else sport


@cache
def strings(language: str) -> Strings:
    """Return the sentences in ``language``, one of :data:`recommender.shop.language.LANGUAGES`."""
    if language not in LANGUAGES:
        raise KeyError(language)
    return Strings(language, json.loads((FOLDER / f"{language}.json").read_text(encoding="utf-8")))
