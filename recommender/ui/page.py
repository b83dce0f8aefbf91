"""The Gradio app: the layout of the page, its script, and its endpoints."""

from __future__ import annotations

import inspect
import queue
import threading
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import gradio as gr
from gradio.events import api as add_endpoint
from gradio.networking import setup_tunnel
from starlette.requests import Request

from . import endpoints, views
from .answer_view import render_answer
from .call_queue import CallQueue
from .document import build_launch_options
from .events import Events
from .middleware import MAX_CONCURRENT
from .models import ModelRegistry
from .service import Service
from .state import TABS, PageState
from .static_files import STATIC
from .story import can_be_told
from .strings import strings
from .uploaded_shop import MAX_BYTES

MAX_SESSIONS = 256  # more than can send requests at the same time; nothing is stored in them, and Gradio keeps 10,000
TUNNEL_TIMEOUT = 45.0  # seconds; normally it takes ten, including the download of a program (12 MB, once)

_SCRIPTS = ("protocol.js", "messages.js", "address.js", "drawing.js", "page.js")
_SCRIPT = "\n".join((STATIC / name).read_text(encoding="utf-8") for name in _SCRIPTS)
# Registers the component that drawing.js draws into. One in a tab is mounted when the tab is first opened, and gets its
# first value from Gradio later.
_PIECE = """(window.pieces ??= {})[element.closest('[id]:not([id^=html-])').id] = props;
const mounted = () => document.dispatchEvent(new Event('mounted'));
watch('value', mounted);
mounted();"""


class Page(gr.Blocks):
    """The Gradio app. ``launch()`` needs no arguments.

    :param checkpoint: a folder or Hub id to offer beside the bundled T5.
    :param language: the language for visitors who have not chosen one; by default their browser's.
    :param shop: the folder of the shop; by default the demo's.
    :param int8: whether to run ``checkpoint`` in 8 bits.
    """

    def __init__(
        self,
        checkpoint: str | None = None,
        language: str | None = None,
        shop: Path | None = None,
        *,
        int8: bool = False,
    ):
        self.registry = ModelRegistry(checkpoint, shop, int8=int8)
        self.language = language
        super().__init__(title=strings(language or "en")("page.title"), analytics_enabled=False, fill_width=True)
        with self:
            self._build(language)
        self.queue(api_open=False)
        self._queue = CallQueue(self)

    def launch(self, **options: Any) -> Any:  # type: ignore[override]  # Gradio's options, by name only
        """Launch as :meth:`gradio.Blocks.launch` does, with this page's theme, style, icon and head."""
        own = {
            "footer_links": [],  # Gradio's footer is not translated into the page's languages
            "run_history": False,
            "ssr_mode": False,
            "state_session_capacity": MAX_SESSIONS,
            "enable_monitoring": False,
            "max_file_size": "1mb",  # nothing is uploaded to this server; a shop's file is part of the page state
            **build_launch_options(self.language, demo=self.registry.shop.is_demo),
        }
        own["app_kwargs"]["routes"] += Service(self.registry).routes  # there from the first request on
        launched = super().launch(**{**own, **options})
        if self.mcp_server_obj:
            endpoints.prepare_tools(self.mcp_server_obj)
        return launched

    def validate_inputs(self, block_fn: Any, inputs: list[Any]) -> None:
        """Complete a raw call with the endpoint's defaults, as Gradio's own clients do.

        :raises gr.Error: if a value is missing; Gradio's own message is for developers.
        """
        missing = list(inspect.signature(block_fn.fn).parameters.values())[len(inputs) : len(block_fn.inputs)]
        if needed := [parameter.name for parameter in missing if parameter.default is parameter.empty]:
            raise gr.Error(f"data lacks a value for {' and '.join(needed)}.", print_exception=False)
        inputs += [parameter.default for parameter in missing]

    def _build(self, language: str | None) -> None:
        state = PageState(self.registry.inventory, language=language or "en")
        told = can_be_told(self.registry.inventory, self.registry.shop.phrasebook)
        tabs = [tab for tab in TABS if told or tab != "football"]
        events = Events(self.registry, language, tabs)
        t = strings(state.language)
        pieces = {
            **views.render_page(state, self.registry),
            **render_answer(state, self.registry, "").pieces,
            "chosen": views.render_chosen(state),
            "offers": views.render_offers(state),
            "load-status": views.render_load_status(state, self.registry.operator_model),
            "route": views.render_route(state),
            "story": views.render_story(state, self.registry),
        }

        def add_pieces(*names: str) -> None:
            for name in names:
                gr.HTML(pieces[name], js_on_load=_PIECE, elem_id=name, apply_default_css=False)

        def answer(request: object, web: gr.Request) -> dict[str, Any]:
            """Return the reply to a request of the browser."""
            assert isinstance(web, Request)  # Gradio passes Starlette's request to a component's function
            return events.answer(request, web)

        add_pieces("header")
        _add_region("arrival")
        with gr.Tabs(elem_id="tabs", overflow_behavior="wrap"):
            with gr.Tab(t("tab.recommend"), id="recommend"), gr.Row(elem_id="bench"):
                with gr.Column(scale=7, min_width=320):
                    add_pieces("search", "offers")
                    _add_region("basket")
                    add_pieces("chosen", "shelf")
                with gr.Column(scale=5, min_width=320, elem_id="outcome"):
                    _add_region("answer")
                    add_pieces("card", "newcomers", "trace", "why-not", "hood")
                with gr.Column(scale=7, min_width=320, elem_id="options"):
                    with gr.Column(elem_id="t5", elem_classes="card"):
                        add_pieces("checkpoint", "load-status")
                    add_pieces("route", "add")
                    _add_region("add")
                    add_pieces("own-shop")
                    _add_region("shop")
            for tab in tabs[1:]:
                with gr.Tab(t(f"tab.{tab}"), id=tab):
                    add_pieces("story" if tab == "football" else tab)
        _add_region("now")
        _add_region("line")
        # an invisible component with the page's script and the function on the server that it calls
        first = [name for name in pieces if name not in ("story", "results", "how")]
        gr.HTML(
            "",
            html_template="",
            js_on_load=_SCRIPT,
            server_functions=[answer],
            elem_id="bridge",
            first=first,
            tabs=tabs,
            max_bytes=MAX_BYTES,
        )

        limited: dict[str, Any] = {"concurrency_limit": MAX_CONCURRENT, "concurrency_id": "model"}
        for make in (endpoints.make_recommend, endpoints.make_compare):
            endpoint = make(self.registry)
            name = endpoint.__name__
            add_endpoint(endpoint, api_name=name, api_description=endpoints.DESCRIPTIONS[name], **limited)


