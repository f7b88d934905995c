"""The dark reading room: Gradio's theme variables and our style sheet. One look, whatever the system prefers."""

from __future__ import annotations

from pathlib import Path

import gradio as gr

STYLE_SHEETS = tuple(
    Path(__file__).parent / name for name in ("theme.css", "practise.css", "report.css", "progress.css", "tour.css")
)
"""What all pages share comes first."""

INK, PANEL, RAISED, LINE = "#0b0f14", "#11171e", "#19222c", "#2a3744"
TEXT, MUTED, ACCENT, ON_ACCENT = "#d9e3ec", "#93a5b5", "#ffb454", "#1c1305"

_VALUES = {
    "body_background_fill": INK,
    "body_text_color": TEXT,
    "body_text_color_subdued": MUTED,
    "background_fill_primary": PANEL,
    "background_fill_secondary": INK,
    "block_background_fill": PANEL,
    "block_border_color": LINE,
    "block_label_background_fill": PANEL,
    "block_label_text_color": MUTED,
    "block_title_text_color": TEXT,
    "block_info_text_color": MUTED,
    "border_color_primary": LINE,
    "border_color_accent": ACCENT,
    "input_background_fill": RAISED,
    "input_background_fill_focus": RAISED,
    "input_border_color": LINE,
    "input_border_color_focus": ACCENT,
    "input_placeholder_color": "#8496a6",
    "button_primary_background_fill": ACCENT,
    "button_primary_background_fill_hover": "#ffc678",
    "button_primary_text_color": ON_ACCENT,
    "button_primary_border_color": ACCENT,
    "button_secondary_background_fill": RAISED,
    "button_secondary_background_fill_hover": LINE,
    "button_secondary_text_color": TEXT,
    "button_secondary_border_color": LINE,
    "checkbox_background_color": RAISED,
    "checkbox_background_color_selected": ACCENT,
    "checkbox_border_color": "#5a6b7b",
    "checkbox_border_color_selected": ACCENT,
    "checkbox_border_color_focus": ACCENT,
    "checkbox_label_background_fill": RAISED,
    "checkbox_label_background_fill_hover": LINE,
    "checkbox_label_background_fill_selected": LINE,
    "checkbox_label_text_color": TEXT,
    "checkbox_label_text_color_selected": TEXT,
    "checkbox_label_border_color": LINE,
    "link_text_color": ACCENT,
    "link_text_color_hover": "#ffc678",
    "link_text_color_visited": ACCENT,
    "color_accent_soft": "#2a2214",
    "error_background_fill": "#2b1719",
    "error_border_color": "#7d3a3f",
    "error_text_color": "#ffb0ab",
    "loader_color": ACCENT,
    "block_shadow": "none",
    "button_primary_shadow": "none",
}


def theme() -> gr.themes.Base:
    """The theme; light and dark have the same values."""
    fonts = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif")
    mono = ("ui-monospace", "SF Mono", "Menlo", "Consolas", "monospace")
    made = gr.themes.Base(
        primary_hue="amber", neutral_hue="slate", radius_size="md", spacing_size="md", font=fonts, font_mono=mono
    )
    known = set(vars(made))
    both = _VALUES | {f"{name}_dark": value for name, value in _VALUES.items() if f"{name}_dark" in known}
    return made.set(**both)
