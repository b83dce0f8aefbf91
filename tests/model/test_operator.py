"""What an operator sets: the shop, the T5, the language, threads and translators, for the page and for workers."""

from __future__ import annotations

import gc
import os
import runpy
import shutil
import sys
import threading
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.requests import Request
from starlette.testclient import TestClient

from benchmarks.serving import find_free_port
from recommender.cli import batch
from recommender.cli.options import Options
from recommender.shop.paths import INVENTORY
from recommender.t5.source import BUNDLED
from recommender.translation import LIBRE_URL
from recommender.ui.events import Events
from recommender.ui.middleware import RequestFilter
from recommender.ui.models import ModelRegistry
from recommender.ui.page import Page
from recommender.ui.service import Service, create_api
from recommender.ui.state import get_translators
from tests.conftest import ROOT
from tests.support.hub import published


def test_workers_serve_the_operators_shop_behind_the_filter_on_one_thread(games, monkeypatch) -> None:
    given = {name: value for name, value in os.environ.items() if name != "OMP_NUM_THREADS"}
    with monkeypatch.context() as process:
        process.setattr(os, "environ", {**given, "RECOMMENDER_SHOP": str(games.parent)})
        client = TestClient(create_api())
        assert os.environ["OMP_NUM_THREADS"] == "1"
    health = client.get("/health").json()
    assert (health["ready"], health["products"]) == (True, 6)
    assert client.post("/elsewhere", content=b"x" * 2_000_000).status_code == 413


def test_the_operators_t5_answers_other_systems_once_it_is_loaded(tmp_path) -> None:
    published(tmp_path)
    models = ModelRegistry(str(tmp_path))
    client = serve(Service(models))
    body = {"purchased": ["soccer-ball"]}
    assert client.post("/api/recommend", json=body).json()["checkpoint"] == "bundled"  # and starts to load the other
    for thread in threading.enumerate():
        if thread.name == "checkpoint":
            thread.join()
    assert client.post("/api/recommend", json=body).json()["checkpoint"] == tmp_path.name
    assert client.get("/health").json()["checkpoint"] == {"name": tmp_path.name, "status": "ready", "problem": None}
    models.operator_model.scorer = None
    assert client.post("/api/recommend", json={**body, "checkpoint": tmp_path.name}).status_code == 503


def test_the_health_stays_good_and_says_so_when_the_operators_t5_cannot_be_loaded(tmp_path) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "bert"}')
    models = ModelRegistry(str(tmp_path))
    models.get_scorer()
    models.operator_model._load()
    reply = serve(Service(models)).get("/health")
    assert reply.status_code == 200
    assert reply.json()["checkpoint"] == {"name": tmp_path.name, "status": "failed", "problem": "foreign"}


@pytest.mark.parametrize(("least", "name"), [(1_000, "{} (int8)"), (10**9, "{}")])
def test_the_operators_t5_computes_in_8_bits_if_it_is_large_enough(least, name, tmp_path, monkeypatch, caplog) -> None:
    monkeypatch.setattr("recommender.t5.quantise.MIN_PARAMETERS", least)
    published(tmp_path)
    models = ModelRegistry(str(tmp_path), int8=True)
    models.operator_model._load()
    answer = models.build_recommender(checkpoint=tmp_path.name).recommend(["soccer-ball"], generate=False)
    assert answer.checkpoint == name.format(tmp_path.name)
    assert ("Run it without int8" in caplog.text) == ("int8" not in name)
    assert models.get_scorer().name == "bundled"  # which is the shop's, and too small


def serve(service: Service) -> TestClient:
    app = FastAPI(routes=service.routes)
    app.add_middleware(RequestFilter)
    return TestClient(app)


