"""The benchmark's figures, with slack: other work on the machine must not fail a build."""

import time

import pytest
import torch

import benchmarks.__main__ as benchmark
from benchmarks import growth, serving, speed
from benchmarks.schema import Benchmarks
from recommender.shop.catalog import DATA, Catalog
from tests.support.bundled import bundled

FIGURES = DATA / "benchmarks.json"
SHOP = Catalog.load()


@pytest.fixture(scope="module")
def small():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield speed.measure_shape(speed.build_random_t5("t5-small", bundled().scorer.tokenizer), SHOP, rounds=1)
    torch.set_num_threads(before)


@pytest.mark.slow
def test_ranking_all_candidates_costs_about_as_much_as_writing_one_name(small):
    assert small.ranking_to_greedy < 1.25 * 1.5


@pytest.mark.slow
def test_ranking_costs_a_fraction_of_scoring_each_candidate_by_itself(small):
    assert small.ranking_to_naive < 0.25


@pytest.mark.slow
def test_int8_weights_are_a_fraction_of_float32_ones(small):
    assert small.int8.weights_to_float32 < 0.6  # the embeddings stay as they are


def test_naive_scoring_gives_the_scores_of_the_exact_ranking():
    questions = speed.Questions.build(SHOP)
    torch.testing.assert_close(
        speed.rank_naively(bundled().scorer, questions), speed.rank(bundled().scorer, questions), atol=1e-4, rtol=1e-5
    )


def test_greedy_generation_writes_eight_tokens():
    assert speed.generate_greedily(bundled().scorer, speed.Questions.build(SHOP)).shape == (1, 1 + speed.GREEDY_TOKENS)


@pytest.mark.slow
def test_explaining_six_items_costs_a_few_rankings():
    assert speed.measure_bundled(bundled().scorer, SHOP, rounds=9).explanation_to_ranking < 3 * 2


@pytest.mark.slow
def test_our_own_imports_are_a_small_part_of_the_start():
    started = time.monotonic()
    own = serving.time_own_imports()
    assert own < 0.3 * (time.monotonic() - started)


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
