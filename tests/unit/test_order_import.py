"""Orders in: what shops export becomes a shop's folder."""

import csv
import resource
import shutil
import tracemalloc
from contextlib import ExitStack
from pathlib import Path

import pytest

from recommender.__main__ import main
from recommender.errors import CatalogError, RecommenderError
from recommender.orders.amazon_sports import SEQUENCES, TITLES
from recommender.orders.columns import Field
from recommender.orders.dates import DateOrder, read_date
from recommender.orders.importing import import_orders
from recommender.shop.folder import Shop
from recommender.shop.lock import lock_content
from recommender.shop.lookup import find_basket, find_known
from recommender.shop.purchases import read_orders
from tests.conftest import ROOT


@pytest.fixture
def bring(tmp_path):
    """Import an export and return the shop's folder with what was understood."""

    def run(text: str, given=(), by=None):
        source = tmp_path / "orders.csv"
        source.write_text(text, encoding="utf-8")
        shop = Shop(tmp_path / f"shop {len(list(tmp_path.iterdir()))}")
        return shop, import_orders([source], shop, dict(given), by)

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
    assert [*report.columns, Field.STATUS, Field.CANCELLED] == list(Field)
    assert [(item.id, item.name("en"), item.sport) for item in shop.load_catalog()] == [
        ("A-1", "Saw", "Tools"),
        ("B/2", "Rake", "Garden"),
    ]
    assert rows(shop.purchases) == [("A-1;B/2", "")]


@pytest.mark.parametrize(
    ("system", "header"),
    [
        (
            "Shopify",
            "order:Name,customer:Email,status:Financial Status,Paid at,status:Fulfillment Status,Fulfilled at,"
            "Accepts Marketing,Currency,Subtotal,Shipping,Taxes,Total,Discount Code,Discount Amount,Shipping Method,"
            "date:Created at,quantity:Lineitem quantity,title:Lineitem name,Lineitem price,Lineitem compare at price,"
            "sku:Lineitem sku,Lineitem requires shipping,Lineitem taxable,status:Lineitem fulfillment status,"
            "Billing Name,Billing Street,Billing Address1,Billing Address2,Billing Company,Billing City,Billing Zip,"
            "Billing Province,Billing Country,Billing Phone,Shipping Name,Shipping Street,Shipping Address1,"
            "Shipping Address2,Shipping Company,Shipping City,Shipping Zip,Shipping Province,Shipping Country,"
            "Shipping Phone,Notes,Note Attributes,cancelled:Cancelled at,Payment Method,Payment Reference,"
            "Refunded Amount,Vendor,Outstanding Balance,Employee,Location,Device ID,Id,Tags,Risk Level,Source,"
            "Lineitem discount,Tax 1 Name,Tax 1 Value,Tax 2 Name,Tax 2 Value,Tax 3 Name,Tax 3 Value,"
            "Tax 4 Name,Tax 4 Value,Tax 5 Name,Tax 5 Value,Phone,Receipt Number,Duties,"
            "Billing Province Name,Shipping Province Name,Payment ID,Payment Terms Name,"
            "Next Payment Due At,Payment References",
        ),
        (
            "WooCommerce",
            "order:Order Number,status:Order Status,date:Order Date,customer:Email (Billing),sku:SKU,"
            "title:Item Name,quantity:Quantity (- Refund),Item Cost",
        ),
        (
            "Magento",
            "order:increment_id,date:created_at,customer:customer_email,status:status,sku:sku,title:name,"
            "quantity:qty_ordered,category:product_type",
        ),
        (
            "Shopware 5",
            "order:ordernumber,customer:customernumber,date:ordertime,sku:articleordernumber,title:articleName,"
            "quantity:articleQuantity",
        ),
        (
            "PrestaShop",
            "order:Order reference,customer:Customer,date:Date,title:Product name,sku:Product reference,"
            "quantity:Product quantity",
        ),
        (
            "PrestaShop",
            "order:id_order;reference;customer:id_customer;customer;date:date_add;status:current_state;product_id;"
            "sku:product_reference;title:product_name;quantity:product_quantity",
        ),
        (
            "BigCommerce",
            "order:Order ID,customer:Customer ID,Customer Name,date:Order Date,status:Order Status,Order Total,"
            "title:Product Name,sku:Product SKU,quantity:Product Qty",
        ),
        (
            "Wix",
            "order:Order number,date:Date created,customer:Contact email,title:Item,Variant,sku:SKU,quantity:Qty,"
            "status:Payment status,status:Fulfillment status",
        ),
        (
            "Amazon",
            "order:amazon-order-id,date:purchase-date,status:order-status,customer:buyer-email,sku:sku,"
            "title:product-name,quantity:quantity-purchased",
        ),
        ("Etsy", "date:Sale Date,title:Item Name,customer:Buyer,quantity:Quantity,order:Order ID,sku:SKU"),
        (
            "eBay",
            "order:Order Number,customer:Buyer Username,sku:Item Number,title:Item Title,quantity:Quantity,"
            "date:Sale Date",
        ),
        ("SAP", "order:VkBel.,date:Erf.Dat.,customer:AuftrGeb,sku:Material,title:Bezeichnung,quantity:KumAuftrMenge"),
        (
            "SAP",
            "order:Sales Document,customer:Sold-To Party,date:Document Date,sku:Material,"
            "title:Material Description,quantity:Order Quantity,cancelled:Reason for Rejection",
        ),
        (
            "SAP",
            "order:VkBeleg,date:Belegdatum,customer:Auftraggeber,sku:Material,title:Bezeichnung,cancelled:Absagegrund",
        ),
        ("a till", "order:N° de vente,date:Date de vente,title:Article,quantity:Qté,Montant"),
        ("a till", "date:Date du ticket,order:Ticket,sku:Code article,title:Désignation,quantity:Quantité,Caisse"),
        ("a till", "order:N° de ticket,date:Date,customer:Client,title:Produit"),
        ("JTL", "order:Bestellnr.,customer:Kundennr.,date:Bestelldatum,sku:Art.-Nr.,title:Artikelname,quantity:Anzahl"),
    ],
)
def test_the_exports_of_common_systems_are_understood(bring, system, header):
    named = [column.rpartition(":") for column in header.replace(";", ",").split(",")]
    cells = {"order": "1", "customer": "ann", "date": "2026-01-02", "quantity": "1", "title": "Saw", "sku": "A"}
    line = ",".join(cells.get(field, "") for field, _, _ in named)
    _, report = bring(f"{','.join(column for *_, column in named)}\n{line}\n")
    columns = {Field(field): [] for field, *_ in named if field}
    for field, _, column in named:
        columns.get(field, []).append(column)
    assert report.columns == {field: ", ".join(names) for field, names in columns.items()}, system


@pytest.mark.parametrize(
    ("general", "specific", "field"),
    [
        ("reference", "product_reference", Field.SKU),  # of PrestaShop's orders
        ("Référence", "Référence produit", Field.SKU),
        ("Código", "Código de producto", Field.SKU),
        ("Material", "Material Number", Field.SKU),
        ("Reference", "EAN", Field.SKU),
        ("Title", "Product Name", Field.TITLE),  # Mr or Mrs
        ("Title", "Lineitem name", Field.TITLE),
        ("Estado", "Estado del pedido", Field.STATUS),  # a federal state
    ],
)
@pytest.mark.parametrize("turn", [1, -1])
def test_of_two_usual_names_the_specific_one_is_believed(bring, general, specific, field, turn):
    header = {Field.SKU: "order id;{};{};quantity", Field.TITLE: "order id;{};{};quantity"}
    columns = header.get(field, "order id;{};{};sku").format(*(general, specific)[::turn])
    _, report = bring(f"{columns}\n1;x;y;1\n")
    assert report.columns[field] == specific


