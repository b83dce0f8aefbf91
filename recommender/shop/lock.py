"""Lock what a run writes, so that another run does not write it at the same time.

The library filelock locks a file of its own, which stays beside the output on Unix. Here it is the output's record,
which is there anyway, or a file that is removed with the lock.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import RecommenderError


class OutputInUse(RecommenderError):
    """A file or a folder that another run is writing."""


@contextmanager
def lock_record(record: Path, path: Path) -> Iterator[None]:
    """Lock the record of a file, and create the record if there is none; the lock ends with this process at the latest.

    :param path: the file, for the error.
    :raises OutputInUse: if another run has locked it.
    """
    while True:
        with record.open("a") as file:
            os.register_at_fork(after_in_child=file.close)  # a worker that outlives this process would hold the lock
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise OutputInUse(f"Another run is writing {path}: wait until it has ended, or stop it.") from error
            # a run that ended between the two calls has removed this record, and yet another may have created its own
            if record.exists() and os.path.samestat(os.fstat(file.fileno()), record.stat()):
                yield
                return


@contextmanager
def lock_folder(folder: Path) -> Iterator[None]:
    """Lock a folder that is written or replaced, by a record NAME.lock beside it.

    :raises OutputInUse: if another run has locked it.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _lock_temporarily(folder.with_name(f"{folder.name}.lock"), folder):
        yield


@contextmanager
def lock_content(folder: Path) -> Iterator[None]:
    """Lock files of a folder that belong together, by a record write.lock in it; create the folder if it is not there.

    Unlike :func:`lock_folder`, it needs no right to write beside the folder.

    :raises OutputInUse: if another run has locked them.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with _lock_temporarily(folder / "write.lock", folder):
        yield


@contextmanager
def _lock_temporarily(record: Path, path: Path) -> Iterator[None]:
    """Lock a record as :func:`lock_record` does, and delete it at the end."""
    with lock_record(record, path):
        try:
            yield
        finally:
            record.unlink()
