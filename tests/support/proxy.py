"""A reverse proxy on loopback that serves an app under a sub-path, like nginx."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler

from tests.support.servers import on_loopback

OF_ONE_CONNECTION = {"connection", "keep-alive", "transfer-encoding"}


@dataclass
class Proxy:
    """A running proxy.

    :ivar address: of the app behind it, sub-path included, without a slash at the end.
    :ivar strays: requested paths outside the sub-path.
    """

    upstream: str
    prefix: str
    address: str = ""
    strays: list[str] = field(default_factory=list)


class _Handler(BaseHTTPRequestHandler):
    proxy: Proxy

    def do_GET(self) -> None:
        """Forward the request without the sub-path, and stream the answer back."""
        if not self.path.startswith(f"{self.proxy.prefix}/"):
            self.proxy.strays.append(self.path)
            self.send_error(404)
            return
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        host = self.proxy.upstream.removeprefix("http://")
        headers = {k: v for k, v in self.headers.items() if k.lower() not in OF_ONE_CONNECTION}
        headers |= {"X-Forwarded-Host": self.headers["Host"], "X-Forwarded-Proto": "http", "Host": host}
        upstream = http.client.HTTPConnection(host, timeout=60)
        upstream.request(self.command, self.path.removeprefix(self.proxy.prefix), body, headers)
        answer = upstream.getresponse()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in OF_ONE_CONNECTION:
                self.send_header(name, value)
        self.end_headers()
        while piece := answer.read1(65536):  # events come one by one over minutes
            self.wfile.write(piece)
        upstream.close()

    def do_POST(self) -> None:
        """Forward a POST request like a GET."""
        self.do_GET()

    def log_message(self, *args: object) -> None:
        """Log nothing."""


@contextmanager
def proxied(upstream: str, prefix: str) -> Iterator[Proxy]:
    """Serve ``upstream`` under ``prefix`` on a free port."""
    proxy = Proxy(upstream, prefix)
    with on_loopback(_Handler, proxy=proxy) as address:
        proxy.address = f"{address}{prefix}"
        yield proxy
