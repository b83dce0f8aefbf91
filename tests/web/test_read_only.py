"""The app where only the temporary directory is writable, and its user is not root."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from gradio_client import Client

from benchmarks.serving import start_app
from recommender.translation import GOOGLE_URL
from tests.conftest import ROOT
from tests.support.hub import PUBLISHED, Hub, published, serving_hub
from tests.support.servers import serving

pytestmark = pytest.mark.slow

SETPRIV = shutil.which("setpriv")
# Root may write anywhere; without its capabilities, only where the permissions say so.
POWERLESS = [SETPRIV, "--bounding-set=-all", "--inh-caps=-all"] if SETPRIV and os.geteuid() == 0 else []


@pytest.fixture
def nowhere_to_write(tmp_path, monkeypatch):
    """A copy of the app, and a home, that are read-only; what is left is the temporary directory, which is returned."""
    if os.geteuid() == 0 and not POWERLESS:
        pytest.skip("root without setpriv may write anywhere")
    copy, home, temporary = tmp_path / "app", tmp_path / "home", tmp_path / "tmp"
    copy.mkdir()
    for name in ("app.py", "recommender", "data"):
        (shutil.copytree if (ROOT / name).is_dir() else shutil.copy)(ROOT / name, copy / name)
    home.mkdir()
    temporary.mkdir()
    read_only = [home, copy, *copy.rglob("*")]
    for path in read_only:
        path.chmod(0o555 if path.is_dir() else 0o444)
    for variable in ("XDG_CACHE_HOME", "HF_HOME", "GRADIO_TEMP_DIR"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("TMPDIR", str(temporary))
    yield copy, temporary
    for path in read_only:
        path.chmod(0o755)


def test_it_answers_and_remembers_translations_in_the_temporary_directory(nowhere_to_write, monkeypatch) -> None:
    copy, temporary = nowhere_to_write
    with serving("ok") as google:
        monkeypatch.setenv(GOOGLE_URL, google.url)
        app = start_app(root=copy, prefix=POWERLESS)
        try:
            ask = {"language": "fr", "route": "translate", "api_name": "/recommend"}
            answer = Client(app.address, verbose=False, download_files=False).predict(["soccer-ball"], **ask)
        finally:
            app.process.terminate()
            app.process.wait(10)

    assert answer["translator"] == "google"
    assert answer["recommendations"][0]["id"] != "soccer-ball"
    assert (temporary / "t5-recommender" / "translations.sqlite").exists()


def test_gradio_and_hugging_face_keep_their_files_there_too(nowhere_to_write) -> None:
    copy, temporary = nowhere_to_write
    program = "import app, huggingface_hub.constants as hub; print(hub.HF_HUB_CACHE, app.demo.GRADIO_CACHE)"
    command = [*POWERLESS, sys.executable, "-c", program]

    printed = subprocess.run(command, cwd=copy, capture_output=True, text=True, timeout=120, check=True).stdout

    assert all(Path(line).is_relative_to(temporary) for line in printed.split())


def test_the_command_line_downloads_to_where_the_page_does(nowhere_to_write, monkeypatch, tmp_path) -> None:
    copy, temporary = nowhere_to_write
    (tmp_path / "t5").mkdir()
    with serving_hub(Hub(published(tmp_path / "t5"))) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
        options = ["--purchased", "Soccer Ball", "--checkpoint", PUBLISHED, "--json"]
        command = [*POWERLESS, sys.executable, "-m", "recommender", "recommend", *options]

        done = subprocess.run(command, cwd=copy, capture_output=True, text=True, timeout=120)

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["checkpoint"] == PUBLISHED
    assert list((temporary / "huggingface" / "hub").glob("models--*/snapshots/*/config.json"))


def test_importing_the_package_changes_nothing_about_the_process():
    program = (
        "import os, gc; before = dict(os.environ), gc.get_freeze_count()\n"
        "import recommender.t5.scorer, recommender.ui.page\n"
        "changed = {k for k in os.environ if k.startswith(('HF_', 'GRADIO_')) and k not in before[0]}\n"
        "print(changed or '', gc.get_freeze_count() - before[1] or '')"
    )
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("HF_", "GRADIO_"))}

    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )

    assert done.stdout.split() == []
