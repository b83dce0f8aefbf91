"""The benchmark: what is timed, by its passes through the T5, and the published figures."""

from collections import Counter
from contextlib import contextmanager

import pytest
import torch

import benchmarks.__main__ as benchmark
from benchmarks import growth, serving, speed
from benchmarks.schema import Benchmarks
from recommender.errors import RecommenderError
from recommender.shop.catalog import Catalog
from recommender.shop.paths import DATA
from recommender.t5.scorer import hash_weights
from tests.support.bundled import bundled

FIGURES = DATA / "benchmarks.json"
SHOP = Catalog.load()


@contextmanager
def count_work():
    """Count what the bundled T5 does: prompts that the encoder reads, passes of the decoder, tokens in these."""
    model, found = bundled().scorer.model, Counter()

    def encode(module, arguments, given):
        found["prompts"] += len(given["input_ids"])

    def decode(module, arguments, given):
        found["passes"] += 1
        found["tokens"] += given["input_ids"].numel()

    hooks = [
        each.register_forward_pre_hook(hook, with_kwargs=True)
        for each, hook in ((model.encoder, encode), (model.decoder, decode))
    ]
    try:
        yield found
    finally:
        for hook in hooks:
            hook.remove()


def test_all_candidates_are_ranked_in_one_pass_and_one_name_is_written_in_eight():
    questions = speed.Questions.build(SHOP)
    with count_work() as ranked:
        speed.rank(bundled().scorer, questions)
    with count_work() as written:
        speed.generate_greedily(bundled().scorer, questions)
    assert (ranked["prompts"], ranked["passes"]) == (1, 1)
    assert (written["prompts"], written["passes"]) == (1, speed.GREEDY_TOKENS)


def test_scoring_each_candidate_by_itself_reads_the_prompt_for_each_and_every_name_as_long_as_the_longest():
    questions = speed.Questions.build(SHOP)
    with count_work() as ranked:
        speed.rank(bundled().scorer, questions)
    with count_work() as naive:
        speed.rank_naively(bundled().scorer, questions)
    assert naive["prompts"] == len(questions.candidates) == len(SHOP) - 1
    assert ranked["tokens"] < naive["tokens"] / 2  # a trie has each prefix once


def test_naive_scoring_gives_the_scores_of_the_exact_ranking():
    questions = speed.Questions.build(SHOP)
    torch.testing.assert_close(
        speed.rank_naively(bundled().scorer, questions), speed.rank(bundled().scorer, questions), atol=1e-4, rtol=1e-5
    )


def test_an_answer_with_its_explanation_reads_one_more_prompt_for_each_item():
    with count_work() as work:
        bundled().recommend([item.id for item in SHOP.items[: speed.BASKET]], explain=True, generate=False)
    assert (work["prompts"], work["passes"]) == (1 + speed.BASKET, 1)


def test_the_imports_of_this_package_are_timed_or_said_to_fail():
    assert serving.time_own_imports("recommender.errors") > 0
    with pytest.raises(RecommenderError, match="cannot be imported"):
        serving.time_own_imports("no_such_module")


def test_a_signature_names_the_day_and_the_weights():
    signature = speed.describe_run()
    assert f"weights:{hash_weights(bundled().scorer)}" in signature and signature.startswith("date:20")


def test_a_large_shop_has_as_many_products_as_asked_for_and_a_shopper():
    shop = growth.build_shop(1_000, seed=3)
    shopper = growth.Shopper.draw(shop, seed=3)
    assert len(shop) == 1_000
    assert len({item.sport for item in shopper.basket}) == 1 and len(shopper.basket) == growth.OWNED


def test_tasks_take_turns_after_a_warm_up_round():
    seen: list[str] = []
    found = speed.time_tasks({"a": lambda: seen.append("a"), "b": lambda: seen.append("b")}, rounds=2)
    assert seen == ["a", "b"] * 3 and found.keys() == {"a", "b"}


def test_a_target_is_missed_only_beyond_its_limit():
    most, least = benchmark.Target("", float, 2), benchmark.Target("", float, 2, least=True)
    assert [most.is_missed(x) for x in (1, 2, 3)] == [False, False, True]
    assert [least.is_missed(x) for x in (1, 2, 3)] == [True, False, False]
    assert "MISSED" in most.format_row(3)


def test_the_published_figures_are_those_of_the_whole_benchmark_and_miss_no_target(tmp_path):
    document = Benchmarks.read(FIGURES)
    assert document.command == "python -m benchmarks --threads 2"
    assert document.shape.shape == "t5-large"
    assert all(name in document.signature for name in ("torch:", "threads:2", "processor:"))
    assert [target.label for target in benchmark.TARGETS if target.is_missed(document)] == [*document.missed] == []
    assert "candidates in one prompt" in benchmark.format_tables(document)
    document.write(tmp_path / "again.json")
    assert (tmp_path / "again.json").read_bytes() == FIGURES.read_bytes()
