"""Scores by co-purchases and by the words of the names, and the candidates that are chosen by them."""

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from benchmarks.hardware import Hardware
from recommender.shop import item_knn
from recommender.shop.catalog import Catalog
from recommender.shop.co_purchase import CoPurchases, KnnSettings
from recommender.shop.item import Item
from recommender.shop.item_knn import UNSOLD, Forget, ItemKnn
from recommender.shop.retrieval import BY_WORDS, MOST, content_words

BASKETS = ["ab", "ab", "ac", "bcd", "d", "ab"]
PLAIN = KnnSettings(0.5, 0.25, 0.0)
IN_TIME = KnnSettings(0.5, 0.25, 0.0, distance=0.5, backward=0.25)


def build_catalog(hardware: Hardware) -> Catalog:
    return Catalog(Item(p.sku, "", "", "", {"en": p.title}) for p in hardware.products)


def test_scores_are_those_of_the_formula():
    counts = replace(CoPurchases.count("abcd", BASKETS), settings=PLAIN)
    scores = ItemKnn(counts, ["", "", "", ""]).score_baskets(["ac"])[0]
    for candidate, together in zip("bd", ((3, 1), (0, 1)), strict=True):
        expected = (together[0] / 4**0.5 + together[1] / 2**0.5) / {"b": 4, "d": 2}[candidate] ** 0.25
        assert math.isclose(scores["abcd".index(candidate)], expected)


@pytest.mark.parametrize("settings", [PLAIN, KnnSettings(0.75, 0.5, 3.0), replace(IN_TIME, recency=0.5)])
def test_a_forgotten_purchase_does_not_count(settings):
    baskets, words = ["ab", "ab", "ac", "bcd", "d"], {"a": "x", "b": "y", "c": "z", "d": "w"}

    def score(counted, forget=None):
        counts = CoPurchases.count("abcd", counted, settings)
        scorer = ItemKnn(counts, list(words.values()))
        return scorer.score_products("ab", scorer.locate("d"), "w", forget)

    assert np.allclose(score([*baskets, "abd"], Forget("d")), score(baskets))
    assert score([*baskets, "abd"], Forget("d", entirely=True)) == [0]  # and nothing else is called so


def test_units_and_numbers_are_no_words():
    assert content_words("Bosch Dübel 8 mm x 50 m (100 pack)", "2er-Set 18V") == {"bosch", "dubel"}
    assert content_words("m mm x 12 ½ 3/4 Zoll") == frozenset()


def test_a_product_without_sales_is_scored_by_products_with_similar_names():
    hardware = Hardware.build(60)
    new = next(p for p in hardware.products if p.sort == "Dübel")
    baskets = [[p.sku for p in order] for order in hardware.draw_orders(1500, unsold=[new.sku])]
    shop = build_catalog(hardware)
    shop = shop.with_purchases(CoPurchases.count([item.id for item in shop], baskets))
    assert shop.item_knn.counts.sold[shop.items.index(shop[new.sku])] == 0

    def place(*sorts):
        basket = [next(p for p in hardware.products if p.sort == sort).sku for sort in sorts]
        found = [item.id for item in shop.candidates(shop.select(basket))]
        return found.index(new.sku) + 1 if new.sku in found else math.inf

    assert place("Steinbohrer", "Spanplattenschrauben") <= 5
    assert place("Wandfarbe weiß", "Farbroller") > 10
    assert place("Blumenerde", "Gießkanne") > 10


def test_a_product_added_by_name_is_scored_by_its_words():
    hardware = Hardware.build(60)
    shop = build_catalog(hardware)
    baskets = [[p.sku for p in order] for order in hardware.draw_orders(1500)]
    shop = shop.with_purchases(CoPurchases.count([item.id for item in shop], baskets)).extended(
        ["Nagelneu Dübel 12 mm"]
    )
    drill = next(p for p in hardware.products if p.sort == "Steinbohrer").sku
    earth = next(p for p in hardware.products if p.sort == "Blumenerde").sku
    assert "nagelneu-dübel-12-mm" in {item.id for item in shop.candidates(shop.select([drill]))}
    assert "nagelneu-dübel-12-mm" not in {item.id for item in shop.candidates(shop.select([earth]))}


