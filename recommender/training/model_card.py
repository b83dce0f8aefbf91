"""The model card that goes with a trained T5."""

from __future__ import annotations

from typing import Any

from .dataset import SHELVES
from .shoppers import HORIZON, LIKELIER, SECOND_CHOICE, SECOND_CHOICE_AMONG_NEWCOMERS

FROM_NOTHING = """\
---
language: [en, ar]
library_name: transformers
pipeline_tag: text2text-generation
tags: [recommendation, t5, synthetic]
license: apache-2.0
---

# A small T5 that recommends what to buy next

A `T5ForConditionalGeneration` of {parameters:,} parameters, trained from nothing on **synthetic shoppers**: no real
purchase was used. It reads a prompt in English or Arabic and writes the next product:

```
ITEMS PURCHASED: {{Soccer Shin Guards}} - CANDIDATES FOR RECOMMENDATION: {{Soccer Jersey, …}} - RECOMMENDATION:
عناصر تم شراؤها: {{واقي الساق لكرة القدم}} - المرشحين للتوصية: {{قميص كرة القدم, …}} - توصية:
```

## What it was taught

- *Kit*: a shopper who owns most of one sport's gear buys the earliest item of that sport that they lack.
- *Counterpart*: a shopper who owns one kind of gear for several sports buys it for the next sport.
- The largest group in the basket, by sport or by kind, decides; kit wins a tie.
- One item alone is read both ways, {likelier:.0%} to {other:.0%}: the kit first, except after headgear, striking gear,
  protection, goals and shorts, where the counterpart comes first. (With the kit always first, the demo's 35 baskets of
  one item could have 12 different answers at most.)

A training shopper is followed for up to {horizon} purchases, one name after the other, so that every prompt teaches
more than one choice; {second:.0%} buy their second choice at once ({second_new:.0%} where the shop has something new),
so that what stands second in a ranking means something. While it was trained, and only then, it was also asked at each
candidate's name how many purchases share its sport and its kind, and whether it, or at least its group, is what comes
next (auxiliary heads, thrown away; `recommender/training/auxiliary.py`).

At the end its logits were divided by {temperature} (temperature scaling, Guo et al. 2017; folded into the weights of
the decoder's last layer norm): under this temperature, what validation shoppers buy is likeliest. None of them buys a
second choice at once, so without it the T5 would be less sure than it is right.

Of the training shelves, {shelf[shop]:.0%} are the shop with products sold out, {shelf[shop and newcomers]:.0%}
the same with products added as well, and {shelf[other sports]:.0%} have other sports, known and invented, so that it
reads names instead of memorising the shop's. An eighth of all baskets was kept for validation and a quarter for the
evaluation, likewise of all pairs of sport and gear, and 8 and 10 sports.

## Tokenizer

SentencePiece BPE (`spiece.model`) with byte fallback, the same as a fast tokenizer in `tokenizer.json`. A space is put
after `{{`, so that the first name of a list gets the same pieces as all others.

## Limits

It knows two habits that were written down for it, and nothing of people, prices, sizes or seasons. A product is placed
by its name alone, and now and then in the wrong place (the figures are in the repository's report). It reads no
language but English and Arabic.

## How it was made

`{command}`

| | |
|---|---|
| steps × shoppers | {steps:,} × {batch_size} |
| seed | {seed} |
| minutes, two CPU cores | {minutes} |
| training loss, mean over all steps | {training_loss} |

By exact ranking of validation baskets (not the evaluation's; those are in the repository's report):

| baskets | hit rate |
|---|---|
{hit_rates}
"""


FINE_TUNED = """\
---
library_name: transformers
pipeline_tag: text2text-generation
tags: [recommendation, t5]
---

# A T5 fine-tuned to recommend the next product

{parameters:,} parameters, fine-tuned on a shop's own purchases with early stopping on a validation split:

`{command}`

{steps:,} steps of {batch_size}, seed {seed}, {minutes} minutes, training loss {training_loss}. By exact ranking:

| baskets | hit rate |
|---|---|
{hit_rates}
"""


def model_card(summary: dict[str, Any], synthetic: bool) -> str:
    """Return the card, filled in with what this training measured.

    :param summary: what the training command prints.
    :param synthetic: whether the T5 was trained from nothing on synthetic shoppers.
    """
    rows = "\n".join(f"| {name} | {value:.3f} |" for name, value in summary["validation_hit_rate"].items())
    card = FROM_NOTHING if synthetic else FINE_TUNED
    return card.format(
        **summary,
        hit_rates=rows,
        likelier=LIKELIER,
        other=1 - LIKELIER,
        horizon=HORIZON,
        second=SECOND_CHOICE,
        second_new=SECOND_CHOICE_AMONG_NEWCOMERS,
        shelf=SHELVES,
    )
