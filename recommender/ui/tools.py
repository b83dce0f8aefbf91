"""The page's endpoints as MCP tools. Gradio serves them; here is what they say of themselves, in JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gradio.mcp import GradioMCPServer

DESCRIPTIONS = {
    "recommend": (
        "Recommend which product to buy next (the demo sells sports equipment). "
        "Give what the shopper owns already; a T5 ranks every other "
        "product in stock. The answer is a JSON object: recommendations (best first, with id, name in the shopper's "
        "language and probability), raw_generation (what the T5 writes unconstrained), trace (every translation on "
        "the way) and, with explain, because (what each purchase contributed). An unknown or ambiguous item is an "
        "error that names the closest ones."
    ),
    "compare": (
        "Ask one basket (in the demo, of sports equipment) four ways (English prompt, the shopper's language, "
        "machine translation, glossary) and see what each recommends. "
        "The answer is a JSON object with one entry of routes per way: its "
        "pick and top, same_pick (as the English prompt), losses (items whose meaning or sport translation lost) and "
        "a verdict in the shopper's language."
    ),
}


def speak_json(server: GradioMCPServer) -> None:
    """Have ``server``'s tools answer in JSON, where Gradio would print Python's notation."""

    def told(outputs: list[object], _root_url: str) -> list[object]:
        texts = [json.dumps(output, ensure_ascii=False) for output in outputs]
        return [server.types.TextContent(type="text", text=text) for text in texts]

    server.postprocess_output_data = told
