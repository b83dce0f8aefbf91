"""What a name means after a translation: its item, another one, or none of the inventory.

A route keeps a trace of its translations, hop by hop.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from pathlib import Path
from string import capwords

from .errors import RouteError
from .shop.catalog import Catalog
from .shop.item import Item
from .shop.language import is_language_tag
from .shop.lookup import find_sport, read_as
from .shop.text import MAX_NAME_LENGTH, clean, normalise, replace_delimiters, shorten, tidy
from .translation import Translator

SENTENCES = Path(__file__).with_name("sentences.json")


class Verdict(StrEnum):
    """Whether a translated name means its item ("kept"), another item, or none of the inventory."""

    KEPT = "kept"
    CHANGED = "changed"
    OUTSIDE = "outside"


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
        sentences = load_sentences(language)
        reason = sentences[self._choose_sentence(language)].format(
            text_in=self.text_in,
            text_out=self.text_out,
            item=self.means.name(language) if self.means else "",
            meant=self.item.name(language),
        )
        return f"{reason} {sentences[f'sport_{self.step}']}" if self.sport_changed else reason

    def _choose_sentence(self, language: str) -> str:
        if self.means is None:
            return "untranslated" if self.text_in == self.text_out else Verdict.OUTSIDE
        # On the way out, a reader of the other product's own name has to be told which one was meant.
        reads_name = self.step == "out" and normalise(self.text_out) == normalise(self.means.name(language))
        return "other_product" if reads_name else Verdict.CHANGED

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


def translate_items(
    step: str, items: Sequence[Item], catalog: Catalog, source: str, target: str, translator: Translator | None
) -> Hop:
    """Translate the items' names by machine, and decide what each result means.

    :raises RouteError: if there is no translator.
    :raises TranslationError: if the translator has no answer.
    """
    if translator is None:
        raise RouteError("The route translate needs a translator.")
    texts = [item.name(source) for item in items]
    result = translator.translate(texts, source, target)
    names = tuple(
        TranslatedName.read(step, item, text, clean(out), catalog, target)
        for item, text, out in zip(items, texts, result.texts, strict=True)
    )
    return Hop(step, source, target, result.by, names, result.note)


def map_by_id(step: str, items: Sequence[Item], source: str, target: str) -> Hop:
    """Look up the items' names in the catalog, which loses no meaning."""
    names = tuple(TranslatedName(step, i, i.name(source), i.name(target), i, i.sport) for i in items)
    return Hop(step, source, target, "glossary", names)


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


def clean_name(translation: str) -> str:
    """Write a translation that names no item in the style of the shelf: without delimiters, and capitalised."""
    text = _strip_punctuation(translation)[:MAX_NAME_LENGTH].strip()
    return capwords(text) if text.islower() or text.isupper() else text


def _strip_punctuation(translation: str) -> str:
    """Remove delimiters, and the punctuation around each word, which could change the T5's pick."""
    text = replace_delimiters(clean(translation))
    return " ".join(word for word in map(tidy, text.split()) if word)


def load_sentences(language: str) -> dict[str, str]:
    """Return the sentences that explain translations, in ``language``, or in English if there are none in it."""
    return _load_all_sentences().get(language) or _load_all_sentences()["en"]


@cache
def _load_all_sentences() -> dict[str, dict[str, str]]:
    sentences: dict[str, dict[str, str]] = json.loads(SENTENCES.read_text(encoding="utf-8"))
    return sentences
