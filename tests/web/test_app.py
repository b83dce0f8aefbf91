"""The HTTP API, asked by real clients of the running page."""

from __future__ import annotations

import json
import subprocess
import urllib.error
import urllib.request

import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError

from recommender import load
from recommender.__main__ import main
from recommender.compare import compare
from recommender.routes import Route
from recommender.shop.language import LANGUAGES

GOALKEEPER = ["soccer-jersey", "soccer-goal-post", "soccer-cleats", "goalie-gloves"]


@pytest.fixture(scope="module")
def client(app) -> Client:
    return Client(app.address, verbose=False)


@pytest.fixture(scope="module")
def recommender():
    return load()


def close(a: object, b: object) -> bool:
    """Return whether two answers are equal except for rounding: another process may add numbers in another order."""
    if isinstance(a, float) and isinstance(b, float):
        return a == pytest.approx(b, abs=1e-4)
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(close(a[key], b[key]) for key in a)
    if isinstance(a, list | tuple) and isinstance(b, list | tuple):
        return len(a) == len(b) and all(map(close, a, b))
    return a == b


def as_json(answer: dict) -> dict:
    return json.loads(json.dumps(answer))


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


def test_the_endpoint_answers_as_the_command_line_does(client, capsys) -> None:
    assert main(["recommend", "--purchased", "Soccer Ball; Soccer Jersey", "--json"]) == 0

    answer = client.predict(purchased="Soccer Ball; Soccer Jersey", api_name="/recommend")

    assert close(answer, json.loads(capsys.readouterr().out))


def test_all_routes_can_be_compared_in_one_call(client, recommender) -> None:
    answer = client.predict(purchased=GOALKEEPER, language="ar", translator="phrasebook", api_name="/compare")

    assert close(answer, as_json(compare(recommender, GOALKEEPER, "ar", "phrasebook").as_dict()))


@pytest.mark.parametrize(
    "name", ["/etc/passwd", "../data/model", "google/flan-t5-xxl", "http://localhost/t5", "", "x" * 9999]
)
@pytest.mark.parametrize("endpoint", ["/recommend", "/compare"])
def test_a_visitor_can_name_no_checkpoint_but_those_on_offer(client, endpoint, name) -> None:
    with pytest.raises(AppError, match=r'^Unknown checkpoint ".{0,60}"\. Offered here: "bundled"\.$'):
        client.predict(purchased=["Soccer Ball"], language="en", checkpoint=name, api_name=endpoint)


def raw_call(app, body: bytes) -> str:
    """Call the endpoint without a client, and return the text of its reply."""
    endpoint = f"{app.address}/gradio_api/call/recommend"
    request = urllib.request.Request(endpoint, body, {"Content-Type": "application/json"})
    try:
        event = json.load(urllib.request.urlopen(request, timeout=20))["event_id"]
        return urllib.request.urlopen(f"{endpoint}/{event}", timeout=20).read().decode()
    except urllib.error.HTTPError as refusal:
        assert refusal.code < 500
        return f"refused: {refusal.code}"


def test_gradios_client_may_leave_out_the_checkpoint_and_the_bundled_t5_answers(client) -> None:
    by_place = client.predict(["Soccer Ball"], "en", None, "auto", [], 1, False, api_name="/recommend")
    by_name = client.predict(purchased=["Soccer Ball"], top=1, api_name="/recommend")

    assert by_place["checkpoint"] == by_name["checkpoint"] == "bundled"


def test_values_that_a_raw_call_leaves_out_at_the_end_have_their_defaults_too(app) -> None:
    for body in (b'{"data": [["Soccer Ball"]]}', b'{"data": [["Soccer Ball"], "en", null, "auto", null, 1, false]}'):
        assert '"checkpoint": "bundled"' in raw_call(app, body)


def test_a_raw_call_without_a_value_that_has_no_default_is_told_which(app) -> None:
    said = raw_call(app, b'{"data": []}')

    assert "event: error" in said and "data lacks a value for purchased." in said


@pytest.mark.parametrize(
    ("body", "says"),
    [(b"{}", "purchased is missing."), (b'{"purchased": "Cap", "tops": 3}', 'There is no field "tops".')],
)
def test_a_call_by_field_names_is_told_which_field_is_wrong(app, body, says) -> None:
    address = f"{app.address}/gradio_api/call/v2/recommend"
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(urllib.request.Request(address, body, {"Content-Type": "application/json"}), timeout=20)
    assert refused.value.code == 400 and says in json.load(refused.value)["detail"]


def test_the_schemas_name_what_can_be_chosen(app) -> None:
    def enums(path: str) -> set[tuple[str, ...]]:
        found = set()

        def note(value: dict) -> dict:
            if "enum" in value:
                found.add(tuple(value["enum"]))
            return value

        json.load(urllib.request.urlopen(f"{app.address}/gradio_api/{path}", timeout=20), object_hook=note)
        return found

    for path in ("info", "openapi.json"):
        assert enums(path) >= {LANGUAGES, tuple(map(str, Route)), ("auto", "google", "phrasebook")}


def test_markup_in_a_name_comes_back_as_the_text_that_it_is(client) -> None:
    name = "Ball <img src=x onerror=alert(1)> X"

    answer = client.predict(purchased=["Soccer Ball"], add_items=[name], top=35, api_name="/recommend")

    assert name in [r["name"] for r in answer["recommendations"]]


def test_the_call_shown_for_curl_is_answered_in_one_step(app) -> None:
    from recommender import Catalog
    from recommender.ui.answer_view import build_code_samples
    from recommender.ui.models import ModelRegistry
    from recommender.ui.state import PageState

    state = PageState(Catalog.load(), language="ar", route="native", items=("soccer-ball",), added=("جورب",))
    shown = dict(build_code_samples(state, ModelRegistry(), app.address))["curl"]
    done = subprocess.run(["bash", "-c", shown], capture_output=True, text=True, timeout=60)

    assert json.loads(done.stdout)["route"] == "native", done.stderr
