"""Product names as text: what a name may hold, and the form in which names are compared."""

from __future__ import annotations

import re
import unicodedata

from ..errors import CatalogError

MAX_NAME_LENGTH = 60  # characters; the longest shelf name in the inventory has 32
# These delimit names and sections in a prompt, a trace or a command line, so no name may hold them.
DELIMITERS = frozenset("{},;:")
# Letters and marks that show nothing: a name of these alone is blank, and with them it looks like another.
_BLANKS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")

_ARABIC_LETTERS = str.maketrans({"ة": "ه", "ى": "ي", "ٱ": "ا", "ـ": None})
_ARABIC_ARTICLE = re.compile(r"\bال(?=\w{3})")


def check_name(name: str) -> str:
    """Return ``name`` in NFC with single spaces.

    :raises CatalogError: if it is empty, too long, has no letter, or holds a
        delimiter or an invisible character, with which it could pose as another
        section of the prompt.
    """
    name = " ".join(unicodedata.normalize("NFC", name).split())
    if len(name) > MAX_NAME_LENGTH:
        raise CatalogError(f'"{shorten(name)}" has {len(name)} characters; {MAX_NAME_LENGTH} are allowed.')
    # as a tokenizer may read it: "｛" is "{" to those that normalise to NFKC
    if any(c in DELIMITERS for c in unicodedata.normalize("NFKC", name)):
        raise CatalogError(f'"{name}" holds one of {" ".join(sorted(DELIMITERS))}, which separate names.')
    # Cc control, Cf format (bidi overrides, zero width), Cs lone surrogates, Co private use, Cn unassigned
    if any(unicodedata.category(c).startswith("C") or c in _BLANKS for c in name):
        raise CatalogError(f"The name {shorten(ascii(name))} holds an invisible character.")
    if not any(c.isalpha() for c in name) or not normalise(name):
        raise CatalogError(f'"{name}" has no letter, so it names nothing.')
    return name


def normalise(text: str) -> str:
    """Return the form in which names are compared.

    Letter case, accents, hyphens, repeated spaces, and in Arabic the diacritics, the
    alef's hamza, taa marbuta, alef maqsura and the definite article make no difference.
    """
    text = unicodedata.normalize("NFKD", text)
    text = "".join(c for c in text if not unicodedata.combining(c)).casefold()
    text = " ".join(re.sub(r"[-'’]", " ", text.translate(_ARABIC_LETTERS)).split())
    return _ARABIC_ARTICLE.sub("", text)


def slug(name: str) -> str:
    """Return an id for a product known by name only: its letters and digits, joined by hyphens."""
    return "-".join(re.findall(r"[^\W_]+", name.casefold()))


def shorten(text: str, limit: int = 60) -> str:
    """Return ``text`` on one line, cut to ``limit`` characters for an error message."""
    text = " ".join(text.split())
    return text if len(text) <= limit else text[: limit - 1] + "…"
