"""A run folder: configuration, environment, metrics as JSON lines, and a state that a killed run resumes from."""

from __future__ import annotations

import json
import platform
import time
import tomllib
from pathlib import Path
from typing import Any

import torch

from ssg.errors import BadInput, Unavailable

PRESETS = Path(__file__).parent / "presets"


class Preset(dict[str, Any]):
    """The tables of a preset; one that it does not have is bad input."""

    def __init__(self, name: str, tables: dict[str, Any]) -> None:
        super().__init__(tables)
        self._name = name

    def __missing__(self, table: str) -> Any:
        raise BadInput(f"The preset '{self._name}' has no [{table}], which this stage needs: choose another.")


def read_preset(name: str) -> dict[str, Any]:
    """A preset by name ("tiny-cpu") or by the path of a TOML file."""
    path = Path(name) if name.endswith(".toml") else PRESETS / f"{name}.toml"
    if not path.exists():
        known = ", ".join(sorted(preset.stem for preset in PRESETS.glob("*.toml")))
        raise BadInput(f"There is no preset '{name}': choose one of {known}, or give the path of a TOML file.")
    try:
        return Preset(name, tomllib.loads(path.read_text(encoding="utf-8")))
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"{path} is not valid TOML: {error}.") from None


class RunFolder:
    """One run of one stage. A folder that holds a state is continued; its configuration must then be the same.

    So it must where ``fixed`` says that whatever the folder holds belongs to the run.
    """

    def __init__(self, path: Path, config: dict[str, Any], fixed: bool = False) -> None:
        self.path = path
        path.mkdir(parents=True, exist_ok=True)
        kept = path / "config.json"
        if (fixed or (path / "state.pt").exists()) and kept.exists():
            before = json.loads(kept.read_text())
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
        with (self.path / "metrics.jsonl").open("a", encoding="utf-8") as file:
            file.write(line + "\n")

    def save(self, state: dict[str, Any]) -> None:
        """Write the state in one piece: a kill leaves either the old one or the new one."""
        part = self.path / "state.part"
        try:
            torch.save(state, part)
            part.replace(self.path / "state.pt")
        except OSError as error:
            part.unlink(missing_ok=True)
            raise Unavailable(
                f"The state of the run could not be saved in {self.path} ({error.strerror or error}): free some space "
                "and start the same command again; it goes on from the last state that was saved."
            ) from None

    def load(self) -> dict[str, Any] | None:
        """The state that was saved last, or None for a new run."""
        path = self.path / "state.pt"
        if not path.exists():
            return None
        state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
        return state

    def _write(self, name: str, data: dict[str, Any]) -> None:
        (self.path / name).write_text(json.dumps(data, indent=2, default=str) + "\n", encoding="utf-8")


def environment() -> dict[str, Any]:
    """What the figures of a run depend on besides its configuration."""
    import transformers

    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else None
    return {
        "python": platform.python_version(),
        "torch": torch.__version__,
        "transformers": transformers.__version__,
        "processor": platform.machine(),
        "threads": torch.get_num_threads(),
        "gpu": gpu,
    }


def device_in_words() -> str:
    """ "one NVIDIA H100" or "2 CPU threads"."""
    if torch.cuda.is_available():
        return f"one {torch.cuda.get_device_name()}"
    return f"{torch.get_num_threads()} CPU threads"
