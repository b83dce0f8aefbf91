"""Read the columns of order exports that say whether an order, or a line of it, was cancelled or refunded."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from .columns import Columns, Field, drop_signs, read_usual_names
from .report import ImportReport
from .words import cell_says_cancelled, is_blank, is_mark, is_word, status_says_cancelled

# Any of these columns, or both of those, are Magento's; elsewhere, a closed order was sold
_OF_MAGENTO = frozenset({"incrementid", "qtyordered"})
_BOTH_OF_MAGENTO = frozenset({"order #", "item sku"})

# For each column of a status, whether it marks the line as cancelled; None if it is blank there and above in the order
Cancelled = tuple[bool | None, ...]


def list_columns(columns: Columns) -> tuple[str, ...]:
    """Return the columns of a file that say whether an order was cancelled."""
    return (*columns.get(Field.STATUS, ()), *columns.get(Field.CANCELLED, ()))


class StatusReader:
    """Reads the statuses of the lines of one file, in the order of the file.

    A blank cell means what the column had last in the order, since some systems write a status in the first line of an
    order only. Columns such as SAP's reason for rejection speak of a line, which is not cancelled if the cell is blank.

    :ivar columns: those that it reads; see :func:`list_columns`.
    :param export: those of all files of the export, in the order of what is returned.
    :param report: notes the statuses, and what else says that a line is cancelled.
    """

    def __init__(self, columns: Columns, export: Sequence[str], report: ImportReport):
        self.columns, self._report = list_columns(columns), report
        self._places = [export.index(column) for column in self.columns]
        self._of_line = [drop_signs(column) in _list_columns_of_line() for column in self.columns]
        self._statuses = len(columns.get(Field.STATUS, ()))
        names = {column for of_field in columns.values() for column in of_field}
        self._is_magento = not _OF_MAGENTO.isdisjoint(map(drop_signs, names)) or names >= _BOTH_OF_MAGENTO
        self.nothing: Cancelled = (None,) * len(export)

    def read(self, cells: Sequence[str], before: Cancelled) -> Cancelled:
        """Return which columns mark a line as cancelled.

        :param cells: of :attr:`columns`.
        :param before: the same for the lines above it in its order.
        """
        cancelled = list(before)
        for n, cell in enumerate(cells):
            place, is_status = self._places[n], n < self._statuses
            if is_blank(cell) and (is_status or not is_mark(cell)):
                if self._of_line[n]:
                    cancelled[place] = False
                continue
            if is_status:
                not_sold = (self._is_magento and is_word(cell, "refund of magento")) or status_says_cancelled(cell)
            else:
                not_sold = cell_says_cancelled(cell)
            cancelled[place] = not_sold
            if not_sold:
                self._report.note_left_out(self.columns[n], cell)
            elif is_status:
                self._report.note_sold(cell)
        return tuple(cancelled)


@cache
def _list_columns_of_line() -> frozenset[str]:
    return frozenset(drop_signs(name.name) for name in read_usual_names() if name.of_line)
