"""Free text finds the intended item or asks; it never guesses."""

import re
from dataclasses import replace

import pytest

from recommender import Catalog, UnknownItem
from recommender.shop import lookup
from recommender.shop.co_purchase import CoPurchases
from recommender.shop.csv_file import CsvError
from recommender.shop.everyday_words import load_words
from recommender.shop.folder import Shop
from recommender.shop.item import Item
from recommender.shop.language import LANGUAGES
from recommender.shop.lookup import AmbiguousItem, find_basket, find_item, find_known, read_as, suggest_items

CATALOG = Catalog.load()
BALLS = "soccer-ball football"
CASES = """
en|football boots|soccer-cleats
en|soccer shoes|soccer-cleats
en|soccer boots|soccer-cleats
en|a pair of soccer cleats|soccer-cleats
en|trainers|basketball-shoes tennis-shoes
en|tennis trainers|tennis-shoes
en|tennis racquet|tennis-racket
en|my racket|tennis-racket
fr|ma raquette|tennis-racket
fr|mes crampons de foot|soccer-cleats
fr|une paire de crampons de foot|soccer-cleats
fr|raquette pour le tennis|tennis-racket
es|mi raqueta|tennis-racket
es|mis espinilleras|soccer-shin-guards
es|un par de botas de fútbol|soccer-cleats
de|mein Tennisschläger|tennis-racket
de|ein Paar Fußballschuhe|soccer-cleats
ar|زوج من أحذية كرة القدم|soccer-cleats
en|hockey sticks|hockey-stick
en|ice hockey puck|hockey-puck
en|puck|hockey-puck
en|ice skates|hockey-skates
en|shin pads|soccer-shin-guards
en|shinguards|soccer-shin-guards
en|goalkeeper gloves|goalie-gloves
en|gloves|goalie-gloves baseball-glove
en|baseball mitt|baseball-glove
en|helmet|hockey-helmet football-helmet
en|football shirt|soccer-jersey football-jersey
en|American football|football
en|american football jersey|football-jersey
en|tennis balls|tennis-ball
en|FOOTBALL|football
en|football|football
en|baseball hat|baseball-cap
en|basketball sneakers|basketball-shoes
en|shooting sleeve|basketball-arm-sleeve
en|cleats|soccer-cleats football-cleats baseball-cleats
en|footy boots|soccer-cleats
ar|كرة القدم|soccer-ball football
ar|كُرَةُ القَدَم|soccer-ball football
ar|كرة قدم|soccer-ball
ar|كرة القدم الأمريكية|football
ar|كرة القدم الامريكيه|football
ar|حذاء كرة قدم|soccer-cleats
ar|أحذية كرة القدم|soccer-cleats
ar|الحذاء كرة القدم|soccer-cleats
ar|قَميص كرة القدم|soccer-jersey
ar|فانيلة كرة السلة|basketball-jersey
ar|كرة السلة|basketball
ar|مضرب|tennis-racket baseball-bat
ar|مضرب تنس|tennis-racket
ar|واقيات الساق|soccer-shin-guards
ar|خوذة|hockey-helmet football-helmet
ar|قبعة|baseball-cap
ar|طاقية|baseball-cap
ar|كورة القدم|soccer-ball football
ar|قفازات حارس|goalie-gloves
ar|خوذة لكرة القدم الأمريكية|football-helmet
fr|football|soccer-ball football
fr|le football|soccer-ball football
fr|foot|soccer-ball football
fr|football américain|football
fr|ballon de foot|soccer-ball
fr|maillots de foot|soccer-jersey
fr|chaussures de foot|soccer-cleats
fr|protège tibias|soccer-shin-guards
fr|gants de gardien|goalie-gloves
fr|crampons|soccer-cleats football-cleats baseball-cleats
fr|crampons de foot|soccer-cleats
fr|casque|hockey-helmet football-helmet
fr|le panier de basket|basketball-hoop
fr|epaulieres|football-shoulder-pads
es|fútbol|soccer-ball football
es|tacos|soccer-cleats football-cleats baseball-cleats
es|botines|soccer-cleats
es|remera de tenis|tennis-shirt
es|futbol|soccer-ball football
es|fútbol americano|football
es|botas de futbol|soccer-cleats
es|zapatillas de tenis|tennis-shoes
es|canilleras|soccer-shin-guards
es|guantes de arquero|goalie-gloves
es|gorras|baseball-cap
es|balón|soccer-ball basketball football
de|Stollenschuhe|soccer-cleats football-cleats baseball-cleats
de|Turnschuhe|basketball-shoes tennis-shoes
de|Fußball|soccer-ball
de|Fussball|soccer-ball
de|Fussballschuh|soccer-cleats
de|Football|football
de|Fußbälle|soccer-ball
de|Torhüterhandschuhe|goalie-gloves
de|Schienbeinschützer|soccer-shin-guards
de|Schläger|tennis-racket baseball-bat hockey-stick
de|Tennisbälle|tennis-ball
de|Hockeypuck|hockey-puck
en|blorple|?
en|but|?
fr|chaise|?
ar|كرسي|?
es|silla de fútbol|?
""".strip().splitlines()


