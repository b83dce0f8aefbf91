"""An experiment: can a T5 learn collaborative filtering from text.

The idea's example: shoppers who own {A, B, C} and {A, B, D}; a new one who owns {C, D} should be
offered A or B. Product names mean nothing here, so nothing but co-purchases can be learned: every
shopper belongs to one of a few hidden classes, and a class buys its favourites often and everything
else now and then, each product independently of the others.

The T5 has the shape of the bundled one and reads the same prompt; each product is one token, which
spares it the spelling. The prompt's list of candidates stays empty: every product that is not owned
is one, so the list would say nothing that the basket does not say, and would make the prompt five
times as long. The T5 is compared with item-kNN and popularity, taught by the same shoppers, and with
the ranking by the true probabilities, which on average no ranking can beat.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product as pairs
from random import Random

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Regex, Tokenizer, normalizers, pre_tokenizers, processors
from tokenizers.models import WordLevel
from tqdm import tqdm
from transformers import PreTrainedTokenizerBase, PreTrainedTokenizerFast, T5ForConditionalGeneration, set_seed

from ..shop.catalog import Item
from ..t5.prompt import build_prompt
from ..training.trainers import optimizer_and_schedule, t5_config
from .baselines import Chance, ItemKNN, Popularity, Ranker
from .bootstrap import estimate
from .metrics import RANKING_METRICS, of_rank
from .schema import Experiment, ExperimentRow, WorkedExample

BATCH = 64  # shoppers per step
LEARNING_RATE = 2e-2  # relative to the scale of each parameter
CHECK_EVERY = 100  # steps between looks at the validation shoppers
VALIDATION_SHARE = 10  # one training shopper in ten is kept to choose when training was best
CLASSES = 10
FAVOURITES = 8  # per class, drawn at random: classes overlap
FAVOURITE = 0.5  # probability that a shopper has bought a favourite of their class
RARE, COMMON = 0.02, 0.15  # the same for anything else, from the least to the most popular product

Hidden = tuple[tuple[Item, ...], Item]  # what a shopper is seen to own, and the purchase that is hidden


@dataclass(frozen=True)
class Market:
    """Products, and how likely each class of shoppers has bought them.

    :ivar chance: probability that a shopper of a class has bought a product; shape (classes, products).
    """

    products: tuple[Item, ...]
    chance: NDArray[np.float64]
    name = "true probabilities"

    @classmethod
    def draw(cls, rng: Random, size: int) -> Market:
        """Draw a market of ``size`` products."""
        popularity = [RARE * (COMMON / RARE) ** (i / (size - 1)) for i in range(size)]
        rng.shuffle(popularity)
        chance = np.tile(np.array(popularity), (CLASSES, 1))
        for row in chance:
            row[rng.sample(range(size), FAVOURITES)] = FAVOURITE
        return cls(meaningless_products(rng, size), chance)

    def shoppers(self, rng: Random, count: int) -> list[frozenset[str]]:
        """Draw what ``count`` shoppers have bought: sets of two or more ids."""
        found: list[frozenset[str]] = []
        while len(found) < count:
            chance = rng.choice(self.chance)
            bought = frozenset(p.id for p, c in zip(self.products, chance, strict=True) if rng.random() < c)
            if len(bought) >= 2:
                found.append(bought)
        return found

    def rank(self, basket: Sequence[Item], candidates: Sequence[Item]) -> tuple[Item, ...]:
        """Rank by the true probability of being the hidden purchase: on average no ranking can be better.

        With odds o = q / (1 - q): P(class | basket) ∝ Π o(owned) · Π (1 - q), and
        P(hidden = i | basket) ∝ Σ P(class | basket) · o(i).
        """
        place = {product.id: i for i, product in enumerate(self.products)}
        odds = self.chance / (1 - self.chance)  # (classes, products)
        of_class = odds[:, [place[i.id] for i in basket]].prod(1) * (1 - self.chance).prod(1)  # (classes,)
        score = of_class @ odds  # (products,)
        return tuple(sorted(candidates, key=lambda item: -score[place[item.id]]))


def meaningless_products(rng: Random, count: int) -> tuple[Item, ...]:
    """Return products called "kabo" or "mupi": four letters that say nothing."""
    syllables = [consonant + vowel for consonant, vowel in pairs("bdfgklmnprstvz", "aeiou")]
    names: set[str] = set()
    while len(names) < count:
        names.add("".join(rng.sample(syllables, 2)))
    return tuple(Item(name, "", "", "", {"en": name}) for name in sorted(names))


def hide_one(bought: frozenset[str], products: Sequence[Item], rng: Random) -> Hidden:
    """Return a shopper's purchases in random order, with one of them hidden."""
    owned = [product for product in products if product.id in bought]
    *basket, hidden = rng.sample(owned, len(owned))
    return tuple(basket), hidden


