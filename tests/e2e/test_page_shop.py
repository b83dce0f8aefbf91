"""A visitor opens a shop of their own on the page, and goes back to the page's."""

from __future__ import annotations

import pytest

from recommender.shop.paths import DATA
from recommender.ui.uploaded_shop import MAX_BYTES
from tests.support.pages import holding, idle, picked, tick

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
expect = sync_api.expect
SAMPLE = (DATA / "sample_shop.csv").read_bytes()  # 12 products


def open_fold(page) -> None:
    page.locator('[data-fold="shop"] > summary').click()


def upload(page, content: bytes = SAMPLE) -> None:
    page.locator("[data-upload]").set_input_files({"name": "shop.csv", "mimeType": "text/csv", "buffer": content})


def test_an_own_shop_survives_a_reload_and_a_link_of_it_says_what_it_lacks(visit) -> None:
    page = visit()
    open_fold(page)
    upload(page)
    tick(page, "Yoga Mat")
    expect(picked(page)).to_be_visible()

    page.reload()
    expect(page.get_by_role("checkbox", name="Yoga Mat", exact=True)).to_be_checked()
    friend = visit(f"?{page.url.partition('?')[2]}")

    expect(friend.locator("#said-arrival")).to_contain_text("opened from a file")
    assert friend.get_by_role("checkbox").count() == 35


def test_a_visitors_own_shop_replaces_the_shelf_until_they_go_back(visit) -> None:
    page = visit()
    open_fold(page)

    upload(page)

    expect(page.locator("#said-basket")).to_contain_text("Your shop is open: 12 products")
    tick(page, "Yoga Mat")
    expect(picked(page)).to_be_visible()
    assert page.get_by_role("checkbox").count() == 12
    page.get_by_role("button", name="Back to this page’s shop").click()
    expect(page.get_by_role("checkbox")).to_have_count(35)
    expect(page.locator("#said-basket")).to_contain_text("This page’s shop is open again")


def test_opening_a_shop_and_leaving_it_can_be_undone(visit) -> None:
    page = visit("?lang=en&items=tennis-ball&add=Soccer+Socks")
    undo = page.locator("#said-basket").get_by_role("button", name="Undo")
    open_fold(page)

    upload(page)
    expect(page.get_by_role("checkbox")).to_have_count(12)
    undo.click()
    expect(page.get_by_role("checkbox", name="Tennis Ball", exact=True)).to_be_checked()
    expect(page.get_by_role("checkbox", name="Soccer Socks", exact=True)).to_be_visible()

    upload(page)
    tick(page, "Yoga Mat")
    page.get_by_role("button", name="Back to this page’s shop").click()
    expect(page.get_by_role("checkbox")).to_have_count(35)
    undo.click()
    expect(page.get_by_role("checkbox", name="Yoga Mat", exact=True)).to_be_checked()


def test_a_second_tap_on_back_before_the_first_is_answered_leaves_the_undo_of_the_first(visit) -> None:
    page = visit("?lang=en")
    open_fold(page)
    upload(page)
    tick(page, "Yoga Mat")
    idle(page)
    back = page.get_by_role("button", name="Back to this page’s shop")

    with holding(page, lambda body: True):
        back.click()
        back.click()
    expect(page.get_by_role("checkbox")).to_have_count(35)
    expect(page.locator("#said-basket")).to_contain_text("This page’s shop is open again")
    page.locator("#said-basket").get_by_role("button", name="Undo").click()

    expect(page.get_by_role("checkbox", name="Yoga Mat", exact=True)).to_be_checked()


def test_who_opens_a_shop_on_a_phone_is_led_to_its_shelf(visit) -> None:
    page = visit("?lang=en", viewport={"width": 390, "height": 844})
    open_fold(page)

    upload(page)

    expect(page.locator("#shelf-title")).to_be_focused()
    expect(page.locator("#shelf .examples")).to_be_hidden()  # there are none of this shop
    expect(page.locator("#said-basket")).to_contain_text("Your shop is open")
    for shown in (page.locator("#said-basket"), page.get_by_role("button", name="Back to this page’s shop")):
        expect(shown).to_be_in_viewport()


def test_a_fold_that_the_browsers_own_search_has_opened_stays_open(visit) -> None:
    page = visit()
    fold = page.locator('[data-fold="shop"]')

    fold.evaluate("(fold) => { fold.open = true; }")
    tick(page, "Soccer Ball")
    expect(picked(page)).to_be_visible()

    expect(fold).to_have_attribute("open", "")


def test_a_bad_file_is_explained(visit) -> None:
    page = visit()
    open_fold(page)

    for content, reason in (
        (b"name\nYoga \xe9 Mat\n", "Line 2 is not UTF-8"),
        (b"x" * (MAX_BYTES + 10), "larger than 256 KB"),
        (b"title\nYoga Mat\n", "no column called “name”"),
    ):
        upload(page, content)
        expect(page.locator("#said-shop")).to_contain_text(reason)


def test_a_bad_row_is_explained_above_the_shelf_of_the_others(visit) -> None:
    page = visit()
    open_fold(page)
    content = b"name\nYoga Mat\n<b>{forged}</b>\n"

    upload(page, content)

    expect(page.locator("#said-basket")).to_contain_text("Not loaded: row 3: “<b>{forged}</b>”")


def test_a_file_that_the_browser_cannot_read_is_told(visit) -> None:
    page = visit()
    open_fold(page)
    page.evaluate("() => { FileReader.prototype.readAsDataURL = function () { this.onerror(); }; }")

    upload(page)

    expect(page.locator("#said-shop")).to_contain_text("The file could not be read")
