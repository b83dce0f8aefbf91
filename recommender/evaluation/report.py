"""Render evaluations as Markdown: tables for a terminal, and reports with plots."""

from __future__ import annotations

from collections.abc import Sequence

from tabulate import tabulate

from .schema import (
    COMPARED,
    NONE,
    TRUTH,
    BaselineWin,
    CheckpointResult,
    ComparisonRow,
    Estimate,
    Evaluation,
    MeasureRow,
    Misplaced,
    find_best,
    format_figure,
)
from .shop_schema import RealShoppersEvaluation, RealShoppersView

ALPHABETICAL = "2026-11-27"  # since then, prompts list purchases by the alphabet, and no longer in the order of time
IN_TIME = " So could the T5 in these results: at that time, its prompts listed purchases in the order of time."

AMAZON = (
    "Source: reviews in Amazon's Sports & Outdoors of McAuley et al. 2015 (arXiv 1506.04757) and He & McAuley 2016 "
    "(arXiv 1602.01585), those of P5 (arXiv 2203.13366), as the authors of GRAM publish them "
    "(github.com/zhaodong-liu/GRAM). This project's licence does not cover them."
)


def render_tables(evaluation: Evaluation) -> str:
    """Return the tables for a terminal."""
    parts = []
    for checkpoint in evaluation.checkpoints:
        parts += [
            f"# {checkpoint.name} ({checkpoint.parameters:,} parameters)",
            *_render_checkpoint(checkpoint, evaluation),
        ]
    parts += _render_fidelity(evaluation)
    return "\n\n".join(parts)


def render_report(evaluation: Evaluation, plots: Sequence[str]) -> str:
    """Return the report of an evaluation.

    :param plots: paths of the plots, relative to the report.
    """
    sizes = ", ".join(
        f"{name.replace('_', ' ')} {size.draws} ({size.distinct} distinct)" for name, size in evaluation.samples.items()
    )
    parts = [
        "# Evaluation",
        f"Written by `{evaluation.command}` on {evaluation.date}, in {evaluation.seconds} seconds. "
        "Nothing here is typed by hand; the same figures are in `data/evaluation.json`.",
        "All shoppers are synthetic: they choose by a formula with chance (`recommender/training/shoppers.py`), so the "
        "true probability of every purchase is known. Training and the choice of settings draw no test basket of two "
        "or more of the shop's items, no pairing of a tidy newcomer's sport and gear, and none of the held-out names "
        "for gear, brands, colours and sizes: for that, validation has others. Of the samples with a newcomer, the "
        "baskets are not held out; of the everyday names of sports, some are; and of the names that a person wrote, "
        "nothing is. What the bundled T5 was trained on before this was so is said at the end. "
        f"Baskets drawn: {sizes}.",
        f"Looks at this test set by runs that wrote this report's file: {_list_looks(evaluation)}.",
        *(f"![{path.rpartition('/')[2].removesuffix('.png').replace('-', ' ')}]({path})" for path in plots),
    ]
    for checkpoint in evaluation.checkpoints:
        parts += [
            f'## The checkpoint "{checkpoint.name}" ({checkpoint.parameters:,} parameters)',
            _count_passed(checkpoint),
            *_render_checkpoint(checkpoint, evaluation),
        ]
    if len(evaluation.checkpoints) > 1:
        parts += ["## The checkpoints side by side", _render_side_by_side(evaluation.checkpoints)]
    parts += [*_render_fidelity(evaluation), *_render_losses(evaluation)]
    parts += ["## What these figures do not say", "\n".join(f"- {limit}" for limit in evaluation.limits)]
    return "\n\n".join(parts) + "\n"


def _list_looks(evaluation: Evaluation) -> str:
    return "; ".join(
        f"{n}. {look.date}, weights {', '.join(look.weights)}, {look.baskets} baskets a sample, seed {look.seed}"
        for n, look in enumerate(evaluation.looks, 1)
    )


def _render_side_by_side(checkpoints: Sequence[CheckpointResult]) -> str:
    """Return a table of every measure by checkpoint, which shows the variation between training seeds."""
    found = [checkpoint.list_values() for checkpoint in checkpoints]
    measured = dict.fromkeys(key for values in found for key in values)  # a T5 may lack a language
    names = "|".join(checkpoint.name for checkpoint in checkpoints)
    rows = [[*key, *(format_figure(values.get(key)) for values in found)] for key in measured]
    return _render_table(f"measure|language|{names}", rows)


