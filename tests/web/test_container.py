"""The Dockerfile, as far as it can be tested without Docker: what it copies, who runs it, and its health check."""

from __future__ import annotations

import fnmatch
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from huggingface_hub import SpaceCard

from benchmarks.serving import find_free_port
from tests.conftest import ROOT
from tests.support.bundled import bundled

Step = tuple[str, str]  # instruction, the rest


def steps() -> list[Step]:
    text = (ROOT / "Dockerfile").read_text("utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(line.split(None, 1)[0], re.sub(r"\s+", " ", line.split(None, 1)[1])) for line in lines]


def of(instruction: str) -> list[str]:
    return [rest for name, rest in steps() if name == instruction]


def copied() -> list[str]:
    """Return the files and folders that are copied."""
    return [source for rest in of("COPY") for source in rest.split()[:-1]]


def health_check() -> str:
    return of("HEALTHCHECK")[0].partition(" CMD ")[2]


def healthy(port: int, **variables: str) -> bool:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "GRADIO_SERVER_PORT": str(port), **variables}
    check = subprocess.run(["sh", "-c", health_check()], env=environment, capture_output=True, timeout=60)
    return check.returncode == 0


def test_it_starts_from_pythons_own_small_image_of_the_version_that_the_space_runs() -> None:
    space = SpaceCard.load(ROOT / "README.md").data

    assert of("FROM") == [f"python:{space.python_version}-slim"]


def test_the_page_does_not_run_as_root() -> None:
    names = [name for name, _ in steps()]

    assert of("USER")[-1] not in ("root", "0")
    assert names.index("USER") < names.index("CMD")
    assert f"useradd --create-home {of('USER')[-1]}" in of("RUN")


def test_everything_that_it_copies_is_there_and_reaches_the_builder() -> None:
    ignored = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    let_in = [line.removeprefix("!") for line in ignored if line.startswith("!")]

    for source in copied():
        assert (ROOT / source).exists()
        assert any(fnmatch.fnmatch(source, pattern) for pattern in let_in), source
    assert "*" in ignored


def test_it_holds_the_licence() -> None:
    assert "LICENSE" in copied()


@pytest.mark.slow
def test_what_is_copied_is_all_that_the_page_imports_or_reads(tmp_path) -> None:
    for source in copied():
        copy = shutil.copytree if (ROOT / source).is_dir() else shutil.copy
        copy(ROOT / source, tmp_path / source)
    program = """
import app, recommender
from recommender.shop.paths import DATA
print(recommender.__file__)
print(DATA)
print(recommender.load().recommend(["soccer-ball"]).pick.item.id)
"""

    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, timeout=120)

    *files, pick = done.stdout.split() or pytest.fail(done.stderr)
    assert pick == bundled().recommend(["soccer-ball"], generate=False).pick.item.id
    assert all(Path(name).is_relative_to(tmp_path) for name in files)


def test_the_port_is_the_one_exposed_and_the_page_listens_to_the_outside() -> None:
    settings = dict(pair.split("=") for pair in " ".join(of("ENV")).split())

    assert of("EXPOSE") == [settings["GRADIO_SERVER_PORT"]]
    assert settings["GRADIO_SERVER_NAME"] == "0.0.0.0"
    assert of("CMD") == ['["python", "app.py"]']


def test_the_health_check_passes_while_the_t5_answers(app) -> None:
    asked = Request(f"{app.address}/api/recommend", b'{"purchased": ["soccer-ball"]}')
    with urlopen(asked, timeout=60):  # answered once the T5 is loaded
        port = int(app.address.rpartition(":")[2])
        assert healthy(port)
        # Docker passes its own proxy on to containers.
        assert healthy(port, HTTP_PROXY=f"http://127.0.0.1:{find_free_port()}", NO_PROXY="", no_proxy="")


def test_the_health_check_asks_whether_the_t5_answers() -> None:
    assert "/health" in health_check()


def test_the_health_check_fails_where_nobody_answers() -> None:
    assert not healthy(find_free_port())


@pytest.mark.parametrize(
    "name", ["Dockerfile", ".dockerignore", ".github/workflows/space.yml", ".github/workflows/test.yml"]
)
def test_no_other_registry_is_named(name) -> None:
    assert not re.search(r"https?://(?!127\.0\.0\.1)", (ROOT / name).read_text("utf-8"))
