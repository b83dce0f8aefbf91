"""The page's parts, without a browser: links, visits, shops, and what they do with bad input."""

from __future__ import annotations

import html
import json
import re
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender import Catalog, Shop
from recommender.evaluation.schema import Evaluation, Misplaced
from recommender.routes import build_question
from recommender.shop.language import LANGUAGES
from recommender.shop.paths import DATA
from recommender.t5.prompt import SEPARATOR, PromptFormat
from recommender.translation import LIBRE_URL
from recommender.translation.phrasebook import Phrasebook
from recommender.ui import views
from recommender.ui.models import ModelRegistry
from recommender.ui.results import MISPLACED, Results
from recommender.ui.state import MAX_QUERY, MAX_TICKED, PageState, read_arrival
from recommender.ui.story import choose_sample
from recommender.ui.strings import strings
from recommender.ui.uploaded_shop import MAX_BYTES, MAX_ITEMS, ShopRow, read_shop

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


def test_an_own_shop_opens_with_what_was_chosen_in_it_which_its_link_does_not_name() -> None:
    chosen = {"items": ["yoga-mat", "yoga-bag"], "added": ["Yoga Bag"], "story_items": ["yoga-mat"]}
    stored = {"shop": [{"name": "Yoga Mat"}], **chosen}

    own = PageState.parse(read_arrival({"query": "?shop=own", **stored}, None), INVENTORY)
    pages = PageState.parse(read_arrival({"query": "?items=soccer-ball", **stored}, None), INVENTORY)

    assert {name: list(getattr(own, name)) for name in chosen} == chosen
    assert (pages.items, pages.added, pages.story_items, pages.dropped) == (("soccer-ball",), (), (), ())


def test_a_large_basket_of_an_own_shop_is_opened_whole_since_no_link_has_to_hold_it() -> None:
    shop = [{"name": f"حقيبة كبيرة للسفر {n}"} for n in range(1, MAX_ITEMS + 1)]
    ids = [item.id for item in PageState.parse({"shop": shop}, INVENTORY).shelf]
    arrival = read_arrival({"query": "?lang=ar&shop=own", "shop": shop, "items": ids}, None)

    assert PageState.parse(arrival, INVENTORY).items == tuple(ids) and "too_long" not in arrival


@pytest.mark.parametrize("products", ["items=yoga-mat,cap", "add=Cap&items=cap", "story=cap"])
def test_a_link_that_names_products_of_an_own_shop_opens_it_with_those_that_it_has(products) -> None:
    raw = {"query": f"?shop=own&{products}", "shop": [{"name": "Yoga Mat"}], "items": ["yoga-mat"]}
    state = PageState.parse(read_arrival(raw, None), INVENTORY)

    assert set(state.items) == ({"cap"} if "add" in products else {"yoga-mat"})
    assert state.dropped == (() if "add" in products else ("cap",))


def test_bad_parameters_of_a_link_are_named_and_the_good_ones_kept() -> None:
    query = "?items=soccer-ball,unicorn&lang=xx&route=teleport"

    state = PageState.parse(read_arrival({"query": query}, None), INVENTORY)

    assert state.items == ("soccer-ball",)
    assert state.language == "en"
    assert {"unicorn", "lang=xx", "route=teleport"} == set(state.dropped)


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("?shop=x&items=soccer-ball", "shop=x"),
        ("?shop=OWN", "shop=OWN"),
        ("?tab=football&story=soccer-ball,nope", "nope"),
        ("?add=Ale&add=Beer&add=Cider&add=Dram&add=Egg&add=Fig", "Fig"),
        (f"?items={','.join(f'x{n}' for n in range(MAX_TICKED))},tennis-ball", "Tennis-ball"),
        ("?lang=xx&" + "&".join(f"add={name}" for name in "abcdefghijklmnopqrstuvwxyz" * 3), "lang=xx"),
    ],
)
def test_every_part_of_a_link_that_is_ignored_is_named(query, named) -> None:
    said = views.render_notices(PageState.parse(read_arrival({"query": query}, None), INVENTORY))

    assert named.casefold() in said.casefold()


def test_of_more_names_than_the_notice_lists_the_rest_is_dots() -> None:
    state = PageState.parse({"items": [f"x{n}" for n in range(11)]}, INVENTORY)
    said = views.render_notices(state)

    assert "x9, …" in said and "x10" not in said


