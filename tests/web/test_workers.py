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
from dataclasses import dataclass
from pathlib import Path

import pytest

from benchmarks.serving import find_free_port
from tests.support.bundled import bundled

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Server:
    """The running workers.

    :ivar folder: with their counts, a file or more for each worker, and what they wrote to standard error.
    """

    address: str
    folder: Path


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    port = find_free_port()
    command = [sys.executable, "-m", "uvicorn", "--factory", "recommender.ui.service:create_api", "--workers", "2"]
    folder = tmp_path_factory.mktemp("workers")
    (folder / "counts").mkdir()
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(
            [*command, "--port", str(port), "--log-level", "warning"],
            env={**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(folder / "counts")},
            stderr=log,
        )
    try:
        yield Server(wait_for(f"http://127.0.0.1:{port}", server), folder)
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
    with urllib.request.urlopen(request, timeout=60) as reply:
        return json.load(reply)


def test_every_worker_gives_the_answer_that_the_page_gives(server) -> None:
    expected = bundled().recommend(["soccer-ball"], language="ar", generate=False).as_dict()

    def answering() -> set[str]:
        return {path.stem.rpartition("_")[2] for path in (server.folder / "counts").glob("counter_*.db")}

    for _ in range(500):
        assert ask(server.address)["recommendations"][0]["id"] == expected["recommendations"][0]["id"]
        if len(answering()) == 2:
            break

    assert len(answering()) == 2


def test_the_metrics_are_those_of_all_workers(server) -> None:
    def count() -> float:
        with urllib.request.urlopen(f"{server.address}/metrics", timeout=60) as reply:
            return float(re.search(r'requests_total{status="200"} (\S+)', reply.read().decode())[1])

    ask(server.address)
    before = count()
    for _ in range(10):
        ask(server.address)

    assert count() == before + 10  # whichever worker is asked for them


def test_the_log_has_a_line_of_json_for_each_request(server) -> None:
    def lines() -> list[dict]:
        return [json.loads(line) for line in (server.folder / "log").read_text().splitlines() if line.startswith("{")]

    before = len(lines())
    ask(server.address)

    assert len(lines()) == before + 1
    assert {key: lines()[-1][key] for key in ("event", "status", "language")} == {
        "event": "recommend",
        "status": 200,
        "language": "ar",
    }
