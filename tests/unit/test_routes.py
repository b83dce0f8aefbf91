"""What a route is called, and what it puts into the prompt."""

from __future__ import annotations

from recommender.routes import MAX_WITHOUT_PURCHASES, Route, build_question
from recommender.shop.catalog import Catalog

SHELF = Catalog.load()


def test_a_route_is_the_text_that_it_is_called_by() -> None:
    assert Route("glossary") == "glossary" == f"{Route.GLOSSARY}"


def test_a_prompt_has_a_bounded_number_of_purchases_in_a_shop_without_known_ones() -> None:
    shelf = SHELF.extended(f"Thing {n}" for n in range(2 * MAX_WITHOUT_PURCHASES))
    basket = shelf.items[:-10]

    question = build_question(Route.DIRECT, basket, shelf, "en")

    assert question.latest == basket[-MAX_WITHOUT_PURCHASES:]
    assert question.purchased == tuple(item.name("en") for item in question.latest)
    assert build_question(Route.DIRECT, SHELF.items[:-1], SHELF, "en").latest == SHELF.items[:-1]
