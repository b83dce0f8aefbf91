"""What the train command measures, records and replaces, without training for long."""

import json
import os
import pickle
import shutil
from argparse import Namespace
from itertools import combinations
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from transformers import Seq2SeqTrainer, Trainer, TrainerControl, TrainerState, TrainingArguments
from transformers.trainer_utils import TrainOutput

from recommender.__main__ import main
from recommender.cli import train as train_command
from recommender.errors import RecommenderError
from recommender.shop.catalog import Catalog
from recommender.shop.co_purchase import CoPurchases
from recommender.shop.folder import Shop
from recommender.shop.language import LANGUAGES
from recommender.shop.lock import lock_folder, lock_record
from recommender.t5.scorer import Checkpoint
from recommender.t5.source import BUNDLED
from recommender.training import shop_ranking, tokenizer, trainers
from recommender.training.cases import Case
from recommender.training.fine_tuning import SAMPLE, Purchase
from recommender.training.model_card import render_model_card
from recommender.training.optimizers import (
    MATRICES_RATE,
    OTHERS_RATE,
    WARMUP_STEPS,
    MuonAndAdafactor,
    make_optimizer_and_schedule,
)
from recommender.training.shop_ranking import TimeLimit
from recommender.training.trainers import (
    TrainingConfig,
    count_per_step,
    make_arguments,
    make_fine_tuner,
    make_shopper_trainer,
    replace_folder,
    save_trained,
)
from recommender.training.validation import Divergence, HitRate
from tests.support.bundled import bundled
from tests.support.hub import published

SHOP = Catalog.load()


def test_the_summary_and_the_card_describe_the_t5_that_is_saved(tmp_path, monkeypatch):
    events = []

    def train(self, resume_from_checkpoint):
        events.append("trained")  # at its end, the best T5 is loaded
        return TrainOutput(3, 0.5, {})

    def measure(self, model, tokenizer):
        events.append("measured")
        return {"en purchases": float(len(events))}

    monkeypatch.setattr(Seq2SeqTrainer, "train", train)
    monkeypatch.setattr(HitRate, "measure", measure)
    assert main(["train", "--data", str(SAMPLE), "--output", str(tmp_path)]) == 0
    assert events == ["trained", "measured"]
    assert json.loads((tmp_path / "training.json").read_text())["validation"] == {"en purchases": 2.0}
    assert "| en purchases | 2.000 |" in (tmp_path / "README.md").read_text("utf-8")


@pytest.fixture
def train_in_no_time(monkeypatch):
    """Train on the sample of purchases without a step, and return the exit status."""
    monkeypatch.setattr(Seq2SeqTrainer, "train", lambda *_, **__: TrainOutput(0, 0.5, {}))
    monkeypatch.setattr(HitRate, "measure", lambda *_: {"en purchases": 1.0})
    return lambda output, *options: main(["train", "--data", str(SAMPLE), "--output", str(output), *options])


def test_a_t5_is_saved_beside_its_folder_which_it_then_replaces(tmp_path, monkeypatch, train_in_no_time):
    folder = tmp_path / "model"
    (folder / "checkpoints").mkdir(parents=True)
    (folder / "spiece.model").write_text("pieces")
    seen = []

    def watch(*given):
        seen.extend(sorted(path.name for path in folder.iterdir()))
        save_trained(*given)

    monkeypatch.setattr(train_command, "save_trained", watch)
    assert train_in_no_time(folder) == 0
    assert seen == ["checkpoints", "spiece.model"]  # as it was, until the new one is complete
    saved = {path.name for path in folder.iterdir()}
    assert "checkpoints" not in saved
    assert saved >= {"config.json", "model.safetensors", "training.json", "README.md", "spiece.model"}
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_a_t5_of_ones_own_is_the_base_of_the_training(tmp_path, train_in_no_time):
    (tmp_path / "base").mkdir()
    published(tmp_path / "base")
    assert train_in_no_time(tmp_path / "t5", "--base", str(tmp_path / "base")) == 0
    base, trained = (Checkpoint.from_folder(tmp_path / name, name).model.state_dict() for name in ("base", "t5"))
    assert trained.keys() == base.keys()
    for name, weight in base.items():
        torch.testing.assert_close(trained[name], weight.half().float(), rtol=0, atol=0, msg=name)
    assert json.loads((tmp_path / "t5" / "training.json").read_text())["base"] == "base"


