"""The page for everybody: checked by axe on every tab, with large text, in forced colours, from right to left."""

from __future__ import annotations

from pathlib import Path

import pytest

from recommender.ui.strings import strings
from tests.support.pages import GOALKEEPER, TABS, idle, open_tab, picked, settle, tick

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
expect = sync_api.expect
WIDTHS = (320, 390, 1280)


@pytest.fixture(scope="module")
def axe_page(app, browser, warm):
    """One page for all runs of axe: loading it and axe anew would take most of the time."""
    axe = pytest.importorskip("axe_playwright_python", reason="axe-playwright-python is not installed")
    page = browser.new_page(viewport={"width": 1280, "height": 900}, locale="en-US")
    page.goto(f"{app.address}/?lang=en&items={GOALKEEPER}&route=translate&translator=phrasebook&add=Socks")
    expect(picked(page)).to_be_visible()
    page.locator(".hood > summary").click()
    page.add_script_tag(content=(Path(axe.__file__).parent / "axe.min.js").read_text(encoding="utf-8"))
    yield page
    page.close()


# Colours are the same in every language and width, and to compare them with what is behind them takes most of the time.
# Those of a lost sport are shown only where something is translated. What else depends on the width, the size of what
# is clicked, is least on the narrowest; from right to left, it may be another.
@pytest.mark.parametrize(
    ("language", "scheme", "widths", "rules"),
    [
        ("en", "light", WIDTHS, "all"),
        ("ar", "light", WIDTHS, "all but colours"),
        *((language, "light", WIDTHS[:1], "all but colours") for language in ("fr", "es", "de")),
        ("ar", "light", WIDTHS[-1:], "colours"),
        ("ar", "dark", WIDTHS[-1:], "colours"),
        ("en", "dark", WIDTHS[1:2], "colours"),  # with what only phones show
    ],
)
def test_axe_finds_nothing_on_any_tab_at_any_width(axe_page, language, scheme, widths, rules) -> None:
    page = axe_page
    page.locator('[data-choose="language"]').select_option(language)
    page.locator(f'#shelf section[lang="{language}"]').wait_for(state="attached")
    if page.evaluate("document.body.classList.contains('dark')") != (scheme == "dark"):
        page.locator('[data-do="theme"]').click()

    chosen = {
        "all": {},
        "colours": {"runOnly": ["color-contrast"]},
        "all but colours": {"rules": {"color-contrast": {"enabled": False}}},
    }[rules]
    found = []
    for number, tab in enumerate(TABS):
        open_tab(page, number)
        for width in widths:
            page.set_viewport_size({"width": width, "height": 900})
            settle(page)
            violations = page.evaluate(
                """(chosen) => axe.run({ ...chosen, resultTypes: ["violations"], preload: false })
                  .then(({ violations }) => violations.map(
                    ({ id, nodes }) => [id, nodes.slice(0, 3).map((node) => node.html.slice(0, 120))]))""",
                chosen,
            )
            found += [(tab, width, *violation) for violation in violations]

    assert found == []


@pytest.mark.parametrize("number", range(len(TABS)), ids=TABS)
def test_all_text_grows_with_the_size_that_a_visitor_chose(visit, number) -> None:
    page = visit(f"?lang=en&items={GOALKEEPER}")
    expect(picked(page)).to_be_visible()
    open_tab(page, number)
    sizes = """() => [...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().width
      && [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim()) && !e.matches("h1, .pick h2 *, svg *"))
      .map((e) => [e.outerHTML.slice(0, 80), parseFloat(getComputedStyle(e).fontSize)])"""
    before = page.evaluate(sizes)

    page.add_style_tag(content="html { font-size: 32px }")  # twice a browser's own
    settle(page)  # Gradio animates it

    after = page.evaluate(sizes)
    assert [(a, b) for a, b in zip(before, after, strict=True) if b[1] < 1.9 * a[1]] == []


