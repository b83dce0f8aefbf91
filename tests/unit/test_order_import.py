"""Orders in: what shops export becomes a shop's folder."""

import resource
import tracemalloc

import pytest

from recommender.__main__ import main
from recommender.errors import RecommenderError
from recommender.orders.columns import Field
from recommender.orders.importing import ExportError, import_orders
from recommender.shop.folder import Shop
from recommender.shop.lookup import find_basket, find_known
from recommender.shop.purchases import read_orders
from tests.support.orders import read_rows


def test_repeat_purchases_are_told_apart_by_order(bring):
    text = (
        "order,customer,date,sku,title\n"
        "9,ann,2026-03-01,S,Saw\n9,ann,2026-03-01,R,Rake\n"
        "7,ann,2026-01-01,S,Saw\n7,ann,2026-01-01,S,Saw\n7,ann,2026-01-01,H,Hoe\n"
        "8,,2026-02-01,S,Saw\n"
    )
    shop, report = bring(text)
    assert sorted(read_rows(shop.purchases)) == [("S", ""), ("S;H", ""), ("S;R", "S")]
    assert (report.rows, report.pairs, report.repeated, report.refused) == (3, 2, 1, 0)
    (again,) = (order for order in read_orders(shop.purchases, shop.load_catalog()) if order.line == 3)
    assert [i.id for i in again.items] == ["S", "R"] and [i.id for i in again.targets] == ["R"]


def test_purchases_are_in_the_order_of_the_file_and_not_in_that_of_the_customers_names(bring):
    customers = ["zoe@shop.example", "ann@shop.example", "", "bob@shop.example"]
    lines = "".join(f"{n},{customer},{sku}\n" for n, customer in enumerate(customers) for sku in (f"A{n}", f"B{n}"))
    shop, _ = bring(f"order,customer,sku\n{lines}4,zoe@shop.example,C\n")

    assert [row for row, _ in read_rows(shop.purchases)] == ["A0;B0", "C", "A1;B1", "A2;B2", "A3;B3"]


def test_by_customer_a_row_is_what_one_bought_in_the_order_of_the_first_time(bring):
    text = "order,customer,date,sku\n2,ann,02.02.2026,R\n1,ann,01.02.2026,S\n3,ann,03.02.2026,S\n4,bob,01.01.2026,R\n"
    shop, report = bring(text, by=Field.CUSTOMER)
    assert sorted(read_rows(shop.purchases)) == [("R", ""), ("S;R", "S")]
    assert [item.name("en") for item in shop.load_catalog()] == ["Product R", "Product S"]
    without_orders, report = bring("customer,date,sku\nann,2026-02-02,R\nann,2026-02-01,S\n")
    assert read_rows(without_orders.purchases) == [("S;R", "")] and report.by == "customer"


def test_lines_that_cannot_be_used_are_refused_by_number_and_the_others_go_through(bring):
    text = (
        "order,date,sku,title,quantity\n1,2026-01-01,A,Saw,1\n"
        "1,2026-01-01,B,Rake,-1\n1,2026-01-01,,,1\n"
        ",2026-01-01,B,Rake,1\n1,2026-01-01,B,Rake,some\n1,2026-01-01,B,Rake,1,more\n"
        '1,2026-01-01,"4,00638E+12",Rake,1\n1,,B,Rake,2\n'
    )
    shop, report = bring(text)
    assert read_rows(shop.purchases) == [("A;B", "")]
    assert report.refused == 6 and report.lines == 8
    says = ["returned", "no product", "neither", "not a number", "6 cells", "rounded"]
    for line, (reason, word) in enumerate(zip(report.reasons, says, strict=True), start=3):
        assert f"orders.csv, line {line}: " in reason and word in reason


def test_rows_of_separators_alone_are_no_lines(bring):
    shop, report = bring(";;;\norder;sku;;\n;;;\n1;A;;\n;;;;;\n1;B\n1;;;\n;;;\n")
    assert read_rows(shop.purchases) == [("A;B", "")]
    assert report.lines == 3 and [reason.rpartition("orders.csv, ")[2] for reason in report.reasons] == [
        "line 7: it names no product."
    ]


