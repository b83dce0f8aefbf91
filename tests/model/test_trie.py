"""The trie's layout, and its scores against the slow, obvious way of computing them."""

import pytest
import torch
from transformers import MT5Config, MT5ForConditionalGeneration, T5Config, T5ForConditionalGeneration

from recommender.shop.catalog import Catalog
from recommender.t5 import scorer
from recommender.t5.prompt import build_prompt
from recommender.t5.scorer import Checkpoint
from recommender.t5.trie import build_tries
from tests.support.bundled import bundled
from tests.support.reference import naive

NAMES = [[5, 6, 1], [5, 1], [7, 6, 8, 1], [5, 6, 9, 1]]  # 1 ends a name
# one begins another, no piece of the vocabulary spells it, the same name twice, a single letter
HARD = ["Basketball", "Basketball Hoop", "Basketball Hoop Net", "日本 🎾", "日本 🏀", "Soccer Ball", "Soccer Ball", "ẞ"]


def random_t5(kind=T5ForConditionalGeneration, config=T5Config, **options):
    torch.manual_seed(0)
    shape = {"d_model": 32, "d_kv": 8, "d_ff": 64, "num_layers": 2, "num_heads": 4, "decoder_start_token_id": 0}
    shape["vocab_size"] = len(bundled().scorer.tokenizer)
    return Checkpoint(kind(config(**{**shape, **options})), bundled().scorer.tokenizer, "random")


def test_what_names_share_is_one_node():
    (trie,) = build_tries(NAMES, start=0, max_nodes=100)
    assert trie.names.tolist() == [1, 0, 3, 2]  # in the alphabet's order: the end token is 1
    assert trie.tokens.tolist() == [0, 5, 6, 9, 7, 6, 8]
    assert trie.depth.tolist() == [0, 1, 2, 3, 1, 2, 3]
    assert trie.attends[3].tolist() == [True, True, True, True, False, False, False]
    assert trie.attends[6].tolist() == [True, False, False, False, True, True, True]


def test_every_name_has_an_edge_for_each_of_its_tokens():
    (trie,) = build_tries(NAMES, start=0, max_nodes=100)
    for place, name in enumerate(trie.names.tolist()):
        assert trie.edge_token[trie.edge_name == place].tolist() == NAMES[name]


@pytest.mark.parametrize("max_nodes", [1, 3, 4, 7])
def test_no_trie_is_larger_than_allowed_unless_one_name_is(max_nodes):
    found = list(build_tries(NAMES, start=0, max_nodes=max_nodes))
    assert sorted(n for trie in found for n in trie.names.tolist()) == [0, 1, 2, 3]
    assert all(len(trie) <= max_nodes or len(trie.names) == 1 for trie in found)


def test_names_that_are_hard_to_tell_apart_score_as_they_do_one_by_one():
    prompts = [
        build_prompt(["Soccer Shorts"], HARD),
        build_prompt(["Tennis Racket", "Basketball Jersey", "日本 🎾"], HARD),
    ]
    torch.testing.assert_close(
        bundled().scorer.log_likelihoods(prompts, HARD),
        naive(bundled().scorer, prompts, HARD),
        atol=1e-4,
        rtol=1e-5,
    )


@pytest.mark.parametrize(
    "checkpoint",
    [
        random_t5(),
        random_t5(relative_attention_num_buckets=4, relative_attention_max_distance=6),
        random_t5(MT5ForConditionalGeneration, MT5Config, feed_forward_proj="gated-gelu"),
    ],
    ids=["t5", "coarse positions", "mt5"],
)
def test_any_t5_scores_as_it_does_one_by_one(checkpoint):
    with torch.no_grad():  # at first all positions are alike; they must not be
        checkpoint.model.get_decoder().block[0].layer[0].SelfAttention.relative_attention_bias.weight.normal_(0, 3)
    prompts = [build_prompt(["Soccer Shorts"], HARD)]
    torch.testing.assert_close(
        checkpoint.log_likelihoods(prompts, HARD), naive(checkpoint, prompts, HARD), atol=1e-4, rtol=1e-5
    )


def test_bounding_memory_changes_no_score(monkeypatch):
    names = [item.name("en") for item in Catalog.load()]
    prompts = [build_prompt(names[:n], names[n:]) for n in (1, 2, 9)]
    at_once = bundled().scorer.log_likelihoods(prompts, names)
    monkeypatch.setattr(scorer, "MAX_NODES", 8)
    monkeypatch.setattr(scorer, "MAX_LOGITS", 1)
    torch.testing.assert_close(bundled().scorer.log_likelihoods(prompts, names), at_once, atol=1e-4, rtol=1e-5)


def test_long_prompts_are_read_a_few_at_a_time(monkeypatch):
    names = [item.name("en") for item in Catalog.load()]
    prompts = [build_prompt(names[:n], names[n:]) for n in (1, 2, 9)]
    at_once = bundled().scorer.log_likelihoods(prompts, names)
    rows = []
    encoder = bundled().scorer.model.get_encoder()
    handle = encoder.register_forward_pre_hook(
        lambda module, args, kwargs: rows.append(len(kwargs["input_ids"])), with_kwargs=True
    )
    monkeypatch.setattr(scorer, "MAX_ATTENTION", 1)
    one_by_one = bundled().scorer.log_likelihoods(prompts, names)
    each = bundled().scorer.score_each(prompts, [names] * len(prompts))
    handle.remove()
    assert rows == [1] * 2 * len(prompts)
    torch.testing.assert_close(one_by_one, at_once, atol=1e-4, rtol=1e-5)
    torch.testing.assert_close(torch.stack(each), at_once, atol=1e-4, rtol=1e-5)
