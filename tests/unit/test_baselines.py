"""Baselines: properties of all rankers, and each one's method."""

import math

import pytest

from recommender.evaluation.baselines import (
    Ease,
    ItemKNN,
    Mlp,
    Popularity,
    Rule,
    Trigrams,
    TrueProbabilities,
    WordOverlap,
    draw_purchases,
    list_owned,
)
from recommender.shop.catalog import Catalog

SHOP = Catalog.load()
PURCHASES = draw_purchases(SHOP, seed=0, count=300)
OWNED = list_owned(PURCHASES)
BASELINES = [
    TrueProbabilities(),
    Rule(),
    Mlp(PURCHASES, SHOP, seed=0),
    Ease(OWNED, SHOP, ridge=100.0),
    ItemKNN(OWNED),
    Popularity(OWNED),
    Trigrams("de", SHOP),
    WordOverlap("ar"),
]


def bought(*ids):
    return frozenset(ids)


@pytest.fixture(params=BASELINES, ids=lambda baseline: baseline.name)
def baseline(request):
    return request.param


@pytest.mark.parametrize("owned", [["soccer-ball"], ["tennis-racket", "baseball-bat"], ["hockey-stick", "football"]])
def test_every_candidate_is_ranked_once_and_nothing_else(baseline, owned):
    basket = SHOP.select(owned)
    ranking = baseline.rank(basket, SHOP.candidates(basket))
    assert sorted(item.id for item in ranking) == sorted(item.id for item in SHOP.candidates(basket))


def test_the_same_basket_is_ranked_the_same_in_any_order(baseline):
    basket = SHOP.select(["soccer-ball", "tennis-racket", "soccer-jersey"])
    candidates = SHOP.candidates(basket)
    assert baseline.rank(basket, candidates) == baseline.rank(basket[::-1], candidates)


def test_the_most_purchased_comes_first():
    ranker = Popularity([bought("basketball", "football"), bought("football")])
    assert [item.id for item in ranker.rank((), SHOP.items)[:2]] == ["football", "basketball"]


def test_similarity_is_the_cosine_of_the_shoppers_of_two_items():
    ranker = ItemKNN([bought("a", "b"), bought("a", "b"), bought("a", "c")])
    assert ranker.similarity("a", "b") == pytest.approx(2 / math.sqrt(3 * 2))
    assert ranker.similarity("b", "a") == ranker.similarity("a", "b")
    assert ranker.similarity("b", "c") == 0


def test_shoppers_abc_and_abd_recommend_a_or_b_after_c_and_d():
    a, b, c, d, e, f = SHOP.items[:6]
    ranker = ItemKNN([bought(a.id, b.id, c.id), bought(a.id, b.id, d.id), bought(e.id, f.id)])
    assert set(ranker.rank((c, d), (f, e, b, a))[:2]) == {a, b}


def test_the_rule_ranks_the_largest_group_first_in_the_usual_order_of_purchase():
    basket = SHOP.select(["hockey-puck", "hockey-stick", "tennis-ball"])
    ranking = Rule().rank(basket, SHOP.candidates(basket))
    assert ranking[0].id == "hockey-jersey" and {item.sport for item in ranking[:4]} == {"hockey"}


def test_no_ranker_can_beat_the_true_probabilities():
    basket = SHOP.select(["tennis-racket"])
    assert TrueProbabilities().rank(basket, SHOP.candidates(basket))[0].id == "tennis-ball"


def test_ease_weighs_co_purchases_and_no_item_by_itself():
    a, b, c = SHOP.items[:3]
    ease = Ease([bought(a.id, b.id)] * 20 + [bought(c.id)] * 20, Catalog([a, b, c]), ridge=1.0)
    assert ease.weights.diagonal() == pytest.approx([0, 0, 0])
    assert ease.rank((a,), (c, b)) == (b, c)


@pytest.mark.parametrize("ranker", [Trigrams("en", SHOP), WordOverlap("en")], ids=lambda ranker: ranker.name)
def test_baselines_on_names_rank_a_product_without_purchases(ranker):
    shelf = SHOP.extended(["Red Soccer Mouthguards"])
    basket = shelf.select(["soccer-ball", "soccer-jersey"])
    ranking = [item.id for item in ranker.rank(basket, shelf.candidates(basket))]
    assert ranking.index("red-soccer-mouthguards") < 10


def test_the_training_purchases_are_the_same_for_the_same_seed():
    assert draw_purchases(SHOP, seed=3, count=50) == draw_purchases(SHOP, seed=3, count=50)
    assert draw_purchases(SHOP, seed=3, count=50) != draw_purchases(SHOP, seed=4, count=50)
