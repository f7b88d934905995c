"""Phantoms on disk: PNG images and ``annotations.json`` in the format of the other case lists."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from ssg.errors import BadInput
from ssg.phantoms.kinds import draw, kind_of
from ssg.phantoms.request import LARGEST, SMALLEST
from ssg.phantoms.types import Phantom, PhantomFinding
from ssg.whole import write_json

LARGEST_COUNT = 100_000


def to_annotation(phantom: Phantom, image_name: str) -> dict[str, Any]:
    """One row of ``annotations.json``: image, size, findings with boxes, absent findings, anatomy, provenance."""
    height, width = phantom.pixels.shape
    return {
        "image": image_name,
        "width": width,
        "height": height,
        "modality": phantom.modality,
        "body_part": phantom.body_part,
        "view": phantom.view,
        "sex": phantom.sex,
        "age": phantom.age,
        "site": phantom.site,
        "seed": phantom.seed,
        "kind": phantom.kind,
        "spacing_mm": [round(value, 4) for value in phantom.spacing_mm],
        **({"sequence": phantom.sequence} if phantom.sequence else {}),
        **({"level_mm": round(phantom.level_mm, 2)} if phantom.level_mm is not None else {}),
        "findings": [_entry(finding) for finding in phantom.findings],
        "absent": list(phantom.absent),
        "anatomy": [_entry(structure, detailed=False) for structure in phantom.anatomy],
    }


def _entry(finding: PhantomFinding, detailed: bool = True) -> dict[str, Any]:
    entry: dict[str, Any] = {"label": finding.finding, "side": finding.side}
    entry["boxes"] = [box.rounded() for box in finding.boxes]
    if detailed:
        entry["severity"] = round(finding.severity, 3)
        entry |= {"size_mm": finding.size_mm} if finding.size_mm is not None else {}
        entry |= {"form": finding.form} if finding.form else {}
    return entry


def write_phantoms(
    seed: int,
    count: int,
    size: int,
    out_dir: Path,
    kind: str = "chest-xray",
    sites: Sequence[str] = (),
    severity: float | None = None,
) -> list[dict[str, Any]]:
    """Write ``count`` phantoms of seeds ``seed``, ``seed + 1``, ... and their list; returns the list.

    ``sites`` are taken in turn (none: at random by seed); ``severity`` is that of all findings. Raises BadInput for a
    count or size out of range and for a folder that cannot be written.
    """
    if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= LARGEST_COUNT:
        raise BadInput(f"The count of phantoms must be 1 to {LARGEST_COUNT}, got {count!r}.")
    if isinstance(size, bool) or not isinstance(size, int) or not SMALLEST <= size <= LARGEST:
        raise BadInput(f"The size of phantoms must be {SMALLEST} to {LARGEST} pixels, got {size!r}.")
    out_dir = Path(out_dir)
    if strange := [site for site in sites if site not in kind_of(kind).sites]:
        raise BadInput(f"There is no site '{strange[0][:60]}': give one of {', '.join(kind_of(kind).sites)}.")
    try:
        _require_own(out_dir / "annotations.json")
        (out_dir / "images").mkdir(parents=True, exist_ok=True)
        rows = []
        for number in range(seed, seed + count):
            site = sites[number % len(sites)] if sites else None
            drawn = draw(kind, number, size=size, site=site, severity=severity)
            rows.append(_write_one(drawn, out_dir))
        write_json(out_dir / "annotations.json", rows, indent=1)
    except OSError as error:
        raise BadInput(f"{out_dir} cannot be written ({error.strerror or error}): give another folder.") from None
    return rows


def _require_own(path: Path) -> None:
    """Raise BadInput where a list of others lies: only a list of phantoms is replaced."""
    if not path.exists():
        return
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
        ours = all("seed" in row for row in rows)
    except (ValueError, TypeError):
        ours = False
    if not ours:
        raise BadInput(f"{path} is there and no list of phantoms: give another folder, so that it is kept.")


def _write_one(phantom: Phantom, out_dir: Path) -> dict[str, Any]:
    name = f"images/phantom-{phantom.seed:08d}.png"
    Image.fromarray(phantom.pixels).save(out_dir / name)
    return to_annotation(phantom, name)
