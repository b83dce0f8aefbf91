"""The page on a bad line: a first request that fails, and replies that come late."""

from __future__ import annotations

import re

import pytest

from recommender.ui.strings import strings
from tests.support.pages import REQUESTS, idle, search, tick

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
expect = sync_api.expect


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


def test_what_was_not_understood_is_told_although_the_language_was_changed_meanwhile(visit) -> None:
    page = visit("?lang=en")
    idle(page)
    late = []
    page.route(REQUESTS, lambda route: late.append(route) if is_search(route.request) else route.continue_())

    search(page, "unicorn")
    page.get_by_role("combobox", name="Language").select_option("ar")
    expect(page.locator("html")).to_have_attribute("lang", "ar")
    late.pop().continue_()
    idle(page)

    expect(page.locator('#said-basket [lang="en"][dir="ltr"]')).to_contain_text("unicorn")
    expect(page.get_by_role("searchbox")).to_have_attribute("aria-invalid", "true")


def is_search(request) -> bool:
    event = request.post_data_json["data"]["event"]
    return bool(event) and event["kind"] == "find"
