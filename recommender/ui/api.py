"""The endpoints for programs, over HTTP and as MCP tools, with the inputs and outputs of the command line."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Literal

import gradio as gr

from ..compare import compare as compare_routes
from ..errors import RecommenderError
from ..routes import Route
from ..shop.catalog import LANGUAGES
from ..shop.text import split_list
from ..t5.source import BUNDLED_NAME
from .models import ModelRegistry
from .request import get_visitor_key
from .state import get_translators

if TYPE_CHECKING:
    from gradio.mcp import GradioMCPServer

MAX_TEXTS = 1_000
MAX_TEXT = 100_000  # characters
MAX_NEW = 20  # products added for one call; every prompt contains them all

# The descriptions of the endpoints, for programs and language models.
DESCRIPTIONS = {
    "recommend": (
        "Recommend which product to buy next (the demo sells sports equipment). "
        "Give what the shopper owns already; a T5 ranks every other "
        "product in stock. The answer is a JSON object: recommendations (best first, with id, name in the shopper's "
        "language and probability), raw_generation (what the T5 writes unconstrained), trace (every translation on "
        "the way) and, with explain, because (what each purchase contributed). An unknown or ambiguous item is an "
        "error that names the closest ones."
    ),
    "compare": (
        "Ask one basket (in the demo, of sports equipment) four ways (English prompt, the shopper's language, "
        "machine translation, glossary) and see what each recommends. "
        "The answer is a JSON object with one entry of routes per way: its "
        "pick and top, same_pick (as the English prompt), losses (items whose meaning or sport translation lost) and "
        "a verdict in the shopper's language."
    ),
}

_COUNT = re.compile(r"\d{1,9}(\.0+)?")
_log = logging.getLogger(__name__)


class BadRequest(RecommenderError):
    """A field of the wrong type or size."""


Endpoint = Callable[..., dict[str, Any]]


def make_recommend(registry: ModelRegistry) -> Endpoint:
    """Return the function behind ``/recommend``."""

    def recommend(
        purchased: list[str] | str,
        language: str = "en",
        route: str | None = None,
        translator: str = "auto",
        add_items: list[str] | None = None,
        top: int = 5,
        explain: bool = False,
        checkpoint: str = BUNDLED_NAME,
        why_not: str | None = None,
        request: gr.Request | None = None,
    ) -> dict[str, Any]:
        """Recommend the next product for a basket.

        Args:
            purchased: items already owned, by id or by name in any catalog language; a list, or one text with ";".
            language: the shopper's language, as a tag such as ar or ar-EG; with the route translate, any.
            route: direct, native, translate or glossary; by default the one that fits the language.
            translator: for the route translate: auto, google or phrasebook.
            add_items: names of products that join the shelf for this call.
            top: how many recommendations.
            explain: whether to say what each purchase contributed.
            checkpoint: which T5: bundled, or the one that the operator of the page offers beside it.
            why_not: a product that is not owned, by id or name: what it would take for it to be recommended.
            request: filled in by Gradio.

        Returns:
            The object that `python -m recommender recommend --json` prints.
        """
        with _report_errors():
            recommender = registry.build_recommender(
                checkpoint=_check_text("checkpoint", checkpoint), visitor=get_visitor_key(request)
            )
            return recommender.recommend(
                _check_texts("purchased", purchased),
                language=_check_text("language", language),
                route=None if route in (None, "") else _check_text("route", route),
                translator=_check_text("translator", translator),
                add_items=_check_texts("add_items", add_items or [], MAX_NEW),
                top=_check_count("top", top),
                explain=_check_flag("explain", explain),
                why_not=None if why_not in (None, "") else _check_text("why_not", why_not),
            ).as_dict()

    return _name_choices(recommend)


def make_compare(registry: ModelRegistry) -> Endpoint:
    """Return the function behind ``/compare``."""

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
            language: the shopper's language, as a tag such as ar or ar-EG.
            translator: for the route translate: auto, google or phrasebook.
            add_items: names of products that join the shelf for this call.
            top: how many recommendations per route.
            checkpoint: which T5: bundled, or the one that the operator of the page offers beside it.
            request: filled in by Gradio.

        Returns:
            The object that `python -m recommender compare --json` prints.
        """
        with _report_errors():
            recommender = registry.build_recommender(
                checkpoint=_check_text("checkpoint", checkpoint), visitor=get_visitor_key(request)
            )
            return compare_routes(
                recommender,
                _check_texts("purchased", purchased),
                _check_text("language", language),
                _check_text("translator", translator),
                top=_check_count("top", top),
                add_items=_check_texts("add_items", add_items or [], MAX_NEW),
            ).as_dict()

    return _name_choices(compare)


