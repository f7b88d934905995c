"""The viewer's JavaScript as one string for ``js_on_load``: its words, its style sheet, its parts, and the start.

There is no build step. Gradio runs the string as a function of ``element``, ``trigger``, ``props`` and ``watch``, once
for each viewer on a page, so nothing of it is global.
"""

from __future__ import annotations

import functools
import json
from pathlib import Path

from ssg.web import words_viewer as words

FOLDER = Path(__file__).parent
LAST = "viewer.js"
STYLES = ("frame", "stage", "sheets", "panel", "help", "adapting")
"""The style sheets in their order: a later one wins."""


@functools.cache
def script() -> str:
    """The whole program."""
    constants = {"WORDS": words.VIEWER, "STYLE": style()}
    lines = ['"use strict";', *(f"const {name} = {_literal(value)};" for name, value in constants.items())]
    lines += [part.read_text(encoding="utf-8") for part in parts()]
    return "\n".join([*lines, "startViewer(element, props, trigger, watch);"])


def style() -> str:
    """The style sheet."""
    return "\n".join((FOLDER / "style" / f"{name}.css").read_text(encoding="utf-8") for name in STYLES)


def parts() -> list[Path]:
    """The JavaScript files in the order of the bundle."""
    files = sorted(FOLDER.glob("*.js"))
    return sorted(files, key=lambda file: file.name == LAST)


def _literal(value: object) -> str:
    # The script travels inside of a page: "<" never opens a tag there.
    return json.dumps(value).replace("<", "\\u003c")
