"""Evaluate a shop's recommender on a benchmark of purchase histories: predict each shopper's last purchase.

The protocol is that of the P5 paper (Geng et al. 2022) and of later papers that compare with it: leave-one-out, with
the last purchase for testing and the one before it for validation. All products are ranked except those that the
shopper had bought; the metrics are HR and NDCG at 5 and 10. Rankers that count purchases also count those of the
validation split when they are tested; models that are trained use the training split only.

A second view is item cold start: a tenth of the products are held out of training and ranked among themselves. There
are no co-purchases of them, so that only their names can help.
"""

from __future__ import annotations

import hashlib
import json
import math
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, partial
from itertools import pairwise
from pathlib import Path

import bm25s
import numpy as np
import torch
import transformers

from ..newcomers import measure_corrections
from ..shop.catalog import Catalog
from ..shop.co_purchase import Floats
from ..shop.csv_file import read_rows
from ..shop.item import list_words
from ..shop.item_knn import BasketScorer
from ..shop.purchases import Order
from ..shop.retrieval import MOST, WordIndex
from ..t5.scorer import HASH_DIGITS, Checkpoint, hash_weights
from ..training.fusion_fitting import Retrieved, fit_fusion, retrieve_rows, score_retrieved
from ..training.shop_data import ShopData, list_ids, list_rows, score_ranks
from . import EvaluationError
from .bootstrap import estimate
from .collaborative import DEVICE, Ease, Popularity, SasRec
from .shop_schema import (
    KNN,
    POPULARITY,
    T5,
    PublishedRow,
    RealShoppersDifference,
    RealShoppersEvaluation,
    RealShoppersRow,
    RealShoppersView,
)

METRICS = ("HR@5", "NDCG@5", "HR@10", "NDCG@10")
MAIN = "NDCG@10"
WORDS, SIMILAR, BY_RETRIEVAL = "words (BM25)", "shared words (idf)", "co-purchases and names"
FUSED = "T5 after retrieval"

Ranks = Sequence[int | None]


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


class SharedWords(BasketScorer):
    """The weights of the words that a product shares with the basket; see :meth:`.WordIndex.similarity`."""

    def __init__(self, shop: Catalog, recency: float):
        super().__init__([item.id for item in shop])
        self._index = WordIndex.build({item.id: list_words(item) for item in shop})
        self._recency = recency

    def score_baskets(self, baskets: Sequence[Sequence[str]]) -> Floats:
        """See :meth:`.BasketScorer.score_baskets`."""
        return np.stack([self._index.similarity(basket, self._recency) for basket in baskets])


@dataclass(frozen=True)
class RankStore:
    """Ranks that were computed so far, so that an evaluation goes on where it was interrupted.

    :ivar key: what all ranks depend on.
    """

    folder: Path
    key: str

    def get(self, name: str, compute: Callable[[], list[Ranks]], label: str = "") -> list[Ranks]:
        """Return the targets' ranks of this name; compute and store them if they are not there.

        :param label: what is printed of the ranker in place of the name.
        """
        path = self.folder / f"{hashlib.sha256(f'{self.key} {name}'.encode()).hexdigest()}.json"
        if path.is_file():
            found: list[Ranks] = json.loads(path.read_text())
            return found
        found = _rank(label or name, compute)
        self.folder.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        part.write_text(json.dumps(found))
        part.replace(path)
        return found


def _rank(name: str, compute: Callable[[], list[Ranks]]) -> list[Ranks]:
    """Print the name of a ranker to stderr, since some take minutes, and return the ranks that it computes."""
    print(f"  {name}", file=sys.stderr, flush=True)
    return compute()


