"""Find the items that a shopper's text means: by id, by name in any language, or by everyday words.

Every word of the shop's ``words.csv`` restricts the shelf to a sport, a kind, or some items: "soccer shoes" are the
items of soccer that are footwear. If one item is left, the text means it; if several are, it is ambiguous. Unknown
words are not guessed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, partial

from ..errors import CatalogError
from .catalog import Catalog
from .closest import list_closest, list_coded, list_containing, list_similar
from .everyday_words import Word, list_alone, read_meanings
from .item import Item
from .item_list import MAX_SENTENCE, ListSplitter
from .language import LANGUAGES
from .list_marks import strip_marks
from .text import DASHES, MAX_NAME_LENGTH, clean, fold, list_singular, normalise, shorten

AMBIGUITY_TEXTS = {
    "en": "“{text}” can mean several items. Which one: {options}?",
    "ar": "\u200f«{text}» قد تعني أكثر من منتج. أيّها تقصد: {options}؟",
    "fr": "«\u00a0{text}\u00a0» peut désigner plusieurs articles. Lequel\u00a0: {options}\u202f?",
    "es": "«{text}» puede referirse a varios productos. ¿A cuál te refieres: {options}?",
    "de": "„{text}“ kann mehrere Artikel bedeuten. Welchen: {options}?",
}
CONJUNCTIONS = {"ar": " أم ", "fr": " ou ", "es": " o ", "de": " oder ", "en": " or "}
MAX_LENGTH = 2 * MAX_NAME_LENGTH  # characters of a text that is split into words; a longer one names no item
# A sign between two words, which it separates, and a dash between them with a blank on one side
_LONE_SIGN = re.compile(rf"\w\S*\s+[^\w\s]+\s+\S*\w|\w[{DASHES}-]+\s+\w|\w\s+[{DASHES}-]+\w")
MAX_NAMED = 6  # options that a question lists


class UnknownItem(CatalogError):
    """A text that names no item.

    :ivar closest: names that look like it, best first, possibly none.
    """

    def __init__(self, text: str, closest: list[str], others: Sequence[str] = ()):
        """Name the text with its closest matches, and other unknown ones without them."""
        self.text = text
        self.closest = closest
        hint = f" Closest: {', '.join(closest)}." if closest else ""
        named = ", ".join(f'"{shorten(other)}"' for other in others[:MAX_NAMED])
        more = f" and {len(others) - MAX_NAMED} more" if len(others) > MAX_NAMED else ""
        rest = f" Unknown, too: {named}{more}." if others else ""
        super().__init__(f'Unknown item "{shorten(text)}".{hint}{rest}')


class AmbiguousItem(CatalogError):
    """A text that can mean several items; the message asks which, in the shopper's language.

    :ivar options: the items, the everyday meaning first.
    """

    def __init__(self, text: str, options: Sequence[Item], language: str):
        self.text, self.options = text, tuple(options)
        question = language if language in AMBIGUITY_TEXTS else "en"
        names = CONJUNCTIONS[question].join(_tell_apart(options[:MAX_NAMED], language))
        names += " …" if len(options) > MAX_NAMED else ""
        super().__init__(AMBIGUITY_TEXTS[question].format(text=shorten(text), options=names))


def _tell_apart(items: Sequence[Item], language: str) -> list[str]:
    """Return the items' names in ``language``, with the English one where a machine gave several items one name."""
    times = Counter(item.name(language) for item in items)
    return [name if times[name := item.name(language)] == 1 else f"{name} ({item.name('en')})" for item in items]


def find_item(text: str, catalog: Catalog, language: str = "en") -> Item:
    """Return the item that ``text`` means in ``language``; in English, a shelf name always means its item.

    :raises AmbiguousItem: if the text can mean several items.
    :raises UnknownItem: if it names none, with the closest names.
    """
    if found := _choose(text, list_readings(text, catalog, language), language):
        return found
    raise find_unknown([text], catalog, language)


def _choose(text: str, readings: Sequence[Item], language: str) -> Item | None:
    """Return the only reading of a text, or None if there is none.

    :raises AmbiguousItem: if there are several.
    """
    if len(readings) > 1:
        raise AmbiguousItem(text, readings, language)
    return readings[0] if readings else None


def list_readings(text: str, catalog: Catalog, language: str) -> list[Item]:
    """Return the items that :func:`list_meanings` returns; in English, a shelf name means its item alone."""
    for form in _list_forms(text, catalog):
        named = catalog.get_by_name(form, "en") if language == "en" else None
        if found := [named] if named else _list_whole(form, catalog, language):
            return found
    return _list_labelled(text, catalog, language)


