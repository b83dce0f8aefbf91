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
_CLAUSE_END = re.compile(  # in a status
    r"""
    [][;?=()|–—،؛؟]
  | (?<!\d)[,:/] | [,:/](?!\d)                          # not in "1,5", "10:30" or "1/2"
  | \s-\s
  | \s (?= [^\w\s]* 0 (?: [.,٫]0+ | /\d+ )? (?:\s|$) )  # before an amount of zero: "Refunded €0.00", "Refunded 0/2"
    """,
    re.VERBOSE,
)
_NEAR = 2  # words before another one that may deny it: "not yet refunded"
_LETTER = re.compile(r"[^\W_]")  # or a digit
_REMARK = re.compile(r"\s*[(\[:].*|\s[-–—]\s.*")  # behind a total or an extra: Shipping (DHL)
_CURRENCY = "(?:[€$£]|EUR|USD|GBP|CHF|SAR|AED)"
# Beside an extra: Discount 10%, Shipping EUR 5
_AMOUNT = re.compile(rf"[\s+-]*(?:{_CURRENCY}\s*)?[\d.,٫]+\s*(?:[%٪]|{_CURRENCY})?\s*")
_CODE = re.compile(  # behind an extra
    r"""
    \s (?=[A-Z-]*\d) (?=[\d-]*[A-Z]) [A-Z\d-]{3,} $  # SUMMER10: capitals and digits, some of each
  | (?<=[^\W\dA-Z]) \s [A-Z]{4,} $                   # SUMMER, if the word before it does not end in a capital
    """,
    re.VERBOSE,
)
# Punctuation, currencies, dashes, empty boxes and crosses that say no
_NO_MARK = re.compile(r"[\s.·…_?؟/\\,;:'\"()\[\]{}<>|~=%€$£¥−‐-―\ufe0f☐□◻◽▢⬜○◯⚪✗✘❌❎-]*")
# The next ones are for normalised texts
_UNIT = r"(?:[^\W\d]\.)?[^\W\d]"
_ZERO = re.compile(
    rf"""
    (?! [^\W\d]\d )                        # not an id: "r0"
    (?: {_UNIT}{{1,5}} \W{{0,3}} | \W* )   # "eur ", "r$ "
    0+ (?: [.,٫ ]0+ )* (?! [.,٫:]?\d )     # "0", "0,00", "0 000.00"; not "0.5" or "0:30"
    \W{{0,3}} (?:{_UNIT}+)? \W{{0,2}} \d*  # " eur", " of 2"
    """,
    re.VERBOSE,
)
# What systems write in place of a date: the years 1, 1753, 1899, 1900, 1969, 1970 and 9999, and a day or month 0
_NO_YEAR = r"(?:0\d{3}|1[0-8]\d\d|19[0-6]\d|1970|9999)"
_NO_DATE = re.compile(
    rf"""
    (?:
        {_NO_YEAR} ([ ./]) \d\d? \1 \d\d?                                     # "1900 01 01" from 1900-01-01
      | \d\d? ([ ./]) \d\d? \2 {_NO_YEAR}                                     # "01.01.1970"
      | (?: 0?0[./]\d\d? | \d\d?[./]0?0 ) [./] \d\d                           # "00.00.00", "0/0/00"
      | (?: \d\d?\W+[^\W\d]{{3,9}} | [^\W\d]{{3,9}}\W+\d\d? ) \W+ {_NO_YEAR}  # "1 jan 1970", "jan 1, 1970"
    )
    (?:\D.*)?                                                                 # the time
    """,
    re.VERBOSE,
)
_PART = re.compile(
    r"""
    (?<!\d[ ]) \b (\d+ (?:[ ]\d\d)?)  # "1", or "1 00" from 1.00
    [ ] (?: (?:out[ ])?of | von | sur | de | من ) [ ]
    (?!\1\b) \d+ (?:[ ]\d\d)?         # "2", but not the same number
    """,
    re.VERBOSE,
)


@cache
def words_meaning(meaning: str) -> frozenset[str]:
    """Return the normalised words with this meaning.

    :param meaning: "blank" in place of any value; "guest" in place of a customer; "not" before a word of
        :func:`status_says_cancelled`, or in place of a value; "no" in place of a value of
        :func:`cell_says_cancelled`; "refund of magento" in place of its status; "total" in place of an order or a
        title; "subtotal" at the end of a title; "extra" in place of a title, such as shipping; "type", which is not a
        product's category, though a shop system has it in a column of that name.
    """
    return frozenset(normalise(row.cells["word"]) for row in read_rows(_WORDS) if row.cells["meaning"] == meaning)


