"""Render the pieces of the page, except for the answer, as HTML from templates.

Jinja escapes every name and sentence, so that nothing typed by a visitor can become markup.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from zlib import crc32

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ..routes import choose_route
from ..shop.catalog import MAX_CANDIDATES, Catalog
from ..shop.item import Item
from ..shop.language import LANGUAGES, NON_ENGLISH
from ..shop.lookup import list_meanings, split_items, suggest_items
from ..shop.text import shorten, take_some
from ..t5.prompt import SEPARATOR, PromptFormat, build_prompt, sort_names
from ..t5.source import BUNDLED_NAME
from .icons import SPORTS, draw_item, draw_sport
from .models import ModelRegistry, OperatorModel
from .results import PLOTTED, Results, build_real_shoppers, build_report, build_shop_report
from .shelf import get_examples, group_shelf, list_shown
from .state import MAX_QUERY, MAX_SEARCH, MAX_TEXT, PageState, get_routes, get_translators
from .static_files import FILES
from .story import Story, can_be_told, choose_sample, measure_fidelity
from .strings import Strings, strings
from .uploaded_shop import MAX_BYTES, MAX_ITEMS, UploadedShop

MAX_OPEN = 100  # products; in a larger shop, the groups of the shelf are folded
MAX_OFFERS = 12  # results of a search
MAX_SHOWN = 3  # candidates in the explanation's prompt
MAX_BAD = 5  # faulty rows listed in a notice
MAX_UNCLEAR = 6  # unknown names that are listed
MAX_DROPPED = 10  # invalid values of a link that are listed
SPARE_COLOURS = 6  # the classes sport-x0 … of style.css, for sports of a visitor's own shop


def render_header(state: PageState, *, teaser: bool, synthetic: bool) -> str:
    """Render the brand, the choice of language, tools and the headline.

    :param teaser: whether to lead to the football story.
    :param synthetic: whether the T5 was trained on synthetic shoppers alone, as for other parts of the page.
    """
    names = [(code, strings(code)("language.name")) for code in LANGUAGES]
    return render("header", strings(state.language), languages=names, teaser=teaser, synthetic=synthetic)


def render_found(
    state: PageState,
    found: Sequence[Item],
    unclear: Sequence[str],
    offers: Sequence[Item],
    *,
    ambiguous: bool,
    too_long: bool,
) -> str:
    """Render the results of a search.

    :param unclear: the texts that do not mean exactly one item. If there are offers, the visitor is asked about the
        first, and its answer searches for the others.
    :param offers: items to choose from instead.
    :param ambiguous: whether the first text means several items, not none.
    :param too_long: whether the end of the typed list was left out.
    """
    t = strings(state.language)
    asked = [shorten(text) for text in (unclear[:1] if offers else unclear)]
    return render(
        "found",
        t,
        found=found,
        what=t.listed(take_some(asked, MAX_UNCLEAR)) if asked else None,
        rest="; ".join(unclear[1:]),
        offers=offers[:MAX_OFFERS],
        ambiguous=ambiguous,
        longest=MAX_SEARCH if too_long else None,
    )


def render_offers(state: PageState) -> str:
    """Render suggestions for the text in the search box, without items that are ticked.

    In a list they are for the last name that is not known yet; the answer searches for the others.
    """
    sought, shelf = state.sought, state.shelf
    texts = list(dict.fromkeys(split_items(sought, shelf))) if len(sought) <= MAX_SEARCH else []
    if len(texts) > 1 and any(sought.casefold() in item.name(state.language).casefold() for item in shelf):
        texts = [sought]  # the beginning of a title with commas
    unknown = (text for text in reversed(texts) if len(list_meanings(text, shelf, state.language)) != 1)
    asked = next(unknown, texts[-1] if texts else "")
    offers = [item for item in suggest_items(asked, shelf, state.language) if item not in state.basket]
    rest = "; ".join(text for text in texts if text != asked)
    return render("offers", strings(state.language), offers=offers[:MAX_OFFERS], rest=rest) if offers else ""


def render_shelf(state: PageState) -> str:
    """Render example baskets, and the items to tick by sport; a visitor's own shop with the way back to the page's."""
    t, shelf = strings(state.language), state.shelf
    groups = group_shelf(shelf, t)
    folded = len(shelf) > MAX_OPEN and len(groups) > 1
    return render(
        "shelf",
        t,
        examples=get_examples(t, shelf),
        groups=groups,
        folded=folded,
        total=len(shelf),
        rows=len(state.shop),
    )


def render_chosen(state: PageState) -> str:
    """Render boxes for ticked items that have none on the shelf, because they were found by a search."""
    shown = {item.id for item in list_shown(state.shelf)}
    chosen = [item for item in state.basket if item.id not in shown]
    return render("chosen", strings(state.language), chosen=chosen) if chosen else ""


def render_checkpoint(state: PageState, operator: OperatorModel | None) -> str:
    """Render the choice of T5, if the operator offers another than the bundled one."""
    return render("checkpoint", strings(state.language), bundled=BUNDLED_NAME, other=operator.name) if operator else ""


def render_load_status(state: PageState, operator: OperatorModel | None) -> str:
    """Render the progress of loading the operator's T5, why it failed, or the names it was trained with."""
    if not operator:
        return ""
    status = operator.status  # read once: a thread may be changing it
    prompt_format = operator.prompt_format
    renamed = [item for item in state.shelf if item.id in prompt_format.name_overrides]
    return render(
        "load_status",
        strings(state.language),
        status=status,
        name=operator.name,
        megabytes=max(1, round(status.total / 1e6)),
        chosen=state.checkpoint == operator.name,
        overrides=[(prompt_format.name(item, "en"), item.name("en")) for item in renamed],
    )


