"""The endpoints for programs, over HTTP and as MCP tools, with the inputs and outputs of the command line."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

import gradio as gr

from ..compare import compare as compare_routes
from ..errors import RecommenderError
from ..recommendation import TOP
from ..recommender import Recommender
from ..routes import Route
from ..shop.language import LANGUAGES
from ..t5.source import BUNDLED_NAME
from .fields import check_text, read_recommend
from .middleware import BROKEN, describe_fault
from .models import ModelRegistry
from .request import get_visitor_key
from .state import get_translators

if TYPE_CHECKING:
    from gradio.mcp import GradioMCPServer

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

_log = logging.getLogger(__name__)


Endpoint = Callable[..., dict[str, Any]]


def make_recommend(registry: ModelRegistry) -> Endpoint:
    """Return the function behind ``/recommend``."""

    def recommend(
        purchased: list[str] | str,
        language: str = "en",
        route: str | None = None,
        translator: str = "auto",
        add_items: list[str] | None = None,
        top: int = TOP,
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
            values = {
                "purchased": purchased,
                "language": language,
                "route": route,
                "translator": translator,
                "add_items": add_items,
                "top": top,
                "explain": explain,
                "why_not": why_not,
            }
            return _open(registry, checkpoint, request).recommend(**read_recommend(values)).as_dict()

    return _name_choices(recommend)


def make_compare(registry: ModelRegistry) -> Endpoint:
    """Return the function behind ``/compare``."""

    def compare(
        purchased: list[str] | str,
        language: str,
        translator: str = "auto",
        add_items: list[str] | None = None,
        top: int = TOP,
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
            fields = read_recommend(
                {"purchased": purchased, "translator": translator, "add_items": add_items, "top": top}
            )
            return compare_routes(
                _open(registry, checkpoint, request),
                fields["purchased"],
                check_text("language", language),
                fields["translator"],
                top=fields["top"],
                add_items=fields["add_items"],
            ).as_dict()

    return _name_choices(compare)


def _open(registry: ModelRegistry, checkpoint: object, request: gr.Request | None) -> Recommender:
    """Return the recommender for a call; without a checkpoint, or with null, the bundled T5 answers."""
    name = BUNDLED_NAME if checkpoint is None else check_text("checkpoint", checkpoint)
    return registry.build_recommender(checkpoint=name, visitor=get_visitor_key(request))


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
        _log.error("Unhandled error while answering an API call: %s", describe_fault(error))
        raise gr.Error(BROKEN, print_exception=False) from error