def share(page: Page, timeout: float = TUNNEL_TIMEOUT) -> str:
    """Open a public link to the page by Gradio's tunnel; if that fails, the page is still served on this machine.

    :param timeout: seconds to wait.
    :return: a message to the operator: the link, or why there is none.
    """
    outcome: queue.SimpleQueue[str] = queue.SimpleQueue()
    # a daemon thread, so that a hanging connection neither delays the page nor keeps the program from ending
    threading.Thread(target=lambda: outcome.put(_open_tunnel(page)), daemon=True).start()
    try:
        return outcome.get(timeout=timeout)
    except queue.Empty:
        return _explain_no_link(f"nobody answered within {timeout:g} seconds", page)


def _open_tunnel(page: Page) -> str:
    try:
        link = setup_tunnel(page.server_name, page.server_port, page.share_token, None, None)
    except BaseException as error:  # any error of the network, the disk or Gradio's helper program
        return _explain_no_link(str(error.__cause__ or error).partition("\n")[0].rstrip("."), page)
    return f"Public link, for up to a week: {urlsplit(link)._replace(scheme=page.share_server_protocol).geturl()}"


def _explain_no_link(why: str, page: Page) -> str:
    return f"There is no public link: the tunnel could not be opened ({why}). The page goes on at {page.local_url}"


def _add_region(place: str) -> None:
    """Add a live region for messages; screen readers need it to exist, empty, before a message is shown."""
    live = "assertive" if place == "line" else "polite"
    html = f'<div class="said" id="said-{place}" data-said="{place}" aria-live="{live}"></div>'
    gr.HTML(html, elem_id=f"place-{place}", apply_default_css=False)