def test_a_name_that_is_refused_takes_no_place_of_one_that_can_be_added() -> None:
    names = ["2024", "Ale", "Beer", "Cider", "Dram", "Egg"]
    state = PageState.parse({"added": names}, INVENTORY)

    assert (state.added, state.refused, state.excess) == (tuple(names[1:]), (("2024", "letter"),), ())


def test_what_a_link_repeats_is_named_once() -> None:
    assert PageState.parse({"items": ["unicorn", "unicorn", "soccer-ball"]}, INVENTORY).dropped == ("unicorn",)


def test_a_link_that_a_person_has_written_may_join_items_by_and():
    state = PageState.parse({"items": ["soccer ball and tennis racket"], "language": "en"}, INVENTORY)
    assert (state.items, state.dropped) == (("soccer-ball", "tennis-racket"), ())


def test_a_link_may_name_a_product_by_its_english_name_as_the_command_line_may() -> None:
    state = PageState.parse(read_arrival({"query": "?items=Football&lang=en"}, None), INVENTORY)

    assert (state.items, state.dropped) == (("football",), ())


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_name_in_a_link_that_can_mean_several_products_is_called_unclear_and_not_unknown(language) -> None:
    query = f"?items=soccer-ball,casque,unicorn&lang={language}"
    state = PageState.parse(read_arrival({"query": query}, None), INVENTORY)
    said, t = html.unescape(views.render_notices(state)), strings(language)

    assert state.items == ("soccer-ball",)
    assert t("notice.unclear", what=t.listed(["casque"])) in said
    assert t("notice.dropped", what=t.listed(["unicorn"])) in said


def test_a_route_that_the_chosen_t5_does_not_offer_gives_way_without_a_notice() -> None:
    formats = {"bundled": PromptFormat(), "english": PromptFormat(languages=("en",))}
    raw = read_arrival({"query": "?lang=ar&route=native&checkpoint=english"}, None)

    state = PageState.parse(raw, INVENTORY, formats)

    assert (state.route, state.dropped) == ("glossary", ())
    assert strings("ar")("route.no-native") in views.render_route(state)


def test_of_the_pages_own_link_that_is_too_long_only_the_end_of_the_basket_is_lost_and_this_is_said() -> None:
    shop = [{"name": f"حقيبة كبيرة للسفر {n}"} for n in range(1, 101)]
    inventory = PageState.parse({"shop": shop}, INVENTORY).shelf
    ids = [item.id for item in inventory]
    query = f"?lang=ar&route=glossary&items={','.join(map(quote, ids))}"
    assert len(query) > MAX_QUERY

    arrival = read_arrival({"query": query}, None)
    state = PageState.parse(arrival, inventory)

    assert (state.language, state.route) == ("ar", "glossary")
    assert 50 < len(state.items) < 100 and list(state.items) == ids[: len(state.items)]
    assert arrival["too_long"] and not state.dropped


@pytest.mark.parametrize("language", [code for code in LANGUAGES if code != "en"])
def test_beside_the_translators_it_is_said_to_which_of_those_offered_names_are_sent(monkeypatch, language) -> None:
    t, state = strings(language), PageState(INVENTORY, language=language)
    monkeypatch.delenv(LIBRE_URL, raising=False)
    without = html.unescape(views.render_route(state))
    monkeypatch.setenv(LIBRE_URL, "http://127.0.0.1:1")
    offered = html.unescape(views.render_route(state))

    assert t("translator.sent") in without and "LibreTranslate" not in without
    assert t("translator.sent.libre") in offered and t("translator.sent") not in offered
    assert all("Google" in t(key) for key in ("translator.sent", "translator.sent.libre"))


@pytest.mark.parametrize("separator", [",", "%2C", "%2c", "%0A"])
def test_of_a_link_that_is_too_long_all_whole_values_are_read_however_they_are_separated(separator) -> None:
    query = f"?lang=ar&items={separator.join(['soccer-ball', 'tennis-ball', 'x' * MAX_QUERY])}"
    assert PageState.parse(read_arrival({"query": query}, None), INVENTORY).items == ("soccer-ball", "tennis-ball")


