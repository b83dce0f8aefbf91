"""Read from a request the page's address as the visitor sees it, and a key of the visitor."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING

from starlette.requests import Request

if TYPE_CHECKING:
    import gradio as gr


def get_page_address(request: Request) -> str:
    """Return the page's address, without a slash at the end.

    The host is that of the browser's request (``X-Forwarded-Host``), the path is the operator's ``GRADIO_ROOT_PATH``.

    :param request: any request to this server.
    """
    from gradio.route_utils import (
        get_root_url,
    )  # gradio takes seconds to import, and a server without a page needs none

    return get_root_url(request, request.url.path, request.app.root_path)


def get_visitor_key(request: gr.Request | Request | None) -> str:
    """Return the visitor's IP address, or the /64 network of an IPv6 address: the key for rate limits.

    Behind a proxy it is the last public address in ``X-Forwarded-For``, which the proxy itself has seen; the visitor
    may have invented those before it.
    """
    if request is None or request.client is None:
        return ""
    peer = _parse(request.client.host)
    if peer is None or peer.is_global:
        return _network(peer)
    hops = str(request.headers.get("x-forwarded-for") or "").split(",")[-10:]
    seen = [found for found in map(_parse, hops) if found]
    return _network(next((found for found in reversed(seen) if found.is_global), peer))


def _parse(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text.strip())
    except ValueError:
        return None


def _network(address: IPv4Address | IPv6Address | None) -> str:
    if isinstance(address, IPv6Address):
        return str(ip_network((address, 64), strict=False))
    return str(address or "")
