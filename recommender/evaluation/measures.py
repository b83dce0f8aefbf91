"""Compute every measure of one checkpoint, with the threshold that it has to meet."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from random import Random
from typing import Literal

import numpy as np
from tqdm import tqdm

from ..explain import NOISE
from ..recommender import Recommender
from ..routes import Route
from ..shop.catalog import Catalog
from ..shop.language import LANGUAGES, NON_ENGLISH
from ..training.cases import Case
from ..training.shoppers import COMPLEMENTS
from .answers import Answer, answer_case, answer_cases
from .bootstrap import estimate
from .metrics import brier, kendall_tau_of_different, kl_divergence, ndcg
from .samples import Samples, find_kit, get_cluster, get_true_drops, get_truth, is_related, list_languages
from .schema import COMPARED, ComparisonRow, Estimate, MeasureRow, Misplaced, ProbabilityBin, RouteRow, Section

KNOWN = ("one_item", "one_habit", "mixed", "scattered", "large")  # samples without an added product
NEW = ("new_tidy", "new_everyday", "new_written", "new_variant", "new_foreign", "new_sport")
# samples with an added product of which the true probability is known: nobody says the kind of what a person wrote
NEW_WITH_KIND = ("new_tidy", "new_everyday", "new_variant", "new_foreign", "new_sport", "new_stranger")
SHUFFLES = 5  # orders of the inventory per basket
SHUFFLED = 100  # baskets that are shuffled
GENERATED = 200  # baskets for free generation, in each language
CLEAR = 0.3  # nats; picks are compared where the likeliest purchase leads by so much
BINS = np.geomspace(1e-5, 1, 16)  # limits of the bins of the T5's probability
OUTSIDE_TOP = 5  # an added product that shares nothing with the basket must rank below so many

Pairs = list[tuple[Case, Answer]]
Rows = list[MeasureRow | None]  # None for a measure without cases


class Measures:
    """The measures of one recommender.

    :param baselines: the share of added products that the better trigrams place, by sample and language: a threshold.
    :ivar answers: cases and answers by sample and language, where a case can be asked; see :func:`list_languages`.
    """

    def __init__(
        self, recommender: Recommender, samples: Samples, seed: int, baselines: Mapping[tuple[str, str], float]
    ):
        self.recommender, self.samples, self.seed, self.baselines = recommender, samples, seed, baselines
        self.shop: Catalog = recommender.catalog
        self.languages = tuple(code for code in LANGUAGES if code in recommender.scorer.prompt_format.languages)
        self.answers: dict[tuple[str, str], Pairs] = {
            (name, language): self._ask(name, cases, language)
            for name, cases in samples.items()
            for language in self.languages
        }

    def _ask(self, name: str, cases: Sequence[Case], language: str) -> Pairs:
        asked = [case for case in cases if language in list_languages(case)]
        label = f"{name.replace('_', ' ')} {language}"
        found = answer_cases(self.recommender, asked, language, label=label, explain=name == "stray")
        return list(zip(asked, found, strict=True))

    def sections(self) -> tuple[Section, ...]:
        """Return all measures in the order of the report, without those for which a small shop has no baskets."""
        sections: tuple[tuple[str, str, Callable[[str], Rows]], ...] = (
            ("first tick", "Does the first tick make sense?", self._first_tick),
            ("accuracy", "Does the likeliest purchase come first?", self._accuracy),
            ("probabilities", "Are its probabilities the true ones?", self._probabilities),
            ("languages", "Is every language answered like English?", self._languages),
            ("cold start", "Is a new product placed by its name alone?", self._cold_start),
            ("robustness", "Does the order of the inventory matter?", self._robustness),
            ("generation", "What does it write when nothing constrains it?", self._generation),
            ("explanation", "Does it say what the pick is owed to?", self._explanation),
        )
        return tuple(
            Section(id=id_, title=title, rows=self._in_all_languages(measure)) for id_, title, measure in sections
        )

    def probabilities(self, language: str) -> tuple[ProbabilityBin, ...]:
        """Return the calibration on all candidates of the samples of :data:`KNOWN`, in bins of the T5's probability."""
        pairs = self._pairs(*KNOWN, language=language)
        given = np.array([p for _, answer in pairs for p in answer.probabilities.values()])
        true = np.array(
            [get_truth(case, self.shop).probabilities[i] for case, answer in pairs for i in answer.probabilities]
        )
        bin_of = np.digitize(given, BINS)
        return tuple(
            ProbabilityBin(given=given[inside].mean(), true=true[inside].mean(), candidates=int(inside.sum()))
            for n in range(len(BINS) + 1)
            if (inside := bin_of == n).any()
        )

    def comparison(self) -> tuple[ComparisonRow, ...]:
        """Return the metrics in which the T5 is compared with the baselines."""
        return tuple(
            compare(self.recommender.scorer.name, sample, rankings, self.shop, self.seed)
            for sample in COMPARED
            if (
                rankings := [
                    (case, answer.ranking)
                    for language in self.languages
                    for case, answer in self.answers[sample, language]
                ]
            )
        )

    def misplaced(self) -> tuple[Misplaced, ...]:
        """Return every added product that ranks below a candidate that shares nothing with the basket."""
        found = []
        for language in self.languages:
            for case, answer in self._pairs(*NEW, language=language):
                place = answer.ranking.index(case.added[0].id)
                unrelated = get_truth(case, self.shop).unrelated
                above = next((i for i in answer.ranking[:place] if i in unrelated), None)
                if above:
                    found.append(
                        Misplaced(
                            language=language,
                            name=case.added[0].name(language),
                            owned=tuple(item.name(language) for item in case.basket),
                            place=place + 1,
                            above=self.shop[above].name(language),
                        )
                    )
        return tuple(found)

    def routes(self) -> tuple[RouteRow, ...]:
        """Return the results of every route in each language, on the one-habit baskets and by the phrasebook."""
        cases = self.samples.one_habit
        if not cases:
            return ()
        english = [answer for _, answer in self.answers["one_habit", "en"]]
        purchases = sum(len(case.basket) for case in cases)
        rows = []
        for language in NON_ENGLISH:
            for route in Route:
                if route is Route.NATIVE and language not in self.languages:
                    continue
                found = answer_cases(self.recommender, cases, language, route, label=f"{route} {language}")
                same = [float(a.pick == e.pick) for a, e in zip(found, english, strict=True)]

                def hits(k: int, found: Sequence[Answer] = found) -> list[float]:
                    return [_hit(case, a.ranking, self.shop, k) for case, a in zip(cases, found, strict=True)]

                rows.append(
                    RouteRow(
                        language=language,
                        route=route,
                        metrics={f"HR@{k}": estimate(hits(k), cases, self.seed) for k in (1, 3)},
                        same_pick=estimate(same, cases, self.seed),
                        lost_in=sum(a.lost_in for a in found) / purchases,
                        lost_out=sum(a.lost_out for a in found) / len(found),
                    )
                )
        return tuple(rows)

    def _in_all_languages(self, measure: Callable[[str], Rows]) -> tuple[MeasureRow, ...]:
        by_language = [measure(language) for language in self.languages]
        return tuple(row for rows in zip(*by_language, strict=True) for row in rows if row)

    def _pairs(self, *names: str, language: str) -> Pairs:
        return [pair for name in names for pair in self.answers[name, language]]

    def _mean(
        self,
        measure: str,
        language: str,
        values: Sequence[tuple[Case, float]],
        threshold: float | None,
        unit: Literal["share", "nats", "τ", "score"] = "share",
        lower_is_better: bool = False,
    ) -> MeasureRow | None:
        """Return the mean of one value per draw, with its interval, or None if there are no draws."""
        if not values:
            return None
        cases = [case for case, _ in values]
        return MeasureRow(
            measure=measure,
            language=language,
            **dict(estimate([value for _, value in values], list(map(get_cluster, cases)), self.seed)),
            threshold=threshold,
            draws=len(cases),
            distinct=len(set(cases)),
            unit=unit,
            lower_is_better=lower_is_better,
        )

    def _first_tick(self, language: str) -> Rows:
        pairs = self._pairs("one_item", language=language)
        items = len(pairs)
        same_sport = sum(self.shop[answer.pick].sport == case.basket[0].sport for case, answer in pairs)
        fitting = sum(self._has_fitting(case, answer) for case, answer in pairs)
        distinct = len({answer.pick for _, answer in pairs})

        def count(measure: str, value: int, of_demo: int) -> MeasureRow | None:
            """Return a row; its threshold is that of the demo's 35 items, in proportion to the shop's size."""
            if not items:
                return None
            return MeasureRow(
                measure=measure,
                language=language,
                value=value,
                threshold=round(items * of_demo / 35),
                draws=items,
                distinct=items,
                unit="items",
            )

        return [
            count("one item: the pick completes its own sport", same_sport, 35),
            count("one item: a complement or a counterpart is in the top three", fitting, 33),
            count("one item: distinct picks", distinct, 18),
        ]

    def _has_fitting(self, case: Case, answer: Answer) -> bool:
        """Return whether the top three hold an item used with the owned one, or its counterpart for another sport."""
        (owned,) = case.basket
        complements = COMPLEMENTS.get(owned.kind, ())
        return any(
            item.kind == owned.kind or (item.sport == owned.sport and item.kind in complements)
            for item in (self.shop[i] for i in answer.ranking[:3])
        )

    def _accuracy(self, language: str) -> Rows:
        def hits(sample: str, title: str, threshold: float | None) -> MeasureRow | None:
            pairs = self._pairs(sample, language=language)
            outcomes = [(case, _hit(case, answer.ranking, self.shop, 1)) for case, answer in pairs]
            return self._mean(f"HR@1 of the likeliest purchase: {title}", language, outcomes, threshold)

        thresholds = {"one_habit": 0.97, "mixed": 0.96, "large": None, "complete": None}
        compared = [hits(sample, COMPARED[sample], threshold) for sample, threshold in thresholds.items()]
        beside_newcomer = [
            (case, _hit(case, answer.ranking, self.shop, 1))
            for case, answer in self._pairs(*NEW_WITH_KIND, language=language)
        ]
        title = "HR@1 of the likeliest purchase: a newcomer on the shelf"
        return [*compared, self._mean(title, language, beside_newcomer, None)]

    def _probabilities(self, language: str) -> Rows:
        known, whole, new = (self._pairs(*names, language=language) for names in (KNOWN, ("complete",), NEW_WITH_KIND))

        def measure(
            of: Callable[[Mapping[str, float], Mapping[str, float]], float], pairs: Pairs
        ) -> list[tuple[Case, float]]:
            return [(case, of(get_truth(case, self.shop).probabilities, a.probabilities)) for case, a in pairs]

        gains = [(case, ndcg(answer.ranking, get_truth(case, self.shop).utilities)) for case, answer in known]
        confidence = [
            (case, answer.probabilities[answer.pick]) for case, answer in self._pairs("scattered", language=language)
        ]
        return [
            self._mean(
                "KL(true ‖ T5), all sorts of basket",
                language,
                measure(kl_divergence, known + whole),
                0.08,
                "nats",
                True,
            ),
            self._mean(
                f"KL(true ‖ T5), {COMPARED['complete']}", language, measure(kl_divergence, whole), None, "nats", True
            ),
            self._mean(
                "KL(true ‖ T5), a newcomer on the shelf", language, measure(kl_divergence, new), None, "nats", True
            ),
            self._mean("Brier score less that of the truth", language, measure(brier, known), None, "score", True),
            self._mean("NDCG@5, true utilities as gains", language, gains, 0.98, "score"),
            self._mean(
                "three or four items that share nothing: probability of the pick",
                language,
                confidence,
                0.5,
                lower_is_better=True,
            ),
        ]

    def _languages(self, language: str) -> Rows:
        if language == "en":
            return [None] * 3
        both = [
            (case, found.ranking, english.ranking)
            for (case, found), (_, english) in zip(
                self._pairs(*KNOWN, language=language), self._pairs(*KNOWN, language="en"), strict=True
            )
        ]
        same = [(c, float(a[0] == b[0])) for c, a, b in both if get_truth(c, self.shop).margin >= CLEAR]
        shared = [(c, len({*a[:5]} & {*b[:5]}) / min(5, len(a))) for c, a, b in both]
        taus = [(c, kendall_tau_of_different(a, b, get_truth(c, self.shop).utilities)) for c, a, b in both]
        return [
            self._mean(f"same pick as in English, where the true lead is ≥ {CLEAR} nats", language, same, 0.99),
            self._mean("share of the top five that English has too", language, shared, 0.92),
            self._mean(
                "Kendall's τ with English, over products of different utility",
                language,
                [(c, tau) for c, tau in taus if tau is not None],
                0.9,
                "τ",
            ),
        ]

    def _cold_start(self, language: str) -> Rows:
        def measure(sample: str, threshold: float | None) -> MeasureRow | None:
            pairs = self._pairs(sample, language=language)
            outcomes = [(case, is_placed(case, answer.ranking, self.shop)) for case, answer in pairs]
            return self._mean(f"{COMPARED[sample]}: above all that share nothing", language, outcomes, threshold)

        strangers = [
            (case, float(case.added[0].id not in answer.ranking[:OUTSIDE_TOP]))
            for case, answer in self._pairs("new_stranger", language=language)
        ]
        return [
            measure("new_tidy", 0.97),
            *(
                measure(sample, max(0.85, self.baselines.get((sample, language), 0.0)))
                for sample in NEW
                if sample not in ("new_tidy", "new_sport")
            ),
            measure("new_sport", None),
            self._mean("a newcomer that shares nothing: not in the top five", language, strangers, 0.97),
        ]

    def _robustness(self, language: str) -> Rows:
        rng = Random(f"{self.seed} shuffles")
        cases = list(dict.fromkeys(case for name in (*KNOWN, *NEW) for case, _ in self._pairs(name, language=language)))
        some = rng.sample(cases, min(len(cases), SHUFFLED))
        bar = tqdm(some, desc=f"shuffled {language}", unit=" baskets", leave=False, disable=None)
        return [
            self._mean(
                "inventory and basket shuffled, which the prompt sorts again: same pick",
                language,
                [(case, self._shuffle(case, language, rng)) for case in bar],
                0.98,
            )
        ]

    def _shuffle(self, case: Case, language: str, rng: Random) -> float:
        """Return the share of random orders of the inventory and of the ticks with the same pick."""
        shop, picks = self.shop, []
        for _ in range(SHUFFLES):
            shuffled = shop.restock(rng.sample(shop.items, len(shop)))
            recommender = Recommender(shuffled, self.recommender.scorer, fusion=self.recommender.fusion)
            ticked = replace(case, basket=tuple(rng.sample(case.basket, len(case.basket))))
            picks.append(answer_case(recommender, ticked, language).pick)
        return picks.count(answer_case(self.recommender, case, language).pick) / SHUFFLES

    def _generation(self, language: str) -> Rows:
        rng = Random(f"{self.seed} generation")
        cases = [case for name in KNOWN for case in getattr(self.samples, name)]
        some = rng.sample(cases, min(len(cases), GENERATED))
        generated = answer_cases(self.recommender, some, language, label=f"generated {language}", generate=True)
        return [
            self._mean(
                "raw generation valid and not owned",
                language,
                [(case, float(a.valid and not a.owned)) for case, a in zip(some, generated, strict=True)],
                0.99,
            )
        ]

    def _explanation(self, language: str) -> Rows:
        """Measure what the pick owes to each purchase of a kit with a stray item.

        These are the drops of all purchases, as the T5 gives them. The page shows a selection by sport and kind
        (:func:`.select_decisive`), which names the kit here whatever the T5 gives. In a kit of three or four, the
        others stand in for the one that is left out, also for the true shopper, so that no single one matters.
        """
        most, not_most = [], []
        for case, answer in self._pairs("stray", language=language):
            kit, true = find_kit(case), get_true_drops(case, self.shop)
            first = max(answer.drops, key=lambda id_: answer.drops[id_])
            matters = answer.drops[first] >= NOISE
            if max(true[id_] for id_ in kit) >= NOISE:
                most.append((case, float(matters and first in kit)))
            not_most.append((case, float(not matters or first in kit)))
        return [
            self._mean("kit with a stray: a purchase of the kit matters most, where one does", language, most, 0.95),
            self._mean("kit with a stray: the stray does not matter most", language, not_most, 1.0),
        ]


