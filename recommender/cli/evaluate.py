"""``evaluate``: measure checkpoints, baselines and routes; write the figures and the report."""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

from ..evaluation import EvaluationError
from ..shop.catalog import DATA
from .options import positive

REPORT = DATA.parent / "docs" / "evaluation.md"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What is measured, and where the figures go."""
    parser.add_argument(
        "--checkpoint", action="append", metavar="NAME_OR_PATH", help="repeatable (default: the bundled T5)"
    )
    parser.add_argument("--baskets", type=positive, default=1000, metavar="N", help="of each sort (default: 1000)")
    parser.add_argument("--seed", type=int, default=0, help="default: 0")
    parser.add_argument("--output", type=Path, default=DATA / "evaluation.json", metavar="JSON")
    parser.add_argument("--report", type=Path, default=REPORT, metavar="MD", help="plots go into a folder beside it")
    parser.add_argument(
        "--collaborative",
        action="store_true",
        help="run the experiment on collaborative filtering instead, and add it to --output and --report",
    )


def run(options: argparse.Namespace) -> int:
    """Measure, print the tables, write the JSON document and the report.

    :raises EvaluationError: where the packages that only evaluation needs are missing, or ``--output`` is not
        there to be added to.
    """
    try:
        from ..evaluation.plots import draw_plots
        from ..evaluation.report import markdown, tables
    except ImportError as error:
        raise EvaluationError(
            f'{error.name} is not installed. Evaluation needs more packages: pip install -e ".[evaluate]"'
        ) from error
    for path in (options.output, options.report):
        path.parent.mkdir(parents=True, exist_ok=True)  # now, and not after minutes of measuring
    document = _with_experiment(options) if options.collaborative else _measured(options)
    options.output.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    plots = draw_plots(document, options.report.with_suffix(""))
    relative = [f"{options.report.stem}/{path.name}" for path in plots]
    options.report.write_text(markdown(document, relative), encoding="utf-8")
    print(tables(document))
    print(f"\nWritten: {options.output}, {options.report}")
    return 0


def _measured(options: argparse.Namespace) -> dict[str, Any]:
    from ..evaluation.document import evaluate, rounded
    from ..t5.scorer import Checkpoint

    # an experiment that was run before stays in the report, under its own signature
    earlier = _read(options.output)["collaborative"] if options.output.exists() else None
    started = time.monotonic()
    checkpoints = [Checkpoint.load(name) for name in options.checkpoint or [None]]
    document = rounded(evaluate(checkpoints, options.baskets, options.seed))
    named = "".join(f" --checkpoint {name}" for name in options.checkpoint or [])
    document["command"] = f"python -m recommender evaluate{named} --baskets {options.baskets} --seed {options.seed}"
    document["seconds"] = round(time.monotonic() - started)
    document["collaborative"] = earlier
    return document


def _with_experiment(options: argparse.Namespace) -> dict[str, Any]:
    from ..evaluation.collaborative import experiment
    from ..evaluation.document import rounded

    if not options.output.exists():
        raise EvaluationError(
            f"{options.output} is not there to be added to: run evaluate without --collaborative first."
        )
    document = _read(options.output)
    document["collaborative"] = rounded(experiment(options.seed))
    return document


def _read(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise EvaluationError(f"{path} is not JSON, so nothing can be added to it: {error}") from error
    if not isinstance(document, dict) or "collaborative" not in document:
        raise EvaluationError(f"{path} is not the document of an earlier evaluation. Choose another --output.")
    return document
