"""Which findings the finished picture shows: how far their pixels stand out from what lies around them."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ssg.phantoms.mr import tissue as t
from ssg.phantoms.mr.truth import Maps
from ssg.phantoms.truth import tight_box
from ssg.phantoms.types import Mask

NEAR_MM, WIDE_MM = 2.0, 6.0
"""What surrounds a finding: from so far from its edge, for so many mm."""

LEAST_GREY, OF_WHITE = 4.0, 80.0
"""Grey levels by which a finding must differ more from the brain than that does in itself; more of them against the
even white matter, by that over the root of the finding's area in mm²."""

PLAIN_GREY = 12.0
"""Mean difference in grey levels at which what contrasts by its nature is seen in uneven surroundings too."""


def _table(*tissues: int) -> NDArray[np.bool_]:
    table = np.zeros(256, np.bool_)
    table[list(tissues)] = True
    return table


WHITE = _table(t.WHITE, t.CALLOSUM, t.ARBOR, t.BRAINSTEM)
BRAIN = WHITE | _table(t.GREY, t.CAUDATE, t.LENTIFORM, t.THALAMUS, t.CEREBELLUM)
HEAD = ~_table(t.AIR)
"""Tissues with which a finding is compared."""


def contrast(maps: Maps, mask: Mask, others: Iterable[int], tissues: NDArray[np.bool_]) -> tuple[float, float]:
    """Mean difference in grey from the middle of the surroundings: of a finding, and of the surroundings themselves.

    ``others`` are numbers of findings that do not count as surroundings.
    """
    box = tight_box(mask)
    if box is None:
        return 0.0, 0.0
    taken = np.zeros(256, np.bool_)
    taken[list(others)] = True
    spacing = maps.plane.spacing
    near, far = max(1, round(NEAR_MM / spacing)), max(2, round((NEAR_MM + WIDE_MM) / spacing))
    part = slice(max(int(box.y0) - far, 0), int(box.y1) + far), slice(max(int(box.x0) - far, 0), int(box.x1) + far)
    inside, around = _differences(
        maps.grey[part], maps.label[part], maps.found[part], mask[part], taken, tissues, near, far,
        round(1.0 / spacing),
    )  # fmt: skip
    return float(inside), float(around)


def stands_out(maps: Maps, mask: Mask, others: Iterable[int], tissues: NDArray[np.bool_] = BRAIN) -> bool:
    """Whether a finding differs from the brain about it; the smaller it is, the more it must."""
    inside, around = contrast(maps, mask, others, tissues)
    root = max(np.count_nonzero(mask) * maps.pixel, 1.0) ** 0.5
    least = LEAST_GREY + (min(OF_WHITE / root, 8.0) if tissues is WHITE else 0.0)
    return inside - around >= max(least, around * (0.2 + 3 / root))


def mass_shown(maps: Maps, mask: Mask, own: Iterable[int], clear: bool) -> bool:
    """The same for a mass that may lie at the skull or (``clear``) in uneven surroundings."""
    return stands_out(maps, mask, own) or (clear and contrast(maps, mask, own, HEAD)[0] >= PLAIN_GREY)


@njit(cache=True)
def _differences(grey, label, found, mask, taken, table, near, far, smooth):  # type: ignore[no-untyped-def]  # pragma: no cover
    height, width = mask.shape
    # along its row, how far each pixel is from the mask
    across = np.full((height, width), 999, np.int32)
    for i in range(height):
        last = -999
        for j in range(width):
            if mask[i, j]:
                last = j
            across[i, j] = j - last
        last = 9999
        for j in range(width - 1, -1, -1):
            if mask[i, j]:
                last = j
            across[i, j] = min(across[i, j], last - j)
    around, inside = np.empty(height * width, np.float32), np.empty(height * width, np.float32)
    outer = inner = 0
    for i in range(height):
        for j in range(width):
            kept = mask[i, j]
            if not kept:
                if taken[found[i, j]] or not table[label[i, j]]:
                    continue
                away = 999
                for k in range(max(i - far, 0), min(i + far + 1, height)):
                    away = min(away, max(abs(k - i), across[k, j]))
                if away <= near or away > far:
                    continue
            total, count = np.float32(0), 0
            for k in range(max(i - smooth, 0), min(i + smooth + 1, height)):
                for m in range(max(j - smooth, 0), min(j + smooth + 1, width)):
                    total += grey[k, m]
                    count += 1
            if kept:
                inside[inner] = total / count
                inner += 1
            else:
                around[outer] = total / count
                outer += 1
    if outer == 0 or inner == 0:
        return 0.0, 0.0
    middle = np.median(around[:outer])
    return np.abs(inside[:inner] - middle).mean(), np.abs(around[:outer] - middle).mean()
