import pytest

from recommender.shop.catalog import Catalog
from recommender.t5.prompt import TEMPLATES, build, parse


def test_prompts_are_in_the_formats_of_2023():
    assert build(["Soccer Ball"], ["Football", "Baseball"]) == (
        "ITEMS PURCHASED: {Soccer Ball} - CANDIDATES FOR RECOMMENDATION: {Football, Baseball} - RECOMMENDATION: "
    )
    assert build(["كرة قدم"], ["كرة سلة"], "ar") == (
        "عناصر تم شراؤها: {كرة قدم} - المرشحين للتوصية: {كرة سلة} - توصية: "
    )


@pytest.mark.parametrize("language", TEMPLATES)
def test_a_prompt_can_be_read_back(language):
    catalog = Catalog.load()
    names = [item.name(language) for item in catalog]
    prompt = parse(build(names[:4], names[4:], language))
    assert (prompt.language, list(prompt.purchased), list(prompt.candidates)) == (language, names[:4], names[4:])
    assert parse(build([], names, language)).purchased == ()


def test_what_is_no_prompt_is_refused():
    with pytest.raises(ValueError, match="Not a prompt"):
        parse("ITEMS PURCHASED: {a} - RECOMMENDATION: ")
