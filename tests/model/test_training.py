"""The synthetic shoppers, the training data and loss, and the train command."""

import hashlib
import json
import math
import re
import stat
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace
from functools import cache
from itertools import combinations, permutations
from pathlib import Path
from random import Random

import pytest
import torch
from transformers import T5ForConditionalGeneration

from recommender import load
from recommender.__main__ import main
from recommender.cli import train as train_command
from recommender.errors import CatalogError, RecommenderError
from recommender.shop.catalog import Catalog
from recommender.shop.item import Item
from recommender.shop.language import LANGUAGES
from recommender.shop.text import slug
from recommender.t5.prompt import build_prompt
from recommender.t5.scorer import Checkpoint
from recommender.t5.trie import score_edges, sum_edges
from recommender.training import dataset as training_dataset
from recommender.training.cases import (
    BASKETS,
    draw_basket_cases,
    draw_foreign_cases,
    draw_new_sport_cases,
    draw_newcomer_cases,
    draw_variant_cases,
)
from recommender.training.dataset import OTHER_SHELF, ShopperDataset, draw_shelf, stock_shop
from recommender.training.everyday_names import (
    EVERYDAY_SPORTS,
    OTHER_NUMBERS,
    draw_everyday_name,
    draw_variant_name,
    list_additions,
    name_with_for,
)
from recommender.training.fine_tuning import SAMPLE, Purchase, PurchaseDataset, read_purchases
from recommender.training.listwise import (
    RANKING_WEIGHT,
    Example,
    ListwiseT5,
    collate,
    divergence,
    divergence_of_ranking,
    encode,
)
from recommender.training.shoppers import (
    GROUP,
    LATER,
    choice_probabilities,
    draw_basket,
    draw_complete_basket,
    draw_one_habit_basket,
    draw_scattered_basket,
    share_group,
    split_of_basket,
    utilities,
)
from recommender.training.trainers import TrainingConfig, make_shopper_trainer, save_trained
from recommender.training.validation import validation_cases
from recommender.training.world import gear, known_sports, product_name, shop_sports, split_of_pair, sport_order
from scripts import sample_purchases
from tests.conftest import ROOT, train
from tests.support.bundled import bundled
from tests.support.reference import read_prompt

SHOP = Catalog.load()
EXAMPLES = range(0, 3200, 8)
# SHA-256 of the pieces that training from nothing makes with seed 0; the bundled ones were made of fewer names
TOKENIZER = "8c2fa016a28daf83d98cb4b22da7e14d83b75de11ac2525fa4856d147e7a439d"


@cache
def dataset() -> ShopperDataset:
    return ShopperDataset(SHOP, bundled().scorer.tokenizer, length=3200, batch_size=32, seed=7)


def probabilities(*owned: str) -> dict[str, float]:
    basket = SHOP.select(owned)
    candidates = SHOP.candidates(basket)
    return dict(zip([item.id for item in candidates], choice_probabilities(basket, candidates), strict=True))


def likeliest(*owned: str, count: int = 1) -> list[str]:
    found = probabilities(*owned)
    return sorted(found, key=lambda item: -found[item])[:count]


@pytest.mark.parametrize(
    ("owned", "bought"),
    [
        (["soccer-jersey", "soccer-ball", "soccer-cones"], "soccer-cleats"),
        (["tennis-ball", "tennis-shoes", "tennis-racket"], "tennis-shirt"),
        (["soccer-jersey", "basketball-jersey", "football-jersey"], "baseball-jersey"),
        (["basketball", "hockey-puck", "football"], "soccer-ball"),
        (["hockey-helmet", "baseball-cap"], "football-helmet"),
        (["baseball-bat", "hockey-stick"], "tennis-racket"),
        # the larger group decides
        (["soccer-jersey", "soccer-ball", "tennis-racket"], "soccer-cleats"),
        # two groups of two: kit before counterpart, then the earlier item
        (["soccer-jersey", "soccer-cleats", "basketball-jersey"], "soccer-ball"),
    ],
)
def test_with_several_items_the_likeliest_purchase_is_that_of_the_examples_of_2023(owned, bought):
    assert likeliest(*owned) == [bought]


@pytest.mark.parametrize(
    ("owned", "bought"),
    [
        ("tennis-racket", "tennis-ball"),
        ("soccer-goal-post", "soccer-ball"),
        ("baseball-cap", "baseball-bat"),
        ("soccer-shin-guards", "soccer-cleats"),
        ("hockey-skates", "hockey-pads"),
    ],
)
def test_one_item_is_completed_by_what_it_is_used_with(owned, bought):
    assert likeliest(owned) == [bought]


def test_after_one_item_its_own_sport_is_likeliest_and_a_counterpart_is_among_the_first():
    for item in SHOP:
        assert SHOP[likeliest(item.id)[0]].sport == item.sport
        if any(other.kind == item.kind and other != item for other in SHOP):
            assert item.kind in {SHOP[other].kind for other in likeliest(item.id, count=6)}
    assert len({likeliest(item.id)[0] for item in SHOP}) == 22


