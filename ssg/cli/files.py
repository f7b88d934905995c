"""Reading JSON and writing files for the commands, with errors that name the file."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from ssg.errors import BadInput

LARGEST_JSON = 64 * 2**20


def read_text(path: Path) -> str:
    """A file's text; raises BadInput that names it."""
    try:
        if path.stat().st_size > LARGEST_JSON:
            raise BadInput(f"{path} is larger than {LARGEST_JSON >> 20} MiB: split it.")
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror or error}.") from None
    except UnicodeDecodeError:
        raise BadInput(f"{path} is not a UTF-8 text file.") from None


def parse_json(text: str, what: str) -> Any:
    """JSON, without NaN and infinities; raises BadInput that names ``what``."""
    try:
        return json.loads(text, parse_constant=_refuse, parse_int=_whole)
    except RecursionError:
        raise BadInput(f"{what} is nested too deeply.") from None
    except ValueError as error:
        raise BadInput(f"{what} is not valid JSON: {error}.") from None


def read_json(path: Path) -> Any:
    """A JSON file; raises BadInput that names it."""
    return parse_json(read_text(path), str(path))


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is not a number")


def _whole(digits: str) -> int | float:
    return int(digits) if len(digits) < 19 else math.inf * (-1 if digits.startswith("-") else 1)


def writable(path: Path) -> Path:
    """The path, or BadInput where a file cannot be put there."""
    if path.is_dir():
        raise BadInput(f"{path} is a folder: give the name of a file.")
    if not path.parent.is_dir():
        raise BadInput(f"The folder {path.parent} does not exist: create it first.")
    return path