def not_in(basket: Sequence[Item], products: Sequence[Item]) -> tuple[Item, ...]:
    """Return the products that may be recommended, in the market's order."""
    owned = {item.id for item in basket}
    return tuple(product for product in products if product.id not in owned)


class CoPurchaseT5:
    """Ranks products by the likelihood of their one token after the prompt."""

    name = "T5"

    def __init__(self, model: T5ForConditionalGeneration, tokenizer: PreTrainedTokenizerBase, products: Sequence[Item]):
        self.model, self.tokenizer, self.products = model, tokenizer, products

    @classmethod
    def train(
        cls,
        products: Sequence[Item],
        shoppers: Sequence[frozenset[str]],
        steps: int,
        seed: int,
        validation: bool = True,
    ) -> CoPurchaseT5:
        """Train from nothing; every time a shopper comes up, another purchase may be hidden.

        :param validation: whether to keep a tenth of the shoppers back and the weights that served them best.
        """
        set_seed(seed)
        rng = Random(seed)
        kept = shoppers[: len(shoppers) // VALIDATION_SHARE] if validation else []
        taught = shoppers[len(kept) :]
        tokenizer = word_tokenizer(products)
        t5 = cls(T5ForConditionalGeneration(t5_config(len(tokenizer))), tokenizer, products)
        check = [hide_one(bought, products, rng) for bought in kept]
        optimizer, schedule = optimizer_and_schedule(t5.model, steps, LEARNING_RATE)
        best_loss, best = float("inf"), None
        bar = tqdm(range(1, steps + 1), desc=f"T5, {len(shoppers)} shoppers", unit=" steps", leave=False, disable=None)
        for step in bar:
            t5.model.train()
            torch.autograd.backward(t5.loss([hide_one(rng.choice(taught), products, rng) for _ in range(BATCH)]))
            optimizer.step()
            schedule.step()
            optimizer.zero_grad()
            if check and step % CHECK_EVERY == 0:
                t5.model.eval()
                with torch.inference_mode():
                    loss = sum(t5.loss(check[i : i + BATCH]).item() for i in range(0, len(check), BATCH))
                if loss < best_loss:
                    best_loss, best = loss, {k: v.clone() for k, v in t5.model.state_dict().items()}
        if best:
            t5.model.load_state_dict(best)
        t5.model.eval()
        return t5

    def loss(self, shoppers: Sequence[Hidden]) -> torch.Tensor:
        """Return the mean cross-entropy of the hidden purchases' tokens, the end token included."""
        source = self.tokenizer(
            [_prompt(basket) for basket, _ in shoppers],
            padding=True,
            return_tensors="pt",
        )
        labels = self.tokenizer([hidden.name("en") for _, hidden in shoppers], return_tensors="pt")["input_ids"]
        found: torch.Tensor = self.model(
            input_ids=source["input_ids"], attention_mask=source["attention_mask"], labels=labels
        ).loss
        return found

    @torch.inference_mode()
    def rank(self, basket: Sequence[Item], candidates: Sequence[Item]) -> tuple[Item, ...]:
        """Rank by log-likelihood; a name is one token, so one step of the decoder ranks them all."""
        source = self.tokenizer([_prompt(basket)], return_tensors="pt")
        start = torch.tensor([[self.model.config.decoder_start_token_id]])
        logits = self.model(
            input_ids=source["input_ids"], attention_mask=source["attention_mask"], decoder_input_ids=start
        ).logits[0, 0]  # (V,)
        tokens = self.tokenizer.convert_tokens_to_ids([item.name("en") for item in candidates])
        order = logits[tokens].argsort(descending=True, stable=True).tolist()
        return tuple(candidates[i] for i in order)


def _prompt(basket: Sequence[Item]) -> str:
    return build_prompt([item.name("en") for item in basket], [])


def word_tokenizer(products: Sequence[Item]) -> PreTrainedTokenizerFast:
    """Return a tokenizer with one token per word; punctuation is dropped: words alone tell the sections apart."""
    words = build_prompt([], []).translate(str.maketrans("{}-,", "    ")).split()
    pieces = ["<pad>", "</s>", "<unk>", *dict.fromkeys(words), *(item.name("en") for item in products)]
    tokenizer = Tokenizer(WordLevel({piece: i for i, piece in enumerate(pieces)}, unk_token="<unk>"))
    tokenizer.normalizer = normalizers.Replace(Regex(r"[{},-]"), " ")
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="<pad>", eos_token="</s>", unk_token="<unk>")


