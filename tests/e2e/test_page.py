"""What visitors do on the page, in a real Chromium."""

from __future__ import annotations

import re

import pytest

from recommender import Catalog, load
from recommender.ui.strings import strings
from tests.support.pages import GOALKEEPER, picked, search, tab, take_offer, tick

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
expect = sync_api.expect
INVENTORY = Catalog.load()


def test_the_first_view_offers_the_whole_shelf_and_baskets_to_start_from(visit) -> None:
    page = visit()

    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert page.get_by_role("checkbox").count() == 35
    assert page.locator("#shelf .example").count() == 5
    expect(page.get_by_role("heading", name="Nothing ticked yet")).to_be_visible()
    assert page.title() == f"T5 Recommender: {strings('en')('page.headline')}"


def test_a_tick_updates_the_answer_without_a_button(visit) -> None:
    page = visit()

    tick(page, "Soccer Ball")
    expect(picked(page)).to_be_visible()
    expect(page.locator(".bars > li")).to_have_count(5)
    expect(page.locator("#answer")).to_have_attribute("data-basket", "soccer-ball")
    expect(page.locator(".pick")).to_contain_text("For your basket: Soccer Ball")
    page.get_by_role("checkbox", name="Soccer Ball", exact=True).uncheck()
    expect(page.get_by_role("heading", name="Nothing ticked yet")).to_be_visible()


def test_after_one_item_both_next_purchases_are_shown_without_certainty(visit) -> None:
    page = visit("?lang=en&items=tennis-racket")

    expect(page.locator(".readings li")).to_have_count(2)
    expect(page.locator(".readings")).to_contain_text("Tennis – to complete your kit: Tennis ")
    expect(page.locator(".readings")).to_contain_text("the same kind of gear for another sport")
    expect(page.locator(".pick")).not_to_contain_text("sure")


def test_the_pick_can_be_taken_and_given_back(visit) -> None:
    page = visit("?lang=en&items=soccer-ball,soccer-jersey")
    expect(picked(page)).to_be_visible()
    pick = picked(page).inner_text()

    page.locator(".pick").get_by_role("button", name=re.compile(f"I have it ?: {pick}")).click()

    expect(page.get_by_role("checkbox", name=pick, exact=True)).to_be_checked()
    expect(page.locator("#answer")).to_be_focused()
    page.locator("input[name=product]").fill("Soccer Whistle")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Remove Soccer Whistle")).to_be_visible()
    page.locator("#said-answer").get_by_role("button", name="Undo").click()  # still offered
    expect(page.get_by_role("checkbox", name=pick, exact=True)).not_to_be_checked()
    expect(picked(page)).to_have_text(pick)


def test_a_name_among_the_best_asks_why_it_is_not_the_pick(visit) -> None:
    page = visit("?lang=en&items=soccer-ball")
    second = page.locator(".bars .bar-name bdi").nth(1).inner_text()

    page.locator(".bars .bar-name").nth(1).click()

    expect(page.locator(".why-not-answer")).to_contain_text(f"{second}: number 2")
    expect(page.get_by_role("combobox", name="Why not")).to_be_focused()


def test_of_many_quick_ticks_the_last_one_is_answered(visit) -> None:
    page = visit()
    names = ["Soccer Jersey", "Soccer Ball", "Soccer Cleats", "Goalie Gloves", "Soccer Cones", "Soccer Shorts"]
    best = [ranked.name for ranked in load().recommend(names).recommendations]

    for name in names:
        tick(page, name)

    for place, name in enumerate(best):
        expect(page.locator(".bars > li .bar-name bdi").nth(place)).to_have_text(name)


def test_an_example_fills_the_page_in_one_click(visit) -> None:
    page = visit()

    page.get_by_role("button", name="The goalkeeper").click()

    expect(picked(page)).to_be_visible()
    assert page.get_by_role("checkbox", checked=True).count() == 4


def test_a_visitor_who_owns_everything_is_congratulated(visit) -> None:
    page = visit("?lang=fr&items=" + ",".join(item.id for item in INVENTORY))

    expect(page.get_by_role("heading", name="Toute la boutique est à vous")).to_be_visible()


