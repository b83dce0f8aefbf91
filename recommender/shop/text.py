"""Product names as text: which ones are valid, and the normalised form in which they are compared."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Container, Sequence
from functools import lru_cache

from ..errors import BadName

MAX_NAME_LENGTH = 60  # characters; the longest shelf name in the inventory has 33
# Digits. A shorter number is an id only if it stands alone: beside signs or a name it may be a list number or a
# quantity.
MIN_CODE = 4
# These separate the items of a list in one of the languages, like the end of a line.
SEPARATORS = ";,؛،、"
# These delimit names and sections in a prompt, a trace or a command line, so names must not contain them.
NAME_DELIMITERS = frozenset("{}:" + SEPARATORS)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]\w{1,31});", re.ASCII)

_DECIMAL_COMMA = re.compile(r"(?<=\d),(?=\d)")

# Blank letters and marks: a name could consist of them, or differ from another one by them alone.
_BLANKS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
# Copied from chats, word processors and right-to-left pages: soft hyphens, zero widths, direction marks, isolates.
_HARMLESS = re.compile("[\u00ad\u061c\u200b-\u200f\u202a-\u202c\u2060-\u2064\u2066-\u2069\ufeff]")
_VARIANT = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")  # selects a form of the character before it
_OVERRIDES = re.compile("[\u202d\u202e]")  # display letters in another order than they are stored

DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"
_LONE_DASH = re.compile(f"\\s[-{DASHES}]+(?=\\s)")  # " - " separates the sections of a prompt
WORD_BREAKS = f"-_'’{DASHES}"  # equivalent to a space between two words of a name
_AND = r"\s(?:and|et|und|y|e(?=\s+h?i))\s|\sو\s?|\s?[&+/]\s?"  # the Spanish "e" only before an i: "Vitamin E"
_JOINED = re.compile(rf"(?<=\S)(?:{_AND})(?=\S)")
_COMMA = re.compile(r"(?<!\d) ?, ?|(?<=\d), ?(?=[^\d ])")
_TIMES = re.compile(r"(?<=\d)\s?[x×*]\s?(?=\d)")
_ENGLISH_PLURAL = re.compile(r"[^\W\d_]{3}s\s*\Z", re.IGNORECASE)  # not of a short word: "iPhone XS" is another product
# An empty pair of brackets is a box that was not ticked
_EMPTY_BOX = re.compile(r"[\[({<⟦【「]\s*[\])}>⟧】」]")
# Punctuation around a name in a sentence or a list. Not + # % & @: "Vitamin C+" is not "Vitamin C".
_OUTER = f' .{SEPARATORS}:!?…·•●▪◦‣⁃∙✓✔*"`´()[]{{}}<>|/\\«»‹›“”„‟‘‚‛¡¿؟۔。「」『』《》〈〉【】﴾﴿{WORD_BREAKS}'
_PARTNERS = dict(zip('()[]«»“”"﴾﴿', ')(][»«”“"﴿﴾', strict=True))

# Marks that a reader can do without: those of Latin, Greek, Cyrillic, Hebrew and Arabic letters. Those of other scripts
# distinguish words: ハット is a hat, バット a bat.
_OPTIONAL_MARKS = re.compile(
    "[\u0300-\u036f\u0483-\u0487\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u0898-\u089f"
    "\u08ca-\u08ff\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
)
_ARABIC_ARTICLE = re.compile(r"\bال(?=\w{3})")
# Arabic letters that are often confused, and their equivalents on Persian, Urdu and Kurdish keyboards
_ARABIC_LETTERS = dict(zip("ةہەۃھىیېےکڪٱٲٳ", "هههههييييككااا", strict=True))
_SIGNS = re.compile(r"[\W_]+")
_LEADING_ZEROS = re.compile(r"(?<!\d)0+(?=\d)")
_SHORT = 2 * MAX_NAME_LENGTH  # characters; the normalised forms of texts up to this length are cached


def unescape(text: str) -> str:
    """Replace HTML entities by their characters."""
    return _ENTITY.sub(lambda entity: html.unescape(entity[0]), text) if "&" in text else text


def clean(text: str) -> str:
    """Return ``text`` on one line in NFC, without HTML entities and invisible characters."""
    text = unescape(text)
    if not (text.isascii() and text.isprintable()):
        text = unicodedata.normalize("NFC", text.translate(_CLEANING))
    return " ".join(text.split())


def tidy(text: str) -> str:
    """Return a typed name in the style of the shelf: without the punctuation around it, with plain hyphens."""
    text = " ".join(clean(text).replace("_", " ").split())
    text = re.sub(f"(?<=\\w)[{DASHES}](?=\\w)", "-", text)
    inner = text.strip(_OUTER)
    before, _, after = text.partition(inner) if inner else ("", "", "")
    if _PARTNERS.get(before[-1:]) in tuple(inner):  # keep a bracket that is closed inside the name
        inner = before[-1] + inner
    if _PARTNERS.get(after[:1]) in tuple(inner):
        inner += after[0]
    return inner


def check_name(name: str) -> str:
    """Return the valid ``name`` as it is stored: cleaned as by :func:`clean`.

    :raises BadName: if it is not a valid title (see :func:`check_title`), is too long, or contains a delimiter, with
        which it could imitate another section of the prompt.
    """
    name = check_title(name)
    if len(name) > MAX_NAME_LENGTH:
        raise BadName("long", f'"{shorten(name)}" has {len(name)} characters; {MAX_NAME_LENGTH} are allowed.')
    if _has_delimiter(name):
        raise BadName("delimiter", f'"{name}" holds one of {" ".join(sorted(NAME_DELIMITERS))}, which separate names.')
    return name


def is_name(title: str) -> bool:
    """Return whether a title can be used in a prompt as it is: short enough, without delimiters and lone dashes."""
    return len(title) <= MAX_NAME_LENGTH and not _has_delimiter(title) and not _LONE_DASH.search(title)


def _has_delimiter(text: str) -> bool:
    # in NFKC, because many tokenizers normalise "｛" to "{"
    return not NAME_DELIMITERS.isdisjoint(unicodedata.normalize("NFKC", text))


def check_title(title: str) -> str:
    """Return the valid title of a product as it is displayed: cleaned as by :func:`clean`.

    :raises BadName: if it has no letter, or contains a line break or an invisible character.
    """
    title = unescape(title).strip()
    if _OVERRIDES.search(title):
        raise BadName(
            "invisible", f"The name {shorten(ascii(title))} holds an invisible character that reorders its letters."
        )
    if len(title.splitlines()) > 1:
        raise BadName("invisible", f'"{shorten(title)}" holds a line break, which separates names.')
    title = " ".join(_HARMLESS.sub("", title).split())
    if any(map(is_invisible, title)):
        raise BadName("invisible", f"The name {shorten(ascii(title))} holds an invisible character.")
    title = clean(title)
    if not any(c.isalpha() for c in title) or not normalise(title):
        raise BadName("letter", f'"{shorten(title)}" has no letter, so it names nothing.')
    return title


def is_invisible(c: str) -> bool:
    """Return whether a character displays nothing, or not the same everywhere."""
    # Cc control, Cf format, Cs lone surrogates, Co private use, Cn unassigned
    return unicodedata.category(c).startswith("C") or c in _BLANKS


def simplify_title(title: str, taken: Container[str] = ()) -> str:
    """Return a name for prompts in place of a title: without delimiters and lone dashes, and short enough.

    >>> simplify_title("Bosch: Dübel 8,5 mm, grau - L")
    'Bosch Dübel 8.5 mm grau L'

    :param taken: normalised names of other products; to differ from them, the name gets a number at its end.
    """
    text = _LONE_DASH.sub("", replace_delimiters(_DECIMAL_COMMA.sub(".", title)))
    name = _cut(text, MAX_NAME_LENGTH)
    number = 2
    while normalise(name) in taken:
        name, number = f"{_cut(text, MAX_NAME_LENGTH - len(str(number)) - 1)} {number}", number + 1
    return name


def replace_delimiters(text: str) -> str:
    """Return ``text`` with a space in place of each delimiter of names, also where NFKC makes one of a character."""
    return "".join(" " if _has_delimiter(c) else c for c in text)


def _cut(text: str, limit: int) -> str:
    """Return ``text`` with single spaces, cut to ``limit`` characters, between words if that leaves more than half."""
    text = " ".join(text.split())
    if len(text) <= limit:
        return text
    start = text[: limit + 1].rpartition(" ")[0]
    return start if len(start) > limit // 2 else text[:limit].strip()


def normalise(text: str) -> str:
    """Return the form in which names are compared: :func:`fold`, without the Arabic definite article."""
    return _normalise(text) if len(text) <= _SHORT else _ARABIC_ARTICLE.sub("", _fold(text))


def fold(text: str) -> str:
    """Return ``text`` without differences that a reader ignores.

    These are letter case, accents, dashes, underscores, apostrophes, repeated spaces, the punctuation around it, HTML
    entities, invisible characters, the script of digits, and in Arabic the diacritics, the alef's hamza, taa marbuta,
    alef maqsura and the letters of neighbouring alphabets. كرة قدم (the ball) and كرة القدم (the sport) stay distinct.
    So do letters with and without a mark, if it is not one of :data:`_OPTIONAL_MARKS`.
    """
    return _fold_short(text) if len(text) <= _SHORT else _fold(text)


def fold_code(code: str) -> str:
    """Return the form in which ids and SKUs are compared: :func:`fold`, without a number sign before it."""
    return fold(code).lstrip("# ")


def unify_joints(normalised: str) -> str:
    """Return the normalised name with one sign for "and" (also &, + and /) and for × between digits, without blanks.

    Blanks at a comma are left out, too, unless it may be a decimal one.

    >>> unify_joints("salt and pepper mill m6 x 30")
    'salt&pepper mill m6×30'
    """
    return _COMMA.sub(",", _TIMES.sub("×", _JOINED.sub("&", normalised)))


def list_singular(text: str) -> list[str]:
    """Return the text without the s of an English plural, if it has one."""
    return [text.rstrip()[:-1]] if _ENGLISH_PLURAL.search(text) else []


def keep_alphanumerics(folded: str) -> str:
    """Return the letters and digits of a folded id or SKU, without leading zeros of its numbers."""
    return _SIGNS.sub("", _LEADING_ZEROS.sub("", folded))


class _Cleaning(dict[int, str | None]):
    """The replacement of each character of a text on one line; that of a common one is stored when it first occurs."""

    def __missing__(self, code: int) -> str | None:
        c = chr(code)
        cleaned = " " if c.isspace() else None if is_invisible(c) else c
        if code < 2**16:  # a million others, which a server may be sent, would stay in memory
            self[code] = cleaned
        return cleaned


_CLEANING = _Cleaning()


class _Folding(dict[int, str | None]):
    """The replacement of each character of a text in NFKD, computed when it first occurs."""

    def __missing__(self, code: int) -> str | None:
        c = chr(code)
        if c in WORD_BREAKS or c.isspace():
            folded: str | None = " "
        elif (
            c == "ـ" or is_invisible(c) or _VARIANT.match(c) or (unicodedata.combining(c) and _OPTIONAL_MARKS.match(c))
        ):
            folded = None
        else:
            digit = unicodedata.decimal(c, None)
            folded = _ARABIC_LETTERS.get(c, c) if digit is None else str(digit)
        self[code] = folded
        return folded


_FOLDING = _Folding()


def _fold(text: str) -> str:
    text = unicodedata.normalize("NFKD", unescape(text)).translate(_FOLDING).casefold()
    text = unicodedata.normalize("NFC", text)  # a letter with its mark is one letter of a word again
    text = _EMPTY_BOX.sub("☐", text)
    return " ".join(text.split()).strip(_OUTER)


_fold_short = lru_cache(4096)(_fold)


@lru_cache(4096)
def _normalise(text: str) -> str:
    return _ARABIC_ARTICLE.sub("", _fold(text))


def slug(name: str, taken: Container[str] = ()) -> str:
    """Return an id for a product known by name only: its words of letters and digits, joined by hyphens.

    :param taken: ids of other products; to differ from them, the id gets a number at its end.
    """
    return number_id("-".join(re.findall(r"[^\W_]+", name.casefold())), taken)


def number_id(id_: str, taken: Container[str]) -> str:
    """Return ``id_`` with a number at its end if it is ``taken``, which holds case-folded ids."""
    found, number = id_, 2
    while found.casefold() in taken:
        found, number = f"{id_}-{number}", number + 1
    return found


def take_some(texts: Sequence[str], limit: int) -> list[str]:
    """Return the first texts, with dots after them if there are more, for a message."""
    return [*texts[:limit], *(["…"] if len(texts) > limit else [])]


def shorten(text: str, limit: int = 60) -> str:
    """Return the printable characters of ``text`` on one line, cut to ``limit`` of them, for a message."""
    text = "".join(filter(str.isprintable, " ".join(text.split())))
    return text if len(text) <= limit else text[: limit - 1] + "…"
