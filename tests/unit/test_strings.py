"""The page's texts: the same sentences in every language, by the rules of each."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from pathlib import Path

import pytest
from babel import Locale

from recommender.shop.language import LANGUAGES
from recommender.shop.lookup import AMBIGUITY_TEXTS, CONJUNCTIONS
from recommender.t5.prompt import TEMPLATES
from recommender.translated_names import load_sentences
from recommender.ui import views
from recommender.ui.strings import FOLDER, strings

UI = Path(views.__file__).parent
COUNTS = range(10_001)  # more than anything on the page


def read_sentences(language: str) -> dict[str, dict[str, str]]:
    """Every sentence's forms; one that counts nothing has the form "other" only."""
    found = json.loads((FOLDER / f"{language}.json").read_text(encoding="utf-8"))
    return {key: {"other": text} if isinstance(text, str) else text for key, text in found.items()}


def list_texts(language: str) -> list[str]:
    return [text for forms in read_sentences(language).values() for text in forms.values()]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_same_sentences_with_the_same_placeholders(language) -> None:
    def shape(sentences: Mapping[str, Mapping[str, str]]) -> dict[str, tuple[bool, set[str]]]:
        return {key: (len(x) > 1, set(re.findall(r"\{\w+\}", x["other"]))) for key, x in sentences.items()}

    assert shape(read_sentences(language)) == shape(read_sentences("en"))
    assert all(text.strip() for text in list_texts(language))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sentence_that_counts_has_a_form_for_every_plural_category(language) -> None:
    locale = Locale.parse(language)
    categories = {locale.plural_form(count) for count in COUNTS}

    for key, forms in read_sentences(language).items():
        if len(forms) > 1:
            assert set(forms) == categories, key
            used = [set(re.findall(r"\{\w+\}", text)) for text in forms.values()]
            assert all(placeholders <= used[-1] for placeholders in used), key


@pytest.mark.parametrize(
    ("language", "count", "said"),
    [
        ("en", 1, "Your shop is open: 1 product."),
        ("en", 1200, "Your shop is open: 1,200 products."),
        ("fr", 0, "Votre boutique est ouverte\u00a0: 0 article."),
        ("fr", 2, "Votre boutique est ouverte\u00a0: 2 articles."),
        ("de", 1, "Dein Laden ist geöffnet: 1 Produkt."),
        ("ar", 1, "متجرك مفتوح: منتج واحد."),
        ("ar", 2, "متجرك مفتوح: منتجان."),
        ("ar", 3, "متجرك مفتوح: \u20683\u2069 منتجات."),
        ("ar", 11, "متجرك مفتوح: \u206811\u2069 منتجًا."),
        ("ar", 100, "متجرك مفتوح: \u2068100\u2069 منتج."),
    ],
)
def test_nouns_agree_with_their_number(language, count, said) -> None:
    assert strings(language)("shop.loaded", count=count) == said


def test_the_orders_of_a_shop_are_counted_without_a_noun_that_has_to_agree_with_one() -> None:
    shown = strings("en")("results.shop.lead", orders=1, rows=1)

    assert "Orders kept out of training: 1." in shown and "Purchases to find in them: 1." in shown


def test_numbers_dates_and_times_are_written_as_the_language_does() -> None:
    shown = {code: (t.decimal(-0.834, 2), t.day("2026-11-20"), t.milliseconds(11)) for code, t in each_language()}

    assert shown["en"] == ("−0.83", "November 20, 2026", "11 ms")
    assert shown["fr"][:2] == ("−0,83", "20 novembre 2026")
    assert strings("fr").day("2026-12-01") == "1er décembre 2026"
    assert shown["de"][:2] == ("−0,83", "20. November 2026")
    assert "نوفمبر" in shown["ar"][1] and "ث" in shown["ar"][2]


def test_spanish_groups_the_digits_of_numbers_of_five_digits_and_more() -> None:
    written = [strings("es").whole(number) for number in (8000, 9999, 10_000, -1888)]
    assert written == ["8000", "9999", "10.000", "-1888"]
    assert [strings(code).whole(8000) for code in ("en", "de")] == ["8,000", "8.000"]


def test_in_a_list_from_right_to_left_each_text_keeps_its_place() -> None:
    assert strings("fr").listed(["a", "b"]) == "a, b"
    assert strings("ar").listed(["Yoga Mat", "كرة"]) == "\u2067\u2068Yoga Mat\u2069، \u2068كرة\u2069\u2069"


def test_no_percentage_pretends_to_be_certain() -> None:
    t = strings("en")

    assert [t.percent(p) for p in (0, 0.001, 0.5, 0.999, 1)] == ["0%", "<1%", "50%", ">99%", "100%"]


def test_a_percentage_of_the_plot_keeps_three_digits_however_small_it_is() -> None:
    shares = (0.00000115, 0.0154, 1.0)

    assert [strings("en").precise_percent(share) for share in shares] == ["0.000115%", "1.54%", "100%"]
    assert [strings("fr").precise_percent(share) for share in shares] == [
        "0,000115\u00a0%",
        "1,54\u00a0%",
        "100\u00a0%",
    ]


