"""T5s from a folder and from the Hub, and the failures of the Hub."""

from __future__ import annotations

import errno
import json
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import torch
from huggingface_hub import HfApi, constants

from benchmarks.serving import find_free_port
from recommender import Catalog, Recommender, RecommenderError, load
from recommender.shop.language import LANGUAGES
from recommender.t5.files import CheckpointError
from recommender.t5.hub import select_files, upload
from recommender.t5.scorer import Checkpoint
from recommender.t5.source import BUNDLED, find_checkpoint
from recommender.training.fine_tuning import SAMPLE
from recommender.ui.models import LoadPhase, LoadStatus, ModelRegistry
from tests.conftest import ROOT, train
from tests.support.hub import PUBLISHED, Hub, published, sentencepiece_model, serving_hub, sharded, trap, write_t5

SHOP = Catalog.load()


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> dict[str, bytes]:
    return published(tmp_path_factory.mktemp("t5"))


@pytest.fixture
def hub(files, monkeypatch, tmp_path):
    """Serve a working Hub to a client with an empty cache."""
    with serving_hub(Hub(files)) as running:
        use(running.url, monkeypatch, tmp_path)
        yield running


def use(url: str, monkeypatch, home: Path) -> None:
    # what huggingface_hub makes of HF_ENDPOINT and HF_HOME when it is imported
    monkeypatch.setattr(constants, "ENDPOINT", url)
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", url + "/{repo_id}/resolve/{revision}/{filename}")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(home / "hub"))


def failure(source: str = PUBLISHED) -> CheckpointError:
    with pytest.raises(CheckpointError) as found:
        Checkpoint.load(source)
    assert "\n" not in str(found.value)
    return found.value


def test_a_shops_t5_that_is_not_there_is_not_looked_for_on_the_hub(hub, tmp_path) -> None:
    with pytest.raises(CheckpointError, match=f"there is no T5 in {tmp_path / 'model'}; create it with train"):
        find_checkpoint(None, bundled=tmp_path / "model")

    assert hub.fetched() == []


def test_the_published_layout_loads_and_ranks(hub) -> None:
    answer = Recommender(SHOP, Checkpoint.load(PUBLISHED)).recommend(["Soccer Ball"])

    assert answer.checkpoint == PUBLISHED
    assert len(answer.ranking) == 34


def test_only_the_files_that_a_t5_needs_are_downloaded(hub) -> None:
    folder = find_checkpoint(PUBLISHED)

    expected = {"config.json", "tokenizer.json", "tokenizer_config.json", "pytorch_model.bin"}
    assert {path.name for path in folder.iterdir()} == expected
    assert set(hub.fetched("HEAD")) == expected


def test_shards_with_an_index_load_as_the_same_t5_in_one_file(hub, tmp_path) -> None:
    whole = Checkpoint.load(PUBLISHED)
    hub.files = sharded(tmp_path / "shards")
    assert sum(name.endswith(".safetensors") for name in hub.files) > 1

    parts = Checkpoint.load(PUBLISHED)

    prompt, names = ["ITEMS PURCHASED: Ball"], ["Ball", "Cap"]
    torch.testing.assert_close(parts.log_likelihoods(prompt, names), whole.log_likelihoods(prompt, names))


@pytest.mark.parametrize(
    ("weights", "chosen"),
    [
        (["model.safetensors", "pytorch_model.bin"], ["model.safetensors"]),
        (["pytorch_model.bin", "tf_model.h5", "flax_model.msgpack"], ["pytorch_model.bin"]),
        (
            ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors", "model.safetensors.index.json"],
            ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors", "model.safetensors.index.json"],
        ),
        (["model-00001-of-00002.safetensors"], None),
        (["tf_model.h5"], None),
        (["../model.safetensors"], None),
    ],
)
def test_one_weight_format_is_chosen_and_the_safe_one_first(weights, chosen) -> None:
    found = select_files(["config.json", "tokenizer.json", *weights])

    assert found == (("config.json", "tokenizer.json", *chosen) if chosen else ())


