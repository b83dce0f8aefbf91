"""Measure speed and memory, as ratios within one run: ``python -m benchmarks`` prints a table and writes JSON."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from recommender.cli.options import positive
from recommender.errors import RecommenderError
from recommender.shop.catalog import DATA, Catalog

UNDER_LOAD = ("load", "soak")  # of the document: `python -m benchmarks.load --output` puts them there
SIZES = (35, 50, 100, 200, 500, 1000)  # candidates in one prompt


@dataclass(frozen=True)
class Target:
    """A figure that is promised.

    :ivar path: where it is in the document.
    :ivar least: whether the limit is the least that will do, and not the most.
    """

    label: str
    path: str
    limit: float
    unit: str = ""
    least: bool = False

    def value(self, document: dict[str, Any]) -> float:
        """What was measured; not a number where it could not be."""
        found: Any = document
        for key in self.path.split("."):
            found = found[key]
        return float("nan") if found is None else found

    def missed(self, document: dict[str, Any]) -> bool:
        """Whether what was measured is not what was promised."""
        value = self.value(document)
        return value < self.limit if self.least else value > self.limit

    def row(self, document: dict[str, Any]) -> str:
        """A line of the table."""
        sign = "≥" if self.least else "≤"
        line = f"{self.label:<52} {self.value(document):>9.3g} {self.unit:<3} {sign} {self.limit:g}"
        return f"{line}  MISSED" if self.missed(document) else line


TARGETS = (
    Target("exact ranking / greedy generation of 8 tokens", "shape.ranking_to_greedy", 1.25),
    Target("exact ranking / naive scoring", "shape.ranking_to_naive", 0.25),
    Target("int8: answers per float32 answer", "shape.int8.speedup", 2.5, least=True),
    Target("int8: weights / float32 weights", "shape.int8.weights_to_float32", 0.5),
    Target("int8: share of equal picks, bundled T5", "bundled.int8.same_pick", 0.9, least=True),
    Target("int8: Kendall's τ with float32, bundled T5", "bundled.int8.kendall_tau", 0.9, least=True),
    Target("bundled T5: one ranking", "bundled.ranking_ms", 40, "ms"),
    Target("explanation of 6 items / one ranking", "bundled.explanation_to_ranking", 3),
    Target("10,000 products: one answer", "narrowed.seconds", 1, "s"),
    Target("10,000 products: picks of the sport, English prompt", "narrowed.same_sport.en", 0.95, least=True),
    Target("10,000 products: picks of the sport, Arabic prompt", "narrowed.same_sport.ar", 0.95, least=True),
    Target("page: process start to first page", "page.seconds_to_first_page", 8, "s"),
    Target("page: our own imports", "page.own_import_seconds", 1, "s"),
    Target("page: resident memory", "page.resident_mb", 900, "MB"),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print the table, write the document.

    :return: 0, or 2 where it cannot be measured, explained in one sentence on standard error.
    """
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="T5-small's shape, and everything less often")
    parser.add_argument("--threads", type=positive, default=2, metavar="N", help="of the T5 (default: 2)")
    parser.add_argument("--output", type=Path, default=DATA / "benchmarks.json", metavar="JSON")
    options = parser.parse_args(arguments)
    try:
        options.output.parent.mkdir(parents=True, exist_ok=True)  # now, and not after minutes of measuring
        started = time.monotonic()
        document = measure(options.quick, options.threads)
        document["missed"] = [target.label for target in TARGETS if target.missed(document)]
        document["seconds"] = round(time.monotonic() - started)
        if options.output.exists():
            others = json.loads(options.output.read_text(encoding="utf-8"))
            document |= {part: others[part] for part in UNDER_LOAD if part in others}
        options.output.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    except (RecommenderError, OSError) as error:
        parser.exit(2, f"{parser.prog}: {error}\n")
    print(table(document))
    print(f"\nWritten: {options.output}")
    return 0


def measure(quick: bool, threads: int) -> dict[str, Any]:
    """All figures, under the signature of what they were measured on."""
    import torch

    from benchmarks import growth, serving, shapes
    from benchmarks.bundled import bundled
    from benchmarks.timing import signature
    from recommender.t5.scorer import Checkpoint

    torch.set_num_threads(threads)
    checkpoint, shop = Checkpoint.load(), Catalog.load()
    shape = "t5-small" if quick else "t5-large"
    shoppers = 3 if quick else 40
    return {
        "command": f"python -m benchmarks{' --quick' if quick else ''} --threads {threads}",
        "bundled": bundled(checkpoint, shop, 5 if quick else 50),
        "growth": [growth.one_prompt(checkpoint, size, shoppers) for size in SIZES if size <= 200 or not quick],
        "narrowed": growth.narrowed(checkpoint, 10_000, shoppers),
        "page": serving.page(3 if quick else 60),
        "shape": shapes.cost(shapes.random_t5(shape, checkpoint.tokenizer), shop, 1 if quick else 3),
        "signature": signature(),
    }


def table(document: dict[str, Any]) -> str:
    """The figures beside what is promised, then how cost grows."""
    lines = [f"{document['shape']['shape']}'s shape, random weights; {document['signature']}", ""]
    lines += [target.row(document) for target in TARGETS]
    lines += ["", "candidates in one prompt   tokens  seconds  same sport en    ar  peak MB"]
    for at in document["growth"]:
        peak = f"{at['peak_mb']:.0f}" if at["peak_mb"] else "?"
        same = at["same_sport"]
        lines.append(
            f"{at['candidates']:>24} {at['prompt_tokens']:>8} {at['seconds']:>8.3f}"
            f" {same['en']:>14.0%} {same['ar']:>5.0%} {peak:>8}"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
