"""From basket to recommendation, with the bundled checkpoint."""

from dataclasses import replace
from itertools import combinations
from random import Random

import pytest
import torch

from recommender import (
    CatalogError,
    EmptyBasket,
    NothingLeft,
    Recommender,
    RecommenderError,
    RouteError,
    TranslationError,
    UnknownItem,
)
from recommender.compare import compare
from recommender.explain import NOISE, _find_rank, explain, find_related, select_decisive, why_not
from recommender.routes import Route, build_question, choose_route
from recommender.shop.catalog import Catalog
from recommender.shop.co_purchase import CoPurchases
from recommender.shop.item import Item
from recommender.shop.language import LANGUAGES
from recommender.translation import GOOGLE_URL, LIBRE_URL
from recommender.translation.phrasebook import Phrasebook
from tests.support.bundled import bundled, english_only
from tests.support.servers import serving

CATALOG = Catalog.load()
SOCCER = ["Soccer Jersey", "Soccer Goal Post", "Soccer Cleats", "Goalie Gloves"]


def ids(answer):
    return [ranked.item.id for ranked in answer.ranking]


@pytest.mark.parametrize("language", ["en", "ar"])
def test_the_pick_for_one_item_is_of_its_sport_or_its_kind(language):
    for item in CATALOG:
        pick = bundled().recommend([item.id], language=language, generate=False).pick.item
        assert pick.id != item.id
        assert pick.sport == item.sport or pick.kind == item.kind, (item.id, pick.id)


@pytest.mark.slow
def test_an_owned_item_is_never_recommended_and_the_rest_always_ranked():
    rng = Random(1)
    for _ in range(200):
        owned = {item.id for item in rng.sample(CATALOG.items, rng.randint(1, 34))}
        ranking = ids(bundled().recommend(owned, language=rng.choice(("en", "ar")), generate=False))
        assert set(ranking) == {item.id for item in CATALOG} - owned
        assert len(ranking) == len(set(ranking))


def test_probabilities_are_a_distribution_in_the_order_of_the_ranking():
    answer = bundled().recommend(SOCCER, top=3)
    probabilities = [r.probability for r in answer.ranking]
    assert sum(probabilities) == pytest.approx(1, abs=1e-5)
    assert probabilities == sorted(probabilities, reverse=True)
    assert [r.rank for r in answer.recommendations] == [1, 2, 3]


@pytest.mark.parametrize("language", LANGUAGES)
def test_neither_the_order_of_the_ticks_nor_that_of_the_inventory_makes_a_difference(language):
    basket = ["hockey-stick", "soccer-ball", "tennis-racket", "soccer-shorts", "baseball-cap"]
    added = ["Soccer Socks", "SOCCER WHISTLE", "soccer bag"]

    def answer(rng):
        items, *lists = (rng.sample(each, len(each)) for each in (CATALOG.items, basket, added))
        shuffled = Recommender(Catalog(items), bundled().scorer)
        return shuffled.recommend(lists[0], language=language, add_items=lists[1], explain=True)

    first, *others = (answer(Random(seed)) for seed in range(4))
    for other in others:
        assert ids(other) == ids(first) and other.question.prompt == first.question.prompt
        assert other.raw_generation == first.raw_generation
        likelihoods = ([ranked.log_likelihood for ranked in found.ranking] for found in (other, first))
        assert next(likelihoods) == pytest.approx(next(likelihoods), abs=1e-4)
        reasons, expected = ({each.item.id: each.drop for each in found.because} for found in (other, first))
        assert reasons == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("language", [lang for lang in LANGUAGES if lang != "en"])
def test_the_glossary_route_gives_exactly_the_english_ranking(language):
    english = bundled().recommend(SOCCER, route="direct", generate=False)
    glossary = bundled().recommend(SOCCER, language=language, route="glossary", generate=False)
    assert [(r.item.id, r.log_likelihood) for r in glossary.ranking] == [
        (r.item.id, r.log_likelihood) for r in english.ranking
    ]
    assert glossary.pick.name == english.pick.item.name(language)


