"""Product names as people write them: other words for a sport, brands, colours, sizes, "for", typing errors."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from random import Random

from ..shop.language import LANGUAGES
from .world import DEMO_SPORTS, Gear, Sport, gear, invent_word, known_sports, named_rows, product_name

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

# The other number of the commonest words for gear, in languages in which no final letters tell it
OTHER_NUMBERS: Mapping[str, Mapping[str, str]] = {
    "ar": {
        "كرة": "كرات",
        "قميص": "قمصان",
        "مضرب": "مضارب",
        "عصا": "عصي",
        "حذاء": "أحذية",
        "خوذة": "خوذات",
        "قبعة": "قبعات",
        "جوارب": "جورب",
        "سروال": "سراويل",
        "سترة": "سترات",
        "حقيبة": "حقائب",
        "شبكة": "شباك",
        "قارورة": "قوارير",
        "صافرة": "صافرات",
        "حلقة": "حلقات",
    },
    "de": {
        "Ball": "Bälle",
        "Trikot": "Trikots",
        "Shirt": "Shirts",
        "Schuhe": "Schuh",
        "Helm": "Helme",
        "Kappe": "Kappen",
        "Tor": "Tore",
        "Korb": "Körbe",
        "Socken": "Socke",
        "Hose": "Hosen",
        "Jacke": "Jacken",
        "Tasche": "Taschen",
        "Stirnband": "Stirnbänder",
        "Brille": "Brillen",
        "Netz": "Netze",
        "Trinkflasche": "Trinkflaschen",
        "Pfeife": "Pfeifen",
    },
}
NUMBERS = ("1", "2", "4", "6", "8", "10", "12", "20", "24", "50")  # those of the held-out additions are not among them


@cache
def list_additions(sort: str, language: str, split: str) -> tuple[str, ...]:
    """Return the words of one sort that people add to a name, of one split.

    :param sort: "brand", "colour", "audience" or "size".
    """
    return tuple(
        cells[language] for cells, _ in named_rows("additions.csv") if (cells["sort"], cells["split"]) == (sort, split)
    )


def draw_everyday_name(sport: Sport, word: Gear, language: str, rng: Random, split: str = "train") -> str:
    """Draw a name as people write it: another order, additions, another number or letter case, a typing error.

    :param split: the split from which the additions are drawn.
    """
    if rng.random() < 0.25:
        sport = _in_everyday_words(sport, language, rng, split)
    name = name_with_for(sport, word, language) if rng.random() < 0.25 else product_name(sport, word, language)
    if rng.random() < 0.15:
        name = _other_number(name, word, language)
    if rng.random() < 0.3:
        name = f"{_draw_addition('brand', language, rng, split)} {name}"
    for sort in ("colour", "audience"):
        if rng.random() < 0.2:
            addition = _draw_addition(sort, language, rng, split)
            name = f"{addition} {name}" if language == "en" else f"{name} {addition}"
    if rng.random() < 0.25:
        name = f"{name} {_draw_addition('size', language, rng, split)}"
    if rng.random() < 0.15:
        name = misspell(name, rng)
    return rng.choice((name, name, name, name.lower(), name.upper())) if language != "ar" else name


def draw_variant_name(name: str, language: str, rng: Random, split: str = "train") -> str:
    """Add one to three words to the name of a product, as shops do: "Tennis Ball 2024", "Botas de fútbol Nike rojo".

    :param split: the split from which the additions are drawn.
    """
    for sort in rng.sample(("brand", "colour", "audience", "size"), rng.choice((1, 1, 2, 3))):
        addition = _draw_addition(sort, language, rng, split)
        before = rng.random() < 0.5 if sort == "brand" else language == "en" and sort != "size" and rng.random() < 0.5
        name = f"{addition} {name}" if before else f"{name} {addition}"
    return name


def _draw_addition(sort: str, language: str, rng: Random, split: str) -> str:
    """Draw what people add to a name; in training, half of it is invented, so that the T5 learns to copy any words.

    A brand is one word, anything else is one to three words or numbers ("pack of 3" is as strange as "mip zolu 4").
    """
    if split != "train" or rng.random() < 0.5:
        return rng.choice(list_additions(sort, language, split))
    word = _invent_like_a_sport(language, rng) if rng.random() < 0.25 else invent_word(rng)[language == "ar"]
    if sort == "brand":
        return word.capitalize()
    words = [word, *(invent_word(rng)[language == "ar"] for _ in range(rng.choice((0, 0, 0, 1, 2))))]
    return " ".join(rng.choice(NUMBERS) if rng.random() < 0.3 else each for each in words)


def _invent_like_a_sport(language: str, rng: Random) -> str:
    """Invent a word that begins like a word of a sport's name: not each "am…" after "fútbol" is "americano"."""
    known = [sport.names for sport in known_sports() if sport.split == "train"]
    names = rng.choice((*DEMO_SPORTS.values(),) if rng.random() < 0.5 else known)
    word = rng.choice(names[LANGUAGES.index(language)].split())
    return word[: rng.randint(2, 4)].lower() + invent_word(rng)[language == "ar"]


