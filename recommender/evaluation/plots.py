"""The report's pictures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import matplotlib

matplotlib.use("Agg")  # no display is needed
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from .schema import COMPARED, CheckpointResult, ComparisonRow, Evaluation, Experiment, ExperimentRow, FidelityRow

T5_COLOUR, T5_ARABIC_COLOUR, BASELINE_COLOUR, RIVAL_COLOUR = "#1f6feb", "#0b7a75", "#9aa0a6", "#c2570c"
DPI = 110


def draw_plots(evaluation: Evaluation, folder: Path) -> list[Path]:
    """Draw what the evaluation has figures for.

    :return: the files written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    plots: list[tuple[str, Callable[[], None]]] = []
    for place, checkpoint in enumerate(evaluation.checkpoints, start=1):
        suffix = "" if place == 1 else f"-{place}"
        plots.append((f"hit-rate{suffix}", partial(_hit_rates, checkpoint, evaluation.baselines.rows)))
        plots.append((f"calibration{suffix}", partial(_calibration, checkpoint)))
    plots.append(("fidelity", partial(_fidelity, evaluation.fidelity)))
    if evaluation.collaborative:
        plots.append(("collaborative-filtering", partial(_collaborative, evaluation.collaborative)))
    written = []
    for name, draw in plots:
        draw()
        path = folder / f"{name}.png"
        plt.savefig(path, dpi=DPI, bbox_inches="tight", metadata={"Software": None})
        plt.close("all")
        written.append(path)
    return written


def _hit_rates(checkpoint: CheckpointResult, baselines: Sequence[ComparisonRow]) -> None:
    rows_of = {
        sample: [row for row in (*checkpoint.comparison, *baselines) if row.sample == sample][::-1]
        for sample in ("one_habit", "mixed")
    }
    drawn = {sample: rows for sample, rows in rows_of.items() if rows}  # a small shop may lack a sort of basket
    _, axes = plt.subplots(1, max(1, len(drawn)), figsize=(10, 3.6), sharey=True, squeeze=False)
    for axis, (sample, rows) in zip(axes[0], drawn.items(), strict=False):
        labels = [row.recommender + (f", {row.language}" if row.language else "") for row in rows]
        colours = {"en": T5_COLOUR, "ar": T5_ARABIC_COLOUR, None: BASELINE_COLOUR}
        for place, row in enumerate(rows):
            found = row.metrics["HR@1"]
            axis.barh(place, found.value, color=colours[row.language], height=0.7)
            if found.low is not None:
                axis.plot([found.low, found.high], [place, place], color="black", linewidth=1.2)
            axis.text(1.03, place, f"{found.value:.2f}", va="center", fontsize=8)
        axis.set_yticks(range(len(rows)), labels)
        axis.set_xlim(0, 1.0)
        axis.set_title(f"HR@1, {COMPARED[sample]}", fontsize=10)
        _plain(axis)


def _calibration(checkpoint: CheckpointResult) -> None:
    _, axis = plt.subplots(figsize=(4.2, 4))
    axis.plot([0, 1], [0, 1], color=BASELINE_COLOUR, linestyle="--", label="believable")
    for (language, bins), colour in zip(checkpoint.reliability.items(), (T5_COLOUR, T5_ARABIC_COLOUR), strict=True):
        x, y = [b.confidence for b in bins], [b.accuracy for b in bins]
        axis.plot(x, y, color=colour, linewidth=1, label=language)
        axis.scatter(x, y, s=[10 + b.draws / 4 for b in bins], color=colour, alpha=0.7)
    axis.set(xlim=(0, 1.02), ylim=(0, 1.05), xlabel="probability of the pick", ylabel="share of picks that were right")
    axis.set_title("Baskets of one habit (larger dot: more baskets)", fontsize=10)
    axis.legend(frameon=False, loc="upper left")
    _plain(axis)


def _fidelity(measured: Sequence[FidelityRow]) -> None:
    """Items kept on a round trip, a group of bars per language and a bar per route."""
    languages = list(dict.fromkeys(row.language for row in measured))
    routes = list(dict.fromkeys(row.route for row in measured))
    colours = dict(zip(routes, (T5_COLOUR, T5_ARABIC_COLOUR, RIVAL_COLOUR, BASELINE_COLOUR), strict=True))
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
    _plain(axis)


def _collaborative(results: Experiment, metric: str = "HR@5") -> None:
    _, axis = plt.subplots(figsize=(6.5, 4))
    colours = {"T5": T5_COLOUR, "item-kNN": RIVAL_COLOUR}
    by_name: dict[str, list[ExperimentRow]] = {}
    for row in results.rows:
        by_name.setdefault(row.recommender, []).append(row)
    for name, rows in by_name.items():
        values = [row.metrics[metric].value for row in rows]
        if rows[0].training_shoppers is None:
            axis.axhline(values[0], color=BASELINE_COLOUR, linestyle=":", linewidth=1)
            axis.annotate(name, (1, values[0]), xycoords=("axes fraction", "data"), ha="right", va="bottom", fontsize=8)
            continue
        sizes = [row.training_shoppers or 0 for row in rows]
        line = axis.plot(sizes, values, marker="o", label=name, color=colours.get(name, BASELINE_COLOUR))[0]
        lows, highs = ([getattr(row.metrics[metric], end) for row in rows] for end in ("low", "high"))
        axis.fill_between(sizes, lows, highs, alpha=0.15, color=line.get_color())
    axis.set(xscale="log", xlabel="training shoppers", ylabel=metric, ylim=(0, None))
    axis.set_title("Meaningless product names: held-out shoppers", fontsize=10)
    axis.legend(frameon=False, loc="lower right")
    _plain(axis)


def _plain(axis: Axes) -> None:
    axis.spines[["top", "right"]].set_visible(False)
    axis.tick_params(labelsize=8)
