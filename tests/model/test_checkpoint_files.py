"""Checkpoints with missing settings or damaged files: they rank like the intact one, or are refused."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch
from transformers import AutoTokenizer

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


def test_weights_that_give_nan_or_infinity_are_refused_when_they_are_loaded(folder) -> None:
    damage(folder, 3e38)

    with pytest.raises(CheckpointError, match="cannot rank: it computes NaN or infinity"):
        Checkpoint.load(folder)


def overflowing(folder: Path) -> Checkpoint:
    """Return a T5 whose numbers are too large once it has been loaded."""
    checkpoint = Checkpoint.load(folder)
    with torch.no_grad():
        checkpoint.model.get_encoder().block[0].layer[1].DenseReluDense.wo.weight[0, 0] = 3e38
    return checkpoint


@pytest.mark.parametrize("door", ["ranking", "explanation", "why not"])
def test_nan_or_infinity_is_refused_at_ranking(door, folder) -> None:
    recommender = Recommender(SHOP, overflowing(folder))

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
    with pytest.raises(CheckpointError, match="cannot rank: it computes NaN or infinity"):
        overflowing(folder).score_each(["Soccer Ball"], [["Cap"]])


WRITING = {
    "beams": {"num_beams": 4, "num_return_sequences": 3, "do_sample": True},
    "a dictionary": {"return_dict_in_generate": True, "output_scores": True},
    "a forced token": {"forced_bos_token_id": 9999},
    "a least length": {"min_length": 30},
    "no repetition": {"no_repeat_ngram_size": 3},
    "another search": {"num_beams": 4, "length_penalty": 9.0},
}


@pytest.mark.parametrize("settings", WRITING)
@pytest.mark.parametrize("name", ["generation_config.json", "config.json"])
def test_no_setting_of_a_file_constrains_what_the_t5_writes(name, settings, folder) -> None:
    prompts = [f"ITEMS PURCHASED: {item.name('en')}" for item in SHOP.items[:3]]
    plain = Checkpoint.load(folder).generate(prompts)
    path = folder / name
    known = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    path.write_text(json.dumps(known | WRITING[settings]), encoding="utf-8")

    assert Checkpoint.load(folder).generate(prompts) == plain


def test_a_start_that_the_settings_for_writing_name_alone_is_used(folder) -> None:
    edit(folder / "config.json", without("decoder_start_token_id"))
    (folder / "generation_config.json").write_text('{"decoder_start_token_id": 1}')

    model = Checkpoint.load(folder).model

    assert model.config.decoder_start_token_id == model.generation_config.decoder_start_token_id == 1


def test_a_tokenizer_with_a_piece_more_than_the_weights_know_is_refused(folder) -> None:
    tokenizer = AutoTokenizer.from_pretrained(folder)
    for pieces in (256, 257):
        tokenizer.add_tokens([f"piece {n}" for n in range(len(tokenizer), pieces)])
        tokenizer.save_pretrained(folder)
        if pieces == 256:
            assert Checkpoint.load(folder)

    with pytest.raises(CheckpointError, match="its tokenizer has 257 pieces and its weights know 256"):
        Checkpoint.load(folder)


USELESS = [
    ("config.json", {"return_dict": False, "output_attentions": True}, ""),
    ("config.json", {"is_encoder_decoder": False}, ""),
    ("config.json", {"num_layers": -1}, ""),
    ("config.json", {"num_layers": 0}, ""),
    ("config.json", {"num_decoder_layers": 0}, ""),
    ("config.json", {"decoder_start_token_id": 0.0}, "decoder_start_token_id is 0.0"),
    ("config.json", {"decoder_start_token_id": True}, "decoder_start_token_id is True"),
    ("config.json", {"prompt_languages": 5}, "prompt_languages is 5; needed is a list such as"),
    ("config.json", {"prompt_languages": "en"}, "prompt_languages is 'en'"),
    ("config.json", {"prompt_languages": ["en", 5]}, "prompt_languages is"),
    ("tokenizer_config.json", {"model_max_length": "x"}, ""),
]


@pytest.mark.parametrize(("name", "settings", "reason"), USELESS, ids=lambda value: str(value) or "any reason")
def test_settings_by_which_a_t5_cannot_rank_or_write_are_refused_when_it_is_loaded(
    name, settings, reason, folder, capsys
) -> None:
    edit(folder / name, lambda content: content | settings)

    with pytest.raises(SystemExit) as ended:
        main(["recommend", "--purchased", "Soccer Ball", "--checkpoint", str(folder), "--json"])

    told = capsys.readouterr()
    assert ended.value.code == 2 and told.out == "" and len(told.err.splitlines()) == 1
    assert "cannot be loaded" in told.err and reason in told.err


def test_a_config_that_is_too_deep_to_read_is_refused(folder) -> None:
    (folder / "config.json").write_text("[" * 100_000)

    with pytest.raises(CheckpointError, match=r"config\.json cannot be read"):
        Checkpoint.load(folder)


def test_weights_that_do_not_fit_the_config_are_named_with_both_shapes(folder) -> None:
    edit(folder / "config.json", lambda content: content | {"d_ff": 32})

    with pytest.raises(CheckpointError) as refused:
        Checkpoint.load(folder)

    assert "do not fit config.json, such as " in str(refused.value)
    assert "(64, 32)" in str(refused.value) and "(32, 32)" in str(refused.value) and "\n" not in str(refused.value)
