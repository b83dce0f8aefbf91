"""Evaluation on purchase histories: the split, the baselines and the report."""

import math
import shutil
from dataclasses import replace
from itertools import chain

import numpy as np
import pytest

from benchmarks.hardware import Hardware
from recommender.__main__ import main
from recommender.errors import RecommenderError
from recommender.evaluation import EvaluationError, collaborative, real_shoppers
from recommender.evaluation.collaborative import Ease, Popularity, SasRec
from recommender.evaluation.real_shoppers import (
    FUSED,
    METRICS,
    RankStore,
    Words,
    _measure_view,
    _rank_all,
    _rank_by_t5,
    _rank_cold,
    evaluate_real_shoppers,
    measure_ascending,
)
from recommender.evaluation.report import render_real_shoppers_report
from recommender.evaluation.shop_schema import T5, PublishedRow, RealShoppersEvaluation
from recommender.orders.amazon_sports import PUBLISHED
from recommender.shop.catalog import Catalog
from recommender.shop.co_purchase import CoPurchases, KnnSettings
from recommender.shop.folder import Shop
from recommender.shop.item import Item
from recommender.shop.item_knn import ItemKnn
from recommender.shop.language import LANGUAGES
from recommender.shop.paths import DATA
from recommender.shop.purchases import Order
from recommender.training.shop_data import NextPurchase, ShopData, list_ids, list_rows, score_ranks
from recommender.ui.results import Results, name_baseline
from recommender.ui.state import PageState
from recommender.ui.strings import strings
from recommender.ui.views import render_results
from tests.conftest import ROOT
from tests.support.bundled import bundled

IDS = "abcdef"


@pytest.fixture(scope="module")
def shop(tmp_path_factory) -> Shop:
    """Return a benchmark with histories of a synthetic hardware shop."""
    folder, hardware = tmp_path_factory.mktemp("histories"), Hardware.build(60)
    products = "".join(f'{product.sku},"{product.title}"\n' for product in hardware.products)
    orders = (list(dict.fromkeys(product.sku for product in order)) for order in hardware.draw_orders(500))
    histories = "".join(";".join(order) + "\n" for order in orders)
    (folder / "inventory.csv").write_text(f"id,name\n{products}", encoding="utf-8")
    (folder / "purchases.csv").write_text(f"purchased\n{histories}", encoding="utf-8")
    shutil.copy(PUBLISHED, folder / "published.csv")
    return Shop.open(folder)


@pytest.fixture(scope="module")
def data(shop) -> ShopData:
    return ShopData.read(shop)


def test_the_last_purchase_is_the_test_and_the_one_before_it_validation(data):
    assert data.in_time and len(data.training) == len(data.validation) == len(data.test) > 50
    for parts in zip(data.training, data.validation, data.test, strict=True):
        training, validation, test = (order.items for order in parts)
        assert training == validation[:-1] and validation == test[:-1]
    rows = [next(list_rows([order], data.catalog)) for order in data.test]
    assert [(*row.basket, row.target) for row in rows] == [order.items for order in data.test]  # in order of time
    assert all("fewer than" in refusal.reason for refusal in data.refused)


def test_neither_test_targets_nor_cold_products_are_used_in_training(data):
    assert data.catalog.item_knn.counts.sold.sum() == sum(len(order.items) for order in data.training)
    for row in list_rows(data.without_cold(data.training), data.taught):
        assert not data.cold & {item.id for item in (*row.basket, row.target)}
    assert 0 < len(data.cold) < len(data.catalog) / 4 and not data.cold & {item.id for item in data.taught}
    served = data.count_all()
    assert served.sold.sum() == sum(len(order.items) for order in data.test) and served.settings.recency == 0


def test_with_recency_the_latest_purchase_counts_most():
    counts = CoPurchases.count(IDS, ["ab", "cd", "cd"])
    plain = ItemKnn(replace(counts, settings=KnnSettings(0.5, 0.25, 0.0, 0.0)), [""] * 6).score_baskets(["ac", "ca"])
    recent = ItemKnn(replace(counts, settings=KnnSettings(0.5, 0.25, 0.0, 1.0)), [""] * 6).score_baskets(["ac", "ca"])
    assert np.allclose(plain[0], plain[1])
    assert np.allclose(recent[0], plain[0] * [0, 0.5, 0, 1, 0, 0])
    assert np.allclose(recent[1], plain[0] * [0, 1, 0, 0.5, 0, 0])


