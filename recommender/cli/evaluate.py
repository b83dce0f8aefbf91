"""``evaluate``: measure checkpoints, baselines and routes, and write the results and the report."""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import RecommenderError
from ..evaluation import EvaluationError
from ..evaluation.schema import Evaluation
from ..shop.catalog import Catalog
from ..shop.folder import Shop
from ..shop.paths import DATA
from ..shop.purchases import print_refusals
from .options import add_shop, positive

if TYPE_CHECKING:
    from ..training.shop_data import ShopData  # imports scipy

BASKETS = 200
REPORT = DATA.parent / "docs" / "evaluation.md"


def _name_checkpoints(names: Sequence[str]) -> str:
    """Return the options of a command line that name these checkpoints."""
    return "".join(f" --checkpoint {name}" for name in names)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options: what to measure, and where to write the results."""
    parser.add_argument(
        "--checkpoint",
        action="append",
        metavar="NAME_OR_PATH",
        help="a T5 to measure; repeatable (default: the bundled T5)",
    )
    add_shop(parser)
    parser.add_argument(
        "--baskets", type=positive, metavar="N", help=f"synthetic shoppers: number of each sort (default: {BASKETS})"
    )
    parser.add_argument("--seed", type=int, default=0, help="default: 0")
    parser.add_argument(
        "--output",
        type=Path,
        metavar="JSON",
        help="the results (default: evaluation.json in the shop's folder, or real-shoppers.json of a benchmark; on a "
        "shop's orders, those of a --checkpoint other than its own T5 are only printed)",
    )
    parser.add_argument(
        "--report",
        type=Path,
        metavar="MD",
        help="the report, with its plots in a folder beside it (default: docs/evaluation.md; a benchmark's is beside "
        "its results)",
    )


def run(options: argparse.Namespace) -> int:
    """Measure, print the tables, and write the results and the report.

    :raises EvaluationError: if a package of the extra "evaluate" is missing, or the output file is no results.
    :raises RecommenderError: if an option does not go with the shop, or the shop's orders or the T5 cannot be used.
    """
    shop = Shop.open(options.shop)
    if shop.is_demo:
        return _evaluate_demo(shop, options)
    if options.baskets:
        raise RecommenderError("--baskets is for the demo's synthetic shoppers; a shop is measured on its orders.")
    return _evaluate_shop(shop, options)


@contextmanager
def _explain_missing_packages() -> Iterator[None]:
    """Explain a missing package of the extra "evaluate".

    :raises EvaluationError: if an import fails; the message says how to install it.
    """
    try:
        yield
    except ImportError as error:
        raise EvaluationError(
            f'{error.name} is not installed. Evaluation needs more packages: pip install -e ".[evaluate]"'
        ) from error


def _evaluate_demo(shop: Shop, options: argparse.Namespace) -> int:
    """Measure checkpoints, baselines and routes on the demo's synthetic shoppers."""
    with _explain_missing_packages():
        from ..evaluation.evaluate import evaluate
        from ..evaluation.plots import draw_plots
        from ..evaluation.report import render_report, render_tables
    from ..t5.scorer import Checkpoint

    baskets = options.baskets or BASKETS
    named = _name_checkpoints(options.checkpoint or ())
    command = f"python -m recommender evaluate{named} --baskets {baskets} --seed {options.seed}"
    output, report = options.output or shop.evaluation, options.report or REPORT
    for path in (output, report):
        path.parent.mkdir(parents=True, exist_ok=True)  # fail now, and not after minutes of measuring
    looks = Evaluation.read(output).looks if output.exists() else ()
    checkpoints = [Checkpoint.load(name) for name in options.checkpoint or [None]]
    evaluation = evaluate(checkpoints, Catalog.load(), baskets, options.seed, command, looks)
    evaluation.write(output)
    plots = draw_plots(evaluation, report.with_suffix(""))
    relative = [f"{report.stem}/{path.name}" for path in plots]
    report.write_text(render_report(evaluation, relative), encoding="utf-8")
    print(render_tables(evaluation))
    print(f"\nWritten: {output}, {report}")
    return 0


def _evaluate_shop(shop: Shop, options: argparse.Namespace) -> int:
    """Compare a shop's recommender with simpler ones on its own held-out orders."""
    from ..evaluation.shop import HeldOut
    from ..t5.fusion import Fusion
    from ..t5.scorer import Checkpoint
    from ..t5.source import find_checkpoint, is_shops_own, name_checkpoint
    from ..training.shop_data import ShopData

    if not shop.purchases.is_file():
        raise RecommenderError(f"The shop {shop.folder} has no {shop.purchases.name} to measure on: import its orders.")
    data = ShopData.read(shop)
    print_refusals(shop.purchases, data.refused)
    if data.in_time:
        return _evaluate_real_shoppers(shop, data, options)
    if options.report:
        raise RecommenderError("--report is not for a shop's own orders: the comparison is printed.")
    names = options.checkpoint or [None]
    if options.output and len(names) > 1:
        raise RecommenderError("--output holds the results of one --checkpoint: name one, or leave --output out.")
    if options.output:
        options.output.parent.mkdir(parents=True, exist_ok=True)
    for name in names:
        folder = find_checkpoint(name, bundled=shop.model)
        checkpoint = Checkpoint.from_folder(folder, name_checkpoint(name))
        evaluation = HeldOut.rank(data, checkpoint, Fusion.load(folder)).compare(options.seed)
        print(evaluation.format())
        if output := options.output or (shop.evaluation if is_shops_own(name) else None):
            evaluation.write(output)
            print(f"\nWritten: {output}")
    return 0


def _evaluate_real_shoppers(shop: Shop, data: ShopData, options: argparse.Namespace) -> int:
    """Compare a shop's recommender with simpler ones, and with published figures, on a benchmark's histories."""
    with _explain_missing_packages():
        from ..evaluation.plots import draw_real_shoppers
        from ..evaluation.real_shoppers import evaluate_real_shoppers
        from ..evaluation.report import render_real_shoppers_report, render_real_shoppers_tables
    from ..t5.scorer import Checkpoint

    named = _name_checkpoints(options.checkpoint or ())
    command = f"python -m recommender evaluate --shop {shop.folder.name}{named} --seed {options.seed}"
    output = options.output or shop.real_shoppers
    report = options.report or output.with_suffix(".md")
    for path in (output, report):
        path.parent.mkdir(parents=True, exist_ok=True)  # fail now, and not after an hour of measuring
    checkpoints = [Checkpoint.load(name, bundled=shop.model) for name in options.checkpoint or [None]]
    unfinished = output.with_suffix(".part")
    evaluation = evaluate_real_shoppers(data, shop.published, checkpoints, options.seed, command, unfinished)
    evaluation.write(output)
    shutil.rmtree(unfinished, ignore_errors=True)
    plot = draw_real_shoppers(evaluation, report.with_suffix(""))
    report.write_text(render_real_shoppers_report(evaluation, f"{report.stem}/{plot.name}"), encoding="utf-8")
    print(render_real_shoppers_tables(evaluation))
    print(f"\nWritten: {output}, {report}")
    return 0
