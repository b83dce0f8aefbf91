"""Many shoppers at once, and for a long time: ``python -m benchmarks.load --clients 50 --requests 20``, ``--soak 10``.

Starts the page on this machine, asks every question once alone, then has the clients ask them
all together over the HTTP API, and compares. Prints one JSON object, and with ``--output`` also puts
it among the figures of ``python -m benchmarks``; the exit status is 1 if an answer was
missing or wrong, or a limit was passed.
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
from pathlib import Path
from typing import Any

from benchmarks.schema import Benchmarks, LoadReport, SoakReport
from benchmarks.serving import resident_mb, start_app
from benchmarks.speed import signature
from recommender.shop.catalog import LANGUAGES, Catalog
from recommender.t5.prompt import PromptFormat
from recommender.ui.state import get_routes

P95_LIMIT = 3.0  # seconds, on two cores
GROWTH_LIMIT = 0.05  # of resident memory, after the warm-up
TOLERANCE = 1e-4  # of a probability: a batch adds up in another order
TIMEOUT = 60.0  # seconds for one answer
MAX_SECONDS = 1800.0  # after which clients stop asking, whatever is left to ask
MAX_SHOWN = 5  # errors that the report quotes
SAMPLE_EVERY = 5.0  # seconds between two looks at the memory of a soak


@dataclass(frozen=True)
class Question:
    """A call of ``/recommend``, as its list of values."""

    purchased: tuple[str, ...]
    language: str
    route: str
    explain: bool

    @property
    def data(self) -> list[object]:
        """The values, in the endpoint's order."""
        return [list(self.purchased), self.language, self.route, "phrasebook", [], 5, self.explain, "bundled"]


@dataclass
class Tally:
    """What came of the questions asked; filled by many threads.

    :ivar seconds: one figure per answer.
    """

    seconds: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Return the figures that every report has."""
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


AnswersAlone = dict[Question, dict[str, Any]]


def questions(count: int, seed: int = 0) -> list[Question]:
    """Draw baskets of one to six items, in all languages, by every route that each has."""
    chance = random.Random(seed)
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
    """Ask over HTTP, and return the answer.

    :raises OSError: if the server refuses or does not answer in time.
    :raises ValueError: if it answers with an error.
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
    """Return whether two answers to one question recommend different things, or with different probabilities."""
    pairs = list(zip(answer["recommendations"], alone["recommendations"], strict=False))
    return len(answer["recommendations"]) != len(alone["recommendations"]) or any(
        a["id"] != b["id"] or abs(a["probability"] - b["probability"]) > TOLERANCE for a, b in pairs
    )


def answers_alone(address: str, asked: Sequence[Question]) -> AnswersAlone:
    """Return every question's answer, asked one after the other."""
    return {question: ask(address, question) for question in asked}


def client(address: str, asked: Iterator[Question], alone: AnswersAlone, tally: Tally, until: float) -> None:
    """Ask question after question, as one shopper, until none is left or the time is up."""
    for question in asked:
        if time.monotonic() > until:
            return
        started = time.monotonic()
        try:
            answer = ask(address, question)
        except (OSError, ValueError) as error:
            tally.errors.append(f"{question}: {error}")
            continue
        tally.seconds.append(time.monotonic() - started)
        if differs(answer, alone[question]):
            tally.wrong.append(str(question))


def rush(address: str, alone: AnswersAlone, clients: int, requests: int, process: int) -> LoadReport:
    """Have all clients ask at once, ``requests`` questions each; ``process`` is the server's id."""
    asked, tally, started = list(alone), Tally(), time.monotonic()
    with ThreadPoolExecutor(clients) as threads:
        for n in range(clients):
            own = [asked[(n * requests + m) % len(asked)] for m in range(requests)]
            threads.submit(client, address, iter(own), alone, tally, started + MAX_SECONDS)
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
        signature=signature(),
    )


def soak(address: str, process: int, alone: AnswersAlone, clients: int, minutes: float) -> SoakReport:
    """Have the clients ask for ``minutes``, while the server's memory is watched.

    Growth is from the median of the second tenth of the time, when it has warmed up, to that of the last.
    """
    tally, until = Tally(), time.monotonic() + 60 * min(minutes, MAX_SECONDS / 60)
    memory: list[float] = []
    ended = threading.Event()
    with ThreadPoolExecutor(clients) as threads:
        for n in range(clients):
            threads.submit(client, address, _endless(list(alone), n), alone, tally, until)
        while time.monotonic() < until:
            memory.append(resident_mb(process))
            ended.wait(min(SAMPLE_EVERY, max(0.0, until - time.monotonic())))
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
        signature=signature(),
    )


def _endless(asked: Sequence[Question], seed: int) -> Iterator[Question]:
    chance = random.Random(seed)
    while True:
        yield chance.choice(asked)


def main() -> int:
    """Run, print, and judge."""
    parser = argparse.ArgumentParser(description="The page under load, on this machine.")
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--requests", type=int, default=20, help="of each client")
    parser.add_argument("--questions", type=int, default=200, help="distinct ones")
    parser.add_argument("--soak", type=float, default=0, metavar="MINUTES", help="go on for so long, watching memory")
    parser.add_argument(
        "--output", type=Path, metavar="JSON", help="a document of python -m benchmarks, to put the figures into"
    )
    options = parser.parse_args()
    document = Benchmarks.read(options.output) if options.output else None
    app = start_app()
    try:
        alone = answers_alone(app.address, questions(options.questions))
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
