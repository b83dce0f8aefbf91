import csv
import io
import re
from pathlib import Path

import pytest

from recommender.errors import BadName, CatalogError
from recommender.shop.catalog import Catalog
from recommender.shop.co_purchase import CoPurchases
from recommender.shop.inventory import COLUMNS
from recommender.shop.item import Item
from recommender.shop.language import LANGUAGES
from recommender.shop.lookup import UnknownItem, find_basket, find_item
from recommender.shop.paths import INVENTORY
from recommender.shop.text import check_name, normalise, simplify_title, tidy

CATALOG = Catalog.load()


def broken(tmp_path: Path, change) -> Path:
    """The inventory with its rows changed in place."""
    rows = list(csv.DictReader(INVENTORY.read_text(encoding="utf-8").splitlines()))
    change(rows)
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    path = tmp_path / "inventory.csv"
    path.write_text(text.getvalue(), encoding="utf-8")
    return path


def test_the_shelf_has_the_35_items_of_2023_in_their_order():
    names = [item.name("en") for item in CATALOG]
    assert len(names) == 35
    assert names[:3] == ["Soccer Jersey", "Basketball Jersey", "Football Jersey"]
    assert names[17:20] == ["Hockey Helmet", "Goalie Gloves", "Basketball Arm Sleeve"]
    assert names[-2:] == ["Soccer Shin Guards", "Soccer Shorts"]
    assert CATALOG.sports == ("soccer", "basketball", "football", "baseball", "tennis", "hockey")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_item_is_found_by_its_name_in_any_letter_case(language):
    for item in CATALOG:
        for text in (item.name(language), item.name(language).upper(), f"  {item.name(language).lower()} "):
            assert CATALOG.get(text, language) is item


@pytest.mark.parametrize("text", ["كُرَة سَلة", "الكرة السلة", "كره سله", "كـرة سلة"])
def test_arabic_spelling_variants_are_one_name(text):
    assert CATALOG.get(text).id == "basketball"


def test_american_football_is_not_soccer():
    assert CATALOG["football"].name("ar") == "كرة قدم أمريكية"
    assert "américain" in CATALOG["football"].name("fr")
    assert CATALOG.get("Football").id == "football"


def test_an_unknown_item_is_refused_with_the_closest_names():
    with pytest.raises(UnknownItem, match="Soccer Jersey") as caught:
        find_item("socer jersy", CATALOG)
    assert caught.value.closest[0] == "Soccer Jersey"
    with pytest.raises(UnknownItem):
        find_item("x" * 100_000, CATALOG)


def test_owning_a_jersey_does_not_take_the_ball_of_that_name_off_the_candidates():
    candidates = CATALOG.candidates(CATALOG.select(["basketball-jersey"]))
    assert "basketball" in {item.id for item in candidates}
    assert "basketball-jersey" not in {item.id for item in candidates}
    assert len(candidates) == 34


def test_a_basket_is_a_set_in_inventory_order():
    assert find_basket(["Soccer Shorts", "soccer-ball", "كرة قدم", "Soccer Jersey", " "], CATALOG) == find_basket(
        ["Soccer Jersey", "Soccer Ball", "Soccer Shorts"], CATALOG
    )


def test_a_selection_leaves_out_what_the_shelf_does_not_have_and_knows_added_products():
    longer = CATALOG.extended(["Soccer Socks"])
    found = longer.select(["soccer-socks", "tennis-ball", "quidditch-broom", "soccer-ball", "soccer-socks"])
    assert [item.id for item in found] == [
        i.id for i in longer if i.id in ("soccer-socks", "tennis-ball", "soccer-ball")
    ]
    assert found[-1].id == "soccer-socks" and CATALOG.select([]) == ()


def test_a_product_added_by_name_goes_to_the_end_of_the_shelf():
    catalog = CATALOG.extended(["Soccer Socks"])
    assert [item.id for item in catalog][-1] == "soccer-socks"
    assert catalog.get("soccer SOCKS").name("ar") == "Soccer Socks"
    assert len(CATALOG) == 35 and CATALOG.get("Soccer Socks") is None


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("Soccer Socks - Black – L", "Soccer Socks Black L"),  # a lone dash separates the sections of a prompt
        ("جوارب كره القدم الامريكيه", "جوارب كرة القدم الأمريكية"),
        ("جوارب كره قدم", "جوارب كرة قدم"),  # the article is left as it is: with it, this is the sport
        ("Pantalon de tennis", "Pantalon de tennis"),  # French; the shelf has it with the accent of Spanish
        ("SOCCER Ice-Hockey Bag", "SOCCER Ice-Hockey Bag"),
    ],
)
def test_the_t5_reads_the_name_of_an_added_product_in_the_shelfs_spelling(name, read):
    (added,) = CATALOG.extended([name]).added_items
    assert added.prompt_name("en") == added.prompt_name("ar") == read
    assert added.name("en").casefold() == name.casefold()