def evaluate_real_shoppers(
    data: ShopData, published: Path, checkpoints: Sequence[Checkpoint], seed: int, command: str, unfinished: Path
) -> RealShoppersEvaluation:
    """Measure both views, on the GPU if there is one.

    :param published: a CSV file of published figures.
    :param unfinished: a folder for the ranks, see :class:`RankStore`; to be removed once the results are written.
    :param checkpoints: T5s that were trained with different seeds, whose results are averaged; SASRec is trained with
        as many seeds.
    :raises EvaluationError: if nobody bought a product that was held out of training.
    """
    if not all(
        any(target.id in data.cold for o in part for target in o.targets) for part in (data.validation, data.test)
    ):
        raise EvaluationError("Too few shoppers: none of the last purchases is of a product held out of training.")
    started = time.monotonic()
    others = tuple(_read_published(published))  # fail now, and not after an hour of measuring
    assert data.catalog.item_knn is not None
    histories = hashlib.sha256("\n".join(";".join(order.ids) for order in data.test).encode()).hexdigest()
    names = hashlib.sha256("\n".join(f"{item.id} {item.name('en')}" for item in data.catalog).encode()).hexdigest()
    store = RankStore(unfinished, " ".join([histories, names, str(seed), *map(hash_weights, checkpoints)]))
    for checkpoint in checkpoints:
        checkpoint.model.to(DEVICE)
    words = Words(data.catalog)
    everything = _rank_all(data, words, checkpoints, store, seed)
    cold = _rank_cold(data, words, checkpoints, store, seed)
    settings, knn = data.catalog.item_knn.counts.settings, data.knn.counts.settings
    return RealShoppersEvaluation(
        date=date.today().isoformat(),
        command=command,
        seconds=round(time.monotonic() - started),
        seed=seed,
        shoppers=len(data.test),
        checkpoints=tuple(checkpoint.name for checkpoint in checkpoints),
        parameters=checkpoints[0].model.num_parameters(),
        settings={
            **{f"item-kNN {name}": value for name, value in vars(knn).items()},
            **{f"retrieval {name}": value for name, value in vars(settings).items()},
        },
        ascending=measure_ascending(data.test),
        corrected=True,
        all_products=everything,
        cold_products=cold,
        published=others,
        signature=f"seed:{seed}|histories:{histories[:HASH_DIGITS]}|shoppers:{len(data.test)}"
        f"|torch:{torch.__version__}|transformers:{transformers.__version__}",
    )


def measure_ascending(histories: Iterable[Order]) -> float:
    """Return the share of purchases with a higher id than the one before."""
    pairs = [pair for history in histories for pair in pairwise(history.ids)]
    return sum(before < after for before, after in pairs) / len(pairs)


def _rank_all(
    data: ShopData, words: Words, checkpoints: Sequence[Checkpoint], store: RankStore, seed: int
) -> RealShoppersView:
    """Measure the ranking of all products."""
    ids = [item.id for item in data.catalog]
    training = [order.ids for order in data.training]
    known = [order.ids for order in data.validation]  # the training split and the purchase after it
    rows = list(list_rows(data.test, data.catalog))
    tuning, test = list_ids(data.tuning), list_ids(rows)
    shop = data.catalog.with_purchases(data.count(data.validation))
    retrieval = shop.item_knn
    assert retrieval is not None

    def retrieve() -> tuple[Sequence[Retrieved], Sequence[Retrieved]]:
        return retrieve_rows(data.catalog, list(list_rows(data.validation, data.catalog))), retrieve_rows(shop, rows)

    def train_sasrec(run: int) -> list[Ranks]:
        return [SasRec.train(ids, training, tuning, seed + run).rank_targets(*test)]

    print("Ranking all products by", file=sys.stderr)
    seeds = len(checkpoints)
    by_sasrec = [
        store.get(f"SASRec {n}", partial(train_sasrec, n), f"SASRec, {n + 1} of {seeds}") for n in range(seeds)
    ]
    knn = retrieval.with_settings(data.knn.counts.settings)
    runs: dict[str, list[Ranks]] = {
        POPULARITY: _rank(POPULARITY, lambda: [Popularity(ids, known).rank_targets(*test)]),
        WORDS: store.get(WORDS, lambda: [words.rank_targets(*test)]),
        KNN: _rank(KNN, lambda: [knn.rank_targets(*test)]),
        "EASE": store.get("EASE", lambda: [Ease(ids, known, Ease.tune(training, tuning)).rank_targets(*test)]),
        "SASRec": [ranks for run in by_sasrec for ranks in run],
        BY_RETRIEVAL: _rank(BY_RETRIEVAL, lambda: [retrieval.rank_targets(*test)]),
        **_rank_by_t5(checkpoints, retrieve, store, shop, shop.newcomers),
    }
    return _measure_view(len(ids), runs, (BY_RETRIEVAL, KNN), seed)


def _rank_cold(
    data: ShopData, words: Words, checkpoints: Sequence[Checkpoint], store: RankStore, seed: int
) -> RealShoppersView:
    """Measure the ranking of the products that were held out of training, among themselves.

    The T5's candidates are those that are most similar by words, as a shop retrieves products that nobody has bought.
    """
    counts = data.count(data.without_cold(data.validation))
    retrieval = data.catalog.with_purchases(counts).item_knn
    assert retrieval is not None
    similar = SharedWords(data.catalog, counts.settings.recency)
    warm = [item.id for item in data.catalog if item.id not in data.cold]

    def retrieve(orders: Sequence[Order]) -> list[Retrieved]:
        rows = [row for row in list_rows(orders, data.catalog) if row.target.id in data.cold]
        best = similar.best(list_ids(rows)[0], MOST, warm)
        return [
            (row, tuple(data.catalog.items[n] for n in found), scores.tolist())
            for row, (found, scores) in zip(rows, best, strict=True)
        ]

    print("Ranking the products that were held out of training by", file=sys.stderr)
    tuning, asked = retrieve(data.validation), retrieve(data.test)
    test = list_ids([row for row, *_ in asked])
    runs: dict[str, list[Ranks]] = {
        WORDS: _rank(WORDS, lambda: [words.rank_targets(*test, warm)]),
        BY_RETRIEVAL: _rank(BY_RETRIEVAL, lambda: [retrieval.rank_targets(*test, warm)]),
        SIMILAR: _rank(SIMILAR, lambda: [similar.rank_targets(*test, warm)]),
        **_rank_by_t5(
            checkpoints, lambda: (tuning, asked), replace(store, key=f"{store.key} cold"), data.catalog, data.cold
        ),
    }
    return _measure_view(len(data.cold), runs, (SIMILAR, WORDS), seed)


