"""Hostile names on the page, in a real browser: nothing runs, and the text is shown as it is."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from tests.support.pages import picked, tab

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
expect = sync_api.expect

# Each begins with a word: punctuation around a typed name comes off
IMAGE = "Big <img src=x onerror=\"document.title='hacked'\"> Ball"
SCRIPT = "Big <script>document.title='hacked'</script> Cap"
QUOTES = 'Big " onmouseover="document.title=\'hacked\'" Bat'
TEMPLATE = "Big `$(document.title='hacked')` javascript&colon Net"
NAMES = (IMAGE, SCRIPT, QUOTES, TEMPLATE)


def cells(*texts: str) -> str:
    return ",".join('"' + text.replace('"', '""') + '"' for text in texts) + "\n"


@pytest.fixture
def hostile(visit):
    """Open the page; at the end nothing may have run."""
    pages = []

    def open_page(query: str):
        page = visit(query)
        page.dialogs = []
        page.on("dialog", lambda dialog: (page.dialogs.append(dialog.message), dialog.dismiss()))
        pages.append(page)
        return page

    yield open_page
    for page in pages:
        assert page.title() != "hacked" and page.dialogs == []
        assert page.evaluate("document.querySelectorAll('[onerror], [onmouseover], img[src=x]').length") == 0


def test_markup_in_a_link_is_shown_as_text_and_does_nothing(hostile) -> None:
    names = "".join(f"&add={quote(name)}" for name in NAMES)
    page = hostile(f"?items=soccer-ball&lang=en{names}")

    expect(picked(page)).to_be_visible()
    for name in NAMES:
        expect(page.locator("#shelf .name").get_by_text(name, exact=True)).to_be_visible()
        expect(page.locator(".added .chip bdi").get_by_text(name, exact=True)).to_be_visible()
        expect(page.locator(".newcomers").get_by_text(name, exact=True)).to_be_visible()
    for box in page.locator("#shelf fieldset").last.locator("input").all():
        box.check()  # owned now: in the prompt, the reasons and the calls to copy
    expect(page.locator(".newcomers")).to_contain_text("counts as owned")
    page.locator(".hood summary").click()
    expect(page.locator(".hood")).to_contain_text(IMAGE)
    tab(page, 1)
    expect(page.locator(".steps")).to_contain_text("Ball")


def test_markup_in_a_name_is_text_in_the_trace_of_a_translation(hostile) -> None:
    page = hostile(f"?lang=ar&items=soccer-ball&route=translate&translator=phrasebook&add={quote(IMAGE)}")

    page.get_by_role("checkbox", name=IMAGE).check()

    expect(page.locator(".trace")).to_contain_text("<img src=x")


def test_a_shop_of_markup_is_shown_as_text_and_does_nothing(hostile) -> None:
    page = hostile("?lang=en")
    rows = "name,sport,kind,emoji\n" + "".join(cells(name, SCRIPT, QUOTES, "<b>") for name in NAMES)

    page.locator("details[data-fold=shop] summary").click()
    page.locator("input[data-upload]").set_input_files({"name": IMAGE, "mimeType": "text/csv", "buffer": rows.encode()})

    expect(page.locator("#shelf legend").filter(has_text=SCRIPT)).to_be_visible(timeout=15_000)
    for name in NAMES:
        expect(page.locator("#shelf .name").get_by_text(name, exact=True)).to_be_visible()
    page.get_by_role("checkbox", name=SCRIPT).check()
    expect(picked(page)).to_be_visible()
    page.locator("#shelf .item").first.hover()
    page.locator("[data-choose=why_not]").select_option(index=1)
    expect(page.locator(".why-not-answer")).to_be_visible()
