"""Text into HTML. Everything that somebody typed, drew, named or uploaded goes through :func:`text`."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping

# Gradio reads an HTML component's value as a template once more: ${...} is JavaScript there and {{...}} Handlebars.
_TEMPLATE_SIGNS = str.maketrans({"$": "&#36;", "{": "&#123;", "}": "&#125;", "`": "&#96;", "\\": "&#92;"})


def text(value: object) -> str:
    """Plain text, with nothing left that HTML or a template would read."""
    return html.escape(str(value), quote=True).translate(_TEMPLATE_SIGNS)


def tag(name: str, /, *children: str, attributes: Mapping[str, object] | None = None, **more: object) -> str:
    """An element around ready HTML; attribute values are escaped, ``class_`` is class, True stands alone."""
    values = {**(attributes or {}), **{key.rstrip("_").replace("_", "-"): value for key, value in more.items()}}
    written = "".join(
        f" {key}" if value is True else f' {key}="{text(value)}"'
        for key, value in values.items()
        if value is not None and value is not False
    )
    return f"<{name}{written}>{''.join(children)}</{name}>"


def paragraphs(rows: Iterable[str], class_: str | None = None) -> str:
    """Each row as a paragraph."""
    return "".join(tag("p", text(row), class_=class_) for row in rows if row)