@pytest.mark.parametrize(("column", "what"), [(0, "order number"), (1, "customer"), (2, "SKU")])
@pytest.mark.parametrize("rounded", ["1,12233E+11", "1.12233e+11", "1E+11"])
def test_what_a_spreadsheet_has_rounded_merges_nothing(bring, column, what, rounded):
    cells = ["1", "ann", "A"]
    cells[column] = rounded
    text = f"order;customer;sku\n0;bob;A\n{';'.join(cells)}\n{';'.join(cells)}\n2;eve;B\n"
    shop, report = bring(text, by=Field.CUSTOMER if what == "customer" else Field.ORDER)
    assert sorted(read_rows(shop.purchases)) == [("A", ""), ("B", "")] and report.refused == 2
    assert f"has rounded the {what}" in report.reasons[0]


def test_a_rounded_customer_of_an_order_with_a_number_is_unknown(bring, tmp_path, capsys):
    text = "order,customer,sku\n1,6.12345E+12,A\n1,6.12345E+12,B\n2,6.12345E+12,A\n,6.12345E+12,B\n"
    shop, report = bring(text)
    assert read_rows(shop.purchases) == [("A;B", ""), ("A", "")]
    assert [reason.partition(": ")[2] for reason in report.reasons] == [
        'a spreadsheet has rounded the customer "6.12345e+12": its column must be text.'
    ]
    assert main(["import", str(tmp_path / "orders.csv"), "--output", str(tmp_path / "shop")]) == 0
    assert "because a spreadsheet has rounded it: 3." in capsys.readouterr().out


def test_a_line_below_a_rounded_order_number_joins_no_order(bring):
    shop, report = bring("order;sku\n1;A\n1,12E+11;B\n;C\n2;A\n;D\n")
    assert read_rows(shop.purchases) == [("A", ""), ("A;D", "")] and report.refused == 2


@pytest.mark.parametrize(
    "nothing", ["N/A", "-", "null", "None", "NaN", "nan", "NA", "<NA>", "#N/A", "--", "#NAME?", "#REF!", "#WERT!"]
)
def test_a_word_in_place_of_a_value_is_a_blank_cell(bring, nothing):
    header = "order,customer,sku,title,category,status\n"
    lines = ["1,ann,{},Saw,Tools,cancelled", "1,ann,{},Rake,{},{}", "2,bob,{},Saw,{},paid", "2,bob,R 1,{},{},{}"]
    lines += ["{},,{},Saw,{},{}", "{},eve,{},Saw,{},{}", "{},eve,0,Rake,{},{}", "3,eve,{},{},{},{}"]
    shop, report = bring(header + "\n".join(lines).replace("{}", nothing))
    assert {item.id: (item.name("en"), item.sport) for item in shop.load_catalog()} == {
        "saw": ("Saw", ""),
        "R-1": ("Product R 1", ""),
        "0": ("Rake", ""),  # which may be a SKU
    }
    assert sorted(read_rows(shop.purchases)) == [("0", ""), ("saw", ""), ("saw;R-1", "")]
    assert report.cancelled == 2
    assert [reason.partition(": ")[2] for reason in report.reasons] == [
        "it names no product.",
    ]


@pytest.mark.parametrize("nothing", ["", "NaN", "N/A", "-"])
def test_a_line_that_names_no_order_by_a_word_goes_on_with_the_one_above(bring, nothing):
    lines = ["1,ann,2026-01-01,A", f"{nothing},{nothing},{nothing},B", "2,ann,2026-01-02,A"]
    shop, report = bring("\n".join(["order,customer,date,sku", *lines]))
    assert read_rows(shop.purchases) == [("A;B", ""), ("A", "A")] and not report.undated and not report.refused