@pytest.mark.parametrize(
    ("language", "beginning"),
    [
        ("ar", "عناصر تم شراؤها: {حذاء كرة القدم"),
        ("fr", "ARTICLES ACHETÉS: {But de football"),
        ("es", "ARTÍCULOS COMPRADOS: {Botas de fútbol"),
        ("de", "GEKAUFTE ARTIKEL: {Fußballschuhe"),
    ],
)
def test_the_native_route_puts_a_prompt_in_the_shoppers_language(language, beginning):
    answer = bundled().recommend(SOCCER, language=language)
    assert answer.route == "native" and answer.question.prompt.startswith(beginning)
    assert answer.pick.item.sport == "soccer"
    assert answer.pick.name == answer.pick.item.name(language)


def test_translating_a_soccer_basket_loses_the_sport_and_the_glossary_does_not():
    lost = bundled().recommend(SOCCER, language="ar", route="translate", translator="phrasebook")
    assert lost.translator == "phrasebook"
    inbound, outbound = lost.hops
    jersey = next(name for name in inbound.names if name.item.id == "soccer-jersey")
    assert (jersey.text_in, jersey.text_out, jersey.verdict) == ("قميص كرة القدم", "Football Jersey", "changed")
    assert jersey.means.id == "football-jersey"
    assert outbound.step == "out" and outbound.names[0].text_in == lost.pick.item.name("en")
    told = next(i for i in lost.as_dict()["trace"][0]["items"] if i["item"] == "soccer-jersey")
    assert told["verdict"] == "changed" and "تغيّرت الرياضة" in told["reason"]
    kept = bundled().recommend(SOCCER, language="ar", route="glossary")
    assert not any(hop.losses for hop in kept.hops)
    assert kept.pick.item == bundled().recommend(SOCCER).pick.item


def test_a_lost_name_never_brings_back_what_is_owned():
    answer = bundled().recommend(SOCCER, language="ar", route="translate", translator="phrasebook")
    assert not {item.id for item in answer.purchased} & set(ids(answer))


def test_nothing_needs_translating_for_an_english_shopper():
    answer = bundled().recommend(SOCCER, route="translate", translator="phrasebook")
    assert answer.translator is None and answer.hops == ()
    assert ids(answer) == ids(bundled().recommend(SOCCER, route="direct"))


def test_the_raw_generation_is_judged():
    answer = bundled().recommend(["Soccer Ball"])
    names = {item.name("en").casefold(): item.id for item in CATALOG}
    assert answer.raw_generation.valid == (answer.raw_generation.text.casefold() in names)
    assert answer.raw_generation.owned == (answer.raw_generation.text == "Soccer Ball")


@pytest.mark.parametrize(
    ("written", "valid", "owned"), [("Quidditch Broom", False, False), ("", False, False), ("Soccer Ball", True, True)]
)
def test_the_raw_generation_may_be_no_product_or_an_owned_one(monkeypatch, written, valid, owned):
    monkeypatch.setattr(type(bundled().scorer), "generate", lambda scorer, prompts: [written])
    raw = bundled().recommend(["Soccer Ball"]).raw_generation
    assert (raw.text, raw.valid, raw.owned) == (written, valid, owned)


def test_an_added_product_joins_the_ranking_by_its_name_alone():
    answer = bundled().recommend(["Soccer Ball"], add_items=["Soccer Socks"])
    assert len(answer.ranking) == 35
    assert "soccer-socks" in ids(answer)
    owned = bundled().recommend(["soccer socks"], add_items=["Soccer Socks"])
    assert owned.pick.item.id != "soccer-socks"


@pytest.mark.slow
def test_one_text_is_one_text():
    alone, listed = (bundled().recommend(given, generate=False) for given in ("Soccer Ball", ["Soccer Ball"]))
    assert alone.as_dict() == listed.as_dict()
    added = bundled().recommend("Soccer Ball", add_items="Net", top=99, generate=False)
    assert len(added.ranking) == len(alone.ranking) + 1


