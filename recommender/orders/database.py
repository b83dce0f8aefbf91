"""A temporary database on disk that sorts the lines of an export, of which there may be more than fit in memory."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager

from ..errors import RecommenderError
from .columns import Field
from .lines import Line, Product

CACHE = 64 * 1024  # kilobytes of the database that are kept in memory


class SortingError(RecommenderError):
    """A temporary folder in which the lines cannot be sorted, because it is full or cannot be written."""


@contextmanager
def open_database(status_columns: int) -> Iterator[sqlite3.Connection]:
    """Create a database for lines, in a temporary file that vanishes with it.

    :param status_columns: number of columns that say whether a line was cancelled.
    :raises SortingError: where it is used, if the temporary folder has no room for it.
    """
    with closing(sqlite3.connect("", isolation_level=None)) as db:
        try:
            _create_tables(db, status_columns)
            yield db
        except sqlite3.Error as error:
            folder = os.environ.get("TMPDIR", "/var/tmp")
            raise SortingError(
                f"The lines cannot be sorted in the temporary folder {folder} ({error}): set TMPDIR to another one, "
                "with as much room as the export takes."
            ) from error


def _create_tables(db: sqlite3.Connection, status_columns: int) -> None:
    db.execute(f"PRAGMA cache_size = -{CACHE}")
    db.execute("PRAGMA journal_mode = OFF")
    columns = "".join(f", {column}" for column in _name_flags(status_columns))
    db.execute(
        f"CREATE TABLE line (customer TEXT, order_number TEXT, day_first INT, month_first INT, product INT{columns})"
    )
    is_cancelled = _cancelled_sql(status_columns)
    # The cancelled lines, and all others of their order numbers
    cancelled = f"order_number IN (SELECT order_number FROM line WHERE order_number <> '' AND {is_cancelled})"
    views = {"all_lines": "TRUE", "lines_of_cancelled_orders": f"{cancelled} OR {is_cancelled}"}
    for view, condition in views.items():
        # If the lines of an order name one customer, some of them may leave it out; if they name several, these are
        # different orders. Lines without an order's number are orders of their own.
        db.execute(
            f"""
            CREATE TEMP VIEW {view} AS
            WITH named AS (
                SELECT rowid AS n, *, iif(order_number = '', rowid, order_number) AS number FROM line
                WHERE {condition}
            ), known AS (
                SELECT *, min(nullif(customer, '')) OVER (PARTITION BY number) AS first,
                    max(customer) OVER (PARTITION BY number) AS last FROM named
            )
            SELECT *, iif(coalesce(first, last) = last, last, customer) AS customer_of_order FROM known
            """
        )


def _name_flags(status_columns: int) -> list[str]:
    return [f"cancelled_{n}" for n in range(status_columns)]


def _cancelled_sql(status_columns: int) -> str:
    """Return the condition that a line is cancelled by its own flags."""
    return f"({' OR '.join(f'{flag} IS TRUE' for flag in _name_flags(status_columns)) or 'FALSE'})"


def insert_lines(db: sqlite3.Connection, lines: Sequence[tuple[Line, int]]) -> None:
    """Insert lines, each with the number of its product."""
    if not lines:
        return
    places = ", ".join("?" * (5 + len(lines[0][0].cancelled)))
    db.execute("BEGIN")
    db.executemany(
        f"INSERT INTO line VALUES ({places})",
        (
            (line.customer, line.order, line.day_first, line.month_first, product, *line.cancelled)
            for line, product in lines
        ),
    )
    db.execute("COMMIT")


def leave_out_cancelled(db: sqlite3.Connection, products: Sequence[Product], status_columns: int) -> int:
    """Delete the lines of cancelled orders, wherever in the files these stand; return how many there were.

    A line without a flag in a column inherits its order's: it is cancelled if all of these say so.

    :param products: by number; the deleted lines are subtracted from what was sold.
    :param status_columns: as in :func:`open_database`.
    """
    before, cancelled = db.execute(f"SELECT count(*), total({_cancelled_sql(status_columns)}) FROM line").fetchone()
    if not cancelled:
        return 0
    flags = _name_flags(status_columns)
    inherited = " OR ".join(f"coalesce({flag}, min({flag}) OVER of_order) IS TRUE" for flag in flags)
    db.execute(
        f"""
        CREATE TABLE of_cancelled AS SELECT n, product, counted FROM (
            SELECT n, product, NOT {_cancelled_sql(status_columns)} AS counted, {inherited} AS cancelled
            FROM lines_of_cancelled_orders WINDOW of_order AS (PARTITION BY customer_of_order, number)
        ) WHERE cancelled
        """
    )
    for number, lines in db.execute("SELECT product, count(*) FROM of_cancelled WHERE counted GROUP BY product"):
        products[number].sold -= lines
    db.execute("DELETE FROM line WHERE rowid IN (SELECT n FROM of_cancelled)")
    return int(before - db.execute("SELECT count(*) FROM line").fetchone()[0])


def count_unnumbered(db: sqlite3.Connection) -> int:
    """Return the number of lines that name no order, and none above them does."""
    return int(db.execute("SELECT count(*) FROM line WHERE order_number = ''").fetchone()[0])


def count_recurring(db: sqlite3.Connection) -> tuple[int, int]:
    """Return the number of order numbers without a customer, and of those whose lines have different days."""
    numbers, recurring = db.execute(
        """
        SELECT count(*), total(first <> last) FROM (
            SELECT min(nullif(day_first, 0)) / :days AS first, max(day_first) / :days AS last FROM line
            WHERE order_number <> '' GROUP BY order_number HAVING max(customer) = ''
        )
        """,
        {"days": 10**6},  # of a date as a number, behind which stand hours, minutes and seconds
    ).fetchone()
    return numbers, int(recurring)


def read_sorted(db: sqlite3.Connection, by: Field, month_first: bool) -> Generator[tuple[str, str, int], None, None]:
    """Yield customer, order and product of every line, grouped by customer and order, the earliest first.

    An order has the time of its earliest line. Customers are in the order of the file: in that of the alphabet, whoever
    has a list of customers could tell whose purchases are whose.

    :param by: what the lines are grouped to: orders, or customers, of which each unknown one has one order.
    :param month_first: whether dates that can be read both ways are read month first.
    """
    at = "month_first" if month_first else "day_first"
    # a line without an order's number has an integer for it, and is a customer of its own
    customer = "customer_of_order"
    if by == Field.CUSTOMER:
        customer = "coalesce(nullif(customer_of_order, ''), typeof(number) || ' ' || number)"
    yield from db.execute(
        f"""
        WITH timed AS (
            SELECT n, {customer} AS customer, number, product,
                coalesce(min(nullif({at}, 0)) OVER (PARTITION BY customer_of_order, number), 0) AS at,
                min(n) OVER (PARTITION BY {customer}) AS first_line FROM all_lines
        )
        SELECT customer, number, product FROM timed ORDER BY first_line, at, length(number), number, n
        """
    )
