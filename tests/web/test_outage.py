"""The page while Google is down: it answers within 12 seconds, by phrasebook, and says so."""

import time
from contextlib import ExitStack

import pytest

from benchmarks.serving import free_port, start_app
from recommender.translation import GOOGLE_URL
from tests.support.servers import serving

gradio_client = pytest.importorskip("gradio_client")


@pytest.mark.parametrize("mode", ["hang", "429", "500", "error text", "empty", "garbage", "refused"])
def test_the_page_answers_within_12_seconds_while_google_is_out(mode, monkeypatch):
    with ExitStack() as stack:
        url = f"http://127.0.0.1:{free_port()}/m" if mode == "refused" else stack.enter_context(serving(mode)).url
        monkeypatch.setenv(GOOGLE_URL, url)
        monkeypatch.setenv("XDG_CACHE_HOME", "/nonexistent")  # yesterday's translations would answer in its place
        app = start_app()
        stack.callback(app.process.wait, 10)
        stack.callback(app.process.terminate)
        client = gradio_client.Client(app.address, verbose=False)
        ask = {"purchased": ["soccer-jersey", "soccer-cleats"], "language": "ar", "translator": "auto"}
        client.predict(**ask, route="native", api_name="/recommend")  # the T5 is awake
        started = time.monotonic()
        answer = client.predict(**ask, route="translate", api_name="/recommend")
        assert time.monotonic() - started < 12
        assert answer["translator"] == "phrasebook"
        assert [step["by"] for step in answer["trace"] if "by" in step] == ["phrasebook", "phrasebook"]
        assert "google" in answer["trace"][0]["note"].casefold()
        assert answer["recommendations"][0]["id"] not in ask["purchased"]
        with pytest.raises(gradio_client.exceptions.AppError, match=r"Google"):
            client.predict(**{**ask, "translator": "google"}, route="translate", api_name="/recommend")
