"""Listwise training on a shop's own orders: the T5 learns to rank the candidates that retrieval finds."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from itertools import chain, islice
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import torch
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader, Dataset
from tqdm import tqdm
from transformers import (
    PreTrainedTokenizerBase,
    ProgressCallback,
    Trainer,
    TrainerCallback,
    TrainerControl,
    TrainerState,
    TrainingArguments,
)
from transformers.modeling_outputs import Seq2SeqLMOutput

from ..shop.catalog import Catalog
from ..shop.item import Item
from ..shop.item_knn import Forget
from ..shop.language import LANGUAGES
from ..shop.retrieval import MOST
from ..t5.prompt import build_item_prompt
from ..t5.scorer import PROMPT_LANGUAGES, Checkpoint, can_read
from ..t5.trie import build_trie, join_tries, score_edges, sum_edges
from .listwise import TrainableT5, pad_prompts
from .optimizers import make_fine_tuning_optimizer
from .shop_data import NextPurchase, ShopData, list_rows
from .tokenizer import add_words
from .trainers import make_arguments

ENGLISH_SHARE = 0.6  # of the prompts; the language of the others is drawn at random
NEW_SHARE = 0.1  # of the targets are shown as if they had never been sold, so that only their names count
GENERATION_WEIGHT = 0.1  # of the log-likelihood of the target's name, beside the ranking loss
# Where the candidates of a row come from (see find_candidates) -> share of the rows
SOURCES = {"retrieved": 0.5, "similar": 0.25, "random": 0.25}
MOST_GROUPED = 40_000  # rows; in a large shop, three or four minutes
MIN_PAUSE = 60.0  # seconds between two validations; the best checkpoint is kept
TRAINING_RATIO = 4  # training takes at least this many times as long as the validations
VALIDATION_ROWS = 200
VALIDATION_BATCH = 16


class RowDataset(Dataset[dict[str, Any]]):
    """Rows with candidates, in English."""

    def __init__(self, rows: Sequence[NextPurchase], catalog: Catalog, tokenizer: PreTrainedTokenizerBase, seed: int):
        self.rows, self.catalog, self.seed = rows, catalog, seed
        self.tokenizer = tokenizer

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> dict[str, Any]:
        _, candidates = find_candidates(self.catalog, self.rows[index], Random(f"{self.seed} {index}"))
        return self.encode(self.rows[index], candidates, "en")

    def encode(self, row: NextPurchase, candidates: Sequence[Item], language: str) -> dict[str, Any]:
        """Return the token ids of the prompt, a trie of the candidates' names, and the index of the target."""
        names = self.tokenizer([item.prompt_name(language) for item in candidates])["input_ids"]
        return {
            "input_ids": self.tokenizer(build_item_prompt(row.latest, candidates, language))["input_ids"],
            "trie": build_trie(names, self.tokenizer.pad_token_id),
            "target": candidates.index(row.target),
        }


class TrainingDataset(RowDataset):
    """Rows drawn at random, with prompts in all languages; some targets are shown as if they had never been sold.

    In a large shop, retrieval misses most targets, but the T5 has to order what retrieval finds. Rows are therefore
    drawn by where their candidates come from, with the probabilities :data:`SOURCES`.

    :param groups: the rows by the source of their candidates; see :func:`group_rows`.
    """

    def __init__(
        self,
        groups: Mapping[str, Sequence[NextPurchase]],
        catalog: Catalog,
        tokenizer: PreTrainedTokenizerBase,
        seed: int,
    ):
        super().__init__([row for group in groups.values() for row in group], catalog, tokenizer, seed)
        self.groups, self.weights = list(groups.values()), [SOURCES[source] for source in groups]
        self._read = 0

    def __getitem__(self, index: int) -> dict[str, Any]:
        self._read += 1
        rng = Random(f"{self.seed} {self._read} {index}")
        (group,) = rng.choices(self.groups, self.weights)
        row = rng.choice(group)
        forget = Forget(row.target.id, entirely=rng.random() < NEW_SHARE)
        _, candidates = find_candidates(self.catalog, row, rng, forget)
        language = "en" if rng.random() < ENGLISH_SHARE else rng.choice(LANGUAGES)
        return self.encode(row, candidates, language)


