"""A shop's new files without downtime: a running page loads them when they are complete."""

from __future__ import annotations

import json
import shutil
import threading
import zlib
from pathlib import Path
from types import SimpleNamespace

import pytest
from transformers import T5ForConditionalGeneration

from recommender.evaluation.shop_schema import KNN, T5, ShopEvaluation
from recommender.shop.paths import INVENTORY
from recommender.t5.scorer import Checkpoint, hash_weights
from recommender.t5.source import BUNDLED
from recommender.ui import shop_model
from recommender.ui.models import ModelRegistry
from recommender.ui.state import PageState
from recommender.ui.strings import strings
from recommender.ui.uploaded_shop import ShopRow
from recommender.ui.views import render_page


@pytest.fixture
def shop(tmp_path) -> Path:
    shutil.copy(INVENTORY, tmp_path)
    shutil.copytree(BUNDLED, tmp_path / "model")
    return tmp_path


def pick(registry: ModelRegistry) -> float:
    found = registry.build_recommender().recommend(["soccer-ball"], generate=False)
    return found.pick.probability


def put(path: Path, content: bytes) -> None:
    """Replace a file that may be mapped into memory, since writing into it would crash this process."""
    part = path.with_suffix(".part")
    part.write_bytes(content)
    part.replace(path)


def write_another(shop: Path) -> None:
    """Replace the T5 by one with nearly equal probabilities, in the way of ``train --shop``."""
    model = T5ForConditionalGeneration.from_pretrained(shop / "model")
    model.get_decoder().final_layer_norm.weight.data *= 0
    part = shop / "model.part"
    shutil.copytree(shop / "model", part)
    model.save_pretrained(part)
    shutil.rmtree(shop / "model")
    part.replace(shop / "model")


def test_a_new_t5_answers_from_the_next_request_on(shop) -> None:
    registry = ModelRegistry(shop=shop)
    before = pick(registry)
    scorer = registry.get_scorer()

    assert registry.get_scorer() is scorer and pick(registry) == before  # nothing is loaded twice
    write_another(shop)

    assert registry.get_scorer() is not scorer
    assert pick(registry) != pytest.approx(before, abs=0.01)


def test_the_results_are_those_of_the_last_training_or_evaluation(shop) -> None:
    registry = ModelRegistry(shop=shop)
    assert registry.results.on_orders is None

    for rate in (0.1, 0.25):
        measured = {KNN: (0.2,), T5: (rate,)}
        ShopEvaluation(orders=10, rows=30, missed=0.1, confidence=0.2, hit_rates=measured, differences={}).write(
            shop / "evaluation.json"
        )
        assert registry.results.on_orders.hit_rates[T5] == (rate,)
    assert registry.results is registry.results  # nothing is read twice
    said = render_page(PageState(registry.inventory), registry)["results"]
    assert strings("en")("results.shop") in said
    own = PageState(registry.inventory).enter_shop((ShopRow.make({"name": "Yoga Mat"}),))
    assert strings("en")("results.shop") not in render_page(own, registry)["results"]  # it has no orders


@pytest.mark.parametrize("spoil", ["a broken file", "no file", "a broken index"])
def test_the_old_t5_goes_on_answering_while_the_new_one_cannot_be_loaded(shop, spoil) -> None:
    registry = ModelRegistry(shop=shop)
    before = pick(registry)
    weights = shop / "model" / "model.safetensors"
    whole = weights.read_bytes()

    if spoil == "a broken file":
        put(weights, whole[:1000])
    elif spoil == "no file":
        weights.unlink()
    else:
        (shop / "retrieval.npz").write_bytes(b"")
    assert pick(registry) == before

    (shop / "retrieval.npz").unlink(missing_ok=True)
    put(weights, whole)
    write_another(shop)
    assert pick(registry) != pytest.approx(before, abs=0.01)


