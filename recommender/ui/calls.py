"""The page's question as the same question to Python, the HTTP API and the command line."""

from __future__ import annotations

import json
import shlex

from ..t5.source import BUNDLED_NAME
from .state import Visit


def calls(visit: Visit, address: str, source: str = "") -> list[tuple[str, str]]:
    """What to type: pairs of "python", "curl" or "shell", and the code.

    None for a visitor's own shop, which exists in their browser only.

    :param address: of this page, without a slash at the end.
    :param source: where others load the chosen T5 from, if not from the name that visitors choose.
    """
    if visit.shop:
        return []
    source = source or visit.checkpoint
    items, added = [item.id for item in visit.basket], list(visit.added)
    return [
        ("python", _python(visit, items, added, source)),
        ("curl", _curl(visit, items, added, address)),
        ("shell", _shell(visit, items, added, source)),
    ]


def _python(visit: Visit, items: list[str], added: list[str], source: str) -> str:
    options = [f"language={visit.language!r}", f"route={str(visit.route)!r}"]
    loaded = "" if source == BUNDLED_NAME else repr(source)
    if visit.route == "translate":
        options.append(f"translator={visit.translator!r}")
    if added:
        options.append(f"add_items={added!r}")
    return (
        "from recommender import load\n\n"
        f"answer = load({loaded}).recommend({items!r}, {', '.join(options)})\n"
        "print(answer.pick.name, answer.pick.probability)"
    )


def _curl(visit: Visit, items: list[str], added: list[str], address: str) -> str:
    body = json.dumps(
        {"data": [items, visit.language, visit.route, visit.translator, added, 5, True, visit.checkpoint]},
        ensure_ascii=False,
    )
    endpoint = f"{address}/gradio_api/call/recommend"
    return (
        f"curl -s {endpoint} -H 'Content-Type: application/json' \\\n"
        f"  -d {shlex.quote(body)} \\\n"
        f"  | sed 's/.*\"\\([0-9a-f]*\\)\"}}/\\1/' | xargs -I ID curl -sN {endpoint}/ID"
    )


def _shell(visit: Visit, items: list[str], added: list[str], source: str) -> str:
    words = ["python -m recommender recommend", f"--purchased {shlex.quote('; '.join(items))}"]
    words += [f"--language {visit.language}", f"--route {visit.route}"]
    if visit.route == "translate":
        words.append(f"--translator {visit.translator}")
    if source != BUNDLED_NAME:
        words.append(f"--checkpoint {shlex.quote(source)}")
    words += [f"--add-item {shlex.quote(name)}" for name in added]
    return " \\\n  ".join(words)
