"""Who is asking: the address by which a visitor is told from the others, and nothing is stored."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import gradio as gr


def visitor(request: gr.Request | None) -> str:
    """The visitor's address; of an IPv6 one the /64 network, which is what one customer has.

    Behind a proxy it is the last public address in ``X-Forwarded-For``, the one that the proxy itself
    has seen: what stands before it, the visitor may have made up.
    """
    if request is None or request.client is None:
        return ""
    last = _address(request.client.host)
    if last is None or last.is_global:
        return _name(last)
    hops = str(request.headers.get("x-forwarded-for") or "").split(",")[-10:]
    seen = [found for found in map(_address, hops) if found]
    return _name(next((found for found in reversed(seen) if found.is_global), last))


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text.strip())
    except ValueError:
        return None


def _name(address: IPv4Address | IPv6Address | None) -> str:
    if isinstance(address, IPv6Address):
        return str(ip_network((address, 64), strict=False))
    return str(address or "")
