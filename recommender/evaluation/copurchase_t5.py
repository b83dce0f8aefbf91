"""A T5 that learns from co-purchases alone: the bundled one's shape and prompt, one token per product.

The prompt's list of candidates stays empty: every product that is not owned is one, so the list
would say nothing that the basket does not say, and would make the prompt five times as long.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

import torch
from tokenizers import Regex, Tokenizer, normalizers, pre_tokenizers, processors
from tokenizers.models import WordLevel
from tqdm import tqdm
from transformers import PreTrainedTokenizerBase, PreTrainedTokenizerFast, T5ForConditionalGeneration, set_seed

from ..shop.catalog import Item
from ..t5.prompt import build_prompt
from ..training.t5 import new_t5, optimizer_and_schedule
from .copurchases import Hidden, hide_one

BATCH = 64  # shoppers per step
CHECK_EVERY = 100  # steps between looks at the validation shoppers
VALIDATION_SHARE = 10  # one training shopper in ten is kept to choose when training was best


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
        t5 = cls(new_t5(tokenizer), tokenizer, products)
        check = [hide_one(bought, products, rng) for bought in kept]
        optimizer, schedule = optimizer_and_schedule(t5.model, steps)
        best_loss, best = float("inf"), None
        bar = tqdm(range(1, steps + 1), desc=f"T5, {len(shoppers)} shoppers", unit=" steps", leave=False, disable=None)
        for step in bar:
            t5.model.train()
            t5.loss([hide_one(rng.choice(taught), products, rng) for _ in range(BATCH)]).backward()
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
        """Mean cross-entropy of the hidden purchases' tokens, the end token included."""
        source = self.tokenizer(
            [_prompt(basket) for basket, _ in shoppers],
            padding=True,
            return_tensors="pt",
        )
        labels = self.tokenizer([hidden.name("en") for _, hidden in shoppers], return_tensors="pt")["input_ids"]
        return self.model(input_ids=source["input_ids"], attention_mask=source["attention_mask"], labels=labels).loss

    @torch.inference_mode()
    def rank(self, basket: Sequence[Item], candidates: Sequence[Item]) -> tuple[Item, ...]:
        """By log-likelihood; a name is one token, so one step of the decoder ranks them all."""
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
    """One token per word; punctuation is dropped, because the prompt's words already tell its sections apart."""
    words = build_prompt([], []).translate(str.maketrans("{}-,", "    ")).split()
    pieces = ["<pad>", "</s>", "<unk>", *dict.fromkeys(words), *(item.name("en") for item in products)]
    tokenizer = Tokenizer(WordLevel({piece: i for i, piece in enumerate(pieces)}, unk_token="<unk>"))
    tokenizer.normalizer = normalizers.Replace(Regex(r"[{},-]"), " ")
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="<pad>", eos_token="</s>", unk_token="<unk>")