def test_a_visitors_requests_for_translations_count_as_theirs(monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("RECOMMENDER_GOOGLE_URL", "http://127.0.0.1:9")
    registry, taken = ModelRegistry(), []
    monkeypatch.setattr(registry._rate_limit, "take", lambda visitor: taken.append(visitor) or False)
    choices = {"language": "ar", "route": "translate", "items": ["soccer-ball"]}
    scope = {"type": "http", "path": "/", "headers": [(b"host", b"x")], "query_string": b""}
    request = Request({**scope, "app": FastAPI(), "client": ("8.8.8.8", 1)})
    Events(registry, None).answer({"choices": choices, "parts": ["answer", "details"]}, request)
    asked = {"language": "ar", "route": "translate", "purchased": ["soccer-ball"]}
    client = TestClient(serve(Service(registry)).app, client=("9.9.9.9", 1))
    client.post("/api/recommend", json=asked)
    assert set(taken) == {"8.8.8.8", "9.9.9.9"}


def test_the_operators_language_is_that_of_a_visitor_who_has_chosen_none() -> None:
    event = {"kind": "arrive", "preferred": ["fr"]}
    for default, language in ((None, "fr"), ("de", "de")):
        reply = Events(ModelRegistry(), default).answer({"event": event}, Request({"type": "http"}))
        assert reply["change"]["set"]["language"] == language


def test_libre_is_offered_where_the_operator_has_one(monkeypatch) -> None:
    monkeypatch.delenv(LIBRE_URL, raising=False)
    assert "libre" not in get_translators()
    monkeypatch.setenv(LIBRE_URL, "http://127.0.0.1:9")
    assert "libre" in get_translators()


def test_all_that_a_batch_depends_on_is_told_apart_when_it_is_resumed(tmp_path) -> None:
    shutil.copy(INVENTORY, tmp_path)
    shutil.copytree(BUNDLED, tmp_path / "model")
    options = Options("en", "auto", (), None, False, False, None, shop=str(tmp_path))

    def change(path: str, text: str) -> set[str]:
        before = batch._describe(INVENTORY, options)
        Path(tmp_path, path).write_text(text, encoding="utf-8")
        after = batch._describe(INVENTORY, options)
        return {name for name in before if before[name] != after[name]}

    assert change("retrieval.npz", "x") == {"retrieval index"}
    assert change("model/fusion.json", "{}") == {"T5"}
    assert change("words.csv", "language,word,means,alone\n") == {"everyday words"}
    assert change("inventory.csv", "name\nSaw\n") == {"inventory"}
    assert change("model/.DS_Store", "what macOS adds to a folder that it shows") == set()


@pytest.fixture
def start(monkeypatch):
    """Run app.py in this process up to where it would wait for visitors, and return its page."""
    pages = []

    def run(*arguments: str, **variables: str) -> Page:
        monkeypatch.setattr(os, "environ", {**os.environ, **variables})
        monkeypatch.setattr(sys, "argv", ["app.py", *arguments])
        monkeypatch.setattr(Page, "block_thread", lambda page: pages.append(page))
        runpy.run_path(str(ROOT / "app.py"), run_name="__main__")
        return pages[-1]

    yield run
    for page in pages:
        page.close()
    gc.unfreeze()


def test_a_spaces_variable_names_the_shop_of_the_page(start, games) -> None:
    page = start("--port", str(find_free_port()), RECOMMENDER_SHOP=str(games.parent))
    assert len(page.registry.inventory) == 6


@pytest.mark.parametrize("variables", [{"GRADIO_MCP_SERVER": "True"}, {}], ids=["a Space's variable", "nothing"])
def test_a_variable_turns_the_tools_for_assistants_on_where_no_option_does(variables, start, games) -> None:
    page = start("--shop", str(games.parent), "--port", str(find_free_port()), **variables)
    assert page.registry.shop.folder == games.parent
    assert (page.mcp_server_obj is not None) == bool(variables)


def test_a_shop_that_is_not_there_ends_the_page_with_one_sentence(start, tmp_path, capsys) -> None:
    with pytest.raises(SystemExit, match="2"):
        start("--shop", str(tmp_path / "none"))
    said = capsys.readouterr().err
    assert said.startswith("app.py: The shop ") and "is not there" in said and said.count("\n") == 1
