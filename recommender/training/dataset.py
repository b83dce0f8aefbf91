"""Synthetic training examples: a shopper's basket, and a shelf of the shop or of other sports.

On a shelf of the shop, some products are sold out or added. Some of those that the shop does not have go by tidy names
("Rugby Socks"), others by everyday ones ("nike rugby socks XL"), and others are variants of a product of the shop
("Tennis Ball XL"). Some are named in another language than the prompt's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from random import Random
from typing import Any

from torch.utils.data import Dataset
from transformers import PreTrainedTokenizerBase

from ..shop.catalog import MAX_CANDIDATES, Catalog
from ..shop.item import Item
from ..shop.language import LANGUAGES
from ..shop.text import normalise, slug
from .everyday_names import draw_everyday_name, draw_variant_name
from .listwise import Example, encode_candidates
from .shoppers import choice_probabilities, draw_basket, split_of_basket
from .world import (
    Gear,
    Sport,
    gear,
    gear_of,
    invent_gear,
    invent_sport,
    new_sports,
    product_name,
    shop_sports,
)

# Sort of shelf -> share of the batches
SHELVES = {"shop": 0.5, "shop and newcomers": 0.4, "other sports": 0.1}
VARIANTS = 0.25  # share of the draws that add a variant of one of the shop's products ("Tennis Ball XL") to the shelf
FOREIGN = 0.2  # share of the draws after which the name's language is drawn, too: half English, half any of the five
OTHER_SHELF = 14  # products of other sports: their invented words have many pieces, and time goes with those
WHOLE_SHELF = 0.6  # share of the batches with the whole shelf, which takes longest; the others have a part of it
# For a training from nothing: (until this share of the steps, smallest shelf, largest shelf); then shelves as in other
# trainings. With few candidates, copying names and attending to the basket are learned sooner and at less cost.
CURRICULUM = ((0.25, 6, 18), (0.5, 8, 26))


class ShopperDataset(Dataset[dict[str, Any]]):
    """Synthetic examples; the i-th one is always the same, so that training can be resumed.

    :param batch_size: examples of a batch share the size and the sort of their shelf, and are sorted by the length of
        their prompts. Both save padding in micro-batches.
    :param growing: whether to begin with small shelves; see :data:`CURRICULUM`.
    """

    def __init__(
        self,
        shop: Catalog,
        tokenizer: PreTrainedTokenizerBase,
        length: int,
        batch_size: int,
        seed: int,
        *,
        growing: bool = False,
    ):
        self.shop, self.length, self.batch_size, self.seed = shop, length, batch_size, seed
        self.stages = CURRICULUM if growing else ()
        self.tokenizer = tokenizer
        # a batch's number, its examples, and their prompts' token ids
        self._drawn: tuple[int, list[tuple[list[int], Example]]] = (-1, [])

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, index: int) -> dict[str, Any]:
        if not 0 <= index < self.length:
            raise IndexError(index)
        number, place = divmod(index, self.batch_size)
        if self._drawn[0] != number:
            first = number * self.batch_size
            drawn = [self.example(i) for i in range(first, min(first + self.batch_size, self.length))]
            prompts = self.tokenizer([example.prompt for example in drawn])["input_ids"]
            self._drawn = number, sorted(zip(prompts, drawn, strict=True), key=lambda pair: len(pair[0]))
        prompt, example = self._drawn[1][place]
        # not sooner: with several workers, each draws the batch for its part of it
        return {"input_ids": prompt, **encode_candidates(example, self.tokenizer)}

    def example(self, index: int) -> Example:
        """Draw an example, by its index before those of its batch are sorted."""
        size, sort = self._batch(index)
        rng = Random(f"{self.seed} shopper {index}")
        language = LANGUAGES[index % len(LANGUAGES)]
        while True:
            if sort == "other sports":
                shelf = draw_shelf(rng, self.shop, size, language)
            else:
                added = rng.randint(1, min(6, size)) if sort == "shop and newcomers" else 0
                shelf = stock_shop(rng, self.shop, size, added, language)
            basket = draw_basket(rng, shelf, self.shop)
            # by name: a sold-out product that is added again has another id, and makes the same prompt
            stocked = [item for each in basket if (item := self.shop.get_by_name(each.prompt_name(language), language))]
            if not basket or (len(stocked) == len(basket) and split_of_basket(stocked) != "train"):
                continue
            owned = {id(item) for item in basket}
            candidates = [item for item in shelf if id(item) not in owned]
            if candidates:
                return Example(language, basket, candidates, choice_probabilities(basket, candidates))

    def _batch(self, index: int) -> tuple[int, str]:
        """Return the shelf's size and sort for the batch that holds this example."""
        rng = Random(f"{self.seed} batch {index // self.batch_size}")
        (sort,) = rng.choices(list(SHELVES), weights=list(SHELVES.values()))
        most = OTHER_SHELF if sort == "other sports" else MAX_CANDIDATES
        for until, smallest, largest in self.stages:
            if index < until * self.length:
                return min(rng.randint(smallest, largest), most), sort
        whole = min(len(self.shop), most)
        return (whole if rng.random() < WHOLE_SHELF else rng.randint(min(8, whole), whole)), sort


