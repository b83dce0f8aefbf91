"""The page while Google is down: the phrasebook answers in its place, and says so."""

from contextlib import ExitStack

import gradio_client
import pytest

from benchmarks.serving import find_free_port
from recommender.translation import GOOGLE_URL
from recommender.ui.page import Page
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
