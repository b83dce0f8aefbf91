"""Retrieval selects candidates in a large shop, and all products of a small one."""

import csv
import sys
from functools import cache
from pathlib import Path

import pytest

from benchmarks.growth import Shopper, build_shop
from recommender.recommender import Recommender
from recommender.shop.catalog import MAX_CANDIDATES, Catalog
from recommender.shop.inventory import COLUMNS
from recommender.shop.language import LANGUAGES
from recommender.shop.retrieval import FEWEST, MOST, WordIndex
from tests.support.bundled import bundled


@cache
def large() -> Catalog:
    return build_shop(10_000, seed=1)


def test_a_small_shop_has_all_products_as_candidates_in_order():
    shop = build_shop(MAX_CANDIDATES + 1, seed=0)
    assert shop.candidates(shop.items[3:4]) == shop.items[:3] + shop.items[4:]


@pytest.mark.parametrize("seed", range(10))
def test_in_a_large_shop_the_retrieved_candidates_are_of_the_right_sport_and_in_inventory_order(seed):
    shopper = Shopper.draw(large(), seed)
    left = shopper.shop.candidates(shopper.basket)
    assert FEWEST <= len(left) <= MOST
    assert list(left) == sorted(left, key=large().items.index)
    assert not set(left) & set(shopper.basket)
    assert {item for item in large() if shopper.fits(item)} == {*left, *shopper.basket}


def test_retrieval_does_not_depend_on_the_order_of_the_basket():
    basket = [large().items[n] for n in (17, 4000, 9000)]
    assert large().candidates(basket) == large().candidates(basket[::-1])


def test_an_added_product_that_shares_a_word_is_always_a_candidate():
    shopper = Shopper.draw(large(), seed=0)
    word = shopper.basket[0].name("en").split()[-1]
    catalog = large().extended([f"Zorblax {word}", "Qwrtz Thing"])
    assert f"zorblax-{word.lower()}" in {item.id for item in catalog.candidates(shopper.basket)}


def test_many_added_products_do_not_grow_the_prompt():
    shopper = Shopper.draw(large(), seed=0)
    word = shopper.basket[0].name("en").split()[-1]
    catalog = large().extended([f"Zorblax{chr(97 + n // 26)}{chr(97 + n % 26)} {word}" for n in range(200)])
    assert len(catalog.candidates(shopper.basket)) == MOST


def test_the_answer_says_that_only_some_products_were_ranked():
    found = Recommender(large(), bundled().scorer).recommend(Shopper.draw(large(), seed=0).owned, explain=True)
    assert found.narrowed and found.unowned == 9_997
    assert found.as_dict()["narrowed"] == {"ranked": len(found.ranking), "in_stock": 9_997}
    assert len(found.because) == 3
    small = bundled().recommend(["Soccer Ball"])
    assert not small.narrowed and "narrowed" not in small.as_dict()


def test_a_basket_of_one_kind_retrieves_more_of_that_kind():
    jackets = [item for item in large() if item.kind == large().items[0].kind]
    assert set(large().candidates(jackets[:3])) <= set(jackets[3:])


def test_a_basket_that_shares_no_word_still_has_candidates():
    catalog = large().extended(["Qwrtz"])
    assert len(catalog.candidates([catalog["qwrtz"]])) == MOST


def test_rare_words_count_more_than_common_ones():
    names = {"a": {"soccer", "ball"}, "b": {"soccer", "cap"}, "c": {"tennis", "ball"}, "d": {"golf", "ball"}}
    _, b, c, d = WordIndex.build({name: frozenset(words) for name, words in names.items()}).similarity(["a"])
    assert b > c == d > 0


def test_a_word_in_every_name_does_not_count():
    words = {name: frozenset({"ball", name}) for name in "abc"}
    assert WordIndex.build(words).similarity(["a"])[1:].tolist() == [0, 0]


def test_loading_takes_steps_in_proportion_to_the_rows(tmp_path: Path):
    def count_steps(rows: int) -> int:
        """Return the number of lines of Python that are executed to load an inventory."""
        path = tmp_path / f"{rows}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS)
            writer.writeheader()
            for item in large().items[:rows]:
                names = {language: item.name(language) for language in LANGUAGES}
                writer.writerow({"id": item.id, "sport": item.sport, "kind": item.kind, "emoji": "🎽", **names})
        steps, before = 0, sys.gettrace()

        def count(*_):
            nonlocal steps
            steps += 1
            return count

        sys.settrace(count)
        try:
            shop = Catalog.load(path)
        finally:
            sys.settrace(before)
        assert len(shop) == rows
        return steps

    few, many = count_steps(500), count_steps(4000)
    assert many < 10 * few  # as each row is not compared with all before it
