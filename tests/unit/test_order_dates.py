"""The dates of exports: how they are written, and which of a product's titles is the latest."""

import pytest

from recommender.__main__ import main
from recommender.errors import CatalogError
from recommender.orders.columns import Field
from recommender.orders.dates import DateOrder, read_date
from tests.support.orders import read_rows


def test_a_date_that_cannot_be_read_is_counted_and_its_line_is_used(bring):
    text = "order,customer,date,sku\n1,ann,yesterday,A\n1,ann,2026-13-01,B\n2,ann,5.1.2026,A\n2,ann,,C\n"
    shop, report = bring(text)
    assert read_rows(shop.purchases) == [("A;B", ""), ("A;C", "A")]
    assert (report.undated, report.unread, report.refused) == (2, "yesterday", 0)


def test_an_impossible_date_says_nothing_of_the_order_of_day_and_month(bring):
    text = "order,customer,date,sku\n1,ann,2/1/2026,A\n2,ann,1/3/2026,B\n3,ann,12/25/2025,C\n4,bob,13/32/2026,D\n"
    shop, report = bring(text, by=Field.CUSTOMER)
    assert read_rows(shop.purchases) == [("C;B;A", ""), ("D", "")] and not report.dates.day_first


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


def test_the_number_of_an_order_with_customers_does_not_begin_anew(bring):
    lines = ["1,ann,2026-01-01,A", "1,bob,2026-01-02,B", "2,,2026-01-01,A"]
    _, report = bring("\n".join(["order,customer,date,sku", *lines]))
    assert (report.numbers, report.recurring) == (1, 0)


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
        ("5/5/2026", 20260505000000, False, False),
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


@pytest.mark.parametrize("text", ["2026-11-05 25:00", "2026-11-05 10:75"])
def test_a_time_that_the_clock_does_not_have_is_none_either(text):
    with pytest.raises(CatalogError, match="is not one of the calendar"):
        read_date(text, DateOrder())


def test_a_year_may_have_one_digit():
    assert read_date("1/2/6", DateOrder()) == (20060201000000, 20060102000000)


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
    assert read_rows(day_first.purchases) == [("C;A;B", "")]
    assert read_rows(month_first.purchases) == [("C;B;A", "")]
    both, _ = bring(text.format("25/12/2025") + "4,ann,12/26/2025,D\n", by=Field.CUSTOMER)
    assert read_rows(both.purchases) == [("C;D;A;B", "")]  # day first where either is possible