def test_a_bread_is_no_blank_cell(bring):
    shop, report = bring("order,title\n1,Nan\n1,Saw\n2,NaN\n")
    assert read_rows(shop.purchases) == [("nan;saw", "")] and report.refused == 1


@pytest.mark.parametrize("title", ['"LED Monitor', ' "LED" Monitor', '"LED" Monitor'])
def test_a_quotation_mark_in_a_report_of_amazon_swallows_nothing(bring, title):
    header = "amazon-order-id\tbuyer-email\tbuyer-name\tsku\tproduct-name\tquantity-purchased\n"
    lines = [f"302-2\tx2@m.amazon.de\tJohn Doe\tM1\t{title}\t1"]
    lines += ['302-3\tx3@m.amazon.de\tMary Major\tM2\tMonitor 24"\t1', "302-4\tx4@m.amazon.de\tAnn Low\tS1\tSaw\t1"]
    shop, report = bring(header + "\n".join(lines))
    assert [item.name("en") for item in shop.load_catalog()] == [title.strip(), 'Monitor 24"', "Saw"]
    assert read_rows(shop.purchases) == [("M1", ""), ("M2", ""), ("S1", "")] and not report.refused


def test_lines_without_an_orders_number_are_counted(bring, tmp_path, capsys):
    bring("order,customer,sku\n1,ann,A\n1,ann,B\n,ann,A\n,ann,B\n")
    assert main(["import", str(tmp_path / "orders.csv"), "--output", str(tmp_path / "shop")]) == 0
    assert "Lines that name no order count as one each: 2;" in capsys.readouterr().out


@pytest.mark.parametrize("quantity", ["1,00", "1.000,00", "1,000.00", "1 000", "1'000", "2 Stk", "$5.00", "+3", "١٠"])
def test_how_many_were_bought_may_be_written_in_any_way(bring, quantity):
    shop, report = bring(f"order;sku;quantity\n1;A;1\n1;B;{quantity}\n")
    assert read_rows(shop.purchases) == [("A;B", "")] and not report.refused


@pytest.mark.parametrize("quantity", ["-", "some"])
def test_a_quantity_without_a_digit_is_no_number(bring, quantity):
    shop, report = bring(f"order,sku,title,quantity\n1,A,Saw,{quantity}\n1,B,Rake,1\n")
    assert read_rows(shop.purchases) == [("B", "")]
    assert report.refused == 1 and f'the quantity "{quantity}" is not a number' in report.reasons[0]


@pytest.mark.parametrize("quantity", ["-1", "1-", "−1", "–1", "(1)", "0", "0,00", "٠", "٠٫٠", "-١"])
def test_what_was_returned_is_not_bought(bring, quantity):
    shop, report = bring(f"order;sku;quantity\n1;A;1\n1;B;{quantity}\n")
    assert read_rows(shop.purchases) == [("A", "")] and "returned" in report.reasons[0]


@pytest.mark.parametrize(
    "total",
    [
        *("Total", "GRAND TOTAL", "Subtotal:", "Summe", "Gesamt", "Zwischensumme", "Somme", "Suma", "المجموع الفرعي"),
        *("Gesamtergebnis", "Insgesamt", "Summe gesamt", "Total TTC", "Totale", "TOTAL (2 items)", "Gesamt (brutto)"),
    ],
)
def test_a_line_that_adds_up_others_is_no_purchase(bring, total):
    text = f"order,title,quantity\n1,Saw,1\n,{total},1\n,Total Saw,1\n{total},2 items,2\n2,{total},2\n"
    shop, report = bring(text)
    assert read_rows(shop.purchases) == [("saw;total-saw", "")]
    assert report.refused == 3 and f'line 3: it is a total ("{total}")' in report.reasons[0]
    shop, _ = bring(f"order,sku,title\n1,A,{total}\n1,B,Saw\n")  # what has a SKU is a product
    assert read_rows(shop.purchases) == [("A;B", "")]


