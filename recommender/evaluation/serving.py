"""The page as a process: how long until it serves, what of that is ours, and what memory it holds."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ..catalog import DATA
from . import EvaluationError
from .timing import resident_mb

ROOT = DATA.parent
PATIENCE = 120  # seconds
_IMPORT = re.compile(r"import time:\s*(?P<own>\d+) \|\s*\d+ \|\s*(?P<module>\S+)")


def page(questions: int) -> dict[str, Any]:
    """Start ``app.py``, ask it, and see what it holds.

    :param questions: how many are asked, each with its explanation.
    :raises EvaluationError: where the page does not start.
    """
    from gradio_client import Client

    with _served() as (process, address, seconds):
        client = Client(address, verbose=False)
        for n in range(questions):
            client.predict("soccer-ball", ("en", "ar", "fr")[n % 3], explain=True, api_name="/recommend")
        return {
            "seconds_to_first_page": seconds,
            "own_import_seconds": own_imports(),
            "resident_mb": resident_mb(process.pid),
        }


def own_imports(module: str = "recommender.ui.page") -> float:
    """Seconds that our own modules take to run when ``module`` is imported, what they import aside."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", f"import {module}"], cwd=ROOT, capture_output=True, text=True
    )
    found = (_IMPORT.match(line) for line in done.stderr.splitlines())
    ours = [match for match in found if match and match["module"].split(".")[0] == "recommender"]
    if done.returncode or not ours:
        raise EvaluationError(f"{module} cannot be imported: {done.stderr.strip().splitlines()[-1]}")
    return sum(int(match["own"]) for match in ours) / 1e6


@contextmanager
def _served() -> Iterator[tuple[subprocess.Popen[bytes], str, float]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    started = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "app.py", "--port", str(port)], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        while not _answers(address):
            if process.poll() is not None or time.monotonic() - started > PATIENCE:
                raise EvaluationError(f"app.py served no page within {PATIENCE} s; exit status {process.poll()}.")
            time.sleep(0.05)
        yield process, address, time.monotonic() - started
    finally:
        process.terminate()
        process.wait(10)


def _answers(address: str) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # loopback needs no proxy
    try:
        opener.open(address, timeout=5).read()
    except (urllib.error.URLError, ConnectionError):
        return False
    return True