@pytest.mark.parametrize(
    ("header", "lines"),
    [
        ("id_order;reference;date_add;product_name", "12;XK;{0};Saw/12;XK;{0};Rake/13;OH;{0};Rake/13;OH;{0};Saw"),
        ("order_id;item_id;date;name", "1;11;{0};Saw/1;12;{0};Rake/2;13;{0};Rake/2;14;{0};Saw"),
        ("Invoice ID;Ref;Transaction ID;Product", "1;PO-7;1;Saw/1;PO-7;2;Rake/2;PO-8;3;Rake/2;PO-8;4;Saw"),
        ("Commande;Référence;Date;Produit", "1;X;{0};Saw/;X;;Rake/2;Y;{0};Rake/;Y;;Saw"),  # and the order in one line
        ("Client;Référence;Date;Produit", "ann;X;{0};Saw/ann;X;{0};Rake/bob;Y;{0};Rake/bob;Y;{0};Saw"),
    ],
)
def test_the_number_of_an_order_or_a_line_is_no_sku(bring, header, lines):
    shop, report = bring("\n".join([header, *lines.format("2026-01-02").split("/")]))
    assert Field.SKU not in report.columns
    assert [item.id for item in shop.load_catalog()] == ["saw", "rake"]
    assert rows(shop.purchases) == [("saw;rake", ""), ("rake;saw", "")]


@pytest.mark.parametrize("column", ["Reference", "Référence", "ref", "Referencia", "item id", "Item Number"])
@pytest.mark.parametrize(
    "lines",
    [
        "1,A,Saw/1,B,Rake/2,B,Rake",
        "1,A,Saw",
        "1,A,Shirt/1,B,Shirt/2,A,Shirt/3,C,Shirt",  # variants with one title
        "1,A,Saw/1,B,Rake/2,B,Harke/2,A,Säge",  # a shop in two languages
        "1,A,Mug Ann/1,A,Mug Bob/2,B,Saw/2,C,Rake/3,B,Saw/3,D,Hoe",
    ],
)
def test_a_reference_that_tells_products_apart_is_a_sku(bring, column, lines):
    shop, report = bring("\n".join([f"order,{column},title", *lines.split("/")]))
    assert report.columns[Field.SKU] == column and "A" in shop.load_catalog()


def test_what_a_reference_is_shows_in_all_files_of_an_export(tmp_path):
    for name, lines in (("may", "1,X,Saw\n"), ("june", "2,Y,Saw\n2,Y,Rake\n3,Z,Saw\n3,Z,Rake\n")):
        (tmp_path / name).write_text(f"order,reference,title\n{lines}", "utf-8")
    shop = Shop(tmp_path / "shop")
    import_orders([tmp_path / "may", tmp_path / "june"], shop, {})
    assert rows(shop.purchases) == [("saw", ""), ("saw;rake", ""), ("saw;rake", "")]


@pytest.mark.parametrize(
    ("header", "lines", "is_title"),
    [
        ("order,name,email,sku", "1,Jo Doe,a@x,A/1,Jo Doe,a@x,B/2,Al Ba,b@x,A", False),
        ("order,name,email,sku", "1,Jo Doe,a@x,A/2,Al Ba,b@x,A/3,Jo Doe,a@x,A", False),  # an item an order
        ("order,name,sku", "1,Jo Doe,A/1,Jo Doe,B/2,Al Ba,A", False),
        ("order,name,email,sku", "1,Saw,a@x,A/1,Rake,a@x,B/2,Saw,b@x,A", True),
        ("order,name,email,sku", "1,Saw,a@x,A/2,Saw,b@x,A/3,Rake,a@x,B/4,Harke,b@x,B", True),
        ("order,name,email", "1,Saw,a@x/1,Rake,a@x/2,Saw,b@x", True),
        ("order,name", "1,Saw/1,Rake/2,Saw", True),
    ],
)
def test_a_name_is_the_title_unless_it_is_the_customers(bring, header, lines, is_title):
    shop, report = bring("\n".join([header, *lines.split("/")]))
    assert report.columns.get(Field.TITLE) == ("name" if is_title else None)
    assert "Doe" not in shop.inventory.read_text("utf-8")


def test_a_customers_name_beside_no_other_product_is_not_read_unless_it_is_given(bring):
    text = "order,name,email\n1,Jo Doe,a@x\n2,Al Ba,b@x\n3,Al Ba,b@x\n"
    with pytest.raises(RecommenderError, match="name it with --sku or --title"):
        bring(text)
    _, report = bring(text, {Field.TITLE: "name"})
    assert report.columns[Field.TITLE] == "name"


@pytest.mark.parametrize("article", ["Nom de l’article", "Nom de l'article", "Nom article"])
def test_the_french_columns_of_woocommerce_are_known(bring, article):
    header = f"N° de commande,Statut de la commande,Date de commande,UGS,{article},Quantité (- Remboursement)"
    shop, report = bring(f"{header}\n1,Terminée,2026-01-02,A-1,Scie,1\n1,Terminée,2026-01-02,B,Râteau,0\n")
    assert report.columns[Field.SKU] == "UGS" and report.columns[Field.TITLE] == article and not report.unused
    assert rows(shop.purchases) == [("A-1", "")] and shop.load_catalog()["A-1"].name("en") == "Scie"


def test_an_amount_of_money_is_no_quantity(bring):
    shop, report = bring("order,item,amount\n1,Saw,0.00\n1,Rake,-5.00\n")
    assert rows(shop.purchases) == [("saw;rake", "")] and report.unused == ["amount"]


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
        "1,2026-01-01,B,Rake,-1\n1,2026-01-01,,,1\n"
        ",2026-01-01,B,Rake,1\n1,2026-01-01,B,Rake,some\n1,2026-01-01,B,Rake,1,more\n"
        '1,2026-01-01,"4,00638E+12",Rake,1\n1,,B,Rake,2\n'
    )
    shop, report = bring(text)
    assert rows(shop.purchases) == [("A;B", "")]
    assert report.refused == 6 and report.lines == 8
    says = ["returned", "no product", "neither", "not a number", "6 cells", "rounded"]
    for line, (reason, word) in enumerate(zip(report.reasons, says, strict=True), start=3):
        assert f"orders.csv, line {line}: " in reason and word in reason


def test_rows_of_separators_alone_are_no_lines(bring):
    shop, report = bring(";;;\norder;sku;;\n;;;\n1;A;;\n;;;;;\n1;B\n1;;;\n;;;\n")
    assert rows(shop.purchases) == [("A;B", "")]
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
    assert sorted(rows(shop.purchases)) == [("A", ""), ("B", "")] and report.refused == 2
    assert f"has rounded the {what}" in report.reasons[0]


