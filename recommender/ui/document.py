"""The HTML document around the page: head, icon, social card, and nothing from anybody else's server."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..shop.catalog import DATA
from .address import address
from .middleware import Gate
from .render import html
from .strings import strings
from .views import FILES

SAMPLE = DATA / "sample_shop.csv"
STATIC = Path(__file__).parent / "static"
_FILES = StaticFiles(directory=STATIC)
# Gradio's template describes Gradio to whoever a link is sent to, with pictures from elsewhere.
_GRADIO_CARD = re.compile(rb"\s*<meta\s[^>]*?(?:property|name)=\"(?:og|twitter):[^>]*?/>")


def document_options() -> dict[str, Any]:
    """Arguments for ``launch`` with which the page brings its own files and head."""
    return {
        "favicon_path": str(STATIC / "favicon.svg"),
        "app_kwargs": {
            "routes": [Route(f"{FILES}/{SAMPLE.name}", _sample), Route(f"{FILES}/{{name}}", _file)],
            "middleware": [Middleware(Gate), Middleware(OwnHead)],
        },
    }


async def _sample(_: Request) -> FileResponse:
    return FileResponse(SAMPLE, filename=SAMPLE.name, media_type="text/csv; charset=utf-8")


async def _file(request: Request) -> Response:
    # a route of its own: mounted, the folder is not found once a proxy has taken a sub-path off
    return await _FILES.get_response(request.path_params["name"], request.scope)


class OwnHead:
    """Puts the page's own head into the one HTML document that Gradio serves."""

    def __init__(self, app: ASGIApp):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on; rewrite the document."""
        # behind a proxy, the path may have lost the sub-path already
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
                body = with_own_head(body, address(Request(scope)))
            await send({**start, "headers": [*headers, (b"content-length", str(len(body)).encode())]})
            await send({"type": "http.response.body", "body": body})

        await self.app(scope, receive, rewrite)


def with_own_head(document: bytes, home: str) -> bytes:
    """``document`` with this page's style and social card in the place of Gradio's.

    :param home: the page's address, without a slash at the end.
    """
    path = urlsplit(home).path
    head = html("head", strings("en"), address=home, path=path, files=FILES, version=_version())
    document = document.replace(b'"/manifest.json"', f'"{path}/manifest.json"'.encode())  # Gradio's forgets the path
    return _GRADIO_CARD.sub(b"", document).replace(b"</head>", head.encode() + b"</head>", 1)


def _version() -> str:
    """Changes when a static file does, so that browsers need not ask again."""
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(STATIC.iterdir())))
    return digest.hexdigest()[:12]
