"""A shop's new T5 without downtime: a running page loads it when it is complete."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from transformers import T5ForConditionalGeneration

from recommender.shop.catalog import INVENTORY
from recommender.t5.source import BUNDLED
from recommender.ui.models import ModelRegistry


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
