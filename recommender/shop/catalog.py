"""The catalog of a shop's items, and the candidates for a basket.

Items are compared by id, never by substring: owning a "Basketball Jersey" must not remove "Basketball" from the
candidates.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from string import capwords
from typing import TYPE_CHECKING
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from ..errors import BadName
from .inventory import read_inventory
from .item import NEW_EMOJI, Item, list_words
from .item_index import ItemIndex, last_word
from .language import LANGUAGES
from .list_marks import strip_marks, strip_name
from .paths import INVENTORY, WORDS
from .retrieval import WordIndex, retrieve_bought
from .text import (
    MIN_CODE,
    WORD_BREAKS,
    check_name,
    clean,
    fold,
    fold_code,
    keep_alphanumerics,
    list_singular,
    normalise,
    number_id,
    simplify_title,
    slug,
    tidy,
    unify_joints,
)

if TYPE_CHECKING:
    from .co_purchase import CoPurchases
    from .item_knn import Forget, ItemKnn

MAX_CANDIDATES = 50  # in one prompt: the longest lists of the training have 40
_ARABIC = re.compile("[\u0621-\u064a]")
_PLAIN_NUMBER = re.compile(r"#? ?\d+|([\"'])\d+\1|[“„«]\d+[”“»]")


class Catalog:
    """Items in inventory order, in which they are shown, and those with equal scores are ranked.

    :param added: ids of items that were added for one call, by name alone.
    :param words: the table of everyday words for the items, or None if there is none; see :mod:`.everyday_words`.
    :param item_knn: scores by co-purchase, or None if no purchases are known; see :mod:`.item_knn`.
    :raises DuplicateItem: if two items share an id, or a name once normalised.
    """

    def __init__(
        self,
        items: Iterable[Item],
        added: Iterable[str] = (),
        words: Path | None = WORDS,
        item_knn: ItemKnn | None = None,
    ):
        self.added, self.words, self.item_knn = frozenset(added), words, item_knn
        self._index = ItemIndex()
        for item in items:
            self._index.add(item)
        self.items = tuple(self._index.by_id.values())

    @classmethod
    def load(cls, path: Path = INVENTORY) -> Catalog:
        """Read an inventory; see :func:`.read_inventory`.

        :raises CatalogError: listing the faulty rows by line, with the reasons.
        """
        items = read_inventory(path)
        words = path.with_name(WORDS.name)
        return cls(items, words=words if words.is_file() else None)

    def __len__(self) -> int:
        return len(self.items)

    def __iter__(self) -> Iterator[Item]:
        return iter(self.items)

    def __getitem__(self, item_id: str) -> Item:
        return self._index.by_id[item_id]

    def __contains__(self, item_id: object) -> bool:
        return item_id in self._index.by_id

    @cached_property
    def sports(self) -> tuple[str, ...]:
        """The sports, in the order in which they first occur."""
        return tuple(dict.fromkeys(item.sport for item in self.items))

    @property
    def added_items(self) -> tuple[Item, ...]:
        """The added products, in the order of the shelf."""
        return tuple(item for item in self.items if item.id in self.added) if self.added else ()

    @cached_property
    def newcomers(self) -> frozenset[str]:
        """The ids of the added products and, if purchases are known, of those that nobody has bought."""
        return self.added | self.item_knn.counts.unsold if self.item_knn else self.added

    def names(self, language: str) -> Mapping[str, Item]:
        """Return the items by normalised shelf or prompt name; empty for a language other than :data:`LANGUAGES`."""
        return self._index.by_name.get(language, {})

    def has_name(self, text: str, language: str) -> bool:
        """Return whether this is, letter by letter, the shelf name of an item in one of :data:`LANGUAGES`."""
        item = self.names(language).get(normalise(text))
        return item is not None and item.name(language) == text

    def get_by_name(self, text: str, language: str) -> Item | None:
        """Return the item with this shelf or prompt name in ``language``, the first of several, or None."""
        return next(iter(self.list_named(text, language)), None)

    def list_named(self, text: str, language: str) -> list[Item]:
        """Return the items with this shelf or prompt name in ``language``; several where a machine named them."""
        key = normalise(text)
        if language in LANGUAGES:
            return [self.names(language)[key]] if key in self.names(language) else []
        return [item for item in self.items if normalise(item.name(language)) == key]

    def get_by_code(self, text: str) -> Item | None:
        """Return the item with this id, or else with this SKU in any letter case, or None."""
        if item := self._index.by_id.get(text):
            return item
        text = clean(text)
        return self._index.by_id.get(text) or self._index.by_sku.get(text.casefold())

    def get(self, text: str, language: str = "en") -> Item | None:
        """Return the item with this id or SKU, or name in any language, or else either in another spelling.

        None is returned if there is none, or if several items have this spelling in common. A short number is read
        alone or after # only: "2." and "-2" are no ids.

        :param language: the language whose names are looked up first.
        """
        if item := self.get_by_code(text):
            return item
        key = normalise(text)
        named = next((names[key] for names in map(self.names, (language, *LANGUAGES)) if key in names), None)
        index = self._index
        if found := named or index.by_folded_id.get(clean(text).casefold()):
            return found
        code = fold_code(text)
        is_code = not code.isdigit() or len(code) >= MIN_CODE or _PLAIN_NUMBER.fullmatch(clean(text))
        coded = index.by_code.get(code) if is_code else None
        return coded or (index.by_joints.get(unify_joints(key)) if index.by_joints else None)

    def get_counted(self, text: str) -> Item | None:
        """Return the item of :meth:`get`, or else that of which ``text`` is the English plural."""
        return next((item for form in (text, *list_singular(text)) if (item := self.get(form))), None)

    @property
    def emoji(self) -> Container[str]:
        """The characters of the items' emoji."""
        return self._index.emoji

    @property
    def most_parts(self) -> int:
        """The most parts of a list that are one name."""
        return max(self._index.part_counts.values(), default=1)

    def count_parts(self, part: str) -> int:
        """Return how many parts of a list may be one name, at most, if this is the first one."""
        return self._index.part_counts.get(last_word(part), 1) if self._index.part_counts else 1

    @cached_property
    def bare_codes(self) -> Mapping[str, Sequence[tuple[Item, str]]]:
        """The items, each with its id or SKU, by the letters and digits of it, with and without leading zeros."""
        found: dict[str, list[tuple[Item, str]]] = {}
        for item in self.items:
            for code in filter(None, dict.fromkeys((item.id, item.sku))):
                folded = fold(code)
                for bare in {keep_alphanumerics(folded), "".join(filter(str.isalnum, folded))}:
                    found.setdefault(bare, []).append((item, code))
        return found

    def list_fitting(self, words: Iterable[Iterable[str]]) -> list[Item]:
        """Return the items that fit every word.

        :param words: the meanings of each word, of which an item must fit one: "sport:soccer", "kind:shorts" or an id.
        """
        fitting = [
            {place for meaning in means for place in self._places_by_meaning.get(meaning, ())} for means in words
        ]
        return [self.items[place] for place in sorted(set.intersection(*fitting))]

    @cached_property
    def _places_by_meaning(self) -> Mapping[str, Sequence[int]]:
        found: dict[str, list[int]] = {}
        for place, item in enumerate(self.items):
            for meaning in (f"sport:{item.sport}", f"kind:{item.kind}", item.id):
                found.setdefault(meaning, []).append(place)
        return found

    def select(self, ids: Iterable[str]) -> tuple[Item, ...]:
        """Return the items with these ids, each once, in inventory order: the order of ticking must not matter."""
        chosen = {id_ for id_ in ids if id_ in self}
        return tuple(map(self.__getitem__, sorted(chosen, key=self.places.__getitem__)))

    def candidates(self, basket: Iterable[Item], forget: Forget | None = None) -> tuple[Item, ...]:
        """Return the items that are not owned; of many, those that retrieval selects.

        If no purchases are known, they are in inventory order; from more than :data:`MAX_CANDIDATES`, retrieval selects
        those most similar to the basket by the words of their names, sport and kind, added products that share a word
        first. If purchases are known, retrieval always selects: the products most often bought with the basket, best
        first, and a few by words.

        :param forget: purchases to ignore in the counts, for a training row.
        """
        owned = [item.id for item in basket]
        if self.item_knn:
            words = tuple(self._word_index.words.values())
            scores = self.item_knn.score_products(owned, self._located, words, forget)
            return tuple(map(self.__getitem__, retrieve_bought(scores, self._word_index, owned, self._new_places)))
        left = tuple(item for item in self.items if item.id not in owned)
        if len(left) <= MAX_CANDIDATES:
            return left
        kept = self._word_index.retrieve(owned, (item.id for item in left), self.added)
        return tuple(item for item in left if item.id in kept)

    def list_partners(self, item: Item, count: int) -> tuple[Item, ...]:
        """Return the items that were bought with one, the strongest first; none if no purchases are known."""
        found = self.item_knn.list_partners(item.id, count) if self.item_knn else []
        return tuple(self[id_] for id_ in found if id_ in self)

    def list_similar(
        self, basket: Iterable[Item], among: NDArray[np.int64], count: int
    ) -> tuple[tuple[Item, ...], list[float]]:
        """Return the products most similar to the basket by words, and how similar they are; purchases must be known.

        :param among: the places in ``items`` of the products to select from; owned ones are left out.
        :param count: how many at most; products that share no word come last.
        """
        assert self.item_knn is not None
        recency = self.item_knn.counts.settings.recency
        places, values = self._word_index.most_similar([item.id for item in basket], among, count, recency)
        return tuple(self.items[n] for n in places), values

    @cached_property
    def places(self) -> Mapping[str, int]:
        """The places of the items, by id."""
        return {item.id: place for place, item in enumerate(self.items)}

    @cached_property
    def _word_index(self) -> WordIndex:
        """The words of all items, in all languages."""
        return WordIndex.build({item.id: list_words(item) for item in self.items})

    @cached_property
    def _new_places(self) -> NDArray[np.int64]:
        """The places of the newcomers; purchases must be known, and may know of more products than these."""
        return np.array(sorted(self.places[id_] for id_ in self.newcomers if id_ in self), dtype=np.int64)

    @cached_property
    def _located(self) -> NDArray[np.int64]:
        """All items as :meth:`.ItemKnn.locate` returns them; purchases must be known."""
        assert self.item_knn is not None
        return self.item_knn.locate(item.id for item in self.items)

    def restock(self, items: Iterable[Item]) -> Catalog:
        """Return a catalog with other items, and the same words and purchases."""
        return Catalog(items, self.added, self.words, self.item_knn)

    def with_purchases(self, counts: CoPurchases) -> Catalog:
        """Return this catalog with known purchases."""
        from .item_knn import ItemKnn  # scipy is slow to import, and a shop without purchases needs none

        known = counts.select([item.id for item in self.items])
        item_knn = ItemKnn(known, [list_words(item) for item in self.items])
        return Catalog(self.items, self.added, self.words, item_knn)

    def score_bought(self, basket: Iterable[Item], candidates: Sequence[Item]) -> list[float]:
        """Return each candidate's score by co-purchase; purchases must be known."""
        assert self.item_knn is not None
        located = self.item_knn.locate(item.id for item in candidates)
        words = [self._word_index.words[item.id] for item in candidates]
        scores: list[float] = self.item_knn.score_products([item.id for item in basket], located, words).tolist()
        return scores

    def extended(self, names: Iterable[str]) -> Catalog:
        """Return this catalog with products added by name alone, at the end of the shelf (cold start).

        Their sport and kind are empty. Marks of a list around a name are left out.

        :raises BadName: for a name that cannot be a product's, or is taken, also by an item of which it is the plural.
        """
        index = self._index.copy()  # reading a large shop's names again would take longer than ranking
        added: dict[str, Item] = {}
        for name in names:
            shelf_name = tidy(check_name(strip_name(name)))
            if shelf_name.islower():  # the shelf names that the T5 was trained on are capitalised
                shelf_name = capwords(shelf_name)
            spelled = self._spell(shelf_name)
            forms = (shelf_name, spelled, *strip_marks(shelf_name))
            if any(map(index.has_name, forms)):
                where = "already in the inventory" if any(map(self._index.has_name, forms)) else "added twice"
                raise BadName("taken", f'"{shelf_name}" is {where}.')
            id_ = number_id(_make_added_id(shelf_name), index.by_folded_id)
            added[id_] = Item(id_, "", "", NEW_EMOJI, {"en": shelf_name}, {"en": spelled})
            index.add(added[id_])
        longer = Catalog((), self.added.union(added), self.words, self.item_knn)
        longer._index = index
        longer._word_index = self._word_index.extended({id_: list_words(item) for id_, item in added.items()})
        longer.items = (*self.items, *added.values())
        return longer

    def _spell(self, name: str) -> str:
        """Return an added product's name in prompts: without lone dashes, its Arabic words spelled as on the shelf.

        The T5 has met that spelling alone, with the hamzas and taa marbutas that many people leave out.
        """
        return " ".join(self._arabic_spellings.get(fold(word), word) for word in simplify_title(name).split())

    @cached_property
    def _arabic_spellings(self) -> Mapping[str, str]:
        """The Arabic words of the shelf names, by their form without what a reader ignores."""
        words = dict.fromkeys(word for item in self.items for name in item.names.values() for word in name.split())
        return {fold(word): word for word in reversed(words) if _ARABIC.search(word)}  # of several spellings, the first


def _make_added_id(name: str) -> str:
    """Return an id for an added product that does not depend on the others: "Vitamin C+" is not "Vitamin C"."""
    id_ = slug(name)
    if all(c.isalnum() or c in f" {WORD_BREAKS}" for c in name):
        return id_
    return f"{id_}-{crc32(normalise(name).encode()) % 2**16:04x}"  # in place of the signs that an id cannot have
