"""A filter in front of Gradio: requests that this page does not need are refused before they reach Gradio.

Gradio serves any app, so it can also fetch addresses for its visitors (``/file=https://…``, ``/proxy=…``, a file's
``url`` among a call's data), store their uploads, and store links. This page needs none of that: visitors send a
basket, and a shop's file is sent as text in their page state. The filter also refuses input on which Gradio fails.

The endpoints below ``/api/`` (see :mod:`.service`) are not Gradio's: they do the same checks themselves, since they
count their refusals and answer in their own form.
"""

from __future__ import annotations

import codecs
import json
import logging
import re
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..shop.text import shorten

MAX_BODY = 1024 * 1024  # bytes; a full shop and the file of a new one together have at most 0.8 MB
# The paths below /gradio_api/ that the page and Gradio's clients use; "mcp" exists only if the operator turns it on.
OPEN = frozenset(
    {"app_id", "call", "cancel", "component_server", "heartbeat", "info", "login_check", "mcp", "openapi.json"}
    | {"queue", "reset", "startup-events", "theme.css", "token", "user"}
)
SERVICE = "/api/"  # the paths of the endpoints for a shop's own systems begin with it
PAGE = "/gradio_api/component_server"  # the page's own requests, which bypass Gradio's queue
MAX_CONCURRENT = 32  # calls in progress, which share the T5's batches; a Gradio server has 40 threads
MAX_QUEUE = 100  # calls in Gradio's queue, some five seconds of work on two cores; further ones are refused
MAX_WAITING = MAX_CONCURRENT + MAX_QUEUE  # requests at a time of the page, and of other systems: as many as of Gradio's
BUSY = "The server is busy: its queue is full. Try again in a few seconds."
BROKEN = "Something broke on our side. The server's log has the details."
RETRY_AFTER = "3"  # seconds

# error messages of Gradio's client library (gradio_client.utils.construct_args)
_FIELD = re.compile(r"No value provided for required argument: (?P<missing>\w+)|Parameter `(?P<unknown>\w+)` is not a ")
# the methods of this package that pass a request on to Gradio
_FORWARDING = frozenset({"__call__", "_pass_on", "push"})

_log = logging.getLogger(__name__)


class RequestRefused(Exception):
    """A request that is refused.

    :ivar status: the HTTP status.
    :ivar reason: one sentence for the caller.
    """

    def __init__(self, status: int, reason: str):
        super().__init__(reason)
        self.status, self.reason = status, reason


class WaitingRoom:
    """Counts the requests in progress; those beyond :data:`MAX_WAITING` are refused. For one event loop."""

    def __init__(self) -> None:
        self._count = 0

    @contextmanager
    def enter(self) -> Iterator[None]:
        """Count a request while it is answered.

        :raises RequestRefused: if there are too many.
        """
        if self._count >= MAX_WAITING:
            raise RequestRefused(503, BUSY)
        self._count += 1
        try:
            yield
        finally:
            self._count -= 1


class RequestFilter:
    """ASGI middleware that answers refused requests with a clear 4xx, and passes on all others."""

    def __init__(self, app: ASGIApp):
        self.app = app
        self._page_requests = WaitingRoom()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse the request, or pass it on."""
        if scope["type"] != "http" or _is_service(scope):
            return await self.app(scope, receive, send)
        try:
            check_path(scope["path"])
            if scope["method"] not in ("POST", "PUT", "PATCH"):
                return await self._pass_on(scope, receive, send)
            raw = await read_body(receive)
            read_json(raw)
            if not scope["path"].rstrip("/").endswith(PAGE):  # Gradio answers with and without a slash
                return await self._pass_on(scope, _replay(raw, receive), send)
            with self._page_requests.enter():
                await self._pass_on(scope, _replay(raw, receive), send)
        except RequestRefused as refusal:
            await _refuse(refusal, scope, receive, send)

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request to the app; replace its answer if the queue is full, and hide the details of its errors.

        :raises RequestRefused: if the queue is full, or the app failed before it answered.
        """
        started = queue_full = False

        async def watch(message: Message) -> None:
            nonlocal started, queue_full
            if message["type"] == "http.response.start" and not started:
                queue_full = message["status"] == 503 and "/gradio_api/" in scope["path"]
                started = True
            if not queue_full:
                await send(message)

        try:
            await self.app(scope, receive, watch)
        except Exception as error:
            ours = _is_ours(error)
            what, told = ("Unhandled error", describe_fault(error)) if ours else ("Failed request", _locate(error))
            _log.warning("%s: %s %s: %s", what, scope["method"], ascii(shorten(scope["path"])), told)
            if not started:
                raise RequestRefused(500, BROKEN) if ours else RequestRefused(400, _explain(error)) from error
            await send({"type": "http.response.body", "body": b""})
        if queue_full:
            raise RequestRefused(503, BUSY)  # Gradio's clients take this status for a full queue


