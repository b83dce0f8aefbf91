from random import Random

import pytest

from recommender.shop.catalog import Catalog
from recommender.shop.language import LANGUAGES
from recommender.shop.text import normalise
from recommender.t5.prompt import build_prompt
from tests.support.reference import read_prompt


def test_prompts_are_in_the_formats_of_2023():
    assert build_prompt(["Soccer Ball"], ["Football", "Football Helmet"]) == (
        "ITEMS PURCHASED: {Soccer Ball} - CANDIDATES FOR RECOMMENDATION: {Football, Football Helmet} - RECOMMENDATION: "
    )
    assert build_prompt(["كرة قدم"], ["كرة سلة"], "ar") == (
        "عناصر تم شراؤها: {كرة قدم} - المرشحين للتوصية: {كرة سلة} - توصية: "
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_names_listed_in_a_prompt_can_be_separated_again(language):
    names = sorted((item.name(language) for item in Catalog.load()), key=normalise)
    assert read_prompt(build_prompt(names[:4], names[4:], language)) == (language, names[:4], names[4:])
    assert read_prompt(build_prompt([], names, language)) == (language, [], names)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_prompt_is_the_same_for_any_order_of_its_names(language):
    # two that are equal but for letter case and an accent must not stay in the order in which they came
    names = [*(item.name(language) for item in Catalog.load()), "SOCCER SOCKS", "Soccer Söcks", "soccer socks"]
    orders = [Random(seed).sample(names, len(names)) for seed in range(3)]
    assert len({build_prompt(names[:2], order, language) for order in orders}) == 1
    assert len({build_prompt(order, names[:2], language) for order in orders}) == 1


def test_a_prompt_lists_names_by_the_alphabet_whatever_their_accents_and_letter_case():
    listed = "{eagle, Épée, Foo, zoo}"
    assert listed in build_prompt([], ["zoo", "Épée", "Foo", "eagle"], "fr")
