"""``--share`` without a network: one sentence within the time limit, and the page goes on."""

from __future__ import annotations

import socket
import time
import urllib.request
from types import SimpleNamespace

import pytest

from benchmarks.serving import PATIENCE, find_free_port, start_app
from recommender.ui.page import share

pytestmark = pytest.mark.slow


@pytest.fixture
def no_network(tmp_path, monkeypatch):
    """A proxy that refuses every connection to other machines at once."""
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{find_free_port()}")
    monkeypatch.setenv("HF_HOME", str(tmp_path))


def test_without_a_network_the_page_goes_on_and_one_sentence_says_so(no_network, tmp_path) -> None:
    printed = tmp_path / "printed"
    app = start_app("--share", output=printed)
    try:
        started = time.monotonic()
        while "public" not in printed.read_text() and time.monotonic() - started < PATIENCE:
            time.sleep(0.2)
        still_there = urllib.request.urlopen(app.address, timeout=10).status
    finally:
        app.process.terminate()
        app.process.wait(10)

    local, public = printed.read_text().splitlines()
    assert local == f"* Running on local URL:  {app.address}"
    assert public.startswith("* There is no public link: the tunnel could not be opened (")
    assert public.endswith(f"). The page goes on at {app.address}/")
    assert still_there == 200


def test_a_tunnel_that_never_answers_times_out(monkeypatch) -> None:
    page = SimpleNamespace(server_name="127.0.0.1", server_port=1, share_token="", local_url="http://127.0.0.1:1/")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{silent.getsockname()[1]}")

        told = share(page, timeout=1)

    assert "nobody answered within 1 seconds" in told


@pytest.mark.parametrize("fault", [MemoryError("full"), SystemExit("over")], ids=repr)
def test_any_error_of_the_tunnel_is_one_sentence(monkeypatch, fault) -> None:
    def end(*_):
        raise fault

    monkeypatch.setattr("recommender.ui.page.setup_tunnel", end)
    page = SimpleNamespace(server_name="127.0.0.1", server_port=1, share_token="", local_url="http://127.0.0.1:1/")

    assert f"could not be opened ({fault})" in share(page, timeout=20)
