"""Where the program runs, and where data of its own belongs there: a Hugging Face Space, or somebody's computer."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from ssg.errors import BadInput

SPACE_VOLUME = Path("/data")
"""Where a Hugging Face Space mounts its persistent storage, if it has one."""


def on_space() -> bool:
    """True inside a Hugging Face Space, which says so by SPACE_ID."""
    return bool(os.environ.get("SPACE_ID"))


def outlives_restarts(folder: Path) -> bool:
    """Whether what lies in a folder is there after a restart: on a Space, only on its volume."""
    return not on_space() or folder.is_relative_to(SPACE_VOLUME)


def default_data_dir() -> Path:
    """The Space's persistent volume, or the folder where the platform keeps a user's data."""
    if on_space() and SPACE_VOLUME.is_dir() and os.access(SPACE_VOLUME, os.W_OK):
        return SPACE_VOLUME / "ssg"
    if sys.platform == "darwin":
        return _home() / "Library" / "Application Support" / "ssg"
    if sys.platform == "win32":
        return _folder_of("LOCALAPPDATA", "AppData/Local") / "ssg"
    return _folder_of("XDG_DATA_HOME", ".local/share") / "ssg"


def _folder_of(variable: str, below_home: str) -> Path:
    """The folder that a variable names; a relative one is ignored, as the XDG specification asks."""
    named = Path(os.environ.get(variable, ""))
    return named if named.is_absolute() else _home() / below_home


def _home() -> Path:
    try:
        return Path.home()
    except RuntimeError:
        raise BadInput("This user has no home folder: set SSG_DATA_DIR to a folder that can be written.") from None
