"""The page's requests, without a browser: what an arrival waits for, and where the answer to an event is shown."""

from __future__ import annotations

import base64
import html
import re
import shutil
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.requests import Request

from recommender.shop.language import LANGUAGES
from recommender.shop.paths import INVENTORY
from recommender.shop.text import MAX_NAME_LENGTH
from recommender.ui import views
from recommender.ui.events import Events
from recommender.ui.models import ModelRegistry
from recommender.ui.state import MAX_QUERY, MAX_SEARCH
from recommender.ui.strings import strings

LONG = [
    f"{sport} {thing}"
    for sport in ("Soccer", "Tennis", "Hockey", "Baseball")
    for thing in ("Ball", "Socks", "Cap", "Bag")
]
PUBLISHED = "mohammadhia/t5_recommendation_sports_equipment_english"


def ask(registry: ModelRegistry, **body: object) -> dict:
    scope = {"type": "http", "path": "/", "headers": [(b"host", b"x")], "query_string": b"", "app": FastAPI()}
    return Events(registry, None).answer({"number": 1, "choices": {}, "parts": [], **body}, Request(scope))


def arrive(registry: ModelRegistry, query: str, *parts: str) -> dict:
    return ask(registry, event={"kind": "arrive", "query": query}, parts=list(parts))


@pytest.fixture
def loaded(monkeypatch) -> ModelRegistry:
    """A registry that says its T5 is loaded."""
    monkeypatch.setattr(ModelRegistry, "bundled_is_loaded", True)
    return ModelRegistry()


@pytest.mark.parametrize("language", [code for code in LANGUAGES if code != "en"])
def test_a_link_whose_names_a_live_translator_has_to_translate_opens_before_it_has_answered(loaded, language) -> None:
    reply = arrive(loaded, f"?items=soccer-ball&lang={language}&route=translate", "answer")

    assert reply["delayed"]
    assert strings(language)("translating.title") in reply["parts"]["answer"]["pieces"]["card"]


@pytest.mark.parametrize(
    "query",
    [
        "?items=soccer-ball&lang=ar&route=translate&translator=phrasebook",
        "?items=soccer-ball&lang=ar&route=glossary",
        "?items=soccer-ball&lang=en&route=translate",
        "?lang=ar&route=translate",
    ],
)
def test_any_other_link_opens_with_its_answer(loaded, query) -> None:
    assert not arrive(loaded, query)["delayed"]


def test_a_link_that_arrives_before_the_t5_is_loaded_says_so() -> None:
    reply = arrive(ModelRegistry(), "?items=soccer-ball&lang=de", "answer")

    assert reply["delayed"] and strings("de")("waking.title") in reply["parts"]["answer"]["pieces"]["card"]


def test_a_t5_that_becomes_ready_while_a_part_is_drawn_is_not_said_to_have_drawn_it(monkeypatch) -> None:
    registry = ModelRegistry(PUBLISHED)

    def draw(state) -> str:
        registry.operator_model.scorer = object()
        return ""

    monkeypatch.setattr(views, "render_route", draw)
    reply = ask(registry, choices={"checkpoint": PUBLISHED}, parts=["route"])

    assert reply["answers"] == "bundled"
    assert registry.resolve_name(PUBLISHED) == PUBLISHED


@pytest.fixture
def shop(tmp_path) -> Path:
    """A shop with the demo's inventory, which a test may change."""
    return Path(shutil.copy(INVENTORY, tmp_path)).parent


def write_inventory(shop: Path, *, without: str) -> None:
    lines = INVENTORY.read_text("utf-8").splitlines(keepends=True)
    (shop / "inventory.csv").write_text("".join(line for line in lines if not line.startswith(without)), "utf-8")


def test_every_reply_says_of_which_inventory_it_is(shop) -> None:
    registry, replica = ModelRegistry(shop=shop), ModelRegistry(shop=shop)
    before = ask(registry)["inventory"]

    assert ask(registry)["inventory"] == ask(replica)["inventory"] == before
    write_inventory(shop, without="soccer-ball,")

    assert ask(registry)["inventory"] == ask(replica)["inventory"] != before


def test_a_ticked_product_that_a_new_inventory_does_not_have_is_taken_back_and_named(shop) -> None:
    registry, choices = ModelRegistry(shop=shop), {"items": ["soccer-ball", "tennis-ball"], "why_not": "soccer-ball"}
    write_inventory(shop, without="soccer-ball,")

    reply = ask(registry, choices=choices, event={"kind": "restock"})

    assert reply["change"]["set"] == {"items": ["tennis-ball"], "added": [], "why_not": "", "story_items": []}
    assert [(said["place"], "soccer-ball" in said["html"]["en"]) for said in reply["said"]] == [("basket", True)]


