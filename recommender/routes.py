"""The four routes from a basket to the T5's prompt, and from its pick to the shopper; each keeps a trace.

=========  ==============================================================================
direct     English prompt
native     prompt in the shopper's language, if the T5 reads it
translate  machine translation of the purchases, English prompt, machine translation back
glossary   English prompt with the names of the catalog, found by item id
=========  ==============================================================================
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cache
from pathlib import Path
from string import capwords

from .errors import RecommenderError
from .shop.catalog import LANGUAGES, MAX_PURCHASES, Catalog, Item
from .shop.language import is_language_tag
from .shop.lookup import find_sport, read_as
from .shop.text import DELIMITERS, MAX_NAME_LENGTH, clean, normalise, shorten, tidy
from .t5.prompt import PromptFormat, build_prompt
from .translation import Translator

SENTENCES = Path(__file__).with_name("sentences.json")
MAX_OWNED = 50  # purchases in one prompt where no purchases are known; the demo's inventory is smaller


class Route(StrEnum):
    """How a basket gets into the T5's prompt, and its pick back to the shopper."""

    DIRECT = "direct"
    NATIVE = "native"
    TRANSLATE = "translate"
    GLOSSARY = "glossary"


class Verdict(StrEnum):
    """Whether a translated name means its item ("kept"), another item, or none of the inventory."""

    KEPT = "kept"
    CHANGED = "changed"
    OUTSIDE = "outside"


class RouteError(RecommenderError):
    """A route that is not available in this language; the message says which ones are."""


def choose_route(language: str, readable: Collection[str] = LANGUAGES) -> Route:
    """Return the default route: ``direct`` in English, ``native`` in another readable language, else ``glossary``.

    :param readable: the languages in which the T5 reads prompts.
    """
    if language == "en":
        return Route.DIRECT
    return Route.NATIVE if language in readable else Route.GLOSSARY


@dataclass(frozen=True)
class TranslatedName:
    """One item's name before and after a translation, and what the result means in the target language.

    :ivar step: "in" to the T5, or "out" to the shopper.
    :ivar item: the item whose name was translated.
    :ivar means: the item that ``text_out`` names, or None.
    :ivar sport: the sport that ``text_out`` mentions, empty if none.
    """

    step: str
    item: Item
    text_in: str
    text_out: str
    means: Item | None
    sport: str

    @classmethod
    def read(cls, step: str, item: Item, text_in: str, text_out: str, catalog: Catalog, target: str) -> TranslatedName:
        """Decide what ``text_out`` means in the language ``target``; the item's own shelf name always means it."""
        means = item if text_out == item.name(target) else read_as(text_out, catalog, target)
        sport = means.sport if means else find_sport(text_out, catalog, target) or ""
        return cls(step, item, text_in, text_out, means, sport)

    @property
    def verdict(self) -> Verdict:
        """Whether the name still means its item."""
        if self.means is None:
            return Verdict.OUTSIDE
        return Verdict.KEPT if self.means.id == self.item.id else Verdict.CHANGED

    @property
    def sport_changed(self) -> bool:
        """Whether the name mentions another sport than the item's."""
        return bool(self.item.sport and self.sport and self.sport != self.item.sport)

    def reason(self, language: str) -> str:
        """Return why the name no longer means its item, in the shopper's words; empty if it still does."""
        if self.verdict is Verdict.KEPT:
            return ""
        untranslated = self.means is None and self.text_in == self.text_out
        sentences = load_sentences(language)
        reason = sentences["untranslated" if untranslated else self.verdict].format(
            text_in=self.text_in, text_out=self.text_out, item=self.means.name(language) if self.means else ""
        )
        return f"{reason} {sentences[f'sport_{self.step}']}" if self.sport_changed else reason

    def as_dict(self, language: str) -> dict[str, object]:
        """Return the name for JSON, its reason in the shopper's language."""
        return {
            "item": self.item.id,
            "text_in": self.text_in,
            "text_out": self.text_out,
            "means": self.means.id if self.means else None,
            "verdict": self.verdict,
            "reason": self.reason(language),
        }


@dataclass(frozen=True)
class Hop:
    """The translation of some names: of the purchases on the way "in" to the T5, or of the pick on the way "out".

    :ivar by: "google", "libre", "phrasebook" or "glossary".
    :ivar note: why a preferred translator did not answer; empty otherwise.
    """

    step: str
    source: str
    target: str
    by: str
    names: tuple[TranslatedName, ...]
    note: str = ""

    @property
    def losses(self) -> tuple[TranslatedName, ...]:
        """The names that no longer mean their item."""
        return tuple(name for name in self.names if name.verdict is not Verdict.KEPT)

    def as_dict(self, language: str) -> dict[str, object]:
        """Return the hop for JSON, its reasons in the shopper's language."""
        return {
            "step": self.step,
            "from": self.source,
            "to": self.target,
            "by": self.by,
            "note": self.note,
            "items": [name.as_dict(language) for name in self.names],
        }


