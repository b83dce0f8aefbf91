"""The JSON API for a shop's own systems: recommendations, health and metrics."""

import json
import logging
import urllib.error
import urllib.request

import pytest

from recommender.__main__ import main
from recommender.ui.models import ModelRegistry
from recommender.ui.page import Page
from recommender.ui.service import Service
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
    assert Service(ModelRegistry()).check_health().status_code == 503
    app.registry.get_scorer()
    assert ask(f"{address}/health") == (200, {"ready": True, "products": 35})


def test_one_step_gives_what_the_command_line_prints_but_the_free_generation(page, capsys):
    asked = {
        "purchased": "soccer-ball; Soccer Jersey",
        "language": "ar",
        "route": "translate",
        "translator": "phrasebook",
        "add_items": ["Soccer Socks"],
        "top": 3,
        "explain": True,
        "why_not": "tennis-ball",
    }
    status, answer = ask(f"{page[1]}/api/recommend", asked)
    options = [f"--{name.replace('_', '-')}={asked[name]}" for name in ("purchased", "language", "route", "why_not")]
    options += ["--translator=phrasebook", "--add-item=Soccer Socks", "--top=3", "--explain", "--json"]
    assert main(["recommend", *options]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert status == 200 and printed.pop("raw_generation") and answer.pop("raw_generation") is None
    assert _rounded(answer) == _rounded(printed)


def _rounded(answer: object) -> object:
    """Return the answer with rounded numbers: batches of different sizes differ in the last digits of float32."""
    return json.loads(json.dumps(answer), parse_float=lambda text: round(float(text), 3))


def test_a_product_that_is_sold_no_more_is_named_and_skipped(page):
    status, answer = ask(f"{page[1]}/api/recommend", {"purchased": ["soccer-ball", "SKU-4711"]})
    assert status == 200 and answer["skipped"] == ["SKU-4711"]
    assert [item["id"] for item in answer["purchased"]] == ["soccer-ball"]
    asked = {"purchased": ["soccer-ball", "SKU-4711"], "skip_unknown": None}  # null is "not given"
    assert ask(f"{page[1]}/api/recommend", asked) == (status, answer)
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
        ({"purchased": float("nan")}, "purchased must be"),
        (["soccer-ball"], "must be a JSON object"),
        ({"purchased": ["soccer-ball"], "checkpoint": "other"}, 'Unknown checkpoint "other"'),
    ],
)
def test_what_cannot_be_answered_is_refused_by_its_reason(page, body, says):
    status, answer = ask(f"{page[1]}/api/recommend", body)
    assert status == 422 and says in json.dumps(answer, ensure_ascii=False).replace('\\"', '"')


def test_half_a_character_is_refused(page):
    status, answer = ask(f"{page[1]}/api/recommend", {"purchased": ["\ud800"]})
    assert status == 400 and "half a character" in answer["detail"]


def test_metrics_count_and_the_log_has_numbers_only(page, caplog):
    with caplog.at_level(logging.INFO, "recommender.ui.service"):
        ask(f"{page[1]}/api/recommend", {"purchased": ["soccer-ball"]})
    line = json.loads(caplog.messages[-1])
    assert line["status"] == 200 and line["ms"] > 0 and "soccer" not in caplog.text
    with caplog.at_level(logging.INFO, "recommender.ui.service"):
        ask(f"{page[1]}/api/recommend", {"purchased": [], "language": "my name"})
    assert json.loads(caplog.messages[-1])["status"] == 422 and "name" not in caplog.messages[-1]
    _, text = ask(f"{page[1]}/metrics")
    assert 'recommender_requests_total{status="200"}' in text and "recommender_seconds_bucket" in text
