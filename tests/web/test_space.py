"""The repository as a Hugging Face Space: its header, its files, its requirements, and how it gets there."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
import yaml
from huggingface_hub import SpaceCard, SpaceCardData
from packaging.requirements import Requirement
from packaging.version import Version

from tests.conftest import ROOT

MAX_BYTES = 10_000_000  # a larger file would need LFS
COLOURS = {"red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"}
# What ZeroGPU takes, as its builder lists them; it picks one that the requirement allows.
ZEROGPU_TORCH = ("2.8.0", "2.9.1", "2.10.0", "2.11.0")


@pytest.fixture(scope="module")
def card() -> SpaceCardData:
    return SpaceCard.load(ROOT / "README.md").data


@pytest.fixture(scope="module")
def requirements() -> dict[str, Requirement]:
    lines = (ROOT / "requirements.txt").read_text("utf-8").split()
    return {requirement.name: requirement for requirement in map(Requirement, lines)}


def test_the_header_has_what_a_gradio_space_needs(card) -> None:
    assert isinstance(card, SpaceCardData)
    assert (card.title, card.sdk, card.license) == ("T5 Recommender", "gradio", "apache-2.0")
    assert card.python_version == "3.11"
    assert (ROOT / card.app_file).is_file()
    assert {card["colorFrom"], card["colorTo"]} <= COLOURS
    assert len(card["emoji"]) == 1
    assert re.fullmatch(r"\d+[mh]", card["startup_duration_timeout"])


def test_the_hub_takes_no_longer_description(card) -> None:
    assert 0 < len(card["short_description"]) <= 60


def test_the_models_named_are_hub_ids(card) -> None:
    assert card.models == ["mohammadhia/t5_recommendation_sports_equipment_english"]
    assert "preload_from_hub" not in card.to_dict()  # 3 GB that the bundled T5 does without


def test_the_space_runs_the_gradio_that_is_pinned_and_tested(card, requirements) -> None:
    assert str(requirements["gradio"].specifier) == f"=={card.sdk_version}"
    assert card.sdk_version == version("gradio")
    assert re.fullmatch(r"\d+\.\d+\.\d+", card.sdk_version)


def test_torch_may_be_any_that_zerogpu_has_and_at_most_the_one_tested(requirements) -> None:
    allowed = requirements["torch"].specifier

    assert all(v in allowed for v in (*ZEROGPU_TORCH, "2.13.0"))
    assert all(v not in allowed for v in ("2.7.1", "2.13.1", "2.14.0"))
    assert Version(version("torch")) in allowed


def test_all_else_is_pinned(requirements) -> None:
    assert [name for name, r in requirements.items() if not str(r.specifier).startswith("==")] == ["torch"]


def test_no_file_needs_lfs() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    sizes = {name: (ROOT / name).stat().st_size for name in listed.split("\0") if name and (ROOT / name).exists()}

    assert {name: size for name, size in sizes.items() if size >= MAX_BYTES} == {}
    assert {"app.py", "README.md", "requirements.txt", "data/model/model.safetensors"} <= set(sizes)


@pytest.fixture(scope="module")
def workflow() -> dict:
    return yaml.safe_load((ROOT / ".github/workflows/space.yml").read_text("utf-8"))


def test_the_space_follows_main_with_a_secret_token_and_no_more_rights_than_it_needs(workflow) -> None:
    assert workflow[True]["push"] == {"branches": ["main"]}  # YAML takes the word "on" for yes
    assert workflow["permissions"] == {"contents": "read"}
    assert workflow["jobs"]["sync"]["if"] == "vars.SPACE != ''"
    assert workflow["jobs"]["sync"]["steps"][-1]["env"]["HF_TOKEN"] == "${{ secrets.HF_TOKEN }}"


def test_the_upload_is_a_command_that_the_pinned_client_understands(workflow) -> None:
    *_, install, upload = workflow["jobs"]["sync"]["steps"]
    program, command, *arguments = shlex.split(upload["run"])
    client = Path(sys.executable).with_name("hf")
    understood = subprocess.run([client, command, "--help"], capture_output=True, text=True, timeout=120).stdout

    assert install["run"] == f"pip install huggingface_hub=={version('huggingface_hub')}"
    assert (program, command, arguments[:3]) == ("hf", "upload", ["$SPACE", ".", "."])
    assert [option for option in arguments if option.startswith("--") and option not in understood] == []
    assert arguments[arguments.index("--repo-type") + 1] == "space"


@pytest.mark.parametrize("name", ["SPACE", "HF_TOKEN", "space.yml"])
def test_the_readme_says_what_the_workflow_needs(name) -> None:
    assert name in (ROOT / "README.md").read_text("utf-8")
