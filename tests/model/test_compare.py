"""One basket by every route."""

from random import Random

import pytest

from recommender import routes
from recommender.compare import compare, measure_route
from recommender.shop.lookup import find_basket
from recommender.translated_names import load_sentences
from recommender.translation.phrasebook import Phrasebook
from tests.support.bundled import bundled, english_only

SOCCER = [["Soccer Shin Guards"], ["Soccer Jersey", "Soccer Goal Post", "Soccer Cleats", "Goalie Gloves"]]
BASKETBALL = ["Basketball Jersey", "Basketball", "Basketball Arm Sleeve"]


@pytest.mark.parametrize("basket", SOCCER)
def test_a_soccer_basket_loses_its_sport_by_translation_and_nothing_by_glossary(basket):
    found = compare(bundled(), basket, "ar", "phrasebook")
    assert found["translate"].as_dict()["sport_lost_in"]
    assert all(loss.reason for loss in found["translate"].losses)
    assert (found["glossary"].same_pick, found["glossary"].tau, found["glossary"].losses) == (True, 1.0, ())
    assert found["native"].losses == ()


@pytest.mark.parametrize("basket", [*SOCCER, BASKETBALL])
def test_native_and_glossary_give_the_english_pick_for_the_three_baskets_of_2023(basket):
    found = compare(bundled(), basket, "ar", "phrasebook")
    assert found["native"].same_pick and found["glossary"].same_pick


@pytest.mark.parametrize("language", ["ar", "fr", "es", "de"])
def test_the_glossary_asks_the_english_question_for_a_thousand_baskets(language):
    rng = Random(language)
    catalog = bundled().catalog
    for _ in range(1000):
        names = [item.name(language) for item in rng.sample(catalog.items, rng.randint(1, 34))]
        basket = find_basket(names, catalog, language)
        assert len(basket) == len(names)
        glossary, english = (
            routes.build_question(route, basket, catalog, language) for route in ("glossary", "direct")
        )
        # the same prompt and candidates to the same T5: the same pick, and the same whole ranking
        assert (glossary.prompt, glossary.candidates) == (english.prompt, english.candidates)
        assert glossary.inbound and not glossary.inbound.losses


def test_a_basketball_basket_loses_nothing_on_the_way_in():
    found = compare(bundled(), BASKETBALL, "ar", "phrasebook")
    assert [loss for loss in found["translate"].losses if loss.step == "in"] == []


def test_a_route_that_the_language_lacks_is_said_to_be_missing():
    native = compare(english_only(), ["Basketball"], "fr", "phrasebook")["native"]
    assert not native.as_dict()["available"]
    assert native.summary == "Cette voie n’existe pas dans cette langue."


@pytest.mark.parametrize(("language", "way_in", "way_out"), [("ar", 1, 1), ("fr", 1, 1), ("es", 1, 1), ("de", 0, 0)])
def test_german_keeps_soccer_apart_and_the_others_lose_it_both_ways(language, way_in, way_out):
    losses = measure_route(bundled().catalog, Phrasebook(), language, "translate").losses
    assert any(x.sport_changed for x in losses if x.step == "in") == bool(way_in)
    assert any(x.sport_changed for x in losses if x.step == "out") == bool(way_out)


@pytest.mark.parametrize("language", ["en", "ar", "fr", "es", "de"])
def test_the_glossary_keeps_every_item(language):
    measured = measure_route(bundled().catalog, Phrasebook(), language, "glossary")
    assert (measured.kept, measured.losses) == (measured.total, ())


@pytest.mark.parametrize("language", ["ar", "de"])
def test_the_summary_of_a_route_says_what_was_lost_and_whether_the_pick_is_another(language):
    found, said = compare(bundled(), ["soccer-ball"], language, "phrasebook"), load_sentences(language)
    for outcome in found.outcomes:
        lost, same = ("lost", "lost_same") if outcome.losses else ("differs", "faithful")
        expected = said[same if outcome.same_pick else lost]
        assert outcome.summary == expected.format(count=len(outcome.losses))


@pytest.mark.parametrize("basket", [["Soccer Shin Guards"], ["Tennis Racket"], ["Soccer Jersey", "Soccer Cleats"]])
def test_the_agreement_of_rankings_does_not_hang_on_what_nobody_buys(basket):
    for language in ("ar", "de"):
        found = compare(bundled(), basket, language, "phrasebook")
        assert found["native"].tau > 0.8
        assert found["translate"].tau == 1 or found["translate"].tau < found["native"].tau


def test_a_sport_that_is_lost_on_the_way_out_alone_is_not_said_to_be_lost_on_the_way_in():
    told = compare(bundled(), ["football"], "ar", "phrasebook")["translate"].as_dict()
    assert (told["sport_lost_in"], told["sport_lost_out"]) == (False, True)


def test_every_route_has_as_many_recommendations_as_were_asked_for_and_ranks_what_was_added():
    found = compare(bundled(), ["soccer-ball"], "de", "phrasebook", top=2, add_items=["Soccer Socks"])
    for outcome in found.outcomes:
        assert len(outcome.as_dict()["top"]) == 2
        assert "soccer-socks" in [ranked.item.id for ranked in outcome.recommendation.ranking]