def _count_passed(checkpoint: CheckpointResult) -> str:
    judged = [row for section in checkpoint.sections for row in section.rows if row.passed is not None]
    missed = [f"{row.measure} ({row.language})" for row in judged if not row.passed]
    verdict = f"{len(judged) - len(missed)} of {len(judged)} thresholds met."
    return f"{verdict} Missed: {'; '.join(missed)}." if missed else verdict


def _render_checkpoint(checkpoint: CheckpointResult, evaluation: Evaluation) -> list[str]:
    signed = f"`{checkpoint.signature}`"
    parts = []
    for section in checkpoint.sections:
        if section.rows:
            parts += [f"### {section.title}", _render_measures(section.rows), signed]
    parts += [
        "### Beside the baselines",
        f"MLP, EASE, item-kNN and popularity learned from {evaluation.baselines.training_shoppers:,} purchases of "
        "synthetic training shoppers; the rule and the true probabilities are told every item's sport and kind; "
        "trigrams, word overlap and the T5 read names, and their figures are means over the languages that were "
        "measured. Trigrams of *any language* compare a newcomer with the shop's names in the language that its own is "
        "closest to. (A newcomer's threshold above, except with a tidy name, is what the better trigrams reach in its "
        "language, but 0.85 at least.) *HR*: the likeliest purchase is among the first. *NDCG*: with true utilities as "
        "gains. *Related*: the pick shares a sport or a kind with the basket. *Placed*: the newcomer stands above all "
        "that share nothing. Bold: the best of the column, the truth apart.",
    ]
    for sample, title in COMPARED.items():
        rows = [row for row in (*checkpoint.comparison, *evaluation.baselines.rows) if row.sample == sample]
        if rows:
            parts += [f"#### {title[0].upper()}{title[1:]}", _render_comparison(rows), signed]
    parts += [
        "#### Where a baseline wins",
        _render_wins(checkpoint.baseline_wins),
        signed,
        "### Newcomers that are misplaced",
        _render_misplaced(checkpoint.misplaced),
        signed,
        "### The routes",
        "Baskets of one habit, translated by the phrasebook. *Lost*: the text is no longer a name of the item, on the "
        "way in (of the purchases) and out (of the picks).",
        _render_routes(checkpoint),
        signed,
    ]
    return parts


def _render_measures(rows: Sequence[MeasureRow]) -> str:
    def cells(row: MeasureRow) -> list[str]:
        *figures, baskets = (text or NONE for text in row.format())
        return [*figures, {True: "pass", False: "MISSED", None: ""}[row.passed], baskets]

    return _render_table("measure|language|value|95 %|threshold||baskets (distinct)", [cells(row) for row in rows])


def _render_comparison(rows: Sequence[ComparisonRow]) -> str:
    shown = list(rows[0].metrics)
    best = find_best(rows)

    def cell(row: ComparisonRow, metric: str) -> str:
        found = row.metrics[metric]
        return _format_estimate(found, bold=row.recommender != TRUTH and found.value == best[metric])

    header = f"recommender|{'|'.join(shown)}"
    return _render_table(header, [[row.recommender, *(cell(row, metric) for metric in shown)] for row in rows])


def _render_wins(wins: Sequence[BaselineWin]) -> str:
    if not wins:
        return "Nowhere."
    return _render_table(
        "sample|metric|baseline|its value|the T5",
        [
            [COMPARED[win.sample], win.metric, win.baseline, format_figure(win.value), format_figure(win.t5)]
            for win in wins
        ],
    )


def _render_misplaced(found: Sequence[Misplaced]) -> str:
    if not found:
        return "None."
    return _render_table(
        "language|newcomer|owned|its place|above it, sharing nothing",
        [[m.language, m.name, ", ".join(m.owned), str(m.place), m.above] for m in found],
    )


def _render_routes(checkpoint: CheckpointResult) -> str:
    return _render_table(
        "language|route|HR@1|HR@3|same pick as in English|lost on the way in|lost on the way out",
        [
            [
                row.language,
                row.route,
                format_figure(row.metrics["HR@1"].value),
                format_figure(row.metrics["HR@3"].value),
                format_figure(row.same_pick.value),
                format_figure(row.lost_in),
                format_figure(row.lost_out),
            ]
            for row in checkpoint.routes
        ],
    )


