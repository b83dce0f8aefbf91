"""Translation services on loopback, which can simulate the failures of the real ones."""

from __future__ import annotations

import html
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass
class Service:
    """A running server; ``mode``: ok, slow, hang, 429, 500, error text, lines, empty, garbage or
    "no regions" (a language tag with a region is refused, and the language xx). ``body`` replaces LibreTranslate's."""

    mode: str
    url: str = ""
    body: str = ""
    asked: list[str] = field(default_factory=list)
    sent: list[dict[str, Any]] = field(default_factory=list)  # bodies for LibreTranslate
    closing: threading.Event = field(default_factory=threading.Event)

    def spoken(self, text: str) -> str:
        """Return the "translation": the text in upper case."""
        if self.mode == "error text":
            return "Error 500 (Server Error)!!1500.That’s an error."
        if self.mode == "empty":
            return ""
        return text.upper().replace("\n", " ") if self.mode == "lines" else text.upper()


class _Handler(BaseHTTPRequestHandler):
    service: Service

    def do_GET(self) -> None:
        """Answer like Google's mobile page."""
        text = parse_qs(urlsplit(self.path).query)["q"][0]
        self._answer(
            text, lambda: f'<html><div class="result-container">{html.escape(self.service.spoken(text))}</div>'
        )

    def do_POST(self) -> None:
        """Answer like LibreTranslate's /translate."""
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.service.sent.append(asked)
        texts = asked["q"]
        if self.service.mode == "no regions" and (
            "-" in asked["source"] + asked["target"] or asked["source"] == "xx" or asked["target"] == "xx"
        ):
            return self._answer("\n".join(texts), lambda: "", 400)
        found = [self.service.spoken(text) for text in texts]
        if self.service.mode == "lines":
            found = found[1:]
        self._answer("\n".join(texts), lambda: self.service.body or json.dumps({"translatedText": found}))

    def _answer(self, text, body, status=200) -> None:
        service = self.service
        service.asked.append(text)
        if service.mode == "hang":
            service.closing.wait()
            return
        if service.mode == "slow":
            time.sleep(0.2)
        status = int(service.mode) if service.mode.isdigit() else status
        data = ("%PDF-1.4 <<>>" if service.mode == "garbage" else body()).encode()
        self.send_response(status)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args: object) -> None:
        """Log nothing."""


@contextmanager
def on_loopback(handler: type[BaseHTTPRequestHandler], **known: object) -> Iterator[str]:
    """Serve on a free port and yield the address.

    :param known: attributes for the handler's class.
    """
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (handler,), known))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def serving(mode: str) -> Iterator[Service]:
    """Run a service in this mode on a free port."""
    service = Service(mode)
    with on_loopback(_Handler, service=service) as service.url:
        try:
            yield service
        finally:
            service.closing.set()
