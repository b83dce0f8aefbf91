"""Lists as people write them, of a shop's own products: titles with commas, numbers as ids, elided words."""

import pytest

from recommender import Catalog, UnknownItem
from recommender.shop.item import Item
from recommender.shop.lookup import find_basket, find_item, find_known, split_items

DEMO = Catalog.load()
UNKNOWN = "?"


def make_shop(*names: str) -> Catalog:
    """Return a shop in which each product has one of the names as its id, too, in lower case with hyphens."""
    return Catalog([Item(f"p{n}", "", "", "", {"en": name}) for n, name in enumerate(names)], words=None)


def read(text: str, shop: Catalog, language: str = "en") -> list[str]:
    """Return the names of the items that a list means, or "?" if one of them is unknown."""
    try:
        return [item.name("en") for item in find_basket([text], shop, language)]
    except UnknownItem:
        return [UNKNOWN]


NUMBERED = Catalog(
    [
        Item(str(n), "", "", "", {"en": name})
        for n, name in enumerate(["Red Ball", "Blue Ball", "3M Tape", "Green Hat"], start=1)
    ],
    words=None,
)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Red Ball\t2", "Red Ball"),
        ("Red Ball\t1\t3", "Red Ball"),
        ("1\tRed Ball", "Red Ball"),
        ("2\tRed Ball\t3,50 €", "Red Ball"),
        ("2\t3M Tape", "3M Tape"),
        ("Red Ball\t2\nGreen Hat\t1", "Red Ball|Green Hat"),
        ("Red Ball\t0\t3", "?"),
        ("0\tRed Ball\nBlue Ball", "?"),
        ("Red Ball\t٠", "?"),
        ("Red Ball\t-1", "?"),
        ("1. Red Ball\n2.\n3. Green Hat", "Red Ball|Green Hat"),
        ("2", "Blue Ball"),
        ("#2", "Blue Ball"),
        ("٢", "Blue Ball"),
        ("2; 4", "Blue Ball|Green Hat"),
        ("1\t2", "Red Ball|Blue Ball"),
        ("1 and 2", "Red Ball|Blue Ball"),
        ("2 and Red Ball", "?"),
        ("-2", "?"),
        ("•2", "?"),
        ("• 2", "?"),
        ("1. 2", "?"),
        ("2x 3", "?"),
        ("2)", ""),
        ("(2)", ""),
        ("[2]", ""),
        ("2.", ""),
    ],
)
def test_where_ids_are_small_numbers_a_quantity_a_price_or_a_list_number_is_none(text, names):
    assert read(text, NUMBERED) == [name for name in names.split("|") if name]


SKUS = Catalog([Item(str(n), "", "", "", {"en": f"Saw {chr(n - 904)}"}) for n in (1001, 1002)], words=None)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("1001 and 1002", "Saw a|Saw b"),
        ("1001 & 1002", "Saw a|Saw b"),
        ("1001+1002", "Saw a|Saw b"),
        ("1001/1002", "Saw a|Saw b"),
        ("2x 1001", "Saw a"),
        ("1001 x2", "Saw a"),
        ("• 1001", "Saw a"),
        ("(1001)", "Saw a"),
        ("Saw a\t1001", "Saw a"),
        ("Saw a\t1002", "Saw a|Saw b"),
        ("2 1001", "?"),
        ("1001 and 1003", "?"),
    ],
)
def test_skus_of_digits_alone_are_joined_and_counted_like_names(text, names):
    assert read(text, SKUS) == names.split("|")


TITLES = make_shop(
    "War, Peace",
    "War",
    "Peace",
    "Bread, butter",
    "Milk",
    "Dübel 8,5 mm",
    "Dübel 8",
    "5 mm",
    "1,5 m Kabel",
    "Love, etc.",
)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("War, Peace\nMilk", "War, Peace|Milk"),
        ("War, Peace\tMilk", "War, Peace|Milk"),
        ("War, Peace\t2\t3,50 €", "War, Peace"),
        ("War, Peace, Milk", "War, Peace|Milk"),
        ("Milk and War, Peace", "War, Peace|Milk"),
        ("Milk, and War, Peace", "War, Peace|Milk"),
        ("War,Peace", "War, Peace"),
        ("War; Peace", "War|Peace"),
        ("Peace, War", "War|Peace"),
        ("1. Bread, butter", "Bread, butter"),
        ("2x Bread, butter, Milk", "Bread, butter|Milk"),
        ('"Bread, butter", "War, Peace"', "War, Peace|Bread, butter"),
        ("2 Dübel 8,5 mm", "Dübel 8,5 mm"),
        ("Dübel 8,5 mm und Milk", "Milk|Dübel 8,5 mm"),
        ("Dübel 8, 5 mm", "Dübel 8|5 mm"),
        ("Dübel 8,5 mm Kabel", "?"),
        ("Milk,1,5 m Kabel", "Milk|1,5 m Kabel"),
        ("1,5 m Kabel\nMilk", "Milk|1,5 m Kabel"),
        ("Love, etc., Milk", "Milk|Love, etc."),
        ("War, Peace (p0), Milk", "War, Peace|Milk"),
    ],
)
def test_a_title_with_a_comma_is_one_product_in_any_list(text, names):
    assert read(text, TITLES) == names.split("|")


