"""The answer on the page: its calls of the T5, and how it is rendered."""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import replace
from types import SimpleNamespace

import gradio as gr
import pytest
from markupsafe import escape

from recommender import Catalog, Recommender
from recommender.shop.item import Item
from recommender.shop.language import LANGUAGES
from recommender.translation import GOOGLE_URL
from recommender.translation.rate_limit import VISITOR, RateLimit
from recommender.ui.answer_view import AnswerView, find_newcomers, find_readings, render_answer
from recommender.ui.endpoints import make_recommend
from recommender.ui.events import Events
from recommender.ui.models import ModelRegistry
from recommender.ui.state import PageState
from recommender.ui.strings import strings
from recommender.ui.suggestion import PLACE, suggest_product
from tests.support.servers import serving

INVENTORY = Catalog.load()
BASKET = {"items": ["soccer-ball", "soccer-jersey", "soccer-cleats"]}


@pytest.fixture(scope="module")
def registry() -> ModelRegistry:
    return ModelRegistry()


@pytest.fixture
def calls(registry, monkeypatch) -> Counter[str]:
    """Count the calls of the T5 by method."""
    counted: Counter[str] = Counter()
    scorer = registry.get_scorer()

    def counting(method: str):
        inner = getattr(scorer, method)

        def call(*values):
            counted[method] += 1
            return inner(*values)

        return call

    for method in ("log_likelihoods", "generate"):
        monkeypatch.setattr(scorer, method, counting(method))
    return counted


def answer(registry: ModelRegistry, *, explain: bool = True, **raw: object) -> AnswerView:
    state = PageState.parse({**BASKET, **raw}, INVENTORY)
    return render_answer(state, registry, "http://127.0.0.1:7860", explain=explain)


def test_an_answer_asks_the_t5_once_and_the_closed_fold_is_empty(registry, calls) -> None:
    view = answer(registry)

    assert calls == {"log_likelihoods": 1}
    assert "because" in view.card and "<code>" not in view.hood


def test_the_pick_does_not_wait_for_its_reasons(registry, monkeypatch) -> None:
    prompts: list[int] = []
    scorer = registry.get_scorer()
    inner = scorer.log_likelihoods
    monkeypatch.setattr(
        scorer, "log_likelihoods", lambda asked, names: prompts.append(len(asked)) or inner(asked, names)
    )

    quick = answer(registry, explain=False, why_not="tennis-ball", hood_open=True)
    whole = answer(registry)

    assert prompts == [1, 1 + len(BASKET["items"])]
    assert quick.card.count('class="chip') == 1 and whole.card.count('class="chip') > 1  # "…"
    assert quick.pieces.keys() == {"card", "newcomers", "trace"}  # the others stay as they are
    assert answer(registry, explain=False).pieces["why-not"] == whole.pieces["why-not"]
    assert quick.announcement == whole.announcement


def test_free_generation_is_computed_only_while_the_fold_is_open(registry, calls) -> None:
    view = answer(registry, hood_open=True)

    assert calls == {"log_likelihoods": 1, "generate": 1}
    assert 'class="raw"' in view.hood and "curl -s http://127.0.0.1:7860/" in view.hood


def test_a_question_why_not_asks_the_t5_once_more(registry, calls) -> None:
    view = answer(registry, why_not="tennis-ball")

    assert calls == {"log_likelihoods": 2}
    assert "Tennis Ball: number " in view.why_not


def test_the_reply_to_why_not_is_no_live_region_which_would_be_read_after_every_tick(registry) -> None:
    reply = answer(registry, why_not="tennis-ball").why_not

    assert '<div class="why-not-answer">' in reply and "aria-live" not in reply