@pytest.mark.parametrize("case", CASES)
def test_free_text_finds_its_item_or_asks(case):
    language, text, expected = case.split("|")
    try:
        found = {find_item(text, CATALOG, language).id}
    except AmbiguousItem as question:
        found = {item.id for item in question.options}
        assert question.options[0].name(language) in str(question)
    except UnknownItem:
        found = {"?"}
    assert found == set(expected.split())


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_id_and_every_name_of_the_language_is_its_item(language):
    for item in CATALOG:
        for text in (item.id, item.name(language), item.name(language).upper()):
            assert find_basket([text], CATALOG, language) == (item,)


def test_the_search_box_offers_both_readings_and_names_that_contain_the_text():
    assert [i.id for i in suggest_items("football", CATALOG, "en")] == ["football", "soccer-ball"]
    assert [i.id for i in suggest_items("shoul", CATALOG, "en")] == ["football-shoulder-pads"]
    assert suggest_items("  ", CATALOG) == []


@pytest.mark.parametrize(
    ("text", "language", "item"),
    [
        ("Football", "fr", "soccer-ball"),
        ("Fútbol", "es", "soccer-ball"),
        ("كرة القدم", "ar", "soccer-ball"),
        ("Football", "en", "football"),
        ("Football", "de", "football"),
        ("Football Goal", "en", None),
        ("maillot", "fr", None),
    ],
)
def test_a_word_is_read_by_its_meaning_in_the_readers_language(text, language, item):
    read = read_as(text, CATALOG, language)
    assert (read.id if read else None) == item


@pytest.mark.parametrize(
    ("text", "language", "sport"),
    [
        ("Football leg protectors", "en", "football"),
        ("Poste de portería de fútbol", "es", "soccer"),
        ("leg protectors", "en", None),
        ("football " * 100, "en", None),  # no product's name is so long
    ],
)
def test_a_sport_is_read_among_unknown_words(text, language, sport):
    assert lookup.find_sport(text, CATALOG, language) == sport


def test_texts_that_name_nothing_cost_no_search_for_similar_names(monkeypatch):
    monkeypatch.setattr(lookup, "list_closest", None)
    found, unknown = lookup.find_known(["Soccer Ball; SKU-4711", "blorple"], CATALOG)
    assert ([item.id for item in found], unknown) == (["soccer-ball"], ("SKU-4711", "blorple"))


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ("word,means,alone\nball,sport:soccer,", "lacks language"),
        ("language,word,means,alone\nen,ball,sport:soccer,\nen,red,colour:red,", 'line 3: "colour:red" is neither'),
        (
            "language,word,means,alone\nEnglish,ball,sport:soccer,",
            'line 2: the language "English" is not one of en, ar',
        ),
    ],
)
def test_a_table_of_words_that_would_have_no_effect_is_refused_when_the_shop_is_opened(tmp_path, rows, says):
    (tmp_path / "inventory.csv").write_text("name\nBall\n", encoding="utf-8")
    (tmp_path / "words.csv").write_text(rows + "\n", encoding="utf-8")
    with pytest.raises(CsvError, match=re.escape(says)):
        Shop.open(tmp_path).load_catalog()


@pytest.mark.parametrize("text", ["soccer-ball; football", "football; soccer-ball", "soccer-ball ;football"])
def test_an_id_is_an_id_wherever_it_stands_in_a_list(text):
    assert {item.id for item in find_basket([text], CATALOG, "fr")} == {"soccer-ball", "football"}


def test_a_name_that_a_machine_gave_to_two_products_is_asked_about():
    labels = {"football": "Pallone da calcio", "soccer-ball": "Pallone da calcio", "tennis-ball": "Pallina"}
    named = [replace(item, names={**item.names, "it": labels.get(item.id, item.id)}) for item in CATALOG]
    shelf = CATALOG.restock(named)
    for find in (find_basket, find_known):
        assert find(["Pallina"], shelf, "it")
        with pytest.raises(AmbiguousItem) as asked:
            find(["pallone da calcio"], shelf, "it")
        for item in asked.value.options:
            assert f"Pallone da calcio ({item.name('en')})" in str(asked.value)
            assert find([item.id], shelf, "it")
        assert {item.id for item in asked.value.options} == {"football", "soccer-ball"}


