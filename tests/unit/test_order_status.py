"""The statuses of orders: what was cancelled or refunded, and what was sold all the same."""

import pytest

from recommender.__main__ import main
from recommender.errors import RecommenderError
from recommender.orders.columns import Field
from recommender.orders.importing import import_orders
from recommender.shop.folder import Shop
from tests.support.orders import read_rows


def test_cancelled_and_refunded_orders_are_left_out(bring):
    text = (
        "Name,Financial Status,Lineitem name\n#1,paid,Saw\n#1,,Rake\n#2,voided,Saw\n#2,,Hoe\n"
        "#3,partially_refunded,Hoe\n#4,Refunded,Axe\n"
    )
    shop, report = bring(text)
    assert read_rows(shop.purchases) == [("saw;rake", ""), ("hoe", "")]
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
        *("Nicht zustellbar", "Abbruch", "Zahlungsabbruch", "Sent back", "RTO", "RTO initiated", "مردود", "Returning"),
        *("Cancelled - refund failed", "Cancelled, returning customer", "Delivery failed", "Storno durch Kunde"),
        *("ألغاه العميل", "مُعاد", "أُعيد", "راجع", "2 of 2 returned", "Cancelled (1 of 2 in stock)"),
        *("Refunded 10.00 of 10.00", "Refunded 5.0", "Cancelled 00:05"),
        *("Cancelled, some items out of stock", "Refunded: 20.00", "Refund (€5,00)", "Refunded 10,00 EUR"),
        *("Cancelled 2026-01-05 00:00:00", "Cancelled at 00:00", "Cancelled, refunded: 0,00"),
    ],
)
def test_what_was_not_sold_in_the_end_is_told_by_its_status_in_five_languages(bring, status):
    shop, report = bring(f"order;status;sku\n1;{status};A\n2;paid;B\n")
    assert read_rows(shop.purchases) == [("B", "")] and report.cancelled == 1


@pytest.mark.parametrize(
    "status",
    [
        *("Partial refund", "Teilweise erstattet", "Remboursement partiel", "Reembolso parcial", "استرداد جزئي"),
        *("Part refunded", "Refunded (in part)", "Teilerstattung", "Teilstorniert", "Partiellement remboursée"),
        *(
            "1 of 2 returned",
            "Returned: 1 of 2",
            "Returned 1 out of 3",
            "Refunded 5.00 of 10.00",
            "1 von 2 storniert",
            "1 von 2 Artikeln storniert",
        ),
        *("1 sur 2 retourné", "1 de 2 devueltos", "تم إرجاع ١ من ٢", "some items cancelled", "Some of it was returned"),
        *("einige Artikel storniert", "certains articles annulés", "quelques articles remboursés"),
        *("algunos artículos cancelados", "بعض المنتجات ملغاة"),
    ],
)
def test_what_was_refunded_in_part_was_sold(bring, status):
    shop, report = bring(f"order;status;sku\n1;{status};A\n")
    assert read_rows(shop.purchases) == [("A", "")] and [*report.statuses.values()] == [status]


