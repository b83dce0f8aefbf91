"""The two trainings, each a Hugging Face ``Seq2SeqTrainer``, which ``accelerate launch`` takes to more devices."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from random import Random
from typing import Any

import torch
from transformers import DataCollatorForSeq2Seq, EarlyStoppingCallback, Seq2SeqTrainer, Seq2SeqTrainingArguments

from ..errors import RecommenderError
from ..shop.catalog import Catalog
from ..t5.scorer import Checkpoint
from .cases import Case
from .dataset import ShopperDataset
from .hints import HintedCollator
from .progress import Group, HitRate, validation_cases
from .purchases import PurchaseDataset, read_purchases
from .shoppers import readings
from .t5 import fine_tuning_optimizer, new_t5, optimizer_and_schedule
from .tokenizer import train_tokenizer

VALIDATION_SHARE = 0.15  # of the purchases
PATIENCE = 4  # epochs without a better validation loss


def from_nothing(shop: Catalog, options: argparse.Namespace) -> tuple[Seq2SeqTrainer, HitRate]:
    """A new tokenizer and a new T5, on synthetic shoppers.

    :raises RecommenderError: for a shop in which no product calls for another.
    """
    if not any(readings([item], shop.items, shop) for item in shop):
        raise RecommenderError("No two products of the inventory share a sport or a kind, so nothing can be learned.")
    tokenizer = train_tokenizer(shop, options.output, options.seed)
    model = new_t5(tokenizer)
    length = options.steps * options.batch_size
    every = max(1, options.steps // 12)
    hit_rate = HitRate(shop, validation_cases(shop))
    trainer = Seq2SeqTrainer(
        model=model,
        args=_arguments(
            options,
            max_steps=options.steps,
            train_sampling_strategy="sequential",  # no two shoppers are alike, and their shelves grow
            logging_steps=max(1, every // 5),
            save_steps=every,
            remove_unused_columns=False,  # the hints are no input of a T5, but of one in training
            bf16=_bf16_is_native(),
        ),
        train_dataset=ShopperDataset(shop, tokenizer, length, options.batch_size, options.seed),
        data_collator=HintedCollator(tokenizer, pad_to_multiple_of=16),  # few shapes: kernels are made for each
        processing_class=tokenizer,
        optimizers=optimizer_and_schedule(model, options.steps),
        callbacks=[hit_rate],
    )
    return trainer, hit_rate


def fine_tuner(shop: Catalog, data: Path, base: str, options: argparse.Namespace) -> tuple[Seq2SeqTrainer, HitRate]:
    """A T5 that exists, on a shop's own purchases, stopped when the validation loss no longer falls.

    :raises RecommenderError: for data without enough usable rows, or a base that cannot be loaded.
    """
    purchases, refused = read_purchases(data, shop)
    for refusal in refused:
        print(f"{data}, line {refusal.line}: {refusal.reason}", file=sys.stderr)
    held = max(1, round(len(purchases) * VALIDATION_SHARE))
    if len(purchases) <= held:
        raise RecommenderError(f"{data} has {len(purchases)} usable row; at least 2 are needed.")
    Random(options.seed).shuffle(purchases)
    start = Checkpoint.load(base)
    held_out = purchases[:held]
    cases: dict[str, list[Case]] = {}
    for purchase in held_out:
        cases.setdefault(purchase.language, []).append(Case(purchase.basket, purchase.next.id))
    hit_rate = HitRate(shop, {f"{language} purchases": Group(language, cases[language]) for language in cases})
    trainer = Seq2SeqTrainer(
        model=start.model,
        args=_arguments(
            options,
            num_train_epochs=options.epochs,
            logging_strategy="epoch",
            save_strategy="epoch",
            eval_strategy="epoch",
            load_best_model_at_end=True,
            metric_for_best_model="eval_loss",
        ),
        train_dataset=PurchaseDataset(purchases[held:], shop, start.tokenizer),
        eval_dataset=PurchaseDataset(purchases[:held], shop, start.tokenizer),
        data_collator=DataCollatorForSeq2Seq(start.tokenizer),
        processing_class=start.tokenizer,
        optimizers=(fine_tuning_optimizer(start.model), None),
        callbacks=[hit_rate, EarlyStoppingCallback(PATIENCE)],
    )
    return trainer, hit_rate


def _bf16_is_native() -> bool:
    """Whether the processor multiplies in bfloat16, so that a step takes less time than in float32."""
    return torch.cuda.is_bf16_supported() if torch.cuda.is_available() else torch.cpu._is_avx512_bf16_supported()


def _arguments(options: argparse.Namespace, **own: Any) -> Seq2SeqTrainingArguments:
    gpu = torch.cuda.is_available()
    return Seq2SeqTrainingArguments(
        output_dir=str(options.output / "checkpoints"),
        per_device_train_batch_size=options.batch_size,
        seed=options.seed,
        save_total_limit=2,
        report_to="none",
        use_cpu=not gpu,
        dataloader_pin_memory=gpu,
        **own,
    )