@pytest.mark.parametrize("before", ["items=soccer-ball,tennis-ball", "items=soccer-ball&lang=de&items=tennis-ball"])
def test_the_end_of_a_link_that_is_too_long_is_not_read_as_another_product(before) -> None:
    filler = "x" * (MAX_QUERY - len(f"other=&{before}"))
    query = f"?other={filler}&{before}-machine"  # the part that is read would end with "tennis-ball"

    state = PageState.parse(read_arrival({"query": query}, None), INVENTORY)

    assert state.items == ("soccer-ball",)


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
    content = "name,sport,ar\nYoga Mat,yoga,سجادة\n{forged},yoga,\nyoga mat,yoga,\n,yoga,\nYoga Strap,yoga,\n"

    shop = read_shop(content.encode())

    assert [row.name for row in shop.rows] == ["Yoga Mat", "Yoga Strap"]
    assert [(bad.line, bad.reason) for bad in shop.bad] == [(3, "name-delimiter"), (4, "twice"), (5, "name")]
    assert shop.rows[0].item.name("ar") == "سجادة"


def test_of_two_products_with_one_french_name_it_is_the_french_name_that_is_there_already() -> None:
    (bad,) = read_shop(b"name,fr\nBall,Balle\nBullet,balle\n").bad

    assert (bad.line, bad.text, bad.reason) == (3, "balle", "twice")


def test_a_cell_without_a_letter_keeps_no_product_out_of_a_shop() -> None:
    shop = read_shop(b"name,sport,kind,fr,en\nBall,Sports &amp; Games,7,-,-\nCap,-,n/a,,\n")

    assert [(row.name, row.sport, row.kind, row.names) for row in shop.rows] == [
        ("Ball", "Sports & Games", "", ()),
        ("Cap", "", "n/a", ()),
    ]
    assert not shop.bad and [ShopRow.read(row.as_dict()) for row in shop.rows] == list(shop.rows)


@pytest.mark.parametrize("language", LANGUAGES)
def test_that_the_rest_of_a_file_is_left_out_is_said_after_any_number_of_faults(language) -> None:
    lines = ["name", *(7 * ["Ball"]), *(f"Thing {n}" for n in range(2 * MAX_ITEMS))]
    notice = views.render_shop_notice(read_shop("\n".join(lines).encode()), strings(language))

    assert strings(language)("shop.bad.many", line=MAX_ITEMS + 8, items=MAX_ITEMS) in html.unescape(notice)


@pytest.mark.parametrize(("header", "column"), [("en,ar", "en"), ("ar,name", "name"), ("name,en", "en")])
def test_a_row_without_a_name_names_a_column_that_the_file_has(header, column) -> None:
    cells = ",".join("حصيرة" if named == "ar" else "" for named in header.split(","))
    (bad,) = read_shop(f"{header},sport\n{cells},yoga\n".encode()).bad

    assert (bad.line, bad.reason, bad.column) == (2, "name", column)


@pytest.mark.parametrize("language", LANGUAGES)
def test_of_a_name_that_is_too_long_the_notice_shows_the_beginning(language) -> None:
    notice = views.render_shop_notice(read_shop(f"name\nBall\n{'x' * 61}\n".encode()), strings(language))

    assert f"{'x' * 59}…" in notice and "……" not in notice


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("name", "shown", "reason"),
    [
        ("Ba\0ll", "Ball", "invisible"),
        ("ab\u202ecd", "abcd", "invisible"),
        ("Soc\ncer", "Soc cer", "invisible"),
        ("4711", "4711", "letter"),
        ("…", "…", "letter"),
    ],
)
def test_a_name_that_is_refused_is_shown_with_the_reason(name, shown, reason, language) -> None:
    shop = read_shop(f'name\nBall\n"{name}"\n'.encode())
    (bad,) = shop.bad

    assert (bad.line, bad.text, bad.reason, bad.column) == (3, shown, f"name-{reason}", "name")
    said = strings(language)(f"shop.bad.name-{reason}", line=3, text=shown, column="name")
    assert said in html.unescape(views.render_shop_notice(shop, strings(language)))


def test_a_cell_that_was_escaped_for_a_spreadsheet_is_uploaded_without_the_apostrophe() -> None:
    shop = read_shop(b"name,sport\n'+Size Ball,'=Games\n'Tis a Ball,\n")

    assert [(row.name, row.sport) for row in shop.rows] == [("+Size Ball", "=Games"), ("'Tis a Ball", "")]


