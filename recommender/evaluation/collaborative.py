"""Collaborative filtering: rankers of all products of a shop that learn from purchases alone.

Popularity and EASE read purchases in any order, SASRec in the shopper's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.functional import cross_entropy
from torch.nn.utils.rnn import pad_sequence
from tqdm import tqdm
from transformers import GPT2Config, GPT2LMHeadModel, set_seed

from ..shop.co_purchase import Floats
from ..shop.item_knn import BasketScorer
from ..training.shop_data import score_ranks

# EASE: candidates for λ, which is chosen on the validation split, and how many products that is done with: those that
# sold most, since the time grows with the cube of their number
RIDGES, TUNED = (100.0, 250.0, 500.0), 5000
# SASRec
LONGEST = 50  # latest purchases that are read
EPOCHS, PATIENCE = 60, 4  # epochs at most, and without a better NDCG@10 on the validation split before training stops
WIDTH, LAYERS, HEADS, DROPOUT = 64, 2, 2, 0.3
RATE, SHOPPERS = 1e-3, 256  # AdamW's learning rate, and histories per step

DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")


class Popularity(BasketScorer):
    """Ranks by popularity, the same for every basket.

    :param baskets: the training data.
    """

    def __init__(self, ids: Sequence[str], baskets: Sequence[Sequence[str]]):
        super().__init__(ids)
        self.sold = self.make_multi_hot(baskets).sum(axis=0)

    def score_baskets(self, baskets: Sequence[Sequence[str]]) -> Floats:
        """See :meth:`.BasketScorer.score_baskets`."""
        return np.tile(self.sold, (len(baskets), 1))


class Ease(BasketScorer):
    """EASE, a linear autoencoder in closed form (Steck 2019, arXiv 1905.03375).

    B = I - P · diag(1 / diag P) with P = (XᵀX + λI)⁻¹, X the shoppers' purchases; the scores for a basket
    are the sum of its items' rows.

    :param baskets: the training data.
    """

    def __init__(self, ids: Sequence[str], baskets: Sequence[Sequence[str]], ridge: float):
        super().__init__(ids)
        x = self.make_multi_hot(baskets)
        gram = torch.from_numpy((x.T @ x).astype(np.float32).toarray()).to(DEVICE)  # 1.3 GB for 18,000 products
        gram.diagonal().add_(ridge)
        inverse = torch.cholesky_inverse(torch.linalg.cholesky(gram, out=gram), out=gram)
        inverse /= -inverse.diagonal().clone()
        inverse.fill_diagonal_(0)
        # row by row, or each product with it would copy it
        self.weights: NDArray[np.float32] = np.ascontiguousarray(inverse.cpu().numpy())

    @staticmethod
    def tune(baskets: Sequence[Sequence[str]], validation: tuple[Sequence[Sequence[str]], Sequence[str]]) -> float:
        """Return the λ with the best NDCG@10.

        :param validation: histories and their next purchases.
        """
        popular = [id_ for id_, _ in Counter(chain.from_iterable(baskets)).most_common(TUNED)]
        known = set(popular)
        asked = [(history, target) for history, target in zip(*validation, strict=True) if target in known]

        def measure(ridge: float) -> float:
            ranks = Ease(popular, baskets, ridge).rank_targets([h for h, _ in asked], [target for _, target in asked])
            return float(score_ranks("NDCG@10", ranks).mean())

        return max(RIDGES, key=measure)

    def score_baskets(self, baskets: Sequence[Sequence[str]]) -> Floats:
        """See :meth:`.BasketScorer.score_baskets`."""
        # in the type of the weights, of gigabytes, which would else be converted every time
        x = self.make_multi_hot(baskets).astype(np.float32)
        scores: Floats = x @ self.weights
        return scores


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
        """Train until the NDCG@10 on the validation split no longer rises, and return the best model.

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