def test_the_hint_about_a_title_with_a_comma_names_it():
    with pytest.raises(UnknownItem) as unknown:
        find_item("P-0", TITLES)
    (hint,) = unknown.value.closest
    assert hint == "War, Peace (p0)" and read(hint, TITLES) == ["War, Peace"]


@pytest.mark.parametrize(
    ("text", "unknown"),
    [
        ("Wood Screw 4,5 x 50 mm", "Wood Screw 4,5 x 50 mm"),
        ("Lait 3,5%", "Lait 3,5%"),
        ("Lait 3,5%, Milk", "Lait 3,5%"),
        ("Milk,3,5 m Kabel", "3,5 m Kabel"),
        ("Screw 4,5,6 mm", "Screw 4,5,6 mm"),
        ("Lait ٣,٥%", "Lait ٣,٥%"),
        ("Lait 3, 5%", "Lait 3|5%"),
        ("1001,1003", "1001|1003"),
        ("Milk x2,3x War", ""),
    ],
)
def test_an_unknown_text_is_not_cut_at_a_decimal_comma(text, unknown):
    assert find_known([text], TITLES)[1] == tuple(filter(None, unknown.split("|")))


SPELLED = make_shop(
    "Salt & Pepper Mill",
    "Salt",
    "Pepper Mill",
    "A/B Switch",
    "A",
    "B Switch",
    "Screw M6 x 30",
    "Screw M6",
    "Vitamin C",
    "Vitamin C+",
    "Vitamin E Oil",
    "Vitamin",
    "Oil",
)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Salt and Pepper Mill", "Salt & Pepper Mill"),
        ("Salt&Pepper Mills", "Salt & Pepper Mill"),
        ("2x salt + pepper mill", "Salt & Pepper Mill"),
        ("Oil, Salt und Pepper Mill", "Salt & Pepper Mill|Oil"),
        ("Oil and Salt and Pepper Mill", "Salt & Pepper Mill|Oil"),
        ("Salt, Pepper Mill", "Salt|Pepper Mill"),
        ("Salt & Oil", "Salt|Oil"),
        ("A / B Switch", "A/B Switch"),
        ("Screw M6 × 30", "Screw M6 x 30"),
        ("Screw M6 ×30", "Screw M6 x 30"),
        ("Screw M6 x30", "Screw M6 x 30"),
        ("Screw M6 * 30", "Screw M6 x 30"),
        ("Screw M6 x 2", "Screw M6"),
        ("Vitamin C+, Vitamin C", "Vitamin C|Vitamin C+"),
        ("Vitamin C+ and Salt", "Salt|Vitamin C+"),
        ("Vitamin & Oil", "Vitamin|Oil"),
    ],
)
def test_and_and_times_may_be_spelled_otherwise_than_in_a_name(text, names):
    assert read(text, SPELLED) == names.split("|")


