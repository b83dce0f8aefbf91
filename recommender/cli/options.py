"""Options that the recommending commands share."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, fields
from typing import Any

from .. import load
from ..environment import freeze_gc
from ..recommendation import TOP
from ..recommender import Recommender
from ..routes import Route
from ..shop.language import LANGUAGES, read_language
from ..translation import TRANSLATORS


@dataclass(frozen=True)
class Options:
    """The shared options of a command; each field is the option of the same name."""

    language: str
    translator: str
    add_item: tuple[str, ...]
    checkpoint: str | None
    int8: bool
    json: bool
    top: int | None
    route: str | None = None
    explain: bool = False
    shop: str | None = None
    skip_unknown: bool = False

    @classmethod
    def read(cls, parsed: argparse.Namespace) -> Options:
        """Select the shared options from the parsed command line."""
        given = {field.name: getattr(parsed, field.name) for field in fields(cls) if hasattr(parsed, field.name)}
        return cls(**{**given, "add_item": tuple(parsed.add_item)})

    def as_arguments(self) -> dict[str, Any]:
        """Return the arguments that :meth:`.Recommender.recommend` and :meth:`.Recommender.recommend_many` share."""
        return {
            "language": self.language,
            "route": self.route,
            "translator": self.translator,
            "top": self.top or TOP,
            "add_items": self.add_item,
            "explain": self.explain,
            "skip_unknown": self.skip_unknown,
        }


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that ``recommend``, ``batch`` and ``compare`` share."""
    parser.add_argument(
        "--language",
        type=read_language,
        default="en",
        metavar="CODE",
        help=f"the shopper's: {', '.join(LANGUAGES)}, or on the route translate any of the translator's (default: en)",
    )
    parser.add_argument("--translator", choices=TRANSLATORS, default="auto", help="for the route translate")
    parser.add_argument(
        "--add-item", action="append", default=[], metavar="NAME", help="a product to add to the shelf; repeatable"
    )
    parser.add_argument("--checkpoint", metavar="NAME_OR_PATH", help="a Hub id or a folder (default: the shop's T5)")
    add_shop(parser)
    parser.add_argument("--int8", action="store_true", help="run the T5 in 8 bits: faster with a large checkpoint")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def add_shop(parser: argparse.ArgumentParser) -> None:
    """Add the shop's folder."""
    parser.add_argument(
        "--shop", metavar="FOLDER", help="a folder with inventory.csv, and optionally model/ etc. (default: the demo's)"
    )


def add_basket(parser: argparse.ArgumentParser) -> None:
    """Add the basket of one shopper, and the number of recommendations."""
    parser.add_argument(
        "--purchased",
        action="append",
        required=True,
        metavar="ITEMS",
        help="ids or names in any language, separated by ; (repeatable)",
    )
    parser.add_argument(
        "--top", type=positive, default=TOP, metavar="N", help=f"how many recommendations (default: {TOP})"
    )


def add_skip(parser: argparse.ArgumentParser, where: str) -> None:
    """Add the choice to skip purchases that are not in the inventory.

    :param where: where they are listed.
    """
    parser.add_argument(
        "--skip-unknown",
        action="store_true",
        help=f"skip purchases that are not in the inventory, such as products no longer sold, and list them in {where}",
    )


def add_route(parser: argparse.ArgumentParser) -> None:
    """Add the choice of one route."""
    parser.add_argument(
        "--route",
        choices=tuple(map(str, Route)),
        help="default: direct in English, native in another language that the T5 reads, else glossary",
    )


def open_recommender(options: Options) -> Recommender:
    """Load the shop's recommender with the requested checkpoint."""
    with freeze_gc():
        return load(options.checkpoint, options.shop, int8=options.int8)


def positive(text: str) -> int:
    """Parse a whole number from 1 up, for argparse."""
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number < 1:
        raise argparse.ArgumentTypeError("a whole number of at least 1 is needed")
    return number
