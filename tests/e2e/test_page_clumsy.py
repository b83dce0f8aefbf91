"""Double clicks, second thoughts and detours: nothing that the visitor chose is lost, and nothing untrue stays."""

from __future__ import annotations

import pytest

from tests.conftest import ROOT
from tests.support.pages import idle, picked, search, tab, take_offer, tick

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
expect = sync_api.expect


def ticked(page) -> set[str]:
    return {box.get_attribute("value") for box in page.locator("#shelf input:checked").all()}


def test_a_double_click_on_clear_can_be_undone(visit) -> None:
    page = visit("?lang=en&items=soccer-ball,tennis-racket")
    page.get_by_role("button", name="Clear").dblclick()
    idle(page)
    assert ticked(page) == set()
    page.get_by_role("button", name="Undo").click()
    idle(page)
    assert ticked(page) == {"soccer-ball", "tennis-racket"}


def test_a_second_clear_leaves_the_undo_of_the_first(visit) -> None:
    page = visit("?lang=en&items=soccer-ball")
    page.get_by_role("button", name="Clear").click()
    idle(page)
    page.get_by_role("button", name="Clear").click()
    idle(page)
    page.get_by_role("button", name="Undo").click()
    idle(page)
    assert ticked(page) == {"soccer-ball"}


@pytest.mark.parametrize("button", ["clear", "example", "forget"])
def test_an_undo_stays_in_another_language(visit, button) -> None:
    page = visit("?lang=en&items=soccer-ball,tennis-racket&add=Soccer+Socks")
    page.locator(f'[data-do="{button}"]').first.click()
    expect(page.locator(".said").get_by_role("button", name="Undo")).to_be_visible()

    page.get_by_role("combobox", name="Language").select_option("fr")
    page.locator(".said").get_by_role("button", name="Annuler").click()
    idle(page)

    assert ticked(page) == {"soccer-ball", "tennis-racket"}
    expect(page.locator(".added .chip")).to_have_text("Soccer Socks ✕")


def test_each_undo_takes_back_its_own_step(visit) -> None:
    page = visit("?lang=en&items=soccer-ball")
    page.locator('[data-do="example"]').first.click()
    expect(page.locator("#said-basket")).to_contain_text("replaced")
    idle(page)  # the pick before may be in the example
    example = ticked(page)
    page.locator(".pick-tools button").click()
    idle(page)
    page.locator("#said-answer").get_by_role("button", name="Undo").click()
    idle(page)
    assert ticked(page) == example
    page.locator("#said-basket").get_by_role("button", name="Undo").click()
    idle(page)
    assert ticked(page) == {"soccer-ball"}


def test_all_unclear_names_of_a_list_are_asked_about_in_turn(visit) -> None:
    page = visit("?lang=en")
    box = search(page, "soccer jersey, ball, gloves, unicorn")
    for name in ("Tennis Ball", "Goalie Gloves"):
        take_offer(page, name)
        idle(page)
    expect(page.locator("#said-basket")).to_contain_text("unicorn")
    expect(box).to_have_value("unicorn")
    assert ticked(page) == {"soccer-jersey", "tennis-ball", "goalie-gloves"}


def test_a_suggestion_while_a_list_is_typed_keeps_its_other_names(visit) -> None:
    page = visit("?lang=en")
    box = page.get_by_role("searchbox")
    box.press_sequentially("tennis racket, jersey, puc")
    page.locator("#offers").get_by_role("button", name="Hockey Puck", exact=True).click()
    take_offer(page, "Soccer Jersey")
    idle(page)
    expect(box).to_have_value("")
    assert ticked(page) == {"hockey-puck", "tennis-racket", "soccer-jersey"}


def test_each_line_of_a_pasted_list_is_a_product(visit) -> None:
    page = visit("?lang=en")
    box = search(page, "puck; unicorn")
    idle(page)
    page.evaluate("navigator.clipboard.writeText('Tennis Ball\\r\\n\\r\\nBasketball Hoop\\n')")
    box.select_text()
    page.keyboard.press("Control+V")
    expect(box).to_have_value("Tennis Ball; Basketball Hoop")
    page.keyboard.press("Enter")
    idle(page)
    assert ticked(page) == {"hockey-puck", "tennis-ball", "basketball-hoop"}


def test_the_end_of_a_pasted_list_that_is_too_long_is_left_out_and_this_is_said(visit) -> None:
    page = visit("?lang=en")
    page.get_by_role("searchbox").focus()
    page.keyboard.insert_text("Soccer Jersey, " * 140 + "Tennis Ball")
    page.keyboard.press("Enter")
    expect(page.locator("#said-basket")).to_contain_text("At most 2,000 characters are read")
    idle(page)
    assert ticked(page) == {"soccer-jersey"}


