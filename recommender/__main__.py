"""The command line: ``python -m recommender recommend|batch|compare|import|train|evaluate``."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence
from os import PathLike
from typing import NoReturn

from .environment import prepare_environment
from .errors import RecommenderError

# name -> (module with add_arguments and run, one line of help); a module is imported only for its own command
COMMANDS = {
    "recommend": (".cli.recommend", "recommend the next product for one shopper"),
    "batch": (".cli.batch", "recommend for every row of a CSV file"),
    "import": (".cli.import_orders", "write a shop's folder from its export of orders"),
    "compare": (
        ".cli.compare",
        "one basket by all routes, side by side; τ: agreement with the English ranking, at most 1",
    ),
    "train": (".cli.train", "train a T5, the bundled one by default"),
    "evaluate": (".cli.evaluate", "measure checkpoints, baselines and routes"),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    :param arguments: those after ``python -m recommender``; by default the process's own.
    :return: 0; 2 after bad input, explained in one sentence on standard error; 130 if it was interrupted.
    """
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    parser = _Parser(prog="python -m recommender", description="A T5 that recommends the next product.")
    try:
        prepare_environment()
    except RecommenderError as error:
        parser.error(str(error))
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    asked = next((a for a in arguments if a in COMMANDS), None)
    for name, (module, line) in COMMANDS.items():
        subparser = subparsers.add_parser(name, help=line, description=f"{line[0].upper()}{line[1:]}.")
        if name == asked:
            command = importlib.import_module(module, __package__)
            command.add_arguments(subparser)
            subparser.set_defaults(run=command.run)
    parsed = parser.parse_args(arguments)
    try:
        status: int = parsed.run(parsed)
        return status
    except BrokenPipeError:  # the program that reads the output, such as head, has ended
        sys.stderr.close()  # or the interpreter would report the broken pipe again when it exits
        return 0
    except KeyboardInterrupt:
        return 130  # as a shell does for a program that was interrupted
    except RecommenderError as error:
        parser.error(str(error))
    except OSError as error:
        parser.error(_explain(error))


def _explain(error: OSError) -> str:
    """Return a sentence with the file and the reason."""
    if not error.strerror:  # of a library, with a text of its own
        return str(error)
    if isinstance(error, ConnectionError | TimeoutError):
        return f"{error.strerror}."
    file = error.filename if isinstance(error.filename, str | PathLike) else "A file"
    return f"{file} cannot be read or written: {error.strerror}."


class _Parser(argparse.ArgumentParser):
    """A parser that answers bad input with one plain sentence instead of the whole usage."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}\n")


if __name__ == "__main__":
    sys.exit(main())