@pytest.mark.parametrize("subtotal", ["Säge Ergebnis", "Saw Total", "Säge Teilergebnis"])
def test_a_subtotal_of_a_spreadsheet_is_no_purchase(bring, subtotal):
    shop, report = bring(f"order,title,quantity\n1,Saw,1\n,{subtotal},1\n2,{subtotal},1\n")
    assert [len(bought.split(";")) for bought, _ in read_rows(shop.purchases)] == [1, 1]
    assert f'line 3: it is a total ("{subtotal}")' in report.reasons[0] and report.refused == 1
    shop, report = bring(f"order,sku,title\n1,A,Saw\n,{subtotal},\n,Total,\n")
    assert read_rows(shop.purchases) == [("A", "")] and report.refused == 2


@pytest.mark.parametrize(
    "extra",
    [
        *("Versandkosten", "DHL Paket", "Versandposition", "10% Rabatt", "Porto & Verpackung", "Versand 4.99 EUR"),
        *("Shipping", "Shipping (DHL)", "Shipping - DHL", "Discount", "DISCOUNT: SUMMER10", "Frais de port"),
        *("Remise fidélité", "Livraison offerte", "Gastos de envío", "Descuento", "رسوم الشحن", "خصم"),
        *("Fee", "Fees", "Fee: Payment", "Service fee", "COD fee", "Gebühr", "Gebühren", "Bearbeitungsgebühr"),
        *("Frais", "Frais de gestion", "Frais de dossier", "Gastos de gestión", "رسوم", "رسوم الخدمة"),
        *("Voucher", "Gutschein", "Coupon SAVE10", "Discount SUMMER10", "Cupón VERANO", "DISCOUNT SUMMER-10"),
        *("Versand nach Österreich", "Envío a domicilio", "Shipping to the Netherlands", "خصم ١٠٪", "Discount $5.00"),
        *("VAT 19%", "VAT", "Tax", "Sales tax", "MwSt.", "MwSt 19 %", "TVA 20 %", "IVA 21%", "ضريبة القيمة المضافة"),
    ],
)
def test_shipping_and_discounts_are_no_purchases(bring, extra):
    shop, report = bring(f"order,customer,title\n1,ann,{extra}\n1,,Saw\n,,{extra}\n,,Box of {extra}\n")
    assert [len(bought.split(";")) for bought, _ in read_rows(shop.purchases)] == [2] and report.refused == 2
    assert f'line 2: it is shipping, a fee, a tax or a discount ("{extra}"), and no purchase.' in report.reasons[0]
    shop, _ = bring(f"order,sku,title\n1,A,{extra}\n1,B,Saw\n")  # what has a SKU is a product
    assert read_rows(shop.purchases) == [("A;B", "")]


@pytest.mark.parametrize(
    "title",
    [
        *("Tax Guide 2026", "Gift voucher box", "Voucher A4", "VOUCHER BOOK", "Gutscheinbox", "Coupon Book", "IVA Mug"),
        *("Porto Wine", "Fee Table", "Versandtasche B4", "Shipping Box M25", "TAX GUIDE", "Delivery Van"),
    ],
)
def test_a_product_whose_title_begins_like_a_fee_is_one(bring, title):
    shop, report = bring(f"order,title\n1,{title}\n1,Saw\n")
    assert {item.name("en") for item in shop.load_catalog()} == {title, "Saw"} and not report.refused


@pytest.mark.parametrize(
    ("lines", "example"),
    [
        (['1,a,,"Saw; Hammer; Drill"', '2,b,,"Saw; Glue"', "3,c,,Saw"], "Saw; Hammer; Drill"),
        (['1,a,,"Saw x 1\nHammer x 2"', '2,b,,"1x Saw, 1x Glue"'], "Saw x 1 Hammer x 2"),
        (['1,a,,"1 × Saw, 2 × Glue"', "2,b,,Saw"], "1 × Saw, 2 × Glue"),
        (["1,a,SAW-1|HAM-1,Saw|Hammer", "2,b,SAW-1,Saw"], "Saw|Hammer"),
        (["1,a,SAW-1|HAM-1,", "2,b,SAW-1|DRI-1,"], "SAW-1|HAM-1"),
    ],
)
def test_orders_whose_items_share_one_cell_are_noted(bring, lines, example):
    _, report = bring("\n".join(["order,customer,sku,title", *lines]))
    assert report.notes == [
        f'Most titles look like several items in one cell, such as "{example}", and nearly every order has one line: '
        "import does not split them, so export a line per item."
    ]


