"""The synthetic shoppers, and the command that trains on them."""

import csv
import json
import subprocess
import sys
import time
from functools import cache
from random import Random

import pytest
import torch
from transformers import T5ForConditionalGeneration

from recommender.__main__ import main
from recommender.errors import CatalogError
from recommender.shop.catalog import Catalog
from recommender.t5.scorer import Checkpoint
from recommender.training.auxiliary import NO_TARGETS, UNKNOWN, auxiliary_targets
from recommender.training.dataset import ShopperDataset
from recommender.training.purchases import SAMPLE, read_purchases, sample_rows
from recommender.training.shoppers import (
    LIKELIER,
    SECOND_CHOICE,
    SECOND_CHOICE_AMONG_NEWCOMERS,
    Shopper,
    mixed_basket,
    next_purchases,
    one_habit_basket,
    split,
)
from recommender.training.trainers import new_t5
from recommender.training.world import gear, pair_split, random_shelf, shop_sports, sports, stocked_shop
from tests.conftest import ROOT, train
from tests.support.bundled import bundled
from tests.support.reference import read_prompt

SHOP = Catalog.load()
EXAMPLES = range(0, 3200, 4)


@cache
def dataset() -> ShopperDataset:
    return ShopperDataset(SHOP, bundled().scorer.tokenizer, length=3200, batch_size=32, seed=7)


def next_purchase(*owned: str) -> dict[str, float]:
    return next_purchases(SHOP.select(owned), SHOP.items, SHOP)


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
        (["soccer-jersey", "basketball-jersey", "tennis-shirt", "soccer-ball"], "football-jersey"),
        # two groups of two: kit before counterpart, then the earlier item
        (["soccer-jersey", "soccer-cleats", "basketball-jersey"], "soccer-ball"),
        (["soccer-jersey", "soccer-cleats", "basketball-jersey", "basketball"], "soccer-ball"),
        # a complete group has nothing left to say
        (["tennis-shirt", "tennis-ball", "tennis-shoes", "tennis-racket", "hockey-pads"], "hockey-jersey"),
    ],
)
def test_the_habits_say_what_is_bought_next(owned, bought):
    found = next_purchase(*owned)
    assert found == {bought: 1.0}


def test_one_item_is_read_both_ways():
    assert next_purchase("soccer-ball") == {"soccer-jersey": LIKELIER, "basketball": 1 - LIKELIER}
    assert next_purchase("soccer-shin-guards") == {"football-shoulder-pads": LIKELIER, "soccer-jersey": 1 - LIKELIER}
    assert next_purchase("goalie-gloves") == {"soccer-jersey": 1.0}


@pytest.mark.slow
def test_no_target_is_owned_missing_or_ambiguous():
    for index in EXAMPLES:
        shopper = dataset().shopper(index)
        names = {language: [i.name(language) for i in shopper.shelf] for language in ("en", "ar")}
        assert shopper.next not in shopper.basket
        assert shopper.next in shopper.candidates
        for shelf in names.values():
            assert len(set(shelf)) == len(shelf)


@pytest.mark.slow
def test_a_shopper_buys_one_thing_after_the_other_as_the_habits_say():
    followed = 0
    for index in EXAMPLES:
        shopper = dataset().shopper(index)
        owned = list(shopper.basket)
        if len(shopper.purchases) > 1:
            followed += 1
            for item in shopper.purchases:
                assert item.id in next_purchases(owned, shopper.shelf, SHOP)
                owned.append(item)
    assert followed > 200


def test_a_shopper_is_not_followed_beyond_a_basket_that_is_held_out():
    for index in EXAMPLES:
        shopper = dataset().shopper(index)
        for bought in range(1, len(shopper.purchases)):
            owned = [*shopper.basket, *shopper.purchases[:bought]]
            assert split(owned) == "train" or not all(item.id in SHOP for item in owned)


def has_newcomers(shopper: Shopper) -> bool:
    """Whether the shop's own shelf has something that it never had."""
    return len({item.id in SHOP for item in shopper.shelf}) == 2


