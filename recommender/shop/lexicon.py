"""Split a text into phrases of a table, by greedy longest match from the left."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Generic, NamedTuple, TypeVar

from .text import WORD_BREAKS, normalise, unescape

MIN_PART = 3  # letters of a part of a German compound
_BREAKS = re.compile(rf"[\s{re.escape(WORD_BREAKS)}]+")

Meaning = TypeVar("Meaning")


class Part(NamedTuple, Generic[Meaning]):
    """A phrase of the text with its meaning, or a word that is not in the table with None."""

    text: str
    meaning: Meaning | None


class Lexicon(Generic[Meaning]):
    """Phrases of one language with their meanings; the first of two phrases with the same normalised form counts.

    Phrases match in the form of :func:`normalise`. An Arabic phrase also matches with the preposition ل ("for") in
    front, and a German compound by its parts.

    :param plurals: whether to ignore a word's final s and x, the plurals of English, French and Spanish.
    """

    def __init__(self, phrases: Iterable[tuple[str, Meaning]], language: str, *, plurals: bool = False):
        self._language, self._plurals = language, plurals
        self._table: dict[str, Meaning] = {}
        for phrase, meaning in phrases:
            self._table.setdefault(" ".join(key for _, key in self._words(phrase)), meaning)
        self._longest = max((phrase.count(" ") + 1 for phrase in self._table), default=0)  # in words

    def split(self, text: str) -> list[Part[Meaning]]:
        """Split ``text`` into parts, in order; ignore words of punctuation alone."""
        words = self._words(text)
        parts: list[Part[Meaning]] = []
        at = 0
        while at < len(words):
            for end in range(min(len(words), at + self._longest), at, -1):
                meaning = self._look_up(" ".join(key for _, key in words[at:end]))
                if meaning is not None:
                    parts.append(Part(" ".join(word for word, _ in words[at:end]), meaning))
                    at = end
                    break
            else:
                word, key = words[at]
                parts += (self._split_compound(key) if self._language == "de" else None) or [Part(word, None)]
                at += 1
        return parts

    def _words(self, text: str) -> list[tuple[str, str]]:
        """Return each word as written, and in the form of the table."""
        pairs = ((word, normalise(word)) for word in _BREAKS.split(unescape(text)))
        return [(word, self._stem(key)) for word, key in pairs if key]

    def _stem(self, key: str) -> str:
        return key.rstrip("sx") or key if self._plurals and len(key) > 3 else key

    def _look_up(self, phrase: str) -> Meaning | None:
        forms = [phrase]
        if self._language == "ar":
            forms += [phrase.removeprefix("لل"), phrase.removeprefix("ل")]  # لل is ل before the article
        return next((self._table[form] for form in forms if form in self._table), None)

    def _split_compound(self, word: str) -> list[Part[Meaning]] | None:
        """Return a compound's parts, trying the longest known first part first, or None if a part is unknown."""
        dead_ends: set[int] = set()  # avoids a search that is exponential in the length of the word

        def split_from(start: int) -> list[Part[Meaning]] | None:
            if start == len(word):
                return []
            for end in range(len(word), start + MIN_PART - 1, -1):
                part = word[start:end]
                if end not in dead_ends and part in self._table:
                    rest = split_from(end)
                    if rest is not None:
                        return [Part(part, self._table[part]), *rest]
            dead_ends.add(start)
            return None

        return split_from(0)