def test_a_t5_whose_tokenizer_is_a_sentencepiece_file_only_loads_as_mt5s_are_published(hub, files, tmp_path) -> None:
    pytest.importorskip("google.protobuf", reason="protobuf, which reads such a file, is not installed")
    left = {name: content for name, content in files.items() if not name.startswith("tokenizer")}
    hub.files = {**left, "spiece.model": sentencepiece_model()}

    checkpoint = Checkpoint.load(PUBLISHED)

    assert checkpoint.prompt_format.languages == ("en",)
    assert checkpoint.tokenizer.decode(checkpoint.tokenizer("Soccer Ball")["input_ids"]) == "Soccer Ball</s>"


def test_progress_is_told_in_bytes_and_ends_at_the_total(hub) -> None:
    told: list[tuple[int, int]] = []

    find_checkpoint(PUBLISHED, lambda done, total: told.append((done, total)))

    total = sum(len(hub.files[name]) for name in set(hub.fetched("HEAD")))
    assert told[-1] == (total, total)
    assert told == sorted(told)


def test_an_interrupted_transfer_is_resumed_where_it_broke_off(hub, files, monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(constants, "DOWNLOAD_CHUNK_SIZE", 64 * 1024)  # else so small a file is one chunk
    hub.files = {**files, **published(tmp_path / "wide", width=256)}
    hub.cuts = [3 * 64 * 1024, 64 * 1024]

    folder = find_checkpoint(PUBLISHED)

    assert (folder / "pytorch_model.bin").read_bytes() == hub.files["pytorch_model.bin"]
    first, *again = hub.ranges()
    assert first is None and len(again) == 2
    assert [int(r.removeprefix("bytes=").removesuffix("-")) for r in again] == [3 * 64 * 1024, 4 * 64 * 1024]


def test_no_token_reaches_the_host_that_large_files_are_redirected_to(hub, monkeypatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")

    find_checkpoint(PUBLISHED)

    assert hub.ranges() and hub.tokens == {"api", "mohammadhia"}


def test_what_is_in_the_cache_is_not_fetched_again_and_serves_without_a_hub(hub) -> None:
    first = find_checkpoint(PUBLISHED)
    hub.asked.clear()
    assert find_checkpoint(PUBLISHED) == first
    assert hub.fetched() == [] and hub.ranges() == []

    hub.status = 503

    assert find_checkpoint(PUBLISHED) == first


@pytest.mark.slow
def test_the_command_line_takes_it_through_hf_endpoint_and_tells_nobody_else(hub, tmp_path) -> None:
    environment = {**os.environ, "HF_ENDPOINT": hub.url, "HF_HOME": str(tmp_path), "NO_PROXY": "127.0.0.1,localhost"}
    command = ["recommend", "--purchased", "Soccer Ball", "--checkpoint", PUBLISHED, "--json"]

    done = subprocess.run(
        [sys.executable, "-m", "recommender", *command], cwd=ROOT, env=environment, capture_output=True, text=True
    )

    answer = json.loads(done.stdout)
    assert answer["checkpoint"] == PUBLISHED
    assert "Hocket Puck" in answer["trace"][0]["text"]
    assert all(PUBLISHED in path or path.startswith("/lfs/") for _, path, _ in hub.asked)


@pytest.mark.parametrize(
    ("status", "problem"), [(401, "denied"), (403, "denied"), (404, "missing"), (500, "network"), (503, "network")]
)
def test_a_hub_that_has_no_such_t5_is_told_apart_from_one_that_fails(hub, status, problem, monkeypatch) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)
    hub.status = status

    refused = failure()

    assert refused.problem == problem
    assert ("no folder of that name, and the Hub has no such repository" in str(refused)) == (status in (401, 403, 404))


@pytest.mark.parametrize(
    ("status", "change", "problem"),
    [(401, {}, "denied"), (503, {}, "network"), (200, {"pytorch_model.bin": b"damaged"}, "broken")],
)
def test_an_operators_t5_that_cannot_be_loaded_names_the_problem_and_the_bundled_one_answers(
    hub, files, status, change, problem, monkeypatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)
    hub.status, hub.files = status, {**files, **change}
    registry = ModelRegistry(PUBLISHED)

    registry.operator_model.start_loading()
    for thread in threading.enumerate():
        if thread.name == "checkpoint":
            thread.join()

    assert registry.operator_model.status == LoadStatus(LoadPhase.FAILED, problem=problem)
    assert registry.resolve_name(PUBLISHED) == "bundled"


def test_a_hub_that_is_not_there_is_a_problem_of_the_network(monkeypatch, tmp_path) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)
    use(f"http://127.0.0.1:{find_free_port()}", monkeypatch, tmp_path)

    assert failure().problem == "network"


