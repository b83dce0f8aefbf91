"""The choice of the T5 on the page, without a browser, in every language."""

from __future__ import annotations

import json
import shlex
import threading

import pytest

from recommender import Catalog
from recommender.shop.language import LANGUAGES
from recommender.t5.files import CheckpointError, Problem
from recommender.t5.prompt import PromptFormat
from recommender.t5.source import NAME_OVERRIDES
from recommender.ui import models, views
from recommender.ui.answer_view import build_code_samples
from recommender.ui.models import (
    RETRY_AFTER,
    CheckpointNotReady,
    LoadPhase,
    LoadStatus,
    ModelRegistry,
    OperatorModel,
    UnknownCheckpoint,
)
from recommender.ui.state import PageState
from recommender.ui.strings import strings

INVENTORY = Catalog.load()
PUBLISHED = "mohammadhia/t5_recommendation_sports_equipment_english"
ENGLISH = PromptFormat(("en",), NAME_OVERRIDES[PUBLISHED])
ON_OFFER = {"bundled": PromptFormat(), PUBLISHED: ENGLISH}


def read(**raw: object) -> PageState:
    return PageState.parse(raw, INVENTORY, ON_OFFER)


def test_without_a_choice_the_bundled_t5_answers() -> None:
    assert read().checkpoint == "bundled"


def test_the_operators_t5_can_be_chosen_and_is_kept_in_the_page_state() -> None:
    state = read(checkpoint=PUBLISHED)

    assert read(**json.loads(json.dumps(state.as_dict()))) == state
    assert state.checkpoint == PUBLISHED and state.prompt_format == ENGLISH


@pytest.mark.parametrize("asked", ["google/flan-t5-xxl", "/etc/passwd", "../data/model", ["bundled"], {"path": "/"}, 7])
def test_any_other_checkpoint_is_refused_by_name(asked) -> None:
    state = read(checkpoint=asked)

    assert state.checkpoint == "bundled"
    assert state.dropped and state.dropped[0].startswith("checkpoint=")


def test_the_glossary_route_is_the_default_for_a_t5_that_reads_no_arabic() -> None:
    assert read(language="ar").route == "native"
    assert read(language="ar", checkpoint=PUBLISHED).route == "glossary"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_native_route_is_disabled_with_a_reason_for_a_t5_that_reads_english_alone(language) -> None:
    shown = views.render_route(read(language=language, checkpoint=PUBLISHED))

    assert read(language=language).route == ("direct" if language == "en" else "native")
    assert (" disabled" in shown) == (language != "en")
    assert (strings(language)("route.no-native") in shown) == (language != "en")
    assert " disabled" not in views.render_route(read(language=language))


def load_status(language: str, status: LoadStatus) -> str:
    """Return the rendered load status."""
    operator = OperatorModel(PUBLISHED)
    operator.status = status
    return views.render_load_status(read(language=language), operator)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_shows_the_progress_of_the_download_and_which_t5_answers_meanwhile(language) -> None:
    t = strings(language)

    shown = load_status(language, LoadStatus(LoadPhase.DOWNLOADING, 1_357_000_000, 2_950_000_000))

    assert t("checkpoint.downloading", percent=t.percent(0.46), size=2950) in shown
    assert t("checkpoint.meanwhile") in shown
    assert t("checkpoint.asking") in load_status(language, LoadStatus(LoadPhase.DOWNLOADING))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("problem", Problem)
def test_every_failure_has_a_sentence_in_every_language(language, problem) -> None:
    shown = load_status(language, LoadStatus(LoadPhase.FAILED, problem=problem))

    assert strings(language)(f"checkpoint.problem.{problem}") in shown
    assert "data-pending" not in shown


