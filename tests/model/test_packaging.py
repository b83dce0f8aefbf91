"""The wheel: what it holds, what it requires, and that it works far from the checkout."""

import importlib.metadata
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from recommender.__main__ import main
from tests.conftest import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check", "-q")


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    """Return a folder with the installed wheel, and nothing else."""
    folder = tmp_path_factory.mktemp("wheel")
    source, site = folder / "source", folder / "site"
    for name in ("recommender", "data"):
        shutil.copytree(ROOT / name, source / name)
    for name in ("pyproject.toml", "requirements.txt", "README.md"):
        shutil.copy(ROOT / name, source)
    build = ("wheel", "--no-deps", "--no-index", "--no-build-isolation", "--wheel-dir", folder, source)
    subprocess.run([*PIP, *build], check=True, timeout=120)
    (wheel,) = folder.glob("*.whl")
    subprocess.run([*PIP, "install", "--no-deps", "--no-index", "--target", site, wheel], check=True, timeout=120)
    return site


def shipped(folder: Path) -> set[str]:
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_every_package_of_the_tree_is_listed():
    found = {path.parent.relative_to(ROOT).as_posix() for path in (ROOT / "recommender").rglob("__init__.py")}

    assert {name.replace(".", "/") for name in PROJECT["tool"]["setuptools"]["packages"]} == found | {
        "recommender/data"
    }


@pytest.mark.slow
def test_the_wheel_holds_every_file_of_the_package_and_of_the_demos_shop(site):
    assert shipped(site / "recommender" / "data") == shipped(ROOT / "data")
    assert shipped(site / "recommender") - {f"data/{name}" for name in shipped(ROOT / "data")} == shipped(
        ROOT / "recommender"
    )


@pytest.mark.slow
def test_the_wheel_requires_what_a_space_installs(site):
    (wheel,) = importlib.metadata.distributions(name="t5-recommender", path=[str(site)])
    required = {Requirement(line) for line in wheel.requires or () if "extra ==" not in line}

    assert required == set(map(Requirement, (ROOT / "requirements.txt").read_text("utf-8").split()))


@pytest.mark.slow
def test_the_installed_command_line_recommends_from_any_folder(site, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "recommender", "recommend", "--purchased", "Soccer Ball"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
        timeout=120,
    )

    assert "Soccer Jersey" in done.stdout, done.stderr


@pytest.mark.slow
def test_the_console_script_is_the_same_command_line(site):
    (wheel,) = importlib.metadata.distributions(name="t5-recommender", path=[str(site)])
    (script,) = wheel.entry_points

    assert script.name == "t5-recommender"
    assert script.load() is main