def test_a_repository_without_room_for_it_is_refused_before_it_is_downloaded(hub) -> None:
    hub.claimed = {"pytorch_model.bin": 10**16}

    assert failure().problem == "disk"
    assert hub.fetched() == [] and hub.ranges() == []


def test_a_disk_that_fills_up_on_the_way_is_named(hub, monkeypatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("huggingface_hub.file_download.http_get", full)

    assert failure().problem == "disk"


@pytest.mark.parametrize(
    ("error", "problem"),
    [
        (ConnectionResetError(errno.ECONNRESET, "Connection reset by peer"), "network"),
        (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), "network"),
        (OSError(errno.ENETUNREACH, "Network is unreachable"), "network"),
        (OSError("Consistency check failed"), "network"),
        (json.JSONDecodeError("Expecting value", "<html>", 0), "network"),
        (PermissionError(errno.EACCES, "Permission denied"), "disk"),
        (OSError(errno.EIO, "Input/output error"), "disk"),
    ],
)
def test_an_error_of_the_network_or_the_disk_is_called_that(hub, monkeypatch, error, problem) -> None:
    fail(monkeypatch, error)

    assert failure().problem == problem


LISTED = '{"id": "a/b", "siblings": [{"rfilename": "config.json"}, {"rfilename": "tokenizer.json"}, %s]}'
PORTAL = {
    "a page in Latin-1": "<html>Gäste-WLAN: bitte anmelden</html>".encode("latin-1"),
    "a page": b"<html>Please log in</html>",
    "nothing": b"",
    "a list": b"[]",
    "null": b"null",
    "an object of something else": b'{"login": true}',
    "files as a text": b'{"id": "a/b", "siblings": "abc"}',
    "files as a number": b'{"id": "a/b", "siblings": 5}',
    "a file without a name": b'{"id": "a/b", "siblings": [{}]}',
    "a name that is a number": b'{"id": "a/b", "siblings": [{"rfilename": 5}]}',
    "a name that is a list": b'{"id": "a/b", "siblings": [{"rfilename": []}]}',
    "deep": b"[" * 100_000,
    "a size as a text": (LISTED % '{"rfilename": "model.safetensors", "size": "12"}').encode(),
    "a size below zero": (LISTED % '{"rfilename": "model.safetensors", "size": -1}').encode(),
    "a digest that is a path": (
        LISTED % '{"rfilename": "model.safetensors", "lfs": {"sha256": "../../x", "size": 1, "pointerSize": 1}}'
    ).encode(),
    "a digest that is a number": (
        LISTED % '{"rfilename": "model.safetensors", "lfs": {"sha256": 1, "size": 1, "pointerSize": 1}}'
    ).encode(),
}


@pytest.mark.parametrize("page", PORTAL)
def test_a_portal_in_the_hubs_place_is_a_problem_of_the_network(hub, page) -> None:
    hub.listing = PORTAL[page]

    refused = failure()

    assert refused.problem == "network" and "what answers in its place is no Hub" in str(refused)


@pytest.mark.parametrize("page", ["a page in Latin-1", "a list", "deep"])
@pytest.mark.parametrize("status", [404, 511])
def test_so_is_one_that_refuses(hub, page, status, monkeypatch) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)
    hub.listing, hub.status = PORTAL[page], status

    assert failure().problem == "network"


def test_behind_a_portal_the_cache_serves(hub) -> None:
    folder = find_checkpoint(PUBLISHED)
    hub.listing = PORTAL["a list"]

    assert find_checkpoint(PUBLISHED) == folder


