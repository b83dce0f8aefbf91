"""Read the columns of order exports that say whether an order, or a line of it, was cancelled or refunded."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from ..shop.csv_file import read_rows
from ..shop.text import normalise
from .columns import Columns, Field
from .report import Report
from .words import is_blank, is_cancelled, is_date_of_cancelling, is_word

_COLUMNS = Path(__file__).with_name("columns.csv")
_MAGENTO = frozenset({"increment_id", "qty_ordered"})  # columns; elsewhere, a closed order was sold
_NO_LETTER = re.compile(r"[\W_]+")

# By column: whether it says that the line was cancelled; None if it says nothing, neither there nor above in the order
Said = tuple[bool | None, ...]


def list_columns(columns: Columns) -> tuple[str, ...]:
    """Return the columns of a file that say whether an order was cancelled."""
    return (*columns.get(Field.STATUS, ()), *columns.get(Field.CANCELLED, ()))


class StatusReader:
    """Reads the statuses of the lines of one file, in the order of the file.

    A blank cell means what the column said last in the order, since some systems write a status in the first line of an
    order only. Columns such as SAP's reason for rejection speak of a line, which is not cancelled if the cell is blank.

    :ivar columns: those that it reads; see :func:`list_columns`.
    :param export: those of all files of the export, by which what is said is numbered.
    :param report: notes the statuses.
    """

    def __init__(self, columns: Columns, export: Sequence[str], report: Report):
        self.columns, self._report = list_columns(columns), report
        self._places = [export.index(column) for column in self.columns]
        self._of_line = [_drop_signs(column) in _columns_of_line() for column in self.columns]
        self._dates = len(columns.get(Field.CANCELLED, ()))
        self._is_magento = any(column in _MAGENTO for of_field in columns.values() for column in of_field)
        self.nothing: Said = (None,) * len(export)

    def read(self, cells: Sequence[str], before: Said) -> Said:
        """Return what a line says.

        :param cells: of :attr:`columns`.
        :param before: what was said above it in its order.
        """
        said = list(before)
        dates = len(cells) - self._dates  # stand last
        for n, cell in enumerate(cells):
            if is_blank(cell):
                if self._of_line[n]:
                    said[self._places[n]] = False
            elif n >= dates:
                said[self._places[n]] = is_date_of_cancelling(cell)
            else:
                cancelled = is_cancelled(cell) or (self._is_magento and is_word(cell, "refund of magento"))
                self._report.note_status(cell, cancelled)
                said[self._places[n]] = cancelled
        return tuple(said)


@cache
def _columns_of_line() -> frozenset[str]:
    return frozenset(_drop_signs(row.cells["name"]) for row in read_rows(_COLUMNS) if row.cells["line"])


def _drop_signs(name: str) -> str:
    """Return the letters of a column's name: "ReasonForRejection" and "reason_for_rejection" are one."""
    return _NO_LETTER.sub("", normalise(name))
