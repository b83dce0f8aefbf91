"""A shop's own T5: orders in, train, evaluate, recommend."""

import json
import pickle
import re
import shutil
import stat
import subprocess
import sys
from collections import Counter
from itertools import combinations
from random import Random

import pytest
import torch
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader

from benchmarks.hardware import Hardware
from recommender import load
from recommender.__main__ import main
from recommender.cli.shop_training import _print_summary
from recommender.errors import RecommenderError
from recommender.evaluation import shop as held_out
from recommender.evaluation.shop import HeldOut
from recommender.orders.importing import import_orders
from recommender.shop.catalog import Catalog
from recommender.shop.co_purchase import CoPurchases
from recommender.shop.folder import Shop
from recommender.shop.item import Item
from recommender.shop.item_knn import Forget
from recommender.shop.purchases import Order, read_orders
from recommender.t5 import scorer
from recommender.t5.fusion import Fusion
from recommender.t5.prompt import build_prompt
from recommender.t5.scorer import Checkpoint
from recommender.t5.source import BUNDLED, find_checkpoint
from recommender.training import shop_data, shop_ranking
from recommender.training.fusion_fitting import Scored, fit_fusion
from recommender.training.shop_data import (
    FEWEST,
    NextPurchase,
    ShopData,
    choose_split,
    hit_rates,
    list_ids,
    list_rows,
    sample_orders,
)
from recommender.training.shop_ranking import (
    GENERATION_WEIGHT,
    RankingT5,
    RowDataset,
    TimeLimit,
    TrainingDataset,
    collate_rows,
    find_candidates,
    group_rows,
    make_ranking_trainer,
)
from recommender.training.tokenizer import add_words
from tests.conftest import ROOT
from tests.support.bundled import bundled


@pytest.fixture(scope="module")
def shop(tmp_path_factory) -> Shop:
    folder = tmp_path_factory.mktemp("hardware")
    import_orders([Hardware.build(30).export(folder / "orders.csv", 150)], Shop(folder / "shop"), {})
    return Shop.open(folder / "shop")


def load_what_was_pickled(dataset, collate_fn, **options) -> DataLoader:
    """Return a loader as it is where processes are not forked: on macOS, and on Linux from Python 3.14."""
    sent = pickle.dumps((dataset, collate_fn))
    assert len(sent) < 1_000_000  # it has no T5
    dataset, collate_fn = pickle.loads(sent)
    return DataLoader(dataset, collate_fn=collate_fn, **options)


@pytest.mark.parametrize("memory", [scorer.MAX_LOGITS, 1])  # together, or a prompt at a time
def test_prompts_with_different_candidates_score_in_a_batch_as_they_do_alone(monkeypatch, memory):
    monkeypatch.setattr(scorer, "DataLoader", load_what_was_pickled)
    monkeypatch.setattr(scorer, "MAX_LOGITS", memory)
    checkpoint = bundled().scorer
    names = [item.name("en") for item in bundled().catalog]
    rng = Random(0)
    prompts, candidates = [], []
    for size in (1, 2, 7, 20):
        owned, offered = rng.sample(names, 3), rng.sample(names, size)
        prompts.append(build_prompt(owned, offered))
        candidates.append(offered)
    for prompt, offered, found in zip(prompts, candidates, checkpoint.score_each(prompts, candidates), strict=True):
        assert torch.allclose(found, checkpoint.log_likelihoods([prompt], offered)[0], atol=1e-3)


