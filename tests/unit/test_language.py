import pytest

from recommender.shop.language import is_language_tag, read_language


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("AR", "ar"),
        ("ar-EG", "ar"),
        ("ar-EG-u-nu-latn", "ar"),
        ("de-DE-x-private", "de"),
        ("en-a-bbb-x-y", "en"),
        ("de_DE@euro", "de"),
        ("fr_FR.UTF-8", "fr"),
        ("fr_FR.UTF-8@euro", "fr"),
        (" es@modern ", "es"),
        ("de\x00-DE", "de"),
        ("pt_br", "pt-BR"),
        ("pt-BR-u-nu-latn", "pt-BR"),
        ("zh-hant-TW-x-y", "zh-Hant-TW"),
        ("ca_ES@valencia", "ca-ES"),
        ("x-klingon", "x-klingon"),
        ("klingon@home", "klingon@home"),
        ("de-", "de-"),
    ],
)
def test_a_tag_means_its_language_whatever_extends_it(text, tag):
    assert read_language(text) == tag


def test_a_tag_with_an_extension_has_the_form_of_a_tag():
    assert is_language_tag("pt-BR-u-nu-latn") and not is_language_tag("-u-nu-latn")
