"""What shoppers type: plurals, quantities, several items joined by "and", and other words for a product."""

import time

import pytest

from recommender import Catalog, UnknownItem
from recommender.shop import lookup
from recommender.shop.item import Item
from recommender.shop.language import LANGUAGES
from recommender.shop.lookup import AmbiguousItem, find_basket, find_item, find_known, list_meanings, split_items

CATALOG = Catalog.load()
# The plurals of the shelf's names, in its order; in English, "Footballs" may be soccer balls, so there is none.
PLURALS = {
    "en": """
        Soccer Jerseys, Basketball Jerseys, Football Jerseys, Baseball Jerseys, Tennis Shirts, Hockey Jerseys,
        Soccer Balls, Basketballs, -, Baseballs, Tennis Balls, Hockey Pucks, Soccer Cleats, Basketball Shoes,
        Football Cleats, Baseball Cleats, Tennis Shoes, Hockey Helmets, Goalie Gloves, Basketball Arm Sleeves,
        Football Shoulder Pads, Baseball Caps, Tennis Rackets, Hockey Skates, Soccer Goal Posts, Basketball Hoops,
        Football Helmets, Baseball Bats, Hockey Sticks, Soccer Cones, Basketball Shorts, Baseball Gloves, Hockey
        Pads, Soccer Shin Guards, Soccer Shorts
    """,
    "ar": """
        قمصان كرة القدم, قمصان كرة السلة, قمصان كرة القدم الأمريكية, قمصان البيسبول, قمصان التنس, قمصان الهوكي, كرات
        قدم, كرات سلة, كرات قدم أمريكية, كرات بيسبول, كرات تنس, أقراص هوكي, أحذية كرة القدم, أحذية كرة السلة, أحذية
        كرة القدم الأمريكية, أحذية البيسبول, أحذية التنس, خوذات الهوكي, قفازات حراس المرمى, أكمام ذراع كرة السلة,
        واقيات الكتف لكرة القدم الأمريكية, قبعات البيسبول, مضارب التنس, زلاجات الهوكي, مرامي كرة القدم, حلقات كرة
        السلة, خوذ كرة القدم الأمريكية, مضارب البيسبول, عصي الهوكي, أقماع تدريب كرة القدم, شورتات كرة السلة, قفازات
        البيسبول, واقيات الهوكي, واقيات الساق لكرة القدم, شورتات كرة القدم
    """,
    "fr": """
        Maillots de football, Maillots de basket, Maillots de football américain, Maillots de baseball, Polos de
        tennis, Maillots de hockey, Ballons de football, Ballons de basket, Ballons de football américain, Balles de
        baseball, Balles de tennis, Palets de hockey, Crampons de football, Chaussures de basket, Crampons de
        football américain, Crampons de baseball, Chaussures de tennis, Casques de hockey, Gants de gardiens de but,
        Manchons de bras de basket, Épaulières de football américain, Casquettes de baseball, Raquettes de tennis,
        Patins de hockey, Buts de football, Paniers de basket, Casques de football américain, Battes de baseball,
        Crosses de hockey, Cônes de football, Shorts de basket, Gants de baseball, Protections de hockey,
        Protège-tibias de football, Shorts de football
    """,
    "es": """
        Camisetas de fútbol, Camisetas de baloncesto, Camisetas de fútbol americano, Camisetas de béisbol, Polos de
        tenis, Camisetas de hockey, Balones de fútbol, Balones de baloncesto, Balones de fútbol americano, Pelotas
        de béisbol, Pelotas de tenis, Discos de hockey, Botas de fútbol, Zapatillas de baloncesto, Botas de fútbol
        americano, Botas de béisbol, Zapatillas de tenis, Cascos de hockey, Guantes de porteros, Manguitos de
        baloncesto, Hombreras de fútbol americano, Gorras de béisbol, Raquetas de tenis, Patines de hockey,
        Porterías de fútbol, Canastas de baloncesto, Cascos de fútbol americano, Bates de béisbol, Sticks de hockey,
        Conos de fútbol, Pantalones cortos de baloncesto, Guantes de béisbol, Protecciones de hockey, Espinilleras
        de fútbol, Pantalones cortos de fútbol
    """,
    "de": """
        Fußballtrikots, Basketballtrikots, American-Football-Trikots, Baseballtrikots, Tennisshirts,
        Eishockeytrikots, Fußbälle, Basketbälle, American Footballs, Baseballs, Tennisbälle, Eishockey-Pucks,
        Fußballschuhe, Basketballschuhe, American-Football-Schuhe, Baseballschuhe, Tennisschuhe, Eishockeyhelme,
        Torwarthandschuhe, Basketball-Armsleeves, American-Football-Schulterpolster, Baseballkappen, Tennisschläger,
        Eishockey-Schlittschuhe, Fußballtore, Basketballkörbe, American-Football-Helme, Baseballschläger,
        Eishockeyschläger, Fußball-Hütchen, Basketballshorts, Baseballhandschuhe, Eishockey-Schutzausrüstungen,
        Fußball-Schienbeinschoner, Fußballshorts
    """,
}
OTHER_WORDS = """
en|basket balls|basketball
en|a soccerball|soccer-ball
en|tennis t-shirt|tennis-shirt
en|tennis tee|tennis-shirt
en|goal keeper gloves|goalie-gloves
en|goalkeeper's gloves|goalie-gloves
en|shinpads|soccer-shin-guards
en|basketball ring|basketball-hoop
ar|كورة سلة|basketball
ar|كورة قدم|soccer-ball
ar|كرات القدم|soccer-ball football
ar|كرات القدم الأمريكية|football
ar|كرات السلة|basketball
ar|كرات التنس|tennis-ball
ar|كرة باسكت|basketball
ar|تي شيرت تنس|tennis-shirt
ar|فانلة كرة القدم|soccer-jersey
ar|جوانتي بيسبول|baseball-glove
ar|واقي الساقين|soccer-shin-guards
ar|زلاجة|hockey-skates
fr|tee-shirt de tennis|tennis-shirt
fr|t-shirts de tennis|tennis-shirt
fr|patins à glace|hockey-skates
fr|cônes d'entraînement|soccer-cones
fr|casque de football US|football-helmet
fr|des baskets de tennis|tennis-shoes
fr|baskets de basket|basketball-shoes
fr|ballon de basket|basketball
es|polera de tenis|tennis-shirt
es|camisa de tenis|tennis-shirt
es|playera de fútbol|soccer-jersey
es|shorts de fútbol|soccer-shorts
es|pantalón de fútbol|soccer-shorts
es|pantaloneta de fútbol|soccer-shorts
es|pelota de básket|basketball
es|patines de hielo|hockey-skates
es|conos de entrenamiento|soccer-cones
de|Tennis-T-Shirt|tennis-shirt
de|Tennispolo|tennis-shirt
de|Pylonen|soccer-cones
de|Basecap|baseball-cap
en|table tennis|?
en|rugby ball|?
en|hockey gloves|?
en|ring|?
es|tenis de mesa|?
de|Tischtennisbälle|?
ar|تنس الطاولة|?
""".strip().splitlines()
QUANTITIES = """
en|3 tennis balls|tennis-ball
en|two tennis balls|tennis-ball
en|tennis balls x3|tennis-ball
en|tennis balls (x3)|tennis-ball
en|2x soccer ball|soccer-ball
en|2 × Soccer Ball|soccer-ball
en|a dozen baseballs|baseball
en|2 footballs|football soccer-ball
ar|٣ كرات تنس|tennis-ball
ar|ثلاث كرات تنس|tennis-ball
ar|كرتين تنس|tennis-ball
fr|2 balles de tennis|tennis-ball
fr|deux balles de tennis|tennis-ball
es|2 pelotas de tenis|tennis-ball
es|tres pelotas de tenis|tennis-ball
de|2 Fußbälle|soccer-ball
de|zwei Fußbälle|soccer-ball
de|3 Stück Tennisbälle|tennis-ball
en|2 pcs. tennis balls|tennis-ball
en|01 soccer ball|soccer-ball
en|2|?
en|2 3|?
en|0 Soccer Balls|?
en|0x Soccer Ball|?
en|00 Soccer Ball|?
en|0 × Soccer Ball|?
en|(0x) Soccer Ball|?
en|Soccer Ball x0|?
en|Soccer Ball (x 0)|?
en|-2 Soccer Balls|?
en|0.5 Soccer Ball|?
en|0️⃣ Soccer Ball|?
en|0-Soccer Ball|?
en|x00 Soccer Ball|?
ar|٠ كرات قدم|?
en|tennis racket 300|?
""".strip().splitlines()
# One item of a list as people, word processors and spreadsheets write it; the last are refused.
MARKED = """
1. Soccer Ball
1) Soccer Ball
1.) Soccer Ball
(1) Soccer Ball
12. Soccer Ball
1.Soccer Ball
1: Soccer Ball
1- Soccer Ball
1 – Soccer Ball
1/ Soccer Ball
1° Soccer Ball
1º Soccer Ball
2ª Soccer Ball
1.º Soccer Ball
1.ª Soccer Ball
1º. Soccer Ball
1º- Soccer Ball
• 1º Soccer Ball
#1 Soccer Ball
b) Soccer Ball
iv. Soccer Ball
١. كرة قدم
١- كرة قدم
١ـ كرة قدم
أ) كرة قدم
﴾كرة قدم﴿
﴿كرة قدم﴾
● Soccer Ball
▪Soccer Ball
◦ Soccer Ball
‣ Soccer Ball
⁃ Soccer Ball
■ Soccer Ball
➤ Soccer Ball
→ Soccer Ball
o Soccer Ball
+ Soccer Ball
✓ Soccer Ball
✔️ Soccer Ball
✅ Soccer Ball
⚽ Soccer Ball
⚽️Soccer Ball
Soccer Ball ⚽
🏃🏽‍♀️ Soccer Ball
1️⃣ Soccer Ball
① Soccer Ball
1. ⚽ Soccer Ball
• 2x Soccer Ball
- 2 soccer balls
1. Soccer Balls x2
1. ⚽ 2x Soccer Ball
2x ⚽ Soccer Ball
Soccer Ball 🏃🏽
viii. Soccer Ball
viii) Soccer Ball
xii. Soccer Ball
§ Soccer Ball
※ Soccer Ball
¶ Soccer Ball
0. Soccer Ball|?
0) Soccer Ball|?
0º Soccer Ball|?
1. 0 Soccer Balls|?
• 0x Soccer Ball|?
❌ Soccer Ball|?
✗ Soccer Ball|?
✘ Soccer Ball|?
× Soccer Ball|?
≠ Soccer Ball|?
❎ Soccer Ball|?
⛔ Soccer Ball|?
🚫 Soccer Ball|?
☒ Soccer Ball|?
☐ Soccer Ball|?
Soccer Ball ❌|?
10 - 12 Soccer Balls|?
""".strip().splitlines()