@pytest.fixture
def live(games, tmp_path, monkeypatch) -> Shop:
    """A shop with orders, counts, results and a T5; its training takes no step."""
    monkeypatch.setattr(Trainer, "train", lambda self: TrainOutput(0, 0.5, {}))
    shop = Shop(tmp_path / "shop")
    (shop.folder / "model").mkdir(parents=True)
    shutil.copy(games, shop.inventory)
    pairs = combinations([item.id for item in Catalog.load(games)], 2)
    shop.purchases.write_text("\n".join(["purchased", *[*map(";".join, pairs)] * 4]), encoding="utf-8")
    for path in (shop.retrieval, shop.evaluation, shop.folder / "model" / "config.json"):
        path.write_text("live", encoding="utf-8")
    return shop


def test_a_shops_t5_that_is_written_elsewhere_brings_its_counts_and_results_and_changes_nothing(live, tmp_path):
    before, elsewhere = read_files(live.folder), tmp_path / "runs" / "t5"
    assert main(["train", "--shop", str(live.folder), "--output", str(elsewhere)]) == 0
    assert read_files(live.folder) == before
    assert {"model.safetensors", "fusion.json", "retrieval.npz", "evaluation.json"} <= read_files(elsewhere).keys()
    assert CoPurchases.load(elsewhere / "retrieval.npz").sold.sum() == 2 * 15 * 4


def test_a_shop_without_counts_gets_those_of_a_t5_that_is_written_elsewhere(live, tmp_path):
    live.retrieval.unlink()
    assert main(["train", "--shop", str(live.folder), "--output", str(tmp_path / "t5")]) == 0
    assert live.retrieval.read_bytes() == (tmp_path / "t5" / "retrieval.npz").read_bytes()


def test_an_interrupted_training_of_a_shop_says_that_nothing_has_changed(live, tmp_path, monkeypatch, capsys):
    def interrupt(trainer):
        (Path(trainer.args.output_dir) / "checkpoint-1").mkdir(parents=True)
        raise KeyboardInterrupt

    before = read_files(live.folder)
    monkeypatch.setattr("recommender.training.shop_ranking.Trainer.train", interrupt)
    assert main(["train", "--shop", str(live.folder), "--output", str(tmp_path / "runs" / "t5")]) == 130
    assert "Stopped: nothing has changed." in capsys.readouterr().err
    assert read_files(live.folder) == before and not read_files(tmp_path / "runs")
    assert not (tmp_path / "runs" / "t5.part").exists()


def read_files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_two_trainings_never_write_one_folder_however_it_is_named(tmp_path, monkeypatch, capsys, train_in_no_time):
    (tmp_path / "model").mkdir()
    monkeypatch.chdir(tmp_path / "model")
    with lock_folder(tmp_path / "model"):  # as a training on orders does, too
        for output in (Path("."), Path("../model"), tmp_path / "model"):
            with pytest.raises(SystemExit, match="2"):
                train_in_no_time(output)
            assert "Another run is writing" in capsys.readouterr().err
        with pytest.raises(SystemExit, match="2"):
            main(["train", "--from-nothing", "--output", "."])
        assert not list((tmp_path / "model").iterdir())  # no pieces of a new tokenizer, either
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_a_process_that_is_not_the_main_one_trains_along_and_writes_nothing(tmp_path, monkeypatch, train_in_no_time):
    monkeypatch.setenv("RANK", "1")
    monkeypatch.setattr(Seq2SeqTrainer, "is_world_process_zero", lambda self: False)
    with lock_folder(tmp_path / "model"):
        assert train_in_no_time(tmp_path / "model") == 0
    assert not (tmp_path / "model" / "config.json").exists()


def test_the_hit_rate_is_the_share_of_purchases_that_the_t5_ranks_first_by_language():
    basket, scorer = SHOP.select(["soccer-ball"]), bundled().scorer
    first, second, *_ = bundled().recommend(["soccer-ball"], language="ar", route="native", generate=False).ranking
    likeliest = bundled().recommend(["soccer-ball"], generate=False).pick
    purchases = [
        Purchase(basket, next_, language)
        for next_, language in ((first.item, "ar"), (second.item, "ar"), (likeliest.item, "en"))
    ]
    found = HitRate(SHOP, purchases).validate(scorer.model, scorer.tokenizer)
    assert found == {"ar purchases": 0.5, "en purchases": 1.0}


