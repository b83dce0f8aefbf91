"""The page's parts, without a browser: links, visits, shops, and what they do with bad input."""

from __future__ import annotations

import html
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender import Catalog
from recommender.shop.catalog import DATA, LANGUAGES
from recommender.ui import views
from recommender.ui.models import ModelRegistry
from recommender.ui.state import PageState, read_arrival
from recommender.ui.uploaded_shop import MAX_BYTES, MAX_ITEMS, read_shop

INVENTORY = Catalog.load()
SCRIPT = "<script>alert(1)</script>"


def test_a_link_opens_exactly_what_it_says() -> None:
    query = "?items=soccer-ball,soccer-jersey&lang=ar&route=translate&translator=phrasebook&add=Soccer+Socks"

    state = PageState.parse(read_arrival({"query": query}, None), INVENTORY)

    assert (state.language, state.route, state.translator) == ("ar", "translate", "phrasebook")
    assert state.items == ("soccer-jersey", "soccer-ball")
    assert state.added == ("Soccer Socks",)
    assert not state.dropped


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("x" * 61, "long"),
        ("Ball: red", "delimiter"),
        ("Soccer\x07 Socks", "invisible"),
        ("2024", "letter"),
        ("كرة السلة", "taken"),
    ],
)
def test_a_product_that_cannot_join_the_shelf_is_named_with_the_reason(language, name, reason) -> None:
    state = PageState.parse({"added": [name], "language": language}, INVENTORY)

    assert [why for _, why in state.refused] == [reason] and not state.added
    assert state.refused[0][0] in html.unescape(views.render_notices(state))


def test_a_link_opens_a_tab_and_the_story_in_its_language() -> None:
    state = PageState.parse(read_arrival({"query": "?lang=de-DE&tab=football&tale=fr"}, None), INVENTORY)

    assert (state.language, state.tab, state.story_language) == ("de", "football", "fr")
    assert PageState.parse(read_arrival({"query": "?lang=de"}, None), INVENTORY).story_language == "ar"


def test_a_link_of_an_own_shop_opens_it_only_where_its_products_are() -> None:
    kept = [{"name": "Yoga Mat"}]

    def shelf(query: str) -> list[str]:
        state = PageState.parse(read_arrival({"query": query, "shop": kept}, None), INVENTORY)
        return [item.name("en") for item in state.shelf]

    assert shelf("?shop=own&items=yoga-mat") == ["Yoga Mat"]
    assert len(shelf("?items=soccer-ball")) == len(INVENTORY)


def test_bad_parameters_of_a_link_are_named_and_the_good_ones_kept() -> None:
    query = "?items=soccer-ball,unicorn&lang=xx&route=teleport"

    state = PageState.parse(read_arrival({"query": query}, None), INVENTORY)

    assert state.items == ("soccer-ball",)
    assert state.language == "en"
    assert {"unicorn", "lang=xx", "route=teleport"} == set(state.dropped)


@pytest.mark.parametrize(
    ("query", "remembered", "operator", "browser", "expected"),
    [
        ("?lang=de", "fr", "es", ["ar"], "de"),
        ("", "fr", "es", ["ar"], "fr"),
        ("", None, "es", ["ar"], "es"),
        ("", None, None, ["pt-BR", "ar-EG", "fr"], "ar"),
        ("", None, None, ["pt"], "en"),
        ("?lang=de_CH", "fr", "es", ["ar"], "de"),
        ("", "FR", None, ["ar"], "fr"),
        ("", None, None, ["arn-CL", "es-419"], "es"),  # Mapudungun is not Arabic
        ("?lang=xx", "fr", None, ["ar"], "fr"),
        ("?lang=xx", None, None, ["ar"], "ar"),
    ],
)
def test_the_language_is_that_of_the_link_then_the_stored_one_then_the_operators_then_the_browsers(
    query, remembered, operator, browser, expected
) -> None:
    raw = {"query": query, "remembered": remembered, "preferred": browser}

    assert PageState.parse(read_arrival(raw, operator), INVENTORY).language == expected


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text() | st.sampled_from(["ar", "native", "soccer-ball"]),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5),
    max_leaves=10,
)
FIELDS = [
    "language",
    "route",
    "translator",
    "items",
    "unticked",
    "added",
    "shop",
    "why_not",
    "tab",
    "story_language",
    "story_items",
    "hood_open",
    "query",
    "preferred",
    "remembered",
    "guessed_language",
]


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.sampled_from(FIELDS), JSON) | JSON)
@pytest.mark.slow
def test_any_request_of_a_browser_gives_a_valid_page_state(raw) -> None:
    for state in (PageState.parse(raw, INVENTORY), PageState.parse(read_arrival(raw, None), INVENTORY)):
        assert set(state.items) <= {item.id for item in state.shelf}
        assert PageState.parse(json.loads(json.dumps(state.as_dict())), INVENTORY).as_dict() == state.as_dict()
        assert views.render_shelf(state)