def list_found(text: str, language: str) -> set[str]:
    """Return the ids of the item that a text means, or of those that it may mean, or "?"."""
    try:
        return {find_item(text, CATALOG, language).id}
    except AmbiguousItem as question:
        return {item.id for item in question.options}
    except UnknownItem:
        return {"?"}


def list_plurals() -> list[tuple[str, str, str]]:
    """Return the id, the language and the plural of every product; each language has one for all of them."""
    lists = {language: " ".join(names.split()).split(", ") for language, names in PLURALS.items()}
    pairs = [(item.id, code, name) for code in LANGUAGES for item, name in zip(CATALOG, lists[code], strict=True)]
    return [pair for pair in pairs if pair[2] != "-"]


@pytest.mark.parametrize(("item", "language", "text"), list_plurals())
def test_a_plural_means_its_product(item, language, text):
    assert list_found(text, language) == {item}


@pytest.mark.parametrize("case", [*OTHER_WORDS, *QUANTITIES])
def test_another_word_or_a_quantity_means_its_product(case):
    language, text, expected = case.split("|")
    assert list_found(text, language) == set(expected.split())


@pytest.mark.parametrize("case", MARKED)
def test_an_item_of_a_list_is_read_without_its_mark(case):
    text, _, expected = case.partition("|")
    known, unknown = find_known([text], CATALOG)
    assert ([item.id for item in known], unknown) == (([], (text,)) if expected else (["soccer-ball"], ()))


