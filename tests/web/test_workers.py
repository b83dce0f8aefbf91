"""Several workers behind one port, without the page."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

from benchmarks.serving import find_free_port
from tests.support.bundled import bundled

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    port = find_free_port()
    command = [sys.executable, "-m", "uvicorn", "--factory", "recommender.ui.service:create_api", "--workers", "2"]
    counts = tmp_path_factory.mktemp("metrics")
    server = subprocess.Popen(
        [*command, "--port", str(port), "--log-level", "warning"],
        env={**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(counts)},
    )
    try:
        yield wait_for(f"http://127.0.0.1:{port}", server)
    finally:
        server.terminate()
        server.wait(timeout=30)


def wait_for(address: str, server: subprocess.Popen) -> str:
    for _ in range(600):
        assert server.poll() is None, "the server has ended"
        try:
            with urllib.request.urlopen(f"{address}/health"):
                return address
        except urllib.error.URLError:
            time.sleep(0.2)
    raise AssertionError("no worker is ready")


def ask(address: str) -> dict:
    body = json.dumps({"purchased": ["soccer-ball"], "language": "ar"}).encode()
    request = urllib.request.Request(f"{address}/api/recommend", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as reply:
        return json.load(reply)


def test_every_worker_gives_the_answer_that_the_page_gives(address) -> None:
    expected = bundled().recommend(["soccer-ball"], language="ar", generate=False).as_dict()

    answers = [ask(address) for _ in range(20)]

    assert {a["recommendations"][0]["id"] for a in answers} == {expected["recommendations"][0]["id"]}


def test_the_metrics_are_those_of_all_workers(address) -> None:
    def count() -> float:
        with urllib.request.urlopen(f"{address}/metrics") as reply:
            return float(re.search(r'requests_total{status="200"} (\S+)', reply.read().decode())[1])

    ask(address)
    before = count()
    for _ in range(10):
        ask(address)

    assert count() == before + 10  # whichever worker is asked for them
