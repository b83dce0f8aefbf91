"""A shop's recommender on the histories of a benchmark: what each shopper bought last.

The protocol is that of the P5 paper (Geng et al. 2022) and of those that are compared with it: the last purchase is the
test and the one before it validation; all products are ranked but those that the shopper had bought; HR and NDCG are
taken at 5 and 10. What a ranker counts, it counts with the validation purchases when it is tested; what it learns, it
learns from the training part.

A second view holds a tenth of the products out of training, and ranks those among themselves: co-purchase has nothing
to say of them, so that their names are all there is.
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

from ..shop.catalog import Catalog, words_of
from ..shop.co_purchase import BasketScorer, Floats
from ..shop.purchases import Order
from ..shop.retrieval import MOST
from ..t5.fusion import Fusion
from ..t5.scorer import Checkpoint
from ..training.orders import MAX_TUNING_IN_TIME, ShopData, list_rows
from ..training.weighing import Scored, fit_fusion, score_candidates, score_rows
from .bootstrap import estimate
from .schema import Benchmark, BenchmarkDifference, BenchmarkRow, BenchmarkView, PublishedRow
from .sequential import RIDGES, Ease, Popularity, SasRec, gains

METRICS = ("HR@5", "NDCG@5", "HR@10", "NDCG@10")
MAIN = "NDCG@10"
KNN, WORDS, RETRIEVAL, T5 = "item-kNN, tuned", "words (BM25)", "co-purchases and names", "T5 after retrieval"

Places = Sequence[int | None]


class Words(BasketScorer):
    """BM25 (Robertson & Zaragoza 2009) of the products' words, asked for the words of what was bought."""

    def __init__(self, shop: Catalog):
        super().__init__([item.id for item in shop])
        self._words = {item.id: sorted(words_of(item)) for item in shop}
        self._index = bm25s.BM25()
        self._index.index(list(self._words.values()), show_progress=False)

    def score_baskets(self, baskets: Sequence[Sequence[str]]) -> Floats:
        """See :meth:`.BasketScorer.score_baskets`."""
        asked = ([word for id_ in basket for word in self._words[id_]] for basket in baskets)
        return np.stack([self._index.get_scores(words) if words else np.zeros(len(self._words)) for words in asked])


def evaluate_benchmark(data: ShopData, published: Path, checkpoint: Checkpoint, seed: int, command: str) -> Benchmark:
    """Measure everything; on 35,598 shoppers and 18,357 products it takes about an hour on two cores.

    :param published: the figures of others, as CSV.
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
    """Rank all products."""
    ids = [item.id for item in data.catalog]
    taught, known = _ids(data.training), _ids(data.validation)  # the second when it is tested
    tuning, asked = _ask(data.validation[:MAX_TUNING_IN_TIME]), _ask(data.test)
    shop = data.catalog.with_purchases(data.count(data.validation))
    assert shop.neighbours is not None
    ridge = max(RIDGES, key=lambda each: gains(MAIN, Ease(ids, taught, each).places(*tuning)).mean())
    rankers: dict[str, BasketScorer] = {
        "popularity": Popularity(ids, known),
        WORDS: Words(data.catalog),
        KNN: shop.neighbours.with_settings(data.knn.counts.settings),
        f"EASE (λ = {ridge:.0f})": Ease(ids, known, ridge),
        "SASRec": SasRec.train(ids, taught, tuning, seed),
        RETRIEVAL: shop.neighbours,
    }
    places: dict[str, Places] = {name: ranker.places(*asked) for name, ranker in rankers.items()}
    fusion = fit_fusion(score_rows(checkpoint, data.catalog, data.tuning))
    scored = score_rows(checkpoint, shop, list(list_rows(data.test, shop)))
    return _view(len(ids), places | _places_of_t5(scored, fusion), (RETRIEVAL, KNN), seed)


def _rank_cold(data: ShopData, checkpoint: Checkpoint, seed: int) -> BenchmarkView:
    """Rank the products that training never had, among themselves."""

    def is_cold(order: Order) -> bool:
        return order.items[-1].id in data.cold

    counts = data.count(data.without_cold(data.validation))
    retrieval = data.catalog.with_purchases(counts).neighbours
    assert retrieval is not None
    warm = [item.id for item in data.catalog if item.id not in data.cold]

    def score(orders: Sequence[Order]) -> list[Scored]:
        first = list(retrieval.best(_ask(orders)[0], MOST, warm))
        candidates = [tuple(data.catalog.items[n] for n in found) for found, _ in first]
        rows = list(list_rows(orders, data.catalog))
        return score_candidates(checkpoint, rows, candidates, [scores.tolist() for _, scores in first])

    fusion = fit_fusion(score([order for order in data.validation if is_cold(order)]))
    orders = [order for order in data.test if is_cold(order)]
    asked = _ask(orders)
    places: dict[str, Places] = {
        WORDS: Words(data.catalog).places(*asked, warm),
        RETRIEVAL: retrieval.places(*asked, warm),
    }
    return _view(len(data.cold), places | _places_of_t5(score(orders), fusion), (RETRIEVAL, WORDS), seed)


def _places_of_t5(scored: Sequence[Scored], fusion: Fusion) -> dict[str, Places]:
    return {
        "T5 alone": [each.place(each.likelihoods) for each in scored],
        T5: [each.place(each.weigh(fusion)) for each in scored],
    }


def _view(products: int, places: Mapping[str, Places], others: Sequence[str], seed: int) -> BenchmarkView:
    """Return the figures, with bootstrap intervals over shoppers.

    :param others: what the T5 has to beat.
    """
    asked = range(len(places[T5]))

    def compare(other: str) -> BenchmarkDifference:
        ours, theirs = gains(MAIN, places[T5]), gains(MAIN, places[other])
        return BenchmarkDifference(
            recommender=T5,
            other=other,
            value=float(ours.mean() / theirs.mean() - 1) if theirs.any() else 0.0,
            difference=estimate((ours - theirs).tolist(), asked, seed),
        )

    return BenchmarkView(
        products=products,
        asked=len(asked),
        rows=tuple(
            BenchmarkRow(
                recommender=name,
                metrics={metric: estimate(gains(metric, found).tolist(), asked, seed) for metric in METRICS},
            )
            for name, found in places.items()
        ),
        differences=tuple(map(compare, others)),
    )


def _ids(orders: Iterable[Order]) -> list[list[str]]:
    return [[item.id for item in order.items] for order in orders]


def _ask(orders: Iterable[Order]) -> tuple[list[list[str]], list[str]]:
    """Return histories, and what was bought next."""
    ids = _ids(orders)
    return [bought[:-1] for bought in ids], [bought[-1] for bought in ids]


def _read_published(path: Path) -> Iterable[PublishedRow]:
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            metrics = {metric: float(row[metric]) if row[metric] else None for metric in METRICS}
            yield PublishedRow(recommender=row["recommender"], metrics=metrics, source=row["source"])