def test_the_products_in_the_reply_to_why_not_are_read_as_a_list(registry) -> None:
    reply = answer(registry, items=["soccer-ball"], why_not="basketball").why_not
    names = re.findall("<bdi>(.+?)</bdi>", reply)

    assert len(names) > 1 and ", ".join(names) in " ".join(re.sub("<.+?>", "", reply).split())


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_alone_on_the_shelf_is_not_said_to_beat_others(registry, language) -> None:
    t, all_but_one = strings(language), [item.id for item in INVENTORY][1:]
    card = answer(registry, language=language, items=all_but_one).card

    assert t("answer.certain", name="|").partition("|")[0] not in card
    assert f"<h3>{t('answer.ranking')}</h3>" in card
    assert f"<h3>{t('answer.top')}</h3>" in answer(registry, language=language).card


def test_one_product_that_would_be_enough_is_not_called_one_of_these(registry) -> None:
    reply = answer(registry, items=["soccer-ball"], why_not="tennis-ball").why_not

    assert reply.count('class="chip') == 1 and "if you also had:" in reply


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_title_that_ends_in_a_mark_is_announced_without_a_full_stop(registry, language) -> None:
    everything = [item.id for item in INVENTORY]
    announced = answer(registry, language=language, items=everything).announcement
    t = strings(language)

    assert announced == f"{t('full.title')} {t('full.text')}" and "!" in announced
    assert answer(registry, language=language, items=[]).announcement.startswith(f"{t('empty.title')}. ")


def test_names_that_are_too_long_to_be_read_at_once_are_not_called_a_t5_that_cannot_be_loaded(
    registry, monkeypatch
) -> None:
    monkeypatch.setattr("recommender.t5.batching.MAX_TOKENS", 20)
    state = PageState.parse({**BASKET, "language": "fr"}, INVENTORY)

    story = Events(registry, None).draw_story(state, request=None)["pieces"]["story"]

    for seen in (answer(registry, language="fr").card, story):
        assert escape(strings("fr")("trouble.long")) in seen


def test_an_unhandled_error_is_a_friendly_message_and_a_log_line(registry, monkeypatch, caplog) -> None:
    monkeypatch.setattr(registry, "build_recommender", lambda *_: int("Ann's shoes " * 99))

    assert "🐛" in answer(registry).card
    assert "Unhandled error while answering a page request: ValueError (test_answer_view.py, line " in caplog.text
    assert "Ann's shoes " * 9 not in caplog.text  # what a visitor typed


def test_an_unhandled_error_of_a_call_is_one_sentence_and_a_log_line(registry, monkeypatch, caplog) -> None:
    monkeypatch.setattr(registry, "build_recommender", lambda **_: int("Ann's shoes " * 99))

    with pytest.raises(gr.Error, match="broke on our side"):
        make_recommend(registry)(["soccer-ball"])
    assert "Unhandled error while answering an API call: ValueError (test_answer_view.py, line " in caplog.text
    assert "Ann's shoes " * 9 not in caplog.text


def test_the_page_tells_a_visitor_in_their_language_that_they_asked_too_often(tmp_path, monkeypatch) -> None:
    registry = ModelRegistry()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(registry, "_rate_limit", RateLimit(clock=lambda: 0.0))  # no time passes
    raw = {"items": ["soccer-ball"], "route": "translate", "translator": "google"}
    with serving("ok") as google:
        monkeypatch.setenv(GOOGLE_URL, google.url)
        greedy = registry.build_recommender(visitor="203.0.113.7").translators("auto")
        for n in range(int(VISITOR.burst)):
            assert greedy.translate([f"Ball {n}"], "en", "ar").by == "google"

        for language in LANGUAGES[1:]:
            state = PageState.parse({**raw, "language": language}, registry.inventory)
            theirs = render_answer(state, registry, "", "203.0.113.7").trace
            others = render_answer(state, registry, "", "203.0.113.8").trace

            assert strings(language)("trace.rate_limited") in theirs
            assert strings(language)("trace.by.phrasebook") in theirs
            assert strings(language)("trace.rate_limited") not in others
        assert len(google.asked) <= VISITOR.burst + 2 * len(LANGUAGES)


