"""The baselines of the T5: rankers without a language model, each with the training data that suits it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from random import Random
from typing import Protocol

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.neural_network import MLPClassifier

from ..shop.catalog import Catalog
from ..shop.co_purchase import CoPurchases, KnnSettings
from ..shop.item import Item
from ..shop.item_knn import BasketScorer, ItemKnn
from ..shop.language import LANGUAGES
from ..shop.text import normalise
from ..training.cases import BASKETS, draw_basket_cases
from ..training.shop_data import NextPurchase
from ..training.shoppers import choice_probabilities, draw_basket, split_of_basket, utilities
from ..training.world import kind_order, sport_order
from .collaborative import Ease, Popularity
from .samples import get_truth
from .schema import TRUTH

TRAINING_SHOPPERS = 20_000
HIDDEN = 128  # units of the MLP's hidden layer
RIDGES = (10.0, 100.0, 1000.0)  # candidates for EASE's λ, which is chosen on validation baskets


class Ranker(Protocol):
    """Orders the candidates for a basket, best first; ties stay in the order of the inventory."""

    name: str

    def rank(self, basket: Sequence[Item], candidates: Sequence[Item]) -> tuple[Item, ...]:
        """Return every candidate, best first."""
        ...


def draw_purchases(shop: Catalog, seed: int, count: int = TRAINING_SHOPPERS) -> list[NextPurchase]:
    """Return the baskets and next purchases of ``count`` synthetic training shoppers."""
    rng = Random(f"{seed} baselines")
    purchases: list[NextPurchase] = []
    while len(purchases) < count:
        basket = shop.select(item.id for item in draw_basket(rng, shop.items, shop))
        candidates = shop.candidates(basket)
        if basket and candidates and split_of_basket(basket) == "train":
            (bought,) = rng.choices(candidates, weights=choice_probabilities(basket, candidates))
            purchases.append(NextPurchase(basket, bought))
    return purchases


def list_owned(purchases: Iterable[NextPurchase]) -> list[list[str]]:
    """Return the ids of the items that each shopper owns after the purchase."""
    return [[item.id for item in (*purchase.basket, purchase.target)] for purchase in purchases]


class ByPurchases:
    """Ranks by the scores of a recommender that learned from purchases alone."""

    def __init__(self, name: str, scorer: BasketScorer):
        self.name, self.scorer = name, scorer

    def rank(self, basket: Sequence[Item], candidates: Sequence[Item]) -> tuple[Item, ...]:
        """Rank by score."""
        (scores,) = self.scorer.score_baskets([[item.id for item in basket]])
        ids = [item.id for item in candidates]
        score = dict(zip(ids, scores[self.scorer.find(ids)].tolist(), strict=True))
        return _best_first(candidates, lambda item: score[item.id])


def build_item_knn(ids: Sequence[str], owned: Iterable[Collection[str]]) -> ItemKnn:
    """Return item-kNN with the cosine similarity of co-purchases (Sarwar et al. 2001), summed over the basket.

    All items are neighbours: a shop of 35 items needs no cut at k.
    """
    cosine = KnnSettings(owned=0.5, candidate=0.5, named=0)
    return ItemKnn(CoPurchases.count(ids, owned, cosine), [()] * len(ids))


def tune_ease(shop: Catalog, owned: Sequence[Sequence[str]]) -> ByPurchases:
    """Return EASE with the λ of :data:`RIDGES` that has the best HR@1 on validation baskets."""
    rng = Random("EASE")
    cases = [case for sort in BASKETS for case in draw_basket_cases(shop, sort, "validation", 100, rng)]

    def hits(ease: Ranker) -> int:
        return sum(ease.rank(c.basket, c.candidates(shop))[0].id in get_truth(c, shop).likeliest for c in cases)

    ids = [item.id for item in shop]
    return max((ByPurchases("EASE", Ease(ids, owned, ridge)) for ridge in RIDGES), key=hits)


class Mlp:
    """A multilayer perceptron with one hidden layer: from the ids of the owned items to that of the next purchase."""

    name = "MLP on ids"

    def __init__(self, purchases: Sequence[NextPurchase], shop: Catalog, seed: int):
        self.ids = [item.id for item in shop]
        self.model = MLPClassifier((HIDDEN,), early_stopping=True, random_state=seed)
        self.model.fit([self._encode(each.basket) for each in purchases], [each.target.id for each in purchases])

    def _encode(self, basket: Sequence[Item]) -> list[bool]:
        owned = {item.id for item in basket}
        return [i in owned for i in self.ids]

    def rank(self, basket: Sequence[Item], candidates: Sequence[Item]) -> tuple[Item, ...]:
        """Rank by probability."""
        (found,) = self.model.predict_proba([self._encode(basket)])
        score = dict(zip(self.model.classes_, found, strict=True))
        return _best_first(candidates, lambda item: score.get(item.id, 0.0))


class Rule:
    """The rule by which the examples of 2023 were made, on the inventory's columns "sport" and "kind".

    Candidates of the basket's largest group, by sport or by kind, come first; on a tie the sport counts. Within a group
    they are in the order in which people usually buy them.
    """

    name = "rule on sport and kind"

    def rank(self, basket: Sequence[Item], candidates: Sequence[Item]) -> tuple[Item, ...]:
        """Rank by the size of the group, then by the usual order of purchase."""
        sports, kinds = (Counter(getattr(item, of) for item in basket) for of in ("sport", "kind"))

        def key(item: Item) -> tuple[int, bool, float]:
            kit, collection = sports[item.sport], kinds[item.kind]
            is_kit = kit >= collection
            return -max(kit, collection), not is_kit, kind_order(item.kind) if is_kit else sport_order(item.sport)

        return tuple(sorted(candidates, key=key))


class TrueProbabilities:
    """Ranks by the utilities from which the synthetic shoppers choose: on average no ranking can be better."""

    name = TRUTH

    def rank(self, basket: Sequence[Item], candidates: Sequence[Item]) -> tuple[Item, ...]:
        """Rank by utility."""
        value = dict(zip((item.id for item in candidates), utilities(basket, candidates), strict=True))
        return _best_first(candidates, lambda item: value[item.id])


class WordOverlap:
    """Ranks by the number of words that a name shares with the names in the basket."""

    name = "word overlap"

    def __init__(self, language: str):
        self.language = language

    def rank(self, basket: Sequence[Item], candidates: Sequence[Item]) -> tuple[Item, ...]:
        """Rank by shared words; a word counts once for each purchase that has it."""
        owned = [self._words(item) for item in basket]
        return _best_first(candidates, lambda item: sum(len(self._words(item) & words) for words in owned))

    def _words(self, item: Item) -> set[str]:
        return set(normalise(item.name(self.language)).split())


class Trigrams:
    """Ranks by the cosine similarity of names, by TF-IDF of character trigrams, summed over the basket.

    It knows the trigrams of the shop's names and of the basket's. Those that only an added product has do not count:
    with them, every other product would be more similar to the basket.

    :param language: the shopper's language, in which an added product has its name.
    :param of_shop: the language of the shop's names; the shopper's by default.
    """

    name = "character trigrams"

    def __init__(self, language: str, shop: Catalog, of_shop: str = ""):
        self.language = language
        self.names = {item.id: item.name(of_shop or language) for item in shop}
        self.vectors = self._learn(())
        self.shelf = self.vectors.transform(self.names.values())  # (products, trigrams)

    def rank(self, basket: Sequence[Item], candidates: Sequence[Item]) -> tuple[Item, ...]:
        """Rank by similarity."""
        names = [self.names.get(item.id) or item.name(self.language) for item in (*basket, *candidates)]
        new = [item.name(self.language) for item in basket if item.id not in self.names]
        found = (self._learn(new) if new else self.vectors).transform(names)
        similarity = (found[len(basket) :] @ found[: len(basket)].T).sum(1)  # (candidates,)
        score = dict(zip((item.id for item in candidates), np.asarray(similarity).ravel(), strict=True))
        return _best_first(candidates, lambda item: float(score[item.id]))

    def _learn(self, new: Sequence[str]) -> TfidfVectorizer:
        """Learn the trigrams of the shop's names and of these."""
        vectors = TfidfVectorizer(preprocessor=normalise, analyzer="char_wb", ngram_range=(3, 3))
        return vectors.fit([*self.names.values(), *new])

    def find_closest(self, added: Sequence[Item]) -> float:
        """Return the highest similarity of an added product's name with one of the shop's names."""
        return float((self.vectors.transform([item.name(self.language) for item in added]) @ self.shelf.T).max())


