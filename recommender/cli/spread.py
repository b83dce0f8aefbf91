"""Rows of a batch spread over the processes of a Ray cluster, or of this machine's cores.

Ray's actors, not Ray Data: each loads the T5 once, and rows come and go as the command reads and writes them, so that
neither input nor output has to fit into memory and ``--resume`` works as ever.
"""

from __future__ import annotations

import importlib.util
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

from ..errors import RecommenderError

if TYPE_CHECKING:
    from ray import ObjectRef

WAITING = 2  # pieces of work that each process has, so that none waits for the next
Work = TypeVar("Work")
Result = TypeVar("Result")


def spread(make: Callable[[], Callable[[Work], Result]], pieces: Iterable[Work]) -> Iterator[tuple[Work, Result]]:
    """Yield each piece with its result, in order.

    :param make: makes, once in every process, what turns a piece into its result.
    :raises RecommenderError: if Ray is not installed, or a process ends.
    """
    if importlib.util.find_spec("ray") is None:
        raise RecommenderError("--ray needs a package that is not installed: pip install ray.")
    import ray

    @ray.remote(num_cpus=1)  # of one core each, and on one thread
    class Worker:
        def __init__(self) -> None:
            self.answer = make()

        def run(self, piece: Work) -> Result:
            return self.answer(piece)

    if not ray.is_initialized():
        ray.init(include_dashboard=False, log_to_driver=False)  # the cluster of RAY_ADDRESS, or one of this machine
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
    """Wait for the first piece."""
    import ray

    piece, result = given.popleft()
    try:
        return piece, ray.get(result)
    except ray.exceptions.RayError as error:
        reason = str(error).strip().rpartition("\n")[2]
        raise RecommenderError(f"A process of --ray has ended: {reason}") from error
