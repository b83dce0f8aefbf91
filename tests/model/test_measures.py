"""The measures of stand-ins for a T5, which can be computed by hand; and the thresholds."""

import math
from functools import cache

import pytest

from recommender import Catalog, Recommender
from recommender.evaluation import measures
from recommender.evaluation.answers import Answer
from recommender.evaluation.measures import CLEAR, KNOWN, NEW, Measures
from recommender.evaluation.samples import Samples, draw_samples, get_true_drops, get_truth
from recommender.evaluation.schema import COMPARED
from recommender.explain import NOISE
from recommender.shop.language import LANGUAGES
from recommender.training.cases import Case
from recommender.training.shoppers import choice_probabilities
from tests.support.stand_ins import StandIn, draw_only

SHOP = Catalog.load()
BASKETS = 6  # of each sort
IN_EVERY_LANGUAGE = {
    "one item: the pick completes its own sport": 35,
    "one item: a complement or a counterpart is in the top three": 33,
    "one item: distinct picks": 18,
    "HR@1 of the likeliest purchase: two or more items of one sport or kind": 0.97,
    "HR@1 of the likeliest purchase: items of two or three sports": 0.96,
    "KL(true ‖ T5), all sorts of basket": 0.08,
    "NDCG@5, true utilities as gains": 0.98,
    "three or four items that share nothing: probability of the pick": 0.5,
    "a newcomer with a tidy name: above all that share nothing": 0.97,
    "a newcomer with an everyday name, held-out words: above all that share nothing": 0.85,
    "a newcomer with a name that a person wrote: above all that share nothing": 0.85,
    "a newcomer that is a variant of a product in stock: above all that share nothing": 0.85,
    "a newcomer with an everyday name in another language: above all that share nothing": 0.85,
    "a newcomer that shares nothing: not in the top five": 0.97,
    "inventory and basket shuffled, which the prompt sorts again: same pick": 0.98,
    "raw generation valid and not owned": 0.99,
    "kit with a stray: a purchase of the kit matters most, where one does": 0.95,
    "kit with a stray: the stray does not matter most": 1.0,
}
LIKE_ENGLISH = {
    "same pick as in English, where the true lead is ≥ 0.3 nats": 0.99,
    "share of the top five that English has too": 0.92,
    "Kendall's τ with English, over products of different utility": 0.9,
}
SHUFFLED = "inventory and basket shuffled, which the prompt sorts again: same pick"
MEASURES = [
    *((measure, language) for measure in IN_EVERY_LANGUAGE for language in LANGUAGES),
    *((measure, language) for measure in LIKE_ENGLISH for language in LANGUAGES[1:]),
]
pytestmark = pytest.mark.usefixtures("few_shuffles")


@cache
def samples() -> Samples:
    return draw_samples(SHOP, BASKETS, seed=0)


@pytest.fixture
def measure(monkeypatch):
    """Return a function that measures a stand-in. What it says of newcomers is taken as it is, without correction."""
    monkeypatch.setattr("recommender.recommender.correct_newcomers", lambda question, likelihoods, *_: likelihoods)

    def measure(score, drawn=None, write=lambda owned, offered: offered[0]) -> Measures:
        drawn = drawn or samples()
        return Measures(Recommender(SHOP, StandIn(score, drawn, write)), drawn, seed=0, baselines={})

    return measure


def read_values(measured: Measures) -> dict[str, dict[str, float]]:
    """Return every measure by language and name."""
    rows = [row for section in measured.sections() for row in section.rows]
    return {language: {row.measure: row.value for row in rows if row.language == language} for language in LANGUAGES}


def know_all(language, basket, candidates):
    """Return the logarithms of the true probabilities. Of equal ones, the first by id is above by next to nothing."""
    place = {item.id: n for n, item in enumerate(sorted(candidates, key=lambda item: item.id))}
    found = choice_probabilities(basket, candidates)
    return [math.log(p) - 1e-5 * place[item.id] for p, item in zip(found, candidates, strict=True)]


def know_nothing(language, basket, candidates):
    return [0.0] * len(candidates)


def rank_likeliest_second(language, basket, candidates):
    values = know_all(language, basket, candidates)
    runner_up = max(value for value in values if value < max(values) - 0.01)
    values[values.index(runner_up)] = max(values) + 1
    return values


