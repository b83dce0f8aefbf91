"""The languages of the demo, and language tags as people, browsers and programs write them: "ar-EG", "fr_FR.UTF-8"."""

from __future__ import annotations

import re

from .text import clean

LANGUAGES = ("en", "ar", "fr", "es", "de")
NON_ENGLISH = LANGUAGES[1:]
# BCP 47 by form alone, not by registry: language, script, region, variants and extensions; "_" as in a POSIX locale
_TAG = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{1,8})*")
_EXTENSIONS = re.compile("[-_][A-Za-z0-9](?![A-Za-z0-9]).*")  # from the first part of one character on


def read_language(text: str) -> str:
    """Return the language that a tag means: one of :data:`LANGUAGES` if its first part is.

    >>> [read_language(tag) for tag in ("AR", "ar-EG-u-nu-latn", "fr_FR.UTF-8", "de_DE@euro")]
    ['ar', 'ar', 'fr', 'de']

    The tag of any other language keeps its script, region and variants, which can matter to a translator, in the
    spelling of BCP 47: "pt_br" as "pt-BR", "zh-hant" as "zh-Hant". A text that is not a tag is returned unchanged.
    """
    tag = re.split("[.@]", clean(text))[0]
    if not _TAG.fullmatch(tag):
        return text
    primary, *rest = re.split("[-_]", _EXTENSIONS.sub("", tag).lower())
    return primary if primary in LANGUAGES else "-".join([primary, *map(_format_subtag, rest)])


def is_language_tag(text: str) -> bool:
    """Return whether the text has the form of a language tag."""
    return _TAG.fullmatch(text) is not None


def _format_subtag(part: str) -> str:
    """Write a script as "Hant", a region as "BR"."""
    return {2: part.upper(), 4: part.capitalize()}.get(len(part), part)
