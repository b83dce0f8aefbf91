"""Pictures of the products: our own, in the sport's colour, if ``static/icons.svg`` has one; else the shop's emoji.

A product without either has a tag.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from markupsafe import Markup

from ..shop.catalog import NEW_EMOJI, NO_EMOJI, Item

FILES = "/page-files"  # where document.py serves the folder static/
_SPRITE = Path(__file__).parent / "static" / "icons.svg"
_NAMES = frozenset(re.findall(r'<symbol id="([\w-]+)"', _SPRITE.read_text(encoding="utf-8")))
_VERSION = hashlib.sha256(_SPRITE.read_bytes()).hexdigest()[:12]
_SPORT_ICONS = {name.removeprefix("ball-"): name for name in _NAMES if name.startswith("ball-")}
_SPORT_ICONS["hockey"] = "striking-hockey"
SPORTS = frozenset(_SPORT_ICONS)  # those of the demo's shop, each with its colour in style.css


def draw_item(item: Item) -> Markup:
    """Return an item's picture. It stands beside the name, so screen readers pass it by."""
    if item.sport in SPORTS:
        for name in (f"{item.kind}-{item.sport}", item.kind):
            if name in _NAMES:
                return _draw(name)
    if item.emoji in (NO_EMOJI, NEW_EMOJI):  # which say nothing of it
        return _draw("tag")
    return Markup('<span class="emoji" aria-hidden="true">{}</span>').format(item.emoji)


def draw_sport(sport: str) -> Markup:
    """Return a sport's picture; a tag for a sport of another shop, and for none."""
    return _draw(_SPORT_ICONS.get(sport, "tag"))


def _draw(name: str) -> Markup:
    markup = '<svg class="icon" aria-hidden="true"><use href=".{}/icons.svg?v={}#{}"></use></svg>'
    return Markup(markup).format(FILES, _VERSION, name)