def test_owned_and_excluded_products_are_not_ranked():
    ranker = Popularity(IDS, ["abc", "abc", "ab", "a", "def"])  # a 4, b 3, c 2, d e f 1
    assert ranker.rank_targets(["b", "ab", "f"], "cce") == [2, 1, 5]  # of equal ones the first wins
    assert ranker.rank_targets(["b"], "c", left_out="a") == [1]
    ((first, scores),) = ranker.best(["b"], 2, left_out="a")
    assert [IDS[n] for n in first] == ["c", "d"] and scores.tolist() == [2, 1]
    ((first, _),) = ranker.best(["b"], 6, left_out="ac")
    assert [IDS[n] for n in first] == ["d", "e", "f"]


def test_ease_is_the_ridge_regression_of_each_product_on_the_others():
    baskets = ["abc", "abd", "ce", "abf", "cef"]
    ranker = Ease(IDS, baskets, ridge=2.0)
    x = np.array([[id_ in basket for id_ in IDS] for basket in baskets], dtype=float)
    for n in range(6):
        others = np.delete(x, n, axis=1)
        expected = np.linalg.solve(others.T @ others + 2 * np.eye(5), others.T @ x[:, n])
        assert np.allclose(np.delete(ranker.weights[:, n], n), expected, atol=1e-5)
    assert np.allclose(ranker.score_baskets(["ab"])[0], ranker.weights[[0, 1]].sum(0))


def test_the_strength_of_ease_is_the_one_that_ranks_best():
    baskets, validation = ["abc", "abd", "ce", "abf", "cef"], (["a", "ab", "e"], ["b", "c", "c"])
    reached = {
        ridge: score_ranks("NDCG@10", Ease(IDS, baskets, ridge).rank_targets(*validation)).mean()
        for ridge in collaborative.RIDGES
    }
    assert reached[Ease.tune(baskets, validation)] == max(reached.values())


def test_bm25_ranks_products_with_shared_words_first():
    names = ["Tent Pole", "Tent Pegs", "Yoga Mat", "Yoga Block", "Whistle"]
    shop = Catalog((Item(str(n), "", "", "", {"en": name}) for n, name in enumerate(names)), words=None)
    ranker = Words(shop)
    assert ranker.rank_targets([["0"], ["2"]], ["1", "3"]) == [1, 1]
    assert ranker.rank_targets([["4"]], ["0"]) == [1]  # nothing in common: all are equal, and the first wins


def test_similar_products_share_rare_words_with_the_latest_purchases():
    names = ["Tent Pole", "Yoga Block", "Tent Pegs", "Yoga Mat", "Whistle", "Tent Light", "Stove"]
    shop = Catalog((Item(str(n), "", "", "", {"en": name}) for n, name in enumerate(names)), words=None)
    shop = shop.with_purchases(CoPurchases.count([item.id for item in shop], [], KnnSettings(recency=1.0)))
    found, values = shop.list_similar(shop.items[1::-1], np.arange(7), 4)
    assert [item.id for item in found] == ["2", "5", "3", "4"]  # "yoga" is rarer than "tent", but was bought before
    assert np.allclose(values, [math.log(7 / 3), math.log(7 / 3), math.log(7 / 2) / 2, 0])
    assert [item.id for item in shop.list_similar(shop.items[:1], np.arange(6), 1)[0]] == ["2"]


def test_the_share_of_ascending_ids_tells_an_order_by_ids():
    shop = Catalog((Item(id_, "", "", "", {"en": f"Thing {id_}"}) for id_ in IDS), words=None)
    histories = [Order(n, shop.items[:4], ()) for n in range(3)] + [Order(4, shop.items[1::-1], ())]
    assert measure_ascending(histories) == 0.9


def test_sasrec_learns_a_sequence():
    ids = [str(n) for n in range(12)]
    rng = np.random.default_rng(0)
    histories = [[str((start + n) % 12) for n in range(5)] for start in rng.integers(0, 12, 600)]
    asked = [history[:-1] for history in histories[:60]], [history[-1] for history in histories[:60]]
    ranker = SasRec.train(ids, histories[60:], asked, seed=0)
    assert np.mean(score_ranks("HR@1", ranker.rank_targets(*asked))) > 0.9


def test_hit_rate_and_ndcg_by_rank_follow_the_formulas():
    assert score_ranks("HR@5", [1, 5, 6, None]).tolist() == [1, 1, 0, 0]
    assert np.allclose(score_ranks("NDCG@5", [1, 3, 6, None]), [1, 0.5, 0, 0])


def test_an_interrupted_evaluation_goes_on_where_it_stopped(tmp_path):
    computed = []

    def compute():
        computed.append(1)
        return [[1, None, 3]]

    for key in ("a", "a", "b"):
        assert RankStore(tmp_path, key).get("SASRec 0", compute) == [[1, None, 3]]
    assert len(computed) == 2 and not list(tmp_path.glob("*.part"))


