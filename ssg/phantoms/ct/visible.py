"""What the finished picture still shows of the airspaces' findings, when others lie over them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy import ndimage

from ssg.phantoms.ct.grid import F32
from ssg.phantoms.ct.scene import Scene, Trace
from ssg.phantoms.truth import tight_box
from ssg.phantoms.types import Mask

COVERS = frozenset({"consolidation", "atelectasis", "mass", "nodule", "pleural effusion", "pneumothorax"})
"""Findings that leave nothing of a haze or of emphysema to be seen."""

LEAST_LEFT = 0.4
"""Of a finding of which they leave less, nobody knows that it is there."""

LEAST_LOBE_MM2, LEAST_LOBE_MM = 350.0, 9.0
"""A collapsed part of a lobe that the slice cuts smaller or thinner is not told from what lies beside it."""

NEAR_MM, WIDE_MM = 4.0, 12.0
"""The lung around a haze with which it is compared."""

LEAST_AROUND_MM2 = 150.0


def judged(scene: Scene) -> tuple[list[Trace], set[str]]:
    """The traces as the finished picture shows them, and the names of findings that it hides."""
    kept: list[Trace] = []
    hidden: set[str] = set()
    pitch = scene.layout.grid.pitch
    covers = [trace for trace in scene.traces if trace.finding in COVERS]
    for trace in scene.traces:
        if trace.finding == "atelectasis" and trace.form == "lobar" and not _sizeable(trace.mask, pitch):
            hidden.add(trace.finding)
            continue
        if trace.finding in ("ground glass opacity", "emphysema"):
            left = trace.mask.copy()
            for cover in covers:
                left &= ~cover.mask
            if np.count_nonzero(left) < LEAST_LEFT * np.count_nonzero(trace.mask):
                hidden.add(trace.finding)
                continue
            if trace.finding == "ground glass opacity":
                trace = _compared(scene, trace, left)
        kept.append(trace)
    return kept, hidden


def _sizeable(mask: Mask, pitch: float) -> bool:
    box = tight_box(mask)
    if box is None or np.count_nonzero(mask) * pitch**2 < LEAST_LOBE_MM2:
        return False
    part = mask[int(box.y0) : int(box.y1), int(box.x0) : int(box.x1)]
    return 2 * pitch * float(ndimage.distance_transform_edt(np.pad(part, 1)).max()) >= LEAST_LOBE_MM


def _compared(scene: Scene, trace: Trace, left: Mask) -> Trace:
    """A haze as it stands out in the end from the lung about it, which emphysema or another haze may have changed."""
    box, grid = tight_box(left), scene.layout.grid
    if box is None:
        return trace
    near, wide = max(1, round(NEAR_MM / grid.pitch)), max(2, round(WIDE_MM / grid.pitch))
    rows = slice(max(int(box.y0) - near - wide, 0), int(box.y1) + near + wide)
    columns = slice(max(int(box.x0) - near - wide, 0), int(box.x1) + near + wide)
    lung: F32 = scene.layout.lungs[trace.side or "right"][rows, columns]
    hazes = [other.mask[rows, columns] for other in scene.traces if other.finding in (*COVERS, trace.finding)]
    far = ndimage.distance_transform_edt(~left[rows, columns])
    around = (lung < -1) & (far > near) & (far <= near + wide) & ~np.logical_or.reduce(hazes)
    hu = scene.hu[rows, columns]
    after = float(np.median(hu[left[rows, columns]]))
    enough = np.count_nonzero(around) * grid.pitch**2 >= LEAST_AROUND_MM2
    # a haze of nearly the whole lung has nothing beside it: there the lung without it is what counts
    before = float(np.median(hu[around])) if enough else trace.before
    return replace(trace, mask=left, before=before, after=max(after, before))
