"""Orders in: what shops export becomes a shop's folder."""

import csv
import tracemalloc

import pytest

from benchmarks.hardware import Hardware
from recommender.__main__ import main
from recommender.errors import RecommenderError
from recommender.shop.folder import Shop
from recommender.shop.order_format import DateOrder, Field, read_date
from recommender.shop.order_import import import_orders
from recommender.shop.purchases import read_orders
from tests.conftest import ROOT


@pytest.fixture
def bring(tmp_path):
    """Import an export and return the shop's folder with what was understood."""

    def run(text: str, given=(), by=None):
        source = tmp_path / "orders.csv"
        source.write_text(text, encoding="utf-8")
        shop = Shop(tmp_path / f"shop {len(list(tmp_path.iterdir()))}")
        return shop, import_orders(source, shop, dict(given), by)

    return run


def rows(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [tuple(row.values()) for row in csv.DictReader(file)]


@pytest.mark.parametrize(
    "header",
    [
        "order_id,customer_id,order_date,sku,product_name,qty,category",
        "InvoiceNo,CustomerID,InvoiceDate,StockCode,Description,Quantity,Category",
        "Name,Email,Created at,Lineitem sku,Lineitem name,Lineitem quantity,Product Type",
        "amazon-order-id,buyer,purchase-date,asin,title,quantity-ordered,department",
        "Bestellnummer,Kunden-Nr.,Bestelldatum,Artikelnummer,Bezeichnung,Menge,Warengruppe",
        "N° de commande,Client,Date de commande,Référence,Désignation,Quantité,Catégorie",
        "Número de pedido,Cliente,Fecha,Código,Descripción,Cantidad,Categoría",
        "رقم الطلب,رقم العميل,تاريخ الطلب,رمز المنتج,اسم المنتج,الكمية,الفئة",
    ],
)
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_columns_are_found_by_their_usual_names(bring, header, delimiter):
    lines = [header, "1,ann,2026-01-02,A-1,Saw,1,Tools", "1,ann,2026-01-02,B/2,Rake,2,Garden"]
    shop, report = bring("\n".join(lines).replace(",", delimiter))
    assert list(report.columns) == list(Field)
    assert [(item.id, item.name("en"), item.sport) for item in shop.load_catalog()] == [
        ("A-1", "Saw", "Tools"),
        ("B/2", "Rake", "Garden"),
    ]
    assert rows(shop.purchases) == [("A-1;B/2", "")]


def test_columns_with_other_names_are_given_as_options(bring):
    text = "beleg,ware\n1,Saw\n1,Rake\n"
    with pytest.raises(RecommenderError, match=r"sku or title usually is; name it with --sku or --title.*beleg, ware"):
        bring(text)
    with pytest.raises(RecommenderError, match="order or customer usually is"):
        bring(text, {Field.TITLE: "ware"})
    with pytest.raises(RecommenderError, match="header lacks wrae"):
        bring(text, {Field.TITLE: "wrae"})
    shop, _ = bring(text, {Field.TITLE: "Ware", Field.ORDER: "beleg"})
    assert rows(shop.purchases) == [("saw;rake", "")]


def test_repeat_purchases_are_told_apart_by_order(bring):
    text = (
        "order,customer,date,sku,title\n"
        "9,ann,2026-03-01,S,Saw\n9,ann,2026-03-01,R,Rake\n"
        "7,ann,2026-01-01,S,Saw\n7,ann,2026-01-01,S,Saw\n7,ann,2026-01-01,H,Hoe\n"
        "8,,2026-02-01,S,Saw\n"
    )
    shop, report = bring(text)
    assert sorted(rows(shop.purchases)) == [("S", ""), ("S;H", ""), ("S;R", "S")]
    assert (report.rows, report.pairs, report.repeated, report.refused) == (3, 2, 1, 0)
    (again,) = (order for order in read_orders(shop.purchases, shop.load_catalog()) if order.line == 4)
    assert [i.id for i in again.items] == ["S", "R"] and [i.id for i in again.targets] == ["R"]


def test_by_customer_a_row_is_what_one_bought_in_the_order_of_the_first_time(bring):
    text = "order,customer,date,sku\n2,ann,02.02.2026,R\n1,ann,01.02.2026,S\n3,ann,03.02.2026,S\n4,bob,01.01.2026,R\n"
    shop, report = bring(text, by=Field.CUSTOMER)
    assert sorted(rows(shop.purchases)) == [("R", ""), ("S;R", "S")]
    assert [item.name("en") for item in shop.load_catalog()] == ["Product R", "Product S"]
    without_orders, report = bring("customer,date,sku\nann,2026-02-02,R\nann,2026-02-01,S\n")
    assert rows(without_orders.purchases) == [("S;R", "")] and report.by == "customer"


def test_lines_that_cannot_be_used_are_refused_by_number_and_the_others_go_through(bring):
    text = (
        "order,date,sku,title,quantity\n1,2026-01-01,A,Saw,1\n"
        "1,2026-01-01,B,Rake,-1\n1,yesterday,B,Rake,1\n1,2026-13-01,B,Rake,1\n1,2026-01-01,,,1\n"
        ",2026-01-01,B,Rake,1\n1,2026-01-01,B,Rake,some\n1,2026-01-01,B,Rake,1,more\n1,,B,Rake,2\n"
    )
    shop, report = bring(text)
    assert rows(shop.purchases) == [("A;B", "")]
    assert report.refused == 7 and report.lines == 9
    says = ["returned", "yesterday", "calendar", "no product", "neither", "not a number", "6 cells"]
    for line, (reason, word) in enumerate(zip(report.reasons, says, strict=True), start=3):
        assert reason.startswith(f"line {line}: ") and word in reason


def test_titles_become_names_and_skus_become_ids(bring):
    lines = [
        "order,sku,title",
        '1,a 1,"Dübel: 8,5 mm; grau"',
        "1,A-1,Saw",
        "1,b,Saw",
        '1,c,"Saw\nfor\u200b wood"',
        "1,d,=HYPERLINK(1)",
        "1,e,…",
        f"1,f,{'Very long title ' * 9}1",
        f"1,g,{'Very long title ' * 9}2",
        "1,b,Better Saw",
    ]
    shop, _ = bring("\n".join(lines))
    catalog = shop.load_catalog()
    assert {item.id: item.name("en") for item in catalog} == {
        "a-1": "Dübel: 8,5 mm; grau",
        "A-1-2": "Saw",
        "b": "Better Saw",
        "c": "Saw for wood",
        "d": "HYPERLINK(1)",
        "e": "Product e",
        "f": f"{'Very long title ' * 9}1",
        "g": f"{'Very long title ' * 9}2",
    }
    assert catalog["a-1"].prompt_name("en") == "Dübel 8.5 mm grau"
    assert catalog.items[0].id == "b"  # what sells most comes first


def test_products_of_one_title_are_told_apart_by_their_id(bring):
    shop, _ = bring('order,sku,title\n1,a-1,"Saw, big"\n1,a_1,Saw big\n1,b,SAW big\n')
    assert [item.name("en") for item in shop.load_catalog()] == ["Saw, big", "Saw big (a_1)", "SAW big (b)"]


def test_the_first_line_of_an_order_speaks_for_the_others(bring):
    text = (
        "Name,Email,Created at,Lineitem name\n"
        "#1,ann@x.org,2026-02-01 10:00:00 +0100,Saw\n#1,,,Rake\n#2,ann@x.org,2026-01-01,Saw\n"
    )
    shop, _ = bring(text)
    assert rows(shop.purchases) == [("saw", ""), ("saw;rake", "saw")]
    assert "ann" not in shop.purchases.read_text("utf-8")  # of the customers nothing is kept


@pytest.mark.parametrize(
    ("text", "as_date", "day_first", "month_first"),
    [
        ("2026-11-05", 20261105000000, False, False),
        ("20261105", 20261105000000, False, False),
        ("2026-11-05T13:14:15Z", 20261105131415, False, False),
        ("5.11.26 7:05", 20261105070500, False, False),
        ("25/11/2026", 20261125000000, True, False),
        ("11/25/2026 1:05 PM", 20261125130500, False, True),
    ],
)
def test_dates_are_read_as_they_are_written(text, as_date, day_first, month_first):
    seen = DateOrder()
    assert read_date(text, seen) == (as_date, as_date)
    assert seen == DateOrder(day_first, month_first)


def test_day_and_month_are_told_apart_by_the_whole_file(bring):
    text = "order,customer,date,sku\n1,ann,2/1/2026,A\n2,ann,1/3/2026,B\n3,ann,{},C\n"
    day_first, _ = bring(text.format("25/12/2025"), by=Field.CUSTOMER)
    month_first, _ = bring(text.format("12/25/2025"), by=Field.CUSTOMER)
    assert rows(day_first.purchases) == [("C;A;B", "")]
    assert rows(month_first.purchases) == [("C;B;A", "")]


def test_a_folder_that_has_an_inventory_is_not_overwritten_and_an_unusable_file_leaves_none(bring, tmp_path):
    shop, _ = bring("order,sku\n1,A\n")
    with pytest.raises(RecommenderError, match=r"has an inventory.csv already"):
        import_orders(tmp_path / "orders.csv", shop, {})
    with pytest.raises(RecommenderError, match=r"no line that can be used. Line 2: "):
        bring("order,sku\n,A\n")
    assert len(list(tmp_path.iterdir())) == 2


def test_the_command_says_what_it_understood(tmp_path, capsys):
    Hardware.build(60).export(tmp_path / "orders.csv", 200)
    with (tmp_path / "orders.csv").open("a") as file:
        file.write("1;2;3;4\n" * 30)
    assert main(["import", str(tmp_path / "orders.csv"), "--output", str(tmp_path / "shop")]) == 0
    printed = capsys.readouterr()
    assert "order = Bestellnummer, customer = Kundennummer" in printed.out
    assert "30 refused: " in printed.out and " 200 orders, 200 of them with two products or more" in printed.out
    assert printed.err.count('the date "3" is not written as') == 20 and "and 10 more lines" in printed.err
    shop = Shop.open(tmp_path / "shop")
    assert len(list(read_orders(shop.purchases, shop.load_catalog()))) == 200


@pytest.mark.slow
def test_memory_does_not_grow_with_the_lines(bring):
    def peak(lines: int) -> int:
        text = "order,customer,sku\n" + "".join(f"{n // 3},c{n // 9},p{n % 50}\n" for n in range(lines))
        tracemalloc.start()
        bring(text)
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found - 3 * len(text)  # the test's own text, and what writing it takes

    assert peak(60_000) < peak(20_000) + 2_000_000


def test_ids_are_short_enough_for_an_inventory_even_where_two_begin_alike(bring):
    title = "Bosch Professional 18V System Akku-Schlagbohrschrauber GSB 18V-55 inklusive Koffer und zwei Akkus"
    sku = "A" * 70
    lines = ["order,sku,title", f"1,,{title}", f"1,{sku}1,Saw", f"1,{sku}2,Rake", f"1,{'B' * 64},Hoe"]
    shop, _ = bring("\n".join(lines))
    found = shop.load_catalog()  # refuses longer ids
    assert len(found) == 4 and "B" * 64 in found
    assert [len(line) for line in rows(shop.purchases)] == [2]
    assert rows(shop.purchases)[0][0].split(";") == [found.get(name).id for name in (title, "Saw", "Rake", "Hoe")]


def test_an_order_keeps_its_customer_and_date_if_its_first_line_is_refused(bring):
    header = "Name,Email,Created at,Lineitem name,Lineitem quantity"
    lines = ["#1,ann@x,2026-01-01,Hammer,1", "#2,ann@x,2026-01-02,Drill,0", "#2,,,Hammer,1", "#2,,,Saw,1"]
    shop, report = bring("\n".join([header, *lines]))
    assert report.refused == 1 and rows(shop.purchases) == [("hammer", ""), ("hammer;saw", "hammer")]
    shop, _ = bring("\n".join([header, *lines]), by=Field.CUSTOMER)
    assert rows(shop.purchases) == [("hammer;saw", "hammer")]


def test_an_import_that_was_interrupted_can_be_repeated(bring, tmp_path, monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("recommender.shop.order_import._write_purchases", stop)
        source = tmp_path / "export.csv"
        source.write_text("order,title\n1,Saw\n1,Rake\n", encoding="utf-8")
        assert main(["import", str(source), "--output", str(tmp_path / "shop")]) == 130
    assert main(["import", str(source), "--output", str(tmp_path / "shop")]) == 0
    assert len(Shop.open(tmp_path / "shop").load_catalog()) == 2


def test_the_readmes_export_is_read_as_the_readme_says(bring):
    readme = (ROOT / "README.md").read_text("utf-8")
    example = next(block for block in readme.split("```") if block.startswith("\nOrder ID;"))
    shop, report = bring(example.strip())
    assert report.refused == 0
    assert [(item.id, item.sport) for item in shop.load_catalog()] == [("BLA-00028", "Tools"), ("DRI-00008", "Tools")]
    assert rows(shop.purchases) == [("BLA-00028;DRI-00008", "")]