def test_after_items_that_share_nothing_no_purchase_is_certain():
    cases = draw_basket_cases(SHOP, "scattered", "validation", 50, Random(0))
    surest = [max(probabilities(*(item.id for item in case.basket)).values()) for case in cases]
    assert sum(surest) / len(surest) < 0.45


def test_choice_probabilities_are_the_softmax_of_the_utilities_and_add_up_to_1():
    basket = SHOP.select(["soccer-ball", "tennis-racket"])
    candidates = SHOP.candidates(basket)
    values, found = utilities(basket, candidates), choice_probabilities(basket, candidates)
    assert sum(found) == pytest.approx(1)
    for value, probability in zip(values, found, strict=True):
        assert math.log(probability / found[0]) == pytest.approx(value - values[0])


def test_the_utility_of_an_added_product_depends_on_sport_and_kind_and_not_on_its_place_in_the_shop():
    newcomer = Item("soccer-socks", "soccer", "socks", "", {"en": "Soccer Socks"})
    basket = SHOP.select(["soccer-jersey", "soccer-ball"])
    others = [item for item in SHOP if item not in basket]
    first, last = (utilities(basket, shelf) for shelf in ([newcomer, *others], [*others, newcomer]))
    assert first[0] == last[-1]
    unrelated = [value for item, value in zip(others, last, strict=False) if item.sport not in ("soccer",)]
    assert last[-1] > min(unrelated) + 5 and sum(last[-1] > value for value in unrelated) == len(unrelated)


def test_whatever_a_kit_lacks_is_likelier_than_a_second_one_of_what_it_has():
    second = Item("second", "soccer", "jersey", "", {"en": "Nike Soccer Jersey"})
    for owned in (["soccer-jersey"], ["soccer-jersey", "soccer-ball", "soccer-shorts"], ["soccer-jersey", "football"]):
        basket = SHOP.select(owned)
        candidates = [*SHOP.candidates(basket), second]
        *values, value = utilities(basket, candidates)
        of_kit, of_nothing = [], []
        for item, utility in zip(candidates, values, strict=False):
            if item.sport == "soccer":
                of_kit.append(utility)
            elif not any(share_group(item, other) for other in basket):
                of_nothing.append(utility)
        assert max(of_nothing) < value < min(of_kit)
    # who does not have one yet may take either
    *values, value = utilities(SHOP.select(["soccer-ball"]), [*SHOP.select(["soccer-jersey"]), second])
    assert values == [value]


def test_a_training_shopper_owns_no_candidate_and_no_two_products_share_a_name():
    for index in EXAMPLES:
        example = dataset().example(index)
        names = [item.name(example.language) for item in (*example.basket, *example.candidates)]
        assert len(set(names)) == len(names) and example.basket and example.candidates
        assert sum(example.probabilities) == pytest.approx(1)


def test_an_example_is_a_prompt_and_the_tokens_of_its_candidates():
    tokenizer = bundled().scorer.tokenizer
    languages = set()
    for index in range(0, 3200, 67):
        example = dataset().example(index)
        encoded = encode(example, tokenizer)
        # the tokenizer puts a space after a brace; read the text without it
        text = tokenizer.decode(encoded["input_ids"], skip_special_tokens=True).replace("{ ", "{") + " "
        language, *lists = read_prompt(text)
        languages.add(language)
        for names, items in zip(lists, (example.basket, example.candidates), strict=True):
            assert sorted(names) == sorted(item.name(language) for item in items)
    assert languages == set(LANGUAGES)


def test_without_extra_weight_on_nodes_the_loss_is_the_divergence_of_the_ranking():
    scorer = bundled().scorer
    examples = [dataset().example(index) for index in range(3)]  # of three languages, and of three shapes
    encoded = [encode(example, scorer.tokenizer, every_node=0) for example in examples]
    with torch.no_grad():
        found = divergence(scorer.model, collate(encoded))
    for example, of_prompt in zip(examples, found, strict=True):
        names = [item.name(example.language) for item in example.candidates]
        log_p = scorer.log_likelihoods([example.prompt], names)[0]
        q = torch.tensor(example.probabilities)
        assert of_prompt.item() == pytest.approx((torch.special.xlogy(q, q) - q * log_p).sum().item(), abs=2e-3)


def test_the_loss_is_zero_for_the_true_distribution_and_counts_what_nobody_buys():
    a, b, c = (Item(name.lower(), "", "", "", {"en": name}) for name in ("Ax", "Ay", "Bz"))
    tokenizer = bundled().scorer.tokenizer
    example = Example("en", (c,), (a, b), (1 - 1e-9, 1e-9))
    pure, shared = (encode(example, tokenizer, every_node) for every_node in (0, 2.0))
    names = [tokenizer(item.name("en"))["input_ids"] for item in (a, b)]
    of_b = [i for i, name in enumerate(pure["trie"].edge_name) if pure["trie"].names[name] == 1]
    assert len(of_b) == len(names[1])
    assert pure["edge_weight"][of_b].max() < 1e-8 < 0.1 < shared["edge_weight"][of_b].max()
    for encoded in (pure, shared):  # Σ weight · -log p(step | node) at the true p is the least value
        found, trie = encoded["trie"], encoded["trie"]
        node_mass: dict[int, float] = {}
        step_mass: dict[tuple[int, int], float] = {}
        edges = list(zip(trie.edge_name.tolist(), trie.edge_node.tolist(), trie.edge_token.tolist(), strict=True))
        for name, node, token in edges:
            q = example.probabilities[found.names[name]]
            node_mass[node] = node_mass.get(node, 0) + q
            step_mass[node, token] = step_mass.get((node, token), 0) + q
        least = -sum(
            weight * math.log(step_mass[node, token] / node_mass[node])
            for weight, (_, node, token) in zip(encoded["edge_weight"].tolist(), edges, strict=True)
        )
        assert encoded["entropy"].item() == pytest.approx(least, abs=1e-5)