def test_a_shelf_name_in_a_numbered_list_means_its_product_as_it_does_alone():
    assert find_item("1. Football", CATALOG) == find_item("Football", CATALOG) == CATALOG["football"]


def test_a_product_whose_name_begins_like_an_item_of_a_list_is_found_by_its_name():
    names = ["5.5 mm Drill", "5. Element", "Element", "2-in-1 Tool"]
    shop = Catalog([Item(f"p{n}", "", "", "", {"en": name}) for n, name in enumerate(names)], words=None)
    for item in shop:
        for text in (item.name("en"), f"→ {item.name('en')}", f"3. {item.name('en')}", f"2x {item.name('en')}"):
            assert find_item(text, shop) == item


@pytest.mark.parametrize(
    "c",
    [
        "\x00",
        "\x01",
        "\x07",
        "\x1b",
        "\x7f",
        "\x9f",
        "\uf0b7",
        "\ue000",
        "\U000f0000",
        "\u0378",
        "\ud800",
        "\U000e0100",
    ],
)
def test_a_character_that_displays_nothing_makes_no_difference(c):
    ball = CATALOG["soccer-ball"]
    texts = [
        f"Soccer Ball{c}",
        f"{c}Soccer Ball",
        f"Soc{c}cer Ball",
        f"{c} كرة قدم",
        f"{c}soccer-ball{c}",
        f"2x {c}Soccer Ball",
    ]
    for text in texts:
        assert find_known([text], CATALOG) == ((ball,), ())