def render_route(state: PageState) -> str:
    """Render the choice of route and translator; routes that the chosen T5 does not offer are disabled."""
    return render(
        "route",
        strings(state.language),
        routes=get_routes(state.language, PromptFormat()),
        offered=get_routes(state.language, state.prompt_format),
        own_route=choose_route(state.language, state.prompt_format.languages),
        translators=get_translators(),
    )


def render_add(state: PageState) -> str:
    """Render the box to add a product, and the products that the visitor has added."""
    narrowed = len(state.shelf) > MAX_CANDIDATES
    return render("add", strings(state.language), added=state.shelf.added_items, longest=MAX_TEXT, long=narrowed)


def render_own_shop(state: PageState, *, synthetic: bool) -> str:
    """Render the controls to open the visitor's own shop."""
    limits = {"max_items": MAX_ITEMS, "max_kilobytes": MAX_BYTES // 1024}
    return render("own_shop", strings(state.language), files=FILES, synthetic=synthetic, **limits)


def render_story(state: PageState, registry: ModelRegistry, story: Story | None = None, trouble: str = "") -> str:
    """Render the football story, or its place while it is not told yet.

    :param trouble: key of the sentence that says why it cannot be told.
    """
    t = strings(state.language)
    told = state.story_items
    if story and not state.items:
        told = tuple(item.id for item in story.basket)
    return render(
        "story",
        t,
        languages=NON_ENGLISH,
        examples=get_examples(t, state.shelf),
        told=" ".join(told),
        own=bool(state.items),
        story=story,
        trouble=t(trouble) if trouble else "",
        # of the page's shop: a visitor's own is in no phrasebook
        fidelities=measure_fidelity(registry.inventory, registry.shop.phrasebook) if story and not state.shop else (),
    )


def render_how(state: PageState, inventory: Catalog, *, synthetic: bool, measured: bool) -> str:
    """Render the explanation of how it works, with a shortened real prompt.

    :param measured: whether the results have figures about new products.
    """
    basket = choose_sample(inventory)[:2]
    both = (basket, inventory.candidates(basket))
    owned, offered = ([item.prompt_name(state.language) for item in items] for items in both)
    listed, end, rest = build_prompt(owned, sort_names(offered)[:MAX_SHOWN], state.language).rpartition("}")
    more = f"{SEPARATOR}…" if len(offered) > MAX_SHOWN else ""
    sentence = f"{listed}{more}{end}{rest}"
    bought = state.shelf.item_knn is not None
    facts = {"synthetic": synthetic, "measured": measured, "purchases": bought}
    return render("how", strings(state.language), basket=basket, sentence=sentence, **facts)


def render_results(state: PageState, results: Results, *, command: str = "", synthetic: bool = True) -> str:
    """Render the measured results, or their place if there are none.

    :param command: the one that measures; "" if there is nothing to measure on.
    """
    t = strings(state.language)
    return render(
        "results",
        t,
        report=build_report(results.evaluation, t) if results.evaluation else None,
        real=build_real_shoppers(results.real_shoppers, t) if results.real_shoppers else None,
        own=build_shop_report(results.on_orders, t) if results.on_orders else None,
        plotted=PLOTTED,
        command=command,
        synthetic=synthetic,
    )


def render_notices(state: PageState, *, shop_missing: bool = False, too_long: bool = False) -> str:
    """Render what of the visitor's link could not be used, if anything.

    :param shop_missing: whether it is a link to a shop that this browser does not have.
    :param too_long: whether the end of the link was left out.
    """
    t = strings(state.language)
    lines = [t("shop.not-here")] if shop_missing else []
    lines += [t("notice.long-link", count=MAX_QUERY)] if too_long else []
    ignored = {
        "notice.dropped": [text for text in state.dropped if text not in state.unclear],
        "notice.unclear": state.unclear,
        "notice.excess": state.excess,
    }
    lines += [t(key, what=t.listed(take_some(texts, MAX_DROPPED))) for key, texts in ignored.items() if texts]
    lines += [t(f"add.refused.{reason}", what=name) for name, reason in state.refused]
    return render("notices", t, lines=lines, good=False, undo=False)


def render_notice(state: PageState, sentence: str, *, good: bool, **values: object) -> str:
    """Render the response to something that the visitor typed.

    :param good: whether it succeeded.
    """
    t = strings(state.language)
    return render("notices", t, lines=[t(sentence, **values)], good=good, undo=False)


def render_shop_notice(shop: UploadedShop, t: Strings) -> str:
    """Render the response to an uploaded file; if it has opened a shop, with a button to undo that."""
    limits: dict[str, object] = {"items": MAX_ITEMS, "size": MAX_BYTES // 1024, "at": shop.line}
    limits["columns"] = t.listed(map(shorten, shop.columns))
    lines = [t(f"shop.problem.{shop.problem}", **limits) if shop.problem else t("shop.loaded", count=len(shop.rows))]
    if shop.bad:
        # the last one, too: it may stand for all rows after it
        listed = shop.bad if len(shop.bad) <= MAX_BAD else (*shop.bad[: MAX_BAD - 1], shop.bad[-1])
        named = [
            t(f"shop.bad.{bad.reason}", line=bad.line, text=bad.text, column=bad.column, **limits) for bad in listed
        ]
        if len(shop.bad) > MAX_BAD:
            named.append(t("shop.more", count=len(shop.bad) - MAX_BAD))
        lines.append(" ".join([t("shop.bad"), t("list.semicolon").join(named)]))
    return render("notices", t, lines=lines, good=not shop.problem, undo=not shop.problem)


def render_page(state: PageState, registry: ModelRegistry) -> dict[str, str]:
    """Render the pieces that depend on the language and the shelf alone, by the names of their components."""
    inventory, synthetic = registry.inventory, not registry.shop.has_learned
    results, command = registry.results, get_evaluate_command(registry)
    if state.shop:  # a visitor's own shop, which has no orders
        results, command = replace(results, on_orders=None), ""
    return {
        "header": render_header(state, teaser=can_be_told(state.shelf, registry.shop.phrasebook), synthetic=synthetic),
        "search": render("search", strings(state.language), longest=MAX_SEARCH),
        "shelf": render_shelf(state),
        "checkpoint": render_checkpoint(state, registry.operator_model),
        "add": render_add(state),
        "own-shop": render_own_shop(state, synthetic=synthetic),
        "results": render_results(state, results, command=command, synthetic=synthetic),
        "how": render_how(state, inventory, synthetic=synthetic, measured=results.evaluation is not None),
    }


def get_evaluate_command(registry: ModelRegistry) -> str:
    """Return the command that measures how good the recommendations are; "" if the shop has no orders to do so."""
    if registry.shop.is_demo:
        return "python -m recommender evaluate"
    if not registry.shop.purchases.is_file():
        return ""
    return f"python -m recommender evaluate --shop {shlex.quote(registry.shown_folder)}"


def get_sport_class(item_or_sport: Item | str) -> str:
    """Return the CSS class with a sport's colour."""
    sport = item_or_sport if isinstance(item_or_sport, str) else item_or_sport.sport
    if not sport:
        return "sport-new"
    return f"sport-{sport}" if sport in SPORTS else f"sport-x{crc32(sport.encode()) % SPARE_COLOURS}"


def render(template: str, t: Strings, **values: object) -> str:
    """Render the template ``NAME.html``.

    :param t: the sentences, which are ``t`` in the template.
    """
    return _templates.get_template(f"{template}.html").render(t=t, lang=t.language, **values)


_templates = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_templates.filters["name"] = lambda item, language: item.name(language)
_templates.globals |= {
    "sport_class": get_sport_class,
    "icon": draw_item,
    "sport_icon": draw_sport,
}
