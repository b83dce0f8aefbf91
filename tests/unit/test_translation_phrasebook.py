"""The phrasebook: everyday words without context."""

import os

import pytest

from recommender import Catalog, TranslationError
from recommender.shop.language import NON_ENGLISH
from recommender.translation.phrasebook import Phrasebook

CATALOG = Catalog.load()


@pytest.mark.parametrize(
    ("text", "source", "target", "out"),
    [
        ("كرة القدم", "ar", "en", "Football"),
        ("كرة القدم الأمريكية", "ar", "en", "American Football"),
        ("قميص كرة القدم", "ar", "en", "Football Jersey"),
        ("واقي الساق لكرة القدم", "ar", "en", "Football Shin Guards"),
        ("قرص هوكي", "ar", "en", "Hockey Disc"),
        ("football", "fr", "en", "Football"),
        ("football américain", "fr", "en", "American Football"),
        ("Chaussettes de football", "fr", "en", "Football Socks"),
        ("fútbol", "es", "en", "Football"),
        ("fútbol americano", "es", "en", "American Football"),
        ("Fußball", "de", "en", "Soccer"),
        ("Fußballsocken", "de", "en", "Soccer Socks"),
        ("Football", "en", "ar", "كرة القدم"),
        ("American Football Socks", "en", "ar", "جوارب كرة القدم الأمريكية"),
        ("Football", "en", "de", "American Football"),
        ("Football Shin Guards", "en", "fr", "Protège-tibias de football"),
        ("Football", "en", "es", "Fútbol"),
        ("Blorple", "en", "fr", "Blorple"),
        ("Blorple", "de", "en", "Blorple"),
    ],
)
def test_words_are_translated_as_without_context(text, source, target, out):
    assert Phrasebook().translate([text], source, target).texts == (out,)


@pytest.mark.parametrize("language", NON_ENGLISH)
def test_every_shelf_name_has_words_both_ways(language):
    names = [item.name(language) for item in CATALOG]
    english = Phrasebook().translate(names, language, "en").texts
    back = Phrasebook().translate([item.name("en") for item in CATALOG], "en", language).texts
    assert all(text.isascii() for text in english)
    assert all(back)


def test_a_language_without_a_table_is_refused():
    with pytest.raises(TranslationError, match="no words"):
        Phrasebook().translate(["ボール"], "ja", "en")


def test_a_changed_table_counts_from_the_next_text_on(tmp_path):
    table = tmp_path / "fr.csv"
    table.write_text("way,phrase,english\nboth,boule,Ball\n", encoding="utf-8")
    os.utime(table, (1, 1))
    assert Phrasebook(tmp_path).translate(["boule"], "fr", "en").texts == ("Ball",)
    table.write_text("way,phrase,english\nboth,boule,Bowl\n", encoding="utf-8")
    assert Phrasebook(tmp_path).translate(["boule"], "fr", "en").texts == ("Bowl",)