class Clock:
    """A clock that tests set."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(models, "time", clock)
    return clock


def load(operator: OperatorModel) -> None:
    """Start loading, and wait until the thread has ended."""
    operator.start_loading()
    for thread in threading.enumerate():
        if thread.name == "checkpoint":
            thread.join()


@pytest.mark.parametrize(("problem", "passes"), [("network", True), ("disk", True), ("denied", False)])
def test_loading_is_retried_only_after_a_temporary_problem_and_a_delay(problem, passes, monkeypatch, clock):
    asked = []

    def find_checkpoint(source, progress):
        asked.append(source)
        raise CheckpointError(source, problem, "not now")

    monkeypatch.setattr(models, "find_checkpoint", find_checkpoint)
    operator = OperatorModel(PUBLISHED)
    load(operator)
    assert operator.status == LoadStatus(LoadPhase.FAILED, problem=problem)
    clock.now += RETRY_AFTER - 1
    load(operator)
    assert len(asked) == 1
    clock.now += 2
    load(operator)
    assert len(asked) == (2 if passes else 1)


@pytest.mark.parametrize("fault", [MemoryError, SystemExit, KeyboardInterrupt, RuntimeError])
def test_any_error_in_the_loading_thread_is_a_failure_that_is_retried(fault, monkeypatch, clock) -> None:
    asked = []

    def find_checkpoint(source, progress):
        asked.append(source)
        progress(1, 2)
        raise fault

    monkeypatch.setattr(models, "find_checkpoint", find_checkpoint)
    operator = OperatorModel(PUBLISHED)
    for attempt in (1, 2):
        load(operator)
        assert operator.status.phase == LoadPhase.FAILED and len(asked) == attempt
        clock.now += RETRY_AFTER


def test_a_thread_that_cannot_be_started_is_a_failure_too(monkeypatch, clock) -> None:
    def start(_thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", start)
    operator = OperatorModel(PUBLISHED)
    operator.start_loading()

    assert operator.status.phase == LoadPhase.FAILED


def test_without_an_operators_t5_there_is_no_choice() -> None:
    assert views.render_checkpoint(read(), None) == views.render_load_status(read(), None) == ""
    assert ModelRegistry().operator_model is ModelRegistry("bundled").operator_model is None


def code_samples(state: PageState, registry: ModelRegistry | None = None) -> dict[str, str]:
    return dict(build_code_samples(state, registry or ModelRegistry(), "http://127.0.0.1:7860"))


def test_the_code_samples_name_the_t5_that_answered() -> None:
    shown = code_samples(read(items=["soccer-ball"], checkpoint=PUBLISHED))

    assert f"load('{PUBLISHED}')" in shown["python"]
    assert shown["curl"].count(PUBLISHED) == 1
    assert f"--checkpoint {PUBLISHED}" in shown["shell"]
    assert "load()" in code_samples(read(items=["soccer-ball"]))["python"]


def test_the_code_samples_say_path_to_for_a_folder_and_do_not_give_away_its_path(tmp_path) -> None:
    registry = ModelRegistry(str(tmp_path))
    raw = {"items": ["soccer-ball"], "checkpoint": tmp_path.name}
    shown = code_samples(PageState.parse(raw, INVENTORY, registry.prompt_formats), registry)

    source = registry.operator_model.source
    assert source == f"path/to/{tmp_path.name}"
    assert f"load('{source}')" in shown["python"] and f"--checkpoint {source}" in shown["shell"]
    assert OperatorModel(PUBLISHED).source == PUBLISHED


def test_an_uploaded_shop_has_no_code_samples_since_only_the_browser_has_it() -> None:
    assert code_samples(read(shop=[{"name": "Bread Knife"}, {"name": "Bread Bin"}], items=["bread-knife"])) == {}


def test_a_call_that_names_an_unavailable_checkpoint_is_refused_with_the_reason() -> None:
    registry = ModelRegistry(PUBLISHED)
    registry.operator_model.start_loading = lambda: None  # stays on its way
    registry.operator_model.status = LoadStatus(LoadPhase.DOWNLOADING, 10_000_000, 2_950_000_000)

    with pytest.raises(CheckpointNotReady, match=r"still downloading \(10 of 2950 MB\)"):
        registry.get_scorer(PUBLISHED)
    with pytest.raises(UnknownCheckpoint, match=f'Offered here: "bundled" or "{PUBLISHED}"'):
        registry.get_scorer("google/flan-t5-xxl")
    assert registry.resolve_name(PUBLISHED) == "bundled"


def test_the_code_samples_ask_for_what_the_page_asked_for() -> None:
    raw = {"items": ["soccer-ball", "soccer-jersey"], "added": ["Soccer Socks"], "language": "ar"}
    shown = code_samples(read(**raw, route="translate", translator="phrasebook"))

    assert "language='ar', route='translate', translator='phrasebook', add_items=['Soccer Socks'])" in shown["python"]
    assert '"translator": "phrasebook", "add_items": ["Soccer Socks"]' in shown["curl"]
    assert shlex.split(shown["shell"].replace("\\\n", "")) == [
        *("python", "-m", "recommender", "recommend", "--purchased", "soccer-jersey; soccer-ball"),
        *("--language", "ar", "--route", "translate", "--translator", "phrasebook", "--add-item", "Soccer Socks"),
    ]
