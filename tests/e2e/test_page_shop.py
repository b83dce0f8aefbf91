"""A visitor opens a shop of their own on the page, and goes back to the page's."""

from __future__ import annotations

import pytest

from recommender.shop.paths import DATA
from recommender.ui.uploaded_shop import MAX_BYTES
from tests.support.pages import REQUESTS, holding, idle, list_ticked, picked, tick

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


def test_no_link_and_no_request_names_what_is_chosen_in_an_own_shop(visit) -> None:
    page = visit("?lang=ar&route=translate&translator=phrasebook")
    open_fold(page)
    upload(page, b"name\nAlice Smith's Custom Shoes\nBob's Cap\n")
    tick(page, "Alice Smith's Custom Shoes")
    page.locator('[data-form="add"] input').fill("Carol's Gloves")
    page.locator('[data-form="add"] input').press("Enter")
    idle(page)
    addresses = []
    page.on("request", lambda request: addresses.extend([request.url, request.headers.get("referer", "")]))

    page.locator('[data-do="share"]').click()
    expect(page.locator('[data-do="share"].done')).to_be_visible()
    addresses += [page.url, page.evaluate("navigator.clipboard.readText()")]
    assert page.url.endswith("/?lang=ar&route=translate&translator=phrasebook&shop=own")
    page.reload()
    page.wait_for_selector("html[data-arrived]")
    idle(page)

    expect(page.get_by_role("checkbox", name="Alice Smith's Custom Shoes", exact=True)).to_be_checked()
    expect(page.get_by_role("checkbox", name="Carol's Gloves", exact=True)).to_be_visible()
    assert not [address for address in addresses for name in ("alice", "bob", "carol") if name in address.casefold()]


def test_a_copy_of_the_browsers_tab_has_the_own_shop_and_what_is_chosen_in_it(visit) -> None:
    page = visit("?lang=en")
    open_fold(page)
    upload(page)
    tick(page, "Yoga Mat")
    idle(page)

    with page.expect_popup() as opened:
        page.evaluate("window.open(location.href)")  # which copies what the tab stores, as "Duplicate tab" does
    copy = opened.value
    copy.wait_for_selector("html[data-arrived]")
    idle(copy)

    assert list_ticked(copy) == ["yoga-mat"]
    tick(copy, "Yoga Block")
    idle(copy)
    copy.close()
    page.reload()
    page.wait_for_selector("html[data-arrived]")
    idle(page)
    assert list_ticked(page) == ["yoga-mat"]


def test_an_old_link_that_names_products_of_an_own_shop_opens_where_it_is_and_where_it_is_not(visit) -> None:
    query = "?lang=en&shop=own&story=yoga-mat&add=Chess+Board&items=yoga-mat,alice-s-shoes"
    friend = visit(query)
    expect(friend.locator("#said-arrival")).to_contain_text("opened from a file")
    assert list_ticked(friend) == []
    page = visit("?lang=en")
    open_fold(page)
    upload(page)
    idle(page)

    page.goto(f"{page.url.partition('?')[0]}{query}")
    page.wait_for_selector("html[data-arrived]")
    idle(page)

    assert list_ticked(page) == ["yoga-mat"]
    expect(page.locator("#said-arrival")).to_contain_text("alice-s-shoes")
    assert page.url.endswith("/?lang=en&shop=own")


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
    expect(page.get_by_role("checkbox")).to_have_count(36)
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


def test_who_leaves_their_own_shop_finds_the_pages_as_they_left_it(visit) -> None:
    page = visit("?lang=en&items=tennis-ball&add=Soccer+Socks")
    open_fold(page)
    upload(page)
    tick(page, "Yoga Mat")
    upload(page, b"name\nPen\nCap\n")  # one shop after the other
    tick(page, "Pen")

    page.get_by_role("button", name="Back to this page’s shop").click()

    expect(page.get_by_role("checkbox")).to_have_count(36)
    expect(page.get_by_role("checkbox", checked=True)).to_have_count(1)
    expect(page.get_by_role("checkbox", name="Tennis Ball", exact=True)).to_be_checked()
    page.wait_for_url("**/?lang=en&add=Soccer+Socks&items=tennis-ball")


def test_the_notice_of_an_opened_shop_stays_whole_in_another_language(visit) -> None:
    page = visit("?lang=en&items=tennis-ball")
    open_fold(page)
    upload(page, b"name\nPen\n{}\n")
    expect(page.locator("#said-basket")).to_contain_text("Not loaded")

    page.get_by_role("combobox", name="Language").select_option("fr")

    expect(page.locator("#said-basket")).to_contain_text("Votre boutique est ouverte : 1 article.")
    expect(page.locator("#said-basket")).to_contain_text("Lignes ignorées : ligne 3 : « {} »")
    page.locator("#said-basket").get_by_role("button", name="Annuler").click()
    expect(page.get_by_role("checkbox", name="Balle de tennis", exact=True)).to_be_checked()


def test_a_shop_is_there_with_its_message_although_a_box_was_ticked_meanwhile(visit) -> None:
    page = visit("?lang=en")
    open_fold(page)
    held, over = [], []
    page.route(REQUESTS, lambda route: route.continue_() if over else held.append(route))

    upload(page)
    tick(page, "Soccer Cleats")
    while len(held) < 2:  # the event, and the answer to the tick
        page.wait_for_timeout(20)
    held.pop(0).continue_()
    expect(page.locator("#said-basket")).to_contain_text("Your shop is open")

    expect(page.get_by_role("checkbox")).to_have_count(12)
    over.append(True)
    for route in held:
        route.continue_()
    idle(page)
    assert page.url.endswith("/?lang=en&shop=own")


@pytest.mark.parametrize("button", ["back", "undo"])
def test_the_shelf_of_a_shop_that_was_left_takes_no_more_ticks(visit, button) -> None:
    page = visit("?lang=en&items=tennis-ball")
    open_fold(page)
    upload(page)
    expect(page.get_by_role("checkbox")).to_have_count(12)
    idle(page)

    with holding(page, lambda body: True):
        page.locator(f'[data-do="{button}"]:visible').click()
        page.locator("#shelf input").first.click()
        expect(page.get_by_role("checkbox", checked=True)).to_have_count(0)
    idle(page)

    assert page.url.endswith("/?lang=en&items=tennis-ball")
    expect(page.locator("[data-count]")).to_have_text("Ticked: 1 of 35")


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