def test_a_rounded_customer_of_an_order_with_a_number_is_unknown(bring, tmp_path, capsys):
    text = "order,customer,sku\n1,6.12345E+12,A\n1,6.12345E+12,B\n2,6.12345E+12,A\n,6.12345E+12,B\n"
    shop, report = bring(text)
    assert rows(shop.purchases) == [("A;B", ""), ("A", "")]
    assert [reason.partition(": ")[2] for reason in report.reasons] == [
        'a spreadsheet has rounded the customer "6.12345e+12": its column must be text.'
    ]
    assert main(["import", str(tmp_path / "orders.csv"), "--output", str(tmp_path / "shop")]) == 0
    assert "because a spreadsheet has rounded it: 3." in capsys.readouterr().out


def test_a_line_below_a_rounded_order_number_joins_no_order(bring):
    shop, report = bring("order;sku\n1;A\n1,12E+11;B\n;C\n2;A\n;D\n")
    assert rows(shop.purchases) == [("A", ""), ("A;D", "")] and report.refused == 2


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
    assert sorted(rows(shop.purchases)) == [("0", ""), ("saw", ""), ("saw;R-1", "")]
    assert report.cancelled == 2
    assert [reason.partition(": ")[2] for reason in report.reasons] == [
        "it names no product.",
    ]


@pytest.mark.parametrize("nothing", ["", "NaN", "N/A", "-"])
def test_a_line_that_names_no_order_by_a_word_goes_on_with_the_one_above(bring, nothing):
    lines = ["1,ann,2026-01-01,A", f"{nothing},{nothing},{nothing},B", "2,ann,2026-01-02,A"]
    shop, report = bring("\n".join(["order,customer,date,sku", *lines]))
    assert rows(shop.purchases) == [("A;B", ""), ("A", "A")] and not report.undated and not report.refused


def test_a_bread_is_no_blank_cell(bring):
    shop, report = bring("order,title\n1,Nan\n1,Saw\n2,NaN\n")
    assert rows(shop.purchases) == [("nan;saw", "")] and report.refused == 1


def test_lines_without_an_orders_number_are_counted(bring, tmp_path, capsys):
    bring("order,customer,sku\n1,ann,A\n1,ann,B\n,ann,A\n,ann,B\n")
    assert main(["import", str(tmp_path / "orders.csv"), "--output", str(tmp_path / "shop")]) == 0
    assert "Lines that name no order count as one each: 2;" in capsys.readouterr().out


def test_a_date_that_cannot_be_read_is_counted_and_its_line_is_used(bring):
    text = "order,customer,date,sku\n1,ann,yesterday,A\n1,ann,2026-13-01,B\n2,ann,5.1.2026,A\n2,ann,,C\n"
    shop, report = bring(text)
    assert rows(shop.purchases) == [("A;B", ""), ("A;C", "A")]
    assert (report.undated, report.unread, report.refused) == (2, "yesterday", 0)


def test_an_impossible_date_says_nothing_of_the_order_of_day_and_month(bring):
    text = "order,customer,date,sku\n1,ann,2/1/2026,A\n2,ann,1/3/2026,B\n3,ann,12/25/2025,C\n4,bob,13/32/2026,D\n"
    shop, report = bring(text, by=Field.CUSTOMER)
    assert rows(shop.purchases) == [("C;B;A", ""), ("D", "")] and not report.dates.day_first


@pytest.mark.parametrize("quantity", ["1,00", "1.000,00", "1,000.00", "1 000", "1'000", "2 Stk", "$5.00", "+3", "١٠"])
def test_how_many_were_bought_may_be_written_in_any_way(bring, quantity):
    shop, report = bring(f"order;sku;quantity\n1;A;1\n1;B;{quantity}\n")
    assert rows(shop.purchases) == [("A;B", "")] and not report.refused


@pytest.mark.parametrize("quantity", ["-1", "1-", "−1", "–1", "(1)", "0", "0,00", "٠", "٠٫٠", "-١"])
def test_what_was_returned_is_not_bought(bring, quantity):
    shop, report = bring(f"order;sku;quantity\n1;A;1\n1;B;{quantity}\n")
    assert rows(shop.purchases) == [("A", "")] and "returned" in report.reasons[0]


def test_cancelled_and_refunded_orders_are_left_out(bring):
    text = (
        "Name,Financial Status,Lineitem name\n#1,paid,Saw\n#1,,Rake\n#2,voided,Saw\n#2,,Hoe\n"
        "#3,partially_refunded,Hoe\n#4,Refunded,Axe\n"
    )
    shop, report = bring(text)
    assert rows(shop.purchases) == [("saw;rake", ""), ("hoe", "")]
    assert report.cancelled == 3 and "axe" not in shop.load_catalog()


@pytest.mark.parametrize(
    "status",
    [
        *("Void", "Cancel", "Returned", "Payment error", "Declined", "Failed", "Order cancellation"),
        *("Rückerstattet", "Zurückerstattet", "Stornierung", "Zahlungsfehler", "Retourniert", "Fehlgeschlagen"),
        *("Annulée", "Remboursement", "Erreur de paiement", "Retournée", "Échec", "Refusé"),
        *("Cancelado", "Reembolso", "Error en el pago", "Devuelto", "Rechazado", "Cancelación"),
        *("فشل", "تم استرداد المبلغ", "خطأ في الدفع", "تم الإلغاء", "إلغاء", "مرتجع", "مرفوض", "الملغية"),
        *("Returns", "Refunds", "Shipped - Returning to Seller", "charge-back", "Fail", "Undelivered", "Rejects"),
        *("Widerrufen", "Rückgabe", "Stornierte", "Retouren", "Zurückgeschickt", "Rückbuchung", "Gutschrift"),
        *("Rückzahlungen", "Retournierte Ware", "Abgelehnte Zahlung", "Kartenfehler", "Annulliert", "Credit note"),
        *("Annulés", "Annulées", "Remboursés", "Rejetée", "rejeté", "Abandonnée", "Renvoyées", "Remboursements"),
        *("Cancelados", "Anulados", "Devueltos", "Reembolsados", "Reintegro", "Rechazadas", "Devoluciones"),
        *("ألغي", "تم رد المبلغ", "فشلت", "ألغيت", "تم إلغاؤه", "المرتجعات", "رُفضت"),
    ],
)
def test_what_was_not_sold_in_the_end_is_told_by_its_status_in_five_languages(bring, status):
    shop, report = bring(f"order;status;sku\n1;{status};A\n2;paid;B\n")
    assert rows(shop.purchases) == [("B", "")] and report.cancelled == 1


@pytest.mark.parametrize(
    "status",
    [
        *("Partial refund", "Teilweise erstattet", "Remboursement partiel", "Reembolso parcial", "استرداد جزئي"),
        *("Part refunded", "Refunded (in part)", "Teilerstattung", "Teilstorniert", "Partiellement remboursée"),
    ],
)
def test_what_was_refunded_in_part_was_sold(bring, status):
    shop, report = bring(f"order;status;sku\n1;{status};A\n")
    assert rows(shop.purchases) == [("A", "")] and [*report.statuses.values()] == [status]


