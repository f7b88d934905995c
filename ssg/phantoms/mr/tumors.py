"""Tumors and what goes with them: glioma, metastasis, meningioma, pituitary tumor, arachnoid cyst, edema."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from ssg.phantoms.mr import tissue as t
from ssg.phantoms.mr.lesions import Burden, Focus, Palette, Point, axes, axes_along, focus_row
from ssg.phantoms.mr.painting import CYST, DURAL, EDEMA, RING, SELLAR
from ssg.phantoms.mr.placing import Slab, dura_normal, fossa_of, in_brain, in_posterior_fossa, place, probe
from ssg.phantoms.types import FindingSpec, SideName

_HEMISPHERE: tuple[Point, Point] = ((12, -85, -32), (60, 58, 62))


def sign_of(side: SideName | None) -> float:
    """-1 for the patient's right, 1 for the left: the sign of x."""
    return -1.0 if side == "right" else 1.0


def _radii(size: float, rng: Generator, spread: float = 0.16) -> tuple[float, float, float]:
    a, b, c = (float(size * np.exp(rng.normal(0, spread))) for _ in range(3))
    return a, b, c


def _site_in_brain(
    burden: Burden, rng: Generator, spec: FindingSpec, size: float, slab: Slab | None, below: float
) -> Point | None:
    """A place of its own within the brain; None where no room is left beside other masses."""
    sign, margin = sign_of(spec.side), min(0.45 * size, 7.0)
    if slab is None and rng.random() < below:
        found = place(
            rng,
            sign,
            (0, -88, -55),
            (38, -18, -8),
            lambda p: in_posterior_fossa(p, margin) and burden.free(p, size),
            slab,
            size,
        )
    else:
        found = place(rng, sign, *_HEMISPHERE, lambda p: in_brain(p, margin) and burden.free(p, size), slab, size)
    spare = (sign * 32.0, -10.0, 28.0)
    return found or (spare if burden.free(spare, size) else None)


def add_glioma(burden: Burden, spec: FindingSpec, palette: Palette, rng: Generator, slab: Slab | None) -> None:
    """A mass within the brain: a ragged ring about necrosis, patchy enhancement, or an even dark swelling."""
    severity, form = spec.severity or 0.0, spec.form or "ring"
    size = float((9.0 + 23 * severity) * np.exp(rng.normal(0, 0.12)))
    centre = _site_in_brain(burden, rng, spec, size, slab, 0.12)
    if centre is None:
        return
    dose = float(rng.uniform(0.14, 0.6))
    tumor = palette.of(1250, float(rng.uniform(120, 170)), 0.87, dose)
    necrosis = palette.of(float(rng.uniform(1500, 3000)), float(rng.uniform(180, 400)), 0.95, 0.03)
    plain = palette.of(float(rng.uniform(1500, 2300)), float(rng.uniform(130, 230)), 0.92, float(rng.uniform(0, 0.02)))
    rough = float(rng.uniform(0.05, 0.15))
    if form == "low grade":
        row = focus_row(RING, centre, _radii(size, rng), axes(rng), rng, plain, plain, plain, rough, 6, 0.3, 0.04,
                        float(rng.uniform(1.5, 3.5)))  # fmt: skip
        clear = palette.clear(plain)
    elif form == "patchy":
        row = focus_row(
            RING,
            centre,
            _radii(size, rng, 0.22),
            axes(rng),
            rng,
            tumor,
            0.6 * tumor + 0.4 * plain,
            plain,
            rough + 0.04,
            7,
            float(rng.uniform(0.25, 0.6)),
            float(rng.uniform(0.18, 0.38)),
            1.6,
        )
        clear = palette.clear(0.6 * tumor + 0.4 * plain, t.WHITE, 0.15) or palette.clear(plain, t.WHITE, 0.15)
    else:
        row = focus_row(RING, centre, _radii(size, rng), axes(rng), rng, tumor, tumor, necrosis, rough, 6,
                        float(rng.uniform(0.12, 0.42)), float(rng.uniform(0.08, 0.25)), 1.2)  # fmt: skip
        clear = palette.clear(tumor) or palette.clear(necrosis)
    burden.foci.append(Focus(spec.finding, spec.side, row, severity, round(2 * size, 1), form, clear))
    burden.masses.append((*centre, size, float(rng.uniform(0.15, 0.55))))
    burden.anchors.append((centre, size))