def test_the_language_changes_everything_keeps_the_ticks_and_is_remembered(visit) -> None:
    page = visit()
    tick(page, "Soccer Ball")
    expect(picked(page)).to_be_visible()

    page.get_by_role("combobox", name="Language").select_option("ar")

    expect(page.get_by_role("checkbox", name="كرة قدم", exact=True)).to_be_checked()
    assert page.evaluate("[document.documentElement.lang, document.documentElement.dir]") == ["ar", "rtl"]
    box, text = page.locator(".bars .bar-name").first.bounding_box(), page.locator(".bar-figure").first.bounding_box()
    assert box["x"] > text["x"]  # names on the right, figures on the left
    expect(page.locator('input[name="route"][value="native"]')).to_be_checked()
    page.goto(page.url.partition("?")[0])
    expect(page.get_by_role("checkbox", name="كرة قدم", exact=True)).to_be_visible()


def test_a_route_that_was_chosen_stays_in_another_language_and_a_default_gives_way(visit) -> None:
    page = visit("?lang=en&items=soccer-ball")
    language = page.locator("[data-choose=language]")

    language.select_option("fr")
    expect(page.locator('input[value="native"]')).to_be_checked()
    page.locator('input[value="direct"]').check()
    for code in ("en", "de"):
        language.select_option(code)
        expect(page.locator("html")).to_have_attribute("lang", code)

    expect(page.locator('input[value="direct"]')).to_be_checked()
    page.wait_for_url("**/?lang=de&route=direct&items=soccer-ball")


def test_the_browsers_language_is_the_first_guess(visit) -> None:
    page = visit("", locale="de-AT")

    expect(page.get_by_role("checkbox", name="Fußball", exact=True)).to_be_visible()


def test_a_link_opens_its_state_and_the_address_follows_the_visitor(visit) -> None:
    page = visit(f"?items={GOALKEEPER}&lang=ar&route=translate&translator=phrasebook")

    expect(picked(page)).to_be_visible()
    assert page.get_by_role("checkbox", checked=True).count() == 4
    expect(page.locator('input[name="route"][value="translate"]')).to_be_checked()
    page.locator('input[value="soccer-ball"]').check()
    page.wait_for_url("**items=*soccer-ball*")
    page.locator('[data-do="share"]').click()
    assert page.evaluate("navigator.clipboard.readText()") == page.url


def test_bad_parameters_are_ignored_with_a_notice(visit) -> None:
    page = visit("?items=soccer-ball,unicorn&lang=en&route=teleport")

    expect(page.locator("#said-arrival")).to_contain_text("unicorn")
    expect(page.get_by_role("checkbox", name="Soccer Ball", exact=True)).to_be_checked()


def test_translation_shows_the_lost_sport_and_the_glossary_loses_nothing(visit) -> None:
    page = visit(f"?items={GOALKEEPER}&lang=ar&route=translate&translator=phrasebook")

    expect(page.locator(".trace .toll.lost").first).to_be_visible()
    expect(page.locator(".trace tr.changed").first).to_contain_text("Football Jersey")
    page.locator('input[name="route"][value="glossary"]').check()
    expect(page.locator(".trace .toll.safe")).to_have_count(2)
    expect(page.locator(".trace .toll.lost")).to_have_count(0)


def test_under_the_hood_is_the_prompt_and_it_stays_open(visit) -> None:
    page = visit("?lang=en&items=soccer-ball")
    expected = load().recommend(["Soccer Ball"]).question.prompt

    page.locator(".hood > summary").click()

    expect(page.locator(".hood pre").first).to_have_text(expected)
    expect(page.locator(".hood .raw")).not_to_be_empty()
    page.locator('.hood [data-do="copy"]').first.click()
    assert page.evaluate("navigator.clipboard.readText()") == expected
    tick(page, "Soccer Jersey")
    expect(page.locator(".hood pre").first).to_contain_text("{Soccer Ball, Soccer Jersey}")
    expect(page.locator(".hood pre").first).to_be_visible()


