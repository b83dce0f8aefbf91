"""Measure the page's latency in a real browser: ``python -m benchmarks.page_latency``."""

from __future__ import annotations

import statistics

from playwright.sync_api import Page, Request, sync_playwright

from benchmarks.serving import launch_browser, start_app

# Ticks every second item and waits for each answer; returns the milliseconds from tick to painted answer.
TICKS = """async () => {
  const painted = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  const times = [];
  for (const box of [...document.querySelectorAll("input[data-item]")].filter((_, n) => n % 2 === 0)) {
    const answered = () => document.getElementById("answer").dataset.basket;
    const before = answered();
    const started = performance.now();
    box.click();
    while (answered() === before) await new Promise((r) => setTimeout(r, 2));
    await painted();
    times.push(performance.now() - started);
    await new Promise((r) => setTimeout(r, 100));
  }
  return times;
}"""


def main() -> None:
    """Measure and print page weight and latencies."""
    app = start_app()
    try:
        with sync_playwright() as playwright:
            browser = launch_browser(playwright)
            warm_up(browser.new_page(), app.address)
            page = browser.new_page()
            sizes: list[int] = []

            def add_size(request: Request) -> None:
                size = request.sizes()
                sizes.append(size["responseBodySize"] + size["responseHeadersSize"])

            page.on("requestfinished", add_size)
            page.goto(f"{app.address}/?lang=en")
            page.wait_for_function("document.documentElement.dataset.route")
            interactive = page.evaluate("performance.now()")
            page.wait_for_timeout(1000)
            print(f"start to first page served: {app.seconds:.1f} s")
            print(f"page weight: {sum(sizes) / 1e6:.2f} MB in {len(sizes)} requests, as transferred")
            print(f"time to first interaction: {interactive:.0f} ms")
            for query, what in (("lang=en", "direct"), ("lang=ar&route=native", "native")):
                page.goto(f"{app.address}/?{query}")
                page.wait_for_function("document.documentElement.dataset.route")
                times = page.evaluate(TICKS)
                p95 = statistics.quantiles(times, n=20)[-1]
                print(
                    f"tick to answer, {what}, {len(times)} ticks: p50 {statistics.median(times):.0f}, p95 {p95:.0f} ms"
                )
            browser.close()
    finally:
        app.process.terminate()


def warm_up(page: Page, address: str) -> None:
    """Have the server load the T5, in a browser context whose cache the measured page does not share."""
    page.goto(f"{address}/?items=soccer-ball")
    page.wait_for_selector(".pick h2", timeout=60_000)
    page.context.close()


if __name__ == "__main__":
    main()
