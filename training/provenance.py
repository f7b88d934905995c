"""Where figures come from: the command that made them, and the very weights that were measured."""

from __future__ import annotations

import argparse
import hashlib
import shlex
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ssg.grounding.manifest import FILE_NAME

LEFT_OUT = ("stage", "json", "out", "threads")
"""Flags that change no figure."""


def command_in_words(stage: str, arguments: argparse.Namespace) -> str:
    """The command that a stage was called by, as a person may type it elsewhere.

    Of paths outside of the current folder the last two parts are said, after ".../": where a file lies on this machine
    is nobody's business, and whoever repeats the command sees what to fill in.
    """
    words = ["python", "-m", "training", stage]
    for name, value in vars(arguments).items():
        if name in LEFT_OUT or value is None or value is False or value == []:
            continue
        words.append(f"--{name.replace('_', '-')}")
        if value is not True:
            words += [_said(one) for one in (value if isinstance(value, list) else [value])]
    return shlex.join(words)


def path_in_words(path: Path) -> str:
    """A path as it may be said elsewhere: one in the current folder as it lies there, else its last two parts."""
    if not path.is_absolute() and ".." not in path.parts:
        return str(path)
    if path.resolve().is_relative_to(Path.cwd()):
        return str(path.resolve().relative_to(Path.cwd()))
    return str(Path("...", *[part for part in path.parts if part not in ("/", "..")][-2:]))


def digest_of(folder: Path) -> str | None:
    """SHA-256 over the weights and the thresholds of a checkpoint folder; None where it is no folder here.

    Two checkpoints with the same digest give the same answers, so figures of one are figures of the other.
    """
    parts = weights_and_manifest(folder)
    if not parts:
        return None
    total = hashlib.sha256()
    for path in parts:
        with path.open("rb") as file:
            total.update(f"{path.name}\n{hashlib.file_digest(file, 'sha256').hexdigest()}\n".encode())
    return total.hexdigest()


def weights_and_manifest(folder: Path) -> list[Path]:
    """The files that a policy's answers depend on, in order."""
    found: Iterable[Path] = folder.glob("*.safetensors") if folder.is_dir() else ()
    return sorted([*found, *(path for path in [folder / FILE_NAME] if path.is_file())])


def origin(arguments: argparse.Namespace, checkpoint: Path | None, adapter: Path | None = None) -> dict[str, Any]:
    """What ``evaluate`` writes beside its figures: ``command``, and as digests ``weights`` and ``adapter``.

    A digest is left out where there is no folder of it.
    """
    digests = {name: digest_of(folder) for name, folder in (("weights", checkpoint), ("adapter", adapter)) if folder}
    return {"command": command_in_words("evaluate", arguments)} | {name: d for name, d in digests.items() if d}


def _said(value: Any) -> str:
    return path_in_words(value) if isinstance(value, Path) else str(value)
