"""Measure speed and memory, mostly as ratios: ``python -m benchmarks`` prints a table and writes JSON."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tabulate import tabulate

from benchmarks.schema import Benchmarks
from recommender.cli.options import positive
from recommender.errors import RecommenderError
from recommender.shop.catalog import Catalog
from recommender.shop.paths import DATA

SIZES = (35, 50, 100, 200, 500, 1000)  # candidates in one prompt


@dataclass(frozen=True)
class Target:
    """A limit that a measured figure must keep.

    :ivar measured: returns the figure from the results.
    :ivar least: whether ``limit`` is a minimum; by default it is a maximum.
    """

    label: str
    measured: Callable[[Benchmarks], float]
    limit: float
    unit: str = ""
    least: bool = False

    def is_missed(self, document: Benchmarks) -> bool:
        """Return whether the figure is beyond the limit."""
        value = self.measured(document)
        return value < self.limit if self.least else value > self.limit

    def format_row(self, document: Benchmarks) -> list[str]:
        """Return the row of the table."""
        value, sign = f"{self.measured(document):.3g} {self.unit}", "≥" if self.least else "≤"
        return [self.label, value, f"{sign} {self.limit:g}", "MISSED" if self.is_missed(document) else ""]


PUBLISHED = DATA / "benchmarks.json"
TARGETS = (
    Target("exact ranking / greedy generation of 8 tokens", lambda b: b.shape.ranking_to_greedy, 1.25),
    Target("exact ranking / naive scoring", lambda b: b.shape.ranking_to_naive, 0.25),
    Target("int8: answers per float32 answer", lambda b: b.shape.int8.speedup, 2.5, least=True),
    Target("int8: weights / float32 weights", lambda b: b.shape.int8.weights_to_float32, 0.5),
    Target("int8: share of equal picks, bundled T5", lambda b: b.bundled.int8.same_pick, 0.9, least=True),
    Target("int8: Kendall's τ with float32, bundled T5", lambda b: b.bundled.int8.kendall_tau, 0.9, least=True),
    Target("bundled T5: one ranking", lambda b: b.bundled.ranking_ms, 15, "ms"),
    Target("explanation of 6 items / one ranking", lambda b: b.bundled.explanation_to_ranking, 3),
    Target("10,000 products: one answer", lambda b: b.narrowed.seconds, 1, "s"),
    Target("10,000 products: picks of the sport, English", lambda b: b.narrowed.same_sport["en"], 0.95, least=True),
    Target("10,000 products: picks of the sport, Arabic", lambda b: b.narrowed.same_sport["ar"], 0.95, least=True),
    Target("page: process start to first page", lambda b: b.page.seconds_to_first_page, 8, "s"),
    Target("page: our own imports", lambda b: b.page.own_import_seconds, 1, "s"),
    Target("page: resident memory", lambda b: b.page.resident_mb, 900, "MB"),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print the tables and write the results.

    :return: 0; an error ends the program with status 2 and one sentence on standard error.
    """
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="use T5-small's shape, and repeat less often")
    parser.add_argument("--threads", type=positive, default=2, metavar="N", help="threads of the T5 (default: 2)")
    parser.add_argument("--output", type=Path, default=PUBLISHED, metavar="JSON")
    options = parser.parse_args(arguments)
    if options.quick and options.output == PUBLISHED:
        parser.error("--quick measures too little to be published: give --output, too.")
    try:
        options.output.parent.mkdir(parents=True, exist_ok=True)  # fail now, and not after minutes of measuring
        earlier = Benchmarks.read(options.output) if options.output.exists() else None
        started = time.monotonic()
        document = measure(options.quick, options.threads)
        added = {
            "missed": tuple(target.label for target in TARGETS if target.is_missed(document)),
            "seconds": round(time.monotonic() - started),
            "load": earlier and earlier.load,  # keep the results of `python -m benchmarks.load --output`
            "soak": earlier and earlier.soak,
        }
        document = document.model_copy(update=added)
        document.write(options.output)
    except (RecommenderError, OSError) as error:
        parser.exit(2, f"{parser.prog}: {error}\n")
    print(format_tables(document))
    print(f"\nWritten: {options.output}")
    return 0


def measure(quick: bool, threads: int) -> Benchmarks:
    """Run all measurements."""
    import torch

    from benchmarks import growth, serving, speed
    from recommender.t5.scorer import Checkpoint

    torch.set_num_threads(threads)
    checkpoint, shop = Checkpoint.load(), Catalog.load()
    shape = "t5-small" if quick else "t5-large"
    shoppers = 3 if quick else 40
    sizes = [size for size in SIZES if size <= 200 or not quick]
    return Benchmarks(
        command=f"python -m benchmarks{' --quick' if quick else ''} --threads {threads}",
        bundled=speed.measure_bundled(checkpoint, shop, 5 if quick else 50),
        growth=tuple(growth.measure_one_prompt(checkpoint, size, shoppers) for size in sizes),
        narrowed=growth.measure_narrowed(checkpoint, 10_000, shoppers),
        page=serving.measure_page(3 if quick else 60),
        shape=speed.measure_shape(speed.build_random_t5(shape, checkpoint.tokenizer), shop, 1 if quick else 3),
        signature=speed.describe_run(),
    )


def format_tables(document: Benchmarks) -> str:
    """Return the table of targets, and the table of costs by number of candidates."""
    growth = [
        [
            row.candidates,
            row.prompt_tokens,
            f"{row.seconds:.3f}",
            *(f"{row.same_sport[language]:.0%}" for language in ("en", "ar")),
            f"{row.peak_mb:.0f}",
        ]
        for row in document.growth
    ]
    headers = ["candidates in one prompt", "tokens", "seconds", "same sport en", "ar", "peak MB"]
    return "\n\n".join(
        [
            f"{document.shape.shape}'s shape, random weights; {document.signature}",
            tabulate([target.format_row(document) for target in TARGETS], tablefmt="plain", disable_numparse=True),
            tabulate(growth, headers, tablefmt="plain"),
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
