"""Translators: what turns a list of product names into another language, and what can go wrong."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Protocol

from ..errors import RecommenderError

if TYPE_CHECKING:
    from .google import RobustGoogle
    from .libre import Libre

TRANSLATORS = ("auto", "google", "libre", "phrasebook")
GOOGLE_URL = "RECOMMENDER_GOOGLE_URL"  # environment variables: another address for Google's page,
LIBRE_URL = "RECOMMENDER_LIBRE_URL"  # and the operator's LibreTranslate

TOO_OFTEN = "Too many live translations were asked for in a short time; try again in a minute."


class TranslationError(RecommenderError):
    """No translation could be had; the message says from whom, and why."""


class TooOften(TranslationError):
    """A live translator is not asked, because this visitor has had it asked too often."""

    def __init__(self) -> None:
        super().__init__(TOO_OFTEN)


@dataclass(frozen=True)
class Translation:
    """Translated names, one for each name asked for.

    :ivar by: who translated: "google", "libre" or "phrasebook".
    :ivar note: why somebody else did not, if somebody else was asked first.
    """

    texts: tuple[str, ...]
    by: str
    note: str = ""


class Translator(Protocol):
    """Translates product names."""

    def translate(self, texts: Sequence[str], source: str, target: str) -> Translation:
        """``texts`` from one language into another, in order.

        :param source: language code, "ar" for example.
        :param target: language code; one of the two is "en".
        :raises TranslationError: where there is no translation for all of them.
        """
        ...


def get(name: str, may_ask: Callable[[], bool] | None = None) -> Translator:
    """The translator called ``name``, one of :data:`TRANSLATORS`.

    :param may_ask: asked before every request to a live one; after its "no" the phrasebook answers, and says why.
    :raises TranslationError: for any other name, and for "libre" where the operator has not given its address.
    """
    if name not in TRANSLATORS:
        raise TranslationError(f'Unknown translator "{name}". Choose one of {", ".join(TRANSLATORS)}.')
    # requests and deep-translator take a quarter of a second to import: only who translates pays
    if name == "phrasebook":
        from .phrasebook import Phrasebook

        return Phrasebook()
    remote = _libre(os.environ.get(LIBRE_URL)) if name == "libre" else _google(os.environ.get(GOOGLE_URL))
    if name == "auto" or may_ask:
        from .fallback import WithFallback

        return WithFallback(remote, TranslationError if name == "auto" else TooOften, may_ask)
    return remote


@cache
def _google(url: str | None) -> RobustGoogle:
    """One per address, so that calls share its breaker: whoever comes after a failure does not wait again."""
    from .google import RobustGoogle

    return RobustGoogle(url)


@cache
def _libre(url: str | None) -> Libre:
    from .libre import Libre

    return Libre(url)