@pytest.mark.parametrize("text", ["\u200b", "\x00", " \ue000 ", "\uf0b7\t", "\x01; \u2060", "&#8203;"])
def test_an_item_of_invisible_characters_is_blank(text):
    assert split_items(text, CATALOG) == []
    assert find_known([f"Soccer Ball;{text}"], CATALOG) == ((CATALOG["soccer-ball"],), ())


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("Soccer Ball\tSoccer Jersey", ["Soccer Ball", "Soccer Jersey"]),
        ("\tSoccer Ball\t\tSoccer Jersey\t", ["Soccer Ball", "Soccer Jersey"]),
        ("1.\tSoccer Ball\n2.\tSoccer Jersey", ["Soccer Ball", "Soccer Jersey"]),
        ("•\tSoccer Ball\n\uf0b7\tSoccer Jersey", ["• Soccer Ball", "Soccer Jersey"]),
        ("b)\tSoccer Ball\to\tSoccer Jersey", ["Soccer Ball", "Soccer Jersey"]),
        ("2\tSoccer Ball\n3x\tSoccer Jersey", ["Soccer Ball", "Soccer Jersey"]),
        ("Soccer Ball\t2\t19.99", ["Soccer Ball"]),
        ("❌\tSoccer Ball\t0", ["0 ❌ Soccer Ball"]),
        ("4711\t4712", ["4711", "4712"]),
        ("12\t13", ["12", "13"]),
    ],
)
def test_cells_of_a_spreadsheet_are_items_but_for_a_mark_before_one(text, items):
    assert split_items(text, CATALOG) == items


def test_a_product_with_a_number_in_its_name_is_found_by_its_name_and_counted_like_any_other():
    pack, two = (Item(name, "", "", "", {"en": name}) for name in ("Tennis Ball 3 Pack", "2 Tennis Balls"))
    shelf = CATALOG.restock([*CATALOG, pack, two])
    assert find_item("Tennis Ball 3 Pack", shelf) == find_item("2x Tennis Ball 3 Pack", shelf) == pack
    assert find_item("2 tennis balls", shelf) == two
    assert find_item("3 tennis balls", shelf).id == "tennis-ball"


