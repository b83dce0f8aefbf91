"""What people really send, by the kinds of issue 16, for every door in ``tests/model/test_doors.py``."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Basket:
    """A text that says what a shopper owns.

    :ivar kind: the row of the issue's table.
    :ivar items: ids that every door reads in it, with spaces between them; "" if every door refuses it.
    :ivar says: what the refusal holds.
    :ivar language: the shopper's; doors that have none, such as the training, read English.
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
    """What a translator returns for an item, and the id of what it means; "" if no item.

    :ivar prompted: what the prompt calls it.
    """

    kind: int
    name: str
    item: str
    text: str
    means: str
    prompted: str


BASKETS = [
    Basket(6, "one item", "Soccer Ball", "soccer-ball"),
    Basket(14, "an unknown word", "blorple", says="blorple"),
]
NAMES = [
    Name(6, "a list of names", "Cap; Bat", says="separate names"),
]
TRANSLATIONS = [
    Translated(10, "as it should be", "soccer-jersey", "Soccer Jersey", "soccer-jersey", "Soccer Jersey"),
]
