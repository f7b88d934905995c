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
from ssg.whole import write_json, write_text
from training.metrics_file import METRICS, is_number, metric_lines
from training.preset_values import require_values
from training.run_config import WHERE, differences, in_words, where
from training.run_lock import hold
from training.tensors import read_tensors
from training.writing import GOES_ON, unfinished, writing

PRESETS = Path(__file__).parent / "presets"

CONFIG, ENVIRONMENT = "config.json", "environment.json"
STATE = "state.pt"
"""What a run goes on from."""

BEGINS_ANEW = "delete it and start the same command again, which begins anew"

STATES = "states"
"""The folder of the states that TRL's trainer goes on from."""

CHECKPOINT = "checkpoint"
"""The folder of what came of a run."""

MADE = (STATE, STATES, CHECKPOINT)
"""What a stage leaves in its folder."""

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

    So it must where ``fixed`` says that whatever the folder holds belongs to the run. No other process may train there
    (``trains``: this one does); raises BadInput for one that does, and for files where folders belong.
    """

    def __init__(self, path: Path, config: dict[str, Any], fixed: bool = False, trains: bool = True) -> None:
        self.path = path
        with writing(path):
            for place in (path, path / STATES, path / CHECKPOINT):
                if place.exists() and not place.is_dir():
                    raise BadInput(
                        f"{place} is a file, where a run has a folder: move it, or give another --run folder."
                    )
            path.mkdir(parents=True, exist_ok=True)
            if trains:
                hold(path)
        kept = path / CONFIG
        begun = kept.exists() and (fixed or any((path / made).exists() for made in MADE))
        if begun and (changed := differences(read_kept(kept), _plain(config), path)):
            raise BadInput(
                f"{path} holds a run with another configuration ({in_words(changed)}): give another --run folder, or "
                "the same preset and flags."
            )
        self._write(CONFIG, config | {WHERE: where(path)})
        self._write(ENVIRONMENT, environment())

    def log(self, **values: Any) -> None:
        """Append one line to ``metrics.jsonl``."""
        line = json.dumps({"time": round(time.time(), 1), **values})
        path = self.path / METRICS
        with writing(path, GOES_ON), path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")

    def forget_after(self, step: int) -> None:
        """Leave out of ``metrics.jsonl`` what was logged after the state that a killed run goes on from."""
        path, rows = self.path / METRICS, metric_lines(self.path)
        kept = [line for line, row in rows if not is_number(row.get("step")) or row["step"] <= step]
        if len(kept) < len(rows):
            with writing(path, GOES_ON):
                write_text(path, "".join(f"{line}\n" for line in kept))

    def save(self, state: dict[str, Any]) -> None:
        """Write the state in one piece: a kill leaves either the old one or the new one."""
        with unfinished(self.path / STATE) as part, writing(part, GOES_ON):
            torch.save(state, part)
            part.replace(self.path / STATE)

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


def _plain(config: dict[str, Any]) -> dict[str, Any]:
    """A configuration as it reads when it was written."""
    read: dict[str, Any] = json.loads(json.dumps(config, default=str))
    return read


def read_kept(path: Path) -> dict[str, Any]:
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


def require_apart(out: Path, source: Path) -> None:
    """Refuse to write a checkpoint where it would take the place of its source or of a run's files; raises BadInput."""
    if out.is_file():
        raise BadInput(f"{out} is a file: give --out a folder.")
    if out.resolve() == source.resolve():
        raise BadInput(f"--out is the checkpoint's own folder ({out}): give another one.")
    if kept := next((name for name in (STATE, STATES, METRICS) if (out / name).exists()), None):
        raise BadInput(f"{out} is a run folder (it holds {kept}): give --out a folder of its own.")


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
