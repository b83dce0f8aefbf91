"""A short load test; the full one is ``python -m benchmarks.load --clients 50 --requests 20``."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from contextlib import suppress

import gradio_client
import pytest
from gradio.server_messages import ProcessCompletedMessage

from benchmarks.load import GROWTH_LIMIT, P95_LIMIT, Tally, ask, ask_in_turn, differs, draw_questions, run_client, rush
from benchmarks.schema import Benchmarks
from benchmarks.serving import find_free_port, resident_mb
from recommender.environment import prepare_environment
from recommender.shop.paths import DATA
from recommender.ui import middleware
from recommender.ui.call_queue import MAX_UNREAD
from recommender.ui.page import Page
from recommender.ui.strings import strings
from tests.support.pages import picked, served

pytestmark = pytest.mark.slow


def test_the_published_figures_are_those_of_the_whole_run_and_within_the_limits() -> None:
    document = Benchmarks.read(DATA / "benchmarks.json")
    load, soaked = document.load, document.soak

    assert load and load.command == "python -m benchmarks.load --clients 50 --requests 20" and load.answers == 1_000
    assert soaked and soaked.command == "python -m benchmarks.load --clients 50 --soak 10"
    assert not (load.errors or load.wrong or soaked.errors or soaked.wrong)
    assert load.p95_s <= P95_LIMIT and soaked.growth <= GROWTH_LIMIT


@pytest.fixture(scope="module")
def alone(app) -> dict:
    return ask_in_turn(app.address, draw_questions(20))


def test_shoppers_at_once_all_get_the_answers_they_would_get_alone(app, alone) -> None:
    report = rush(app.address, alone, clients=10, requests=4, process=app.process.pid)

    assert report.answers == 40
    assert (report.errors, report.wrong) == (0, 0), report.examples


def test_a_wrong_answer_would_be_noticed(alone) -> None:
    one, other, *_ = alone.values()

    assert not differs(one, one)
    assert differs(one, other)


def test_a_server_that_is_gone_is_an_error_and_not_an_answer(alone) -> None:
    tally = Tally()

    run_client(f"http://127.0.0.1:{find_free_port()}", iter(list(alone)[:2]), alone, tally, until=float("inf"))

    assert (len(tally.errors), tally.seconds) == (2, [])


def test_the_memory_of_a_process_can_be_read(app) -> None:
    assert 50 < resident_mb(app.process.pid) < 4_000


def wait_until_answered(page: Page) -> None:
    deadline = time.monotonic() + 60
    while page._queue.event_ids_to_events and time.monotonic() < deadline:
        time.sleep(0.01)


def post(address: str, path: str, body: dict) -> dict:
    """Send a request of Gradio's API, again if the queue is full; return the answer."""
    request = urllib.request.Request(
        f"{address}/gradio_api/{path}", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    while True:
        with suppress(urllib.error.HTTPError), urllib.request.urlopen(request, timeout=20) as reply:
            return json.load(reply)
        time.sleep(0.1)


def test_answers_that_nobody_fetches_are_forgotten_and_a_caller_who_fetches_gets_them_all() -> None:
    prepare_environment()
    page = Page()
    with served(page) as address:
        client = gradio_client.Client(address, verbose=False)
        call = {"data": [[]], "fn_index": 0, "session_hash": "never reads"}
        pick = client.predict(["soccer-ball"], api_name="/recommend")["recommendations"][0]["id"]
        for _ in range(100):
            post(address, "call/recommend", {"data": [[]]})
        for _ in range(400):
            joined = post(address, "queue/join", call)
        for _ in range(20):
            post(address, "cancel", {**call, **joined})
        jobs = [client.submit(["soccer-ball"], api_name="/recommend") for _ in range(40)]
        picks = [job.result(timeout=120)["recommendations"][0]["id"] for job in jobs]
        wait_until_answered(page)
        post(address, "call/recommend", {"data": [[]]})
        wait_until_answered(page)

    assert picks == [pick] * 40
    kept = page._queue
    assert sum(map(len, kept.pending_event_ids_session.values())) <= MAX_UNREAD
    mailboxes = kept.pending_messages_per_session.values()
    unread = [mailbox.get_nowait() for mailbox in mailboxes for _ in range(mailbox.qsize())]
    assert MAX_UNREAD / 2 < sum(isinstance(message, ProcessCompletedMessage) for message in unread) <= MAX_UNREAD + 1
    assert len(kept.pending_event_ids_session) < 50


def test_an_answered_request_leaves_nothing_in_memory() -> None:
    prepare_environment()  # as app.py does before it builds the page
    page = Page()
    with served(page) as address:
        ask_in_turn(address, draw_questions(5))

        kept = page._queue
        wait_until_answered(page)  # Gradio forgets a request right after its reply
    assert len(kept.event_analytics) <= 1 and not kept.event_ids_to_events
    assert kept.cached_event_analytics_summary == {"functions": {}}  # computing it takes longer than an answer


@pytest.fixture(scope="module")
def full():
    """Serve a page that refuses every request as too many."""
    page = Page()
    page.queue(max_size=0, api_open=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(middleware, "MAX_WAITING", 0)
        with served(page) as address:
            yield address


def test_a_program_that_finds_the_queue_full_is_told_to_come_back(full) -> None:
    values = [["soccer-ball"], "ar", None, "auto", [], 5, False, "bundled"]
    body = json.dumps({"data": values}).encode()
    request = urllib.request.Request(f"{full}/gradio_api/call/recommend", body, {"Content-Type": "application/json"})

    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=20)

    assert refused.value.code == 503 and int(refused.value.headers["Retry-After"]) > 0
    assert "busy" in json.load(refused.value)["detail"]
    with pytest.raises(OSError, match="503"):
        ask(full, draw_questions(1)[0])


@pytest.mark.parametrize("path", ["component_server/", "component_server"])
def test_a_page_request_finds_the_server_full_with_and_without_a_slash(full, path) -> None:
    request = urllib.request.Request(f"{full}/gradio_api/{path}", b"{}", {"Content-Type": "application/json"})

    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=20)

    assert refused.value.code == 503 and "busy" in json.load(refused.value)["detail"]


def test_a_visitor_who_finds_the_server_full_is_told_and_answered_when_it_is_not(full, browser, monkeypatch) -> None:
    page = browser.new_page(locale="de-DE")
    page.goto(f"{full}/?lang=de&items=soccer-ball")
    page.get_by_text(strings("de")("trouble.busy")).wait_for(timeout=60_000)
    monkeypatch.setattr(middleware, "MAX_WAITING", 9)

    picked(page).wait_for(timeout=60_000)  # it asks again by itself
    page.get_by_text(strings("de")("trouble.busy")).wait_for(state="hidden")
    page.close()
