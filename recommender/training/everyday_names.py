"""Names as people write them: other words for a sport, brands, colours, sizes, "for", slips of the keyboard."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from random import Random

from ..shop.catalog import LANGUAGES
from .world import Gear, Sport, invented_word, named_rows, product_name

# Other names that people use for them. Training has the first in each language; the others are held out.
EVERYDAY_SPORTS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "soccer": {
        "en": ("Futbol", "Footie"),
        "ar": ("الكورة", "كرة قدم"),
        "fr": ("foot", "soccer"),
        "es": ("futbol", "soccer"),
        "de": ("Fussball", "Soccer"),
    },
    "basketball": {"en": ("Hoops",), "ar": ("السلة", "كرة سلة"), "fr": ("basket-ball",), "es": ("basket", "básquet")},
    "football": {
        "en": ("American Football", "NFL"),
        "ar": ("فوتبول أمريكي", "كرة قدم أمريكية"),
        "fr": ("foot américain", "football us"),
        "es": ("futbol americano",),
        "de": ("Football",),
    },
    "baseball": {"ar": ("بيسبول", "كرة القاعدة"), "fr": ("base-ball",), "es": ("beisbol",)},
    "tennis": {"ar": ("تنس", "التنس الأرضي"), "en": ("Lawn Tennis",)},
    "hockey": {
        "en": ("Ice Hockey",),
        "ar": ("هوكي", "هوكي الجليد"),
        "fr": ("hockey sur glace",),
        "es": ("hockey sobre hielo",),
        "de": ("Hockey",),
    },
}


@cache
def additions(sort: str, language: str, part: str) -> tuple[str, ...]:
    """Return what people add to a name: the words of one sort ("brand", "colour", "audience" or "size") and part."""
    return tuple(
        cells[language] for cells, _ in named_rows("additions.csv") if (cells["sort"], cells["split"]) == (sort, part)
    )


def everyday_name(sport: Sport, word: Gear, language: str, rng: Random, part: str = "train") -> str:
    """Return a name as people write it: another order, additions, another number or letter case, a slip.

    :param part: of the split from which the additions are drawn.
    """
    if rng.random() < 0.25:
        sport = _in_everyday_words(sport, language, rng, part)
    name = name_with_for(sport, word, language) if rng.random() < 0.25 else product_name(sport, word, language)
    if rng.random() < 0.15:
        name = _other_number(name, language)
    if rng.random() < 0.3:
        known = part != "train" or rng.random() < 0.5  # a brand may be any word
        brand = (
            rng.choice(additions("brand", language, part))
            if known
            else invented_word(rng)[language == "ar"].capitalize()
        )
        name = f"{brand} {name}"
    if rng.random() < 0.2:
        colour = rng.choice(additions("colour", language, part))
        name = f"{colour} {name}" if language == "en" else f"{name} {colour}"
    if rng.random() < 0.2:
        audience = rng.choice(additions("audience", language, part))
        name = f"{audience} {name}" if language == "en" else f"{name} {audience}"
    if rng.random() < 0.25:
        name = f"{name} {rng.choice(additions('size', language, part))}"
    if rng.random() < 0.15:
        name = misspell(name, rng)
    return rng.choice((name, name, name, name.lower(), name.upper())) if language != "ar" else name


def _in_everyday_words(sport: Sport, language: str, rng: Random, part: str) -> Sport:
    """Return the sport under another name; in Arabic that may be the same one without its articles."""
    known = EVERYDAY_SPORTS.get(sport.id, {}).get(language, ())
    others = [*(known[:1] if part == "train" else known[1:] or known)]
    if language == "ar":
        others.append(re.sub(r"\bال", "", sport.name("ar")))
    return Sport(sport.id, (rng.choice(others),) * len(LANGUAGES), sport.split) if others else sport


def _other_number(name: str, language: str) -> str:
    """Return the name with its last word in the singular or the plural, as far as a letter makes the difference."""
    if language not in ("en", "fr", "es"):
        return name
    return name[:-1] if name.endswith("s") else f"{name}s"


def misspell(name: str, rng: Random) -> str:
    """Return the name with one letter left out, doubled or swapped with the next, inside a word."""
    places = [m.start() + i for m in re.finditer(r"\w{4,}", name) for i in range(1, len(m.group()) - 2)]
    if not places:
        return name
    at, slip = rng.choice(places), rng.randrange(3)
    if slip == 0:
        return name[:at] + name[at + 1 :]
    if slip == 1:
        return name[: at + 1] + name[at:]
    return name[:at] + name[at + 1] + name[at] + name[at + 2 :]


def name_with_for(sport: Sport, word: Gear, language: str) -> str:
    """Return the name the other way round: "Socks for Rugby"."""
    thing, what = word.name(language), sport.name(language)
    if language == "ar":
        return f"{thing} لل{what[2:]}" if what.startswith("ال") else f"{thing} ل{what}"
    return f"{thing} {({'en': 'for', 'fr': 'pour', 'es': 'para', 'de': 'für'})[language]} {what}"