@pytest.mark.parametrize(
    "status",
    [
        *("Retour", "Rücksendung", "Reversed", "charged_back", "Order deleted", "محذوف", "Not paid - cancelled"),
        *("Storniert (nicht bezahlt)", "Annulée, non payée", "Refunded: no stock", "Cancelled", "refunded/closed"),
        *("Delivery refused and returned", "Order cancelled because payment was declined", "Payment: declined"),
        *("Payment window expired", "Zahlungsfrist abgelaufen", "Délai de paiement expiré", "Paid: no, cancelled"),
        *("Declined / refund", "Refused by customer, return to sender", "Refusé et retourné"),
    ],
)
def test_a_refund_is_told_by_other_words_too_and_beside_what_is_denied(bring, status):
    shop, report = bring(f'order;status;sku\n1;"{status}";A\n2;paid;B\n')
    assert rows(shop.purchases) == [("B", "")] and [*report.left_out.values()] == [status]


@pytest.mark.parametrize(
    "status",
    [
        *("Not cancelled", "nicht storniert", "No refund", "Completed (not refunded)", "Return window closed"),
        *("non_remboursé", "Sin devolución", "غير مسترد", "لم يتم الإلغاء", "not yet refunded", "closed"),
        *("Refund declined", "Return rejected", "Rejected refund", "Cancellation request denied", "Refund: declined"),
        *("Erstattung abgelehnt", "Remboursement refusé", "Devolución rechazada", "تم رفض الاسترداد"),
        *("Refund: none", "Cancelled: no", "Cancelled? No", "Storniert: nein", "Refunded (no)", "Remboursé : non"),
        *(
            "Return window expired",
            "Retourenfrist abgelaufen",
            "Délai de retour expiré",
            "Plazo de devolución caducado",
        ),
        *("Return label created", "Retourenlabel erstellt", "Étiquette de retour créée", "Return cancelled"),
        *("Widerrufsrecht erloschen", "Return policy accepted"),
    ],
)
def test_an_order_whose_refund_is_denied_was_sold(bring, status):
    shop, report = bring(f"order;status;sku\n1;{status};A\n")
    assert rows(shop.purchases) == [("A", "")] and [*report.statuses.values()] == [status]


def test_a_closed_order_of_magento_was_refunded(bring):
    shop, report = bring("increment_id,status,sku,qty_ordered\n1,closed,A,1\n2,complete,B,1\n")
    assert rows(shop.purchases) == [("B", "")] and report.left_out == {"closed": "closed"}


def test_every_status_of_a_line_is_read(bring):
    header = "order id,order status,payment status,fulfillment status,item status,sku\n"
    shop, report = bring(f"{header}1,Completed,Refunded,,,A\n2,Completed,Paid,,,B\n2,,,,Cancelled,C\n3,,,returned,,D\n")
    assert rows(shop.purchases) == [("B", "")] and report.cancelled == 3
    assert [*report.statuses] == ["completed", "paid"] and [*report.left_out] == ["refunded", "cancelled", "returned"]
    shop, report = bring(f"{header}1,Completed,Refunded,,,A\n", {Field.STATUS: "order status"})
    assert rows(shop.purchases) == [("A", "")] and report.columns[Field.STATUS] == "order status"


@pytest.mark.parametrize(
    ("columns", "said", "other"),
    [
        ("Financial Status,Lineitem fulfillment status", "refunded", "fulfilled"),
        ("Payment status,Item status", "Refunded", "Shipped"),
        ("Order status,Fulfillment status", "Cancelled", "fulfilled"),
        ("Zahlungsstatus,Versandstatus", "erstattet", "versendet"),
        ("Versandstatus,Zahlungsstatus", "zurückgesendet", "bezahlt"),
        ("Cancelled at,Delivery status", "2026-01-02", "delivered"),
        ("Cancelled at,Lineitem fulfillment status", "2026-01-02", "fulfilled"),
    ],
)
@pytest.mark.parametrize("apart", [False, True], ids=["together", "apart"])
def test_what_a_column_says_in_one_line_of_an_order_holds_for_the_others_whatever_another_says(
    bring, columns, said, other, apart
):
    lines = [f"1,{said},{other},A", f"1,,{other},B", f"2,,{other},C", f"1,,{other},D", f"2,,{other},D"]
    if apart:
        lines = [lines[1], lines[2], lines[0], lines[4], lines[3]]
    shop, report = bring("\n".join([f"order,{columns},sku", *lines]))
    assert rows(shop.purchases) == [("C;D", "")] and report.cancelled == 3
    assert {item.id for item in shop.load_catalog()} == {"C", "D"}


def test_an_export_of_shopify_loses_refunded_and_cancelled_orders_as_a_whole(bring):
    header = "Name,Financial Status,Fulfillment Status,Cancelled at,Lineitem name,Lineitem fulfillment status"
    lines = ["#1001,refunded,fulfilled,,Drill,fulfilled", "#1001,,,,Dowel,fulfilled", "#1001,,,,Cup,fulfilled"]
    lines += ["#1002,paid,fulfilled,,Drill,fulfilled", "#1002,,,,Cup,fulfilled"]
    lines += ["#1003,paid,unfulfilled,2026-01-02,Drill,pending", "#1003,,,,Cup,pending"]
    shop, report = bring("\n".join([header, *lines]))
    assert rows(shop.purchases) == [("drill;cup", "")] and report.cancelled == 5
    assert [item.id for item in shop.load_catalog()] == ["drill", "cup"]


def test_each_file_of_an_export_may_have_other_columns_of_statuses(tmp_path):
    (tmp_path / "may.csv").write_text("order,sku,payment status\n1,A,paid\n2,A,refunded\n3,A,\n", "utf-8")
    (tmp_path / "june.csv").write_text(
        "order,cancelled at,sku,delivery status\n2,,B,sent\n1,,B,\n3,today,B,\n", "utf-8"
    )
    shop = Shop(tmp_path / "shop")
    report = import_orders([tmp_path / "may.csv", tmp_path / "june.csv"], shop, {})
    assert rows(shop.purchases) == [("A;B", "")] and report.cancelled == 4


@pytest.mark.parametrize("apart", [False, True], ids=["together", "apart"])
@pytest.mark.parametrize(
    ("column", "said"),
    [
        *(
            ("Absagegrund", "Zu teuer"),
            ("Reason for rejection", "Z1"),
            ("RejectionReason", "too late"),
            ("Motif de refus", "02"),
        ),
        *(("Item status", "Cancelled"), ("Lineitem fulfillment status", "returned")),
    ],
)
def test_what_is_said_of_a_line_is_not_said_of_its_order(bring, column, said, apart):
    lines = [f"1,A,{said}", "1,B,", "2,C,", f"2,D,{said}", "2,A,"]
    shop, report = bring("\n".join([f"order,sku,{column}", *(lines[::2] + lines[1::2] if apart else lines)]))
    assert rows(shop.purchases) == [("B", ""), ("C;A", "")] and report.cancelled == 2


@pytest.mark.parametrize(
    "column", ["Cancelled at", "Canceled at", "Storniert am", "Date d’annulation", "cancellation date"]
)
def test_an_order_with_a_date_of_cancelling_is_left_out(bring, column):
    lines = ["1,paid,A,2026-01-02", "1,,B,", "2,paid,B,", "3,paid,C,0000-00-00 00:00:00", "4,paid,D,no", "5,paid,E,N/A"]
    shop, report = bring("\n".join([f"order,status,sku,{column}", *lines]))
    assert [purchased for purchased, _ in rows(shop.purchases)] == ["B", "C", "D", "E"] and report.cancelled == 2