def test_a_quotation_mark_after_a_space_is_no_part_of_a_name() -> None:
    shop = read_shop(b'id, name\nb1, "Red Ball"\nb2, "Cap"\n')

    assert [row.name for row in shop.rows] == ["Red Ball", "Cap"]


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
        ("name\nBall\n".encode("utf-16-le"), "encoding"),
        (b"name,sport,Name\nBall,x,y\n", "twice"),
        (b'"name"s,sport\nBall,x\n', "header"),
        (b'name\n"never closed', "csv"),
        (b"product\nBall", "columns"),
        (b"", "blank"),
        (b"\n,,\n", "blank"),
        (b"name\n123\n", "empty"),
        (b"name\nBall\0\n", "empty"),
    ],
)
def test_a_file_that_is_no_shop_is_refused_with_its_reason(content, problem) -> None:
    assert read_shop(content).problem == problem


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_column_that_is_named_twice_is_refused_by_its_name_if_it_is_read(language) -> None:
    notice = views.render_shop_notice(read_shop(b"name,fr,FR\nBall,Balle,x\n"), strings(language))
    unused = read_shop(b"name,price,price\nBall,1,2\n")

    assert re.search(r"\bfr\b", notice) and [row.name for row in unused.rows] == ["Ball"]


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


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_prompt_in_the_explanation_is_the_beginning_of_the_one_that_the_t5_reads(language) -> None:
    explained = views.render_how(PageState(INVENTORY, language=language), INVENTORY, synthetic=True, measured=True)
    sentence = html.unescape(re.search(r'class="sentence"[^>]*>(.*?)</pre>', explained)[1])
    route = "direct" if language == "en" else "native"
    prompt = build_question(route, choose_sample(INVENTORY)[:2], INVENTORY, language, Phrasebook()).prompt

    beginning, end = sentence.split("…")
    assert prompt.startswith(beginning) and prompt.endswith(end)
    assert len(beginning.rpartition("{")[2].split(SEPARATOR)) == views.MAX_SHOWN + 1  # and nothing after the last comma


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("count", [MISPLACED, MISPLACED + 1])
def test_of_misplaced_products_the_first_are_announced_only_if_there_are_more(language, count) -> None:
    measured, t = Evaluation.read(Shop().evaluation), strings(language)
    one = Misplaced(language=language, name="Ball", owned=("Cap",), place=9, above="Hat")
    checkpoint = measured.checkpoints[0].model_copy(update={"misplaced": (one,) * count})
    measured = measured.model_copy(update={"checkpoints": (checkpoint,)})
    said = html.unescape(views.render_results(PageState(INVENTORY, language=language), Results(measured)))

    assert (t("results.newcomers.all") in said) is (count == MISPLACED)
    assert (t("results.newcomers.about", count=count) in said) is (count > MISPLACED)


def test_markup_in_a_name_is_text_everywhere_on_the_page() -> None:
    raw = {"items": [SCRIPT], "added": [SCRIPT], "shop": [{"name": "Ball", "sport": SCRIPT, "emoji": "<b>"}]}
    state = PageState.parse({**raw, "language": SCRIPT, "route": SCRIPT}, INVENTORY)

    for piece in (*views.render_page(state, ModelRegistry()).values(), views.render_notices(state)):
        assert SCRIPT not in str(piece)
        assert "<b>" not in views.render_shelf(state)


def test_of_a_parameter_that_a_link_repeats_the_last_counts() -> None:
    assert PageState.parse(read_arrival({"query": "?lang=de&lang=fr"}, None), INVENTORY).language == "fr"


def test_a_link_opens_the_example_of_the_story() -> None:
    state = PageState.parse(read_arrival({"query": "?story=soccer-ball,soccer-jersey"}, None), INVENTORY)

    assert state.story_items == ("soccer-jersey", "soccer-ball")


def test_the_browser_stores_every_choice() -> None:
    raw = {
        "language": "ar",
        "route": "translate",
        "translator": "phrasebook",
        "items": ["soccer-ball"],
        "added": ["Soccer Socks"],
        "why_not": "tennis-ball",
        "tab": "how",
        "story_language": "fr",
        "story_items": ["tennis-ball"],
    }

    assert PageState.parse(raw, INVENTORY).as_dict() == {**raw, "checkpoint": "bundled", "shop": []}


def test_who_opens_a_shop_of_their_own_has_nothing_ticked_added_or_asked_about() -> None:
    raw = {"items": ["soccer-ball"], "added": ["Soccer Socks"], "why_not": "tennis-ball", "story_items": ["football"]}
    state = PageState.parse(raw, INVENTORY).enter_shop(tuple(read_shop(b"name\nYoga Mat\n").rows))

    assert (state.items, state.added, state.why_not, state.story_items) == ((), (), "", ())


def test_an_added_product_is_kept_by_the_name_that_the_shelf_has() -> None:
    assert PageState.parse({"added": ["soccer socks."]}, INVENTORY).added == ("Soccer Socks",)
