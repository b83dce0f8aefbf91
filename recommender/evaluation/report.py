"""The evaluation as Markdown: for a terminal, and with plots for ``docs/evaluation.md``."""

from __future__ import annotations

from collections.abc import Sequence

from tabulate import tabulate

from .schema import (
    COMPARED,
    TRUTH,
    BaselineWin,
    Benchmark,
    BenchmarkView,
    CheckpointResult,
    ComparisonRow,
    Estimate,
    Evaluation,
    Experiment,
    Misplaced,
    Row,
)

NONE = "–"
EXPERIMENT_METRIC = "HR@5"


def tables(evaluation: Evaluation) -> str:
    """Return the figures for a terminal."""
    parts = []
    for checkpoint in evaluation.checkpoints:
        parts += [
            f"# {checkpoint.name} ({checkpoint.parameters:,} parameters)",
            *_checkpoint(checkpoint, evaluation),
        ]
    parts += _fidelity(evaluation)
    if evaluation.collaborative:
        parts += _collaborative(evaluation.collaborative)
    return "\n\n".join(parts)


def markdown(evaluation: Evaluation, plots: Sequence[str]) -> str:
    """Return the report.

    :param plots: paths of the pictures, relative to the report.
    """
    sizes = ", ".join(
        f"{name.replace('_', ' ')} {size.draws} ({size.distinct} distinct)" for name, size in evaluation.samples.items()
    )
    parts = [
        "# Evaluation",
        f"Written by `{evaluation.command}` on {evaluation.date}, in {evaluation.seconds} seconds. "
        "Nothing here is typed by hand; the same figures are in `data/evaluation.json`.",
        "All shoppers are synthetic: they choose by a formula with chance (`recommender/training/shoppers.py`), so the "
        "true probability of every purchase is known. No basket of two or more items, no pairing of a newcomer's sport "
        "and gear, and none of the held-out words was shown in training or used in choosing a setting: for that, "
        f"validation has others. Baskets drawn: {sizes}.",
        f"Looks at this test set: {_looks(evaluation)}.",
        *(f"![{path.rpartition('/')[2].removesuffix('.png').replace('-', ' ')}]({path})" for path in plots),
    ]
    for checkpoint in evaluation.checkpoints:
        parts += [
            f'## The checkpoint "{checkpoint.name}" ({checkpoint.parameters:,} parameters)',
            _verdict(checkpoint),
            *_checkpoint(checkpoint, evaluation),
        ]
    if len(evaluation.checkpoints) > 1:
        parts += ["## The checkpoints side by side", _side_by_side(evaluation.checkpoints)]
    parts += [*_fidelity(evaluation), *_losses(evaluation)]
    if evaluation.collaborative:
        parts += _collaborative(evaluation.collaborative)
    parts += ["## What these figures do not say", "\n".join(f"- {limit}" for limit in evaluation.limits)]
    return "\n\n".join(parts) + "\n"


def _looks(evaluation: Evaluation) -> str:
    return "; ".join(
        f"{n}. {look.date}, weights {', '.join(look.weights)}" for n, look in enumerate(evaluation.looks, 1)
    )


def _side_by_side(checkpoints: Sequence[CheckpointResult]) -> str:
    """Return every measure of several checkpoints: what the seed of a training makes of it."""
    found: dict[tuple[str, str], list[str]] = {}
    for checkpoint in checkpoints:
        for row in (row for section in checkpoint.sections for row in section.rows):
            found.setdefault((row.measure, row.language), []).append(_number(row.value))
    names = "|".join(checkpoint.name for checkpoint in checkpoints)
    return _table(f"measure|language|{names}", [[*of, *values] for of, values in found.items()])


def _verdict(checkpoint: CheckpointResult) -> str:
    judged = [row for section in checkpoint.sections for row in section.rows if row.passed is not None]
    missed = [f"{row.measure} ({row.language})" for row in judged if not row.passed]
    verdict = f"{len(judged) - len(missed)} of {len(judged)} thresholds met."
    return f"{verdict} Missed: {'; '.join(missed)}." if missed else verdict


def _checkpoint(checkpoint: CheckpointResult, evaluation: Evaluation) -> list[str]:
    signed = f"`{checkpoint.signature}`"
    parts = []
    for section in checkpoint.sections:
        if section.rows:
            parts += [f"### {section.title}", _measures(section.rows), signed]
    parts += [
        "### Beside the baselines",
        f"MLP, EASE, item-kNN and popularity learned from {evaluation.baselines.training_shoppers:,} purchases of "
        "synthetic training shoppers; the rule and the true probabilities are told every item's sport and kind; "
        "trigrams, word overlap and the T5 read names, and their figures are means over all languages. *HR*: the "
        "likeliest purchase is among the first. *NDCG*: with true utilities as gains. *Related*: the pick shares a "
        "sport or a kind with the basket. *Placed*: the newcomer stands above all that share nothing. Bold: the best "
        "of the column, the truth apart.",
    ]
    for sample, title in COMPARED.items():
        rows = [row for row in (*checkpoint.comparison, *evaluation.baselines.rows) if row.sample == sample]
        if rows:
            parts += [f"#### {title[0].upper()}{title[1:]}", _comparison(rows), signed]
    parts += [
        "#### Where a baseline wins",
        _wins(checkpoint.baseline_wins),
        signed,
        "### Newcomers that are misplaced",
        _misplaced(checkpoint.misplaced),
        signed,
        "### The routes",
        "Baskets of one habit, translated by the phrasebook. *Lost*: the text is no longer a name of the item, on the "
        "way in (of the purchases) and out (of the picks).",
        _routes(checkpoint),
        signed,
    ]
    return parts