@cache
def _pattern(meaning: str) -> re.Pattern[str]:
    """Return what finds the words with this meaning in a normalised text; for a star stand any letters.

    :param meaning: "cancelled", what was done to an order that was not sold; "refund", what can be asked for and be
        refused; "refused", or failed; "terms" of a refund, such as how long it may be asked for, or that it was
        withdrawn; "sold" where the order was sold all the same, since a part was refunded, or a return was called off;
        "some" where a clause speaks of a part of the order; "destination" at the start of a title that is shipping.
    """
    words = (row.cells["word"] for row in read_rows(_WORDS) if row.cells["meaning"] == meaning)
    forms = (r"\w*".join(re.escape(normalise(part)) for part in word.split("*")) for word in words)
    return re.compile(rf"\b(?:{'|'.join(forms)})\b")


def is_word(text: str, meaning: str) -> bool:
    """Return whether a text is one of :func:`words_meaning`."""
    return len(text) <= LONGEST_WORD and normalise(text) in words_meaning(meaning)


def is_blank(text: str) -> bool:
    """Return whether a cell says nothing: it is blank, a dash, or such as "N/A"."""
    return text in _MISSING or is_word(text, "blank") or not (_LETTER.search(text) or normalise(text))


def is_mark(text: str) -> bool:
    """Return whether a text is a sign by which people say yes: ✔, ☒, *, or ×, which stands for an x; but not ✗ or ☐."""
    return not (_LETTER.search(text) or _NO_MARK.fullmatch(text))


@lru_cache(2**16)
def is_total(text: str) -> bool:
    """Return whether a title, or an order's number, stands for the sum of lines: "Total TTC", "TOTAL (2 items)"."""
    return is_word(_REMARK.sub("", text), "total")


@lru_cache(2**16)
def is_subtotal(text: str) -> bool:
    """Return whether a title stands for the sum of a product's lines, as spreadsheets write it: "Saw Total"."""
    return normalise(text).rpartition(" ")[2] in words_meaning("subtotal")


@lru_cache(2**16)
def is_extra(title: str) -> bool:
    """Return whether a title names shipping, a fee, a tax or a discount: "Shipping (DHL)", "Discount 10%"."""
    named = normalise(_AMOUNT.sub(" ", _CODE.sub("", _REMARK.sub("", title))))
    return named in words_meaning("extra") or _pattern("destination").match(named) is not None


@lru_cache(2**10)
def cell_says_cancelled(text: str) -> bool:
    """Return whether a date, a reason, an amount or an answer says that an order was cancelled.

    It does unless it is a dash, an empty box, ✗, zero, an empty date such as "1900-01-00", "no", "not yet",
    "delivered", "not refunded", "partially" or "1 of 2".
    """
    if is_mark(text):
        return True
    normalised, no = normalise(text), words_meaning("no") | words_meaning("not")
    if normalised in no or _ZERO.fullmatch(normalised) or _NO_DATE.fullmatch(normalised):
        return False
    if status_says_cancelled(text):
        return True
    clauses = list(map(_drop_signs, _split(text)))
    denied = _pattern("cancelled").search(normalised) or any(map(_denies_refund, clauses))
    some = clauses and (_pattern("sold").fullmatch(clauses[0]) or _PART.fullmatch(clauses[0]))
    return bool(clauses and clauses[0] not in no and not some and not denied)


@lru_cache(2**10)
def status_says_cancelled(status: str) -> bool:
    """Return whether a status says that the order was cancelled or refunded.

    A word of this meaning counts if none that denies it stands just before it in the same clause, or as the next one,
    and if it is said of the whole order. A refund does not count if its clause says that it was refused or failed, or
    names its terms only, or if the next one is zero.
    """
    clauses: list[str] = []
    for part in _split(status):
        clause = _drop_signs(part)
        if clauses and (clause in words_meaning("not") or _ZERO.fullmatch(part) or _PART.fullmatch(clause)):
            clauses.pop()  # "Refunded: no"
        elif clauses and _pattern("refused").fullmatch(clause):  # "Refund: declined"
            clauses[-1] += f" {clause}"
        else:
            clauses.append(clause)
    return not _pattern("sold").search(" | ".join(clauses)) and any(map(_clause_says_cancelled, clauses))


def _split(text: str) -> list[str]:
    """Return the clauses that have a word, normalised."""
    return [clause for part in _CLAUSE_END.split(text) if _drop_signs(clause := normalise(part))]


def _drop_signs(clause: str) -> str:
    return " ".join(_WORD.findall(clause))


def _clause_says_cancelled(clause: str) -> bool:
    if _PART.search(clause) or _pattern("some").search(clause):
        return False
    if _says(clause, "cancelled"):
        return True
    if _says(clause, "refund"):
        return not (_says(clause, "refused") or _pattern("terms").search(clause))  # also "return not possible"
    return _says(clause, "refused")


def _denies_refund(clause: str) -> bool:
    """Return whether a clause says that there was no refund, or one of a part."""
    asked = _pattern("refund").search(clause)
    return bool(asked and (not _says(clause, "refund") or _pattern("sold").search(clause)))


def _says(clause: str, meaning: str) -> bool:
    """Return whether a clause has a word of this meaning that is not denied."""
    return any(
        words_meaning("not").isdisjoint(clause[: found.start()].split()[-_NEAR:])
        for found in _pattern(meaning).finditer(clause)
    )
