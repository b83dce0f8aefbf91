"""Draw products and sports: a symbol of ``static/icons.svg`` in the sport's colour, or the shop's emoji, or a tag."""

from __future__ import annotations

import re

from markupsafe import Markup

from ..shop.item import NEW_EMOJI, NO_EMOJI, Item
from .static_files import FILES, STATIC, VERSION

_NAMES = frozenset(re.findall(r'<symbol id="([\w-]+)"', (STATIC / "icons.svg").read_text(encoding="utf-8")))
_SPORT_ICONS = {name.removeprefix("ball-"): name for name in _NAMES if name.startswith("ball-")}
_SPORT_ICONS["hockey"] = "striking-hockey"
SPORTS = frozenset(_SPORT_ICONS)  # the demo's, each with a colour in style.css


def draw_item(item: Item) -> Markup:
    """Return an item's picture, hidden from screen readers because the name is beside it."""
    if item.sport in SPORTS:
        for name in (f"{item.kind}-{item.sport}", item.kind):
            if name in _NAMES:
                return _draw(name)
    if item.emoji in (NO_EMOJI, NEW_EMOJI):  # placeholders
        return _draw("tag")
    return Markup('<span class="emoji" aria-hidden="true">{}</span>').format(item.emoji)


def draw_sport(sport: str) -> Markup:
    """Return a sport's picture; a tag for a sport without a symbol, and for no sport."""
    return _draw(_SPORT_ICONS.get(sport, "tag"))


def _draw(name: str) -> Markup:
    markup = '<svg class="icon" aria-hidden="true"><use href=".{}/icons.svg?v={}#{}"></use></svg>'
    return Markup(markup).format(FILES, VERSION, name)