def _measures(rows: Sequence[Row]) -> str:
    def cells(row: Row) -> list[str]:
        sign = "≤" if row.lower_is_better else "≥"
        return [
            row.measure,
            row.language,
            f"{row.value} of {row.draws}" if row.unit == "items" else _number(row.value),
            NONE if row.low is None else f"{_number(row.low)} to {_number(row.high)}",
            NONE if row.threshold is None else f"{sign} {row.threshold:g}",
            {True: "pass", False: "MISSED", None: ""}[row.passed],
            f"{row.draws} ({row.distinct})",
        ]

    return _table("measure|language|value|95 %|threshold||baskets (distinct)", [cells(row) for row in rows])


def _comparison(rows: Sequence[ComparisonRow]) -> str:
    shown = list(rows[0].metrics)
    others = [row for row in rows if row.recommender != TRUTH]
    best = {metric: max(row.metrics[metric].value for row in others) for metric in shown}
    return _table(
        f"recommender|{'|'.join(shown)}",
        [
            [
                row.recommender,
                *(
                    _estimate(row.metrics[metric], bold=row in others and row.metrics[metric].value == best[metric])
                    for metric in shown
                ),
            ]
            for row in rows
        ],
    )


def _wins(wins: Sequence[BaselineWin]) -> str:
    if not wins:
        return "Nowhere."
    return _table(
        "sample|metric|baseline|its value|the T5",
        [[COMPARED[win.sample], win.metric, win.baseline, _number(win.value), _number(win.t5)] for win in wins],
    )


def _misplaced(found: Sequence[Misplaced]) -> str:
    if not found:
        return "None."
    return _table(
        "language|newcomer|owned|its place|above it, sharing nothing",
        [[m.language, m.name, ", ".join(m.owned), str(m.place), m.above] for m in found],
    )


def _routes(checkpoint: CheckpointResult) -> str:
    return _table(
        "language|route|HR@1|HR@3|same pick as in English|lost on the way in|lost on the way out",
        [
            [
                row.language,
                row.route,
                _number(row.metrics["HR@1"].value),
                _number(row.metrics["HR@3"].value),
                _number(row.same_pick.value),
                _number(row.lost_in),
                _number(row.lost_out),
            ]
            for row in checkpoint.routes
        ],
    )


def _fidelity(evaluation: Evaluation) -> list[str]:
    """Return what survives the way in and out, without a T5."""
    kept = [[row.language, row.route, f"{row.kept} of {row.total}"] for row in evaluation.fidelity]
    return [
        "## What is lost on the way",
        "Every item of the shop into the T5's language and back out, by the phrasebook. Kept: a reader takes the text "
        "for the same item both ways.",
        _table("language|route|kept", kept),
        f"`{evaluation.signature}`",
    ]


def _losses(evaluation: Evaluation) -> list[str]:
    """Return each text that no longer means its item; too long for a terminal."""
    losses = [
        [
            row.language,
            row.route,
            loss.step,
            loss.item,
            loss.text_in,
            loss.text_out,
            loss.means or "nothing in stock",
            "yes" if loss.sport_changed else "",
        ]
        for row in evaluation.fidelity
        for loss in row.losses
    ]
    return [
        "### Every loss",
        _table("language|route|way|item|text in|text out|read as|sport changed", losses),
        f"`{evaluation.signature}`",
    ]


def _collaborative(experiment: Experiment) -> list[str]:
    rows = [
        [
            row.recommender,
            NONE if row.training_shoppers is None else f"{row.training_shoppers:,}",
            *(_estimate(row.metrics[metric]) for metric in ("HR@1", "HR@5", "MRR", "NDCG@5")),
        ]
        for row in experiment.rows
    ]
    literal = experiment.literal
    right = sum(pick in literal.expected for pick in literal.t5_picks)
    shoppers = ", ".join(f"{{{bought}}}" for bought in literal.shoppers)
    return [
        "## Can a T5 learn collaborative filtering from text?",
        f"{experiment.products} products with meaningless names, one token each; synthetic shoppers of hidden classes; "
        "the bundled T5's shape and prompt, its list of candidates left empty, trained from nothing for "
        f"{experiment.steps:,} steps once at each size, with one hidden purchase per shopper. Measured on "
        f"{experiment.test_shoppers:,} shoppers that nobody was taught. No ranking can on average beat "
        "*true probabilities*, which knows how the shoppers were made. "
        "Run by `python -m recommender evaluate --collaborative`.",
        _table("recommender|training shoppers|HR@1|HR@5|MRR|NDCG@5", rows),
        f"`{experiment.signature}`",
        f"{EXPERIMENT_METRIC}, a difference being clear where the intervals do not overlap:",
        "\n".join(_differences(experiment)),
        f"The idea's own example: shoppers {shoppers}; who owns {{{literal.basket}}} should be offered "
        f"{' or '.join(literal.expected)}. Trained {len(literal.t5_picks)} times from nothing on these four "
        f"shoppers alone, the T5 did so {right} times (picks: {', '.join(literal.t5_picks)}). Item-kNN picks "
        f"{literal.item_knn_pick}, popularity {literal.popularity_pick}.",
    ]


