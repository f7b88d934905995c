"""From a drawn slice to its truth: structures, boxes, masks, and what the window hides."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ssg.phantoms.ct.airspace import instances
from ssg.phantoms.ct.contours import spine_front
from ssg.phantoms.ct.grid import F32, FAR
from ssg.phantoms.ct.layout import Layout
from ssg.phantoms.ct.scene import Trace
from ssg.phantoms.ct.sites import Window
from ssg.phantoms.truth import tight_box
from ssg.phantoms.types import Mask, PhantomFinding, SideName

Key = tuple[str, SideName | None]

LEAST_GREY = 11.0
"""A finding that changes its pixels by less, in 255 grey levels, is not seen at this window."""

LEAST_RATIO = 0.75
"""Contrast over noise that even a large finding needs."""

LEAST_SHARE = 0.35
"""A finding of which the round field or the edge leaves less is unknown."""


def seen(
    traces: list[Trace], window: Window, allowed: frozenset[str], field: Mask | None, noise: float, scale: float
) -> tuple[list[Trace], set[str]]:
    """Traces that a careful reader sees through this window, and the names of those that are hidden.

    Rose's criterion: contrast times the root of the number of pixels must be five times the noise. ``noise`` in HU is
    that of a picture of 256 pixels, ``scale`` how many of those one pixel here covers, so that what
    is seen does not depend on the size drawn.
    """
    kept: list[Trace] = []
    hidden: set[str] = set()
    for trace in traces:
        mask = trace.mask if field is None else trace.mask & field
        contrast = abs(window.grey(trace.after) - window.grey(trace.before))
        whole = np.count_nonzero(trace.mask)
        count = max(whole * scale, 1.0)
        least = max(LEAST_GREY, noise * 255 / window.width * max(LEAST_RATIO, 5 / count**0.5))
        if trace.finding not in allowed or contrast < least or np.count_nonzero(mask) < LEAST_SHARE * whole:
            hidden.add(trace.finding)
            continue
        kept.append(
            Trace(trace.finding, trace.side, mask, trace.severity, trace.before, trace.after, trace.size_mm, trace.form)
        )
    return kept, hidden


def finding_entries(traces: list[Trace]) -> tuple[PhantomFinding, ...]:
    """One entry for each finding and side, with a box for each instance."""
    grouped: dict[Key, list[Trace]] = {}
    for trace in traces:
        grouped.setdefault((trace.finding, trace.side), []).append(trace)
    out = []
    for (name, side), group in grouped.items():
        boxes = tuple(box for trace in group if (box := tight_box(trace.mask)) is not None)
        first = group[0]
        out.append(PhantomFinding(name, side, boxes, first.severity, first.size_mm, first.form))
    return tuple(out)


def finding_masks(traces: list[Trace]) -> dict[Key, Mask]:
    """Union of the instances of each finding."""
    masks: dict[Key, Mask] = {}
    for trace in traces:
        key = (trace.finding, trace.side)
        masks[key] = masks[key] | trace.mask if key in masks else trace.mask
    return masks


def structure_masks(layout: Layout, extra: dict[Key, F32], window: Window, field: Mask | None) -> dict[Key, Mask]:
    """Structures that this slice and window show."""
    grid, tubes, blood = layout.grid, layout.tubes, layout.patient.blood
    soft = window.name in ("soft", "wide") or (window.name == "bone" and blood.enhanced)
    masks: dict[Key, Mask] = {}

    def add(name: str, side: SideName | None, mask: Mask, least_mm2: float = 25.0) -> None:
        if field is not None:
            mask = mask & field
        if np.count_nonzero(mask) * grid.pitch**2 >= least_mm2 and mask.any():
            masks[name, side] = mask

    for side in ("right", "left"):
        add("lung", side, layout.lungs[side] < 0, 120.0)
        if -2 < grid.z / layout.patient.tall < 40:
            add("main bronchus", side, (tubes[f"{side} bronchus"] < 0) & (tubes["trachea"] > 0), 20.0)
    add("trachea", None, tubes["trachea"] < 0)
    aorta = np.logical_or.reduce([*instances(tubes["aorta"] < 0, grid.pitch), tubes["aorta"] < -FAR])
    if soft or window.name == "lung":
        add("aorta", None, aorta)
        if grid.z > -14 * layout.patient.tall:
            add("descending aorta", None, aorta & (layout.y > float(spine_front(layout.patient, grid.z)) - 16))
        add("heart", None, layout.heart.outside + np.float32(layout.patient.effusion_mm) < 0, 250.0)
    if soft:
        add("pulmonary artery", "right", _right_artery(layout))
        add("pulmonary artery", "left", _left_artery(layout))
        add("superior vena cava", None, (tubes["cava"] < 0) & (grid.z < 40 * layout.patient.tall))
        add("esophagus", None, (tubes["gullet"] < 0) & (layout.depth > 0))
    bright = window.grey(500.0) - window.grey(55.0) >= LEAST_GREY
    if bright:
        add("vertebra", None, layout.spine.bone < 0, 150.0)
    middle = (layout.depth > 0) & (layout.lung > 0) & (layout.below > 0) & (layout.spine.outside > 3)
    middle &= layout.y < float(spine_front(layout.patient, grid.z)) + 14
    add("mediastinum", None, middle & (np.abs(layout.x - layout.patient.shift) < 78), 300.0)
    for (name, side_name), distance in extra.items():
        if not (bright if name in ("sternum", "scapula") else soft):
            continue
        add(name, side_name, distance < 0, 120.0 if name in ("liver", "spleen", "stomach") else 25.0)
    _breasts(layout, add)
    return masks


def _right_artery(layout: Layout) -> Mask:
    return np.asarray((layout.tubes["right artery"] < 0) & (layout.tubes["aorta"] > 0) & (layout.tubes["trunk"] > 0))


def _left_artery(layout: Layout) -> Mask:
    """The trunk goes over into the left pulmonary artery, so it is counted with it."""
    return np.asarray(
        (np.minimum(layout.tubes["left artery"], layout.tubes["trunk"]) < 0) & (layout.tubes["aorta"] > 0)
    )


def _breasts(layout: Layout, add: Callable[[str, SideName | None, Mask, float], None]) -> None:
    if layout.patient.sex != "F":
        return
    body = layout.torso
    if body.breast.max() < 9:
        return
    thick = body.breast > max(9.0, 0.3 * float(body.breast.max()))
    low = np.where(thick, body.muscle, 9e3).astype(np.float32)
    inside = (layout.radius > low[layout.turn]) & (layout.radius < body.skin.astype(np.float32)[layout.turn])
    right = layout.x < 0
    add("breast", "right", inside & right, 300.0)
    add("breast", "left", inside & ~right, 300.0)


def anatomy_entries(masks: dict[Key, Mask]) -> tuple[PhantomFinding, ...]:
    """Each structure with its box; the aorta with one for each limb of its arch that the slice cuts apart."""
    entries = []
    for (name, side), mask in masks.items():
        parts = instances(mask, 1.0, 0.0) if name == "aorta" else [mask]
        boxes = tuple(box for part in parts if (box := tight_box(part)) is not None)
        if boxes:
            entries.append(PhantomFinding(name, side, boxes))
    return tuple(entries)