@pytest.mark.parametrize("blank", ["", " ", "\u200b", "\x00\ue000"])
def test_a_blank_question_why_not_is_none(blank):
    assert bundled().recommend(["Soccer Ball"], why_not=blank, generate=False).why_not is None


def test_purchases_of_unknown_kind_share_nothing():
    saw, rake, hoe, drill = (
        Item(name, sport, "", "", {"en": name})
        for name, sport in (("saw", "tools"), ("rake", "garden"), ("hoe", "garden"), ("drill", "tools"))
    )
    question = build_question("direct", [saw, rake, hoe], Catalog([saw, rake, hoe, drill]), "en")
    scores = torch.zeros(4, 1)
    reasons = explain(question, scores, scores.softmax(-1))
    assert {reason.item.id: reason.group_size for reason in reasons} == {"saw": 1, "rake": 0, "hoe": 0}
    assert [reason.item.id for reason in select_decisive(reasons)] == ["saw"]


def test_where_sport_and_kind_are_unknown_a_word_in_common_relates_a_purchase_to_the_pick():
    hose, rake, gloves, shrub = (
        Item(name, "", "", "", {"en": name})
        for name in ("Hose for roses", "Rake", "Gloves for moss", "Shrub for roses")
    )
    question = build_question("direct", [hose, rake, gloves], Catalog([hose, rake, gloves, shrub], words=None), "en")
    scores = torch.zeros(4, 1)
    reasons = explain(question, scores, scores.softmax(-1))
    assert {reason.item: reason.group_size for reason in reasons} == {hose: 1, rake: 0, gloves: 0}


def test_every_single_product_of_the_shop_is_the_reason_for_its_pick():
    for language in LANGUAGES:
        baskets = [[item.id] for item in CATALOG]
        for basket, answer in zip(
            baskets, bundled().recommend_many(baskets, language=language, explain=True), strict=True
        ):
            assert [reason.item.id for reason in select_decisive(answer.because)] == basket, language


@pytest.fixture
def grocery() -> Catalog:
    """A shop whose categories say little: bread and butter are bought with jam."""
    fields = [("bread", "bakery"), ("butter", "dairy"), ("jam", "spreads"), ("milk", "dairy"), ("soap", "household")]
    shelf = Catalog((Item(id_, sport, "", "", {"en": id_.title()}) for id_, sport in fields), words=None)
    baskets = [*[["bread", "butter", "jam"]] * 9, *[["milk", "soap"]] * 9]
    return shelf.with_purchases(CoPurchases.count([item.id for item in shelf], baskets))


def test_purchases_that_are_bought_with_the_pick_can_replace_each_other(grocery):
    question = build_question("direct", grocery.select(["bread", "butter", "soap"]), grocery, "en")
    scores = torch.zeros(4, len(question.candidates))
    scores[:, [item.id for item in question.candidates].index("jam")] = 1
    reasons = explain(question, scores, scores.softmax(-1))
    assert {reason.item.id: reason.group_size for reason in reasons} == {"bread": 2, "butter": 2, "soap": 0}
    assert {reason.item.id for reason in select_decisive(reasons)} == {"bread", "butter"}


def test_what_is_bought_with_a_product_is_tried_first_as_an_additional_purchase(grocery):
    question = build_question("direct", grocery.select(["milk"]), grocery, "en")
    ranking = [grocery[id_] for id_ in ("soap", "bread", "butter", "jam")]
    tried = []

    def score(questions):
        tried.extend([item.id for item in asked.basket] for asked in questions)
        return [torch.tensor([float(item.id == "jam") for item in asked.candidates]) for asked in questions]

    found = why_not(score, question, ranking, "jam")
    assert tried == [["bread", "milk"], ["butter", "milk"]] and {item.id for item in found.enough} == {
        "bread",
        "butter",
    }
    assert grocery.list_partners(grocery["jam"], 1)[0].id in ("bread", "butter")
    assert grocery.list_partners(grocery["milk"], 9) == (grocery["soap"],)
    assert CATALOG.list_partners(CATALOG["soccer-ball"], 9) == ()


