"""A shop's table of everyday words, ``words.csv``: what shoppers call sports, kinds and items in each language."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from .csv_file import CsvError, CsvProblem, read_rows
from .language import LANGUAGES
from .lexicon import Lexicon
from .text import fold, shorten


class Word(NamedTuple):
    """A row of the table.

    :ivar means: what the word restricts the shelf to: any of "sport:soccer", "kind:shorts" or an item's id, say.
    :ivar alone: ids of the items that the word by itself can mean, the everyday meaning first.
    """

    means: tuple[str, ...]
    alone: tuple[str, ...]


def load_words(path: Path) -> None:
    """Read a table of words anew; if it has a fault, the table that was read before stays in use.

    :raises CsvError: for the first row with a language or facet that no shop has. What it means need not be in stock.
    """
    _parse_words(path)
    for cached in (_read_words, _build_lexicon, _index_alone):
        cached.cache_clear()
    _read_words(path)  # later edits of the file do not count until it is loaded again


@cache
def _read_words(path: Path) -> Mapping[str, Sequence[tuple[str, Word]]]:
    return _parse_words(path)


def _parse_words(path: Path) -> Mapping[str, Sequence[tuple[str, Word]]]:
    """Return each language's words with their meanings; the errors are those of :func:`load_words`."""
    found: dict[str, list[tuple[str, Word]]] = {language: [] for language in LANGUAGES}
    for row in read_rows(path, "language", "word", "means", "alone"):
        word = Word(tuple(row.cells["means"].split()), tuple(row.cells["alone"].split()))
        unknown = next((m for m in word.means if m.rpartition(":")[0] not in ("", "sport", "kind")), None)
        if row.cells["language"] not in LANGUAGES:
            fault = f'the language "{shorten(row.cells["language"])}" is not one of {", ".join(LANGUAGES)}.'
        elif unknown:
            fault = f'"{shorten(unknown)}" is neither sport:…, kind:… nor an id.'
        else:
            found[row.cells["language"]].append((row.cells["word"], word))
            continue
        raise CsvError(f"{path}, line {row.line}: {fault}", CsvProblem.CSV, row.line)
    return found


def read_meanings(text: str, words: Path | None, language: str) -> list[Word | None]:
    """Return what the words of ``text`` mean, in order; None for one that is not in the table."""
    return [part.meaning for part in _build_lexicon(words, language).split(text)]


def list_alone(text: str, words: Path | None, language: str) -> Sequence[str]:
    """Return the ids of the items that ``text`` can mean by itself according to the table, the everyday one first."""
    return _index_alone(words, language).get(_fold_alone(text), ())


def _words_in(words: Path | None, language: str) -> Sequence[tuple[str, Word]]:
    return _read_words(words).get(language, ()) if words else ()


@cache
def _build_lexicon(words: Path | None, language: str) -> Lexicon[Word]:
    return Lexicon(_words_in(words, language), language, plurals=language in ("en", "fr", "es"))


@cache
def _index_alone(words: Path | None, language: str) -> dict[str, tuple[str, ...]]:
    return {_fold_alone(text): word.alone for text, word in _words_in(words, language)}


def _fold_alone(text: str) -> str:
    return re.sub(r"^(le|el|the) ", "", fold(text))  # not the Arabic article: كرة قدم is the ball, كرة القدم the sport