def test_metrics_are_averaged_over_the_seeds_and_compared_shopper_by_shopper():
    runs = {"EASE": [[1, 2, None]], FUSED: [[1, 1, None], [1, 2, 3]]}
    view = _measure_view(9, runs, ["EASE"], 0)
    answer = next(row for row in view.rows if row.recommender == FUSED)
    assert answer.seeds == pytest.approx((2 / 3, (1 + 1 / np.log2(3) + 0.5) / 3), abs=1e-4)  # rounded
    assert answer.metrics["NDCG@10"].value == pytest.approx(np.mean(answer.seeds), abs=1e-4)
    assert answer.metrics["HR@5"].value == pytest.approx(5 / 6, abs=1e-4)
    (found,) = view.differences
    assert found.difference.value == pytest.approx(np.mean(answer.seeds) - (1 + 1 / np.log2(3)) / 3, abs=1e-4)


def test_products_that_nobody_had_bought_are_corrected_as_in_serving(tmp_path, monkeypatch):
    shop = Catalog.load()
    basket, candidates = shop.select(["soccer-ball"]), shop.select(["soccer-cleats", "soccer-jersey", "hockey-puck"])
    rows = [(NextPurchase(basket, shop["hockey-puck"]), candidates, [0.0, 0.0, 0.0])]
    monkeypatch.setattr(real_shoppers, "measure_corrections", lambda t5, shop, new: dict.fromkeys(new, 100.0))

    def rank(new) -> list:
        store = RankStore(tmp_path, str(new))
        return _rank_by_t5([bundled().scorer], lambda: (rows, rows), store, shop, new)[T5]

    assert rank(set()) == [[3]] and rank({"hockey-puck"}) == [[1]]


@pytest.mark.parametrize(("corrected", "says"), [(True, "are corrected"), (False, "are its own")])
def test_the_report_says_whether_scores_were_corrected(corrected, says):
    measured = make_evaluation([1, 2, None]).model_copy(update={"corrected": corrected})
    assert f"products that nobody had bought {says}" in render_real_shoppers_report(measured, "plot.png")