def draw_shelf(rng: Random, shop: Catalog, size: int, language: str) -> list[Item]:
    """Draw about ``size`` products of up to 7 sports that the shop does not sell, in random order."""
    known = new_sports(shop, "train")
    count = max(1, min(7, size // rng.randint(3, 6)))
    chosen = [invent_sport(rng) if rng.random() < 0.25 else rng.choice(known) for _ in range(count)]
    words = [*gear(), *(invent_gear(rng) for _ in range(4))]
    common = rng.sample(words, min(len(words), max(3, size // count + rng.randint(1, 4))))
    tidy = rng.random() < 0.6
    shelf = []
    for sport in chosen:
        for shared in common:
            word = shared if rng.random() < 0.8 else rng.choice(words)
            shelf.append(_product(sport, word, language, _draw_name(sport, word, language, rng, tidy)))
    items = _drop_twins(shelf, language)
    return rng.sample(items, min(size, len(items)))


def stock_shop(rng: Random, shop: Catalog, size: int, added: int, language: str) -> list[Item]:
    """Draw ``size`` of the shop's products and add ``added`` ones that it does not have, in random order."""
    items = rng.sample(shop.items, min(len(shop), size))
    own, known = shop_sports(shop), new_sports(shop, "train")
    while added > 0:
        named_in = rng.choice(("en", rng.choice(LANGUAGES))) if rng.random() < FOREIGN else language
        if rng.random() < VARIANTS:
            stocked = rng.choice(shop.items)
            name = draw_variant_name(stocked.prompt_name(named_in), named_in, rng)
            items.append(replace(stocked, id=slug(name), names={language: name}, prompt_names={}))
            added -= 1
            continue
        if own and rng.random() < 0.7:  # one more product of a sport in the shop
            sport, count = rng.choice(own), 1
        else:  # a sport that is new to the shop
            sport, count = (invent_sport(rng) if rng.random() < 0.5 else rng.choice(known)), min(added, 4)
        for _ in range(count):
            word = invent_gear(rng) if rng.random() < 0.35 else rng.choice(gear_of(sport))
            name = _draw_name(sport, word, named_in, rng, rng.random() < 0.35)
            items.append(_product(sport, word, language, name))
        added -= count
    items = _drop_twins(items, language)
    return rng.sample(items, len(items))


def _draw_name(sport: Sport, word: Gear, language: str, rng: Random, tidy: bool) -> str:
    return product_name(sport, word, language) if tidy else draw_everyday_name(sport, word, language, rng)


def _product(sport: Sport, word: Gear, language: str, name: str) -> Item:
    return Item(slug(name), sport.id, word.kind, "", {language: name})


def _drop_twins(items: Sequence[Item], language: str) -> list[Item]:
    """Return ``items`` without those that have the name or the id of an earlier one.

    Racket and Bat are one word in Arabic; and "Hockey Pads", added in French, would be the shop's own product again.
    """
    by_name = {normalise(item.name(language)): item for item in reversed(items)}
    return list({item.id: item for item in by_name.values()}.values())[::-1]
