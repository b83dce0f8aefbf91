"""SASRec, a baseline on real shoppers that reads purchases in their order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch.nn.functional import cross_entropy
from torch.nn.utils.rnn import pad_sequence
from tqdm import tqdm
from transformers import GPT2Config, GPT2LMHeadModel, set_seed

from ..shop.co_purchase import Floats
from ..shop.neighbours import BasketScorer
from ..training.orders import score_ranks
from .rankers import DEVICE

LONGEST = 50  # latest purchases that are read
EPOCHS, PATIENCE = 60, 4  # epochs at most, and without a better NDCG@10 on the validation part before training stops
WIDTH, LAYERS, HEADS, DROPOUT = 64, 2, 2, 0.3
RATE, SHOPPERS = 1e-3, 256  # AdamW's learning rate, and histories per step


class SasRec(BasketScorer):
    """SASRec (Kang & McAuley 2018, arXiv 1808.09781) with a softmax over all products.

    A causal Transformer over product numbers, trained to predict the next one. Here it is transformers' GPT-2 of
    SASRec's size; the output layer shares the weights of the product embedding, as in the paper.
    """

    def __init__(self, ids: Sequence[str], seed: int):
        super().__init__(ids)
        set_seed(seed)
        self.padding = len(ids)
        size = {"n_positions": LONGEST, "n_embd": WIDTH, "n_layer": LAYERS, "n_head": HEADS}
        settings: dict[str, Any] = size | dict.fromkeys(("resid_pdrop", "embd_pdrop", "attn_pdrop"), DROPOUT)
        settings |= {"use_cache": False, "bos_token_id": None, "eos_token_id": None}
        self.model = GPT2LMHeadModel(GPT2Config(vocab_size=len(ids) + 1, **settings))
        self.model.to(DEVICE)  # type: ignore[arg-type]  # its type demands a module

    @classmethod
    def train(
        cls,
        ids: Sequence[str],
        baskets: Sequence[Sequence[str]],
        validation: tuple[Sequence[Sequence[str]], Sequence[str]],
        seed: int,
    ) -> SasRec:
        """Train until the NDCG@10 on the validation part no longer rises, and return the best model.

        :param baskets: training histories.
        :param validation: histories and their next purchases.
        """
        self = cls(ids, seed)
        histories = [torch.from_numpy(self.find(basket)[-LONGEST:]) for basket in baskets if len(basket) > 1]
        optimizer = torch.optim.AdamW(self.model.parameters(), lr=RATE)
        best, best_state, since = -1.0, self.model.state_dict(), 0
        for _ in tqdm(range(EPOCHS), desc="SASRec", unit=" epochs", leave=False, disable=None):
            self.model.train()
            for batch in torch.randperm(len(histories)).split(SHOPPERS):
                ids_, attention = self._pad([histories[n] for n in batch])
                states = self.model.transformer(input_ids=ids_, attention_mask=attention).last_hidden_state
                followed = attention[:, 1:].bool()  # scores of padding would take most of the time
                loss = cross_entropy(self.model.lm_head(states[:, :-1][followed]), ids_[:, 1:][followed])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            reached = score_ranks("NDCG@10", self.rank_targets(*validation)).mean()
            since = 0 if reached > best else since + 1
            if reached > best:
                best, best_state = reached, {name: t.clone() for name, t in self.model.state_dict().items()}
            elif since == PATIENCE:
                break
        self.model.load_state_dict(best_state)
        return self

    @torch.inference_mode()
    def score_baskets(self, baskets: Sequence[Sequence[str]]) -> Floats:
        """See :meth:`.BasketScorer.score_baskets`."""
        self.model.eval()
        ids, attention = self._pad([torch.from_numpy(self.find(basket)[-LONGEST:]) for basket in baskets])
        states = self.model.transformer(input_ids=ids, attention_mask=attention).last_hidden_state
        last = states[torch.arange(len(baskets), device=states.device), attention.sum(1) - 1]  # (B, WIDTH)
        scores: Floats = self.model.lm_head(last)[:, : self.padding].cpu().numpy()
        return scores

    def _pad(self, histories: list[torch.Tensor]) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the padded histories and the attention mask, each of shape (B, longest history)."""
        padded = pad_sequence(histories, batch_first=True, padding_value=self.padding).to(self.model.device)
        return padded, (padded != self.padding).long()
