"""The choice of T5, without a browser: what may be chosen, what is said, in every language."""

from __future__ import annotations

import json
import threading
from types import SimpleNamespace

import pytest

from recommender import Catalog
from recommender.shop.catalog import LANGUAGES
from recommender.t5.prompt import Dialect
from recommender.t5.source import PROBLEMS, SPELLINGS, CheckpointError
from recommender.ui import guest as guest_module
from recommender.ui import views as screen
from recommender.ui.calls import calls
from recommender.ui.guest import RETRY_AFTER, Guest, Standing
from recommender.ui.models import Backstage, CheckpointNotReady, UnknownCheckpoint
from recommender.ui.state import Visit
from recommender.ui.strings import strings

INVENTORY = Catalog.load()
PUBLISHED = "mohammadhia/t5_recommendation_sports_equipment_english"
ENGLISH = Dialect(("en",), SPELLINGS[PUBLISHED])
ON_OFFER = {"bundled": Dialect(), PUBLISHED: ENGLISH}


def read(**raw: object) -> Visit:
    return Visit.read(raw, INVENTORY, ON_OFFER)


def test_the_bundled_t5_answers_who_chose_none() -> None:
    assert read().checkpoint == "bundled"


def test_the_operators_can_be_chosen_and_travels_with_the_visit() -> None:
    visit = read(checkpoint=PUBLISHED)

    assert read(**json.loads(json.dumps(visit.as_dict()))) == visit
    assert visit.checkpoint == PUBLISHED and visit.dialect == ENGLISH


@pytest.mark.parametrize("asked", ["google/flan-t5-xxl", "/etc/passwd", "../data/model", ["bundled"], {"path": "/"}, 7])
def test_no_other_can_be_chosen_and_the_refusal_is_named(asked) -> None:
    visit = read(checkpoint=asked)

    assert visit.checkpoint == "bundled"
    assert visit.dropped and visit.dropped[0].startswith("checkpoint=")


def test_an_arabic_visitor_goes_by_glossary_where_the_t5_reads_no_arabic() -> None:
    assert read(language="ar").route == "native"
    assert read(language="ar", checkpoint=PUBLISHED).route == "glossary"


@pytest.mark.parametrize("language", LANGUAGES)
def test_native_is_shown_as_not_offered_with_the_reason_only_where_the_bundled_t5_has_it(language) -> None:
    shown = screen.route(read(language=language, checkpoint=PUBLISHED))

    assert (" disabled" in shown) == (language == "ar")
    assert (strings(language)("route.no-letters") in shown) == (language == "ar")
    assert " disabled" not in screen.route(read(language=language))


def guest(standing: Standing) -> Guest:
    there = Guest(PUBLISHED)
    there.standing = standing
    return there


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_says_how_far_it_has_come_and_who_answers_meanwhile(language) -> None:
    t = strings(language)

    shown = screen.standing(read(language=language), guest(Standing("downloading", 1_357_000_000, 2_950_000_000)))

    assert t("checkpoint.downloading", percent=t.percent(0.46), size=2950) in shown
    assert t("checkpoint.meanwhile") in shown and "data-pending" in shown
    assert t("checkpoint.asking") in screen.standing(read(language=language), guest(Standing("downloading")))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("problem", PROBLEMS)
def test_every_failure_has_a_sentence_in_every_language(language, problem) -> None:
    shown = screen.standing(read(language=language), guest(Standing("failed", problem=problem)))

    assert strings(language)(f"checkpoint.problem.{problem}") in shown
    assert "data-pending" not in shown


@pytest.mark.parametrize(("problem", "passes"), [("network", True), ("disk", True), ("denied", False)])
def test_it_is_sent_for_again_some_time_after_a_problem_that_may_pass_and_no_sooner(problem, passes, monkeypatch):
    asked, clock = [], [1000.0]

    def find(source, progress):
        asked.append(source)
        raise CheckpointError(source, problem, "not now")

    def send_for() -> None:
        there.send_for()
        for thread in threading.enumerate():
            if thread.name == "checkpoint":
                thread.join()
        assert there.standing == Standing("failed", problem=problem)

    monkeypatch.setattr(guest_module, "find", find)
    monkeypatch.setattr(guest_module, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    there = Guest(PUBLISHED)
    send_for()
    clock[0] += RETRY_AFTER - 1
    send_for()
    assert len(asked) == 1
    clock[0] += 2
    send_for()
    assert len(asked) == (2 if passes else 1)


def test_without_an_operators_t5_there_is_no_choice() -> None:
    assert screen.checkpoint(read(), None) == screen.standing(read(), None) == ""
    assert Backstage().guest is Backstage("bundled").guest is None


def test_the_calls_under_the_hood_name_the_t5_that_answered() -> None:
    shown = dict(calls(read(items=["soccer-ball"], checkpoint=PUBLISHED), "http://127.0.0.1:7860"))

    assert f"load('{PUBLISHED}')" in shown["python"]
    assert shown["curl"].count(PUBLISHED) == 1
    assert f"--checkpoint {PUBLISHED}" in shown["shell"]
    assert "load()" in dict(calls(read(items=["soccer-ball"]), ""))["python"]


def test_the_calls_say_path_to_for_a_folder_and_do_not_give_away_the_way_to_it(tmp_path) -> None:
    there = Guest(str(tmp_path))
    shown = dict(calls(read(items=["soccer-ball"]), "", there.source))

    assert there.source == f"path/to/{tmp_path.name}"
    assert f"load('{there.source}')" in shown["python"] and f"--checkpoint {there.source}" in shown["shell"]
    assert Guest(PUBLISHED).source == PUBLISHED


def test_a_shop_that_is_in_the_visitors_browser_only_can_be_asked_about_from_there_only() -> None:
    assert calls(read(shop=[{"name": "Bread Knife"}, {"name": "Bread Bin"}], items=["bread-knife"]), "") == []


def test_a_program_that_names_one_that_is_not_here_is_told_so() -> None:
    backstage = Backstage(PUBLISHED)
    backstage.guest.send_for = lambda: None  # stays on its way
    backstage.guest.standing = Standing("downloading", 10_000_000, 2_950_000_000)

    with pytest.raises(CheckpointNotReady, match=r"still downloading \(10 of 2950 MB\)"):
        backstage.checkpoint(PUBLISHED)
    with pytest.raises(UnknownCheckpoint, match=f'Offered here: "bundled" or "{PUBLISHED}"'):
        backstage.checkpoint("google/flan-t5-xxl")
    assert backstage.answering(PUBLISHED) == "bundled"