def list_meanings(text: str, catalog: Catalog, language: str) -> list[Item]:
    """Return the items that ``text`` can mean in ``language``, the everyday meaning first.

    If it means none in this language, its meanings in all other languages are returned; if it means none in any, those
    of the text without its bullet, its number in a list and its quantity ("1. Tennis Balls", "2 Fußbälle").
    """
    found = filter(None, (_list_whole(form, catalog, language) for form in _list_forms(text, catalog)))
    return next(found, None) or _list_labelled(text, catalog, language)


def _list_forms(text: str, catalog: Catalog) -> Iterator[str]:
    yield text
    if len(text) <= MAX_SENTENCE:
        yield from strip_marks(text, catalog.emoji)


def _is_named(text: str, catalog: Catalog, language: str) -> bool:
    """Return whether ``text`` as a whole is a name or code, also with a mark, a quantity or the label of a hint."""
    if len(text) > MAX_SENTENCE:
        return catalog.get(text, language) is not None
    if any(catalog.get_by_name(form, language) or catalog.get_counted(form) for form in _list_forms(text, catalog)):
        return True
    name, label = _split_label(text)
    labelled = catalog.get(label) if label else None
    return labelled is not None and catalog.get(name, language) == labelled


def _list_labelled(text: str, catalog: Catalog, language: str) -> list[Item]:
    """Return the items that a hint or a question names, such as "White Paint (STR-001)"."""
    name, label = _split_label(text)
    labelled = _list_whole(label, catalog, language) if label else []
    return [item for item in _list_whole(name, catalog, language) if item in labelled] if labelled else []


def _split_label(text: str) -> tuple[str, str]:
    """Return a name and the label in brackets after it, which may be empty."""
    name, bracket, label = clean(text).rpartition("(")
    return (name, label[:-1]) if bracket and label.endswith(")") else (text, "")


def _list_whole(text: str, catalog: Catalog, language: str) -> list[Item]:
    """Return the items of :func:`list_meanings` for a text without a bullet, number or quantity."""
    if len(text) > MAX_SENTENCE:  # a product's title, if it is any
        titled = catalog.get(text, language)
        return [titled] if titled else []
    if found := _read_name(text, catalog, language):
        return found
    others = [tongue for tongue in LANGUAGES if tongue != language]
    found = [item for tongue in others for item in _read_name(text, catalog, tongue)]
    if not found and (by_id := catalog.get_counted(text)):
        return [by_id]
    words = _read_meanings(text, catalog, language)
    found = found or _narrow(words, catalog)
    if not found and words is None:  # "but" is an English word before it is a French goal
        found = [item for tongue in others for item in _narrow(_read_meanings(text, catalog, tongue), catalog)]
    return list(dict.fromkeys(found))


def find_by_id_or_name(text: str, catalog: Catalog, language: str) -> Item:
    """Return the item with this id or SKU, else what :func:`find_item` returns or raises."""
    return catalog.get_by_code(text) or find_item(text, catalog, language)


def find_basket(texts: Iterable[str], catalog: Catalog, language: str = "en") -> tuple[Item, ...]:
    """Return the items that the texts name by id or name, each once, in inventory order; ignore blank texts.

    :param texts: each an item, or a list of items as :class:`.ListSplitter` reads it.
    :raises AmbiguousItem: for the first text that can mean several items.
    :raises UnknownItem: for the first text that names none.
    """
    found = []
    for text, item in find_all(texts, catalog, language):
        if not item:
            raise find_unknown([text], catalog, language)
        found.append(item.id)
    return catalog.select(found)


def find_known(
    texts: Iterable[str], catalog: Catalog, language: str = "en"
) -> tuple[tuple[Item, ...], tuple[str, ...]]:
    """Return the items as :func:`find_basket` does, and the texts that name no item, instead of raising an error.

    :raises AmbiguousItem: for the first text that can mean several items.
    """
    found = dict(find_all(texts, catalog, language))
    known = catalog.select(item.id for item in found.values() if item)
    return known, tuple(text for text, item in found.items() if not item)