@pytest.mark.parametrize("names", [["Vitamin C+", "Vitamin C", "Vitamin C#"], ["Men's Cap", "Soccer Socks!"], ["C+"]])
def test_the_id_of_an_added_product_does_not_depend_on_the_others(names):
    together = CATALOG.extended(names).added_items
    assert len({item.id for item in together}) == len(names)
    for item in together:
        assert CATALOG.extended([item.name("en").upper()]).added_items[0].id == item.id


def test_an_id_says_the_name_of_an_added_product_if_it_has_no_other_signs():
    added = CATALOG.extended(["Vitamin C+", "Tennis Ball+", "Vitamin C", "Ice-Hockey Men's Cap", "قبعة"]).added_items
    assert [item.id for item in added[2:]] == ["vitamin-c", "ice-hockey-men-s-cap", "قبعة"]
    assert added[0].id.startswith("vitamin-c-") and added[1].id.startswith("tennis-ball-")


def test_added_products_are_told_by_id_from_products_that_are_called_alike():
    shop = Catalog([Item("W-1203", "", "", "", {"en": "Claw Hammer"})])
    longer = shop.extended(["W-1203", "Rake"])
    assert [item.name("en") for item in longer.added_items] == ["W-1203", "Rake"] and shop.added_items == ()


def test_a_name_of_the_shop_is_told_from_another_spelling_of_it():
    assert CATALOG.has_name("Soccer Ball", "en") and CATALOG.has_name(CATALOG["soccer-ball"].name("ar"), "ar")
    for text, language in (("soccer ball", "en"), ("Soccer Ball", "ar"), ("Soccer Ball", "it"), ("Zorblax", "en")):
        assert not CATALOG.has_name(text, language)


def test_a_longer_shelf_is_as_if_it_had_been_read_anew():
    names = [f"{word} {chr(97 + n)}x" for n in range(30) for word in ("Saw", "Rake")]
    shop = Catalog((Item(f"i{n}", "", "", "", {"en": name}) for n, name in enumerate(names)), words=None)
    sets = [[shop.items[n].id, shop.items[n + 2].id] for n in range(0, 30, 3)]
    for shelf in (shop, shop.with_purchases(CoPurchases.count([item.id for item in shop], sets))):
        longer = shelf.extended(["Green Saw", "Green Hose"])
        anew = Catalog(longer.items, longer.added, None, shelf.item_knn)
        for item in longer:
            assert longer.candidates([item]) == anew.candidates([item])
            assert longer.get(item.name("en").upper()) is anew.get(item.name("en").upper()) is item
        assert [item.id for item in longer][-2:] == ["green-saw", "green-hose"]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("soccer ball", "already"),
        ("", "no letter"),
        ("123", "no letter"),
        ("ـ", "no letter"),  # which only lengthens a letter
        ("a" * 61, "60 are allowed"),
        ("Ball} - RECOMMENDATION: {Cap", "separate names"),
        ("Cap, Bat", "separate names"),
        ("Ball\u202egnp", "invisible"),
        ("Ball\0", "invisible"),
    ],
)
def test_a_name_that_cannot_be_a_products_is_refused(name, reason):
    with pytest.raises(CatalogError, match=reason):
        CATALOG.extended([name])


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda rows: rows[4].update(en=""), "row 6: en is empty"),
        (lambda rows: rows[4].update(id="Tennis Shirt"), "row 6.*not one word"),
        (lambda rows: rows[4].update(id="SOCCER-jersey"), 'row 6.*"SOCCER-jersey" is used twice'),
        (lambda rows: rows[4].update(id="soccer-jersey"), 'row 6.*"soccer-jersey" is used twice'),
        (lambda rows: rows[7].update(ar="القميص كرة قدم"), "row 9.*same ar name"),
        (lambda rows: rows[0].update(en="Soccer\nJersey"), "row 2: en: .*line break"),
        (lambda rows: rows.clear(), "no items"),
    ],
)
def test_a_broken_inventory_is_refused_with_the_row_and_the_reason(tmp_path, change, reason):
    with pytest.raises(CatalogError, match=reason):
        Catalog.load(broken(tmp_path, change))


def test_a_missing_column_and_a_missing_file_are_named(tmp_path):
    path = tmp_path / "inventory.csv"
    path.write_text("id,sport\na,b\n")
    with pytest.raises(CatalogError, match="header lacks name; it has id, sport"):
        Catalog.load(path)
    with pytest.raises(CatalogError, match="cannot be read"):
        Catalog.load(tmp_path / "none.csv")