def group_rows(
    rows: Sequence[NextPurchase], catalog: Catalog, seed: int, workers: int
) -> dict[str, list[NextPurchase]]:
    """Return rows, drawn at random, by where their candidates come from.

    :param workers: processes, each of which does at most :data:`MOST_GROUPED` rows.
    """
    drawn = Random(seed).sample(rows, min(len(rows), workers * MOST_GROUPED))
    loader: Iterable[list[str]] = DataLoader(
        drawn,  # type: ignore[arg-type]  # a list will do
        batch_size=64,
        num_workers=workers,
        collate_fn=partial(_find_sources, catalog),
    )
    groups: dict[str, list[NextPurchase]] = {}
    for row, source in zip(drawn, chain.from_iterable(loader), strict=True):
        groups.setdefault(source, []).append(row)
    return groups


def _find_sources(catalog: Catalog, rows: Sequence[NextPurchase]) -> list[str]:
    rng = Random(0)  # it decides nothing here: no source depends on chance
    return [find_candidates(catalog, row, rng, Forget(row.target.id))[0] for row in rows]


def find_candidates(
    catalog: Catalog, row: NextPurchase, rng: Random, forget: Forget | None = None
) -> tuple[str, tuple[Item, ...]]:
    """Return where the candidates of a row come from, and the candidates, which hold the target.

    They are those that retrieval finds ("retrieved"); if it misses the target, those of a tenth of the products that
    are most similar to the basket by words, as if nobody had bought any of these yet ("similar"); if the target is not
    among them either, random products, popular ones more often ("random"). A missed target must not be added to what
    retrieval found: it would be the odd one out, and the T5 would learn to choose that.
    """
    found = catalog.candidates(row.basket, forget)
    if row.target in found:
        return "retrieved", found
    size = min(len(found), len(catalog) - len(row.basket))
    step = min(10, max(1, len(catalog) // MOST))
    tenth = np.arange(catalog.places[row.target.id] % step, len(catalog), step)
    found, similarities = catalog.list_similar(row.basket, tenth, size)
    if row.target in found and similarities[-1]:
        return "similar", found
    known = catalog.item_knn
    assert known is not None
    drawn = dict.fromkeys(rng.choices(known.counts.ids, cum_weights=known.cumulative_sales, k=4 * size))
    asked = {item.id for item in (*row.basket, row.target)}
    others = [catalog[id_] for id_ in drawn if id_ in catalog and id_ not in asked][: size - 1]
    return "random", (*others, row.target)


def collate_rows(rows: Sequence[Mapping[str, Any]]) -> dict[str, torch.Tensor]:
    """Make a batch of P rows: input_ids and attention_mask (P, S), target (P,), and a forest of candidates' names."""
    return {
        **pad_prompts([row["input_ids"] for row in rows]),
        **join_tries([row["trie"] for row in rows]),
        "target": torch.tensor([row["target"] for row in rows]),
    }


class RankingT5(TrainableT5):
    """A T5 whose loss is the cross entropy of the target among the candidates (ListNet's with one relevant item)."""

    def forward(self, target: torch.Tensor | None = None, **inputs: Any) -> Seq2SeqLMOutput:
        """Return the mean loss of a batch of :func:`collate_rows`; without ``target``, the output of a plain T5."""
        if target is None:
            output: Seq2SeqLMOutput = super().forward(**inputs)
            return output
        edge_log_probs = score_edges(self, inputs["input_ids"], inputs["attention_mask"], inputs)
        scores = sum_edges(edge_log_probs, inputs)  # (P, C)
        generation = -scores.gather(1, target[:, None]).mean()
        return Seq2SeqLMOutput(loss=cross_entropy(scores, target) + GENERATION_WEIGHT * generation)


class TimeLimit(TrainerCallback):
    """Validates and saves about once a minute, and stops the training when the time is up, which a bar shows."""

    def __init__(self, minutes: float):
        self.seconds = 60 * minutes
        self.started = self.validated = time.monotonic()
        self.pause = MIN_PAUSE
        self.bar: tqdm[Any] = tqdm(disable=True)

    @property
    def left(self) -> float:
        """The share of the time that is left, falling from 1 to 0."""
        return max(1 - (time.monotonic() - self.started) / self.seconds, 0.0)

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Start the clock."""
        self.started = self.validated = time.monotonic()
        shown = "Training: {percentage:3.0f}% of the time |{bar}|{postfix}"
        self.bar = tqdm(
            total=self.seconds, bar_format=shown, dynamic_ncols=True, disable=not state.is_world_process_zero
        )

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        """Request a validation if one is due, and the end of the training if the time is up."""
        now = time.monotonic()
        self.bar.set_postfix_str(f"step {state.global_step:,}", refresh=False)
        self.bar.update((1 - self.left) * self.seconds - self.bar.n)
        control.should_training_stop |= not self.left
        if now - self.validated >= self.pause or control.should_training_stop:
            control.should_evaluate = control.should_save = control.should_log = True
            self.validated = now

    def on_evaluate(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        """Print the validation loss, and schedule the next validation."""
        loss = kwargs["metrics"]["eval_loss"]
        tqdm.write(f"step {state.global_step}: validation loss {loss:.3f}, {100 * self.left:.0f} % of the time left")
        self.validated = time.monotonic()
        self.pause = max(MIN_PAUSE, TRAINING_RATIO * kwargs["metrics"]["eval_runtime"])

    def on_train_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Leave the bar as it is."""
        self.bar.close()


def make_ranking_trainer(
    data: ShopData, start: Checkpoint, output: Path, minutes: float, batch_size: int, seed: int
) -> Trainer:
    """Set up the training of a T5 on the orders of a shop within a time limit.

    :param start: the T5 to start from.
    :param output: the folder for ``checkpoints``.
    """
    names = (item.prompt_name(language) for item in data.taught for language in item.names)
    tokenizer = add_words(start.model, start.tokenizer, names)
    model = RankingT5.copy_of(start.model)
    setattr(model.config, PROMPT_LANGUAGES, [language for language in LANGUAGES if can_read(tokenizer, language)])
    rows = list(list_rows(data.without_cold(data.validation), data.taught)) or data.training_rows  # in a tiny shop
    rows = Random(seed).sample(rows, len(rows))  # a file may begin with guests and the oldest orders
    found = (row for row in rows if row.target in data.taught.candidates(row.basket))
    validation = list(islice(found, VALIDATION_ROWS)) or rows[:VALIDATION_ROWS]
    time_limit = TimeLimit(minutes)
    arguments = make_arguments(
        TrainingArguments,
        output,
        batch_size,
        seed,
        per_device_eval_batch_size=VALIDATION_BATCH,
        max_steps=10**9,  # never reached: the time limit ends the training
        eval_strategy="steps",
        save_strategy="steps",
        eval_steps=10**9,  # never by steps: the time limit requests it
        save_steps=10**9,
        logging_strategy="no",
        load_best_model_at_end=True,
        metric_for_best_model="eval_loss",
        prediction_loss_only=True,
        label_names=["target"],
        remove_unused_columns=False,
    )
    groups = group_rows(data.training_rows, data.taught, seed, arguments.dataloader_num_workers)
    optimizer = make_fine_tuning_optimizer(model)
    trainer = Trainer(
        model=model,
        args=arguments,
        train_dataset=TrainingDataset(groups, data.taught, tokenizer, seed),
        eval_dataset=RowDataset(validation, data.taught, tokenizer, seed),
        data_collator=collate_rows,
        processing_class=tokenizer,
        optimizers=(optimizer, torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: max(time_limit.left, 0.05))),
        callbacks=[time_limit],
    )
    trainer.remove_callback(ProgressCallback)  # whose bar shows the share of max_steps
    return trainer
