"""Options that the recommending commands share."""

from __future__ import annotations

import argparse

from .. import load
from ..environment import freeze_gc
from ..recommender import Recommendation, Recommender
from ..routes import Route
from ..shop.catalog import LANGUAGES
from ..translation import TRANSLATORS


def add_options(parser: argparse.ArgumentParser) -> None:
    """What ``recommend``, ``batch`` and ``compare`` all take."""
    parser.add_argument(
        "--language",
        default="en",
        metavar="CODE",
        help=f"the shopper's: {', '.join(LANGUAGES)}, or with --route translate any of the translator's (default: en)",
    )
    parser.add_argument("--translator", choices=TRANSLATORS, default="auto", help="for --route translate")
    parser.add_argument(
        "--add-item", action="append", default=[], metavar="NAME", help="a product to add to the shelf; repeatable"
    )
    parser.add_argument("--checkpoint", metavar="NAME_OR_PATH", help="a Hub id or a folder (default: the bundled T5)")
    parser.add_argument("--int8", action="store_true", help="calculate in 8 bits: faster with a large checkpoint")
    parser.add_argument("--top", type=positive, default=5, metavar="N", help="how many recommendations (default: 5)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def add_basket(parser: argparse.ArgumentParser) -> None:
    """The basket of one shopper."""
    parser.add_argument(
        "--purchased", required=True, metavar="ITEMS", help="ids or names in any language, separated by ;"
    )


def add_route(parser: argparse.ArgumentParser) -> None:
    """What a command takes that goes one route only."""
    parser.add_argument(
        "--route", choices=tuple(map(str, Route)), help="default: direct in English, native in Arabic, else glossary"
    )
    parser.add_argument("--explain", action="store_true", help="what each purchase contributed to the pick")


def open_recommender(options: argparse.Namespace) -> Recommender:
    """The shop's recommender, with the checkpoint that was asked for."""
    with freeze_gc():
        return load(options.checkpoint, int8=options.int8)


def recommend(recommender: Recommender, purchased: str, options: argparse.Namespace) -> Recommendation:
    """One basket, ``;``-separated, with the options of the command line."""
    return recommender.recommend(
        purchased.split(";"),
        language=options.language,
        route=options.route,
        translator=options.translator,
        top=options.top,
        add_items=options.add_item,
        explain=options.explain,
    )


def positive(text: str) -> int:
    """A whole number from 1 up, for argparse."""
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number < 1:
        raise argparse.ArgumentTypeError("a whole number of at least 1 is needed")
    return number
