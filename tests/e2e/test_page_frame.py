"""The page in a frame of another page, as a Space shows it: a reload of the outer page keeps the choices."""

from __future__ import annotations

import html
from http.server import BaseHTTPRequestHandler

import pytest

from recommender.shop.paths import DATA
from tests.support.pages import idle, tick
from tests.support.servers import on_loopback

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
expect = sync_api.expect


class Outer(BaseHTTPRequestHandler):
    """Serves a page whose frame shows the app, with the parameters of its own address and one that changes."""

    app: str
    loads = 0

    def do_GET(self) -> None:
        """Send the page."""
        type(self).loads += 1
        query = self.path.partition("?")[2]
        source = html.escape(f"{self.app}/?{query}&__sign={self.loads}")
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(f'<iframe src="{source}" width="1200" height="800"></iframe>'.encode())

    def log_message(self, *args: object) -> None:
        """Log nothing."""


@pytest.fixture(scope="module")
def outer(app):
    """Yield the address of the outer page, on the app's site: a test's browser stores nothing for another site's."""
    with on_loopback(Outer, app=app.address) as address:
        yield address


@pytest.fixture
def page(browser, warm):
    page = browser.new_page(viewport={"width": 1280, "height": 900}, locale="en-US")
    yield page
    page.close()


def enter(page):
    """Return the frame once the app's page in it is idle."""
    (frame,) = page.main_frame.child_frames
    idle(frame)
    return frame


def test_a_reload_of_the_outer_page_keeps_the_choices_and_a_new_link_wins(page, outer) -> None:
    page.goto(f"{outer}/?lang=en&items=soccer-ball")
    frame = enter(page)
    tick(frame, "Tennis Ball")
    frame.locator('[data-choose="language"]').select_option("ar")
    idle(frame)

    page.reload()
    frame = enter(page)
    assert frame.evaluate("document.documentElement.lang") == "ar"
    ticked = frame.locator("#shelf input:checked").evaluate_all("(boxes) => boxes.map((box) => box.value)")
    assert set(ticked) == {"soccer-ball", "tennis-ball"}

    page.goto(f"{outer}/?lang=en&items=hockey-puck")
    frame = enter(page)
    expect(frame.locator("#shelf input:checked")).to_have_attribute("value", "hockey-puck")


def test_a_reload_of_the_outer_page_keeps_the_visitors_own_shop(page, outer) -> None:
    page.goto(f"{outer}/?lang=en")
    frame = enter(page)
    frame.locator('[data-fold="shop"] > summary').click()
    frame.locator("[data-upload]").set_input_files(DATA / "sample_shop.csv")
    tick(frame, "Yoga Mat")
    idle(frame)

    page.reload()

    expect(enter(page).get_by_role("checkbox", name="Yoga Mat", exact=True)).to_be_checked()
