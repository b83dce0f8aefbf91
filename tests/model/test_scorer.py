"""The bundled T5's exact ranking against the slow, obvious way of computing it."""

import json
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

from recommender.shop.catalog import Catalog
from recommender.t5.files import CheckpointError
from recommender.t5.prompt import build_prompt
from recommender.t5.scorer import Checkpoint
from recommender.t5.source import BUNDLED
from tests.support.bundled import bundled
from tests.support.reference import naive

CATALOG = Catalog.load()


@pytest.mark.parametrize("language", ["en", "ar"])
def test_ranking_agrees_with_the_naive_reference(language):
    names = [item.name(language) for item in CATALOG]
    prompts = [build_prompt(names[:1], names[1:], language), build_prompt(names[3:9], names[1:], language)]
    fast = bundled().scorer.log_likelihoods(prompts, names[1:])
    assert fast.shape == (2, 34)
    torch.testing.assert_close(fast, naive(bundled().scorer, prompts, names[1:]), atol=1e-3, rtol=1e-4)


def test_a_name_that_is_the_prefix_of_another_is_scored_with_its_end_token():
    prompt = build_prompt(["Basketball Shoes"], ["Basketball", "Basketball Hoop"])
    both = bundled().scorer.log_likelihoods([prompt], ["Basketball", "Basketball Hoop"])[0].exp().sum()
    assert both < 1  # "Basketball" alone would include everything that begins with it


def test_probabilities_over_all_texts_add_up_to_at_most_one():
    prompt = build_prompt(["Soccer Ball"], [item.name("en") for item in CATALOG][1:])
    scores = bundled().scorer.log_likelihoods([prompt], [item.name("en") for item in CATALOG])
    assert (scores <= 0).all() and scores.exp().sum() <= 1


def test_raw_generation_is_the_greedy_text():
    names = [item.name("en") for item in CATALOG]
    assert len(bundled().scorer.generate([build_prompt(names[:1], names[1:]), build_prompt(names[:2], names[2:])])) == 2
    scorer, prompt = bundled().scorer, build_prompt(names[:1], names[1:])
    ids, written = scorer.tokenizer(prompt, return_tensors="pt"), [scorer.model.config.decoder_start_token_id]
    while len(written) < 40 and written[-1] != scorer.tokenizer.eos_token_id:
        with torch.inference_mode():
            logits = scorer.model(**ids, decoder_input_ids=torch.tensor([written])).logits[0, -1]
        written.append(int(logits.argmax()))
    assert scorer.generate([prompt]) == [scorer.tokenizer.decode(written, skip_special_tokens=True).strip()] != [""]


@pytest.mark.parametrize("text", ["Soccer Socks", "قميص كرة القدم الأمريكية", "Zürich 日本 Ball 🎾", "ẞ"])
def test_the_tokenizer_reads_any_name_and_gives_it_back(text):
    ids = bundled().scorer.tokenizer(text)["input_ids"]
    assert bundled().scorer.tokenizer.unk_token_id not in ids
    assert bundled().scorer.tokenizer.decode(ids, skip_special_tokens=True) == text


def test_the_first_name_of_a_list_is_read_like_any_other():
    tokenizer = bundled().scorer.tokenizer
    first, second = (
        tokenizer.tokenize(build_prompt([], names)) for names in (["Hockey Puck", "a"], ["a", "Hockey Puck"])
    )
    assert [t for t in first if "Hockey" in t] == [t for t in second if "Hockey" in t] == ["▁Hockey"]


def test_the_fast_tokenizer_is_the_sentencepiece_one():
    import sentencepiece

    pieces = sentencepiece.SentencePieceProcessor(model_file=str(BUNDLED / "spiece.model"))
    for language in ("en", "ar"):
        names = [item.name(language) for item in CATALOG]
        prompt = build_prompt(names[:5], [*names[5:], "Zürich Ball"], language)
        assert [*pieces.encode(prompt), pieces.eos_id()] == bundled().scorer.tokenizer(prompt)["input_ids"]


def test_the_bundled_folder_is_small_and_loads_with_the_plain_auto_classes():
    assert sum(f.stat().st_size for f in BUNDLED.iterdir()) < 10_000_000
    assert AutoModelForSeq2SeqLM.from_pretrained(BUNDLED).config.model_type == "t5"
    assert AutoTokenizer.from_pretrained(BUNDLED).eos_token == "</s>"
    assert json.loads((BUNDLED / "config.json").read_text())["architectures"] == ["T5ForConditionalGeneration"]


def test_a_folder_without_a_t5_is_refused_with_a_reason(tmp_path: Path):
    with pytest.raises(CheckpointError, match="cannot be loaded"):
        Checkpoint.load(tmp_path)


def test_padding_leaves_the_settings_of_the_shared_tokenizer_unchanged():
    bundled().scorer.log_likelihoods(["a", "a longer prompt"], ["Ball"])
    bundled().scorer.generate(["a", "a longer prompt"])
    assert bundled().scorer.tokenizer.backend_tokenizer.padding is None
    assert bundled().scorer.count_tokens("Ball") == len(bundled().scorer.tokenizer("Ball")["input_ids"])
