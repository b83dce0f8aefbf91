"""``train``: train a T5 on synthetic shoppers of a shop, or on a shop's own purchases."""

from __future__ import annotations

import argparse
import json
import os
import shlex
import shutil
import time
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from accelerate.utils import get_int_from_env
from transformers import PreTrainedModel, PreTrainedTokenizerBase, Trainer, set_seed

from ..errors import RecommenderError
from ..shop.folder import Shop
from ..shop.lock import lock_folder
from ..t5.files import CheckpointError, check_config
from ..t5.hub import upload
from ..t5.source import BUNDLED
from ..training.fine_tuning import SAMPLE
from ..training.listwise import TrainableT5
from ..training.model_card import render_model_card
from ..training.trainers import (
    TrainingConfig,
    count_per_step,
    make_fine_tuner,
    make_shopper_trainer,
    replace_folder,
    save_trained,
)
from ..training.validation import Validation
from .options import add_shop, positive

OUTPUT = Path("runs/t5")
DEFAULT_STEPS, DEFAULT_EPOCHS = 3000, 30


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the data, the T5 to start from, and the settings of the training."""
    parser.add_argument(
        "--output", type=Path, help=f"folder to write (default: {OUTPUT}, or the model of a shop that has purchases)"
    )
    add_shop(parser)
    parser.add_argument(
        "--data",
        type=Path,
        metavar="CSV",
        help="your own purchases: columns purchased (;-separated) and next "
        "(default: the orders of a --shop that has some; else with --base data/purchases.csv, or synthetic shoppers)",
    )
    parser.add_argument(
        "--base",
        metavar="NAME_OR_PATH",
        help="the T5 or mT5 to start from: a folder, or a Hub id such as google/flan-t5-base "
        "(default: the bundled one)",
    )
    parser.add_argument(
        "--from-nothing", action="store_true", help="synthetic shoppers: start with a new tokenizer and a new T5"
    )
    parser.add_argument(
        "--steps", type=positive, help=f"synthetic shoppers: optimizer steps (default: {DEFAULT_STEPS})"
    )
    parser.add_argument(
        "--epochs",
        type=positive,
        help=f"with --base or --data: the most epochs (default: {DEFAULT_EPOCHS})",
    )
    parser.add_argument(
        "--minutes",
        type=_read_minutes,
        help="orders of a shop: how long to train (default: 12, for 1,500 orders or so)",
    )
    parser.add_argument("--batch-size", type=positive, default=32, help="shoppers per step (default: 32)")
    parser.add_argument("--seed", type=int, default=0, help="default: 0")
    parser.add_argument(
        "--resume",
        action="store_true",
        help="continue from the last checkpoint under --output; not for a shop's orders",
    )
    parser.add_argument(
        "--push-to-hub",
        metavar="ID",
        help="upload the result to this Hub repository; a new one is private with --data, else public, unless its "
        "organization's default is private",
    )


def run(options: argparse.Namespace) -> int:
    """Train while printing loss and validation figures; save the T5 with its model card and a summary.

    :raises RecommenderError: if options contradict each other, or the data cannot be used.
    """
    found = Shop.open(options.shop)
    if found.purchases.is_file() and not found.is_demo and not options.data:
        output = (options.output or found.own_model).resolve()
        _check_shop(options, output)
        from .shop_training import MINUTES, train_shop

        with lock_folder(output):
            return train_shop(found, options.base, output, options.minutes or MINUTES, options.batch_size, options.seed)
    config = TrainingConfig(
        (options.output or OUTPUT).resolve(),
        options.steps or DEFAULT_STEPS,
        options.epochs or DEFAULT_EPOCHS,
        options.batch_size,
        options.seed,
    )
    _check(options, found, config.output)
    started = time.monotonic()
    set_seed(options.seed)
    shop = found.load_catalog()
    # of the processes that train together, the main one writes the folder
    with lock_folder(config.output) if _is_main_process() else nullcontext():
        trainer: Trainer
        validation: Validation
        if _reads_purchases(options):
            trainer, validation = make_fine_tuner(shop, options.data or SAMPLE, options.base or str(BUNDLED), config)
        else:
            trainer, validation = make_shopper_trainer(shop, config, options.from_nothing)
        _train(trainer, validation, options, config, started)
    return 0


def _train(
    trainer: Trainer, validation: Validation, options: argparse.Namespace, config: TrainingConfig, started: float
) -> None:
    """Train, measure and save a T5; print the summary.

    :param started: the time at the start of the command, by :func:`time.monotonic`.
    """
    saved = find_saved(config.output) if options.resume else None
    result = trainer.train(resume_from_checkpoint=saved)
    if not trainer.is_world_process_zero():
        return
    model, tokenizer = trainer.model, trainer.processing_class
    assert isinstance(model, PreTrainedModel) and isinstance(tokenizer, PreTrainedTokenizerBase)  # as they were given
    figures = validation.validate(model, tokenizer)  # of the T5 that is saved, which may be an earlier checkpoint
    if isinstance(model, TrainableT5):
        model = model.plain()
    summary = {
        "parameters": model.num_parameters(),
        "steps": result.global_step,
        "batch_size": count_per_step(trainer.args),
        "seed": config.seed,
        "minutes": round((time.monotonic() - started) / 60, 1),
        "training_loss": round(result.training_loss, 4),
        "since_step": find_step(saved) if saved else 0,
        "validation": figures,
        "base": "nothing" if options.from_nothing else _name(options.base or "the bundled T5"),
        "command": _command(options, config, trainer.args.world_size),
    }
    _save(model, tokenizer, summary, options, config.output)
    print(json.dumps(summary, indent=2, allow_nan=False))


def _is_main_process() -> bool:
    """Return whether this is the first of the processes that torchrun, accelerate or MPI has started, or alone."""
    ranks = ["RANK", "PMI_RANK", "OMPI_COMM_WORLD_RANK", "MV2_COMM_WORLD_RANK"]
    return bool(get_int_from_env(ranks, 0) == 0)


def _reads_purchases(options: argparse.Namespace) -> bool:
    """Return whether to train on purchases from a file instead of on synthetic shoppers."""
    return bool(options.base or options.data)


def _read_minutes(text: str) -> float:
    """Parse a length of time, for argparse."""
    try:
        minutes = float(text)
    except ValueError:
        minutes = 0
    if not 0 < minutes < float("inf"):
        raise argparse.ArgumentTypeError("a number of minutes above 0 is needed")
    return minutes


def _check_shop(options: argparse.Namespace, output: Path) -> None:
    _check_output(output)
    sizes = ["WORLD_SIZE", "PMI_SIZE", "OMPI_COMM_WORLD_SIZE", "MV2_COMM_WORLD_SIZE"]
    if get_int_from_env(sizes, 1) > 1:
        raise RecommenderError("A shop's orders are learned in one process: start it without torchrun or accelerate.")
    for option in ("steps", "epochs", "resume", "push_to_hub", "from_nothing"):
        if getattr(options, option):
            raise RecommenderError(
                f"--{option.replace('_', '-')} is not for a shop's orders, which are learned for some --minutes."
            )


def _check_output(output: Path) -> None:
    """Check that a T5 would not be written over something else.

    :raises RecommenderError: if the folder is not a T5's, or cannot be replaced as a whole.
    """
    if (output / ".git").exists() or output.is_mount():
        raise RecommenderError(
            f"--output {output} is a git repository or a mounted disk, which would be replaced: name another folder."
        )
    held = {path.name for path in output.iterdir() if path.suffix != ".part"} if output.is_dir() else set()
    # what an interrupted training leaves, or another process of it writes (.part), and what macOS adds
    begun = {"checkpoints", "spiece.model", ".DS_Store"}
    if held <= begun and not output.is_file():
        return
    try:
        check_config(output, str(output))
    except CheckpointError as error:
        raise RecommenderError(
            f"--output {output} would be replaced, and is not the folder of a T5: name another."
        ) from error


def _check(options: argparse.Namespace, shop: Shop, output: Path) -> None:
    if options.minutes:
        raise RecommenderError("--minutes goes with a --shop that has purchases, and without --data.")
    if options.epochs and not _reads_purchases(options):
        raise RecommenderError(
            "--epochs goes with --base or --data; training on synthetic shoppers is counted in --steps."
        )
    if options.base and not options.data and not shop.is_demo:
        raise RecommenderError("--base with a shop of your own needs your purchases, too: --data.")
    if options.steps and _reads_purchases(options):
        raise RecommenderError("--steps is for synthetic shoppers; with --base or --data, give --epochs.")
    if options.from_nothing and _reads_purchases(options):
        raise RecommenderError("--from-nothing is for synthetic shoppers; --base and --data go on from an existing T5.")
    if options.resume and not find_saved(output):
        raise RecommenderError(f"There is no checkpoint under {output / 'checkpoints'} to resume from.")
    _check_output(output)


def find_saved(output: Path) -> str | None:
    """Return the folder of the last complete checkpoint: its state is written last. None if there is no checkpoint."""
    states = (output / "checkpoints").glob("checkpoint-*/trainer_state.json")
    return max((str(state.parent) for state in states if _is_complete(state)), key=find_step, default=None)


def _is_complete(state: Path) -> bool:
    try:
        return isinstance(json.loads(state.read_text(encoding="utf-8")), dict)
    except ValueError:  # an interruption cut it off
        return False


def find_step(saved: str) -> int:
    """Return the number of steps after which a checkpoint was saved."""
    return int(Path(saved).name.partition("-")[2])


def _save(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    summary: dict[str, Any],
    options: argparse.Namespace,
    folder: Path,
) -> None:
    """Replace the folder by one with T5, tokenizer, model card and summary, and without checkpoints."""
    part = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    save_trained(model, tokenizer, summary, part)
    if (pieces := folder / "spiece.model").is_file():
        shutil.copy(pieces, part)
    (part / "README.md").write_text(render_model_card(summary, not _reads_purchases(options)), encoding="utf-8")
    replace_folder(folder, part)
    if options.push_to_hub:
        upload(folder, options.push_to_hub, private=bool(options.data))


def _command(options: argparse.Namespace, config: TrainingConfig, processes: int) -> str:
    """Return the command that reproduces this training, also on several processes of one machine.

    Of paths it has the last part: others are to read it, and folders can be named after people and customers.
    """
    length = {"epochs": config.epochs} if _reads_purchases(options) else {"steps": config.steps}
    chosen = {"shop": options.shop, "data": options.data, "base": options.base}
    chosen |= {**length, "batch_size": config.batch_size, "seed": config.seed}
    start = ["torchrun", "--nproc-per-node", str(processes)] if processes > 1 else ["python"]
    words = [*start, "-m", "recommender", "train"]
    for option, value in chosen.items():
        if value is not None:
            words += [f"--{option.replace('_', '-')}", _name(value)]
    if options.from_nothing:
        words.append("--from-nothing")
    return shlex.join(words)


def _name(value: object) -> str:
    """Return the last part of a path; other values as they are, such as the Hub id of a T5."""
    text = str(value)
    is_path = isinstance(value, Path) or os.path.exists(text)
    return os.path.basename(os.path.abspath(text)) if is_path else text
