"""The page of an operator's shop: products that have no box on the shelf, and an inventory that changes meanwhile."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from recommender.ui.page import Page
from recommender.ui.shelf import MAX_SHELF
from tests.support.pages import idle, picked, served, tick

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
expect = sync_api.expect
pytestmark = pytest.mark.slow
PRODUCTS = [(f"tool-{n}", f"Tool {n}", "hardware") for n in range(MAX_SHELF + 2)]
FIRST, SECOND = "tool-200", "tool-201"  # they have to be searched for


def write_inventory(shop: Path, products: list[tuple[str, str, str]]) -> None:
    part = shop / "inventory.part"
    with part.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("id", "name", "sport"), *products])
    part.replace(shop / "inventory.csv")


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """Yield the folder and the address of a shop whose last two products have no box on the shelf."""
    folder = tmp_path_factory.mktemp("tools")
    write_inventory(folder, PRODUCTS)
    with served(Page(shop=folder)) as address:
        yield folder, address


@pytest.fixture
def page(shop, browser):
    folder, address = shop
    write_inventory(folder, PRODUCTS)
    page = browser.new_page()
    page.goto(f"{address}/?lang=en&items=tool-0,{FIRST},{SECOND}")
    expect(picked(page)).to_be_visible(timeout=60_000)
    idle(page)
    yield page
    page.close()


def read_boxes(page) -> dict[str, bool]:
    boxes = page.locator("#chosen input").all()
    return {box.get_attribute("value"): box.is_checked() for box in boxes}


def test_a_second_click_at_the_same_place_ticks_the_found_product_again(page) -> None:
    place = page.locator("#chosen .item").first.bounding_box()
    x, y = place["x"] + place["width"] / 2, place["y"] + place["height"] / 2

    page.mouse.click(x, y)
    idle(page)
    assert read_boxes(page) == {FIRST: False, SECOND: True}
    page.mouse.click(x, y)
    idle(page)

    assert read_boxes(page) == {FIRST: True, SECOND: True}


def test_the_focus_stays_on_the_found_product_that_the_keyboard_has_unticked(page) -> None:
    page.locator("#chosen input").first.focus()

    page.keyboard.press("Space")
    idle(page)

    assert page.evaluate("document.activeElement.value") == FIRST
    page.keyboard.press("Space")
    idle(page)
    assert read_boxes(page) == {FIRST: True, SECOND: True}


def test_clearing_the_basket_takes_the_boxes_of_found_products_away(page) -> None:
    page.locator("#chosen input").first.click()
    idle(page)

    page.locator("[data-do=clear]").click()
    idle(page)

    assert read_boxes(page) == {}


def test_with_a_new_inventory_the_next_tick_draws_its_shelf_and_names_what_is_gone(page, shop) -> None:
    write_inventory(shop[0], [("tape", "Masking Tape", "hardware"), *PRODUCTS[1:]])

    tick(page, "Tool 1")
    expect(page.get_by_role("checkbox", name="Masking Tape", exact=True)).to_be_visible()
    idle(page)

    expect(page.get_by_role("checkbox", name="Tool 0", exact=True)).to_have_count(0)
    expect(page.get_by_role("checkbox", name="Tool 1", exact=True)).to_be_checked()
    expect(page.locator("#said-basket")).to_contain_text("tool-0")
    expect(page.locator("#answer")).to_have_attribute("data-basket", f"tool-1 {FIRST} {SECOND}")
    assert page.url.endswith(f"&items=tool-1,{FIRST},{SECOND}")