def test_the_divergence_of_a_sort_is_the_mean_over_its_cases_in_each_language_in_turn():
    cases, scorer = [Case(SHOP.select([id_])) for id_ in ("soccer-ball", "tennis-racket")], bundled().scorer
    expected = []
    for case, language in zip(cases, ("en", "ar"), strict=True):
        example = case.example(SHOP, language)
        (log_p,) = scorer.log_likelihoods([example.prompt], [item.name(language) for item in example.candidates])
        q = torch.tensor(example.probabilities)
        expected.append((torch.special.xlogy(q, q) - q * log_p).sum().item())
    found = Divergence(SHOP, {"one item": cases}).validate(scorer.model, scorer.tokenizer)
    assert found == {"one item": pytest.approx(sum(expected) / 2, abs=2e-3)}


def test_the_recorded_command_starts_as_many_processes_as_have_trained():
    options = Namespace(shop=None, data=None, base=None, from_nothing=False)
    config = TrainingConfig(Path("unused"), steps=5, epochs=1, batch_size=4, seed=0)
    alone, both = (train_command._command(options, config, processes) for processes in (1, 2))
    assert alone == "python -m recommender train --steps 5 --batch-size 4 --seed 0"
    assert both == alone.replace("python", "torchrun --nproc-per-node 2")


def test_the_recorded_command_names_no_folder_of_the_operator(tmp_path, monkeypatch):
    config = TrainingConfig(tmp_path / "t5", steps=5, epochs=1, batch_size=4, seed=0)
    (tmp_path / "base").mkdir()
    monkeypatch.chdir(tmp_path / "base")

    def record(base: str) -> str:
        data, shop = tmp_path / "ACME GmbH" / "orders 2026.csv", tmp_path / "clients" / "acme"
        return train_command._command(Namespace(shop=shop, data=data, base=base, from_nothing=False), config, 1)

    expected = "python -m recommender train --shop acme --data 'orders 2026.csv' --base {} "
    expected += "--epochs 1 --batch-size 4 --seed 0"
    assert [record(base) for base in (str(tmp_path / "base"), ".", "../base/")] == [expected.format("base")] * 3
    assert record("google/flan-t5-base") == expected.format("google/flan-t5-base")


@pytest.mark.parametrize("synthetic", [True, False])
def test_the_card_says_if_time_and_loss_are_those_since_a_training_was_resumed(synthetic):
    summary = {"parameters": 1, "steps": 9, "batch_size": 2, "seed": 0, "minutes": 1.5, "training_loss": 0.5}
    summary |= {"validation": {}, "base": "nothing", "command": "train"}
    whole, resumed = (render_model_card(summary | {"since_step": step}, synthetic) for step in (0, 4))
    assert "since it was resumed" not in whole and resumed.count("since it was resumed at step 4") == 2


def test_the_card_of_the_bundled_t5_is_made_from_its_summary():
    summary = json.loads((BUNDLED / "training.json").read_text("utf-8"))
    assert (BUNDLED / "README.md").read_text("utf-8") == render_model_card(summary, synthetic=True)


def test_a_step_takes_the_batches_of_all_devices_of_all_processes(tmp_path, monkeypatch):
    monkeypatch.setattr(TrainingArguments, "n_gpu", property(lambda self: 2))
    monkeypatch.setattr(TrainingArguments, "world_size", property(lambda self: 3))
    trainer, _ = make_shopper_trainer(SHOP, TrainingConfig(tmp_path, 5, 1, 4, 0), from_nothing=False)
    assert trainer.train_dataset.batch_size == count_per_step(trainer.args) == 4 * 2 * 3
    assert len(trainer.train_dataset) == 5 * 4 * 2 * 3


@pytest.mark.parametrize(
    ("batch_size", "gpu", "passes"), [(32, False, 2), (64, False, 4), (24, False, 1), (8, False, 1), (64, True, 1)]
)
def test_a_cpu_puts_sixteen_examples_through_at_a_time(tmp_path, monkeypatch, batch_size, gpu, passes):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: gpu)
    monkeypatch.setattr(TrainingArguments, "__post_init__", lambda self: None)  # which looks for the GPU
    arguments = make_arguments(TrainingArguments, tmp_path, batch_size, 0)
    assert arguments.gradient_accumulation_steps == passes
    assert arguments.per_device_train_batch_size * passes == batch_size


