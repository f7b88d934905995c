"""Values as they may go into the database, checked: names, numbers, plain JSON, text."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any

from ssg.errors import BadInput
from ssg.store.tables import LONGEST_ID

LARGEST_JSON = 4 * 2**20
"""Bytes; an answer with the most regions that can be scored takes a quarter of it."""


def name(value: str, what: str) -> str:
    """A short printable text; raises BadInput that says ``what`` it should be."""
    if not isinstance(value, str) or not value or len(value) > LONGEST_ID or not value.isprintable():
        raise BadInput(f"The {what} must be 1 to {LONGEST_ID} printable characters, got {_told(value)}.")
    return value


def number(value: Any, what: str) -> float | None:
    """A finite number of at least 0, or None; raises BadInput."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= sys.float_info.max:
        raise BadInput(f"The {what} must be a number of at least 0, got {_told(value)}.")
    return float(value)


def _told(value: Any) -> str:
    """A value as an error names it; a very large integer cannot even be printed."""
    return repr(str(value)[:40]) if isinstance(value, str | float | bool) else type(value).__name__


def plain(value: Mapping[str, Any], what: str) -> dict[str, Any]:
    """A copy as JSON gives it back, so that what is returned now equals what is read later."""
    try:
        text = json.dumps(dict(value), allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise BadInput(f"The {what} is not plain JSON: {error}.") from None
    if len(text) > LARGEST_JSON:
        raise BadInput(f"The {what} is larger than {LARGEST_JSON >> 20} MiB: draw fewer boxes.")
    plain: dict[str, Any] = json.loads(text)
    return plain


def storable(text: str) -> str:
    """Text without NUL and lone surrogates, which a database refuses."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")
