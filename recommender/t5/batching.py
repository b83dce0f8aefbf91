"""Let many threads share one T5: prompts that arrive while it is busy share its next batch.

A name's log-likelihood does not depend on the other names that are scored, so callers with different candidates can
share a batch, too: the T5 scores the union, and each caller gets the scores of its own names. No caller waits for a
batch to fill up: an idle T5 answers at once.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

import torch

from .scorer import Checkpoint, Scorer

# A batch's memory is mostly the encoder's attention, which grows with prompts x characters². A prompt with the demo's
# inventory has some 600 characters, one with a shop of 200 products 4,000.
MAX_COST = 32 * 1000**2
MAX_WASTE = 1.25  # names scored per name requested: other inventories and languages get batches of their own
IDLE = 10.0  # seconds without work after which the thread ends, so that an unused checkpoint can be freed


@dataclass(frozen=True, eq=False)
class Job:
    """A request of one caller.

    :ivar candidates: names to score, or None to generate freely.
    :ivar answer: the result, for which the caller waits.
    """

    prompts: tuple[str, ...]
    candidates: tuple[str, ...] | None
    answer: Future[Any] = field(default_factory=Future)


class BatchedScorer:
    """A scorer that many threads may call at the same time; a single worker thread calls the wrapped scorer."""

    def __init__(self, scorer: Scorer):
        self.name, self.prompt_format, self.count_tokens = scorer.name, scorer.prompt_format, scorer.count_tokens
        self._scorer = scorer
        self._waiting: deque[Job] = deque()
        self._changed = threading.Condition()
        self._working = False

    def log_likelihoods(self, prompts: Sequence[str], candidates: Sequence[str]) -> torch.Tensor:
        """See :meth:`Scorer.log_likelihoods`."""
        # a caller with many prompts queues again for each part, so that others get their turn in between
        return torch.cat([self._ask(part, tuple(candidates)) for part in split(prompts)])

    def generate(self, prompts: Sequence[str]) -> list[str]:
        """See :meth:`Scorer.generate`."""
        return [text for part in split(prompts) for text in self._ask(part, None)]

    def _ask(self, prompts: tuple[str, ...], candidates: tuple[str, ...] | None) -> Any:
        job = Job(prompts, candidates)
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


def split(prompts: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Split prompts, in order, into parts of at most :data:`MAX_COST`, or of a single prompt."""
    most = max(1, MAX_COST // max(len(prompt) for prompt in prompts) ** 2)
    for first in range(0, len(prompts), most):
        yield tuple(prompts[first : first + most])


def group(waiting: Sequence[Job]) -> tuple[list[Job], list[Job]]:
    """Split the waiting jobs, keeping their order: the first one with those that can share its batch, and the rest."""
    taken, rest = [waiting[0]], []
    names = set(waiting[0].candidates or ())
    smallest = len(names)
    count, longest = len(waiting[0].prompts), max(map(len, waiting[0].prompts))
    for job in list(waiting)[1:]:
        union = names.union(job.candidates or ())
        fewest = min(smallest, len(job.candidates or ()))
        cost = (count + len(job.prompts)) * max(longest, *map(len, job.prompts)) ** 2
        alike = (job.candidates is None) == (taken[0].candidates is None) and len(union) <= MAX_WASTE * fewest
        if not alike or cost > MAX_COST:
            rest.append(job)
            continue
        taken.append(job)
        names, smallest = union, fewest
        count, longest = count + len(job.prompts), max(longest, *map(len, job.prompts))
    return taken, rest


def _as_exception(error: BaseException) -> Exception:
    """Return the error to raise in callers: a SystemExit in the worker must not end the callers' threads, too."""
    if isinstance(error, Exception):
        return error
    ended = RuntimeError(f"The T5's thread ended by {error!r}.")
    ended.__cause__ = error
    return ended