def test_the_order_of_what_is_hardly_ever_bought_counts():
    shelf = [Item(name.lower(), "", "", "", {"en": name}) for name in ("Ax", "Ay", "Az", "Bz")]
    true = torch.tensor([0.0, -12.0, -16.0])  # utilities, which the temperature 4 makes 0, -3 and -4
    examples = [
        Example("en", shelf[3:], shelf[:3], true.softmax(-1).tolist()),
        Example("en", shelf[3:], shelf[:2], [0.5, 0.5]),  # a prompt with fewer candidates
    ]
    batch = collate([encode(example, bundled().scorer.tokenizer) for example in examples])
    assert batch["temperature"].tolist() == [4, 1]

    def measure(*log_likelihoods: float) -> list[float]:
        scores = torch.tensor([log_likelihoods, (-5.0, -5.0, -1e9)])
        return divergence_of_ranking(scores, batch).tolist()

    assert measure(*(true - 7)) == pytest.approx([0, 0], abs=1e-6)
    q, p = (torch.tensor(each).softmax(-1) for each in ((0.0, -3.0, -4.0), (0.0, -4.0, -3.0)))
    assert measure(0, -16, -12) == pytest.approx([4 * (q * (q / p).log()).sum().item(), 0], abs=1e-6)


def test_the_loss_is_that_of_both_divergences_and_moves_the_t5_towards_the_true_probabilities():
    tokenizer, config = bundled().scorer.tokenizer, bundled().scorer.model.config
    torch.manual_seed(0)
    model = ListwiseT5(config).for_training()
    examples = [dataset().example(index) for index in range(4)]
    batch = collate([encode(example, tokenizer) for example in examples])
    true = collate([encode(example, tokenizer, every_node=0) for example in examples])  # its divergence is KL(q ‖ p)
    with torch.no_grad():
        edge_log_probs = score_edges(model, batch["input_ids"], batch["attention_mask"], batch)
        of_ranking = divergence_of_ranking(sum_edges(edge_log_probs, batch), batch)
        both = divergence(model, batch) + RANKING_WEIGHT * of_ranking
        before = divergence(model, true)
    loss = model(**batch).loss
    assert loss.item() == pytest.approx(both.clamp_min(0).log1p().mean().item(), rel=1e-5)
    loss.backward()
    torch.optim.SGD(model.parameters(), lr=1e-3).step()
    assert divergence(model, true).mean() < before.mean()
    plain = model.plain()
    assert type(plain) is T5ForConditionalGeneration
    prompts, names = ["ITEMS PURCHASED: {Football}"], ["Baseball", "كرة سلة"]
    torch.testing.assert_close(
        Checkpoint(plain, tokenizer, "kept").log_likelihoods(prompts, names),
        Checkpoint(model, tokenizer, "in training").log_likelihoods(prompts, names),
    )


def test_what_follows_a_training_step_in_bfloat16_is_computed_in_float32():
    model = ListwiseT5(bundled().scorer.model.config).for_training()
    model.forward = torch.autocast("cpu", dtype=torch.bfloat16)(model.forward)  # as accelerate does
    try:
        assert model(**collate([dataset()[0]])).loss.isfinite()
        assert not torch.is_autocast_enabled("cpu")
    finally:
        torch.set_autocast_enabled("cpu", False)


@pytest.mark.slow
def test_evaluation_and_validation_baskets_never_occur_in_training():
    for index in EXAMPLES:
        example = dataset().example(index)
        # by name, as the prompt has it: also where products were added to the shelf
        stocked = [SHOP.get_by_name(item.name(example.language), example.language) for item in example.basket]
        if all(stocked):
            assert split_of_basket(stocked) == "train"
    rng = Random(0)
    drawn = [split_of_basket(draw(rng, SHOP.items)) for draw in BASKETS.values() for _ in range(500)]
    assert 0.15 < drawn.count("test") / len(drawn) < 0.4
    assert 0.05 < drawn.count("validation") / len(drawn) < 0.2
    orders = (["football", "baseball"], ["baseball", "football"])
    assert len({split_of_basket(SHOP.select(order)) for order in orders}) == 1


def test_a_basket_is_held_out_by_its_names_also_where_what_is_sold_out_is_added_again(monkeypatch):
    again = [replace(item, id=f"{item.id}-again") for item in SHOP]
    monkeypatch.setattr(training_dataset, "stock_shop", lambda rng, *_: rng.sample(again, len(again)))
    examples = [example for index in EXAMPLES if not {*(example := dataset().example(index)).basket}.isdisjoint(again)]
    assert len(examples) > 200
    for example in examples:
        basket = SHOP.select(item.id.removesuffix("-again") for item in example.basket)
        assert split_of_basket(basket) == "train"