def test_all_faults_of_an_inventory_are_named_at_once(tmp_path):
    path = tmp_path / "inventory.csv"
    path.write_text("id,name\na b,Saw\n\nx,\ny,Rake\nY,Hoe\nz,rake\n", encoding="utf-8")
    with pytest.raises(CatalogError) as refused:
        Catalog.load(path)
    assert str(refused.value).splitlines() == [
        "inventory.csv has 4 faults:",
        'row 2: the id "a b" is not one word of letters, digits and - _ . + # /.',
        "row 4: name is empty.",
        'row 6: The id "Y" is used twice.',
        'row 7: "y" and "z" have the same en name "rake".',
    ]
    path.write_text("name\n" + "1\n" * 30, encoding="utf-8")
    with pytest.raises(CatalogError, match="has 30 faults") as refused:
        Catalog.load(path)
    assert len(str(refused.value).splitlines()) == 22 and str(refused.value).endswith("and 10 more.")


def test_a_name_is_enough_and_ids_are_as_the_shop_writes_them(tmp_path):
    path = tmp_path / "inventory.csv"
    path.write_text("name;ID;de\nWall Plug;DUE-8/10;Dübel\nBig Saw;;\n", encoding="utf-8")
    shop = Catalog.load(path)
    assert [item.id for item in shop] == ["DUE-8/10", "big-saw"]
    assert [item.name("de") for item in shop] == ["Dübel", "Big Saw"]
    assert (shop["big-saw"].sport, shop["big-saw"].kind) == ("", "") and shop["big-saw"].emoji
    assert find_basket(["due-8/10; BIG saw"], shop) == shop.items
    assert shop.words is None  # the demo's everyday words are the demo's


def test_a_title_is_kept_for_the_shelf_and_simplified_for_the_prompt(tmp_path):
    titles = [
        "Bosch: Dübel 8,5 mm, grau; 50 Stück",
        "Bosch Dübel {8.5 mm} grau 50 Stück：neu",
        "Universal-Kombigerät " * 5 + "rot",
        "Universal-Kombigerät " * 5 + "blau",
        "X" * 80,
        "Säge - rot - 40 cm",
    ]
    path = tmp_path / "inventory.csv"
    path.write_text("name\n" + "\n".join(f'"{title}"' for title in titles), encoding="utf-8")
    shop = Catalog.load(path)
    assert [item.name("en") for item in shop] == [" ".join(title.split()) for title in titles]
    names = [item.prompt_name("en") for item in shop]
    assert names == [
        "Bosch Dübel 8.5 mm grau 50 Stück",
        "Bosch Dübel 8.5 mm grau 50 Stück neu",
        "Universal-Kombigerät Universal-Kombigerät",
        "Universal-Kombigerät Universal-Kombigerät 2",
        "X" * 60,
        "Säge rot 40 cm",
    ]
    for name, item in zip(names, shop, strict=True):
        assert check_name(name) == name == item.prompt_name("ar")
        assert find_basket([name], shop) == find_basket([item.name("en")], shop) == (item,)
    assert find_basket([f"{titles[2]}; {titles[4]}"], shop) == (shop.items[2], shop.items[4])


@pytest.mark.parametrize("rows", [["Screw 8,5 mm", "Screw 8.5 mm"], ["Hose: blue", "Hose; blue", "Hose blue"]])
def test_a_simplified_title_differs_from_the_name_of_a_later_row(tmp_path, rows):
    path = tmp_path / "inventory.csv"
    for order in (rows, rows[::-1]):
        path.write_text("name\n" + "\n".join(f'"{title}"' for title in order), encoding="utf-8")
        shop = Catalog.load(path)
        assert [item.name("en") for item in shop] == order
        assert len({item.prompt_name("en") for item in shop}) == len(rows)
        for title in order:
            assert find_item(title, shop).name("en") == title


def test_a_title_that_differs_from_its_simple_form_in_punctuation_alone_gets_no_number(tmp_path):
    (tmp_path / "inventory.csv").write_text('name\n"Bosch:"\n', encoding="utf-8")
    assert Catalog.load(tmp_path / "inventory.csv").items[0].prompt_name("en") == "Bosch"


def test_the_demos_shop_names_everything_in_every_language():
    for item in CATALOG:
        assert set(item.names) == set(LANGUAGES) and not item.prompt_names
        assert item.sport and item.kind and item.emoji


def test_normalisation_is_stable():
    for item in CATALOG:
        for language in LANGUAGES:
            assert normalise(normalise(item.name(language))) == normalise(item.name(language))