@pytest.mark.slow
def test_a_few_shoppers_buy_their_second_choice_at_once():
    of_several = [s for s in map(dataset().shopper, EXAMPLES) if len(s.basket) > 1]
    second = [s for s in of_several if s.next.id not in next_purchases(s.basket, s.shelf, SHOP)]
    for newcomers, share in ((False, SECOND_CHOICE), (True, SECOND_CHOICE_AMONG_NEWCOMERS)):
        of_this_sort = [s for s in of_several if newcomers == has_newcomers(s)]
        assert 0 < sum(s in second for s in of_this_sort) < 2 * share * len(of_this_sort)
    for shopper in second:
        (first,) = next_purchases(shopper.basket, shopper.shelf, SHOP)
        owned = [*shopper.basket, next(item for item in shopper.shelf if item.id == first)]
        assert shopper.next.id in next_purchases(owned, shopper.shelf, SHOP)


def test_an_example_is_a_prompt_and_names_from_its_candidates():
    tokenizer = dataset().tokenizer
    languages = set()
    for index in EXAMPLES[::20]:
        example = dataset()[index]
        # the tokenizer puts a space after a brace; parse the text without it
        text = tokenizer.decode(example["input_ids"], skip_special_tokens=True).replace("{ ", "{") + " "
        language, _, candidates = read_prompt(text)
        languages.add(language)
        names = tokenizer.decode(example["labels"]).split("</s>")
        assert names.pop() == "" and names  # every name ends, so that the first one can stand alone
        assert {name.strip() for name in names} <= set(candidates)
    assert languages == {"en", "ar"}


def test_auxiliary_targets_say_how_much_of_a_candidates_sport_and_kind_is_owned_and_its_part_in_what_comes_next():
    owned = SHOP.select(["soccer-jersey", "soccer-ball", "tennis-ball"])
    shopper = Shopper(SHOP.items, owned, (SHOP["soccer-cleats"],))
    found = dict(
        zip([item.id for item in shopper.candidates], auxiliary_targets(shopper, shopper.candidates), strict=True)
    )
    assert found["soccer-cleats"] == (2, 0, 2)
    assert found["soccer-cones"] == (2, 0, 1)
    assert found["basketball"] == (0, 2, 0)
    assert found["tennis-shirt"] == (1, 1, 0)
    alone = Shopper(SHOP.items, SHOP.select(["soccer-ball"]), (SHOP["soccer-jersey"],))
    assert {part for _, _, part in auxiliary_targets(alone, alone.candidates)} == {UNKNOWN}


def test_every_piece_of_a_candidates_name_has_its_targets_and_nothing_else_has():
    example = dataset()[0]
    text = [dataset().tokenizer.decode(t) for t in example["input_ids"]]
    hinted = [targets for targets in example["auxiliary"] if targets != NO_TARGETS]
    assert len(example["auxiliary"]) == len(text)
    first = example["auxiliary"].index(hinted[0])
    assert text[first - 1].strip() == "{" and text[first + len(hinted) - 1] == "}"
    names = "".join(text[first : first + len(hinted)]).count(",") + 1
    assert names == len(dataset().shopper(0).candidates)


def test_what_is_kept_of_a_t5_in_training_is_a_plain_t5_that_answers_the_same():
    hinted = new_t5(dataset().tokenizer)
    prompts, names = ["ITEMS PURCHASED: {Football}"], ["Baseball", "كرة سلة"]
    kept = Checkpoint(hinted.plain(), dataset().tokenizer, "kept").log_likelihoods(prompts, names)
    assert type(hinted.plain()) is T5ForConditionalGeneration
    in_training = Checkpoint(hinted, dataset().tokenizer, "in training").log_likelihoods(prompts, names)
    torch.testing.assert_close(kept, in_training)


@pytest.mark.slow
def test_evaluation_and_validation_baskets_never_occur_in_training():
    splits = [split(dataset().shopper(index).basket) for index in EXAMPLES]
    assert set(splits) == {"train"}
    rng = Random(0)
    drawn = [split(draw(rng, SHOP.items)) for draw in (one_habit_basket, mixed_basket) for _ in range(1000)]
    assert 0.15 < drawn.count("test") / len(drawn) < 0.4
    assert 0.05 < drawn.count("validation") / len(drawn) < 0.2
    assert split(SHOP.select(["football", "baseball"])) == split(SHOP.select(["baseball", "football"]))


def test_held_out_sports_and_pairs_never_occur_in_training():
    words = {(s.en, w.en) for s in (*sports(), *shop_sports(SHOP)) for w in gear() if pair_split(s, w) != "train"}
    forbidden = {f"{sport} {word}" for sport, word in words} - {item.name("en") for item in SHOP}
    assert len(forbidden) > 500
    for index in EXAMPLES:
        assert not forbidden & {item.name("en") for item in dataset().shopper(index).shelf}


