"""Names of sports and gear in five languages, known and invented, from which synthetic products are made.

A T5 trained on the shop's 35 names alone would memorise them; with these it learns to read names. Some words for gear
and some sports are held out for validation and test.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from random import Random

from ..shop.catalog import Catalog
from ..shop.csv_file import read_rows
from ..shop.item import Item
from ..shop.language import LANGUAGES
from ..shop.text import normalise, slug

HERE = Path(__file__).resolve().parent
# The demo shop's sports, in the order in which a collector of one kind of gear buys it; other sports come after them.
DEMO_SPORTS = {
    "soccer": ("Soccer", "كرة القدم", "football", "fútbol", "Fußball"),
    "basketball": ("Basketball", "كرة السلة", "basket", "baloncesto", "Basketball"),
    "football": ("Football", "كرة القدم الأمريكية", "football américain", "fútbol americano", "American-Football"),
    "baseball": ("Baseball", "البيسبول", "baseball", "béisbol", "Baseball"),
    "tennis": ("Tennis", "التنس", "tennis", "tenis", "Tennis"),
    "hockey": ("Hockey", "الهوكي", "hockey", "hockey", "Eishockey"),
}
ORDERED_KINDS = 12  # the demo shop's kinds, which come first in kinds.csv
SPORT_RANKS = {sport: n for n, sport in enumerate(DEMO_SPORTS)}
LATIN = ("bcdfghjklmnprstvwxyz", "aeiou")  # consonants and vowels
ARABIC = ("بتثجحخدذرزسشصضطظعغفقكلمنه", "اوي")


@dataclass(frozen=True)
class Sport:
    """A sport's name in every language.

    :ivar names: in the order of :data:`LANGUAGES`; the German one is the first part of a compound ("Lauf").
    :ivar split: "train", "validation" or "test"; training uses only the first.
    """

    id: str
    names: tuple[str, ...]
    split: str = "train"

    def name(self, language: str) -> str:
        """Return the name in ``language``."""
        return self.names[LANGUAGES.index(language)]


@dataclass(frozen=True)
class Gear:
    """One word for a kind of gear ("Shoes" and "Skates" are both footwear), in every language; see :class:`Sport`."""

    kind: str
    names: tuple[str, ...]
    split: str = "train"

    def name(self, language: str) -> str:
        """Return the word in ``language``."""
        return self.names[LANGUAGES.index(language)]


@cache
def known_sports() -> tuple[Sport, ...]:
    """Return the known sports that the demo's shop does not sell."""
    return tuple(Sport(slug(cells["en"]), names, cells["split"]) for cells, names in named_rows("sports.csv"))


@lru_cache(8)  # visitors' shops come and go
def shop_sports(shop: Catalog) -> tuple[Sport, ...]:
    """Return those of the shop's sports whose names are known; training may use them all."""
    demo = (Sport(sport, names) for sport, names in DEMO_SPORTS.items())
    return tuple(Sport(sport.id, sport.names) for sport in (*demo, *known_sports()) if sport.id in shop.sports)


@lru_cache(8)
def new_sports(shop: Catalog, split: str) -> tuple[Sport, ...]:
    """Return the known sports of this split that the shop does not have."""
    return tuple(sport for sport in known_sports() if sport.split == split and sport.id not in shop.sports)


@cache
def gear(split: str = "train") -> tuple[Gear, ...]:
    """Return the known words for gear of this split, in the order of buying."""
    found = (Gear(cells["kind"], names, cells["split"]) for cells, names in named_rows("kinds.csv"))
    return tuple(word for word in found if word.split == split)


def named_rows(file: str) -> Iterator[tuple[Mapping[str, str], tuple[str, ...]]]:
    """Yield the cells of each row of a file in this folder, and the names in all languages."""
    for row in read_rows(HERE / file):
        yield row.cells, tuple(row.cells[language] for language in LANGUAGES)


@cache
def _kind_ranks() -> Mapping[str, int]:
    kinds = dict.fromkeys(cells["kind"] for cells, _ in named_rows("kinds.csv"))
    return {kind: n for n, kind in enumerate(kinds)}


