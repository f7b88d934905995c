"""Blood and the want of it: infarct, hemorrhage, blood under the skull, white matter lesions; filled sinuses."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from ssg.phantoms.mr import tissue as t
from ssg.phantoms.mr.lesions import Burden, Focus, Palette, Point, axes, axes_along, focus_row
from ssg.phantoms.mr.painting import RING, SOLID, SPOT, WEDGE
from ssg.phantoms.mr.placing import Slab, fossa_of, in_brain, in_posterior_fossa, place, probe
from ssg.phantoms.mr.plane import Plane, depth_in
from ssg.phantoms.mr.tumors import sign_of
from ssg.phantoms.types import FindingSpec

_HALF = np.array([72.0, 88.0, 75.0])
_MIDDLE = np.array([0.0, -18.0, 4.0])


def add_infarct(burden: Burden, spec: FindingSpec, palette: Palette, rng: Generator, slab: Slab | None) -> None:
    """A wedge of a territory (fresh or old) or a lacune of the deep grey and white matter."""
    severity, form, sign = spec.severity or 0.0, spec.form or "wedge", sign_of(spec.side)
    fresh = palette.of(float(rng.uniform(1150, 1500)), float(rng.uniform(140, 190)), 0.9)
    old = palette.of(float(rng.uniform(2300, 3300)), float(rng.uniform(350, 800)), 0.97)
    if form == "lacune":
        size = float(3.6 + 3.4 * severity)
        signal = old if rng.random() < 0.3 and palette.timing.sequence != "FLAIR" else fresh
        centre = place(
            rng, sign, (9, -32, -8), (34, 24, 34), lambda p: probe(p, "lateral")[0] > 4 and in_brain(p, 6), slab, size
        )
        centre = centre or (sign * 24.0, 0.0, 24.0)
        row = focus_row(
            SOLID, centre, _spread(size, rng, 0.15), axes(rng), rng, signal, rough=0.08, mottle=0.05, softness=1.6
        )
        clear = palette.clear(signal, t.WHITE, 0.25)
    else:
        signal = old if form == "old" else fresh
        reach, wide = 17 + 13 * severity, 14 + 17 * severity
        start = (sign * float(rng.uniform(24, 34)), float(rng.uniform(-62, 36)), float(rng.uniform(0, 34)))
        if rng.random() < 0.15 and slab is None:
            start = (sign * 14.0, -60.0, -32.0)
        if slab is not None and slab.axis != 0:
            start = (
                (start[0], slab.at, start[2])
                if slab.axis == 1
                else (start[0], start[1], max(min(slab.at, 50.0), -20.0))
            )
        outward = (np.array(start) - _MIDDLE) / _HALF**2 + rng.normal(0, 0.0025, 3)
        if slab is not None or rng.random() < 0.7:
            outward[2 if slab is None else slab.axis] *= 0.25
        outward /= np.linalg.norm(outward)
        middle = np.array(start) + outward * reach * 0.85
        centre = (float(middle[0]), float(middle[1]), float(middle[2]))
        gyral = palette.of(1100, 120, 0.86, 0.6 if rng.random() < 0.35 and form == "wedge" else 0.0)
        row = focus_row(
            WEDGE,
            centre,
            (reach, wide, wide * float(rng.uniform(0.75, 1.2))),
            axes_along(outward, rng),
            rng,
            signal,
            gyral,
            rough=0.08,
            rim=1.0 if palette.timing.dose else 0.0,
            mottle=0.05,
            softness=2.0,
            side=sign,
            fossa=fossa_of(centre),
        )
        clear = palette.clear(signal, t.GREY, 0.13) and palette.clear(signal, t.WHITE, 0.18)
        size = wide
    burden.foci.insert(0, Focus(spec.finding, spec.side, row, severity, round(2 * size, 1), form, clear))
    if form == "wedge":
        burden.masses.append((*centre, size, 0.08))
    burden.anchors.append((centre, 0.7 * size))


def _spread(size: float, rng: Generator, spread: float) -> tuple[float, float, float]:
    a, b, c = (float(size * np.exp(rng.normal(0, spread))) for _ in range(3))
    return a, b, c


def blood_signals(palette: Palette, form: str, rng: Generator) -> tuple[float, float]:
    """Signal of the bulk and of the rim of blood of an age."""
    bright = palette.of(float(rng.uniform(280, 380)), float(rng.uniform(120, 180)), 0.9)
    deoxy = palette.of(float(rng.uniform(900, 1300)), float(rng.uniform(22, 38)), 0.85)
    if form == "acute":
        return deoxy, palette.of(1200, 120, 0.9)
    if form == "mixed":
        return palette.of(900, 60, 0.85), bright
    return bright, palette.of(700, 25, 0.6)


def add_hemorrhage(burden: Burden, spec: FindingSpec, palette: Palette, rng: Generator, slab: Slab | None) -> None:
    """Blood within the brain, most often in the basal ganglia, whose look changes with its age."""
    severity, sign = spec.severity or 0.0, sign_of(spec.side)
    form = spec.form or "subacute"
    size = float((7 + 15 * severity) * np.exp(rng.normal(0, 0.1)))
    pick = rng.random()
    if slab is None and pick < 0.45:
        centre: Point | None = (
            sign * float(rng.uniform(20, 30)),
            float(rng.uniform(-22, 10)),
            float(rng.uniform(-2, 14)),
        )
    elif slab is None and pick < 0.6:
        centre = place(
            rng,
            sign,
            (4, -80, -50),
            (34, -25, -14),
            lambda p: in_posterior_fossa(p, 6) and burden.free(p, size),
            slab,
            size,
        )
    else:
        centre = place(
            rng, sign, (14, -78, -20), (55, 55, 58), lambda p: in_brain(p, 6) and burden.free(p, size), slab, size
        )
    centre = centre or (sign * 26.0, -5.0, 6.0)
    if not burden.free(centre, size):
        return
    bulk, rim = blood_signals(palette, form, rng)
    if not palette.clear(bulk, t.GREY, 0.22) and palette.timing.sequence in ("T1", "T1 post contrast"):
        form = "mixed" if rng.random() < 0.4 else "subacute"
        bulk, rim = blood_signals(palette, form, rng)
    thick = float(rng.uniform(0.1, 0.28)) if form == "mixed" else float(rng.uniform(0.04, 0.12))
    row = focus_row(
        RING,
        centre,
        _spread(size, rng, 0.2),
        axes(rng),
        rng,
        bulk,
        rim,
        bulk,
        float(rng.uniform(0.05, 0.13)),
        6,
        thick,
        float(rng.uniform(0.04, 0.14)),
        1.1,
    )
    clear = palette.clear(bulk, t.GREY, 0.2) or (form == "mixed" and palette.clear(rim, t.GREY, 0.3))
    burden.foci.append(Focus(spec.finding, spec.side, row, severity, round(2 * size, 1), form, clear))
    burden.masses.append((*centre, size, float(rng.uniform(0.3, 0.6))))
    burden.anchors.append((centre, size))


def add_collection(burden: Burden, spec: FindingSpec, palette: Palette, rng: Generator, slab: Slab | None) -> None:
    """A crescent (subdural) or a lens (epidural) of blood under the skull of one side."""
    severity, sign = spec.severity or 0.0, sign_of(spec.side)
    lens = spec.finding == "epidural hematoma"
    direction = np.array([sign * rng.uniform(0.55, 0.95), rng.uniform(-0.5, 0.55), rng.uniform(0.0, 0.5)])
    if burden.axis == 0:
        # a sagittal plane shows a layer in section only where it lies over the front, the top or the back
        direction = np.array(
            [sign * rng.uniform(0.25, 0.5), rng.choice((-1, 1)) * rng.uniform(0.3, 0.8), rng.uniform(0.1, 0.9)]
        )
    elif slab is not None:
        direction[slab.axis] = np.clip((slab.at - _MIDDLE[slab.axis]) / _HALF[slab.axis], -0.6, 0.75)
    direction /= np.linalg.norm(direction)
    thick = 8.5 + 11 * severity if lens else 5.5 + 11 * severity
    extent = rng.uniform(0.42, 0.62) if lens else rng.uniform(0.85, 1.25)
    form = ("subacute", "acute", "chronic")[int(rng.integers(3))]
    signal = blood_signals(palette, "acute" if form == "acute" else "subacute", rng)[0]
    if form == "chronic":
        signal = palette.of(float(rng.uniform(700, 1500)), float(rng.uniform(180, 300)), 0.95)
    if not (palette.clear(signal, t.GREY, 0.25) and palette.clear(signal, t.CSF, 0.2)):
        signal = blood_signals(palette, "subacute", rng)[0]
    clear = palette.clear(signal, t.GREY, 0.2)
    dura = float(palette.signals[t.DURA])
    row = (
        sign,
        *(float(value) for value in direction),
        float(thick),
        float(1 / extent**2),
        1.0 if lens else 0.0,
        signal,
        float(rng.uniform(0.03, 0.15)),
        float(rng.uniform(0, 64)),
        dura,
        0.8 if lens else 0.35,
    )
    side = spec.side or "left"
    burden.blood.append((spec.finding, side, severity, row, clear))
    point = _MIDDLE + direction * _HALF * 0.94
    burden.anchors.append(((float(point[0]), float(point[1]), float(point[2])), 10.0))


def add_white_matter_lesions(
    burden: Burden, spec: FindingSpec, palette: Palette, rng: Generator, slab: Slab | None
) -> None:
    """Spots and caps beside the ventricles and under the cortex of one side."""
    severity, sign = spec.severity or 0.0, sign_of(spec.side)
    signal = palette.of(float(rng.uniform(1000, 1250)), float(rng.uniform(135, 180)), 0.88)
    clear = palette.clear(signal, t.WHITE, 0.25)
    first: Point | None = None
    for _ in range(3 + int(9 * severity)):
        size = float((3.1 + 2.3 * severity) * np.exp(rng.normal(0, 0.2)))
        here = slab
        if slab is None and first is not None and rng.random() < 0.75:
            here = Slab(burden.axis, first[burden.axis])

        def fits(point: Point, size: float = size) -> bool:
            lateral, cerebrum, thalamus, lentiform = probe(point, "lateral", "cerebrum", "thalamus", "lentiform")
            inside = 4.0 < lateral < 21 and cerebrum < -13 and min(thalamus, lentiform) > 3
            return inside and burden.free(point, size)

        centre = place(rng, sign, (10, -62, 8), (44, 40, 46), fits, here, size)
        if centre is None:
            continue
        first = first or centre
        row = focus_row(
            SPOT, centre, _spread(size, rng, 0.25), axes(rng), rng, signal, rough=0.15, mottle=0.03, softness=1.8
        )
        burden.foci.append(Focus(spec.finding, spec.side, row, severity, round(2 * size, 1), None, clear))
    if first is not None:
        burden.anchors.append((first, 3.0))


LEAST_CUT_MM = 1.9
"""Radius of the piece that a plane cuts from a spot, below which nobody would call it one."""


def drop_slivers(burden: Burden, plane: Plane) -> None:
    """Leave out the spots of white matter that the plane only grazes."""
    burden.foci = [
        focus for focus in burden.foci if focus.finding != "white matter lesion" or not _grazed(focus, plane)
    ]


def _grazed(focus: Focus, plane: Plane) -> bool:
    depth = depth_in(plane, focus.row)
    return depth < 1.4 and float(focus.row[27]) * max(1 - depth**2, 0.0) ** 0.5 < LEAST_CUT_MM


_CAVES: dict[str, tuple[Point, float]] = {
    "maxillary": ((27, 48, -54), 22.0),
    "sphenoid": ((8, 15, -43), 17.0),
    "frontal": ((12, 72, 2), 19.0),
    "ethmoid": ((7.5, 47, -29), 17.0),
}


def add_sinusitis(burden: Burden, spec: FindingSpec, rng: Generator) -> None:
    """Swollen lining or fluid in one sinus of one side."""
    severity, sign, form = spec.severity or 0.0, sign_of(spec.side), spec.form or "maxillary"
    centre, radius = _CAVES[form]
    thin = form in ("ethmoid", "frontal")
    thick = (2.8 if thin else 4.5) + (5 if thin else 11) * severity
    burden.sinus.append((sign, float(thick), *centre, radius, float(rng.uniform(0.2, 1.0))))
    burden.sinus_specs.append((spec.side or "left", severity, form))
    burden.anchors.append(((sign * centre[0], centre[1], centre[2]), 4.0))


def add_shift(burden: Burden, spec: FindingSpec) -> None:
    """Midline pushed to the given side by 6 to 13 mm."""
    severity = spec.severity or 0.0
    burden.shift = (sign_of(spec.side) * (6.0 + 7.5 * severity), -4.0, 12.0, 1 / 62, 1 / 48)


def add_distractors(burden: Burden, palette: Palette, rng: Generator) -> None:
    """What is no finding but may look like one: pineal gland, perivascular spaces, a developmental vein."""
    glands, spaces, veins = rng.random(3)
    rows = []
    if glands < 0.6:
        pineal = palette.of(1000, 110, 0.85, float(rng.uniform(0.2, 0.8)))
        rows.append(
            focus_row(RING, (0.0, -34.0, 2.5), (2.6, 4.0, 2.6), np.eye(3), rng, pineal, pineal, pineal, rim=2.0)
        )
    if spaces < 0.45:
        fluid = float(palette.signals[t.CSF])
        for _ in range(int(rng.integers(1, 6))):
            centre = (
                float(rng.choice((-1, 1)) * rng.uniform(19, 27)),
                float(rng.uniform(-8, 14)),
                float(rng.uniform(-9, 0)),
            )
            rows.append(focus_row(SOLID, centre, (1.3, 1.3, 2.2), np.eye(3), rng, fluid, softness=1.5))
    if veins < 0.35:
        sign = float(rng.choice((-1, 1)))
        centre = place(rng, sign, (14, -60, -5), (50, 45, 50), lambda p: in_brain(p, 8), None, 8) or (
            sign * 30.0,
            0.0,
            30.0,
        )
        vein = float(palette.signals[t.VEIN])
        rows.append(focus_row(SOLID, centre, (float(rng.uniform(8, 18)), 0.9, 0.9), axes(rng), rng, vein, softness=1.2))
    burden.foci[:0] = [Focus(None, None, row, 0.0, 0.0, None, False) for row in rows]
