"""Evaluate a shop's recommender on a benchmark of purchase histories: predict each shopper's last purchase.

The protocol is that of the P5 paper (Geng et al. 2022) and of later papers that compare with it: leave-one-out, with
the last purchase for testing and the one before it for validation. All products are ranked except those that the
shopper had bought; the metrics are HR and NDCG at 5 and 10. Rankers that count purchases also count those of the
validation part when they are tested; models that are trained use the training part only.

A second view is item cold start: a tenth of the products are held out of training and ranked among themselves. There
are no co-purchases of them, so that only their names can help.
"""

from __future__ import annotations

import csv
import hashlib
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path

import bm25s
import numpy as np
import torch
import transformers

from ..shop.catalog import Catalog, list_words
from ..shop.co_purchase import BasketScorer, Floats
from ..shop.purchases import Order
from ..shop.retrieval import MOST
from ..t5.fusion import Fusion
from ..t5.scorer import Checkpoint
from ..training.orders import ShopData, list_rows, score_places, split_ids
from ..training.weighing import Scored, fit_fusion, score_candidates, score_rows
from .bootstrap import estimate
from .schema import Benchmark, BenchmarkDifference, BenchmarkRow, BenchmarkView, PublishedRow
from .sequential import RIDGES, Ease, Popularity, SasRec
from .shop import KNN, POPULARITY, T5

METRICS = ("HR@5", "NDCG@5", "HR@10", "NDCG@10")
MAIN = "NDCG@10"
WORDS, RETRIEVAL, ANSWER = "words (BM25)", "co-purchases and names", "T5 after retrieval"

Places = Sequence[int | None]


class Words(BasketScorer):
    """BM25 (Robertson & Zaragoza 2009) over the words of the products; the query is the words of the basket."""

    def __init__(self, shop: Catalog):
        super().__init__([item.id for item in shop])
        self._words = {item.id: sorted(list_words(item)) for item in shop}
        self._index = bm25s.BM25()
        self._index.index(list(self._words.values()), show_progress=False)

    def score_baskets(self, baskets: Sequence[Sequence[str]]) -> Floats:
        """See :meth:`.BasketScorer.score_baskets`."""
        asked = ([word for id_ in basket for word in self._words[id_]] for basket in baskets)
        return np.stack([self._index.get_scores(words) if words else np.zeros(len(self._words)) for words in asked])


def evaluate_benchmark(data: ShopData, published: Path, checkpoint: Checkpoint, seed: int, command: str) -> Benchmark:
    """Measure both views; 35,598 shoppers and 18,357 products take about an hour on two cores.

    :param published: a CSV file of published figures.
    """
    started = time.monotonic()
    assert data.catalog.neighbours is not None
    everything, cold = _rank_all(data, checkpoint, seed), _rank_cold(data, checkpoint, seed)
    settings, knn = data.catalog.neighbours.counts.settings, data.knn.counts.settings
    ids = "\n".join(";".join(item.id for item in order.items) for order in data.test)
    return Benchmark(
        date=date.today().isoformat(),
        command=command,
        seconds=round(time.monotonic() - started),
        seed=seed,
        shoppers=len(data.test),
        checkpoint=checkpoint.name,
        parameters=checkpoint.model.num_parameters(),
        settings={
            **{f"item-kNN {name}": value for name, value in vars(knn).items()},
            **{f"retrieval {name}": value for name, value in vars(settings).items()},
        },
        all_products=everything,
        cold_products=cold,
        published=tuple(_read_published(published)),
        signature=f"seed:{seed}|histories:{hashlib.sha256(ids.encode()).hexdigest()[:12]}|shoppers:{len(data.test)}"
        f"|torch:{torch.__version__}|transformers:{transformers.__version__}",
    )


