"""What was lost on the way: every name that stopped meaning its item, and why, in the shopper's words."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from .routes import CHANGED, OUTSIDE, Hop, Passage
from .shop import lookup as words
from .shop.catalog import Catalog

SENTENCES = Path(__file__).with_name("sentences.json")


@dataclass(frozen=True)
class Loss:
    """An item that stopped meaning itself on one hop.

    :ivar step: "in" to the T5, or "out" to the shopper.
    :ivar means: id of the item that a reader takes the text for, if any.
    :ivar sport_changed: whether the text speaks of another sport.
    :ivar reason: why, in the shopper's words.
    """

    step: str
    item: str
    text_in: str
    text_out: str
    means: str | None
    sport_changed: bool
    reason: str

    @property
    def verdict(self) -> str:
        """Whether it is "changed" into another item, or "outside" the inventory."""
        return OUTSIDE if self.means is None else CHANGED

    def as_dict(self) -> dict[str, object]:
        """For JSON, the verdict included."""
        return {**vars(self), "verdict": self.verdict}


def losses_of(hops: Iterable[Hop], catalog: Catalog, language: str) -> tuple[Loss, ...]:
    """Every loss on these hops, in their order.

    :param language: of the shopper, for the reasons.
    """
    found = (_loss(passage, hop, catalog, language) for hop in hops for passage in hop.passages)
    return tuple(loss for loss in found if loss)


def _loss(passage: Passage, hop: Hop, catalog: Catalog, language: str) -> Loss | None:
    """What was lost, judged by what a reader of the hop's target takes the text for; none if nothing was."""
    item = catalog[passage.item]
    if passage.text_out == item.name(hop.target):  # the shelf name, an added product's included
        return None
    read = words.reading(passage.text_out, catalog, hop.target)
    if read is item:
        return None
    sport = read.sport if read else words.sport(passage.text_out, hop.target)
    sport_changed = bool(item.sport and sport and sport != item.sport)
    said = sentences(language)
    became = CHANGED if read else "untranslated" if passage.text_out == passage.text_in else OUTSIDE
    reason = said[became].format(
        text_in=passage.text_in, text_out=passage.text_out, item=read.name(language) if read else ""
    )
    if sport_changed:
        reason = f"{reason} {said[f'sport_{hop.step}']}"
    means = read.id if read else None
    return Loss(hop.step, item.id, passage.text_in, passage.text_out, means, sport_changed, reason)


def sentences(language: str) -> dict[str, str]:
    """Reasons and verdicts in ``language``, or in English where there are none."""
    return _all_sentences().get(language) or _all_sentences()["en"]


@cache
def _all_sentences() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = json.loads(SENTENCES.read_text(encoding="utf-8"))
    return found