def test_the_tennis_item_is_not_the_reason_for_soccer_gear():
    for soccer in combinations([i.id for i in bundled().catalog if i.sport == "soccer"], 4):
        answer = bundled().recommend([*soccer, "Tennis Racket"], explain=True)
        assert answer.pick.item.sport == "soccer"
        assert len(answer.because) == 5
        felt = [reason.drop for reason in answer.because if abs(reason.drop) >= NOISE]
        assert felt == sorted(felt, reverse=True)
        assert answer.because[0].item.sport == "soccer", [(r.item.id, r.drop) for r in answer.because]


def test_the_strongest_reason_comes_first_and_between_those_that_are_noise_the_largest_group():
    because = bundled().recommend(["Soccer Ball", "Soccer Jersey", "Tennis Racket"], explain=True).because
    assert because[0].matters and because[0].drop == max(r.drop for r in because)
    noise, kin = (replace(because[0], drop=drop, group_size=size) for drop, size in ((0.19, 1), (0.01, 2)))
    strong, against = replace(noise, drop=0.3), replace(kin, drop=-0.3)
    assert sorted([against, noise, kin, strong], key=lambda r: r.sort_key) == [strong, kin, noise, against]


@pytest.mark.parametrize(
    ("drops", "shown"),
    [
        ({"ball": (0.5, 2), "jersey": (0.1, 2), "racket": (0.1, 1)}, ["ball", "jersey"]),  # two of a kit
        ({"ball": (0.5, 2), "jersey": (-0.3, 2)}, ["ball"]),  # it speaks against the pick
        ({"ball": (0.5, 1), "racket": (0.1, 1)}, ["ball"]),  # no group
        ({"ball": (0.1, 2), "jersey": (0.1, 2), "racket": (0.3, 1)}, ["racket", "ball", "jersey"]),
        ({"ball": (0.3, 0), "racket": (0.1, 0)}, []),  # nothing is related, or matters much
        ({"ball": (0.96, 0)}, []),
        ({"ball": (1.1, 0)}, ["ball"]),
        ({"bread": (9.5, 0), "milk": (-0.4, 1)}, ["bread"]),  # what shares a category speaks against the pick
        ({"chips": (10.6, 0), "cola": (0.0, 1)}, ["chips"]),
        ({"chips": (1.2, 0), "cola": (0.5, 1)}, ["chips", "cola"]),
        ({"stray": (0.5, 0), "ball": (0.1, 3), "jersey": (0.1, 3), "cap": (0.1, 3)}, ["ball", "jersey", "cap"]),
        ({"milk": (-0.4, 1)}, []),
    ],
)
def test_with_the_purchase_that_matters_those_that_can_replace_it_are_shown(drops, shown):
    of = bundled().recommend(["Soccer Ball"], explain=True).because[0]
    reasons = [
        replace(of, item=Item(id_, "", "", "", {"en": id_}), drop=drop, group_size=size)
        for id_, (drop, size) in drops.items()
    ]

    found = select_decisive(sorted(reasons, key=lambda reason: reason.sort_key))

    assert [reason.item.id for reason in found] == shown


@pytest.mark.parametrize("language", LANGUAGES)
def test_both_purchases_of_a_kit_are_the_reason_in_every_language(language):
    for pair in (["hockey-puck", "hockey-stick"], ["soccer-ball", "soccer-jersey"], ["tennis-racket", "tennis-ball"]):
        because = bundled().recommend(pair, language=language, explain=True).because

        assert {reason.item.id for reason in select_decisive(because)} == set(pair)