@pytest.mark.parametrize(
    "status",
    [
        *("Retour", "Rücksendung", "Reversed", "charged_back", "Order deleted", "محذوف", "Not paid - cancelled"),
        *("Storniert (nicht bezahlt)", "Annulée, non payée", "Refunded: no stock", "Cancelled", "refunded/closed"),
        *("Delivery refused and returned", "Order cancelled because payment was declined", "Payment: declined"),
        *("Payment window expired", "Zahlungsfrist abgelaufen", "Délai de paiement expiré", "Paid: no, cancelled"),
        *("no stock left so cancelled", "Return; cancelled"),
        *("Declined / refund", "Refused by customer, return to sender", "Refusé et retourné"),
    ],
)
def test_a_refund_is_told_by_other_words_too_and_beside_what_is_denied(bring, status):
    shop, report = bring(f'order;status;sku\n1;"{status}";A\n2;paid;B\n')
    assert read_rows(shop.purchases) == [("B", "")] and [*report.left_out.values()] == [f"status: {status}"]


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
        *(
            "Refund failed",
            "Erstattung fehlgeschlagen",
            "Échec du remboursement",
            "Devolución fallida",
            "فشل الاسترداد",
        ),
        *("Cancellation withdrawn", "Stornierung aufgehoben", "Widerruf zurückgezogen", "Annulation retirée"),
        *("Chargeback reversed", "Chargeback won", "Stornierung rückgängig gemacht", "Cancelación revocada"),
        *("Eligible for return", "Rückgabe möglich", "Rückgabe bis 12.03.2026", "Retour possible", "الإرجاع ممكن"),
        *("Refund not possible", "Rückgabe nicht möglich", "Stornierung widerrufen", "Annulation annulée"),
        *("Refund unsuccessful", "Contracargo revertido", "تم التراجع عن الإلغاء"),
        *("Returning customer", "Error-free", "Retiré en magasin", "Sperre aufgehoben"),
        *("Cancel anytime", "Jederzeit Storno", "free returns", "Kostenlose Retoure", "Retours gratuits"),
        *("Devoluciones gratuitas", "إرجاع مجاني", "un-cancelled", "uncanceled", "Un-refunded", "un-voided"),
        *("Refunded: 0.00", "Refund (€0.00)", "Refunded: 0,00 EUR", "Refunded 0.00", "Returned 0/2", "0 returned"),
    ],
)
def test_an_order_whose_refund_is_denied_was_sold(bring, status):
    shop, report = bring(f"order;status;sku\n1;{status};A\n")
    assert read_rows(shop.purchases) == [("A", "")] and [*report.statuses.values()] == [status]


@pytest.mark.parametrize(
    "header",
    [
        "increment_id,status,sku,qty_ordered",
        "Increment ID,Status,SKU,Qty",
        "Order Number,Status,SKU,Qty Ordered",
        "Order #,Status,Item SKU,Quantity",
    ],
)
def test_a_closed_order_of_magento_was_refunded(bring, header):
    shop, report = bring(f"{header}\n1,closed,A,1\n2,complete,B,1\n")
    assert read_rows(shop.purchases) == [("B", "")] and [*report.left_out.values()] == ["status: closed"]


def test_every_status_of_a_line_is_read(bring):
    header = "order id,order status,payment status,fulfillment status,item status,sku\n"
    shop, report = bring(f"{header}1,Completed,Refunded,,,A\n2,Completed,Paid,,,B\n2,,,,Cancelled,C\n3,,,returned,,D\n")
    assert read_rows(shop.purchases) == [("B", "")] and report.cancelled == 3
    assert [*report.statuses] == ["completed", "paid"]
    assert [*report.left_out.values()] == [
        "payment status: Refunded",
        "item status: Cancelled",
        "fulfillment status: returned",
    ]
    shop, report = bring(f"{header}1,Completed,Refunded,,,A\n", {Field.STATUS: "order status"})
    assert read_rows(shop.purchases) == [("A", "")] and report.columns[Field.STATUS] == "order status"


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
    assert read_rows(shop.purchases) == [("C;D", "")] and report.cancelled == 3
    assert {item.id for item in shop.load_catalog()} == {"C", "D"}


def test_an_export_of_shopify_loses_refunded_and_cancelled_orders_as_a_whole(bring):
    header = "Name,Financial Status,Fulfillment Status,Cancelled at,Lineitem name,Lineitem fulfillment status"
    lines = ["#1001,refunded,fulfilled,,Drill,fulfilled", "#1001,,,,Dowel,fulfilled", "#1001,,,,Cup,fulfilled"]
    lines += ["#1002,paid,fulfilled,,Drill,fulfilled", "#1002,,,,Cup,fulfilled"]
    lines += ["#1003,paid,unfulfilled,2026-01-02,Drill,pending", "#1003,,,,Cup,pending"]
    shop, report = bring("\n".join([header, *lines]))
    assert read_rows(shop.purchases) == [("drill;cup", "")] and report.cancelled == 5
    assert [item.id for item in shop.load_catalog()] == ["drill", "cup"]


