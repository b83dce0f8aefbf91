"""The words of order exports that stand in place of a value, or say what became of an order."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from pathlib import Path

from .csv_file import read_rows
from .text import normalise

_WORDS = Path(__file__).with_name("order_words.csv")
LONGEST_WORD = 16  # letters of a word in place of a value; there may be millions of values
_MISSING = frozenset({"NA", "<NA>", "NaN", "nan"})  # in this spelling: "Nan" is a bread, and a first name
_WORD = re.compile(r"\w+")
_CLAUSE_END = re.compile(r"[,;:()/|–—]|\s-\s")  # in a status
_NEAR = 2  # words before another one that may deny it: "not yet refunded"
_LETTER = re.compile(r"[^\W_]")  # or a digit


@cache
def list_words(meaning: str) -> frozenset[str]:
    """Return the normalised words with this meaning.

    :param meaning: "blank" in place of any value; "guest" in place of a customer; "cancelled" in an order's status,
        "not" before it, and "sold" where the order was sold all the same, since it is refunded in part or cannot be
        returned any more; "refund of magento" in place of its status; "total" in place of an order or a title; "type",
        which is not a product's category, though a shop system has it in a column of that name.
    """
    return frozenset(normalise(row.cells["word"]) for row in read_rows(_WORDS) if row.cells["meaning"] == meaning)


def is_word(text: str, meaning: str) -> bool:
    """Return whether a text is one of :func:`list_words`."""
    return len(text) <= LONGEST_WORD and normalise(text) in list_words(meaning)


def is_blank(text: str) -> bool:
    """Return whether a cell says nothing: it is blank, a dash, or such as "N/A"."""
    return text in _MISSING or is_word(text, "blank") or not (_LETTER.search(text) or normalise(text))


def is_date_of_cancelling(text: str) -> bool:
    """Return whether a date says that an order was cancelled: it is not blank, "0000-00-00" or "no"."""
    return bool(re.search(r"[^\W0_]", text := normalise(text))) and text not in list_words("not")


@lru_cache(2**10)
def is_cancelled(status: str) -> bool:
    """Return whether a status says that the order was cancelled or refunded.

    A word of this meaning counts if none that denies it stands just before it in the same part of the sentence.
    """
    words = _WORD.findall(normalise(status))
    return list_words("sold").isdisjoint(words) and any(map(_says_cancelled, _CLAUSE_END.split(status)))


def _says_cancelled(clause: str) -> bool:
    words = _WORD.findall(normalise(clause))
    return any(
        {word, f"{word} {after}"} & list_words("cancelled")
        and list_words("not").isdisjoint(words[max(n - _NEAR, 0) : n])
        for n, (word, after) in enumerate(zip(words, [*words[1:], ""], strict=False))
    )
