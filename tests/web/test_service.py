"""The JSON API for a shop's own systems: recommendations, health and metrics."""

import codecs
import http.client
import json
import logging
import os
import re
import urllib.error
import urllib.request
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import gradio as gr
import pytest

from recommender import Shop
from recommender.__main__ import main
from recommender.evaluation.schema import Evaluation
from recommender.translation import GOOGLE_URL
from recommender.ui import document, middleware
from recommender.ui.events import Events
from recommender.ui.models import ModelRegistry
from recommender.ui.page import Page
from recommender.ui.service import Service
from tests.support.pages import served

pytestmark = pytest.mark.slow

SOCCER_BALL_BY_MACHINE = {"purchased": ["soccer-ball"], "language": "ar", "route": "translate"}


@pytest.fixture(scope="module")
def page():
    page = Page()
    with served(page) as address:
        yield page, address


def ask(address: str, body: object = None) -> tuple[int, object]:
    return send(address, None if body is None else json.dumps(body).encode())


def send(address: str, data: bytes | None) -> tuple[int, object]:
    request = urllib.request.Request(address, data, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request) as reply:
            text = reply.read().decode()
            return reply.status, json.loads(text) if reply.headers.get_content_subtype() == "json" else text
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


def test_health_is_told_before_and_after_the_t5_is_loaded_and_names_the_one_that_was_measured(page):
    app, address = page
    assert Service(ModelRegistry()).check_health().status_code == 503
    app.registry.get_scorer()
    (version,) = Evaluation.read(Shop().evaluation).looks[-1].weights
    assert ask(f"{address}/health") == (200, {"ready": True, "products": 35, "t5": version})


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
        (SOCCER_BALL_BY_MACHINE | {"translator": "bing"}, 'Unknown translator "bing"'),
        (SOCCER_BALL_BY_MACHINE | {"translator": "libre"}, "LibreTranslate has no address"),
        (SOCCER_BALL_BY_MACHINE | {"translator": "phrasebook", "language": "it"}, 'no words for "it"'),
        (SOCCER_BALL_BY_MACHINE | {"translator": "auto", "language": "qqq"}, 'does not know "qqq"'),
    ],
)
def test_what_cannot_be_answered_is_refused_by_its_reason(page, body, says):
    status, answer = ask(f"{page[1]}/api/recommend", body)
    assert status == 422 and says in json.dumps(answer, ensure_ascii=False).replace('\\"', '"')


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        (b'{"purchased": ["\\ud800"]}', 400, "half a character"),
        (b"{", 400, "must be JSON"),
        (b'{"purchased": "Soccer Ball", "purchased": "Football"}', 400, 'The field "purchased" is given twice.'),
        (b"[]", 422, "must be a JSON object"),
        (b" " * (middleware.MAX_BODY + 1), 413, "larger than"),
    ],
)
def test_every_refusal_has_one_form_and_is_counted_and_logged(page, caplog, body, status, says):
    before = count(page, status)
    with caplog.at_level(logging.INFO, "recommender.ui.service"):
        code, answer = send(f"{page[1]}/api/recommend", body)
    assert code == status and list(answer) == ["error"] and says in answer["error"]
    assert json.loads(caplog.messages[-1])["status"] == status
    assert count(page, status) == before + 1


def test_an_unhandled_error_is_one_sentence_too_and_the_log_has_the_details(page, monkeypatch, caplog):
    monkeypatch.setattr(page[0].registry, "build_recommender", lambda **_: 1 / 0)
    before = count(page, 500)
    with caplog.at_level(logging.INFO, "recommender.ui.service"):
        status, answer = ask(f"{page[1]}/api/recommend", {"purchased": ["soccer-ball"]})
    assert status == 500 and list(answer) == ["error"] and "division" not in answer["error"]
    assert "Unhandled error while answering a request" in caplog.text and "ZeroDivisionError" in caplog.text
    assert json.loads(caplog.messages[-1])["status"] == 500
    assert count(page, 500) == before + 1