def find_all(texts: Iterable[str], catalog: Catalog, language: str = "en") -> Iterator[tuple[str, Item | None]]:
    """Yield the different texts of the items of several lists, each with its item, or None if it is unknown.

    :raises AmbiguousItem: for a text that can mean several items.
    """
    splitter = _make_splitter(catalog, language)
    for text in splitter.split_all(texts):
        yield text, catalog.get_by_code(text) or _choose(text, splitter.look_up(text), language)


def find_unknown(texts: Sequence[str], catalog: Catalog, language: str = "en") -> UnknownItem:
    """Return the error about texts that name no item: all named, the first with its closest names."""
    return UnknownItem(texts[0], list_closest(texts[0], catalog, language), texts[1:])


def split_items(text: str, catalog: Catalog, language: str = "en") -> list[str]:
    """Split a list into the texts of its items; see :class:`.ListSplitter`."""
    return _make_splitter(catalog, language).split(text)


def _make_splitter(catalog: Catalog, language: str) -> ListSplitter:
    look_up = cache(partial(list_readings, catalog=catalog, language=language))
    return ListSplitter(catalog, look_up, cache(partial(_is_named, catalog=catalog, language=language)))


def list_ambiguities(texts: Iterable[str], catalog: Catalog, language: str) -> list[AmbiguousItem]:
    """Return the ambiguities of texts that are ids, but can also mean other items in ``language`` ("football")."""
    if language == "en":
        return []
    ids = [item for item in _make_splitter(catalog, language).split_all(texts) if item in catalog]
    meanings = {text: list_meanings(text, catalog, language) for text in ids}
    return [AmbiguousItem(text, found, language) for text, found in meanings.items() if len(found) > 1]


def suggest_items(text: str, catalog: Catalog, language: str = "en") -> list[Item]:
    """Return the suggestions of a search box, best first: the meanings of ``text``, or items with a near id or SKU.

    If there are none, items whose names contain it are returned, or else items with similar names, ids or SKUs.
    """
    if not normalise(text):
        return []
    if found := list_meanings(text, catalog, language):
        return found
    tried = (list_some(text, catalog, language) for list_some in (list_coded, list_containing, list_similar))
    return list(next(filter(None, tried), ()))


def read_as(text: str, catalog: Catalog, language: str) -> Item | None:
    """Return the item that ``text`` means to a reader of ``language``, or None.

    Unlike :func:`find_item`, this does not consider other languages: "Football" means soccer to a French reader.
    """
    alone = _read_alone(text, catalog, language)
    if len(alone) > 1:
        return alone[0]
    named = catalog.get_by_name(text, language)
    if named or language == "en":
        return named
    found = _narrow(_read_meanings(text, catalog, language), catalog)
    return found[0] if len(found) == 1 else None


def find_sport(text: str, catalog: Catalog, language: str) -> str | None:
    """Return the first sport that ``text`` mentions to a reader of ``language``, or None; ignore unknown words."""
    if len(text) > MAX_LENGTH:
        return None
    words = read_meanings(text, catalog.words, language)
    sports = (m.removeprefix("sport:") for word in words if word for m in word.means if m.startswith("sport:"))
    return next(sports, None)


def _read_alone(text: str, catalog: Catalog, language: str) -> list[Item]:
    """Return the items that ``text`` can mean by itself according to the table of words, the everyday one first."""
    return [catalog[id_] for id_ in list_alone(text, catalog.words, language) if id_ in catalog]


def _read_name(text: str, catalog: Catalog, language: str) -> list[Item]:
    """Return the items of which ``text`` as a whole is a name in ``language``, or in English its plural."""
    singular = list_singular(text) if language == "en" else []
    found = (_read_alone(form, catalog, language) or catalog.list_named(form, language) for form in [text, *singular])
    return next(filter(None, found), [])


def _narrow(words: Sequence[Word] | None, catalog: Catalog) -> list[Item]:
    """Return the items that fit every word; none if there are no words, or one of them is unknown (None)."""
    if not words:
        return []
    if len(words) == 1 and words[0].alone:
        return [catalog[i] for i in words[0].alone if i in catalog]
    return catalog.list_fitting(word.means for word in words)


def _read_meanings(text: str, catalog: Catalog, language: str) -> list[Word] | None:
    """Return the words of ``text`` that have a meaning, or None if one is unknown or a sign separates them.

    The sign may be an empty box, too, which says that the item was not ticked.
    """
    if len(text) > MAX_LENGTH or _LONE_SIGN.search(text) or "☐" in fold(text):
        return None
    words = read_meanings(text, catalog.words, language)
    return None if None in words else [word for word in words if word and word.means]
