"""Google Translate through deep-translator, with a time limit."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any

import deep_translator.google
import requests
from deep_translator import GoogleTranslator
from deep_translator.constants import GOOGLE_LANGUAGES_TO_CODES
from deep_translator.exceptions import NotValidLength, RequestError, TooManyRequests, TranslationNotFound

from .base import TranslationError
from .cache import Cache
from .remote import DEADLINE, HEADERS, HTTP_TIMEOUT, Failure, RemoteTranslator, check_accepted, check_text

URL = "https://translate.google.com/m"
MAX_CHARACTERS = 5000  # deep-translator requires shorter texts
# language tag -> Google's own code for it
CODES = {"he": "iw", "jv": "jw", "zh": "zh-CN", "zh-Hant": "zh-TW", "zh-HK": "zh-TW", "zh-MO": "zh-TW"}
CODES |= {"fil": "tl", "nb": "no", "nn": "no"}


class _Http:
    """Replaces the ``requests`` module in deep-translator, which sets neither timeout nor user agent.

    It also tells a refused text from other errors, which deep-translator does not.
    """

    @staticmethod
    def get(url: str, **options: Any) -> requests.Response:
        response = requests.get(url, timeout=HTTP_TIMEOUT, headers=HEADERS, **options)
        check_accepted(response)
        return response


class RobustGoogle(RemoteTranslator):
    """Google's mobile page: translates a list as texts with a name per line, or name by name if lines get lost."""

    name = "google"
    title = "Google Translate"

    def __init__(self, url: str | None = None, deadline: float = DEADLINE, cache: Cache | None = None):
        super().__init__(url or URL, deadline, cache)
        deep_translator.google.requests = _Http  # its own calls never time out

    def find_code(self, tag: str) -> str:
        """Return Google's code by the longest beginning of the tag that Google knows: "pt" for "pt-BR".

        :raises TranslationError: if Google knows none.
        """
        parts = tag.split("-")
        for beginning in ("-".join(parts[:count]) for count in range(len(parts), 0, -1)):
            code = CODES.get(beginning, beginning)
            if code in GOOGLE_LANGUAGES_TO_CODES.values():
                return code
        raise TranslationError(f'Google Translate does not know "{tag}".')

    def attempt(self, texts: Sequence[str], source: str, target: str, until: float) -> Iterator[dict[str, str]]:
        """Request a page for as many names as fit, and one page per name if not all of its lines come back.

        :raises Failure: if there is no answer, or it is no translation.
        """
        for some in _fill_pages(texts):
            sent = "\n".join(some)
            answer = self._page(sent, source, target, until)
            check_text(answer, sent)
            lines = str(answer).split("\n")
            if len(lines) != len(some) or not all(line.strip() for line in lines):
                lines = [str(self._page(text, source, target, until) or "") for text in some]
            yield dict(zip(some, map(check_text, lines, some), strict=True))

    def _page(self, text: str, source: str, target: str, until: float) -> str | None:
        if time.monotonic() > until:
            raise Failure("did not answer in time", again=False)
        translator = GoogleTranslator(source, target)  # a new one for every call: it stores the text
        translator._base_url = self.url
        try:
            answer: str | None = translator.translate(text)
            return answer
        except TooManyRequests as error:
            raise Failure("answered 429, too many requests", again=False) from error
        except RequestError as error:
            raise Failure("answered with an error") from error
        except (TranslationNotFound, NotValidLength) as error:
            raise Failure("gave an answer that is no translation") from error


def _fill_pages(texts: Sequence[str]) -> Iterator[list[str]]:
    """Split a list into parts that fit into one text each, with a text per line."""
    page: list[str] = []
    size = 0
    for text in texts:
        if page and size + len(text) + 1 >= MAX_CHARACTERS:
            yield page
            page, size = [], 0
        page.append(text)
        size += len(text) + 1
    yield page
