"""Compare shops' own T5s with item-kNN, on synthetic hardware shops: ``python -m benchmarks.shops``."""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from random import Random
from statistics import fmean

from tabulate import tabulate

from benchmarks.hardware import PROJECTS, SORTS, Hardware, Product
from recommender import load
from recommender.cli.options import positive
from recommender.errors import RecommenderError
from recommender.evaluation.schema import Document, Estimate, Figure, Model
from recommender.evaluation.shop import HeldOut
from recommender.evaluation.shop_schema import ANSWER, KNN, ShopEvaluation
from recommender.orders.importing import import_orders
from recommender.recommender import Recommender
from recommender.shop.folder import Shop
from recommender.shop.paths import DATA
from recommender.t5.fusion import Fusion
from recommender.t5.scorer import Checkpoint
from recommender.training.shop_data import DEPTHS, ShopData

SIZES = ((50, 300), (60, 1500), (2000, 20_000))  # products and orders
UNSOLD = 3  # products that nobody buys, and of whose sort another one is sold: their names say what they are
BASKETS = 50  # baskets for each unsold product: so many fitting ones, and so many others
FIRST = 10  # a product counts as found among the first so many


class ShopRun(Model):
    """The results of shops of one size, one for each seed.

    :ivar comparison: over the rows of all shops.
    :ivar found: share of fitting baskets for which an unsold product is among the first ten.
    :ivar elsewhere: the same share of baskets of other projects.
    :ivar found_by_retrieval: as ``found``, in the order of retrieval, without the T5.
    :ivar elsewhere_by_retrieval: as ``elsewhere``, in the order of retrieval.
    :ivar minutes: duration of ``train --shop``, by shop.
    """

    products: int
    orders: int
    seeds: int
    comparison: ShopEvaluation
    found: Figure
    elsewhere: Figure
    found_by_retrieval: Figure
    elsewhere_by_retrieval: Figure
    minutes: tuple[Figure, ...]


class ShopRuns(Document):
    """The results of all sizes."""

    writer = "benchmarks.shops"

    command: str
    runs: tuple[ShopRun, ...]


def measure(products: int, orders: int, seeds: int, minutes: float) -> ShopRun:
    """Create, train and evaluate a shop for each seed."""
    ranked, durations = [], []
    found: dict[bool, list[tuple[bool, bool]]] = {True: [], False: []}  # by whether the basket fits
    for seed in range(seeds):
        hardware = Hardware.build(products, seed)
        unsold = draw_unsold(hardware, seed)
        with tempfile.TemporaryDirectory() as folder:
            export = hardware.export(Path(folder, "orders.csv"), orders, seed, [product.sku for product in unsold])
            shop = Shop(Path(folder, "shop"))
            import_orders([export], shop, {})
            add_unsold(shop, unsold)
            started = time.monotonic()
            command = [sys.executable, "-m", "recommender", "train", "--shop", str(shop.folder), "--seed", str(seed)]
            subprocess.run([*command, "--minutes", str(minutes)], check=True)
            durations.append((time.monotonic() - started) / 60)
            ranked.append(HeldOut.rank(ShopData.read(shop), Checkpoint.load(shop.model), Fusion.load(shop.model)))
            recommender = load(shop=shop.folder)
            sold = {item.id for item in recommender.catalog} - {product.sku for product in unsold}
            for product in unsold:
                for fits, basket in draw_baskets(hardware, product, sold, seed):
                    found[fits].append(find_unsold(recommender, product, basket))
    (fitting, fitting_retrieved), (others, others_retrieved) = (
        map(fmean, zip(*found[fits], strict=True)) for fits in (True, False)
    )
    return ShopRun(
        products=products,
        orders=orders,
        seeds=seeds,
        comparison=HeldOut.pool(ranked).compare(),
        found=fitting,
        elsewhere=others,
        found_by_retrieval=fitting_retrieved,
        elsewhere_by_retrieval=others_retrieved,
        minutes=tuple(durations),
    )


def draw_unsold(hardware: Hardware, seed: int) -> list[Product]:
    """Draw products of different sorts, each with another product of its sort in the shop.

    From the name of the only one of its sort, a shop's purchases say nothing about it.
    """
    rng = Random(f"unsold {seed}")
    sorts = Counter(product.sort for product in hardware.products)
    repeated = [sort for sort, count in sorts.items() if count > 1]
    chosen = rng.sample(repeated, min(UNSOLD, len(repeated)))
    return [rng.choice([product for product in hardware.products if product.sort == sort]) for sort in chosen]


