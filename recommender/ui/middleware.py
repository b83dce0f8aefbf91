"""The gate in front of Gradio: what strangers may send, in what size, and where to.

Gradio serves any app, so it can also fetch addresses for its visitors (``/file=https://…``,
``/proxy=…``, a file's ``url`` among a call's data), keep their uploads, and store links. This
page needs none of that: visitors tell it a basket, and a shop's file travels as text in the
visit. So whatever is not needed is closed, and what Gradio would stumble over is refused here.
"""

from __future__ import annotations

import json
import logging
from typing import Any

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..shop.catalog import LANGUAGES
from .links import opening
from .strings import strings

MAX_BODY = 1024 * 1024  # bytes; a visit with a full shop and a new file for another is 0.8 MB at most
# What the page and Gradio's clients use below /gradio_api/; "mcp" is there where the operator turns it on.
OPEN = frozenset(
    {"app_id", "call", "cancel", "heartbeat", "info", "login_check", "mcp", "openapi.json", "queue", "reset"}
    | {"startup-events", "theme.css", "token", "user"}
)
BUSY = "The server is busy: as many requests are waiting as it takes. Try again in a few seconds."
RETRY_AFTER = "3"  # seconds

_log = logging.getLogger(__name__)


class Refused(Exception):
    """A request that goes no further.

    :ivar status: HTTP's.
    :ivar why: one sentence for whoever sent it.
    """

    def __init__(self, status: int, why: str):
        super().__init__(why)
        self.status, self.why = status, why


class Gate:
    """ASGI middleware: refuses with a clear 4xx what the app must not see, and lets everything else pass."""

    def __init__(self, app: ASGIApp):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse, or pass on."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        try:
            check_path(scope["path"])
            if scope["method"] not in ("POST", "PUT", "PATCH"):
                return await self._pass(scope, receive, send, None)
            raw = await _body(receive)
            await self._pass(scope, _again(raw, receive), send, read(raw))
        except Refused as refusal:
            await _refuse(refusal, scope, receive, send)

    async def _pass(self, scope: Scope, receive: Receive, send: Send, body: object) -> None:
        """The app's answer; a full queue in plain words, and no word of what the app stumbled over.

        :param body: of a call, decoded.
        """
        started = turned_away = False

        async def watch(message: Message) -> None:
            nonlocal started, turned_away
            if message["type"] == "http.response.start" and not started:
                turned_away = message["status"] == 503
                started = True
            if not turned_away:
                await send(message)

        try:
            await self.app(scope, receive, watch)
        except Exception as error:
            _log.warning("%s %s came to nothing", scope["method"], ascii(scope["path"]), exc_info=True)
            if not started:
                raise Refused(400, "This request cannot be understood.") from error
            await send({"type": "http.response.body", "body": b""})
        if turned_away:
            raise busy(body)


def check_path(path: str) -> None:
    """Nothing but what the page and the API need.

    :raises Refused: for any other path of Gradio's own.
    """
    _, _, inside = path.partition("/gradio_api/")
    _, _, monitored = path.partition("/monitoring")
    if (inside and inside.split("/")[0] not in OPEN) or monitored or path.endswith("/monitoring"):
        raise Refused(404, "There is nothing here.")


def read(raw: bytes) -> object:
    """The JSON of a call.

    :raises Refused: where it is none, is not text, or brings files.
    """
    try:
        body = json.loads(raw.decode()) if raw else None
    except (ValueError, RecursionError) as error:
        raise Refused(400, "The body must be JSON in UTF-8.") from error
    waiting: list[Any] = [body]
    while waiting:  # not by recursion, which JSON can be too deep for
        value = waiting.pop()
        if isinstance(value, dict):
            meta = value.get("meta")
            if isinstance(meta, dict) and meta.get("_type") == "gradio.FileData":
                raise Refused(400, "Files cannot be sent here, nor addresses of files.")
            waiting += [*value.keys(), *value.values()]
        elif isinstance(value, list):
            waiting += value
        elif isinstance(value, str) and not _is_text(value):
            raise Refused(400, "The body holds half a character (a lone surrogate).")
    return body


def busy(body: object) -> Refused:
    """What a visitor is told whose request found the queue full.

    The page's script shows the text of a 429; of a 503, Gradio's own, in English.
    """
    data = body.get("data") if isinstance(body, dict) else None
    visit = data[0] if isinstance(data, list) and data else None
    if not isinstance(visit, dict):
        return Refused(503, BUSY)  # which Gradio's clients know as a full queue
    language = visit.get("language")
    if not isinstance(language, str) or language not in LANGUAGES:
        language = str(opening(visit, None)["language"])
    return Refused(429, strings(language)("trouble.busy"))


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


async def _body(receive: Receive) -> bytes:
    """The whole body.

    :raises Refused: where it is too large.
    """
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise Refused(400, "The request broke off.")
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > MAX_BODY:
            raise Refused(413, f"The body is larger than {MAX_BODY // 1024} KB.")
        if not message.get("more_body"):
            return b"".join(parts)


def _again(raw: bytes, receive: Receive) -> Receive:
    """A ``receive`` that gives the body once more, and then what comes."""
    given = False

    async def receive_again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": raw, "more_body": False}

    return receive_again


async def _refuse(refusal: Refused, scope: Scope, receive: Receive, send: Send) -> None:
    headers = {"Retry-After": RETRY_AFTER} if refusal.status in (429, 503) else None
    await JSONResponse({"detail": refusal.why}, refusal.status, headers)(scope, receive, send)
