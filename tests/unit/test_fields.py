"""The limits on the fields of a call."""

from __future__ import annotations

import pytest

from recommender.ui.fields import BadRequest, check_text, read_recommend


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


@pytest.mark.parametrize("value", [3, 3.0, [3], [3.0], "[3.0]"])
def test_a_whole_number_in_a_basket_is_a_sku_however_it_is_written(value) -> None:
    assert read_recommend({"purchased": value})["purchased"] == ["3"]


@pytest.mark.parametrize("value", [3, 3.0, "3"])
def test_a_whole_number_is_a_sku_in_why_not_too(value) -> None:
    assert read_recommend({"purchased": "4", "why_not": value})["why_not"] == "3"


@pytest.mark.parametrize("value", [3.5, [3.5], [float("inf")], float("nan"), True, [True]])
def test_any_other_number_in_a_basket_is_refused(value) -> None:
    with pytest.raises(BadRequest, match="purchased must be a list of texts"):
        read_recommend({"purchased": value})


@pytest.mark.parametrize("value", [9_999_999_999, 9_999_999_999.0, "9999999999", " 9999999999.0 "])
def test_a_count_of_any_length_is_the_same_as_a_number_and_as_a_text(value) -> None:
    assert read_recommend({"purchased": "Soccer Ball", "top": value})["top"] == 9_999_999_999


@pytest.mark.parametrize("value", ["0", "3.5", "-1", "9" * 10_000, "1e3", "", "٠"])
def test_a_text_that_is_no_count_is_refused(value) -> None:
    with pytest.raises(BadRequest, match="top must be a whole number from 1 up"):
        read_recommend({"purchased": "Soccer Ball", "top": value})


def test_null_for_a_text_that_is_needed_is_a_field_that_is_missing() -> None:
    with pytest.raises(BadRequest, match=r"^language is missing\.$"):
        check_text("language", None)