@pytest.mark.parametrize(
    "lines",
    [
        ["1,Saw; blue", "1,Rake; red", "1,Hoe; red"],  # an order with several lines
        ["1,Saw", "2,Saw; blue", "3,Rake"],
        ["1,Nut &amp; bolt", "2,Salt &amp; pepper"],
        ['1,"Screw, 4 x 50, zinc"', '2,"Blade 8 mm, 50 pack"'],
        ['1,"Saw, blue"', "2,Saw / Rake", "3,Mug (2 x 0.3 l)"],
    ],
)
def test_titles_that_look_like_several_items_are_not_noted_if_they_are_few_or_share_orders(bring, lines):
    _, report = bring("\n".join(["order,title", *lines]))
    assert not report.notes


def test_a_product_without_sku_goes_on_with_the_order_above(bring):
    shop, report = bring("Name,Lineitem sku,Lineitem name\n#1,A,Saw\n,,Gift card\n#2,A,Saw\n,B,\n,,\n,,Tip\n")
    assert read_rows(shop.purchases) == [("A;gift-card", ""), ("A;B;tip", "")] and not report.refused


def test_a_cell_that_was_escaped_for_a_spreadsheet_is_read_without_the_apostrophe(bring):
    text = "order,sku,title,quantity\n1,'-A,'@Home Lamp,1\n1,-A,'Tis a Lamp,1\n1,B,'=Saw,'-1\n"
    shop, report = bring(text)
    assert {item.sku or item.id for item in shop.load_catalog()} == {"-A"}
    assert [item.name("en") for item in shop.load_catalog()] == ["'Tis a Lamp"]
    assert report.refused == 1 and "the quantity is -1" in report.reasons[0]


def test_a_sku_with_many_titles_is_asked_about(bring, tmp_path, capsys):
    lines = [f"{n},{sku},Title {n}" for sku in ("0", "") for n in range(12)]
    bring("\n".join(["order,sku,title", *lines, *(f"{n},R,Rake {n % 3}" for n in range(30))]))
    assert main(["import", str(tmp_path / "orders.csv"), "--output", str(tmp_path / "shop")]) == 0
    assert 'SKUs with more than 10 titles, such as "0": 1.' in capsys.readouterr().out


@pytest.mark.parametrize("count", [10, 11])
def test_a_product_may_have_ten_titles(bring, count):
    _, report = bring("\n".join(["order,sku,title", *(f"{n},A,Title {n}" for n in range(count))]))
    assert report.shared == ["A"][: count - 10]


@pytest.mark.parametrize(
    ("lines", "mixed"),
    [
        ("1,A,Saw/1,A,Rake", ["A"]),
        ("1,A,Saw/2,A,Handle", []),  # in another order
        ("1,A,Saw/1,A,Saw blue", []),  # a variant
        ("1,A,Saw blue/1,A,Saw", []),
    ],
)
def test_a_sku_with_different_titles_in_one_order_is_noted(bring, lines, mixed):
    _, report = bring("\n".join(["order,sku,title", *lines.split("/")]))
    assert report.mixed == mixed


def test_the_most_orders_of_one_customer_are_counted(bring):
    _, report = bring("order,customer,sku\n1,ann,A\n2,ann,A\n3,bob,A\n")
    assert report.most == 2


def test_guests_are_not_one_customer(bring):
    text = "order,customer,sku\n" + "".join(f"{n},{who},S\n" for n, who in enumerate(["0", "Guest", "-", "0", "ann"]))
    shop, report = bring(text)
    assert report.repeated == 0 and read_rows(shop.purchases) == 5 * [("S", "")]
    shop, _ = bring(text, by=Field.CUSTOMER)
    assert len(read_rows(shop.purchases)) == 5