def list_trained_words(language: str) -> set[str]:
    """Return the words of training and of the shop's own names, in one language."""
    known = (*gear(), *shop_sports(SHOP), *(s for s in known_sports() if s.split == "train"))
    trained = {word.name(language).casefold() for word in known}
    trained |= {f"{word}s" for word in trained}  # "baskets" are sneakers in French
    return trained | {word for item in SHOP for word in item.name(language).casefold().split()}  # "training cones"


def list_held_out_words(language: str) -> set[str]:
    """Return the words for gear, the sports, and the additions to names that are held out in one language."""
    parts = ("validation", "test")
    words = {word.name(language).casefold() for part in parts for word in gear(part)}
    words |= {
        addition.casefold()
        for part in parts
        for sort in ("brand", "colour", "audience", "size")
        for addition in list_additions(sort, language, part)
    }
    sports = {sport.name(language).casefold() for sport in known_sports() if sport.split != "train"}
    return (words - list_trained_words(language)) | sports


def list_pairs(language: str, *, trained: bool) -> set[str]:
    """Return the tidy names of the shop's sports and the words for gear of training, of one side of the split."""
    return {
        product_name(sport, word, language)
        for sport in shop_sports(SHOP)
        for word in gear()
        if (split_of_pair(sport, word) == "train") == trained
    }


def test_held_out_words_and_pairs_never_occur_in_training():
    # A word is held out in its language: "Schläger" is a racket, a bat and a stick, "tenis" sneakers and a sport. As
    # a name may be in another language than the prompt's, what is trained in no language may occur in no prompt.
    trained = set().union(*map(list_trained_words, LANGUAGES))
    held = {language: list_held_out_words(language) for language in LANGUAGES}
    everywhere = set().union(*held.values()) - trained
    # "Shoes" and "Cleats" are one word in German and Arabic: a held-out pair may be a trained one there
    of_shop = {item.name(language) for item in SHOP for language in LANGUAGES}
    joined = {language: list_pairs(language, trained=True) for language in LANGUAGES}
    pairs = {language: list_pairs(language, trained=False) - joined[language] - of_shop for language in LANGUAGES}
    pairs_everywhere = set().union(*pairs.values()) - set().union(*joined.values())
    for language in LANGUAGES:
        assert len(held[language]) > 30 < len(held[language] & everywhere)
        assert len(pairs[language]) > 50 < len(pairs[language] & pairs_everywhere)
    for index in EXAMPLES:
        example = dataset().example(index)
        for item in (*example.basket, *example.candidates):
            name = item.name(example.language)
            padded = f" {name.casefold()} "
            assert not [word for word in held[example.language] | everywhere if f" {word} " in padded], name
            assert name not in pairs[example.language] | pairs_everywhere


@pytest.mark.parametrize("language", LANGUAGES)
def test_everyday_names_of_sports_are_held_out_of_training_but_the_first_of_each_sport(language):
    rng = Random(0)
    for sport in shop_sports(SHOP):
        trained, tested = (
            [draw_everyday_name(sport, rng.choice(gear()), language, rng, part).casefold() for _ in range(400)]
            for part in ("train", "test")
        )
        first, *others = (name.casefold() for name in EVERYDAY_SPORTS.get(sport.id, {}).get(language, ("",)))
        assert any(first in name for name in trained)
        for other in others:
            assert not [name for name in trained if other in name] and any(other in name for name in tested)


def test_everyday_names_are_as_people_write_them():
    (sport,) = (s for s in known_sports() if s.id == "rugby")
    (socks,) = (word for word in gear() if word.name("en") == "Socks")
    assert [name_with_for(sport, socks, code) for code in LANGUAGES] == [
        "Socks for Rugby",
        "جوارب للرجبي",
        "Chaussettes pour rugby",
        "Calcetines para rugby",
        "Socken für Rugby",
    ]
    rng = Random(0)
    names = {draw_everyday_name(sport, socks, "en", rng, "test") for _ in range(300)}
    assert len(names) > 150
    assert any(name.isupper() for name in names) and any(name.islower() for name in names)
    assert any(word in name for name in names for word in list_additions("brand", "en", "test"))


def test_a_word_for_gear_is_put_into_the_other_number_in_every_language():
    (sport,) = (s for s in known_sports() if s.id == "rugby")
    (ball,) = (word for word in gear() if word.name("fr") == "Ballon")
    drawn = {code: [draw_everyday_name(sport, ball, code, Random(n)) for n in range(300)] for code in LANGUAGES}
    plurals = {"en": "balls", "ar": "كرات", "fr": "ballons", "es": "balones", "de": "bälle"}
    for code, plural in plurals.items():
        assert 0.05 < sum(plural in name.lower() for name in drawn[code]) / 300 < 0.25, code
    assert any("Rugbybälle" in name for name in drawn["de"]) and any("Bälle für Rugby" in name for name in drawn["de"])
    gloves, mitt = (next(word for word in gear() if word.kind == kind) for kind in ("gloves", "mitt"))
    both = [{draw_everyday_name(sport, w, "en", Random(n)).lower() for n in range(300)} for w in (gloves, mitt)]
    assert not any(name.endswith("glove") for name in both[0]) and not any(name.endswith("gloves") for name in both[1])
    for language, words in OTHER_NUMBERS.items():
        assert {*words} <= {word.name(language) for word in gear()}
        assert not {*words.values()} & {word.name(language) for part in ("validation", "test") for word in gear(part)}