def test_a_file_of_the_t5_that_arrives_after_its_weights_is_loaded_too(shop) -> None:
    registry = ModelRegistry(shop=shop)
    pick(registry)
    config = shop / "model" / "config.json"
    settings = json.loads(config.read_text("utf-8"))

    put(config, json.dumps({**settings, "prompt_languages": ["en", "de"]}).encode())

    assert registry.get_scorer().prompt_format.languages == ("en", "de")


def test_new_products_and_everyday_words_count_from_the_next_request_on_and_the_t5_stays(shop) -> None:
    registry = ModelRegistry(shop=shop)
    scorer = registry.get_scorer()
    inventory, words = shop / "inventory.csv", shop / "words.csv"

    inventory.write_text(inventory.read_text("utf-8") + "chess-board,chess,board,,Chess Board,,,,\n", encoding="utf-8")
    for word in ("schackspel", "sjakkbrett"):
        words.write_text(f"language,word,means,alone\nen,{word},chess-board,\n", encoding="utf-8")
        assert "chess-board" in registry.inventory
        found = registry.build_recommender().recommend([word], generate=False)
        assert [item.id for item in found.purchased] == ["chess-board"]

    assert registry.get_scorer() is scorer


def test_a_faulty_table_of_words_leaves_the_old_one_in_use(shop) -> None:
    words = shop / "words.csv"
    words.write_text("language,word,means,alone\nen,roundel,soccer-ball,\n", encoding="utf-8")
    registry = ModelRegistry(shop=shop)
    words.write_text("language,word,means,alone\nxx,roundel,soccer-ball,\n", encoding="utf-8")

    found = registry.build_recommender().recommend(["roundel"], generate=False)

    assert [item.id for item in found.purchased] == ["soccer-ball"]


def test_files_that_could_not_be_loaded_are_tried_again_after_a_while(shop, monkeypatch) -> None:
    registry = ModelRegistry(shop=shop)
    old = registry.get_scorer()
    write_another(shop)
    load, tries, now = Checkpoint.load, [], [1000.0]

    def fail_once(**options) -> Checkpoint:
        tries.append(1)
        if len(tries) == 1:
            raise zlib.error("for a moment")
        return load(**options)

    monkeypatch.setattr(Checkpoint, "load", fail_once)
    monkeypatch.setattr(shop_model, "time", SimpleNamespace(monotonic=lambda: now[0]))
    assert registry.get_scorer() is old and registry.get_scorer() is old
    assert len(tries) == 1  # not at every request

    now[0] += shop_model.RETRY_AFTER
    assert registry.get_scorer() is not old


def test_the_old_t5_answers_while_another_request_loads_the_new_one(shop, monkeypatch) -> None:
    registry = ModelRegistry(shop=shop)
    old = registry.get_scorer()
    write_another(shop)
    started, go_on, load = threading.Event(), threading.Event(), Checkpoint.load

    def wait(**options) -> Checkpoint:
        started.set()
        assert go_on.wait(30)
        return load(**options)

    monkeypatch.setattr(Checkpoint, "load", wait)
    loader = threading.Thread(target=registry.get_scorer)
    loader.start()
    assert started.wait(30)
    assert registry.get_scorer() is old
    go_on.set()
    loader.join(30)
    assert registry.get_scorer() is not old


def test_a_worker_that_starts_while_the_folder_is_replaced_answers_with_the_shops_t5(shop, monkeypatch) -> None:
    write_another(shop)
    own, away, load = shop / "model", shop / "model.part", Checkpoint.load
    own.rename(away)

    def arrive(**options) -> Checkpoint:
        if away.is_dir():
            away.rename(own)
        return load(**options)

    monkeypatch.setattr(Checkpoint, "load", arrive)
    registry = ModelRegistry(shop=shop)
    registry.get_scorer()

    assert registry.current.version == hash_weights(Checkpoint.load(bundled=own))
    assert registry.current.version != hash_weights(Checkpoint.load())