def test_a_reason_is_what_the_pick_loses_without_the_purchase():
    with_all = bundled().recommend(["Soccer Ball", "Tennis Racket"], explain=True)
    pick, reason = with_all.pick, with_all.because[0]
    rest = next(i for i in with_all.question.purchased if i != reason.item.name("en"))
    names = with_all.question.candidate_names
    from recommender.t5.prompt import build_prompt

    without = bundled().scorer.log_likelihoods([build_prompt([rest], names)], names)[0]
    candidates = with_all.question.candidates
    place = candidates.index(pick.item)
    assert reason.drop == pytest.approx(pick.log_likelihood - float(without[place]), abs=1e-3)
    assert reason.probability_drop == pytest.approx(pick.probability - float(without.softmax(0)[place]), abs=1e-3)
    assert reason.pick_without == candidates[int(without.argmax())] != pick.item


class CountingScorer:
    """The bundled T5, which counts its calls."""

    def __init__(self):
        self.calls = []

    def __getattr__(self, name):
        value = getattr(bundled().scorer, name)
        if name not in ("log_likelihoods", "generate"):
            return value
        self.calls.append(name)
        return value


def test_one_tick_is_one_call_of_the_t5():
    scorer = CountingScorer()
    found = Recommender(CATALOG, scorer).recommend(SOCCER, explain=True, generate=False)
    assert scorer.calls == ["log_likelihoods"]
    assert len(found.because) == 4 and found.raw_generation is None and found.as_dict()["raw_generation"] is None


def test_a_comparison_never_generates():
    scorer = CountingScorer()
    compare(Recommender(CATALOG, scorer), SOCCER, "ar", "phrasebook")
    assert scorer.calls == ["log_likelihoods"] * 4


def test_free_generation_can_be_had_later():
    later = bundled().recommend(SOCCER, generate=False)
    assert bundled().generate_freely(later.question) == bundled().recommend(SOCCER).raw_generation


def test_an_explanation_does_not_change_the_ranking():
    alone, explained = (bundled().recommend(SOCCER, explain=explain, generate=False) for explain in (False, True))
    assert ids(alone) == ids(explained)
    assert [r.log_likelihood for r in alone.ranking] == pytest.approx([r.log_likelihood for r in explained.ranking])


def test_what_is_enough_for_another_product_makes_it_the_pick():
    for basket, wanted in ((["soccer-ball"], "قميص كرة القدم"), (["hockey-stick"], "Hockey Jersey")):
        why_not = bundled().recommend(basket, generate=False, why_not=wanted).why_not
        assert why_not.item == CATALOG.get(wanted) and why_not.enough and not why_not.closest
        for other in why_not.enough:
            assert bundled().recommend([*basket, other.id], generate=False).pick.item == why_not.item
    closest = 0
    for wanted in ("Tennis Ball", "كرة سلة", "hockey-puck"):
        why_not = bundled().recommend(SOCCER, generate=False, why_not=wanted).why_not
        if why_not.closest:
            closest += 1
            ranking = ids(bundled().recommend([*SOCCER, why_not.closest.id], generate=False))
            assert ranking.index(why_not.item.id) + 1 == why_not.closest_rank < why_not.rank
    assert closest


def build_large_shelf() -> Catalog:
    """Return a shelf of 100 products, of which one prompt takes half."""
    colours = ("Red", "Blue", "Green", "Yellow", "Black", "White", "Pink", "Orange", "Golden", "Silver")
    nouns = ("Lamp", "Table", "Chair", "Shelf", "Bowl", "Vase", "Clock", "Rug", "Desk", "Stool")
    names = [f"{colour} {noun}" for colour in colours for noun in nouns]
    return Catalog([Item(name.lower().replace(" ", "-"), "", "", "", {"en": name}) for name in names])


