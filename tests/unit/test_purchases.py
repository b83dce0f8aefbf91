"""What is said of a shop's purchases that cannot be used."""

from __future__ import annotations

from pathlib import Path

from recommender.shop.catalog import Catalog
from recommender.shop.purchases import MAX_LISTED, Refusal, print_refusals, read_orders


def test_of_many_refused_rows_the_first_ones_are_printed_and_the_others_counted(capsys) -> None:
    print_refusals(Path("purchases.csv"), [Refusal(2 + n, "next is empty.") for n in range(MAX_LISTED + 1)])

    *named, rest = capsys.readouterr().err.splitlines()
    assert named == [f"purchases.csv, line {2 + n}: next is empty." for n in range(MAX_LISTED)]
    assert rest == "… and 1 more."


def test_a_sku_that_was_escaped_for_a_spreadsheet_is_found(tmp_path) -> None:
    (tmp_path / "inventory.csv").write_text("id,name,sku\na,Saw,+A1\nb,Rake,-B2\n", encoding="utf-8")
    catalog = Catalog.load(tmp_path / "inventory.csv")
    path = tmp_path / "purchases.csv"
    path.write_text("purchased,repeated\n'+A1;-B2,'-B2\n", encoding="utf-8")
    (order,) = read_orders(path, catalog)
    assert order.ids == ["a", "b"] and [item.id for item in order.targets] == ["a"]
    path.write_text("purchased,next\n'+A1,'-B2\n", encoding="utf-8")
    (order,) = read_orders(path, catalog)
    assert order.ids == ["a", "b"] and [item.id for item in order.targets] == ["b"]
