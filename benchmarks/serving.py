"""Start the page as a process, and a browser; measure the page's start and memory."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from benchmarks.schema import PageCost
from recommender.errors import RecommenderError
from recommender.shop.paths import DATA

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Playwright

ROOT = DATA.parent
NOWHERE = Path(os.devnull)
# The headless shell draws pages, but not a browser around them, and needs half the time
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
BROWSER_OPTIONS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
PATIENCE = 120  # seconds to wait for the start, for a busy machine is slow
_IMPORT = re.compile(r"import time:\s*(?P<own>\d+) \|\s*\d+ \|\s*(?P<module>\S+)")


def measure_page(questions: int) -> PageCost:
    """Start ``app.py``, ask it some questions, and measure its memory.

    :param questions: number of questions, each with an explanation.
    :raises RecommenderError: if the page does not start.
    """
    from gradio_client import Client

    app = start_app()
    try:
        client = Client(app.address, verbose=False)
        for n in range(questions):
            client.predict("soccer-ball", ("en", "ar", "fr")[n % 3], explain=True, api_name="/recommend")
        return PageCost(
            seconds_to_first_page=app.seconds,
            own_import_seconds=time_own_imports(),
            resident_mb=resident_mb(app.process.pid),
        )
    finally:
        app.process.terminate()
        app.process.wait(10)


def resident_mb(process: int) -> float:
    """Return the resident memory of a process, by its id, in megabytes (10⁶ bytes)."""
    return float(psutil.Process(process).memory_info().rss) / 1e6


def time_own_imports(module: str = "recommender.ui.page") -> float:
    """Return the seconds to import ``module`` that are spent in modules of this package.

    :raises RecommenderError: if it cannot be imported, or imports no module of this package.
    """
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", f"import {module}"], cwd=ROOT, capture_output=True, text=True
    )
    found = (_IMPORT.match(line) for line in done.stderr.splitlines())
    ours = [match for match in found if match and match["module"].split(".")[0] == "recommender"]
    if done.returncode or not ours:
        raise RecommenderError(f"{module} cannot be imported: {done.stderr.strip().splitlines()[-1]}")
    return sum(int(match["own"]) for match in ours) / 1e6


@dataclass(frozen=True)
class App:
    """A running ``python app.py``.

    :ivar seconds: from process start to the first page served.
    """

    address: str
    seconds: float
    process: subprocess.Popen[bytes]


def find_free_port() -> int:
    """Return a free port on loopback."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def start_app(*arguments: str, root: Path = ROOT, prefix: Sequence[str] = (), output: Path = NOWHERE) -> App:
    """Start the page from the command line, and wait until it answers.

    :param root: the copy of this repository to start.
    :param prefix: a command that runs the page as its argument.
    :param output: file for its standard output.
    :raises RecommenderError: if it serves no page.
    """
    port = find_free_port()
    address = f"http://127.0.0.1:{port}"
    started = time.monotonic()
    with output.open("wb") as printed:
        process = subprocess.Popen(
            [*prefix, sys.executable, "app.py", "--port", str(port), *arguments],
            cwd=root,
            stdout=printed,
        )
    while not _is_up(address):
        if process.poll() is not None or time.monotonic() - started > PATIENCE:
            process.kill()
            raise RecommenderError(f"app.py served no page within {PATIENCE} s; exit status {process.poll()}.")
        time.sleep(0.05)
    return App(address, time.monotonic() - started, process)


def launch_browser(playwright: Playwright) -> Browser:
    """Launch the system's Chromium, or else Playwright's own.

    :raises playwright.sync_api.Error: if there is neither.
    """
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    return playwright.chromium.launch(executable_path=found, args=list(BROWSER_OPTIONS))


def _is_up(address: str) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # loopback needs no proxy
    try:
        opener.open(address, timeout=5).read()
        opener.open(f"{address}/metrics", timeout=5).read()  # Gradio serves the page a moment before our endpoints
    except (urllib.error.URLError, ConnectionError):
        return False
    return True
