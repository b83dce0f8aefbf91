"""LibreTranslate, at an address that the operator gives.

Not through deep-translator: its LibreTranslator demands a key that a server of one's own
does not, sends the names in the address, one by one, and waits for ever.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import requests

from . import LIBRE_URL, TranslationError
from .cache import Cache
from .remote import DEADLINE, HEADERS, HTTP_TIMEOUT, Failure, Remote, checked

KEY_VARIABLE = "RECOMMENDER_LIBRE_KEY"


class Libre(Remote):
    """``POST /translate`` with the whole list; https://docs.libretranslate.com/api/operations/translate/.

    :raises TranslationError: where no address is configured.
    """

    name = "libre"
    title = "LibreTranslate"

    def __init__(self, url: str | None, deadline: float = DEADLINE, cache: Cache | None = None):
        if not url:
            raise TranslationError(f"LibreTranslate has no address: set {LIBRE_URL} to your server's.")
        super().__init__(url.rstrip("/"), deadline, cache)

    def attempt(self, texts: Sequence[str], source: str, target: str) -> list[str]:
        """One request."""
        body: dict[str, Any] = {"q": list(texts), "source": source, "target": target, "format": "text"}
        if key := os.environ.get(KEY_VARIABLE):
            body["api_key"] = key
        response = requests.post(f"{self.url}/translate", json=body, headers=HEADERS, timeout=HTTP_TIMEOUT)
        if response.status_code != 200:
            # 4xx: a language it lacks, a key it refuses, too many requests. None goes away by asking again.
            raise Failure(f"answered {response.status_code}", again=response.status_code >= 500)
        answer = response.json()
        found = answer.get("translatedText") if isinstance(answer, dict) else None
        if not isinstance(found, list) or len(found) != len(texts):
            raise Failure("gave an answer that is no translation")
        return [checked(text) for text in found]
