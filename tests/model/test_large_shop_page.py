"""The page of a shop with thousands of products: checkboxes for the first ones, and a search for the others."""

import csv
import re
import time

import pytest
from fastapi import FastAPI
from starlette.requests import Request

from benchmarks.hardware import Hardware
from recommender.ui.events import Events
from recommender.ui.models import ModelRegistry
from recommender.ui.page import Page
from recommender.ui.shelf import MAX_SHELF
from recommender.ui.views import MAX_OFFERS

pytestmark = pytest.mark.slow

SIZE = 20_000
LIMIT = 0.2  # seconds of the processor


@pytest.fixture(scope="module")
def events(tmp_path_factory) -> Events:
    folder = tmp_path_factory.mktemp("large")
    with (folder / "inventory.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("id", "name", "sport"))
        writer.writerows((p.sku, p.title, p.sort) for p in Hardware.build(SIZE).products)
    return Events(ModelRegistry(shop=folder), None)


def ask(events: Events, **body):
    scope = {"type": "http", "path": "/", "headers": [(b"host", b"x")], "query_string": b"", "app": FastAPI()}
    return events.answer({"number": 1, "choices": {"language": "en"}, "parts": [], **body}, Request(scope))


def test_the_first_products_have_boxes_and_the_page_stays_small(events):
    pieces = ask(events, parts=["page"])["parts"]["page"]["pieces"]
    assert pieces["shelf"].count("data-item>") == MAX_SHELF
    assert sum(map(len, pieces.values())) < 300_000


def test_every_rendered_piece_has_an_element_on_the_page(events):
    page = Page()
    places = {block.elem_id for block in page.blocks.values()}
    choices = {"language": "en", "items": ["soccer-ball"]}
    reply = ask(Events(page.registry, None), choices=choices, parts=["page", "route", "answer", "story"])
    assert {name for part in reply["parts"].values() for name in part["pieces"]} <= places


def test_a_product_found_by_search_gets_a_checkbox(events):
    last = events.registry.inventory.items[-1]
    found = ask(events, event={"kind": "find", "text": last.name("en").lower()})
    assert list(found["change"]["tick"]) == [last.id]
    (chosen,) = [
        ask(events, choices={"language": "en", "items": [item.id, last.id]}, parts=["answer"])["parts"]["answer"]
        for item in events.registry.inventory.items[:1]
    ]
    assert chosen["pieces"]["chosen"].count("data-item checked>") == 1 and last.id in chosen["pieces"]["chosen"]


def test_a_product_found_by_search_keeps_its_checkbox_and_its_place_when_it_is_unticked(events):
    *_, first, second = (item.id for item in events.registry.inventory)
    choices = {"language": "en", "items": [second], "unticked": [first, "unknown"]}
    chosen = ask(events, choices=choices, parts=["answer"])["parts"]["answer"]["pieces"]["chosen"]
    assert re.findall('value="([^"]*)"', chosen) == [first, second]


def test_a_search_word_offers_some_products_with_it(events):
    said = ask(events, event={"kind": "find", "text": "rasen bosch"})["said"][0]["html"]["en"]
    assert said.count("data-item-id") == MAX_OFFERS and said.count("Bosch") == MAX_OFFERS


@pytest.mark.parametrize(
    "body",
    [
        {"parts": ["page"]},
        {"event": {"kind": "find", "text": "rasen"}},
        {"event": {"kind": "find", "text": "bosch"}},
        {"parts": ["offers"], "choices": {"language": "en", "sought": "bos"}},
        {"parts": ["offers"], "choices": {"language": "en", "sought": "bsoch"}},
    ],
    ids=["page", "rasen", "bosch", "typing", "a slip"],
)
def test_page_and_search_are_quick(events, body):
    ask(events, **body)
    started = time.thread_time()
    ask(events, **body)
    assert time.thread_time() - started < LIMIT


def test_groups_are_folded_and_a_few_letters_offer_matching_products(events):
    shelf = ask(events, parts=["page"])["parts"]["page"]["pieces"]["shelf"]
    assert shelf.count("<details") == shelf.count("<fieldset") > 1
    offers = ask(events, parts=["offers"], choices={"language": "en", "sought": "bos"})["parts"]["offers"]["pieces"]
    assert offers["offers"].count("data-item-id") == MAX_OFFERS and offers["offers"].count("Bos") == MAX_OFFERS
    nothing = ask(events, parts=["offers"], choices={"language": "en", "sought": "b"})["parts"]["offers"]["pieces"]
    assert nothing == {"offers": ""}
