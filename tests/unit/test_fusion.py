"""The fusion of the T5's and the purchases' scores."""

import math

import pytest
import torch

from recommender.errors import RecommenderError
from recommender.t5.fusion import Fusion


def test_the_order_follows_the_weights():
    likelihoods, scores = torch.tensor([[-1.0, -2.0, -3.0]]), [[0.0, 1.0, 2.0]]
    assert Fusion(1.0, 0.0, None).log_odds(likelihoods, scores).argsort().tolist() == [[2, 1, 0]]
    assert Fusion(0.0, 1.0, None).log_odds(likelihoods, scores).argsort().tolist() == [[0, 1, 2]]
    nothing_known = Fusion(0.0, 1.0, None).log_odds(likelihoods, [[0.0, 0.0, 0.0]])
    assert nothing_known.isfinite().all() and len(set(nothing_known[0].tolist())) == 1


def test_probabilities_leave_a_share_for_products_that_are_no_candidates():
    log_odds = torch.zeros(2, 3)
    assert torch.allclose(Fusion(1.0, 1.0, None).probabilities(log_odds).sum(-1), torch.ones(2))
    assert torch.allclose(Fusion(1.0, 1.0, 0.0).probabilities(log_odds), torch.full((2, 3), 0.25))


def test_candidates_of_which_purchases_say_nothing_share_what_their_number_is_of_the_stock():
    likelihoods = torch.tensor([[-20.0, -21.0], [-20.0, -21.0]])
    weights = Fusion(1.0, 1.5, -2.0)

    unknown, known = weights.probabilities(weights.log_odds(likelihoods, [[0.0, 0.0], [0.0, 1.0]], unowned=8))

    assert float(unknown.sum()) == pytest.approx(2 / 8)
    assert float(unknown[0] / unknown[1]) == pytest.approx(math.e)  # by the T5 alone
    odds = [-20 + 1.5 * math.log(0.01), -21 + 1.5 * math.log(1.01)]
    assert known.tolist() == pytest.approx([math.exp(x) / (sum(map(math.exp, odds)) + math.exp(-2)) for x in odds])
    assert weights.probabilities(weights.log_odds(likelihoods, [[0.0, 0.0]] * 2)).sum(-1).tolist() == pytest.approx(
        [1, 1], abs=0.01
    )


def test_without_other_products_than_the_candidates_their_probabilities_add_up_to_one():
    weights = Fusion(1.0, 1.5, None)

    found = weights.probabilities(weights.log_odds(torch.tensor([[-20.0, -21.0]]), [[0.0, 0.0]], unowned=8))

    assert found[0].tolist() == pytest.approx([math.e / (1 + math.e), 1 / (1 + math.e)])


def test_weights_are_kept_in_a_file(tmp_path):
    path = tmp_path / "fusion.json"
    assert Fusion.load(tmp_path) is None
    Fusion(0.5, 1.5, -2.0, {"new": 2.5}).save(tmp_path)
    assert Fusion.load(tmp_path) == Fusion(0.5, 1.5, -2.0, {"new": 2.5})
    path.write_text('{"t5": 0.5, "bought": 1.5, "other": null}')  # before there were corrections
    assert Fusion.load(tmp_path) == Fusion(0.5, 1.5, None)


@pytest.mark.parametrize(
    "content",
    [
        '{"t5": 1}',
        '{"t5": "1", "bought": 1, "other": null}',
        '{"t5": NaN, "bought": 1, "other": null}',
        '{"t5": 1, "bought": 1, "other": {}}',
        '{"t5": 1, "bought": 1, "other": null, "corrections": [1]}',
        "[" * 100_000,
    ],
)
def test_damaged_weights_are_an_error_that_says_what_to_do(content, tmp_path):
    (tmp_path / "fusion.json").write_text(content)
    with pytest.raises(RecommenderError, match=r"create it again"):
        Fusion.load(tmp_path)
