"""Gradio's widgets in the page's colours, with the fonts that the visitor's system has: nothing is fetched."""

from __future__ import annotations

import gradio as gr

_SANS = ("ui-sans-serif", "system-ui", "-apple-system", "Segoe UI", "Noto Sans", "Noto Sans Arabic", "sans-serif")
_MONO = ("ui-monospace", "Cascadia Code", "Menlo", "Noto Sans Mono", "DejaVu Sans Mono", "monospace")


def theme() -> gr.themes.Base:
    """The theme; everything that is not a Gradio widget is in style.css."""
    return gr.themes.Base(
        primary_hue=gr.themes.colors.emerald,
        neutral_hue=gr.themes.colors.stone,
        radius_size=gr.themes.sizes.radius_lg,
        font=_SANS,
        font_mono=_MONO,
    ).set(
        body_background_fill="#f7f5f0",
        body_background_fill_dark="#12141a",
        body_text_color="#1d2129",
        body_text_color_dark="#eceef2",
        block_background_fill="transparent",
        block_background_fill_dark="transparent",
        block_border_width="0px",
        block_padding="0px",
        block_shadow="none",
        layout_gap="20px",
    )