@pytest.mark.parametrize("column", ["Absagegrund", "Reason for rejection", "Rejection reason"])
def test_a_line_that_was_rejected_for_a_reason_is_left_out(bring, column):
    lines = ["1,A,Zu teuer", "2,B,", "3,C,Z1 Customer changed his mind", "4,D,00", "5,E,-"]
    shop, report = bring("\n".join([f"order,sku,{column}", *lines]))
    assert [purchased for purchased, _ in rows(shop.purchases)] == ["B", "D", "E"] and report.cancelled == 2


@pytest.mark.parametrize(
    "total",
    ["Total", "GRAND TOTAL", "Subtotal:", "Summe", "Gesamt", "Zwischensumme", "Somme", "Suma", "المجموع الفرعي"],
)
def test_a_line_that_adds_up_others_is_no_purchase(bring, total):
    text = f"order,title,quantity\n1,Saw,1\n,{total},1\n,Total Saw,1\n{total},2 items,2\n2,{total},2\n"
    shop, report = bring(text)
    assert rows(shop.purchases) == [("saw;total-saw", "")]
    assert report.refused == 3 and f'line 3: it is a total ("{total}")' in report.reasons[0]
    shop, _ = bring(f"order,sku,title\n1,A,{total}\n1,B,Saw\n")  # what has a SKU is a product
    assert rows(shop.purchases) == [("A;B", "")]


def test_a_product_without_sku_goes_on_with_the_order_above(bring):
    shop, report = bring("Name,Lineitem sku,Lineitem name\n#1,A,Saw\n,,Gift card\n#2,A,Saw\n,B,\n,,\n,,Tip\n")
    assert rows(shop.purchases) == [("A;gift-card", ""), ("A;B;tip", "")] and not report.refused


def test_a_cell_that_was_escaped_for_a_spreadsheet_is_read_without_the_apostrophe(bring):
    text = "order,sku,title,quantity\n1,'-A,'@Home Lamp,1\n1,-A,'Tis a Lamp,1\n1,B,'=Saw,'-1\n"
    shop, report = bring(text)
    assert {item.sku or item.id for item in shop.load_catalog()} == {"-A"}
    assert [item.name("en") for item in shop.load_catalog()] == ["'Tis a Lamp"]
    assert report.refused == 1 and "the quantity is -1" in report.reasons[0]


def test_the_statuses_that_count_as_sold_are_listed_so_that_an_unknown_one_is_seen(bring, tmp_path, capsys):
    def tell(statuses):
        lines = (f"{n},{status},A" for n, status in enumerate(statuses))
        bring("\n".join(["order,status,sku", *lines]))
        assert main(["import", str(tmp_path / "orders.csv"), "--output", str(tmp_path / f"of {len(statuses)}")]) == 0
        return capsys.readouterr().out

    assert "count as sold: Paid; Gone back.\n" in tell(["Paid", "cancelled", "PAID", "Gone back", ""])
    assert "count as sold: status 0; status 1;" in (told := tell([f"status {n}" for n in range(11)]))
    assert "status 9; …\n" in told and "status 10" not in told


def test_numbers_that_begin_anew_every_day_are_asked_about(bring, tmp_path, capsys):
    def tell(dates):
        lines = (f"{n % 2},{date},{sku}" for n, (date, sku) in enumerate(zip(dates, "ABAB", strict=True)))
        bring("\n".join(["receipt,date,sku", *lines]))
        folder = tmp_path / f"shop of {len(list(tmp_path.iterdir()))}"
        assert main(["import", str(tmp_path / "orders.csv"), "--output", str(folder)]) == 0
        return capsys.readouterr().out

    daily = tell(["2026-01-01 10:00", "2026-01-01 11:00", "2026-01-02 10:00", "2026-01-02 11:00"])
    assert "Order numbers without a customer: 2; with lines of several days: 2." in daily
    running = tell(["2026-01-01 10:00", "2026-01-02 10:00", "2026-01-01 10:01", ""])
    assert "several days" not in running


def test_a_sku_with_many_titles_is_asked_about(bring, tmp_path, capsys):
    lines = [f"{n},{sku},Title {n}" for sku in ("0", "") for n in range(12)]
    bring("\n".join(["order,sku,title", *lines, *(f"{n},R,Rake {n % 3}" for n in range(30))]))
    assert main(["import", str(tmp_path / "orders.csv"), "--output", str(tmp_path / "shop")]) == 0
    assert 'SKUs with more than 10 titles, such as "0": 1.' in capsys.readouterr().out


@pytest.mark.parametrize(
    "lines",
    [
        "1;cancelled;ann;A/2;paid;bob;B/1;;;C",  # as a sorted export has them
        "1;;;C/2;paid;bob;B/1;cancelled;ann;A",
        "1;cancelled;ann;A/2;paid;bob;B/1;;ann;C/3;;bob;B",
    ],
)
def test_all_lines_of_a_cancelled_order_are_left_out_wherever_they_stand(bring, lines):
    shop, report = bring("order;status;customer;sku\n" + lines.replace("/", "\n"))
    assert {purchased for purchased, _ in rows(shop.purchases)} == {"B"} and report.cancelled == 2
    assert [item.id for item in shop.load_catalog()] == ["B"]


def test_a_line_that_says_otherwise_than_its_order_is_believed(bring):
    shop, report = bring("order;status;sku\n1;refunded;A\n2;paid;B\n1;paid;C\n2;paid;C\n1;;D\n")
    assert rows(shop.purchases) == [("C;D", ""), ("B;C", "")] and report.cancelled == 1


def test_of_two_orders_with_one_number_the_cancelled_one_is_left_out(bring):
    shop, _ = bring("order;status;customer;sku\n1;cancelled;ann;A\n1;paid;bob;B\n1;;ann;C\n1;;bob;D\n")
    assert rows(shop.purchases) == [("B;D", "")]


def test_an_export_of_cancelled_orders_alone_is_refused(bring):
    with pytest.raises(RecommenderError, match="no line can be used"):
        bring("order,status,sku\n1,cancelled,A\n1,,B\n")


def test_guests_are_not_one_customer(bring):
    text = "order,customer,sku\n" + "".join(f"{n},{who},S\n" for n, who in enumerate(["0", "Guest", "-", "0", "ann"]))
    shop, report = bring(text)
    assert report.repeated == 0 and rows(shop.purchases) == 5 * [("S", "")]
    shop, _ = bring(text, by=Field.CUSTOMER)
    assert len(rows(shop.purchases)) == 5


def test_a_guest_without_an_orders_number_is_no_part_of_another_guests_order(bring):
    shop, _ = bring("order,customer,sku\n3,guest,A\n,guest,B\n,guest,C\n", by=Field.CUSTOMER)
    assert sorted(rows(shop.purchases)) == [("A", ""), ("B", ""), ("C", "")]


def test_the_lines_of_an_order_are_one_order_wherever_they_stand_and_whoever_they_name(bring):
    text = "order,customer,title\n1,A@x.org,Saw\n2,b@x.org,Saw\n1,,Rake\n2,B@X.org,Rake\n1,a@x.org,Hoe\n"
    shop, _ = bring(text)
    assert sorted(rows(shop.purchases)) == [("saw;rake", ""), ("saw;rake;hoe", "")]


