"""The import command: the columns and rows that it is told, and what it says of an export."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from benchmarks.hardware import Hardware
from recommender.__main__ import main
from recommender.orders.columns import Field
from recommender.shop.folder import Shop
from recommender.shop.purchases import read_orders
from recommender.training.shop_data import FEWEST

HEADER = "order,customer,date,sku,title\n"
PLAIN = f"{HEADER}1,ann,2026-01-02,A,Saw\n1,ann,2026-01-02,B,Rake\n"


@pytest.fixture
def bring(tmp_path, capsys):
    """Import an export, and return the shop with the lines that were printed."""

    def run(text: str, *options: str) -> tuple[Shop, list[str]]:
        (tmp_path / "orders.csv").write_text(text, encoding="utf-8")
        assert main(["import", str(tmp_path / "orders.csv"), "--output", str(tmp_path / "shop"), *options]) == 0
        return Shop.open(tmp_path / "shop"), capsys.readouterr().out.splitlines()

    return run


def read_baskets(path: Path) -> list[str]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [row["purchased"] for row in csv.DictReader(file)]


def test_every_column_can_be_named(bring):
    columns = {field: f"x{n}" for n, field in enumerate(Field)}
    lines = ["1,ann,2026-02-01,S-1,Saw,1,Tools,paid,,0", "1,ann,2026-02-01,S-2,Rake,2,Garden,,,1"]
    lines += ["2,bob,,S-1,,1,,cancelled,,", "3,bob,,S-1,,1,,paid,2026-02-02,", "4,bob,,S-1,,2,,paid,,2"]
    options = [word for field, column in columns.items() for word in (f"--{field}", column)]
    shop, printed = bring("\n".join([",".join(columns.values()), *lines]), *options)
    assert printed[0] == f"Columns: {', '.join(f'{field} = {column}' for field, column in columns.items())}."
    assert [(item.id, item.name("en"), item.sport) for item in shop.load_catalog()] == [
        ("S-1", "Saw", "Tools"),
        ("S-2", "Rake", "Garden"),
    ]
    assert read_baskets(shop.purchases) == ["S-1;S-2"]


@pytest.mark.parametrize(
    ("by", "baskets", "said"),
    [
        ("order", ["A", "B"], "Orders: 2; with two products or more: 0."),
        ("customer", ["A;B"], "Customers: 1; with two products or more: 1."),
    ],
)
def test_a_row_can_be_an_order_or_a_customer(bring, by, baskets, said):
    shop, printed = bring(f"{HEADER}1,ann,2026-01-02,A,Saw\n2,ann,2026-01-03,B,Rake\n", "--by", by)
    assert read_baskets(shop.purchases) == baskets and said in printed[1]


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("customer,sku,title\nann,A,Saw\nann,B,Rake\n", "No column names the order, so that a customer is a row"),
        ("order,sku\n1,A\n1,B\n", "No column names the title, and SKUs say nothing to the T5"),
        (f"{PLAIN}1,,,,\n2,,,,\n", "More than a third of the lines were refused"),
        (
            "order,status,sku,title\n1,,A,Saw\n1,,B,Rake\n2,cancelled,A,Saw\n",
            "Lines left out, of orders that were cancelled or refunded (status: cancelled): 1.",
        ),
        (
            f"{HEADER}1,ann,,A,Saw\n1,ann,,A,Rake\n1,ann,,B,Hoe\n",
            'SKUs with different titles in one order, such as "A": 1.',
        ),
        (
            "order,title\n1,Saw; Hammer\n2,2x Glue; Saw\n",
            "Most titles look like several items in one cell, such as",
        ),
        (f"{PLAIN}1,,,,Shipping\n2,,,,DHL Paket\n", "Lines refused as shipping, fees, taxes and discounts: 2."),
        (f"{HEADER}1,ann,,A 1,Saw\n1,ann,,B,Rake\n", "SKUs that cannot be ids: 1."),
        (f"{HEADER}1,ann,soon,A,Saw\n1,ann,,B,Rake\n", 'Dates that could not be read, such as "soon": 1.'),
        (f"{HEADER}1,ann,25/12/2025,A,Saw\n1,ann,12/25/2025,B,Rake\n", "Some dates are day/month and some month/day"),
        (f"{HEADER}1,ann,5/11/2026,A,Saw\n1,ann,5/11/2026,B,Rake\n", "Dates such as 5/11 were read as day/month."),
        (
            HEADER + "".join(f"{n},ann,,A{n},Saw {n}\n{n},ann,,B{n},Rake {n}\n" for n in range(21)),
            "One customer has 21 of 21 orders. If that is guests",
        ),
        (
            HEADER + "".join(f"{n},,,A{n},Saw {n}\n{n},,,{'P,Parcel' if n < 11 else 'Q,Rake'}\n" for n in range(20)),
            '"Parcel" is in 11 of 20 orders: if that is no product, such as shipping or a discount, leave its lines',
        ),
        (f"{HEADER}1,ann,,A,Saw\n2,ann,,B,Rake\n", "Few orders hold two products: --by customer may say more"),
    ],
    ids=lambda value: value if "\n" not in value else "",
)
def test_what_may_be_otherwise_than_its_owner_thinks_is_noted(bring, text, note):
    _, (_columns, _counts, *notes, _written) = bring(text)
    assert [found[: len(note)] for found in notes] == [note]


def test_the_first_ten_statuses_that_were_left_out_are_listed(bring):
    lines = [f"{n},cancelled by {who},A,Saw" for n, who in enumerate("abcdefghijk")]
    _, printed = bring("\n".join(["order,status,sku,title", *lines, "12,,A,Saw", "12,,B,Rake"]))
    (note,) = (line for line in printed if line.startswith("Lines left out"))
    assert "refunded (status: cancelled by a; status: cancelled by b;" in note
    assert note.endswith("cancelled by j; …): 11.")


def test_a_file_in_another_encoding_is_named_with_its_line(tmp_path, capsys):
    (tmp_path / "a.csv").write_bytes("order,sku,title\n1,A,Säge\n".encode("cp1252"))
    (tmp_path / "b.csv").write_bytes(b"order,sku,title\n2,B,D\x81bel\n")
    command = ["import", str(tmp_path / "a.csv"), str(tmp_path / "b.csv"), "--output", str(tmp_path / "shop")]
    for options, said in (
        (["--encoding", "cp1252"], "b.csv, line 2, is not CP1252 text. Save the file as “CSV UTF-8”.\n"),
        ([], "a.csv, line 2, is not UTF-8 text. Save the file as “CSV UTF-8”. Or name its encoding, such as "),
    ):
        with pytest.raises(SystemExit, match="2"):
            main([*command, *options])
        assert said in (refused := capsys.readouterr().err)
    assert "--encoding cp1252 (Western Europe) or cp1256 (Arabic)." in refused


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ([], "a.csv, line 1, is not UTF-8 text. Save the file as “CSV UTF-8”. Or name its encoding, such as "),
        (["--encoding", "utf-16"], "a.csv, line 1, is not UTF-16 text. Save the file as “CSV UTF-8”.\n"),
        (["--encoding", "utf-32"], "a.csv, line 1, is not UTF-32 text. Save the file as “CSV UTF-8”.\n"),
    ],
)
def test_utf_16_without_its_mark_is_read_by_its_full_name_alone(tmp_path, capsys, options, says):
    (tmp_path / "a.csv").write_bytes(PLAIN.encode("utf-16-le"))
    command = ["import", str(tmp_path / "a.csv"), "--output", str(tmp_path / "shop")]
    with pytest.raises(SystemExit, match="2"):
        main([*command, *options])
    assert says in (said := capsys.readouterr().err) and "\0" not in said
    assert main([*command, "--encoding", "utf-16-le"]) == 0


def test_of_a_header_without_what_is_needed_the_first_ten_columns_are_named(tmp_path, capsys):
    (tmp_path / "a.csv").write_text(",".join(f"c{n}" for n in range(20_001)), "utf-8")
    with pytest.raises(SystemExit, match="2"):
        main(["import", str(tmp_path / "a.csv"), "--output", str(tmp_path / "shop")])
    said = capsys.readouterr().err
    assert said.endswith("The file has c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, ….\n")


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (
            OSError(30, "Read-only file system", "shop/write.lock"),
            "shop/write.lock cannot be read or written: Read-only",
        ),
        (FileExistsError(17, "File exists", Path("shop")), "shop cannot be read or written: File exists."),
        (OSError(28, "No space left on device"), "A file cannot be read or written: No space left on device."),
        (ConnectionRefusedError(111, "Connection refused"), "Connection refused."),
        (OSError("The library's own words."), "The library's own words."),
    ],
)
def test_an_error_of_the_system_is_a_sentence(tmp_path, monkeypatch, capsys, error, says):
    def fail(*_, **__):
        raise error

    (tmp_path / "orders.csv").write_text(PLAIN, "utf-8")
    monkeypatch.setattr("recommender.cli.import_orders.import_orders", fail)
    with pytest.raises(SystemExit, match="2"):
        main(["import", str(tmp_path / "orders.csv"), "--output", str(tmp_path / "shop")])
    said = capsys.readouterr().err
    assert f"python -m recommender: {says}" in said and "Errno" not in said


def test_an_empty_file_is_called_empty(tmp_path, capsys):
    for content in ("", "\n,,\n"):
        (tmp_path / "orders.csv").write_text(content, "utf-8")
        with pytest.raises(SystemExit, match="2"):
            main(["import", str(tmp_path / "orders.csv"), "--output", str(tmp_path / "shop")])
        assert "orders.csv: the file is empty." in capsys.readouterr().err


def test_of_a_plain_export_nothing_is_noted(bring):
    shop, printed = bring(PLAIN)
    assert printed == [
        "Columns: order = order, customer = customer, date = date, sku = sku, title = title.",
        "Lines read: 2; refused: 0. Products: 2. Orders: 1; with two products or more: 1. Repeat purchases: 0.",
        f"Written: {shop.folder}. Too few orders have two products or more to train a T5: 1, and at least 20 are "
        f"needed. Next: python app.py --shop {shop.folder}",
    ]


@pytest.mark.parametrize(
    ("by", "count", "says"),
    [
        ("order", FEWEST, "Next: python -m recommender train --shop {shop}"),
        (
            "order",
            FEWEST - 1,
            "Too few orders have two products or more to train a T5: 19, and at least 20 are needed. "
            "Next: python app.py --shop {shop}",
        ),
        (
            "customer",
            1,
            "Too few customers have two products or more to train a T5: 1, and at least 20 are needed. "
            "Next: python app.py --shop {shop}",
        ),
    ],
)
def test_training_is_named_next_only_where_it_is_not_refused(bring, by, count, says):
    lines = "".join(f"{n},c{n},,A,Saw\n{n},c{n},,B,Rake\n" for n in range(count))
    shop, (*_, written) = bring(f"{HEADER}{lines}99,c99,,A,Saw\n", "--by", by)
    assert written == f"Written: {shop.folder}. {says.format(shop=shop.folder)}"


def test_the_command_says_what_it_understood(tmp_path, capsys):
    Hardware.build(60).export(tmp_path / "orders.csv", 200)
    with (tmp_path / "orders.csv").open("a") as file:
        file.write("1;2;3.1.2026\n" * 30)
    assert main(["import", str(tmp_path / "orders.csv"), "--output", str(tmp_path / "shop")]) == 0
    printed = capsys.readouterr()
    assert "order = Bestellnummer, customer = Kundennummer" in printed.out
    assert "; refused: 30." in printed.out and "Orders: 200; with two products or more: 200." in printed.out
    assert printed.err.count("it names no product") == 20 and "… and 10 more.\n" in printed.err
    shop = Shop.open(tmp_path / "shop")
    assert len(list(read_orders(shop.purchases, shop.load_catalog()))) == 200
