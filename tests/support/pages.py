"""Serve a page in this process, and common steps on a page."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from benchmarks.serving import find_free_port
from recommender.ui.page import Page

TABS = ("recommend", "football", "results", "how")
REQUESTS = re.compile("/component_server/")  # the page's own, by which every answer comes
GOALKEEPER = "soccer-jersey,soccer-goal-post,soccer-cleats,goalie-gloves"


def tick(page, name: str) -> None:
    page.get_by_role("checkbox", name=name, exact=True).check()


def search(page, text: str):
    """Type a text into the search box and press Enter; return the box."""
    box = page.get_by_role("searchbox")
    box.fill(text)
    box.press("Enter")
    return box


def take_offer(page, name: str) -> None:
    page.locator("#said-basket .offers").get_by_role("button", name=name, exact=True).click()


def picked(page):
    return page.locator(".pick h2")


def tab(page, number: int) -> None:
    page.get_by_role("tab").nth(number).click()


def open_tab(page, number: int) -> None:
    """Open a tab and wait until all of it is rendered: the story, the reasons that follow an answer, animations."""
    tab(page, number)
    if TABS[number] == "football":
        page.locator("#story .steps").wait_for()
    idle(page)
    settle(page)


def idle(page) -> None:
    """Wait until every request of the page has been answered and rendered."""
    page.wait_for_function("document.documentElement.hasAttribute('data-idle')", polling=10)


def settle(page) -> None:
    """Wait until every transition has ended and the browser has laid the page out and painted it twice."""
    page.wait_for_function("document.getAnimations().every((a) => a.playState !== 'running')")
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def list_ticked(page) -> list[str]:
    """Return the ids of the ticked products, in the shelf's order, once it is drawn."""
    settle(page)
    return page.locator("#shelf input:checked").evaluate_all("(boxes) => boxes.map((box) => box.value)")


@contextmanager
def holding(page, wanted: Callable[[dict[str, Any]], bool]) -> Iterator[None]:
    """Hold every request of the page that is ``wanted`` until the end of the block; later ones pass."""
    held: list = []
    over: list[bool] = []

    def take(route) -> None:
        if over or not wanted(read_body(route.request)):
            route.continue_()
        else:
            held.append(route)

    page.route(REQUESTS, take)
    yield
    over.append(True)
    for route in held:
        route.continue_()


def read_body(request) -> dict[str, Any]:
    return request.post_data_json["data"]


@contextmanager
def served(page: Page) -> Iterator[str]:
    """Serve a page and yield its address, without a slash at the end."""
    _, address, _ = page.launch(
        server_name="127.0.0.1", server_port=find_free_port(), prevent_thread_lock=True, quiet=True
    )
    try:
        yield address.rstrip("/")
    finally:
        page.close()
