"""How the page is made, in a real Chromium: Arabic, keyboard, phones, dark, links."""

from __future__ import annotations

import re
import urllib.request

import pytest

from tests.support.pages import GOALKEEPER, REQUESTS, TABS, holding, idle, open_tab, picked, settle, tick

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
expect = sync_api.expect
# What an Arabic page may say in Latin letters: names of products and formats, and file columns to be typed as they are.
LATIN = {
    "T5",
    "NDCG",
    "Recommender",
    "Google",
    "LibreTranslate",
    "CSV",
    "UTF",
    "P5",
    "Geng",
    "large",
    "HR",
    "MRR",
    "kNN",
}
LATIN |= {"NDCG", "EASE", "name", "sport", "kind", "emoji", "en", "Python", "curl", "football"}
LATIN |= {"Sports", "Outdoors", "BM25", "SASRec", "TIGER", "ActionPiece", "eSASRec"}


def test_the_arabic_page_speaks_arabic(visit) -> None:
    page = visit(f"?lang=ar&items={GOALKEEPER}&route=translate&translator=phrasebook")
    expect(picked(page)).to_be_visible()
    page.locator(".hood > summary").click()
    visible = """() => {
      const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      const texts = [];
      while (walker.nextNode()) {
        const parent = walker.currentNode.parentElement;
        const box = parent.getBoundingClientRect();
        const foreign = "[lang=en], [lang=fr], [lang=de], [lang=es], [translate=no]";
        const quoted = parent.closest(`${foreign}, pre, code, script, style`);
        if (!quoted && box.width && box.height) texts.push(walker.currentNode.textContent);
      }
      return texts.join("\\n");
    }"""

    for number in range(len(TABS)):
        open_tab(page, number)
        words = set(re.findall(r"[A-Za-z][A-Za-z0-9]+", page.evaluate(visible)))
        assert words - LATIN == set(), TABS[number]


def test_the_keyboard_is_enough(visit) -> None:
    page = visit()
    page.locator("#shelf .example").first.focus()
    for _ in range(4 + 2):  # the other examples, Clear, the first item
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.value") == "soccer-jersey"

    page.keyboard.press("Space")
    expect(picked(page)).to_be_visible()


def test_the_first_tab_stop_leads_to_the_answer(visit) -> None:
    page = visit("?lang=en&items=soccer-ball")
    expect(picked(page)).to_be_visible()

    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the recommendation")).to_be_focused()
    page.keyboard.press("Enter")

    expect(page.locator("#answer")).to_be_focused()


def test_the_arrow_keys_go_from_tab_to_tab_as_the_page_is_read(visit) -> None:
    page = visit("?lang=ar")
    page.get_by_role("tab").first.focus()

    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("tab").nth(1)).to_be_focused()
    expect(page.get_by_role("tab").nth(1)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("End")
    expect(page.get_by_role("tab").nth(3)).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("tab").first).to_be_focused()


@pytest.mark.parametrize("language", ["en", "ar", "de"])
def test_a_phone_needs_no_sideways_scrolling_and_always_sees_the_pick(visit, language) -> None:
    phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
    page = visit(f"?lang={language}&items={GOALKEEPER}", **phone)

    expect(page.locator(".peek")).to_be_in_viewport()
    for number in range(len(TABS)):
        open_tab(page, number)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, TABS[number]


def test_a_phone_says_where_the_answer_will_be_before_anything_is_ticked(visit) -> None:
    page = visit("?lang=en", viewport={"width": 390, "height": 844}, has_touch=True)

    expect(page.locator(".peek")).to_be_in_viewport()
    expect(page.locator(".peek")).to_contain_text("The answer appears here")


def test_on_a_low_screen_the_pick_stays_in_sight_and_the_end_of_its_column_is_in_reach(visit) -> None:
    page = visit(f"?lang=en&items={GOALKEEPER}", viewport={"width": 1280, "height": 600})
    expect(picked(page)).to_be_visible()
    idle(page)
    settle(page)
    page.evaluate("scrollTo(0, 400)")  # to where one ticks further items

    expect(picked(page)).to_be_in_viewport()
    page.locator("#outcome").evaluate("(column) => column.scrollTo(0, column.scrollHeight)")

    expect(page.locator(".hood > summary")).to_be_in_viewport()


def test_all_of_an_answer_that_is_out_of_date_is_dimmed(visit) -> None:
    page = visit(f"?lang=ar&items={GOALKEEPER}&route=translate&translator=phrasebook&add=Socks")
    expect(picked(page)).to_be_visible()
    idle(page)
    held = []
    page.route(REQUESTS, lambda route: held.append(route))

    page.locator('#shelf input[value="tennis-racket"]').check()
    page.wait_for_selector("html[data-busy]")
    settle(page)

    pieces = (".pick", ".best", "#newcomers", "#trace", "#why-not", "#hood")
    assert [piece for piece in pieces if read_opacity(page, piece) == 1] == []

    page.route(REQUESTS, lambda route: route.continue_())  # the handler that was added last is asked first
    for late in held:
        late.continue_()
    idle(page)

    expect(page.locator("html[data-busy]")).to_have_count(0)
    assert [piece for piece in pieces if read_opacity(page, piece) < 1] == []


