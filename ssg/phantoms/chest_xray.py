"""A synthetic frontal chest radiograph with exact truth, start to finish.

The order is that of nature: a patient, what ails them, how the beam passes through them, how the picture is taken, and
only then what of it can be seen. Every random choice has its own stream, drawn from the seed: the patient, the findings,
the framing, the picture. So the same seed is the same patient at every size, with and without each finding.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.random import Generator

from ssg.boxes import Box, from_mask
from ssg.errors import BadInput
from ssg.phantoms import airspace, devices, focal, pleura
from ssg.phantoms.acquisition import collimate, draw_framing, draw_style, expose, mark
from ssg.phantoms.anatomy import structure_masks
from ssg.phantoms.body import Body, draw_body
from ssg.phantoms.canvas import F32, Canvas, smooth_noise
from ssg.phantoms.distractors import add_distractors
from ssg.phantoms.findings import changed_body, complete, draw_findings, uncertain
from ssg.phantoms.scene import Scene, Trace
from ssg.phantoms.sites import draw_site
from ssg.phantoms.skeleton import bones
from ssg.phantoms.thorax import build_thorax, lung_masks
from ssg.phantoms.types import FINDINGS, FindingSpec, Mask, Phantom, PhantomFinding, SideName
from ssg.phantoms.vessels import airways, grow_tree, hila, vessel_path

SMALLEST, LARGEST = 64, 1024

TISSUE = 0.0195
"""Attenuation of soft tissue per mm at the mean energy behind a chest (about 65 keV); bone adds the second figure."""
BONE = 0.036

LEAST_VISIBLE = 0.35
"""A finding of which less of its pixels lies in the open field is unknown, not present."""


def chest_xray(
    seed: int,
    size: int = 224,
    with_masks: bool = False,
    findings: Sequence[FindingSpec | dict | str] | None = None,
    site: str | None = None,
    severity: float | None = None,
) -> Phantom:
    """Draw one phantom of ``size`` × ``size`` pixels (64 to 1024).

    ``findings`` forces what is drawn (an empty list: normal); ``severity`` sets that of all findings; ``site`` restricts
    the style. Raises BadInput for anything that cannot be drawn.
    """
    _require(seed, size, severity)
    department = draw_site(_stream(seed, 1), site)
    body_rng = _stream(seed, 2)
    body = draw_body(body_rng, "AP" if body_rng.random() < department.ap_share else "PA")
    specs = _specs(seed, findings, severity)
    framing = draw_framing(_stream(seed, 3), department, body)
    style = draw_style(_stream(seed, 4), department)

    scene = _scene(Canvas(size, framing), changed_body(body, specs), specs, seed)
    for number, spec in enumerate(specs):
        _draw_finding(scene, spec, _stream(seed, 10 + FINDINGS.index(spec.finding), number))
    add_distractors(scene, _stream(seed, 5))
    attenuation, healthy, trachea = _attenuation(scene, seed)
    grey = expose(attenuation, healthy, scene.canvas, style, _stream(seed, 6, size))
    field = collimate(grey, style)
    mark(grey, department, body.view, _stream(seed, 7))

    traces, lost = _visible(scene.traces, field)
    structures = structure_masks(scene, trachea)
    unknown = uncertain(specs, body) | lost | {spec.finding for spec in specs}
    return Phantom(
        pixels=np.clip(grey * 255 + 0.5, 0, 255).astype(np.uint8),
        findings=_findings(traces),
        anatomy=_anatomy(structures, field),
        absent=tuple(name for name in FINDINGS if name not in unknown),
        seed=seed,
        site=department.name,
        view=body.view,
        sex=body.sex,
        age=body.age,
        spacing_mm=(scene.canvas.spacing_x, scene.canvas.spacing_y),
        masks=_masks(traces, structures, field) if with_masks else {},
    )


def _stream(seed: int, *purpose: int) -> Generator:
    """Independent random numbers for each purpose."""
    return np.random.default_rng([seed, *purpose])


def _require(seed: int, size: int, severity: float | None) -> None:
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or seed < 0:
        raise BadInput(f"The seed of a phantom must be a whole number from 0, got {seed!r}.")
    if isinstance(size, bool) or not isinstance(size, (int, np.integer)) or not SMALLEST <= size <= LARGEST:
        raise BadInput(f"The size of a phantom must be {SMALLEST} to {LARGEST} pixels, got {size!r}.")
    if severity is not None and not 0 <= severity <= 1:
        raise BadInput(f"The severity must lie between 0 and 1, got {severity!r}.")


def _specs(seed: int, forced: Sequence[FindingSpec | dict | str] | None, severity: float | None) -> list[FindingSpec]:
    rng = _stream(seed, 8)
    if forced is None:
        return draw_findings(rng, severity)
    specs = complete(forced, rng)
    if severity is None:
        return specs
    return [FindingSpec(spec.finding, spec.side, severity, spec.form) for spec in specs]


def _scene(canvas: Canvas, body: Body, specs: Sequence[FindingSpec], seed: int) -> Scene:
    """The patient before findings other than those of the body itself."""
    thorax = build_thorax(canvas, body)
    edema = max((spec.severity or 0.0 for spec in specs if spec.finding == "pulmonary edema"), default=-1.0)
    upper, engorged = (
        (1.25 + 0.5 * edema, 1.1 + 0.25 * edema) if edema >= 0 else (1.0 if body.view == "PA" else 1.2, 1.0)
    )
    tree = grow_tree(body, _stream(seed, 20), upper, engorged)
    shape = (canvas.size, canvas.size)
    scene = Scene(
        canvas=canvas,
        body=body,
        thorax=thorax,
        tree=tree,
        lungs=lung_masks(canvas, thorax),
        air=thorax.air,
        opacity=canvas.empty(),
        vessels=np.ones(shape, np.float32),
        density=_texture(canvas, body, _stream(seed, 21)),
        dense=canvas.empty(),
    )
    if any(spec.finding == "cardiomegaly" for spec in specs):
        level = next(spec.severity or 0.0 for spec in specs if spec.finding == "cardiomegaly")
        ratio = round((body.heart_left + body.heart_right) / (2 * body.half_width), 2)
        scene.traces.append(Trace("cardiomegaly", None, thorax.heart < 1, level, None, f"ratio {ratio}"))
    return scene


def _texture(canvas: Canvas, body: Body, rng: Generator) -> F32:
    """Density of the lung: denser at the bases, mottled at every scale that the pixels can show."""
    density = np.full((canvas.size, canvas.size), body.lung_density, np.float32)
    density *= 1 + np.float32(0.0019) * canvas.y
    strength = np.float32(0.04 * body.markings)
    for cells in (20, 50, 100, 200, 400):
        layer = _stream_noise(canvas, rng, cells, strength)
        if layer is not None:
            density *= 1 + layer
    return np.clip(density, 0.05, 0.8)


def _stream_noise(canvas: Canvas, rng: Generator, cells: int, strength: np.float32) -> F32 | None:
    """One octave of noise, from its own stream so that finer ones do not disturb it; None if too fine to show."""
    own = np.random.default_rng(int(rng.integers(2**62)))
    return smooth_noise(canvas.size, own, cells) * strength if cells <= canvas.size / 1.8 else None


def _draw_finding(scene: Scene, spec: FindingSpec, rng: Generator) -> None:
    side, severity = spec.side, spec.severity or 0.0
    if spec.finding == "endotracheal tube":
        return devices.add_endotracheal_tube(scene, severity, rng)
    if side is None:
        return None
    if spec.finding == "consolidation":
        return airspace.add_consolidation(scene, side, severity, rng, spec.form)
    if spec.finding == "atelectasis":
        return airspace.add_atelectasis(scene, side, severity, rng, spec.form)
    if spec.finding == "central venous catheter":
        return devices.add_catheter(scene, side, severity, rng, spec.form)
    draw = {
        "pleural effusion": pleura.add_effusion,
        "pneumothorax": pleura.add_pneumothorax,
        "nodule": focal.add_nodule,
        "mass": focal.add_mass,
        "pulmonary edema": airspace.add_edema,
        "hilar enlargement": focal.add_hilar_enlargement,
        "rib fracture": focal.add_rib_fracture,
        "pacemaker": devices.add_pacemaker,
    }[spec.finding]
    return draw(scene, side, severity, rng)


def _attenuation(scene: Scene, seed: int) -> tuple[F32, F32, F32]:
    """Nepers along the beam; the same of healthy soft tissue alone; air in the trachea (mm)."""
    canvas, body, thorax = scene.canvas, scene.body, scene.thorax
    trachea, airway = airways(canvas, body)
    blood = vessel_path(canvas, scene.tree) * scene.vessels * np.minimum(scene.air * np.float32(1 / 60), 1)
    blood /= 1 + blood * np.float32(1 / 90)  # crossing branches lie in one lung, not one behind the other without end
    blood += hila(canvas, body) * scene.vessels
    lung = np.minimum(scene.air * scene.density + scene.opacity + blood, scene.air)
    solid = thorax.tissue - scene.air
    healthy = np.float32(TISSUE) * np.maximum(solid + scene.air * np.float32(body.lung_density), 0)
    airway = np.maximum(airway * np.minimum(thorax.central * np.float32(1 / 70), 1), trachea)
    hollow = np.minimum(thorax.gas + airway, np.maximum(solid, 0) * np.float32(0.6))
    total = np.float32(TISSUE) * np.maximum(solid + lung - hollow, 0)
    total += np.float32(BONE) * bones(canvas, body, _stream(seed, 22), scene.breaks)
    total += scene.dense
    return np.maximum(total, 0), healthy, trachea


def _visible(traces: Sequence[Trace], field: Mask | None) -> tuple[list[Trace], set[str]]:
    """Traces cut to the open field, and the names of findings that it hides."""
    kept: list[Trace] = []
    lost: set[str] = set()
    for trace in traces:
        whole = np.count_nonzero(trace.mask)
        mask = trace.mask if field is None else trace.mask & field
        if whole == 0 or np.count_nonzero(mask) < LEAST_VISIBLE * whole:
            lost.add(trace.finding)
            continue
        kept.append(Trace(trace.finding, trace.side, mask, trace.severity, trace.size_mm, trace.form))
    return kept, lost


def _findings(traces: Sequence[Trace]) -> tuple[PhantomFinding, ...]:
    """One entry for each finding and side, with a box for each instance."""
    grouped: dict[tuple[str, SideName | None], list[Trace]] = {}
    for trace in traces:
        grouped.setdefault((trace.finding, trace.side), []).append(trace)
    out = []
    for (name, side), group in grouped.items():
        boxes = tuple(box for trace in group if (box := from_mask(trace.mask)) is not None)
        first = group[0]
        out.append(PhantomFinding(name, side, boxes, first.severity, first.size_mm, first.form))
    return tuple(out)


def _anatomy(structures: dict[tuple[str, SideName | None], Mask], field: Mask | None) -> tuple[PhantomFinding, ...]:
    out = []
    for (name, side), mask in structures.items():
        box: Box | None = from_mask(mask if field is None else mask & field)
        if box is not None:
            out.append(PhantomFinding(name, side, (box,)))
    return tuple(out)


def _masks(
    traces: Sequence[Trace], structures: dict[tuple[str, SideName | None], Mask], field: Mask | None
) -> dict[tuple[str, SideName | None], Mask]:
    """Union of the instances of each finding, and the structures, all cut to the field."""
    masks = {key: (mask if field is None else mask & field) for key, mask in structures.items()}
    for trace in traces:
        key = (trace.finding, trace.side)
        masks[key] = masks[key] | trace.mask if key in masks else trace.mask
    return masks