def make_evaluation(ease_places) -> RealShoppersEvaluation:
    """Return results with one published row and two baselines."""
    runs = {"EASE": [ease_places], "words (BM25)": [[4, 9, None]], FUSED: [[1, 1, None]]}
    view = _measure_view(9, runs, ["EASE"], 0)
    published = PublishedRow(recommender="TIGER", metrics=dict.fromkeys(METRICS, 0.0264), source="Rajput et al.")
    return RealShoppersEvaluation(
        date="2026-11-26",
        command="evaluate",
        seconds=1,
        seed=0,
        shoppers=35598,
        checkpoints=("a",),
        parameters=1,
        settings={},
        ascending=0.5,
        all_products=view,
        cold_products=view,
        published=(published,),
        signature="signed",
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_shows_what_was_measured_beside_the_published_figures(language):
    measured, t = make_evaluation([1, 2, None]), strings(language)
    html = render_results(PageState(Catalog.load(), language=language), Results(real_shoppers=measured))
    assert t.whole(35598) in html and t.decimal(0.0264, 4) in html and "signed" in html
    for row in measured.all_products.rows:
        assert name_baseline(t, row.recommender) in html and t.decimal(row.metrics["HR@10"].value, 4) in html
    assert t.change(measured.all_products.differences[0].value) in html and "results.real" not in html
    assert t("results.real.nothing") not in html


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_says_so_if_the_t5_adds_nothing(language):
    html = render_results(
        PageState(Catalog.load(), language=language), Results(real_shoppers=make_evaluation([1, 1, None]))
    )
    assert strings(language)("results.real.nothing") in html


def test_a_benchmark_that_is_too_small_is_refused_in_a_sentence(data, tmp_path):
    with pytest.raises(EvaluationError, match="Too few shoppers"):
        evaluate_real_shoppers(replace(data, cold=frozenset()), PUBLISHED, [], 0, "", tmp_path)


@pytest.fixture
def learned(monkeypatch) -> dict[str, list[list[str]]]:
    """Return a table that fills with the histories that each function learns from."""
    found: dict[str, list[list[str]]] = {}

    def note(owner, name: str, read) -> None:
        function = getattr(owner, name)

        def call(*given):
            found.setdefault(f"{owner.__name__}.{name}", []).extend(read(*given))
            return function(*given)

        monkeypatch.setattr(owner, name, call)

    def join(histories, targets) -> list[list[str]]:
        return [[*history, target] for history, target in zip(histories, targets, strict=True)]

    def rank(checkpoints, retrieve, *_) -> dict[str, list]:
        rows, asked = ([row for row, *_ in part] for part in retrieve())
        found["fusion"] = join(*list_ids(rows))
        return {FUSED: [[1] * len(asked)]}

    note(ShopData, "count", lambda self, histories: [order.ids for order in histories])
    note(Popularity, "__init__", lambda self, ids, baskets: baskets)
    note(Ease, "__init__", lambda self, ids, baskets, ridge: baskets)
    note(Ease, "tune", lambda baskets, validation: [*baskets, *join(*validation)])
    note(SasRec, "train", lambda ids, baskets, validation, seed: [*baskets, *join(*validation)])
    monkeypatch.setattr(real_shoppers, "_rank_by_t5", rank)
    monkeypatch.setattr(collaborative, "EPOCHS", 1)
    return found


def test_nothing_learns_from_the_last_purchase_of_a_history(data, tmp_path, learned):
    _rank_all(data, Words(data.catalog), [bundled().scorer], RankStore(tmp_path, ""), seed=0)
    known = {tuple(order.ids) for order in (*data.training, *data.validation)}
    assert len(learned) == 6
    for name, histories in learned.items():
        assert histories and set(map(tuple, histories)) <= known, name


def test_for_cold_start_nothing_counts_a_cold_product_or_the_last_purchase(data, tmp_path, learned):
    _rank_cold(data, Words(data.catalog), [bundled().scorer], RankStore(tmp_path, ""), seed=0)
    assert learned.keys() == {"ShopData.count", "fusion"} and all(learned.values())
    assert set(map(tuple, learned["fusion"])) <= {tuple(order.ids) for order in data.validation}
    counted = set(map(tuple, learned["ShopData.count"]))
    assert counted <= {tuple(order.ids) for order in data.without_cold(data.validation)}
    assert data.cold.isdisjoint(chain.from_iterable(counted))


@pytest.mark.slow
def test_one_command_writes_the_table_its_plot_and_its_signature(shop, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(collaborative, "EPOCHS", 3)
    output, report = tmp_path / "real.json", tmp_path / "real.md"
    assert main(["evaluate", "--shop", str(shop.folder), "--output", str(output), "--report", str(report)]) == 0
    (printed, progress), found = capsys.readouterr(), RealShoppersEvaluation.read(output)
    everything, cold = progress.split("held out of training by\n")
    assert "Ranking all products by\n  SASRec, 1 of 1\n  popularity\n" in everything and "  T5 (bundled)\n" in cold
    assert {"popularity", "item-kNN, tuned", "SASRec", "words (BM25)", "T5 after retrieval"} < {
        row.recommender for row in found.all_products.rows
    }
    for view in (found.all_products, found.cold_products):
        for row in view.rows:
            assert 0 <= row.metrics["NDCG@10"].value <= row.metrics["HR@10"].value <= 1
            assert row.recommender in printed
    assert found.cold_products.products <= 5  # so that every rank is at most five
    assert {row.metrics["HR@5"].value for row in found.cold_products.rows} == {1.0}
    (p5, *_) = found.published
    assert p5.metrics["HR@5"] == 0.0387 and "eSASRec" in printed
    written = report.read_text(encoding="utf-8")
    assert found.signature in written and "](real/real-shoppers.png)" in written
    assert (tmp_path / "real" / "real-shoppers.png").stat().st_size > 1000


def test_the_published_results_are_shown_and_the_report_is_made_of_them():
    published = RealShoppersEvaluation.read(DATA / "real-shoppers.json")
    assert Results.read(Catalog.load(), Shop()).real_shoppers == published
    report = (ROOT / "docs" / "real-shoppers.md").read_text("utf-8")
    assert report == render_real_shoppers_report(published, "real-shoppers/real-shoppers.png")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("recommender,source\nTIGER,x\n", "lacks hr@5"),
        ("recommender,source,HR@5,NDCG@5,HR@10,NDCG@10\nTIGER,x,?,,,\n", "line 2"),
    ],
)
def test_faulty_published_figures_are_refused_before_anything_is_measured(data, tmp_path, text, says):
    (tmp_path / "published.csv").write_text(text, encoding="utf-8-sig")
    with pytest.raises(RecommenderError, match=says):
        evaluate_real_shoppers(data, tmp_path / "published.csv", [], 0, "", tmp_path / "part")
    assert not (tmp_path / "part").exists()