def test_some_invented_words_begin_like_a_word_of_a_sport():
    names = {draw_variant_name("Balón de fútbol", "es", Random(n)).casefold() for n in range(2000)}
    assert any(re.search(r"\bam(?!ericano)\w", name) for name in names)


@pytest.mark.parametrize("language", LANGUAGES)
def test_in_training_half_of_what_is_added_to_a_name_is_invented_words_and_numbers(language):
    rng = Random(2)
    drawn = [draw_variant_name("|", language, rng) for _ in range(400)]
    added = [part.strip() for name in drawn for part in name.split("|") if part.strip()]
    known = [
        word for sort in ("brand", "colour", "audience", "size") for word in list_additions(sort, language, "train")
    ]
    listed = {" ".join(words) for size in (1, 2, 3) for words in permutations(known, size)}
    assert 0.3 < sum(part in listed for part in added) / len(added) < 0.6
    assert any(re.search(r"\b(24|50)\b", part) for part in added) and len(set(added)) > 200


@pytest.mark.parametrize("language", LANGUAGES)
def test_some_products_that_are_added_to_the_shop_are_variants_of_its_own(language):
    rng = Random(1)
    added = [item for _ in range(60) for item in stock_shop(rng, SHOP, 20, 4, language) if item.id not in SHOP]
    variants = [
        (new.name(language), name)
        for new in added
        for old in SHOP
        for name in set(old.names.values())  # it may be named in another language than the prompt's
        if (new.sport, new.kind) == (old.sport, old.kind) and f" {name} " in f" {new.name(language)} "
    ]
    assert 0.14 < len(variants) / len(added) < 0.3
    assert any(new.startswith(old) for new, old in variants) and any(new.endswith(old) for new, old in variants)
    assert draw_variant_name("Ballon", language, rng) != "Ballon"


def test_some_products_that_are_added_to_the_shop_have_names_in_another_language():
    added = [i for n in range(60) for i in stock_shop(Random(n), SHOP, 20, 4, "ar") if i.id not in SHOP]
    latin = sum(item.name("ar").isascii() for item in added)
    assert 0.08 < latin / len(added) < 0.25  # nine tenths of those whose language is drawn, less those with an accent


def test_what_is_not_known_is_not_shared():
    a, b, c, d = (Item(name, sport, "", "", {"en": name}) for name, sport in zip("abcd", "xxyz", strict=True))
    assert utilities([a, c], [b, d])[1] == 0 < utilities([a, c], [b, d])[0]
    assert draw_scattered_basket(Random(0), [a, c, d]) and not share_group(c, d) and share_group(a, b)
    with pytest.raises(RecommenderError, match="share"):
        make_shopper_trainer(Catalog([a, c, d]), TrainingConfig(Path("unused"), 1, 1, 2, 0), from_nothing=False)


def test_a_training_goes_on_from_the_last_checkpoint_that_is_complete(tmp_path):
    state = "trainer_state.json"
    for step, file, text in ((9, state, "{}"), (10, state, "{}"), (11, "model.safetensors", ""), (12, state, '{"epo')):
        (tmp_path / "checkpoints" / f"checkpoint-{step}").mkdir(parents=True)
        (tmp_path / "checkpoints" / f"checkpoint-{step}" / file).write_text(text)
    assert train_command.find_saved(tmp_path) == str(tmp_path / "checkpoints" / "checkpoint-10")
    assert train_command.find_saved(tmp_path / "other") is None


def test_only_shelves_of_other_sports_are_small():
    examples = [dataset().example(batch) for batch in range(0, 3200, 32)]
    sizes: dict[bool, list[int]] = {True: [], False: []}
    for each in examples:
        shelf = (*each.basket, *each.candidates)
        sizes[any(item.id in SHOP for item in shelf)].append(len(shelf))
    assert 8 <= max(sizes[False]) <= OTHER_SHELF and max(sizes[True]) >= len(SHOP)


def test_shelves_differ_and_the_shop_is_among_them():
    rng = Random(3)
    for language in LANGUAGES:
        random = draw_shelf(rng, SHOP, 20, language)
        assert 10 <= len(random) <= 20 and not {i.sport for i in random} & set(SHOP.sports)
        stocked = stock_shop(rng, SHOP, 30, 3, language)
        is_new = [item.id not in SHOP for item in stocked]
        assert 28 <= is_new.count(False) <= 30 and 1 <= is_new.count(True) <= 3
        assert is_new != sorted(is_new)  # newcomers stand anywhere