def read_opacity(page, piece: str) -> float:
    """Return the opacity of an element with all that it lies in."""
    return page.locator(piece).evaluate("""(e) => {
      let opacity = 1;
      for (; e; e = e.parentElement) opacity *= getComputedStyle(e).opacity;
      return opacity;
    }""")


def test_what_is_below_the_bar_of_a_phone_does_not_shine_through_while_an_answer_is_on_its_way(visit) -> None:
    page = visit("?lang=en&items=soccer-ball", viewport={"width": 390, "height": 844}, has_touch=True)
    idle(page)

    with holding(page, lambda body: True):
        tick(page, "Tennis Ball")
        page.wait_for_selector("html[data-busy]")
        settle(page)
        assert read_opacity(page, ".peek") == 1
        assert read_opacity(page, ".peek b") < 1
    idle(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_paper_text_is_dark_and_what_is_ticked_keeps_its_colours(visit, scheme) -> None:
    page = visit("?lang=de&items=soccer-ball", color_scheme=scheme)
    idle(page)
    page.emulate_media(media="print")
    settle(page)

    def read(selector: str, *names: str) -> list[str]:
        script = "(e, names) => names.map((name) => getComputedStyle(e)[name])"
        return page.locator(selector).first.evaluate(script, names)

    for selector in ("h1", ".item:not(:has(input:checked)) .name", ".pick h2", ".bar-name"):
        assert read(selector, "color") == ["rgb(29, 33, 41)"], selector
    assert read(".item:has(input:checked)", "color", "backgroundColor") == ["rgb(255, 255, 255)", "rgb(21, 128, 61)"]
    for selector in ("body", ".gradio-container"):
        assert read(selector, "backgroundColor")[0] in ("rgb(247, 245, 240)", "rgba(0, 0, 0, 0)"), selector
    for selector in (".item:has(input:checked)", ".mark", ".bar > span", ".choice:has(input:checked) input"):
        assert read(selector, "printColorAdjust") == ["exact"], selector


def test_on_a_phone_the_notice_of_an_outage_covers_neither_the_header_nor_the_bar(browser, app, warm) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 844}, locale="en-US")
    page.goto(f"{app.address}/?lang=de&items=soccer-ball")
    idle(page)
    page.route(REQUESTS, lambda route: route.abort())
    tick(page, "Tennisball")
    notice = page.locator("#said-line")
    expect(notice).not_to_be_empty()

    box, bar = notice.bounding_box(), page.locator(".peek").bounding_box()
    page.locator(".top-tools [data-do=theme]").click(timeout=2_000)
    page.close()

    assert box["y"] + box["height"] <= bar["y"] and box["y"] > 844 / 2


def test_half_the_width_of_a_phone_is_enough(visit) -> None:
    page = visit("?lang=de&items=soccer-ball,tennis-racket", viewport={"width": 195, "height": 422})
    idle(page)
    settle(page)

    cut_off = page.locator(".top-tools > *, .choice, .choice *, .peek > *, .extras *").evaluate_all("""(all) => all
      .filter((e) => e.getBoundingClientRect().right > innerWidth || e.getBoundingClientRect().left < 0)
      .map((e) => e.textContent)""")
    assert cut_off == []
    for field in (page.get_by_role("searchbox"), page.locator('[data-form="add"] input')):
        assert field.bounding_box()["width"] > 195 / 2


def test_no_word_of_an_answer_is_broken_on_the_smallest_phone(visit) -> None:
    page = visit("?lang=de&items=soccer-ball,soccer-jersey,tennis-racket", viewport={"width": 320, "height": 700})
    expect(picked(page)).to_be_visible()
    settle(page)

    lines = page.evaluate("""() => [...document.querySelectorAll("#answer-title, .bar-name bdi")].map((name) => {
      const range = document.createRange();
      range.selectNodeContents(name);
      return [name.textContent, new Set([...range.getClientRects()].map((box) => Math.round(box.top))).size];
    })""")
    assert len(lines) == 6
    for name, height in lines:
        assert height <= len(re.split("[ -]", name)), name


@pytest.mark.parametrize(("top", "moves"), [(460, True), (100, False)])
def test_the_answer_to_why_not_comes_into_view_and_moves_nothing_if_it_is_in_view(visit, top, moves) -> None:
    page = visit("?lang=en&items=soccer-ball", viewport={"width": 320, "height": 600}, has_touch=True)
    expect(page.locator(".why-not")).to_be_visible()
    idle(page)
    settle(page)
    page.evaluate("document.documentElement.style.overflowAnchor = 'none'")  # by which the browser itself would scroll
    question = page.locator("[data-choose=why_not]")
    question.evaluate("(select, top) => scrollBy(0, select.getBoundingClientRect().top - top)", top)
    before = page.evaluate("scrollY")

    question.select_option("tennis-racket")

    expect(page.locator(".why-not-answer p").last).to_be_in_viewport(ratio=1)
    idle(page)
    assert (page.evaluate("scrollY") > before) == moves