def test_a_guest_without_an_orders_number_is_no_part_of_another_guests_order(bring):
    shop, _ = bring("order,customer,sku\n3,guest,A\n,guest,B\n,guest,C\n", by=Field.CUSTOMER)
    assert sorted(read_rows(shop.purchases)) == [("A", ""), ("B", ""), ("C", "")]


def test_the_lines_of_an_order_are_one_order_wherever_they_stand_and_whoever_they_name(bring):
    text = "order,customer,title\n1,A@x.org,Saw\n2,b@x.org,Saw\n1,,Rake\n2,B@X.org,Rake\n1,a@x.org,Hoe\n"
    shop, _ = bring(text)
    assert sorted(read_rows(shop.purchases)) == [("saw;rake", ""), ("saw;rake;hoe", "")]


def test_an_order_that_is_named_in_its_first_line_only_goes_on_below_it(bring):
    text = "order,date,sku,title\n1,2026-01-01,A,Saw\n,,B,Rake\n2,2026-01-02,A,Saw\n,,C,Hoe\nTotal,,,\n,,,Total\n"
    shop, report = bring(text)
    assert read_rows(shop.purchases) == [("A;B", ""), ("A;C", "")] and report.refused == 2


def test_two_lines_of_a_product_in_one_order_are_no_repeat_purchase(bring):
    shop, report = bring("order,customer,sku\n1,ann,A\n1,ann,A\n1,ann,B\n2,ann,B\n", by=Field.CUSTOMER)
    assert read_rows(shop.purchases) == [("A;B", "B")] and report.repeated == 1


def test_skus_that_cannot_be_ids_are_kept_beside_them_and_find_their_products(bring):
    shop, report = bring("order,sku,title\n1,AB 12,Saw\n1,AB-12,Rake\n2,AB 12,Saw\n2,X(1),Hoe\n3,#9,Axe\n")
    catalog = shop.load_catalog()
    assert {item.name("en"): (item.id, item.sku) for item in catalog} == {
        "Saw": ("AB-12-2", "AB 12"),
        "Rake": ("AB-12", ""),  # what can be an id is one
        "Hoe": ("X-1", "X(1)"),
        "Axe": ("9", "#9"),
    }
    assert report.rewritten == 3
    for sku, name in (("AB 12", "Saw"), ("ab 12", "Saw"), ("AB-12", "Rake"), ("X(1)", "Hoe"), ("#9", "Axe")):
        (found,), skipped = find_known([sku], catalog)
        assert found.name("en") == name and not skipped and find_basket([sku], catalog) == (found,)


def test_a_line_without_sku_is_of_the_product_with_its_title(bring):
    shop, _ = bring("order,sku,title\n1,M1,Mug\n1,,Saw\n2,,MUG\n2,,Saw\n3,CAP,Safety cap\n3,,Cap\n")
    assert [(item.id, item.name("en")) for item in shop.load_catalog()] == [
        ("M1", "Mug"),
        ("saw", "Saw"),
        ("CAP", "Safety cap"),
        ("cap-2", "Cap"),
    ]
    assert read_rows(shop.purchases) == [("M1;saw", ""), ("M1;saw", ""), ("CAP;cap-2", "")]


@pytest.mark.parametrize("lines", ["1,X1,Shirt\n2,X2,Shirt\n3,X1,Shirt", "1,X2,Shirt\n2,X1,Shirt\n3,X1,Shirt"])
def test_a_line_without_sku_is_of_the_best_selling_product_with_its_title(bring, lines):
    shop, _ = bring(f"order,sku,title\n{lines}\n4,,Shirt\n4,Z,Tie\n")
    assert read_rows(shop.purchases)[-1] == ("X1;Z", "")