def _rank_all(data: ShopData, checkpoint: Checkpoint, seed: int) -> BenchmarkView:
    """Measure the ranking of all products."""
    ids = [item.id for item in data.catalog]
    training = [order.ids for order in data.training]
    known = [order.ids for order in data.validation]  # the training part and the purchase after it
    rows = list(list_rows(data.test, data.catalog))
    tuning, test = split_ids(data.tuning), split_ids(rows)
    shop = data.catalog.with_purchases(data.count(data.validation))
    assert shop.neighbours is not None
    ridge = max(RIDGES, key=lambda each: score_places(MAIN, Ease(ids, training, each).places(*tuning)).mean())
    rankers: dict[str, BasketScorer] = {
        POPULARITY: Popularity(ids, known),
        WORDS: Words(data.catalog),
        KNN: shop.neighbours.with_settings(data.knn.counts.settings),
        f"EASE (λ = {ridge:.0f})": Ease(ids, known, ridge),
        "SASRec": SasRec.train(ids, training, tuning, seed),
        RETRIEVAL: shop.neighbours,
    }
    places: dict[str, Places] = {name: ranker.places(*test) for name, ranker in rankers.items()}
    fusion = fit_fusion(score_rows(checkpoint, data.catalog, data.tuning))
    scored = score_rows(checkpoint, shop, rows)
    return _measure_view(len(ids), places | _place_by_t5(scored, fusion), (RETRIEVAL, KNN), seed)


def _rank_cold(data: ShopData, checkpoint: Checkpoint, seed: int) -> BenchmarkView:
    """Measure the ranking of the products that were held out of training, among themselves."""

    def is_cold(order: Order) -> bool:
        return order.items[-1].id in data.cold

    counts = data.count(data.without_cold(data.validation))
    retrieval = data.catalog.with_purchases(counts).neighbours
    assert retrieval is not None
    warm = [item.id for item in data.catalog if item.id not in data.cold]

    def score(orders: Sequence[Order]) -> list[Scored]:
        rows = list(list_rows(orders, data.catalog))
        first = list(retrieval.best(split_ids(rows)[0], MOST, warm))
        candidates = [tuple(data.catalog.items[n] for n in found) for found, _ in first]
        return score_candidates(checkpoint, rows, candidates, [scores.tolist() for _, scores in first])

    fusion = fit_fusion(score([order for order in data.validation if is_cold(order)]))
    scored = score([order for order in data.test if is_cold(order)])
    test = split_ids([each.row for each in scored])
    places: dict[str, Places] = {
        WORDS: Words(data.catalog).places(*test, warm),
        RETRIEVAL: retrieval.places(*test, warm),
    }
    return _measure_view(len(data.cold), places | _place_by_t5(scored, fusion), (RETRIEVAL, WORDS), seed)


def _place_by_t5(scored: Sequence[Scored], fusion: Fusion) -> dict[str, Places]:
    return {
        T5: [each.place(each.likelihoods) for each in scored],
        ANSWER: [each.place(each.weigh(fusion)) for each in scored],
    }


def _measure_view(products: int, places: Mapping[str, Places], others: Sequence[str], seed: int) -> BenchmarkView:
    """Return the metrics, with bootstrap intervals over shoppers.

    :param others: names of the rankers with which the T5 is compared.
    """
    shoppers = range(len(places[ANSWER]))

    def compare(other: str) -> BenchmarkDifference:
        ours, theirs = score_places(MAIN, places[ANSWER]), score_places(MAIN, places[other])
        return BenchmarkDifference(
            recommender=ANSWER,
            other=other,
            value=float(ours.mean() / theirs.mean() - 1) if theirs.any() else 0.0,
            difference=estimate((ours - theirs).tolist(), shoppers, seed),
        )

    return BenchmarkView(
        products=products,
        asked=len(shoppers),
        rows=tuple(
            BenchmarkRow(
                recommender=name,
                metrics={metric: estimate(score_places(metric, found).tolist(), shoppers, seed) for metric in METRICS},
            )
            for name, found in places.items()
        ),
        differences=tuple(map(compare, others)),
    )


def _read_published(path: Path) -> Iterable[PublishedRow]:
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            metrics = {metric: float(row[metric]) if row[metric] else None for metric in METRICS}
            yield PublishedRow(recommender=row["recommender"], metrics=metrics, source=row["source"])
