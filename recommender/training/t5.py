"""The shape of the bundled T5, and the optimizer that teaches it."""

from __future__ import annotations

import torch
from transformers import PreTrainedTokenizerBase, T5Config
from transformers.optimization import Adafactor

from .hints import HintedT5

LEARNING_RATE = 2e-2  # relative to the scale of each parameter, as in T5's own recipe
WARMUP_STEPS = 200
DECAY_FROM = 0.45  # of all steps: constant before, linear to zero after


def t5_config(vocab_size: int) -> T5Config:
    """About two million parameters: small enough for milliseconds on a CPU and for a git repository.

    :param vocab_size: number of pieces of the tokenizer.
    """
    return T5Config(
        vocab_size=vocab_size,
        d_model=192,
        d_kv=32,
        d_ff=256,
        num_layers=5,
        num_decoder_layers=2,
        num_heads=4,
        feed_forward_proj="gated-silu",  # T5 v1.1's gate; SiLU is one operation on a CPU where its GELU is seven
        dropout_rate=0.0,  # no shopper is seen twice, so there is nothing to overfit
        pad_token_id=0,
        eos_token_id=1,
        decoder_start_token_id=0,
    )


def new_t5(tokenizer: PreTrainedTokenizerBase) -> HintedT5:
    """A T5 that has learned nothing yet."""
    model = HintedT5(t5_config(len(tokenizer)))
    model.set_attn_implementation("eager")  # a quarter less time a step than SDPA, where the mask learns
    return model


def optimizer_and_schedule(
    model: torch.nn.Module, steps: int
) -> tuple[torch.optim.Optimizer, torch.optim.lr_scheduler.LRScheduler]:
    """Adafactor with scaled steps (Shazeer & Stern 2018, arXiv 1804.04235): warm-up, constant, then linear decay.

    A T5 from nothing does not learn to look at the basket under AdamW at its usual rates.
    """
    optimizer = Adafactor(
        model.parameters(), lr=LEARNING_RATE, scale_parameter=True, relative_step=False, warmup_init=False
    )

    def scale(step: int) -> float:
        left = (steps - step) / max(1, steps * (1 - DECAY_FROM))
        return min(1.0, (step + 1) / WARMUP_STEPS, max(left, 0.0))

    return optimizer, torch.optim.lr_scheduler.LambdaLR(optimizer, scale)


def fine_tuning_optimizer(model: torch.nn.Module) -> torch.optim.Optimizer:
    """Adafactor at the constant rate with which T5 was fine-tuned (Raffel et al. 2020, arXiv 1910.10683)."""
    return Adafactor(model.parameters(), lr=1e-3, scale_parameter=False, relative_step=False, warmup_init=False)