def test_a_name_among_the_best_leads_to_all_of_the_answer_why_it_is_not_the_pick(visit) -> None:
    page = visit("?lang=en&items=soccer-ball", viewport={"width": 320, "height": 600}, has_touch=True)
    expect(page.locator(".why-not")).to_be_visible()
    idle(page)

    page.locator(".bars .bar-name").nth(1).click()

    expect(page.locator(".why-not-answer p").last).to_be_in_viewport(ratio=1)


def test_the_dark_is_kept(visit) -> None:
    page = visit()
    page.get_by_role("button", name="Dark mode").click()

    page.reload()

    page.wait_for_function("document.body.classList.contains('dark')")
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"  # scroll bars, lists


def test_the_chosen_light_stays_when_the_system_turns_dark(visit) -> None:
    page = visit("?lang=en", color_scheme="light")
    button = page.get_by_role("button", name="Dark mode")

    page.emulate_media(color_scheme="dark")  # nothing has been chosen: the page follows
    expect(button).to_have_attribute("aria-pressed", "true")
    button.click()  # light
    page.emulate_media(color_scheme="light")
    page.emulate_media(color_scheme="dark")
    settle(page)

    expect(button).to_have_attribute("aria-pressed", "false")
    assert not page.evaluate("document.body.classList.contains('dark')")


def test_the_loading_page_is_dark_where_the_system_is(app, browser) -> None:
    context = browser.new_context(color_scheme="dark", java_script_enabled=False)
    page = context.new_page()
    page.goto(app.address)
    ground, ink = page.evaluate(
        "[document.body, document.getElementById('loading')].map((e) => getComputedStyle(e))"
        ".map((style, n) => n ? style.color : style.backgroundColor)"
    )
    context.close()

    assert (ground, ink) == ("rgb(18, 20, 26)", "rgb(236, 238, 242)")


def test_a_copied_link_is_announced_and_its_button_speaks_the_language_chosen_meanwhile(visit) -> None:
    page = visit("?lang=en&items=soccer-ball")
    share = page.locator('[data-do="share"]')
    idle(page)

    share.click()
    expect(share).to_contain_text("Link copied")
    expect(page.locator("#said-now")).to_have_text("Link copied")
    page.get_by_role("combobox", name="Language").select_option("fr")
    expect(share).to_contain_text("Partager")
    page.wait_for_timeout(1_600)  # until "copied" would have been taken back

    expect(share).to_contain_text("Partager")


def test_what_the_browser_does_not_copy_is_selected_for_the_visitor(visit) -> None:
    page = visit("?lang=en&items=soccer-ball")
    idle(page)
    page.evaluate(
        """() => {
          navigator.clipboard.writeText = () => Promise.reject(new Error("denied"));
          document.execCommand = () => false;
        }"""
    )

    page.locator('[data-do="share"]').click()
    expect(page.locator("#said-arrival")).to_contain_text("The link could not be copied")
    page.wait_for_function("getSelection().toString() === location.href")
    expect(page.locator('[data-do="share"]')).to_be_focused()

    page.locator(".hood > summary").click()
    page.locator('.hood [data-do="copy"]').first.click()
    page.wait_for_function("getSelection().toString() === document.querySelector('.hood code').textContent")


def test_the_layout_does_not_jump_while_ticking(visit) -> None:
    page = visit("?lang=en&items=soccer-ball")
    expect(picked(page)).to_be_visible()
    page.evaluate("""() => { window.jumps = 0; new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) window.jumps += entry.value; }).observe({ type: "layout-shift" }); }""")

    tick(page, "Soccer Jersey")
    expect(page.locator(".because")).to_contain_text("Soccer")
    settle(page)

    assert page.evaluate("window.jumps") < 0.1


def test_the_basket_is_at_the_end_of_the_address_so_that_a_link_that_is_too_long_loses_nothing_else(visit) -> None:
    page = visit("?items=soccer-ball&add=Soccer+Socks&lang=ar&route=glossary&tab=football&tale=fr")
    idle(page)

    assert page.url.endswith("?lang=ar&route=glossary&tab=football&tale=fr&add=Soccer+Socks&items=soccer-ball")


def test_where_the_browser_refuses_to_change_the_address_the_page_goes_on(visit) -> None:
    page = visit()
    page.evaluate("() => { history.replaceState = () => { throw new DOMException('too often', 'SecurityError'); }; }")

    tick(page, "Soccer Jersey")
    expect(picked(page)).to_be_visible()
    idle(page)

    assert "items" not in page.evaluate("location.search")


def test_a_link_sent_to_a_friend_has_a_card_with_a_picture(app) -> None:
    document = urllib.request.urlopen(app.address).read().decode()
    picture = re.search(r'property="og:image" content="([^"]+)"', document)[1]

    assert "Gradio" not in re.findall(r'property="og:title" content="([^"]+)"', document)[0]
    assert urllib.request.urlopen(picture).headers["content-type"] == "image/png"