def test_a_pasted_title_that_is_too_long_for_a_name_is_refused_and_not_cut(visit) -> None:
    page = visit("?lang=en")
    page.get_by_role("textbox", name="Name of a new product").focus()
    page.keyboard.insert_text("Soccer Socks for Kids and Adults in a Pack of Three that reach up to the Knee")
    page.keyboard.press("Enter")
    expect(page.locator("#said-add")).to_contain_text("at most 60 characters")
    idle(page)
    expect(page.get_by_role("checkbox")).to_have_count(35)


def test_a_field_that_was_emptied_by_an_answer_is_not_called_invalid(visit) -> None:
    page = visit("?lang=en")
    box = search(page, "ball")
    take_offer(page, "Tennis Ball")
    idle(page)
    expect(box).to_have_value("")
    assert box.get_attribute("aria-invalid") in (None, "false")


def test_an_own_shop_is_still_there_after_a_detour(visit) -> None:
    page = visit("?lang=en")
    page.locator('[data-fold="shop"] > summary').click()
    page.locator("[data-upload]").set_input_files(ROOT / "data" / "sample_shop.csv")
    tick(page, "Yoga Mat")
    idle(page)
    own, address = page.url, page.url.partition("?")[0]
    page.goto(f"{address}?lang=en&items=soccer-ball")
    expect(picked(page)).to_be_visible()
    page.goto(own)
    expect(page.get_by_role("checkbox", name="Yoga Mat", exact=True)).to_be_checked()
    expect(page.locator("#said-arrival")).to_be_empty()


def test_a_double_click_on_add_says_that_it_was_added(visit) -> None:
    page = visit("?lang=en&items=soccer-ball")
    form = page.locator('[data-form="add"]')
    form.get_by_role("textbox").fill("Soccer Socks")
    form.get_by_role("button").dblclick()
    idle(page)
    expect(page.locator("#said-add .notice")).to_contain_text("Soccer Socks")
    expect(page.locator("#said-add .fine-news")).to_have_count(1)  # not the colours of a warning
    page.locator('[data-do="forget"]').click()
    idle(page)
    expect(page.locator("#said-add")).not_to_contain_text("at the end")  # of the shelf


def test_the_skip_link_leads_to_the_answer_from_every_tab(visit) -> None:
    page = visit("?lang=en&items=soccer-ball&tab=results")
    idle(page)
    page.locator("a.skip").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("tab").first).to_have_attribute("aria-selected", "true")
    expect(page.locator("#answer")).to_be_focused()


def test_the_story_of_a_link_is_told_and_gives_way_to_the_own_basket(visit) -> None:
    page = visit("?lang=en&items=tennis-racket&tab=football&tale=de")
    page.locator('.story [data-do="story-basket"]').last.click()
    idle(page)
    chosen = page.locator('.story [data-do="story-basket"][aria-pressed="true"]').get_attribute("data-items")
    assert chosen
    friend = visit(f"?{page.url.partition('?')[2]}")
    idle(friend)
    assert friend.locator('.story [data-do="story-basket"][aria-pressed="true"]').get_attribute("data-items") == chosen
    friend.get_by_role("button", name="Your basket", exact=True).click()
    expect(friend.locator(".story .steps li").first).to_contain_text("Tennisschläger")


def test_who_leaves_the_story_to_tick_a_basket_finds_its_story_on_the_way_back(visit) -> None:
    page = visit("?lang=en&tab=football&tale=de")
    page.locator('.story [data-do="story-basket"]').last.click()
    page.get_by_role("button", name="Tick your own basket, then come back here").click()
    expect(page.get_by_role("tab").first).to_be_focused()
    tick(page, "Tennis Racket")
    tab(page, 1)
    expect(page.locator(".story .steps li").first).to_contain_text("Tennisschläger")
    expect(page.locator('.story [data-do="own"]')).to_have_count(0)


def test_of_a_list_whose_suggestion_was_clicked_all_that_is_ticked_is_named(visit) -> None:
    page = visit("?lang=en")
    idle(page)
    page.get_by_role("searchbox").fill("tennis racket, hock")

    page.locator("#offers").get_by_role("button", name="Hockey Jersey").click()
    idle(page)

    expect(page.locator("#said-basket")).to_have_text("Ticked: Hockey Jersey, Tennis Racket")
    assert page.url.endswith("?lang=en&items=hockey-jersey,tennis-racket")
