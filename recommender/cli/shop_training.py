"""``train --shop``: train a T5 on a shop's own orders, and compare it with simpler recommenders."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from transformers import PreTrainedTokenizerBase, set_seed

from ..evaluation.shop import HeldOut
from ..newcomers import measure_corrections
from ..shop.catalog import Catalog
from ..shop.folder import Shop
from ..shop.item_knn import Forget
from ..shop.purchases import Order, print_refusals
from ..t5.scorer import Checkpoint
from ..training.fusion_fitting import fit_fusion, score_rows
from ..training.model_card import render_shop_card
from ..training.shop_data import ShopData, list_rows
from ..training.shop_ranking import RankingT5, make_ranking_trainer
from ..training.trainers import count_per_step, replace_folder, save_trained

MINUTES = 12.0  # of training; with the rest, 1,500 orders take a quarter of an hour


def train_shop(shop: Shop, base: str | None, output: Path, minutes: float, batch_size: int, seed: int) -> int:
    """Train, weigh T5 and co-purchases on the validation split, save T5 and counts, and print the comparison.

    :param base: the T5 to start from; by default the bundled one.
    :param output: the folder of the T5, which is replaced at the end. Unless it is the shop's own, counts and results
        are saved in it, too: the shop goes on with its own T5, and its counts belong to that one.
    :raises RecommenderError: if the purchases cannot be used, or the base cannot be loaded.
    """
    started = time.monotonic()
    set_seed(seed)
    data = ShopData.read(shop)
    _print_summary(data, shop)
    start = Checkpoint.load(base)
    part = output.with_name(f"{output.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    trainer = make_ranking_trainer(data, start, part, minutes, batch_size, seed)
    try:
        steps = trainer.train().global_step
    except KeyboardInterrupt:
        shutil.rmtree(part, ignore_errors=True)
        print("Stopped: nothing has changed. The same command begins anew.", file=sys.stderr)
        raise
    if not trainer.is_world_process_zero():
        return 0
    tokenizer = trainer.processing_class
    # as make_ranking_trainer() sets them
    assert isinstance(trainer.model, RankingT5) and isinstance(tokenizer, PreTrainedTokenizerBase)
    checkpoint = Checkpoint(trainer.model.plain(), tokenizer, str(output))
    corrections = measure_corrections(checkpoint, data.catalog)
    weights = fit_fusion(score_rows(checkpoint, data.catalog, data.tuning, corrections))
    fusion = replace(weights, corrections=corrections)
    summary = {
        "parameters": checkpoint.model.num_parameters(),
        "steps": steps,
        "batch_size": count_per_step(trainer.args),
        "seed": seed,
        "minutes": round((time.monotonic() - started) / 60, 1),
        "weights": {"t5": fusion.t5, "bought": fusion.bought, "other": fusion.other},
    }
    shutil.rmtree(part)
    save_trained(checkpoint.model, tokenizer, summary, part)
    fusion.save(part)
    own = output == shop.own_model.resolve()
    home = shop if own else Shop(part)
    if data.in_time:  # evaluating a benchmark takes an hour
        comparison = f"python -m recommender evaluate --shop {shop.folder}"
    else:
        evaluation = HeldOut.rank(data, checkpoint, fusion).compare(seed)
        evaluation.write(home.evaluation)
        comparison = evaluation.format()
    (part / "README.md").write_text(render_shop_card(summary, comparison), encoding="utf-8")
    counts = data.count_all()
    counts.save(home.retrieval)
    if not shop.retrieval.is_file():
        counts.save(shop.retrieval)  # without any, the T5 would be asked as if nobody had bought anything
    replace_folder(output, part)
    written = [output, *(path for path in (shop.retrieval, shop.evaluation) if own and path.is_file())]
    print(comparison)
    print(f"\nWritten after {(time.monotonic() - started) / 60:.1f} minutes: {', '.join(map(str, written))}")
    if own:
        print(f"Next: python app.py --shop {shop.folder}")
    return 0


def _print_summary(data: ShopData, shop: Shop) -> None:
    """Print the refused rows, the sizes of the parts, and the share of targets that retrieval misses."""
    print_refusals(shop.purchases, data.refused)
    rows = data.training_rows
    sample = rows[:: max(1, len(rows) // 1000)]
    missed = sum(row.target not in data.catalog.candidates(row.basket, Forget(row.target.id)) for row in sample)
    learned = _count_usable(data.without_cold(data.training), data.taught)
    tuned, held_out = (_count_usable(part, data.catalog) for part in (data.validation, data.test))
    print(
        f"{learned:,} orders to learn from, {tuned:,} to tune with, {held_out:,} held out. {len(rows):,} purchases to "
        f"learn; retrieval alone would miss {missed / len(sample):.1%} of them, which are shown all the same.",
        flush=True,
    )


def _count_usable(orders: Iterable[Order], catalog: Catalog) -> int:
    """Return the number of orders that have a row: a purchase to predict, and a basket."""
    return sum(any(list_rows([order], catalog)) for order in orders)
