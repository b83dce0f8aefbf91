"""Ids and SKUs are found in any spelling, and one that is nearly right names its product."""

import pytest

from recommender import Catalog, UnknownItem
from recommender.shop.catalog import Item
from recommender.shop.lookup import find_basket, find_known, suggest_items

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