@pytest.mark.parametrize("text", ["10 4711", "x2 4711"])
def test_two_numbers_are_not_a_quantity_of_an_id(text):
    shelf = CATALOG.restock([*CATALOG, *Catalog.load().extended(["Rope"]).added_items])
    assert list_meanings(text, shelf, "en") == []


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "soccer ball and soccer jersey", "soccer-ball soccer-jersey"),
        ("en", "2 soccer balls & 3 tennis balls", "soccer-ball tennis-ball"),
        ("en", "soccer ball &amp; tennis ball", "soccer-ball tennis-ball"),
        ("en", "soccer ball and a soccer ball", "soccer-ball"),
        ("en", "soccer ball+tennis ball", "soccer-ball tennis-ball"),
        ("en", "soccer ball / tennis ball", "soccer-ball tennis-ball"),
        ("en", "soccer ball, tennis ball, and tennis racket", "soccer-ball tennis-ball tennis-racket"),
        ("fr", "ballon de foot et maillot de foot", "soccer-ball soccer-jersey"),
        ("es", "balón de fútbol y camiseta de fútbol", "soccer-ball soccer-jersey"),
        ("es", "raqueta e hockey-stick", "tennis-racket hockey-stick"),
        ("de", "ein Tennisschläger und Tennisbälle", "tennis-ball tennis-racket"),
        ("ar", "كرة قدم وقميص كرة قدم", "soccer-ball soccer-jersey"),
        ("ar", "واقي الساق و قرص", "hockey-puck soccer-shin-guards"),
        ("ar", "كرة قدم وواقي الكتف", "football-shoulder-pads soccer-ball"),
    ],
)
def test_and_separates_items(language, text, expected):
    assert {item.id for item in find_basket([text], CATALOG, language)} == set(expected.split())
    assert find_known([text], CATALOG, language) == (find_basket([text], CATALOG, language), ())


@pytest.mark.parametrize("text", ["soccer ball and chain", "black and white soccer ball", "Vitamin C+ and", "1+2", "+"])
def test_a_text_of_which_a_part_means_nothing_is_not_split(text):
    assert split_items(text, CATALOG) == [text]
    assert find_known([text], CATALOG) == ((), (text,))


def test_a_sign_after_a_name_belongs_to_it():
    shelf = CATALOG.extended(["Vitamin C"])
    assert find_known(["Vitamin C+"], shelf) == ((), ("Vitamin C+",))


def test_a_name_with_and_is_one_product():
    shelf = CATALOG.extended(["Ball and Racket", "Puck & Stick"])
    assert find_basket(["ball and racket; puck & stick"], shelf) == shelf.added_items


def test_a_list_joined_by_and_is_looked_up_once_for_each_part(monkeypatch):
    asked = []
    monkeypatch.setattr(
        lookup,
        "list_readings",
        lambda text, *args, **named: asked.append(text) or [CATALOG["baseball-cap"]] * ("&" not in text),
    )
    assert find_basket(["&".join(["cap"] * 40)] * 9 + ["cap&hat"], CATALOG) == (CATALOG["baseball-cap"],)
    assert sorted(set(asked)) == sorted(asked)


def test_more_than_a_thousand_characters_are_not_split_at_and():
    text = " and ".join(["Basketball Arm Sleeve"] * 39)
    assert len(text) > 1_000 and split_items(text, CATALOG) == [text]
    assert len(split_items(text[26:], CATALOG)) == 38


def test_more_than_fifty_items_are_not_joined_by_and():
    text = " and ".join(["cap"] * 51)
    assert split_items(text, CATALOG) == [text]
    assert split_items(text.removesuffix(" and cap"), CATALOG) == ["cap"] * 50


@pytest.mark.parametrize(
    "text",
    [
        "ﷺ" * 50_000,
        "1. " * 30_000,
        "⚽ " * 50_000,
        "○ " * 50_000,
        "0" * 100_000,
        "()" * 50_000,
        "a\t" * 50_000,
        "a\t1-" * 30_000,
    ],
)
def test_a_text_without_end_is_unknown_soon(text):
    started = time.thread_time()
    assert find_known([text], CATALOG)[0] == ()
    assert time.thread_time() - started < 5


def test_an_ambiguous_part_is_asked_about():
    with pytest.raises(AmbiguousItem) as asked:
        find_basket(["ballon de foot et Football"], CATALOG, "fr")
    assert asked.value.text == "Football"