def test_an_order_that_is_named_in_its_first_line_only_goes_on_below_it(bring):
    text = "order,date,sku,title\n1,2026-01-01,A,Saw\n,,B,Rake\n2,2026-01-02,A,Saw\n,,C,Hoe\nTotal,,,\n,,,Total\n"
    shop, report = bring(text)
    assert rows(shop.purchases) == [("A;B", ""), ("A;C", "")] and report.refused == 2


def test_two_lines_of_a_product_in_one_order_are_no_repeat_purchase(bring):
    shop, report = bring("order,customer,sku\n1,ann,A\n1,ann,A\n1,ann,B\n2,ann,B\n", by=Field.CUSTOMER)
    assert rows(shop.purchases) == [("A;B", "B")] and report.repeated == 1


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
    assert rows(shop.purchases) == [("M1;saw", ""), ("M1;saw", ""), ("CAP;cap-2", "")]


@pytest.mark.parametrize("lines", ["1,X1,Shirt\n2,X2,Shirt\n3,X1,Shirt", "1,X2,Shirt\n2,X1,Shirt\n3,X1,Shirt"])
def test_a_line_without_sku_is_of_the_best_selling_product_with_its_title(bring, lines):
    shop, _ = bring(f"order,sku,title\n{lines}\n4,,Shirt\n4,Z,Tie\n")
    assert rows(shop.purchases)[-1] == ("X1;Z", "")


def test_of_several_titles_the_latest_is_the_products(bring):
    shop, _ = bring("order,date,sku,title\n2,2024-05-01,H,Hammer Pro 2024\n1,2022-05-01,H,OLD Hammer\n")
    assert shop.load_catalog()["H"].name("en") == "Hammer Pro 2024"


def test_of_several_categories_the_latest_is_the_products(bring):
    header, lines = "order,date,sku,category", ["1,2023-01-05,A,Home", "2,2024-03-05,A,Garden", "3,2024-01-05,A,Tools"]
    for turn in range(3):
        shop, _ = bring("\n".join([header, *lines[turn:], *lines[:turn], "4,2025-01-05,A,", "5,2025-01-05,A,simple"]))
        assert shop.load_catalog()["A"].sport == "Garden"
    shop, _ = bring("order,date,sku,category\n1,2/1/2024,A,Home\n2,1/3/2024,A,Tools\n3,1/31/2024,B,\n")
    assert shop.load_catalog()["A"].sport == "Home"  # month first, as the last line says


def test_the_latest_title_is_found_in_exports_with_the_month_first_too(bring):
    text = "order,date,sku,title\n1,1/12/2026,H,Old Hammer\n2,6/15/2026,H,New Hammer\n3,2/11/2026,H,Older Hammer\n"
    shop, _ = bring(text)
    assert shop.load_catalog()["H"].name("en") == "New Hammer"


def test_order_numbers_that_begin_anew_for_each_customer_are_told_apart(bring):
    shop, report = bring("order,customer,sku\n1,ann,A\n1,ann,B\n1,bob,C\n1,bob,D\n2,ann,B\n")
    assert rows(shop.purchases) == [("A;B", ""), ("B", "B"), ("C;D", "")] and report.orders == 3


def test_an_export_may_be_in_several_files_and_repeat_its_header(bring, tmp_path):
    (tmp_path / "may.csv").write_text("order,sku,title\n1,A,Saw\norder,sku,title\n1,B,Rake\n", "utf-8")
    (tmp_path / "june.csv").write_text("sku;order;title\nB;2;Rake\nC;2;Hoe\n;3;\n", "utf-8")
    shop = Shop(tmp_path / "both")
    report = import_orders([tmp_path / "may.csv", tmp_path / "june.csv"], shop, {})
    assert rows(shop.purchases) == [("A;B", ""), ("B;C", "")] and len(shop.load_catalog()) == 3
    assert report.reasons == [f"{tmp_path / 'june.csv'}, line 4: it names no product."]


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


def test_columns_that_are_not_read_may_have_any_names(bring):
    shop, report = bring("order,,sku,,note,note\n1,x,A,y,,\n1,x,B,y,,\n")
    assert rows(shop.purchases) == [("A;B", "")] and report.unused == ["note"]
    with pytest.raises(RecommenderError, match='names the column "sku" twice'):
        bring("order,sku,sku\n1,A,B\n")


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
    before = rows(shop.inventory), rows(shop.purchases)
    assert import_orders([tmp_path / "orders.csv"], shop, {}, update=True).new == 0
    assert (rows(shop.inventory), rows(shop.purchases)) == before
    main(["import", str(tmp_path / "orders.csv"), "--output", str(tmp_path / "shop")])
    assert "Products without a title that has a letter: 6." in capsys.readouterr().out


def test_a_later_title_without_a_letter_does_not_replace_one_with_a_letter(bring):
    lines = ["1,2026-01-01,A,Saw", "2,2026-01-02,A,0", "3,2026-01-03,B,$", "4,2026-01-02,B,Rake"]
    lines += ["5,2026-01-01,C,1983", "6,2026-01-02,C,1984", "7,2026-01-02,D,Hoe", "8,2026-01-01,D,7"]
    shop, report = bring("\n".join(["order,date,sku,title", *lines]))
    assert {item.id: item.name("en") for item in shop.load_catalog()} == {
        "A": "Saw",
        "B": "Rake",
        "C": "Product 1984",
        "D": "Hoe",
    }
    assert report.untitled == 1


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
        ("Mar 1, 2026", 20260301000000, False, False),
        ("Mar-01-26 10:05", 20260301100500, False, False),
        ("Sun, 01 Mar 2026 10:05:06 +0000", 20260301100506, False, False),
        ("1er mars 2026 à 10h05", 20260301100500, False, False),
        ("1. März 2026, 10:05 Uhr", 20260301100500, False, False),
        ("1 de marzo de 2026", 20260301000000, False, False),
        ("1 مارس 2026", 20260301000000, False, False),
        ("2026-03-01 10:05 CET", 20260301100500, False, False),
        ("20260301 10:05", 20260301100500, False, False),
        ("1 mar. 2026 1:05 p. m.", 20260301130500, False, False),
        ("2026/3/1 1:05 م", 20260301130500, False, False),
        ("1 مارس 2026 12:05:09 ص", 20260301000509, False, False),
        ("٢٠٢٦-٠٣-٠١ ١٢:٠٥ مساءً", 20260301120500, False, False),
        ("46082.5", 20260301120000, False, False),
        ("1772359506", 20260301100506, False, False),
    ],
)
def test_dates_are_read_as_they_are_written(text, as_date, day_first, month_first):
    seen = DateOrder()
    assert read_date(text, seen) == (as_date, as_date)
    assert seen == DateOrder(day_first, month_first)


@pytest.mark.parametrize(
    "text",
    ["31.2.2026", "2026-02-30", "31 Apr 2026", "29.2.2023", "20260230", "31/4/2026", "Feb 30, 2026", "0000-00-00"],
)
def test_a_day_that_the_calendar_does_not_have_is_no_date(text):
    seen = DateOrder()
    with pytest.raises(CatalogError, match="is not one of the calendar"):
        read_date(text, seen)
    assert seen == DateOrder()