def test_nothing_is_said_of_a_new_inventory_that_has_all_that_is_ticked() -> None:
    reply = ask(ModelRegistry(), choices={"items": ["soccer-ball"]}, event={"kind": "restock"})

    assert reply["change"]["set"]["items"] == ["soccer-ball"] and not reply["said"]


def test_a_new_inventory_brings_up_no_route_that_the_chosen_t5_does_not_offer() -> None:
    choices = {"language": "ar", "route": "native", "checkpoint": PUBLISHED}

    assert not ask(ModelRegistry(PUBLISHED), choices=choices, event={"kind": "restock"})["said"]


def type_in(kind: str, text: str, **choices: object) -> dict:
    return ask(ModelRegistry(), choices=choices, event={"kind": kind, "text": text})


def read_limit(piece: str) -> int:
    """Return how many characters the box on a piece of the page takes."""
    box = ask(ModelRegistry(), parts=["page"])["parts"]["page"]["pieces"][piece]
    return int(re.search(r'maxlength="(\d+)"', box)[1])


@pytest.mark.parametrize("separator", [", ", "; ", "\n"])
def test_a_pasted_list_of_many_names_is_read_whole(separator) -> None:
    names = [item.name("en") for item in ModelRegistry().inventory if item.sport in ("tennis", "hockey", "soccer")]
    text = separator.join(names)
    assert 200 < len(text) < MAX_SEARCH

    reply = type_in("find", text)

    assert len(reply["change"]["tick"]) == len(names) and reply["understood"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("end", ["Tennis Ball Machine", "Hockey Puck, Tennis Ball Machine"])
@pytest.mark.parametrize("separator", [",", ";", "؛", "&#44;"])
def test_a_list_that_is_too_long_is_never_read_up_to_the_middle_of_a_name(separator, end, language) -> None:
    before = f"Soccer Ball{separator}"
    filler = " " * (MAX_SEARCH - len(before) - len(end.removesuffix(" Machine")))
    reply = type_in("find", f"{before}{filler}{end}", language=language)  # the limit is after "Tennis Ball"

    assert "soccer-ball" in reply["change"]["tick"] and "tennis-ball" not in reply["change"]["tick"]
    assert strings(language)("notice.long", count=MAX_SEARCH) in html.unescape(reply["said"][0]["html"][language])
    assert not reply["understood"]


def test_of_a_list_that_is_too_long_all_whole_names_are_read_whatever_separates_them():
    reply = type_in("find", "Soccer Ball; Tennis Ball, Soccer Jersey, " + "x" * MAX_SEARCH)
    assert set(reply["change"]["tick"]) == {"soccer-ball", "tennis-ball", "soccer-jersey"}


def test_a_title_with_a_comma_is_read_whole_in_a_list_that_is_too_long(tmp_path) -> None:
    (tmp_path / "inventory.csv").write_text('id,name\nwp,"War, Peace"\nw,War\np,Peace\nm,Milk\n', "utf-8")
    registry = ModelRegistry(shop=tmp_path)
    names = "War, Peace\nMilk\nMilk\nMilk\n"
    filler = " " * (MAX_SEARCH - len(names) - len("War, Peace"))  # the limit is after "War, Peace"
    for text in (names + "x" * MAX_SEARCH, f"{names}{filler}War, Peace Treaty"):
        reply = ask(registry, choices={}, event={"kind": "find", "text": text})
        assert set(reply["change"]["tick"]) == {"wp", "m"}


def test_what_is_not_on_the_shelf_keeps_nobody_from_being_asked_about_the_rest_of_a_list() -> None:
    reply = type_in("find", "unicorn, glovves, gloves, soccer ball")
    said = html.unescape(reply["said"][0]["html"]["en"])

    assert reply["change"]["tick"] == ("soccer-ball",)
    assert strings("en")("search.ambiguous", what="gloves") in said and 'data-rest="glovves; unicorn"' in said
    said = html.unescape(type_in("find", "unicorn; glovves")["said"][0]["html"]["en"])
    assert strings("en")("search.none", what="glovves") in said and 'data-rest="unicorn"' in said


def test_all_names_that_are_like_nothing_on_the_shelf_are_named_at_once() -> None:
    said = html.unescape(type_in("find", "unicorn, zeppelin; xylophone")["said"][0]["html"]["en"])

    assert strings("en")("search.none", what="unicorn, zeppelin, xylophone") in said and "<button" not in said


def test_unknown_latin_names_keep_their_order_in_an_arabic_sentence() -> None:
    """Without isolates, two of them would be one run from left to right."""
    many = [f"zeppelin {letter}" for letter in "abcdefgh"]
    t = strings("ar")

    few = html.unescape(type_in("find", "unicorn, zeppelin", language="ar")["said"][0]["html"]["ar"])
    cut = html.unescape(type_in("find", ", ".join(many), language="ar")["said"][0]["html"]["ar"])

    assert t("search.none", what=t.listed(["unicorn", "zeppelin"])) in few
    assert t("search.none", what=t.listed([*many[:6], "…"])) in cut


@pytest.mark.parametrize(
    ("language", "sought", "offered", "rest"),
    [
        ("en", "tennis racket, hock", "hockey-puck", "tennis racket"),
        ("en", "hock, tennis racket", "hockey-puck", "tennis racket"),
        ("en", "puck, jersey", "soccer-jersey", "puck"),
        ("en", "unicorn; puck, tennis ball", None, ""),  # nothing is like a unicorn
        ("en", "puck, tennis ball", "tennis-ball", "puck"),
        ("fr", "raquette de tennis, maillot", "soccer-jersey", "raquette de tennis"),
        ("ar", "مضرب تنس، قميص", "soccer-jersey", "مضرب تنس"),
        ("en", f"{', '.join(LONG)}, jersey", "soccer-jersey", "; ".join(LONG)),
    ],
)
def test_a_suggestion_is_for_the_unknown_name_of_a_list_and_keeps_the_others(language, sought, offered, rest) -> None:
    offers = ask(ModelRegistry(), parts=["offers"], choices={"language": language, "sought": sought})
    html_ = html.unescape(offers["parts"]["offers"]["pieces"]["offers"])

    assert set(re.findall('data-rest="([^"]*)"', html_)) == ({rest} if rest else set())
    assert (f'data-item-id="{offered}"' in html_) if offered else not html_


def test_the_beginning_of_a_title_with_commas_is_no_list(tmp_path) -> None:
    (tmp_path / "inventory.csv").write_text('id,emoji,sport,kind,en\npen,,,,"Pen, blue, A4"\ncap,,,,Cap\n', "utf-8")
    offers = ask(ModelRegistry(shop=tmp_path), parts=["offers"], choices={"language": "en", "sought": "pen, bl"})

    assert 'data-item-id="pen"' in offers["parts"]["offers"]["pieces"]["offers"]
    assert "data-rest" not in offers["parts"]["offers"]["pieces"]["offers"]


def test_the_search_box_takes_more_than_is_read_so_that_a_longer_list_is_noticed() -> None:
    assert read_limit("search") > MAX_SEARCH


def test_a_title_that_is_too_long_for_a_name_is_refused_with_the_reason_and_not_cut_by_its_box() -> None:
    title = "Soccer Socks " * 6
    assert MAX_NAME_LENGTH < len(title) < read_limit("add")

    reply = type_in("add", title)

    assert not reply["understood"] and not reply["change"]
    assert "at most 60 characters" in reply["said"][0]["html"]["en"]


def test_a_link_whose_end_was_left_out_says_so() -> None:
    reply = arrive(ModelRegistry(), f"?lang=de&items={'soccer-ball,' * MAX_QUERY}")

    assert reply["change"]["set"]["items"] == ["soccer-ball"]
    assert strings("de")("notice.long-link", count=MAX_QUERY) in reply["said"][0]["html"]["de"]


def upload(content: bytes) -> dict[str, str]:
    """Return the messages by place."""
    event = {"kind": "upload", "text": base64.b64encode(content).decode()}
    return {message["place"]: message["html"]["en"] for message in ask(ModelRegistry(), event=event)["said"]}


def test_a_shop_that_was_opened_is_told_above_the_shelf_with_an_undo() -> None:
    said = upload(b"name\nYoga Mat\n")

    assert said.keys() == {"basket"} and 'data-do="undo"' in said["basket"]


def test_a_file_that_is_no_shop_is_told_beside_the_button_and_there_is_nothing_to_undo() -> None:
    said = upload(b"title\nYoga Mat\n")

    assert said.keys() == {"shop"} and 'data-do="undo"' not in said["shop"]


@pytest.mark.parametrize("blank", ["", " ", "\u200b", "&nbsp;"])
def test_a_name_that_is_blank_is_not_quoted_but_said_to_be_missing(blank) -> None:
    (said,) = type_in("add", blank)["said"]
    rows = upload(f"name,sport\nBall,soccer\n{blank},x\n".encode())

    assert all(
        strings(language)("add.refused.blank") in html.unescape(said["html"][language]) for language in LANGUAGES
    )
    assert strings("en")("shop.bad.name", line=3, column="name") in rows["basket"]


def test_a_blank_name_in_a_link_adds_nothing_and_needs_no_notice() -> None:
    reply = arrive(ModelRegistry(), "?lang=en&add=%20&add=%E2%80%8B&add=Soccer+Socks")

    assert reply["change"]["set"]["added"] == ["Soccer Socks"] and not reply["said"]


def test_a_message_is_there_in_every_language() -> None:
    content = base64.b64encode(b"name\nYoga Mat\n{}\n").decode()
    (said,) = ask(ModelRegistry(), event={"kind": "upload", "text": content})["said"]

    for language in LANGUAGES:
        assert strings(language)("shop.bad") in html.unescape(said["html"][language])
