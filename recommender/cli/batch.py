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
from .options import Options, add_options, add_route, open_recommender, positive, recommend


class BatchError(RecommenderError):
    """An input file without the column ``purchased``, or that is not CSV in UTF-8."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the two files and the shared options."""
    parser.add_argument("--input", type=Path, required=True, metavar="CSV", help="UTF-8, with a column purchased")
    parser.add_argument(
        "--output",
        type=Path,
        required=True,
        metavar="CSV",
        help="the same rows with recommendation_id, recommendation, probability, top5_ids and error; "
        "' before what would be a formula",
    )
    parser.add_argument("--top", type=positive, metavar="N", help="add a column top_ids: the best N, separated by ;")
    parser.add_argument(
        "--explain", action="store_true", help="add a column because: the purchases that matter, separated by ;"
    )
    add_route(parser)
    add_options(parser)


def run(parsed: argparse.Namespace) -> int:
    """Write each row with its pick, or with the reason why it has none.

    A text that a spreadsheet would run as a formula gets an apostrophe before it; see :mod:`.cells`.
    """
    options = Options.read(parsed)
    if parsed.output.resolve() == parsed.input.resolve():
        raise BatchError("--output is --input: the file would be overwritten while it is read.")
    results = ["recommendation_id", "recommendation", "probability", "top5_ids"]
    results += [*(["top_ids"] if options.top else []), *(["because"] if options.explain else []), "error"]
    rows = refused = 0
    try:
        # utf-8-sig: spreadsheets put a byte-order mark before the header
        with open(parsed.input, encoding="utf-8-sig", newline="") as source:
            reader = csv.DictReader(source, strict=True)
            if "purchased" not in (reader.fieldnames or ()):
                raise BatchError(f"{parsed.input}: the header has no column purchased.")
            columns = [*(c for c in reader.fieldnames or () if c not in results), *results]
            recommender = open_recommender(options)
            with open(parsed.output, "w", encoding="utf-8", errors="backslashreplace", newline="") as target:
                writer = csv.writer(target)
                writer.writerow(map(cell, columns))
                for row in tqdm(reader, unit=" rows"):
                    try:
                        answer = recommend(recommender, row["purchased"] or "", options, generate=False)
                        result = _write_columns(answer)
                    except RecommenderError as error:
                        result = {"error": str(error)}
                        refused += 1
                    written = {**row, **dict.fromkeys(results, ""), **result}
                    writer.writerow(cell(written[column]) for column in columns)
                    rows += 1
    except (UnicodeDecodeError, csv.Error) as error:
        raise BatchError(f"{parsed.input} is not CSV in UTF-8: {error}") from error
    if options.json:
        print(json.dumps({"rows": rows, "refused": refused, "output": str(parsed.output)}, ensure_ascii=False))
    else:
        print(f"{rows} rows written to {parsed.output}, {refused} of them refused.")
    return 0


def _write_columns(answer: Recommendation) -> dict[str, str]:
    """Return every result column of one row, those that were not asked for too."""
    return {
        "recommendation_id": answer.pick.item.id,
        "recommendation": answer.pick.name,
        "probability": f"{answer.pick.probability:.6f}",
        "top5_ids": ";".join(ranked.item.id for ranked in answer.ranking[:5]),
        "top_ids": ";".join(ranked.item.id for ranked in answer.recommendations),
        "because": ";".join(reason.item.id for reason in answer.because if reason.matters),
    }
