"""Read the dates of exports as numbers that sort by time."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

from ..errors import CatalogError
from ..shop.language import LANGUAGES
from ..shop.text import normalise, shorten

_HALF = r"([AaPp]\.?\s?[Mm]\b\.?|[صم]\w*)"  # of the day: AM or PM; in Arabic whole words, or their first letters
_TIME = rf"""
    (?:
        [\sT,]+ (?:\w{{1,2}}\s)?                                    # between date and time; "à", "um"
        (\d{{1,2}}) [:h] (\d{{2}}) (?: : (\d{{2}}) (?:[.,]\d+)? )?  # 10:05, 10h05, 10:05:59.3
        \s* {_HALF}? \D*[\d:]*                                      # PM, and then a time zone or "Uhr"
    )?"""
_NUMBERS = re.compile(
    rf"(\d{{1,4}}) ([./-]) (\d{{1,2}}) \2 (\d{{1,4}}) {_TIME}",  # 2026-11-05, 5.11.2026, 11/5/26
    re.VERBOSE,
)
_WORD = r"([^\W\d_]{3,})\.?"
_DAY_MONTH = re.compile(
    rf"""
    (?: [^\W\d]+ \.? ,? \s+ )?                           # Thu,
    (\d{{1,2}}) (?:er|st|nd|rd|th|\.)? [\s-]* (?:de\s)?  # 5th, 5., 1er, 5 de
    {_WORD} [\s,-]* (?:del?\s)?                          # Nov., noviembre de
    (\d{{2,4}}) {_TIME}
    """,
    re.VERBOSE,
)
_MONTH_DAY = re.compile(
    rf"""
    (?: [^\W\d]+ \.? ,? \s+ )?                           # Thu,
    {_WORD} [\s-]* (\d{{1,2}}) (?:st|nd|rd|th)? [\s,-]+  # Nov 5th,
    (\d{{2,4}}) {_TIME}
    """,
    re.VERBOSE,
)
_PACKED = re.compile(r"^(\d{4})(\d{2})(\d{2})(?=\s|$)")
_SERIAL = re.compile(r"(\d{5})(\.\d+)?")  # days, as a spreadsheet stores a date
_FIRST_DAY = datetime(1899, 12, 30, tzinfo=UTC)
_EPOCH = re.compile(r"(\d{10})(\d{3})?")  # seconds or milliseconds since 1970


@dataclass
class DateOrder:
    """What is known from a file's dates about the order of day and month.

    :ivar day_first: whether some date can only be read day first, such as 25/3/2026.
    :ivar month_first: whether some date can only be read month first.
    :ivar unclear: whether some date can be read both ways.
    """

    day_first: bool = False
    month_first: bool = False
    unclear: bool = False


def read_date(text: str, seen: DateOrder) -> tuple[int, int]:
    """Return a date as two numbers that sort by time: read day first, and read month first.

    The two are the same if the date can be read in one way only. Time zones are ignored.

    :param seen: updated by what this date shows of the order of day and month.
    :raises CatalogError: if the text is not a date.
    """
    text = text.strip()
    if found := _NUMBERS.fullmatch(_PACKED.sub(r"\1-\2-\3", text)):
        return _read_numbers(found, text, seen)
    if found := _DAY_MONTH.fullmatch(text):
        day, month, year, *time = found.groups()
    elif found := _MONTH_DAY.fullmatch(text):
        month, day, year, *time = found.groups()
    elif stored := _read_stored(text):
        at = int(stored.strftime("%Y%m%d%H%M%S"))
        return at, at
    else:
        raise _not_a_date(text)
    number = _months().get(normalise(month))
    if not number:
        raise _not_a_date(text)
    at = _number(_full_year(year), number, day, time, text)
    return at, at


def _not_a_date(text: str) -> CatalogError:
    return CatalogError(f'the date "{shorten(text)}" is not written as 2026-11-05, 5.11.2026, 11/5/2026 or 5 Nov 2026.')


def _read_numbers(found: re.Match[str], text: str, seen: DateOrder) -> tuple[int, int]:
    first, separator, second, third, *time = found.groups()
    if len(first) == 4:
        at = _number(first, second, third, time, text)
        return at, at
    year = _full_year(third)
    if separator == "." or int(first) > 12:
        at = _number(year, second, first, time, text)
        seen.day_first |= separator != "."  # after it is known to be a date
        return at, at
    if int(second) > 12:
        at = _number(year, first, second, time, text)
        seen.month_first = True
        return at, at
    both = _number(year, second, first, time, text), _number(year, first, second, time, text)
    seen.unclear |= first != second
    return both


def _read_stored(text: str) -> datetime | None:
    """Return the date that a spreadsheet or a computer stores as this number, or None."""
    if found := _SERIAL.fullmatch(text):
        return _FIRST_DAY + timedelta(days=float(found[0]))
    if found := _EPOCH.fullmatch(text):
        return datetime.fromtimestamp(int(found[1]), UTC)
    return None


@cache
def _months() -> Mapping[str, int]:
    """Return the numbers of the months by name, whole or short, in the five languages."""
    from babel.dates import get_month_names  # seldom needed

    names = {
        normalise(name): number
        for language in LANGUAGES
        for months in (get_month_names("wide", locale=language), get_month_names("abbreviated", locale=language))
        for number, name in months.items()
    }
    return names | {"mrz": 3, "maerz": 3}


def _full_year(year: str) -> str:
    return year if len(year) == 4 else f"20{year.zfill(2)}"


def _number(year: str, month: str | int, day: str, time: Sequence[str | None], text: str) -> int:
    hour, minute, second = (int(part or 0) for part in time[:3])
    if half := time[3]:
        hour = hour % 12 + (12 if half[0] in "Ppم" else 0)
    try:
        datetime(int(year), int(month), int(day), hour, minute, second)
    except ValueError as error:
        raise CatalogError(f'the date "{text}" is not one of the calendar.') from error
    return ((((int(year) * 100 + int(month)) * 100 + int(day)) * 100 + hour) * 100 + minute) * 100 + second
