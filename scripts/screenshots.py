"""Take the README's screenshots of the real page: ``python -m scripts.screenshots``.

Writes ``docs/*.png`` and the preview card of shared links.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from playwright.sync_api import Page, sync_playwright

from benchmarks.serving import ROOT, launch_browser, start_app

Scheme = Literal["light", "dark"]

DOCS = ROOT / "docs"
CARD = ROOT / "recommender" / "ui" / "static" / "social-card.png"
BASKET = "items=soccer-ball,soccer-jersey"
GOALKEEPER = "items=soccer-jersey,soccer-goal-post,soccer-cleats,goalie-gloves"
HEIGHTS = {1280: 900, 390: 844}  # by width
SHOWN: tuple[tuple[str, Scheme, int], ...] = (  # language, colours and width of each picture of the first tab
    ("en", "light", 1280),
    ("ar", "light", 1280),
    ("en", "dark", 1280),
    ("en", "light", 390),
)
ANSWERED = "html:not([data-busy]) .pick:has(h2):not(:has(.chip[aria-hidden]))"  # with its reasons
LARGEST = 300_000  # bytes


def main() -> None:
    """Start the page, take the screenshots, and stop the page."""
    app = start_app()
    try:
        with sync_playwright() as playwright:
            browser = launch_browser(playwright)

            def open_page(query: str, scheme: Scheme, width: int, height: int) -> Page:
                page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
                page.goto(f"{app.address}/?{query}")
                page.wait_for_selector(ANSWERED, timeout=60_000)
                page.wait_for_timeout(800)  # for the animation of the bars
                return page

            for language, scheme, width in SHOWN:
                page = open_page(f"lang={language}&{BASKET}", scheme, width, HEIGHTS[width])
                save(page, DOCS / f"page-{language}-{scheme}-{width}.png")
            page = open_page(f"lang=en&{GOALKEEPER}", "light", 1280, HEIGHTS[1280])
            page.get_by_role("tab").nth(1).click()
            page.wait_for_selector(".steps")
            page.locator("#tabs").scroll_into_view_if_needed()
            save(page, DOCS / "football-en-light-1280.png")
            save(open_page(f"lang=en&{BASKET}", "light", 1200, 630), CARD)
            browser.close()
    finally:
        app.process.terminate()


def save(page: Page, path: Path) -> None:
    """Write a screenshot of the viewport, and close the page."""
    path.parent.mkdir(exist_ok=True)
    page.screenshot(path=path)
    page.close()
    size = path.stat().st_size
    print(f"{path.relative_to(ROOT)}: {size // 1000} KB")
    if size > LARGEST:
        raise SystemExit(f"{path.name} has {size} bytes; {LARGEST} are allowed.")


if __name__ == "__main__":
    main()
