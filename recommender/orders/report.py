"""What an import of orders has read and written."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ..shop.purchases import MAX_LISTED
from ..shop.text import normalise, shorten, take_some
from .columns import Field
from .dates import DateOrder

STATUSES = 10  # that are listed
_NUMBER = re.compile(r"\d+")


@dataclass
class ImportReport:
    """What an import has read and written.

    :ivar columns: the file's columns for each field, joined by commas; of several files, those of the first.
    :ivar unused: the columns that are not read.
    :ivar by: what a row of the purchases is: an order, or a customer.
    :ivar dates: the order of day and month in the dates.
    :ivar statuses: the first statuses of orders that count as sold, as they are written, by their normalised form; one
        more than are listed, to tell that there are more.
    :ivar left_out: likewise what says that orders were cancelled or refunded, behind its column; once for all numbers.
    :ivar undated: number of lines whose date cannot be read; the first such date is ``unread``.
    :ivar rounded: number of lines whose customer counts as unknown, because a spreadsheet has rounded it.
    :ivar cancelled: number of lines of orders that were cancelled or refunded.
    :ivar numbers: number of order numbers of unknown customers.
    :ivar recurring: number of those whose lines have different days.
    :ivar unnumbered: number of lines without an order's number, each of which is an order of its own.
    :ivar new: number of products that the inventory did not have.
    :ivar untitled: number of new products without a title that has a letter.
    :ivar shared: SKUs with more titles than one product would have.
    :ivar mixed: SKUs that have different titles in one order.
    :ivar rewritten: number of products whose SKU cannot be an id.
    :ivar rows: number of rows of the purchases.
    :ivar pairs: number of rows with at least two products; others have no co-purchases to learn from.
    :ivar repeated: number of purchases of what the same customer had bought before.
    :ivar orders: number of orders.
    :ivar most: the largest number of orders of one customer.
    :ivar in_most_orders: the name of a product that is in more than half of the orders, and in how many; if there is
        none, or there are few orders, "" and 0.
    :ivar extras: number of lines of shipping, fees, taxes and discounts, which are refused.
    :ivar joined: number of lines whose title or SKU looks like several items; the first one is ``first_joined``.
    :ivar notes: sentences on what else may be otherwise than the shop's owner thinks.
    :ivar refused: number of refused lines; the first ones, with the reasons, are in ``reasons``.
    """

    columns: Mapping[Field, str]
    unused: Sequence[str]
    by: Field
    lines: int = 0
    dates: DateOrder = field(default_factory=DateOrder)
    statuses: dict[str, str] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    undated: int = 0
    unread: str = ""
    rounded: int = 0
    cancelled: int = 0
    numbers: int = 0
    recurring: int = 0
    unnumbered: int = 0
    products: int = 0
    new: int = 0
    untitled: int = 0
    shared: Sequence[str] = ()
    mixed: Sequence[str] = ()
    rewritten: int = 0
    rows: int = 0
    pairs: int = 0
    repeated: int = 0
    orders: int = 0
    most: int = 0
    in_most_orders: tuple[str, int] = ("", 0)
    extras: int = 0
    joined: int = 0
    first_joined: str = ""
    notes: list[str] = field(default_factory=list)
    refused: int = 0
    reasons: list[str] = field(default_factory=list)

    @property
    def month_first(self) -> bool:
        """Whether dates that can be read both ways are read month first."""
        return self.dates.month_first and not self.dates.day_first

    def list_columns(self) -> str:
        """Return the columns that are read, each with its field."""
        return ", ".join(f"{each} = {column}" for each, column in self.columns.items())

    def refuse(self, file: str, line: int, reason: str) -> None:
        """Count a refused line."""
        self.refused += 1
        if len(self.reasons) < MAX_LISTED:
            self.reasons.append(f"{file}, line {line}: {reason}")

    def note_sold(self, status: str) -> None:
        """Note the status of an order that counts as sold."""
        if len(self.statuses) <= STATUSES:
            self.statuses.setdefault(normalise(status), status)

    def note_left_out(self, column: str, cell: str) -> None:
        """Note what says that an order was cancelled; of dates, of which there may be thousands, the first one."""
        if len(self.left_out) <= STATUSES:
            said = f"{column}: {cell}"
            self.left_out.setdefault(normalise(_NUMBER.sub("", said)), said)

    def list_sold(self) -> str:
        """Return the statuses of orders that count as sold."""
        return _list_some(self.statuses)

    def list_left_out(self) -> str:
        """Return what says that orders were cancelled or refunded."""
        return _list_some(self.left_out)


def _list_some(said: Mapping[str, str]) -> str:
    return "; ".join(take_some([shorten(text) for text in said.values()], STATUSES))