def test_a_bug_is_not_called_a_problem_of_the_network(hub, monkeypatch) -> None:
    fail(monkeypatch, NameError("name 'x' is not defined"))

    with pytest.raises(NameError):
        find_checkpoint(PUBLISHED)


def fail(monkeypatch, error: Exception) -> None:
    def model_info(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(HfApi, "model_info", model_info)


def test_what_arrives_damaged_is_noticed_and_fetched_anew_next_time(hub) -> None:
    hub.garbled = True
    assert failure().problem == "broken"

    hub.garbled = False

    assert Checkpoint.load(PUBLISHED)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"pytorch_model.bin": b"not a pickle"}, "broken"),
        ({"pytorch_model.bin": b""}, "broken"),
        ({"config.json": b"{"}, "broken"),
        ({"tokenizer.json": b"{}"}, "broken"),
        ({"config.json": b'{"model_type": "bert"}'}, "foreign"),
        ({"config.json": b"[]"}, "foreign"),
        ({"pytorch_model.bin": None}, "foreign"),
        ({"tokenizer.json": None}, "foreign"),
    ],
)
def test_files_that_are_no_t5_are_refused(hub, files, change, problem) -> None:
    hub.files = {name: content for name, content in {**files, **change}.items() if content is not None}

    assert failure().problem == problem


def test_what_is_no_t5_is_found_out_before_its_weights_are_fetched(hub, files) -> None:
    hub.files = {**files, "config.json": b'{"model_type": "llama"}'}

    assert failure().problem == "foreign"
    assert hub.ranges() == []


def test_a_checkpoint_with_missing_weights_is_refused(hub, files, tmp_path) -> None:
    model = write_t5(tmp_path, 32)
    half = {key: value for key, value in model.state_dict().items() if "decoder.block" not in key}
    torch.save(half, tmp_path / "pytorch_model.bin")
    hub.files = {**files, "pytorch_model.bin": (tmp_path / "pytorch_model.bin").read_bytes()}

    assert "missing" in str(failure())


def test_a_pickle_that_would_run_code_runs_none(hub, files, tmp_path) -> None:
    hub.files = {**files, "pytorch_model.bin": trap(tmp_path / "sprung")}

    assert failure().problem == "broken"
    assert not (tmp_path / "sprung").exists()


def test_code_in_a_repository_is_not_run(hub, files, tmp_path) -> None:
    config = json.loads(files["config.json"]) | {"auto_map": {"AutoModelForSeq2SeqLM": "evil.Evil"}}
    code = f"import os; os.mkdir({str(tmp_path / 'sprung')!r})".encode()
    hub.files = {**files, "config.json": json.dumps(config).encode(), "evil.py": code}

    Checkpoint.load(PUBLISHED)

    assert not (tmp_path / "sprung").exists()
    assert "evil.py" not in hub.fetched()


@pytest.mark.parametrize("name", ["../etc/passwd", "a/b/c", "a/..", "a..b/c", "https://huggingface.co/a/b", "a b"])
def test_a_name_that_is_no_id_asks_no_hub(hub, name) -> None:
    assert failure(name).problem == "missing"
    assert hub.asked == []


def test_the_bundled_t5_is_loaded_by_its_name_too() -> None:
    assert Checkpoint.load("bundled").name == Checkpoint.load(BUNDLED).name == "bundled"


def test_a_t5_in_a_folder_loads_offline(tmp_path) -> None:
    published(tmp_path)

    assert load(tmp_path).recommend(["Soccer Ball"]).checkpoint == str(tmp_path)


