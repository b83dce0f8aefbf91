"""The columns of exports: which one holds what, by its name and by its cells."""

import pytest

from recommender.errors import RecommenderError
from recommender.orders.columns import Field
from recommender.orders.importing import import_orders
from recommender.shop.folder import Shop
from tests.conftest import ROOT
from tests.support.orders import read_rows


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
    assert [*report.columns, Field.STATUS, Field.CANCELLED, Field.REFUNDED] == list(Field)
    assert [(item.id, item.name("en"), item.sport) for item in shop.load_catalog()] == [
        ("A-1", "Saw", "Tools"),
        ("B/2", "Rake", "Garden"),
    ]
    assert read_rows(shop.purchases) == [("A-1;B/2", "")]


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
        ("a till", "order:N° ticket,date:Date,title:Article"),
        ("a till", "order:Nº Ticket,date:Fecha,title:Artículo"),
        ("a till", "order:Num ticket,date:Date,title:Article"),
        ("a till", "order:Bon-Nr.,date:Datum,title:Artikel"),
        ("a till", "order:Bonnummer,date:Datum,title:Artikel"),
        ("a till", "order:Kassenbon,date:Datum,title:Artikel"),
        (
            "Lightspeed X",
            "date:Date,order:Receipt Number,Receipt Total,customer:Customer Code,Customer Name,Note,quantity:Quantity,"
            "User,sku:SKU,title:Product",
        ),
        ("a till", "order:Receipt Number,customer:Customer Name,User,title:Product"),
        (
            "WooCommerce AOE",
            "order:Order Number,Quantity,quantity:Quantity (- Refund),title:Item Name,refunded:Item Refunded Qty",
        ),
        (
            "Magento",
            "order:Increment ID,status:Status,sku:SKU,title:Name,quantity:Qty Ordered,refunded:qty_canceled,"
            "refunded:qty_refunded",
        ),
        ("Wix", "order:Order number,title:Item,quantity:Qty,refunded:Quantity refunded"),
        (
            "PrestaShop",
            "order:id_order,title:product_name,quantity:product_quantity,refunded:product_quantity_refunded,"
            "product_quantity_return",
        ),
        ("JTL", "order:Bestellnr.,customer:Kundennr.,date:Bestelldatum,sku:Art.-Nr.,title:Artikelname,quantity:Anzahl"),
    ],
)
def test_the_exports_of_common_systems_are_understood(bring, system, header):
    named = [column.rpartition(":") for column in header.replace(";", ",").split(",")]
    cells = {"order": "1", "customer": "ann", "date": "2026-01-02", "quantity": "1", "title": "Saw", "sku": "A"}
    line = ",".join(cells.get(field, "") for field, _, _ in named)
    _, report = bring(f"{','.join(column for *_, column in named)}\n{line}\n")
    columns = {Field(field): set() for field, *_ in named if field}
    for field, _, column in named:
        columns.get(field, set()).add(column)
    assert {field: set(names.split(", ")) for field, names in report.columns.items()} == columns, system


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
    assert read_rows(shop.purchases) == [("saw;rake", ""), ("rake;saw", "")]


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
    assert read_rows(shop.purchases) == [("saw", ""), ("saw;rake", ""), ("saw;rake", "")]


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
    assert read_rows(shop.purchases) == [("A-1", "")] and shop.load_catalog()["A-1"].name("en") == "Scie"


def test_an_amount_of_money_is_no_quantity(bring):
    shop, report = bring("order,item,amount\n1,Saw,0.00\n1,Rake,-5.00\n")
    assert read_rows(shop.purchases) == [("saw;rake", "")] and report.unused == ["amount"]


def test_columns_with_other_names_are_given_as_options(bring):
    text = "beleg,ware\n1,Saw\n1,Rake\n"
    with pytest.raises(RecommenderError, match=r"sku or title usually is; name it with --sku or --title.*beleg, ware"):
        bring(text)
    with pytest.raises(RecommenderError, match="order or customer usually is"):
        bring(text, {Field.TITLE: "ware"})
    with pytest.raises(RecommenderError, match="header lacks wrae"):
        bring(text, {Field.TITLE: "wrae"})
    shop, _ = bring(text, {Field.TITLE: "Ware", Field.ORDER: "beleg"})
    assert read_rows(shop.purchases) == [("saw;rake", "")]


def test_a_refusal_of_all_lines_names_the_columns_and_the_option_of_the_order(bring):
    with pytest.raises(RecommenderError, match="no line can be used") as refused:
        bring("Vorgang,Kunde,Artikel\n1,,Saw\n1,,Rake\n")
    assert str(refused.value).endswith(
        "Columns: customer = Kunde, title = Artikel. If another one names the order, name it with --order."
    )


def test_columns_that_are_not_read_may_have_any_names(bring):
    shop, report = bring("order,,sku,,note,note\n1,x,A,y,,\n1,x,B,y,,\n")
    assert read_rows(shop.purchases) == [("A;B", "")] and report.unused == ["note"]
    with pytest.raises(RecommenderError, match='names the column "sku" twice'):
        bring("order,sku,sku\n1,A,B\n")


def test_the_export_of_the_documentation_is_read_as_it_says(bring):
    page = (ROOT / "docs" / "own-shop.md").read_text("utf-8")
    example = next(block for block in page.split("```") if block.startswith("\nOrder ID;"))
    shop, report = bring(example.strip())
    assert report.refused == 0
    assert [(item.id, item.sport) for item in shop.load_catalog()] == [("BLA-00028", "Tools"), ("DRI-00008", "Tools")]
    assert read_rows(shop.purchases) == [("BLA-00028;DRI-00008", "")]
