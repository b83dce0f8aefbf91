"""``batch``: recommend for every row of a CSV file."""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections import OrderedDict
from collections.abc import Sequence
from functools import partial
from itertools import islice
from pathlib import Path

from tqdm import tqdm

from ..errors import RecommenderError
from ..explain import select_decisive
from ..recommendation import Recommendation
from ..shop.csv_file import CsvRow, CsvTable, open_csv
from ..shop.csv_output import CsvOutput, create_csv, unescape_formula
from ..shop.folder import Shop
from ..shop.lookup import split_items
from ..t5.source import find_checkpoint
from .options import Options, add_options, add_route, add_skip, open_recommender, positive
from .ray_workers import map_on_ray

CHUNK = 128  # rows that are ranked and written together
CACHED = 10_000  # baskets
RESULTS = ("recommendation_id", "recommendation", "probability", "top5_ids")


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
        help="the same rows with recommendation_id, recommendation, probability, top5_ids, error and, in a language "
        "other than English, ambiguous; cells that a spreadsheet would run as a formula begin with '",
    )
    parser.add_argument("--top", type=positive, metavar="N", help="add a column top_ids: the best N that were ranked")
    parser.add_argument(
        "--explain",
        action="store_true",
        help="add a column because: the purchases that matter or, if none does by itself, all that share the pick's "
        "sport or kind; separated by ;",
    )
    parser.add_argument(
        "--resume",
        action="store_true",
        help="continue OUTPUT.part, which an interrupted run of the same command has left, if there is one",
    )
    parser.add_argument(
        "--ray",
        action="store_true",
        help="distribute the rows over a Ray cluster ($RAY_ADDRESS), or over this machine's cores",
    )
    add_skip(parser, "a column skipped, separated by ;")
    add_route(parser)
    add_options(parser)


def run(parsed: argparse.Namespace) -> int:
    """Write each row with its recommendation, or with the reason why it has none.

    :raises BatchError: if the output file is the input file.
    :raises RecommenderError: if a file cannot be read or written, or for any other error that concerns all rows.
    """
    options = Options.read(parsed)
    if parsed.output.exists() and parsed.input.exists() and parsed.output.samefile(parsed.input):
        raise BatchError("--output is --input: the file would be overwritten while it is read.")
    is_file = parsed.input.is_file()  # a pipe can be read only once
    total = _count_rows(parsed.input) if is_file else None
    made_from = _describe(parsed.input, options) if is_file else None
    try:
        with open_csv(parsed.input) as table, create_csv(parsed.output, made_from, resume=parsed.resume) as output:
            rows, refused = _write(table, output, options, total, ray=parsed.ray, resume=parsed.resume)
    except KeyboardInterrupt:
        hint = ": the same command with --resume goes on" if is_file else ""
        print(f"Interrupted{hint}; {parsed.output} is unchanged.", file=sys.stderr)
        return 130  # what shells return after Ctrl-C
    if options.json:
        summary = json.dumps({"rows": rows, "refused": refused, "output": str(parsed.output)}, ensure_ascii=False)
    else:
        summary = f"Rows written to {parsed.output}: {rows}; {refused} of them refused."
    print(summary, file=sys.stdout if parsed.output.is_file() else sys.stderr)  # the output may be /dev/stdout
    return 2 if rows and refused == rows else 0


def _write(
    table: CsvTable, output: CsvOutput, options: Options, total: int | None, *, ray: bool, resume: bool
) -> tuple[int, int]:
    """Write the rows that are not in the output yet; return the number of rows in it, and of those refused."""
    table.require("purchased")
    optional = {
        "top_ids": options.top,
        "because": options.explain,
        "skipped": options.skip_unknown,
        "ambiguous": options.language != "en",  # English names and ids mean one item each
    }
    results = [*RESULTS, *(name for name, wanted in optional.items() if wanted), "error"]
    possible = {*RESULTS, *optional, "error"}  # what an earlier run wrote would be taken for this one's
    kept = {key: name for key, name in zip(table.columns, table.header, strict=True) if key not in possible}
    replaced = [name for key, name in zip(table.columns, table.header, strict=True) if key in possible]
    make = partial(Answerer, options)
    answer = None if ray else make()  # loads the T5 before anything is written
    before = [bool(row["error"]) for row in output.read_kept()]
    rows, refused = len(before), sum(before)
    if not output.resumed:
        if resume:
            print("There is nothing to resume: the run begins anew.", file=sys.stderr)
        if replaced:
            print(f"Columns of the input replaced by results: {', '.join(replaced)}.", file=sys.stderr)
        output.write([[*kept.values(), *results]])
    remaining = islice(table.rows, rows, None)
    chunks = iter(lambda: list(islice(remaining, CHUNK)), [])
    answered = ((chunk, answer(chunk)) for chunk in chunks) if answer else map_on_ray(make, chunks)
    with tqdm(total=total, initial=rows, unit=" rows") as progress:
        for chunk, found in answered:
            output.write(
                [*(row.cells.get(key, "") for key in kept), *(cells.get(column, "") for column in results)]
                for row, cells in zip(chunk, found, strict=True)
            )
            rows += len(chunk)
            refused += sum("error" in cells for cells in found)
            progress.update(len(chunk))
    return rows, refused


