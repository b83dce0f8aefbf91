"""Load and soak tests of the page: ``python -m benchmarks.load --clients 50 --requests 20``, or ``--soak 10``.

Starts the page on this machine, asks every question once, then has many clients ask them at the same time over the
HTTP API, and compares the answers. Prints the results as JSON; ``--output`` adds them to those of
``python -m benchmarks``. The exit status is 1 if an answer is missing or wrong, or a limit is exceeded.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from typing import Any

from benchmarks.schema import Benchmarks, LoadReport, SoakReport
from benchmarks.serving import resident_mb, start_app
from benchmarks.speed import describe_run
from recommender.cli.options import positive
from recommender.errors import RecommenderError
from recommender.shop.catalog import Catalog
from recommender.shop.language import LANGUAGES
from recommender.t5.prompt import PromptFormat
from recommender.ui.state import get_routes

P95_LIMIT = 3.0  # seconds, on two cores
GROWTH_LIMIT = 0.05  # growth of resident memory after the warm-up, as a share
TOLERANCE = 1e-4  # of a probability, for batches add up in another order
TIMEOUT = 60.0  # seconds for one answer
MAX_SECONDS = 1800.0  # after which clients stop
MAX_SHOWN = 5  # errors, and wrong answers, in the report
SAMPLE_EVERY = 5.0  # seconds between two measurements of memory


@dataclass(frozen=True)
class Question:
    """The varying arguments of a call of ``/recommend``."""

    purchased: tuple[str, ...]
    language: str
    route: str
    explain: bool

    @property
    def data(self) -> list[object]:
        """All arguments, in the endpoint's order."""
        return [list(self.purchased), self.language, self.route, "phrasebook", [], 5, self.explain, "bundled"]


@dataclass
class Tally:
    """The outcome of all calls, filled by many threads.

    :ivar seconds: the duration of every answered call.
    :ivar wrong: questions with an answer that differs from that of a single client.
    """

    seconds: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Return the fields that all reports share."""
        cuts = statistics.quantiles(self.seconds, n=100) if len(self.seconds) > 1 else [0.0] * 99
        return {
            "answers": len(self.seconds),
            "errors": len(self.errors),
            "wrong": len(self.wrong),
            "examples": [*self.errors[:MAX_SHOWN], *self.wrong[:MAX_SHOWN]],
            "p50_s": round(cuts[49], 3),
            "p95_s": round(cuts[94], 3),
            "max_s": round(max(self.seconds, default=0.0), 3),
        }


Answers = dict[Question, dict[str, Any]]


def draw_questions(count: int) -> list[Question]:
    """Draw baskets of one to six items, in all languages and by all of their routes."""
    chance = random.Random(0)
    items = Catalog.load().items
    found = []
    for n in range(count):
        language = LANGUAGES[n % len(LANGUAGES)]
        basket = chance.sample(items, chance.randint(1, 6))
        found.append(
            Question(
                tuple(item.id for item in basket),
                language,
                chance.choice(get_routes(language, PromptFormat())),
                explain=n % 10 == 0,
            )
        )
    return found


def ask(address: str, question: Question) -> dict[str, Any]:
    """Call ``/recommend`` over HTTP and return the answer.

    :raises OSError: if the server refuses the call or does not answer in time.
    :raises ValueError: if the answer is an error.
    """
    endpoint = f"{address}/gradio_api/call/recommend"
    body = json.dumps({"data": question.data}).encode()
    request = urllib.request.Request(endpoint, body, {"Content-Type": "application/json"})
    event = json.load(urllib.request.urlopen(request, timeout=TIMEOUT))["event_id"]
    kind, _, data = (
        urllib.request.urlopen(f"{endpoint}/{event}", timeout=TIMEOUT).read().decode().rpartition("\ndata: ")
    )
    if not kind.endswith("event: complete"):
        raise ValueError(data.strip())
    answer: dict[str, Any] = json.loads(data)[0]
    return answer


def differs(answer: dict[str, Any], alone: dict[str, Any]) -> bool:
    """Return whether two answers to one question differ in the recommended products or their probabilities."""
    pairs = list(zip(answer["recommendations"], alone["recommendations"], strict=False))
    return len(answer["recommendations"]) != len(alone["recommendations"]) or any(
        a["id"] != b["id"] or abs(a["probability"] - b["probability"]) > TOLERANCE for a, b in pairs
    )


def ask_in_turn(address: str, asked: Sequence[Question]) -> Answers:
    """Ask the questions one after the other, and return the answers."""
    return {question: ask(address, question) for question in asked}


def run_client(address: str, asked: Iterator[Question], alone: Answers, tally: Tally, until: float) -> None:
    """Ask one question after the other, until none is left or the time is up."""
    for question in asked:
        if time.monotonic() > until:
            return
        started = time.monotonic()
        try:
            answer = ask(address, question)
        except (OSError, ValueError, HTTPException) as error:
            tally.errors.append(f"{question}: {error}")
            continue
        tally.seconds.append(time.monotonic() - started)
        if differs(answer, alone[question]):
            tally.wrong.append(str(question))


def rush(address: str, alone: Answers, clients: int, requests: int, process: int) -> LoadReport:
    """Have all clients ask ``requests`` questions each at the same time; ``process`` is the server's id."""
    asked, tally, started = list(alone), Tally(), time.monotonic()
    with ThreadPoolExecutor(clients) as threads:
        running = []
        for n in range(clients):
            own = [asked[(n * requests + m) % len(asked)] for m in range(requests)]
            running.append(threads.submit(run_client, address, iter(own), alone, tally, started + MAX_SECONDS))
    for client in running:
        client.result()  # raises what ended it
    took = time.monotonic() - started
    return LoadReport(
        command=f"python -m benchmarks.load --clients {clients} --requests {requests}",
        clients=clients,
        requests_each=requests,
        distinct_questions=len(asked),
        **tally.as_dict(),
        seconds=round(took, 1),
        per_second=round(len(tally.seconds) / took, 1),
        resident_mb=round(resident_mb(process)),
        signature=describe_run(),
    )


