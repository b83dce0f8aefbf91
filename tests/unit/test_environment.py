import gc
import os
import pickle
import re
import subprocess
import sys
import tempfile
import weakref
from pathlib import Path

import pytest

from recommender.__main__ import main
from recommender.environment import find_cache_folder, freeze_gc, prepare_environment
from recommender.errors import BadName, RecommenderError
from tests.conftest import ROOT

OWN = "127.0.0.1,localhost,::1,192.0.2.7"


class Cycle:
    def __init__(self):
        self.myself = self


@pytest.fixture(autouse=True)
def _thaw():
    yield
    gc.unfreeze()


def test_objects_loaded_inside_freeze_gc_are_frozen_and_later_ones_are_not():
    with freeze_gc():
        assert not gc.isenabled()
        inside = weakref.ref(Cycle())
    after = weakref.ref(Cycle())
    gc.collect()
    assert inside() is not None
    assert after() is None
    assert gc.isenabled()


def test_a_load_that_fails_leaves_the_collector_on():
    with pytest.raises(ValueError, match="broken"), freeze_gc():
        raise ValueError("broken")
    assert gc.isenabled()


def test_an_operators_own_choice_stands(monkeypatch):
    monkeypatch.setenv("HF_HOME", "/mine")
    monkeypatch.delenv("HF_HUB_DISABLE_XET", raising=False)
    with monkeypatch.context() as process:
        process.setattr(os, "environ", dict(os.environ))

        prepare_environment()

        assert (os.environ["HF_HOME"], os.environ["HF_HUB_DISABLE_XET"]) == ("/mine", "1")


def test_where_the_cache_cannot_be_written_files_go_to_the_temporary_directory(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file" / "cache"))
    assert find_cache_folder() == Path(tempfile.gettempdir())

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert find_cache_folder() == tmp_path / "cache" and (tmp_path / "cache").is_dir()


def test_without_a_home_directory_files_go_to_the_temporary_directory(tmp_path, monkeypatch):
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)  # as for a user who is in no list of users
    monkeypatch.chdir(tmp_path)

    assert find_cache_folder() == Path(tempfile.gettempdir())
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("given", "threads"),
    [
        ({}, "1"),
        ({"OMP_NUM_THREADS": "4"}, "4"),
        ({"RECOMMENDER_THREADS": "3"}, "3"),
        ({"OMP_NUM_THREADS": "4", "RECOMMENDER_THREADS": "3"}, "3"),
    ],
)
def test_threads_are_the_operators_choice_or_the_default(monkeypatch, given, threads):
    with monkeypatch.context() as process:
        process.setattr(os, "environ", given)
        prepare_environment(threads=1)
        assert os.environ["OMP_NUM_THREADS"] == threads


@pytest.mark.parametrize("threads", ["abc", "0", "-1", "2.5", "²"])
def test_a_number_of_threads_that_is_none_is_refused_and_the_command_line_says_so(monkeypatch, capsys, threads):
    says = f"RECOMMENDER_THREADS must be a whole number from 1 up, not '{threads}'."
    monkeypatch.setattr(os, "environ", {"RECOMMENDER_THREADS": threads})

    with pytest.raises(RecommenderError, match=f"^{re.escape(says)}$"):
        prepare_environment()
    with pytest.raises(SystemExit, match="2"):
        main(["recommend", "--purchased", "Soccer Ball"])

    assert capsys.readouterr().err == f"python -m recommender: {says}\n"


@pytest.mark.parametrize(
    ("given", "lower", "upper"),
    [
        ({}, None, None),
        ({"HTTPS_PROXY": "http://p"}, OWN, OWN),
        ({"all_proxy": "http://p", "NO_PROXY": "shop.example"}, f"shop.example,{OWN}", f"shop.example,{OWN}"),
        ({"no_proxy": "a, ::1", "NO_PROXY": "b"}, "a,::1,127.0.0.1,localhost,192.0.2.7", f"b,{OWN}"),
        ({"http_proxy": "http://p", "NO_PROXY": "*"}, "*", "*"),
    ],
)
def test_the_own_addresses_are_asked_without_the_operators_proxy(monkeypatch, given, lower, upper):
    monkeypatch.setattr(os, "environ", dict(given))
    for _ in range(2):
        prepare_environment(host="192.0.2.7")
    assert (os.environ.get("no_proxy"), os.environ.get("NO_PROXY")) == (lower, upper)


@pytest.mark.parametrize(
    ("given", "path"),
    [("shop", "/shop"), ("/a/b/", "/a/b"), ("/shop", "/shop"), ("https://x.example/shop", "https://x.example/shop")],
)
def test_a_sub_path_gets_its_slash(monkeypatch, given, path):
    monkeypatch.setattr(os, "environ", {"GRADIO_ROOT_PATH": given})
    prepare_environment()
    assert os.environ["GRADIO_ROOT_PATH"] == path


def test_an_error_arrives_whole_in_another_process():
    error = BadName("taken", "There is one already.")
    error.added_later = 1
    copied = pickle.loads(pickle.dumps(error))
    assert (type(copied), str(copied), copied.reason, copied.added_later) == (BadName, str(error), "taken", 1)


@pytest.mark.parametrize("before", ["", "logging.basicConfig(format='%(message)s', level='INFO')"])
def test_a_line_of_the_log_is_written_once_whatever_else_sets_up_logging(before):
    code = f"""if True:
        import logging
        from recommender.environment import start_log
        {before}
        start_log()
        logging.basicConfig(format="%(name)s: %(message)s", level="INFO")  # as the MCP library does it, later
        logging.getLogger("recommender.ui.service").info("an answer")"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, cwd=ROOT)
    assert done.stderr.splitlines() == ["an answer"]