def _hit(case: Case, ranking: Sequence[str], shop: Catalog, k: int) -> float:
    """Return 1 if a likeliest purchase is among the first ``k``, else 0."""
    return float(not get_truth(case, shop).likeliest.isdisjoint(ranking[:k]))


def is_placed(case: Case, ranking: Sequence[str], shop: Catalog) -> float:
    """Return 1 if the added product ranks above every candidate that shares nothing with the basket, else 0."""
    above = ranking[: ranking.index(case.added[0].id)]
    return float(get_truth(case, shop).unrelated.isdisjoint(above))


def compare(
    recommender: str, sample: str, rankings: Sequence[tuple[Case, Sequence[str]]], shop: Catalog, seed: int
) -> ComparisonRow:
    """Return one recommender's metrics on one sample; see :class:`.ComparisonRow`.

    :param rankings: cases and rankings of item ids, best first.
    """
    clusters = [get_cluster(case) for case, _ in rankings]

    def mean(of: Callable[[Case, Sequence[str]], float]) -> Estimate:
        return estimate([of(case, ranking) for case, ranking in rankings], clusters, seed)

    if sample in NEW:
        metrics = {"placed": mean(lambda case, ranking: is_placed(case, ranking, shop))}
    else:
        metrics = {
            "HR@1": mean(lambda case, ranking: _hit(case, ranking, shop, 1)),
            "HR@3": mean(lambda case, ranking: _hit(case, ranking, shop, 3)),
            "NDCG@5": mean(lambda case, ranking: ndcg(ranking, get_truth(case, shop).utilities)),
            "related": mean(lambda case, ranking: float(is_related(case, shop[ranking[0]]))),
        }
    return ComparisonRow(recommender=recommender, sample=sample, metrics=metrics)
