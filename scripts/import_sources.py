"""Every real source imported by its command, and what it counts beside what a plain count of the source finds.

``python -m scripts.import_sources DATA [--out FOLDER]`` imports every pack of DATA (folders with an
``annotations.json`` and pictures), the DICOM samples there, and the annotation tables in the installed torchxrayvision
(``pip install --no-deps torchxrayvision``); these have no pictures, so their rows are read and accounted for. The exit
code is 1 where any count differs.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import json
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from typing import Any

TABLES = (
    "BBox_List_2017.csv.gz",
    "vinbigdata-train.csv.gz",
    "kaggle_stage_2_train_labels.csv.zip",
    "siim-pneumothorax-train-rle.csv.gz",
)


@dataclass(frozen=True)
class Line:
    """One source: what was counted in it, and what the import accounts for; None where there is no such number.

    What was refused, with a reason that the import's report gives, is accounted for.
    """

    name: str
    rows: tuple[int, int]
    boxes: tuple[int | None, int | None]
    pictures: tuple[int, int]
    refused: int

    @property
    def agrees(self) -> bool:
        """Whether nothing is missing and nothing was added."""
        return all(one == other for one, other in (self.rows, self.boxes, self.pictures))


def main() -> int:
    """Import everything and print a line for each source."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, help="folder for the sets (a temporary one)")
    given = parser.parse_args()
    print(f"{'source':40} {'rows: source, import':>24} {'boxes':>17} {'pictures':>17}  refused")
    with tempfile.TemporaryDirectory() as folder:
        lines, out = [], given.out or Path(folder)
        for line in chain(packs(given.data, out), samples(given.data, out), tables()):
            shown = ["–" if None in pair else f"{pair[0]:,} {pair[1]:,}" for pair in (line.boxes, line.pictures)]
            rows = f"{line.rows[0]:,} {line.rows[1]:,}"
            verdict = "" if line.agrees else "  DIFFERS"
            print(f"{line.name:40} {rows:>24} {shown[0]:>17} {shown[1]:>17}  {line.refused}{verdict}", flush=True)
            lines.append(line)
    return 0 if lines and all(line.agrees for line in lines) else 1


def packs(data: Path, out: Path) -> Iterator[Line]:
    """The packs with annotations, and the pictures alone."""
    for path in sorted(data.glob("*/annotations.json")):
        entries = json.loads(path.read_text(encoding="utf-8"))
        boxes = sum(len(one["boxes"]) for entry in entries for one in entry.get("findings", []))
        found = _imported(path)
        if found["rows"]["kept"]:  # of a pack of which nothing is known no set can be made
            found = _imported(path, "--images", path.parent, "--out", out / path.parent.name)
        rows = sum(found["rows"]["kept"].values()), _count(found["rows"]["refused"])
        taken, left = found["pictures"].get("made into cases", 0), _count(found["pictures"]["left_out"])
        regions = found["marks"].get("regions", 0) + _count(found["marks"]["left_out"])
        pictures = taken + left + rows[1]
        yield Line(
            path.parent.name, (len(entries), sum(rows)), (boxes, regions), (len(entries), pictures), left + rows[1]
        )


def samples(data: Path, out: Path) -> Iterator[Line]:
    """Folders of pictures without annotations: each file is taken or refused."""
    for folder in sorted(data.glob("*/files")):
        files = [path for path in folder.rglob("*") if path.is_file()]
        found = _imported(folder, "--out", out / folder.parent.name)["files"]
        taken, refused = sum(found["taken"].values()), _count(found["refused"])
        both = len(files), taken + refused
        yield Line(folder.parent.name, both, (None, None), both, refused)


def tables() -> Iterator[Line]:
    """The tables of torchxrayvision; without pictures their boxes are not placed, so only rows are compared."""
    package = find_spec("torchxrayvision")
    if package is None or not package.submodule_search_locations:
        print("torchxrayvision is not installed: its tables are left out (pip install --no-deps torchxrayvision)")
        return
    for name in TABLES:
        path = Path(next(iter(package.submodule_search_locations)), "data", name)
        rows = list(csv.reader(io.StringIO(_text(path))))[1:]
        found = _imported(path)
        pictures = len({row[0] for row in rows})
        refused = _count(found["rows"]["refused"])
        kept = sum(found["rows"]["kept"].values()) + refused
        yield Line(name, (len(rows), kept), (None, None), (pictures, found["pictures"]["named"]), refused)


def _imported(path: Path, *more: object) -> dict[str, Any]:
    command = [sys.executable, "-m", "ssg", "cases", "import", str(path), *map(str, more), "--json"]
    if more:
        command += ["--licence", "see SOURCE.md"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{path}: {done.stderr.strip()[-400:]}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _count(left_out: dict[str, Any]) -> int:
    """Of reasons, each with its number or with a number and examples."""
    return sum(one if isinstance(one, int) else int(one.get("times", one.get("count", 0))) for one in left_out.values())


def _text(path: Path) -> str:
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            return archive.read(archive.namelist()[0]).decode("utf-8")
    return gzip.decompress(path.read_bytes()).decode("utf-8")


if __name__ == "__main__":
    sys.exit(main())
