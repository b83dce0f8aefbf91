"""The synthetic world: far more sports and kinds of gear than the shop has.

A T5 that saw only the shop's 35 names would memorise them. Here it meets known and
invented sports, in shelves of any make-up, so that it learns to read names.
"""

from __future__ import annotations

import csv
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random

from ..catalog import Catalog, Item, slug

HERE = Path(__file__).resolve().parent
PROMPT_LANGUAGES = ("en", "ar")
# The Arabic names of the shop's own sports, as a second noun: "shirt of ..."
SHOP_SPORTS_AR = {
    "soccer": "كرة القدم",
    "basketball": "كرة السلة",
    "football": "كرة القدم الأمريكية",
    "baseball": "البيسبول",
    "tennis": "التنس",
    "hockey": "الهوكي",
}
# Syllables of invented sports, spelled alike in both scripts.
SYLLABLES = {
    "bo": "بو", "da": "دا", "fi": "في", "ga": "غا", "ji": "جي", "ka": "كا", "lo": "لو", "mi": "مي", "nu": "نو",
    "ra": "را", "so": "سو", "ta": "تا", "vu": "فو", "wa": "وا", "yo": "يو", "zi": "زي", "ru": "رو", "ne": "ني",
    "ban": "بان", "dor": "دور", "kel": "كيل", "mar": "مار", "pon": "بون", "sal": "سال", "tur": "تور", "zen": "زين",
}  # fmt: skip


@dataclass(frozen=True)
class Sport:
    """A sport's name in both prompt languages; ``held_out`` ones never occur in training."""

    id: str
    en: str
    ar: str
    held_out: bool = False


@dataclass(frozen=True)
class Gear:
    """One word for a kind of gear ("Shoes", "Boots" and "Skates" are all footwear)."""

    kind: str
    en: str
    ar: str


def _rows(name: str) -> Iterable[dict[str, str]]:
    with open(HERE / name, encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


@cache
def sports() -> tuple[Sport, ...]:
    """The known sports that the shop does not sell."""
    return tuple(Sport(slug(r["en"]), r["en"], r["ar"], bool(r["held_out"])) for r in _rows("sports.csv"))


@cache
def shop_sports() -> tuple[Sport, ...]:
    """The six sports of the shop."""
    return tuple(Sport(sport, sport.capitalize(), ar) for sport, ar in SHOP_SPORTS_AR.items())


@cache
def gear() -> tuple[Gear, ...]:
    """Every known word for gear."""
    return tuple(Gear(**row) for row in _rows("kinds.csv"))


def kind_rank(item: Item) -> int:
    """The place of an item's kind in ``kinds.csv``: what a newcomer to a sport buys first."""
    return list(dict.fromkeys(word.kind for word in gear())).index(item.kind)


def held_out_pair(sport: Sport, word: Gear) -> bool:
    """Whether training must never join this sport and this word: a quarter of all pairs, for cold-start tests."""
    return sport.held_out or zlib.crc32(f"{sport.en} {word.en}".encode()) % 4 == 0


def product(sport: Sport, word: Gear, rng: Random) -> Item:
    """A product named after its sport and gear, in English and in Arabic (there, now and then with a "for")."""
    if rng.random() < 0.9:
        ar = f"{word.ar} {sport.ar}"
    elif sport.ar.startswith("ال"):
        ar = f"{word.ar} لل{sport.ar[2:]}"
    else:
        ar = f"{word.ar} ل{sport.ar}"
    en = f"{sport.en} {word.en}"
    return Item(slug(en), sport.id, word.kind, "", {"en": en, "ar": ar})


def invented_sport(rng: Random) -> Sport:
    """A sport nobody has heard of."""
    parts = rng.sample(sorted(SYLLABLES), rng.randint(2, 3))
    en = "".join(parts).capitalize()
    return Sport(slug(en), en, "".join(SYLLABLES[p] for p in parts))


def random_shelf(rng: Random, size: int) -> list[Item]:
    """About ``size`` products of 2 to 7 sports that the shop does not sell, one of each kind per sport.

    Their order is that of ``kinds.csv``, so that "the earliest item of a sport" can be known from the names.
    """
    known = [s for s in sports() if not s.held_out]
    chosen = [
        invented_sport(rng) if rng.random() < 0.15 else rng.choice(known)
        for _ in range(max(1, min(7, size // rng.randint(3, 6))))
    ]
    kinds = rng.sample(sorted({w.kind for w in gear()}), min(12, max(3, size // len(chosen) + rng.randint(1, 3))))
    common = {kind: rng.choice([w for w in gear() if w.kind == kind]) for kind in kinds}
    shelf = {}
    for sport in chosen:
        for kind in kinds:
            # mostly one word per kind, so that a kind can be seen; sometimes another, so that it must be known
            word = common[kind] if rng.random() < 0.7 else rng.choice([w for w in gear() if w.kind == kind])
            if not held_out_pair(sport, word):
                item = product(sport, word, rng)
                shelf[item.id] = item
    items = unambiguous(shelf.values())
    keep = sorted(rng.sample(range(len(items)), min(size, len(items))), key=lambda i: kind_rank(items[i]))
    return [items[i] for i in keep]


def stocked_shop(rng: Random, shop: Catalog, size: int, added: int) -> list[Item]:
    """The shop's own shelf with something sold out, and ``added`` products that it never had, at its end."""
    keep = set(rng.sample(range(len(shop)), min(len(shop), size)))
    items = [item for position, item in enumerate(shop) if position in keep]
    known = [s for s in sports() if not s.held_out]
    while added > 0:
        if rng.random() < 0.65:  # one more product of a sport in the shop
            sport, count = rng.choice(shop_sports()), 1
        else:  # a sport that is new to the shop
            sport, count = (invented_sport(rng) if rng.random() < 0.5 else rng.choice(known)), min(added, 4)
        words = [w for w in gear() if not held_out_pair(sport, w)]
        kinds = [i.kind for i in items if i.sport == sport.id]
        for word in sorted(rng.sample(words, count), key=gear().index):
            if word.kind not in kinds:
                kinds.append(word.kind)
                items.append(product(sport, word, rng))
        added -= count
    return unambiguous(items)


def unambiguous(items: Iterable[Item]) -> list[Item]:
    """``items`` without those whose name is on the shelf already: Racket and Bat are one word in Arabic."""
    seen: set[str] = set()
    kept = []
    for item in items:
        names = {item.names[language] for language in PROMPT_LANGUAGES}
        if not names & seen:
            seen |= names
            kept.append(item)
    return kept
