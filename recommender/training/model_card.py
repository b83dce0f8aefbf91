"""Write the model card of a trained T5."""

from __future__ import annotations

from typing import Any

from ..shop.language import LANGUAGES
from ..t5.prompt import TEMPLATES
from . import shoppers
from .dataset import FOREIGN, SHELVES, VARIANTS, WHOLE_SHELF
from .listwise import RANKING_WEIGHT

SYNTHETIC = """\
---
language: [{languages}]
library_name: transformers
pipeline_tag: text2text-generation
tags: [recommendation, t5, synthetic]
license: apache-2.0
---

# A small T5 that recommends what to buy next

A `T5ForConditionalGeneration` of {parameters:,} parameters, trained on **synthetic shoppers**: no real purchase was
used. It reads a prompt in any of {count} languages and gives every product that is offered a probability of being
bought next:

```
{prompts}
```

## What it was taught

A synthetic shopper chooses by chance, with known probabilities: a multinomial logit (McFadden 1974), whose few terms
are written down in `recommender/training/shoppers.py`:

- *Kit* and *counterpart*: {GROUP:g} for every purchase of the product's sport, or of its kind, whichever is more, a
  sport counting {KIT:g} more. So the largest group in the basket decides, and kit wins a tie.
- *Earlier*: down to - {LATER:g}, by what a newcomer to a sport buys first; for counterparts, by what most people play.
- *Repeated*: - {REPEAT:g}, if a product of its sport and kind is owned: whatever a kit lacks is likelier.
- As long as no two purchases belong together, up to {COMPLEMENT:g} for what one of them is used with (racket and ball),
  and {COUNTERPART:g} for the same kind of gear for another sport.

The loss of a prompt is log(1 + D). D is the divergence of the T5's distribution over *all* candidates from these
probabilities, computed by the pass that ranks them, with a little more weight for every step of every name, plus
{ranking:g} times that of the ranking at a temperature that makes unlikely purchases count
(`recommender/training/listwise.py`): one prompt teaches thirty names, and the order of all of them.

Of the training shelves, {shelf[shop]:.0%} are the shop, {shelf[shop and newcomers]:.0%} the shop with products added,
and {shelf[other sports]:.0%} have other sports, known and invented, unless it says otherwise below. Of those of the
shop, {whole:.0%} are whole; from the others, products are sold out. Added products have tidy
names or everyday ones (brands, colours, sizes, slips, "Socks for Rugby"), or are variants of products in stock
({variants:.0%} of the draws: "Tennis Ball XL"); in {foreign:.0%} of the draws, the language of the name is drawn, too.
An eighth of all baskets of two or more of the shop's products is kept for validation and a quarter for the evaluation,
likewise of all pairs of the shop's sports and gear, and whole words: gear, sports, brands, colours, sizes.{exception}

## Tokenizer

SentencePiece BPE (`spiece.model`) with byte fallback, the same as a fast tokenizer in `tokenizer.json`. A space is put
after `{{`, so that the first name of a list gets the same pieces as all others.

## Limits

It knows what was written down for it, and nothing of people, prices, sizes or seasons. From a table of each product's
sport and kind, the formula above gives the same answers; reading both from a name, in {count} languages, is what the T5
adds. A product may still be placed wrongly by its name (the figures are in the repository's report).

## How it was made

`{command}`, going on from {base}.

| this run | |
|---|---|
| steps × shoppers | {steps:,} × {batch_size} |
| seed | {seed} |
| minutes{since} | {minutes} |
| training loss{since}, mean over the steps | {training_loss} |

KL(true ‖ T5) of validation cases, in nats, by the T5's own log-likelihoods: when it serves, those of newcomers are
corrected. (The repository's report has the evaluation, of other cases.)

| cases | KL |
|---|---|
{validation}
"""


# The bundled T5's, as long as its weights go back to those of that time
LEAKED = (
    "The bundled T5 was trained while baskets on shelves with added products were not yet held out: it has met the "
    "test baskets of one habit, and practically none of the mixed, scattered and large ones; and, in Arabic, the "
    "held-out everyday names of soccer, basketball and American football."
)


FINE_TUNED = """\
---
library_name: transformers
pipeline_tag: text2text-generation
tags: [recommendation, t5]
---

# A T5 fine-tuned to recommend the next product

{parameters:,} parameters, fine-tuned on a shop's own purchases with early stopping on a validation split:

`{command}`

{steps:,} steps of {batch_size}, seed {seed}, {minutes} minutes{since}, training loss{since} {training_loss}. The
checkpoint was chosen by its loss on that split; HR@1 there, by exact ranking:

| baskets | HR@1 |
|---|---|
{validation}
"""


SHOP = """\
---
library_name: transformers
pipeline_tag: text2text-generation
tags: [recommendation, t5]
---

# A T5 that recommends the next product in one shop

{parameters:,} parameters, trained on the shop's own orders for {minutes} minutes ({steps:,} steps of {batch_size}, seed
{seed}) to rank what retrieval finds; `fusion.json` holds how much it and the purchases weigh in an answer. It knows
nothing but these orders and the products' names. On orders that nothing was fitted on:

```
{comparison}
```
"""


def render_shop_card(summary: dict[str, Any], comparison: str) -> str:
    """Return the model card of a T5 trained on a shop's orders.

    :param comparison: the table that ``evaluate --shop`` prints.
    """
    return SHOP.format(**summary, comparison=comparison)


def render_model_card(summary: dict[str, Any], synthetic: bool) -> str:
    """Return the model card of a T5 trained on synthetic shoppers, or fine-tuned on purchases.

    :param summary: the summary that the training command prints.
    """
    card = SYNTHETIC if synthetic else FINE_TUNED
    rows = "\n".join(f"| {sort} | {value:.3f} |" for sort, value in summary["validation"].items())
    return card.format(
        **{**summary, "validation": rows},
        since=f" since it was resumed at step {summary['since_step']:,}" if summary["since_step"] else "",
        **{name: value for name, value in vars(shoppers).items() if isinstance(value, float)},
        languages=", ".join(LANGUAGES),
        count=len(LANGUAGES),
        prompts="\n".join(TEMPLATES[language].format(purchased="…", candidates="…") for language in LANGUAGES),
        shelf=SHELVES,
        variants=VARIANTS,
        foreign=FOREIGN,
        whole=WHOLE_SHELF,
        ranking=RANKING_WEIGHT,
        exception="" if summary["base"] == "nothing" else f" {LEAKED}",
    )
