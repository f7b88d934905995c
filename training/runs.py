"""A run folder: configuration, environment, metrics as JSON lines, and a state that a killed run resumes from."""

from __future__ import annotations

import json
import platform
import time
import tomllib
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import torch

from ssg.errors import BadInput
from ssg.whole import write_json
from training.preset_values import require_values
from training.tensors import read_tensors
from training.writing import GOES_ON, writing

PRESETS = Path(__file__).parent / "presets"

STATE = "state.pt"
"""What a run goes on from."""

BEGINS_ANEW = "delete it and start the same command again, which begins anew"

MADE = (STATE, "states", "checkpoint")
"""What a stage leaves in its folder: its state, the states of TRL's trainer, what came of it."""

TRAINERS = ("trl", "peft", "bitsandbytes", "accelerate")
"""Libraries beside torch and transformers that some stages need, and others do without."""


class Preset(dict[str, Any]):
    """The tables of a preset, or one table of it (``table``); what it does not have is bad input."""

    def __init__(self, name: str, entries: Mapping[str, Any], table: str = "") -> None:
        within = f"{table}." if table else ""
        super().__init__(
            {
                key: Preset(name, value, within + key) if isinstance(value, Mapping) else value
                for key, value in entries.items()
            }
        )
        self._name, self._table = name, table

    def __missing__(self, key: str) -> Any:
        if self._table:
            raise BadInput(
                f"The preset '{self._name}' lacks {key} in [{self._table}], which this stage needs: add it, or choose "
                "another preset."
            )
        raise BadInput(f"The preset '{self._name}' has no [{key}], which this stage needs: choose another.")

    def __or__(self, other: Mapping[str, Any]) -> Preset:  # type: ignore[override]
        """The entries of ``other`` in place of these; what is in neither is still bad input."""
        return Preset(self._name, {**self, **other}, self._table)


def read_preset(name: str) -> dict[str, Any]:
    """A preset by name ("tiny-cpu") or by the path of a TOML file."""
    path = Path(name) if name.endswith(".toml") else PRESETS / f"{name}.toml"
    if not path.exists():
        known = ", ".join(sorted(preset.stem for preset in PRESETS.glob("*.toml")))
        raise BadInput(f"There is no preset '{name}': choose one of {known}, or give the path of a TOML file.")
    try:
        read = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"{path} is not valid TOML: {error}.") from None
    except UnicodeDecodeError:
        raise BadInput(f"{path} is not a UTF-8 text file: save it as UTF-8, or give another preset.") from None
    except OSError as error:
        raise BadInput(f"{path} cannot be read ({error.strerror or error}): give the path of a TOML file.") from None
    require_values(name, read)
    return Preset(name, read)


class RunFolder:
    """One run of one stage. A folder that holds a state or what came of it has a configuration, which must be the same.

    So it must where ``fixed`` says that whatever the folder holds belongs to the run.
    """

    def __init__(self, path: Path, config: dict[str, Any], fixed: bool = False) -> None:
        self.path = path
        path.mkdir(parents=True, exist_ok=True)
        kept = path / "config.json"
        if (fixed or any((path / made).exists() for made in MADE)) and kept.exists():
            before = _kept(kept)
            changed = [key for key in config if before.get(key) != config[key]]
            if changed:
                raise BadInput(
                    f"{path} holds a run with another configuration ({', '.join(changed)} differ): give another --run "
                    "folder, or the same preset."
                )
        self._write("config.json", config)
        self._write("environment.json", environment())

    def log(self, **values: Any) -> None:
        """Append one line to ``metrics.jsonl``."""
        line = json.dumps({"time": round(time.time(), 1), **values})
        path = self.path / "metrics.jsonl"
        with writing(path, GOES_ON), path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")

    def save(self, state: dict[str, Any]) -> None:
        """Write the state in one piece: a kill leaves either the old one or the new one."""
        part = self.path / "state.part"
        try:
            with writing(part, GOES_ON):
                torch.save(state, part)
                part.replace(self.path / STATE)
        finally:
            part.unlink(missing_ok=True)

    def load(self) -> dict[str, Any] | None:
        """The state that was saved last, or None for a new run."""
        path = self.path / STATE
        if not path.exists():
            return None
        return read_tensors(path, BEGINS_ANEW)

    def _write(self, name: str, data: dict[str, Any]) -> None:
        """In one piece, too: it is written at every start, and a kill may come at any time."""
        with writing(self.path / name):
            write_json(self.path / name, data, default=str)


def _kept(path: Path) -> dict[str, Any]:
    """The configuration that a run folder holds."""
    try:
        before = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError):
        before = None
    if not isinstance(before, dict):
        raise BadInput(
            f"{path} is damaged, so what its run was taught is not known: give another --run folder; or delete that "
            "file, where preset and flags are the same as before, and start the same command again."
        )
    return before


def environment() -> dict[str, Any]:
    """What the figures of a run depend on besides its configuration."""
    import transformers

    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else None
    return {
        "python": platform.python_version(),
        "torch": torch.__version__,
        "transformers": transformers.__version__,
        **_versions(TRAINERS),
        "processor": platform.machine(),
        "threads": torch.get_num_threads(),
        "gpu": gpu,
    }


def _versions(libraries: tuple[str, ...]) -> dict[str, str]:
    """The versions of those libraries that are installed."""
    found = {}
    for name in libraries:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def device_in_words() -> str:
    """ "one NVIDIA H100" or "2 CPU threads"."""
    if torch.cuda.is_available():
        return f"one {torch.cuda.get_device_name()}"
    return f"{torch.get_num_threads()} CPU threads"
