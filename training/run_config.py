"""Whether a run goes on with the configuration that it began with, and what differs where it does not.

Paths are the same where they mean the same place, however they are spelled, and where a run and what it began from were
moved together.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

WHERE = "where"
"""The entry of a kept configuration that says where the run was and where its command was given; it is not compared."""

PATHS = ("start", "real", "data", "encoder", "acceptability")
"""Entries that hold paths, one or a list."""

MOST = 3
LONGEST = 60


def where(run: Path) -> dict[str, str]:
    """Where a run is now."""
    return {"run": str(run.resolve()), "command": str(Path.cwd())}


def differences(before: Mapping[str, Any], now: Mapping[str, Any], run: Path) -> list[str]:
    """What of ``now`` was not so ``before``: "sft.batch was 8, is 4"; empty where nothing differs."""
    was, is_ = before.get(WHERE, {}), where(run)
    return [
        f"{name} was {_short(old)}, is {_short(new)}"
        for key in now
        if key != WHERE
        for name, old, new in _differing(key, before.get(key), now[key])
        if not (key in PATHS and _same_places(old, new, was, is_))
    ]


def in_words(found: list[str]) -> str:
    """The first of them."""
    more = f", and {len(found) - MOST} more" if len(found) > MOST else ""
    return "; ".join(found[:MOST]) + more


def _differing(name: str, old: Any, new: Any) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in dict.fromkeys([*old, *new]):
            yield from _differing(f"{name}.{key}", old.get(key), new.get(key))
    elif old != new:
        yield name, old, new


def _same_places(old: Any, new: Any, was: Mapping[str, str], is_: Mapping[str, str]) -> bool:
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(_same_places(a, b, was, is_) for a, b in zip(old, new, strict=True))
    if not isinstance(old, str) or not isinstance(new, str):
        return False
    if not was:
        return _place(old, is_) == _place(new, is_)
    before, now = _place(old, was), _place(new, is_)
    return before == now or os.path.relpath(before, was["run"]) == os.path.relpath(now, is_["run"])


def _place(path: str, at: Mapping[str, str]) -> str:
    """A path from where its command was given."""
    return os.path.realpath(Path(at["command"]) / path)


def _short(value: Any) -> str:
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."
