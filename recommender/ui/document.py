"""The HTML document around Gradio's components: theme, head, icon, social card and static files, all served locally."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

import gradio as gr
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..shop.language import LANGUAGES, read_language
from ..shop.paths import DATA
from .middleware import RequestFilter
from .request import get_page_address
from .state import read_arrival
from .static_files import FILES, STATIC, VERSION
from .strings import Strings, strings
from .views import render

SAMPLE = DATA / "sample_shop.csv"
# Fonts of the visitor's system.
_SANS = ("ui-sans-serif", "system-ui", "-apple-system", "Segoe UI", "Noto Sans", "Noto Sans Arabic", "sans-serif")
_MONO = ("ui-monospace", "Cascadia Code", "Menlo", "Noto Sans Mono", "DejaVu Sans Mono", "monospace")
# In rem: Gradio's sizes are in pixels, which ignore the text size that a visitor has chosen.
_SIZES = {"xxs": 0.5625, "xs": 0.625, "sm": 0.75, "md": 0.9375, "lg": 1, "xl": 1.375, "xxl": 1.625}
_TEXT = gr.themes.sizes.Size(name="text_rem", **{name: f"{size}rem" for name, size in _SIZES.items()})
_BODY = re.compile(rb"<body[^>]*>")
# The social card of Gradio's template, which describes Gradio, with pictures from another server.
_GRADIO_CARD = re.compile(rb"\s*<meta\s[^>]*?(?:property|name)=\"(?:og|twitter):[^>]*?/>")

_files = StaticFiles(directory=STATIC)


def build_launch_options(language: str | None, *, demo: bool) -> dict[str, Any]:
    """Return the arguments of ``launch`` for the page's own theme, files and head.

    :param language: the operator's default for visitors who have not chosen a language.
    :param demo: whether the page shows the demo's shop, as the picture for shared links does.
    """
    return {
        "theme": build_theme(),
        "favicon_path": str(STATIC / "favicon.svg"),
        "app_kwargs": {
            "routes": [Route(f"{FILES}/{SAMPLE.name}", _send_sample), Route(f"{FILES}/{{name}}", _send_file)],
            "middleware": [Middleware(RequestFilter), Middleware(DocumentHead, language=language, demo=demo)],
        },
    }


def build_theme() -> gr.themes.Base:
    """Return a Gradio theme in the page's colours; the rest is in style.css."""
    return gr.themes.Base(
        primary_hue=gr.themes.colors.emerald,
        neutral_hue=gr.themes.colors.stone,
        radius_size=gr.themes.sizes.radius_lg,
        text_size=_TEXT,
        font=_SANS,
        font_mono=_MONO,
    ).set(
        body_background_fill="#f7f5f0",
        body_background_fill_dark="#12141a",
        body_text_color="#1d2129",
        body_text_color_dark="#eceef2",
        block_background_fill="transparent",
        block_background_fill_dark="transparent",
        block_border_width="0px",
        block_padding="0px",
        block_shadow="none",
        layout_gap="20px",
    )


async def _send_sample(_: Request) -> FileResponse:
    return FileResponse(SAMPLE, filename=SAMPLE.name, media_type="text/csv; charset=utf-8")


async def _send_file(request: Request) -> Response:
    # a route instead of a mount, which does not work behind a proxy that removes a sub-path
    return await _files.get_response(request.path_params["name"], request.scope)


class DocumentHead:
    """ASGI middleware that rewrites the HTML document served by Gradio.

    It replaces the head, and adds a loading page in the visitor's language, shown until the scripts have loaded.
    """

    def __init__(self, app: ASGIApp, language: str | None, demo: bool):
        self.app, self.language, self.demo = app, language, demo

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Rewrite the document; pass on everything else."""
        # a proxy may have removed the sub-path from the path already
        if scope["type"] != "http" or scope["path"].removeprefix(scope.get("root_path", "")).strip("/"):
            return await self.app(scope, receive, send)
        start: Message = {}
        body = b""

        async def rewrite(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start":
                start = message
                return
            body += message.get("body", b"")
            if message.get("more_body"):
                return
            headers = [(name, value) for name, value in start["headers"] if name != b"content-length"]
            if any(name == b"content-type" and value.startswith(b"text/html") for name, value in headers):
                request = Request(scope)
                t = strings(guess_language(request, self.language))
                body = put_loading_page(replace_head(body, get_page_address(request), t, demo=self.demo), t)
            await send({**start, "headers": [*headers, (b"content-length", str(len(body)).encode())]})
            await send({"type": "http.response.body", "body": body})

        await self.app(scope, receive, rewrite)


def replace_head(document: bytes, home: str, t: Strings, *, demo: bool) -> bytes:
    """Return ``document`` with this page's style and social card instead of Gradio's.

    :param home: the page's address, without a slash at the end.
    :param demo: see :func:`build_launch_options`.
    """
    path = urlsplit(home).path
    head = render("head", t, address=home, path=path, files=FILES, version=VERSION, demo=demo)
    document = document.replace(b'"/manifest.json"', f'"{path}/manifest.json"'.encode())  # Gradio omits the path
    return _GRADIO_CARD.sub(b"", document).replace(b"</head>", head.encode() + b"</head>", 1)


def put_loading_page(document: bytes, t: Strings) -> bytes:
    """Return ``document`` with its language, its title, and the loading page, which also serves without scripts."""
    document = document.replace(b'lang="en"', f'lang="{t.language}" dir="{t.direction}"'.encode(), 1)
    document = document.replace(b"</head>", f"<title>{t('page.title')}</title></head>".encode(), 1)
    return _BODY.sub(lambda body: body[0] + render("loading", t).encode(), document, count=1)


def guess_language(request: Request, default: str | None) -> str:
    """Return the language of the loading page: the first known one of the visitor's link, the operator, the browser.

    The visitor's last choice is stored in the browser, and unknown until the page has loaded.
    """
    tags = [tag.partition(";")[0].strip() for tag in request.headers.get("accept-language", "").split(",")]
    arrival = read_arrival({"query": request.url.query, "preferred": tags}, default)
    language = read_language(str(arrival.get("language", "")))
    return language if language in LANGUAGES else str(arrival["guessed_language"])
