"""Translators of product names: live services, and an offline phrasebook."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from ..shop.text import shorten
from .base import (
    TOO_OFTEN,
    RateLimitExceeded,
    Translation,
    TranslationError,
    TranslationUnavailable,
    Translator,
)

if TYPE_CHECKING:
    from .cache import MayStore
    from .remote import RemoteTranslator

__all__ = [
    "TOO_OFTEN",
    "TRANSLATORS",
    "Translation",
    "TranslationError",
    "TranslationUnavailable",
    "Translator",
    "get_translator",
]

TRANSLATORS = ("auto", "google", "libre", "phrasebook")
GOOGLE_URL = "RECOMMENDER_GOOGLE_URL"  # environment variables: another address for Google's page,
LIBRE_URL = "RECOMMENDER_LIBRE_URL"  # and the address of a LibreTranslate server


def get_translator(
    name: str,
    may_ask: Callable[[], bool] | None = None,
    phrasebook: Path | None = None,
    may_store: MayStore | None = None,
) -> Translator:
    """Return the translator called ``name``, one of :data:`TRANSLATORS`; "auto" is Google, else the phrasebook.

    :param may_ask: called before a list of names is sent to a live service; if it returns False, the phrasebook
        answers.
    :param phrasebook: the folder of the shop's phrasebook; by default the demo's.
    :param may_store: called with a text and its language; if it returns False, a live service's translation of it is
        not written to disk.
    :raises TranslationError: for any other name, and for "libre" if the operator has not set its address.
    """
    if name not in TRANSLATORS:
        raise TranslationError(f'Unknown translator "{shorten(name)}". Choose one of {", ".join(TRANSLATORS)}.')
    from .phrasebook import FOLDER, Phrasebook

    offline = Phrasebook(phrasebook or FOLDER)
    if name == "phrasebook":
        return offline
    service = "libre" if name == "libre" else "google"
    remote = _get_remote(service, os.environ.get(LIBRE_URL if service == "libre" else GOOGLE_URL))
    if name == "auto" or may_ask or may_store:
        from .remote import WithFallback

        after = TranslationError if name == "auto" else RateLimitExceeded
        return WithFallback(remote, offline, after, may_ask, may_store)
    return remote


@cache
def _get_remote(service: str, url: str | None) -> RemoteTranslator:
    """Return the translator for this address; all calls share it, so that a failure is known to the next one."""
    # requests and deep-translator are slow to import, and only live translation needs them
    if service == "google":
        from .google import RobustGoogle

        return RobustGoogle(url)
    if not url:
        raise TranslationError(f"LibreTranslate has no address: set {LIBRE_URL} to your server's.")
    from .libre import Libre

    return Libre(url)