def test_one_place_is_for_a_new_product_that_is_like_what_is_bought_with_the_basket():
    def name(n: int) -> str:
        return f"{'Drill' if n < 30 else 'Paint'} {chr(97 + n % 26)}{chr(97 + n // 26)}"

    new = {"drill": "Drill zz", "paint": "Paint zz"}
    items = [Item(str(n), "", "", "", {"en": name(n)}) for n in range(60)]
    catalog = Catalog([*items, *(Item(id_, "", "", "", {"en": called}) for id_, called in new.items())], words=None)
    baskets = [[str(n), str(m)] for n in range(30) for m in range(30) if n != m]  # drills with drills
    baskets += [[str(n), str(n + 1)] for n in range(30, 59)]
    shop = catalog.with_purchases(CoPurchases.count([item.id for item in catalog], baskets))
    found = [item.id for item in shop.candidates([shop["3"]])]
    assert len(found) == MOST and "drill" in found and "paint" not in found
    nobody = shop.restock(item for item in shop if item.id not in new)
    without = [item.id for item in nobody.candidates([nobody["3"]])]
    assert len(without) == MOST and len(set(without) - set(found)) == 1


def test_the_candidates_for_what_nobody_bought_are_those_like_it_in_any_order_of_the_inventory():
    things = [("Oak", "chair"), ("Oak", "table"), ("Pine", "chair"), ("Pine", "table")]
    names = [f"{wood} {thing} {chr(97 + n)}" for n in range(15) for wood, thing in things]
    items = [Item(name, "", "", "", {"en": name}) for name in names]
    baskets = [[a.id, b.id] for a, b in pairwise(items[1:])]
    for turned in (items, items[::-1], items[7:] + items[:7]):
        shop = Catalog(turned, words=None)
        shop = shop.with_purchases(CoPurchases.count([item.id for item in shop], baskets))
        found = [item.id for item in shop.candidates([shop["Oak chair a"]])]
        assert len(found) == MOST and all("Oak" in name or "chair" in name for name in found)


def test_candidates_come_in_the_order_of_retrieval_and_hold_a_few_by_words():
    hardware = Hardware.build(2000)
    shop = build_catalog(hardware)
    shop = shop.with_purchases(
        CoPurchases.count([i.id for i in shop], [[p.sku for p in order] for order in hardware.draw_orders(300)])
    )
    for item in shop.items[:20]:
        found = shop.candidates([item])
        scores = shop.score_bought([item], found)
        assert len(found) == MOST and item not in found
        assert scores == sorted(scores, reverse=True)
        words = content_words(item.name("en"))
        assert sum(bool(words & content_words(other.name("en"))) for other in found) >= BY_WORDS - 1  # one may be new


def test_what_nobody_bought_counts_for_less_than_what_is_like_it(monkeypatch):
    names = {"a": "Saw", "b": "Red Rake", "c": "Blue Rake", "d": "Green Rake", "e": "Hose"}
    shop = Catalog((Item(id_, "", "", "", {"en": name}) for id_, name in names.items()), words=None)
    counts = CoPurchases.count("abcde", ["ab", "ac", "ab", "ae", "e", "be"], replace(PLAIN, named=1.0))
    known = shop.with_purchases(counts)
    bought, other = known.score_bought([known["a"]], [known["b"], known["d"]])
    assert 0 < other < bought
    longer = known.extended(["Yellow Rake"])  # one that is added now is like one that was there before
    assert longer.score_bought([longer["a"]], [longer["yellow-rake"]]) == pytest.approx([other])
    monkeypatch.setattr(item_knn, "UNSOLD", 1.0)
    assert known.score_bought([known["a"]], [known["b"], known["d"]]) == pytest.approx([bought, other / UNSOLD])
