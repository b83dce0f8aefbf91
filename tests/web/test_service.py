"""The JSON API for a shop's own systems: recommendations, health and metrics."""

import json
import logging
import urllib.error
import urllib.request

import pytest

from recommender.ui.page import Page
from tests.support.bundled import bundled
from tests.support.pages import served

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def page():
    page = Page()
    with served(page) as address:
        yield page, address


def ask(address: str, body: object = None) -> tuple[int, object]:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(address, data, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request) as reply:
            text = reply.read().decode()
            return reply.status, json.loads(text) if reply.headers.get_content_subtype() == "json" else text
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


def test_health_is_told_before_and_after_the_t5_is_loaded(page):
    app, address = page
    if not app.registry.bundled_is_loaded:
        assert ask(f"{address}/health") == (503, {"ready": False, "products": 35})
    app.registry.get_scorer()
    assert ask(f"{address}/health") == (200, {"ready": True, "products": 35})


def test_one_step_gives_what_the_command_line_prints(page):
    status, answer = ask(f"{page[1]}/api/recommend", {"purchased": ["soccer-ball"], "language": "ar", "top": 3})
    expected = bundled().recommend(["soccer-ball"], language="ar", top=3, generate=False).as_dict()
    assert status == 200
    assert [r["id"] for r in answer["recommendations"]] == [r["id"] for r in expected["recommendations"]]
    assert answer["trace"] == json.loads(json.dumps(expected["trace"]))


def test_a_product_that_is_sold_no_more_is_named_and_skipped(page):
    status, answer = ask(f"{page[1]}/api/recommend", {"purchased": ["soccer-ball", "SKU-4711"]})
    assert status == 200 and answer["skipped"] == ["SKU-4711"]
    assert [item["id"] for item in answer["purchased"]] == ["soccer-ball"]
    status, answer = ask(f"{page[1]}/api/recommend", {"purchased": ["soccer-ball", "SKU-4711"], "skip_unknown": False})
    assert status == 422 and answer["error"] == 'Unknown item "SKU-4711".'


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({}, "purchased"),
        ({"purchased": []}, "The basket is empty"),
        ({"purchased": ["SKU-4711"]}, 'Unknown item "SKU-4711"'),
        ({"purchased": ["soccer-ball"], "top": 0}, "top"),
        ({"purchased": ["soccer-ball"], "tpo": 3}, "tpo"),
        ({"purchased": ["soccer-ball"], "checkpoint": "other"}, 'Unknown checkpoint "other"'),
    ],
)
def test_what_cannot_be_answered_is_refused_by_its_reason(page, body, says):
    status, answer = ask(f"{page[1]}/api/recommend", body)
    assert status == 422 and says in json.dumps(answer, ensure_ascii=False).replace('\\"', '"')


def test_metrics_count_and_the_log_has_numbers_only(page, caplog):
    with caplog.at_level(logging.INFO, "recommender.ui.service"):
        ask(f"{page[1]}/api/recommend", {"purchased": ["soccer-ball"]})
    line = json.loads(caplog.messages[-1])
    assert line["status"] == 200 and line["ms"] > 0 and "soccer" not in caplog.text
    _, text = ask(f"{page[1]}/metrics")
    assert 'recommender_requests_total{status="200"}' in text and "recommender_seconds_bucket" in text
