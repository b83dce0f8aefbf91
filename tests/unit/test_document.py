"""The HTML document before its scripts have run: the language of the loading page, and what it says."""

from __future__ import annotations

import html

import pytest
from starlette.requests import Request

from recommender.shop.language import LANGUAGES
from recommender.ui.document import guess_language, put_loading_page, replace_head
from recommender.ui.strings import strings


def visit(query: str = "", browser: str = "") -> Request:
    headers = [(b"accept-language", browser.encode())]
    return Request({"type": "http", "path": "/", "query_string": query.encode(), "headers": headers})


@pytest.mark.parametrize(
    ("query", "browser", "operator", "expected"),
    [
        ("lang=ar", "fr", "es", "ar"),
        ("lang=ar-EG", "fr", "es", "ar"),
        ("lang=fr_FR.UTF-8", "", None, "fr"),
        ("", "de-AT,de;q=0.9,en;q=0.8", None, "de"),
        ("", "fr", "es", "es"),
        ("lang=pt-BR", "fr", "es", "es"),
        ("lang=pt-BR", "fr", None, "fr"),
        ("", "", None, "en"),
    ],
)
def test_the_page_loads_in_the_language_of_the_link_the_operator_or_the_browser(query, browser, operator, expected):
    assert guess_language(visit(query, browser), operator) == expected


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_card_of_a_link_speaks_the_language_of_the_page(language) -> None:
    t = strings(language)
    of_gradio = b'<head><meta property="og:title" content="Gradio" /></head>'
    head = html.unescape(replace_head(of_gradio, "https://shop.example", t, demo=True).decode())

    assert head.count('property="og:title"') == 1
    assert f'property="og:title" content="{t("page.title")}{t("list.colon")}{t("page.headline")}"' in head
    for name in ('name="description"', 'property="og:description"'):
        assert f'{name} content="{t("page.sentence")}"' in head


def test_the_card_of_another_shop_has_no_picture_of_the_demo() -> None:
    cards = [
        replace_head(b"</head>", "https://shop.example", strings("en"), demo=demo).decode() for demo in (True, False)
    ]

    assert ["og:image" in card for card in cards] == [True, False]
    assert ["summary_large_image" in card for card in cards] == [True, False]


def test_the_loading_page_can_say_in_its_language_that_the_server_does_not_answer() -> None:
    page = put_loading_page(b'<html lang="en"><head></head><body class="x"></body></html>', strings("ar")).decode()

    assert '<html lang="ar" dir="rtl">' in page
    assert f'data-trouble="{strings("ar")("trouble.busy")}"' in page and 'class="lead wait" role="status"' in page
