"""What a screen reader says of the page, and where the keyboard is after a button has gone."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.pages import holding, idle, picked, search, settle, take_offer, tick

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
expect = sync_api.expect
# Of a live region without aria-atomic, a screen reader says what is new or different.
LISTEN = """() => {
  window.spoken = [];
  new MutationObserver((changes) => {
    for (const { type, target, addedNodes } of changes) {
      const element = target.nodeType === Node.ELEMENT_NODE ? target : target.parentElement;
      const texts = type === "characterData" ? [target.data] : [...addedNodes].map((node) => node.textContent);
      const text = texts.join(" ").replace(/\\s+/g, " ").trim();
      if (text && element?.closest("[aria-live]")) window.spoken.push(text);
    }
  }).observe(document.body, { subtree: true, childList: true, characterData: true });
}"""


def listen(page) -> Callable[[], list[str]]:
    """Begin to listen; return a function that returns what was said since it was last called."""
    idle(page)
    page.evaluate(LISTEN)

    def get_spoken() -> list[str]:
        idle(page)
        return page.evaluate("window.spoken.splice(0)")

    return get_spoken


def read(page, selector: str) -> str:
    return " ".join(page.locator(selector).text_content().split())


def count_announced_answers(spoken: list[str]) -> int:
    return sum(text.startswith("Recommended: ") for text in spoken)


def test_a_reply_to_why_not_is_said_whole_and_not_again_after_the_next_tick(visit) -> None:
    page = visit("?lang=en&items=soccer-ball,tennis-ball")
    get_spoken = listen(page)
    question = page.locator("[data-choose=why_not]")

    for asked in ("hockey-puck", "baseball-bat"):
        question.select_option(asked)
        assert get_spoken() == [read(page, ".why-not-answer")]
    tick(page, "Basketball")

    assert [text[:11] for text in get_spoken()] == ["Recommended"]
    assert ": number " in read(page, ".why-not-answer")


def test_a_question_why_not_asked_while_an_answer_is_on_its_way_is_answered_aloud(visit) -> None:
    page = visit("?lang=en&items=soccer-ball,tennis-ball")
    get_spoken = listen(page)

    with holding(page, lambda body: "answer" in body["parts"]):
        tick(page, "Basketball")
        page.locator("[data-choose=why_not]").select_option("hockey-puck")

    spoken = get_spoken()
    assert ": number " in spoken[-1] and spoken[-1] == read(page, ".why-not-answer")


def test_the_end_of_every_story_is_said_although_it_is_that_of_the_last_one(visit) -> None:
    page = visit("?lang=en&tab=football&tale=ar")
    page.locator(".story").get_by_role("button", name="Hoops fan").click()
    get_spoken = listen(page)
    ends = []

    for language in ("French", "German", "Spanish"):
        page.locator(".pills").get_by_text(language, exact=True).click()
        spoken = get_spoken()
        ends.append(read(page, ".ending"))
        assert spoken == ends[-1:]

    assert len(set(ends)) < len(ends)


def test_a_product_chosen_from_a_question_is_confirmed_even_if_it_is_owned(visit) -> None:
    page = visit("?lang=en&items=tennis-ball")
    get_spoken = listen(page)

    for name, answers in (("Basketball", 1), ("Tennis Ball", 0)):
        search(page, "ball")
        page.locator("#said-basket .offers").wait_for()
        get_spoken()
        take_offer(page, name)

        spoken = get_spoken()
        assert f"Ticked: {name}" in spoken and count_announced_answers(spoken) == answers
        expect(page.locator("#said-basket")).to_have_text(f"Ticked: {name}")


def test_a_product_chosen_from_the_suggestions_is_confirmed(visit) -> None:
    page = visit("?lang=ar")
    get_spoken = listen(page)

    page.get_by_role("searchbox").fill("مضرب تنس")
    page.locator('#offers [data-item-id="tennis-racket"]').click()

    assert "تم تحديد: مضرب التنس" in [text.replace("\u2068", "").replace("\u2069", "") for text in get_spoken()]


def test_an_answer_that_did_not_change_is_not_said_again_after_a_refusal(visit) -> None:
    page = visit("?lang=en&items=soccer-ball")
    get_spoken = listen(page)

    search(page, "unicorn")
    assert count_announced_answers(get_spoken()) == 0
    page.locator('[data-form="add"] input').fill("{}")
    page.locator('[data-form="add"] button').click()
    assert count_announced_answers(get_spoken()) == 0
    tick(page, "Soccer Jersey")

    assert count_announced_answers(get_spoken()) == 1


def test_a_removed_product_is_told_and_comes_back_by_undo_and_nothing_else_changes(visit) -> None:
    page = visit("?lang=en&items=soccer-ball,soccer-socks&add=Soccer+Socks")
    added = page.get_by_role("checkbox", name="Soccer Socks", exact=True)
    get_spoken = listen(page)
    expect(added).to_be_checked()

    page.get_by_role("button", name="Remove Soccer Socks").click()
    assert any("“Soccer Socks” is off the shelf." in text for text in get_spoken())
    expect(added).to_have_count(0)
    tick(page, "Hockey Puck")
    page.locator("#said-add").get_by_role("button", name="Undo").click()
    idle(page)

    expect(added).to_be_checked()
    expect(page.get_by_role("checkbox", name="Hockey Puck")).to_be_checked()
    expect(page.locator("#said-add")).to_be_empty()


@pytest.mark.parametrize(
    ("query", "cause", "place", "beside"),
    [
        ("items=quidditch-broom", None, "arrival", '[data-do="share"]'),
        ("items=soccer-ball", '[data-do="clear"]', "basket", "#shelf-title"),
        ("add=Soccer+Socks", '[data-do="forget"]', "add", '[data-form="add"] button'),
    ],
)
def test_a_message_that_is_closed_leaves_the_keyboard_beside_it(visit, query, cause, place, beside) -> None:
    page = visit(f"?lang=en&{query}")
    if cause:
        page.locator(cause).click()

    page.locator(f"#said-{place} button").first.press("Enter")

    expect(page.locator(f"#said-{place}")).to_be_empty()
    expect(page.locator(beside)).to_be_focused()


def test_the_answer_is_focused_once_it_has_its_new_name(visit) -> None:
    page = visit("?lang=en&items=soccer-ball,soccer-jersey")
    idle(page)
    page.evaluate(
        """() => {
          const title = document.getElementById("answer-title");
          document.getElementById("answer").addEventListener("focus", () => { window.focused = title.textContent; });
        }"""
    )
    before = picked(page).inner_text()

    for button in (".pick [data-do=have]", "#said-answer [data-do=undo]"):
        page.evaluate("window.focused = null")
        with holding(page, lambda body: "answer" in body["parts"]):
            page.locator(button).press("Enter")
            page.wait_for_selector("html[data-busy]")
            assert page.evaluate("window.focused") is None
        idle(page)
        expect(page.locator("#answer")).to_be_focused()
        assert page.evaluate("window.focused") == picked(page).inner_text()

    assert picked(page).inner_text() == before


def test_who_has_moved_on_before_the_answer_is_drawn_is_not_taken_back_to_it(visit) -> None:
    page = visit("?lang=en&items=soccer-ball,soccer-jersey")
    idle(page)
    box = page.get_by_role("searchbox")

    with holding(page, lambda body: "answer" in body["parts"]):
        page.locator(".pick [data-do=have]").press("Enter")
        box.focus()
    idle(page)

    expect(box).to_be_focused()
    tick(page, "Hockey Puck")
    idle(page)
    expect(page.get_by_role("checkbox", name="Hockey Puck")).to_be_focused()


def test_at_400_percent_the_bar_with_the_pick_does_not_cover_the_card_that_it_repeats(visit) -> None:
    page = visit("?lang=en&items=soccer-ball", viewport={"width": 320, "height": 256})
    idle(page)
    expect(page.locator(".peek")).to_be_in_viewport()

    for part in (".pick-tools", ".best"):
        page.locator(part).evaluate("(element) => element.scrollIntoView({ block: 'center' })")
        settle(page)
        expect(page.locator(".peek")).to_be_hidden()
    page.evaluate("scrollTo(0, 0)")

    expect(page.locator(".peek")).to_be_in_viewport()