@pytest.mark.parametrize(
    ("language", "text", "ids"),
    [
        ("en", "Basketball / Basketball Jersey", "basketball-jersey basketball"),
        ("en", "Basketball - Basketball Jersey", "basketball-jersey basketball"),
        ("en", "Basketball – Basketball Jersey", "basketball-jersey basketball"),
        ("en", "Basketball | Basketball Jersey", "basketball-jersey basketball"),
        ("en", "Basketball • Basketball Jersey", "basketball-jersey basketball"),
        ("en", "Basketball · Basketball Jersey", "basketball-jersey basketball"),
        ("en", "Basketball. Basketball Jersey", "basketball-jersey basketball"),
        ("en", "Basketball … Basketball Jersey", "basketball-jersey basketball"),
        ("en", "Basketball - Jersey", "basketball-jersey"),
        ("en", "Basketball = Basketball Jersey", "?"),
        ("de", "Fußball / Fußballtrikot", "soccer-jersey soccer-ball"),
        ("ar", "كرة قدم - قميص كرة القدم", "soccer-jersey soccer-ball"),
        ("es", "Balón de fútbol, y camiseta de fútbol", "soccer-jersey soccer-ball"),
        ("es", "Balón de fútbol, o camiseta de fútbol", "?"),
        ("es", "Balón de fútbol\no camiseta de fútbol", "?"),
        ("en", "Soccer Ball, & Soccer Jersey", "soccer-jersey soccer-ball"),
        ("en", "Soccer Ball,and Soccer Jersey", "soccer-jersey soccer-ball"),
        ("ar", "كرة قدم، واقي الساق", "soccer-ball soccer-shin-guards"),
        ("de", "Basketball- und Tennisschuhe", "basketball-shoes tennis-shoes"),
        ("de", "Fußball- und Basketballtrikot", "soccer-jersey basketball-jersey"),
        ("de", "Fußball-/Basketballtrikot", "soccer-jersey basketball-jersey"),
        ("de", "Fußball-, Basketball- und Tennisschuhe", "soccer-cleats basketball-shoes tennis-shoes"),
        ("de", "Fußballtrikot und -schuhe", "soccer-jersey soccer-cleats"),
        ("de", "American-Football-Helm und -Trikot", "football-jersey football-helmet"),
        ("de", "Fußball-Trikot, -Schuhe", "soccer-jersey soccer-cleats"),
        ("de", "American-Football-Helm und -Regenschirm", "?"),
        ("de", "American-Football-Helm -Trikot", "?"),
        ("de", "Fußball, -Tennisball", "soccer-ball tennis-ball"),
        ("en", "Basketball- Basketball Jersey", "?"),
        ("en", "Basketball -Basketball Jersey", "?"),
        ("en", "Basketball- Jersey", "basketball-jersey"),
        ("en", "-Soccer Ball, -Tennis Ball", "soccer-ball tennis-ball"),
    ],
)
def test_two_items_with_a_sign_or_a_hyphen_between_them_are_both_read(language, text, ids):
    try:
        found = [item.id for item in find_basket([text], DEMO, language)]
    except UnknownItem:
        found = [UNKNOWN]
    assert found == ids.split()


@pytest.mark.parametrize("text", ["Salz- und Pfeffermühle", "Salz-, Pfeffermühle", "Salz-/Pfeffermühle"])
def test_a_part_of_a_german_word_is_completed_or_unknown(text):
    assert read(text, make_shop("Salz", "Pfeffermühle"), "de") == [UNKNOWN]
    assert read(text, make_shop("Salz", "Pfeffermühle", "Salzmühle"), "de") == ["Pfeffermühle", "Salzmühle"]


def test_a_bullet_or_a_sign_before_a_hyphen_ends_no_word_of_another_item():
    shop = make_shop("Saw-Hammer", "Saw-Drill", "Drill", "Rake", "Drill-Rake")
    for text in ("Saw-Hammer\n-Drill", "Saw-Hammer | -Drill", "-Saw-Hammer, -Drill"):
        assert read(text, shop) == ["Saw-Hammer", "Drill"]
    assert read("Saw-Hammer and -Drill", shop) == ["Saw-Hammer", "Saw-Drill"]
    assert read("Drill, -Rake", shop) == ["Drill", "Rake"]
    assert read("Drill -Rake", shop) == ["Drill-Rake"]  # another spelling of the name


MARKED = make_shop(
    "7-Up", "Up", "Star Hotel Towel", "3D Glasses", "D Glasses", "H-Milch", "Milch", "O Pioneers", "Pioneers"
)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("6-Up", "?"),
        ("6.Up", "?"),
        ("4-Star Hotel Towel", "?"),
        ("3-D glasses", "?"),
        ("H. Milch", "?"),
        ("B- Milch", "?"),
        ("H. Milch\nE. Milch", "?"),
        ("Up\no Milch", "?"),
        ("a. Up\nb. Milch", "Up|Milch"),
        ("i. Up\nii. Milch", "Up|Milch"),
        ("1.Up\n2.Milch", "Up|Milch"),
        ("1.Up, 2.Milch", "Up|Milch"),
        ("1ºUp\n2ºMilch", "Up|Milch"),
        ("2ª Milch", "Milch"),
        ("2a Milch", "?"),
        ("b) Milch", "Milch"),
        ("o Up\no Milch", "Up|Milch"),
        ("Up\no\tMilch", "Up|Milch"),
        ("Up\no  Milch", "Up|Milch"),
        ("o Pioneers", "O Pioneers"),
    ],
)
def test_a_number_or_letter_is_a_mark_only_where_that_is_certain(text, names):
    assert read(text, MARKED) == names.split("|")


