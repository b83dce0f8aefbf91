"""Checkpoints with missing settings or damaged files: they rank like the intact one, or are refused."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch

from recommender import Catalog, Recommender
from recommender.__main__ import main
from recommender.cli import recommend as recommend_command
from recommender.t5.files import CheckpointError
from recommender.t5.scorer import Checkpoint
from tests.support.bundled import bundled
from tests.support.hub import published

SHOP = Catalog.load()
PLAIN = {"tokenizer_class": "PreTrainedTokenizerFast"}
SPECIAL = {"eos_token": "</s>", "pad_token": "<pad>", "unk_token": "<unk>"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    published(tmp_path)
    return tmp_path


def edit(path: Path, change: Callable[[dict], dict]) -> None:
    path.write_text(json.dumps(change(json.loads(path.read_text(encoding="utf-8")))), encoding="utf-8")


def rank(folder: Path) -> tuple[dict[str, float], str]:
    """Every product's log-likelihood for two purchases, with an explanation, and what the T5 writes freely."""
    answer = Recommender(SHOP, Checkpoint.load(folder)).recommend(["Soccer Ball", "Tennis Racket"], explain=True)
    return {ranked.item.id: ranked.log_likelihood for ranked in answer.ranking}, answer.raw_generation.text


def without(*keys: str) -> Callable[[dict], dict]:
    return lambda content: {key: value for key, value in content.items() if key not in keys}


ENDLESS = ("tokenizer.json", lambda content: content | {"post_processor": None})
LEFT_OUT = {
    "the end of a text": [ENDLESS, ("tokenizer_config.json", lambda _: PLAIN | SPECIAL)],
    "the names of special tokens": [ENDLESS, ("tokenizer_config.json", lambda _: PLAIN)],
    "that they are special": [
        ("tokenizer.json", lambda content: content | {"post_processor": None, "added_tokens": []}),
        ("tokenizer_config.json", lambda _: PLAIN),
    ],
    "the tokenizer's settings": [ENDLESS, ("tokenizer_config.json", lambda _: {})],
    "the decoder's start": [("config.json", without("decoder_start_token_id"))],
    "a start that is null": [("config.json", lambda content: content | {"decoder_start_token_id": None})],
    "all tokens of the config": [("config.json", without("decoder_start_token_id", "pad_token_id", "eos_token_id"))],
}


@pytest.mark.parametrize("left_out", LEFT_OUT)
def test_settings_missing_from_the_files_have_the_defaults_of_t5(left_out, folder) -> None:
    whole = rank(folder)

    for name, change in LEFT_OUT[left_out]:
        edit(folder / name, change)

    scores, written = rank(folder)
    assert (scores, written) == (pytest.approx(whole[0], abs=1e-4), whole[1])


def rename_end(content: dict) -> dict:
    vocabulary = [["<end>", score] if piece == "</s>" else [piece, score] for piece, score in content["model"]["vocab"]]
    return content | {"model": content["model"] | {"vocab": vocabulary}, "added_tokens": [], "post_processor": None}


UNUSABLE = {
    "no end token": ([("tokenizer.json", rename_end), ("tokenizer_config.json", lambda _: PLAIN)], "no eos_token"),
    "a start past the vocabulary": (
        [("config.json", lambda content: content | {"decoder_start_token_id": 256})],
        "decoder_start_token_id is 256",
    ),
    "a start that is a text": (
        [("config.json", lambda content: content | {"decoder_start_token_id": "<pad>"})],
        "decoder_start_token_id",
    ),
}


@pytest.mark.parametrize("fault", UNUSABLE)
def test_files_that_cannot_be_repaired_are_refused_when_they_are_loaded(fault, folder) -> None:
    changes, reason = UNUSABLE[fault]
    for name, change in changes:
        edit(folder / name, change)

    with pytest.raises(CheckpointError, match=reason):
        Checkpoint.load(folder)


def damage(folder: Path, value: float) -> None:
    """Set one number of the weights."""
    weights = torch.load(folder / "pytorch_model.bin")
    weights["encoder.block.0.layer.1.DenseReluDense.wo.weight"][0, 0] = value
    torch.save(weights, folder / "pytorch_model.bin")


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_weight_that_is_no_number_is_named_when_it_is_loaded(value, folder, capsys) -> None:
    damage(folder, value)

    with pytest.raises(SystemExit) as ended:
        main(["recommend", "--purchased", "Soccer Ball", "--checkpoint", str(folder), "--json"])

    told = capsys.readouterr()
    assert ended.value.code == 2 and told.out == "" and len(told.err.splitlines()) == 1
    assert "cannot be loaded: its weight encoder.block.0.layer.1.DenseReluDense.wo.weight holds NaN" in told.err


@pytest.mark.parametrize("door", ["ranking", "explanation", "why not"])
def test_weights_that_give_nan_or_infinity_are_refused_at_ranking(door, folder) -> None:
    damage(folder, 3e38)
    recommender = Recommender(SHOP, Checkpoint.load(folder))

    with pytest.raises(CheckpointError, match="cannot rank: it computes NaN or infinity"):
        recommender.recommend(
            ["Soccer Ball"], explain=door == "explanation", why_not="Cap" if door == "why not" else None
        )


def test_nan_is_not_written_as_json(monkeypatch, capsys) -> None:
    class Broken:
        name, prompt_format = "broken", bundled().scorer.prompt_format

        def log_likelihoods(self, prompts, candidates):
            return torch.full((len(prompts), len(candidates)), math.nan)

        def generate(self, prompts):
            return [""] * len(prompts)

    monkeypatch.setattr(recommend_command, "open_recommender", lambda options: Recommender(SHOP, Broken()))

    with pytest.raises(ValueError, match="not JSON compliant"):
        main(["recommend", "--purchased", "Soccer Ball", "--json"])
    assert capsys.readouterr().out == ""


def test_t5s_that_are_loaded_at_the_same_time_do_not_damage_each_other() -> None:
    with ThreadPoolExecutor(4) as threads:
        loaded = list(threads.map(lambda _: Checkpoint.load(), range(4)))

    assert [checkpoint.name for checkpoint in [*loaded, Checkpoint.load()]] == ["bundled"] * 5


def test_nan_is_refused_where_every_prompt_has_candidates_of_its_own_too(folder) -> None:
    damage(folder, 3e38)

    with pytest.raises(CheckpointError, match="cannot rank: it computes NaN or infinity"):
        Checkpoint.load(folder).score_each(["Soccer Ball"], [["Cap"]])
