"""The four routes from a basket to the T5 and back, each with its trace.

=========  ==============================================================================
direct     English prompt: the names by which the T5 knows the shop
native     prompt in the shopper's language, if the T5 reads it
translate  machine translation of the purchases, English T5, machine translation back
glossary   purchases mapped by item id to their English names; nothing is translated
=========  ==============================================================================
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from string import capwords

from .errors import RecommenderError
from .shop import lookup as words
from .shop.catalog import LANGUAGES, Catalog, Item
from .shop.text import DELIMITERS, MAX_NAME_LENGTH, normalise, shorten
from .t5 import prompt
from .t5.prompt import Dialect
from .translation import Translator

ROUTES = ("direct", "native", "translate", "glossary")
KEPT, CHANGED, OUTSIDE = "kept", "changed", "outside"


class RouteError(RecommenderError):
    """A route that cannot be taken in this language; the message says which can."""


def default_route(language: str, readable: Collection[str] = tuple(prompt.TEMPLATES)) -> str:
    """The route that needs no explanation: the prompt in the shopper's language, or the nearest thing to it.

    :param readable: the languages whose prompts the T5 reads.
    """
    if language == "en":
        return "direct"
    return "native" if language in readable else "glossary"


@dataclass(frozen=True)
class Passage:
    """One name on one hop.

    :ivar item: id of the item that went in.
    :ivar means: id of the item that the outgoing text names, if it names one.
    """

    item: str
    text_in: str
    text_out: str
    means: str | None

    @property
    def verdict(self) -> str:
        """Whether the item is still itself: "kept", "changed" into another, or "outside" the inventory."""
        if self.means is None:
            return OUTSIDE
        return KEPT if self.means == self.item else CHANGED

    def as_dict(self) -> dict[str, str | None]:
        """For JSON, the verdict included."""
        return {
            "item": self.item,
            "text_in": self.text_in,
            "text_out": self.text_out,
            "means": self.means,
            "verdict": self.verdict,
        }


@dataclass(frozen=True)
class Hop:
    """Names going from one language to another: the way "in" to the T5, or the way "out" to the shopper.

    :ivar by: "google", "phrasebook" or "glossary".
    :ivar note: why a preferred translator did not answer; empty otherwise.
    """

    step: str
    source: str
    target: str
    by: str
    passages: tuple[Passage, ...]
    note: str = ""

    @property
    def losses(self) -> tuple[Passage, ...]:
        """The names that no longer mean the item that they meant."""
        return tuple(p for p in self.passages if p.verdict != KEPT)

    def as_dict(self, reasons: Mapping[tuple[str, str], str]) -> dict[str, object]:
        """For JSON.

        :param reasons: why a name was lost, by step and item id.
        """
        return {
            "step": self.step,
            "from": self.source,
            "to": self.target,
            "by": self.by,
            "note": self.note,
            "items": [{**p.as_dict(), "reason": reasons.get((self.step, p.item), "")} for p in self.passages],
        }


@dataclass(frozen=True)
class Question:
    """What the T5 is asked: a prompt, and the name under which it knows each candidate.

    :ivar inbound: the hop by which the purchases got there; none for ``direct`` and ``native``.
    :ivar dialect: the T5's own names for things.
    """

    language: str
    purchased: tuple[str, ...]
    candidates: tuple[Item, ...]
    inbound: Hop | None = None
    dialect: Dialect = field(default_factory=Dialect)

    def name(self, item: Item) -> str:
        """What the prompt calls an item."""
        return self.dialect.name(item, self.language)

    def spelled(self, text: str, catalog: Catalog) -> Item | None:
        """The item that the T5 spells like this and the shelf does not; none if there is none."""
        if self.language != "en":
            return None
        meant = (id_ for id_, name in self.dialect.spellings.items() if normalise(name) == normalise(text))
        return next((catalog[id_] for id_ in meant if id_ in catalog), None)

    @property
    def candidate_names(self) -> tuple[str, ...]:
        """In the prompt's language and order."""
        return tuple(self.name(item) for item in self.candidates)

    @property
    def prompt(self) -> str:
        """The text that the T5 reads."""
        return prompt.build(self.purchased, self.candidate_names, self.language)