def soak(address: str, process: int, alone: Answers, clients: int, minutes: float) -> SoakReport:
    """Have the clients ask for ``minutes``, and measure the server's memory.

    Growth is from the median of the second tenth of the time, after the warm-up, to that of the last tenth.
    """
    tally, until = Tally(), time.monotonic() + 60 * min(minutes, MAX_SECONDS / 60)
    memory: list[float] = []
    ended = threading.Event()
    with ThreadPoolExecutor(clients) as threads:
        running = [
            threads.submit(run_client, address, _repeat(list(alone), n), alone, tally, until) for n in range(clients)
        ]
        while time.monotonic() < until:
            memory.append(resident_mb(process))
            ended.wait(min(SAMPLE_EVERY, max(0.0, until - time.monotonic())))
    for client in running:
        client.result()  # raises what ended it
    tenth = max(1, len(memory) // 10)
    warm, end = statistics.median(memory[tenth : 2 * tenth] or memory), statistics.median(memory[-tenth:])
    return SoakReport(
        command=f"python -m benchmarks.load --clients {clients} --soak {minutes:g}",
        minutes=minutes,
        clients=clients,
        **tally.as_dict(),
        warm_mb=round(warm),
        end_mb=round(end),
        most_mb=round(max(memory)),
        growth=round(end / warm - 1, 4),
        signature=describe_run(),
    )


def _repeat(asked: Sequence[Question], seed: int) -> Iterator[Question]:
    chance = random.Random(seed)
    while True:
        yield chance.choice(asked)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a test and print the results.

    :return: 0, or 1 if a limit is exceeded; without the ``--output`` file, the program ends with status 2.
    """
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.load", description="Test the page under load, on this machine."
    )
    parser.add_argument("--clients", type=positive, default=50, help="default: 50")
    parser.add_argument("--requests", type=positive, default=20, help="of each client (default: 20)")
    parser.add_argument("--questions", type=positive, default=200, help="distinct questions (default: 200)")
    parser.add_argument("--soak", type=float, default=0, metavar="MINUTES", help="ask for so long, and measure memory")
    parser.add_argument(
        "--output", type=Path, metavar="JSON", help="results of python -m benchmarks, to which these are added"
    )
    options = parser.parse_args(arguments)
    try:
        document = Benchmarks.read(options.output) if options.output else None
    except (RecommenderError, OSError) as error:
        parser.exit(2, f"{parser.prog}: {error}\n")
    app = start_app()
    try:
        alone = ask_in_turn(app.address, draw_questions(options.questions))
        report: LoadReport | SoakReport
        if options.soak:
            report = soak(app.address, app.process.pid, alone, options.clients, options.soak)
            within, name = report.growth <= GROWTH_LIMIT, "soak"
        else:
            report = rush(app.address, alone, options.clients, options.requests, app.process.pid)
            within, name = report.p95_s <= P95_LIMIT, "load"
        print(report.model_dump_json(indent=2))
        if document:
            document.model_copy(update={name: report}).write(options.output)
        return 0 if within and not report.errors and not report.wrong else 1
    finally:
        app.process.terminate()


if __name__ == "__main__":
    sys.exit(main())
