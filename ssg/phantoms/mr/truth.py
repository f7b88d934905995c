"""From the maps of a slice to truth: ventricles, hemispheres, shift of the midline, boxes of structures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy import ndimage

from ssg.boxes import Box
from ssg.phantoms.mr import tissue as t
from ssg.phantoms.mr.names import STRUCTURES
from ssg.phantoms.mr.plane import Plane
from ssg.phantoms.types import Mask, PhantomFinding, SideName

U8 = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Maps:
    """What the kernel says of every pixel."""

    label: U8
    found: U8
    across: NDArray[np.float32]
    plane: Plane
    grey: NDArray[np.float32]
    """The finished picture."""

    @property
    def pixel(self) -> float:
        """Area of a pixel in mm²."""
        return self.plane.spacing**2


def components(mask: Mask, least: float) -> list[Mask]:
    """Connected parts of at least ``least`` pixels."""
    numbered, count = ndimage.label(mask, np.ones((3, 3), int))
    sizes = np.bincount(numbered.ravel(), minlength=count + 1)
    return [numbered == number for number in range(1, count + 1) if sizes[number] >= least]


def ventricles(maps: Maps) -> Mask:
    """Pixels of all ventricles."""
    return (maps.label == t.LATERAL) | (maps.label == t.MIDDLE) | (maps.label == t.CHOROID)


def hemisphere(maps: Maps) -> Mask:
    """Pixels of the cerebrum."""
    return np.asarray((maps.label >= t.GREY) & (maps.label <= t.LATERAL))


def midline_shift(maps: Maps) -> float | None:
    """How far the middle of the brain is pushed, in mm, positive to the patient's left; None where nobody can say."""
    if maps.plane.view == "sagittal":
        return None
    size, spacing = maps.label.shape[0], maps.plane.spacing
    here = maps.plane.grid(size, 0)
    columns = np.flatnonzero(np.abs(here[[0, size // 2, size - 1]]).min(axis=0) < 3 + spacing)
    if len(columns) == 0:
        return None
    strip = slice(int(columns[0]), int(columns[-1]) + 1)
    here = here[:, strip]
    middle = _midline_tissue(maps, strip) & (np.abs(here) < 2.5 + 0.5 * spacing)
    counts = np.count_nonzero(middle, axis=1)
    full = counts * spacing > 3.0
    if np.count_nonzero(full) * spacing < 15:
        return None
    # ventricles that grow push to both sides alike: the mean across the middle is what is shifted
    moved = np.sort(np.where(middle, here - maps.across[:, strip], 0).sum(axis=1)[full] / counts[full])
    low, high = float(moved[len(moved) // 32]), float(moved[-1 - len(moved) // 32])
    return high if high > -low else low


def shifted_region(maps: Maps, by: float) -> Mask:
    """What of the middle is pushed: the midline structures and all that lies between them and the true middle."""
    here = maps.plane.grid(maps.label.shape[0], 0)
    middle = (np.abs(maps.across) < 5) | ((maps.across < 0) != (here < 0))
    pushed = (here - maps.across) * np.sign(by) > 0.45 * abs(by)
    return np.asarray(_midline_tissue(maps, slice(None)) & middle & pushed)


def _midline_tissue(maps: Maps, columns: slice) -> Mask:
    label = maps.label[:, columns]
    inner = ((label >= t.GREY) & (label <= t.MIDDLE)) | (label == t.DURA) | (label == t.CSF)
    return np.asarray(inner & (maps.plane.grid(maps.label.shape[0], 2)[:, columns] > -12))


(
    BRAIN,
    SKULL,
    VENTRICLE,
    HINDBRAIN,
    STEM,
    BRIDGE,
    GLAND,
    GANGLIA,
    FRONTAL,
    PARIETAL,
    TEMPORAL,
    OCCIPITAL,
    SHEET,
    CAVE,
) = range(14)

_PAIRED = frozenset({VENTRICLE, GANGLIA, FRONTAL, PARIETAL, TEMPORAL, OCCIPITAL, CAVE})
_LEAST = {
    VENTRICLE: 25.0,
    BRIDGE: 25.0,
    GLAND: 14.0,
    GANGLIA: 60.0,
    FRONTAL: 250.0,
    PARIETAL: 250.0,
    TEMPORAL: 200.0,
    OCCIPITAL: 200.0,
    SHEET: 40.0,
    CAVE: 40.0,
    STEM: 60.0,
    HINDBRAIN: 150.0,
    BRAIN: 300.0,
    SKULL: 300.0,
}


def _table() -> U8:
    table = np.full(256, 255, np.uint8)
    for number in (t.GREY, t.WHITE):
        table[number] = FRONTAL
    for number in (t.CAUDATE, t.LENTIFORM, t.THALAMUS):
        table[number] = GANGLIA
    table[t.CALLOSUM] = BRIDGE
    table[t.LATERAL] = table[t.CHOROID] = VENTRICLE
    table[t.MIDDLE] = BRAIN
    table[t.CEREBELLUM] = table[t.ARBOR] = HINDBRAIN
    table[t.BRAINSTEM] = STEM
    table[t.PITUITARY] = GLAND
    table[t.DURA] = SHEET
    table[t.SINUS] = table[t.FLUID] = CAVE
    table[t.CORTICAL] = table[t.MARROW] = SKULL
    return table


_TABLE = _table()


@njit(cache=True, fastmath=True, error_model="numpy")
def _survey(label, across, vector, table, side_of_all):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Structure number + 14 × side of every pixel (255 none), and extent and area of each number."""
    size = label.shape[0]
    kind = np.full(label.shape, np.uint8(255))
    extent = np.zeros((42, 5), np.int64)
    extent[:, 0], extent[:, 1] = size, size
    oy, oz, uy, uz, vy, vz = vector[1], vector[2], vector[4], vector[5], vector[7], vector[8]
    for row in range(size):
        for column in range(size):
            number = int(table[label[row, column]])
            if number == 255:
                continue
            c, r = np.float32(column) + np.float32(0.5), np.float32(row) + np.float32(0.5)
            y, z = oy + uy * c + vy * r, oz + uz * c + vz * r
            x = abs(across[row, column])
            if number == FRONTAL:
                fissure = np.float32(-4) - np.float32(0.45) * y
                if z < fissure and x > 15 and y > -52 and y < 26:
                    number = TEMPORAL
                elif y < -66 + np.float32(0.25) * z:
                    number = OCCIPITAL
                elif y < -18 + np.float32(0.33) * (np.float32(75) - z) and y < 2:
                    number = PARIETAL if z > 2 or y < -52 else TEMPORAL
            if number == SHEET and (x > 4 or z < -22 or side_of_all):
                continue
            side = 0
            if number in (VENTRICLE, GANGLIA, FRONTAL, PARIETAL, TEMPORAL, OCCIPITAL, CAVE):
                side = side_of_all
                if side == 0:
                    side = 1 if across[row, column] < 0 else 2
                elif side == 3:
                    continue
            slot = number + 14 * side
            kind[row, column] = np.uint8(slot)
            e = extent[slot]
            e[0], e[1] = min(e[0], column), min(e[1], row)
            e[2], e[3] = max(e[2], column + 1), max(e[3], row + 1)
            e[4] += 1
    return kind, extent


def structures(
    maps: Maps, with_masks: bool, lost_gland: bool
) -> tuple[list[PhantomFinding], dict[tuple[str, SideName | None], Mask]]:
    """Structures that the slice shows: box of each, and masks on request."""
    side_of_all = 0
    if maps.plane.view == "sagittal":
        inside = (maps.label >= t.GREY) & (maps.label <= t.BRAINSTEM)
        mean = float(maps.across[inside].mean()) if inside.any() else 0.0
        side_of_all = 3 if abs(mean) < 4 else 1 if mean < 0 else 2
    kind, extent = _survey(maps.label, maps.across, maps.plane.vector(), _TABLE, side_of_all)
    entries: list[PhantomFinding] = []
    masks: dict[tuple[str, SideName | None], Mask] = {}
    sides: tuple[SideName | None, ...] = (None, "right", "left")
    for number, name in enumerate(STRUCTURES):
        if number == BRAIN or (number == GLAND and (lost_gland or maps.plane.view == "axial")):
            continue
        for side_index, side in enumerate(sides):
            slot = number + 14 * side_index
            if extent[slot, 4] * maps.pixel < _LEAST[number]:
                continue
            boxes: tuple[Box, ...] = (Box(*(float(value) for value in extent[slot, :4])),)
            if number == BRIDGE and maps.plane.view == "axial":
                mask = kind == slot
                parts = components(mask, _LEAST[number] / maps.pixel)
                boxes = tuple(Box(*_extent_of(part)) for part in parts)
                if not boxes:
                    continue
            entries.append(PhantomFinding(name, side, boxes))
            if with_masks:
                masks[name, side] = kind == slot
    brain = (maps.label >= t.GREY) & (maps.label <= t.CHOROID)
    if np.count_nonzero(brain) * maps.pixel >= _LEAST[BRAIN]:
        entries.insert(0, PhantomFinding("brain", None, (Box(*_extent_of(brain)),)))
        if with_masks:
            masks["brain", None] = brain
    return entries, masks


def _extent_of(mask: Mask) -> tuple[float, float, float, float]:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return float(columns[0]), float(rows[0]), float(columns[-1] + 1), float(rows[-1] + 1)