def _count_rows(path: Path) -> int:
    """Count the rows, and find any error in the file before work begins."""
    with open_csv(path) as table:
        table.require("purchased")
        return sum(1 for _ in table.rows)


def _describe(path: Path, options: Options) -> dict[str, str]:
    """Return everything that the output depends on, by names for the user."""
    shop = Shop.open(options.shop)
    folder = find_checkpoint(options.checkpoint, bundled=shop.model)
    files = [file.stat() for file in sorted(folder.glob("[!.]*"))]  # macOS adds .DS_Store to a folder that it shows
    return {
        "--input": _hash(path),
        "inventory": _hash(shop.inventory),
        "everyday words": _hash(shop.words) if shop.words.is_file() else "",
        "retrieval index": _hash(shop.retrieval) if shop.retrieval.is_file() else "",
        "T5": str([(file.st_size, file.st_mtime_ns) for file in files]),
        **{f"--{field.replace('_', '-')}": str(value) for field, value in vars(options).items() if field != "json"},
    }


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class BasketCache:
    """The result cells of the baskets that were answered most recently, by the texts of their items."""

    def __init__(self) -> None:
        self._cells: OrderedDict[frozenset[str], dict[str, str]] = OrderedDict()

    def find(self, basket: frozenset[str]) -> dict[str, str] | None:
        """Return the cells of a basket, or None."""
        if basket in self._cells:
            self._cells.move_to_end(basket)
        return self._cells.get(basket)

    def store(self, basket: frozenset[str], cells: dict[str, str]) -> None:
        """Store the cells of a basket; drop the least recently used one if there are too many."""
        self._cells[basket] = cells
        if len(self._cells) > CACHED:
            self._cells.popitem(last=False)


class Answerer:
    """Loads the recommender, and answers a chunk of rows at a time.

    :raises RecommenderError: for an error that concerns all rows, such as a route that cannot be served.
    """

    def __init__(self, options: Options):
        self.options, self.recommender, self.cache = options, open_recommender(options), BasketCache()
        self.recommender.recommend_many((), **options.as_arguments())  # raises such an error before rows are written

    def __call__(self, chunk: Sequence[CsvRow]) -> list[dict[str, str]]:
        """Return the cells of every possible result column for each row, or an error."""
        texts = dict.fromkeys(_read_basket(row) for row in chunk if not row.problem)
        baskets = {text: frozenset(split_items(text, self.recommender.catalog)) for text in texts}
        found = {text: cells for text, basket in baskets.items() if (cells := self.cache.find(basket))}
        fresh = [text for text in texts if text not in found]
        answers = self.recommender.recommend_many(([text] for text in fresh), **self.options.as_arguments())
        for text, answer in zip(fresh, answers, strict=True):
            if isinstance(answer, RecommenderError):
                found[text] = {"error": str(answer)}
            else:
                found[text] = _as_cells(answer)
                self.cache.store(baskets[text], found[text])
        return [
            {"error": f"Line {row.line}: {row.problem}"} if row.problem else found[_read_basket(row)] for row in chunk
        ]


def _read_basket(row: CsvRow) -> str:
    return unescape_formula(row.cells["purchased"])


def _as_cells(answer: Recommendation) -> dict[str, str]:
    return {
        "recommendation_id": answer.pick.item.id,
        "recommendation": answer.pick.name,
        "probability": f"{answer.pick.probability:.6f}",
        "top5_ids": ";".join(ranked.item.id for ranked in answer.ranking[:5]),
        "top_ids": ";".join(ranked.item.id for ranked in answer.recommendations),
        "skipped": ";".join(answer.skipped),
        "ambiguous": " ".join(answer.ambiguous),
        "because": ";".join(reason.item.id for reason in select_decisive(answer.because)),
    }
