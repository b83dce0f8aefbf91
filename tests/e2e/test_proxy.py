"""The page behind a reverse proxy, under a sub-path: it works, and every link that it builds leads back to it."""

from __future__ import annotations

import subprocess
import urllib.request

import pytest
from gradio_client import Client

from benchmarks.serving import start_app
from tests.support.pages import picked, tick
from tests.support.proxy import proxied

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def shop():
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("GRADIO_ROOT_PATH", "/shop")
        running = start_app()
    with proxied(running.address, "/shop") as proxy:
        yield proxy
    running.process.terminate()
    running.process.wait(10)


def test_the_page_answers_and_its_links_carry_the_sub_path(shop, browser) -> None:
    page = browser.new_page()
    context = page.context
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    failed: list[str] = []
    page.on("response", lambda r: failed.append(f"{r.status} {r.url}") if r.status >= 400 else None)
    page.goto(f"{shop.address}/?lang=en")
    page.wait_for_selector("html[data-arrived]")  # the page has been told its state
    tick(page, "Soccer Ball")
    sync_api.expect(picked(page)).to_be_visible(timeout=60_000)

    page.locator('[data-do="share"]').click()
    shared = page.evaluate("navigator.clipboard.readText()")
    page.locator(".hood > summary").click()
    page.locator(".hood code").first.wait_for()
    curl = next(code for code in page.locator("#hood code").all_text_contents() if code.startswith("curl"))
    sample = page.locator("#own-shop a[download]").evaluate("link => link.href")
    style = page.locator("link[href*='style.css']").evaluate("link => link.href")
    context.close()

    assert shared.startswith(f"{shop.address}/?") and shared.endswith("items=soccer-ball")
    assert curl.startswith(f"curl -s {shop.address}/api/recommend ")
    for link in (sample, style):
        assert link.startswith(f"{shop.address}/page-files/")
        assert urllib.request.urlopen(link, timeout=10).status == 200
    called = subprocess.run(["bash", "-c", curl], capture_output=True, text=True, timeout=60)
    assert '"recommendations"' in called.stdout
    assert failed == [] and shop.strays == []


def test_a_program_reaches_the_endpoint_through_the_proxy(shop) -> None:
    answer = Client(f"{shop.address}/", verbose=False).predict(["Soccer Ball"], api_name="/recommend")

    assert len(answer["recommendations"]) == 5


def test_behind_a_proxy_that_ends_tls_the_card_of_a_shared_link_has_the_public_address(app) -> None:
    forwarded = {"X-Forwarded-Host": "shop.example", "X-Forwarded-Proto": "https"}

    page = urllib.request.urlopen(urllib.request.Request(app.address, headers=forwarded), timeout=10).read().decode()

    assert '<meta property="og:url" content="https://shop.example/" />' in page
    assert 'content="https://shop.example/page-files/social-card.png"' in page
