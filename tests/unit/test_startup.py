import gc
import weakref

import pytest

from recommender.startup import lasting


class Cycle:
    def __init__(self):
        self.myself = self


@pytest.fixture(autouse=True)
def _thaw():
    yield
    gc.unfreeze()


def test_what_is_loaded_inside_is_kept_from_the_collector_and_what_comes_after_is_not():
    with lasting():
        assert not gc.isenabled()
        inside = weakref.ref(Cycle())
    after = weakref.ref(Cycle())
    gc.collect()
    assert inside() is not None
    assert after() is None
    assert gc.isenabled()


def test_a_load_that_fails_leaves_the_collector_on():
    with pytest.raises(ValueError, match="broken"), lasting():
        raise ValueError("broken")
    assert gc.isenabled()
