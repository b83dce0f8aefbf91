"""What every translation service on the network needs: an end to waiting, and a memory."""

from __future__ import annotations

import queue
import random
import re
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, cast

import requests

from . import TooOften, Translation, TranslationError
from .cache import Cache, default_path

# A route translates twice; the page has to answer within 12 seconds.
DEADLINE = 5.0  # seconds for one list of names, retry included
HTTP_TIMEOUT = (2.0, 4.0)  # seconds to connect, and between two bytes
RETRY_AFTER = (0.2, 0.5)  # seconds; random, so that many callers don't come back at once
REST = 60.0  # seconds for which a service that failed is left alone
HEADERS = {"User-Agent": "Mozilla/5.0 (compatible; t5-recommender)"}
# Google and its mirrors return their error pages' text as if it were the translation.
_ERROR_TEXT = re.compile(r"\s*Error \d{3}\b")


class Failure(Exception):
    """One attempt that failed.

    :ivar again: whether a second attempt may fare better.
    """

    def __init__(self, why: str, again: bool = True):
        super().__init__(why)
        self.again = again


class Remote(ABC):
    """A translation service behind a deadline, one retry, a circuit breaker and a cache. Thread-safe.

    :param url: the service's address.
    :param deadline: seconds after which ``translate`` gives up, whatever the service does.
    """

    name: str  # as :attr:`Translation.by` gives it
    title: str  # as messages give it

    def __init__(self, url: str, deadline: float = DEADLINE, cache: Cache | None = None):
        self.url, self.deadline = url, deadline
        self._cache = cache or Cache(default_path())
        self._rest_until = 0.0
        self._why = ""

    @abstractmethod
    def attempt(self, texts: Sequence[str], source: str, target: str) -> list[str]:
        """Ask the service once.

        :raises Failure: where it has no answer.
        :raises requests.RequestException: where it cannot be reached.
        """

    def translate(
        self, texts: Sequence[str], source: str, target: str, may_ask: Callable[[], bool] | None = None
    ) -> Translation:
        """``texts`` from one language into another, in order.

        :param may_ask: asked before the service is; what the cache knows needs no leave.
        :raises TooOften: after its "no".
        :raises TranslationError: saying why there is no translation for all of them.
        """
        service = f"{self.name} {self.url}"
        known = self._cache.read(service, source, target, texts)
        missing = [text for text in dict.fromkeys(texts) if text not in known]
        if missing:
            known |= self._ask(missing, source, target, service, may_ask)
        return Translation(tuple(known[text] for text in texts), self.name)

    def _ask(
        self, texts: Sequence[str], source: str, target: str, service: str, may_ask: Callable[[], bool] | None
    ) -> dict[str, str]:
        if time.monotonic() < self._rest_until:
            raise TranslationError(f"{self._why} It is asked again within {REST:.0f} seconds.")
        if may_ask and not may_ask():
            raise TooOften
        try:
            found = cast(list[str], within(self.deadline, lambda: self._persist(texts, source, target)))
        except Failure as failure:
            self._why = f"{self.title} {failure}."
            self._rest_until = time.monotonic() + REST
            raise TranslationError(self._why) from failure
        translations = dict(zip(texts, found, strict=True))
        self._cache.write(service, source, target, translations)
        return translations

    def _persist(self, texts: Sequence[str], source: str, target: str) -> list[str]:
        try:
            return self._attempt(texts, source, target)
        except Failure as failure:
            if not failure.again:
                raise
        time.sleep(random.uniform(*RETRY_AFTER))
        return self._attempt(texts, source, target)

    def _attempt(self, texts: Sequence[str], source: str, target: str) -> list[str]:
        try:
            return self.attempt(texts, source, target)
        except requests.Timeout as error:
            raise Failure("did not answer in time", again=False) from error
        except requests.ConnectionError as error:
            raise Failure("cannot be reached") from error
        except requests.RequestException as error:
            raise Failure("gave an answer that is no translation") from error


def within(seconds: float, work: Any) -> object:
    """What ``work()`` returns or raises, if it does so in time.

    A read timeout alone bounds the wait for each byte, not for all of them. The thread is a
    daemon: one that hangs is left behind, and does not keep the program from ending.

    :raises Failure: past the time.
    """
    answers: queue.SimpleQueue[tuple[object, BaseException | None]] = queue.SimpleQueue()

    def run() -> None:
        try:
            answers.put((work(), None))
        except BaseException as error:  # handed to the thread that waits
            answers.put((None, error))

    threading.Thread(target=run, daemon=True).start()
    try:
        answer, error = answers.get(timeout=seconds)
    except queue.Empty:
        raise Failure(f"did not answer within {seconds:g} seconds", again=False) from None
    if error:
        raise error
    return answer


def checked(text: object) -> str:
    """``text`` on one line, if it can be a translation.

    :raises Failure: where it is none, empty, or an error page's.
    """
    if not isinstance(text, str) or not text.strip():
        raise Failure("gave an empty answer")
    if _ERROR_TEXT.match(text):
        raise Failure(f"answered {' '.join(text.split())[:9]}")
    return " ".join(text.split())