def test_the_loss_of_a_fine_tuning_does_not_depend_on_the_passes(tmp_path, monkeypatch):
    losses = []
    for size in (8, 4):
        monkeypatch.setattr(trainers, "MICRO_BATCH", size)
        rows = SAMPLE.read_text("utf-8").splitlines(keepends=True)[:10]
        (tmp_path / "few.csv").write_text("".join(rows), encoding="utf-8")  # eight to learn from, and one held out
        config = TrainingConfig(tmp_path / str(size), steps=1, epochs=1, batch_size=8, seed=0)
        trainer, _ = make_fine_tuner(SHOP, tmp_path / "few.csv", str(BUNDLED), config)
        monkeypatch.setattr(HitRate, "measure", lambda *_: {})
        assert trainer.args.gradient_accumulation_steps == 8 // size
        losses.append(trainer.train().training_loss)
    assert losses[1] == pytest.approx(losses[0], rel=0.1)  # not twice as much; passes differ in their number of labels


def test_a_training_that_is_resumed_ends_with_the_same_t5(games, tmp_path, monkeypatch):
    monkeypatch.setattr(Divergence, "measure", lambda *_: {})
    monkeypatch.setattr(trainers, "MICRO_BATCH", 2)

    def train(saved: Path | None) -> dict[str, torch.Tensor]:
        config = TrainingConfig(tmp_path / "t5", steps=3, epochs=1, batch_size=4, seed=0)
        trainer, _ = make_shopper_trainer(Catalog.load(games), config, from_nothing=False)
        assert trainer.train(resume_from_checkpoint=saved and str(saved)).global_step == 3
        return trainer.model.state_dict()

    whole = train(None)
    resumed = train(tmp_path / "t5" / "checkpoints" / "checkpoint-2")
    start = bundled().scorer.model.state_dict()
    for name, weights in resumed.items():
        assert torch.equal(weights, whole[name]) and not torch.equal(weights, start[name]), name


def test_the_schedule_reaches_the_rates_of_both_optimizers_also_after_a_state_is_loaded():
    model = bundled().scorer.model
    optimizer, schedule = make_optimizer_and_schedule(model, steps=100)
    resumed, schedule_of_resumed = make_optimizer_and_schedule(model, steps=100)
    resumed.load_state_dict(optimizer.state_dict())
    for each, its_schedule in ((optimizer, schedule), (resumed, schedule_of_resumed)):
        assert isinstance(each, MuonAndAdafactor)
        rates = []
        for _ in range(100):
            rates.append([part.param_groups[0]["lr"] for part in each.parts])
            each.step()
            its_schedule.step()
        assert rates[0] == pytest.approx([MATRICES_RATE / WARMUP_STEPS, OTHERS_RATE / WARMUP_STEPS])
        assert rates[WARMUP_STEPS] == [MATRICES_RATE, OTHERS_RATE]
        assert rates[60] == pytest.approx([MATRICES_RATE / 2, OTHERS_RATE / 2])


def test_muon_takes_the_matrices_of_the_layers_and_all_weights_are_trained():
    model = bundled().scorer.model
    matrices, others = ([*part.param_groups[0]["params"]] for part in MuonAndAdafactor(model).parts)
    assert {id(p) for p in (*matrices, *others)} == {id(p) for p in model.parameters()}
    assert len(matrices) + len(others) == len(list(model.parameters()))
    assert any(p is model.shared.weight for p in others) and not any(p is model.shared.weight for p in matrices)
    layer = model.decoder.block[0].layer
    assert any(p is layer[1].EncDecAttention.q.weight for p in matrices)
    assert any(p is layer[0].SelfAttention.relative_attention_bias.weight for p in others)


def test_a_torch_without_muon_is_refused_in_a_sentence(tmp_path, monkeypatch):
    monkeypatch.delattr(torch.optim, "Muon")
    with pytest.raises(RecommenderError, match=r"needs torch 2\.9 or later, and this is torch 2\."):
        make_shopper_trainer(SHOP, TrainingConfig(tmp_path, 1, 1, 2, 0), from_nothing=False)


