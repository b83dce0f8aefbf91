"""Metrics against worked examples and closed forms."""

import math

import pytest

from recommender.compare import kendall_tau
from recommender.evaluation.bootstrap import estimate
from recommender.evaluation.metrics import brier, kendall_tau_of_different, kl_divergence, ndcg


def test_the_bootstrap_interval_is_that_of_the_textbook_example():
    # Efron & Tibshirani 1993, table 2.1: survival of seven treated mice, ideal bootstrap standard error 23.36
    survival = [94, 197, 16, 38, 99, 141, 23]
    found = estimate(survival, range(7), seed=0)
    assert found.value == pytest.approx(86.86, abs=0.005)
    assert found.high - found.low == pytest.approx(2 * 1.96 * 23.36, rel=0.08)


def test_drawing_every_basket_ten_times_makes_no_interval_narrower():
    values = [0.0, 1.0, 1.0, 0.0, 1.0, 1.0, 1.0, 0.0]
    once = estimate(values, range(8), seed=0)
    assert estimate(values * 10, [*range(8)] * 10, seed=0) == once


def test_the_interval_is_the_same_for_the_same_seed_and_not_for_another():
    values = [i % 3 / 2 for i in range(50)]
    assert estimate(values, range(50), seed=1) == estimate(values, range(50), seed=1)
    assert estimate(values, range(50), seed=1) != estimate(values, range(50), seed=2)


def test_one_basket_has_no_interval():
    assert (estimate([1.0, 1.0], ["a", "a"], seed=0).low) is None


def test_divergence_is_that_of_the_textbook_example():
    # Kullback 1959, example 2.1 (table in Wikipedia, "Kullback–Leibler divergence"): 1/25 (32 ln 2 + 55 ln 3 - 50 ln 5)
    true, given = {"0": 9 / 25, "1": 12 / 25, "2": 4 / 25}, dict.fromkeys("012", 1 / 3)
    assert kl_divergence(true, given) == pytest.approx((32 * math.log(2) + 55 * math.log(3) - 50 * math.log(5)) / 25)
    assert kl_divergence(true, true) == 0


def test_a_probability_that_was_rounded_to_0_makes_the_divergence_large_and_not_infinite():
    assert 10 < kl_divergence({"a": 0.5, "b": 0.5}, {"a": 1.0, "b": 0.0}) < 60


def test_brier_score_is_the_squared_distance():
    assert brier({"a": 0.75, "b": 0.25}, {"a": 0.5, "b": 0.5}) == pytest.approx(2 * 0.25**2)


def test_ndcg_takes_utilities_as_gains_less_the_lowest():
    utilities = {"a": 1.0, "b": -1.0, "c": -3.0}
    assert ndcg("abc", utilities) == pytest.approx(1)
    best = 4 + 2 / math.log2(3)
    assert ndcg("bac", utilities) == pytest.approx((2 + 4 / math.log2(3)) / best)
    assert ndcg("ab", {"a": 2.0, "b": 2.0}) == 1


def test_ndcg_at_5_counts_the_first_five_alone():
    utilities = dict(zip("abcdefg", (9.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0), strict=True))
    best = 9 + 1 / math.log2(3)
    assert ndcg("abcdfeg", utilities) == pytest.approx((9 + 1 / math.log2(6)) / best)
    assert ndcg("abcdefg", utilities) == pytest.approx(9 / best)


def test_kendall_tau_of_different_products_leaves_equal_ones_out():
    utilities = {"a": 2.0, "b": 1.0, "c": 0.0, "d": 0.0}
    assert kendall_tau_of_different("abcd", "abdc", utilities) == 1
    assert kendall_tau_of_different("abcd", "bacd", utilities) == pytest.approx((5 - 2) / 5)
    assert kendall_tau_of_different("cd", "dc", {"c": 0.0, "d": 0.0}) is None


def test_kendall_tau_counts_the_pairs_that_changed_places():
    assert kendall_tau("abcd", "abcd") == pytest.approx(1)
    assert kendall_tau("abcd", "dcba") == pytest.approx(-1)
    assert kendall_tau("abcd", "bacd") == pytest.approx((5 - 1) / 6)
    assert kendall_tau("abcd", "abdc", [("c", "b"), ("a", "d")]) == 1  # the pair of c and d does not count
    assert kendall_tau("abcd", "bacd", [("b", "a"), ("c", "a"), ("a", "d")]) == pytest.approx((2 - 1) / 3)
    assert kendall_tau("abcd", "dcba", []) == 1