@pytest.mark.parametrize(("sport", "ways"), [("tennis", ["kit", "gear"]), ("", [])])
def test_gear_for_another_sport_has_a_sport(sport, ways) -> None:
    owned, kit = (Item(id_, "soccer", kind, "", {"en": id_}) for id_, kind in (("ball", "ball"), ("net", "net")))
    gear = Item("other", sport, "ball", "", {"en": "other"})
    ranking = [SimpleNamespace(item=item, rank=rank) for rank, item in enumerate((kit, gear), 1)]
    readings = find_readings(SimpleNamespace(purchased=(owned,), ranking=ranking))
    assert [way for way, _ in readings] == ways


def test_a_word_is_not_shared_where_it_names_something_else_in_the_language_of_the_page() -> None:
    shop = Catalog.load().extended(["Football Gloves", "Calcetines de fútbol"])
    for owned, shared in (("soccer-ball", ((), ("fútbol",))), ("football", (("Football",), ("fútbol",)))):
        question = SimpleNamespace(purchased=(shop[owned].name("en"),), catalog=shop)
        found = SimpleNamespace(purchased=(shop[owned],), question=question, ranking=(), language="en")
        assert tuple(newcomer.shared for newcomer in find_newcomers(found, shop.added_items)) == shared


@pytest.mark.parametrize(
    ("language", "owned", "new", "shared"),
    [
        ("en", "Nets & Balls for Kids", "Bats & Gloves for Men", ()),
        ("ar", "كرة من الجلد", "قفاز من القماش", ()),
        ("fr", "Ballon de football", "Gants de gardien de football", ("football",)),
        ("es", "Balón de fútbol", "Raqueta de tenis", ()),
        ("de", "Handschuhe für Torhüter", "Socken für Torhüter", ("Torhüter",)),
        ("fr", "Ball for Kids", "Socks for Men", ()),  # of a shop with English names alone
        ("en", "Ballon de football", "Gourde de football", ("football",)),  # added in a third language
        ("en", "Soccer Ball", "Ball (soccer)", ("Ball", "soccer")),
    ],
)
def test_a_word_such_as_of_or_for_is_nothing_that_a_new_product_shares(language, owned, new, shared) -> None:
    basket, added = (Item(name, "", "", "", {"en": name, language: name}) for name in (owned, new))
    question = SimpleNamespace(purchased=(owned,), catalog=(basket, added))
    found = SimpleNamespace(purchased=(basket,), question=question, ranking=(), language=language)

    assert [newcomer.shared for newcomer in find_newcomers(found, [added])] == [shared]


@pytest.mark.parametrize(
    "raw",
    [
        {"added": ["Zorblax Hose"], "items": ["zorblax-hose", "soccer-ball"]},
        {"shop": [{"name": "Zorblax Hose"}, {"name": "Rake"}], "items": ["zorblax-hose"]},
    ],
    ids=["added", "own shop"],
)
def test_of_translations_only_those_of_the_operators_names_are_written_to_disk(raw, tmp_path, monkeypatch) -> None:
    registry = ModelRegistry()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with serving("ok") as google:
        monkeypatch.setenv(GOOGLE_URL, google.url)
        choices = {"language": "ar", "route": "translate", "translator": "google", **raw}
        state = PageState.parse(choices, registry.inventory)
        first, second = (render_answer(state, registry, "").trace for _ in range(2))

        assert "ZORBLAX HOSE" in first and first == second
        assert sum("Zorblax" in text for text in google.asked) == 1  # it is kept in memory
    (file,) = tmp_path.rglob("*.sqlite")
    with closing(sqlite3.connect(file)) as db:
        stored = {text for (text,) in db.execute("SELECT input FROM translations")}
    assert stored <= {item.name(code) for item in registry.inventory for code in ("en", "ar")}
    assert (registry.inventory["soccer-ball"].name("ar") in stored) is ("added" in raw)


