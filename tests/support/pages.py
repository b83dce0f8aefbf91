"""What tests do on the page again and again."""

from __future__ import annotations

TABS = ("recommend", "football", "results", "how")
GOALKEEPER = "soccer-jersey,soccer-goal-post,soccer-cleats,goalie-gloves"


def tick(page, name: str) -> None:
    page.get_by_role("checkbox", name=name, exact=True).check()


def picked(page):
    return page.locator(".pick h2")


def tab(page, number: int) -> None:
    page.get_by_role("tab").nth(number).click()
