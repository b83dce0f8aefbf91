"""What an operator sets: the shop, the T5, the language, threads and translators, for the page and for workers."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.requests import Request
from starlette.testclient import TestClient

from recommender.cli import batch
from recommender.cli.options import Options
from recommender.shop.catalog import INVENTORY
from recommender.t5.source import BUNDLED
from recommender.translation import LIBRE_URL
from recommender.ui.events import Events
from recommender.ui.models import ModelRegistry
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
    assert client.get("/health").json() == {"ready": True, "products": 6}
    assert client.post("/api/recommend", content=b"x" * 2_000_000).status_code == 413


def test_the_operators_t5_answers_other_systems_once_it_is_loaded(tmp_path) -> None:
    published(tmp_path)
    models = ModelRegistry(str(tmp_path))
    service, body = Service(models), b'{"purchased": ["soccer-ball"]}'
    assert service._answer(body, "")[2]["checkpoint"] == "bundled"  # and it starts to load the other one
    for thread in threading.enumerate():
        if thread.name == "checkpoint":
            thread.join()
    assert service._answer(body, "")[2]["checkpoint"] == tmp_path.name
    models.operator_model.scorer = None
    asked = json.dumps({"purchased": ["soccer-ball"], "checkpoint": tmp_path.name}).encode()
    assert service._answer(asked, "")[0] == 503


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
    Service(registry)._answer(json.dumps(asked).encode(), "9.9.9.9")
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


@pytest.mark.slow
def test_a_spaces_variable_names_the_shop_of_the_page(games) -> None:
    command = [sys.executable, "-c", "import app; print(len(app.demo.registry.inventory))"]
    environment = {**os.environ, "RECOMMENDER_SHOP": str(games.parent)}
    assert subprocess.check_output(command, cwd=ROOT, env=environment, text=True) == "6\n"