def _render_fidelity(evaluation: Evaluation) -> list[str]:
    """Return how many items keep their meaning in a translation there and back, which needs no T5."""
    kept = [[row.language, row.route, f"{row.kept} of {row.total}"] for row in evaluation.fidelity]
    return [
        "## What is lost on the way",
        "Every item of the shop into the T5's language and back out, by the phrasebook. Kept: a reader takes the text "
        "for the same item both ways.",
        _render_table("language|route|kept", kept),
        f"`{evaluation.signature}`",
    ]


def _render_losses(evaluation: Evaluation) -> list[str]:
    """Return the table of every text that no longer means its item; it is too long for a terminal."""
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
        _render_table("language|route|way|item|text in|text out|read as|sport changed", losses),
        f"`{evaluation.signature}`",
    ]


def _render_table(header: str, rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table.

    :param header: the columns' titles, separated by ``|``.
    """
    table: str = tabulate(rows, header.split("|"), tablefmt="github", disable_numparse=True)
    return table


def _format_estimate(found: Estimate, digits: int = 3, bold: bool = False) -> str:
    value = f"**{format_figure(found.value, digits)}**" if bold else format_figure(found.value, digits)
    return (
        value
        if found.low is None
        else f"{value} ({format_figure(found.low, digits)}–{format_figure(found.high, digits)})"
    )


def render_real_shoppers_tables(evaluation: RealShoppersEvaluation) -> str:
    """Return the tables for a terminal."""
    every, cold = evaluation.all_products, evaluation.cold_products
    metrics = list(every.rows[0].metrics)
    published = [
        [row.recommender, *(format_figure(row.metrics[m], 4) for m in metrics), row.source]
        for row in evaluation.published
    ]
    parts = [
        f"# All {every.products:,} products, {every.asked:,} shoppers",
        *_render_view(every),
        "# Published, as quoted",
        _render_table(f"|{'|'.join(metrics)}|source", published),
        f"# {cold.products:,} products that training never had, among themselves, {cold.asked:,} shoppers",
        *_render_view(cold),
    ]
    return "\n\n".join(parts)


def _render_view(view: RealShoppersView) -> list[str]:
    metrics = list(view.rows[0].metrics)
    rows = [
        [
            row.recommender,
            *(_format_estimate(row.metrics[metric], 4) for metric in metrics),
            " ".join(format_figure(value, 4) for value in row.seeds),
        ]
        for row in view.rows
    ]
    compared = [
        f"{each.recommender} against {each.other}: NDCG@10 {100 * each.value:+.1f} % "
        f"({each.difference.low:+.4f} to {each.difference.high:+.4f}, paired bootstrap over shoppers, 95 %)."
        for each in view.differences
    ]
    return [_render_table(f"|{'|'.join(metrics)}|NDCG@10 of each seed", rows), "\n".join(compared)]


def render_real_shoppers_report(evaluation: RealShoppersEvaluation, plot: str) -> str:
    """Return the report of a evaluation.

    :param plot: path of the plot, relative to the report.
    """
    settings = ", ".join(f"{name} {value:g}" for name, value in evaluation.settings.items())
    parts = [
        "# Real shoppers",
        f"Written by `{evaluation.command}` on {evaluation.date}, in {evaluation.seconds} seconds. Nothing here is "
        "typed by hand but the published figures.",
        AMAZON,
        f"{evaluation.shoppers:,} shoppers; what each bought last is asked for, and the purchase before it is for "
        "choosing settings. All products are ranked but those that the shopper had bought. Co-purchases, EASE and "
        "popularity count the validation purchases when they are tested; SASRec and the T5 read them, and did not "
        "learn from them. The T5 was trained without a tenth of the products, and orders the 20 candidates that it is "
        "given: by co-purchases and names, or, of the products that training never had, by shared words.",
        f"Of all purchases, {evaluation.ascending:.0%} have a higher id than the one before. Dates are days, and what "
        "was bought on one day seems to be sorted by id. Rankers that know the order (item-kNN, SASRec, the retrieval, "
        "and the published ones) can gain by that." + (IN_TIME if evaluation.date < ALPHABETICAL else ""),
        "The T5's scores of products that nobody had bought are corrected for their unfamiliar names, as in serving."
        if evaluation.corrected
        else "The T5's scores of products that nobody had bought are its own: a shop that it serves corrects them for "
        "their unfamiliar names (`recommender/newcomers.py`), and these results do not.",
        f"![NDCG@10]({plot})",
        render_real_shoppers_tables(evaluation).replace("# ", "## "),
        f"Chosen on validation: {settings}.",
        f"Signature: `{evaluation.signature}`",
    ]
    return "\n\n".join(parts) + "\n"
