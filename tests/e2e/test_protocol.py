"""Quick actions on a slow connection end in the same state as actions that wait for each reply.

The tests share one page and reset it, since loading it takes longer than using it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.support.pages import idle

pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")

LATENCY = 150  # milliseconds until a reply begins to arrive
GAPS = (0, 80, 160, 240)  # milliseconds between two actions, taken in turn
START = "?lang=ar&route=native&items=soccer-ball"


def click(page, selector: str) -> None:
    page.evaluate("(selector) => document.querySelector(selector).click()", selector)


def choose(page, name: str, value: str) -> None:
    page.evaluate(
        """([name, value]) => {
          const select = document.querySelector(`select[data-choose=${name}]`);
          select.value = value;
          select.dispatchEvent(new Event("change", { bubbles: true }));
        }""",
        [name, value],
    )


def type_into(page, form: str, text: str) -> None:
    page.evaluate(
        """([form, text]) => {
          const element = document.querySelector(`[data-form=${form}]`);
          element.querySelector("input").value = text;
          element.requestSubmit();
        }""",
        [form, text],
    )


# Each is done as the first or as the second of two, so that one after itself is two different things.
ACTIONS: dict[str, Callable[[object, int], None]] = {
    "tick": lambda page, n: click(page, f"input[data-item][value={('hockey-puck', 'tennis-ball')[n]}]"),
    "search": lambda page, n: type_into(page, "find", ("tennis racket", "puck; unicorn")[n]),
    "add": lambda page, n: type_into(page, "add", ("Soccer Socks", "Ice Skates")[n]),
    "language": lambda page, n: choose(page, "language", ("fr", "de")[n]),
    "route": lambda page, n: click(page, f"[data-choose=route][value={('glossary', 'direct')[n]}]"),
    "example": lambda page, n: click(page, f"#shelf .example:nth-of-type({n + 1})"),
}
STATE = """() => ({
  ticked: [...document.querySelectorAll("input[data-item]:checked")].map((box) => box.value).sort(),
  shelf: [...document.querySelectorAll("#shelf .name")].map((name) => name.textContent),
  added: [...document.querySelectorAll(".added .chip")].map((chip) => chip.dataset.name),
  language: [document.documentElement.lang, document.querySelector("[data-choose=language]").value],
  route: document.querySelector("[data-choose=route]:checked")?.value,
  card: document.querySelector("#card").innerText,
  basket: document.querySelector("#answer").dataset.basket,
  told: [...document.querySelectorAll(".said:not([data-said=now])")].map((region) => region.innerText),
  address: location.search.replace(/items=[^&]*/, ""),
})"""


@pytest.fixture(scope="module")
def line(app, browser, warm) -> Iterator[tuple]:
    """Yield a page, and the control of its connection's latency."""
    context = browser.new_context(locale="en-US", viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto(f"{app.address}/{START}")
    idle(page)
    network = context.new_cdp_session(page)
    network.send("Network.enable")
    yield page, network
    context.close()


def set_latency(network, milliseconds: int) -> None:
    limits = {"offline": False, "downloadThroughput": -1, "uploadThroughput": -1}
    network.send("Network.emulateNetworkConditions", {**limits, "latency": milliseconds})


def go_back_to_start(page) -> None:
    page.evaluate(
        """() => {
          for (const chip of document.querySelectorAll(".added .chip")) chip.click();
          document.querySelector("[data-do=clear]").click();
          document.querySelector("input[data-item][value=soccer-ball]").click();
          for (const field of document.querySelectorAll("[data-form] input")) {
            field.value = "";
            field.dispatchEvent(new Event("input", { bubbles: true })); // which takes away what was told
          }
        }"""
    )
    choose(page, "language", "ar")
    idle(page)
    click(page, "[data-choose=route][value=native]")
    idle(page)


def visit(page, first: str, second: str, gap: int | None) -> dict:
    """Do two actions, and return the final state of the page.

    :param gap: milliseconds between them; None to wait for the reply.
    """
    go_back_to_start(page)
    ACTIONS[first](page, 0)
    if gap is None:
        idle(page)
    else:
        page.wait_for_timeout(gap)
    ACTIONS[second](page, 1)
    idle(page)
    return page.evaluate(STATE)


@pytest.mark.parametrize("first", ACTIONS)
def test_two_actions_on_a_slow_line_end_as_if_the_visitor_had_waited(line, first) -> None:
    page, network = line
    set_latency(network, 0)
    expected = {second: visit(page, first, second, None) for second in ACTIONS}
    set_latency(network, LATENCY)

    for n, second in enumerate(ACTIONS):
        assert visit(page, first, second, GAPS[n % len(GAPS)]) == expected[second], second