def test_order_numbers_that_begin_anew_for_each_customer_are_told_apart(bring):
    shop, report = bring("order,customer,sku\n1,ann,A\n1,ann,B\n1,bob,C\n1,bob,D\n2,ann,B\n")
    assert read_rows(shop.purchases) == [("A;B", ""), ("B", "B"), ("C;D", "")] and report.orders == 3


def test_an_export_may_be_in_several_files_and_repeat_its_header(bring, tmp_path):
    (tmp_path / "may.csv").write_text("order,sku,title\n1,A,Saw\norder,sku,title\n1,B,Rake\n", "utf-8")
    (tmp_path / "june.csv").write_text("sku;order;title\nB;2;Rake\nC;2;Hoe\n;3;\n", "utf-8")
    shop = Shop(tmp_path / "both")
    report = import_orders([tmp_path / "may.csv", tmp_path / "june.csv"], shop, {})
    assert read_rows(shop.purchases) == [("A;B", ""), ("B;C", "")] and len(shop.load_catalog()) == 3
    assert report.reasons == [f"{tmp_path / 'june.csv'}, line 4: it names no product."]


def test_a_line_of_which_one_cell_is_its_columns_name_is_no_header(bring):
    shop, _ = bring("order,sku,title\n1,A,Title\n1,B,Saw\n")
    assert read_rows(shop.purchases) == [("A;B", "")]


def test_a_file_without_the_column_that_makes_the_rows_is_named(tmp_path):
    (tmp_path / "may.csv").write_text("order,customer,sku\n1,ann,A\n", "utf-8")
    (tmp_path / "june.csv").write_text("customer,sku\nann,A\n", "utf-8")
    with pytest.raises(ExportError, match=r"june.csv has no column for --by order; name it with --order"):
        import_orders([tmp_path / "may.csv", tmp_path / "june.csv"], Shop(tmp_path / "shop"), {})


def test_an_export_in_a_national_encoding_is_read_if_that_is_named(tmp_path, capsys):
    (tmp_path / "orders.csv").write_bytes("Bestellnr.;Artikel\n1;Dübel\n1;Säge\n".encode("cp1252"))
    command = ["import", str(tmp_path / "orders.csv"), "--output", str(tmp_path / "shop")]
    named = ((name, f"--encoding {name} is not an encoding of texts") for name in ("morse", "hex", "rot13", "idna"))
    refused = [([*command, "--encoding", name], said) for name, said in named]
    for wrong, said in ((command, "--encoding cp1252"), *refused):
        with pytest.raises(SystemExit, match="2"):
            main(wrong)
        assert said in capsys.readouterr().err
    assert main([*command, "--encoding", "cp1252"]) == 0
    assert [item.name("en") for item in Shop.open(tmp_path / "shop").load_catalog()] == ["Dübel", "Säge"]


def test_a_category_is_no_formula_and_no_type_of_a_shop_system(bring):
    shop, _ = bring("order,sku,title,product type\n1,A,Saw,+Tools\n1,B,Rake,simple\n")
    assert [item.sport for item in shop.load_catalog()] == ["Tools", ""]


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
        "a-1-2": "Dübel: 8,5 mm; grau",
        "A-1": "Saw",
        "b": "Better Saw",
        "c": "Saw for wood",
        "d": "HYPERLINK(1)",
        "e": "Product e",
        "f": f"{'Very long title ' * 9}1",
        "g": f"{'Very long title ' * 9}2",
    }
    assert catalog["a-1-2"].prompt_name("en") == "Dübel 8.5 mm grau"
    assert catalog.items[0].id == "b"  # what sells most comes first


