"""``batch --ray`` on an engine of two processes on this machine."""

from __future__ import annotations

import csv
import importlib.util
import json
from pathlib import Path
from random import Random

import pytest

from recommender import Catalog, RecommenderError
from recommender.__main__ import main
from recommender.cli import batch
from recommender.cli.ray_workers import map_on_ray

pytestmark = pytest.mark.slow
ray = pytest.importorskip("ray")
ROWS, CHUNK = 45, 16  # three chunks for two processes


@pytest.fixture(scope="module", autouse=True)
def two_processes():
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    yield
    ray.shutdown()


@pytest.fixture(scope="module")
def baskets(tmp_path_factory) -> Path:
    rng, shop = Random(0), Catalog.load()
    path = tmp_path_factory.mktemp("batch") / "baskets.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("customer", "purchased"))
        for n in range(ROWS):
            basket = [item.id for item in rng.sample(shop.items, rng.randint(1, 4))]
            writer.writerow((n, "" if n == 5 else "unicorn" if n == 30 else "; ".join(basket)))
    return path


def answer(baskets: Path, output: Path, *more: str) -> list[dict[str, str]]:
    assert main(["batch", "--input", str(baskets), "--output", str(output), "--explain", *more]) == 0
    with output.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_two_processes_write_what_one_writes_row_for_row(baskets, tmp_path, capsys, monkeypatch) -> None:
    monkeypatch.setattr(batch, "CHUNK", CHUNK)
    alone = answer(baskets, tmp_path / "alone.csv")
    by_two = answer(baskets, tmp_path / "by_two.csv", "--ray", "--json")

    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (told["rows"], told["refused"]) == (ROWS, 2)
    assert len(by_two) == len(alone) == ROWS
    for one, other in zip(alone, by_two, strict=True):
        # in other batches, a likelihood may differ by the noise of float32
        probabilities = [float(row.pop("probability") or 0) for row in (one, other)]
        assert probabilities[0] == pytest.approx(probabilities[1], abs=1e-5)
        assert one == other


def test_without_ray_the_command_says_what_to_install(baskets, tmp_path, capsys, monkeypatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)

    with pytest.raises(SystemExit):
        main(["batch", "--input", str(baskets), "--output", str(tmp_path / "picks.csv"), "--ray"])

    assert "pip install ray" in capsys.readouterr().err and not (tmp_path / "picks.csv").exists()


def test_a_core_that_another_program_uses_delays_no_row() -> None:
    @ray.remote(num_cpus=1)
    class Other:
        def begin(self) -> None:
            """Hold a core for as long as this object lives."""

    other = Other.remote()
    ray.get(other.begin.remote(), timeout=60)

    assert list(map_on_ray(lambda: lambda piece: piece * 2, range(9))) == [(n, n * 2) for n in range(9)]
    ray.kill(other)


def test_a_ray_process_that_ends_gives_a_clear_error() -> None:
    def make():
        raise ValueError("no T5 here")

    with pytest.raises(RecommenderError, match="A process of --ray has ended"):
        list(map_on_ray(make, [1, 2, 3]))
