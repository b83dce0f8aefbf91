"""What is said of a shop's purchases that cannot be used."""

from __future__ import annotations

from pathlib import Path

from recommender.shop.purchases import NAMED, Refusal, print_refusals


def test_of_many_refused_rows_the_first_ones_are_printed_and_the_others_counted(capsys) -> None:
    print_refusals(Path("purchases.csv"), [Refusal(2 + n, "next is empty.") for n in range(NAMED + 1)])

    *named, rest = capsys.readouterr().err.splitlines()
    assert named == [f"purchases.csv, line {2 + n}: next is empty." for n in range(NAMED)]
    assert rest == "… and 1 more."
