"""The words of order exports that stand in place of a value, or say what became of an order."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from pathlib import Path

from ..shop.csv_file import read_rows
from ..shop.text import normalise

_WORDS = Path(__file__).with_name("words.csv")
LONGEST_WORD = 20  # letters of a word in place of a value; there may be millions of values
_MISSING = frozenset({"NA", "<NA>", "NaN", "nan"})  # in this spelling: "Nan" is a bread, and a first name
_WORD = re.compile(r"\w+")
_CLAUSE_END = re.compile(r"[][,;:?=()/|–—،؛؟]|\s-\s")  # in a status
_NEAR = 2  # words before another one that may deny it: "not yet refunded"
_LETTER = re.compile(r"[^\W_]")  # or a digit
_REMARK = re.compile(r"\s*[(\[:].*|\s[-–—]\s.*")  # behind a total or an extra: Shipping (DHL)
_AMOUNT = re.compile(r"[\s+-]*[\d.,]+\s*(?:[%€$£]|EUR|USD|GBP|CHF)?\s*")  # beside an extra: Discount 10%


@cache
def list_meaning(meaning: str) -> frozenset[str]:
    """Return the normalised words with this meaning.

    :param meaning: "blank" in place of any value; "guest" in place of a customer; "not" before a word of
        :func:`is_cancelled`, or in place of a value; "refund of magento" in place of its status; "total" in place of an
        order or a title; "subtotal" at the end of a title; "extra" in place of a title, such as shipping; "type", which
        is not a product's category, though a shop system has it in a column of that name.
    """
    return frozenset(normalise(row.cells["word"]) for row in read_rows(_WORDS) if row.cells["meaning"] == meaning)


@cache
def _pattern(meaning: str) -> re.Pattern[str]:
    """Return what finds the words with this meaning in a normalised text; for a star stand any letters.

    :param meaning: "cancelled", what was done to an order that was not sold; "refund", what can be asked for and be
        refused; "refused", or failed; "terms" of a refund, such as how long it may be asked for, or that it was
        withdrawn; "sold" where the order was sold all the same, since a part was refunded, or a return was called off.
    """
    words = (row.cells["word"] for row in read_rows(_WORDS) if row.cells["meaning"] == meaning)
    forms = (r"\w*".join(re.escape(normalise(part)) for part in word.split("*")) for word in words)
    return re.compile(rf"\b(?:{'|'.join(forms)})\b")


def is_word(text: str, meaning: str) -> bool:
    """Return whether a text is one of :func:`list_meaning`."""
    return len(text) <= LONGEST_WORD and normalise(text) in list_meaning(meaning)


def is_blank(text: str) -> bool:
    """Return whether a cell says nothing: it is blank, a dash, or such as "N/A"."""
    return text in _MISSING or is_word(text, "blank") or not (_LETTER.search(text) or normalise(text))


@lru_cache(2**16)
def is_total(text: str) -> bool:
    """Return whether a title, or an order's number, stands for the sum of lines: "Total TTC", "TOTAL (2 items)"."""
    return is_word(_REMARK.sub("", text), "total")


@lru_cache(2**16)
def is_subtotal(text: str) -> bool:
    """Return whether a title stands for the sum of a product's lines, as spreadsheets write it: "Saw Total"."""
    return normalise(text).rpartition(" ")[2] in list_meaning("subtotal")


@lru_cache(2**16)
def is_extra(title: str) -> bool:
    """Return whether a title names shipping, a fee or a discount: "Shipping (DHL)", "Discount 10%"."""
    return normalise(_AMOUNT.sub(" ", _REMARK.sub("", title))) in list_meaning("extra")


@lru_cache(2**10)
def is_cancelling(text: str) -> bool:
    """Return whether a date, a reason or an answer says that an order was cancelled.

    It does if it is not blank, "0000-00-00", "no", "not refunded" or "partially".
    """
    normalised = normalise(text)
    if not re.search(r"[^\W0_]", normalised) or normalised in list_meaning("not"):
        return False
    denied = _pattern("cancelled").search(normalised) and not is_cancelled(text)
    return not (denied or _pattern("sold").fullmatch(normalised))


@lru_cache(2**10)
def is_cancelled(status: str) -> bool:
    """Return whether a status says that the order was cancelled or refunded.

    A word of this meaning counts if none that denies it stands just before it in the same clause, or as the next one. A
    refund does not count if its clause says that it was refused or failed, or names its terms only.
    """
    clauses: list[str] = []
    for part in _CLAUSE_END.split(status):
        clause = " ".join(_WORD.findall(normalise(part)))
        if clauses and clause in list_meaning("not"):  # "Refunded: no"
            clauses.pop()
        elif clauses and _pattern("refused").fullmatch(clause):  # "Refund: declined"
            clauses[-1] += f" {clause}"
        elif clause:
            clauses.append(clause)
    return not _pattern("sold").search(" | ".join(clauses)) and any(map(_says_cancelled, clauses))


def _says_cancelled(clause: str) -> bool:
    if _says(clause, "cancelled"):
        return True
    if _says(clause, "refund"):
        return not (_says(clause, "refused") or _pattern("terms").search(clause))  # also "return not possible"
    return _says(clause, "refused")


def _says(clause: str, meaning: str) -> bool:
    """Return whether a clause has a word of this meaning that is not denied."""
    return any(
        list_meaning("not").isdisjoint(clause[: found.start()].split()[-_NEAR:])
        for found in _pattern(meaning).finditer(clause)
    )
