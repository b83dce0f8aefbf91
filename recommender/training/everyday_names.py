"""Product names as people write them: other words for a sport, brands, colours, sizes, "for", typing errors."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from random import Random

from ..shop.language import LANGUAGES
from .world import Gear, Sport, invent_word, named_rows, product_name

# Everyday names of the demo's sports. In each language, training uses the first, and the others are held out for
# validation and test. Where there is only one, both use it; so it is with Arabic names without the article, unless they
# are listed as held out.
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

NUMBERS = ("1", "2", "4", "6", "8", "10", "12", "20", "24", "50")  # those of the held-out additions are not among them


@cache
def list_additions(sort: str, language: str, part: str) -> tuple[str, ...]:
    """Return the words of one sort that people add to a name, of one part of the split.

    :param sort: "brand", "colour", "audience" or "size".
    """
    return tuple(
        cells[language] for cells, _ in named_rows("additions.csv") if (cells["sort"], cells["split"]) == (sort, part)
    )


def draw_everyday_name(sport: Sport, word: Gear, language: str, rng: Random, part: str = "train") -> str:
    """Draw a name as people write it: another order, additions, another number or letter case, a typing error.

    :param part: the part of the split from which the additions are drawn.
    """
    if rng.random() < 0.25:
        sport = _in_everyday_words(sport, language, rng, part)
    name = name_with_for(sport, word, language) if rng.random() < 0.25 else product_name(sport, word, language)
    if rng.random() < 0.15:
        name = _other_number(name, language)
    if rng.random() < 0.3:
        name = f"{_draw_addition('brand', language, rng, part)} {name}"
    for sort in ("colour", "audience"):
        if rng.random() < 0.2:
            addition = _draw_addition(sort, language, rng, part)
            name = f"{addition} {name}" if language == "en" else f"{name} {addition}"
    if rng.random() < 0.25:
        name = f"{name} {_draw_addition('size', language, rng, part)}"
    if rng.random() < 0.15:
        name = misspell(name, rng)
    return rng.choice((name, name, name, name.lower(), name.upper())) if language != "ar" else name


def draw_variant_name(name: str, language: str, rng: Random, part: str = "train") -> str:
    """Add one to three words to the name of a product, as shops do: "Tennis Ball 2024", "Botas de fútbol Nike rojo".

    :param part: the part of the split from which the additions are drawn.
    """
    for sort in rng.sample(("brand", "colour", "audience", "size"), rng.choice((1, 1, 2, 3))):
        addition = _draw_addition(sort, language, rng, part)
        before = rng.random() < 0.5 if sort == "brand" else language == "en" and sort != "size" and rng.random() < 0.5
        name = f"{addition} {name}" if before else f"{name} {addition}"
    return name


def _draw_addition(sort: str, language: str, rng: Random, part: str) -> str:
    """Draw what people add to a name; in training, half of it is invented, so that the T5 learns to copy any words.

    A brand is one word, anything else is one to three words or numbers ("pack of 3" is as strange as "mip zolu 4").
    """
    if part != "train" or rng.random() < 0.5:
        return rng.choice(list_additions(sort, language, part))
    word = invent_word(rng)[language == "ar"]
    if sort == "brand":
        return word.capitalize()
    words = [word, *(invent_word(rng)[language == "ar"] for _ in range(rng.choice((0, 0, 0, 1, 2))))]
    return " ".join(rng.choice(NUMBERS) if rng.random() < 0.3 else each for each in words)


def _in_everyday_words(sport: Sport, language: str, rng: Random, part: str) -> Sport:
    """Return the sport under another name; in Arabic it may be its usual name without the articles."""
    known = EVERYDAY_SPORTS.get(sport.id, {}).get(language, ())
    held_out = known[1:]
    others = [*(known[:1] if part == "train" else held_out or known)]
    if language == "ar":
        bare = re.sub(r"\bال", "", sport.name("ar"))
        if part != "train" or bare not in held_out:
            others.append(bare)
    return Sport(sport.id, (rng.choice(others),) * len(LANGUAGES), sport.split) if others else sport


def _other_number(name: str, language: str) -> str:
    """Add the final s of a plural, or remove it, in languages where it makes the difference."""
    if language not in ("en", "fr", "es"):
        return name
    return name[:-1] if name.endswith("s") else f"{name}s"


def misspell(name: str, rng: Random) -> str:
    """Leave out one letter inside a word, double it, or swap it with the next."""
    places = [m.start() + i for m in re.finditer(r"\w{4,}", name) for i in range(1, len(m.group()) - 2)]
    if not places:
        return name
    at, error = rng.choice(places), rng.randrange(3)
    if error == 0:
        return name[:at] + name[at + 1 :]
    if error == 1:
        return name[: at + 1] + name[at:]
    return name[:at] + name[at + 1] + name[at] + name[at + 2 :]


def name_with_for(sport: Sport, word: Gear, language: str) -> str:
    """Return the name the other way round: "Socks for Rugby"."""
    thing, what = word.name(language), sport.name(language)
    if language == "ar":
        return f"{thing} لل{what[2:]}" if what.startswith("ال") else f"{thing} ل{what}"
    return f"{thing} {({'en': 'for', 'fr': 'pour', 'es': 'para', 'de': 'für'})[language]} {what}"