def test_each_file_of_an_export_may_have_other_columns_of_statuses(tmp_path):
    (tmp_path / "may.csv").write_text("order,sku,payment status\n1,A,paid\n2,A,refunded\n3,A,\n", "utf-8")
    (tmp_path / "june.csv").write_text(
        "order,cancelled at,sku,delivery status\n2,,B,sent\n1,,B,\n3,today,B,\n", "utf-8"
    )
    shop = Shop(tmp_path / "shop")
    report = import_orders([tmp_path / "may.csv", tmp_path / "june.csv"], shop, {})
    assert read_rows(shop.purchases) == [("A;B", "")] and report.cancelled == 4


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
    assert read_rows(shop.purchases) == [("B", ""), ("C;A", "")] and report.cancelled == 2


@pytest.mark.parametrize(
    "column", ["Cancelled at", "Canceled at", "Storniert am", "Date d’annulation", "cancellation date"]
)
def test_an_order_with_a_date_of_cancelling_is_left_out(bring, column):
    lines = ["1,paid,A,2026-01-02", "1,,B,", "2,paid,B,", "3,paid,C,0000-00-00 00:00:00", "4,paid,D,no", "5,paid,E,N/A"]
    shop, report = bring("\n".join([f"order,status,sku,{column}", *lines]))
    assert [purchased for purchased, _ in read_rows(shop.purchases)] == ["B", "C", "D", "E"] and report.cancelled == 2


@pytest.mark.parametrize(
    ("column", "yes", "no"),
    [
        *(
            ("Cancelled", "yes", "no"),
            ("Canceled", "TRUE", "FALSE"),
            ("Is Cancelled", "Y", "N"),
            ("cancelled", "t", "f"),
        ),
        *(("Refunded?", "Yes", "No"), ("Is Refunded", "1", "0"), ("isRefunded", "true", "false")),
        *(("Returned", "yes", "no"), ("Returned", "1", "0"), ("Refunded", "2026-01-02", "not refunded")),
        *(("Storniert", "ja", "nein"), ("Storno", "1", "0"), ("Storno", "J", "N"), ("Storno", "X", "")),
        *(("Erstattet", "ja", "teilweise"), ("Annulée", "oui", "non"), ("Remboursée", "x", "-")),
        *(("Cancelado", "Sí", "No"), ("Anulado", "Sí", "No"), ("Devuelto", "sí", ""), ("ملغي", "نعم", "لا")),
    ],
)
def test_a_column_that_answers_whether_an_order_was_cancelled_is_read(bring, column, yes, no):
    text = f"order,sku,{column}\n1,A,{yes}\n2,B,{no}\n2,C,{no}\n"
    shop, report = bring(text)
    assert read_rows(shop.purchases) == [("B;C", "")] and report.cancelled == 1
    shop, _ = bring(text, {Field.CANCELLED: column})
    assert read_rows(shop.purchases) == [("B;C", "")]


