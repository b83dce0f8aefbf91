"""The base of translators on the network: a deadline, a retry, a circuit breaker, a cache, and a fallback.

The retry is not urllib3's, because it has to include errors of status 200, and to end with the deadline.
"""

from __future__ import annotations

import random
import re
import threading
import time
import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, wait
from dataclasses import replace
from typing import TypeVar

import requests

from ..shop.text import clean, fold, normalise
from .base import RateLimitExceeded, Translation, TranslationError, TranslationUnavailable
from .cache import Cache, MayStore
from .phrasebook import Phrasebook

# Seconds for one list of names, retry included. A route has two lists, and a third one in a language in which the shop
# has no names.
DEADLINE = 5.0
HTTP_TIMEOUT = (2.0, 4.0)  # seconds to connect, and between two bytes
RETRY_DELAY = (0.2, 0.5)  # seconds, random, so that many callers do not retry at the same time
REST = 60.0  # seconds for which a service is not asked after a failure
HEADERS = {"User-Agent": "Mozilla/5.0 (compatible; t5-recommender)"}
REFUSED = (400, 413, 414)  # HTTP statuses that blame the text or its length
# Google and its mirrors return the text of an error page as if it were the translation.
_ERROR_TEXT = re.compile(r"\s*Error (\d{3})\b")
_ERROR_PAGE = "!!1"  # in the title of Google's: "Error 500 (Server Error)!!1"


T = TypeVar("T")


class Failure(Exception):
    """A failed attempt.

    :ivar again: whether a second attempt may succeed.
    """

    def __init__(self, why: str, again: bool = True):
        super().__init__(why)
        self.again = again


class TextFailure(Failure):
    """An answer that is no translation of this text; the service may be well."""


def check_accepted(response: requests.Response) -> None:
    """Check that the service has not refused the text.

    :raises TextFailure: if the status of its answer is one of :data:`REFUSED`.
    """
    if response.status_code in REFUSED:
        raise TextFailure(f"answered {response.status_code}", again=False)


class RemoteTranslator(ABC):
    """A translation service with a deadline, one retry, a circuit breaker and a cache. Thread-safe.

    :param url: the service's address.
    :param deadline: seconds after which ``translate`` gives up.
    """

    name: str  # for :attr:`Translation.by`
    title: str  # for messages

    def __init__(self, url: str, deadline: float = DEADLINE, cache: Cache | None = None):
        self.url, self.deadline = url, deadline
        self._cache = cache or Cache()
        self._rest_until = 0.0
        self._why = ""

    def find_code(self, tag: str) -> str:
        """Return the service's own code of a language; by default its tag.

        :raises TranslationError: if the service is known not to have the language.
        """
        return tag

    @abstractmethod
    def attempt(self, texts: Sequence[str], source: str, target: str, until: float) -> Iterable[Mapping[str, str]]:
        """Send the requests to the service once, and yield the translations by text, as they arrive.

        :param until: time.monotonic() after which nobody waits for the answer any more.
        :raises Failure: if it has no answer.
        :raises requests.RequestException: if it cannot be reached.
        """

    def translate(
        self,
        texts: Sequence[str],
        source: str,
        target: str,
        may_ask: Callable[[], bool] | None = None,
        may_store: MayStore | None = None,
    ) -> Translation:
        """Translate ``texts`` from one language into another, in order.

        :param source: a language tag with or without a region, like ``target``.
        :param may_ask: called before the service is asked for this list, which may take several requests; not called
            if the cache has all translations.
        :param may_store: tells the texts whose translations may be written to disk; by default all.
        :raises RateLimitExceeded: if ``may_ask`` returns False.
        :raises TranslationUnavailable: if the service fails, or has not translated all texts in time.
        :raises TranslationError: if a text cannot be translated, with the reason.
        """
        source, target = self.find_code(source), self.find_code(target)
        service = f"{self.name} {self.url}"
        known = self._cache.read(service, source, target, texts)
        missing = [text for text in dict.fromkeys(texts) if text not in known]
        if missing:
            known |= self._ask(missing, source, target, service, may_ask, may_store)
        return Translation(tuple(known[text] for text in texts), self.name)

    def _ask(
        self,
        texts: Sequence[str],
        source: str,
        target: str,
        service: str,
        may_ask: Callable[[], bool] | None,
        may_store: MayStore | None,
    ) -> dict[str, str]:
        if time.monotonic() < self._rest_until:
            raise TranslationUnavailable(f"{self._why} It is asked again within {REST:.0f} seconds.")
        if may_ask and not may_ask():
            raise RateLimitExceeded
        until = time.monotonic() + self.deadline
        found: dict[str, str] = {}

        def attempt() -> None:
            missing = [text for text in texts if text not in found]
            for part in self._attempt(missing, source, target, until):
                # at once: the whole list may take too long
                self._cache.write(service, source, target, part, may_store)
                found.update(part)

        try:
            run_within(self.deadline, lambda: _try_twice(attempt))
        except Failure as failure:
            if found and time.monotonic() >= until:  # the service is well, the list is long
                so_far = (
                    f"{self.title} has translated {len(found)} of {len(texts)} names so far; ask again for the rest."
                )
                raise TranslationUnavailable(so_far) from failure
            why = f"{self.title} {failure}."
            if isinstance(failure, TextFailure):  # one visitor's text must not keep the others from asking
                raise TranslationError(why) from failure
            self._why = why
            self._rest_until = time.monotonic() + REST
            raise TranslationUnavailable(why) from failure
        return found

    def _attempt(self, texts: Sequence[str], source: str, target: str, until: float) -> Iterator[Mapping[str, str]]:
        try:
            yield from self.attempt(texts, source, target, until)
        except requests.Timeout as error:
            raise Failure("did not answer in time", again=False) from error
        except requests.ConnectionError as error:
            raise Failure("cannot be reached") from error
        # the last two are what readers of JSON raise
        except (requests.RequestException, ValueError, RecursionError) as error:
            raise Failure("gave an answer that is no translation") from error


