"""HTML from templates. Jinja escapes every name and sentence, so nothing that a visitor typed can become markup."""

from __future__ import annotations

import itertools
from pathlib import Path
from zlib import crc32

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ..shop.catalog import Catalog, Item
from .strings import Strings

_ENVIRONMENT = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_serials = itertools.count(1)  # lets the browser see a piece arrive even if it is word for word the last one
KNOWN_SPORTS = frozenset({"soccer", "basketball", "football", "baseball", "tennis", "hockey"})
SPORT_EMOJI = {
    "soccer": "⚽",
    "basketball": "🏀",
    "football": "🏈",
    "baseball": "⚾",
    "tennis": "🎾",
    "hockey": "🏒",
    "": "🆕",
}
SPARE_COLOURS = 6  # the classes sport-x0 … of style.css, for sports of a visitor's own shop


def html(template: str, t: Strings, **values: object) -> str:
    """The template ``NAME.html`` filled in.

    :param t: the sentences, as ``t`` in the template.
    """
    page = _ENVIRONMENT.get_template(f"{template}.html")
    own = {"t": t, "lang": t.language, "serial": next(_serials), "sport_class": sport_class, "sport_emoji": sport_emoji}
    return page.render(**own, **values)


def sport_class(item_or_sport: Item | str) -> str:
    """The CSS class that carries a sport's colour."""
    sport = item_or_sport if isinstance(item_or_sport, str) else item_or_sport.sport
    if sport in KNOWN_SPORTS:
        return f"sport-{sport}"
    return f"sport-x{crc32(sport.encode()) % SPARE_COLOURS}" if sport else "sport-new"


def sport_emoji(sport: str) -> str:
    """The sign of a sport's shelf."""
    return SPORT_EMOJI.get(sport, "🏷️")


def shelves(catalog: Catalog) -> list[tuple[str, list[Item]]]:
    """The items by sport, sports in inventory order, what has no sport at the end."""
    order = {sport: n for n, sport in enumerate(catalog.sports) if sport}

    def place(item: Item) -> int:
        return order.get(item.sport, len(order))

    groups = (list(group) for _, group in itertools.groupby(sorted(catalog, key=place), place))
    return [(group[0].sport, group) for group in groups]
