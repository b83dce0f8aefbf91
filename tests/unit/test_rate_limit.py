"""The rate limit of the live translator, and the answers beyond it."""

from __future__ import annotations

import pytest

from recommender import TranslationError
from recommender.translation import TOO_OFTEN
from recommender.translation.base import RateLimitExceeded
from recommender.translation.cache import Cache
from recommender.translation.google import RobustGoogle
from recommender.translation.phrasebook import Phrasebook
from recommender.translation.rate_limit import Allowance, RateLimit
from recommender.translation.remote import WithFallback
from recommender.ui.request import get_visitor_key
from tests.support.servers import serving


class Clock:
    """A clock that tests set."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_visitor_has_a_burst_and_then_what_time_gives() -> None:
    clock = Clock()
    limit = RateLimit(Allowance(burst=3, per_minute=6), clock=clock)

    assert [limit.take("a") for _ in range(5)] == [True, True, True, False, False]
    clock.now = 10
    assert [limit.take("a"), limit.take("a")] == [True, False]
    clock.now = 10_000
    assert [limit.take("a") for _ in range(4)] == [True, True, True, False]


def test_a_visitor_has_twenty_lists_a_minute_and_all_of_them_together_two_hundred() -> None:
    clock = Clock()
    limit = RateLimit(clock=clock)

    def count(visitors: list[str]) -> int:
        return sum(limit.take(visitor) for visitor in visitors)

    others = [f"visitor {n}" for n in range(300)]
    assert (count(["a"] * 30), count(others)) == (20, 180)
    clock.now = 30
    assert (count(["a"] * 30), count(others)) == (10, 90)


def test_the_limit_of_one_visitor_does_not_affect_another() -> None:
    limit = RateLimit(Allowance(1, 1), clock=Clock())

    assert [limit.take("a"), limit.take("a"), limit.take("b")] == [True, False, True]


def test_many_addresses_share_a_limit_and_bounded_memory() -> None:
    limit = RateLimit(everybody=Allowance(50, 1), max_visitors=100, clock=Clock())

    assert sum(limit.take(f"visitor {n}") for n in range(10_000)) == 50
    assert len(limit) == 100


def test_past_the_limit_the_phrasebook_answers_with_the_reason_and_cached_translations_are_free(tmp_path) -> None:
    with serving("ok") as service:
        google = RobustGoogle(service.url, cache=Cache(tmp_path / "cache"))
        mine = WithFallback(google, Phrasebook(), RateLimitExceeded, iter([True, False, False]).__next__)

        assert mine.translate(["Soccer Ball"], "en", "ar").by == "google"
        refused = mine.translate(["Tennis Ball"], "en", "ar")
        known = mine.translate(["Soccer Ball"], "en", "ar")

    assert (refused.by, refused.note) == ("phrasebook", TOO_OFTEN)
    assert (known.by, known.note) == ("google", "")
    assert len(service.asked) == 1


def test_past_the_limit_a_language_that_the_phrasebook_lacks_is_refused_with_the_reason(tmp_path) -> None:
    google = RobustGoogle("http://127.0.0.1:9", cache=Cache(tmp_path / "cache"))

    for after in (RateLimitExceeded, TranslationError):
        with pytest.raises(TranslationError) as refused:
            WithFallback(google, Phrasebook(), after, lambda: False).translate(["Soccer Ball"], "en", "it")
        assert str(refused.value).count(TOO_OFTEN) == 1


class Asking:
    """The parts of a Gradio request that identify the visitor."""

    def __init__(self, host: str, forwarded: str | None = None):
        self.client = type("Client", (), {"host": host})
        self.headers = {"x-forwarded-for": forwarded} if forwarded is not None else {}


@pytest.mark.parametrize(
    ("host", "forwarded", "expected"),
    [
        ("8.8.8.8", None, "8.8.8.8"),
        ("8.8.8.8", "1.1.1.1", "8.8.8.8"),  # not behind a proxy: the header is the visitor's own
        ("10.0.0.2", "6.6.6.6, 1.1.1.1", "1.1.1.1"),  # what stands before the last may be made up
        ("10.0.0.2", "1.1.1.1, 10.0.0.9", "1.1.1.1"),
        ("127.0.0.1", None, "127.0.0.1"),
        ("127.0.0.1", "<script>, ,x", "127.0.0.1"),
        ("2a00:1450:4001:81b::200e", None, "2a00:1450:4001:81b::/64"),
        ("not an address", "1.1.1.1", ""),
    ],
)
def test_a_visitor_is_identified_by_the_last_address_that_cannot_be_forged(host, forwarded, expected) -> None:
    assert get_visitor_key(Asking(host, forwarded)) == expected


def test_without_a_request_the_visitor_key_is_empty() -> None:
    assert get_visitor_key(None) == ""


def test_of_too_many_visitors_the_one_seen_least_recently_is_forgotten_and_the_newest_has_a_limit() -> None:
    limit = RateLimit(Allowance(1, 1), max_visitors=2, clock=Clock())

    assert [limit.take(visitor) for visitor in "abacac"] == [True, True, False, True, False, False]