def _try_twice(attempt: Callable[[], None]) -> None:
    try:
        return attempt()
    except Failure as failure:
        if not failure.again:
            raise
    time.sleep(random.uniform(*RETRY_DELAY))
    return attempt()


class WithFallback:
    """A live translator with the phrasebook as its fallback; the fallback's answer says why it was needed.

    :param after: the errors after which the phrasebook answers; any other is raised.
    :param may_ask: called before a list of names is sent to the live one; see :class:`RateLimitExceeded`.
    :param may_store: see :meth:`RemoteTranslator.translate`.
    """

    def __init__(
        self,
        remote: RemoteTranslator,
        phrasebook: Phrasebook,
        after: type[TranslationError],
        may_ask: Callable[[], bool] | None = None,
        may_store: MayStore | None = None,
    ):
        self._remote, self._phrasebook, self._after = remote, phrasebook, after
        self._may_ask, self._may_store = may_ask, may_store

    def translate(self, texts: Sequence[str], source: str, target: str) -> Translation:
        """See :class:`.base.Translator`.

        :raises TranslationError: if neither has an answer, with both reasons; a :class:`TranslationUnavailable` if the
            live one may have one later.
        """
        try:
            return self._remote.translate(texts, source, target, self._may_ask, self._may_store)
        except self._after as failed:
            try:
                return replace(self._phrasebook.translate(texts, source, target), note=str(failed))
            except TranslationError as error:
                kind = TranslationUnavailable if isinstance(failed, TranslationUnavailable) else TranslationError
                raise kind(f"{failed} {error}") from error


def run_within(seconds: float, work: Callable[[], T]) -> T:
    """Return what ``work()`` returns, or raise what it raises, if it ends in time.

    A read timeout alone limits the wait for each byte, not for all of them. ``work`` runs in a daemon thread: if it
    hangs, the thread is abandoned, and does not keep the program from ending.

    :raises Failure: after the time is up, or if ``work`` raises SystemExit.
    """
    answer: Future[T] = Future()

    def run() -> None:
        try:
            answer.set_result(work())
        except Exception as error:  # raised again in the caller's thread
            answer.set_exception(error)
        except BaseException as error:  # a library's SystemExit must not end the caller's thread
            answer.set_exception(Failure(f"stopped by {error!r}", again=False))

    threading.Thread(target=run, daemon=True).start()
    if not wait([answer], timeout=seconds).done:
        raise Failure(f"did not answer within {seconds:g} seconds", again=False)
    return answer.result()


def check_text(text: object, sent: str) -> str:
    """Return ``text`` on one line, if it can be a translation of ``sent``.

    :raises TextFailure: if it is not a text, names nothing, cannot be written in UTF-8, or looks like an error.
    :raises Failure: if it is Google's error page.
    """
    if not isinstance(text, str) or not any(map(str.isalnum, normalise(clean(text)))):
        raise TextFailure("gave an empty answer")
    if any("\ud800" <= c <= "\udfff" for c in text):
        raise TextFailure("gave an answer with half a character")
    if error := _ERROR_TEXT.match(text):
        if _ERROR_PAGE in text and "!" not in unicodedata.normalize("NFKC", sent):
            raise Failure(f"answered Error {error[1]}")
        if _ERROR_PAGE in text or error[1] not in fold(sent):  # else it is a product's name: "Error 404 T-Shirt"
            raise TextFailure(f"answered Error {error[1]}")
    return " ".join(text.split())