def test_the_same_seed_gives_the_same_shoppers():
    again = ShopperDataset(SHOP, bundled().scorer.tokenizer, length=3200, batch_size=32, seed=7)
    other = ShopperDataset(SHOP, bundled().scorer.tokenizer, length=3200, batch_size=32, seed=8)
    assert [again.example(i) for i in range(50)] == [dataset().example(i) for i in range(50)]
    assert [other.example(i) for i in range(50)] != [dataset().example(i) for i in range(50)]


def test_the_prompts_of_a_batch_are_sorted_by_length_and_those_of_another_are_not_among_them():
    tokenizer = bundled().scorer.tokenizer
    shoppers = ShopperDataset(SHOP, tokenizer, length=20, batch_size=8, seed=7)  # of which the last batch has four

    def lengths(examples) -> list[int]:
        return [len(example["input_ids"]) for example in examples]

    for batch in (range(8), range(16, 20), range(8, 16)):
        drawn = [encode(shoppers.example(index), tokenizer) for index in batch]
        assert lengths(shoppers[index] for index in batch) == sorted(lengths(drawn)) != lengths(drawn)
    with pytest.raises(IndexError):
        shoppers[20]


def test_cases_of_every_sort_belong_to_their_part_of_the_split():
    rng = Random(0)
    for sort in BASKETS:
        cases = draw_basket_cases(SHOP, sort, "validation", 20, rng)
        assert len(cases) == 20 and {split_of_basket(case.basket) for case in cases} == {"validation"}
    tidy = draw_newcomer_cases(SHOP, "validation", 20, rng, everyday=False)
    pairs = {product_name(s, w, "en"): split_of_pair(s, w) for s in shop_sports(SHOP) for w in gear()}
    assert {pairs[case.added[0].name("en")] for case in tidy} == {"validation"}
    everyday = draw_newcomer_cases(SHOP, "validation", 20, rng, everyday=True)
    assert {case.added[0].kind for case in everyday} <= {word.kind for word in gear("validation")}
    variants = draw_variant_cases(SHOP, "validation", 20, rng)
    for case in variants:
        assert any(item.name("en") in case.added[0].name("en") for item in SHOP if item.kind == case.added[0].kind)
    foreign = draw_foreign_cases(SHOP, "validation", 20, rng)
    for case in foreign:
        assert case.added[0].name("en") != case.added[0].name("fr")
        assert len({case.added[0].name(language) for language in LANGUAGES if language != "en"}) == 1
    new = draw_new_sport_cases(SHOP, "validation", 20, rng)
    held_out = {sport.id for sport in known_sports() if sport.split == "validation"}
    assert len(new) == 20 and {case.added[0].sport for case in new} <= held_out
    for case in (*tidy, *everyday, *variants, *foreign, *new):
        assert {item.sport for item in case.basket} == {case.added[0].sport}


def test_every_purchase_is_possible_in_a_shop_with_hundreds_of_products_of_one_sport():
    names = [f"Soccer Jersey {n}" for n in range(300)]
    shop = Catalog([Item(slug(name), "soccer", "jersey", "", dict.fromkeys(LANGUAGES, name)) for name in names])

    cases = [case for of_sort in validation_cases(shop, 8).values() for case in of_sort]

    assert max(len(case.basket) for case in cases) == 20
    assert all(min(case.example(shop, "en").probabilities) > 0 for case in cases)


@pytest.mark.slow
def test_the_train_command_writes_a_t5_for_its_shop_with_a_card_and_a_summary(games, tmp_path):
    done = train("--shop", games.parent, "--steps", "2", "--batch-size", "4", "--output", tmp_path)
    assert done.returncode == 0, done.stderr
    assert "KL: " in done.stdout and "loss" in done.stdout
    summary = json.loads((tmp_path / "training.json").read_text())
    assert summary["seed"] == 0 and summary["base"] == "the bundled T5"
    assert set(summary["validation"]) >= {"one item", "mixed", "large"}
    card = (tmp_path / "README.md").read_text()
    assert "synthetic shoppers" in card and summary["command"] in card
    assert stat.S_IMODE((tmp_path / "model.safetensors").stat().st_mode) == stat.S_IMODE(games.stat().st_mode)
    trained = load(tmp_path, shop=games.parent)
    answer = trained.recommend(["Chess Board"], language="ar", route="native")
    assert answer.pick.item.id != "chess-board" and answer.pick.item.id in Catalog.load(games)
    assert trained.scorer.tokenizer.get_vocab() == bundled().scorer.tokenizer.get_vocab()


def test_a_t5_is_saved_in_two_bytes_per_weight_and_loaded_in_full_precision(tmp_path):
    checkpoint = bundled().scorer
    save_trained(checkpoint.model, checkpoint.tokenizer, {"steps": 1}, tmp_path)
    weights = checkpoint.model.num_parameters()
    assert 2 * weights < (tmp_path / "model.safetensors").stat().st_size < 2.02 * weights
    assert T5ForConditionalGeneration.from_pretrained(tmp_path).dtype == checkpoint.model.dtype == torch.float32
    prompt, names = (
        build_prompt(["Soccer Ball"], ["Soccer Jersey", "Tennis Ball"], "en"),
        ["Soccer Jersey", "Tennis Ball"],
    )
    before, after = (each.log_likelihoods([prompt], names) for each in (checkpoint, Checkpoint.load(tmp_path)))
    assert torch.allclose(before, after, atol=0.02)


