"""The document as Markdown: for a terminal, and with plots for ``docs/evaluation.md``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .comparison import COMPARED

NONE = "–"
SHOWN = ("HR@1", "HR@3", "HR@5", "MRR", "NDCG@5", "related")


def tables(document: dict[str, Any]) -> str:
    """The figures, for a terminal."""
    parts = []
    for checkpoint in document["checkpoints"]:
        parts += [
            f"# {checkpoint['name']} ({checkpoint['parameters']:,} parameters)",
            *_checkpoint(checkpoint, document),
        ]
    parts += _fidelity(document)
    if document["collaborative"]:
        parts += collaborative(document["collaborative"])
    return "\n\n".join(parts)


def markdown(document: dict[str, Any], plots: Sequence[str]) -> str:
    """The report.

    :param plots: paths of the pictures, relative to the report.
    """
    sizes = ", ".join(
        f"{name.replace('_', ' ')} {size['draws']} ({size['distinct']} distinct)"
        for name, size in document["samples"].items()
    )
    parts = [
        "# Evaluation",
        f"Written by `{document['command']}` on {document['date']}, in {document['seconds']} seconds. "
        "Nothing here is typed by hand; the same figures are in `data/evaluation.json`.",
        "All shoppers are synthetic. No basket of one habit, no mixed basket, no added product's pairing of sport and "
        "gear and no new sport was shown in training or used in choosing a setting: for that, training has others. "
        "Two sorts of basket are no test, because there are too few to hold any back, and training knows them: one "
        "item alone (measured in rows of its own), and two of a kind of which the shop has three, such as two of the "
        f"three helmets and caps (nine baskets, measured nowhere). Baskets drawn: {sizes}.",
        *(f"![{path.rpartition('/')[2].removesuffix('.png').replace('-', ' ')}]({path})" for path in plots),
    ]
    for checkpoint in document["checkpoints"]:
        parts += [
            f'## The checkpoint "{checkpoint["name"]}" ({checkpoint["parameters"]:,} parameters)',
            _verdict(checkpoint),
            *_checkpoint(checkpoint, document),
        ]
    parts += [*_fidelity(document), *_losses(document)]
    if document["collaborative"]:
        parts += collaborative(document["collaborative"])
    parts += ["## What these figures do not say", "\n".join(f"- {limit}" for limit in document["limits"])]
    return "\n\n".join(parts) + "\n"


def _verdict(checkpoint: dict[str, Any]) -> str:
    asked = [row for section in checkpoint["sections"] for row in section["rows"] if row["pass"] is not None]
    missed = [f"{row['measure']} ({row['language']})" for row in asked if not row["pass"]]
    return f"{len(asked) - len(missed)} of {len(asked)} bars cleared." + (
        f" Missed: {'; '.join(missed)}." if missed else ""
    )


def _checkpoint(checkpoint: dict[str, Any], document: dict[str, Any]) -> list[str]:
    signed = f"`{checkpoint['signature']}`"
    parts = []
    for section in checkpoint["sections"]:
        parts += [f"### {section['title']}", _quality(section["rows"]), signed]
    parts += [
        "### Beside the baselines",
        f"Popularity and item-kNN learned from {document['baselines']['training_shoppers']:,} synthetic training "
        "shoppers. *Related*: the pick shares a sport or a kind with the basket. Bold: the best of the column.",
    ]
    for sample, title in COMPARED.items():
        rows = [r for r in checkpoint["comparison"] + document["baselines"]["rows"] if r["sample"] == sample]
        parts += [f"#### {title[0].upper()}{title[1:]}", _comparison(rows), signed]
    parts += ["#### Where a baseline wins", _wins(checkpoint["baseline_wins"]), signed]
    parts += [
        "### The routes",
        "Baskets of one habit, translated by the phrasebook. *Lost*: the text is no longer a name of the item, on the "
        "way in (of the purchases) and out (of the picks).",
        _routes(checkpoint["routes"]),
        signed,
    ]
    return parts


def _quality(rows: list[dict[str, Any]]) -> str:
    def cells(row: dict[str, Any]) -> list[str]:
        count = row["unit"] == "items"
        bar = NONE
        if row["bar"] is not None:
            bar = ("≤ " if row["lower_is_better"] else "≥ ") + (str(row["bar"]) if count else f"{row['bar']:g}")
        return [
            row["measure"],
            row["language"],
            f"{row['value']} of {row['draws']}" if count else _number(row["value"]),
            NONE if row["low"] is None else f"{_number(row['low'])} to {_number(row['high'])}",
            bar,
            {True: "pass", False: "MISSED", None: ""}[row["pass"]],
            f"{row['draws']} ({row['distinct']})",
        ]

    return table(
        ["measure", "language", "value", "95 %", "bar", "", "baskets (distinct)"], [cells(row) for row in rows]
    )


def _comparison(rows: list[dict[str, Any]]) -> str:
    best = {metric: max(row["metrics"][metric]["value"] for row in rows) for metric in SHOWN}

    def cell(row: dict[str, Any], metric: str) -> str:
        found = row["metrics"][metric]
        value = _number(found["value"])
        value = f"**{value}**" if found["value"] == best[metric] else value
        return value if found["low"] is None else f"{value} ({_number(found['low'])}–{_number(found['high'])})"

    return table(
        ["recommender", *SHOWN, "coverage", "Gini"],
        [
            [
                row["recommender"] + (f", {row['language']}" if row["language"] else ""),
                *(cell(row, metric) for metric in SHOWN),
                _number(row["coverage"]),
                _number(row["gini"]),
            ]
            for row in rows
        ],
    )


def _wins(wins: list[dict[str, Any]]) -> str:
    if not wins:
        return (
            "Nowhere in the columns HR@1 to *related*: the T5 in its better language is at least as good. (Coverage "
            "and Gini say how varied the picks are, not how good; picks at random are the most varied.)"
        )
    return table(
        ["sample", "metric", "baseline", "its value", "the T5, in its better language"],
        [
            [COMPARED[win["sample"]], win["metric"], win["baseline"], _number(win["value"]), _number(win["t5"])]
            for win in wins
        ],
    )


def _routes(rows: list[dict[str, Any]]) -> str:
    return table(
        ["language", "route", "HR@1", "HR@3", "same pick as in English", "lost on the way in", "lost on the way out"],
        [
            [
                row["language"],
                row["route"],
                _number(row["metrics"]["HR@1"]["value"]),
                _number(row["metrics"]["HR@3"]["value"]),
                _number(row["same_pick"]["value"]),
                _number(row["lost_in"]),
                _number(row["lost_out"]),
            ]
            for row in rows
        ],
    )


def _fidelity(document: dict[str, Any]) -> list[str]:
    """What survives the way in and out, without a T5."""
    signed = f"`{document['signature']}`"
    kept = [[f["language"], f["route"], f"{f['kept']} of {f['total']}"] for f in document["fidelity"]]
    return [
        "## What is lost on the way",
        "Every item of the shop into the T5's language and back out, by the phrasebook. Kept: a reader takes the text "
        "for the same item both ways.",
        table(["language", "route", "kept"], kept),
        signed,
    ]


def _losses(document: dict[str, Any]) -> list[str]:
    """Each text that no longer means its item; too long for a terminal."""
    losses = [
        [
            f["language"],
            f["route"],
            loss["step"],
            loss["item"],
            loss["text_in"],
            loss["text_out"],
            loss["means"] or "nothing in stock",
            "yes" if loss["sport_changed"] else "",
        ]
        for f in document["fidelity"]
        for loss in f["losses"]
    ]
    return [
        "### Every loss",
        table(["language", "route", "way", "item", "text in", "text out", "read as", "sport changed"], losses),
        f"`{document['signature']}`",
    ]


def collaborative(results: dict[str, Any]) -> list[str]:
    """The experiment on collaborative filtering."""
    rows = [
        [
            row["recommender"],
            NONE if row["training_shoppers"] is None else f"{row['training_shoppers']:,}",
            *(
                f"{_number(found['value'])} ({_number(found['low'])}–{_number(found['high'])})"
                for found in (row["metrics"][m] for m in ("HR@1", "HR@5", "MRR", "NDCG@5"))
            ),
        ]
        for row in results["rows"]
    ]
    literal = results["literal"]
    right = sum(pick in literal["expected"] for pick in literal["t5_picks"])
    shoppers = ", ".join(f"{{{bought}}}" for bought in literal["shoppers"])
    return [
        "## Can a T5 learn collaborative filtering from text?",
        f"{results['products']} products with meaningless names, one token each; synthetic shoppers of hidden classes; "
        "the bundled T5's shape and prompt, its list of candidates left empty, trained from nothing for "
        f"{results['steps']:,} steps once at each size, with one hidden purchase per shopper. Measured on "
        f"{results['test_shoppers']:,} shoppers that nobody was taught. No ranking can on average beat "
        "*true probabilities*, which knows how the shoppers were made. "
        "Run by `python -m recommender evaluate --collaborative`.",
        table(["recommender", "training shoppers", "HR@1", "HR@5", "MRR", "NDCG@5"], rows),
        f"`{results['signature']}`",
        _finding(results),
        f"The idea's own example: shoppers {shoppers}; who owns {{{literal['basket']}}} should be offered "
        f"{' or '.join(literal['expected'])}. Trained {len(literal['t5_picks'])} times from nothing on these four "
        f"shoppers alone, the T5 did so {right} times (picks: {', '.join(literal['t5_picks'])}). Item-kNN picks "
        f"{literal['item_knn_pick']}, popularity {literal['popularity_pick']}.",
    ]


def _finding(results: dict[str, Any], metric: str = "HR@5") -> str:
    """Who is ahead at each size; "not clearly different" where the intervals overlap."""
    sizes = sorted({row["training_shoppers"] for row in results["rows"] if row["training_shoppers"]})
    at = {(row["recommender"], row["training_shoppers"]): row["metrics"][metric] for row in results["rows"]}
    lines = []
    for size in sizes:
        t5 = at["T5", size]
        for other in ("item-kNN", "popularity"):
            rival = at[other, size]
            verdict = "not clearly different from"
            if t5["low"] > rival["high"]:
                verdict = "better than"
            elif t5["high"] < rival["low"]:
                verdict = "worse than"
            lines.append(
                f"- {size:,} shoppers: the T5 is {verdict} {other} ({_number(t5['value'])}, {_number(rival['value'])})"
            )
    return f"{metric}, a difference being clear where the intervals do not overlap:\n\n" + "\n".join(lines)


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table whose columns also line up as plain text."""
    widths = [max(len(row[column]) for row in (header, *rows)) for column in range(len(header))]

    def line(cells: Sequence[str]) -> str:
        return "| " + " | ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)) + " |"

    return "\n".join([line(header), line(["-" * width for width in widths]), *map(line, rows)])


def _number(value: float | None) -> str:
    return NONE if value is None else f"{value:.3f}"
