"""The page while Google is down: the phrasebook answers in its place, and says so."""

import re
from contextlib import ExitStack

import gradio_client
import pytest

from benchmarks.serving import find_free_port
from recommender.translation import GOOGLE_URL
from recommender.ui.answer_view import render_answer
from recommender.ui.models import ModelRegistry
from recommender.ui.page import Page
from recommender.ui.state import PageState
from recommender.ui.strings import strings
from tests.support.pages import served
from tests.support.servers import serving

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def client():
    with served(Page()) as address:
        yield gradio_client.Client(address, verbose=False)


@pytest.mark.parametrize("mode", ["hang", "429", "500", "error text", "empty", "garbage", "refused"])
def test_the_phrasebook_answers_while_google_is_out(mode, client, monkeypatch, tmp_path):
    with ExitStack() as stack:
        url = f"http://127.0.0.1:{find_free_port()}/m" if mode == "refused" else stack.enter_context(serving(mode)).url
        monkeypatch.setenv(GOOGLE_URL, url)
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))  # yesterday's translations would answer in its place
        ask = {"purchased": ["soccer-jersey", "soccer-cleats"], "language": "ar", "translator": "auto"}
        answer = client.predict(**ask, route="translate", api_name="/recommend")
        assert answer["translator"] == "phrasebook"
        assert [step["by"] for step in answer["trace"] if "by" in step] == ["phrasebook", "phrasebook"]
        assert "google" in answer["trace"][0]["note"].casefold()
        assert answer["recommendations"][0]["id"] not in ask["purchased"]
        with pytest.raises(gradio_client.exceptions.AppError, match=r"Google"):
            client.predict(**{**ask, "translator": "google"}, route="translate", api_name="/recommend")


def test_a_question_why_not_that_google_leaves_open_does_not_take_the_answer_away(monkeypatch, tmp_path):
    registry = ModelRegistry()
    choices = {
        "items": ["soccer-ball", "soccer-jersey"],
        "language": "ar",
        "route": "translate",
        "translator": "google",
    }

    def answer(**more: str):
        return render_answer(PageState.parse({**choices, **more}, registry.inventory), registry, "")

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with serving("ok") as google:
        monkeypatch.setenv(GOOGLE_URL, google.url)
        before = answer()
        _, second, *_ = re.findall('data-do="why" data-item-id="([^"]+)"', before.card)
        google.mode = "429"  # the names of the basket and the pick are known by now, the others are not
        after = answer(why_not=second)
    assert after.card == before.card and f'value="{second}"' in after.why_not
    assert strings("ar")("trouble.translation") in after.why_not