SECRET = "SoccerBallOfAnna"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("call/v2/recommend", {"purchased": ["Soccer Ball"], SECRET * 40_000: "x"}),
        ("call/v2/recommend", {"purchasd": [SECRET]}),
        ("call/nope", {"data": [[SECRET]]}),
        pytest.param("call/nope" + "x" * 9_000, {"data": [[SECRET]]}, id="a long path"),
        ("queue/join", {"data": [[SECRET]], "fn_index": 999, "session_hash": SECRET}),
        ("component_server", {"data": SECRET, "fn_name": SECRET, "component_id": 9999, "session_hash": SECRET}),
        (f"queue/data?session_hash={SECRET}", None),
        ("call/recommend/%00", None),
    ],
)
def test_a_mistake_of_a_caller_is_one_short_line_of_the_log_without_their_text(page, caplog, capfd, path, body):
    data = None if body is None else json.dumps(body).encode()
    status, answer = send(f"{page[1]}/gradio_api/{path}", data)
    (line,) = caplog.messages
    assert re.fullmatch(r"Failed request: (GET|POST) '/gradio_api/.*': \w+ \(\w+\.py, line \d+\)", line)
    assert len(line) < 200 and caplog.text.count("\n") == 1
    assert SECRET not in line and SECRET not in "".join(capfd.readouterr())
    assert (status, answer["detail"][-1], len(answer["detail"]) < 100) == (400, ".", True) if body else "404" in answer


@pytest.mark.parametrize("path", ["component_server", "component_server/"])
def test_a_fault_of_ours_leaves_its_traceback_with_little_of_what_the_caller_wrote(page, caplog, monkeypatch, path):
    def fail(events, request, web):
        return int(request)

    monkeypatch.setattr(Events, "answer", fail)
    bridge = next(block for block in page[0].blocks.values() if block.elem_id == "bridge")
    body = {"data": SECRET * 9_000, "fn_name": "answer", "component_id": bridge._id, "session_hash": "x"}
    status, answer = ask(f"{page[1]}/gradio_api/{path}", body)
    assert status == 500 and answer == {"detail": "Something broke on our side. The server's log has the details."}
    assert "Unhandled error: POST '/gradio_api/component_server" in caplog.text and "in fail" in caplog.text
    assert "ValueError (test_service.py, line " in caplog.text and SECRET * 5 not in caplog.text


def test_a_fault_of_a_filter_itself_leaves_its_traceback(page, caplog, monkeypatch):
    monkeypatch.setattr(document, "replace_head", lambda *_: 1 / 0)
    status, _ = ask(page[1])
    assert status == 500 and "Unhandled error: GET '/'" in caplog.text and "in rewrite" in caplog.text


def count(page, status: int) -> float:
    found = re.search(rf'requests_total{{status="{status}"}} (\S+)', ask(f"{page[1]}/metrics")[1])
    return float(found[1]) if found else 0.0


@pytest.mark.parametrize(
    "field", ["purchased", "language", "route", "translator", "add_items", "why_not", "checkpoint"]
)
def test_an_error_repeats_little_of_what_the_caller_wrote(page, field):
    status, answer = ask(
        f"{page[1]}/api/recommend", {"purchased": "soccer-ball", "route": "translate", field: "x " * 45_000}
    )
    assert status == 422 and len(answer["error"]) < 400


def test_the_health_can_be_asked_for_without_its_body(page):
    page[0].registry.get_scorer()
    with urllib.request.urlopen(urllib.request.Request(f"{page[1]}/health", method="HEAD")) as reply:
        assert (reply.status, reply.read()) == (200, b"")


def test_reading_the_schema_warns_of_nothing(page, recwarn):
    with urllib.request.urlopen(f"{page[1]}/openapi.json") as reply:
        assert "/health" not in json.load(reply)["paths"]
    assert [str(warning.message) for warning in recwarn] == []


def test_any_other_path_of_the_api_is_refused_in_the_same_form(page):
    for body in (None, {}):
        assert ask(f"{page[1]}/api/recommendations", body)[0] == 404
    status, answer = ask(f"{page[1]}/api/recommend")  # GET
    assert status == 404 and "POST /api/recommend" in answer["error"]


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "TRACE", "PROPFIND", "DELETE", "PATCH"])
def test_any_other_method_of_the_api_is_refused_in_the_same_form(page, method):
    for path in ("recommend", "", "recommend/", "x/y"):
        connection = http.client.HTTPConnection(urlsplit(page[1]).netloc, timeout=20)
        connection.request(method, f"/api/{path}")
        reply = connection.getresponse()
        said = reply.read()
        connection.close()
        assert reply.status == 404 and (method == "HEAD" or "POST /api/recommend" in json.loads(said)["error"])