def test_the_keyboard_opens_the_hood_which_is_filled_then_and_keeps_the_focus(visit) -> None:
    page = visit("?lang=en&items=soccer-ball")
    expect(picked(page)).to_be_visible()
    expect(page.locator(".hood code")).to_have_count(0)  # nothing is told for a closed fold

    page.locator(".hood > summary").focus()
    page.keyboard.press("Enter")

    expect(page.locator(".hood .raw")).to_be_visible()
    expect(page.locator(".hood > summary")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".hood .raw")).to_be_hidden()
    tick(page, "Soccer Jersey")
    expect(page.locator(".hood code")).to_have_count(0)


def test_typing_offers_products_at_once_and_a_click_ticks_one(visit) -> None:
    page = visit("?lang=en&items=tennis-ball")
    box = page.get_by_role("searchbox")

    box.press_sequentially("tenn")
    offers = page.get_by_role("group", name="Products that this may mean").get_by_role("button")
    expect(offers.filter(has_text="Tennis Racket")).to_be_visible()
    expect(offers.filter(has_text="Tennis Ball")).to_have_count(0)  # it is owned
    offers.filter(has_text="Tennis Racket").click()

    expect(page.get_by_role("checkbox", name="Tennis Racket")).to_be_checked()
    expect(box).to_have_value("")
    expect(offers).to_have_count(0)


def test_the_box_for_new_products_names_one_of_the_baskets_sport(visit) -> None:
    page = visit("?lang=en&items=tennis-racket")
    field = page.get_by_role("textbox", name="Name of a new product")

    expect(field).to_have_attribute("placeholder", re.compile("^Tennis "))
    page.get_by_role("checkbox", name="Tennis Racket").uncheck()
    tick(page, "Hockey Puck")
    expect(field).to_have_attribute("placeholder", re.compile("^Hockey "))


def test_to_add_nothing_is_to_add_what_the_box_suggests(visit) -> None:
    page = visit("?lang=en&items=tennis-racket")
    field = page.get_by_role("textbox", name="Name of a new product")
    expect(field).to_have_attribute("placeholder", re.compile("^Tennis "))
    suggested = field.get_attribute("placeholder")

    page.locator('[data-form="add"] button').click()

    expect(page.get_by_role("checkbox", name=suggested, exact=True)).to_be_visible()
    expect(field).to_have_attribute("placeholder", " ")


def test_a_new_product_joins_the_shelf_and_the_ranking(visit) -> None:
    page = visit("?lang=en&items=soccer-ball")
    field = page.get_by_role("textbox", name="Name of a new product")

    field.fill("Soccer Socks")
    field.press("Enter")

    expect(page.get_by_role("checkbox", name="Soccer Socks")).to_be_visible()
    expect(page.locator(".newcomers")).to_contain_text("of 35")
    expect(page.locator(".newcomers")).to_contain_text("Shares with your basket: Soccer")
    field.fill("{}")
    field.press("Enter")
    expect(page.locator("#said-add")).to_contain_text("at least one letter")
    expect(field).to_have_value("{}")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_role("checkbox", name="Soccer Socks")).to_be_visible()
    page.get_by_role("button", name="Remove Soccer Socks").click()
    expect(page.get_by_role("checkbox", name="Soccer Socks")).to_have_count(0)


def test_a_sixth_product_is_refused_beside_its_box(visit) -> None:
    page = visit("?lang=en" + "".join(f"&add=Thing+{n}" for n in "abcde"))
    field = page.get_by_role("textbox", name="Name of a new product")

    field.fill("Thing f")
    field.press("Enter")

    expect(page.locator("#said-add")).to_contain_text("5 products can be added")
    assert page.get_by_role("checkbox").count() == 35 + 5


