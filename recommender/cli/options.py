"""Options that the recommending commands share."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from dataclasses import dataclass, fields

from .. import load
from ..environment import freeze_gc
from ..errors import RecommenderError
from ..recommender import Recommendation, Recommender
from ..routes import Route
from ..shop.catalog import LANGUAGES
from ..shop.language import read_language
from ..translation import TRANSLATORS

TOP = 5


@dataclass(frozen=True)
class Options:
    """What one of the commands was asked to do; each field is the option of the same name."""

    language: str
    translator: str
    add_item: tuple[str, ...]
    checkpoint: str | None
    int8: bool
    json: bool
    top: int | None
    route: str | None = None
    explain: bool = False
    why_not: str | None = None
    shop: str | None = None
    skip_unknown: bool = False

    @classmethod
    def read(cls, parsed: argparse.Namespace) -> Options:
        """Take the shared options out of what was parsed."""
        given = {field.name: getattr(parsed, field.name) for field in fields(cls) if hasattr(parsed, field.name)}
        return cls(**{**given, "add_item": tuple(parsed.add_item)})


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what ``recommend``, ``batch`` and ``compare`` all take."""
    parser.add_argument(
        "--language",
        type=read_language,
        default="en",
        metavar="CODE",
        help=f"the shopper's: {', '.join(LANGUAGES)}, or with --route translate any of the translator's (default: en)",
    )
    parser.add_argument("--translator", choices=TRANSLATORS, default="auto", help="for --route translate")
    parser.add_argument(
        "--add-item", action="append", default=[], metavar="NAME", help="a product to add to the shelf; repeatable"
    )
    parser.add_argument("--checkpoint", metavar="NAME_OR_PATH", help="a Hub id or a folder (default: the shop's T5)")
    add_shop(parser)
    parser.add_argument("--int8", action="store_true", help="calculate in 8 bits: faster with a large checkpoint")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def add_shop(parser: argparse.ArgumentParser) -> None:
    """Add the shop's folder."""
    parser.add_argument(
        "--shop", metavar="FOLDER", help="with an inventory.csv, and model/ and more if there are (default: the demo's)"
    )


def add_basket(parser: argparse.ArgumentParser) -> None:
    """Add the basket of one shopper, and how much to tell them."""
    parser.add_argument(
        "--purchased", required=True, metavar="ITEMS", help="ids or names in any language, separated by ;"
    )
    parser.add_argument(
        "--top", type=positive, default=TOP, metavar="N", help=f"how many recommendations (default: {TOP})"
    )


def add_skip(parser: argparse.ArgumentParser, where: str) -> None:
    """Add the choice to pass over what is not in the inventory.

    :param where: in which it is named.
    """
    parser.add_argument(
        "--skip-unknown",
        action="store_true",
        help=f"pass over what names no item, such as a product that is sold no more, and name it in {where}",
    )


def add_route(parser: argparse.ArgumentParser) -> None:
    """Add the choice of one route."""
    parser.add_argument(
        "--route",
        choices=tuple(map(str, Route)),
        help="default: direct in English, native in another language that the T5 reads, else glossary",
    )


def open_recommender(options: Options) -> Recommender:
    """Load the shop's recommender with the checkpoint that was asked for."""
    with freeze_gc():
        return load(options.checkpoint, options.shop, int8=options.int8)


def recommend(recommender: Recommender, purchased: str, options: Options, *, generate: bool) -> Recommendation:
    """Recommend for one basket, as a list in one text."""
    return recommender.recommend(
        [purchased],
        language=options.language,
        route=options.route,
        translator=options.translator,
        top=options.top or TOP,
        add_items=options.add_item,
        explain=options.explain,
        generate=generate,
        why_not=options.why_not,
        skip_unknown=options.skip_unknown,
    )


def recommend_many(
    recommender: Recommender, baskets: Iterable[str], options: Options
) -> list[Recommendation | RecommenderError]:
    """Recommend for many baskets at once, each a list as one text."""
    return recommender.recommend_many(
        ([basket] for basket in baskets),
        language=options.language,
        route=options.route,
        translator=options.translator,
        top=options.top or TOP,
        add_items=options.add_item,
        explain=options.explain,
        skip_unknown=options.skip_unknown,
    )


def positive(text: str) -> int:
    """Parse a whole number from 1 up, for argparse."""
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number < 1:
        raise argparse.ArgumentTypeError("a whole number of at least 1 is needed")
    return number