def add_tumor(burden: Burden, spec: FindingSpec, palette: Palette, rng: Generator, slab: Slab | None) -> None:
    """A tumor that one slice does not name: one to three round metastases, a ring, or a solid ball."""
    severity, form = spec.severity or 0.0, spec.form or "solid"
    count = 1 + int(rng.random() < 0.5) + int(rng.random() < 0.3) if form == "metastasis" else 1
    for _ in range(count):
        size = float(
            (4.2 + 9 * severity) * np.exp(rng.normal(0, 0.15)) if form == "metastasis" else 7.5 + 13 * severity
        )
        centre = _site_in_brain(burden, rng, spec, size, slab, 0.22)
        if centre is None:
            return
        tumor = palette.of(1150, float(rng.uniform(115, 170)), 0.85, float(rng.uniform(0.2, 0.75)))
        core = palette.of(2300, 260, 0.95, 0.03)
        solid = form == "solid" or (form == "metastasis" and rng.random() < 0.5)
        rim = 2.0 if solid else float(rng.uniform(0.16, 0.4))
        row = focus_row(
            RING,
            centre,
            _radii(size, rng, 0.1),
            axes(rng),
            rng,
            tumor,
            tumor,
            core,
            float(rng.uniform(0.02, 0.09)),
            6,
            rim,
            float(rng.uniform(0.03, 0.15)),
            1.1,
        )
        burden.foci.append(
            Focus(spec.finding, spec.side, row, severity, round(2 * size, 1), form, palette.clear(tumor))
        )
        burden.masses.append((*centre, size, float(rng.uniform(0.2, 0.5))))
        burden.anchors.append((centre, size))
        # the others of one patient lie where the same plane meets them
        slab = slab or Slab(burden.axis, centre[burden.axis])


def add_meningioma(burden: Burden, spec: FindingSpec, palette: Palette, rng: Generator, slab: Slab | None) -> None:
    """An even, sharply bounded mass broad on the dura of the vault, the falx or the base, with a tail along it."""
    severity, form, sign = spec.severity or 0.0, spec.form or "convexity", sign_of(spec.side)
    size = float((8.5 + 21 * severity) * np.exp(rng.normal(0, 0.12)))
    centre, outward = _dural_site(rng, form, sign, size, slab)
    bright = palette.of(
        float(rng.uniform(900, 1250)), float(rng.uniform(78, 115)), 0.84, float(rng.uniform(0.22, 0.75))
    )
    flat = float(rng.uniform(0.72, 1.0))
    radii = (size * flat, float(size * np.exp(rng.normal(0, 0.12))), float(size * np.exp(rng.normal(0, 0.12))))
    tail = float(rng.uniform(0.4, 0.9)) if rng.random() < 0.7 else 0.0
    row = focus_row(
        DURAL,
        centre,
        radii,
        axes_along(outward, rng),
        rng,
        bright,
        bright,
        bright,
        float(rng.uniform(0.02, 0.09)),
        5,
        tail,
        float(rng.uniform(0.02, 0.1)),
        1.0,
        sign if form == "falx" else 0.0,
    )
    clear = palette.clear(bright, t.GREY, 0.22)
    burden.foci.append(Focus(spec.finding, spec.side, row, severity, round(2 * size, 1), form, clear))
    burden.masses.append((*centre, size, 0.75))
    burden.anchors.append((centre, 0.8 * size))


def _dural_site(rng: Generator, form: str, sign: float, size: float, slab: Slab | None) -> tuple[Point, np.ndarray]:
    """Centre of a mass that sits on the dura, and the direction to the dura."""
    if form == "falx":
        found = place(
            rng,
            sign,
            (0.6 * size, -75, 20),
            (0.85 * size, 55, 66),
            lambda p: probe(p, "dura")[0] < -0.45 * size and probe(p, "callosum")[0] > 0.5 * size,
            slab,
            size,
        )
        centre = found or (sign * 0.75 * size, 25.0, 48.0)
        return centre, np.array([-sign, 0.0, 0.0])
    low, high = ((4, -60, -45), (50, 62, -14)) if form == "base" else ((22, -95, -12), (72, 72, 82))
    depth = 0.55 * size

    def fits(point: Point) -> bool:
        return abs(probe(point, "dura")[0] + depth) < 2.5 and probe(point, "pituitary")[0] > 8 + 0.6 * size

    centre = place(rng, sign, low, high, fits, slab, size) or (sign * 50.0, -10.0, 38.0)
    return centre, np.asarray(dura_normal(centre)[1])


