"""Everything on the page but the answer, as HTML: it changes with the language and the shelf only."""

from __future__ import annotations

from collections.abc import Sequence

import gradio as gr

from ..shop.catalog import LANGUAGES, Catalog, Item
from ..t5 import prompt
from ..t5.prompt import Dialect
from ..t5.source import BUNDLED_NAME
from .examples import examples, sample_basket
from .guest import Guest
from .render import html, shelves
from .results import METRICS, read_report
from .shop import MAX_BYTES, MAX_ITEMS, Shop
from .state import Visit, routes_of, translators
from .story import LANGUAGES_TOLD, Story, survivors
from .strings import Strings, strings

TABS = ("recommend", "football", "results", "how")
FILES = "/page-files"  # where document.py serves the folder static/
MAX_BAD = 5  # bad rows named in a notice


def header(visit: Visit) -> str:
    """Brand, language picker, tools, headline."""
    names = [(code, strings(code)("language.name")) for code in LANGUAGES]
    return html("header", strings(visit.language), languages=names)


def search(visit: Visit, told: str = "", offers: Sequence[Item] = ()) -> str:
    """The search box, and what it found.

    :param told: what came of the last search.
    :param offers: the items to choose from, if it was not clear which is meant.
    """
    return html("search", strings(visit.language), told=told, offers=offers)


def shelf(visit: Visit) -> str:
    """Example baskets and the items to tick, by sport."""
    t = strings(visit.language)
    return html("shelf", t, examples=examples(t, visit.shelf), shelves=shelves(visit.shelf), total=len(visit.shelf))


def checkpoint(visit: Visit, guest: Guest | None) -> str:
    """The choice of T5, where the operator offers another than the bundled one.

    How far that one has come is told apart, so that a choice is never redrawn under a visitor's fingers.
    """
    return html("checkpoint", strings(visit.language), bundled=BUNDLED_NAME, other=guest.name) if guest else ""


def standing(visit: Visit, guest: Guest | None) -> str:
    """How far the operator's T5 has come, why it will not come, or what is special about it."""
    if not guest:
        return ""
    shelf = [item for item in visit.shelf if item.id in guest.dialect.spellings]
    return html(
        "standing",
        strings(visit.language),
        standing=guest.standing,
        name=guest.name,
        megabytes=max(1, round(guest.standing.total / 1e6)),
        chosen=visit.checkpoint == guest.name,
        spellings=[(guest.dialect.name(item, "en"), item.name("en")) for item in shelf],
    )


def route(visit: Visit) -> str:
    """The choice of route and translator; what the bundled T5 could do and this one cannot is shown as such."""
    return html(
        "route",
        strings(visit.language),
        routes=routes_of(visit.language, Dialect()),
        offered=routes_of(visit.language, visit.dialect),
        translators=translators(),
    )


def extras(visit: Visit) -> str:
    """The boxes in which visitors bring products of their own."""
    t = strings(visit.language)
    return html(
        "extras",
        t,
        added=visit.added,
        own=bool(visit.shop),
        max_items=MAX_ITEMS,
        max_kilobytes=MAX_BYTES // 1024,
        files=FILES,
        demo=bool(examples(t, visit.shelf)),
    )


def story(visit: Visit, told: Story | None = None, trouble: str = "") -> str:
    """The football story, or the place where it will be told.

    :param trouble: why it cannot be told.
    """
    t = strings(visit.language)
    return html(
        "story",
        t,
        told=LANGUAGES_TOLD,
        examples=examples(t, visit.shelf),
        story=told,
        trouble=trouble,
        survivors=survivors() if told else (),
    )


def how(visit: Visit) -> str:
    """How it works, with a real prompt cut short."""
    t = strings(visit.language)
    inventory = Catalog.load()
    basket = sample_basket(inventory)[:2]
    candidates = inventory.candidates(basket)[:3]
    language = visit.language if visit.language in prompt.TEMPLATES else "en"
    names = [item.name(language) for item in candidates]
    sentence = prompt.build([item.name(language) for item in basket], [*names, "…"], language)
    return html("how", t, basket=basket, sentence=sentence, prompt_language=language)


def results(visit: Visit) -> str:
    """The evaluation's tables, or where they will be."""
    t = strings(visit.language)
    return html("results", t, report=read_report(t), metrics=METRICS)


def notices(visit: Visit) -> str:
    """What was asked for and ignored, if anything was."""
    t = strings(visit.language)
    lines = [t("notice.dropped", what=t("list.comma").join(visit.dropped))] if visit.dropped else []
    lines += [t("add.refused", what=name) for name in visit.refused]
    return html("notices", t, lines=lines, good=False)


def shop_notice(shop: Shop, t: Strings) -> str:
    """What came of an uploaded file."""
    limits = {"items": MAX_ITEMS, "size": MAX_BYTES // 1024}
    lines = [t(f"shop.problem.{shop.problem}", **limits) if shop.problem else t("shop.loaded", count=len(shop.rows))]
    if shop.bad:
        named = [t(f"shop.bad.{bad.reason}", line=bad.line, text=bad.text, **limits) for bad in shop.bad[:MAX_BAD]]
        if len(shop.bad) > MAX_BAD:
            named.append(t("shop.more", count=len(shop.bad) - MAX_BAD))
        lines.append(" ".join([t("shop.bad"), t("list.semicolon").join(named)]))
    return html("notices", t, lines=lines, good=not shop.problem)


def scenery(visit: Visit, guest: Guest | None = None) -> list[object]:
    """All of the above but the notices, and the tabs' names, for the components of the page in their order."""
    t = strings(visit.language)
    pieces = [piece(visit) for piece in (header, search, shelf, route, extras, story, results, how)]
    return [
        checkpoint(visit, guest),
        standing(visit, guest),
        *pieces,
        *(gr.update(label=t(f"tab.{tab}")) for tab in TABS),
    ]
