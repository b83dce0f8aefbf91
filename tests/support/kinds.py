"""Inputs as people write them, in numbered kinds, for every entry point in ``tests/model/test_doors.py``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Basket:
    """A text with the items that a shopper owns.

    :ivar kind: number of the kind of input.
    :ivar items: the ids that every entry point must read, separated by spaces; "" if every one must refuse the text.
    :ivar says: part of the refusal.
    :ivar language: the shopper's; entry points without a language, such as the training, read English.
    """

    kind: int
    name: str
    text: str
    items: str = ""
    says: str = ""
    language: str = "en"


@dataclass(frozen=True)
class Name:
    """A product's name on its way to a shelf.

    :ivar stored: what the shelf holds of it; "" if every door refuses it.
    :ivar says: what the refusal holds.
    :ivar filed: what it holds of a name from an inventory or an upload, if that is not the same.
    """

    kind: int
    name: str
    text: str
    stored: str = ""
    says: str = ""
    filed: str | None = None


@dataclass(frozen=True)
class Translated:
    """A translator's text for an item, and the id of the item that it means; "" if none.

    :ivar prompted: what the prompt calls it.
    """

    kind: int
    name: str
    item: str
    text: str
    means: str
    prompted: str


BALL = "soccer-ball"
JERSEY = "soccer-jersey"
BOTH = f"{BALL} {JERSEY}"
HELMETS = "Football Helmet"


@dataclass(frozen=True)
class Field:
    """A value that a client sends for a field of the API.

    :ivar means: what it stands for; None if it is refused by the field's name.
    """

    kind: int
    name: str
    field: str
    value: object
    means: object = None


@dataclass(frozen=True)
class Tag:
    """A language tag, and the shop's language that it means; "" if it must be refused by name."""

    kind: int
    name: str
    text: str
    language: str = ""