@dataclass(frozen=True)
class Question:
    """What the T5 is asked: the prompt, and the names of the candidates to score.

    :ivar language: of the prompt.
    :ivar basket: the items owned, in inventory order, or a history in order of time.
    :ivar purchased: the names of :attr:`latest` in the prompt.
    :ivar inbound: the translation of the purchases into the prompt's language, or None if there was none.
    :ivar prompt_format: the languages and special names of the T5.
    :ivar route: the route by which it was built, like the two below.
    :ivar shopper_language: the shopper's.
    :ivar translator: None if the route needs none.
    """

    language: str
    catalog: Catalog
    basket: tuple[Item, ...]
    purchased: tuple[str, ...]
    candidates: tuple[Item, ...]
    inbound: Hop | None = None
    prompt_format: PromptFormat = field(default_factory=PromptFormat)
    route: str = Route.DIRECT
    shopper_language: str = "en"
    translator: Translator | None = None

    @property
    def latest(self) -> tuple[Item, ...]:
        """The items in the prompt: the last 20 of :attr:`basket` in a shop with purchases, the last 50 in others.

        Those are the latest where the basket is a history; elsewhere they are the last in inventory order.
        """
        return self.basket[-(MAX_PURCHASES if self.catalog.neighbours else MAX_OWNED) :]

    def name(self, item: Item) -> str:
        """Return an item's name in the prompt."""
        return self.prompt_format.name(item, self.language)

    def find_named(self, text: str) -> Item | None:
        """Return the item with exactly this name, on the shelf or in the T5's spelling, or None."""
        found = self.catalog.named(text, self.language)
        if found or self.language != "en":
            return found
        meant = (id_ for id_, name in self.prompt_format.name_overrides.items() if normalise(name) == normalise(text))
        return next((self.catalog[id_] for id_ in meant if id_ in self.catalog), None)

    @property
    def candidate_names(self) -> tuple[str, ...]:
        """The candidates' names in the prompt, in their order."""
        return tuple(self.name(item) for item in self.candidates)

    @property
    def prompt(self) -> str:
        """The text that the T5 reads."""
        return self.build_prompt(self.purchased, self.candidates)

    def build_prompt(self, purchased: Sequence[str], candidates: Sequence[Item]) -> str:
        """Build the prompt for any purchases and candidates."""
        return build_prompt(purchased, [self.name(item) for item in candidates], self.language)

    def add_purchases(self, items: Sequence[Item]) -> list[Question]:
        """Build the question for the basket with one more purchase, for each of ``items``.

        The basket is that of a shopper, in inventory order.

        :raises TranslationError: if the translator has no answer.
        """
        owned = [item.id for item in self.basket]
        baskets = [self.catalog.select([*owned, item.id]) for item in items]
        return build_questions(
            self.route, baskets, self.catalog, self.shopper_language, self.translator, self.prompt_format
        )


def check_route(route: str, language: str, prompt_format: PromptFormat) -> None:
    """Check that a route can be taken, whatever the basket.

    :raises RouteError: for an unknown route, or a language without a prompt or without shelf names for it.
    """
    if route not in tuple(Route):
        raise RouteError(f'Unknown route "{route}". Choose one of {", ".join(Route)}.')
    if language not in LANGUAGES and route != Route.TRANSLATE:
        raise RouteError(
            f'The shop has no names in "{language}". Choose one of {", ".join(LANGUAGES)}, or the route translate.'
        )
    if route == Route.NATIVE and language not in prompt_format.languages:
        raise RouteError(
            f'The T5 reads prompts in {" and ".join(prompt_format.languages)}, not in "{language}". '
            "Take the route direct, translate or glossary."
        )


def build_question(
    route: str,
    basket: Sequence[Item],
    catalog: Catalog,
    language: str,
    translator: Translator | None = None,
    prompt_format: PromptFormat | None = None,
) -> Question:
    """Build the question that the T5 is asked by this route.

    The candidates always come from the catalog by id: a mistranslation can make the pick worse, but never recommend
    something that is owned or out of stock.

    :param translator: needed by ``translate`` from another language than English.
    :param prompt_format: the T5's; by default the bundled one's.
    :raises RouteError: see :func:`check_route`.
    :raises TranslationError: if the translator has no answer.
    """
    (question,) = build_questions(route, [basket], catalog, language, translator, prompt_format)
    return question