def add_pituitary_tumor(burden: Burden, spec: FindingSpec, palette: Palette, rng: Generator) -> None:
    """A mass of the sella: upwards through its opening, with a waist, or down into the sphenoid sinus."""
    severity, form = spec.severity or 0.0, spec.form or "macroadenoma"
    size = float((6.5 + 11.5 * severity) * np.exp(rng.normal(0, 0.1)))
    signal = palette.of(float(rng.uniform(850, 1300)), float(rng.uniform(85, 130)), 0.85, float(rng.uniform(0.14, 0.6)))
    side = float(rng.normal(0, 1.5 + 1.5 * severity))
    radii = (
        float(size * rng.uniform(0.95, 1.3)),
        float(size * rng.uniform(0.8, 1.05)),
        float(size * rng.uniform(0.75, 1.1)),
    )
    base = -29.0 + 0.5 * (radii[2] - 5)
    if form == "infrasellar":
        base = -32.0 - 0.35 * (radii[2] - 5)
    if form == "snowman":
        base = -29.0
    centre = (side, 3.0, base)
    rough, mottle = float(rng.uniform(0.02, 0.09)), float(rng.uniform(0.03, 0.16))
    cystic = rng.random() < 0.22
    rim = float(rng.uniform(0.25, 0.5)) if cystic else 2.0
    core = palette.of(1900, 240, 0.95, 0.02) if cystic else signal
    clear = palette.clear(signal, t.CSF, 0.25)
    row = focus_row(SELLAR, centre, radii, np.eye(3), rng, signal, signal, core, rough, 6, rim, mottle, 1.1)
    burden.foci.append(Focus(spec.finding, None, row, severity, round(2 * size, 1), form, clear))
    burden.masses.append((*centre, size, 0.6))
    if form == "snowman":
        head = float(rng.uniform(0.65, 0.95))
        upper = (side + float(rng.normal(0, 1)), 2.0, base + radii[2] + 0.55 * head * size)
        row = focus_row(SELLAR, upper, (radii[0] * head, radii[1] * head, size * head), np.eye(3), rng, signal, signal,
                        core, rough, 6, rim, mottle, 1.1)  # fmt: skip
        burden.foci.append(Focus(spec.finding, None, row, severity, round(2 * size, 1), form, clear))
        burden.masses.append((*upper, size * head, 0.6))
        centre = (side, 2.5, base + 0.6 * radii[2])
    burden.anchors.append((centre, 0.7 * size))


def add_cyst(burden: Burden, spec: FindingSpec, palette: Palette, rng: Generator, slab: Slab | None) -> None:
    """A pocket of fluid before the temporal lobe, over the convexity or behind the cerebellum."""
    severity, sign = spec.severity or 0.0, sign_of(spec.side)
    size = float((10 + 13 * severity) * np.exp(rng.normal(0, 0.1)))
    spot = rng.random()
    centre: Point
    if slab is None and spot < 0.6:
        centre = (sign * float(rng.uniform(38, 46)), float(rng.uniform(8, 16)), float(rng.uniform(-28, -18)))
    elif slab is None and spot < 0.78:
        centre = (sign * (6 + 0.5 * size), -88.0 + 0.4 * size, -42.0)
    else:
        found = place(
            rng, sign, (15, -80, -30), (68, 60, 72), lambda p: abs(probe(p, "dura")[0] + 0.62 * size) < 3, slab, size
        )
        centre = found or (sign * 42.0, 12.0, -23.0)
    outward = np.asarray(dura_normal(centre)[1])
    signal = float(palette.signals[t.CSF])
    radii = (size, float(size * np.exp(rng.normal(0, 0.12))), float(size * np.exp(rng.normal(0, 0.12))))
    row = focus_row(CYST, centre, radii, axes_along(outward, rng), rng, signal, rough=0.05, mottle=0.01, softness=1.0)
    clear = palette.clear(signal, t.GREY, 0.3)
    burden.foci.append(Focus(spec.finding, spec.side, row, severity, round(2 * size, 1), None, clear))
    burden.masses.append((*centre, size, 0.85))
    burden.anchors.append((centre, size))


def add_edema(burden: Burden, spec: FindingSpec, palette: Palette, rng: Generator, slab: Slab | None) -> None:
    """Water in the white matter about a mass of the same side, or alone."""
    severity = spec.severity or 0.0
    signal = palette.of(float(1050 + 350 * severity + rng.uniform(0, 150)), float(135 + 35 * severity), 0.88)
    host = next(
        (
            f
            for f in burden.foci
            if f.side == spec.side and f.finding in ("glioma", "brain tumor", "meningioma", "hemorrhage")
        ),
        None,
    )
    if host is not None:
        centre = (float(host.row[1]), float(host.row[2]), float(host.row[3]))
        reach = host.size_mm / 2 + 8 + 14 * severity
    else:
        reach = 15 + 17 * severity
        sign = sign_of(spec.side)
        centre = place(rng, sign, (18, -70, -5), (48, 48, 50), lambda p: in_brain(p, 9), slab, reach) or (
            sign * 30.0,
            5.0,
            30.0,
        )
        burden.anchors.append((centre, 0.7 * reach))
        burden.masses.append((*centre, reach, 0.12))
    row = focus_row(
        EDEMA,
        centre,
        _radii(reach, rng, 0.14),
        axes(rng),
        rng,
        signal,
        rough=0.16,
        mottle=0.04,
        softness=4.0,
        side=sign_of(spec.side),
        strength=0.8 + 0.2 * severity,
        fossa=fossa_of(centre),
    )
    burden.foci.insert(
        0,
        Focus(spec.finding, spec.side, row, severity, round(2 * reach, 1), None, palette.clear(signal, t.WHITE, 0.26)),
    )
