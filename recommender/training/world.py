"""The synthetic world: far more sports and kinds of gear than the shop has.

A T5 that saw only the shop's 35 names would memorise them. Here it meets known and
invented sports, in shelves of any make-up, so that it learns to read names.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from random import Random

from ..shop.catalog import PROMPT_LANGUAGES, Catalog, Item
from ..shop.csv_file import read_rows
from ..shop.text import slug

HERE = Path(__file__).resolve().parent
# The Arabic names of the demo shop's own sports, as a second noun: "shirt of ..."
DEMO_SPORTS_AR = {
    "soccer": "كرة القدم",
    "basketball": "كرة السلة",
    "football": "كرة القدم الأمريكية",
    "baseball": "البيسبول",
    "tennis": "التنس",
    "hockey": "الهوكي",
}
LATIN = ("bcdfghjklmnprstvwxyz", "aeiou")  # consonants and vowels
ARABIC = ("بتثجحخدذرزسشصضطظعغفقكلمنه", "اوي")


@dataclass(frozen=True)
class Sport:
    """A sport's name in both prompt languages.

    :ivar split: "train", or if training must never name it, "validation" or "test".
    """

    id: str
    en: str
    ar: str
    split: str = "train"


@dataclass(frozen=True)
class Gear:
    """One word for a kind of gear ("Shoes", "Boots" and "Skates" are all footwear)."""

    kind: str
    en: str
    ar: str


@cache
def sports() -> tuple[Sport, ...]:
    """Return the known sports that the demo's shop does not sell."""
    return tuple(Sport(id=slug(row.cells["en"]), **row.cells) for row in read_rows(HERE / "sports.csv"))


@cache
def shop_sports(shop: Catalog) -> tuple[Sport, ...]:
    """Return those of the shop's sports that have a known name in both prompt languages; training may name them all."""
    demo = (Sport(sport, sport.capitalize(), ar) for sport, ar in DEMO_SPORTS_AR.items())
    return tuple(replace(sport, split="train") for sport in (*demo, *sports()) if sport.id in shop.sports)


@cache
def new_sports(shop: Catalog, part: str) -> tuple[Sport, ...]:
    """Return the known sports of this part of the split ("train", "validation" or "test") that are new to the shop."""
    return tuple(sport for sport in sports() if sport.split == part and sport.id not in shop.sports)


@cache
def gear() -> tuple[Gear, ...]:
    """Return every known word for gear."""
    return tuple(Gear(**row.cells) for row in read_rows(HERE / "kinds.csv"))


def kind_rank(item: Item) -> int:
    """Return the place of an item's kind in ``kinds.csv``: what a newcomer to a sport buys first."""
    return list(dict.fromkeys(word.kind for word in gear())).index(item.kind)


def pair_split(sport: Sport, word: Gear) -> str:
    """Return where products of this sport and gear belong: "train", "validation" (an eighth) or "test" (a quarter).

    Training never joins the two words of a pair that is held out, so that it can be tested on new products.
    """
    if sport.split != "train":
        return sport.split
    return part_of(f"{sport.en} {word.en}")


def part_of(key: str) -> str:
    """Return where something with this key always belongs: "train", "validation" (an eighth) or "test" (a quarter)."""
    share = zlib.crc32(key.encode()) % 8
    return "test" if share < 2 else "validation" if share == 2 else "train"


def product(sport: Sport, word: Gear, rng: Random) -> Item:
    """Return a product named after its sport and gear, in English and in Arabic (there, now and then with a "for")."""
    if rng.random() < 0.9:
        ar = f"{word.ar} {sport.ar}"
    elif sport.ar.startswith("ال"):
        ar = f"{word.ar} لل{sport.ar[2:]}"
    else:
        ar = f"{word.ar} ل{sport.ar}"
    en = f"{sport.en} {word.en}"
    return Item(slug(en), sport.id, word.kind, "", {"en": en, "ar": ar})


def invented_sport(rng: Random) -> Sport:
    """Return a sport nobody has heard of: of random letters, or of shreds of known names; now and then two words.

    Between them, these hold every piece of the vocabulary, so that the T5 learns to copy any name.
    """
    word = rng.choice((_invented_word, _spliced_word))
    en, ar = word(rng)
    if rng.random() < 0.3:
        en, ar = (f"{first} {second}" for first, second in zip((en, ar), word(rng), strict=True))
    en = en.capitalize()
    if any(en == known.en or ar == known.ar for known in sports()):
        return invented_sport(rng)
    return Sport(slug(en), en, ar)


