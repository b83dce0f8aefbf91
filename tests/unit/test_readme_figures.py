"""The figures on speed, load and unsold products in README.md, or on a page in docs/, are the measured ones."""

import json
import math

from benchmarks.__main__ import PUBLISHED, TARGETS
from benchmarks.schema import Benchmarks
from recommender.shop.paths import DATA
from tests.conftest import ROOT

PAGES = [path.read_text("utf-8") for path in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))]
MEASURED = Benchmarks.read(PUBLISHED)


def read_table(*cells: str) -> list[list[str]]:
    """Return the rows of the only table whose header has these cells, without the header."""
    found = []
    for page in PAGES:
        lines = [[cell.strip() for cell in line.split("|")[1:-1]] for line in [*page.splitlines(), ""]]
        for start, line in enumerate(lines):
            if line and set(cells) <= set(line):
                end = lines.index([], start)
                found.append(lines[start + 2 : end])
    (table,) = found
    return table


def name_limit(label: str) -> str:
    (target,) = (target for target in TARGETS if target.label == label)
    return f"{'≥' if target.least else '≤'} {target.limit:g}"


def round_up(seconds: float) -> float:
    return math.ceil(10 * seconds) / 10


def test_the_table_of_speed_is_what_was_measured_and_wanted():
    shape, bundled, page, narrowed = MEASURED.shape, MEASURED.bundled, MEASURED.page, MEASURED.narrowed
    start, imports = map(name_limit, ("page: process start to first page", "page: our own imports"))
    assert narrowed.products == 10_000 and set(narrowed.same_sport.values()) == {1.0}  # "in all of them"
    assert read_table("measured", "wanted") == [
        [
            f"T5-large's shape, {shape.candidates} candidates: exact ranking / greedy generation of 8 tokens",
            f"{shape.ranking_to_greedy:.2f}",
            name_limit("exact ranking / greedy generation of 8 tokens"),
        ],
        [
            "the same: exact ranking / scoring each name by itself",
            f"{shape.ranking_to_naive:.2f}",
            name_limit("exact ranking / naive scoring"),
        ],
        [
            "the same: answers in int8 per answer in float32",
            f"{shape.int8.speedup:.1f}",
            name_limit("int8: answers per float32 answer"),
        ],
        ["bundled T5: one exact ranking", f"{bundled.ranking_ms:.0f} ms", name_limit("bundled T5: one ranking")],
        [
            "bundled T5: explaining 6 purchases / one ranking",
            f"{bundled.explanation_to_ranking:.2f}",
            name_limit("explanation of 6 items / one ranking"),
        ],
        [
            "10,000 products: one answer; its sport right, of 40 synthetic baskets per language",
            f"{narrowed.seconds:.2f} s; in all of them",
            "< 1 s",
        ],
        [
            "start to first page; of which our imports",
            f"{page.seconds_to_first_page:.1f} s; {page.own_import_seconds:.2f} s",
            f"{start}; {imports}",
        ],
        ["resident memory of the page", f"{page.resident_mb:.0f} MB", name_limit("page: resident memory")],
    ]
    same = f"same pick as in float32 for {100 * shape.int8.same_pick:.0f}% of the prompts"
    assert any(same in text for text in PAGES)


def test_the_figures_under_load_are_what_was_measured():
    load, soak = MEASURED.load, MEASURED.soak
    assert (load.errors, load.wrong, soak.errors, soak.wrong, soak.minutes) == (0, 0, 0, 0, 10)
    for sentence in (
        f"`{load.command}`",
        f"of {load.answers:,}, none was wrong or an error, half came within {round_up(load.p50_s)} s and "
        f"95% within {round_up(load.p95_s)} s",
        f"over ten minutes and {soak.answers:,} answers, without an error, it grew from {soak.warm_mb} to "
        f"{soak.end_mb} MB, {100 * soak.growth:.1f}%",
    ):
        assert any(sentence in " ".join(page.split()) for page in PAGES), sentence


def test_what_retrieval_alone_finds_of_unsold_products_is_what_was_measured():
    found = {row[0]: row[-1] for row in read_table("unsold: fitting / other baskets", "the same by retrieval alone")}
    runs = json.loads((DATA / "shops.json").read_text("utf-8"))["runs"]
    assert found == {
        f"{run['products']:,} products, {run['orders']:,} orders": (
            f"{run['found_by_retrieval']:.2f} / {run['elsewhere_by_retrieval']:.2f}"
        )
        for run in runs
    }
