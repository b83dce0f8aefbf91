"""Read the lines of order exports: which order and customer a line belongs to, when, and what was bought."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from ..errors import CatalogError
from ..shop.csv_file import CsvRow
from ..shop.csv_output import FORMULA, unescape_formula
from ..shop.text import check_title, clean, normalise, shorten, unescape
from .columns import Columns, Field
from .dates import read_date
from .report import ImportReport
from .status import Cancelled, StatusReader
from .words import is_blank, is_extra, is_subtotal, is_total, is_word, words_meaning

MANY_TITLES = 10  # of a product; a SKU with more of them may stand for "none"
_MAY_BE_BLANK = frozenset(Field) - {Field.QUANTITY}  # there, a dash is a zero
_RETURNED = re.compile(r"[-−–(].*|.*-")  # -1, (1), and 1- as SAP writes it
_JOINED = re.compile(  # several items in one cell
    r"""
    \S \s* [;|\r\n] \s* \S                          # "Saw; Rake", "Saw|Rake", one per line
  | ^ \s* \d+ \s? [x×] \s .* , \s* \d+ \s? [x×] \s  # "1x Saw, 2x Rake"
    """,
    re.VERBOSE,
)
_ROUNDED = re.compile(r"\d([.,]\d+E\+?|E\+)\d+", re.IGNORECASE)  # a long number, as a spreadsheet shows it


Dated = tuple[tuple[bool, int, str], ...]


@dataclass
class Product:
    """A product as the lines describe it.

    :ivar titles: the latest title, as (has a letter, date, title): once with dates read day first, once month first.
    :ivar categories: likewise.
    :ivar title: the one of the titles that is chosen at the end, or one made from it.
    :ivar untitled: whether it had to be made, since the lines have no title with a letter.
    :ivar sold: number of lines, without those of cancelled orders.
    :ivar named: its first titles, normalised: one more than :data:`MANY_TITLES` at most.
    :ivar mixed: whether different titles stand beside its SKU in one order.
    """

    sku: str
    titles: Dated = ((False, 0, ""), (False, 0, ""))
    categories: Dated = ((False, 0, ""), (False, 0, ""))
    title: str = ""
    untitled: bool = False
    category: str = ""
    sold: int = 0
    named: set[str] = field(default_factory=set)
    mixed: bool = False

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
    :ivar cancelled: for each status column, whether it marks the line as cancelled; None if blank.
    """

    customer: str
    order: str
    day_first: int
    month_first: int
    product: str
    cancelled: Cancelled


@dataclass(frozen=True)
class _Order:
    """What the lines of an order so far say of it."""

    number: str = ""
    customer: str = ""
    dates: tuple[int, int] = (0, 0)
    cancelled: Cancelled = ()