# What says yes or no in a column of answers
YES = (
    *("✔", "✔️", "✓", "✅", "☑", "☑️", "☒", "√", "■", "●", "•", "*", "x", "X", "×", "✕", "✖", "+", "!", "1x", "-1"),
    *("5.00", "20,00 EUR", "0,50 €", "0.5", "2 Stk.", "1970", "1500", "01", "☒ returned", "pending, cancelled"),
    *("2026-01-05T00:00:00", "05.01.2026", "1/5/2026", "10/10/2026", "20.10.2026 00:00"),
)
NO = (
    *("☐", "□", "[ ]", "( )", "○", "✗", "✘", "❌", "❌️", "-", "–", "—", "- €", "$ -", "?", "…", "/", "."),
    *("0,00 EUR", "EUR 0.00", "CHF 0.00", "0 kr", "0kr", "0 zł", "R$ 0.00", "US$0.00", "C$0.00", "0 ر.س", "AED 0"),
    *("Rs. 0", "0 Stk.", "0/2", "0 of 2", "0 x", "0x", "0%", "-0.00", "+0,00", "0.00-", "(0.00)", "0,-", "٠٫٠٠"),
    *("0001-01-01T00:00:00", "01.01.0001", "1753-01-01", "1900-01-00", "00.01.1900", "1/0/1900", "0/1/1900"),
    *("30.12.1899", "12/30/1899", "1970-01-01 00:00:00", "01/01/1970", "31.12.1969", "1900-01-01", "31.12.9999"),
    *(
        "0000-00-00 00:00:00",
        "00.00.0000",
        "1/0/00",
        "1970-01-01T00:00:00+00:00",
        "Jan 1, 1970, 1:00:00 AM",
        "1. Januar 1970",
    ),
    *("not yet", "Not yet.", "No return", "noch nicht", "pas encore", "todavía no", "aún no", "ليس بعد", "لا يوجد"),
    *("No refund", "keine Retoure", "aucun retour", "sin devolución", "none yet", "no (kept)", "nein, behalten"),
    *("خطأ", "خاطئ", "pending", "Delivered", "kept", "nothing", "Nicht storniert", "never", "1 of 2", "n.a."),
    *("0 items returned", "Partial refund", "Partial: 5.00", "Teilweise", "1.00 of 2.00"),
)


@pytest.mark.parametrize("column", ["Cancelled", "Returned", "Storno", "Refunded?"])
def test_any_mark_is_a_yes_but_no_sign_zero_empty_date_or_word_for_no(bring, column):
    lines = (f'{n},"S {n}",Saw,"{said}"' for n, said in enumerate((*YES, *NO)))
    shop, report = bring("\n".join([f"order,sku,title,{column}", *lines]))
    sold = {int(item.sku.removeprefix("S ")) for item in shop.load_catalog()}
    assert [said for n, said in enumerate(YES) if n in sold] == []
    assert [said for n, said in enumerate(NO, start=len(YES)) if n not in sold] == []
    assert report.cancelled == len(YES)


def test_all_columns_that_answer_whether_an_order_was_cancelled_are_read(bring):
    shop, report = bring("order,sku,Cancelled,Refunded,Returned\n1,A,yes,no,no\n2,A,no,yes,no\n3,A,no,no,yes\n3,B,,,\n")
    assert read_rows(shop.purchases) == [("B", "")] and report.cancelled == 3


@pytest.mark.parametrize("column", ["Storniert", "Storno", "Returned", "Retourniert"])
def test_a_line_that_was_cancelled_alone_does_not_cancel_its_order(bring, column):
    shop, report = bring(f"order,sku,{column}\n1,A,X\n1,B,\n")
    assert read_rows(shop.purchases) == [("B", "")] and report.cancelled == 1


@pytest.mark.parametrize(
    ("columns", "gone", "left"),
    [
        ("Qty,Quantity refunded", "2,2", "2,1"),
        ("quantity,item_refunded_qty", "1,-1", "1,0"),
        ("qty_ordered,qty_refunded", "2.0000,2.0000", "2.0000,1.0000"),
        ("qty_ordered,qty_refunded,qty_canceled", "2.0000,1.0000,1.0000", "3.0000,1.0000,1.0000"),
        ("product_quantity,product_quantity_refunded,product_quantity_return", "1,1,1", "2,1,1"),
        ("Menge,Stornierte Menge", "1.000,1.000", "1.000,"),
        ("Refunded quantity", "1", ""),
        ("Menge,Erstattete Menge", "2 Stk,2 Stk", "2 Stk,1 Stk"),
        ("Quantity (- Refund),Quantity", "0,1", "1,1"),
    ],
)
def test_an_item_that_was_refunded_whole_is_no_purchase(bring, columns, gone, left):
    shop, report = bring(f"order,sku,{columns}\n1,A,{gone}\n1,B,{left}\n")
    assert read_rows(shop.purchases) == [("B", "")] and report.refused == 1


