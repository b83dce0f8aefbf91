"""The page on the smallest phone: nothing is broken, covered, cut off or pushed away."""

from __future__ import annotations

import pytest

from tests.support.pages import idle, search, settle

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
expect = sync_api.expect
PHONE = {"viewport": {"width": 320, "height": 568}}
# The words of more than three letters in a part of the page that are on two lines
BROKEN = """(part) => {
  const broken = [];
  const texts = document.createTreeWalker(part, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    for (const { 0: word, index } of texts.currentNode.data.matchAll(/\\p{L}{4,}/gu)) {
      const range = document.createRange();
      range.setStart(texts.currentNode, index);
      range.setEnd(texts.currentNode, index + word.length);
      if (new Set([...range.getClientRects()].map(({ top }) => Math.round(top))).size > 1) broken.push(word);
    }
  }
  return broken;
}"""


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_buttons_of_a_notice_are_never_broken(visit, language) -> None:
    page = visit(f"?lang={language}&add=Extraordinarily+Long+Product+Name+For+Testing+Purposes", **PHONE)
    page.locator('[data-do="forget"]').click()
    undo = page.locator('#said-add [data-do="undo"]')
    expect(undo).to_be_visible()
    idle(page)
    settle(page)

    close = page.locator('#said-add [data-do="dismiss"]')
    assert undo.bounding_box()["height"] == close.bounding_box()["height"] == 40
    assert undo.bounding_box()["y"] == close.bounding_box()["y"]


@pytest.mark.parametrize("language", ["fr", "es"])
def test_the_choice_of_a_translator_is_on_the_page_and_no_word_of_the_trace_is_broken(visit, language) -> None:
    page = visit(f"?lang={language}&route=translate&translator=phrasebook&items=basketball-arm-sleeve", **PHONE)
    idle(page)

    box = page.locator("[data-choose=translator]").bounding_box()
    assert box["x"] > 0 and box["x"] + box["width"] < 320
    assert page.locator("#trace").evaluate(BROKEN) == []


@pytest.mark.parametrize(("language", "text"), [("en", "jersey"), ("ar", "قميص")])
def test_the_reply_to_a_search_is_above_the_bar_with_the_pick(visit, language, text) -> None:
    page = visit(f"?lang={language}&items=soccer-ball", **PHONE)
    search(page, text)
    offers = page.locator("#said-basket .offers")
    expect(offers).to_be_visible()
    idle(page)
    settle(page)

    reply, bar = offers.bounding_box(), page.locator(".peek").bounding_box()
    assert reply["y"] > 0 and reply["y"] + reply["height"] < bar["y"]


def test_a_copied_link_moves_nothing_in_the_header(visit) -> None:
    page = visit("?lang=en&items=soccer-ball", **PHONE)
    idle(page)
    settle(page)
    language = page.locator("[data-choose=language]")
    before = language.bounding_box()
    page.locator('[data-do="share"]').click()

    label = page.locator('[data-do="share"] [data-label]')
    expect(label).to_have_text("Link copied")
    assert language.bounding_box() == before
    assert label.bounding_box()["x"] > 0 and label.bounding_box()["width"] > 50


@pytest.mark.parametrize("language", ["en", "ar", "fr", "es", "de"])
def test_the_hint_in_the_search_box_is_not_cut_off(visit, language) -> None:
    box = visit(f"?lang={language}", **PHONE).get_by_role("searchbox")
    hint, room = box.evaluate("""(box) => {
      const style = getComputedStyle(box);
      const ruler = document.createElement("canvas").getContext("2d");
      ruler.font = `${getComputedStyle(box, "::placeholder").fontStyle} ${style.fontSize} ${style.fontFamily}`;
      const padding = parseFloat(style.paddingLeft) + parseFloat(style.paddingRight);
      return [ruler.measureText(box.placeholder).width, box.clientWidth - padding];
    }""")
    assert hint <= room
