"""What a shopper means who types freely: the item, or the question to ask.

Every word of ``data/words.csv`` narrows the shelf down: to a sport, a kind, or some items.
"Soccer shoes" is what is both soccer's and footwear. Where one item is left, it is meant;
where several are, the shopper is asked; a word that is in no table is never guessed at.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache
from typing import NamedTuple

from ..errors import CatalogError
from .catalog import DATA, Catalog, Item, UnknownItem
from .text import MAX_NAME_LENGTH, normalise, shorten

WORDS = DATA / "words.csv"
QUESTIONS = {
    "en": "“{text}” can mean several items. Which one: {options}?",
    "ar": "«{text}» قد تعني أكثر من منتج. أيّها تقصد: {options}؟",
    "fr": "« {text} » peut désigner plusieurs articles. Lequel : {options} ?",
    "es": "«{text}» puede ser varios artículos. ¿Cuál: {options}?",
    "de": "„{text}“ kann mehrere Artikel bedeuten. Welchen: {options}?",
}
SEPARATORS = {"ar": " أم ", "fr": " ou ", "es": " o ", "de": " oder ", "en": " or "}
MAX_LENGTH = 2 * MAX_NAME_LENGTH  # characters; a compound takes apart in ever more ways the longer it is
MAX_NAMED = 6  # options that a question names


class AmbiguousItem(CatalogError):
    """A text that can mean several items; the message is the question, in the shopper's language.

    :ivar options: the items, the everyday reading first.
    """

    def __init__(self, text: str, options: Sequence[Item], language: str):
        self.text, self.options = text, tuple(options)
        tongue = language if language in QUESTIONS else "en"
        names = SEPARATORS[tongue].join(item.name(language) for item in options[:MAX_NAMED])
        names += " …" if len(options) > MAX_NAMED else ""
        super().__init__(QUESTIONS[tongue].format(text=shorten(text), options=names))


class _Word(NamedTuple):
    """A row: what the word narrows the shelf to, and the items that it can name by itself."""

    means: tuple[str, ...]
    alone: tuple[str, ...]


def find(text: str, catalog: Catalog, language: str = "en") -> Item:
    """The item that a speaker of ``language`` means by ``text``.

    A shelf name is itself, unless the language has another thing in mind by it ("football" in French).

    :raises AmbiguousItem: where the word can mean several.
    :raises UnknownItem: where it names none, with the closest names.
    """
    if language != "en":
        _ask_if_ambiguous(text, catalog, language)
    try:
        return catalog.find(text, language)
    except UnknownItem as unknown:
        for tongue in dict.fromkeys((language, "en")):  # no further: "but" is English before it is a French goal
            found = _narrowed(text, catalog, tongue)
            if len(found) == 1:
                return found[0]
            if found:
                raise AmbiguousItem(text, found, language) from unknown
        raise


def basket(texts: Iterable[str], catalog: Catalog, language: str = "en") -> tuple[Item, ...]:
    """The items named, each once, in inventory order; an id is always that item.

    :raises AmbiguousItem: for the first text that can mean several.
    :raises UnknownItem: for the first text that names none.
    """
    texts = [text.strip() for text in texts if text.strip()]
    owned = {text if text in catalog else find(text, catalog, language).id for text in texts}
    return tuple(item for item in catalog if item.id in owned)


def doubts(texts: Iterable[str], catalog: Catalog, language: str) -> list[AmbiguousItem]:
    """The questions that :func:`basket` would have asked, had the texts not been ids ("football" in French)."""
    found = []
    for text in texts:
        try:
            if text.strip() in catalog and language != "en":
                _ask_if_ambiguous(text, catalog, language)
        except AmbiguousItem as question:
            found.append(question)
    return found


def suggest(text: str, catalog: Catalog, language: str = "en") -> list[Item]:
    """What a search box offers for ``text``, best first: the item, all that it can mean, or names that contain it."""
    if not text.strip():
        return []
    try:
        _ask_if_ambiguous(text, catalog, language)
        return [find(text, catalog, language)]
    except AmbiguousItem as question:
        return list(question.options)
    except UnknownItem as unknown:
        key = normalise(text)
        containing = [item for item in catalog if key in normalise(item.name(language))]
        return containing or [catalog.find(name, language) for name in unknown.closest]


def reading(text: str, catalog: Catalog, language: str) -> Item | None:
    """The item that a reader of ``language`` takes ``text`` for at first sight, if any.

    Unlike :func:`find` it looks at no other language's shelf: a French reader's "Football" is soccer.
    """
    try:
        _ask_if_ambiguous(text, catalog, language)
    except AmbiguousItem as question:
        return question.options[0]
    shelf = next((item for item in catalog if normalise(item.name(language)) == normalise(text)), None)
    if shelf or language == "en":
        return shelf
    found = _narrowed(text, catalog, language)
    return found[0] if len(found) == 1 else None


def _ask_if_ambiguous(text: str, catalog: Catalog, language: str) -> None:
    options = [catalog[i] for i in _lone(language).get(_surface(text), ()) if i in catalog]
    if len(options) > 1:
        raise AmbiguousItem(text, options, language)


def _narrowed(text: str, catalog: Catalog, language: str) -> list[Item]:
    """What is left on the shelf after every word of ``text``; nothing if one of them is unknown."""
    words = _words(text, language)
    if not words:
        return []
    if len(words) == 1 and words[0].alone:
        return [catalog[i] for i in words[0].alone if i in catalog]
    return [item for item in catalog if all(any(_is(item, m) for m in word.means) for word in words)]


def _is(item: Item, meaning: str) -> bool:
    facet, _, value = meaning.partition(":")
    if not value:
        return item.id == meaning
    return value == (item.sport if facet == "sport" else item.kind)


def _words(text: str, language: str) -> list[_Word] | None:
    """The words of ``text``, the longest known phrase first; none where something is unknown."""
    if len(text) > MAX_LENGTH:
        return None
    table = _table(language)
    tokens = [_fold(token, language) for token in normalise(text).split()]
    longest = max((len(phrase.split()) for phrase in table), default=0)
    found: list[_Word] = []
    at = 0
    while at < len(tokens):
        for end in range(min(len(tokens), at + longest), at, -1):
            phrase = " ".join(tokens[at:end])
            # Arabic writes the preposition ل ("for") onto its noun
            forms = (phrase, phrase.removeprefix("لل"), phrase.removeprefix("ل")) if language == "ar" else (phrase,)
            known = next((table[form] for form in forms if form in table), None)
            if known:
                found.append(known)
                at = end
                break
        else:
            parts = _compound(tokens[at], table) if language == "de" else None
            if not parts:
                return None
            found += parts
            at += 1
    return [word for word in found if word.means]


def _compound(token: str, table: dict[str, _Word]) -> list[_Word] | None:
    """A German compound's parts, the longest known first part first; none if a part is unknown."""
    if not token:
        return []
    for end in range(len(token), 2, -1):
        if token[:end] in table:
            rest = _compound(token[end:], table)
            if rest is not None:
                return [table[token[:end]], *rest]
    return None


