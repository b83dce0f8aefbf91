"""Draw the plots of the reports."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from itertools import cycle
from pathlib import Path

import matplotlib

matplotlib.use("Agg")  # no display is needed
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from .schema import COMPARED, CheckpointResult, ComparisonRow, Evaluation, FidelityRow
from .shop_schema import RealShoppersEvaluation

T5_COLOUR, SECOND_COLOUR, BASELINE_COLOUR, RIVAL_COLOUR = "#1f6feb", "#0b7a75", "#9aa0a6", "#c2570c"
# More routes begin again with the first
ROUTE_COLOURS = (T5_COLOUR, SECOND_COLOUR, RIVAL_COLOUR, BASELINE_COLOUR, "#8250df", "#bf3989")
DPI = 110


def draw_plots(evaluation: Evaluation, folder: Path) -> list[Path]:
    """Draw the plots of an evaluation.

    :return: the files that were written.
    """
    plots: list[tuple[str, Callable[[], None]]] = []
    for place, checkpoint in enumerate(evaluation.checkpoints, start=1):
        suffix = "" if place == 1 else f"-{place}"
        plots.append((f"hit-rate{suffix}", partial(_draw_hit_rates, checkpoint, evaluation.baselines.rows)))
        plots.append((f"probabilities{suffix}", partial(_draw_probabilities, checkpoint)))
    plots.append(("fidelity", partial(_draw_fidelity, evaluation.fidelity)))
    written = []
    for name, draw in plots:
        draw()
        written.append(_save(folder, name))
    return written


def _save(folder: Path, name: str) -> Path:
    """Write the current plot and close it."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.png"
    plt.savefig(path, dpi=DPI, bbox_inches="tight", metadata={"Software": None})
    plt.close("all")
    return path


def _draw_hit_rates(checkpoint: CheckpointResult, baselines: Sequence[ComparisonRow]) -> None:
    rows_of = {
        sample: [row for row in (*checkpoint.comparison, *baselines) if row.sample == sample][::-1]
        for sample in ("one_habit", "mixed", "new_everyday")
    }
    drawn = {sample: rows for sample, rows in rows_of.items() if rows}  # a small shop may have no baskets of a sample
    _, axes = plt.subplots(1, max(1, len(drawn)), figsize=(14, 3.6), squeeze=False)
    for axis, (sample, rows) in zip(axes[0], drawn.items(), strict=False):
        metric = next(iter(rows[0].metrics))
        for place, row in enumerate(rows):
            found = row.metrics[metric]
            ours = row.recommender == checkpoint.name
            axis.barh(place, found.value, color=T5_COLOUR if ours else BASELINE_COLOUR, height=0.7)
            if found.low is not None:
                axis.plot([found.low, found.high], [place, place], color="black", linewidth=1.2)
            axis.text(1.03, place, f"{found.value:.2f}", va="center", fontsize=8)
        axis.set_yticks(range(len(rows)), ["T5" if r.recommender == checkpoint.name else r.recommender for r in rows])
        axis.set_xlim(0, 1.0)
        axis.set_title(f"{metric}, {COMPARED[sample]}", fontsize=9)
        _simplify(axis)
    plt.tight_layout()


def _draw_probabilities(checkpoint: CheckpointResult) -> None:
    _, axis = plt.subplots(figsize=(4.6, 4.4))
    axis.plot([1e-5, 1], [1e-5, 1], color=BASELINE_COLOUR, linestyle="--", label="as it should be")
    for language, bins in checkpoint.probabilities.items():
        axis.plot(
            [b.given for b in bins], [b.true for b in bins], marker="o", markersize=3, linewidth=1, label=language
        )
    axis.set(xscale="log", yscale="log", xlim=(1e-5, 1.2), ylim=(1e-5, 1.2))
    axis.set(xlabel="probability that the T5 gives a product", ylabel="true probability that it is bought next")
    axis.set_title("All candidates of all baskets, in bins", fontsize=10)
    axis.legend(frameon=False, loc="upper left", fontsize=8)
    _simplify(axis)


def _draw_fidelity(measured: Sequence[FidelityRow]) -> None:
    """Draw the number of items kept on a round trip: a group of bars for each language, with a bar for each route."""
    languages = list(dict.fromkeys(row.language for row in measured))
    routes = list(dict.fromkeys(row.route for row in measured))
    colours = dict(zip(routes, cycle(ROUTE_COLOURS), strict=False))
    _, axis = plt.subplots(figsize=(7, 3.4))
    width = 0.8 / len(routes)
    for row in measured:
        place = languages.index(row.language) + (routes.index(row.route) - (len(routes) - 1) / 2) * width
        label = row.route if row.language == languages[0] else None
        axis.bar(place, row.kept, width * 0.9, color=colours[row.route], label=label)
        axis.text(place, row.kept + 0.4, str(row.kept), ha="center", fontsize=7)
    axis.set_xticks(range(len(languages)), languages)
    axis.set(ylabel=f"items kept, of {measured[0].total}")
    axis.set_title("Round trip by the phrasebook: what still means the same item both ways", fontsize=10)
    axis.legend(frameon=False, ncols=len(routes), loc="upper center", bbox_to_anchor=(0.5, -0.1))
    _simplify(axis)


def _simplify(axis: Axes) -> None:
    """Remove the frame's upper and right lines, and shrink the labels."""
    axis.spines[["top", "right"]].set_visible(False)
    axis.tick_params(labelsize=8)


def draw_real_shoppers(evaluation: RealShoppersEvaluation, folder: Path) -> Path:
    """Draw the NDCG@10 of all rankers, and the published ones.

    :return: the file that was written.
    """
    views = (("all products", evaluation.all_products), ("products that training never had", evaluation.cold_products))
    _, axes = plt.subplots(1, 2, figsize=(14, 5), layout="constrained")
    for axis, (title, view) in zip(axes, views, strict=True):
        axis.set_title(f"NDCG@10, {title}", fontsize=10)
        axis.invert_yaxis()
        for row in view.rows:
            found = row.metrics["NDCG@10"]
            colour = T5_COLOUR if row.recommender.startswith("T5") else BASELINE_COLOUR
            axis.barh(row.recommender, found.value, color=colour)
            axis.plot([found.low, found.high], [row.recommender] * 2, color="black", linewidth=1.2)
    for quoted in evaluation.published:
        axes[0].barh(
            f"published: {quoted.recommender}", quoted.metrics["NDCG@10"], color="white", edgecolor=RIVAL_COLOUR
        )
    return _save(folder, "real-shoppers")