@pytest.mark.slow
def test_from_nothing_makes_a_tokenizer_of_its_own(tmp_path):
    done = train("--from-nothing", "--steps", "1", "--batch-size", "2", "--output", str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "training.json").read_text())["base"] == "nothing"
    assert str(tmp_path).encode() not in (tmp_path / "spiece.model").read_bytes()  # SentencePiece keeps paths it saw
    made = hashlib.sha256((tmp_path / "spiece.model").read_bytes()).hexdigest()
    assert made == TOKENIZER  # the same every time


def test_the_sample_purchases_are_all_usable_and_likely():
    purchases, refused = read_purchases(SAMPLE, SHOP)
    assert len(purchases) >= 100 and not refused
    assert {p.language for p in purchases} == set(LANGUAGES)
    for purchase in purchases:
        found = probabilities(*(item.id for item in purchase.basket))
        assert split_of_basket(purchase.basket) == "train"
        assert found[purchase.next.id] == pytest.approx(max(found.values()))


def test_the_script_writes_the_sample_purchases_as_they_are(tmp_path, monkeypatch):
    path = tmp_path / "purchases.csv"
    monkeypatch.setattr(sample_purchases, "SAMPLE", path)
    sample_purchases.main()
    assert path.read_bytes() == SAMPLE.read_bytes()


def test_bad_purchases_are_refused_one_by_one_with_line_and_reason(tmp_path):
    path = tmp_path / "purchases.csv"
    path.write_text(
        "purchased,next\nSoccer Ball,Soccer Jersey\nSoccer Ball,Quidditch Broom\n;,Football\n"
        "Football; Baseball,Baseball\nكرة سلة,قميص كرة السلة\nFootball,\nSoccer Ball,Soccer Jersey,Soccer Shorts\n",
        encoding="utf-8",
    )
    purchases, refused = read_purchases(path, SHOP)
    assert [(p.next.id, p.language) for p in purchases] == [("soccer-jersey", "en"), ("basketball-jersey", "ar")]
    assert [r.line for r in refused] == [3, 4, 5, 7, 8]
    words = ("Unknown item", "purchased is empty", "owned", "next is empty", "has 3 cells")
    assert all(word in refusal.reason for word, refusal in zip(words, refused, strict=True))


@pytest.mark.parametrize(
    ("content", "words"),
    [("a,b\n", "lacks purchased, next"), ("purchased,next\n", "no usable row"), ("purchased,next\nx,y\n", "Line 2")],
)
def test_a_file_without_usable_purchases_is_refused(tmp_path, content, words):
    path = tmp_path / "purchases.csv"
    path.write_text(content)
    with pytest.raises(CatalogError, match=words):
        read_purchases(path, SHOP)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--epochs", "3"], "goes with --base or --data"),
        (["--data", str(SAMPLE), "--steps", "3"], "give --epochs"),
        (["--data", str(SAMPLE), "--from-nothing"], "go on from an existing T5"),
        (["--data", "/nowhere.csv"], "/nowhere.csv"),
        (["--base", "/nowhere"], "cannot be loaded"),
        (["--resume", "--output", "/nowhere"], "no checkpoint"),
        (["--steps", "0"], "at least 1"),
    ],
)
def test_training_options_that_make_no_sense_are_refused(options, words, capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["train", *options])
    assert words in capsys.readouterr().err


