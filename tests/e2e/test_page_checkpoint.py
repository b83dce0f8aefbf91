"""The page while the operator's T5 is being downloaded, when it is loaded, and when it cannot be loaded."""

from __future__ import annotations

import json
import re
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError

from benchmarks.serving import App, start_app
from recommender.ui.strings import strings
from tests.support.hub import PUBLISHED, Hub, published, serving_hub
from tests.support.pages import idle, picked

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
expect = sync_api.expect
pytestmark = pytest.mark.slow
FLAG = ("--checkpoint", PUBLISHED)


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> dict[str, bytes]:
    """Return a T5 large enough for its download to show: huggingface_hub reports progress every 10 MB."""
    return published(tmp_path_factory.mktemp("t5"), width=1024)


@contextmanager
def app_with(url: str, home, *arguments: str) -> Iterator[App]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("HF_ENDPOINT", url)
        environment.setenv("HF_HOME", str(home))
        running = start_app(*arguments)
    try:
        yield running
    finally:
        running.process.kill()
        running.process.wait(30)


@pytest.fixture(scope="module")
def arriving(files, tmp_path_factory) -> Iterator[tuple[Hub, App]]:
    """Start a page whose T5 downloads slowly after the first third, until a test sets ``hub.go_on``.

    One start for all tests takes a minute less. They are in the order in which a visitor would see it.
    """
    hub = Hub(files, slow_from=12_000_000)
    with serving_hub(hub), app_with(hub.url, tmp_path_factory.mktemp("home"), *FLAG) as running:
        yield hub, running


@pytest.fixture
def on_its_way(arriving) -> App:
    hub, running = arriving
    assert not hub.go_on.is_set()
    return running


@pytest.fixture
def loaded(arriving) -> App:
    hub, running = arriving
    hub.go_on.set()
    until = time.monotonic() + 60
    while read_health(running) != "ready":
        assert time.monotonic() < until
        time.sleep(0.1)
    return running


def read_health(running: App) -> str:
    """Return how far the operator's T5 is, or "" until the bundled one is loaded."""
    try:
        with urllib.request.urlopen(f"{running.address}/health") as reply:
            return json.load(reply)["checkpoint"]["status"]
    except urllib.error.HTTPError:
        return ""


