import pytest

from recommender.shop.catalog import Catalog
from recommender.shop.language import LANGUAGES
from recommender.t5.prompt import build_prompt
from tests.support.reference import read_prompt


def test_prompts_are_in_the_formats_of_2023():
    assert build_prompt(["Soccer Ball"], ["Football", "Baseball"]) == (
        "ITEMS PURCHASED: {Soccer Ball} - CANDIDATES FOR RECOMMENDATION: {Football, Baseball} - RECOMMENDATION: "
    )
    assert build_prompt(["كرة قدم"], ["كرة سلة"], "ar") == (
        "عناصر تم شراؤها: {كرة قدم} - المرشحين للتوصية: {كرة سلة} - توصية: "
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_names_listed_in_a_prompt_can_be_separated_again(language):
    names = [item.name(language) for item in Catalog.load()]
    assert read_prompt(build_prompt(names[:4], names[4:], language)) == (language, names[:4], names[4:])
    assert read_prompt(build_prompt([], names, language)) == (language, [], names)