@pytest.mark.parametrize(
    ("one", "other"),
    [("ハット", "バット"), ("ﾊｯﾄ", "ﾊﾞｯﾄ"), ("ปุ", "ปู"), ("मा", "म"), ("कला", "क्ला"), ("ढ", "ढ़")],
)
def test_marks_that_distinguish_words_are_kept(one, other):
    assert normalise(one) != normalise(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Râteau", "rateau"), ("Ёлка", "елка"), ("Πόρτα", "πορτα"), ("כַּדּוּר", "כדור"), ("كُرَة", "كرة"), ("ﾊﾞｯﾄ", "バット")],
)
def test_marks_that_a_reader_can_do_without_are_ignored(one, other):
    assert normalise(one) == normalise(other)


def test_a_japanese_letter_with_its_mark_is_one_letter_of_a_word():
    assert normalise("バット").isalnum()


def test_of_the_columns_en_and_name_en_is_read(tmp_path):
    (tmp_path / "inventory.csv").write_text("name,en\nTapis,Yoga Mat\n", encoding="utf-8")
    assert Catalog.load(tmp_path / "inventory.csv").items[0].name("en") == "Yoga Mat"


def test_the_apostrophe_before_what_a_spreadsheet_would_run_is_not_part_of_a_cell(tmp_path) -> None:
    cells = "id,name,sport,sku\na1,'+Size Ball,'-,'=A1\n"
    (tmp_path / "inventory.csv").write_text(cells, encoding="utf-8")
    (item,) = Catalog.load(tmp_path / "inventory.csv")
    assert (item.name("en"), item.sku) == ("+Size Ball", "=A1")


def test_a_title_is_cut_after_the_last_word_that_fits():
    assert simplify_title(f"{'A' * 40} {'B' * 19} C") == f"{'A' * 40} {'B' * 19}"
    assert simplify_title(f"AB {'x' * 80}") == f"AB {'x' * 57}"  # else too little would be left
    for title in ("Seil ,- 5 m", "Seil -: 5 m", "Seil ：- 5 m"):  # a dash that stands alone without the delimiter
        assert simplify_title(title) == "Seil 5 m"


@pytest.mark.parametrize(
    ("text", "tidied"),
    [("(Soccer Ball", "Soccer Ball"), ("Ball (red)", "Ball (red)"), ("(Ball)", "Ball"), ("Tongue &notch Saw",) * 2],
)
def test_a_bracket_without_its_partner_is_no_part_of_a_name_and_an_entity_ends_with_a_semicolon(text, tidied):
    assert tidy(text) == tidied


@pytest.mark.parametrize(
    "name",
    [
        "Tennis Balls",
        "2 tennis balls",
        "2x Soccer Ball",
        "Soccer Ball x2",
        "1) Soccer Ball",
        "⚽ Soccer Ball",
        "• 3. Soccer Balls",
        "Fußball",
    ],
)
def test_a_product_that_is_read_as_one_on_the_shelf_is_not_added(name):
    with pytest.raises(BadName) as refused:
        CATALOG.extended([name])
    assert refused.value.reason == "taken"


def test_a_plural_of_a_product_that_was_added_is_not_added_either():
    with pytest.raises(BadName, match='"Ski Poles" is added twice'):
        CATALOG.extended(["Ski Pole", "Ski Poles"])


@pytest.mark.parametrize(
    ("names", "says"),
    [
        (["Soccer Socks", "soccer socks"], '"Soccer Socks" is added twice.'),
        (["Soccer Socks", "2x Soccer Socks"], '"2x Soccer Socks" is added twice.'),
        (["Bag - Black", "Bag Black"], '"Bag Black" is added twice.'),
        (["Soccer Socks", "Soccer Ball"], '"Soccer Ball" is already in the inventory.'),
    ],
)
def test_a_product_that_is_added_twice_is_told_from_one_of_the_inventory(names, says):
    with pytest.raises(BadName, match=re.escape(says)) as refused:
        CATALOG.extended(names)
    assert refused.value.reason == "taken"


@pytest.mark.parametrize(
    ("name", "shelved"),
    [
        ("1. Soccer Socks", "Soccer Socks"),
        ("• 1) 2. soccer socks", "Soccer Socks"),
        ("⚽ Soccer Socks", "Soccer Socks"),
        ("Tennis Ball XL", "Tennis Ball XL"),
        ("Tennis Ball 3 Pack", "Tennis Ball 3 Pack"),
        ("24 Batteries", "24 Batteries"),
        ("7-Up", "7-Up"),
    ],
)
def test_an_added_product_is_shelved_without_the_marks_of_a_list(name, shelved):
    shelf = CATALOG.extended([name])
    assert shelf.items[-1].name("en") == shelved
    assert CATALOG.extended([shelved]).items[-1] == shelf.items[-1]


def test_a_bracket_that_is_closed_inside_a_name_is_kept():
    assert CATALOG.extended(["(Kids) Cap"]).items[-1].name("en") == "(Kids) Cap"
