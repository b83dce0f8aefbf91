"""Generate synthetic hardware shops: customers buy the products for a project, popular ones more often, and noise."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import Generic, TypeVar

T = TypeVar("T")

NOISE = 0.25  # share of the products in an order that do not belong to its project
SKEW = 0.8  # exponent of Zipf's law for the popularity of products
MORE = 0.6  # probability of another product, after the second

BRANDS = (
    "Bosch",
    "Würth",
    "Fischer",
    "Knauf",
    "Makita",
    "Gedore",
    "Tesa",
    "Mölltec",
    "Obi",
    "Stanley",
    "Pattex",
    "Höfer",
)
# sort of product -> its sizes and packages
SORTS = {
    "Dübel": ("6 mm, 50 Stück", "8 mm, 50 Stück", "10 mm (25 pack)"),
    "Steinbohrer": ("6 mm", "8 mm x 120", "10 mm"),
    "Spanplattenschrauben": ("4 x 40 mm, 200 Stück", "5 x 60 mm: 100 pack"),
    "Schlagbohrmaschine": ("600 W", "18 V"),
    "Wandfarbe weiß": ("2,5 l", "5 l", "10 l"),
    "Farbroller": ("18 cm", "25 cm"),
    "Abdeckfolie": ("4 x 5 m", "20 m²"),
    "Malerkrepp": ("30 mm x 50 m", "50 mm"),
    "Flachpinsel": ("35 mm", "50 mm", "3er-Set"),
    "Abstreifgitter": ("26 x 30 cm",),
    "Laminat Eiche": ("8 mm, 2,2 m²", "7 mm"),
    "Trittschalldämmung": ("2 mm, 15 m²", "5 mm"),
    "Sockelleiste": ("2,4 m", "58 mm x 2,5 m"),
    "Stichsäge": ("650 W", "12 V"),
    "Zugeisen": ("30 cm",),
    "Fliesenkleber": ("25 kg", "5 kg: flexibel"),
    "Fugenmörtel grau": ("5 kg", "2 kg"),
    "Zahnkelle": ("8 mm", "10 mm"),
    "Fliesenkreuze": ("3 mm, 250 Stück", "2 mm"),
    "Fliesenschneider": ("600 mm",),
    "Silikon transparent": ("300 ml", "310 ml"),
    "Kartuschenpistole": ("310 ml",),
    "Waschtischarmatur": ("1/2 Zoll", "DN 15"),
    "Siphon": ("1 1/4 Zoll", "32 mm"),
    "Dichtband": ("12 m x 12 mm",),
    "Rohrzange": ("240 mm", "1 Zoll"),
    "Panzerschlauch": ("3/8 Zoll, 50 cm", "30 cm"),
    "Lichtschalter": ("10 A", "2er-Pack"),
    "Steckdose": ("16 A", "5 Stück"),
    "Mantelleitung": ("3 x 1,5 mm², 25 m", "50 m"),
    "Abzweigdose": ("80 mm", "10 Stück"),
    "Spannungsprüfer": ("250 V",),
    "Blumenerde": ("20 l", "40 l"),
    "Rasensamen": ("1 kg", "2,5 kg"),
    "Gartenschere": ("20 cm",),
    "Gießkanne": ("10 l", "5 l"),
    "Rasendünger": ("5 kg", "10 kg"),
    "Handschuhe": ("Gr. 9", "Größe 10"),
    "Holzlasur": ("750 ml", "2,5 l"),
    "Schleifpapier": ("K 120, 5 Stück", "P 80"),
    "Exzenterschleifer": ("300 W",),
    "Terrassendiele Lärche": ("2 m", "3 m x 145 mm"),
    "Edelstahlschrauben": ("5 x 50, 100 Stück", "4,5 x 45 mm"),
}
PROJECTS = {
    "shelf": ("Dübel", "Steinbohrer", "Spanplattenschrauben", "Schlagbohrmaschine"),
    "painting": ("Wandfarbe weiß", "Farbroller", "Abdeckfolie", "Malerkrepp", "Flachpinsel", "Abstreifgitter"),
    "floor": ("Laminat Eiche", "Trittschalldämmung", "Sockelleiste", "Stichsäge", "Zugeisen"),
    "tiles": (
        "Fliesenkleber",
        "Fugenmörtel grau",
        "Zahnkelle",
        "Fliesenkreuze",
        "Fliesenschneider",
    ),
    "basin": ("Waschtischarmatur", "Siphon", "Dichtband", "Rohrzange", "Panzerschlauch", "Silikon transparent"),
    "joints": ("Silikon transparent", "Kartuschenpistole", "Malerkrepp"),
    "wiring": ("Lichtschalter", "Steckdose", "Mantelleitung", "Abzweigdose", "Spannungsprüfer", "Dübel"),
    "lawn": ("Blumenerde", "Rasensamen", "Gartenschere", "Gießkanne", "Rasendünger", "Handschuhe"),
    "fence": ("Holzlasur", "Flachpinsel", "Schleifpapier", "Exzenterschleifer", "Handschuhe"),
    "deck": ("Terrassendiele Lärche", "Edelstahlschrauben", "Holzlasur", "Stichsäge"),
}


@dataclass(frozen=True)
class Product:
    """A product of a shop.

    :ivar sort: a key of :data:`SORTS`; products of one sort replace each other.
    """

    sku: str
    title: str
    sort: str


@dataclass(frozen=True)
class Hardware:
    """A shop and its customers, the same for the same seed."""

    products: tuple[Product, ...]
    seed: int

    @classmethod
    def build(cls, size: int, seed: int = 0) -> Hardware:
        """Return a shop of ``size`` products; in a large one, names of series tell similar products apart."""
        rng = Random(f"{seed} products")
        products: dict[str, Product] = {}
        while len(products) < size:
            for sort, sizes in SORTS.items():
                series = f" {rng.choice('ACDEFHKPRSTX')}{rng.randint(10, 999)}" if size > 300 else ""
                title = f"{rng.choice(BRANDS)}{series} {sort} {rng.choice(sizes)}"
                if title not in products and len(products) < size:
                    sku = f"{sort[:3].upper()}-{len(products):05}"
                    products[title] = Product(sku, title, sort)
        return cls(tuple(products.values()), seed)

    def draw_orders(self, count: int, seed: int = 0, unsold: Sequence[str] = ()) -> Iterator[tuple[Product, ...]]:
        """Yield orders of two products or more.

        :param unsold: SKUs of products that nobody buys.
        """
        rng = Random(f"{self.seed} orders {seed}")
        shelf = [product for product in self.products if product.sku not in unsold]
        by_sort = {sort: [p for p in shelf if p.sort == sort] for sort in SORTS}
        everything = _ZipfSampler(rng, shelf)
        weighted = {sort: _ZipfSampler(rng, found) for sort, found in by_sort.items() if found}
        projects = _ZipfSampler(rng, [sorts for sorts in PROJECTS.values() if sum(s in weighted for s in sorts) > 1])
        for _ in range(count):
            sorts = [sort for sort in projects.draw() if sort in weighted]
            rng.shuffle(sorts)
            size = 2
            while size < len(sorts) and rng.random() < MORE:
                size += 1
            typical = [weighted[sort].draw() for sort in sorts[:size]]
            order = dict.fromkeys(everything.draw() if rng.random() < NOISE else product for product in typical)
            while len(order) < 2:
                order[everything.draw()] = None
            yield tuple(order)

    def export(self, path: Path, count: int, seed: int = 0, unsold: Sequence[str] = ()) -> Path:
        """Write orders as a CSV file in the form of a German shop system's export."""
        rng = Random(f"{seed} customers")
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, delimiter=";")
            writer.writerow(("Bestellnummer", "Kundennummer", "Bestelldatum", "Artikelnummer", "Bezeichnung", "Menge"))
            for number, order in enumerate(self.draw_orders(count, seed, unsold)):
                customer = f"K{rng.randint(1, 1 + count // 2)}"
                date = f"{1 + number % 28:02}.{1 + number // 28 % 12:02}.{2020 + number // 336}"
                for product in order:
                    writer.writerow((10_000 + number, customer, date, product.sku, product.title, rng.randint(1, 3)))
        return path


class _ZipfSampler(Generic[T]):
    """Draws from a sequence by Zipf's law, in a random order of popularity."""

    def __init__(self, rng: Random, things: Sequence[T]):
        self._rng, self._things = rng, rng.sample(list(things), len(things))
        self._weights = list(accumulate((n + 1) ** -SKEW for n in range(len(things))))

    def draw(self) -> T:
        return self._rng.choices(self._things, cum_weights=self._weights)[0]
