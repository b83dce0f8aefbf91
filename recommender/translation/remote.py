"""What every translation service on the network needs: an end to waiting, a cache on disk, and a fallback.

The retry is not urllib3's: it covers answers of status 200 that are errors, and ends with the deadline.
"""

from __future__ import annotations

import queue
import random
import re
import sqlite3
import tempfile
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import requests

from ..environment import cache_folder, is_writable
from .base import RateLimitExceeded, Translation, TranslationError, Translator
from .phrasebook import Phrasebook

# A route translates twice; the page has to answer within 12 seconds.
DEADLINE = 5.0  # seconds for one list of names, retry included
HTTP_TIMEOUT = (2.0, 4.0)  # seconds to connect, and between two bytes
RETRY_AFTER = (0.2, 0.5)  # seconds; random, so that many callers don't come back at once
REST = 60.0  # seconds for which a service that failed is left alone
CACHE_FILE = "translations.sqlite"
MAX_ROWS = 20_000  # of about 150 bytes each: some 3 MB
HEADERS = {"User-Agent": "Mozilla/5.0 (compatible; t5-recommender)"}
# Google and its mirrors return their error pages' text as if it were the translation.
_ERROR_TEXT = re.compile(r"\s*Error \d{3}\b")


class Failure(Exception):
    """A failed attempt.

    :ivar again: whether a second attempt may succeed.
    """

    def __init__(self, why: str, again: bool = True):
        super().__init__(why)
        self.again = again


class RemoteTranslator(ABC):
    """A translation service behind a deadline, one retry, a circuit breaker and a cache. Thread-safe.

    :param url: the service's address.
    :param deadline: seconds after which ``translate`` gives up, whatever the service does.
    """

    name: str  # as :attr:`Translation.by` gives it
    title: str  # as messages give it

    def __init__(self, url: str, deadline: float = DEADLINE, cache: Cache | None = None):
        self.url, self.deadline = url, deadline
        self._cache = cache or Cache()
        self._rest_until = 0.0
        self._why = ""

    @abstractmethod
    def attempt(self, texts: Sequence[str], source: str, target: str) -> list[str]:
        """Ask the service once.

        :raises Failure: if it has no answer.
        :raises requests.RequestException: if it cannot be reached.
        """

    def translate(
        self, texts: Sequence[str], source: str, target: str, may_ask: Callable[[], bool] | None = None
    ) -> Translation:
        """Translate ``texts`` from one language into another, in order.

        :param may_ask: called before the service is asked, not for what the cache knows.
        :raises RateLimitExceeded: if it returns False.
        :raises TranslationError: if there is no translation for all of them, with the reason.
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
            raise RateLimitExceeded
        try:
            found = cast(list[str], run_within(self.deadline, lambda: self._persist(texts, source, target)))
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


class WithFallback:
    """The phrasebook behind a live translator; its answer says why the other did not answer.

    :param after: the failures after which the phrasebook answers; any other is raised.
    :param may_ask: called before every request to the live one; see :class:`RateLimitExceeded`.
    :param phrasebook: by default the demo's.
    """

    def __init__(
        self,
        remote: RemoteTranslator,
        after: type[TranslationError],
        may_ask: Callable[[], bool] | None = None,
        phrasebook: Translator | None = None,
    ):
        self._remote, self._after, self._may_ask = remote, after, may_ask
        self._phrasebook = phrasebook or Phrasebook()

    def translate(self, texts: Sequence[str], source: str, target: str) -> Translation:
        """Translate as :class:`.base.Translator` says.

        :raises TranslationError: if neither has an answer, with both reasons.
        """
        try:
            return self._remote.translate(texts, source, target, self._may_ask)
        except self._after as failed:
            try:
                return replace(self._phrasebook.translate(texts, source, target), note=str(failed))
            except TranslationError as error:
                raise TranslationError(f"{failed} {error}") from error


class Cache:
    """Translations on disk, so that a name is asked for once; the oldest are dropped past ``max_rows``.

    Every call opens its own connection, so threads and processes can share the file.
    A disk that cannot be read or written is a cache that remembers nothing, not an error.
    """

    def __init__(self, path: Path | None = None, max_rows: int = MAX_ROWS):
        self.path, self.max_rows = path or _default_path(), max_rows

    def read(self, service: str, source: str, target: str, texts: Sequence[str]) -> dict[str, str]:
        """Return the texts that are known, with their translations."""
        try:
            with closing(self._open()) as db:
                query = "SELECT output FROM translations WHERE service=? AND source=? AND target=? AND input=?"
                rows = {text: db.execute(query, (service, source, target, text)).fetchone() for text in texts}
        except (OSError, sqlite3.Error):
            return {}
        return {text: row[0] for text, row in rows.items() if row}

    def write(self, service: str, source: str, target: str, translations: Mapping[str, str]) -> None:
        """Keep translations."""
        rows = [(service, source, target, text, output) for text, output in translations.items()]
        try:
            with closing(self._open()) as db, db:
                db.executemany("INSERT OR REPLACE INTO translations VALUES (?, ?, ?, ?, ?)", rows)
                keep = "SELECT rowid FROM translations ORDER BY rowid DESC LIMIT ?"
                db.execute(f"DELETE FROM translations WHERE rowid NOT IN ({keep})", (self.max_rows,))
        except (OSError, sqlite3.Error):
            return

    def _open(self) -> sqlite3.Connection:
        db = sqlite3.connect(self.path, timeout=1)
        columns = "service, source, target, input, output, PRIMARY KEY (service, source, target, input)"
        db.execute(f"CREATE TABLE IF NOT EXISTS translations ({columns})")
        return db


def _default_path() -> Path:
    """Return a file in this program's own corner of the cache directory, or beside it if that is another user's."""
    folder = cache_folder() / "t5-recommender"
    return (folder if is_writable(folder) else Path(tempfile.gettempdir())) / CACHE_FILE


def run_within(seconds: float, work: Any) -> object:
    """Return what ``work()`` returns, or raise what it raises, if it ends in time.

    A read timeout alone bounds the wait for each byte, not for all of them. The thread is a
    daemon: one that hangs is left behind, and does not keep the program from ending.

    :raises Failure: after the time is up, or if ``work`` tries to end the program.
    """
    answers: queue.SimpleQueue[tuple[object, Exception | None]] = queue.SimpleQueue()

    def run() -> None:
        try:
            answers.put((work(), None))
        except Exception as error:  # raised again in the caller's thread
            answers.put((None, error))
        except BaseException as error:  # a library's SystemExit must not end the caller's thread
            answers.put((None, Failure(f"stopped by {error!r}", again=False)))

    threading.Thread(target=run, daemon=True).start()
    try:
        answer, error = answers.get(timeout=seconds)
    except queue.Empty:
        raise Failure(f"did not answer within {seconds:g} seconds", again=False) from None
    if error:
        raise error
    return answer


def check_text(text: object) -> str:
    """Return ``text`` on one line, if it can be a translation.

    :raises Failure: if it is not a text, empty, or an error page's.
    """
    if not isinstance(text, str) or not text.strip():
        raise Failure("gave an empty answer")
    if _ERROR_TEXT.match(text):
        raise Failure(f"answered {' '.join(text.split())[:9]}")
    return " ".join(text.split())
