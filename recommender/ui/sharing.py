"""A public link to the page, through Gradio's tunnel; or one sentence that says why there is none."""

from __future__ import annotations

import queue
import threading
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from .page import Page

PATIENCE = 45.0  # seconds; the service, its program (12 MB, once) and the tunnel answer in ten where they answer


def share(page: Page, patience: float = PATIENCE) -> str:
    """Open a tunnel to the page, which is being served already and goes on whatever comes of this.

    :param patience: seconds to wait.
    :return: what to tell the operator.
    """
    outcome: queue.SimpleQueue[str] = queue.SimpleQueue()
    # a daemon: a connection that hangs neither holds the page up nor keeps the program from ending
    threading.Thread(target=lambda: outcome.put(_tunnel(page)), daemon=True).start()
    try:
        return outcome.get(timeout=patience)
    except queue.Empty:
        return _none(f"nobody answered within {patience:g} seconds", page)


def _tunnel(page: Page) -> str:
    from gradio.networking import setup_tunnel

    try:
        link = setup_tunnel(page.server_name, page.server_port, page.share_token, None, None)
    except Exception as error:  # Gradio raises whatever the network, the disk or its helper program did
        return _none(str(error.__cause__ or error).partition("\n")[0].rstrip("."), page)
    return f"Public link, for up to a week: {urlsplit(link)._replace(scheme=page.share_server_protocol).geturl()}"


def _none(why: str, page: Page) -> str:
    return f"There is no public link: the tunnel could not be opened ({why}). The page goes on at {page.local_url}"
