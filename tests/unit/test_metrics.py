"""Metrics against worked examples and closed forms."""

import math

import pytest

from recommender.compare import kendall_tau
from recommender.evaluation.bootstrap import estimate
from recommender.evaluation.metrics import calibration_error, coverage, gini, of_rank


def test_mean_reciprocal_rank_is_that_of_the_textbook_example():
    # cats, tori, viruses: right answers at ranks 3, 2 and 1 (Wikipedia, "Mean reciprocal rank"): 11/18
    assert sum(of_rank("MRR", rank) for rank in (3, 2, 1)) / 3 == pytest.approx(11 / 18)


@pytest.mark.parametrize("k", [1, 3, 5])
def test_a_hit_is_a_right_answer_among_the_first_k(k):
    assert [of_rank(f"HR@{k}", rank) for rank in range(1, 8)] == [float(rank <= k) for rank in range(1, 8)]


def test_ndcg_with_one_right_answer_is_one_over_the_log_of_its_rank():
    # He et al. 2017 (Neural Collaborative Filtering), section 4.1: log 2 / log(rank + 1), and 0 past the cut
    assert [of_rank("NDCG@5", rank) for rank in (1, 3, 5, 6)] == pytest.approx([1, 0.5, 1 / math.log2(6), 0])


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


def test_calibration_error_is_the_gap_between_confidence_and_accuracy():
    assert calibration_error([0.8] * 5, [True] * 4 + [False]) == pytest.approx(0, abs=1e-6)
    assert calibration_error([1.0] * 4, [True, False, True, False]) == pytest.approx(0.5)
    # two bins: |0.9 - 1/2| for two of three draws, |0.4 - 0| for one
    assert calibration_error([0.9, 0.9, 0.4], [True, False, False]) == pytest.approx(0.4)


def test_gini_is_0_where_all_are_picked_alike_and_1_where_one_is_always_picked():
    # the two extremes that Shani & Gunawardana 2011 give
    assert gini(["a", "b", "c", "d"], items=4) == pytest.approx(0)
    assert gini(["a"] * 9, items=4) == pytest.approx(1)
    # shares 0, 1/4, 3/4 of three items: (-2 * 0 + 0 * 1/4 + 2 * 3/4) / 2
    assert gini(["a", "a", "a", "b"], items=3) == pytest.approx(0.75)


def test_coverage_is_the_share_of_the_shop_ever_picked():
    assert coverage(["a", "a", "b"], items=4) == 0.5


def test_kendall_tau_counts_the_pairs_that_changed_places():
    assert kendall_tau("abcd", "abcd") == pytest.approx(1)
    assert kendall_tau("abcd", "dcba") == pytest.approx(-1)
    assert kendall_tau("abcd", "bacd") == pytest.approx((5 - 1) / 6)
