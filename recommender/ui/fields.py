"""Check the fields of a call by HTTP or MCP; a value may have another type that stands for the right one."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, TypeGuard

from ..errors import RecommenderError
from ..recommendation import TOP
from ..shop.list_marks import split_list

MAX_TEXTS = 1_000
MAX_CHARACTERS = 100_000  # of all texts of a field
MAX_NEW = 20  # products added for one call

_COUNT = re.compile(r"(\d{1,99})(\.0+)?")


class BadRequest(RecommenderError):
    """A field of the wrong type or size, or an unknown one."""


def read_recommend(values: Mapping[str, object]) -> dict[str, Any]:
    """Return the arguments for :meth:`.Recommender.recommend`, of which a call need give only ``purchased``.

    :param values: the fields; null means "not given".
    :raises BadRequest: for a field of the wrong type or size.
    """
    values = {name: value for name, value in values.items() if value is not None}
    return {
        "purchased": read_purchased(values.get("purchased")),
        "language": check_text("language", values.get("language", "en")),
        "route": _check_optional("route", values.get("route")),
        "translator": check_text("translator", values.get("translator", "auto")),
        "add_items": check_texts("add_items", values.get("add_items"), MAX_NEW),
        "top": check_count("top", values.get("top", TOP)),
        "explain": check_flag("explain", values.get("explain")),
        "why_not": _check_optional("why_not", _read_number(values.get("why_not"))),
    }


def read_purchased(value: object) -> list[str]:
    """Return the texts of a basket; one text stays whole, because a product's title may contain commas.

    :raises BadRequest: if the value is missing, of the wrong type, or too long.
    """
    if value is None:
        raise BadRequest("purchased is missing: what the shopper owns.")
    if _is_whole(value) or (isinstance(value, str) and not value.lstrip().startswith("[")):
        value = [value]
    return check_texts("purchased", value)


def check_text(field: str, value: object) -> str:
    """Return a text.

    :raises BadRequest: if it is missing, or no text.
    """
    if value is None:
        raise BadRequest(f"{field} is missing.")
    if not isinstance(value, str):
        raise BadRequest(f"{field} must be a text, not {type(value).__name__}.")
    return value


def _check_optional(field: str, value: object) -> str | None:
    return None if value in (None, "") else check_text(field, value)


def _read_number(value: object) -> object:
    """Return a whole number as a text, and any other value as it is: many shops' SKUs are numbers."""
    return str(int(value)) if _is_whole(value) else value


def check_texts(field: str, value: object, most: int = MAX_TEXTS) -> list[str]:
    """Return a list of texts, which may be missing or given as one text: JSON, or with separators.

    A whole number is a text, too.
    """
    if isinstance(value, str) and value.lstrip().startswith("["):
        with suppress(ValueError, RecursionError):  # if it is not JSON, it is a name
            value = json.loads(value)
    texts = split_list(value) if isinstance(value, str) else [] if value is None else value
    if isinstance(texts, list):
        texts = list(map(_read_number, texts))
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise BadRequest(f'{field} must be a list of texts, or one text with ";" between them.')
    if len(texts) > most or sum(map(len, texts)) > MAX_CHARACTERS:
        raise BadRequest(f"{field} is too long: {most} texts and {MAX_CHARACTERS} characters are allowed.")
    return texts


def _is_whole(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and value == value // 1


def check_flag(field: str, value: object) -> bool:
    """Return true or false, which may be missing or given as a text."""
    flag = {"true": True, "false": False}.get(value.strip().lower(), value) if isinstance(value, str) else value
    if flag is not None and not isinstance(flag, bool):
        raise BadRequest(f"{field} must be true or false.")
    return bool(flag)


def check_count(field: str, value: object) -> int:
    """Return a whole number, which may be given as 3, 3.0 or "3"."""
    if isinstance(value, str) and (written := _COUNT.fullmatch(value.strip())):
        value = int(written[1])
    if not _is_whole(value) or value < 1:
        raise BadRequest(f"{field} must be a whole number from 1 up.")
    return int(value)