def _differences(experiment: Experiment) -> list[str]:
    """Return a line per size and baseline: which is ahead, "not clearly different" where the intervals overlap."""
    found = {(row.recommender, row.training_shoppers): row.metrics[EXPERIMENT_METRIC] for row in experiment.rows}
    lines = []
    for size in sorted({row.training_shoppers for row in experiment.rows if row.training_shoppers}):
        t5 = found["T5", size]
        for name in ("item-kNN", "popularity"):
            rival = found[name, size]
            verdict = "not clearly different from"
            if (t5.low or 0) > (rival.high or 0):
                verdict = "better than"
            elif (t5.high or 0) < (rival.low or 0):
                verdict = "worse than"
            lines.append(
                f"- {size:,} shoppers: the T5 is {verdict} {name} ({_number(t5.value)}, {_number(rival.value)})"
            )
    return lines


def _table(header: str, rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table.

    :param header: the columns' titles, separated by ``|``.
    """
    table: str = tabulate(rows, header.split("|"), tablefmt="github", disable_numparse=True)
    return table


def _estimate(found: Estimate, bold: bool = False) -> str:
    value = f"**{_number(found.value)}**" if bold else _number(found.value)
    return value if found.low is None else f"{value} ({_number(found.low)}–{_number(found.high)})"


def _number(value: float | None) -> str:
    return NONE if value is None else f"{value:.3f}"


def benchmark_tables(benchmark: Benchmark) -> str:
    """Return the figures for a terminal."""
    parts = [
        f"# All {benchmark.all_products.products:,} products, {benchmark.all_products.asked:,} shoppers",
        *_benchmark_view(benchmark.all_products),
        "# Published, as quoted",
        tabulate(
            [
                [
                    row.recommender,
                    *(NONE if value is None else f"{value:.4f}" for value in row.metrics.values()),
                    row.source,
                ]
                for row in benchmark.published
            ],
            ["", *benchmark.published[0].metrics, "source"] if benchmark.published else (),
            tablefmt="github",
            disable_numparse=True,
        ),
        f"# {benchmark.cold_products.products:,} products that training never had, among themselves, "
        f"{benchmark.cold_products.asked:,} shoppers",
        *_benchmark_view(benchmark.cold_products),
    ]
    return "\n\n".join(parts)


def _benchmark_view(view: BenchmarkView) -> list[str]:
    metrics = list(view.rows[0].metrics)
    table = tabulate(
        [[row.recommender, *(_precise(row.metrics[metric]) for metric in metrics)] for row in view.rows],
        ["", *metrics],
        tablefmt="github",
        disable_numparse=True,
    )
    compared = [
        f"{each.recommender} against {each.other}: NDCG@10 {100 * each.value:+.1f} % "
        f"({each.difference.low:+.4f} to {each.difference.high:+.4f}, paired bootstrap over shoppers, 95 %)."
        for each in view.differences
    ]
    return [table, "\n".join(compared)]


def _precise(found: Estimate) -> str:
    return f"{found.value:.4f} ({found.low:.4f}–{found.high:.4f})"


def benchmark_markdown(benchmark: Benchmark, plot: str) -> str:
    """Return the report on real shoppers.

    :param plot: path of the picture, relative to the report.
    """
    settings = ", ".join(f"{name} {value:g}" for name, value in benchmark.settings.items())
    parts = [
        "# Real shoppers",
        f"Written by `{benchmark.command}` on {benchmark.date}, in {benchmark.seconds} seconds. Nothing here is typed "
        "by hand but the published figures.",
        f"{benchmark.shoppers:,} shoppers; what each bought last is asked for, and the purchase before it is for "
        "choosing settings. All products are ranked but those that the shopper had bought. Co-purchases, EASE and "
        "popularity count the validation purchases when they are tested; SASRec and the T5 read them, and did not "
        "learn from them. The T5 was trained without a tenth of the products.",
        f"![NDCG@10]({plot})",
        benchmark_tables(benchmark).replace("# ", "## "),
        f"Chosen on validation: {settings}.",
        f"Signature: `{benchmark.signature}`",
    ]
    return "\n\n".join(parts) + "\n"
