"""The browser's Back and Forward go from tab to tab of the page, and change nothing else."""

from __future__ import annotations

import pytest

from tests.support.pages import REQUESTS, idle, open_tab, settle, tab, tick

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
expect = sync_api.expect


def expect_tab(page, number: int) -> None:
    expect(page.get_by_role("tab").nth(number)).to_have_attribute("aria-selected", "true")


def list_ticked(page) -> set[str]:
    return set(page.locator("#shelf input:checked").evaluate_all("(boxes) => boxes.map((box) => box.value)"))


def test_back_and_forward_go_from_tab_to_tab(visit) -> None:
    page = visit("?lang=en&items=soccer-ball")
    open_tab(page, 2)
    open_tab(page, 3)

    page.go_back()
    expect_tab(page, 2)
    page.go_back()
    expect_tab(page, 0)
    page.go_forward()
    expect_tab(page, 2)
    idle(page)
    assert page.url.endswith("?lang=en&tab=results&items=soccer-ball")


def test_back_leads_to_the_tab_of_the_link_also_after_a_reload(visit) -> None:
    page = visit("?lang=en&tab=football&tale=de")
    open_tab(page, 0)

    page.reload()
    page.wait_for_selector("html[data-arrived]")
    page.go_back()

    expect_tab(page, 1)
    expect(page.locator("#story .steps")).to_be_visible()


def test_back_keeps_what_was_chosen_since(visit) -> None:
    page = visit("?lang=en&items=soccer-ball")
    open_tab(page, 2)
    open_tab(page, 0)
    tick(page, "Tennis Racket")
    page.get_by_role("combobox", name="Language").select_option("ar")
    idle(page)

    page.go_back()
    expect_tab(page, 2)
    idle(page)
    assert page.url.endswith("?lang=ar&tab=results&items=soccer-ball,tennis-racket")
    page.go_back()
    expect_tab(page, 0)
    idle(page)

    assert list_ticked(page) == {"soccer-ball", "tennis-racket"}
    assert page.evaluate("document.documentElement.lang") == "ar"


def test_what_is_chosen_on_one_tab_is_no_step_back(visit) -> None:
    page = visit("?lang=en")
    idle(page)
    steps = page.evaluate("history.length")

    tick(page, "Soccer Ball")
    page.get_by_role("combobox", name="Language").select_option("fr")
    page.locator("#shelf .example").first.click()
    idle(page)

    assert page.evaluate("history.length") == steps


def test_quick_steps_back_while_the_server_is_silent_end_at_the_last_one(visit) -> None:
    page = visit("?lang=en&items=soccer-ball")
    idle(page)
    held = []
    page.route(REQUESTS, lambda route: held.append(route))

    tick(page, "Tennis Racket")
    for number in (1, 2, 3):
        tab(page, number)
    page.evaluate("() => { history.back(); setTimeout(() => history.back(), 100); }")
    expect_tab(page, 1)
    page.evaluate("() => { history.back(); document.querySelector('#shelf input[value=hockey-puck]').click(); }")
    expect_tab(page, 0)
    page.route(REQUESTS, lambda route: route.continue_())  # the handler that was added last is asked first
    for late in held:
        late.continue_()
    idle(page)

    assert list_ticked(page) == {"soccer-ball", "tennis-racket", "hockey-puck"}
    assert page.url.endswith("?lang=en&items=soccer-ball,tennis-racket,hockey-puck")
    page.go_forward()
    expect_tab(page, 1)


def test_each_tab_is_found_again_where_it_was_left(visit) -> None:
    page = visit("?lang=en&items=soccer-ball", viewport={"width": 390, "height": 844})
    idle(page)
    settle(page)
    page.evaluate("scrollTo(0, 500)")
    settle(page)  # the browser notes the place when it paints
    first = page.evaluate("scrollY")
    # without scrolling to it; it is in the history before it is shown, since it may be shorter than the first place
    click = "document.querySelectorAll('#tabs [role=tab]')[2].click(), history.state.tab"
    assert page.evaluate(click) == "results"
    idle(page)
    settle(page)
    page.evaluate("scrollTo(0, 5000)")
    settle(page)
    second = page.evaluate("scrollY")
    assert first > 400 and second > 4000

    # a little more or less, if something above has grown meanwhile
    page.go_back()
    page.wait_for_function("place => Math.abs(scrollY - place) < 60", arg=first)
    page.go_forward()
    page.wait_for_function("place => Math.abs(scrollY - place) < 60", arg=second)
