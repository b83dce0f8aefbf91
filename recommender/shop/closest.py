"""Find the items that an unknown text may mean: by near ids and SKUs, and by names that contain it or look like it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from string import ascii_lowercase, digits

from .catalog import Catalog
from .item import Item
from .language import LANGUAGES
from .text import MAX_NAME_LENGTH, fold, keep_alphanumerics, normalise

MAX_CLOSEST = 3  # names that an error lists
_MIN_CODE = 4  # letters and digits of a code that may be misspelled
_LONG_NUMBER = 5  # digits of a number that is an id rather than a measure
_MAX_WORDS = 6  # of an id or SKU in a longer text
_WORD = re.compile(r"[^\W_]+")


def list_closest(text: str, catalog: Catalog, language: str) -> list[str]:
    """Return up to three names of different items, each with its id or SKU if that is what is close to ``text``.

    Items with a near id or SKU come first, then those whose names contain ``text``, then those that look like it.
    """
    coded = list_coded(text, catalog, language)
    found = _join(coded, list_containing(text, catalog, language))
    if not coded and len(found) < MAX_CLOSEST:
        found = _join(found, list_similar(text, catalog, language))
    return list(islice(found.values(), MAX_CLOSEST))


def list_coded(text: str, catalog: Catalog, language: str) -> dict[Item, str]:
    """Return the items whose id or SKU differs from ``text`` in signs and zeros alone or stands in it, with labels."""
    whole = catalog.bare_codes.get(keep_alphanumerics(fold(text)), ())
    words = [keep_alphanumerics(word) for word in _WORD.findall(fold(text))]
    runs = ("".join(words[n : n + length]) for n in range(len(words)) for length in range(1, _MAX_WORDS + 1))
    parts = (pair for run in runs for pair in catalog.bare_codes.get(run, ()) if _is_distinct(pair[1]))
    return _label_all((*whole, *parts), language)


def list_containing(text: str, catalog: Catalog, language: str) -> dict[Item, str]:
    """Return the items of which a name contains all words of ``text``, each with this name.

    Names that have them as whole words come first, then beginnings of words, then the others ("Kabel" in "Ladekabel").
    """
    words = dict.fromkeys(normalise(text).split())
    if not words:
        return {}
    named = (pair for names in _name_tables(catalog, language) for pair in names.items())
    found = [(item, name) for name, item in named if all(word in name for word in words)]
    starts = [re.compile(rf"(?<!\w){re.escape(word)}(\w*)") for word in words] if found else []

    def measure(pair: tuple[Item, str]) -> int:
        return sum(min((bool(match[1]) for match in start.finditer(pair[1])), default=2) for start in starts)

    best: dict[Item, str] = {}
    for item, name in sorted(found, key=measure):
        best.setdefault(item, name)
    return {item: _spell(item, name) for item, name in best.items()}


def list_similar(text: str, catalog: Catalog, language: str) -> dict[Item, str]:
    """Return up to three items of which a name looks like ``text``, or the id or SKU but for one slip, with labels.

    Ids and SKUs come first if ``text`` has a digit.
    """
    key = normalise(text)[:MAX_NAME_LENGTH]
    named: dict[Item, str] = {}
    for names in _name_tables(catalog, language):
        for match in difflib.get_close_matches(key, names, n=MAX_CLOSEST):
            named.setdefault(names[match], _spell(names[match], match))
    bare = keep_alphanumerics(fold(text))
    slips = _list_slips(bare) if _MIN_CODE <= len(bare) <= MAX_NAME_LENGTH else ()
    coded = _label_all((pair for slip in slips for pair in catalog.bare_codes.get(slip, ())), language)
    found = _join(coded, named) if any(map(str.isdigit, key)) else _join(named, coded)
    return dict(islice(found.items(), MAX_CLOSEST))


def _join(labels: Mapping[Item, str], more: Mapping[Item, str]) -> dict[Item, str]:
    """Return items with their labels, then the others of ``more``."""
    return {**labels, **{item: label for item, label in more.items() if item not in labels}}


def _list_slips(bare: str) -> Iterator[str]:
    """Yield the codes that ``bare`` can stand for, which have one character more, less, replaced or swapped."""
    halves = [(bare[:n], bare[n:]) for n in range(len(bare) + 1)]
    characters = f"{ascii_lowercase}{digits}"
    yield from (before + after[1::-1] + after[2:] for before, after in halves)
    yield from (before + after[1:] for before, after in halves)
    yield from (before + c + rest for before, after in halves for c in characters for rest in (after, after[1:]))


def _name_tables(catalog: Catalog, language: str) -> list[Mapping[str, Item]]:
    """Return the items by name for each language, ``language`` first, without tables that are equal."""
    tables: list[Mapping[str, Item]] = []
    for names in map(catalog.names, (language, *LANGUAGES)):
        if names not in tables:
            tables.append(names)
    return tables


def _spell(item: Item, key: str) -> str:
    """Return the name of an item whose normalised form is ``key``."""
    return next(name for name in (*item.names.values(), *item.prompt_names.values()) if normalise(name) == key)


def _label_all(coded: Iterable[tuple[Item, str]], language: str) -> dict[Item, str]:
    """Return items that are near by an id or SKU, given with it, each with its name and this code.

    The name alone is returned if it says the same as the code.
    """
    labels: dict[Item, str] = {}
    for item, code in coded:
        name = item.name(language)
        labels.setdefault(
            item, name if keep_alphanumerics(fold(name)) == keep_alphanumerics(fold(code)) else f"{name} ({code})"
        )
    return labels


def _is_distinct(code: str) -> bool:
    """Return whether an id or SKU in a longer text is hardly a word or a measure."""
    return any(map(str.isdigit, code)) and (len(code) >= _LONG_NUMBER or not code.isdigit())