def test_all_that_is_sent_to_the_processes_that_draw_examples_can_be_pickled(tmp_path):
    # as where processes are not forked: on macOS, and on Linux from Python 3.14
    config = TrainingConfig(tmp_path, steps=2, epochs=1, batch_size=2, seed=0)
    shoppers, _ = make_shopper_trainer(SHOP, config, from_nothing=False)
    purchases, _ = make_fine_tuner(SHOP, SAMPLE, str(BUNDLED), config)
    for trainer in (shoppers, purchases):
        dataset, collate = pickle.loads(pickle.dumps((trainer.train_dataset, trainer.data_collator)))
        expected = trainer.data_collator([trainer.train_dataset[n] for n in range(2)])
        found = collate([dataset[n] for n in range(2)])
        assert found.keys() == expected.keys()
        assert all(torch.equal(found[name], expected[name]) for name in found)


def test_pieces_of_a_tokenizer_are_never_there_in_part(tmp_path, monkeypatch):
    monkeypatch.setattr(tokenizer, "CORPUS_SIZE", 200)
    monkeypatch.setattr(tokenizer, "VOCABULARY_SIZE", 600)
    write = Path.write_bytes

    def fail(path, data):
        write(path, data[: len(data) // 2])
        raise OSError("The disk is full.")

    with monkeypatch.context() as full, pytest.raises(OSError, match="full"):
        full.setattr(Path, "write_bytes", fail)
        tokenizer.train_tokenizer(SHOP, tmp_path, seed=0)
    assert not (tmp_path / "spiece.model").exists()
    (tmp_path / ".DS_Store").touch()  # as macOS does in a folder that it shows
    train_command._check_output(tmp_path)  # what is left there does not stop another training
    assert len(tokenizer.train_tokenizer(SHOP, tmp_path, seed=0)) == 600


def test_a_folder_is_replaced_before_the_old_one_is_deleted(tmp_path, monkeypatch):
    for name in ("model", "model.part"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "config.json").write_text(name)
    remove, seen = shutil.rmtree, []

    def watch(folder, ignore_errors):
        if folder.exists():
            seen.append((tmp_path / "model" / "config.json").read_text())
        remove(folder, ignore_errors=ignore_errors)

    monkeypatch.setattr(trainers.shutil, "rmtree", watch)
    replace_folder(tmp_path / "model", tmp_path / "model.part")
    assert seen == ["model.part"] and [path.name for path in tmp_path.iterdir()] == ["model"]
    (tmp_path / "model").rename(tmp_path / "new")
    replace_folder(tmp_path / "model", tmp_path / "new")  # where there was none
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


@pytest.fixture
def refuse(tmp_path, capsys):
    """Train a small shop, which must be refused, and return what is said."""
    (tmp_path / "inventory.csv").write_text("name\nSaw\nRake\n", encoding="utf-8")
    (tmp_path / "purchases.csv").write_text("purchased\nsaw;rake\n", encoding="utf-8")

    def run(*options: str) -> str:
        with pytest.raises(SystemExit, match="2"):
            main(["train", "--shop", str(tmp_path), *options])
        return capsys.readouterr().err

    return run


def test_a_shop_that_another_run_is_training_is_left_alone(tmp_path, refuse):
    (tmp_path / "model.part").mkdir()
    with lock_folder(tmp_path / "model"):
        assert "Another run is writing" in refuse()
    assert (tmp_path / "model.part").is_dir()
    assert "too few orders" in refuse() and not (tmp_path / "model.lock").exists()


@pytest.mark.parametrize("config", ['{"name": "an app"}', '["model_type"]', "no JSON", '{"model_type": "bert"}'])
def test_a_folder_with_a_configuration_of_something_else_is_not_replaced(tmp_path, refuse, config):
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "config.json").write_text(config, encoding="utf-8")
    assert "is not the folder of a T5" in refuse("--output", str(tmp_path / "app"))
    with pytest.raises(RecommenderError, match="is not the folder of a T5"):
        train_command._check_output(tmp_path / "app")


def test_a_git_repository_is_not_replaced_by_a_shops_t5(tmp_path, refuse):
    (tmp_path / "clone" / ".git").mkdir(parents=True)
    (tmp_path / "clone" / "config.json").write_text('{"model_type": "t5"}', encoding="utf-8")
    assert "is a git repository" in refuse("--output", str(tmp_path / "clone"))
    with pytest.raises(RecommenderError, match="is a git repository"):
        train_command._check_output(tmp_path / "clone")


def test_a_worker_that_outlives_a_killed_run_does_not_hold_its_lock(tmp_path):
    record, folder = tmp_path / "model.lock", tmp_path / "model"  # a killed run leaves its record
    (begun, begin), (ended, end) = os.pipe(), os.pipe()
    with lock_record(record, folder):
        worker = os.fork()
        if not worker:
            os.write(begin, b"x")
            os.read(ended, 1)
            os._exit(0)
        os.read(begun, 1)
    try:
        with lock_folder(folder):
            assert record.exists()
    finally:
        os.write(end, b"x")
        os.waitpid(worker, 0)


STATE = TrainerState(is_world_process_zero=False)  # so that no bar is shown


@pytest.fixture
def clock(monkeypatch):
    """A clock that stands still until it is set."""
    found = SimpleNamespace(now=1000.0)
    monkeypatch.setattr(shop_ranking.time, "monotonic", lambda: found.now)
    return found


def end_step(limit: TimeLimit) -> TrainerControl:
    control = TrainerControl()
    limit.on_step_end(None, STATE, control)
    return control


def test_a_training_by_the_clock_is_validated_once_a_minute(clock):
    limit = TimeLimit(minutes=10)
    limit.on_train_begin(None, STATE, TrainerControl())
    for seconds, due in ((59, False), (61, True), (62, False), (120, False), (122, True)):
        clock.now = 1000 + seconds
        control = end_step(limit)
        assert (control.should_evaluate, control.should_save) == (due, due), seconds
        assert not control.should_training_stop


def test_slow_validations_take_a_fifth_of_the_time_at_most(clock):
    limit = TimeLimit(minutes=60)
    limit.on_train_begin(None, STATE, TrainerControl())
    limit.on_evaluate(None, SimpleNamespace(global_step=1), None, metrics={"eval_loss": 1.0, "eval_runtime": 50.0})
    for seconds, due in ((199, False), (200, True)):
        clock.now = 1000 + seconds
        assert end_step(limit).should_evaluate is due


def test_a_training_by_the_clock_ends_with_a_validation_when_the_time_is_up(clock):
    limit = TimeLimit(minutes=0.5)
    limit.on_train_begin(None, STATE, TrainerControl())
    clock.now = 1029
    assert limit.left == pytest.approx(1 / 30) and not end_step(limit).should_training_stop
    clock.now = 1030
    control = end_step(limit)
    assert limit.left == 0 and control.should_training_stop and control.should_evaluate and control.should_save


def test_a_training_from_nothing_is_of_all_languages_and_its_shelves_grow_in_order(tmp_path, monkeypatch):
    monkeypatch.setattr(trainers, "train_tokenizer", lambda *_: bundled().scorer.tokenizer)
    for from_nothing in (True, False):
        trainer, _ = make_shopper_trainer(SHOP, TrainingConfig(tmp_path, 5, 1, 4, 0), from_nothing=from_nothing)
        assert trainer.model.config.prompt_languages == list(LANGUAGES)
        assert bool(trainer.train_dataset.stages) is from_nothing
        assert [*trainer._get_train_sampler()] == [*range(5 * 4)]


def test_a_fine_tuning_keeps_its_best_epoch_and_does_not_teach_what_it_is_validated_on(tmp_path):
    (tmp_path / "few.csv").write_text(
        "".join(SAMPLE.read_text("utf-8").splitlines(keepends=True)[:11]), encoding="utf-8"
    )
    trainer, _ = make_fine_tuner(SHOP, tmp_path / "few.csv", str(BUNDLED), TrainingConfig(tmp_path, 1, 1, 2, 0))
    taught, held = ([row["input_ids"] for row in rows] for rows in (trainer.train_dataset, trainer.eval_dataset))
    assert (len(taught), len(held)) == (8, 2) and not [row for row in held if row in taught]
    assert trainer.args.load_best_model_at_end and trainer.args.metric_for_best_model == "eval_loss"


def test_a_fine_tuned_t5_reads_the_languages_of_its_purchases_too(tmp_path, monkeypatch):
    start = Checkpoint.load()
    start.model.config.prompt_languages = ["en"]
    monkeypatch.setattr(trainers.Checkpoint, "load", lambda base: start)
    (tmp_path / "few.csv").write_text("purchased,next\n" + "Fußballtor,Fußball\n" * 3, encoding="utf-8")
    trainer, _ = make_fine_tuner(SHOP, tmp_path / "few.csv", str(BUNDLED), TrainingConfig(tmp_path, 1, 1, 2, 0))
    assert trainer.model.config.prompt_languages == ["en", "de"]