def test_new_words_become_tokens_and_known_names_keep_theirs():
    checkpoint = Checkpoint.load()
    names = [product.title for product in Hardware.build(60).products]
    before = [checkpoint.count_tokens(name) for name in names]
    known = checkpoint.tokenizer("Soccer Ball, Tennis Racket")["input_ids"]
    tokenizer = add_words(checkpoint.model, checkpoint.tokenizer, names)
    extended = Checkpoint(checkpoint.model, tokenizer, "extended")
    assert sum(map(extended.count_tokens, names)) < sum(before) / 2
    assert [tokenizer.decode(tokenizer(name)["input_ids"], skip_special_tokens=True) for name in names] == names
    assert tokenizer("Soccer Ball, Tennis Racket")["input_ids"] == known
    assert len(tokenizer) == extended.model.config.vocab_size == extended.model.get_input_embeddings().weight.shape[0]
    assert extended.log_likelihoods([build_prompt(names[:2], names[2:9])], names[2:9]).isfinite().all()


def test_parts_share_no_order_and_retrieval_knows_the_training_part_alone(shop):
    data = ShopData.read(shop)
    parts = [{order.line for order in part} for part in (data.training, data.validation, data.test)]
    assert sum(map(len, parts)) == len(set.union(*parts)) == 150
    assert data.catalog.item_knn.counts.sold.sum() == sum(len(order.items) for order in data.training)
    assert data.count_all().sold.sum() == sum(
        len(order.items) for part in (data.training, data.validation, data.test) for order in part
    )
    for row in list_rows(data.training, data.catalog):
        assert row.basket and row.target not in row.basket


def test_an_order_stays_in_its_part_of_the_split_in_a_longer_export_in_another_order(shop, tmp_path):
    header, *orders = shop.purchases.read_text("utf-8").splitlines()
    longer = Shop(tmp_path)
    shutil.copy(shop.inventory, longer.inventory)
    longer.purchases.write_text("\n".join([header, *orders[::-1], *orders[:20]]) + "\n", encoding="utf-8")
    before, after = ShopData.read(shop), ShopData.read(longer)
    for part in ("training", "validation", "test"):
        found, known = (Counter(tuple(sorted(order.ids)) for order in getattr(each, part)) for each in (after, before))
        assert known <= found
    assert sum(map(len, (after.training, after.validation, after.test))) == 150 + 20


def test_an_order_stays_in_its_part_of_the_split_when_a_product_is_no_longer_sold(shop, tmp_path):
    header, *rows = shop.inventory.read_text("utf-8").splitlines()
    smaller = Shop(tmp_path)
    smaller.inventory.write_text("\n".join([header, *rows[3:]]) + "\n", encoding="utf-8")
    shutil.copy(shop.purchases, smaller.purchases)
    before, after = ShopData.read(shop), ShopData.read(smaller)
    for part in ("training", "validation", "test"):
        lines, known = ({order.line for order in getattr(each, part)} for each in (after, before))
        assert lines <= known
    assert any(order.unknown for order in after.training)


def test_of_very_many_orders_the_same_random_ones_are_tuned_and_measured_on(shop, monkeypatch):
    asked, tune = [], shop_data._tune
    monkeypatch.setattr(shop_data, "_tune", lambda scorer, rows, grid: asked.append(rows) or tune(scorer, rows, grid))
    monkeypatch.setattr(shop_data, "MAX_TUNING", 20)
    data = ShopData.read(shop)
    validation = list(list_rows(data.validation, data.catalog))
    for rows in asked:  # of retrieval
        assert 10 < len(rows) <= 20 and set(rows) < set(validation) and rows != validation[: len(rows)]
    assert data.tuning == validation and len(validation) > 20  # a shop that is not so large loses none
    monkeypatch.setattr(shop_data, "MAX_WEIGHING", 20)
    tuned = data.tuning
    assert 10 < len(tuned) <= 20 and tuned == data.tuning != validation[: len(tuned)]
    assert set(tuned) < set(validation)
    monkeypatch.setattr(held_out, "MAX_ROWS", 12)
    ranked = HeldOut.rank(data, bundled().scorer, Fusion(0.5, 1.0, None)).compare()
    measurable = {order.line for order in data.test if any(list_rows([order], data.catalog))}
    assert 0 < ranked.rows <= 12 and ranked.orders + ranked.left_out == len(measurable)
    assert f"{ranked.orders} orders held out (a random sample of {len(measurable)})" in ranked.format()


