"""Limit the lists of names sent to live translators by token buckets: one per visitor, one for all visitors together.

A list counts once, although a long one takes several requests. Answers from the cache do not count. The package
``limits`` (5.8.0) is not used: it never forgets a visitor, and starts a thread for each request.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

MAX_VISITORS = 10_000  # of some 300 bytes each; the least recently seen one is forgotten first


@dataclass(frozen=True)
class Allowance:
    """The size of a bucket.

    :ivar burst: the most lists at once.
    :ivar per_minute: the most lists per minute in the long run.
    """

    burst: float
    per_minute: float


VISITOR = Allowance(burst=20, per_minute=20)  # a basket in a new language takes two lists
EVERYBODY = Allowance(burst=200, per_minute=200)  # all visitors together, in case one of them has many addresses


@dataclass(frozen=True)
class _Bucket:
    tokens: float
    at: float  # seconds, by the rate limit's clock

    def now(self, allowance: Allowance, at: float) -> _Bucket:
        """Return the bucket refilled for the time that has passed."""
        gained = (at - self.at) * allowance.per_minute / 60
        return _Bucket(min(allowance.burst, self.tokens + gained), at)


class RateLimit:
    """Counts lists by visitor. Thread-safe; its memory is bounded.

    :param clock: returns monotonic seconds.
    """

    def __init__(
        self,
        visitor: Allowance = VISITOR,
        everybody: Allowance = EVERYBODY,
        max_visitors: int = MAX_VISITORS,
        clock: Callable[[], float] = time.monotonic,
    ):
        self.visitor, self.everybody, self.max_visitors, self.clock = visitor, everybody, max_visitors, clock
        self._lock = threading.Lock()
        self._all = _Bucket(everybody.burst, clock())
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def __len__(self) -> int:
        return len(self._buckets)

    def take(self, visitor: str) -> bool:
        """Return whether this visitor may have one more list translated, and count it if so."""
        with self._lock:
            at = self.clock()
            self._all = self._all.now(self.everybody, at)
            own = self._buckets.pop(visitor, _Bucket(self.visitor.burst, at)).now(self.visitor, at)
            granted = own.tokens >= 1 and self._all.tokens >= 1
            if granted:
                own = _Bucket(own.tokens - 1, at)
                self._all = _Bucket(self._all.tokens - 1, at)
            self._buckets[visitor] = own
            if len(self._buckets) > self.max_visitors:
                self._buckets.popitem(last=False)
            return granted
