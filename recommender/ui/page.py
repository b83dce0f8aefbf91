"""The page: its pieces in their places, and the wires between them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import gradio as gr

from ..t5.source import BUNDLED_NAME
from . import api, tools
from . import views as screen
from .answers import answer
from .document import document_options
from .events import Events
from .models import Backstage
from .state import Visit
from .strings import strings
from .theme import theme

AT_ONCE = 32  # requests being answered, which share the T5's batches; a Gradio server has 40 threads
MAX_SESSIONS = 256  # more than can ask at the same time; the page keeps nothing in them, and Gradio would keep 10,000
MAX_QUEUE = 100  # requests that wait behind them, some five seconds on two cores; whoever comes then is told so

# After every request, Gradio's queue would work out statistics of the last 10,000, for a dashboard that is off.
NO_STATISTICS = {"GRADIO_ANALYTICS_CACHE_FREQUENCY": str(10**9), "GRADIO_ANALYTICS_MAX_EVENTS": "1"}

_SCRIPT = (Path(__file__).parent / "static" / "page.js").read_text(encoding="utf-8")
ENDPOINTS = {"recommend": api.recommend_endpoint, "compare": api.compare_endpoint}


class Page(gr.Blocks):
    """The app. ``launch()`` needs no arguments.

    :param checkpoint: a folder or Hub id to offer beside the bundled T5.
    :param language: the one to greet visitors in who have not chosen one; by default their browser's.
    :param int8: whether to calculate in 8 bits.
    """

    def __init__(self, checkpoint: str | None = None, language: str | None = None, *, int8: bool = False):
        os.environ.update(NO_STATISTICS)
        self.backstage = Backstage(checkpoint, int8=int8)
        super().__init__(title=strings(language or "en")("page.title"), analytics_enabled=False, fill_width=True)
        with self:
            self._build(language)
        self.queue(max_size=MAX_QUEUE, api_open=False)

    def launch(self, **options: Any) -> Any:
        """As :meth:`gradio.Blocks.launch`, with this page's theme, style, icon and head."""
        own = {
            "theme": theme(),
            "footer_links": [],  # nothing of Gradio's own: the page speaks five languages
            "run_history": False,
            "ssr_mode": False,
            "state_session_capacity": MAX_SESSIONS,
            "enable_monitoring": False,
            "max_file_size": "1mb",  # nothing is uploaded to this server; a shop's file travels in the visit
            **document_options(),
        }
        launched = super().launch(**{**own, **options})
        if self.mcp_server_obj:
            tools.speak_json(self.mcp_server_obj)
        return launched

    async def preprocess_data(self, block_fn: Any, inputs: list[Any], *rest: Any, **options: Any) -> Any:
        """As Gradio's; who calls an endpoint in the words of before it took a checkpoint gets the bundled one."""
        if block_fn.api_name in ENDPOINTS and len(inputs) == len(block_fn.inputs) - 1:
            inputs = [*inputs, BUNDLED_NAME]
        return await super().preprocess_data(block_fn, inputs, *rest, **options)

    def validate_inputs(self, block_fn: Any, inputs: list[Any]) -> None:
        """Refuse a raw call that lacks values, in words for who sent it: Gradio's are for who wrote the page."""
        if len(inputs) < len(block_fn.inputs):
            raise gr.Error(f"data must hold {len(block_fn.inputs)} values, not {len(inputs)}.", print_exception=False)

    def _build(self, language: str | None) -> None:
        visit = Visit(self.backstage.inventory, language=language or "en")
        t = strings(visit.language)
        events = Events(self.backstage, language)
        first = answer(visit, self.backstage, "")

        header = _piece(screen.header(visit), "header")
        notices = _piece("", "notices")
        with gr.Tabs(elem_id="tabs", overflow_behavior="wrap"):
            with gr.Tab(t("tab.recommend"), id="recommend") as recommend_tab, gr.Row(elem_id="bench"):
                with gr.Column(scale=7, min_width=320):
                    search = _piece(screen.search(visit), "search")
                    shelf = _piece(screen.shelf(visit), "shelf")
                    with gr.Column(elem_id="t5", elem_classes="card"):
                        checkpoint = _piece(screen.checkpoint(visit, self.backstage.guest), "checkpoint")
                        standing = _piece(screen.standing(visit, self.backstage.guest), "standing")
                    route = _piece(screen.route(visit), "route")
                    extras = _piece(screen.extras(visit), "extras")
                with gr.Column(scale=5, min_width=320, elem_id="outcome"):
                    card = _piece(first.card, "card")
                    newcomers = _piece(first.newcomers, "newcomers")
                    trace = _piece(first.trace, "trace")
                    why = _piece(first.why, "why")
                    hood = _piece(first.hood, "hood")
            with gr.Tab(t("tab.football"), id="football") as football_tab:
                story = _piece(screen.story(visit), "story")
            with gr.Tab(t("tab.results"), id="results") as results_tab:
                results = _piece(screen.results(visit), "results")
            with gr.Tab(t("tab.how"), id="how") as how_tab:
                how = _piece(screen.how(visit), "how")
        # The one value that the browser sends: what is ticked and chosen. Its script is the page's.
        bridge = gr.HTML({}, html_template="", js_on_load=_SCRIPT, elem_id="bridge")

        pieces = [card, newcomers, trace, why, hood]
        scenery = [checkpoint, standing, header, search, shelf, route, extras, story, results, how]
        tabs = [recommend_tab, football_tab, results_tab, how_tab]
        whole = [*scenery, *tabs, notices, bridge, *pieces]
        unlimited: dict[str, Any] = {"concurrency_limit": None, "concurrency_id": None}
        shared: dict[str, Any] = {"concurrency_limit": AT_ONCE, "concurrency_id": "model"}
        common: dict[str, Any] = {
            "inputs": bridge,
            "show_progress": "hidden",
            "api_visibility": "private",
            "trigger_mode": "always_last",  # of several ticks while one is being answered, the last is asked
            **shared,
        }
        bridge.ask(events.ask, outputs=pieces, **common)
        bridge.arrive(events.open, outputs=whole, **common)
        bridge.upload(events.upload, outputs=whole, **common)
        bridge.find(events.find, outputs=[search, bridge, *pieces], **common)
        bridge.switch(events.switch, outputs=[standing, route, bridge, *pieces], **common)
        bridge.progress(events.progress, outputs=standing, **{**common, **unlimited})
        bridge.story(events.story, outputs=story, **common)
        football_tab.select(events.story, outputs=story, **common)
        bridge.redraw(events.redraw, outputs=whole, **common)
        for name, endpoint in ENDPOINTS.items():
            gr.api(endpoint(self.backstage), api_name=name, api_description=tools.DESCRIPTIONS[name], **shared)


def _piece(html: str, name: str) -> gr.HTML:
    return gr.HTML(html, elem_id=name, apply_default_css=False)
