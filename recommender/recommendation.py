"""A recommendation: the ranking of the candidates, with everything needed to see how it came about."""

from __future__ import annotations

from dataclasses import dataclass

from . import explain as explanation
from . import routes
from .shop.item import Item
from .translated_names import Hop, TranslatedName

TOP = 5  # recommendations, by default


@dataclass(frozen=True)
class Ranked:
    """One candidate's place in the ranking.

    :ivar name: in the shopper's language.
    :ivar probability: among all candidates: the softmax of the log-likelihoods, which in a shop with known purchases
        are combined with those, see :mod:`.t5.fusion`.
    :ivar log_likelihood: of the whole name, in nats; that of a product which was added, or which nobody has bought, is
        corrected, see :mod:`.newcomers`.
    """

    rank: int
    item: Item
    name: str
    probability: float
    log_likelihood: float

    def as_dict(self) -> dict[str, object]:
        """Return the place for JSON."""
        return {
            "rank": self.rank,
            "id": self.item.id,
            "name": self.name,
            "probability": self.probability,
            "log_likelihood": self.log_likelihood,
        }


@dataclass(frozen=True)
class RawGeneration:
    """What the T5 writes in unconstrained generation; shown, never recommended.

    :ivar valid: whether it is exactly the name of an item of the catalog, on the shelf or in the T5's spelling.
    :ivar owned: whether it names an item that the shopper owns.
    """

    text: str
    valid: bool
    owned: bool


@dataclass(frozen=True)
class Recommendation:
    """The answer to one basket.

    :ivar translator: which translator translated the purchases ("google", "libre", "phrasebook"), or None if none did;
        :attr:`hops` name that of the pick, which may be another.
    :ivar ranking: every candidate, best first.
    :ivar unowned: number of products that the shopper does not own; retrieval may select some of them to be ranked.
    :ivar top: number of recommendations requested.
    :ivar raw_generation: None unless requested.
    :ivar because: the reasons for the pick, strongest first; empty unless requested.
    :ivar why_not: what another product would need to be the pick; None unless requested.
    :ivar skipped: purchases that are unknown to the catalog; empty unless ``skip_unknown`` was requested.
    :ivar ambiguous: a sentence about each purchase that was taken as an id, but can mean other items in ``language``.
    """

    language: str
    route: routes.Route
    checkpoint: str
    translator: str | None
    purchased: tuple[Item, ...]
    ranking: tuple[Ranked, ...]
    unowned: int
    top: int
    raw_generation: RawGeneration | None
    question: routes.Question
    outbound: Hop | None
    because: tuple[explanation.Reason, ...] = ()
    why_not: explanation.WhyNot | None = None
    skipped: tuple[str, ...] = ()
    ambiguous: tuple[str, ...] = ()

    @property
    def recommendations(self) -> tuple[Ranked, ...]:
        """The best ``top`` candidates."""
        return self.ranking[: self.top]

    @property
    def pick(self) -> Ranked:
        """The best candidate."""
        return self.ranking[0]

    @property
    def narrowed(self) -> bool:
        """Whether only the candidates that retrieval found for the basket were ranked."""
        return len(self.ranking) < self.unowned

    @property
    def hops(self) -> tuple[Hop, ...]:
        """The translations on the way, in order."""
        return tuple(hop for hop in (self.question.inbound, self.outbound) if hop)

    @property
    def losses(self) -> tuple[TranslatedName, ...]:
        """The names that no longer mean their item after translation."""
        return tuple(name for hop in self.hops for name in hop.losses)

    def as_dict(self) -> dict[str, object]:
        """Return the object that ``--json`` prints and the page's endpoint returns."""
        prompt: dict[str, object] = {"step": "prompt", "language": self.question.language, "text": self.question.prompt}
        trace = [hop.as_dict(self.language) for hop in self.hops]
        trace.insert(1 if self.question.inbound else 0, prompt)
        answer: dict[str, object] = {
            "language": self.language,
            "route": self.route,
            "checkpoint": self.checkpoint,
            "translator": self.translator,
            "purchased": [{"id": i.id, "name": i.name(self.language)} for i in self.purchased],
            "recommendations": [r.as_dict() for r in self.recommendations],
            "raw_generation": vars(self.raw_generation) if self.raw_generation else None,
            "trace": trace,
        }
        if self.narrowed:
            answer["narrowed"] = {"ranked": len(self.ranking), "in_stock": self.unowned}
        if self.skipped:
            answer["skipped"] = list(self.skipped)
        if self.ambiguous:
            answer["ambiguous"] = list(self.ambiguous)
        if self.because:
            answer["because"] = [reason.as_dict() for reason in self.because]
        if self.why_not:
            answer["why_not"] = {**self.ranking[self.why_not.rank - 1].as_dict(), **self.why_not.as_dict()}
        return answer