def test_titles_without_a_letter_name_different_products(bring, tmp_path, capsys):
    text = "order,sku,title\n1,,1984\n1,,2001\n2,,⚽⚽\n2,,★\n3,,+1984\n3,B-1,1984\n3,B-2,…\n4,,…\n4,,\ue000\n4,,Emma\n"
    shop, report = bring(text)
    names = {item.name("en") for item in shop.load_catalog()}
    assert names == {f"Product {what}" for what in ("1984", "2001", "⚽⚽", "★", "+1984", "B-2")} | {"Emma"}
    assert report.untitled == 6 and report.refused == 2  # what has nothing but signs for a name
    before = read_rows(shop.inventory), read_rows(shop.purchases)
    assert import_orders([tmp_path / "orders.csv"], shop, {}, update=True).new == 0
    assert (read_rows(shop.inventory), read_rows(shop.purchases)) == before
    main(["import", str(tmp_path / "orders.csv"), "--output", str(tmp_path / "shop")])
    assert "Products without a title that has a letter: 6." in capsys.readouterr().out


def test_invisible_signs_are_no_part_of_a_sku_or_a_title(bring):
    shop, report = bring("order,sku,title\n1,A\ue000,\n1,\ue000,\u3164\n1,B\u3164,\n1,,SAW\u3164\n1,\ue000,Saw\n")
    assert [item.name("en") for item in shop.load_catalog()] == ["Saw", "Product A", "Product B"]
    assert [reason.rpartition(", ")[2] for reason in report.reasons] == ["line 3: it names no product."]


def test_products_of_one_title_are_told_apart_by_their_id(bring):
    shop, _ = bring('order,sku,title\n1,a-1,"Saw, big"\n1,a_1,Saw big\n1,b,SAW big\n')
    assert [item.name("en") for item in shop.load_catalog()] == ["Saw, big", "Saw big (a_1)", "SAW big (b)"]


def test_the_first_line_of_an_order_speaks_for_the_others(bring):
    text = (
        "Name,Email,Created at,Lineitem name\n"
        "#1,ann@x.org,2026-02-01 10:00:00 +0100,Saw\n#1,,,Rake\n#2,ann@x.org,2026-01-01,Saw\n"
    )
    shop, _ = bring(text)
    assert read_rows(shop.purchases) == [("saw", ""), ("saw;rake", "saw")]
    assert "ann" not in shop.purchases.read_text("utf-8")  # of the customers nothing is kept


def test_a_full_temporary_folder_is_named(bring, monkeypatch):
    monkeypatch.setattr("recommender.orders.database.CACHE", 100)
    monkeypatch.setenv("TMPDIR", "/var/tmp")
    text = "order,customer,sku\n" + "".join(f"order number {n},customer number {n},A\n" for n in range(9_000))
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(text), limits[1]))  # bytes
    try:
        with pytest.raises(RecommenderError, match=r"cannot be sorted in the temporary folder /var/tmp.*set TMPDIR"):
            bring(text)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


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
    assert [len(line) for line in read_rows(shop.purchases)] == [2]
    assert read_rows(shop.purchases)[0][0].split(";") == [found.get(name).id for name in (title, "Saw", "Rake", "Hoe")]


def test_an_order_keeps_its_customer_and_date_if_its_first_line_is_refused(bring):
    header = "Name,Email,Created at,Lineitem name,Lineitem quantity"
    lines = ["#1,ann@x,2026-01-01,Hammer,1", "#2,ann@x,2026-01-02,Drill,0", "#2,,,Hammer,1", "#2,,,Saw,1"]
    shop, report = bring("\n".join([header, *lines]))
    assert report.refused == 1 and read_rows(shop.purchases) == [("hammer", ""), ("hammer;saw", "hammer")]
    shop, _ = bring("\n".join([header, *lines]), by=Field.CUSTOMER)
    assert read_rows(shop.purchases) == [("hammer;saw", "hammer")]


@pytest.mark.parametrize("first", ["2,bob,C,Cup,one more", '2,bob,C,"2" pipe"'])
def test_what_stands_below_a_line_that_cannot_be_split_joins_no_other_order(bring, first):
    shop, report = bring(f"order,customer,sku,title\n1,ann,A,Axe\n,,B,Bin\n{first}\n,,D,Drum\n3,eve,E,Egg\n,,F,Fan\n")
    assert read_rows(shop.purchases) == [("A;B", ""), ("E;F", "")] and report.refused == 2