def _invented_word(rng: Random) -> tuple[str, str]:
    """Return a word in either script: consonants, with a vowel after most of them."""
    words = []
    for (consonants, vowels), vowel_share in ((LATIN, 0.8), (ARABIC, 0.5)):
        word = ""
        for _ in range(rng.randint(2, 4)):
            word += rng.choice(consonants) + (rng.choice(vowels) if rng.random() < vowel_share else "")
        words.append(word)
    return words[0], ("ال" if rng.random() < 0.5 else "") + words[1]


def _spliced_word(rng: Random) -> tuple[str, str]:
    """Return a word in either script: two or three shreds of the names of sports and gear."""
    known: list[Sport | Gear] = [*(s for s in sports() if s.split == "train"), *gear()]

    def spliced(script: str) -> str:
        parts = rng.sample(known, rng.choice((2, 2, 3)))
        return "".join(_shred(rng, getattr(part, script)) for part in parts)

    return spliced("en"), spliced("ar")


def _shred(rng: Random, name: str) -> str:
    """Return one to five letters in a row."""
    word = rng.choice(name.split()).lower()
    start = rng.randrange(max(1, len(word) - 1))
    return word[start : start + rng.randint(1, 5)]


def random_shelf(rng: Random, size: int) -> list[Item]:
    """Return about ``size`` products of 2 to 7 sports that the shop does not sell, one of each kind per sport.

    Their order is that of ``kinds.csv``, so that "the earliest item of a sport" can be known from the names.
    """
    known = [s for s in sports() if s.split == "train"]
    chosen = [
        invented_sport(rng) if rng.random() < 0.25 else rng.choice(known)
        for _ in range(max(1, min(7, size // rng.randint(3, 6))))
    ]
    kinds = rng.sample(sorted({w.kind for w in gear()}), min(12, max(3, size // len(chosen) + rng.randint(1, 3))))
    common = {kind: rng.choice([w for w in gear() if w.kind == kind]) for kind in kinds}
    shelf = {}
    for sport in chosen:
        for kind in kinds:
            # mostly one word per kind, so that a kind can be seen; sometimes another, so that it must be known
            word = common[kind] if rng.random() < 0.7 else rng.choice([w for w in gear() if w.kind == kind])
            if pair_split(sport, word) == "train":
                item = product(sport, word, rng)
                shelf[item.id] = item
    items = unambiguous(shelf.values())
    keep = sorted(rng.sample(range(len(items)), min(size, len(items))), key=lambda i: kind_rank(items[i]))
    return [items[i] for i in keep]


def stocked_shop(rng: Random, shop: Catalog, size: int, added: int) -> list[Item]:
    """Return the shop's own shelf with something sold out, and ``added`` products that it never had, at its end."""
    keep = set(rng.sample(range(len(shop)), min(len(shop), size)))
    items = [item for position, item in enumerate(shop) if position in keep]
    own, known = shop_sports(shop), new_sports(shop, "train")
    while added > 0:
        if own and rng.random() < 0.65:  # one more product of a sport in the shop
            sport, count = rng.choice(own), 1
        else:  # a sport that is new to the shop
            sport, count = (invented_sport(rng) if rng.random() < 0.5 else rng.choice(known)), min(added, 4)
        words = [w for w in gear() if pair_split(sport, w) == "train"]
        kinds = [i.kind for i in items if i.sport == sport.id]
        for word in sorted(rng.sample(words, count), key=gear().index):
            if word.kind not in kinds:
                kinds.append(word.kind)
                items.append(product(sport, word, rng))
        added -= count
    return unambiguous(items)


def unambiguous(items: Iterable[Item]) -> list[Item]:
    """Return ``items`` without those whose name is on the shelf already: Racket and Bat are one word in Arabic."""
    seen: set[str] = set()
    kept = []
    for item in items:
        names = {item.names[language] for language in PROMPT_LANGUAGES}
        if not names & seen:
            seen |= names
            kept.append(item)
    return kept