@pytest.mark.parametrize("language", ["ar", "es"])
def test_of_a_name_that_means_nothing_in_the_shop_the_trace_says_so_once(registry, language) -> None:
    t = strings(language)
    choices = {"language": language, "route": "translate", "translator": "phrasebook"}
    trace = answer(registry, items=["hockey-puck"], **choices).trace
    (cell,) = re.findall(r'<tr class="outside">.*?<td[^>]*>.*?<td[^>]*>.*?<td[^>]*>(.*?)</td>', trace, re.S)

    assert re.sub("<.+?>", "", cell).strip() == t("trace.nothing")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("items", [["soccer-ball"], ["tennis-racket", "tennis-ball"], ["hockey-puck", "hockey-stick"]])
def test_the_product_to_try_is_new_and_lands_high_with_the_basket_on_show(registry, items, language) -> None:
    asked = PageState.parse({"items": items, "language": language}, INVENTORY)
    example = suggest_product(asked, registry)

    assert example
    state = PageState.parse({"items": items, "added": [example], "language": language}, INVENTORY)
    assert state.added == (example,)  # it is not on the shelf
    found = registry.build_recommender(state.shelf, "bundled").recommend(items, language=language, generate=False)
    assert example in [ranked.name for ranked in found.ranking[:PLACE]]


def test_no_product_is_offered_to_try_where_the_visitor_has_added_one_or_no_known_sport(registry) -> None:
    shop = [{"name": name} for name in ("Hammer", "Nails", "Saw")]

    for raw in ({**BASKET, "added": ["Soccer Socks"]}, {"shop": shop, "items": ["hammer"]}, {}):
        assert not suggest_product(PageState.parse(raw, INVENTORY), registry)


@pytest.mark.parametrize("order", [("kit", "gear"), ("gear", "kit")])
def test_of_the_two_ways_to_go_on_the_likelier_one_comes_first(order) -> None:
    owned = Item("ball", "soccer", "ball", "", {"en": "ball"})
    fields = {"kit": ("soccer", "net"), "gear": ("tennis", "ball")}
    ranking = [SimpleNamespace(item=Item(way, *fields[way], "", {"en": way}), rank=n) for n, way in enumerate(order, 1)]
    readings = find_readings(SimpleNamespace(purchased=(owned,), ranking=ranking))
    assert tuple(way for way, _ in readings) == order


def test_a_new_product_shares_the_words_of_a_translated_purchase() -> None:
    owned, added = Item("a", "", "", "", {"en": "Puck"}), Item("b", "", "", "", {"en": "Disc Golf"})
    question = SimpleNamespace(purchased=("Hockey Disc",), catalog=(owned, added))
    found = SimpleNamespace(purchased=(owned,), question=question, ranking=(), language="en")

    assert [newcomer.shared for newcomer in find_newcomers(found, [added])] == [("Disc",)]


@pytest.mark.parametrize(
    ("probability", "word", "certain"),
    [(0.996, "high", True), (0.994, "high", False), (0.6, "good", False), (0.3, "fair", False), (0.1, "low", False)],
)
def test_the_card_says_how_sure_the_pick_is_and_has_bars_unless_it_is_certain(
    registry, monkeypatch, probability, word, certain
) -> None:
    recommend = Recommender.recommend

    def recommend_so(self, *values, **options):
        found = recommend(self, *values, **options)
        return replace(found, ranking=(replace(found.pick, probability=probability), *found.ranking[1:]))

    monkeypatch.setattr(Recommender, "recommend", recommend_so)
    card = answer(registry).card

    assert escape(strings("en")(f"answer.sure.{word}")) in card
    assert ('class="bar"' not in card) is certain


def test_the_card_says_how_many_of_a_large_shelf_were_ranked(registry) -> None:
    t, state = strings("en"), PageState.parse({"items": ["soccer-ball"]}, INVENTORY)
    large = replace(state, shelf=INVENTORY.extended(f"Thing {n}" for n in range(60)))
    ranked = len(large.shelf.candidates(large.basket))

    assert escape(t("answer.narrowed", ranked=ranked, in_stock=94)) in render_answer(large, registry, "").card
    assert escape(t("answer.narrowed", ranked=34, in_stock=34)) not in render_answer(state, registry, "").card
