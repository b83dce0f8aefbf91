"""LibreTranslate, at an address that the operator sets.

Not through deep-translator: its LibreTranslator requires a key, which the operator's own server may not, sends the
names one by one in the address, and has no timeout.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Any

import requests

from .base import TranslationError
from .cache import Cache
from .remote import DEADLINE, HEADERS, HTTP_TIMEOUT, Failure, RemoteTranslator, check_accepted, check_text

KEY_VARIABLE = "RECOMMENDER_LIBRE_KEY"


class Libre(RemoteTranslator):
    """``POST /translate`` with the whole list; https://docs.libretranslate.com/api/operations/translate/."""

    name = "libre"
    title = "LibreTranslate"

    def __init__(self, url: str, deadline: float = DEADLINE, cache: Cache | None = None):
        super().__init__(url.rstrip("/"), deadline, cache)

    def attempt(self, texts: Sequence[str], source: str, target: str, until: float) -> Iterator[dict[str, str]]:
        """Send the whole list at once, and a second time without regions if that is refused.

        :raises TranslationError: if it is refused again, most likely because of the language: no fault of the service.
        :raises Failure: if there is no answer, or it is no translation.
        """
        body: dict[str, Any] = {"q": list(texts), "format": "text"}
        if key := os.environ.get(KEY_VARIABLE):
            body["api_key"] = key
        for pair in dict.fromkeys(((source, target), (source.partition("-")[0], target.partition("-")[0]))):
            body |= zip(("source", "target"), pair, strict=True)
            response = requests.post(f"{self.url}/translate", json=body, headers=HEADERS, timeout=HTTP_TIMEOUT)
            if response.status_code != 400:  # which can mean that the server knows the language, but not the region
                break
        if response.status_code == 400:
            raise TranslationError(f'LibreTranslate refuses to translate from "{source}" to "{target}".')
        check_accepted(response)
        if response.status_code != 200:
            # 4xx is a wrong key or too many requests: asking again does not help
            raise Failure(f"answered {response.status_code}", again=response.status_code >= 500)
        answer = response.json()
        found = answer.get("translatedText") if isinstance(answer, dict) else None
        if not isinstance(found, list) or len(found) != len(texts):
            raise Failure("gave an answer that is no translation")
        yield dict(zip(texts, map(check_text, found, texts), strict=True))
