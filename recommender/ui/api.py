"""The endpoints for programs: they take and return what the command line does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gradio as gr

from ..compare import compare as comparison
from ..errors import RecommenderError
from .backstage import Backstage

MAX_TEXTS = 1_000
MAX_TEXT = 100_000


def recommend_endpoint(backstage: Backstage) -> Callable[..., dict[str, Any]]:
    """The function behind ``/recommend``."""

    def recommend(
        purchased: list[str] | str,
        language: str = "en",
        route: str | None = None,
        translator: str = "auto",
        add_items: list[str] | None = None,
        top: int = 5,
        explain: bool = False,
    ) -> dict[str, Any]:
        """Recommend the next product for a basket.

        Args:
            purchased: items already owned, by id or by name in any catalog language; a list, or one text with ";".
            language: the shopper's language: en, ar, fr, es or de.
            route: direct, native, translate or glossary; by default the one that fits the language.
            translator: for the route translate: auto, google or phrasebook.
            add_items: names of products that join the shelf for this call.
            top: how many recommendations.
            explain: whether to say what each purchase contributed.

        Returns:
            The object that `python -m recommender recommend --json` prints.
        """
        try:
            found = backstage.recommender().recommend(
                _texts("purchased", purchased),
                language=_text("language", language),
                route=None if route in (None, "") else _text("route", route),
                translator=_text("translator", translator),
                add_items=_texts("add_items", add_items or []),
                top=_count("top", top),
                explain=bool(explain),
            )
            return found.as_dict()
        except RecommenderError as error:
            raise gr.Error(str(error), print_exception=False) from error

    return recommend


def compare_endpoint(backstage: Backstage) -> Callable[..., dict[str, Any]]:
    """The function behind ``/compare``."""

    def compare(
        purchased: list[str] | str,
        language: str,
        translator: str = "auto",
        add_items: list[str] | None = None,
        top: int = 5,
    ) -> dict[str, Any]:
        """One basket by all four routes, side by side: what each recommends, and what it lost on the way.

        Args:
            purchased: items already owned, by id or by name in any catalog language; a list, or one text with ";".
            language: the shopper's language: ar, fr, es, de or en.
            translator: for the route translate: auto, google or phrasebook.
            add_items: names of products that join the shelf for this call.
            top: how many recommendations per route.

        Returns:
            The object that `python -m recommender compare --json` prints.
        """
        try:
            return comparison(
                backstage.recommender(),
                _texts("purchased", purchased),
                _text("language", language),
                _text("translator", translator),
                top=_count("top", top),
                add_items=_texts("add_items", add_items or []),
            ).as_dict()
        except RecommenderError as error:
            raise gr.Error(str(error), print_exception=False) from error

    return compare


class BadRequest(RecommenderError):
    """A field of the wrong type or size."""


def _text(field: str, value: object) -> str:
    if not isinstance(value, str):
        raise BadRequest(f"{field} must be a text, not {type(value).__name__}.")
    return value


def _texts(field: str, value: object) -> list[str]:
    texts = value.split(";") if isinstance(value, str) else value
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise BadRequest(f'{field} must be a list of texts, or one text with ";" between them.')
    if len(texts) > MAX_TEXTS or sum(map(len, texts)) > MAX_TEXT:
        raise BadRequest(f"{field} is too long: {MAX_TEXTS} texts and {MAX_TEXT} characters are allowed.")
    return texts


def _count(field: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise BadRequest(f"{field} must be a whole number from 1 up.")
    return value