@pytest.mark.parametrize("column", ["Absagegrund", "Reason for rejection", "Rejection reason"])
def test_a_line_that_was_rejected_for_a_reason_is_left_out(bring, column):
    lines = ["1,A,Zu teuer", "2,B,", "3,C,Z1 Customer changed his mind", "4,D,00", "5,E,-"]
    lines += ["6,F,nicht lieferbar", '7,G,"not satisfied, refund"', "8,H,Delivered too late", "9,I,No longer needed"]
    shop, report = bring("\n".join([f"order,sku,{column}", *lines]))
    assert [purchased for purchased, _ in read_rows(shop.purchases)] == ["B", "D", "E"] and report.cancelled == 6


def test_the_statuses_that_count_as_sold_are_listed_so_that_an_unknown_one_is_seen(bring, tmp_path, capsys):
    def tell(statuses):
        lines = (f"{n},{status},A" for n, status in enumerate(statuses))
        bring("\n".join(["order,status,sku", *lines]))
        assert main(["import", str(tmp_path / "orders.csv"), "--output", str(tmp_path / f"of {len(statuses)}")]) == 0
        return capsys.readouterr().out

    assert "count as sold: Paid; Gone back.\n" in tell(["Paid", "cancelled", "PAID", "Gone back", ""])
    assert "count as sold: status 0; status 1;" in (told := tell([f"status {n}" for n in range(11)]))
    assert "status 9; …\n" in told and "status 10" not in told


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
    assert {purchased for purchased, _ in read_rows(shop.purchases)} == {"B"} and report.cancelled == 2
    assert [item.id for item in shop.load_catalog()] == ["B"]


def test_a_status_holds_for_the_lines_below_it_which_alone_name_the_customer(bring):
    shop, _ = bring("order;status;customer;sku\n1;refunded;;A\n1;;ann;B\n1;paid;;C\n2;paid;;C\n")
    assert read_rows(shop.purchases) == [("C", ""), ("C", "")]


def test_without_orders_each_line_of_a_customer_has_a_status_of_its_own(bring):
    shop, _ = bring("customer,status,sku\nann,cancelled,A\nann,,B\nann,paid,C\n", by=Field.CUSTOMER)
    assert read_rows(shop.purchases) == [("B;C", "")]


def test_of_any_number_of_statuses_the_first_are_kept(bring):
    _, report = bring("\n".join(["order,status,sku", *(f"{n},status {n},A" for n in range(30))]))
    assert [*report.statuses] == [f"status {n}" for n in range(11)]


def test_a_line_that_says_otherwise_than_its_order_is_believed(bring):
    shop, report = bring("order;status;sku\n1;refunded;A\n2;paid;B\n1;paid;C\n2;paid;C\n1;;D\n")
    assert read_rows(shop.purchases) == [("C;D", ""), ("B;C", "")] and report.cancelled == 1


def test_of_two_orders_with_one_number_the_cancelled_one_is_left_out(bring):
    shop, _ = bring("order;status;customer;sku\n1;cancelled;ann;A\n1;paid;bob;B\n1;;ann;C\n1;;bob;D\n")
    assert read_rows(shop.purchases) == [("B;D", "")]


def test_an_export_of_cancelled_orders_alone_is_refused_with_what_says_so(bring):
    lines = [
        "1,cancelled,A,,",
        "1,,B,,",
        "2,Cancelled,A,2026-01-02,",
        "3,paid,A,2026-01-03,",
        "4,paid,C,,✔",
        "5,paid,,,",
    ]
    with pytest.raises(RecommenderError, match="no line can be used") as refused:
        bring("\n".join(["order,status,sku,Canceled At,Returned", *lines]))
    assert (
        "no line can be used. Of orders that were cancelled or refunded (status: cancelled; canceled at: 2026-01-02; "
        "returned: ✔) are 5 lines. The first one that was refused: "
    ) in str(refused.value)


