"""Findings of a slice as traces: what is seen where, and what is there but cannot be called."""

from __future__ import annotations

import numpy as np

from ssg.phantoms.mr import tissue as t
from ssg.phantoms.mr.lesions import Burden, Focus
from ssg.phantoms.mr.plane import depth_in
from ssg.phantoms.mr.truth import Maps, components
from ssg.phantoms.mr.visible import HEAD, LEAST_GREY, PLAIN_GREY, WHITE, contrast, mass_shown, stands_out
from ssg.phantoms.scene import Trace
from ssg.phantoms.types import Mask, SideName

LEAST_AREA = 16.0
"""mm² of the slice; less of a finding is not called."""

LEAST_SPOT = 5.0
"""The same for one of many spots."""

BLOOD = 200
"""Number of blood under the skull in the map of findings."""


def traces(maps: Maps, burden: Burden) -> tuple[list[Trace], set[str]]:
    """Findings seen in the slice, and names of those that are there but cannot be called."""
    seen: list[Trace] = []
    doubtful: set[str] = set()
    present = np.bincount(maps.found.ravel(), minlength=256)
    joined: dict[tuple[str, SideName | None], list[int]] = {}
    for index, focus in enumerate(burden.foci):
        if focus.finding is None:
            continue
        if present[index + 1] == 0:
            if depth_in(maps.plane, focus.row) < 1.2:
                doubtful.add(focus.finding)  # there, but another finding lies over it
            continue
        if focus.finding in ("white matter lesion", "pituitary tumor"):
            joined.setdefault((focus.finding, focus.side), []).append(index)
            continue
        mask = maps.found == index + 1
        if present[index + 1] * maps.pixel < LEAST_AREA or not _shown(maps, focus, index, mask):
            doubtful.add(focus.finding)
            continue
        seen.append(Trace(focus.finding, focus.side, mask, focus.severity, focus.size_mm, focus.form))
    spots = [index + 1 for index, focus in enumerate(burden.foci) if focus.finding == "white matter lesion"]
    for (name, side), members in joined.items():
        first = burden.foci[members[0]]
        mask = np.isin(maps.found, np.array(members, np.uint8) + 1)
        if name == "pituitary tumor":
            shown = first.clear and np.count_nonzero(mask) * maps.pixel >= LEAST_AREA
            parts = [mask] if shown else []
        else:
            parts = [part for part in components(mask, LEAST_SPOT / maps.pixel) if stands_out(maps, part, spots, WHITE)]
        if not parts:
            doubtful.add(name)
        seen += [Trace(name, side, part, first.severity, first.size_mm, first.form) for part in parts]
    _collections(maps, burden, seen, doubtful)
    _sinuses(maps, burden, seen, doubtful)
    return seen, doubtful


def _shown(maps: Maps, focus: Focus, index: int, mask: Mask) -> bool:
    if focus.finding in ("cerebral edema", "infarct"):
        others = range(1, 256)
        if stands_out(maps, mask, others, WHITE):
            return True
        # edema keeps to the white matter, which differs from the cortex about it in health too
        inside, around = contrast(maps, mask, others, WHITE)
        alike = focus.finding == "cerebral edema" and inside - around < LEAST_GREY
        return not alike and stands_out(maps, mask, others)
    if mass_shown(maps, mask, (index + 1,), focus.clear):
        return True
    # a tumor may look like its own edema
    return focus.finding in ("glioma", "brain tumor") and stands_out(maps, mask, range(1, 256))


def _collections(maps: Maps, burden: Burden, seen: list[Trace], doubtful: set[str]) -> None:
    for name, side, severity, row, clear in burden.blood:
        mask = (maps.found == BLOOD) & ((maps.across < 0) == (side == "right"))
        if not mask.any():
            continue
        if np.count_nonzero(mask) * maps.pixel < 2.5 * LEAST_AREA or not mass_shown(maps, mask, (BLOOD,), clear):
            doubtful.add(name)
            continue
        seen.append(Trace(name, side, mask, severity, round(row[4], 1)))


def _sinuses(maps: Maps, burden: Burden, seen: list[Trace], doubtful: set[str]) -> None:
    for side, severity, form in burden.sinus_specs:
        mask = (maps.label == t.FLUID) & ((maps.across < 0) == (side == "right"))
        if not mask.any():
            continue
        enough = np.count_nonzero(mask) * maps.pixel >= 2 * LEAST_AREA
        if not enough or contrast(maps, mask, (), HEAD)[0] < PLAIN_GREY:
            doubtful.add("sinusitis")
            continue
        seen.append(Trace("sinusitis", side, mask, severity, None, form))