def test_replacing_the_basket_can_be_undone(visit) -> None:
    page = visit("?lang=en&items=hockey-puck,tennis-ball")

    page.get_by_role("button", name="The goalkeeper").click()
    expect(page.get_by_role("checkbox", checked=True)).to_have_count(4)
    page.locator("#said-basket").get_by_role("button", name="Undo").click()

    expect(page.get_by_role("checkbox", checked=True)).to_have_count(2)
    expect(page.get_by_role("checkbox", name="Hockey Puck", exact=True)).to_be_checked()
    expect(page.locator("#said-basket")).to_be_empty()


def test_a_repeated_message_is_announced_again(visit) -> None:
    page = visit()
    box = page.get_by_role("searchbox")
    box.fill("unicorn")
    box.press("Enter")
    expect(page.locator("#said-basket")).to_contain_text("unicorn")
    page.evaluate(
        """() => {
          window.changes = 0;
          const count = new MutationObserver(() => { window.changes += 1; });
          count.observe(document.getElementById("said-basket"), { childList: true });
        }"""
    )

    box.press("Enter")

    page.wait_for_function("window.changes >= 2")  # taken away, and told again
    expect(page.locator("#said-basket")).to_contain_text("unicorn")


def test_a_link_opens_a_tab_and_the_address_follows_to_another(visit) -> None:
    page = visit("?lang=en&tab=football&tale=de")

    expect(page.locator(".steps li").first).to_contain_text("Fußball")
    tab(page, 2)
    page.wait_for_url("**tab=results*")
    page.reload()
    expect(page.get_by_role("tab").nth(2)).to_have_attribute("aria-selected", "true")


def test_why_not_tells_a_candidates_place(visit) -> None:
    page = visit("?lang=en&items=soccer-ball")

    page.get_by_role("combobox", name="Why not").select_option("tennis-racket")

    expect(page.locator(".why-not-answer")).to_contain_text(re.compile(r"Tennis Racket: number \d+ of 34"))
    tick(page, "Tennis Racket")
    expect(page.locator(".why-not-answer")).to_have_text("")
    page.wait_for_function("document.querySelector('[data-choose=why_not]').selectedIndex === 0")  # "Pick a product"


def test_a_word_with_two_meanings_gets_a_question_and_the_answer_is_ticked(visit) -> None:
    page = visit("?lang=fr")

    search(page, "football")
    take_offer(page, "Ballon de football")
    expect(page.get_by_role("checkbox", name="Ballon de football", exact=True)).to_be_checked()
    box = search(page, "tennis racket")
    expect(page.get_by_role("checkbox", name="Raquette de tennis")).to_be_checked()
    expect(box).to_be_focused()
    search(page, "unicorn")
    expect(page.locator("#said-basket")).to_contain_text("unicorn")
    expect(box).to_have_value("unicorn")  # to be mended
    box.press("Backspace")
    expect(page.locator("#said-basket")).to_be_empty()


def test_the_football_story_shows_the_loss_in_arabic_and_none_in_basketball(visit) -> None:
    page = visit()
    tab(page, 1)

    expect(page.locator(".steps li")).to_have_count(4)
    expect(page.locator(".verdict-line")).to_have_class(re.compile("lost"))
    expect(page.locator(".steps li").nth(1).locator(".sport-football").first).to_be_visible()
    expect(page.locator(".story tbody tr")).to_have_count(4)
    page.locator(".story").get_by_role("button", name="Hoops fan").click()
    expect(page.locator(".verdict-line")).to_have_class(re.compile("safe"))
    assert (
        page.get_by_role("checkbox", checked=True, include_hidden=True).count() == 0
    )  # the visitor's basket is theirs
    page.get_by_text("German", exact=True).first.click()
    expect(page.locator(".steps li").first).to_contain_text("Basketballtrikot")


def test_the_tabs_results_and_how_it_works_have_content(visit) -> None:
    page = visit()
    tab(page, 2)
    expect(page.get_by_role("heading", name="What it cannot do")).to_be_visible()
    expect(page.locator(".results .bars > li").first).to_be_visible()
    expect(page.locator(".results details table").first).to_be_attached()
    tab(page, 3)
    expect(page.locator(".how .flow > li")).to_have_count(4)
