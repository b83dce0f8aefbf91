"""Strip what people write around an item of a list: bullets, emoji, its number or letter, and a quantity.

A quantity of zero and a sign that says "not" are kept, so that "0 Soccer Balls" and "❌ Soccer Ball" name no item.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import takewhile

from .text import DASHES, clean

MAX_MARKED = 1_000  # characters of a text of which marks are stripped
_NUMBER = r"0*[1-9]\d{0,2}"
# "1. ", "(2) ", "3- ", "4: " or "5." before a letter, "b) ", "iv. ", and the "o" that Word writes for a hollow bullet.
# In Arabic, the stroke that lengthens a letter serves as a dash, too.
_LIST_NUMBER = re.compile(
    rf"o\s+|[(\[#]?{_NUMBER}(?:[.)\]]+\s+|\s?[.:)\]/°ـ{DASHES}-]+\s*(?=[^\W\d_]))"
    rf"|[(\[]?(?:[^\W\d_]|[ivx]{{2,4}})[.:)\]{DASHES}-]+\s+",
    re.IGNORECASE,
)
# "2", "2x", "x 2", "(2x)" or "#2" before a name, and the forms with an x after one; a bare number there is of the name.
_TIMES = rf"{_NUMBER}\s?[x×*]|[x×*]\s?{_NUMBER}"
_QUANTITY = re.compile(rf"^[(\[#]?(?:{_TIMES}|{_NUMBER})[)\]]?\s+|\s+[(\[]?(?:{_TIMES})[)\]]?$", re.IGNORECASE)
_KEYCAP = re.compile("[\ufe00-\ufe0f\u20e3]")  # makes an emoji or a plain sign of the character before it
_NEGATIONS = frozenset("×✕✖✗✘☐☒❌❎⛔🚫≠¬")
_BULLETS = frozenset(f" -{DASHES}•·‣⁃*>§¶※")


def strip_marks(text: str) -> Iterator[str]:
    """Yield ``text`` without bullets, then also without its number in a list, then also without a quantity.

    A form that is the same as the one before it is left out; a text of more than :data:`MAX_MARKED` is left as it is.

    >>> list(strip_marks("• 1. ⚽ 2x Soccer Ball"))
    ['1. ⚽ 2x Soccer Ball', '2x Soccer Ball', 'Soccer Ball']
    """
    if len(text) > MAX_MARKED:
        return
    plain = _write_plainly(text)
    listed = _strip_signs(plain)
    if listed != plain:
        yield listed
    number = _LIST_NUMBER.match(listed)
    item = _strip_signs(listed[number.end() :]) if number else listed
    if number:
        yield item
    single = _strip_signs(_QUANTITY.sub("", item, count=1))
    if single != item and any(map(str.isalpha, single)):  # "2 4711" may be two ids
        yield single


def _write_plainly(text: str) -> str:
    """Return ``text`` cleaned, with Western digits in place of those of other scripts, in circles or on keycaps."""
    text = _KEYCAP.sub("", unicodedata.normalize("NFKC", clean(text)))
    if not text.isascii():
        text = "".join(str(unicodedata.digit(c, c)) for c in text)
    return " ".join(text.split())


def _strip_signs(text: str) -> str:
    """Return ``text`` without the bullets and emoji before it and the emoji after it."""
    before = "".join(takewhile(_may_precede, text))
    rest = text[len(before) :]
    after = "".join(takewhile(_may_follow, reversed(rest)))
    if before and not before[-1].isspace() and rest[:1].isdigit():  # "-2" is not a bullet and 2
        before = ""
    return text[len(before) : len(text) - len(after)]


def _may_precede(c: str) -> bool:
    return c not in _NEGATIONS and (c in _BULLETS or unicodedata.category(c) in ("So", "Sk", "Sm"))


def _may_follow(c: str) -> bool:
    return c not in _NEGATIONS and (c == " " or unicodedata.category(c) in ("So", "Sk"))
