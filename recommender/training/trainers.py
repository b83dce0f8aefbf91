"""Set up the training on synthetic shoppers and the fine-tuning on purchases; define the shape of the bundled T5.

Both are a Hugging Face ``Trainer``, so ``accelerate launch`` distributes them over several devices.
"""

from __future__ import annotations

import copy
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, TypeVar

import torch
from transformers import (
    DataCollatorForSeq2Seq,
    EarlyStoppingCallback,
    PreTrainedModel,
    PreTrainedTokenizerBase,
    Seq2SeqTrainer,
    Seq2SeqTrainingArguments,
    T5Config,
    Trainer,
    TrainingArguments,
)

from ..errors import RecommenderError
from ..shop.catalog import Catalog
from ..shop.language import LANGUAGES
from ..shop.purchases import print_refusals
from ..t5.scorer import PROMPT_LANGUAGES, Checkpoint
from .dataset import ShopperDataset
from .fine_tuning import PurchaseDataset, read_purchases
from .listwise import ListwiseT5, collate
from .optimizers import make_fine_tuning_optimizer, make_optimizer_and_schedule
from .tokenizer import train_tokenizer
from .validation import Divergence, HitRate, validation_cases

# Prompts of a micro-batch on a CPU: its caches hold more of so few, and each takes 0.8 times as long as of 32.
MICRO_BATCH = 16
VALIDATION_SHARE = 0.15  # of the purchases
PATIENCE = 4  # epochs without a better validation loss before fine-tuning stops
A = TypeVar("A", bound=TrainingArguments)


@dataclass(frozen=True)
class TrainingConfig:
    """The settings of a training.

    :ivar output: the folder for checkpoints and tokenizer.
    :ivar steps: optimizer steps on synthetic shoppers.
    :ivar epochs: the most epochs of fine-tuning on purchases.
    """

    output: Path
    steps: int
    epochs: int
    batch_size: int
    seed: int