def kind_order(kind: str) -> float:
    """Return a kind's place in the order in which a beginner buys a kit, ``kinds.csv``, from 0 to 1.

    It is 1 from the :data:`ORDERED_KINDS`-th kind on, and for a kind that is not in the file.
    """
    return min(_kind_ranks().get(kind, ORDERED_KINDS) / ORDERED_KINDS, 1.0)


def sport_order(sport: str) -> float:
    """Return the place of a sport in :data:`DEMO_SPORTS`, from 0 to 1; 1 for every other sport."""
    return SPORT_RANKS.get(sport, len(DEMO_SPORTS)) / len(DEMO_SPORTS)


def split_of(key: str) -> str:
    """Return the split of a key: "train", "validation" (an eighth of them) or "test" (a quarter)."""
    share = zlib.crc32(key.encode()) % 8
    return "test" if share < 2 else "validation" if share == 2 else "train"


def split_of_pair(sport: Sport, word: Gear) -> str:
    """Return the split of products of this sport and word; training has no held-out pair of its shop."""
    return split_of(f"{sport.id} {word.name('en')}") if word.split == "train" else word.split


@lru_cache(64)  # those of the shop and of the known sports; invented ones come and go
def gear_of(sport: Sport) -> tuple[Gear, ...]:
    """Return the words for gear that training combines with a sport."""
    return tuple(word for word in gear() if split_of_pair(sport, word) == "train")


def product_name(sport: Sport, word: Gear, language: str) -> str:
    """Return the tidy name of a product, made of sport and gear: "Soccer Ball", "ballon de football"."""
    thing, what = word.name(language), sport.name(language)
    if language == "en":
        return f"{what} {thing}"
    if language == "ar":
        return f"{thing} {what}"
    if language == "fr":
        elided = normalise(what)[0] in "aeiou" or what == "haltérophilie"  # of the sports in h, the one with a mute h
        return f"{thing} d’{what}" if elided else f"{thing} de {what}"
    if language == "es":
        return f"{thing} de {what}"
    return f"{what}-{thing}" if "-" in what or " " in what or " " in thing else f"{what}{thing.lower()}"


def product(sport: Sport, word: Gear) -> Item:
    """Return a product under its tidy name in every language."""
    names = {language: product_name(sport, word, language) for language in LANGUAGES}
    return Item(slug(names["en"]), sport.id, word.kind, "", names)


def invent_sport(rng: Random) -> Sport:
    """Invent a sport's name from random letters or from fragments of known names.

    Together, invented names contain every piece of the vocabulary, so that the T5 learns to copy any name.
    """
    names = _invent_names(rng, [sport.names for sport in known_sports() if sport.split == "train"])
    return Sport(slug(names[0]), names)


def invent_gear(rng: Random) -> Gear:
    """Invent a word for gear, which is a kind of its own."""
    names = _invent_names(rng, [word.names for word in gear()])
    return Gear(f"?{names[0]}", names)


def _invent_names(rng: Random, known: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """Invent one word per language: from random letters, the same in all Latin ones, or from fragments of names."""
    if rng.random() < 0.5:
        latin, arabic = invent_word(rng)
        names = [arabic if code == "ar" else latin for code in LANGUAGES]
    else:
        parts = rng.sample(known, rng.choice((2, 2, 3)))
        names = ["".join(_cut_fragment(rng, part[n]) for part in parts) for n in range(len(LANGUAGES))]
    return tuple(name if code == "ar" else name.capitalize() for code, name in zip(LANGUAGES, names, strict=True))


def invent_word(rng: Random) -> tuple[str, str]:
    """Invent a word in Latin and one in Arabic script: consonants, with a vowel after most of them."""
    words = []
    for (consonants, vowels), vowel_share in ((LATIN, 0.8), (ARABIC, 0.5)):
        word = ""
        for _ in range(rng.randint(2, 4)):
            word += rng.choice(consonants) + (rng.choice(vowels) if rng.random() < vowel_share else "")
        words.append(word)
    return words[0], ("ال" if rng.random() < 0.5 else "") + words[1]


def _cut_fragment(rng: Random, name: str) -> str:
    """Cut two to five consecutive letters out of a name."""
    word: str = rng.choice(re.findall(r"\w+", name)).lower()
    start = rng.randrange(max(1, len(word) - 1))
    return word[start : start + rng.randint(2, 5)]
