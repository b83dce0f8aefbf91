"""The football story on the page, in every language."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from recommender import Catalog
from recommender.shop.language import NON_ENGLISH
from recommender.ui.models import ModelRegistry
from recommender.ui.shelf import EXAMPLES
from recommender.ui.state import PageState
from recommender.ui.story import Story, tell_story
from recommender.ui.strings import strings
from recommender.ui.views import render_story
from tests.support.bundled import bundled

INVENTORY = Catalog.load()


@pytest.fixture(scope="module")
def stories() -> dict[tuple[str, str], Story]:
    """Every example, told in every language."""
    recommender = bundled()
    return {
        (language, name): tell_story(recommender, tuple(INVENTORY[i] for i in ids), language)
        for language in NON_ENGLISH
        for name, ids in EXAMPLES.items()
    }


def show(story: Story, language: str) -> str:
    state = PageState.parse({"language": language}, INVENTORY)
    return render_story(state, ModelRegistry(), story)


def find_pressed(shown: str) -> list[str]:
    return re.findall(r'data-items="([^"]*)"[^>]* aria-pressed="true"', shown)


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_button_of_the_basket_that_is_told_is_pressed(stories, example) -> None:
    shown = show(stories["ar", example], "en")

    assert find_pressed(shown) == [" ".join(item.id for item in INVENTORY if item.id in EXAMPLES[example])]


def test_who_has_no_basket_is_led_to_one_and_who_has_one_sees_its_story(stories) -> None:
    state = PageState.parse({"items": list(EXAMPLES["hoops"])}, INVENTORY)
    own = render_story(state, ModelRegistry(), stories["ar", "hoops"])

    assert find_pressed(own) == [""] and 'data-do="own"' not in own
    assert 'data-do="own"' in show(stories["ar", "goalkeeper"], "en")


def test_the_names_of_a_story_are_read_as_lists(stories) -> None:
    story = stories["ar", "goalkeeper"]
    basket, arrived = show(story, "en").partition('<ol class="flow steps">')[2].split("</p>")[:2]

    assert re.sub("<.+?>", "", basket).count(", ") == len(story.basket) - 1
    assert re.sub("<.+?>", "", arrived).count(", ") >= len(story.arrived) - 1  # one before "outside the shop"


def test_the_end_of_the_story_is_in_the_part_that_the_browser_announces(stories) -> None:
    for story, end in ((None, "football.waiting"), (stories["ar", "hoops"], "football.outcome.safe")):
        shown = render_story(PageState(INVENTORY), ModelRegistry(), story)
        assert strings("en")(end) in shown.partition('<div class="ending">')[2]


def test_the_story_opens_in_arabic_in_every_page_language() -> None:
    assert {PageState.parse({"language": code}, INVENTORY).story_language for code in ("en", "fr", "de")} == {"ar"}


@pytest.mark.parametrize(
    ("pick", "read", "ending"),
    [
        ("football-jersey", "soccer-jersey", "owned"),
        ("football-cleats", "soccer-cones", "other"),
        ("football-cleats", None, "nothing"),
        ("hockey-puck", "hockey-puck", "pick"),
    ],
)
def test_the_story_ends_with_the_recommended_product(stories, pick, read, ending) -> None:
    told = stories["ar", "goalkeeper"]
    means = INVENTORY[read] if read else None
    name = replace(told.read, item=INVENTORY[pick], means=means, sport=means.sport if means else "")
    story = replace(told, pick=INVENTORY[pick], read=name)
    t = strings("en")

    assert story.ending == ending
    values = {"read": means.name("en") if means else "", "meant": INVENTORY[pick].name("en")}
    said = t(f"football.end.{ending}", **values, english=story.english_pick.name("en"))
    assert said in show(story, "en").replace("&#39;", "'")


@pytest.mark.parametrize("language", ["en", "de", "ar"])
def test_under_every_chip_is_what_it_means_in_the_visitors_language(stories, language) -> None:
    story = stories["ar", "goalkeeper"]
    chips = re.findall(r'<span class="chip strong.*?<small>(.*?)</small></span>', show(story, language))

    assert len(chips) == 2 * len(story.basket) + 2
    assert all(re.sub("<[^>]*>", "", gloss).strip() for gloss in chips)
    owned = INVENTORY["soccer-jersey"].name(language) if language != "ar" else strings("ar").sport("soccer")
    assert owned in chips[0]


def test_the_legend_names_every_sport_that_has_a_colour_in_it(stories) -> None:
    for story in stories.values():
        html = show(story, "en")
        legend = re.search(r'<ul class="legend".*?</ul>', html, re.S)[0]
        coloured = {sport for sport in INVENTORY.sports if f"sport-{sport}" in re.search(r"<ol.*?</ol>", html, re.S)[0]}
        assert coloured == {sport for sport in INVENTORY.sports if f"sport-{sport}" in legend}


def test_what_was_lost_is_the_same_number_in_the_steps_and_in_the_table(stories) -> None:
    t = strings("en")
    for story in stories.values():
        html = show(story, "en")
        tolls = re.findall(r'<p class="toll \w+">(.*?)</p>', html)
        cells = re.findall(r"<td>(\d+ of \d+)</td>", html)
        lost = sum(name.verdict != "kept" for name in story.arrived)
        total = len(story.basket)
        assert cells[-4:-2] == [
            f"{lost} of {total}",
            f"{int(story.read.verdict != 'kept')} of 1",
        ]  # the row "translate"
        said = t("trace.lost.some", lost=lost, count=total) if lost else t("trace.lost.0", count=total)
        assert tolls[0] == said


def test_every_story_that_loses_something_says_how_it_ends(stories) -> None:
    for story in stories.values():
        if story.outcome != "safe":
            assert story.ending
        if story.ending == "owned":
            assert story.read.means in story.basket


def test_a_line_explains_tau(stories) -> None:
    assert strings("fr")("football.routes.tau.help") in show(stories["ar", "hoops"], "fr")
