"""Translators: what turns a list of product names into another language."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from .base import TOO_OFTEN, RateLimitExceeded, Translation, TranslationError, Translator

if TYPE_CHECKING:
    from .remote import RemoteTranslator

__all__ = ["TOO_OFTEN", "TRANSLATORS", "Translation", "TranslationError", "Translator", "get_translator"]

TRANSLATORS = ("auto", "google", "libre", "phrasebook")
GOOGLE_URL = "RECOMMENDER_GOOGLE_URL"  # environment variables of the operator: another address for Google's page,
LIBRE_URL = "RECOMMENDER_LIBRE_URL"  # and the address of a LibreTranslate


def get_translator(name: str, may_ask: Callable[[], bool] | None = None, phrasebook: Path | None = None) -> Translator:
    """Return the translator called ``name``, one of :data:`TRANSLATORS`.

    :param may_ask: called before every request to a live one; if it says no, the phrasebook answers, and says why.
    :param phrasebook: the folder of the shop's; by default the demo's.
    :raises TranslationError: for any other name, and for "libre" if the operator has not given its address.
    """
    if name not in TRANSLATORS:
        raise TranslationError(f'Unknown translator "{name}". Choose one of {", ".join(TRANSLATORS)}.')
    from .phrasebook import FOLDER, Phrasebook

    offline = Phrasebook(phrasebook or FOLDER)
    if name == "phrasebook":
        return offline
    service = "libre" if name == "libre" else "google"
    remote = _get_remote(service, os.environ.get(LIBRE_URL if service == "libre" else GOOGLE_URL))
    if name == "auto" or may_ask:
        from .remote import WithFallback

        return WithFallback(remote, TranslationError if name == "auto" else RateLimitExceeded, may_ask, offline)
    return remote


@cache
def _get_remote(service: str, url: str | None) -> RemoteTranslator:
    """Return the one translator for this address: after a failure, no other call waits for it again."""
    # requests and deep-translator take a quarter of a second to import: only a live translation pays for them.
    if service == "google":
        from .google import RobustGoogle

        return RobustGoogle(url)
    if not url:
        raise TranslationError(f"LibreTranslate has no address: set {LIBRE_URL} to your server's.")
    from .libre import Libre

    return Libre(url)
