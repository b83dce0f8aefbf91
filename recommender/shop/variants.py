"""Find the product in stock of which a newcomer is a variant, by its name: "Tennis Balls (3-pack)", a tennis ball."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence, Set
from typing import TYPE_CHECKING

from .item import Item
from .language import LANGUAGES
from .text import fold, normalise

if TYPE_CHECKING:
    from .catalog import Catalog

# Endings of plurals in the page's languages, as :func:`.normalise` writes them, and those of the singular
PLURALS = (("s", ""), ("es", ""), ("x", ""), ("e", ""), ("en", ""), ("n", ""), ("er", ""), ("ات", "ه"))
MIN_STEM = 2  # letters: كرات is the plural of كرة
# Before a product's name in that of a newcomer, which is then another product: a bag for a ball is no ball
_FOR = frozenset(map(normalise, ("for", "with", "pour", "avec", "para", "con", "für", "mit", "zum", "zur")))
_OF = frozenset(("of", "de", "du", "des", "del", "von"))
PREPOSITIONS = _FOR | _OF
_BRACKETS = re.compile(r"[()\[\]]")


def find_original(item: Item, catalog: Catalog, new: Set[str]) -> Item | None:
    """Return the product in stock of which a newcomer is a variant: the one with the longest name; None if it is none.

    :param new: ids of the newcomers.
    """

    def find(name: str) -> Item | None:
        named = (catalog.names(language).get(name) for language in LANGUAGES)
        return next((other for other in named if other and other.id not in new and other.id != item.id), None)

    return find_named(item, find)


def find_named(item: Item, find: Callable[[str], Item | None]) -> Item | None:
    """Return what ``find`` returns for the longest part of an item's name that it knows, words left out at the ends."""
    for name in item.names.values():
        bare = _BRACKETS.sub(" ", name)
        words = normalise(bare).split()
        for size in range(len(words), 0, -1):
            for start in range(len(words) - size + 1):
                part = words[start : start + size]
                for form in _list_singulars(part):
                    found = find(form)
                    if found and not (start and _is_attribute(part, words[start - 1], form, found, bare)):
                        return found
    return None


def _is_attribute(part: Sequence[str], before: str, form: str, named: Item, name: str) -> bool:
    """Return whether a product's name, inside a newcomer's, says what the newcomer is for.

    So it is after "for", and one word after "of" is the sport and not its ball, as in "pompe de football". In Arabic,
    the sport has an article that the ball's name lacks: جوارب كرة القدم are socks, كرة قدم is a ball.

    :param part: the words of the product's name, as they stand in the newcomer's.
    :param before: the word before them.
    :param form: the product's name, which may be in the singular.
    """
    if before in _FOR or (before in _OF and len(part) == 1 and form == part[0]):
        return True
    return form == " ".join(part) and not any(f" {fold(own)} " in f" {fold(name)} " for own in named.names.values())


def _list_singulars(words: Sequence[str]) -> Iterator[str]:
    """Yield a name, then what it may be in the singular; its noun is the first word or the last, by the language."""
    yield " ".join(words)
    for place in {0, len(words) - 1}:
        for plural, singular in PLURALS:
            stem = words[place].removesuffix(plural)
            if len(stem) >= MIN_STEM and stem != words[place]:
                yield " ".join((*words[:place], stem + singular, *words[place + 1 :]))
