"""A T5 that ranks what retrieval found in a shop: listwise training on its own orders."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any

import torch
from torch.nn.functional import cross_entropy
from torch.utils.data import Dataset
from tqdm import tqdm
from transformers import (
    PreTrainedTokenizerBase,
    Trainer,
    TrainerCallback,
    TrainerControl,
    TrainerState,
    TrainingArguments,
)
from transformers.modeling_outputs import Seq2SeqLMOutput

from ..shop.catalog import LANGUAGES, Catalog, Item
from ..shop.co_purchase import Forget
from ..shop.retrieval import MOST
from ..t5.prompt import build_prompt
from ..t5.scorer import Checkpoint
from ..t5.trie import MULTIPLE, build_forest, score_forest
from .listwise import TrainableT5
from .orders import Row, ShopData, list_rows
from .tokenizer import add_words
from .trainers import fine_tuning_optimizer

ENGLISH_SHARE = 0.6  # of the prompts; the others are in the other languages, with the names that there are
NEW_SHARE = 0.1  # of what was bought is shown as if it had never been sold: then only its name speaks for it
GENERATION = 0.1  # weight of writing the name, beside that of ranking it
EVERY = 60.0  # seconds between two measurements on the validation part; the best state is kept
SHARE = 4  # times as long as a measurement takes is trained before the next
VALIDATION_ROWS = 200
VALIDATION_BATCH = 16


class RowDataset(Dataset[dict[str, Any]]):
    """Rows with the candidates that retrieval finds for them.

    :param training: whether prompts change language, and some of what was bought is shown as new.
    """

    def __init__(
        self, rows: Sequence[Row], catalog: Catalog, tokenizer: PreTrainedTokenizerBase, seed: int, *, training: bool
    ):
        self.rows, self.catalog, self.seed, self.training = rows, catalog, seed, training
        self.tokenizer = tokenizer
        self._read = 0

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> dict[str, Any]:
        row = self.rows[index]
        language, forget = "en", None
        if self.training:
            self._read += 1
            rng = Random(f"{self.seed} {self._read} {index}")
            language = "en" if rng.random() < ENGLISH_SHARE else rng.choice(LANGUAGES)
            forget = Forget(row.target.id, entirely=rng.random() < NEW_SHARE)
        candidates = find_candidates(self.catalog, row, forget)
        owned, offered = ([item.prompt_name(language) for item in items] for items in (row.basket, candidates))
        return {
            "input_ids": self.tokenizer(build_prompt(owned, offered, language))["input_ids"],
            "names": self.tokenizer(offered)["input_ids"],
            "target": candidates.index(row.target),
        }


def find_candidates(catalog: Catalog, row: Row, forget: Forget | None = None) -> tuple[Item, ...]:
    """Return the candidates for a row, with what was bought in the last place if retrieval has missed it."""
    found = catalog.candidates(row.basket, forget)
    return found if row.target in found else (*found[: MOST - 1], row.target)


class Collator:
    """Make batches of rows: input_ids and attention_mask (P, S), target (P,), and a forest of the candidates' names."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase):
        self.tokenizer = tokenizer

    def __call__(self, rows: Sequence[Mapping[str, Any]]) -> dict[str, torch.Tensor]:
        """Make a batch of what :class:`RowDataset` serves."""
        prompts = [{"input_ids": row["input_ids"]} for row in rows]
        padded = self.tokenizer.pad(prompts, pad_to_multiple_of=MULTIPLE, return_tensors="pt")
        assert isinstance(self.tokenizer.pad_token_id, int)  # with which a T5's decoder starts
        return {
            **padded,
            **build_forest([row["names"] for row in rows], self.tokenizer.pad_token_id),
            "target": torch.tensor([row["target"] for row in rows]),
        }


class RankingT5(TrainableT5):
    """A T5 whose loss is the log-probability of what was bought among the candidates (ListNet's, with one answer)."""

    def forward(self, target: torch.Tensor | None = None, **inputs: Any) -> Seq2SeqLMOutput:
        """Return the mean loss of a batch of a :class:`Collator`; without ``target`` do as a T5 does."""
        if target is None:
            output: Seq2SeqLMOutput = super().forward(**inputs)
            return output
        scores = score_forest(self, inputs.pop("input_ids"), inputs.pop("attention_mask"), inputs)  # (P, C)
        written = -scores.gather(1, target[:, None]).mean()
        return Seq2SeqLMOutput(loss=cross_entropy(scores, target) + GENERATION * written)


class Patience(TrainerCallback):
    """Measure and save once a minute, and stop when the time is up."""

    def __init__(self, minutes: float):
        self.seconds = 60 * minutes
        self.started = self.measured = time.monotonic()
        self.pause = EVERY

    @property
    def left(self) -> float:
        """The share of the time that is left, from 1 to 0."""
        return max(1 - (time.monotonic() - self.started) / self.seconds, 0.0)

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Start the clock."""
        self.started = self.measured = time.monotonic()

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        """Look at the clock."""
        now = time.monotonic()
        control.should_training_stop |= not self.left
        if now - self.measured >= self.pause or control.should_training_stop:
            control.should_evaluate = control.should_save = control.should_log = True
            self.measured = now

    def on_evaluate(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        """Say how it goes."""
        loss = kwargs["metrics"]["eval_loss"]
        tqdm.write(f"step {state.global_step}: validation loss {loss:.3f}, {100 * self.left:.0f} % of the time left")
        self.measured = time.monotonic()
        self.pause = max(EVERY, SHARE * kwargs["metrics"]["eval_runtime"])


def ranking_trainer(
    data: ShopData, start: Checkpoint, output: Path, minutes: float, batch_size: int, seed: int
) -> Trainer:
    """Set up the training of a T5 on the orders of a shop, within a time.

    :param start: the T5 to go on with.
    :param output: a folder for checkpoints.
    """
    names = (item.prompt_name(language) for item in data.catalog for language in item.names)
    tokenizer = add_words(start.model, start.tokenizer, names)
    model = RankingT5.copy_of(start.model)
    rows = list(list_rows(data.training, data.catalog))
    validation = list(list_rows(data.validation, data.catalog))[:VALIDATION_ROWS]
    patience = Patience(minutes)
    optimizer = fine_tuning_optimizer(model)
    gpu = torch.cuda.is_available()
    return Trainer(
        model=model,
        args=TrainingArguments(
            output_dir=str(output),
            per_device_train_batch_size=batch_size,
            per_device_eval_batch_size=VALIDATION_BATCH,
            num_train_epochs=1000,  # the time ends it
            eval_strategy="steps",
            save_strategy="steps",
            eval_steps=10**9,
            save_steps=10**9,
            logging_strategy="no",
            load_best_model_at_end=True,
            metric_for_best_model="eval_loss",
            prediction_loss_only=True,
            label_names=["target"],
            remove_unused_columns=False,
            save_total_limit=1,
            report_to="none",
            seed=seed,
            use_cpu=not gpu,
            dataloader_pin_memory=gpu,
        ),
        train_dataset=RowDataset(rows, data.catalog, tokenizer, seed, training=True),
        eval_dataset=RowDataset(validation, data.catalog, tokenizer, seed, training=False),
        data_collator=Collator(tokenizer),
        processing_class=tokenizer,
        optimizers=(optimizer, torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: max(patience.left, 0.05))),
        callbacks=[patience],
    )
