"""Where this page is, as its visitor reaches it: through proxies, and under a sub-path."""

from __future__ import annotations

from gradio.route_utils import get_root_url
from starlette.requests import Request


def address(request: Request) -> str:
    """The page's address without a slash at the end.

    The host is the one that the visitor's browser asked for (``X-Forwarded-Host``), the path
    what the operator gave as ``GRADIO_ROOT_PATH``.

    :param request: any request to this server.
    """
    return get_root_url(request, request.url.path, request.app.root_path)
