"""Take a text apart by a table of phrases: from the left, the longest known phrase first."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Generic, NamedTuple, TypeVar

from .text import WORD_BREAKS, normalise, unescape

SHORTEST_PART = 3  # letters of a part of a German compound
_BREAKS = re.compile(rf"[\s{re.escape(WORD_BREAKS)}]+")

Meaning = TypeVar("Meaning")


class Part(NamedTuple, Generic[Meaning]):
    """A phrase of the text and what the table says of it: None for a word that is not in the table."""

    text: str
    meaning: Meaning | None


class Lexicon(Generic[Meaning]):
    """Phrases of one language with their meanings; of two phrases that read alike the first counts.

    Letter case, accents and what else :func:`normalise` drops make no difference. An Arabic phrase is also
    known with the preposition ل ("for") written onto it, and a German compound by its parts.

    :param plurals: whether a word's final s and x make no difference: plurals in English, French and Spanish.
    """

    def __init__(self, phrases: Iterable[tuple[str, Meaning]], language: str, *, plurals: bool = False):
        self._language, self._plurals = language, plurals
        self._table: dict[str, Meaning] = {}
        for phrase, meaning in phrases:
            self._table.setdefault(" ".join(key for _, key in self._words(phrase)), meaning)
        self._longest = max((phrase.count(" ") + 1 for phrase in self._table), default=0)  # in words

    def split(self, text: str) -> list[Part[Meaning]]:
        """Return the parts of ``text`` in their order; punctuation alone is none."""
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
        """Return each word as written, and as the table has it."""
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
        """Return a compound's parts, the longest known first part first, or None if a part is unknown."""
        dead_ends: set[int] = set()  # without them a word takes apart in ever more ways the longer it is

        def split_from(start: int) -> list[Part[Meaning]] | None:
            if start == len(word):
                return []
            for end in range(len(word), start + SHORTEST_PART - 1, -1):
                part = word[start:end]
                if end not in dead_ends and part in self._table:
                    rest = split_from(end)
                    if rest is not None:
                        return [Part(part, self._table[part]), *rest]
            dead_ends.add(start)
            return None

        return split_from(0)