def _in_everyday_words(sport: Sport, language: str, rng: Random, split: str) -> Sport:
    """Return the sport under another name; in Arabic it may be its usual name without the articles."""
    known = EVERYDAY_SPORTS.get(sport.id, {}).get(language, ())
    held_out = known[1:]
    others = [*(known[:1] if split == "train" else held_out or known)]
    if language == "ar":
        bare = re.sub(r"\bال", "", sport.name("ar"))
        if split != "train" or bare not in held_out:
            others.append(bare)
    return Sport(sport.id, (rng.choice(others),) * len(LANGUAGES), sport.split) if others else sport


def _other_number(name: str, word: Gear, language: str) -> str:
    """Put the word for gear in a product's name into the other number, where that is known and means nothing else.

    "Gloves" stays, since "Glove" is other gear, and so does "Baskets", since "basket" is a sport.
    """
    one = word.name(language)
    if language in OTHER_NUMBERS:
        other = OTHER_NUMBERS[language].get(one, one)
    else:
        first, space, rest = one.partition(" ")
        if language == "en":  # the last word changes: "Shin Guard"; in the other languages the first: "Sacs à dos"
            other = _with_or_without_s(one)
        elif language == "fr":
            other = _with_or_without_s(first) + space + rest
        else:
            other = _spanish_other_number(first) + space + rest if rest[:3] in ("", "de ", "sin") else one
    if other.casefold() in _other_meanings(word.kind, language):
        return name
    before, found, after = name.rpartition(one)
    if found:
        return before + other + after
    before, found, after = name.rpartition(one.lower())  # in a German compound: "Fußballtor"
    return before + other.lower() + after if found else name


@cache
def _other_meanings(kind: str, language: str) -> frozenset[str]:
    """Return the sports' names, and the words for gear of another kind than this."""
    sports = [*(names[LANGUAGES.index(language)] for names in DEMO_SPORTS.values())]
    sports += [sport.name(language) for sport in known_sports()]
    others = [word.name(language) for word in gear() if word.kind != kind]
    return frozenset(name.casefold() for name in (*sports, *others))


def _with_or_without_s(word: str) -> str:
    """Add a final s, or take it away; leave "Dress", "Sunglasses", "Bench", "Wax", "Tapis", "Cadenas" and "Drapeau"."""
    if re.search("(ss|sses|ch|x|as|is|eau)$", word):
        return word
    return word[:-1] if word.endswith("s") else f"{word}s"


def _spanish_other_number(word: str) -> str:
    """Return "Balones" for "Balón", and "Calcetin" for "Calcetines", without the accent, as many people type it."""
    if re.search("[nr]es$", word):
        return word[:-2]
    if word.endswith("is"):  # "Tenis" is both
        return word
    if word.endswith("s") or word[-1] in "aeiou":
        return word[:-1] if word.endswith("s") else f"{word}s"
    return word[:-2] + word[-2:].translate(str.maketrans("áéíóú", "aeiou")) + "es"


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