def check_path(path: str) -> None:
    """Check that a path of Gradio's is one that the page or the API needs.

    :raises RequestRefused: if it is not.
    """
    _, _, inside = path.partition("/gradio_api/")
    _, _, monitored = path.partition("/monitoring")
    if (inside and inside.split("/")[0] not in OPEN) or monitored or path.endswith("/monitoring"):
        raise RequestRefused(404, "There is nothing here.")


def read_json(raw: bytes) -> Any:
    """Return the JSON of a call, or None if there is no body.

    :raises RequestRefused: if it is not JSON, names a field twice, or contains lone surrogates or files.
    """
    try:
        body = json.loads(raw.decode(), object_pairs_hook=_read_fields) if raw else None
    except (ValueError, RecursionError) as error:
        raise RequestRefused(400, "The body must be JSON in UTF-8.") from error
    waiting: list[Any] = [body]
    while waiting:  # not by recursion: the JSON can be too deep for it
        value = waiting.pop()
        if isinstance(value, dict):
            meta = value.get("meta")
            if isinstance(meta, dict) and meta.get("_type") == "gradio.FileData":
                raise RequestRefused(400, "Files cannot be sent here, nor addresses of files.")
            waiting += [*value.keys(), *value.values()]
        elif isinstance(value, list):
            waiting += value
        elif isinstance(value, str) and not _is_text(value):
            raise RequestRefused(400, "The body holds half a character (a lone surrogate).")
    return body


def _read_fields(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object of JSON; with one of two fields of the same name, half a basket would be lost in silence.

    :raises RequestRefused: if a name occurs twice.
    """
    fields = dict(pairs)
    if len(fields) < len(pairs):
        twice = next(name for name, times in Counter(name for name, _ in pairs).items() if times > 1)
        raise RequestRefused(400, f'The field "{shorten(twice)}" is given twice.')
    return fields


def describe_fault(error: BaseException) -> str:
    """Return an error's traceback for the log, with little of its message, which may repeat what a caller wrote."""
    return f"{_locate(error)}: {shorten(str(error))}\n{''.join(traceback.format_tb(error.__traceback__)).rstrip()}"


def _locate(error: BaseException) -> str:
    """Return an error's type and the place where it arose."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} ({Path(place.filename).name}, line {place.lineno})"


def _is_ours(error: BaseException) -> bool:
    """Return whether an error arose in this package's code, or in what it called; otherwise Gradio failed on a request.

    Methods that pass a request on to Gradio count only if the error arose in them.
    """
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    package = f"{__name__.partition('.')[0]}."
    ours = [frame for frame in frames if frame.f_globals.get("__name__", "").startswith(package)]
    return ours[-1] is frames[-1] or any(frame.f_code.co_name not in _FORWARDING for frame in ours)


def _explain(error: Exception) -> str:
    """Return a sentence about a request on which Gradio failed, with the field if Gradio names it."""
    found = _FIELD.match(str(error)) if isinstance(error, TypeError) else None
    if found is None:
        return "This request cannot be understood."
    if found["missing"]:
        return f"{found['missing']} is missing."
    return f'There is no field "{shorten(found["unknown"])}".'


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_service(scope: Scope) -> bool:
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", "")).startswith(SERVICE)


async def read_body(receive: Receive) -> bytes:
    """Return the whole body, without the mark that some programs write before UTF-8.

    :raises RequestRefused: if it is too large.
    """
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise RequestRefused(400, "The request broke off.")
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > MAX_BODY:
            raise RequestRefused(413, f"The body is larger than {MAX_BODY // 1024} KB.")
        if not message.get("more_body"):
            return b"".join(parts).removeprefix(codecs.BOM_UTF8)


def _replay(raw: bytes, receive: Receive) -> Receive:
    """Return a ``receive`` that first returns the body again, and then further messages."""
    replayed = False

    async def receive_again() -> Message:
        nonlocal replayed
        if replayed:
            return await receive()
        replayed = True
        return {"type": "http.request", "body": raw, "more_body": False}

    return receive_again


async def _refuse(refusal: RequestRefused, scope: Scope, receive: Receive, send: Send) -> None:
    headers = {"Retry-After": RETRY_AFTER} if refusal.status == 503 else None
    await JSONResponse({"detail": refusal.reason}, refusal.status, headers)(scope, receive, send)
