"""``compare``: recommend for one shopper by all four routes, side by side."""

from __future__ import annotations

import argparse
import json

from ..compare import Outcome, compare
from .options import Options, add_basket, add_options, open_recommender


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the basket and the shared options."""
    add_basket(parser)
    add_options(parser)


def run(parsed: argparse.Namespace) -> int:
    """Print the comparison as text or as JSON."""
    options = Options.read(parsed)
    comparison = compare(
        open_recommender(options),
        parsed.purchased,
        options.language,
        options.translator,
        top=parsed.top,
        add_items=options.add_item,
    )
    if options.json:
        print(json.dumps(comparison.as_dict(), ensure_ascii=False, indent=2, allow_nan=False))
    else:
        print("\n\n".join(_format_outcome(outcome, options.language) for outcome in comparison.outcomes))
    return 0


def _format_outcome(outcome: Outcome, language: str) -> str:
    found = outcome.recommendation
    if found is None:
        return f"{outcome.route}: {outcome.summary}"
    by = f" ({found.translator})" if found.translator else ""
    lines = [f"{outcome.route}{by}: {found.pick.item.emoji} {found.pick.name}  {found.pick.probability:.1%}"]
    lines += [f"  {r.rank}. {r.name}  {r.probability:.1%}" for r in found.recommendations[1:]]
    lines.append(f"  {outcome.summary} (τ {outcome.tau:.2f})")
    lines += [f"  {loss.step}: {loss.text_in} → {loss.text_out}. {loss.reason(language)}" for loss in outcome.losses]
    return "\n".join(lines)