def _rank_by_t5(
    checkpoints: Sequence[Checkpoint],
    retrieve: Callable[[], tuple[Sequence[Retrieved], Sequence[Retrieved]]],
    store: RankStore,
    shop: Catalog,
    new: Set[str],
) -> dict[str, list[Ranks]]:
    """Return the targets' ranks by each T5 alone, and by its fusion with the retrieval.

    A target that retrieval missed has no rank, whatever the T5 says of the candidates, which are therefore not scored.

    :param retrieve: returns the rows to fit the weights of the fusion on, and those to rank.
    :param new: ids of the products of ``shop`` that nobody had bought, which are corrected as in serving.
    """

    @cache
    def retrieve_once() -> tuple[list[Retrieved], list[Retrieved], list[int]]:
        tuning, asked = retrieve()
        found = [n for n, (row, candidates, _) in enumerate(asked) if row.target in candidates]
        return [each for each in tuning if each[0].target in each[1]], list(asked), found

    def rank(checkpoint: Checkpoint) -> list[Ranks]:
        tuning, asked, found = retrieve_once()
        with DEVICE:  # where new tensors are made
            corrections = measure_corrections(checkpoint, shop, new=new)
        fusion = fit_fusion(score_retrieved(checkpoint, tuning, corrections))
        answers = score_retrieved(checkpoint, [asked[n] for n in found], corrections)
        alone: list[int | None] = [None] * len(asked)
        fused = list(alone)
        for n, scored in zip(found, answers, strict=True):
            alone[n], fused[n] = scored.rank_target(scored.likelihoods), scored.rank_target(scored.weigh(fusion))
        return [alone, fused]

    pairs = [
        store.get(f"T5 {n} corrected", partial(rank, each), f"T5 ({each.name})") for n, each in enumerate(checkpoints)
    ]
    return {T5: [alone for alone, _ in pairs], FUSED: [fused for _, fused in pairs]}


def _measure_view(
    products: int, runs: Mapping[str, Sequence[Ranks]], others: Sequence[str], seed: int
) -> RealShoppersView:
    """Return the metrics, with bootstrap intervals over shoppers.

    :param runs: the targets' ranks by each ranker, for each seed that it was trained with.
    :param others: names of the rankers with which the T5 is compared.
    """
    shoppers = range(len(runs[FUSED][0]))

    def score(name: str, metric: str) -> Floats:
        """Return each shopper's metric, averaged over the seeds, shape (shoppers,)."""
        mean: Floats = np.mean([score_ranks(metric, ranks) for ranks in runs[name]], axis=0)
        return mean

    def compare(other: str) -> RealShoppersDifference:
        ours, theirs = score(FUSED, MAIN), score(other, MAIN)
        return RealShoppersDifference(
            recommender=FUSED,
            other=other,
            value=float(ours.mean() / theirs.mean() - 1) if theirs.any() else 0.0,
            difference=estimate((ours - theirs).tolist(), shoppers, seed),
        )

    return RealShoppersView(
        products=products,
        asked=len(shoppers),
        rows=tuple(
            RealShoppersRow(
                recommender=name,
                metrics={metric: estimate(score(name, metric).tolist(), shoppers, seed) for metric in METRICS},
                seeds=tuple(float(score_ranks(MAIN, ranks).mean()) for ranks in found),
            )
            for name, found in runs.items()
        ),
        differences=tuple(map(compare, others)),
    )


def _read_published(path: Path) -> Iterable[PublishedRow]:
    for row in read_rows(path, "recommender", "source", *(metric.casefold() for metric in METRICS)):
        try:
            metrics = {metric: float(row.cells[metric.casefold()] or "nan") for metric in METRICS}
        except ValueError as error:
            raise EvaluationError(f"{path}, line {row.line}: a metric is not a number.") from error
        known = {metric: None if math.isnan(value) else value for metric, value in metrics.items()}
        yield PublishedRow(recommender=row.cells["recommender"], metrics=known, source=row.cells["source"])