@pytest.fixture
def open_page(browser):
    contexts, complaints = [], []

    def opened(address: str, query: str, **options):
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(30_000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{address}/{query}")
        page.wait_for_selector("html[data-arrived]")
        expect(picked(page)).to_be_visible(timeout=60_000)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


def choice(page, name: str):
    return page.locator(f'.checkpoint input[value="{name}"]')


def test_the_bundled_t5_answers_while_the_other_is_on_its_way(on_its_way, open_page) -> None:
    page = open_page(on_its_way.address, "?lang=ar&items=soccer-ball")
    expect(page.locator(".load-status")).to_contain_text(strings("ar")("checkpoint.meanwhile"))
    page.wait_for_function("document.querySelector('.load-status progress').value >= 10e6")

    choice(page, "bundled").focus()
    page.keyboard.press("ArrowDown")

    page.wait_for_url("**checkpoint=mohammadhia/**")
    expect(choice(page, PUBLISHED)).to_be_checked()
    assert page.evaluate("document.activeElement.value") == PUBLISHED
    expect(page.locator('input[name="route"][value="native"]')).to_be_checked()
    page.locator(".hood > summary").click()
    expect(page.locator(".hood dl")).to_contain_text(strings("ar")("hood.bundled"))


def test_a_call_for_a_t5_that_is_downloading_is_refused_with_the_progress(on_its_way) -> None:
    client = Client(on_its_way.address, verbose=False)

    said, until = "", time.monotonic() + 60
    while not re.search(r"\([1-9]\d* of \d+ MB\)", said) and time.monotonic() < until:
        with pytest.raises(AppError, match="still downloading") as refused:
            client.predict(purchased=["Soccer Ball"], checkpoint=PUBLISHED, api_name="/recommend")
        said = str(refused.value)
    assert re.search(r"\([1-9]\d* of \d+ MB\)", said)

    assert client.predict(purchased=["Soccer Ball"], api_name="/recommend")["checkpoint"] == "bundled"


def test_once_loaded_the_operators_t5_answers_in_its_own_prompt_format(arriving, on_its_way, open_page) -> None:
    hub, _ = arriving
    page = open_page(on_its_way.address, f"?lang=ar&items=soccer-ball&checkpoint={PUBLISHED}")
    page.locator(".hood > summary").click()
    expect(page.locator(".load-status progress")).to_be_visible()

    hub.go_on.set()

    expect(page.locator(".hood dl")).to_contain_text(PUBLISHED, timeout=60_000)
    expect(page.locator(".hood pre").first).to_contain_text("Hocket Puck")
    expect(page.locator(".load-status")).to_contain_text("Hocket Puck")
    expect(page.locator('input[name="route"][value="native"]')).to_be_disabled()
    expect(page.locator('input[name="route"][value="glossary"]')).to_be_checked()
    expect(page.locator(".route")).to_contain_text(strings("ar")("route.no-native"))
    choice(page, "bundled").check()
    expect(page.locator('input[name="route"][value="native"]')).to_be_enabled()
    expect(page.locator(".hood dl")).to_contain_text(strings("ar")("hood.bundled"))


def test_the_name_of_a_t5_fits_on_the_smallest_phone(loaded, open_page) -> None:
    phone = {"viewport": {"width": 320, "height": 700}}
    page = open_page(loaded.address, f"?lang=en&items=soccer-ball&checkpoint={PUBLISHED}", **phone)

    page.locator(".hood > summary").click()

    expect(page.locator(".hood dl")).to_contain_text(PUBLISHED)
    assert page.locator(".hood").evaluate("(hood) => hood.scrollWidth <= hood.clientWidth")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_the_answer_of_a_loaded_t5_is_asked_for_once(loaded, open_page) -> None:
    page = open_page(loaded.address, "?lang=en&items=soccer-ball")
    expect(page.locator(".load-status")).to_contain_text(strings("en")("checkpoint.ready"))
    idle(page)
    asked: list[str] = []
    page.on("request", lambda request: asked.extend(read_parts(request)))

    choice(page, PUBLISHED).check()
    idle(page)

    assert asked.count("answer") == 1


def read_parts(request) -> list[str]:
    return request.post_data_json["data"]["parts"] if "component_server" in request.url else []


def test_calls_can_choose_the_loaded_t5(loaded) -> None:
    client = Client(loaded.address, verbose=False)

    answer = client.predict(purchased=["Soccer Ball"], language="ar", checkpoint=PUBLISHED, api_name="/recommend")
    assert (answer["checkpoint"], answer["route"]) == (PUBLISHED, "glossary")
    with pytest.raises(AppError, match="reads prompts in en, not in"):
        client.predict(["Soccer Ball"], language="ar", route="native", checkpoint=PUBLISHED, api_name="/recommend")
    compared = client.predict(["Soccer Ball"], "ar", "phrasebook", checkpoint=PUBLISHED, api_name="/compare")
    assert [row["available"] for row in compared["routes"]] == [True, False, True, True]


def test_a_t5_that_cannot_be_loaded_is_explained_and_the_bundled_one_answers(files, tmp_path, open_page) -> None:
    hub = Hub({**files, "pytorch_model.bin": b"damaged"})
    with serving_hub(hub), app_with(hub.url, tmp_path, *FLAG) as app:
        page = open_page(app.address, f"?lang=de&items=soccer-ball&checkpoint={PUBLISHED}")

        t = strings("de")
        expect(page.locator(".load-status.failed")).to_contain_text(t("checkpoint.problem.broken"), timeout=60_000)
        expect(page.locator(".load-status.failed")).to_contain_text(t("checkpoint.instead"))
        page.locator(".hood > summary").click()
        expect(page.locator(".hood dl")).to_contain_text(t("hood.bundled"))


def test_a_folder_in_the_environment_is_offered_by_its_name_without_its_path(tmp_path, open_page, monkeypatch) -> None:
    folder = tmp_path / "my-shop"
    folder.mkdir()
    published(folder)
    monkeypatch.setenv("T5_CHECKPOINT", str(folder))
    with app_with("http://127.0.0.1:9", tmp_path) as app:
        page = open_page(app.address, "?lang=en&items=soccer-ball&checkpoint=my-shop")

        page.locator(".hood > summary").click()
        expect(page.locator(".hood dl")).to_contain_text("my-shop", timeout=60_000)
        assert str(tmp_path) not in page.content()


def test_without_another_t5_there_is_nothing_to_choose(app, open_page) -> None:
    page = open_page(app.address, f"?lang=en&items=soccer-ball&checkpoint={PUBLISHED}")

    expect(page.locator("#t5")).to_be_hidden()
    expect(page.locator("#said-arrival")).to_contain_text(PUBLISHED[:30])
