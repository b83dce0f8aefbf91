"""A link is a state: ``?items=soccer-ball,soccer-jersey&lang=ar&route=translate`` opens exactly that."""

from __future__ import annotations

import re
from urllib.parse import parse_qs

from ..shop.catalog import LANGUAGES
from .state import MAX_ADDED, MAX_TICKED

PARAMETERS = {"lang": "language", "route": "route", "translator": "translator", "checkpoint": "checkpoint"}
_MAX_LENGTH = 8_000  # what servers and proxies take as an address


def opening(raw: object, default: str | None) -> dict[str, object]:
    """What a browser asks for on arrival, in the shape that :meth:`Visit.read` checks.

    The language is the link's, else the one that this browser chose last time, else the
    operator's, else the browser's own.

    :param raw: the bridge's value: query, remembered, preferred (BCP 47 tags, best first).
    :param default: the language that the operator chose, if any.
    """
    given = raw if isinstance(raw, dict) else {}
    query = given.get("query")
    asked = from_query(query if isinstance(query, str) else "")
    if "language" not in asked:
        preferred = given.get("preferred")
        tags = [str(tag)[:2].lower() for tag in preferred[:10]] if isinstance(preferred, list) else []
        wishes = [given.get("remembered"), default, *tags, "en"]
        asked["language"] = next(w for w in wishes if w in LANGUAGES)
    return asked


def from_query(query: str) -> dict[str, object]:
    """The state in the query part of an address, unchecked."""
    try:
        fields = parse_qs(query.lstrip("?")[:_MAX_LENGTH], max_num_fields=50)
    except ValueError:
        return {}
    state: dict[str, object] = {key: fields[name][-1] for name, key in PARAMETERS.items() if name in fields}
    if "items" in fields:
        state["items"] = [text for text in re.split("[,;]", ",".join(fields["items"])) if text.strip()][:MAX_TICKED]
    if "add" in fields:
        state["added"] = fields["add"][:MAX_ADDED]
    return state