@dataclass(frozen=True)
class Scale:
    """How much is done; the default stays under ten minutes on two cores.

    :ivar sizes: numbers of training shoppers.
    :ivar steps: optimizer steps at each size.
    :ivar literal_steps: optimizer steps on the idea's own example.
    :ivar literal_runs: how often that one is trained from nothing.
    """

    products: int = 40
    sizes: tuple[int, ...] = (100, 1000, 3000, 10_000)
    test_shoppers: int = 1000
    steps: int = 800
    literal_steps: int = 200
    literal_runs: int = 5


FULL = Scale()


def experiment(seed: int, scale: Scale = FULL) -> Experiment:
    """Train and compare the recommenders at every size."""
    started = time.monotonic()
    rng = Random(f"{seed} collaborative")
    market = Market.draw(rng, scale.products)
    test = [hide_one(bought, market.products, rng) for bought in market.shoppers(rng, scale.test_shoppers)]
    shoppers = market.shoppers(rng, max(scale.sizes))
    rows = []
    for size in scale.sizes:
        known = shoppers[:size]
        t5 = CoPurchaseT5.train(market.products, known, scale.steps, seed)
        rows += [_row(ranker, size, market, test, seed) for ranker in (t5, ItemKNN(known), Popularity(known))]
    rows += [_row(ranker, None, market, test, seed) for ranker in (Chance(seed), market)]
    return Experiment(
        seed=seed,
        products=scale.products,
        test_shoppers=scale.test_shoppers,
        steps=scale.steps,
        rows=tuple(rows),
        literal=literal_example(seed, scale.literal_steps, scale.literal_runs),
        seconds=round(time.monotonic() - started),
        signature=f"seed:{seed}|products:{scale.products}|test:{scale.test_shoppers}|steps:{scale.steps}"
        f"|batch:{BATCH}|torch:{torch.__version__}",
    )


def _row(ranker: Ranker, size: int | None, market: Market, test: Sequence[Hidden], seed: int) -> ExperimentRow:
    """Measure one recommender, taught by ``size`` shoppers; None for one that learns from none."""
    ranks = [
        ranker.rank(basket, not_in(basket, market.products)).index(hidden) + 1
        for basket, hidden in tqdm(
            test, desc=f"{ranker.name} {size or ''}", unit=" shoppers", leave=False, disable=None
        )
    ]
    of_shopper = range(len(test))
    metrics = {m: estimate([of_rank(m, rank) for rank in ranks], of_shopper, seed) for m in RANKING_METRICS}
    return ExperimentRow(recommender=ranker.name, training_shoppers=size, metrics=metrics)


def literal_example(seed: int, steps: int, runs: int) -> WorkedExample:
    """Run the idea's own example, with a second group of shoppers so that there is something else to offer.

    Shoppers {A, B, C}, {A, B, D} and {E, F, G}, {E, F, H}; an owner of {C, D} may be offered A, B, E, F, G or H.
    Trained from nothing several times, because so few shoppers leave much to the initial weights.
    """
    products = {p: Item(p.lower(), "", "", "", {"en": p}) for p in "ABCDEFGH"}
    shoppers = [frozenset(p.lower() for p in bought) for bought in ("ABC", "ABD", "EFG", "EFH")]
    shop = tuple(products.values())
    basket = (products["C"], products["D"])

    def pick(ranker: Ranker) -> str:
        return ranker.rank(basket, not_in(basket, shop))[0].name("en")

    picks = [pick(CoPurchaseT5.train(shop, shoppers, steps, seed + i, validation=False)) for i in range(runs)]
    return WorkedExample(
        shoppers=("A, B, C", "A, B, D", "E, F, G", "E, F, H"),
        basket="C, D",
        expected=("A", "B"),
        t5_picks=tuple(picks),
        item_knn_pick=pick(ItemKNN(shoppers)),
        popularity_pick=pick(Popularity(shoppers)),
        steps=steps,
    )