def _fold(token: str, language: str) -> str:
    """Singular and plural alike, by their last letter; in Arabic and German the table lists both."""
    return token.rstrip("sx") if language in ("en", "fr", "es") and len(token) > 3 else token


def _surface(text: str) -> str:
    """Letter case and diacritics off, but not the Arabic article: كرة قدم is the ball, كرة القدم the sport."""
    text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return re.sub(r"^(le|el|the) ", "", " ".join(text.replace("ـ", "").casefold().split()))


@cache
def _rows() -> tuple[dict[str, str], ...]:
    with WORDS.open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


@cache
def _table(language: str) -> dict[str, _Word]:
    table = {}
    for row in _rows():
        if row["language"] == language:
            phrase = " ".join(_fold(token, language) for token in normalise(row["word"]).split())
            table[phrase] = _Word(_meanings(row["means"]), tuple(row["alone"].split()))
    return table


@cache
def _lone(language: str) -> dict[str, tuple[str, ...]]:
    return {_surface(r["word"]): tuple(r["alone"].split()) for r in _rows() if r["language"] == language}


def _meanings(cell: str) -> tuple[str, ...]:
    """``sport:soccer kind:shorts some-id``, apart."""
    return tuple(cell.split())


def sport(text: str, language: str) -> str | None:
    """The sport that ``text`` speaks of to a reader of ``language``, the everyday one first; none if it names none."""
    meanings = (m for word in _words(text, language) or () for m in word.means if m.startswith("sport:"))
    return next((m.removeprefix("sport:") for m in meanings), None)