@pytest.mark.parametrize("sign", [*"👎➖🙅🛑∅⊘⨯🗙❓☐□⬜✗🚫", "🗑️", "[ ]", "( )", "[_]", "- [ ]", "* [ ]", "[]"])
def test_a_sign_that_may_say_no_makes_an_item_unknown(sign):
    texts = [f"{sign} Soccer Ball", f"Soccer Ball {sign}", f"1. {sign} soccer shoes", f"{sign}\tSoccer Ball"]
    assert [read(text, DEMO) for text in texts] == [[UNKNOWN]] * 4


@pytest.mark.parametrize("sign", [*"•■➤→✅☑⭐🔵👉💪⚽", "🛡️", "⛸️", "[x]", "(x)", "1️⃣"])
def test_a_harmless_sign_before_an_item_is_left_out(sign):
    assert read(f"{sign} Soccer Ball\n{sign} soccer shoes", DEMO) == ["Soccer Ball", "Soccer Cleats"]


@pytest.mark.parametrize(
    "cell",
    [*"-–—−－*~_.…·?/0✗☐🔴🟥", "--", "(1)", "(1.00)", "[1]", "(١)", "1-", "1,00-", "1－", "$(9.99)", "$-5", "-1"],
)
def test_a_cell_behind_a_name_that_may_say_no_makes_it_unknown(cell):
    for before, after in (("", ""), ("1\t", ""), ("", "\t19.99"), ("1\t", "\t19.99"), ("", "\tTennis Ball")):
        text = f"{before}Soccer Ball\t{cell}{after}\nBaseball\t1"
        known, (unknown,) = find_known([text], DEMO)
        assert "soccer-ball" not in {item.id for item in known} and "baseball" in {item.id for item in known}
        assert unknown.endswith("Soccer Ball") and split_items(unknown, DEMO) == [unknown]
    assert read(f"Soccer Ball\t{cell}", DEMO) == [UNKNOWN]


@pytest.mark.parametrize(
    "cell", [*"1+✓✔✅⚽●", "1.5", "+1", "2x", "(2x)", "(x)", "3.", "1)", "#1", "10-12", "19,-", "5.–"]
)
def test_a_cell_behind_a_name_that_says_yes_or_how_many_is_left_out(cell):
    assert read(f"Soccer Ball\t{cell}\nBaseball\t1", DEMO) == ["Soccer Ball", "Baseball"]


@pytest.mark.parametrize("cell", ["-", "–", "*", "(1)", "1-", "🔴", "1º"])
def test_a_bullet_or_a_list_number_in_the_cell_before_a_name_is_left_out(cell):
    assert read(f"{cell}\tSoccer Ball\n{cell}\tBaseball\t1", DEMO) == ["Soccer Ball", "Baseball"]


@pytest.mark.parametrize("pair", ["🟢🔴", "✅🔴", "🟩🟥", "●○", "◉○", "★☆", "⭐☆", "◆◇", "▲△", "▶▷", "▪▫", "+-", "+–"])
def test_a_sign_beside_its_opposite_in_a_list_says_no(pair):
    yes, no = pair
    for form in (
        "{} Soccer Ball\n{} Tennis Ball",
        "{}Soccer Ball\n{}Tennis Ball",
        "{} Soccer Ball, {} Tennis Ball",
        "1. {} Soccer Ball\n2. {} Tennis Ball",
        "{}\tSoccer Ball\n{}\tTennis Ball",
        "Soccer Ball\t{}\nTennis Ball\t{}",
        *(["Soccer Ball {}\nTennis Ball {}"] if yes != "+" else []),
    ):
        known, (unknown,) = find_known([form.format(yes, no)], DEMO)
        assert [item.id for item in known] == ["soccer-ball"]
        assert no in unknown and split_items(unknown, DEMO) == [unknown]


@pytest.mark.parametrize("sign", "🔴🟢🟥●○☆◇+-")
def test_one_sort_of_bullet_says_nothing(sign):
    assert read(f"{sign} Soccer Ball\n{sign} Tennis Ball\n• Puck", DEMO) == [
        "Soccer Ball",
        "Tennis Ball",
        "Hockey Puck",
    ]


def test_a_sign_within_a_name_says_nothing_about_another_item():
    shop = make_shop("Lamp ● red", "Lamp ○ white", "Vitamin C+", "T-Shirt")
    assert read("Lamp ● red\nLamp ○ white\nVitamin C+\n- T-Shirt", shop) == [item.name("en") for item in shop]


def test_a_red_sign_after_an_item_says_no():
    assert read("Soccer Ball 🔴", DEMO) == read("Soccer Ball 🟥", DEMO) == [UNKNOWN]


@pytest.mark.parametrize("text", ["a-," * 30_000 + "b", "".join(f"a{n}b-," for n in range(12_000)) + "Tennisschuhe"])
def test_many_parts_of_words_are_read_soon(text):
    assert read(text, DEMO, "de") == [UNKNOWN]
