"""Baselines: what every one of them keeps to, and what each one knows."""

import math

import pytest

from recommender.errors import CatalogError
from recommender.evaluation.baselines import ItemKNN, Popularity, SameSport, baselines, training_purchases
from recommender.shop.catalog import Catalog

SHOP = Catalog.load()
NAMES = ["popularity", "item-kNN", "same sport at random", "same sport, first on the shelf", "random"]


def bought(*ids):
    return frozenset(ids)


@pytest.fixture(scope="module")
def by_name():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training_purchases, "__defaults__", (500,))  # how many teach makes no difference here
        return {baseline.name: baseline for baseline in baselines(SHOP, seed=0)}


@pytest.fixture(params=NAMES)
def baseline(request, by_name):
    return by_name[request.param]


def test_every_baseline_is_tested(by_name):
    assert list(by_name) == NAMES


@pytest.mark.parametrize("owned", [["soccer-ball"], ["tennis-racket", "baseball-bat"], ["hockey-stick", "football"]])
def test_every_candidate_is_ranked_once_and_nothing_else(baseline, owned):
    basket = SHOP.select(owned)
    ranking = baseline.rank(basket, SHOP.candidates(basket))
    assert sorted(item.id for item in ranking) == sorted(item.id for item in SHOP.candidates(basket))


def test_the_same_basket_is_ranked_the_same_in_any_order(baseline):
    basket = SHOP.select(["soccer-ball", "tennis-racket", "soccer-jersey"])
    candidates = SHOP.candidates(basket)
    assert baseline.rank(basket, candidates) == baseline.rank(basket[::-1], candidates)


def test_an_item_that_nobody_ever_bought_can_be_ranked(baseline):
    shelf = SHOP.extended(["Soccer Mouthguard"])
    basket = shelf.select(["soccer-ball"])
    assert shelf["soccer-mouthguard"] in baseline.rank(basket, shelf.candidates(basket))


def test_the_most_purchased_comes_first():
    ranker = Popularity([bought("basketball", "football"), bought("football")])
    assert [item.id for item in ranker.rank((), SHOP.items)[:2]] == ["football", "basketball"]


def test_similarity_is_the_cosine_of_the_shoppers_of_two_items():
    ranker = ItemKNN([bought("a", "b"), bought("a", "b"), bought("a", "c")])
    assert ranker.similarity("a", "b") == pytest.approx(2 / math.sqrt(3 * 2))
    assert ranker.similarity("b", "a") == ranker.similarity("a", "b")
    assert ranker.similarity("b", "c") == 0


def test_shoppers_abc_and_abd_recommend_a_or_b_to_who_owns_c_and_d():
    a, b, c, d, e, f = SHOP.items[:6]
    ranker = ItemKNN([bought(a.id, b.id, c.id), bought(a.id, b.id, d.id), bought(e.id, f.id)])
    assert set(ranker.rank((c, d), (f, e, b, a))[:2]) == {a, b}


@pytest.mark.parametrize("seed", [0, None])
def test_the_same_sport_comes_before_every_other(seed):
    basket = SHOP.select(["hockey-puck"])
    ranking = SameSport(seed).rank(basket, SHOP.candidates(basket))
    assert {item.sport for item in ranking[:5]} == {"hockey"}


def test_teaching_is_the_same_for_the_same_seed():
    assert training_purchases(SHOP, seed=3, count=50) == training_purchases(SHOP, seed=3, count=50)
    assert training_purchases(SHOP, seed=3, count=50) != training_purchases(SHOP, seed=4, count=50)


def test_a_shop_whose_shoppers_have_nothing_left_to_buy_is_refused():
    shop = Catalog(SHOP.items[:1])
    with pytest.raises(CatalogError, match=r"Of 500 shoppers drawn for this shop, only 0 .*; 5 are needed"):
        training_purchases(shop, seed=0, count=5)