def make_shopper_trainer(shop: Catalog, config: TrainingConfig, from_nothing: bool) -> tuple[Trainer, Divergence]:
    """Set up the training of a T5 on synthetic shoppers of this shop.

    :param from_nothing: whether to start with a new tokenizer and T5 instead of the bundled ones.
    :raises RecommenderError: if no two products of the shop share a sport or a kind, or torch is too old.
    """
    if not hasattr(torch.optim, "Muon"):
        raise RecommenderError(
            f"Training on synthetic shoppers needs torch 2.9 or later, and this is torch {torch.__version__}."
        )
    if not _shares_anything(shop):
        raise RecommenderError("No two products of the inventory share a sport or a kind, so nothing can be learned.")
    tokenizer: PreTrainedTokenizerBase
    if from_nothing:
        tokenizer = train_tokenizer(shop, config.output, config.seed)
        model = ListwiseT5(t5_config(len(tokenizer))).for_training()
    else:
        start = Checkpoint.load()
        tokenizer, model = start.tokenizer, ListwiseT5.copy_of(start.model)
    setattr(model.config, PROMPT_LANGUAGES, list(LANGUAGES))
    every = max(1, config.steps // 12)
    divergence = Divergence(shop, validation_cases(shop))
    arguments = make_arguments(
        TrainingArguments,
        config.output,
        config.batch_size,
        config.seed,
        max_steps=config.steps,
        train_sampling_strategy="sequential",  # the examples are random already, and shelves may grow
        logging_steps=max(1, every // 5),
        save_steps=every,
        remove_unused_columns=False,  # collate reads them
    )
    batch = count_per_step(arguments)
    trainer = Trainer(
        model=model,
        args=arguments,
        train_dataset=ShopperDataset(shop, tokenizer, config.steps * batch, batch, config.seed, growing=from_nothing),
        data_collator=collate,
        processing_class=tokenizer,
        optimizers=make_optimizer_and_schedule(model, config.steps),
        callbacks=[divergence],
    )
    return trainer, divergence


def _shares_anything(shop: Catalog) -> bool:
    """Return whether any two products share a sport or a kind."""
    groups = ([group for item in shop if (group := getattr(item, of))] for of in ("sport", "kind"))
    return any(len(set(of_items)) < len(of_items) for of_items in groups)


def make_fine_tuner(shop: Catalog, data: Path, base: str, config: TrainingConfig) -> tuple[Seq2SeqTrainer, HitRate]:
    """Set up the fine-tuning of a T5 on a shop's own purchases, with early stopping on the validation loss.

    :raises RecommenderError: if the data have too few usable rows, or the base cannot be loaded.
    """
    purchases, refused = read_purchases(data, shop)
    print_refusals(data, refused)
    held = max(1, round(len(purchases) * VALIDATION_SHARE))
    if len(purchases) <= held:
        raise RecommenderError(f"{data} has {len(purchases)} usable row; at least 2 are needed.")
    Random(config.seed).shuffle(purchases)
    start = Checkpoint.load(base)
    known = {*start.prompt_format.languages, *(purchase.language for purchase in purchases)}
    setattr(start.model.config, PROMPT_LANGUAGES, [language for language in LANGUAGES if language in known])
    # T5's loss is the mean of a micro-batch, however many labels there are: the Trainer must divide it by their number
    start.model.accepts_loss_kwargs = False
    held_out = purchases[:held]
    hit_rate = HitRate(shop, held_out)
    trainer = Seq2SeqTrainer(
        model=start.model,
        args=make_arguments(
            Seq2SeqTrainingArguments,
            config.output,
            config.batch_size,
            config.seed,
            num_train_epochs=config.epochs,
            logging_strategy="epoch",
            save_strategy="epoch",
            eval_strategy="epoch",
            load_best_model_at_end=True,
            metric_for_best_model="eval_loss",
        ),
        train_dataset=PurchaseDataset(purchases[held:], shop, start.tokenizer),
        eval_dataset=PurchaseDataset(held_out, shop, start.tokenizer),
        data_collator=DataCollatorForSeq2Seq(start.tokenizer),
        processing_class=start.tokenizer,
        optimizers=(make_fine_tuning_optimizer(start.model), None),
        callbacks=[hit_rate, EarlyStoppingCallback(PATIENCE)],
    )
    return trainer, hit_rate


def make_arguments(kind: type[A], output: Path, batch_size: int, seed: int, **special: Any) -> A:
    """Return the training arguments, for the GPU if there is one, else for the CPU.

    Examples are drawn in parallel with the training. A CPU with instructions for bfloat16 is faster with it; on a GPU
    the bundled T5 is too small to gain from it, since starting the operations takes longest. A CPU accumulates the
    gradients of a batch in micro-batches of :data:`MICRO_BATCH`, if it consists of whole ones.

    :param output: the folder for ``checkpoints``.
    """
    gpu = torch.cuda.is_available()
    micro_batches = 1 if gpu or batch_size % MICRO_BATCH else batch_size // MICRO_BATCH
    return kind(
        output_dir=str(output / "checkpoints"),
        per_device_train_batch_size=batch_size // micro_batches,
        gradient_accumulation_steps=micro_batches,
        seed=seed,
        save_total_limit=2,
        report_to="none",
        use_cpu=not gpu,
        bf16=not gpu and torch.cpu._is_avx512_bf16_supported(),
        tf32=gpu or None,
        dataloader_pin_memory=gpu,
        dataloader_num_workers=max(1, torch.get_num_threads() - 1),
        dataloader_persistent_workers=True,  # where processes are not forked, one takes seconds to start
        **special,
    )


def count_per_step(arguments: TrainingArguments) -> int:
    """Return how many examples a step takes: those of all micro-batches on all devices of all processes."""
    of_micro_batch: int = arguments.train_batch_size * arguments.world_size
    return of_micro_batch * arguments.gradient_accumulation_steps


def t5_config(vocab_size: int) -> T5Config:
    """Return the configuration of a T5 of about four million parameters, which answers in milliseconds on a CPU.

    :param vocab_size: number of pieces of the tokenizer.
    """
    return T5Config(  # type: ignore[call-arg]  # decoder_start_token_id is missing from its type
        vocab_size=vocab_size,
        d_model=192,
        d_kv=32,
        d_ff=512,
        num_layers=6,
        num_decoder_layers=3,
        num_heads=4,
        feed_forward_proj="gated-silu",  # T5 v1.1's gate; on a CPU, SiLU is one operation and its GELU is seven
        dropout_rate=0.0,  # no example is seen twice, so there is nothing to overfit
        pad_token_id=0,
        eos_token_id=1,
        decoder_start_token_id=0,
    )


def save_trained(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, summary: Mapping[str, Any], folder: Path
) -> None:
    """Write a trained T5, its tokenizer, and the summary of the training (``training.json``).

    The weights take half the space, as float16, which keeps 11 bits of each. They are loaded as float32, in which a CPU
    computes faster: ``config.json`` says so.
    """
    halved = copy.deepcopy(model).half()  # a copy, and not its tensors one by one, since layers share some
    model.save_pretrained(folder, state_dict=halved.state_dict())
    tokenizer.save_pretrained(folder)
    for weights in folder.glob("*.safetensors"):  # transformers makes them readable by their owner only
        shutil.copymode(folder / "config.json", weights)
    (folder / "training.json").write_text(json.dumps(summary, indent=2, allow_nan=False) + "\n", encoding="utf-8")


def replace_folder(folder: Path, new: Path) -> None:
    """Put a new folder in the place of a folder, which is missing for no longer than two renames take."""
    old = folder.with_name(f"{folder.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.replace(old)
    new.replace(folder)
    shutil.rmtree(old, ignore_errors=True)