def rank_first_items_first(language, basket, candidates):
    """Rank the shop's products in the order of the inventory, and added ones last."""
    ids = [item.id for item in SHOP]
    return [-float(ids.index(item.id)) if item.id in SHOP else -99.0 for item in candidates]


def swap_first(order, basket):
    return [order[1], order[0], *order[2:]]


def reorder_in_german(reorder):
    """Return a ranker that is perfect, except that it reorders its ranking in German."""

    def rank(language, basket, candidates):
        values = know_all(language, basket, candidates)
        order = sorted(range(len(values)), key=lambda n: -values[n])
        order = reorder(order, basket) if language == "de" else order
        return [-float(order.index(n)) for n in range(len(values))]

    return rank


def test_the_thresholds_are_the_ones_that_were_set(measure):
    thresholds = IN_EVERY_LANGUAGE | LIKE_ENGLISH
    rows = [row for section in measure(know_nothing).sections() for row in section.rows]
    assert {(row.measure, row.language): row.threshold for row in rows if row.threshold is not None} == {
        key: thresholds[key[0]] for key in MEASURES
    }


def test_who_knows_the_true_probabilities_is_perfect_in_every_measure(measure):
    measured = measure(know_all)
    surest = [max(get_truth(case, SHOP).probabilities.values()) for case in samples().scattered]
    perfect = dict.fromkeys((*IN_EVERY_LANGUAGE, *LIKE_ENGLISH), 1) | {
        "one item: the pick completes its own sport": 35,
        "one item: a complement or a counterpart is in the top three": 35,
        "one item: distinct picks": 22,
        "HR@1 of the likeliest purchase: five to twenty items": 1,
        "HR@1 of the likeliest purchase: all items of one sport or kind": 1,
        "HR@1 of the likeliest purchase: a newcomer on the shelf": 1,
        "a newcomer of a sport that training never had: above all that share nothing": 1,
        "KL(true ‖ T5), all sorts of basket": 0,
        "KL(true ‖ T5), all items of one sport or kind": 0,
        "KL(true ‖ T5), a newcomer on the shelf": 0,
        "Brier score less that of the truth": 0,
        "three or four items that share nothing: probability of the pick": pytest.approx(
            sum(surest) / len(surest), abs=1e-4
        ),
    }
    for language, values in read_values(measured).items():
        assert values == {
            name: value for name, value in perfect.items() if language != "en" or name not in LIKE_ENGLISH
        }
    for row in measured.comparison():
        assert {found.value for found in row.metrics.values()} == {1}
    assert not measured.misplaced()


def test_who_ranks_the_likeliest_purchase_second_has_no_hit_at_1_and_every_hit_at_3(measure):
    measured = measure(rank_likeliest_second)
    for values in read_values(measured).values():
        assert [value for name, value in values.items() if name.startswith("HR@1")] == [0] * 5
    rows = {row.sample: row.metrics for row in measured.comparison() if row.sample not in NEW}
    assert rows.keys() == {*COMPARED} - {*NEW}
    assert {(row["HR@1"].value, row["HR@3"].value) for row in rows.values()} == {(0, 1)}


@pytest.mark.parametrize(("reorder", "hit_at_1", "same"), [(lambda order, basket: order, 1, 1), (swap_first, 0, 0)])
def test_hits_and_picks_of_a_route_are_counted_in_its_language(measure, reorder, hit_at_1, same):
    measured = measure(reorder_in_german(reorder), draw_only(one_habit=samples().one_habit))
    for row in measured.routes():
        if row.route == "native":
            found = row.metrics["HR@1"].value, row.metrics["HR@3"].value, row.same_pick.value
            assert found == ((hit_at_1, 1, same) if row.language == "de" else (1, 1, 1))


