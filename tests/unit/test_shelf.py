"""The shelf: which products have a box to tick, and under which headings."""

from __future__ import annotations

import pytest

from recommender import Catalog
from recommender.shop.item import Item
from recommender.shop.language import LANGUAGES
from recommender.ui import views
from recommender.ui.shelf import MAX_SHELF, group_shelf
from recommender.ui.state import PageState
from recommender.ui.strings import strings

PLAIN = Catalog([Item("W-1203", "", "", "", {"en": "Claw Hammer"}), Item("rake", "", "", "", {"en": "Rake"})])


def headings(shelf: Catalog, language: str = "en") -> list[tuple[str, list[str]]]:
    groups = group_shelf(shelf, strings(language))
    return [(group.heading, [item.name("en") for item in group.items]) for group in groups]


@pytest.mark.parametrize("language", LANGUAGES)
def test_only_products_that_the_visitor_has_added_are_called_new(language) -> None:
    new, other = (strings(language)(key) for key in ("shelf.new", "shelf.other"))
    assert headings(PLAIN, language) == [("", ["Claw Hammer", "Rake"])]
    longer = PLAIN.extended(["Hoe"])
    assert headings(longer, language) == [(other, ["Claw Hammer", "Rake"]), (new, ["Hoe"])]
    assert views.render_shelf(PageState(PLAIN, language=language)).count("<legend") == 0


def test_a_shop_without_the_products_of_the_example_baskets_has_no_group_for_them() -> None:
    shelves = (views.render_shelf(PageState(shop)) for shop in (PLAIN, Catalog.load()))
    empty, full = (shelf.partition('class="examples"')[2] for shelf in shelves)
    assert empty.partition(">")[0].endswith(" hidden") and not full.partition(">")[0].endswith(" hidden")


def test_products_without_a_sport_come_after_the_sports() -> None:
    sports = [Item(id_, id_[0], "", "", {"en": id_}) for id_ in ("new ball", "other cap", "new net")]
    shelf = Catalog([PLAIN["rake"], *sports], words=None).extended(["Hoe"])
    found = headings(shelf)
    assert found[:2] == [("n", ["new ball", "new net"]), ("o", ["other cap"])]
    assert found[2:] == [("Other products", ["Rake"]), ("New on the shelf", ["Hoe"])]


def test_a_sport_called_new_keeps_its_name() -> None:
    assert headings(Catalog([Item("cap", "new", "", "", {"en": "Cap"})])) == [("new", ["Cap"])]


def test_in_a_large_shop_every_added_product_has_one_box() -> None:
    names = (f"Thing {chr(97 + n // 26)}{chr(97 + n % 26)}" for n in range(MAX_SHELF - 1))
    shop = Catalog((Item(f"i{n}", "", "", "", {"en": name}) for n, name in enumerate(names)), words=None)
    shelf = shop.extended(["Hoe", "Axe"])
    boxes = views.render_shelf(PageState(shelf))
    assert len(shelf) > MAX_SHELF and boxes.count("data-item>") == len(shelf)


def test_an_added_product_whose_name_is_the_id_of_another_can_be_removed() -> None:
    state = PageState.parse({"added": ["W-1203"]}, PLAIN)
    html = views.render_add(state)
    assert 'data-name="W-1203"' in html and "Claw Hammer" not in html
