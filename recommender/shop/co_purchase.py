"""Count a shop's purchases: how often each product was sold, and which products were bought together.

Where baskets are in order of time, a pair counts less the farther apart its purchases are, and less for the earlier
product if the later one is owned. :mod:`.item_knn` scores by these counts.
"""

from __future__ import annotations

import zlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from itertools import chain, islice
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array, diags_array

from ..errors import CatalogError

CHUNK = 100_000  # baskets counted in one matrix product

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class KnnSettings:
    """The parameters that are tuned on a shop's own purchases.

    :ivar owned: exponent of an owned product's sales.
    :ivar candidate: exponent of the candidate's sales.
    :ivar named: number of sales that a product's name counts for; 0 turns smoothing off.
    :ivar recency: exponent of an owned product's position from the end of the basket; 0 if the order means nothing.
    :ivar distance: exponent of the distance between two purchases of a basket, by which a pair counts less; 0 if the
        order means nothing. Unlike those above, it and the next belong to the counts and cannot be changed afterwards.
    :ivar backward: how much a pair counts for the earlier product if the later one is owned; 1 if the order means
        nothing.
    """

    owned: float = 0.5
    candidate: float = 0.25
    named: float = 3.0
    recency: float = 0.0
    distance: float = 0.0
    backward: float = 1.0

    @property
    def in_time(self) -> bool:
        """Whether pairs are weighed by the order of purchase."""
        return self.distance != 0 or self.backward != 1


@dataclass(frozen=True)
class CoPurchases:
    """Counts of a shop's purchases.

    :ivar ids: the products' ids, in the order of rows and columns.
    :ivar sold: number of baskets with each product, shape (products,).
    :ivar together: number of baskets with an owned product (row) and a candidate (column), (products, products), with
        zeros on the diagonal; weighed by :class:`KnnSettings` if the baskets are in order of time.
    """

    ids: tuple[str, ...]
    sold: Floats
    together: csr_array
    settings: KnnSettings = KnnSettings()

    @classmethod
    def count(
        cls, ids: Sequence[str], baskets: Iterable[Collection[str]], settings: KnnSettings = KnnSettings()
    ) -> CoPurchases:
        """Count baskets of ids; those that are not in ``ids`` are ignored."""
        empty = cls(tuple(ids), np.zeros(len(ids)), csr_array((len(ids), len(ids))), settings)
        return empty.add(baskets)

    def add(self, baskets: Iterable[Collection[str]]) -> CoPurchases:
        """Return the counts with more baskets added."""
        place = {id_: n for n, id_ in enumerate(self.ids)}
        sold, together = self.sold, self.together
        rest = iter(baskets)
        while taken := list(islice(rest, CHUNK)):
            chunk = [list(dict.fromkeys(place[id_] for id_ in basket if id_ in place)) for basket in taken]
            holds = build_indicator(chunk, len(self.ids))  # (baskets, products)
            sold = sold + holds.sum(axis=0)
            if self.settings.in_time:
                pairs = _count_in_time(chunk, len(self.ids), self.settings)
            else:
                pairs = (holds.T @ holds).tocsr()
            together = together + pairs - diags_array(pairs.diagonal(), format="csr")
        together.eliminate_zeros()
        return replace(self, sold=sold, together=together)

    @cached_property
    def unsold(self) -> frozenset[str]:
        """The ids of the products that nobody has bought."""
        return frozenset(id_ for id_, sold in zip(self.ids, self.sold.tolist(), strict=True) if not sold)

    def select(self, ids: Sequence[str]) -> CoPurchases:
        """Return the counts of these products in this order; those of unknown products are 0."""
        if tuple(ids) == self.ids:
            return self
        place = {id_: n for n, id_ in enumerate(self.ids)}
        old = np.array([place.get(id_, -1) for id_ in ids])
        known = np.flatnonzero(old >= 0)
        # (new, old): row n selects the old row of the product that is now the n-th
        chosen = csr_array((np.ones(len(known)), (known, old[known])), shape=(len(ids), len(self.ids)))
        return replace(
            self, ids=tuple(ids), sold=chosen @ self.sold, together=(chosen @ self.together @ chosen.T).tocsr()
        )

    def save(self, path: Path) -> None:
        """Write the counts by an atomic replace, since a running page may read them at any time."""
        part = path.with_name(f"{path.name}.part")
        with part.open("wb") as file:
            np.savez_compressed(
                file,
                ids=np.array(self.ids),
                sold=self.sold,
                counts=self.together.data,
                columns=self.together.indices,
                starts=self.together.indptr,
                **asdict(self.settings),
            )
        part.replace(path)

    @classmethod
    def load(cls, path: Path) -> CoPurchases:
        """Read counts that :meth:`save` has written.

        :raises CatalogError: if the file cannot be read.
        """
        try:
            with np.load(path) as file:
                size = len(file["ids"])
                together = csr_array((file["counts"], file["columns"], file["starts"]), shape=(size, size))
                settings = KnnSettings(**{name: float(file[name]) for name in asdict(KnnSettings()) if name in file})
                return cls(tuple(file["ids"].tolist()), file["sold"], together, settings)
        # zipfile raises RuntimeError for damaged flags, as if the file were encrypted or of a later version
        except (OSError, EOFError, ValueError, KeyError, RuntimeError, BadZipFile, zlib.error) as error:
            reason = f"{path} cannot be read: create it again with train --shop {path.parent}."
            raise CatalogError(reason) from error


def build_indicator(rows: Sequence[Collection[int]], width: int) -> csr_array:
    """Return a matrix of shape (rows, width) with 1 at the columns that each row lists in order."""
    columns = np.fromiter(chain.from_iterable(rows), np.int64)
    starts = np.concatenate([[0], np.cumsum([len(row) for row in rows])])
    return csr_array((np.ones(len(columns)), columns, starts), shape=(len(rows), width))


def _count_in_time(baskets: Sequence[Sequence[int]], width: int, settings: KnnSettings) -> csr_array:
    """Return the weighed number of pairs of each two products, shape (width, width).

    :param baskets: indices of products, each at most once, in the order of purchase.
    """
    products = np.fromiter(chain.from_iterable(baskets), np.int64)
    basket = np.repeat(np.arange(len(baskets)), [len(each) for each in baskets])
    pairs = csr_array((width, width))
    for distance in range(1, max(map(len, baskets))):
        same = basket[distance:] == basket[:-distance]
        earlier, later = products[:-distance][same], products[distance:][same]
        weights = np.full(len(earlier), distance**-settings.distance)
        pairs = pairs + coo_array((weights, (earlier, later)), shape=(width, width))
    return (pairs + settings.backward * pairs.T).tocsr()