def test_who_knows_nothing_is_as_far_from_the_truth_as_a_uniform_distribution(measure):
    values = read_values(measure(know_nothing))["en"]
    drawn = samples()
    cases = [*(case for name in KNOWN for case in getattr(drawn, name)), *drawn.complete]
    truths = [[*get_truth(case, SHOP).probabilities.values()] for case in cases]
    entropies = [-sum(p * math.log(p) for p in true) for true in truths]
    divergences = [math.log(len(true)) - entropy for true, entropy in zip(truths, entropies, strict=True)]
    scores = [sum(p * p for p in true) - 1 / len(true) for true in truths[: -len(drawn.complete)]]
    certainties = [1 / len(case.candidates(SHOP)) for case in drawn.scattered]
    for name, found in {
        "KL(true ‖ T5), all sorts of basket": divergences,
        "Brier score less that of the truth": scores,
        "three or four items that share nothing: probability of the pick": certainties,
    }.items():
        assert values[name] == pytest.approx(sum(found) / len(found), abs=1e-4), name


def test_who_ranks_by_the_inventory_alone_picks_two_products(measure):
    values = read_values(measure(rank_first_items_first))["en"]
    first, second, *_ = SHOP
    of_first_sport = sum(item.sport == (second if item is first else first).sport for item in SHOP)
    assert values["one item: distinct picks"] == 2
    assert values["one item: the pick completes its own sport"] == of_first_sport


@pytest.mark.parametrize("above", [2, 3])
def test_a_counterpart_has_to_be_in_the_top_three(measure, above):
    def rank(language, basket, candidates):
        (owned,) = basket
        unrelated = [item for item in candidates if item.sport != owned.sport and item.kind != owned.kind]
        counterparts = [item for item in candidates if item.kind == owned.kind]
        order = [*unrelated[:above], *counterparts, *unrelated[above:]]
        order += [item for item in candidates if item not in order]
        return [-float(order.index(item)) for item in candidates]

    values = read_values(measure(rank, draw_only(one_item=samples().one_item)))["ar"]
    kinds = [item.kind for item in SHOP]
    with_counterpart = sum(kinds.count(kind) > 1 for kind in kinds)
    found = values["one item: a complement or a counterpart is in the top three"]
    assert found == (with_counterpart if above < 3 else 0)


@pytest.mark.parametrize(("place", "outside"), [(5, 0), (6, 1)])
def test_a_newcomer_that_shares_nothing_has_to_be_outside_the_top_five(measure, place, outside):
    def rank(language, basket, candidates):
        values = rank_first_items_first(language, basket, candidates)
        above = sorted(values)[-place + 1]
        return [above - 0.5 if item.id == "new" else value for item, value in zip(candidates, values, strict=True)]

    values = read_values(measure(rank, draw_only(new_stranger=samples().new_stranger)))["fr"]
    assert values["a newcomer that shares nothing: not in the top five"] == outside


def test_a_newcomer_below_a_single_product_that_shares_nothing_is_misplaced(measure):
    def rank(language, basket, candidates):
        values = know_all(language, basket, candidates)
        (new,) = (n for n, item in enumerate(candidates) if item.id not in SHOP)
        values[values.index(min(values))] = values[new] + 0.01
        return values

    drawn = draw_only(**{name: getattr(samples(), name) for name in NEW})
    measured = measure(rank, drawn)
    for values in read_values(measured).values():
        assert [value for name, value in values.items() if name.endswith("share nothing")] == [0] * len(NEW)
    assert {row.metrics["placed"].value for row in measured.comparison()} == {0}


def test_probabilities_are_calibrated_where_they_are_the_true_ones(measure):
    measured = measure(know_all)
    for language in LANGUAGES:
        bins = measured.probabilities(language)
        assert len(bins) > 8
        assert sum(found.candidates for found in bins) == sum(
            len(case.candidates(SHOP)) for name in KNOWN for case in getattr(samples(), name)
        )
        for found in bins:
            assert found.given == pytest.approx(found.true, rel=0.011)  # both have three digits


@pytest.mark.parametrize("temperature", [2, 0.5])
def test_too_flat_probabilities_are_too_low_at_the_top_and_too_high_at_the_bottom_and_steep_ones_the_reverse(
    measure, temperature
):
    def temper(language, basket, candidates):
        return [value / temperature for value in know_all(language, basket, candidates)]

    lowest, *_, highest = measure(temper).probabilities("es")
    assert (highest.given < highest.true, lowest.given > lowest.true) == (temperature > 1,) * 2


