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

        def run(self, piece: Work) -> Result:
            return self.answer(piece)

    if not ray.is_initialized():
        ray.init(include_dashboard=False, log_to_driver=False)  # the cluster of RAY_ADDRESS, or one on this machine
    cores = ray.cluster_resources().get("CPU", 1)  # type: ignore[no-untyped-call]
    count = max(1, int(cores))
    workers = [Worker.remote() for _ in range(count)]  # type: ignore[attr-defined]
    given: deque[tuple[Work, ObjectRef[Any]]] = deque()
    for number, piece in enumerate(pieces):
        given.append((piece, workers[number % count].run.remote(piece)))
        if len(given) >= WAITING * count:
            yield _take(given)
    while given:
        yield _take(given)


def _take(given: deque[tuple[Work, ObjectRef[Any]]]) -> tuple[Work, Result]:
    """Wait for the result of the first piece."""
    import ray

    piece, result = given.popleft()
    try:
        return piece, ray.get(result)
    except ray.exceptions.RayError as error:
        reason = str(error).strip().rpartition("\n")[2]
        raise RecommenderError(f"A process of --ray has ended: {reason}") from error
