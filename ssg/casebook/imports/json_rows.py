"""Values of foreign JSON files, which may be anything."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from ssg.casebook.imports.csv_rows import table_text
from ssg.casebook.imports.marks import Corners
from ssg.casebook.imports.values import numbers_of
from ssg.errors import BadInput


def json_file(path: Path) -> Any:
    """The value of a JSON file; raises BadInput that names it."""
    try:
        return json.loads(table_text(path))
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{path} is not valid JSON ({str(error)[:120]}): give the file as it was published.") from None


def json_list(path: Path, what: str) -> list[Any]:
    """The entries of a JSON list."""
    value = json_file(path)
    if not isinstance(value, list) or not value:
        raise BadInput(f"{path} is no JSON list of {what}: give the file as it was published.")
    return value


def json_object(path: Path, keys: tuple[str, ...]) -> dict[str, Any]:
    """A JSON object that has ``keys``."""
    value = json_file(path)
    if not isinstance(value, dict) or not any(key in value for key in keys):
        raise BadInput(f"{path} is no JSON object with {', '.join(keys)}: give the file as it was published.")
    if missing := [key for key in keys if key not in value]:
        raise BadInput(f"{path} has no {', '.join(missing)}: give the whole file, or add what is missing.")
    return value


def text_of(row: dict[str, Any], key: str) -> str:
    """A text, or a number as text; "" for anything else."""
    value = row.get(key)
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return ""
    return str(value).strip()


def corners_of(value: Any) -> Corners | None:
    """(left, top, right, bottom) of a list of four numbers; NaN, which is left out later, where it is none."""
    if value is None:
        return None
    found = numbers_of(value, 4)
    return (math.nan,) * 4 if found is None else (found[0], found[1], found[2], found[3])