FIELDS = [
    Field(11, "an integral float", "top", 3.0, 3),
    Field(11, "a whole number as text", "top", " 3", 3),
    Field(11, "an integral float as text", "top", "3.0", 3),
    Field(11, "a fraction", "top", 3.5),
    Field(11, "a fraction as text", "top", "3.5"),
    Field(11, "no number", "top", float("nan")),
    Field(11, "infinity", "top", float("inf")),
    Field(11, "a truth value for a number", "top", True),
    Field(11, "true as text", "explain", "true", True),
    Field(11, "false as text", "explain", "False", False),
    Field(11, "another word", "explain", "maybe"),
    Field(11, "an empty list", "explain", []),
    Field(11, "a number for true", "explain", 1),
    Field(11, "a number for false", "explain", 0.0),
    Field(11, "a list as JSON", "purchased", '["Soccer Ball", "Tennis Racket"]', ["Soccer Ball", "Tennis Racket"]),
    Field(11, "fractions as JSON", "purchased", "[1.5, 2]"),
    Field(11, "a fraction for an item", "purchased", 7.5),
    Field(11, "a truth value for an item", "purchased", True),
    Field(11, "new products as JSON", "add_items", ' ["Soccer Socks"]', ["Soccer Socks"]),
    Field(11, "new products as one text", "add_items", "Soccer Socks; Bat", ["Soccer Socks", "Bat"]),
    Field(11, "a number for a language", "language", 7),
]
TAGS = [
    Tag(12, "capital letters", "AR", "ar"),
    Tag(12, "a region", "ar-EG", "ar"),
    Tag(12, "a POSIX locale", "fr_FR.UTF-8", "fr"),
    Tag(12, "Switzerland", "de-CH", "de"),
    Tag(12, "a region by number", "es-419", "es"),
    Tag(12, "British English", "en-GB", "en"),
    Tag(12, "spaces", " Fr ", "fr"),
    Tag(12, "an extension", "ar-EG-u-nu-latn", "ar"),
    Tag(12, "a private part", "de-DE-x-private", "de"),
    Tag(12, "a POSIX locale with a modifier", "de_DE@euro", "de"),
    Tag(12, "another language", "pt-BR"),
    Tag(12, "another language with the same first letters", "arn-CL"),
    Tag(12, "no tag", "klingon"),
]
BASKETS = [
    Basket(4, "a direction mark from a chat", "\u200fكرة قدم", BALL, language="ar"),
    Basket(4, "isolates around a name", "\u2068Soccer Ball\u2069", BALL),
    Basket(4, "a byte-order mark, a soft hyphen and zero widths", "\ufeffSoc\u00adcer\u200d B\u200ball", BALL),
    Basket(4, "an override", "\u202eSoccer Ball", BALL),
    Basket(4, "a variation selector", "Soccer Ball\ufe0f", BALL),
    Basket(4, "an invisible character in an id", "soccer\u200b-ball", BALL),
    Basket(4, "control characters", "Soccer Ball\x01; Soccer\x07 Jersey\x7f; \x1b", BOTH),
    Basket(4, "a word processor's bullets and tabs", "\uf0b7\tSoccer Ball\n\uf0b7\tSoccer Jersey\n\uf0b7\t", BOTH),
    Basket(5, "Persian yeh", "قمیص کرة القدم", JERSEY, language="ar"),
    Basket(5, "Persian kaf", "\u06a9رة قدم", BALL),
    Basket(5, "Urdu and Kurdish heh", "كر\u06c1 قدم; كر\u06c3 قدم; كر\u06d5 قدم", BALL),
    Basket(6, "semicolons", "Soccer Ball; Soccer Jersey;", BOTH),
    Basket(6, "commas", "Soccer Ball, Soccer Jersey", BOTH),
    Basket(6, "Arabic semicolon", "كرة قدم؛ قميص كرة القدم", BOTH, language="ar"),
    Basket(6, "Arabic comma", "كرة قدم، قميص كرة القدم", BOTH),
    Basket(6, "wide forms", "Soccer Ball；Soccer Jersey、Soccer Ball，", BOTH),
    Basket(6, "lines", "Soccer Ball\nSoccer Jersey\r\n\n", BOTH),
    Basket(6, "line separators", "Soccer Ball\u2028Soccer Jersey", BOTH),
    Basket(6, "cells of a spreadsheet", "\tSoccer Ball\tSoccer Jersey", BOTH),
    Basket(6, "the article still tells the sport from the ball", "كرة القدم", says="Soccer Ball"),
    Basket(10, "a full stop", "Soccer Jersey.", JERSEY),
    Basket(10, "quotation marks", "«Soccer Jersey»; “Soccer Ball”", BOTH),
    Basket(10, "Arabic question mark", "كرة قدم؟", BALL, language="ar"),
    Basket(10, "bullets", "• Soccer Ball\n– Soccer Jersey\n* (Soccer Jersey)", BOTH),
    Basket(10, "a numbered list", "1. Soccer Ball\n2.\tSoccer Jersey", BOTH),
    Basket(10, "a numbered list in Arabic", "١- كرة قدم\n٢. قميص كرة القدم", BOTH, language="ar"),
    Basket(10, "emoji as on the page", "⚽ Soccer Ball; 👕 Soccer Jersey", BOTH),
    Basket(10, "a sign that says not", "❌ Soccer Ball", says="❌ Soccer Ball"),
    Basket(10, "hyphens that are not ASCII", "Soccer\u2010Jersey; Soccer\u2011Jersey; Soccer\u2013Jersey", JERSEY),
    Basket(10, "entities", "S&#111;ccer Ball; Soccer&nbsp;Jersey&#59; Soccer Ball", BOTH),
    Basket(10, "an underscore", "soccer_jersey", JERSEY),
    Basket(10, "everyday words with punctuation", "“soccer” boots!", "soccer-cleats"),
    Basket(10, "a question with punctuation", "«football»?", says="Ballon de football", language="fr"),
    Basket(14, "a French word in English", "raquette", "tennis-racket"),
    Basket(14, "a French word for two items", "casque", says=HELMETS),
    Basket(14, "a Spanish word for three items", "balon", says="Basketball"),
    Basket(14, "a German compound in Spanish", "Tennisbälle", "tennis-ball", language="es"),
    Basket(14, "English football in Spanish", "Football", says="Balón de fútbol", language="es"),
    Basket(14, "English football in French", "Football", says="Ballon de football", language="fr"),
    Basket(14, "an English name in Spanish", "Baseball", "baseball", language="es"),
    Basket(14, "a word of the shopper's own language that means no item", "but", says="but"),
    Basket(14, "a plural and a quantity", "2 Fußbälle; 3 soccer jerseys", BOTH, language="de"),
    Basket(14, "a quantity after the name", "Soccer Balls x2", BALL),
    Basket(14, "a quantity of zero", "0 Soccer Balls", says="0 Soccer Balls"),
    Basket(14, "a word of no language", "blorple", says="blorple"),
]
NAMES = [
    Name(4, "a direction mark", "\u200fSoccer Socks\u200e", "Soccer Socks"),
    Name(4, "a soft hyphen and a byte-order mark", "\ufeffSoccer So\u00adcks", "Soccer Socks"),
    Name(4, "isolates", "\u2068Soccer Socks\u2069", "Soccer Socks"),
    Name(4, "an override", "Soccer\u202e Socks", says="reorders its letters"),
    Name(4, "an override as an entity", "Soccer&#8238; Socks", says="reorders its letters"),
    Name(4, "tags", "Soccer\U000e0041 Socks", says="an invisible character"),
    Name(4, "nothing visible", "\u200b\u00ad", says="no letter"),
    Name(6, "a list", "Cap; Bat", says="separate names"),
    Name(6, "an Arabic comma", "قبعة، مضرب", says="separate names"),
    Name(6, "an Arabic semicolon", "قبعة؛ مضرب", says="separate names"),
    Name(6, "an ideographic comma", "Cap、Bat", says="separate names"),
    Name(6, "two lines", "Cap\nBat", says="a line break"),
    Name(10, "an entity", "Tom &amp; Jerry&#39;s Cap", "Tom & Jerry's Cap"),
    Name(10, "an entity for a separator", "Cap&#59; Bat", says="separate names"),
    Name(10, "a full stop and quotation marks", "«Soccer Socks».", "Soccer Socks", filed="«Soccer Socks»."),
    Name(10, "brackets that are closed", "Cap (red)", "Cap (red)"),
    Name(10, "underscores", "soccer__socks", "Soccer Socks", filed="soccer__socks"),
    Name(10, "a plus is part of the name", "Vitamin C+", "Vitamin C+"),
]
TWINS = [
    Name(5, "Persian yeh", "قمیص التنس"),
    Name(5, "Persian kaf", "\u06a9رة سلة"),
    Name(4, "a zero width space", "Soccer\u200b Ball"),
    Name(10, "a hyphen that is not ASCII", "Soccer\u2011Ball"),
    Name(10, "a full stop", "Soccer Ball."),
]
TRANSLATIONS = [
    Translated(4, "a direction mark", JERSEY, "\u200fSoccer Jersey", JERSEY, "Soccer Jersey"),
    Translated(4, "an override that names no item", JERSEY, "\u202eSoccer Smock", "", "Soccer Smock"),
    Translated(6, "an Arabic comma", JERSEY, "smock، football", "", "Smock Football"),
    Translated(10, "a full stop", JERSEY, "Soccer Jersey.", JERSEY, "Soccer Jersey"),
    Translated(10, "quotation marks", JERSEY, "«Soccer Jersey»", JERSEY, "Soccer Jersey"),
    Translated(10, "entities", JERSEY, "S&#111;ccer&nbsp;Jersey", JERSEY, "Soccer Jersey"),
    Translated(10, "a wide dash", JERSEY, "Soccer\u2013Jersey", JERSEY, "Soccer Jersey"),
    Translated(10, "punctuation around what names no item", JERSEY, "“Soccer Smock”.", "", "Soccer Smock"),
    Translated(10, "punctuation inside of what names no item", JERSEY, "Smock (soccer!)", "", "Smock soccer"),
    Translated(10, "a hyphen that is not ASCII", JERSEY, "Soccer T\u2011Smock", "", "Soccer T-Smock"),
]


