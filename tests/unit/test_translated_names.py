"""What a name means after a hop between languages."""

from __future__ import annotations

import pytest

from recommender.shop.catalog import Catalog
from recommender.translated_names import TranslatedName, Verdict, clean_name, translate_items
from recommender.translation import Translation
from recommender.translation.phrasebook import Phrasebook

SHELF = Catalog.load()


def test_an_added_product_that_keeps_its_shelf_name_keeps_its_meaning() -> None:
    shelf = SHELF.extended(["Foot"])  # to a French reader also soccer, or football

    hop = translate_items("out", [shelf["foot"]], shelf, "en", "fr", Phrasebook())

    assert [name.text_out for name in hop.names] == ["Foot"]
    assert [(name.means, name.verdict) for name in hop.names] == [(shelf["foot"], Verdict.KEPT)]
    assert hop.losses == ()
    assert [item["reason"] for item in hop.as_dict("fr")["items"]] == [""]


def test_every_name_that_is_lost_has_a_reason_and_every_name_that_is_kept_has_none() -> None:
    for language in ("ar", "fr", "es", "de"):
        for step, source, target in (("in", language, "en"), ("out", "en", language)):
            for name in translate_items(step, SHELF.items, SHELF, source, target, Phrasebook()).names:
                assert bool(name.reason(language)) == (name.verdict is not Verdict.KEPT)
                assert not (name.sport_changed and name.verdict is Verdict.KEPT)


def test_characters_that_nobody_sees_change_no_meaning() -> None:
    class Careless:
        def translate(self, texts, source, target) -> Translation:
            return Translation(("Tennis Racket\x00\x07", "Soccer\u200b\u3164 Ball\ue000"), "careless")

    items = [SHELF["tennis-racket"], SHELF["soccer-ball"]]

    hop = translate_items("in", items, SHELF, "fr", "en", Careless())

    assert [name.text_out for name in hop.names] == ["Tennis Racket", "Soccer Ball"]
    assert hop.losses == ()


@pytest.mark.parametrize(
    ("translation", "name"),
    [("soccer " * 30, ("Soccer " * 9)[:60]), ("SOCCER SOCKS", "Soccer Socks"), ("Ball｛red｝", "Ball red")],
)
def test_a_translation_that_names_no_product_becomes_a_name_in_the_style_of_the_shelf(translation, name) -> None:
    assert clean_name(translation) == name


def test_a_name_is_kept_changed_or_outside() -> None:
    jersey = SHELF["soccer-jersey"]

    def read(text: str) -> TranslatedName:
        return TranslatedName.read("in", jersey, "قميص كرة القدم", text, SHELF, "en")

    assert (read("Soccer Jersey").verdict, read("Soccer Jersey").reason("en")) == ("kept", "")
    changed = read("Football Jersey")
    assert (changed.verdict, changed.means, changed.sport_changed) == ("changed", SHELF["football-jersey"], True)
    assert changed.reason("en").endswith("The sport changed on the way in.")
    assert changed.reason("en").startswith("“قميص كرة القدم” became “Football Jersey”, which here is Football Jersey.")
    outside = read("Football leg protectors")  # the sport is known, the product is not
    assert (outside.verdict, outside.means, outside.sport_changed) == ("outside", None, True)
    assert (read("Quidditch Broom").verdict, read("Quidditch Broom").means) == ("outside", None)


def test_a_shopper_who_reads_another_product_s_own_name_is_told_which_one_was_meant() -> None:
    cleats = SHELF["football-cleats"]
    read = TranslatedName.read("out", cleats, "Football Cleats", "Crampons de football", SHELF, "fr")
    assert read.means is SHELF["soccer-cleats"]
    assert read.reason("fr") == (
        "«\u00a0Football Cleats\u00a0» est devenu «\u00a0Crampons de football\u00a0», un autre article\u00a0: "
        "le T5 voulait dire «\u00a0Crampons de football américain\u00a0». Le sport a changé au retour."
    )
    for language in ("ar", "es", "de"):
        meant, other = cleats.name(language), SHELF["soccer-cleats"].name(language)
        reason = TranslatedName.read("out", cleats, "Football Cleats", other, SHELF, language).reason(language)
        assert meant in reason and reason.replace(meant, "").count(other) == 1