def add_unsold(shop: Shop, unsold: Sequence[Product]) -> None:
    """Append products that no order contains to the inventory."""
    with shop.inventory.open("a", encoding="utf-8") as file:
        file.writelines(f'{product.sku},"{product.title}",\n' for product in unsold)


def draw_baskets(
    hardware: Hardware, wanted: Product, sold: Collection[str], seed: int
) -> Iterator[tuple[bool, list[str]]]:
    """Yield baskets of projects that need a product of this sort (True), and of projects that do not (False).

    :param sold: SKUs of the products that baskets may hold.
    """
    rng = Random(f"baskets {wanted.sku} {seed}")
    for fits in (True, False):
        projects = [sorts for sorts in PROJECTS.values() if (wanted.sort in sorts) == fits]
        drawn = 0
        while drawn < BASKETS:
            sorts = [sort for sort in rng.choice(projects) if sort != wanted.sort]
            by_sort = [[p.sku for p in hardware.products if p.sort == sort and p.sku in sold] for sort in sorts]
            owned = [rng.choice(of_sort) for of_sort in by_sort if of_sort]
            if len(owned) > 1:
                drawn += 1
                yield fits, rng.sample(owned, 2)


def find_unsold(recommender: Recommender, product: Product, basket: Sequence[str]) -> tuple[bool, bool]:
    """Return whether a product is among the first ten recommendations, and among the first ten of retrieval."""
    answer = recommender.recommend(list(basket), top=FIRST)
    retrieved = answer.question.candidates
    ranked = [each.item for each in answer.ranking]
    first, first_retrieved = ([item.id for item in items[:FIRST]] for items in (ranked, retrieved))
    return product.sku in first, product.sku in first_retrieved


def format_table(document: ShopRuns) -> str:
    """Return the runs as a table."""

    def describe(found: Estimate) -> str:
        return f"{found.value:+.3f} ({found.low:+.3f} to {found.high:+.3f})"

    rows = [
        [
            f"{run.products:,} products, {run.orders:,} orders",
            *(
                f"{run.comparison.hit_rates[KNN][n]:.3f} / {run.comparison.hit_rates[ANSWER][n]:.3f}"
                for n in range(len(DEPTHS))
            ),
            *(describe(run.comparison.differences[depth]) for depth in DEPTHS),
            f"{run.comparison.confidence:.3f}",
            f"{run.found:.2f} / {run.elsewhere:.2f}",
            f"{run.found_by_retrieval:.2f} / {run.elsewhere_by_retrieval:.2f}",
            f"{max(run.minutes):.1f}",
        ]
        for run in document.runs
    ]
    rates = [f"HR@{depth}: kNN / T5" for depth in DEPTHS]
    headers = [
        "",
        *rates,
        *(f"Δ HR@{depth}" for depth in DEPTHS),
        "confidence",
        "unsold: fitting / other",
        "by retrieval",
        "minutes",
    ]
    found: str = tabulate(rows, headers, tablefmt="github", disable_numparse=True)
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print the table and write the results.

    :return: 0; an error ends the program with status 2 and one sentence on standard error.
    """
    parser = argparse.ArgumentParser(prog="python -m benchmarks.shops", description=__doc__)
    help_ = f"more than {len(SORTS)} products (default: {', '.join(f'{p} {o}' for p, o in SIZES)})"
    parser.add_argument("--size", help=help_, type=positive, nargs=2, action="append", metavar=("PRODUCTS", "ORDERS"))
    parser.add_argument("--seeds", type=positive, default=3, help="shops of each size (default: 3)")
    parser.add_argument("--minutes", type=float, default=12.0, help="of training, for each shop (default: 12)")
    parser.add_argument("--output", type=Path, default=DATA / "shops.json", metavar="JSON")
    options = parser.parse_args(arguments)
    sizes = options.size or SIZES
    if any(products <= len(SORTS) for products, _ in sizes):
        parser.error(f"--size: more than {len(SORTS)} products are needed, so that some are of one sort.")
    given = "".join(f" --size {products} {orders}" for products, orders in options.size or ())
    command = f"{parser.prog}{given} --seeds {options.seeds} --minutes {options.minutes:g}"
    document = ShopRuns(command=command, runs=())
    try:
        options.output.parent.mkdir(parents=True, exist_ok=True)  # fail now, and not after hours of training
        for products, orders in sizes:
            run = measure(products, orders, options.seeds, options.minutes)
            document = document.model_copy(update={"runs": (*document.runs, run)})
            document.write(options.output)  # after each size, since all of them take hours
    except (RecommenderError, OSError) as error:
        parser.exit(2, f"{parser.prog}: {error}\n")
    print(format_table(document))
    return 0


if __name__ == "__main__":
    sys.exit(main())
