"""Let many threads share one T5: prompts that arrive while it is busy share its next batch.

A name's log-likelihood does not depend on the other names that are scored, so callers with different candidates can
share a batch, too: the T5 scores the union, and each caller gets the scores of its own names. No caller waits for a
batch to fill up: an idle T5 answers at once.

A caller with much to ask does so in parts of about a second, and others get their turn in between. A single prompt that
takes longer cannot be divided: such prompts have a thread of their own, one after the other.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import torch

from ..errors import PromptTooLong
from .scorer import Checkpoint, Scorer

MAX_COST = 15_000  # of a batch, see Load; about a second of the bundled T5 on one slow core, or 30 prompts of the demo
MAX_TOKENS = 8_000  # of a prompt; its attention takes a gigabyte. One of the demo's inventory has up to 163
MAX_WASTE = 1.25  # names scored per name requested: other inventories and languages get batches of their own
IDLE = 10.0  # seconds without work after which a thread ends, so that an unused checkpoint can be freed
REMEMBERED = 2**14  # names whose number of tokens is kept


@dataclass(frozen=True)
class Load:
    """How much the T5 has to compute for a batch.

    :ivar prompts: the number of prompts.
    :ivar longest: the number of tokens of the longest one.
    :ivar names: the number of tokens of the names to score; 0 to generate freely.
    """

    prompts: int = 0
    longest: int = 0
    names: int = 0

    @property
    def cost(self) -> float:
        """The time it takes, in units of a token of a short prompt in the encoder, as measured with the bundled T5.

        Attention takes as long as all else at a thousand tokens; a token of a name goes through the decoder.
        """
        return self.prompts * (self.longest * (1 + self.longest / 1000) + 2 * self.names)

    def join(self, other: Load) -> Load:
        """Return the load of two batches with similar names, together."""
        return Load(self.prompts + other.prompts, max(self.longest, other.longest), max(self.names, other.names))


@dataclass(frozen=True, eq=False)
class Job:
    """A request of one caller.

    :ivar candidates: names to score, or None to generate freely.
    :ivar load: what it takes; without it, the job shares a batch of any size.
    :ivar answer: the result, for which the caller waits.
    """

    prompts: tuple[str, ...]
    candidates: tuple[str, ...] | None
    load: Load = Load()
    answer: Future[Any] = field(default_factory=Future)


class BatchedScorer:
    """A scorer that many threads may call at the same time."""

    def __init__(self, scorer: Scorer):
        self.name, self.prompt_format, self.count_tokens = scorer.name, scorer.prompt_format, scorer.count_tokens
        self._count_name = lru_cache(REMEMBERED)(scorer.count_tokens)
        self._worker, self._worker_for_long = Worker(scorer), Worker(scorer)

    def log_likelihoods(self, prompts: Sequence[str], candidates: Sequence[str]) -> torch.Tensor:
        """See :meth:`Scorer.log_likelihoods`.

        :raises PromptTooLong: for more than :data:`MAX_TOKENS`.
        """
        return torch.cat([self._ask(job) for job in self._split(prompts, tuple(candidates))])

    def generate(self, prompts: Sequence[str]) -> list[str]:
        """See :meth:`Scorer.generate`.

        :raises PromptTooLong: for more than :data:`MAX_TOKENS`.
        """
        return [text for job in self._split(prompts, None) for text in self._ask(job)]

    def _split(self, prompts: Sequence[str], candidates: tuple[str, ...] | None) -> Iterator[Job]:
        """Split prompts, in order, into jobs of at most :data:`MAX_COST`, or of a single prompt."""
        # a caller's prompts are alike, so it is enough to count the tokens of the one that looks longest
        longest = self.count_tokens(max(prompts, key=lambda prompt: len(prompt.encode())))
        if longest > MAX_TOKENS:
            raise PromptTooLong(longest, MAX_TOKENS)
        names = sum(map(self._count_name, candidates or ()))
        most = max(1, int(MAX_COST / Load(1, longest, names).cost))
        for first in range(0, len(prompts), most):
            part = tuple(prompts[first : first + most])
            yield Job(part, candidates, Load(len(part), longest, names))

    def _ask(self, job: Job) -> Any:
        worker = self._worker if job.load.cost <= MAX_COST else self._worker_for_long
        return worker.ask(job)


class Worker:
    """A thread that alone calls a scorer, for the jobs of many callers. It is started when there is work."""

    def __init__(self, scorer: Scorer):
        self._scorer = scorer
        self._waiting: deque[Job] = deque()
        self._changed = threading.Condition()
        self._working = False

    def ask(self, job: Job) -> Any:
        """Wait for the job's answer, and return it or raise its error."""
        with self._changed:
            if not self._working:
                threading.Thread(target=self._work, name="T5", daemon=True).start()  # it waits for the lock
                self._working = True  # only now: if the thread cannot be started, the next caller tries again
            self._waiting.append(job)
            self._changed.notify()
        return job.answer.result()

    def _work(self) -> None:
        """Serve jobs until none arrives for a while. Any error here is raised in all waiting callers."""
        jobs: list[Job] = []
        try:
            while jobs := self._next():
                self._serve(jobs)
        except BaseException as error:
            with self._changed:
                self._working = False  # the next caller gets a new thread
                waiting, self._waiting = self._waiting, deque()
            for job in (*jobs, *waiting):
                if not job.answer.done():
                    job.answer.set_exception(_as_exception(error))

    def _next(self) -> list[Job]:
        """Take the first waiting job and all that can share its batch; return [] after :data:`IDLE` without work."""
        with self._changed:
            if not self._waiting and not self._changed.wait_for(lambda: bool(self._waiting), IDLE):
                self._working = False
                return []
            jobs, rest = group(self._waiting)
            self._waiting = deque(rest)
            return jobs

    def _serve(self, jobs: list[Job]) -> None:
        try:
            answers = _answer(self._scorer, jobs)
        except Exception as error:  # raised again in the caller's thread
            if len(jobs) > 1:  # an error of one caller's job must not fail the others
                for job in jobs:
                    self._serve([job])
            else:
                jobs[0].answer.set_exception(error)
            return
        for job, answer in zip(jobs, answers, strict=True):
            job.answer.set_result(answer)