def test_the_endpoints_are_there_as_soon_as_anything_is_served(monkeypatch):
    told = []

    def launch(page, **options):
        launched = launch_as_gradio_does(page, **options)
        told.extend(
            (*ask(f"{page.local_url}health"), ask(f"{page.local_url}api/x")[0], ask(f"{page.local_url}metrics")[0])
        )
        return launched

    launch_as_gradio_does = gr.Blocks.launch
    monkeypatch.setattr(gr.Blocks, "launch", launch)
    with served(Page()):
        pass
    assert told == [503, {"ready": False, "products": 35, "t5": None}, 404, 200]


def test_the_mark_of_a_body_in_utf_8_is_left_out(page):
    body = json.dumps({"purchased": ["soccer-ball"]}).encode("utf-8-sig")
    assert send(f"{page[1]}/api/recommend", body) == send(
        f"{page[1]}/api/recommend", body.removeprefix(codecs.BOM_UTF8)
    )
    status, joined = send(
        f"{page[1]}/gradio_api/call/recommend", json.dumps({"data": ["soccer-ball"]}).encode("utf-8-sig")
    )
    assert status == 200 and joined["event_id"]
    with urllib.request.urlopen(f"{page[1]}/gradio_api/call/recommend/{joined['event_id']}") as reply:
        assert b"event: complete" in reply.read()


def test_a_null_is_a_field_that_is_not_given(page):
    basket = {"purchased": ["soccer-ball"]}
    nulls = ("language", "route", "translator", "add_items", "top", "explain", "why_not", "skip_unknown", "checkpoint")
    assert ask(f"{page[1]}/api/recommend", basket | dict.fromkeys(nulls)) == ask(f"{page[1]}/api/recommend", basket)


def test_numbers_are_skus(page):
    status, answer = ask(f"{page[1]}/api/recommend", {"purchased": ["soccer-ball", 12345]})
    assert status == 200 and answer["skipped"] == ["12345"]
    assert ask(f"{page[1]}/api/recommend", {"purchased": ["soccer-ball", 12345.0]}) == (status, answer)
    assert ask(f"{page[1]}/api/recommend", {"purchased": 12345})[1]["error"].startswith('Unknown item "12345"')


def test_a_system_that_finds_the_server_full_is_told_to_come_back(page, monkeypatch):
    monkeypatch.setattr(middleware, "MAX_WAITING", 0)
    request = urllib.request.Request(f"{page[1]}/api/recommend", b'{"purchased": ["soccer-ball"]}')
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request)
    assert refused.value.code == 503 and int(refused.value.headers["Retry-After"]) > 0
    assert "busy" in json.load(refused.value)["error"]


def test_a_system_is_told_to_come_back_while_the_translator_is_out(page, monkeypatch, tmp_path):
    monkeypatch.setenv(GOOGLE_URL, "http://127.0.0.1:9/m")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))  # yesterday's translations would answer in its place
    for _ in range(2):  # in its rest, too
        status, answer = ask(f"{page[1]}/api/recommend", SOCCER_BALL_BY_MACHINE | {"translator": "google"})
        assert status == 503 and "Google Translate cannot be reached" in answer["error"]


def test_metrics_count_and_the_log_has_nothing_of_the_basket(page, caplog):
    with caplog.at_level(logging.INFO, "recommender.ui.service"):
        ask(f"{page[1]}/api/recommend", {"purchased": ["soccer-ball", "SKU-4711"]})
    line = json.loads(caplog.messages[-1])
    assert line["status"] == 200 and line["ms"] > 0 and "soccer" not in caplog.text and "4711" not in caplog.text
    assert (line["pid"], line["checkpoint"], line["skipped"]) == (os.getpid(), "bundled", 1)
    assert datetime.fromisoformat(line["time"]).utcoffset() == timedelta(0)
    assert line["t5"] == ask(f"{page[1]}/health")[1]["t5"]
    with caplog.at_level(logging.INFO, "recommender.ui.service"):
        ask(f"{page[1]}/api/recommend", {"purchased": [], "language": "my name"})
    assert json.loads(caplog.messages[-1])["status"] == 422 and "name" not in caplog.messages[-1]
    _, text = ask(f"{page[1]}/metrics")
    assert 'recommender_requests_total{status="200"}' in text and "recommender_seconds_bucket" in text
    assert "recommender_skipped_total" in text
