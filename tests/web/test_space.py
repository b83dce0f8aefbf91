"""The repository as a Hugging Face Space: its header, its files, its requirements, and how it gets there."""

from __future__ import annotations

import os
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


def read_workflow(name: str) -> dict:
    """Return a workflow's settings; its "on" is under True, for YAML 1.1 takes the word for yes."""
    return yaml.safe_load((ROOT / ".github/workflows" / name).read_text("utf-8"))


def commands(job: dict) -> list[list[str]]:
    """Return the words of every command that a job runs, in order."""
    return [shlex.split(step["run"]) for step in job["steps"] if "run" in step]


@pytest.fixture(scope="module")
def deployment() -> dict:
    return read_workflow("space.yml")


def test_every_push_is_tested_as_anywhere_else() -> None:
    workflow = read_workflow("test.yml")
    (job,) = workflow["jobs"].values()

    assert {"push", "pull_request"} <= set(workflow[True])
    assert commands(job) == [[".ci/run"]]
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


def test_only_a_tested_commit_of_main_reaches_the_space(deployment) -> None:
    (job,) = deployment["jobs"].values()
    (trigger,) = deployment[True].values()
    checkout = next(step for step in job["steps"] if step.get("uses", "").startswith("actions/checkout@"))

    assert set(deployment[True]) == {"workflow_run"}
    assert (trigger["workflows"], trigger["branches"]) == ([read_workflow("test.yml")["name"]], ["main"])
    conditions = {re.sub(r"^github\.event\.workflow_run\.", "", part.strip()) for part in job["if"].split("&&")}
    assert {"vars.SPACE != ''", "conclusion == 'success'", "event == 'push'"} <= conditions
    assert checkout["with"]["ref"] == "${{ github.event.workflow_run.head_sha }}"


def test_the_deployment_may_read_the_repository_and_nothing_more(deployment) -> None:
    (job,) = deployment["jobs"].values()

    assert deployment["permissions"] == {"contents": "read"}
    assert [step["env"]["HF_TOKEN"] for step in job["steps"] if "env" in step] == ["${{ secrets.HF_TOKEN }}"]


def test_the_upload_is_a_command_that_the_pinned_client_understands(deployment) -> None:
    (job,) = deployment["jobs"].values()
    install, (program, command, *arguments) = commands(job)
    client = Path(sys.executable).with_name("hf")
    understood = subprocess.run([client, command, "--help"], capture_output=True, text=True, timeout=120).stdout

    assert install == ["pip", "install", f"huggingface_hub=={version('huggingface_hub')}"]
    assert (program, command, arguments[:3]) == ("hf", "upload", ["$SPACE", ".", "."])
    assert [option for option in arguments if option.startswith("--") and option not in understood] == []
    assert arguments[arguments.index("--repo-type") + 1] == "space"


@pytest.mark.parametrize("name", ["SPACE", "HF_TOKEN", "space.yml"])
def test_the_documentation_says_what_the_workflow_needs(name) -> None:
    assert name in (ROOT / "docs" / "operate.md").read_text("utf-8")


def test_pre_commit_runs_the_linters_of_ci_from_the_same_environment() -> None:
    settings = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))
    hooks = [hook["entry"] for repository in settings["repos"] for hook in repository["hooks"]]
    script = (ROOT / ".ci" / "run").read_text("utf-8").splitlines()

    assert {repository["repo"] for repository in settings["repos"]} == {"local"}
    in_ci = [line.removesuffix(" .") for line in script if line.startswith(".venv/bin/") and "pip" not in line]
    assert hooks == in_ci