@dataclass(frozen=True)
class Table:
    """A way to write a header and a row as a file, and part of the refusal; "" if every entry point must read it."""

    kind: int
    name: str
    write: Callable[[Sequence[str], Sequence[str]], bytes]
    says: str = ""


def write_lines(header: Sequence[str], row: Sequence[str], separator: str = ",", end: str = "\r\n") -> str:
    """Write a table without quotation marks."""
    return "".join(separator.join(cells) + end for cells in (header, row))


TABLES = (
    Table(7, "semicolons", lambda h, r: write_lines(h, r, ";").encode()),
    Table(7, "tabs", lambda h, r: write_lines(h, r, "\t").encode()),
    Table(7, "a sep= line", lambda h, r: b"sep=;\r\n" + write_lines(h, r, ";").encode()),
    Table(7, "UTF-16", lambda h, r: write_lines(h, r).encode("utf-16")),
    Table(7, "a byte-order mark", lambda h, r: write_lines(h, r).encode("utf-8-sig")),
    Table(7, "capitals and spaces in the header", lambda h, r: write_lines([f" {c.upper()} " for c in h], r).encode()),
    Table(7, "carriage returns only", lambda h, r: write_lines(h, r, end="\r").encode()),
    Table(7, "rows of separators alone", lambda h, r: b",,\r\n" + write_lines(h, r).encode() + b",,,\r\n,\r\n"),
    Table(7, "columns without names", lambda h, r: write_lines(["", *h, "", "x"], ["1", *r, "2", "3"]).encode()),
    Table(1, "a repeated column", lambda h, r: write_lines([*h, h[0]], [*r, r[0]]).encode(), "twice"),
    Table(1, "a row wider than its header", lambda h, r: write_lines(h, [*r, "more"]).encode(), "2"),
    Table(3, "a byte that is not text", lambda h, r: write_lines(h, r).encode() + b"\xe9\n", "line 3"),
    Table(3, "a quotation mark without end", lambda h, r: write_lines(h, r).encode() + b'"open\n', "line 3"),
    Table(7, "another table", lambda h, r: write_lines(["title"], ["Ball"]).encode(), "title"),
    Table(7, "a workbook", lambda h, r: b"PK\x03\x04" + write_lines(h, r).encode(), "workbook"),  # as .xlsx begins
)