def score_jobs(scorer: Scorer, jobs: Sequence[Job]) -> list[torch.Tensor]:
    """Score the candidates of many jobs, similar ones in one batch.

    In a shop with purchases, hardly any two baskets have similar candidates; a checkpoint scores those together by
    :meth:`.Checkpoint.score_each`.

    :return: one tensor per job, shape (prompts, candidates).
    """
    waiting = sorted(jobs, key=lambda job: max(map(len, job.prompts)))
    scores: dict[Job, torch.Tensor] = {}
    alone: list[Job] = []
    while waiting:
        taken, waiting = group(waiting)
        if len(taken) == 1 and isinstance(scorer, Checkpoint):
            alone += taken
        else:
            scores.update(zip(taken, _answer(scorer, taken), strict=True))
    if alone:
        assert isinstance(scorer, Checkpoint)
        scores.update(zip(alone, _answer_each(scorer, alone), strict=True))
    return [scores[job] for job in jobs]


def _answer_each(checkpoint: Checkpoint, jobs: Sequence[Job]) -> Iterator[torch.Tensor]:
    """Score jobs with different candidates."""
    asked = [(prompt, job.candidates or ()) for job in jobs for prompt in job.prompts]
    rows = iter(checkpoint.score_each([prompt for prompt, _ in asked], [names for _, names in asked]))
    return (torch.stack([next(rows) for _ in job.prompts]) for job in jobs)


def _answer(scorer: Scorer, jobs: Sequence[Job]) -> list[Any]:
    """Answer jobs that all score or all generate in one call of the scorer."""
    prompts = [prompt for job in jobs for prompt in job.prompts]
    if jobs[0].candidates is None:
        texts = iter(scorer.generate(prompts))
        return [[next(texts) for _ in job.prompts] for job in jobs]
    names = list(dict.fromkeys(name for job in jobs for name in job.candidates or ()))
    place = {name: n for n, name in enumerate(names)}
    scores = scorer.log_likelihoods(prompts, names)  # (P of all jobs, C of the union)
    rows = torch.split(scores, [len(job.prompts) for job in jobs])
    return [own[:, [place[name] for name in job.candidates or ()]] for own, job in zip(rows, jobs, strict=True)]


def group(waiting: Sequence[Job]) -> tuple[list[Job], list[Job]]:
    """Split the waiting jobs, keeping their order: the first one with those that can share its batch, and the rest."""
    taken, rest = [waiting[0]], []
    names = set(waiting[0].candidates or ())
    smallest, load = len(names), waiting[0].load
    for job in list(waiting)[1:]:
        union = names.union(job.candidates or ())
        fewest = min(smallest, len(job.candidates or ()))
        together = load.join(job.load)
        alike = (job.candidates is None) == (taken[0].candidates is None) and len(union) <= MAX_WASTE * fewest
        if not alike or together.cost > MAX_COST:
            rest.append(job)
            continue
        taken.append(job)
        names, smallest, load = union, fewest, together
    return taken, rest


def _as_exception(error: BaseException) -> Exception:
    """Return the error to raise in callers: a SystemExit in the worker must not end the callers' threads, too."""
    if isinstance(error, Exception):
        return error
    ended = RuntimeError(f"The T5's thread ended by {error!r}.")
    ended.__cause__ = error
    return ended