def test_in_forced_colours_what_is_chosen_is_seen(visit) -> None:
    page = visit("?lang=ar&items=soccer-ball", forced_colors="active")
    expect(picked(page)).to_be_visible()

    def background(selector: str) -> str:
        return page.locator(selector).first.evaluate("(e) => getComputedStyle(e).backgroundColor")

    assert background(".item:has(input:checked)") != background(".item:has(input:not(:checked))")
    assert background('#tabs [aria-selected="true"]') != background('#tabs [aria-selected="false"]')
    assert background(".choice:has(input:checked)") != background(".choice:has(input:not(:checked))")
    assert background(".bar > span") != background(".bar")


def test_in_forced_colours_what_lies_over_the_page_has_a_border(visit) -> None:
    page = visit("?lang=en&items=soccer-ball", forced_colors="active", viewport={"width": 390, "height": 844})
    idle(page)
    page.locator("#said-line").evaluate("(region) => region.append('The server does not answer')")

    for over in (".peek", "#said-line"):
        expect(page.locator(over)).to_have_css("border-top-width", "1px")


def test_in_forced_colours_the_plot_is_drawn_in_the_systems_colour_of_text(visit) -> None:
    page = visit("?lang=en", forced_colors="active", color_scheme="dark")
    open_tab(page, 2)
    text = page.locator(".results h2").evaluate("(e) => getComputedStyle(e).color")

    for shape, property in (
        ("path:first-child", "stroke"),
        (".diagonal", "stroke"),
        ("circle", "fill"),
        ("text", "fill"),
    ):
        drawn = page.locator(f".scatter {shape}").first.evaluate("(e, name) => getComputedStyle(e)[name]", property)
        assert drawn == text, shape


def test_all_of_a_product_is_in_view_with_the_focus(visit) -> None:
    page = visit("?lang=en", viewport={"width": 853, "height": 480})
    idle(page)
    cut_off = page.locator("#shelf .item input").evaluate_all("""(boxes) => [...boxes, ...boxes.toReversed()]
      .filter((box) => {
        box.focus();
        const { top, bottom } = box.closest(".item").getBoundingClientRect();
        return top < 0 || bottom > innerHeight;
      }).map((box) => box.value)""")

    assert cut_off == []


def test_on_a_phone_the_page_is_read_in_the_order_in_which_it_is_seen(visit) -> None:
    page = visit(f"?lang=en&items={GOALKEEPER}", viewport={"width": 390, "height": 844})
    expect(page.locator(".why-not")).to_be_visible()
    idle(page)
    tops = page.locator("#bench section").evaluate_all(
        "(all) => all.map((e) => e.getBoundingClientRect()).filter(({ height }) => height).map(({ top }) => top)"
    )

    assert len(tops) > 5 and tops == sorted(tops)


def test_on_a_wide_screen_the_answer_is_beside_the_shelf_and_the_options_are_below_it(visit) -> None:
    page = visit(f"?lang=en&items={GOALKEEPER}")
    expect(picked(page)).to_be_visible()
    idle(page)
    search, shelf, answer, route = (
        page.locator(f"#{piece}").bounding_box() for piece in ("search", "shelf", "card", "route")
    )

    assert answer["y"] == pytest.approx(search["y"], abs=1) and answer["x"] > shelf["x"] + shelf["width"]
    assert route["x"] == shelf["x"] and route["y"] == pytest.approx(shelf["y"] + shelf["height"] + 20, abs=1)


def test_what_unfolds_and_downloads_is_high_enough_for_a_finger(visit) -> None:
    page = visit("?lang=en")
    page.locator('[data-fold="shop"] > summary').click()
    expect(page.get_by_role("link", name="Download a sample")).to_be_visible()
    heights = "(all) => all.map((e) => e.getBoundingClientRect().height)"
    shop = page.locator("#own-shop :is(summary, a)").evaluate_all(heights)
    open_tab(page, 2)
    results = page.locator(".results summary").evaluate_all(heights)

    assert shop and results and min(shop + results) >= 24


