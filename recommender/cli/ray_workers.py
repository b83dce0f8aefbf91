"""Distribute the rows of a batch over the processes of a Ray cluster, or over this machine's cores.

These are Ray's actors, not Ray Data: each loads the T5 once, and rows are sent as they are read, so that neither input
nor output has to fit into memory, and ``--resume`` works.
"""

from __future__ import annotations

import importlib.util
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

from ..errors import RecommenderError

if TYPE_CHECKING:
    from ray import ObjectRef

WAITING = 2  # pieces of work that each process has at a time, so that it is never idle
Work = TypeVar("Work")
Result = TypeVar("Result")


def map_on_ray(make: Callable[[], Callable[[Work], Result]], pieces: Iterable[Work]) -> Iterator[tuple[Work, Result]]:
    """Yield each piece of work with its result, in order.

    :param make: called once in every process; returns the function that computes the result of a piece.
    :raises RecommenderError: if Ray is not installed, or a process ends.
    """
    if importlib.util.find_spec("ray") is None:
        raise RecommenderError("--ray needs a package that is not installed: pip install ray.")
    import ray

    @ray.remote(num_cpus=1)  # one core and one thread each
    class Worker:
        def __init__(self) -> None:
            self.answer = make()

        def check_ready(self) -> None:
            """Return once the process has started."""

        def run(self, piece: Work) -> Result:
            return self.answer(piece)

    if not ray.is_initialized():
        ray.init(include_dashboard=False, log_to_driver=False)  # the cluster of RAY_ADDRESS, or one on this machine
    cores = ray.cluster_resources().get("CPU", 1)  # type: ignore[no-untyped-call]
    workers = [Worker.remote() for _ in range(max(1, int(cores)))]  # type: ignore[attr-defined]
    # Where others use some of the cores, a process starts late or never: it gets its first work when it has started.
    starting = {worker.check_ready.remote(): worker for worker in workers}
    waiting: dict[Any, int] = {}  # the number of pieces of each process that has started
    given: deque[tuple[Work, Any, ObjectRef[Any]]] = deque()

    def take() -> tuple[Work, Result]:
        """Wait for the result of the first piece."""
        piece, worker, result = given.popleft()
        waiting[worker] -= 1
        return piece, _get(result)

    for piece in pieces:
        for started in _find_started(list(starting), wait=not waiting):
            _get(started)
            waiting[starting.pop(started)] = 0
        worker = min(waiting, key=waiting.__getitem__)
        waiting[worker] += 1
        given.append((piece, worker, worker.run.remote(piece)))
        if len(given) >= WAITING * len(waiting):
            yield take()
    while given:
        yield take()


def _find_started(starting: list[ObjectRef[Any]], *, wait: bool) -> list[ObjectRef[Any]]:
    """Return the processes that have started or failed, by their first call.

    :param wait: whether to wait for one of them.
    """
    import ray

    if not starting:
        return []
    started, _ = ray.wait(starting, num_returns=1 if wait else len(starting), timeout=None if wait else 0)
    return list(started)


def _get(result: ObjectRef[Any]) -> Any:
    """Wait for a result.

    :raises RecommenderError: if its process has ended.
    """
    import ray

    try:
        return ray.get(result)
    except ray.exceptions.RayError as error:
        reason = str(error).strip().rpartition("\n")[2]
        raise RecommenderError(f"A process of --ray has ended: {reason}") from error
