"""A small context-free translator, offline, between English and Arabic, French, Spanish or German.

Each language has a table of everyday words (``data/phrasebook/*.csv``), translated as
somebody would who sees the word and not the shop: كرة القدم is "Football". It knows no
grammar beyond the order of nouns ("shirt of football" is "Football Jersey"), and no product.
It is written for this demo; it is not a recording of any service.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from ..shop.catalog import DATA
from ..shop.text import normalise
from . import Translation, TranslationError

FOLDER = DATA / "phrasebook"
LANGUAGES = ("ar", "fr", "es", "de")
HEAD_FIRST = frozenset({"ar", "fr", "es"})  # the noun comes before what qualifies it
_BREAKS = re.compile(r"[\s\-'’]+")


class Phrasebook:
    """Greedy longest match from the left; a word that is not in the table stays as it is."""

    def translate(self, texts: Sequence[str], source: str, target: str) -> Translation:
        """``texts`` from ``source`` into ``target``, one of which is English.

        :raises TranslationError: for a pair of languages that it has no table for.
        """
        other, way = (source, "in") if target == "en" else (target, "out")
        if other not in LANGUAGES or "en" not in (source, target):
            raise TranslationError(
                f'The phrasebook has no words for "{source}" to "{target}". '
                f"It translates between English and {', '.join(LANGUAGES)}."
            )
        render = _into_english if way == "in" else _out_of_english
        return Translation(tuple(render(text, other) for text in texts), "phrasebook")


class _Match(NamedTuple):
    text: str
    known: bool


def _into_english(text: str, language: str) -> str:
    parts = _match(text, language, "in")
    if not any(p.known for p in parts):
        return text
    if language in HEAD_FIRST:
        parts.reverse()
    return " ".join(p.text for p in parts if p.text) or text


def _out_of_english(text: str, language: str) -> str:
    parts = _match(text, language, "out")
    if not any(p.known for p in parts):
        return text
    words = [p.text for p in parts]
    if language in HEAD_FIRST:
        words.reverse()
    if language == "ar":
        return _construct(words)
    if language == "de":
        return _compound(words)
    joined = " de ".join(words)
    if language == "fr":
        joined = re.sub(r"\bde (?=[aeiouéèêâîô])", "d'", joined)
    return joined[0].upper() + joined[1:]


def _construct(words: Sequence[str]) -> str:
    """Arabic puts nouns side by side, and ل ("for") after one that already has its article."""
    text = words[0]
    for word in words[1:]:
        if text.split()[-1].startswith("ال"):
            word = "لل" + word.removeprefix("ال") if word.startswith("ال") else "ل" + word
        text = f"{text} {word}"
    return text


def _compound(words: Sequence[str]) -> str:
    """German writes one word for a thing; hyphens where a part is itself two words or English."""
    if any(" " in w for w in words[:-1]):
        return "-".join(words).replace(" ", "-")
    return words[0] + "".join(w.lower() for w in words[1:])


def _match(text: str, language: str, way: str) -> list[_Match]:
    table = _table(language, way)
    words = [w for w in _BREAKS.split(text) if w]
    keys = [normalise(w) for w in words]
    longest = max(len(k.split()) for k in table)
    found: list[_Match] = []
    at = 0
    while at < len(words):
        for end in range(min(len(words), at + longest), at, -1):
            phrase = " ".join(keys[at:end])
            hit = next((k for k in _forms(phrase, language, way) if k in table), None)
            if hit is not None:
                found.append(_Match(table[hit], True))
                at = end
                break
        else:
            pieces = _split(keys[at], table) if language == "de" and way == "in" else None
            found += [_Match(p, True) for p in pieces] if pieces else [_Match(words[at], False)]
            at += 1
    return found


def _forms(phrase: str, language: str, way: str) -> tuple[str, ...]:
    """The phrase, and in Arabic the phrase without the preposition ل ("for") written onto it."""
    if language == "ar" and way == "in":
        for prefix in ("لل", "ل"):
            if phrase.startswith(prefix):
                return phrase, phrase.removeprefix(prefix)
    return (phrase,)


def _split(word: str, table: dict[str, str]) -> list[str] | None:
    """A German compound as English words, its longest known first part first; none if a part is unknown."""
    if not word:
        return []
    for end in range(len(word), 1, -1):
        if word[:end] in table:
            rest = _split(word[end:], table)
            if rest is not None:
                return [table[word[:end]], *rest]
    return None


@cache
def _table(language: str, way: str) -> dict[str, str]:
    """Normalised phrase to translation; the file says which rows count on which way."""
    table: dict[str, str] = {}
    with (FOLDER / f"{language}.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["way"] in ("both", way):
                asked, said = (row["phrase"], row["english"]) if way == "in" else (row["english"], row["phrase"])
                table.setdefault(normalise(asked), said)
    return table