def test_of_the_top_five_those_are_shared_that_are_among_the_first_five_in_english(measure):
    def put_two_others_among_the_first_five(order, basket):
        return [*order[:3], *order[5:7], *order[3:5], *order[7:]]

    values = read_values(measure(reorder_in_german(put_two_others_among_the_first_five)))["de"]
    assert values["share of the top five that English has too"] == 0.6
    assert values["same pick as in English, where the true lead is ≥ 0.3 nats"] == 1


def test_a_ranking_that_is_the_reverse_of_the_english_one_has_a_tau_of_minus_1(measure):
    values = read_values(measure(reorder_in_german(lambda order, basket: order[::-1])))["de"]
    assert values["Kendall's τ with English, over products of different utility"] == -1
    assert values["same pick as in English, where the true lead is ≥ 0.3 nats"] == 0


@pytest.mark.parametrize("where_clear", [True, False])
def test_another_pick_than_in_english_counts_only_where_the_likeliest_purchase_leads_clearly(measure, where_clear):
    def swap(order, basket):
        clear = get_truth(Case(SHOP.select(item.id for item in basket)), SHOP).margin >= CLEAR
        return swap_first(order, basket) if clear == where_clear else order

    drawn = draw_samples(SHOP, 20, seed=0)
    values = read_values(measure(reorder_in_german(swap), drawn))["de"]
    assert values["same pick as in English, where the true lead is ≥ 0.3 nats"] == (0 if where_clear else 1)


def test_who_picks_the_first_candidate_of_the_list_does_not_keep_the_pick_when_the_inventory_is_shuffled(measure):
    measured = measure(lambda language, basket, candidates: [-float(n) for n in range(len(candidates))])
    assert all(values[SHUFFLED] < 0.4 for values in read_values(measured).values())


@pytest.mark.parametrize(
    ("choose", "least", "most"),
    [
        (lambda shop, case: case.basket[0], 0.1, 0.7),
        (lambda shop, case: shop.items[0], 0, 0.3),
        (lambda shop, case: shop["football" if shop.items == SHOP.items else "baseball"], 0, 0),
        (lambda shop, case: min(case.basket, key=lambda item: item.id), 1, 1),
    ],
)
def test_the_same_pick_is_asked_for_other_orders_of_the_ticks_and_of_the_inventory(
    measure, monkeypatch, choose, least, most
):
    def answer(recommender, case, language):
        assert {*recommender.catalog} == {*SHOP}
        return Answer({choose(recommender.catalog, case).id: 1.0}, False, False, 0, False, {})

    measured = measure(know_all, draw_only(large=samples().large, mixed=samples().mixed))
    monkeypatch.setattr(measures, "answer_case", answer)
    assert least <= read_values(measured)["en"][SHUFFLED] <= most


@pytest.mark.parametrize(
    ("write", "share"),
    [
        (lambda owned, offered: offered[-1], 1),
        (lambda owned, offered: owned[0], 0),
        (lambda owned, offered: f"{offered[0]} {offered[1]}", 0),
    ],
)
def test_what_is_generated_has_to_be_a_product_and_not_an_owned_one(measure, write, share):
    measured = measure(know_all, draw_only(mixed=samples().mixed), write)
    for values in read_values(measured).values():
        assert values["raw generation valid and not owned"] == share


@pytest.mark.parametrize(
    ("owed_to", "drop", "kit_matters", "stray_does_not"),
    [
        ("soccer-ball", 1.0, 1, 1),
        ("hockey-puck", 1.0, 0, 0),
        ("hockey-puck", 0.1, 0, 1),  # noise
    ],
)
def test_the_pick_has_to_be_owed_to_a_purchase_of_the_kit(measure, owed_to, drop, kit_matters, stray_does_not):
    def rank(language, basket, candidates):
        owned = any(item.id == owed_to for item in basket)
        return [drop * owned, *(-9.0 for _ in candidates[1:])]

    kit_with_a_stray = Case(SHOP.select(["soccer-jersey", "soccer-ball", "hockey-puck"]))
    assert max(get_true_drops(kit_with_a_stray, SHOP).values()) >= NOISE
    values = read_values(measure(rank, draw_only(stray=(kit_with_a_stray,))))["en"]
    assert values["kit with a stray: a purchase of the kit matters most, where one does"] == kit_matters
    assert values["kit with a stray: the stray does not matter most"] == stray_does_not
