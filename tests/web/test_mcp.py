"""``--mcp``, asked by the protocol's own client."""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor

import mcp
import pytest
from mcp.client.streamable_http import streamable_http_client

from benchmarks.serving import start_app
from recommender import load
from recommender.compare import compare
from recommender.routes import Route
from recommender.shop.language import LANGUAGES
from tests.support.servers import serving

pytestmark = pytest.mark.slow

GOALKEEPER = ["soccer-jersey", "soccer-goal-post", "soccer-cleats", "goalie-gloves"]


@pytest.fixture(scope="module")
def server():
    running = start_app("--mcp")
    yield f"{running.address}/gradio_api/mcp/"
    running.process.terminate()
    running.process.wait(10)


def in_a_session(server: str, work):
    """Return the result of ``work`` in a new session."""

    async def meet():
        async with streamable_http_client(server) as (read, write, *_), mcp.ClientSession(read, write) as session:
            await session.initialize()
            return await work(session)

    with ThreadPoolExecutor(1) as thread:  # the browser of other tests keeps an event loop in this one
        return thread.submit(asyncio.run, meet()).result()


def call(server: str, tool: str, **arguments):
    return in_a_session(server, lambda session: session.call_tool(tool, arguments))


def answer(result) -> dict:
    assert not result.isError, result.content
    return json.loads(result.content[0].text)


def test_the_tools_are_recommend_and_compare_and_nothing_of_the_page(server) -> None:
    tools = {tool.name: tool for tool in in_a_session(server, lambda session: session.list_tools()).tools}

    assert set(tools) == {"recommend", "compare"}
    for tool in tools.values():
        assert "sports equipment" in tool.description and "JSON" in tool.description
        assert "purchased" in tool.inputSchema["required"]
        fields = tool.inputSchema["properties"]
        assert all(field.get("description") for field in fields.values())
        assert {"enum": list(LANGUAGES)} in fields["language"]["anyOf"]
        assert fields["translator"]["enum"] == ["auto", "google", "phrasebook"]
    assert {"enum": list(Route)} in tools["recommend"].inputSchema["properties"]["route"]["oneOf"]


def test_what_clients_make_of_numbers_lists_and_truth_is_understood_or_refused_by_the_fields_name(server) -> None:
    async def ask(session):
        calls = [
            {"purchased": '["Soccer Ball"]', "top": 3.0, "explain": "true", "language": "ar-EG"},
            {"purchased": "Soccer Ball", "top": "3"},
            {"purchased": "Soccer Ball", "top": "many"},
            {"purchased": "Soccer Ball", "route": "teleport"},
            {"top": 3},
            {"purchased": "Soccer Ball", "tops": 3},
        ]
        return [await session.call_tool("recommend", arguments) for arguments in calls]

    first, second, *refused = in_a_session(server, ask)
    assert (len(answer(first)["recommendations"]), answer(first)["language"]) == (3, "ar") and answer(first)["because"]
    assert len(answer(second)["recommendations"]) == 3
    for result, field in zip(refused, ["top", "route", "purchased", "tops"], strict=True):
        assert result.isError and field in result.content[0].text


def test_recommend_answers_as_the_engine_does(server) -> None:
    found = answer(call(server, "recommend", purchased=GOALKEEPER, language="ar", top=3))

    expected = load().recommend(GOALKEEPER, language="ar", top=3)
    assert [r["name"] for r in found["recommendations"]] == [r.name for r in expected.recommendations]


def test_what_a_tools_call_leaves_out_has_its_default(server) -> None:
    found = answer(call(server, "recommend", purchased=GOALKEEPER))

    assert (found["checkpoint"], found["language"], len(found["recommendations"])) == ("bundled", "en", 5)


def test_compare_answers_as_the_engine_does(server) -> None:
    found = answer(call(server, "compare", purchased=GOALKEEPER, language="fr", translator="phrasebook"))

    expected = compare(load(), GOALKEEPER, "fr", "phrasebook").as_dict()
    assert [r["verdict"] for r in found["routes"]] == [r["verdict"] for r in expected["routes"]]


def test_a_mistake_comes_back_as_an_error_that_says_what_was_meant(server) -> None:
    result = call(server, "recommend", purchased=["Tenis Bal"])

    assert result.isError
    assert "Tennis Ball" in result.content[0].text and "Traceback" not in result.content[0].text


def test_no_address_that_a_tool_is_given_is_fetched_and_the_next_call_is_answered(server) -> None:
    with serving("ok") as elsewhere:
        file = {"path": elsewhere.url, "url": elsewhere.url, "meta": {"_type": "gradio.FileData"}}
        # The middleware refuses it.
        with pytest.RaisesGroup(pytest.RaisesExc(match="400 Bad Request"), flatten_subgroups=True):
            call(server, "recommend", purchased=[file])
        assert call(server, "recommend", purchased=[elsewhere.url]).isError
        assert call(server, "recommend", purchased=[{"path": elsewhere.url}]).isError

    assert elsewhere.asked == []
    assert answer(call(server, "recommend", purchased=GOALKEEPER))["recommendations"]