@pytest.mark.slow
def test_a_t5_goes_on_learning_from_purchases_and_goes_up_with_its_card_and_its_summary(monkeypatch, tmp_path) -> None:
    folder = tmp_path / "t5"
    data = tmp_path / "purchases.csv"
    rows = SAMPLE.read_text(encoding="utf-8").splitlines()[:13]
    data.write_text("\n".join([*rows, "Football,Quidditch Broom"]) + "\n", encoding="utf-8")
    with serving_hub(Hub({}, repository="shop/t5", exists=False)) as hub:
        environment = {"HF_ENDPOINT": hub.url, "HF_TOKEN": "hf_secret", "NO_PROXY": "127.0.0.1,localhost"}
        for name, value in environment.items():
            monkeypatch.setenv(name, value)

        options = ("--epochs", "1", "--batch-size", "4", "--output", folder, "--push-to-hub", "shop/t5")
        done = train("--data", data, *options)

    assert done.returncode == 0, done.stderr
    assert "line 14: Unknown item" in done.stderr
    assert "eval_loss" in done.stdout and "HR@1: " in done.stdout and "purchases" in done.stdout
    assert "own purchases" in (folder / "README.md").read_text()
    assert Checkpoint.load(folder).generate(["ITEMS PURCHASED: {Football}"])
    assert hub.files == {path.name: path.read_bytes() for path in folder.iterdir()}
    assert {"config.json", "model.safetensors", "README.md", "training.json"} <= set(hub.files)
    assert hub.visibility == "private"
    texts = [content for name, content in hub.files.items() if name.endswith((".json", ".md"))]
    assert b"--data purchases.csv" in hub.files["README.md"] and not any(str(tmp_path).encode() in t for t in texts)


def test_a_t5_without_a_shops_purchases_goes_to_a_repository_of_the_usual_visibility(monkeypatch, tmp_path) -> None:
    with serving_hub(Hub({}, repository="shop/t5", exists=False)) as hub:
        use(hub.url, monkeypatch, tmp_path)
        monkeypatch.setenv("HF_TOKEN", "hf_secret")
        (tmp_path / "t5").mkdir()
        (tmp_path / "t5" / "README.md").write_text("A T5\n", encoding="utf-8")
        upload(tmp_path / "t5", "shop/t5")
    assert hub.files == {"README.md": b"A T5\n"} and hub.visibility is None


def test_a_refused_upload_says_where_the_t5_is(hub, tmp_path) -> None:
    hub.status = 403
    with pytest.raises(RecommenderError, match=f'is in {tmp_path}; it could not be uploaded to "shop/t5": .*403'):
        upload(tmp_path, "shop/t5")


class TestThePublishedPromptFormat:
    """A T5 with T5's original vocabulary that was trained with another spelling of a product."""

    @pytest.fixture
    def recommender(self, hub) -> Recommender:
        return Recommender(SHOP, Checkpoint.load(PUBLISHED))

    @pytest.mark.parametrize("route", ["direct", "translate", "glossary"])
    def test_prompts_use_the_t5s_spelling_and_answers_that_of_the_shop(self, recommender, route) -> None:
        answer = recommender.recommend(
            ["soccer-ball"], language="ar", route=route, translator="phrasebook", top=34, explain=True
        )

        assert "Hocket Puck" in answer.question.prompt and "Hockey Puck" not in answer.question.prompt
        puck = next(ranked for ranked in answer.ranking if ranked.item.id == "hockey-puck")
        assert puck.name == SHOP["hockey-puck"].name("ar")

    def test_an_owned_puck_is_spelled_its_way_too(self, recommender) -> None:
        answer = recommender.recommend(["Hockey Puck"])

        assert answer.question.prompt.startswith("ITEMS PURCHASED: {Hocket Puck}")
        assert "hockey-puck" not in [ranked.item.id for ranked in answer.ranking]

    @pytest.mark.parametrize("written", ["Hocket Puck", "Hockey Puck"])
    def test_either_spelling_of_its_output_means_the_item(self, recommender, monkeypatch, written) -> None:
        monkeypatch.setattr(recommender.scorer, "generate", lambda prompts: [written])

        assert recommender.recommend(["Soccer Ball"]).raw_generation.valid
        assert recommender.recommend(["Hockey Puck"]).raw_generation.owned

    def test_what_it_reads_follows_from_its_vocabulary(self, recommender) -> None:
        assert recommender.scorer.prompt_format.languages == ("en",)
        assert Checkpoint.load().prompt_format.languages == LANGUAGES

    def test_the_bundled_t5_keeps_the_shelfs_spelling(self) -> None:
        assert "Hockey Puck" in load().recommend(["Soccer Ball"]).question.prompt
        assert all(load().recommend(["soccer-ball"], language=code).pick for code in LANGUAGES)
