"""Baselines: properties of all rankers, and each one's method."""

import math

import numpy as np
import pytest

from recommender.evaluation import baselines
from recommender.evaluation.baselines import (
    RIDGES,
    ByPurchases,
    Mlp,
    Rule,
    Trigrams,
    TrigramsOfAnyLanguage,
    TrueProbabilities,
    WordOverlap,
    build_item_knn,
    draw_purchases,
    list_owned,
    tune_ease,
)
from recommender.evaluation.collaborative import Ease, Popularity
from recommender.evaluation.metrics import ndcg
from recommender.shop.catalog import Catalog
from recommender.shop.language import LANGUAGES
from recommender.training.shoppers import split_of_basket, utilities

SHOP = Catalog.load()
PURCHASES = draw_purchases(SHOP, seed=0, count=300)
OWNED, IDS = list_owned(PURCHASES), [item.id for item in SHOP]
BASELINES = [
    TrueProbabilities(),
    Rule(),
    Mlp(PURCHASES, SHOP, seed=0),
    ByPurchases("EASE", Ease(IDS, OWNED, ridge=100.0)),
    ByPurchases("item-kNN", build_item_knn(IDS, OWNED)),
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
    (scores,) = build_item_knn("abc", ["ab", "ab", "ac"]).score_baskets([["b"]])
    assert scores.tolist() == pytest.approx([2 / math.sqrt(3 * 2), 0, 0])


def test_shoppers_abc_and_abd_recommend_a_or_b_after_c_and_d():
    a, b, c, d, e, f = SHOP.items[:6]
    owned = [[a.id, b.id, c.id], [a.id, b.id, d.id], [e.id, f.id]]
    ranker = ByPurchases("item-kNN", build_item_knn(IDS, owned))
    assert set(ranker.rank((c, d), (f, e, b, a))[:2]) == {a, b}


def test_the_rule_ranks_the_largest_group_first_in_the_usual_order_of_purchase():
    basket = SHOP.select(["hockey-puck", "hockey-stick", "tennis-ball"])
    ranking = Rule().rank(basket, SHOP.candidates(basket))
    assert ranking[0].id == "hockey-jersey" and {item.sport for item in ranking[:4]} == {"hockey"}


def test_on_a_tie_the_rule_goes_by_the_sport():
    basket = SHOP.select(["soccer-ball", "tennis-shoes"])
    ranking = Rule().rank(basket, SHOP.candidates(basket))
    assert [item.id for item in ranking[:4]] == ["soccer-jersey", "tennis-shirt", "tennis-ball", "soccer-cleats"]


@pytest.mark.parametrize("owned", [["tennis-racket"], ["soccer-ball", "soccer-jersey", "football"], ["hockey-puck"]])
def test_the_true_probabilities_rank_as_well_as_can_be(owned):
    basket = SHOP.select(owned)
    candidates = SHOP.candidates(basket)
    values = dict(zip((item.id for item in candidates), utilities(basket, candidates), strict=True))
    ranking = TrueProbabilities().rank(basket, candidates)
    assert ndcg([item.id for item in ranking], values) == pytest.approx(1)


def test_ease_recommends_what_was_bought_together():
    a, b, c = SHOP.items[:3]
    ease = Ease([a.id, b.id, c.id], [[a.id, b.id]] * 20 + [[c.id]] * 20, ridge=1.0)
    assert ByPurchases("EASE", ease).rank((a,), (c, b)) == (b, c)


@pytest.mark.parametrize("best", RIDGES)
def test_the_strength_of_ease_is_the_one_with_the_best_picks_for_validation_baskets(monkeypatch, best):
    asked = []

    class KnowsTheTruthAtOneStrength(Ease):
        def __init__(self, ids, owned, ridge):
            super().__init__(ids, owned, ridge)
            self.sign = 1 if ridge == best else -1

        def score_baskets(self, baskets):
            asked.extend(map(SHOP.select, baskets))
            return np.array([utilities(SHOP.select(ids), SHOP.items) for ids in baskets]) * self.sign

    monkeypatch.setattr(baselines, "Ease", KnowsTheTruthAtOneStrength)
    assert tune_ease(SHOP, OWNED).scorer.sign == 1
    assert {split_of_basket(basket) for basket in asked} == {"validation"}


@pytest.mark.parametrize(
    "ranker",
    [Trigrams("en", SHOP), TrigramsOfAnyLanguage("en", SHOP), WordOverlap("en")],
    ids=lambda ranker: ranker.name,
)
def test_baselines_on_names_rank_a_product_without_purchases(ranker):
    shelf = SHOP.extended(["Red Soccer Mouthguards"])
    basket = shelf.select(["soccer-ball", "soccer-jersey"])
    ranking = [item.id for item in ranker.rank(basket, shelf.candidates(basket))]
    assert ranking.index("red-soccer-mouthguards") < 10


@pytest.mark.parametrize("asked", LANGUAGES)
@pytest.mark.parametrize(("written", "name"), [("en", "Tennis Visor"), ("ar", "شورت التنس"), ("de", "Tennisschuhe XL")])
def test_a_name_in_another_language_is_compared_with_the_shops_names_in_that_language(asked, written, name):
    shelf = SHOP.extended([name])
    basket = shelf.select(["tennis-racket", "tennis-shirt"])
    (added,) = shelf.added_items
    candidates = shelf.candidates(basket)
    ranking = TrigramsOfAnyLanguage(asked, SHOP).rank(basket, candidates)
    assert ranking == Trigrams(written, SHOP).rank(basket, candidates) and ranking.index(added) < 4


def test_a_name_that_resembles_no_name_of_the_shop_is_ranked_in_the_shoppers_language():
    shelf = SHOP.extended(["Ζωγραφική"])
    basket = shelf.select(["soccer-ball", "soccer-jersey"])
    of_any, of_one = (
        kind("fr", SHOP).rank(basket, shelf.candidates(basket)) for kind in (TrigramsOfAnyLanguage, Trigrams)
    )
    assert of_any == of_one


def test_the_baselines_learn_from_baskets_of_the_training_part():
    assert {split_of_basket(each.basket) for each in draw_purchases(SHOP, seed=0, count=500)} == {"train"}


def test_the_training_purchases_are_the_same_for_the_same_seed():
    assert draw_purchases(SHOP, seed=3, count=50) == draw_purchases(SHOP, seed=3, count=50)
    assert draw_purchases(SHOP, seed=3, count=50) != draw_purchases(SHOP, seed=4, count=50)
