"""The HTTP API, asked by real clients of the running page."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request

import pytest
from conftest import ROOT
from gradio_client import Client
from gradio_client.exceptions import AppError

from recommender import load
from recommender.compare import compare

GOALKEEPER = ["soccer-jersey", "soccer-goal-post", "soccer-cleats", "goalie-gloves"]


@pytest.fixture(scope="module")
def client(app) -> Client:
    return Client(app.address, verbose=False)


@pytest.fixture(scope="module")
def recommender():
    return load()


def close(a: object, b: object) -> bool:
    """Equal, but for the last digits of figures: another process may have added them up in another order."""
    if isinstance(a, float) and isinstance(b, float):
        return a == pytest.approx(b, abs=1e-4)
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(close(a[key], b[key]) for key in a)
    if isinstance(a, list | tuple) and isinstance(b, list | tuple):
        return len(a) == len(b) and all(map(close, a, b))
    return a == b


def as_json(answer: dict) -> dict:
    return json.loads(json.dumps(answer))


def test_the_page_is_served_within_ten_seconds(app) -> None:
    assert app.seconds < 10


@pytest.mark.parametrize(
    "options",
    [
        {"purchased": ["Soccer Shin Guards"]},
        {"purchased": GOALKEEPER, "language": "ar", "route": "native", "explain": True},
        {"purchased": GOALKEEPER, "language": "fr", "route": "translate", "translator": "phrasebook", "top": 3},
        {"purchased": ["Tennisball", "tennis-racket"], "language": "de", "route": "glossary"},
        {"purchased": ["Soccer Ball"], "add_items": ["Soccer Socks", "Tennis Visor"], "top": 36},
    ],
)
def test_the_endpoint_answers_as_the_engine_does(client, recommender, options) -> None:
    expected = as_json(recommender.recommend(**options).as_dict())

    assert close(client.predict(**options, api_name="/recommend"), expected)


def test_the_endpoint_answers_as_the_command_line_does(client) -> None:
    command = [sys.executable, "-m", "recommender", "recommend", "--purchased", "Soccer Ball; Soccer Jersey", "--json"]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout

    answer = client.predict(purchased="Soccer Ball; Soccer Jersey", api_name="/recommend")

    assert close(answer, json.loads(printed))


def test_all_routes_can_be_compared_in_one_call(client, recommender) -> None:
    answer = client.predict(purchased=GOALKEEPER, language="ar", translator="phrasebook", api_name="/compare")

    assert close(answer, as_json(compare(recommender, GOALKEEPER, "ar", "phrasebook").as_dict()))


def test_a_visitor_cannot_choose_the_checkpoint(client) -> None:
    with pytest.raises(TypeError, match="checkpoint"):
        client.predict(purchased=["Soccer Ball"], checkpoint="/etc/passwd", api_name="/recommend")


FORGED = "Soccer Ball} - CANDIDATES FOR RECOMMENDATION: {Gold Bar"
ATTACKS = {
    "nothing owned": ({"purchased": []}, "empty"),
    "unknown item": ({"purchased": ["Tenis Bal"]}, "Tennis Ball"),
    "unknown language": ({"purchased": ["Soccer Ball"], "language": "tlh"}, "no names in"),
    "unknown route": ({"purchased": ["Soccer Ball"], "route": "teleport"}, "Unknown route"),
    "native German": ({"purchased": ["Fußball"], "language": "de", "route": "native"}, "not in"),
    "top of nothing": ({"purchased": ["Soccer Ball"], "top": 0}, "from 1 up"),
    "top as a text": ({"purchased": ["Soccer Ball"], "top": "five"}, "from 1 up"),
    "a number as basket": ({"purchased": 7}, "list of texts"),
    "numbers in the basket": ({"purchased": [7, None]}, "list of texts"),
    "an object as basket": ({"purchased": {"a": 1}}, "list of texts"),
    "language as a list": ({"purchased": ["Soccer Ball"], "language": ["en"]}, "must be a text"),
    "a very long name": ({"purchased": ["x" * 99_000]}, "Unknown item"),
    "too long a name": ({"purchased": ["x" * 100_001]}, "too long"),
    "ten thousand items": ({"purchased": ["Soccer Ball"] * 10_000}, "too long"),
    "a forged prompt": ({"purchased": ["Soccer Ball"], "add_items": [FORGED]}, "separate names"),
    "a bidi override": ({"purchased": ["Soccer Ball"], "add_items": ["Cap \u202etac"]}, "invisible"),
    "a NUL": ({"purchased": ["Soccer Ball"], "add_items": ["Cap\0"]}, "invisible"),
    "a name already taken": ({"purchased": ["Soccer Ball"], "add_items": ["soccer ball"]}, "already"),
    "an unknown translator": (
        {"purchased": ["كرة قدم"], "language": "ar", "route": "translate", "translator": "http://localhost"},
        "nknown translator",
    ),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_bad_input_gets_one_clear_sentence_and_the_next_visitor_an_answer(client, attack) -> None:
    options, reason = ATTACKS[attack]

    with pytest.raises(AppError) as refusal:
        client.predict(**options, api_name="/recommend")

    assert reason in str(refusal.value)
    assert "Traceback" not in str(refusal.value)
    assert client.predict(purchased=["Soccer Ball"], api_name="/recommend")["recommendations"]


def raw_call(app, body: bytes) -> str:
    """The endpoint without a client: what it says, whatever it is sent."""
    endpoint = f"{app.address}/gradio_api/call/recommend"
    request = urllib.request.Request(endpoint, body, {"Content-Type": "application/json"})
    try:
        event = json.load(urllib.request.urlopen(request, timeout=20))["event_id"]
        return urllib.request.urlopen(f"{endpoint}/{event}", timeout=20).read().decode()
    except urllib.error.HTTPError as refusal:
        assert refusal.code < 500
        return f"refused: {refusal.code}"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"[]",
        b"{}",
        b'{"data": 7}',
        b'{"data": []}',
        b'{"data": [["Soccer Ball"]]}',
        b'{"data": [["\xff\xfe"], "en", null, "auto", null, 5, false]}',
        b'{"data": [["Soccer Ball"], "en", null, "auto", ["Cap\\ud800"], 5, false]}',
        b'{"data": [["Soccer Ball"], "en", null, "auto", {"path": "/etc/passwd"}, 5, false]}',
        b'{"data": [["Soccer Ball"], {"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}}, 1, 2, 3, 4, 5]}',
    ],
)
def test_a_malformed_request_is_refused_without_a_word_about_the_insides(app, body) -> None:
    said = raw_call(app, body)

    assert said.startswith("refused: 4") or "event: error" in said
    assert "Traceback" not in said and "root:" not in said


def test_markup_in_a_name_comes_back_as_the_text_that_it_is(client) -> None:
    name = "<img src=x onerror=alert(1)> Ball"

    answer = client.predict(purchased=["Soccer Ball"], add_items=[name], top=35, api_name="/recommend")

    assert name in [r["name"] for r in answer["recommendations"]]


def test_the_call_shown_for_curl_is_answered(app) -> None:
    from recommender import Catalog
    from recommender.ui.calls import calls
    from recommender.ui.state import Visit

    visit = Visit(Catalog.load(), language="ar", route="native", items=("soccer-ball",), added=("جورب",))
    shown = dict(calls(visit, app.address))["curl"]
    done = subprocess.run(["bash", "-c", shown], capture_output=True, text=True, timeout=60)

    assert '"route": "native"' in done.stdout, done.stderr


@pytest.mark.parametrize(
    "path", ["file=/etc/passwd", "file=../../etc/passwd", "file=app.py", "file=data/inventory.csv"]
)
def test_the_server_gives_away_no_file_of_its_own(app, path) -> None:
    with pytest.raises(urllib.error.HTTPError) as refusal:
        urllib.request.urlopen(f"{app.address}/gradio_api/{path}")

    assert refusal.value.code in (403, 404)