def test_a_shop_loads_its_good_rows_and_names_the_bad_ones() -> None:
    content = "name,sport,ar\nYoga Mat,yoga,سجادة\n{forged},yoga,\nyoga mat,yoga,\n,,\nYoga Strap,yoga,\n"

    shop = read_shop(content.encode())

    assert [row.name for row in shop.rows] == ["Yoga Mat", "Yoga Strap"]
    assert [(bad.line, bad.reason) for bad in shop.bad] == [(3, "name-delimiter"), (4, "twice"), (5, "name")]
    assert shop.rows[0].item.name("ar") == "سجادة"


def test_a_shop_with_a_row_wider_than_the_header_loads_the_others() -> None:
    shop = read_shop("name;ar\nBall, red;كرة\nBall;كرة;red\nCap;قبعة;;\n".encode("utf-16"))

    assert [row.name for row in shop.rows] == ["Cap"]
    assert [(bad.line, bad.reason) for bad in shop.bad] == [(2, "name-delimiter"), (3, "cells")]


def test_the_sample_shop_loads_completely() -> None:
    shop = read_shop((DATA / "sample_shop.csv").read_bytes())

    assert shop.rows and not shop.bad and not shop.problem


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"name\n" + b"x" * MAX_BYTES, "size"),
        (b"name\nB\xe9ret", "encoding"),
        (b"name,sport,Name\nBall,x,y\n", "header"),
        (b'name\n"never closed', "csv"),
        (b"product\nBall", "columns"),
        (b"", "header"),
        (b"name\n123\n", "empty"),
        (b"name\nBall\0\n", "empty"),
    ],
)
def test_a_file_that_is_no_shop_is_refused_with_its_reason(content, problem) -> None:
    assert read_shop(content).problem == problem


def test_a_shop_has_at_most_two_hundred_products() -> None:
    shop = read_shop("\n".join(["name", *(f"Thing {n}" for n in range(MAX_ITEMS + 5))]).encode())

    assert len(shop.rows) == MAX_ITEMS
    assert shop.bad[0].reason == "many"


@settings(max_examples=100, deadline=None)
@given(
    st.binary(max_size=300) | st.text(max_size=300).map(lambda text: f"name,sport\n{text}".encode("utf-8", "replace"))
)
def test_no_file_breaks_the_reader(content) -> None:
    shop = read_shop(content)

    assert bool(shop.rows) != bool(shop.problem)


def test_markup_in_a_name_is_text_everywhere_on_the_page() -> None:
    raw = {"items": [SCRIPT], "added": [SCRIPT], "shop": [{"name": "Ball", "sport": SCRIPT, "emoji": "<b>"}]}
    state = PageState.parse({**raw, "language": SCRIPT, "route": SCRIPT}, INVENTORY)

    for piece in (*views.render_page(state, ModelRegistry()).values(), views.render_notices(state)):
        assert SCRIPT not in str(piece)
        assert "<b>" not in views.render_shelf(state)