def ask(
    route: str,
    basket: Sequence[Item],
    catalog: Catalog,
    language: str,
    translator: Translator | None = None,
    dialect: Dialect | None = None,
) -> Question:
    """The question that this route puts to the T5.

    The candidates always come from the catalog by id, so that a name lost on the way can
    spoil the advice but never put something owned or out of stock on the list.

    :param translator: needed by ``translate`` from another language than English.
    :param dialect: the T5's; by default the bundled one's.
    :raises RouteError: for an unknown route, or one that this language has no prompt or no shelf names for.
    :raises TranslationError: where the translator has no answer.
    """
    if route not in ROUTES:
        raise RouteError(f'Unknown route "{route}". Choose one of {", ".join(ROUTES)}.')
    if language not in LANGUAGES and route != "translate":
        raise RouteError(
            f'The shop has no names in "{language}". Choose one of {", ".join(LANGUAGES)}, or the route translate.'
        )
    dialect = dialect or Dialect()
    candidates = catalog.candidates(basket)
    if route == "native":
        if language not in dialect.languages:
            raise RouteError(
                f'The T5 reads prompts in {" and ".join(dialect.languages)}, not in "{language}". '
                "Take the route direct, translate or glossary."
            )
        return Question(language, tuple(dialect.name(i, language) for i in basket), candidates, dialect=dialect)
    english = tuple(dialect.name(item, "en") for item in basket)
    if route == "direct" or language == "en":
        return Question("en", english, candidates, dialect=dialect)
    if route == "glossary":
        passages = tuple(Passage(i.id, i.name(language), i.name("en"), i.id) for i in basket)
        return Question("en", english, candidates, Hop("in", language, "en", "glossary", passages), dialect)
    inbound = translated("in", basket, catalog, language, "en", translator)
    names = tuple(dialect.name(catalog[p.means], "en") if p.means else _as_name(p.text_out) for p in inbound.passages)
    return Question("en", names, candidates, inbound, dialect)


def _as_name(translation: str) -> str:
    """A translation that names no item, as a shelf would write it: capitalised, without what ends a prompt's list."""
    kept = ("" if unicodedata.category(c) in ("Cc", "Cf", "Cs") else c for c in translation)
    text = "".join(" " if DELIMITERS.intersection(unicodedata.normalize("NFKC", c)) else c for c in kept)
    text = " ".join(text.split())[:MAX_NAME_LENGTH]
    return capwords(text) if text.islower() or text.isupper() else text


def answer(route: str, pick: Item, catalog: Catalog, language: str, translator: Translator | None = None) -> Hop | None:
    """The way back of the T5's pick to the shopper; none where no name changes language.

    :raises TranslationError: where the translator has no answer.
    """
    if language == "en" or route in ("direct", "native"):
        return None
    if route == "glossary":
        passage = Passage(pick.id, pick.name("en"), pick.name(language), pick.id)
        return Hop("out", "en", language, "glossary", (passage,))
    return translated("out", [pick], catalog, "en", language, translator)


def labelled(catalog: Catalog, language: str, translator: Translator) -> Catalog:
    """The catalog with shelf names in a language that the shop has none in: what the translator makes of the English.

    :raises TranslationError: where the translator has no answer, or not that language.
    """
    if not re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z]{2,4})?", language):
        raise RouteError(f'"{shorten(language)}" is no language code such as "it" or "zh-CN".')
    labels = translator.translate([item.name("en") for item in catalog], "en", language).texts
    items = (replace(item, names={**item.names, language: label}) for item, label in zip(catalog, labels, strict=True))
    return Catalog(items, catalog.added)


def translated(
    step: str, items: Sequence[Item], catalog: Catalog, source: str, target: str, translator: Translator | None
) -> Hop:
    """A hop by machine translation, each name checked for what it means on arrival."""
    if translator is None:
        raise RouteError("The route translate needs a translator.")
    texts = [item.name(source) for item in items]
    result = translator.translate(texts, source, target)
    passages = tuple(
        Passage(item.id, text, out, meaning(out, catalog, target))
        for item, text, out in zip(items, texts, result.texts, strict=True)
    )
    return Hop(step, source, target, result.by, passages, result.note)


def meaning(text: str, catalog: Catalog, language: str) -> str | None:
    """The id of the item that a reader of ``language`` takes ``text`` for, if any."""
    read = words.reading(text, catalog, language)
    return read.id if read else None
