"""The protocol of translators, their result and their errors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from ..errors import RecommenderError

TOO_OFTEN = "Too many live translations were asked for in a short time; try again in a minute."


class TranslationError(RecommenderError):
    """A translator has no answer; the message says which one, and why."""


class TranslationUnavailable(TranslationError):
    """A translator has no answer now, but may have one later."""


class RateLimitExceeded(TranslationUnavailable):
    """A live translator is not asked, because this visitor has caused too many requests."""

    def __init__(self) -> None:
        super().__init__(TOO_OFTEN)


@dataclass(frozen=True)
class Translation:
    """Translated names, in the order of the names given.

    :ivar by: the translator: "google", "libre" or "phrasebook".
    :ivar note: why the translator that was asked first did not answer, or "".
    """

    texts: tuple[str, ...]
    by: str
    note: str = ""


class Translator(Protocol):
    """Translates product names."""

    def translate(self, texts: Sequence[str], source: str, target: str) -> Translation:
        """Translate ``texts`` from one language into another, in order.

        :param source: language code, "ar" for example.
        :param target: language code; one of the two is "en".
        :raises TranslationError: if there is no translation for all of them.
        """
        ...