@pytest.mark.parametrize(
    ("text", "day_first", "month_first"),
    [("2/29/2024", False, True), ("29.2.2024", False, False), ("29/2/2024", True, False)],
)
def test_a_leap_day_is_one_of_the_calendar(text, day_first, month_first):
    seen = DateOrder()
    assert read_date(text, seen) == (20240229000000, 20240229000000)
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
        import_orders([tmp_path / "orders.csv"], shop, {})
    with pytest.raises(RecommenderError, match=r"no line can be used.*orders.csv, line 2: "):
        bring("order,sku\n,A\n")
    assert len(list(tmp_path.iterdir())) == 2


@pytest.fixture
def import_meanwhile(tmp_path):
    """Import an export with two lines, and do something else after its lines are read."""

    def run(shop, meanwhile, update=False):
        source = tmp_path / "meanwhile.csv"
        source.write_text("order,sku,title\n1,A,Saw\n1,B,Rake\n", "utf-8")
        return import_orders([source], shop, {}, update=update, progress=lambda lines: meanwhile())

    return run


def test_a_folder_that_another_import_is_writing_is_left_alone(import_meanwhile, tmp_path):
    shop = Shop(tmp_path / "shop")
    with ExitStack() as stack, pytest.raises(RecommenderError, match=r"Another run is writing .*shop"):
        import_meanwhile(shop, lambda: stack.enter_context(lock_content(shop.folder)))
    assert not list(shop.folder.iterdir())
    import_meanwhile(shop, lambda: None)
    assert {path.name for path in shop.folder.iterdir()} == {"inventory.csv", "purchases.csv"}


def test_a_shop_that_another_import_has_written_meanwhile_is_not_overwritten(bring, import_meanwhile):
    shop, _ = bring("order,sku\n1,A\n")
    inventory, purchases = shop.inventory.read_bytes(), shop.purchases.read_bytes()
    other = Shop(shop.folder.with_name("other"))
    with pytest.raises(RecommenderError, match=r"has an inventory.csv already"):
        import_meanwhile(other, lambda: shutil.copytree(shop.folder, other.folder))
    assert (other.inventory.read_bytes(), other.purchases.read_bytes()) == (inventory, purchases)


def test_an_inventory_that_its_owner_edits_during_an_update_keeps_the_edit(bring, import_meanwhile):
    shop, _ = bring("order,sku,title\n1,A,Saw\n")
    import_meanwhile(shop, lambda: shop.inventory.write_text("id,name\nA,Fine Saw\n", "utf-8"), update=True)
    assert rows(shop.inventory) == [("A", "Fine Saw"), ("B", "Rake")]


def test_purchases_from_elsewhere_are_replaced_only_by_an_update(bring, tmp_path):
    bring("order,sku\n1,A\n")
    shop = Shop(tmp_path)
    shop.purchases.write_text("purchased,next\nA,B\n", "utf-8")
    with pytest.raises(RecommenderError, match=r"has a purchases.csv already.*--update"):
        import_orders([tmp_path / "orders.csv"], shop, {})
    assert rows(shop.purchases) == [("A", "B")]
    import_orders([tmp_path / "orders.csv"], shop, {}, update=True)
    assert rows(shop.purchases) == [("A", "")]


@pytest.mark.parametrize("name", ["purchases.csv", "inventory.csv"])
@pytest.mark.parametrize("update", [False, True])
def test_an_export_is_never_written_over(tmp_path, monkeypatch, name, update):
    text = "order,sku,title,name\n1,A,Saw,Saw\n"
    (tmp_path / name).write_text(text, "utf-8")
    (tmp_path / "link.csv").symlink_to(tmp_path / name)
    monkeypatch.chdir(tmp_path)
    for source in (name, "link.csv"):
        with pytest.raises(RecommenderError, match=f"{source} would be overwritten by the {name} of the shop"):
            import_orders([Path(source)], Shop(tmp_path), {}, update=update)
    assert (tmp_path / name).read_text("utf-8") == text and len(list(tmp_path.iterdir())) == 2


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


def test_an_update_keeps_the_inventory_and_adds_what_is_new(bring, tmp_path):
    shop, _ = bring("order,sku,title,category\n1,A 1,Saw,Tools\n1,B,Rake,Garden\n1,C,Hoe,Garden\n")
    kept = "id,en,fr,kind,sku\nB,Garden Rake,Râteau,rake,\nA-1,Saw,Scie,saw,A 1\n"  # as its owner went on with it
    shop.inventory.write_text(kept, "utf-8")
    later = "order,sku,title,category\n1,a 1,SAW,T\n1,B,Rake,G\n2,D,Axe,T\n2,,saw,\n"
    (tmp_path / "next.csv").write_text(later, "utf-8")
    with pytest.raises(RecommenderError, match="--update"):
        import_orders([tmp_path / "next.csv"], shop, {})
    report = import_orders([tmp_path / "next.csv"], shop, {}, update=True)
    assert rows(shop.inventory) == [
        ("B", "Garden Rake", "Râteau", "rake", "", ""),
        ("A-1", "Saw", "Scie", "saw", "A 1", ""),
        ("D", "Axe", "", "", "", "T"),
    ]
    assert rows(shop.purchases) == [("A-1;B", ""), ("D;A-1", "")]
    assert (report.products, report.new) == (3, 1)


def test_an_update_keeps_columns_without_names(bring, tmp_path):
    shop, _ = bring("order,sku\n1,A\n")
    shop.inventory.write_text(",id,,name,,kind\n1,A,2,Saw,3,saw\n,,,,,\n,,,,,\n", "utf-8")
    import_orders([tmp_path / "orders.csv"], shop, {}, update=True)
    assert shop.inventory.read_text("utf-8-sig").splitlines() == [",id,,name,,kind", "1,A,2,Saw,3,saw"]


def test_an_update_finds_the_products_of_a_list_of_names_and_notes_their_skus(bring, tmp_path):
    shop, _ = bring("order,sku\n1,A\n")
    shop.inventory.write_text("name,fr,kind\nSaw,Scie,saw\nRake,,\n", "utf-8")
    (tmp_path / "next.csv").write_text("order,sku,title\n1,S-1,Scie\n1,R 1,RAKE\n2,R 2,Rake\n2,R 1,Rake\n", "utf-8")
    for _ in range(2):
        report = import_orders([tmp_path / "next.csv"], shop, {}, update=True)
        assert rows(shop.inventory) == [
            ("saw", "Saw", "Scie", "saw", "S-1"),
            ("rake", "Rake", "", "", "R 1"),  # of two products with its title, the one that sells best
            ("R-2", "Rake (R-2)", "", "", "R 2"),
        ]
        assert rows(shop.purchases) == [("saw;rake", ""), ("R-2;rake", "")]
        assert report.rewritten == 2
    assert report.new == 0


def test_an_update_finds_the_products_of_an_import_without_skus_and_notes_their_skus(bring, tmp_path):
    shop, _ = bring("order,title\n1,Saw\n1,Rake\n2,Saw\n")
    (tmp_path / "next.csv").write_text("order,sku,title\n1,,Saw\n1,R-1,Rake\n2,S-1,Saw\n3,S-2,Saw\n3,S-1,\n", "utf-8")
    for _ in range(2):
        import_orders([tmp_path / "next.csv"], shop, {}, update=True)
        assert rows(shop.inventory) == [
            ("saw", "Saw", "", "S-1"),
            ("rake", "Rake", "", "R-1"),
            ("S-2", "Saw (S-2)", "", ""),
        ]
        assert rows(shop.purchases) == [("saw;rake", ""), ("saw", ""), ("S-2;saw", "")]