def test_arrows_between_arabic_steps_point_with_the_text(visit) -> None:
    page = visit("?lang=ar")
    open_tab(page, 3)
    arrow = page.locator(".flow li").first.evaluate("(e) => getComputedStyle(e, '::after').content")
    x = page.locator(".flow li").evaluate_all("(steps) => steps.map((e) => e.getBoundingClientRect().x)")

    assert "←" in arrow and x == sorted(x, reverse=True)
    drawn, text = page.locator(".engine"), page.locator(".engine text")
    assert drawn.evaluate("(e) => new DOMMatrix(getComputedStyle(e).transform).a") == -1
    assert text.evaluate("(e) => new DOMMatrix(getComputedStyle(e).transform).a") == -1  # and is readable again


def test_an_empty_field_reads_as_the_page_and_a_typed_text_as_it_is_written(visit) -> None:
    page = visit("?lang=ar&items=tennis-racket")
    idle(page)  # a product to add has been suggested

    for field in (page.get_by_role("searchbox"), page.locator('[data-form="add"] input')):
        assert read_direction(field) == "rtl"
        field.fill("tennis")
        assert read_direction(field) == "ltr"


def test_english_quotations_on_an_arabic_page_read_from_left_to_right(visit) -> None:
    page = visit("?lang=ar")
    open_tab(page, 2)

    assert read_direction(page.locator(".results")) == "rtl"
    quotations = page.locator('.results [lang="en"][dir="ltr"]').all()
    assert quotations and all(read_direction(quotation) == "ltr" for quotation in quotations)


def read_direction(element) -> str:
    return element.evaluate("(e) => getComputedStyle(e).direction")


def test_a_pick_in_another_script_begins_where_the_page_does(visit) -> None:
    page = visit("?lang=ar")
    rows = b"name\nYoga Mat\nYoga Strap\nYoga Block\n"
    page.locator('[data-fold="shop"] > summary').click()
    page.locator("[data-upload]").set_input_files({"name": "shop.csv", "mimeType": "text/csv", "buffer": rows})
    tick(page, "Yoga Mat")
    expect(picked(page)).to_be_visible()

    place, name = page.locator(".pick-row > div").bounding_box(), page.locator(".pick h2 bdi").bounding_box()
    assert name["x"] + name["width"] == pytest.approx(place["x"] + place["width"], abs=2)


def test_small_print_is_grey(visit) -> None:
    page = visit("?lang=en&items=soccer-ball")
    expect(picked(page)).to_be_visible()
    colours = {
        page.locator(selector).first.evaluate("(e) => getComputedStyle(e).color")
        for selector in ("#add p.fine", ".pick p.fine", "#header p.lead", "#shelf p.count")
    }

    assert len(colours) == 1
    assert colours != {page.locator("h1").evaluate("(e) => getComputedStyle(e).color")}


def test_a_link_opens_the_title_and_every_tab_in_its_language(visit) -> None:
    t, page = strings("ar"), visit("?lang=ar")

    assert t("page.headline") in page.title()
    for number, key in ((1, "football.title"), (2, "results.title"), (3, "how.title")):
        open_tab(page, number)
        expect(page.get_by_role("heading", level=2, name=t(key))).to_be_visible()


@pytest.mark.parametrize(("language", "says"), [("en", "Dark mode"), ("ar", "الوضع الداكن")])
def test_the_theme_button_says_whether_it_is_pressed(visit, language, says) -> None:
    page = visit(f"?lang={language}")
    button = page.get_by_role("button", name=says)

    expect(button).to_have_attribute("aria-pressed", "false")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")


def test_on_the_smallest_screen_all_pictures_are_drawn_in_one_size(visit) -> None:
    page = visit("?lang=de", viewport={"width": 320, "height": 700})
    settle(page)
    boxes = page.locator("#shelf .item .icon").evaluate_all(
        "(all) => all.map((e) => { const { width, height } = e.getBoundingClientRect(); return [width, height]; })"
    )
    assert len(boxes) == 35 and len({tuple(box) for box in boxes}) == 1
