"""Baselines: properties of all rankers, and each one's method."""

import math

import pytest

from recommender.evaluation.baselines import (
    ByPurchases,
    Mlp,
    Rule,
    Trigrams,
    TrueProbabilities,
    WordOverlap,
    count_neighbours,
    draw_purchases,
    list_owned,
)
from recommender.evaluation.metrics import ndcg
from recommender.evaluation.sequential import Ease, Popularity
from recommender.shop.catalog import Catalog
from recommender.training.shoppers import utilities

SHOP = Catalog.load()
PURCHASES = draw_purchases(SHOP, seed=0, count=300)
OWNED, IDS = list_owned(PURCHASES), [item.id for item in SHOP]
BASELINES = [
    TrueProbabilities(),
    Rule(),
    Mlp(PURCHASES, SHOP, seed=0),
    ByPurchases("EASE", Ease(IDS, OWNED, ridge=100.0)),
    ByPurchases("item-kNN", count_neighbours(IDS, OWNED)),
    ByPurchases("popularity", Popularity(IDS, OWNED)),
    Trigrams("de", SHOP),
    WordOverlap("ar"),
]


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
    ranker = ByPurchases("popularity", Popularity(IDS, [["basketball", "football"], ["football"]]))
    assert [item.id for item in ranker.rank((), SHOP.items)[:2]] == ["football", "basketball"]


def test_similarity_is_the_cosine_of_the_shoppers_of_two_items():
    (scores,) = count_neighbours("abc", ["ab", "ab", "ac"]).score_baskets([["b"]])
    assert scores.tolist() == pytest.approx([2 / math.sqrt(3 * 2), 0, 0])


def test_shoppers_abc_and_abd_recommend_a_or_b_after_c_and_d():
    a, b, c, d, e, f = SHOP.items[:6]
    owned = [[a.id, b.id, c.id], [a.id, b.id, d.id], [e.id, f.id]]
    ranker = ByPurchases("item-kNN", count_neighbours(IDS, owned))
    assert set(ranker.rank((c, d), (f, e, b, a))[:2]) == {a, b}


def test_the_rule_ranks_the_largest_group_first_in_the_usual_order_of_purchase():
    basket = SHOP.select(["hockey-puck", "hockey-stick", "tennis-ball"])
    ranking = Rule().rank(basket, SHOP.candidates(basket))
    assert ranking[0].id == "hockey-jersey" and {item.sport for item in ranking[:4]} == {"hockey"}


@pytest.mark.parametrize("owned", [["tennis-racket"], ["soccer-ball", "soccer-jersey", "football"], ["hockey-puck"]])
def test_no_ranker_can_beat_the_true_probabilities(baseline, owned):
    basket = SHOP.select(owned)
    candidates = SHOP.candidates(basket)
    values = dict(zip((item.id for item in candidates), utilities(basket, candidates), strict=True))
    reached, best = (
        ndcg([item.id for item in ranker.rank(basket, candidates)], values)
        for ranker in (baseline, TrueProbabilities())
    )
    assert reached <= best == pytest.approx(1)


def test_ease_recommends_what_was_bought_together():
    a, b, c = SHOP.items[:3]
    ease = Ease([a.id, b.id, c.id], [[a.id, b.id]] * 20 + [[c.id]] * 20, ridge=1.0)
    assert ByPurchases("EASE", ease).rank((a,), (c, b)) == (b, c)


@pytest.mark.parametrize("ranker", [Trigrams("en", SHOP), WordOverlap("en")], ids=lambda ranker: ranker.name)
def test_baselines_on_names_rank_a_product_without_purchases(ranker):
    shelf = SHOP.extended(["Red Soccer Mouthguards"])
    basket = shelf.select(["soccer-ball", "soccer-jersey"])
    ranking = [item.id for item in ranker.rank(basket, shelf.candidates(basket))]
    assert ranking.index("red-soccer-mouthguards") < 10


def test_the_training_purchases_are_the_same_for_the_same_seed():
    assert draw_purchases(SHOP, seed=3, count=50) == draw_purchases(SHOP, seed=3, count=50)
    assert draw_purchases(SHOP, seed=3, count=50) != draw_purchases(SHOP, seed=4, count=50)
