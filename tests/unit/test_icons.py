"""The products' pictures: drawn icons in the demo's shop, emoji in others."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from recommender import Catalog
from recommender.shop.item import NO_EMOJI, Item
from recommender.ui import icons, views

INVENTORY = Catalog.load()
SPRITE = (Path(icons.__file__).parent / "static" / "icons.svg").read_text(encoding="utf-8")


def drawn(item: Item) -> str:
    return re.search(r"#([\w-]+)", icons.draw_item(item))[1]


def test_every_product_of_the_demo_has_a_picture_of_our_own() -> None:
    symbols = set(re.findall(r'id="([\w-]+)"', SPRITE))
    used = {drawn(item) for item in INVENTORY} | {
        re.search(r"#([\w-]+)", icons.draw_sport(s))[1] for s in ("", "chess")
    }

    assert used == symbols


@pytest.mark.parametrize("sport", sorted(INVENTORY.sports))
def test_within_a_sport_no_two_products_look_alike(sport) -> None:
    shown = [drawn(item) for item in INVENTORY if item.sport == sport]

    assert len(set(shown)) == len(shown)


def test_a_product_of_another_shop_keeps_its_emoji_as_text() -> None:
    pan = Item("pan", "kitchen", "gloves", "<b>", {"en": "Oven Gloves"})

    assert icons.draw_item(pan) == '<span class="emoji" aria-hidden="true">&lt;b&gt;</span>'


def test_a_picture_takes_the_colour_of_the_text_around_it() -> None:
    assert set(re.findall(r'(?:fill|stroke)="([^"]+)"', SPRITE)) == {"currentColor"}  # also dark, and in forced colours


def test_templates_show_a_products_picture_in_no_other_way() -> None:
    for path in (Path(views.__file__).parent / "templates").glob("*.html"):
        assert not re.search(r"\w\.emoji", path.read_text(encoding="utf-8")), path.name


def test_a_product_of_which_nothing_is_known_has_a_tag() -> None:
    assert drawn(INVENTORY.extended(["Tennis Grip"])["tennis-grip"]) == "tag"
    assert drawn(Item("nails", "", "", NO_EMOJI, {"en": "Nails"})) == "tag"
