"""Discontinued products are skipped and named on request."""

import csv

import pytest

from recommender.__main__ import main
from recommender.errors import RecommenderError
from recommender.shop.lookup import UnknownItem
from tests.support.bundled import bundled


def test_the_answer_names_what_it_skipped_and_is_that_of_the_rest():
    answer = bundled().recommend(["soccer-ball; SKU-4711", "Old Thing"], skip_unknown=True)
    assert answer.as_dict()["skipped"] == list(answer.skipped) == ["SKU-4711", "Old Thing"]
    assert [r.item for r in answer.ranking] == [r.item for r in bundled().recommend(["soccer-ball"]).ranking]
    with pytest.raises(RecommenderError, match="Ballon de football"):  # what is ambiguous is not unknown
        bundled().recommend(["Football"], language="fr", skip_unknown=True)
    with pytest.raises(RecommenderError, match="SKU-4711"):
        bundled().recommend(["SKU-4711"], skip_unknown=True)
    with pytest.raises(UnknownItem) as refused:  # nothing is left: all of them are named, the first with its closest
        bundled().recommend(["Socer Ball", "SKU-4711"], skip_unknown=True)
    assert "Soccer Ball" in refused.value.closest and '"SKU-4711"' in str(refused.value)
    with pytest.raises(RecommenderError, match="peut désigner plusieurs"):
        bundled().recommend(["casque"], language="fr", skip_unknown=True)


def test_batch_has_a_column_for_it_and_fails_if_every_row_was_refused(tmp_path, capsys):
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text("purchased\nsoccer-ball;SKU-4711\nSKU-4711\nsoccer-ball\n", encoding="utf-8")
    arguments = ["batch", "--input", str(source), "--output", str(target)]
    assert main([*arguments, "--skip-unknown"]) == 0
    with target.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["skipped"] for row in rows] == ["SKU-4711", "", ""]
    assert [bool(row["error"]) for row in rows] == [False, True, False]
    assert rows[0]["recommendation_id"] == rows[2]["recommendation_id"]
    assert main(arguments) == 0
    source.write_text("purchased\nSKU-4711\nSKU-4712\n", encoding="utf-8")
    assert main(arguments) == 2
    assert "2 of them refused" in capsys.readouterr().out
