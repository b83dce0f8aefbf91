"""The endpoints for programs: they take and return what the command line does."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import gradio as gr

from ..compare import compare as comparison
from ..errors import RecommenderError
from ..t5.source import BUNDLED_NAME
from .models import Backstage
from .visitors import visitor

MAX_TEXTS = 1_000
MAX_TEXT = 100_000  # characters
MAX_NEW = 20  # products that join the shelf for one call: every prompt names them all

_log = logging.getLogger(__name__)


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
        checkpoint: str = BUNDLED_NAME,
        request: gr.Request | None = None,
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
            checkpoint: which T5: bundled, or the one that the operator of the page offers beside it.
            request: filled in by Gradio.

        Returns:
            The object that `python -m recommender recommend --json` prints.
        """
        with _plainly():
            found = backstage.recommender(
                checkpoint=_text("checkpoint", checkpoint), visitor=visitor(request)
            ).recommend(
                _texts("purchased", purchased),
                language=_text("language", language),
                route=None if route in (None, "") else _text("route", route),
                translator=_text("translator", translator),
                add_items=_texts("add_items", add_items or [], MAX_NEW),
                top=_count("top", top),
                explain=_flag("explain", explain),
            )
            return found.as_dict()

    return recommend


def compare_endpoint(backstage: Backstage) -> Callable[..., dict[str, Any]]:
    """The function behind ``/compare``."""

    def compare(
        purchased: list[str] | str,
        language: str,
        translator: str = "auto",
        add_items: list[str] | None = None,
        top: int = 5,
        checkpoint: str = BUNDLED_NAME,
        request: gr.Request | None = None,
    ) -> dict[str, Any]:
        """One basket by all four routes, side by side: what each recommends, and what it lost on the way.

        Args:
            purchased: items already owned, by id or by name in any catalog language; a list, or one text with ";".
            language: the shopper's language: ar, fr, es, de or en.
            translator: for the route translate: auto, google or phrasebook.
            add_items: names of products that join the shelf for this call.
            top: how many recommendations per route.
            checkpoint: which T5: bundled, or the one that the operator of the page offers beside it.
            request: filled in by Gradio.

        Returns:
            The object that `python -m recommender compare --json` prints.
        """
        with _plainly():
            return comparison(
                backstage.recommender(checkpoint=_text("checkpoint", checkpoint), visitor=visitor(request)),
                _texts("purchased", purchased),
                _text("language", language),
                _text("translator", translator),
                top=_count("top", top),
                add_items=_texts("add_items", add_items or [], MAX_NEW),
            ).as_dict()

    return compare


@contextmanager
def _plainly() -> Iterator[None]:
    """What goes wrong as one sentence for who called, and never as what the server is made of."""
    try:
        yield
    except RecommenderError as error:
        raise gr.Error(str(error), print_exception=False) from error
    except Exception as error:
        _log.exception("A bug met a program")
        raise gr.Error(
            "Something broke on our side. The server's log has the details.", print_exception=False
        ) from error


class BadRequest(RecommenderError):
    """A field of the wrong type or size."""


def _text(field: str, value: object) -> str:
    if not isinstance(value, str):
        raise BadRequest(f"{field} must be a text, not {type(value).__name__}.")
    return value


def _texts(field: str, value: object, most: int = MAX_TEXTS) -> list[str]:
    texts = value.split(";") if isinstance(value, str) else value
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise BadRequest(f'{field} must be a list of texts, or one text with ";" between them.')
    if len(texts) > most or sum(map(len, texts)) > MAX_TEXT:
        raise BadRequest(f"{field} is too long: {most} texts and {MAX_TEXT} characters are allowed.")
    return texts


def _flag(field: str, value: object) -> bool:
    if value not in (True, False, None):
        raise BadRequest(f"{field} must be true or false.")
    return bool(value)


def _count(field: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise BadRequest(f"{field} must be a whole number from 1 up.")
    return value
