"""A page that is loaded again goes on where the visitor was, also if they left it in the middle of something."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from recommender.shop.paths import DATA
from tests.support.pages import GOALKEEPER, REQUESTS, idle, list_ticked, open_tab, read_body, search, tick

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
expect = sync_api.expect
START = "?lang=en&items=soccer-ball"


def type_into(page, form: str, text: str) -> None:
    field = page.locator(f'[data-form="{form}"] input')
    field.fill(text)
    field.press("Enter")


def upload(page) -> None:
    page.locator("[data-upload]").set_input_files(DATA / "sample_shop.csv")


def wait_until_arrived(page) -> None:
    page.wait_for_selector("html[data-arrived]")
    idle(page)


@contextmanager
def losing(page, kind: str) -> Iterator[None]:
    """Lose the event of a kind that is sent within the block; a later one passes."""
    lost: list = []

    def take(route) -> None:
        event = read_body(route.request)["event"]
        if lost or not event or event["kind"] != kind:
            route.continue_()
        else:
            lost.append(route)

    page.route(REQUESTS, take)
    yield
    while not lost:
        page.wait_for_timeout(20)


EVENTS = {  # kind -> how to cause it, and the address that it leads to
    "add": (lambda page: type_into(page, "add", "Chess Board"), "?lang=en&add=Chess+Board&items=soccer-ball"),
    "find": (lambda page: type_into(page, "find", "puck"), "?lang=en&items=soccer-ball,hockey-puck"),
    "upload": (upload, "?lang=en&shop=own"),
}
# Playwright cannot use a page that is about to be replaced: the page does it itself.
DURING_RELOAD = {
    "add": """const form = document.querySelector("[data-form=add]");
        form.querySelector("input").value = "Chess Board";
        form.requestSubmit();""",
    "find": """const form = document.querySelector("[data-form=find]");
        form.querySelector("input").value = "puck";
        form.requestSubmit();""",
    "upload": """const files = new DataTransfer();
        files.items.add(new File(["name\\nPen\\nCap\\n"], "shop.csv"));
        const input = document.querySelector("[data-upload]");
        input.files = files.files;
        input.dispatchEvent(new Event("change", { bubbles: true }));""",
    "tick": "document.querySelector('input[value=hockey-puck]').click();",
    "language": """const select = document.querySelector("select[data-choose=language]");
        select.value = "de";
        select.dispatchEvent(new Event("change", { bubbles: true }));""",
}
ENDS = {kind: end for kind, (_, end) in EVENTS.items()} | {
    "tick": "?lang=en&items=soccer-ball,hockey-puck",
    "language": "?lang=de&items=soccer-ball",
}
# Reload the page, do something, and say so once the address has changed.
RELOAD = """([script, end]) => {
  document.documentElement.dataset.old = "";
  setTimeout(() => {
    location.reload();
    setTimeout(() => eval(script), 100);
  });
  const look = setInterval(() => {
    if (!location.href.endsWith(end)) return;
    clearInterval(look);
    console.log("done");
  }, 20);
}"""


@pytest.mark.parametrize("kind", DURING_RELOAD)
def test_what_is_done_while_the_browser_waits_for_the_new_page_is_there_after_it(visit, kind) -> None:
    page = visit(START)
    idle(page)
    held, told = [], []
    page.on("console", lambda message: told.append(message.text))
    page.route(lambda _: True, lambda r: held.append(r) if r.request.is_navigation_request() else r.continue_())

    page.evaluate(RELOAD, [DURING_RELOAD[kind], ENDS[kind]])
    while not (held and told):
        page.wait_for_timeout(20)
    held.pop().continue_()
    page.wait_for_selector("html:not([data-old])")
    wait_until_arrived(page)

    assert page.url.endswith(ENDS[kind])


@pytest.mark.parametrize("kind", EVENTS)
def test_who_leaves_before_the_reply_and_comes_back_finds_what_they_did(visit, kind) -> None:
    do, end = EVENTS[kind]
    page = visit(START)
    idle(page)
    with losing(page, kind):
        do(page)

    page.goto("about:blank")
    page.go_back()
    wait_until_arrived(page)

    assert page.url.endswith(end)


def test_what_was_typed_is_understood_after_two_reloads_in_a_row(visit) -> None:
    page = visit(START)
    idle(page)
    with losing(page, "add"):
        type_into(page, "add", "Chess Board")
    with losing(page, "add"):
        page.reload()

    page.reload()
    wait_until_arrived(page)

    assert page.url.endswith("?lang=en&add=Chess+Board&items=soccer-ball")


def test_back_to_the_page_of_an_earlier_link_leads_to_its_choices_also_after_a_reload(visit) -> None:
    page = visit(START)
    tick(page, "Hockey Puck")
    idle(page)
    page.goto(f"{page.url.partition('?')[0]}?lang=en&items=tennis-ball")
    wait_until_arrived(page)

    page.go_back()
    wait_until_arrived(page)
    assert page.url.endswith("?lang=en&items=soccer-ball,hockey-puck")
    page.reload()
    wait_until_arrived(page)
    assert page.url.endswith("?lang=en&items=soccer-ball,hockey-puck")


def test_a_reload_in_ones_own_shop_keeps_the_basket_of_the_pages_shop(visit) -> None:
    page = visit("?lang=en&items=soccer-ball&add=Soccer+Socks")
    idle(page)
    upload(page)
    tick(page, "Yoga Mat")
    idle(page)

    page.reload()
    wait_until_arrived(page)
    page.get_by_role("button", name="Back to this page’s shop").click()
    idle(page)

    assert page.url.endswith("?lang=en&add=Soccer+Socks&items=soccer-ball")


def test_a_reload_and_the_way_back_to_ones_own_shop_keep_what_was_chosen_in_it(visit) -> None:
    names = ["Yoga Mat", "Soccer Jersey", "Soccer Goal Post", "Soccer Cleats", "Goalie Gloves"]  # of an example, too
    page = visit(START)
    idle(page)
    page.locator("[data-upload]").set_input_files(
        {"name": "shop.csv", "mimeType": "text/csv", "buffer": "\n".join(["name", *names]).encode()}
    )
    tick(page, "Yoga Mat")
    type_into(page, "add", "Chess Board")
    idle(page)
    tick(page, "Chess Board")
    open_tab(page, 1)
    page.locator(f'[data-do=story-basket][data-items="{GOALKEEPER.replace(",", " ")}"]').click()
    idle(page)

    def expect_choices() -> None:
        wait_until_arrived(page)
        assert page.url.endswith("/?lang=en&shop=own&tab=football")
        open_tab(page, 1)
        expect(page.locator("[data-do=story-basket][aria-pressed=true]")).to_have_attribute(
            "data-items", GOALKEEPER.replace(",", " ")
        )
        assert sorted(list_ticked(page)) == ["chess-board", "yoga-mat"]

    page.reload()
    expect_choices()
    page.goto(f"{page.url.partition('?')[0]}?lang=en&items=tennis-ball")
    wait_until_arrived(page)
    tick(page, "Hockey Puck")
    idle(page)
    page.go_back()
    expect_choices()


def test_what_is_ticked_in_ones_own_shop_while_the_browser_waits_for_the_new_page_is_there_after_it(visit) -> None:
    page = visit(START)
    idle(page)
    upload(page)
    tick(page, "Yoga Mat")
    idle(page)
    held, told = [], []
    page.on("console", lambda message: told.append(message.text))
    page.route(lambda _: True, lambda r: held.append(r) if r.request.is_navigation_request() else r.continue_())

    page.evaluate(RELOAD, ["document.querySelector('input[value=yoga-block]').click(); console.log('done');", "#none"])
    while not (held and told):
        page.wait_for_timeout(20)
    held.pop().continue_()
    page.wait_for_selector("html:not([data-old])")
    wait_until_arrived(page)

    assert list_ticked(page) == ["yoga-mat", "yoga-block"]


def test_a_reload_on_another_tab_keeps_the_language_and_the_example_of_the_story(visit) -> None:
    page = visit(START)
    open_tab(page, 1)
    page.get_by_text("French", exact=True).first.click()
    example = page.locator("[data-do=story-basket]").nth(1)
    items = example.get_attribute("data-items").replace(" ", ",")
    example.click()
    open_tab(page, 0)

    page.reload()
    wait_until_arrived(page)

    assert page.url.endswith(f"?lang=en&tale=fr&story={items}&items=soccer-ball")


def test_a_reload_keeps_the_question_and_what_was_open_below_the_answer(visit) -> None:
    page = visit(START)
    idle(page)
    page.locator("[data-choose=why_not]").select_option("hockey-puck")
    page.locator('[data-fold="hood"] > summary').click()
    idle(page)

    page.reload()
    wait_until_arrived(page)

    expect(page.locator(".why-not-answer")).to_contain_text("Hockey Puck: number")
    expect(page.locator("[data-choose=why_not]")).to_have_value("hockey-puck")
    expect(page.locator('[data-fold="hood"]')).to_have_attribute("open", "")


@pytest.mark.parametrize(
    ("form", "text", "place", "end"),
    [
        ("find", "puck, unicorn", "basket", "?lang=en&items=soccer-ball,hockey-puck"),
        ("add", "Soccer Socks", "add", "?lang=en&add=Soccer+Socks&items=soccer-ball"),
    ],
)
def test_what_was_typed_before_a_reload_is_understood_after_it_and_only_once(visit, form, text, place, end) -> None:
    page = visit("?lang=en&items=soccer-ball")
    idle(page)
    field = page.locator(f'[data-form="{form}"] input')
    field.fill(text)
    with losing(page, form):
        field.press("Enter")

    page.reload()
    expect(page.locator(f"#said-{place}")).to_contain_text(text.rpartition(" ")[2])
    idle(page)
    assert page.url.endswith(end)

    page.reload()
    page.wait_for_selector("html[data-arrived]")
    idle(page)
    assert page.url.endswith(end)
    expect(page.locator(f"#said-{place}")).to_be_empty()


def test_what_was_typed_is_not_understood_on_the_page_of_another_link(visit) -> None:
    page = visit("?lang=en&items=soccer-ball")
    idle(page)
    with losing(page, "find"):
        search(page, "puck")

    page.goto(f"{page.url.partition('?')[0]}?lang=en&items=tennis-ball")
    page.wait_for_selector("html[data-arrived]")
    idle(page)

    assert page.url.endswith("?lang=en&items=tennis-ball")
