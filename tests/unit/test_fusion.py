"""The fusion of the T5's and the purchases' scores."""

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


def test_weights_are_kept_in_a_file(tmp_path):
    path = tmp_path / "fusion.json"
    assert Fusion.load(tmp_path) is None
    Fusion(0.5, 1.5, -2.0, {"new": 2.5}).save(tmp_path)
    assert Fusion.load(tmp_path) == Fusion(0.5, 1.5, -2.0, {"new": 2.5})
    path.write_text('{"t5": 0.5, "bought": 1.5, "other": null}')  # before there were corrections
    assert Fusion.load(tmp_path) == Fusion(0.5, 1.5, None)
    path.write_text('{"t5": 1}')
    with pytest.raises(RecommenderError, match=r"create it again"):
        Fusion.load(tmp_path)
