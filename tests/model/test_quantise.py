"""A T5 in 8 bits ranks as it does in 32."""

import json
from types import SimpleNamespace

import pytest
import torch

from benchmarks.schema import Agreement
from benchmarks.speed import build_random_t5, measure_agreement, measure_shape, score_in_both
from recommender.__main__ import main
from recommender.shop.catalog import Catalog
from recommender.t5.scorer import Checkpoint
from recommender.t5.source import BUNDLED
from tests.support.bundled import bundled

SHOP = Catalog.load()


def test_the_bundled_t5_picks_the_same_in_8_bits():
    scores, rounded = score_in_both(bundled().scorer, SHOP)
    first, second = scores.topk(2).values.unbind(-1)
    clear = first - second >= 0.3  # nats: of two products as likely, either may come first
    assert clear.sum() > 20
    assert measure_agreement(scores[clear], rounded[clear]).same_pick >= 0.95
    lead, rounded_lead = (each[:, :, None] - each[:, None, :] for each in (scores, rounded))  # (baskets, P, P)
    # Kendall's τ over the pairs that are a nat apart: in a T5 as small as this, rounding changes scores by half a nat
    assert rounded_lead[lead >= 1].sign().mean() >= 0.98


@pytest.mark.slow
def test_a_random_t5_of_a_published_size_ranks_the_same_in_8_bits_with_a_fraction_of_the_weights():
    found = measure_shape(build_random_t5("t5-small", bundled().scorer.tokenizer), SHOP, rounds=1).int8
    assert found.same_pick >= 0.8
    assert found.kendall_tau >= 0.9
    assert found.weights_to_float32 < 0.6  # the embeddings stay as they are


def test_8_bits_are_refused_for_a_small_model(capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["recommend", "--purchased", "Soccer Ball", "--int8"])
    assert "from 50,000,000 parameters" in capsys.readouterr().err


def test_a_large_checkpoint_in_8_bits_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr("recommender.t5.quantise.MIN_PARAMETERS", 1000)
    checkpoint = Checkpoint.from_folder(BUNDLED, "bundled", int8=True)
    assert checkpoint.name == "bundled (int8)"
    assert not any(isinstance(m, torch.nn.Linear) for m in checkpoint.model.modules())
    assert checkpoint.generate(["ITEMS PURCHASED: {Soccer Ball}"])


def test_8_bits_have_an_engine_where_torch_has_chosen_none(monkeypatch):  # as on macOS
    engines = SimpleNamespace(engine="none", supported_engines=["qnnpack", "none"])
    monkeypatch.setattr(torch.backends, "quantized", engines)
    monkeypatch.setattr("recommender.t5.quantise.MIN_PARAMETERS", 1000)
    Checkpoint.from_folder(BUNDLED, "bundled", int8=True)
    assert engines.engine == "qnnpack"


def test_a_command_answers_in_8_bits_if_it_is_told_to(capsys, monkeypatch):
    monkeypatch.setattr("recommender.t5.quantise.MIN_PARAMETERS", 1000)
    assert main(["recommend", "--purchased", "Soccer Ball", "--int8", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["checkpoint"] == "bundled (int8)"


def test_agreement_is_whole_for_equal_rankings_and_none_for_reversed_ones():
    scores = torch.tensor([[3.0, 2.0, 1.0]])
    assert measure_agreement(scores, scores) == Agreement(same_pick=1, kendall_tau=1)
    assert measure_agreement(scores, -scores) == Agreement(same_pick=0, kendall_tau=-1)