def test_what_columns_of_dates_and_answers_said_is_noted_with_one_date_of_each(bring):
    lines = [f"{n},A,2026-01-{n},,paid" for n in range(10, 30)] + [
        "30,A,,yes,paid",
        "31,B,,Too late,paid",
        "32,B,,,void",
    ]
    _, report = bring("\n".join(["order,sku,Cancelled at,Absagegrund,Status", *lines, "33,A,,,paid"]))
    assert report.cancelled == 23 and [*report.left_out.values()] == [
        "cancelled at: 2026-01-10",
        "absagegrund: yes",
        "absagegrund: Too late",
        "status: void",
    ]


@pytest.mark.parametrize(
    "column",
    [
        *("Cancel status", "Cancellation status", "Stornostatus", "Retourenstatus", "Erstattungsstatus"),
        *("Statut d'annulation", "Statut de retour", "Estado de devolución", "حالة الإلغاء", "حالة الإرجاع"),
        *("Transaction type", "Event Type", "Receipt type"),
    ],
)
def test_a_status_of_cancelling_or_the_kind_of_a_receipt_is_read(bring, column):
    lines = ["1,A,Sale", "2,A,Refund", "3,B,Return", "4,B,Order", "5,C,Cancelled", "6,D,"]
    shop, report = bring("\n".join([f"order,sku,{column}", *lines]))
    assert [bought for bought, _ in read_rows(shop.purchases)] == ["A", "B", "D"] and report.cancelled == 3


@pytest.mark.parametrize(
    ("column", "said"),
    [
        *(("Refunded at", "2026-01-05"), ("Refund date", "05.01.2026"), ("Returned at", "2026-01-05 10:05")),
        *(("Return date", "Jan 5, 2026"), ("Erstattet am", "5.1.26"), ("Retourniert am", "5. Januar 2026")),
        *(("Remboursé le", "05/01/2026"), ("Fecha de devolución", "5/1/2026"), ("تاريخ الاسترداد", "٢٠٢٦-٠١-٠٥")),
        *(("Cancel reason", "inventory"), ("Cancellation reason", "Z1"), ("Stornogrund", "nicht lieferbar")),
        *(("Motif d'annulation", "trop tard"), ("Motivo de cancelación", "otro"), ("Return reason", "too small")),
        *(("Is refund", "TRUE"), ("Retourenmenge", "1"), ("Rückgabemenge", "1"), ("Units refunded", "1")),
    ],
)
def test_dates_reasons_and_quantities_of_returning_are_read(bring, column, said):
    shop, report = bring(f'order,sku,{column}\n1,A,"{said}"\n2,B,\n')
    assert read_rows(shop.purchases) == [("B", "")] and report.cancelled + report.refused == 1


@pytest.mark.parametrize("column", ["Return date", "Returned at", "Fecha de devolución", "Rückgabedatum"])
def test_a_date_of_returning_in_every_line_is_a_deadline(bring, column):
    text = f"order,sku,{column},Cancelled at\n1,A,2026-02-01,\n1,B,2026-02-01,\n2,C,2026-02-03,2026-01-09\n"
    shop, report = bring(text)
    assert read_rows(shop.purchases) == [("A;B", "")] and report.unused == [column]
    assert report.notes == [
        f'"{column}" has a date in nearly every line, and is no date of cancelling; if it is one, name it with '
        "--cancelled."
    ]
    with pytest.raises(RecommenderError, match="no line can be used"):
        bring(text, {Field.CANCELLED: column})


@pytest.mark.parametrize("column", ["Return by", "Return window", "Cancelled at"])
def test_of_other_columns_that_are_filled_in_every_line_nothing_is_noted(bring, column):
    text = f"order,sku,{column}\n1,A,2026-02-01\n2,B,2026-02-01\n"
    if column == "Cancelled at":
        with pytest.raises(RecommenderError, match="cancelled at: 2026-02-01"):
            bring(text)
    else:
        shop, report = bring(text)
        assert read_rows(shop.purchases) == [("A", ""), ("B", "")] and not report.notes