@pytest.mark.parametrize("count", [6, 7])
def test_a_question_lists_six_items_and_says_if_there_are_more(count):
    items = [Item(str(n), "", "", "", {"en": f"Bat {chr(97 + n)}", "it": "Mazza"}) for n in range(count)]
    with pytest.raises(AmbiguousItem) as asked:
        find_item("Mazza", Catalog(items, words=None), "it")
    assert str(asked.value).count("Mazza (") == 6 and ("…" in str(asked.value)) is (count > 6)


def test_a_question_quotes_sixty_characters_of_a_text():
    with pytest.raises(AmbiguousItem) as asked:
        find_item(f"Football {'…' * 90}", CATALOG, "fr")
    assert str(asked.value).startswith(f"«\u00a0Football {'…' * 51}\u00a0» peut désigner")


def test_six_more_unknown_texts_are_named_and_the_others_counted():
    assert str(UnknownItem("a", [], list("bcdefg"))).endswith('"f", "g".')
    assert str(UnknownItem("a", [], list("bcdefghi"))).endswith('"b", "c", "d", "e", "f", "g" and 2 more.')


def test_three_names_that_look_like_a_text_are_offered():
    first, *others = suggest_items("socer jersy", CATALOG)
    assert first.id == "soccer-jersey" and len(others) == 2
    with pytest.raises(UnknownItem) as unknown:
        find_item("socer jersy", CATALOG)
    assert len(unknown.value.closest) == 3


TITLES = """
Harry Potter and the Philosopher’s Stone (Paperback, 2014 edition)
The Complete Collection of Harry Potter in a Box of Seven Volumes
Quidditch Through the Ages, from the Library of Harry Potter
Harry Potter and the Chamber of Secrets, illustrated by Jim Kay
Wilson Federer Adult Strung Tennis Racket, 27 inches, grey/black
Pyjama für Kinder, 100 % Baumwolle, Größe 128
Bonne Maman Strawberry Jam, 370 g
Apple iPhone 15 Pro Max 256 GB, titan natur, ohne Vertrag
Apple iPhone 15 256 GB, schwarz, ohne Vertrag
USB-C-Ladekabel, geflochten, 2 m
Bourgogne blanc: Chablis Premier Cru 2021, bouteille de 75 cl
Fahrradschloss Bügel
Schwalbe Fahrradschlauch Nr. 17 mit Autoventil, 28 Zoll
تيشيرت رجالي قطن بأكمام قصيرة، مقاس كبير
""".strip().splitlines()


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("Harry Potter", [0, 1, 2]),  # of four
        ("tennis", [4]),
        ("jam", [6, 5]),  # the word before a part of another one
        ("iPhone 15 Pro Max", [7]),
        ("15 iphone pro", [7]),
        ("Kabel", [9]),
        ("Chablis", [10]),
        ("Fahrradschlauch", [12, 11]),
        ("Fahrradschl", [11, 12]),
        ("التيشيرت", [13]),
        ("تيشيرت", [13]),
        ("…", []),
    ],
)
def test_titles_that_contain_what_was_typed_are_offered_before_similar_ones(text, places):
    shop = Catalog([Item(f"p{n}", "", "", "", {"en": title}) for n, title in enumerate(TITLES)], words=None)
    for language in LANGUAGES:
        with pytest.raises(UnknownItem) as unknown:
            find_item(text, shop, language)
        assert unknown.value.closest == [TITLES[place] for place in places]


def test_everyday_words_are_known_in_a_shop_with_purchases_and_in_a_language_that_a_machine_labels():
    counts = CoPurchases.count([item.id for item in CATALOG], [["soccer-ball", "soccer-cleats"]])
    for shop in (CATALOG.with_purchases(counts), CATALOG.restock(CATALOG)):
        assert find_item("football boots", shop).id == "soccer-cleats"


def test_what_a_word_means_by_itself_is_read_anew_with_its_table(tmp_path):
    (tmp_path / "inventory.csv").write_text("name\nSaw\nRake\n", encoding="utf-8")
    for id_ in ("saw", "rake"):
        (tmp_path / "words.csv").write_text(f"language,word,means,alone\nen,tool,,{id_}\n", encoding="utf-8")
        load_words(tmp_path / "words.csv")
        assert find_item("tool", Catalog.load(tmp_path / "inventory.csv")).id == id_


@pytest.mark.parametrize("row", ["en,tool,{},", "en,tool,,{}"])
def test_an_edit_of_a_table_of_words_counts_when_it_is_loaded_again(tmp_path, row):
    (tmp_path / "inventory.csv").write_text("name\nSaw\nRake\n", encoding="utf-8")
    words = tmp_path / "words.csv"
    words.write_text(f"language,word,means,alone\n{row.format('saw')}\n", encoding="utf-8")
    load_words(words)
    words.write_text(f"language,word,means,alone\n{row.format('rake')}\n", encoding="utf-8")
    assert find_item("tool", Catalog(Catalog.load(tmp_path / "inventory.csv"), words=words)).id == "saw"