@dataclass
class LineReader:
    """Reads lines in the order of the file.

    Some systems write number, customer, date and status in the first line of an order only. If that is a line to be
    refused, the lines below it belong to the order all the same, unless its cells cannot be told apart.

    :ivar products: by "sku " and the case-folded SKU, or by "title " and the normalised title if there is no SKU.
    :ivar report: notes the order of day and month, the statuses, and the dates and customers that cannot be used.
    :ivar status_columns: the columns of all files of the export that say whether an order was cancelled.
    """

    columns: Columns
    products: dict[str, Product]
    report: ImportReport
    status_columns: Sequence[str]
    _order: _Order = _Order()
    _titles: dict[str, str] = field(default_factory=dict)  # of the order so far, normalised, by product

    def read(self, row: CsvRow) -> Line | None:
        """Return the purchase of a line, or None if the line repeats the header.

        :raises CatalogError: if the line cannot be used.
        """
        if row.problem:
            self._order = _Order()  # it may have begun an order, and the lines below would join the one before
            raise CatalogError(row.problem)
        cells = {each: _read_cell(row, columns[0]) for each, columns in self.columns.items()}
        if all(cells[each].casefold() == columns[0] for each, columns in self.columns.items()):
            return None
        cells |= {each: "" for each in _MAY_BE_BLANK if is_blank(cells.get(each, ""))}
        _check_is_no_total(cells)
        statuses = [_read_cell(row, column) for column in self._statuses.columns]
        self._order = self._read_order(cells, statuses)
        if not cells[Field.SKU] and is_extra(cells[Field.TITLE]):
            self.report.extras += 1
            raise CatalogError(f'it is shipping, a fee, a tax or a discount ("{cells[Field.TITLE]}"), and no purchase.')
        _check_quantity(cells.get(Field.QUANTITY, ""))
        refunded = [_read_cell(row, column) for column in self.columns.get(Field.REFUNDED, ())]
        _check_is_not_refunded(cells.get(Field.QUANTITY, ""), refunded)
        sku, title = cells[Field.SKU], cells[Field.TITLE]
        for what, text in (("order number", self._order.number), ("customer", self._order.customer), ("SKU", sku)):
            if _ROUNDED.fullmatch(text):
                raise CatalogError(f'a spreadsheet has rounded the {what} "{text}": its column must be text.')
        if not sku and not title:
            raise CatalogError("it names no product.")
        key = f"sku {sku.casefold()}" if sku else f"title {normalise(title)}"
        product = self.products.setdefault(key, Product(sku))
        if True not in self._order.cancelled:
            self._describe(product, title, cells[Field.CATEGORY])
            self._compare_titles(key, product, title)
            self._note_joined(row)
        return Line(self._order.customer, self._order.number, *self._order.dates, key, self._order.cancelled)

    def _read_order(self, cells: Mapping[Field, str], statuses: Sequence[str]) -> _Order:
        number, customer, date = (cells[each] for each in (Field.ORDER, Field.CUSTOMER, Field.DATE))
        before = self._order
        if not number and not customer:
            if date or not before.number or not (cells[Field.SKU] or cells[Field.TITLE]):
                raise CatalogError("it names neither an order nor a customer.")
            number = before.number
        named = "" if is_word(customer, "guest") else customer.casefold()
        if number and self.report.by == Field.ORDER and _ROUNDED.fullmatch(named):
            named = ""
            self.report.rounded += 1
        if not number or number != before.number or (named and before.customer not in ("", named)):
            before = _Order()
            self._titles = {}
        return _Order(
            number,
            named or before.customer,
            self._read_date(date) if date else before.dates,
            self._statuses.read(statuses, before.cancelled or self._statuses.nothing),
        )

    @cached_property
    def _statuses(self) -> StatusReader:
        return StatusReader(self.columns, self.status_columns, self.report)

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
        if normalise(category) not in words_meaning("type") and (category := _without_formula(category)):
            product.categories = self._keep_latest(product.categories, True, category)
        product.sold += 1

    def _compare_titles(self, key: str, product: Product, title: str) -> None:
        """Note whether a SKU has another title in this order, and not only a longer one, as variants have."""
        if title and product.sku and self._order.number:
            named = normalise(title)
            before = self._titles.setdefault(key, named)
            product.mixed |= not (named.startswith(before) or before.startswith(named))

    def _note_joined(self, row: CsvRow) -> None:
        """Note whether a title, or else a SKU, looks like several items."""
        columns = (column for each in (Field.TITLE, Field.SKU) for column in self.columns.get(each, ()))
        if joined := next(filter(_JOINED.search, (unescape(row.cells[column]) for column in columns)), ""):
            self.report.joined += 1
            self.report.first_joined = self.report.first_joined or joined

    def _keep_latest(self, texts: Dated, has_letter: bool, text: str) -> Dated:
        return tuple(
            (has_letter, at, text) if (has_letter, at) >= before[:2] else before
            for before, at in zip(texts, self._order.dates, strict=True)
        )


def _read_cell(row: CsvRow, column: str) -> str:
    return unescape_formula(clean(row.cells[column]))


def _check_is_no_total(cells: Mapping[Field, str]) -> None:
    """Check that a line is none of those below others that add them up.

    :raises CatalogError: if it is.
    """
    order, sku, title = (cells[each] for each in (Field.ORDER, Field.SKU, Field.TITLE))
    alone = not (order or cells[Field.CUSTOMER])
    product = (sku if alone and not title else "") if sku else title
    subtotal = product if alone and is_subtotal(product) else ""
    if total := next(filter(is_total, (order, product)), subtotal):
        raise CatalogError(f'it is a total ("{shorten(total)}"), and no purchase.')


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


def _check_is_not_refunded(quantity: str, refunded: Sequence[str]) -> None:
    """Check that something of a quantity is left after what was refunded or cancelled of it.

    :raises CatalogError: if nothing is.
    """
    gone = sum(_read_number(text) or 0 for text in refunded)
    if gone and gone >= (_read_number(quantity) or 1):
        raise CatalogError(f"all of its quantity was refunded or cancelled: {shorten(', '.join(refunded), 20)}.")


def _read_number(text: str) -> float | None:
    """Return the number in a text, of which the last separator is the decimal one: "2.0000" is 2; None if none is."""
    found = re.search(r"\d[\d.,٫]*", re.sub(r"(?<=\d)[\s'’](?=\d)", "", text))
    if not found:
        return None
    return float(re.sub(r"[.,٫](?=.*[.,٫])", "", found[0].rstrip(".,٫")).replace(",", ".").replace("٫", "."))


@lru_cache(2**16)
def _clean_title(text: str) -> str:
    """Return a title without the start of a formula; "" if no valid title is left."""
    try:
        return check_title(_without_formula(text))
    except CatalogError:
        return ""


def _without_formula(text: str) -> str:
    return text.lstrip("".join(FORMULA) + " ")
