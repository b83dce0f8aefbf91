"""The HTML document around the page: head, icon, social card, and nothing from anybody else's server."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

from starlette.datastructures import URL
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..catalog import DATA
from .render import html
from .screen import FILES
from .strings import strings

SAMPLE = DATA / "sample_shop.csv"
STATIC = Path(__file__).parent / "static"
# Gradio's template describes Gradio to whoever a link is sent to, with pictures from elsewhere.
_GRADIO_CARD = re.compile(rb"\s*<meta\s[^>]*?(?:property|name)=\"(?:og|twitter):[^>]*?/>")


def document_options() -> dict[str, Any]:
    """Arguments for ``launch`` with which the page brings its own files and head."""
    return {
        "favicon_path": str(STATIC / "favicon.svg"),
        "app_kwargs": {
            "routes": [Route(f"{FILES}/{SAMPLE.name}", _sample), Mount(FILES, StaticFiles(directory=STATIC))],
            "middleware": [Middleware(OwnHead)],
        },
    }


async def _sample(_: Request) -> FileResponse:
    return FileResponse(SAMPLE, filename=SAMPLE.name, media_type="text/csv; charset=utf-8")


class OwnHead:
    """Puts the page's own head into the one HTML document that Gradio serves."""

    def __init__(self, app: ASGIApp):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on; rewrite the document."""
        if scope["type"] != "http" or scope["path"].rstrip("/") != scope.get("root_path", "").rstrip("/"):
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
                body = with_own_head(body, URL(scope=scope))
            await send({**start, "headers": [*headers, (b"content-length", str(len(body)).encode())]})
            await send({"type": "http.response.body", "body": body})

        await self.app(scope, receive, rewrite)


def with_own_head(document: bytes, address: URL) -> bytes:
    """``document`` with this page's style and social card in the place of Gradio's."""
    home = str(address.replace(query="", fragment="")).rstrip("/")
    head = html("head", strings("en"), address=home, files=FILES, version=_version())
    return _GRADIO_CARD.sub(b"", document).replace(b"</head>", head.encode() + b"</head>", 1)


def _version() -> str:
    """Changes when a static file does, so that browsers need not ask again."""
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(STATIC.iterdir())))
    return digest.hexdigest()[:12]
