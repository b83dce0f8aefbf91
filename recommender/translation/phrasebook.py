"""A small offline translator without context, between English and Arabic, French, Spanish or German.

Each language has a table of everyday words (``data/phrasebook/*.csv``, or another shop's), translated as by somebody
who does not know the shop: كرة القدم is "Football". Its grammar is the order of nouns ("shirt of football" is
"Football Jersey"), and it knows no products. It was written for this demo, and is not copied from any service.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path

from ..shop.csv_file import read_rows
from ..shop.language import NON_ENGLISH
from ..shop.lexicon import Lexicon
from ..shop.paths import DATA
from .base import Translation, TranslationError

FOLDER = DATA / "phrasebook"
HEAD_FIRST = frozenset({"ar", "fr", "es"})  # the noun comes before what qualifies it


class Phrasebook:
    """Translates by greedy longest match from the left; a word that is not in the table stays as it is.

    :param folder: the folder with the tables; a missing table counts as empty.
    """

    def __init__(self, folder: Path = FOLDER):
        self.folder = folder

    def translate(self, texts: Sequence[str], source: str, target: str) -> Translation:
        """See :class:`.base.Translator`.

        :raises TranslationError: for a pair of languages without a table.
        """
        other = source if target == "en" else target
        if other not in NON_ENGLISH or "en" not in (source, target):
            raise TranslationError(
                f'The phrasebook has no words for "{other}": it translates between English and '
                f"{', '.join(NON_ENGLISH)}."
            )
        table = self.folder / f"{other}.csv"
        changed = table.stat().st_mtime_ns if table.is_file() else 0
        lexicon = _read_lexicon(table, changed, source, target)
        return Translation(tuple(_translate(text, lexicon, source, target) for text in texts), "phrasebook")


def _translate(text: str, lexicon: Lexicon[str], source: str, target: str) -> str:
    parts = lexicon.split(text)
    if all(part.meaning is None for part in parts):
        return text
    words = [part.text if part.meaning is None else part.meaning for part in parts if part.meaning != ""]
    if HEAD_FIRST & {source, target}:
        words.reverse()
    return _join(words, target) if words else text


def _join(words: Sequence[str], language: str) -> str:
    """Join a noun and its modifiers into one phrase of ``language``."""
    if language == "en":
        return " ".join(words)
    if language == "ar":
        return _construct(words)
    if language == "de":
        return _compound(words)
    joined = " de ".join(words)
    if language == "fr":
        joined = re.sub(r"\bde (?=[aeiouéèêâîô])", "d'", joined)
    return joined[:1].upper() + joined[1:]


def _construct(words: Sequence[str]) -> str:
    """Join Arabic nouns, with ل ("for") after one that already has its article."""
    text = words[0]
    for word in words[1:]:
        if text.split()[-1].startswith("ال"):
            word = "لل" + word.removeprefix("ال") if word.startswith("ال") else "ل" + word
        text = f"{text} {word}"
    return text


def _compound(words: Sequence[str]) -> str:
    """Join German nouns into one word, or with hyphens if one before the last is itself two words."""
    if any(" " in w for w in words[:-1]):
        return "-".join(words).replace(" ", "-")
    return words[0] + "".join(w.lower() for w in words[1:])


@lru_cache(maxsize=64)
def _read_lexicon(table: Path, changed: int, source: str, target: str) -> Lexicon[str]:
    """Read the phrases of one direction.

    :param changed: the table's modification time, so that a changed table is read again; 0 if there is none.
    """
    return Lexicon(_read_phrases(table, "in" if target == "en" else "out") if changed else (), source)


def _read_phrases(table: Path, way: str) -> Iterator[tuple[str, str]]:
    """Yield each phrase with its translation; the column ``way`` says in which direction a row counts."""
    asked, said = ("phrase", "english") if way == "in" else ("english", "phrase")
    for row in read_rows(table, "way", "phrase", "english"):
        if row.cells["way"] in ("both", way):
            yield row.cells[asked], row.cells[said]
