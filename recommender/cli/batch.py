"""``batch``: a CSV file of shoppers, row by row."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from tqdm import tqdm

from ..errors import RecommenderError
from ..recommender import Recommender
from ..shop.csv_file import Row, create_csv, open_csv
from .options import Options, add_options, add_route, open_recommender, positive, recommend


class BatchError(RecommenderError):
    """An output file that is the input file."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the two files and the shared options."""
    parser.add_argument("--input", type=Path, required=True, metavar="CSV", help="with a column purchased")
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
    """Write each row with its pick, or with the reason why it has none."""
    options = Options.read(parsed)
    if parsed.output.resolve() == parsed.input.resolve():
        raise BatchError("--output is --input: the file would be overwritten while it is read.")
    results = ["recommendation_id", "recommendation", "probability", "top5_ids"]
    results += [*(["top_ids"] if options.top else []), *(["because"] if options.explain else []), "error"]
    rows = refused = 0
    with open_csv(parsed.input) as table:
        table.require("purchased")
        kept = {key: name for key, name in zip(table.columns, table.header, strict=True) if key not in results}
        recommender = open_recommender(options)
        with create_csv(parsed.output) as write:
            write([*kept.values(), *results])
            for row in tqdm(table.rows, unit=" rows"):
                found = _answer(row, recommender, options)
                write([*(row.cells.get(key, "") for key in kept), *(found.get(column, "") for column in results)])
                rows += 1
                refused += "error" in found
    if options.json:
        print(json.dumps({"rows": rows, "refused": refused, "output": str(parsed.output)}, ensure_ascii=False))
    else:
        print(f"{rows} rows written to {parsed.output}, {refused} of them refused.")
    return 0


def _answer(row: Row, recommender: Recommender, options: Options) -> dict[str, str]:
    """Return every result column of one row, also those that were not asked for, or the one that says what is wrong."""
    if row.problem:
        return {"error": f"Line {row.line}: {row.problem}"}
    try:
        answer = recommend(recommender, row.cells["purchased"], options, generate=False)
    except RecommenderError as error:
        return {"error": str(error)}
    return {
        "recommendation_id": answer.pick.item.id,
        "recommendation": answer.pick.name,
        "probability": f"{answer.pick.probability:.6f}",
        "top5_ids": ";".join(ranked.item.id for ranked in answer.ranking[:5]),
        "top_ids": ";".join(ranked.item.id for ranked in answer.recommendations),
        "because": ";".join(reason.item.id for reason in answer.because if reason.matters),
    }
