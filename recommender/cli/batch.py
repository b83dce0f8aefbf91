"""``batch``: a CSV file of shoppers, row by row."""

from __future__ import annotations

import argparse
import csv
import json
from pathlib import Path

from tqdm import tqdm

from ..errors import RecommenderError
from ..recommender import Recommendation
from .cells import cell
from .options import add_options, add_route, open_recommender, recommend

RESULT_COLUMNS = ("recommendation_id", "recommendation", "probability", "top5_ids", "error")


class BatchError(RecommenderError):
    """An input file without the column ``purchased``, or that is not CSV in UTF-8."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The two files and the shared options."""
    parser.add_argument("--input", type=Path, required=True, metavar="CSV", help="UTF-8, with a column purchased")
    parser.add_argument(
        "--output",
        type=Path,
        required=True,
        metavar="CSV",
        help="the same rows with the picks; ' before what would be a formula",
    )
    add_route(parser)
    add_options(parser)


def run(options: argparse.Namespace) -> int:
    """Write each row with its pick, or with the reason why it has none.

    A text that a spreadsheet would run as a formula gets an apostrophe before it; see :mod:`.cells`.
    """
    if options.output.resolve() == options.input.resolve():
        raise BatchError("--output is --input: the file would be overwritten while it is read.")
    rows = refused = 0
    try:
        # utf-8-sig: spreadsheets put a byte-order mark before the header
        with open(options.input, encoding="utf-8-sig", newline="") as source:
            reader = csv.DictReader(source, strict=True)
            if "purchased" not in (reader.fieldnames or ()):
                raise BatchError(f"{options.input}: the header has no column purchased.")
            kept = [c for c in reader.fieldnames or () if c not in RESULT_COLUMNS]
            recommender = open_recommender(options)
            with open(options.output, "w", encoding="utf-8", errors="backslashreplace", newline="") as target:
                columns = [*kept, *RESULT_COLUMNS]
                writer = csv.writer(target)
                writer.writerow(map(cell, columns))
                for row in tqdm(reader, unit=" rows"):
                    try:
                        result = _columns(recommend(recommender, row["purchased"] or "", options))
                    except RecommenderError as error:
                        result = {"error": str(error)}
                        refused += 1
                    written = {**row, **dict.fromkeys(RESULT_COLUMNS, ""), **result}
                    writer.writerow(cell(written[column]) for column in columns)
                    rows += 1
    except (UnicodeDecodeError, csv.Error) as error:
        raise BatchError(f"{options.input} is not CSV in UTF-8: {error}") from error
    if options.json:
        print(json.dumps({"rows": rows, "refused": refused, "output": str(options.output)}, ensure_ascii=False))
    else:
        print(f"{rows} rows written to {options.output}, {refused} of them refused.")
    return 0


def _columns(answer: Recommendation) -> dict[str, str]:
    return {
        "recommendation_id": answer.pick.item.id,
        "recommendation": answer.pick.name,
        "probability": f"{answer.pick.probability:.6f}",
        "top5_ids": ";".join(r.item.id for r in answer.ranking[:5]),
    }
