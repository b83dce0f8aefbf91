"""Many callers, one T5: prompts that arrive while it is busy share its next batch.

A name's log-likelihood does not depend on the other names that are scored, so callers with
different candidates can share a batch too: the T5 scores the union, and everybody picks theirs.
Nobody is kept waiting for company: whoever finds the T5 idle is answered at once.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

import torch

from .scorer import Checkpoint

# A batch's memory is that of its encoder's attention, which grows with prompts x characters². A full
# inventory is a prompt of some 600 characters; a shop of 200 products one of 4,000.
MAX_COST = 32 * 1000**2
MAX_WASTE = 1.25  # names scored for each caller's own: another inventory or language is a batch of its own
IDLE = 10.0  # seconds without work after which the thread ends, so that a checkpoint no longer used can go


@dataclass(frozen=True, eq=False)
class Job:
    """What one caller waits for.

    :ivar candidates: names to score; none to write freely.
    """

    prompts: tuple[str, ...]
    candidates: tuple[str, ...] | None
    answer: Future[Any] = field(default_factory=Future)


class BatchedCheckpoint(Checkpoint):
    """A checkpoint that many threads may call at the same time. All its work is done by one thread.

    :param checkpoint: the one that answers; everything else it has is had by this one too.
    """

    def __init__(self, checkpoint: Checkpoint):
        vars(self).update(vars(checkpoint))
        self._alone = checkpoint
        self._waiting: deque[Job] = deque()
        self._changed = threading.Condition()
        self._working = False

    def log_likelihoods(self, prompts: Sequence[str], candidates: Sequence[str]) -> torch.Tensor:
        """See :meth:`Checkpoint.log_likelihoods`."""
        # A caller with many prompts queues again for each part, so that others get their turn between.
        return torch.cat([self._ask(part, tuple(candidates)) for part in parts(prompts)])

    def generate(self, prompts: Sequence[str]) -> list[str]:
        """See :meth:`Checkpoint.generate`."""
        return [text for part in parts(prompts) for text in self._ask(part, None)]

    def _ask(self, prompts: tuple[str, ...], candidates: tuple[str, ...] | None) -> Any:
        job = Job(prompts, candidates)
        with self._changed:
            self._waiting.append(job)
            if self._working:
                self._changed.notify()
            else:
                self._working = True
                threading.Thread(target=self._work, name="T5", daemon=True).start()
        return job.answer.result()

    def _work(self) -> None:
        while jobs := self._next():
            self._serve(jobs)

    def _next(self) -> list[Job]:
        """The first job that waits, and all that can share its batch; none after a while without work."""
        with self._changed:
            if not self._waiting and not self._changed.wait_for(lambda: bool(self._waiting), IDLE):
                self._working = False
                return []
            jobs, rest = together(self._waiting)
            self._waiting = deque(rest)
            return jobs

    def _serve(self, jobs: list[Job]) -> None:
        try:
            answers = self._batch(jobs)
        except Exception as error:  # handed to the thread that waits
            if len(jobs) > 1:  # one caller's trouble is nobody else's
                for job in jobs:
                    self._serve([job])
            else:
                jobs[0].answer.set_exception(error)
            return
        for job, answer in zip(jobs, answers, strict=True):
            job.answer.set_result(answer)

    def _batch(self, jobs: list[Job]) -> Iterator[Any]:
        prompts = [prompt for job in jobs for prompt in job.prompts]
        if jobs[0].candidates is None:
            texts = iter(self._alone.generate(prompts))
            return iter([[next(texts) for _ in job.prompts] for job in jobs])
        names = list(dict.fromkeys(name for job in jobs for name in job.candidates or ()))
        place = {name: n for n, name in enumerate(names)}
        scores = self._alone.log_likelihoods(prompts, names)  # (P of all jobs, C of the union)
        rows = scores.split([len(job.prompts) for job in jobs])
        return iter(
            [own[:, [place[name] for name in job.candidates or ()]] for own, job in zip(rows, jobs, strict=True)]
        )


def parts(prompts: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """``prompts`` in order, in pieces none of which costs more than a batch may, unless it is one prompt."""
    most = max(1, MAX_COST // max(len(prompt) for prompt in prompts) ** 2)
    for first in range(0, len(prompts), most):
        yield tuple(prompts[first : first + most])


def together(waiting: Sequence[Job]) -> tuple[list[Job], list[Job]]:
    """The first job with those that can share its batch, and the others, all in their order."""
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