@pytest.mark.slow
def test_an_interrupted_training_goes_on_where_it_was(games, tmp_path):
    options = ["--shop", str(games.parent), "--batch-size", "4", "--output", str(tmp_path)]
    first = subprocess.Popen(  # of more steps than it can make before it is killed, and a checkpoint every third step
        [sys.executable, "-m", "recommender", "train", "--steps", "47", *options],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while first.poll() is None and not train_command.find_saved(tmp_path):
        time.sleep(0.05)
    first.kill()
    first.wait()
    saved = train_command.find_step(train_command.find_saved(tmp_path))
    assert not (tmp_path / "training.json").exists()
    done = train("--steps", str(saved + 1), *options, "--resume")
    assert done.returncode == 0, done.stderr
    assert f"step {saved + 1}: KL" in done.stdout and f"step {saved}: KL" not in done.stdout
    summary = json.loads((tmp_path / "training.json").read_text())
    assert (summary["steps"], summary["since_step"]) == (saved + 1, saved)


def test_purchases_are_taught_by_the_names_that_the_t5_is_asked_with(tmp_path):
    (tmp_path / "inventory.csv").write_text('name\n"Dübel 8 mm, 50 Stück"\nSäge\n"Zange: klein"\n', encoding="utf-8")
    shop = Catalog.load(tmp_path / "inventory.csv")
    basket, bought, left = (shop.items[0],), shop.items[2], shop.items[1:]
    prompt = Purchase(basket, bought, "en").prompt(shop)
    assert prompt == build_prompt([item.prompt_name("en") for item in basket], [i.prompt_name("en") for i in left])
    example = Example("en", basket, left, [0.5, 0.5])
    assert example.prompt == prompt and "8 mm 50 Stück" in prompt


@pytest.mark.parametrize("language", ["en", "ar"])
def test_the_label_of_a_purchase_is_the_name_of_what_was_bought_next_in_the_language_of_the_prompt(language):
    tokenizer = bundled().scorer.tokenizer
    purchase = Purchase(SHOP.select(["soccer-ball"]), SHOP["soccer-jersey"], language)
    (encoded,) = PurchaseDataset([purchase], SHOP, tokenizer)
    assert tokenizer.decode(encoded["labels"], skip_special_tokens=True) == purchase.next.name(language)
    assert encoded["input_ids"] == tokenizer(purchase.prompt(SHOP))["input_ids"]


def test_a_prompt_with_fewer_candidates_than_others_of_its_batch_gives_the_rest_no_probability():
    shelf = [Item(name.lower(), "", "", "", {"en": name}) for name in ("Ax", "Ay", "Az", "Bz")]
    examples = [Example("en", shelf[3:], shelf[:count], [1 / count] * count) for count in (3, 2)]
    forest = collate([encode(example, bundled().scorer.tokenizer) for example in examples])
    assert sum_edges(torch.zeros(forest["edge_name"].shape), forest).tolist() == [[0, 0, 0], [0, 0, -1e9]]


def test_the_weight_that_all_nodes_get_together_does_not_depend_on_their_number():
    shelf = [Item(name.lower(), "", "", "", {"en": name}) for name in ("Ax", "Ay", "Bz", "Cz")]
    for count in (2, 3):
        example = Example("en", shelf[3:], shelf[:count], [1 / count] * count)
        pure, shared = (encode(example, bundled().scorer.tokenizer, every_node) for every_node in (0, 2.0))
        assert (shared["edge_weight"].sum() - pure["edge_weight"].sum()).item() == pytest.approx(2)


def test_a_counterpart_is_worth_no_more_once_a_habit_shows():
    (value,) = utilities(SHOP.select(["soccer-jersey", "basketball-jersey"]), [SHOP["football-jersey"]])
    assert value == pytest.approx(2 * GROUP - LATER * sport_order("football"))


def test_a_training_has_baskets_of_every_sort():
    rng = Random(0)
    baskets = [draw_basket(rng, SHOP.items, SHOP) for _ in range(1000)]
    sharing = [any(share_group(*pair) for pair in combinations(basket, 2)) for basket in baskets]
    assert 60 < sum(len(basket) == 1 for basket in baskets) < 110
    assert 90 < sum(len(basket) > 1 and not any_ for basket, any_ in zip(baskets, sharing, strict=True)) < 200
    new, other = (Item(name, "chess", name, "", {"en": name}) for name in ("clock", "board"))
    drawn = [draw_basket(rng, [*SHOP, new, other], SHOP) for _ in range(400)]
    assert sum(any(share_group(item, new) for item in basket) for basket in drawn) > 160


def test_of_what_a_habit_collects_something_is_left_to_buy():
    groups = [
        [item for item in SHOP if getattr(item, by) == value]
        for by, value in {("sport", i.sport) for i in SHOP} | {("kind", i.kind) for i in SHOP}
    ]
    for seed in range(200):
        basket = draw_one_habit_basket(Random(seed), SHOP.items)
        assert {*basket} not in [{*group} for group in groups]


def test_a_complete_basket_leaves_nothing_of_a_sport_or_a_kind_to_buy_and_something_else():
    extras = set()
    for seed in range(200):
        basket = draw_complete_basket(Random(seed), SHOP.items)
        left = [item for item in SHOP if item not in basket]
        whole = [
            by
            for by in ("sport", "kind")
            for group, of_group in Counter(getattr(item, by) for item in basket).items()
            if of_group > 1 and all(getattr(item, by) != group for item in left)
        ]
        assert whole and len(left) > 2 and len(set(basket)) == len(basket)
        extras.add(tuple(whole))
    assert {("sport",), ("kind",)} <= extras
    assert draw_complete_basket(Random(0), SHOP.items[:2]) == []


def test_a_training_from_nothing_begins_with_small_shelves():
    shoppers = ShopperDataset(SHOP, bundled().scorer.tokenizer, length=3200, batch_size=32, seed=7, growing=True)
    sizes = [len(each.basket) + len(each.candidates) for each in map(shoppers.example, range(0, 3200, 32))]
    first, second = (largest + 6 for _, _, largest in training_dataset.CURRICULUM)  # and newcomers
    assert max(sizes[:25]) <= first and max(sizes[25:50]) <= second and max(sizes[50:]) >= len(SHOP)


def test_the_variant_of_a_product_with_a_long_title_has_a_name_of_its_own_in_the_prompt():
    drill = Item("drill", "tools", "drill", "", {"en": "Drill: 8,5 mm"}, {"en": "Drill 8.5 mm"})
    shop = Catalog([drill, *SHOP.items[:9]])
    for seed in range(40):
        names = [item.prompt_name("en") for item in stock_shop(Random(seed), shop, 10, 4, "en")]
        assert len({*names}) == len(names)