def test_in_arabic_more_and_less_are_words_and_the_sign_belongs_to_the_digits() -> None:
    t = strings("ar")
    shown = [t.percent(p) for p in (0.001, 0.5, 0.999)]

    assert not set("<>٪") & set("".join(shown))  # < and > change sides in a text from right to left
    assert "أقل" in shown[0] and "50" in shown[1] and "أكثر" in shown[2]


def test_french_signs_never_begin_a_line() -> None:
    for text in (*list_texts("fr"), AMBIGUITY_TEXTS["fr"], *load_sentences("fr").values()):
        assert not re.search(r"(?<![;:!?]) [;!?»]|\w :|« ", text.replace("{{ }} , ; : ، ؛ 、", "")), text


def test_an_arabic_sentence_begins_on_the_right_with_an_english_name_in_it_too() -> None:
    for text in (AMBIGUITY_TEXTS["ar"], *load_sentences("ar").values()):
        written = re.sub(r"\{\w+\}", "Soccer Ball", text)
        sides = [side for side in map(unicodedata.bidirectional, written) if side in ("L", "R", "AL")]
        assert sides[0] != "L", text  # by the first letter, a terminal lays out the line


def test_arabic_uses_its_own_signs() -> None:
    for text in list_texts("ar"):
        if text.strip(", ;"):
            assert not re.search(r"[,;?٪](?! ;)", text.replace("{{ }} , ; : ، ؛ 、", "")), text


def test_questions_and_exclamations_are_opened_in_spanish() -> None:
    for text in list_texts("es"):
        assert text.count("?") == text.count("¿") and text.count("!") == text.count("¡"), text


@pytest.mark.parametrize(("language", "opens", "closes"), [("en", "“", "”"), ("de", "„", "“"), ("fr", "«", "»")])
def test_quotation_marks_are_the_languages_own_and_in_pairs(language, opens, closes) -> None:
    for text in list_texts(language):
        assert text.count(opens) == text.count(closes) and '"' not in text and "..." not in text, text


def test_there_is_no_language_file_without_a_catalog_language() -> None:
    assert {path.stem for path in FOLDER.glob("*.json")} == set(LANGUAGES)


# render_message() makes these keys of the name of a state
MADE_OF_A_STATE = {"empty.title", "full.title", "trouble.title", "waking.title", "waking.text"}
MADE_OF_A_STATE |= {"translating.title", "translating.text"}


def test_every_sentence_is_used_somewhere() -> None:
    sources = "".join(p.read_text(encoding="utf-8") for p in [*UI.glob("*.py"), *UI.glob("templates/*.html")])
    # keys made of parts, as in t("route." ~ route): their fixed part must be there
    stems = set(re.findall(r'"([\w.-]+\.)" ~', sources)) | set(re.findall(r'f"([\w.-]+\.)\{', sources))

    unused = [
        key
        for key in read_sentences("en")
        if f'"{key}"' not in sources and not any(key.startswith(stem) for stem in stems)
    ]

    assert set(unused) == MADE_OF_A_STATE


def test_no_template_contains_a_sentence() -> None:
    for path in UI.glob("templates/*.html"):
        text = re.sub(
            r"\{[{%#].*?[%#}]\}|<svg.*?</svg>|<code>.*?</code>|<[^>]*>", " ", path.read_text("utf-8"), flags=re.S
        )
        assert not set(re.findall(r"[A-Za-z]{3,}", text)), path.name


def test_what_scrolls_can_be_scrolled_by_keyboard() -> None:
    for path in UI.glob("templates/*.html"):
        text = path.read_text("utf-8")
        reachable = text.count('<div class="scroll" tabindex="0" role="group" aria-label="')
        assert text.count('class="scroll"') == reachable, path.name


def test_text_from_left_to_right_names_its_language_without_which_the_style_turns_it_in_arabic() -> None:
    for path in UI.glob("templates/*.html"):
        for tag in re.findall(r'<(?!svg)[^<>]*dir="ltr"[^<>]*>', path.read_text("utf-8")):
            assert "lang=" in tag, path.name


def each_language():
    return ((code, strings(code)) for code in LANGUAGES)


def test_every_language_explains_translations_by_the_same_sentences() -> None:
    sentences = {language: load_sentences(language) for language in LANGUAGES}
    for language in LANGUAGES:
        assert language == "en" or sentences[language] is not sentences["en"]
        for key, text in sentences["en"].items():
            assert set(re.findall(r"\{\w+\}", sentences[language][key])) == set(re.findall(r"\{\w+\}", text)), key
        assert sentences[language].keys() == sentences["en"].keys()
        assert language in TEMPLATES and language in CONJUNCTIONS and language in AMBIGUITY_TEXTS