def build_questions(
    route: str,
    baskets: Sequence[Sequence[Item]],
    catalog: Catalog,
    language: str,
    translator: Translator | None = None,
    prompt_format: PromptFormat | None = None,
) -> list[Question]:
    """Build the question for each basket as :func:`build_question` does, but translate all names in one request."""
    prompt_format = prompt_format or PromptFormat()
    check_route(route, language, prompt_format)
    prompt_language = language if route == Route.NATIVE else "en"
    items = list({item.id: item for basket in baskets for item in basket}.values())
    names = {item.id: prompt_format.name(item, prompt_language) for item in items}
    hop = None
    if language != "en" and route == Route.GLOSSARY:
        hop = _map_by_id("in", items, language, "en")
    elif language != "en" and route == Route.TRANSLATE:
        hop = translate_items("in", items, catalog, language, "en", translator)
        for n in hop.names:
            names[n.item.id] = prompt_format.name(n.means, "en") if n.means else _clean_name(n.text_out)
    translated = {name.item.id: name for name in hop.names} if hop else {}
    questions = []
    for basket in baskets:
        question = Question(
            prompt_language,
            catalog,
            tuple(basket),
            (),
            catalog.candidates(basket),
            replace(hop, names=tuple(translated[item.id] for item in basket)) if hop else None,
            prompt_format,
            route,
            language,
            translator,
        )
        questions.append(replace(question, purchased=tuple(names[item.id] for item in question.latest)))
    return questions


def _clean_name(translation: str) -> str:
    """Write a translation that names no item in the style of the shelf: without delimiters, and capitalised."""
    text = _strip_punctuation(translation)[:MAX_NAME_LENGTH].strip()
    return capwords(text) if text.islower() or text.isupper() else text


def _strip_punctuation(translation: str) -> str:
    """Remove delimiters, and the punctuation around each word, which could change the T5's pick."""
    kept = ("" if unicodedata.category(c) in ("Cc", "Cs") else c for c in clean(translation))
    text = "".join(" " if DELIMITERS.intersection(unicodedata.normalize("NFKC", c)) else c for c in kept)
    return " ".join(word for word in map(tidy, text.split()) if word)


def translate_pick(
    route: str, pick: Item, catalog: Catalog, language: str, translator: Translator | None = None
) -> Hop | None:
    """Translate the pick into the shopper's language; return None if the route needs no translation.

    :raises TranslationError: if the translator has no answer.
    """
    if language == "en" or route in (Route.DIRECT, Route.NATIVE):
        return None
    if route == Route.GLOSSARY:
        return _map_by_id("out", [pick], "en", language)
    return translate_items("out", [pick], catalog, "en", language, translator)


def label_catalog(catalog: Catalog, language: str, translator: Translator) -> Catalog:
    """Add shelf names in a language in which the shop has none, by translating the English ones.

    :raises RouteError: if ``language`` is not a language code.
    :raises TranslationError: if the translator has no answer, or does not know the language.
    """
    if not is_language_tag(language):
        raise RouteError(f'"{shorten(language)}" is no language code such as "it" or "zh-CN".')
    labels = translator.translate([item.name("en") for item in catalog], "en", language).texts
    named = zip(catalog, map(_strip_punctuation, labels), strict=True)
    items = (replace(item, names={**item.names, language: label or item.name("en")}) for item, label in named)
    return catalog.restock(items)


def translate_items(
    step: str, items: Sequence[Item], catalog: Catalog, source: str, target: str, translator: Translator | None
) -> Hop:
    """Translate the items' names by machine, and decide what each result means."""
    if translator is None:
        raise RouteError("The route translate needs a translator.")
    texts = [item.name(source) for item in items]
    result = translator.translate(texts, source, target)
    names = tuple(
        TranslatedName.read(step, item, text, clean(out), catalog, target)
        for item, text, out in zip(items, texts, result.texts, strict=True)
    )
    return Hop(step, source, target, result.by, names, result.note)


def _map_by_id(step: str, items: Sequence[Item], source: str, target: str) -> Hop:
    """Look up the items' names in the catalog, which loses no meaning."""
    names = tuple(TranslatedName(step, i, i.name(source), i.name(target), i, i.sport) for i in items)
    return Hop(step, source, target, "glossary", names)


def load_sentences(language: str) -> dict[str, str]:
    """Return the sentences that explain translations, in ``language``, or in English if there are none in it."""
    return _load_all_sentences().get(language) or _load_all_sentences()["en"]


@cache
def _load_all_sentences() -> dict[str, dict[str, str]]:
    sentences: dict[str, dict[str, str]] = json.loads(SENTENCES.read_text(encoding="utf-8"))
    return sentences