class TrigramsOfAnyLanguage:
    """Ranks an added product as :class:`Trigrams` do, by the shop's names in the language that its name is closest to.

    On a tie that is the shopper's language.
    """

    name = "character trigrams, any language"

    def __init__(self, language: str, shop: Catalog):
        self.shop = shop
        of_shop = dict.fromkeys((language, *LANGUAGES))  # the first wins ties
        self.trigrams = [Trigrams(language, shop, each) for each in of_shop]

    def rank(self, basket: Sequence[Item], candidates: Sequence[Item]) -> tuple[Item, ...]:
        """Rank by similarity; of the candidates, at least one is an added product."""
        added = [item for item in candidates if item.id not in self.shop]
        return max(self.trigrams, key=lambda each: each.find_closest(added)).rank(basket, candidates)


class Chance:
    """A random order."""

    name = "random"

    def __init__(self, seed: int):
        self.seed = seed

    def rank(self, basket: Sequence[Item], candidates: Sequence[Item]) -> tuple[Item, ...]:
        """Return a random order, the same for the same basket and seed."""
        rng = Random(f"{self.seed} {' '.join(sorted(item.id for item in basket))}")
        return tuple(rng.sample(list(candidates), len(candidates)))


def build_id_baselines(shop: Catalog, seed: int) -> list[Ranker]:
    """Return the baselines that use item ids, or sport and kind, and no names."""
    purchases = draw_purchases(shop, seed)
    owned, ids = list_owned(purchases), [item.id for item in shop]
    learned: list[Ranker] = [
        Mlp(purchases, shop, seed),
        tune_ease(shop, owned),
        ByPurchases("item-kNN", build_item_knn(ids, owned)),
        ByPurchases("popularity", Popularity(ids, owned)),
    ]
    return [TrueProbabilities(), Rule(), *learned, Chance(seed)]


def build_name_baselines(shop: Catalog, language: str) -> list[Ranker]:
    """Return the baselines that use the names in one language."""
    return [Trigrams(language, shop), WordOverlap(language)]


def _best_first(candidates: Sequence[Item], score: Callable[[Item], float]) -> tuple[Item, ...]:
    return tuple(sorted(candidates, key=score, reverse=True))  # stable: ties stay in order
