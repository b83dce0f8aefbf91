"""Ids and SKUs are found in any spelling, and one that is nearly right names its product."""

import pytest

from recommender import Catalog, UnknownItem
from recommender.shop.item import Item
from recommender.shop.lookup import find_basket, find_known, find_unknown, suggest_items

SHOP = Catalog(
    [
        Item("STR-001", "", "", "", {"en": "Wandfarbe weiß"}),
        Item("saw", "", "", "", {"en": "Saw"}, sku="AB 12"),
        Item("4711", "", "", "", {"en": "Claw Hammer"}),
        Item("DUE-8/10", "", "", "", {"en": "Dübel"}),
        Item("drill", "", "", "", {"en": "5.5 mm Drill"}),
        Item("A-1", "", "", "", {"en": "Rake"}, sku="n/a"),
        Item("A_1", "", "", "", {"en": "Hoe"}, sku="n/a"),
    ],
    words=None,
)
PAINT = "Wandfarbe weiß (STR-001)"


@pytest.mark.parametrize(
    ("text", "item"),
    [
        *(
            (text, "STR-001")
            for text in (
                "STR-001", "str-001", "STR_001", "STR 001", "STR–001", "STR - 001", "ＳＴＲ-００１", "STR-001.",
                "STR-٠٠١", "#STR-001", "# STR-001", "'STR-001", "’STR-001", '="STR-001"', "(STR-001)", "STR-001\x00",
                "2x STR-001", "1. STR-001", "• STR_001", "STR 001 x2", PAINT,
            )
        ),
        *((text, "saw") for text in ("AB 12", "ab 12", "AB-12", "ab_12", "#AB 12", "AB ١٢", "AB-12!")),
        *((text, "4711") for text in ("4711", "#4711", "'4711", "٤٧١١", "1. 4711", "• 4711")),
        *((text, "DUE-8/10") for text in ("due-8/10", "DUE 8/10", "due_8/10")),
        ("A-1", "A-1"),
        ("a_1", "A_1"),
    ],
)  # fmt: skip
def test_an_id_or_sku_is_found_in_any_spelling(text, item):
    assert find_basket([text], SHOP) == find_known([text], SHOP)[0] == (SHOP[item],)


@pytest.mark.parametrize("text", ["A 1", "A–1"])
def test_a_spelling_that_two_ids_have_in_common_is_unknown_and_both_are_offered(text):
    with pytest.raises(UnknownItem) as unknown:
        find_basket([text], SHOP)
    assert unknown.value.closest == ["Rake (A-1)", "Hoe (A_1)"]


@pytest.mark.parametrize(
    ("text", "closest"),
    [
        ("STR-01", PAINT),
        ("STR001", PAINT),
        ("STR-0001", PAINT),
        ("STR-000001", PAINT),
        ("STR-001 Wandfarbe", PAINT),
        ("Farbe, STR_001", PAINT),
        ("SRT-001", PAINT),
        ("STR-0O1", PAINT),
        ("STR-002", PAINT),
        ("STR-0011", PAINT),
        ("AB-012", "Saw (AB 12)"),
        ("47111", "Claw Hammer (4711)"),
        ("04711", "Claw Hammer (4711)"),
        ("6 mm drill", "5.5 mm Drill"),
    ],
)
def test_an_id_or_sku_that_is_nearly_right_names_its_product(text, closest):
    with pytest.raises(UnknownItem) as unknown:
        find_basket([text.replace(",", "")], SHOP)
    assert unknown.value.closest[0] == closest
    assert suggest_items(text, SHOP)[0].name("en") in closest


def shelve(*products):
    """Return a shop of products given as id, name and SKU."""
    return Catalog([Item(id_, "", "", "", {"en": name}, sku="".join(sku)) for id_, name, *sku in products], words=None)


@pytest.mark.parametrize(
    ("shop", "text", "closest"),
    [
        (shelve(("x", "Hack", "AB-12"), ("y", "Saw Blade B"), ("z", "Saw Blade C")), "Saw Blades AB12", "Hack (AB-12)"),
        (shelve(("x", "Hack", "AB-12-34-56")), "AB 12 34 56 Blade", "Hack (AB-12-34-56)"),
        (shelve(("b", "Two", "AB12"), ("a", "One", "AB1234")), "AB-12 34", "One (AB1234), Two (AB12)"),
        (
            shelve(("x", "Hack", "AB12"), ("AB-12x", "saw 12 AB set"), ("12-AB", "Rake")),
            "saw 12 AB",
            "Rake (12-AB), saw 12 AB set",
        ),
        (shelve(("4711", "Saw")), "4711 kites", ""),
        (shelve(("47110", "Saw")), "47110 kites", "Saw (47110)"),
        (shelve(("1", "Rakes Big"), ("2", "Big Rake")), "rake", "Big Rake, Rakes Big"),
        (shelve(("sawy", "Hack"), ("b", "sawz")), "sawx", "sawz, Hack (sawy)"),
        (shelve(("b2b-mat", "B2B Mat")), "B2B-Mat-x", "B2B Mat"),
    ],
)
def test_hints_are_few_and_in_order(shop, text, closest):
    assert ", ".join(find_unknown([text], shop).closest) == closest


def test_a_name_that_looks_alike_is_offered_in_the_language_of_the_text():
    names = ["Raquette de tennis", "Balle de tennis", "Chaussures de tennis"]
    assert find_unknown(["Raquete de tenis"], Catalog.load(), "en").closest == names


def test_a_hint_at_an_id_is_in_the_shoppers_language():
    paint = Item("STR-001", "", "", "", {"en": "Paint", "fr": "Peinture"})
    assert find_unknown(["STR-01"], Catalog([paint], words=None), "fr").closest == ["Peinture (STR-001)"]


def test_a_name_that_is_close_only_as_the_prompt_spells_it_is_offered_in_that_spelling():
    names = {"en": "Bosch: Dübel 8,5 mm, grau"}, {"en": "Bosch Dübel 8.5 mm grau"}
    shop = Catalog([Item("x", "", "", "", names[0], prompt_names=names[1])], words=None)
    assert find_unknown(["Dübel 8.5"], shop).closest == ["Bosch Dübel 8.5 mm grau"]


def test_a_search_box_suggests_three_names_that_look_alike():
    assert len(suggest_items("basketbal shors", Catalog.load())) == 3


def test_a_hint_can_be_typed_as_it_is_written():
    assert find_basket(["Saw (AB 12)"], SHOP) == (SHOP["saw"],)
    assert find_known(["Saw (STR-001)"], SHOP) == ((), ("Saw (STR-001)",))


@pytest.mark.parametrize("text", ["1000 kites", "12 of them", "str", "…", "7"])
def test_a_number_or_a_word_is_no_id_that_is_nearly_right(text):
    with pytest.raises(UnknownItem) as unknown:
        find_basket([text], SHOP)
    assert unknown.value.closest == []


def test_a_name_comes_before_an_id_of_another_spelling():
    shop = Catalog(
        [Item("red-saw", "", "", "", {"en": "Rake"}), Item("hoe", "", "", "", {"en": "Red Saw"})], words=None
    )
    assert find_basket(["Red Saw"], shop) == (shop["hoe"],) and find_basket(["red-saw"], shop) == (shop["red-saw"],)
