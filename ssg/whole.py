"""Files that are written whole or not at all: whoever is cut off, by a kill or a full disk, leaves what was there."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import secrets
import shutil
import time
from pathlib import Path
from typing import Any

DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""What the system says where a disk, a quota or a file is full."""


def write_whole(path: Path, data: bytes) -> None:
    """Write a file whole or not at all, and have it on the disk when this returns; raises OSError that names it."""
    part = path.with_name(f".{path.name}.{secrets.token_hex(6)}.part")
    try:
        with part.open("xb") as opened:
            opened.write(data)
            opened.flush()
            os.fsync(opened.fileno())
        part.replace(path)
    except OSError as error:
        raise OSError(error.errno, error.strerror or str(error), str(path)) from None
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
    _sync_folder(path.parent)


def write_text(path: Path, text: str) -> None:
    """:func:`write_whole` for a file that a person named: a link is followed, a pipe or ``/dev/stdout`` written to."""
    if path.exists() and not path.is_file():
        path.write_text(text, encoding="utf-8")
    else:
        write_whole(path.resolve(), text.encode())


def write_json(path: Path, value: Any, **how: Any) -> None:
    """:func:`write_text` of a value as JSON; ``how`` is for ``json.dumps``, which indents by two spaces."""
    write_text(path, json.dumps(value, **({"indent": 2} | how)) + "\n")


def read_rows(path: Path) -> list[dict[str, Any]]:
    """The objects of a file of JSON lines that is written at its end, one a line; none where there is no file.

    A line that a kill cut short is passed over, and ended, so that the next one that is written begins on its own.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return []
    if data and not data.endswith(b"\n"):
        append_line(path, "")
    rows = []
    for line in data.split(b"\n"):
        try:
            row = json.loads(line)
        except ValueError:  # bytes that are no text raise one too
            continue
        if isinstance(row, dict):
            rows.append(row)
    return rows


def append_line(path: Path, line: str) -> None:
    """Write one line at the end of a file, which is made where there is none."""
    with path.open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")


def forget_old(home: Path, kept_s: float) -> None:
    """Remove the folders in ``home``, where there is one, that were last written to more than so many seconds ago."""
    for one in home.iterdir() if home.is_dir() else ():
        if time.time() - one.stat().st_mtime > kept_s:
            shutil.rmtree(one, ignore_errors=True)


def _sync_folder(folder: Path) -> None:
    with contextlib.suppress(OSError):  # a platform that cannot open folders keeps its own order
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)
