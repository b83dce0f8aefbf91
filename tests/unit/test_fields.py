"""The limits on the fields of a call."""

from __future__ import annotations

import pytest

from recommender.ui.fields import BadRequest, read_recommend


@pytest.mark.parametrize(("field", "most"), [("purchased", 1_000), ("add_items", 20)])
def test_as_many_texts_as_the_limit_are_taken_and_one_more_is_refused(field, most) -> None:
    texts = ["Soccer Ball"] * most

    assert read_recommend({"purchased": "Soccer Ball", field: texts})[field] == texts
    with pytest.raises(BadRequest, match=f"{field} is too long: {most} texts"):
        read_recommend({"purchased": "Soccer Ball", field: [*texts, "Soccer Ball"]})


def test_as_many_characters_as_the_limit_are_taken_and_one_more_is_refused() -> None:
    halves = ["x" * 50_000, "y" * 50_000]

    assert read_recommend({"purchased": halves})["purchased"] == halves
    with pytest.raises(BadRequest, match="100000 characters"):
        read_recommend({"purchased": [*halves, "z"]})