@pytest.mark.parametrize(
    ("shelf", "language", "route"), [(build_large_shelf(), "en", "direct"), (CATALOG, "fr", "translate")]
)
def test_a_claim_about_another_product_is_true_once_the_purchase_is_made(shelf, language, route):
    shop = Recommender(shelf, bundled().scorer)
    options = {"language": language, "route": route, "translator": "phrasebook", "generate": False}
    claims = 0
    for seed in range(6):
        basket = [item.id for item in Random(seed).sample(shelf.items, 3)]
        asked = shop.recommend(basket, **options).ranking[1 + seed].item
        why_not = shop.recommend(basket, why_not=asked.id, **options).why_not
        expected = dict.fromkeys((item.id for item in why_not.enough), 1)
        expected |= {why_not.closest.id: why_not.closest_rank} if why_not.closest else {}
        for other, rank in expected.items():
            claims += 1
            assert ids(shop.recommend([*basket, other], **options)).index(asked.id) + 1 == rank
    assert claims


def test_a_product_of_a_large_shelf_that_is_not_ranked_has_no_answer_to_why_not():
    shelf = Recommender(CATALOG.extended(f"Thing {number}" for number in range(60)), bundled().scorer)
    with pytest.raises(CatalogError, match='"Thing 59" is not ranked'):
        shelf.recommend(SOCCER, generate=False, why_not="Thing 59")


def test_the_pick_needs_nothing_to_be_the_pick():
    found = bundled().recommend(SOCCER, generate=False)
    again = bundled().recommend(SOCCER, generate=False, why_not=found.pick.item.id)
    assert again.why_not.is_pick
    told = again.as_dict()["why_not"]
    assert told == {**found.pick.as_dict(), "enough": [], "closest": None}


@pytest.mark.parametrize(
    ("purchased", "options", "error", "words"),
    [
        (["Soccer Ball"], {"why_not": "Soccer Ball"}, CatalogError, '"Soccer Ball" is owned already'),
        (["Soccer Ball"], {"why_not": "Quidditch Broom"}, UnknownItem, "Unknown item"),
        ([], {}, EmptyBasket, "empty"),
        (["", "  "], {}, EmptyBasket, "empty"),
        ([i.id for i in CATALOG], {}, NothingLeft, "nothing left"),
        (["Quidditch Broom"], {}, UnknownItem, "Unknown item"),
        (["Soccer Ball"], {"language": "xx"}, RouteError, "Choose one of en"),
        (["Soccer Ball"], {"language": "../x", "route": "translate"}, RouteError, "no language code"),
        (
            ["Soccer Ball"],
            {"language": "it", "route": "translate", "translator": "phrasebook"},
            TranslationError,
            "phrasebook",
        ),
        (["Soccer Ball"], {"translator": "bing"}, TranslationError, 'Unknown translator "bing"'),
        (["Soccer Ball"], {"route": "teleport"}, RouteError, "Choose one of direct"),
        (["Soccer Ball"], {"top": 0}, RecommenderError, "at least 1"),
        (["Soccer Ball"], {"add_items": ["Ball} - X: {"]}, CatalogError, "separate names"),
    ],
)
def test_bad_input_is_refused_in_plain_words(purchased, options, error, words):
    with pytest.raises(error, match=words):
        bundled().recommend(purchased, **options)


def test_a_t5_that_reads_english_alone_is_prompted_in_no_other_language():
    with pytest.raises(RouteError, match=r"reads prompts in en, not in .fr."):
        english_only().recommend(["Soccer Ball"], language="fr", route="native")
    assert english_only().recommend(["Soccer Ball"], language="fr").route == "glossary"


def test_every_route_answers_in_every_language():
    for language in LANGUAGES:
        for route in Route:
            answer = bundled().recommend(SOCCER, language=language, route=route, translator="phrasebook")
            assert answer.pick.name == answer.pick.item.name(language)
        assert bundled().recommend(SOCCER, language=language).route == choose_route(language, LANGUAGES)


