"""Read the lines of order exports: which order and customer a line belongs to, when, and what was bought."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import CatalogError
from .csv_file import Row, read_rows
from .csv_output import FORMULA
from .order_dates import read_date
from .order_format import Field
from .text import check_title, clean, drop_invisible, normalise, shorten

if TYPE_CHECKING:
    from .order_import import Report

_WORDS = Path(__file__).with_name("order_words.csv")
LONGEST_WORD = 12  # letters of a word in place of a value; there may be millions of values
STATUSES = 10  # that are listed
MANY_TITLES = 10  # of a product; a SKU with more of them may stand for "none"
_MAY_BE_BLANK = frozenset(Field) - {Field.QUANTITY}  # there, a dash is a zero
_MISSING = frozenset({"NA", "<NA>", "NaN", "nan"})  # in this spelling: "Nan" is a bread, and a first name
_WORD = re.compile(r"\w+")
_LETTER = re.compile(r"[^\W_]")  # or a digit
_RETURNED = re.compile(r"[-−–(].*|.*-")  # -1, (1), and 1- as SAP writes it
_ROUNDED = re.compile(r"\d([.,]\d+E\+?|E\+)\d+", re.IGNORECASE)  # a long number, as a spreadsheet shows it


Dated = tuple[tuple[bool, int, str], ...]


@dataclass
class Product:
    """A product as the lines describe it.

    :ivar titles: the latest title if dates are read day first, and if they are read month first, each after whether it
        has a letter, and its date.
    :ivar categories: likewise.
    :ivar title: the one of the titles that is chosen at the end, or one made from it.
    :ivar untitled: whether it had to be made, since the lines have no title with a letter.
    :ivar sold: number of lines, without those of cancelled orders.
    :ivar named: its first titles, normalised: one more than :data:`MANY_TITLES` at most.
    """

    sku: str
    titles: Dated = ((False, 0, ""), (False, 0, ""))
    categories: Dated = ((False, 0, ""), (False, 0, ""))
    title: str = ""
    untitled: bool = False
    category: str = ""
    sold: int = 0
    named: set[str] = field(default_factory=set)

    @property
    def has_many_titles(self) -> bool:
        """Whether it has more titles than one product would have."""
        return len(self.named) > MANY_TITLES

    def choose_latest(self, month_first: bool) -> None:
        """Choose the latest category, and the latest title with a letter.

        Without such a title, one is made from the latest ("Product 1984") or from the SKU.
        """
        *_, self.category = self.categories[month_first]
        *_, title = self.titles[month_first]
        self.title = _clean_title(title)
        if not self.title:
            self.title, self.untitled = _clean_title(f"Product {normalise(title) or self.sku}"), True


@dataclass(frozen=True)
class Line:
    """A purchase, or a cancelled one.

    :ivar customer: "" if it is not known.
    :ivar order: the number of the order; "" if there are none.
    :ivar day_first: the date read day first, as a number that sorts by time; 0 if it is not known.
    :ivar month_first: the same read month first.
    :ivar product: the key of the product in :attr:`LineReader.products`.
    :ivar cancelled: whether the order was cancelled or refunded; None if neither the line nor one above it says so.
    """

    customer: str
    order: str
    day_first: int
    month_first: int
    product: str
    cancelled: bool | None


@dataclass(frozen=True)
class _Order:
    """What the lines of an order so far say of it."""

    number: str = ""
    customer: str = ""
    dates: tuple[int, int] = (0, 0)
    cancelled: bool | None = None


@dataclass
class LineReader:
    """Reads lines in the order of the file.

    Some systems write number, customer, date and status in the first line of an order only. If that is a line to be
    refused, the lines below it belong to the order all the same, unless its cells cannot be told apart.

    :ivar products: by "sku " and the case-folded SKU, or by "title " and the normalised title if there is no SKU.
    :ivar report: notes the order of day and month, the statuses, and the dates and customers that cannot be used.
    """

    columns: Mapping[Field, str]
    products: dict[str, Product]
    report: Report
    _order: _Order = _Order()

    def read(self, row: Row) -> Line | None:
        """Return the purchase of a line, or None if the line repeats the header.

        :raises CatalogError: if the line cannot be used.
        """
        if row.problem:
            self._order = _Order()  # it may have begun an order, and the lines below would join the one before
            raise CatalogError(row.problem)
        cells = {each: clean(row.cells[column]) for each, column in self.columns.items()}
        if all(cells[each].casefold() == column for each, column in self.columns.items()):
            return None
        cells |= {each: drop_invisible(cells[each]) for each in (Field.SKU, Field.TITLE) if each in cells}
        cells |= {each: "" for each in _MAY_BE_BLANK if _is_blank(cells.get(each, ""))}
        self._order = self._read_order(cells)
        _check_quantity(cells.get(Field.QUANTITY, ""))
        sku, title = cells[Field.SKU], cells[Field.TITLE]
        for what, text in (("order number", self._order.number), ("customer", self._order.customer), ("SKU", sku)):
            if _ROUNDED.fullmatch(text):
                raise CatalogError(f'a spreadsheet has rounded the {what} "{text}": its column must be text.')
        if not sku and not title:
            raise CatalogError("it names no product.")
        key = f"sku {sku.casefold()}" if sku else f"title {normalise(title)}"
        product = self.products.setdefault(key, Product(sku))
        if not self._order.cancelled:
            self._describe(product, title, cells[Field.CATEGORY])
        return Line(self._order.customer, self._order.number, *self._order.dates, key, self._order.cancelled)

    def _read_order(self, cells: Mapping[Field, str]) -> _Order:
        number, customer, date, status = (
            cells[each] for each in (Field.ORDER, Field.CUSTOMER, Field.DATE, Field.STATUS)
        )
        before = self._order
        if not number and not customer:
            goes_on = before.number and not date and (cells[Field.SKU] or Field.SKU not in self.columns)
            if not goes_on:
                raise CatalogError("it names neither an order nor a customer.")
            number = before.number
        named = "" if _is_word(customer, "guest") else customer.casefold()
        if number and self.report.by == Field.ORDER and _ROUNDED.fullmatch(named):
            named = ""
            self.report.rounded += 1
        if not number or number != before.number or (named and before.customer not in ("", named)):
            before = _Order()
        return _Order(
            number,
            named or before.customer,
            self._read_date(date) if date else before.dates,
            self._read_status(status) if status else before.cancelled,
        )

    def _read_status(self, text: str) -> bool:
        """Return whether a status says that the order was cancelled or refunded; note it if it does not."""
        status = normalise(text)
        words = set(_WORD.findall(status))
        cancelled = bool(words & _list_words("cancelled")) and not words & _list_words("partly")
        if not cancelled and len(self.report.statuses) <= STATUSES:
            self.report.statuses.setdefault(status, text)
        return cancelled

    def _read_date(self, text: str) -> tuple[int, int]:
        try:
            return read_date(text, self.report.dates)
        except CatalogError:  # the date matters less than the purchase
            self.report.undated += 1
            self.report.unread = self.report.unread or text
            return 0, 0

    def _describe(self, product: Product, title: str, category: str) -> None:
        """Update a product by what a line says of it."""
        if title:
            if product.sku and not product.has_many_titles:
                product.named.add(normalise(title))
            has_letter = bool(_clean_title(title))
            product.titles = self._keep_latest(product.titles, has_letter, title)
        if normalise(category) not in _list_words("type") and (category := _without_formula(category)):
            product.categories = self._keep_latest(product.categories, True, category)
        product.sold += 1

    def _keep_latest(self, texts: Dated, has_letter: bool, text: str) -> Dated:
        return tuple(
            (has_letter, at, text) if (has_letter, at) >= before[:2] else before
            for before, at in zip(texts, self._order.dates, strict=True)
        )


@cache
def _list_words(meaning: str) -> frozenset[str]:
    """Return the normalised words with this meaning.

    :param meaning: "blank" in place of any value; "guest" in place of a customer; "cancelled" in an order's status, and
        "partly" before it; "type", which is not a product's category, though a shop system has it in a column of that
        name.
    """
    return frozenset(normalise(row.cells["word"]) for row in read_rows(_WORDS) if row.cells["meaning"] == meaning)


def _is_blank(text: str) -> bool:
    """Return whether a cell says nothing: it is blank, a dash, or such as "N/A"."""
    return text in _MISSING or _is_word(text, "blank") or not (_LETTER.search(text) or normalise(text))


def _is_word(text: str, meaning: str) -> bool:
    """Return whether a text is one of :func:`_list_words`."""
    return len(text) <= LONGEST_WORD and normalise(text) in _list_words(meaning)


def _check_quantity(text: str) -> None:
    """Check that something was bought; how many is not used, so that "1.000,00" and "2 pieces" will do.

    :raises CatalogError: if something was returned, or there is no number.
    """
    if not text:
        return
    digits = re.sub(r"\D", "", text)
    if not digits:
        raise CatalogError(f'the quantity "{shorten(text, 20)}" is not a number.')
    if _RETURNED.fullmatch(text) or not any(map(int, digits)):
        raise CatalogError(f"the quantity is {shorten(text, 20)}: something returned, not bought.")


@lru_cache(2**16)
def _clean_title(text: str) -> str:
    """Return a title without the start of a formula; "" if no valid title is left."""
    try:
        return check_title(_without_formula(text))
    except CatalogError:
        return ""


def _without_formula(text: str) -> str:
    return text.lstrip("".join(FORMULA) + " ")