def test_an_update_gives_no_product_the_sku_of_another_one_with_its_title(bring, tmp_path):
    shop, _ = bring("order,sku,title\n1,shirt-1,Shirt\n1,R,Rake\n")  # the first SKU could be made from its title
    later = [["shirt-7"], ["shirt-1", "shirt-7"], ["shirt-7"]]
    for skus in later:
        lines = [f"{n},{sku},Shirt" for n, sku in enumerate(skus)]
        (tmp_path / "next.csv").write_text("\n".join(["order,sku,title", *lines]), "utf-8")
        import_orders([tmp_path / "next.csv"], shop, {}, update=True)
        assert [id_ for id_, *_ in rows(shop.inventory)] == ["shirt-1", "R", "shirt-7"]
        assert rows(shop.purchases) == [(sku, "") for sku in skus]


def test_an_update_finds_products_whose_ids_were_cut(bring, tmp_path):
    titles = [f"{'very long ' * 7}{colour}" for colour in ("red", "blue")]
    shop, _ = bring("\n".join(["order,title", *(f"1,{title}" for title in titles)]))
    ids = [item.id for item in shop.load_catalog()]
    for written in ("", "names alone"):
        if written:  # with ids that are longer than one may be written
            names = [item.name("en") for item in shop.load_catalog()]
            shop.inventory.write_text("\n".join(["name", *names]), "utf-8")
            ids = [item.id for item in shop.load_catalog()]
        lines = [f"1,N-{n},{title}" for n, title in enumerate(titles)]
        (tmp_path / "next.csv").write_text("\n".join(["order,sku,title", *lines]), "utf-8")
        for _ in range(2):
            import_orders([tmp_path / "next.csv"], shop, {}, update=True)
            assert [(item.id, item.sku) for item in shop.load_catalog()] == [(ids[0], "N-0"), (ids[1], "N-1")]


def test_an_update_reads_an_id_without_the_spaces_around_it(bring, tmp_path):
    shop, _ = bring("order,sku,title\n1,R,Rake\n")
    shop.inventory.write_text('id,name\n" saw ",Saw\nR,Rake\n', "utf-8")
    (tmp_path / "next.csv").write_text("order,sku,title\n1,S-1,Saw\n1,saw,\n1,R,\n", "utf-8")
    import_orders([tmp_path / "next.csv"], shop, {}, update=True)
    assert rows(shop.purchases) == [("S-1;saw;R", "")]


def test_an_update_finds_a_sku_that_was_stored_with_an_invisible_sign(bring, tmp_path):
    shop, _ = bring("order,sku,title\n1,A\ue000,Saw\n")
    shop.inventory.write_text("id,name,sku\nA-1,Saw,A\ue000\n", "utf-8")
    report = import_orders([tmp_path / "orders.csv"], shop, {}, update=True)
    assert rows(shop.inventory) == [("A-1", "Saw", "A\ue000")] and report.new == 0
    assert rows(shop.purchases) == [("A-1", "")]


def test_the_shoppers_of_a_paper_are_updated_like_any_shop(tmp_path, capsys):
    (tmp_path / SEQUENCES).write_text("A1 B00X B00Y\n", "utf-8")
    (tmp_path / TITLES).write_text("B00X title: Racket\nB00Y title: Bottle\n", "utf-8")
    command = ["import", "amazon-sports", "--from", str(tmp_path), "--output", str(tmp_path / "shop")]
    assert main(command) == 0
    with pytest.raises(SystemExit, match="2"):
        main(command)
    assert "add to it with --update" in capsys.readouterr().err
    assert main([*command, "--update"]) == 0
    assert "Products: 2; new: 0." in capsys.readouterr().out


def test_an_update_changes_no_cell_of_the_inventory(bring, tmp_path):
    shop, _ = bring("order,sku,title\n1,A,Saw\n")
    kept = "EN,Note,SKU,Id\n@Home Lamp, =ask Ann,,A\n-20V Drill,-,-20V,\n"
    shop.inventory.write_text(kept, "utf-8")
    (tmp_path / "next.csv").write_text("order,sku,title\n1,A,Lamp\n1,-20V,Drill\n1,+9V x,Pump\n2,+9V x,Pump\n", "utf-8")
    for _ in range(2):
        report = import_orders([tmp_path / "next.csv"], shop, {}, update=True)
        assert shop.inventory.read_text("utf-8-sig").splitlines() == [
            "EN,Note,SKU,Id",
            "@Home Lamp, =ask Ann,,A",
            "-20V Drill,-,-20V,20v-drill",  # an id that its owner left out
            "Pump,,'+9V x,9V-x",  # what is new runs in no spreadsheet
        ]
        assert rows(shop.purchases) == [("A;20v-drill;9V-x", ""), ("9V-x", "")]
    assert report.new == 0 and shop.load_catalog()["9V-x"].sku == "+9V x"


def test_a_purchase_of_what_is_no_longer_sold_does_not_spoil_its_order(bring):
    shop, _ = bring("order,sku,title\n1,A,Saw\n1,B,Rake\n1,C,Hoe\n2,C,Hoe\n")
    shop.inventory.write_text("id,en\nA,Saw\nB,Rake\n", "utf-8")
    refused, order, alone = read_orders(shop.purchases, shop.load_catalog())
    assert refused.line == order.line == 2 and refused.reason == 'Not in the inventory, and left out: "C".'
    assert order.ids == ["A", "B"] and alone.reason.startswith('Unknown item "C"')


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


@pytest.mark.parametrize("first", ["2,bob,C,Cup,one more", '2,bob,C,"2" pipe"'])
def test_what_stands_below_a_line_that_cannot_be_split_joins_no_other_order(bring, first):
    shop, report = bring(f"order,customer,sku,title\n1,ann,A,Axe\n,,B,Bin\n{first}\n,,D,Drum\n3,eve,E,Egg\n,,F,Fan\n")
    assert rows(shop.purchases) == [("A;B", ""), ("E;F", "")] and report.refused == 2


def test_an_import_that_was_interrupted_can_be_repeated(bring, tmp_path, monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("recommender.orders.importing._write_purchases", stop)
        source = tmp_path / "export.csv"
        source.write_text("order,title\n1,Saw\n1,Rake\n", encoding="utf-8")
        assert main(["import", str(source), "--output", str(tmp_path / "shop")]) == 130
    assert main(["import", str(source), "--output", str(tmp_path / "shop")]) == 0
    assert len(Shop.open(tmp_path / "shop").load_catalog()) == 2


def test_the_export_of_the_documentation_is_read_as_it_says(bring):
    page = (ROOT / "docs" / "own-shop.md").read_text("utf-8")
    example = next(block for block in page.split("```") if block.startswith("\nOrder ID;"))
    shop, report = bring(example.strip())
    assert report.refused == 0
    assert [(item.id, item.sport) for item in shop.load_catalog()] == [("BLA-00028", "Tools"), ("DRI-00008", "Tools")]
    assert rows(shop.purchases) == [("BLA-00028;DRI-00008", "")]