@pytest.mark.parametrize(("translator", "address"), [("google", GOOGLE_URL), ("libre", LIBRE_URL)])
def test_the_translate_route_serves_any_language_of_the_translator(translator, address, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with serving("ok") as service:  # it answers in capitals
        monkeypatch.setenv(address, service.url)
        answer = bundled().recommend(SOCCER, language="it", route="translate", translator=translator)
    assert answer.translator == translator
    assert answer.pick.name == answer.pick.item.name("en").upper()
    assert answer.pick.item.id == bundled().recommend(SOCCER).pick.item.id
    assert not any(hop.losses for hop in answer.hops)


@pytest.mark.parametrize(
    "options", [{}, {"language": "ar", "explain": True}, {"add_items": ["Soccer Socks"], "top": 3}]
)
@pytest.mark.slow
def test_many_baskets_at_once_get_the_answers_that_they_get_one_by_one(options):
    rng = Random(16)
    ids = [item.id for item in bundled().catalog]
    baskets = [rng.sample(ids, rng.choice([1, 2, 3, 6])) for _ in range(12)]
    baskets[3:6] = [[], ["Quidditch Broom"], ids]
    baskets.append(baskets[0][::-1])

    many = bundled().recommend_many(baskets, **options)

    for basket, answer in zip(baskets, many, strict=True):
        try:
            alone = bundled().recommend(basket, generate=False, **options)
        except RecommenderError as error:
            assert (type(answer), str(answer)) == (type(error), str(error))
            continue
        assert [r.item.id for r in answer.ranking] == [r.item.id for r in alone.ranking]
        assert answer.as_dict()["trace"] == alone.as_dict()["trace"]
        assert [r.item for r in answer.because] == [r.item for r in alone.because]
        assert answer.pick.log_likelihood == pytest.approx(alone.pick.log_likelihood, abs=1e-4)


def test_a_basket_that_comes_twice_is_ranked_once(monkeypatch):
    asked = []
    score = bundled().scorer.log_likelihoods
    monkeypatch.setattr(bundled().scorer, "log_likelihoods", lambda p, c: asked.extend(p) or score(p, c))

    bundled().recommend_many([["soccer-ball", "tennis-ball"], ["Tennis Ball", "Soccer Ball"], ["soccer-ball"]])

    assert len(asked) == 2


@pytest.mark.parametrize(
    ("language", "owned", "added"),
    [
        ("en", "Tennis Racket", "Tennis Ball pack of 3"),
        ("en", "Hockey Stick", "Hockey Puck set of 6"),
        ("de", "Tennisschläger", "Tennisball Wilson 3er-Pack"),
        ("fr", "Ballon de football; Short de football", "Maillot de football Nike"),
        ("es", "Balón de fútbol; Camiseta de fútbol", "Botas de fútbol Nike"),
        ("ar", "كرة قدم; حذاء كرة القدم", "قميص كرة القدم أحمر"),
    ],
)
def test_a_variant_of_a_product_in_stock_is_placed_with_its_sport(language, owned, added):
    answer = bundled().recommend([owned], language=language, add_items=[added], generate=False)
    sports = {item.sport for item in answer.purchased}
    kin = sum(item.sport in sports for item in bundled().catalog) - len(answer.purchased)
    place = next(n for n, ranked in enumerate(answer.ranking) if ranked.item.id not in bundled().catalog)
    # counterparts of what is owned may stand among the products of its sport
    assert place <= kin + 3, [ranked.name for ranked in answer.ranking[:12]]


@pytest.mark.parametrize("added", [[], ["Soccer Socks"]])
def test_probabilities_are_the_softmax_of_the_log_likelihoods(added):
    answer = bundled().recommend(["Soccer Ball"], add_items=added, generate=False)
    likelihoods = torch.tensor([ranked.log_likelihood for ranked in answer.ranking])
    assert likelihoods.softmax(0).tolist() == pytest.approx([ranked.probability for ranked in answer.ranking], abs=1e-5)


def test_a_text_is_a_basket_at_every_door():
    (found,) = bundled().recommend_many(["Soccer Ball; Soccer Jersey"])
    assert {item.id for item in found.purchased} == {"soccer-ball", "soccer-jersey"}


def test_a_claim_about_an_added_product_is_true_once_the_purchase_is_made():
    options = {"add_items": ["Zqxv Soccer Socks"], "generate": False}
    for basket in (["tennis-racket", "hockey-stick"], ["soccer-jersey"]):
        why_not = bundled().recommend(basket, why_not="zqxv-soccer-socks", **options).why_not
        ranking = ids(bundled().recommend([*basket, why_not.closest.id], **options))
        assert ranking.index("zqxv-soccer-socks") + 1 == why_not.closest_rank


def test_a_purchase_that_does_not_improve_the_rank_of_another_product_is_not_named():
    question = build_question("direct", CATALOG.select(["soccer-ball"]), CATALOG, "en")
    likelihoods = {"soccer-jersey": 2.0, "hockey-puck": 1.0}  # whatever is bought

    def score(questions):
        return [torch.tensor([likelihoods.get(item.id, 0.0) for item in asked.candidates]) for asked in questions]

    ranking = sorted(question.candidates, key=lambda item: -likelihoods.get(item.id, 0.0))
    found = why_not(score, question, ranking, "hockey-puck")
    assert (found.rank, found.enough, found.closest) == (2, (), None)


def test_a_product_that_is_no_candidate_after_another_purchase_is_not_the_pick():
    question = build_question("direct", CATALOG.select(["soccer-ball"]), CATALOG, "en")
    assert _find_rank(CATALOG["soccer-ball"], question, torch.zeros(34)) == len(CATALOG)


def test_as_additional_purchases_those_of_the_sport_come_before_those_of_the_kind_and_of_a_word():
    fields = (
        ("a", "", "", "Red Ball"),
        ("b", "golf", "ball", "Tee"),
        ("c", "tennis", "net", "Net"),
        ("d", "", "", "Saw"),
    )
    shelf = [Item(id_, sport, kind, "", {"en": name}) for id_, sport, kind, name in fields]
    ball = Item("ball", "tennis", "ball", "", {"en": "Tennis Ball"})
    assert [item.id for item in find_related(ball, [*shelf, ball])] == ["c", "b", "a"]


@pytest.mark.parametrize(
    ("language", "added"),
    [
        ("en", "Soccer Socks"),
        ("ar", "جوارب كرة القدم"),
        ("fr", "Chaussettes de football"),
        ("es", "Calcetines de fútbol"),
    ],
)
def test_a_product_typed_in_any_language_is_related_to_those_with_which_it_shares_a_word(language, added):
    shelf = CATALOG.extended([added])
    kit = [item.id for item in CATALOG if item.sport == "soccer"]
    related = {item.id for item in find_related(shelf.items[-1], shelf.items)}
    assert related >= {id_ for id_ in kit if id_ != "goalie-gloves"}, language
    answer = bundled().recommend(kit, language=language, add_items=[added], explain=True, generate=False)
    assert answer.pick.name == added
    assert {reason.item.sport for reason in select_decisive(answer.because)} == {"soccer"}


def test_the_translator_of_an_answer_is_the_one_that_translated_the_purchases():
    class GoogleOnTheWayIn:
        def translate(self, texts, source, target):
            found = Phrasebook().translate(texts, source, target)
            return replace(found, by="google") if target == "en" else found

    shop = Recommender(CATALOG, bundled().scorer, lambda name: GoogleOnTheWayIn())
    answer = shop.recommend(["soccer-ball"], language="ar", route="translate", generate=False)
    assert [hop.by for hop in answer.hops] == ["google", "phrasebook"]
    assert answer.translator == "google"


def test_an_added_product_counts_as_in_stock():
    shelf = Recommender(CATALOG.extended(f"Thing {number}" for number in range(60)), bundled().scorer)
    answer = shelf.recommend(["soccer-ball"], add_items=["Soccer Socks"], generate=False)
    assert answer.narrowed and answer.unowned == len(CATALOG) + 60  # and the added one, less the owned one
