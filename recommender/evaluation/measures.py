"""Every measure of one checkpoint, each beside the threshold that it has to meet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import Literal

from tqdm import tqdm

from ..compare import kendall_tau
from ..recommender import Recommender
from ..routes import Route
from ..shop.catalog import LANGUAGES, PROMPT_LANGUAGES, Catalog
from ..t5.prompt import build_prompt
from ..training.cases import Case
from .answers import Answer, answer_case, answer_cases
from .baselines import compare
from .bootstrap import estimate
from .metrics import calibration_error, of_rank
from .samples import Samples, related
from .schema import COMPARED, ComparisonRow, ReliabilityBin, RouteRow, Row, Section

SHUFFLES = 20
SENSITIVITY_BASKETS = 100  # distinct ones, for the T5's own sensitivity: each costs 20 prompts in either language

Rows = list[Row | None]  # None in the place of a measure for which nothing was drawn


class Measures:
    """The measures of one recommender.

    :ivar answers: to every sample, by name of the sample and language, in the order of the cases.
    """

    def __init__(self, recommender: Recommender, samples: Samples, seed: int):
        self.recommender, self.samples, self.seed = recommender, samples, seed
        self.shop: Catalog = recommender.catalog
        self.answers: dict[tuple[str, str], list[Answer]] = {
            (name, language): answer_cases(recommender, cases, language, label=f"{name.replace('_', ' ')} {language}")
            for name, cases in vars(samples).items()
            for language in PROMPT_LANGUAGES
        }

    def sections(self) -> tuple[Section, ...]:
        """Return everything measured, in the order of the report; what a small shop has no baskets for is left out."""
        sections = (
            ("accuracy", "Does it find what the shopper buys next?", self._both(self._accuracy)),
            ("plausibility", "Does the pick make sense?", self._both(self._plausibility)),
            ("robustness", "Does the order of the basket matter?", self._both(self._robustness)),
            ("generation", "What does it write when nothing constrains it?", self._both(self._generation)),
            ("languages", "Is Arabic answered like English?", self._languages()),
            ("cold start", "Is a new product placed by its name alone?", self._both(self._cold_start)),
            ("calibration", "Can its probabilities be believed?", self._both(self._calibration)),
        )
        return tuple(
            Section(id=id_, title=title, rows=tuple(row for row in rows if row)) for id_, title, rows in sections
        )

    def reliability(self, language: str, bins: int = 10) -> tuple[ReliabilityBin, ...]:
        """Return confidence and accuracy of the picks on one-habit baskets, in equal bins of confidence."""
        groups: dict[int, list[tuple[float, bool]]] = {}
        for case, found in self._pairs("one_habit", language):
            where = min(int(found.confidence * bins), bins - 1)
            groups.setdefault(where, []).append((found.confidence, found.pick == case.target))
        return tuple(
            ReliabilityBin(
                confidence=sum(confidence for confidence, _ in group) / len(group),
                accuracy=sum(right for _, right in group) / len(group),
                draws=len(group),
            )
            for _, group in sorted(groups.items())
        )

    def comparison(self) -> tuple[ComparisonRow, ...]:
        """Return the figures that the baselines have too, per sample and prompt language."""
        name = self.recommender.scorer.name
        return tuple(
            compare(
                name, language, sample, cases,
                [a.ranking for a in self.answers[sample, language]], self.shop, self.seed,
            )
            for sample in COMPARED
            if (cases := getattr(self.samples, sample))
            for language in PROMPT_LANGUAGES
        )  # fmt: skip

    def routes(self) -> tuple[RouteRow, ...]:
        """Return every route by the phrasebook on the one-habit baskets, in each language that has it."""
        cases = self.samples.one_habit
        if not cases:
            return ()
        english = self.answers["one_habit", "en"]
        purchases = sum(len(case.basket) for case in cases)
        rows = []
        for language in LANGUAGES[1:]:
            for route in Route:
                if route == "native" and language not in self.recommender.scorer.prompt_format.languages:
                    continue
                found = answer_cases(self.recommender, cases, language, route, label=f"{route} {language}")
                ranks = [a.rank(case.target) for case, a in zip(cases, found, strict=True)]
                same = [float(a.pick == e.pick) for a, e in zip(found, english, strict=True)]
                rows.append(
                    RouteRow(
                        language=language,
                        route=route,
                        metrics={
                            m: estimate([of_rank(m, rank) for rank in ranks], cases, self.seed)
                            for m in ("HR@1", "HR@3")
                        },
                        same_pick=estimate(same, cases, self.seed),
                        lost_in=sum(a.lost_in for a in found) / purchases,
                        lost_out=sum(a.lost_out for a in found) / len(found),
                    )
                )
        return tuple(rows)

    def _both(self, measure: Callable[[str], Rows]) -> Rows:
        by_language = [measure(language) for language in PROMPT_LANGUAGES]
        return [row for rows in zip(*by_language, strict=True) for row in rows]

    def _pairs(self, sample: str, language: str) -> list[tuple[Case, Answer]]:
        return list(zip(getattr(self.samples, sample), self.answers[sample, language], strict=True))

    def _row(
        self,
        measure: str,
        language: str,
        pairs: Sequence[tuple[Case, float]],
        threshold: float | None = None,
        unit: Literal["share", "τ"] = "share",
    ) -> Row | None:
        """Return the mean of one value per draw, with its interval; None if nothing was drawn."""
        if not pairs:
            return None
        cases = [case for case, _ in pairs]
        return Row(
            measure=measure,
            language=language,
            **dict(estimate([value for _, value in pairs], cases, self.seed)),
            threshold=threshold,
            draws=len(cases),
            distinct=len(set(cases)),
            unit=unit,
        )

    def _accuracy(self, language: str) -> Rows:
        pairs = self._pairs("one_habit", language)

        def hits(metric: str, chosen: Sequence[tuple[Case, Answer]], of: str, least: float | None = None) -> Row | None:
            outcomes = [(case, of_rank(metric, found.rank(case.target))) for case, found in chosen]
            return self._row(f"{metric}, {of}", language, outcomes, least)

        once = list(dict(pairs).items())
        return [
            hits("HR@1", pairs, "baskets of one habit", 0.97),
            hits("HR@3", pairs, "baskets of one habit", 0.995),
            hits("HR@1", once, "each distinct basket once"),
            hits("HR@1", self._pairs("mixed", language), "mixed baskets"),
            hits("HR@3", self._pairs("mixed", language), "mixed baskets"),
        ]

    def _plausibility(self, language: str) -> Rows:
        pairs = self._pairs("one_item", language)
        sensible = sum(related(case, found.pick, self.shop) for case, found in pairs)
        both = sum(self._offers_both(case, found) for case, found in pairs)
        distinct = len({found.pick for _, found in pairs})
        items = len(pairs)

        def count(measure: str, value: int, threshold: int) -> Row | None:
            if not items:
                return None
            return Row(
                measure=measure,
                language=language,
                value=value,
                threshold=threshold,
                draws=items,
                distinct=items,
                unit="items",
            )

        mixed = [(case, float(related(case, found.pick, self.shop))) for case, found in self._pairs("mixed", language)]
        return [
            count("one-item baskets: pick has the same sport or kind", sensible, items),
            count("one-item baskets: top three hold the same sport and a counterpart", both, round(items * 30 / 35)),
            count("one-item baskets: distinct picks", distinct, round(items * 22 / 35)),
            self._row("mixed baskets: pick shares a sport or a kind", language, mixed, 0.98),
        ]

    def _offers_both(self, case: Case, found: Answer) -> bool:
        (owned,) = case.basket
        top = [self.shop[item] for item in found.ranking[:3]]
        has_counterparts = any(item.kind == owned.kind and item != owned for item in self.shop)
        return any(item.sport == owned.sport for item in top) and (
            not has_counterparts or any(item.kind == owned.kind for item in top)
        )

    def _robustness(self, language: str) -> Rows:
        cases = list(dict.fromkeys((*self.samples.one_habit, *self.samples.mixed)))
        rng = Random(f"{self.seed} shuffles")
        steady = [
            (case, float(self._asked_in_any_order(case, language, rng)))
            for case in tqdm(cases, desc=f"shuffled {language}", unit=" baskets", leave=False, disable=None)
        ]
        some = rng.sample(cases, min(len(cases), SENSITIVITY_BASKETS))
        own = [
            (case, self._prompted_in_any_order(case, language, rng))
            for case in tqdm(some, desc=f"prompt shuffled {language}", unit=" baskets", leave=False, disable=None)
        ]
        return [
            self._row(f"same pick under {SHUFFLES} shuffles", language, steady, 1.0),
            self._row(
                f"the T5 alone: same pick under {SHUFFLES} shuffles of the prompt's two lists",
                language,
                [(case, float(share == 1)) for case, share in own],
            ),
            self._row("the T5 alone: shuffled prompts that keep the pick", language, own),
        ]

    def _asked_in_any_order(self, case: Case, language: str, rng: Random) -> bool:
        """Through the recommender, which puts the basket and the candidates in shelf order."""
        orders = [Case(tuple(rng.sample(case.basket, len(case.basket))), case.target) for _ in range(SHUFFLES)]
        return len({answer_case(self.recommender, order, language).pick for order in (case, *orders)}) == 1

    def _prompted_in_any_order(self, case: Case, language: str, rng: Random) -> float:
        """Straight to the T5: the share of shuffled prompts with the pick of the unshuffled one."""
        owned = [item.name(language) for item in case.basket]
        left = [item.name(language) for item in self.shop.candidates(case.basket)]
        prompts = [build_prompt(owned, left, language)]
        for _ in range(SHUFFLES):
            prompts.append(build_prompt(rng.sample(owned, len(owned)), rng.sample(left, len(left)), language))
        picks: list[int] = self.recommender.scorer.log_likelihoods(prompts, left).argmax(-1).tolist()  # (1 + SHUFFLES,)
        return sum(pick == picks[0] for pick in picks[1:]) / SHUFFLES

    def _generation(self, language: str) -> Rows:
        pairs = self._pairs("one_habit", language) + self._pairs("mixed", language) + self._pairs("one_item", language)
        return [
            self._row(
                "raw generation valid and not owned",
                language,
                [(c, float(a.valid and not a.owned)) for c, a in pairs],
                0.99,
            ),
            self._row("raw generation valid", language, [(c, float(a.valid)) for c, a in pairs]),
            self._row("raw generation owned", language, [(c, float(a.owned)) for c, a in pairs]),
        ]

    def _languages(self) -> Rows:
        samples = ("one_habit", "mixed", "one_item")
        english, arabic = ([p for s in samples for p in self._pairs(s, language)] for language in PROMPT_LANGUAGES)
        both = [(case, a, b) for (case, a), (_, b) in zip(english, arabic, strict=True)]
        taus = {(a.ranking, b.ranking): kendall_tau(a.ranking, b.ranking) for _, a, b in both}
        return [
            self._row("Arabic pick = English pick", "en-ar", [(c, float(a.pick == b.pick)) for c, a, b in both], 0.99),
            self._row(
                "Kendall τ of the two rankings",
                "en-ar",
                [(c, taus[a.ranking, b.ranking]) for c, a, b in both],
                unit="τ",
            ),
        ]

    def _cold_start(self, language: str) -> Rows:
        kit, counterpart = (
            [(case, of_rank("HR@3", found.rank(case.target))) for case, found in self._pairs(sample, language)]
            for sample in ("kit", "counterpart")
        )
        known, invented = (
            [(case, float(found.pick in {i.id for i in case.added})) for case, found in self._pairs(sample, language)]
            for sample in ("new_known", "new_invented")
        )
        return [
            self._row("one product added: HR@3", language, kit + counterpart, 0.95),
            self._row("one product added: HR@3, completes a kit", language, kit),
            self._row("one product added: HR@3, counterpart", language, counterpart),
            self._row("a new sport added: pick is of that sport", language, known + invented, 0.8),
            self._row("a new sport added: known elsewhere, never in training", language, known),
            self._row("a new sport added: invented", language, invented),
        ]

    def _calibration(self, language: str) -> Rows:
        rows: Rows = []
        for sample, of, threshold in (("one_habit", "baskets of one habit", 0.05), ("mixed", "mixed baskets", None)):
            pairs = self._pairs(sample, language)
            if not pairs:
                rows.append(None)
                continue
            rows.append(
                Row(
                    measure=f"expected calibration error, {of}",
                    language=language,
                    value=calibration_error([a.confidence for _, a in pairs], [a.pick == c.target for c, a in pairs]),
                    threshold=threshold,
                    draws=len(pairs),
                    distinct=len({case for case, _ in pairs}),
                    unit="error",
                    lower_is_better=True,
                )
            )
        return rows