def _name_choices(endpoint: Endpoint) -> Endpoint:
    """Add the possible choices to the type hints, from which Gradio makes the schemas for HTTP and MCP."""
    choices: dict[str, Any] = {
        "language": Literal[LANGUAGES] | str,
        "route": Literal[tuple(map(str, Route))] | None,
        "translator": Literal[get_translators()],
    }
    endpoint.__annotations__.update({name: choices[name] for name in choices if name in endpoint.__annotations__})
    return endpoint


def prepare_tools(server: GradioMCPServer) -> None:
    """Make the MCP tools answer in JSON instead of Python's notation, and leave the check of inputs to the endpoints.

    The library's own check by schema refuses inputs such as "3" and "true", and does not name the field.
    """

    async def skip_check(tool: str) -> None:
        return None

    server.mcp_server._get_cached_tool_definition = skip_check  # type: ignore[method-assign,assignment]

    def to_texts(data: Any, root_url: str) -> list[Any]:
        texts = [json.dumps(output, ensure_ascii=False, allow_nan=False) for output in data]
        return [server.types.TextContent(type="text", text=text) for text in texts]

    server.postprocess_output_data = to_texts  # type: ignore[method-assign]  # Gradio has no option for it


@contextmanager
def _report_errors() -> Iterator[None]:
    """Turn any error inside into one sentence for the caller, without internals of the server."""
    try:
        yield
    except RecommenderError as error:
        raise gr.Error(str(error), print_exception=False) from error
    except Exception as error:
        _log.exception("Unhandled error while answering an API call")
        raise gr.Error(
            "Something broke on our side. The server's log has the details.", print_exception=False
        ) from error


def _check_text(field: str, value: object) -> str:
    if not isinstance(value, str):
        raise BadRequest(f"{field} must be a text, not {type(value).__name__}.")
    return value


def _check_texts(field: str, value: object, most: int = MAX_TEXTS) -> list[str]:
    """Return a list of texts, which may be given as one text: JSON, or with separators."""
    if isinstance(value, str) and value.lstrip().startswith("["):
        with suppress(ValueError, RecursionError):  # if it is not JSON, it is a name
            value = json.loads(value)
    texts = split_list(value) if isinstance(value, str) else value
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise BadRequest(f'{field} must be a list of texts, or one text with ";" between them.')
    if len(texts) > most or sum(map(len, texts)) > MAX_TEXT:
        raise BadRequest(f"{field} is too long: {most} texts and {MAX_TEXT} characters are allowed.")
    return texts


def _check_flag(field: str, value: object) -> bool:
    flag = {"true": True, "false": False}.get(value.strip().lower(), value) if isinstance(value, str) else value
    if flag not in (True, False, None):
        raise BadRequest(f"{field} must be true or false.")
    return bool(flag)


def _check_count(field: str, value: object) -> int:
    """Return a whole number, which may be given as 3, 3.0 or "3"."""
    if isinstance(value, str) and _COUNT.fullmatch(value.strip()):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 1 or value != value // 1:
        raise BadRequest(f"{field} must be a whole number from 1 up.")
    return int(value)
