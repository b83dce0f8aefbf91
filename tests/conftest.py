"""Shared fixtures: the running page and a real browser."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.serving import App, launch_browser, start_app
from recommender import translation
from tests.support.games import GAMES

ROOT = Path(__file__).resolve().parent.parent
# Tests, a server and a browser share two cores, on which torch's threads wait for each other by spinning: a ranking
# took eleven times as long with two threads as with one. torch reads this when it is imported, here and in child
# processes.
os.environ.setdefault("OMP_NUM_THREADS", "1")
for variable in (
    "RECOMMENDER_SHOP",
    "T5_CHECKPOINT",
    "RECOMMENDER_LIBRE_URL",
    "RECOMMENDER_LIBRE_KEY",
    "RECOMMENDER_THREADS",
    "GRADIO_ROOT_PATH",
    "GRADIO_SERVER_NAME",
    "GRADIO_SERVER_PORT",
):
    os.environ.pop(variable, None)  # the developer's own page is no part of the tests
for variable in ("NO_PROXY", "no_proxy"):  # where both are set, Python reads the latter
    os.environ[variable] = "127.0.0.1,localhost"  # the tests' own requests do not go through the developer's proxy


# Files that take minutes, the longest first. A file runs in one worker, so long ones have to start first.
LONGEST = (
    "test_page",
    "test_published_figures",
    "test_training",
    "test_evaluation",
    "test_shop_training",
    "test_attacks",
)


def pytest_collection_modifyitems(items: list[pytest.Function]) -> None:
    """Mark what needs a server or a browser as slow, and put the longest files first."""
    for item in items:
        if {"app", "browser"} & set(item.fixturenames):
            item.add_marker(pytest.mark.slow)
    items.sort(key=lambda item: next((n for n, name in enumerate(LONGEST) if name == item.path.stem), len(LONGEST)))


@pytest.fixture(scope="module")
def few_shuffles() -> Iterator[None]:
    """Shuffle and generate for ten baskets of an evaluation."""
    with pytest.MonkeyPatch.context() as patch:
        for count in ("SHUFFLED", "GENERATED"):
            patch.setattr(f"recommender.evaluation.measures.{count}", 10)
        yield


@pytest.fixture(autouse=True)
def no_service_rests() -> None:
    """Forget the translation services: one that failed in an earlier test would rest for a minute."""
    translation._get_remote.cache_clear()


@pytest.fixture(scope="session")
def app() -> Iterator[App]:
    running = start_app()
    yield running
    running.process.terminate()
    running.process.wait(10)


@pytest.fixture(scope="session")
def games(tmp_path_factory) -> Path:
    """The inventory of a small shop, for which a training step takes no time."""
    path = tmp_path_factory.mktemp("games") / "inventory.csv"
    path.write_text(GAMES, encoding="utf-8")
    return path


def train(*options: str | Path) -> subprocess.CompletedProcess[str]:
    """Run ``python -m recommender train`` in its own process."""
    return subprocess.run(
        [sys.executable, "-m", "recommender", "train", *options], cwd=ROOT, capture_output=True, text=True, timeout=600
    )


@pytest.fixture(scope="session")
def browser():
    sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    with sync_api.sync_playwright() as playwright:
        sync_api.expect.set_options(
            timeout=20_000
        )  # milliseconds; the default of five seconds is too short on two shared cores
        try:
            chromium = launch_browser(playwright)
        except sync_api.Error as error:
            if os.environ.get("CI"):  # where one has been installed
                raise
            pytest.skip(f"There is no Chromium: {str(error).splitlines()[0]}")
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def warm(app, browser) -> None:
    """Load the T5 before the first test, as it is for all visitors but the first."""
    page = browser.new_page()
    page.goto(f"{app.address}/?items=soccer-ball")
    page.wait_for_selector(".pick h2", timeout=60_000)
    page.close()


@pytest.fixture(scope="session")
def profiles(browser):
    """Browser contexts by their options, kept for the session: with the scripts cached a page loads faster."""
    contexts = {}

    def get(**options):
        key = repr(sorted(options.items()))
        if key not in contexts:
            contexts[key] = browser.new_context(**options)
            contexts[key].grant_permissions(["clipboard-read", "clipboard-write"])
        return contexts[key]

    return get


@pytest.fixture
def visit(app, profiles, warm):
    """Open the page; fail at the end if there was an error in its console or a request to another server."""
    pages, complaints = [], []

    def open_page(query: str = "?lang=en", **options):
        page = profiles(**{"viewport": {"width": 1280, "height": 900}, "locale": "en-US", **options}).new_page()
        pages.append(page)
        page.set_default_timeout(15_000)
        page.on("console", lambda m: complaints.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda r: complaints.append(r.url) if foreign(r.url, app.address) else None)
        page.on("response", lambda r: complaints.append(f"{r.status} {r.url}") if r.status >= 400 else None)
        page.goto(f"{app.address}/{query}")
        page.wait_for_selector("html[data-arrived]")  # the server has answered the first request
        return page

    yield open_page
    for page in pages:
        if not page.is_closed():
            page.evaluate("localStorage.clear()")  # the next test is another visitor
            page.close()
    assert complaints == []


def foreign(url: str, address: str) -> bool:
    return not url.startswith((address, "data:", "blob:"))