def test_the_knn_and_retrieval_have_the_settings_with_the_most_hits_on_the_validation_part(shop, monkeypatch):
    tuned, tune = [], shop_data._tune

    def check(knn, rows, grid):
        grid = list(grid)
        found = tune(knn, rows, grid)
        hits, *others = (
            sum(hit_rates(each.rank_targets(*list_ids(rows)))) for each in (found, *map(knn.with_settings, grid))
        )
        assert hits == max(others) > min(others)
        tuned.append(found)
        return found

    monkeypatch.setattr(shop_data, "_tune", check)
    data = ShopData.read(shop)
    knn, retrieval = tuned
    assert data.knn is knn and data.catalog.item_knn.counts is retrieval.counts


def test_orders_without_anything_to_predict_are_not_drawn():
    saw, rake = (Item(name, "", "", "", {"en": name}) for name in ("saw", "rake"))
    alone, both, again = Order(2, (saw,), (saw,)), Order(3, (saw, rake), (rake,)), Order(4, (saw, rake), ())
    assert sample_orders([alone, both, again], 10) == ([both], 0)
    kept, left_out = sample_orders([alone, *[both] * 7, again], 3)
    assert kept == [both] * 3 and left_out == 4


def spell(n: int) -> str:
    """Return a made-up word for a number."""
    return chr(65 + n // 26) + 3 * chr(97 + n % 26)


def build_known_shop(names) -> Catalog:
    """Return a shop in which the first product was bought with each of the next 24."""
    catalog = Catalog((Item(str(n), "", "", "", {"en": name}) for n, name in enumerate(names)), words=None)
    counts = CoPurchases.count([item.id for item in catalog], (["0", str(n)] for n in range(1, 25)))
    return catalog.with_purchases(counts)


def test_what_retrieval_finds_is_taught_in_its_order():
    shop = build_known_shop(f"Thing {spell(n)}" for n in range(26))
    row = NextPurchase((shop["0"],), shop["3"])
    assert find_candidates(shop, row, Random(0)) == ("retrieved", shop.candidates(row.basket))


def test_a_target_that_retrieval_missed_is_taught_among_products_like_it():
    # every tenth product from the seventh on has 20 of these names, up to the target's
    shop = build_known_shop(f"{spell(n)} Number" if n == 0 or n > 60 else spell(n) for n in range(258))
    row = NextPurchase((shop["0"],), shop["257"])
    source, found = find_candidates(shop, row, Random(0))
    assert source == "similar" and row.target in found and row.basket[0] not in found
    assert not set(found) & set(shop.candidates(row.basket))  # what was bought with it would stand out


def test_a_target_that_shares_no_word_is_taught_among_random_products():
    shop = build_known_shop(map(spell, range(300)))
    row = NextPurchase((shop["0"],), shop["299"])
    size, popular = len(shop.candidates(row.basket)), 0
    for seed in range(300):
        source, found = find_candidates(shop, row, Random(seed))
        assert source == "random" and row.target in found and row.basket[0] not in found
        assert len(set(found)) == len(found) == size
        popular += sum(int(item.id) < 25 for item in found)
    assert popular / (300 * size) > 1.5 * 24 / 300  # twice as likely as the others, which nobody bought


def test_a_cold_product_is_never_taught():
    shop = build_known_shop(f"Thing {spell(n)}" for n in range(60))
    taught = shop.restock(item for item in shop if int(item.id) % 3)
    row = NextPurchase((taught["1"],), taught["59"])
    assert all(item in taught.items for seed in range(50) for item in find_candidates(taught, row, Random(seed))[1])


def test_rows_are_grouped_by_where_their_candidates_come_from(monkeypatch):
    monkeypatch.setattr(shop_ranking, "DataLoader", load_what_was_pickled)
    shop = build_known_shop(f"Thing {spell(n)}" for n in range(26))
    rows = [NextPurchase((shop["0"],), shop[str(n)]) for n in range(1, 26)]
    groups = group_rows(rows, shop, 0, workers=1)
    assert sorted(map(id, (row for group in groups.values() for row in group))) == sorted(map(id, rows))
    for source, group in groups.items():
        assert {find_candidates(shop, row, Random(1), Forget(row.target.id))[0] for row in group} == {source}


def test_a_row_is_taught_without_its_own_order_and_a_tenth_as_if_the_target_had_never_been_sold(monkeypatch):
    shop, taught = build_known_shop(f"Thing {spell(n)}" for n in range(26)), []

    def note(catalog, row, rng, forget=None):
        taught.append((row, forget))
        return find_candidates(catalog, row, rng, forget)

    monkeypatch.setattr(shop_ranking, "find_candidates", note)
    rows = [NextPurchase((shop["0"],), shop[str(n)]) for n in range(1, 25)]
    dataset = TrainingDataset({"retrieved": rows}, shop, bundled().scorer.tokenizer, seed=0)
    for n in range(300):
        dataset[n]
    assert len(taught) == 300 and all(forget and forget.product == row.target.id for row, forget in taught)
    assert 0.05 < sum(forget.entirely for _, forget in taught) / 300 < 0.15


def test_a_t5_is_taught_to_rank_the_product_of_an_order_first():
    catalog, checkpoint = bundled().catalog, bundled().scorer
    row = NextPurchase(catalog.select(["soccer-ball"]), catalog["hockey-puck"])
    candidates = catalog.candidates(row.basket)[:20]
    place = candidates.index(row.target)
    batch = collate_rows([RowDataset([row], catalog, checkpoint.tokenizer, seed=0).encode(row, candidates, "fr")])
    names = [[item.name("fr") for item in items] for items in (row.basket, candidates)]
    prompt = build_prompt(*names, "fr")
    scores = checkpoint.log_likelihoods([prompt], names[1])  # (1, 20)
    model = RankingT5.copy_of(checkpoint.model)
    loss = model(**batch).loss
    expected = cross_entropy(scores, torch.tensor([place])) - GENERATION_WEIGHT * scores[0, place]
    assert place and loss.item() == pytest.approx(expected.item(), abs=1e-3)
    loss.backward()
    torch.optim.SGD(model.parameters(), lr=1e-3).step()
    after = Checkpoint(model.plain(), checkpoint.tokenizer, "taught").log_likelihoods([prompt], names[1])
    assert model(**batch).loss < loss and after.softmax(-1)[0, place] > scores.softmax(-1)[0, place]


@pytest.mark.slow
def test_the_best_t5_of_a_training_is_kept_and_not_its_last(shop, tmp_path, monkeypatch):
    def end_step(self, args, state, control, optimizer, **kwargs):
        control.should_evaluate = control.should_save = control.should_log = True
        control.should_training_stop = state.global_step == 2
        for group in optimizer.param_groups:
            group["lr"] = 0.1  # the next step ruins the T5

    monkeypatch.setattr(TimeLimit, "on_step_end", end_step)
    trainer = make_ranking_trainer(ShopData.read(shop), Checkpoint.load(), tmp_path, minutes=10, batch_size=4, seed=0)
    for sent in (trainer.train_dataset, trainer.eval_dataset):  # to other processes, which may not be forked
        assert pickle.loads(pickle.dumps(sent))[0].keys() == sent[0].keys()
    trainer.train()
    good, ruined = (entry["eval_loss"] for entry in trainer.state.log_history if "eval_loss" in entry)
    assert good < ruined - 1
    assert trainer.evaluate()["eval_loss"] == pytest.approx(good, rel=1e-3)


def test_orders_that_ask_nothing_are_counted_in_no_part(shop, tmp_path, capsys):
    shop = Shop(shutil.copytree(shop.folder, tmp_path / "shop"))
    ids = [item.id for item in shop.load_catalog()]
    with shop.purchases.open("a", encoding="utf-8") as purchases:
        purchases.write("".join(f"{id_},\n{ids[0]};{id_},{ids[0]};{id_}\n" for id_ in ids[1:]))
    data = ShopData.read(shop)
    _print_summary(data, shop)
    parts = data.training, data.validation, data.test
    counts = [len(sample_orders(part, 10**9)[0]) for part in parts]
    assert sum(counts) <= 150 and all(len(part) > count for part, count in zip(parts, counts, strict=True))
    assert capsys.readouterr().out.startswith("{} orders to learn from, {} to tune with, {} held out.".format(*counts))


def test_the_t5_weighs_what_it_is_worth():
    items = [Item(f"i{n}", "", "", "", {"en": f"Item {n}"}) for n in range(8)]
    shop, rng = Catalog(items), Random(0)

    def draw(t5_knows: float, shop_knows: float) -> Scored:
        target = rng.randrange(1, 8)
        likelihoods = torch.tensor([rng.gauss(-20, 1) + t5_knows * (n == target) for n in range(1, 8)])
        scores = [rng.random() + shop_knows * (n == target) for n in range(1, 8)]
        return Scored(NextPurchase((items[0],), items[target]), shop.items[1:], scores, likelihoods)

    def weigh(*knows) -> tuple[Fusion, list[Scored]]:
        rows = [draw(*knows) for _ in range(400)]
        return fit_fusion(rows), rows

    useless, _ = weigh(0.0, 0.5)
    useful, rows = weigh(2.0, 0.0)
    assert useless.t5 < 0.2 < useless.bought and useful.t5 > 0.5
    probability = sum(float(useful.probabilities(row.weigh(useful)).max()) for row in rows) / len(rows)
    assert abs(probability - hit_rates([row.rank_target(row.weigh(useful)) for row in rows])[0]) < 0.05


def test_a_t5_that_is_named_by_its_folder_is_that_one(tmp_path):
    assert find_checkpoint(BUNDLED, bundled=tmp_path) == BUNDLED
    assert find_checkpoint("bundled", bundled=BUNDLED) == find_checkpoint(None, bundled=BUNDLED) == BUNDLED


def test_histories_keep_the_order_of_their_line_however_it_is_written(shop, tmp_path):
    catalog = shop.load_catalog()
    ids = [item.id for item in catalog.items[:3]][::-1]
    for text in (";".join(ids), " ; ".join(ids), f"{'; '.join(ids)};"):
        (tmp_path / "history.csv").write_text(f"purchased\n{text}\n", encoding="utf-8")
        (order,) = read_orders(tmp_path / "history.csv", catalog)
        assert order.ids == ids


def read_rates(printed: str) -> dict[str, list[float]]:
    """Return HR@1, HR@5 and HR@10 of item-kNN and of the T5 with purchases, as a comparison prints them."""
    rows = re.findall(r"^(item-kNN, tuned|T5 with purchases) {2,}([\d. ]+)$", printed, re.MULTILINE)
    return {name: [float(rate) for rate in found.split()] for name, found in rows}


@pytest.mark.slow
def test_a_shop_is_trained_evaluated_and_served_by_one_command_each(shop, tmp_path, capsys):
    shop = Shop(shutil.copytree(shop.folder, tmp_path / "shop"))
    done = subprocess.run(
        [sys.executable, "-m", "recommender", "train", "--shop", shop.folder, "--minutes", "0.1", "--batch-size", "4"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    rates = read_rates(done.stdout)
    assert [len(found) for found in rates.values()] == [3, 3] and "paired bootstrap" in done.stdout
    assert "Training: 100% of the time" in done.stderr and "1000000000" not in done.stderr
    assert "missing keys" not in done.stderr
    evaluation = json.loads(shop.evaluation.read_text("utf-8"))
    assert 0 < evaluation["confidence"] < 1
    assert not any("part" in path.name for path in shop.folder.iterdir())
    weights = shop.model / "model.safetensors"  # whoever may read the inventory may read the T5
    assert stat.S_IMODE(weights.stat().st_mode) == stat.S_IMODE(shop.inventory.stat().st_mode)

    with shop.purchases.open("a", encoding="utf-8") as purchases:
        purchases.write("shovel\n")
    assert main(["evaluate", "--shop", str(shop.folder)]) == 0
    printed = capsys.readouterr()
    found = read_rates(printed.out)
    assert found["item-kNN, tuned"] == rates["item-kNN, tuned"] and "shovel" in printed.err  # what it left out
    # the first time, the weights were not rounded to float16 yet, which may swap two products
    assert found["T5 with purchases"] == pytest.approx(rates["T5 with purchases"], abs=0.02)
    before, other = shop.evaluation.read_bytes(), tmp_path / "other.json"
    arguments = ["--shop", str(shop.folder), "--checkpoint", str(BUNDLED), "--output", str(other)]
    assert main(["evaluate", *arguments]) == 0
    assert shop.evaluation.read_bytes() == before
    assert json.loads(other.read_text("utf-8"))["hit_rates"] != json.loads(before)["hit_rates"]  # the demo's T5

    product = shop.load_catalog().items[0]
    answer = load(shop=shop.folder).recommend([product.id], explain=True, why_not=None)
    assert answer.narrowed and len(answer.ranking) == 20 and answer.pick.item is not product
    assert sum(ranked.probability for ranked in answer.ranking) <= 1.0001
    assert answer.question.candidates == shop.load_catalog().candidates([product])
    assert answer.checkpoint == "bundled"


def test_a_shop_with_enough_orders_of_which_a_part_got_none_is_told_so(tmp_path):
    ids = [f"p{n}" for n in range(9)]
    pairs = [pair for pair in combinations(ids, 2) if choose_split(pair, 1) != "test"][:FEWEST]
    (tmp_path / "inventory.csv").write_text("id,name\n" + "\n".join(f"{id_},Thing {id_}" for id_ in ids), "utf-8")
    (tmp_path / "purchases.csv").write_text("purchased\n" + "\n".join(map(";".join, pairs)), "utf-8")
    with pytest.raises(RecommenderError, match=f"has {FEWEST} orders .* the test part"):
        ShopData.read(Shop(tmp_path))


def test_what_cannot_be_trained_on_is_refused_in_a_sentence(shop, tmp_path, capsys):
    def refuse(*arguments) -> str:
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        assert ended.value.code == 2
        return capsys.readouterr().err

    assert "--epochs is not for a shop's orders" in refuse("train", "--shop", shop.folder, "--epochs", "3")
    assert "--from-nothing is not for" in refuse("train", "--shop", shop.folder, "--from-nothing")
    for taken in (shop.folder, shop.inventory):  # what is there would be deleted
        assert "would be replaced" in refuse("train", "--shop", shop.folder, "--output", taken)
    assert "--report is not for" in refuse("evaluate", "--shop", shop.folder, "--report", tmp_path / "r.md")
    assert "--minutes goes with a --shop" in refuse("train", "--minutes", "3")
    assert "above 0" in refuse("train", "--shop", shop.folder, "--minutes", "0")
    assert "is not there" in refuse("train", "--shop", tmp_path / "none")
    (tmp_path / "inventory.csv").write_text("name\nSaw\nRake\n", encoding="utf-8")
    assert "has no purchases.csv to measure on" in refuse("evaluate", "--shop", tmp_path)
    (tmp_path / "purchases.csv").write_text("purchased\nsaw;rake\nsaw;shovel\n", encoding="utf-8")
    says = refuse("train", "--shop", tmp_path)
    assert "too few orders" in says and 'Line 3: Not in the inventory, and left out: "shovel"' in says
