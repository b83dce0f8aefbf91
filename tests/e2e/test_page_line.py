"""The page on a bad line: a first request that fails, and replies that come late."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from recommender import Catalog
from recommender.shop.paths import DATA
from recommender.ui.strings import strings
from tests.support.pages import REQUESTS, holding, idle, read_body, search, tick

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
expect = sync_api.expect


# Keep the lengths of the pauses before another try, and end these at once or never.
PAUSES = """(ending) => {
  const { setTimeout } = window;
  window.pauses = [];
  window.setTimeout = (call, milliseconds) => {
    if (!(milliseconds >= 3_000 && milliseconds < 60_000)) return setTimeout(call, milliseconds);
    window.pauses.push(milliseconds);
    return ending ? setTimeout(call) : 0;
  };
}"""


@pytest.fixture
def lost(app, browser, warm) -> Iterator:
    """Yield a page whose requests fail from now on."""
    page = browser.new_page(locale="en-US")
    page.goto(f"{app.address}/?lang=en&items=soccer-ball")
    idle(page)
    page.route(REQUESTS, lambda route: route.abort())
    yield page
    page.close()


def is_upload(body: dict[str, Any]) -> bool:
    return bool(body["event"]) and body["event"]["kind"] == "upload"


def test_until_the_server_has_answered_the_loading_page_says_so_and_there_is_nothing_to_tick(app, browser) -> None:
    page = browser.new_page()
    page.route(REQUESTS, lambda route: route.abort())
    page.goto(f"{app.address}/?lang=fr")

    expect(page.get_by_role("status")).to_have_text(strings("fr")("trouble.busy"))
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    expect(page.get_by_role("checkbox")).to_have_count(0)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement === document.body")

    page.unroute(REQUESTS)
    page.wait_for_selector("html[data-arrived]")
    expect(page.get_by_role("checkbox")).to_have_count(35)
    expect(page.locator("#said-line")).to_be_empty()
    page.close()


@pytest.mark.parametrize("event", ["online", "visibilitychange"])
def test_a_page_that_is_connected_or_looked_at_again_asks_at_once(lost, event) -> None:
    lost.evaluate(PAUSES, False)
    tick(lost, "Tennis Ball")
    expect(lost.locator("#said-line")).to_have_text(strings("en")("trouble.busy"))

    lost.unroute(REQUESTS)
    lost.evaluate("(type) => document.dispatchEvent(new Event(type, { bubbles: true }))", event)
    idle(lost)

    expect(lost.locator("#answer")).to_have_attribute("data-basket", "soccer-ball tennis-ball")
    expect(lost.locator("#said-line")).to_be_empty()


def test_the_pause_before_another_try_is_ten_seconds_at_most(lost) -> None:
    lost.evaluate(PAUSES, True)
    tick(lost, "Tennis Ball")
    lost.wait_for_function("pauses.length > 20")

    assert lost.evaluate("Math.max(...pauses)") == 10_000


@pytest.mark.parametrize("button", [".pick [data-do=have]", ".bars [data-do=have] >> nth=1"])
def test_the_product_whose_button_was_clicked_is_taken_although_an_earlier_reply_is_late(visit, button) -> None:
    page = visit("?lang=en&items=soccer-ball")
    idle(page)
    wanted = page.locator(button).get_attribute("data-item-id")
    late = []
    page.route(REQUESTS, lambda route: late.append(route) if is_search(route.request) else route.continue_())

    search(page, "tennis racket")
    page.locator(button).click()
    expect(page.locator("#answer")).to_have_attribute("data-basket", re.compile(wanted))  # the button is another's now
    tick(page, "Hockey Puck")
    late.pop().continue_()
    idle(page)

    ticked = {box.get_attribute("value") for box in page.locator("#shelf input:checked").all()}
    assert ticked == {"soccer-ball", "tennis-racket", "hockey-puck", wanted}


def test_what_was_not_understood_is_told_in_the_language_that_was_chosen_meanwhile(visit) -> None:
    page = visit("?lang=en")
    idle(page)
    late = []
    page.route(REQUESTS, lambda route: late.append(route) if is_search(route.request) else route.continue_())

    search(page, "unicorn")
    page.get_by_role("combobox", name="Language").select_option("ar")
    expect(page.locator("html")).to_have_attribute("lang", "ar")
    late.pop().continue_()
    idle(page)

    expect(page.locator('#said-basket [lang="ar"][dir="rtl"]')).to_contain_text("unicorn")
    expect(page.get_by_role("searchbox")).to_have_attribute("aria-invalid", "true")


def test_the_shop_that_was_opened_is_told_in_the_language_that_was_chosen_meanwhile(visit) -> None:
    page = visit("?lang=en")
    idle(page)
    page.locator('[data-fold="shop"] > summary').click()

    with holding(page, is_upload):
        with page.expect_request(lambda request: REQUESTS.search(request.url) and is_upload(read_body(request))):
            page.locator("[data-upload]").set_input_files(DATA / "sample_shop.csv")
        page.get_by_role("combobox", name="Language").select_option("ar")
        expect(page.locator("html")).to_have_attribute("lang", "ar")
    idle(page)

    expect(page.locator('#said-basket [lang="ar"]')).to_contain_text(strings("ar")("shop.loaded", count=12))


def test_a_second_click_on_add_before_the_next_answer_adds_nothing_that_nobody_typed(visit) -> None:
    page = visit("?lang=en&items=tennis-racket")
    form = page.locator('[data-form="add"]')
    field, button = form.get_by_role("textbox"), form.get_by_role("button")
    expect(field).to_have_attribute("placeholder", re.compile("^Tennis "))  # what adding nothing would add
    idle(page)

    with holding(page, lambda body: "example" in body["parts"]):
        field.fill("Soccer Socks")
        button.click()
        expect(field).to_have_value("")
        button.click()
        field.press("Enter")
    idle(page)

    expect(page.locator(".added .chip")).to_have_count(1)


def test_a_product_that_was_removed_cannot_be_taken_from_the_page_that_still_shows_it(visit) -> None:
    owned = [item.id for item in Catalog.load()][3:]  # so few are left that any product is among the best
    page = visit(f"?lang=en&items={','.join(owned)}&add=Soccer+Whistle")
    idle(page)

    with holding(page, lambda body: True):
        page.locator('[data-do="forget"]').click()
        page.locator('[data-do="have"][data-item-id="soccer-whistle"]').first.click()
        page.locator('input[data-item][value="soccer-whistle"]').click()
    idle(page)

    assert page.url.endswith(f"&items={','.join(owned)}")


def test_the_story_that_is_not_of_the_chosen_language_is_dimmed(visit) -> None:
    page = visit("?lang=en&tab=football&tale=fr")
    steps = page.locator("#story .steps")
    expect(steps).to_be_visible()
    idle(page)

    with holding(page, lambda body: "story" in body["parts"]):
        page.get_by_text("German", exact=True).first.click()
        expect(steps).to_have_css("opacity", "0.55")
    idle(page)

    expect(steps).to_have_css("opacity", "1")


def test_who_has_scrolled_away_from_why_not_is_not_brought_back_by_its_answer(visit) -> None:
    page = visit("?lang=en&items=soccer-ball", viewport={"width": 320, "height": 600}, has_touch=True)
    expect(page.locator(".why-not")).to_be_visible()
    idle(page)

    with holding(page, lambda body: "details" in body["parts"]):
        page.locator("[data-choose=why_not]").select_option("tennis-racket")
        page.evaluate("scrollTo(0, 0)")
    expect(page.locator(".why-not-answer")).to_contain_text("Tennis Racket: number")
    idle(page)

    assert page.evaluate("scrollY") == 0


def is_search(request) -> bool:
    event = read_body(request)["event"]
    return bool(event) and event["kind"] == "find"
