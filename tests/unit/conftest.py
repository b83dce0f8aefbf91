"""Fixtures of the unit tests."""

from functools import partial

import pytest

from tests.support.orders import bring_orders


@pytest.fixture
def bring(tmp_path):
    """Import an export and return the shop's folder with what was understood."""
    return partial(bring_orders, tmp_path)
