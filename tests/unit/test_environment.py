import gc
import os
import pickle
import tempfile
import weakref
from pathlib import Path

import pytest

from recommender.environment import find_cache_folder, freeze_gc, prepare_environment
from recommender.errors import BadName


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


def test_an_error_arrives_whole_in_another_process():
    error = BadName("taken", "There is one already.")
    error.added_later = 1
    copied = pickle.loads(pickle.dumps(error))
    assert (type(copied), str(copied), copied.reason, copied.added_later) == (BadName, str(error), "taken", 1)
