"""``recommend``: recommend for one shopper."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence

from ..explain import Reason, WhyNot, select_decisive
from ..recommendation import Recommendation
from ..translated_names import Hop, Verdict
from .options import Options, add_basket, add_options, add_route, add_skip, open_recommender


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the basket, what to explain, and the shared options."""
    add_basket(parser)
    parser.add_argument("--explain", action="store_true", help="what each purchase contributed to the pick")
    parser.add_argument("--why-not", metavar="ITEM", help="what it would take for this product to be the pick")
    add_skip(parser, "the answer")
    add_route(parser)
    add_options(parser)


def run(parsed: argparse.Namespace) -> int:
    """Print the answer as text or as JSON."""
    options = Options.read(parsed)
    recommender = open_recommender(options)
    answer = recommender.recommend(parsed.purchased, why_not=parsed.why_not, **options.as_arguments())
    for sentence in answer.ambiguous:
        print(sentence, file=sys.stderr)
    if options.json:
        print(json.dumps(answer.as_dict(), ensure_ascii=False, indent=2, allow_nan=False))
    else:
        print(_format_answer(answer))
    return 0


def _format_answer(answer: Recommendation) -> str:
    by = f", {answer.translator}" if answer.translator else ""
    skipped = [f"Not in the inventory: {', '.join(answer.skipped)}"] if answer.skipped else []
    lines = [
        f"Owned: {', '.join(item.name(answer.language) for item in answer.purchased)}",
        f"Route: {answer.route}{by}; checkpoint: {answer.checkpoint}",
        *skipped,
        "",
    ]
    lines += [f"{r.rank:>2}. {r.item.emoji} {r.name}  {r.probability:.1%}" for r in answer.recommendations]
    if answer.narrowed:
        lines.append(f"Ranked: the {len(answer.ranking)} nearest of {answer.unowned:,} products in stock.")
    if raw := answer.raw_generation:
        verdict = "owned" if raw.owned else "valid" if raw.valid else "not in the inventory"
        lines += ["", f'Unconstrained, the T5 writes "{raw.text}" ({verdict}).']
    if answer.because:
        lines += ["", *_format_reasons(answer.because, answer.language)]
    if answer.why_not:
        lines += ["", _format_why_not(answer.why_not, answer.language)]
    for hop in answer.hops:
        lines += ["", *_format_hop(hop)]
    return "\n".join(lines)


def _format_reasons(because: Sequence[Reason], language: str) -> list[str]:
    decisive = select_decisive(because)
    others = [reason for reason in because if reason not in decisive]
    unit = "(what the pick's score loses without it, in nats)"
    if not decisive:
        return [f"No purchase decides {unit}:", *_list_drops(others, language)]
    lines = [f"Because you have {unit}:", *_list_drops(decisive, language)]
    return [*lines, "The others changed it by:", *_list_drops(others, language)] if others else lines


def _list_drops(reasons: Sequence[Reason], language: str) -> list[str]:
    lines = []
    for reason in reasons:
        other = f", then {reason.pick_without.name(language)}" if reason.pick_without else ""
        lines.append(f"  {reason.drop:+.2f}  {reason.item.name(language)}{other}")
    return lines


def _format_why_not(found: WhyNot, language: str) -> str:
    place = f"{found.item.name(language)}: number {found.rank}."
    if found.is_pick:
        return f"{place} It is the recommendation."
    if found.enough:
        names = ", ".join(item.name(language) for item in found.enough)
        each = "any one of these: " if len(found.enough) > 1 else ""
        return f"{place} It would be first if you also had {each}{names}."
    if found.closest:
        return f"{place} What lifts it most is {found.closest.name(language)}, to number {found.closest_rank}."
    return f"{place} No one related product lifts it."


def _format_hop(hop: Hop) -> list[str]:
    note = f" ({hop.note})" if hop.note else ""
    lines = [f"{hop.source} → {hop.target} by {hop.by}{note}:"]
    for name in hop.names:
        means = f"{name.verdict}: now {name.means.id}" if name.means else "outside the inventory"
        lines.append(f"  {name.text_in} → {name.text_out}  [{name.verdict if name.verdict is Verdict.KEPT else means}]")
    return lines