def test_shelves_differ_and_the_shop_is_among_them():
    rng = Random(3)
    random = random_shelf(rng, 20)
    assert 10 <= len(random) <= 20 and not {i.sport for i in random} & set(SHOP.sports)
    stocked = stocked_shop(rng, SHOP, 30, 3)
    assert sum(item.id in SHOP for item in stocked) == 30
    assert [item.id in SHOP for item in stocked] == sorted((item.id in SHOP for item in stocked), reverse=True)


def test_the_same_seed_gives_the_same_shoppers():
    again = ShopperDataset(SHOP, dataset().tokenizer, length=3200, batch_size=32, seed=7)
    other = ShopperDataset(SHOP, dataset().tokenizer, length=3200, batch_size=32, seed=8)
    assert [again[i] for i in range(50)] == [dataset()[i] for i in range(50)]
    assert [other[i] for i in range(50)] != [dataset()[i] for i in range(50)]


@pytest.mark.slow
def test_the_train_command_writes_a_t5_that_loads_and_says_what_it_is(tmp_path):
    done = train("--steps", "2", "--batch-size", "4", "--output", str(tmp_path))
    assert done.returncode == 0, done.stderr
    summary = json.loads((tmp_path / "training.json").read_text())
    assert summary["seed"] == 0 and set(summary["validation_hit_rate"]) >= {"en one habit HR@1", "ar one habit HR@1"}
    assert 0.5 <= summary["temperature"] <= 2
    assert "HR@1" in done.stdout and "loss" in done.stdout
    assert str(tmp_path).encode() not in (tmp_path / "spiece.model").read_bytes()  # SentencePiece keeps paths it saw
    card = (tmp_path / "README.md").read_text()
    assert "synthetic shoppers" in card and summary["command"] in card
    assert Checkpoint.load(tmp_path).log_likelihoods(["ITEMS PURCHASED: {a}"], ["b", "c"]).shape == (1, 2)


def test_the_sample_purchases_are_what_the_code_makes_and_all_usable():
    purchases, refused = read_purchases(SAMPLE, SHOP)
    assert len(purchases) >= 100 and not refused
    assert {p.language for p in purchases} == {"en", "ar"}
    assert all(
        split(p.basket) == "train" and p.next.id in next_purchases(p.basket, SHOP.items, SHOP) for p in purchases
    )
    with open(SAMPLE, encoding="utf-8", newline="") as file:
        assert list(csv.DictReader(file)) == list(sample_rows(SHOP))


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


@pytest.mark.slow
def test_a_t5_goes_on_learning_from_a_shops_own_purchases(tmp_path):
    data = tmp_path / "purchases.csv"
    rows = SAMPLE.read_text(encoding="utf-8").splitlines()[:13]
    data.write_text("\n".join([*rows, "Football,Quidditch Broom"]) + "\n", encoding="utf-8")
    out = tmp_path / "mine"
    done = train("--data", str(data), "--epochs", "1", "--batch-size", "4", "--output", str(out))
    assert done.returncode == 0, done.stderr
    assert "line 14: Unknown item" in done.stderr
    assert "eval_loss" in done.stdout and "purchases HR@1" in done.stdout
    assert "own purchases" in (out / "README.md").read_text()
    assert Checkpoint.load(out).generate(["ITEMS PURCHASED: {Football}"])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--epochs", "3"], "goes with --base or --data"),
        (["--data", str(SAMPLE), "--steps", "3"], "give --epochs"),
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
def test_an_interrupted_training_goes_on_where_it_was(tmp_path):
    options = ["--steps", "12", "--batch-size", "4", "--output", str(tmp_path)]
    first = subprocess.Popen(
        [sys.executable, "-m", "recommender", "train", *options],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while first.poll() is None and not list(tmp_path.glob("checkpoints/checkpoint-*/trainer_state.json")):
        time.sleep(0.05)
    first.kill()
    first.wait()
    saved = max(int(folder.name.partition("-")[2]) for folder in tmp_path.glob("checkpoints/checkpoint-*"))
    assert saved < 12 and not (tmp_path / "training.json").exists()
    done = train(*options, "--resume")
    assert done.returncode == 0, done.stderr
    assert "step 12: en" in done.stdout and f"step {saved}: en" not in done.stdout
    assert json.loads((tmp_path / "training.json").read_text())["steps"] == 12
