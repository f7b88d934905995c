"""A synthetic frontal chest radiograph with exact truth, start to finish.

The order is that of nature: a patient, what ails them, how the beam passes through them, how the picture is taken, and
only then what of it can be seen. Every random choice has its own stream, drawn from the seed: the patient, findings,
framing, picture. So the same seed is the same patient at every size, with and without each finding.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numba import njit
from numpy.random import Generator

from ssg.errors import BadInput
from ssg.phantoms import airspace, devices, focal, pleura
from ssg.phantoms.acquisition import collimate, draw_framing, draw_style, expose, mark
from ssg.phantoms.anatomy import structure_masks
from ssg.phantoms.body import Body, draw_body
from ssg.phantoms.canvas import F32, Canvas, smooth_noise
from ssg.phantoms.distractors import add_distractors
from ssg.phantoms.findings import changed_body, complete, draw_findings, uncertain
from ssg.phantoms.request import at_severity, require_drawable
from ssg.phantoms.scene import Scene, Trace
from ssg.phantoms.sites import draw_site
from ssg.phantoms.skeleton import bones
from ssg.phantoms.thorax import build_thorax, lung_masks
from ssg.phantoms.truth import anatomy_entries, finding_entries, finding_masks, visible
from ssg.phantoms.types import FINDINGS, FindingSpec, Phantom
from ssg.phantoms.vessels import airways, grow_tree, hila, vessel_path

TISSUE = 0.0195
"""Attenuation of soft tissue per mm at the mean energy behind a chest (about 65 keV); bone adds the second figure."""
BONE = 0.041
LAST_VISIT = 100


def chest_xray(
    seed: int,
    size: int = 224,
    with_masks: bool = False,
    findings: Sequence[FindingSpec | dict[str, Any] | str] | None = None,
    site: str | None = None,
    severity: float | None = None,
    visit: int = 0,
) -> Phantom:
    """Draw one phantom of ``size`` × ``size`` pixels (64 to 1024).

    ``findings`` forces what is drawn (an empty list: normal); ``severity`` sets that of all findings; ``site`` sets
    the style. Another ``visit`` is the same body on another day: framed, exposed and marked anew, with other wires on
    the skin; a finding that stands at the same place of the list lies at the same place of the body. Raises BadInput
    for anything that cannot be drawn.
    """
    require_drawable(seed, size, severity)
    if isinstance(visit, bool) or not isinstance(visit, int) or not 0 <= visit <= LAST_VISIT:
        raise BadInput(f"The visit must be a whole number from 0 to {LAST_VISIT}, got {visit!r}.")
    again = (1_000 + visit,) if visit else ()
    department = draw_site(_stream(seed, 1), site)
    body_rng = _stream(seed, 2)
    body = draw_body(body_rng, "AP" if body_rng.random() < department.ap_share else "PA")
    specs = _specs(seed, findings, severity)
    framing = draw_framing(_stream(seed, 3, *again), department, body)
    style = draw_style(_stream(seed, 4, *again), department)

    scene = _scene(Canvas(size, framing), changed_body(body, specs), specs, seed)
    for number, spec in enumerate(specs):
        _draw_finding(scene, spec, _stream(seed, 10 + FINDINGS.index(spec.finding), number))
    add_distractors(scene, _stream(seed, 5), _stream(seed, 5, *again) if visit else None)
    attenuation, healthy, trachea = _attenuation(scene, seed)
    grey = expose(attenuation, healthy, scene.canvas, style, _stream(seed, 6, size, *again))
    field = collimate(grey, style)
    mark(grey, department, body.view, _stream(seed, 7, *again))

    traces, lost = visible(scene.traces, field)
    structures = structure_masks(scene, trachea)
    unknown = uncertain(specs, body) | lost | {spec.finding for spec in specs}
    return Phantom(
        pixels=np.clip(grey * 255 + 0.5, 0, 255).astype(np.uint8),
        findings=finding_entries(traces),
        anatomy=anatomy_entries(structures, field),
        absent=tuple(name for name in FINDINGS if name not in unknown),
        seed=seed,
        site=department.name,
        view=body.view,
        sex=body.sex,
        age=body.age,
        spacing_mm=(scene.canvas.spacing_x, scene.canvas.spacing_y),
        masks=finding_masks(traces, structures, field) if with_masks else {},
    )


def _stream(seed: int, *purpose: int) -> Generator:
    """Independent random numbers for each purpose."""
    return np.random.default_rng([seed, *purpose])


def _specs(
    seed: int, forced: Sequence[FindingSpec | dict[str, Any] | str] | None, severity: float | None
) -> list[FindingSpec]:
    rng = _stream(seed, 8)
    if forced is None:
        return draw_findings(rng, severity)
    return at_severity(complete(forced, rng), severity)


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
    mottle, part = np.ones((canvas.size, canvas.size), np.float32), canvas.empty()
    for cells in (20, 50, 100, 200, 400):
        layer = _stream_noise(canvas, rng, cells)
        if layer is not None:
            np.multiply(layer, np.float32(0.05 * body.markings), out=part)
            mottle += part
    mottle *= np.float32(body.lung_density) * (1 + np.float32(0.0019) * canvas.y)
    return np.clip(mottle, np.float32(0.05), np.float32(0.8), out=mottle)


def _stream_noise(canvas: Canvas, rng: Generator, cells: int) -> F32 | None:
    """One octave of noise, from its own stream so that finer ones do not disturb it; None if too fine to show."""
    number = int(rng.integers(2**62))
    return smooth_noise(canvas.size, np.random.default_rng(number), cells) if cells <= canvas.size / 1.8 else None


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
    total, healthy = _sum_up(
        thorax.tissue,
        scene.air,
        scene.density,
        scene.opacity,
        vessel_path(canvas, scene.tree),
        hila(canvas, body),
        scene.vessels,
        thorax.central,
        np.stack([trachea, airway, thorax.gas]),
        bones(canvas, body, _stream(seed, 22), scene.breaks),
        scene.dense,
        np.float32(body.lung_density),
    )
    return total, healthy, trachea


@njit(cache=True, fastmath=True, error_model="numpy")
def _sum_up(tissue, air, density, opacity, blood, hilar, shown, central, gases, bone, dense, healthy_density):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Nepers of all together, and of healthy soft tissue alone, in one pass; arguments are paths in mm (H, W)."""
    total, healthy = np.empty(air.shape, np.float32), np.empty(air.shape, np.float32)
    one, none = np.float32(1), np.float32(0)
    for i in range(air.shape[0]):
        for j in range(air.shape[1]):
            lung = air[i, j]
            branch = blood[i, j] * shown[i, j] * min(lung * np.float32(1 / 60), one)
            branch /= one + branch * np.float32(
                1 / 90
            )  # branches cross within one lung, not without end behind another
            filled = lung * density[i, j] + opacity[i, j] + branch + hilar[i, j] * shown[i, j]
            solid = tissue[i, j] - lung
            airway = max(gases[1, i, j] * min(central[i, j] * np.float32(1 / 70), one), gases[0, i, j])
            hollow = min(gases[2, i, j] + airway, max(solid, none) * np.float32(0.6))
            soft = max(solid + min(filled, lung) - hollow, none)
            healthy[i, j] = np.float32(TISSUE) * max(solid + lung * healthy_density, none)
            total[i, j] = max(np.float32(TISSUE) * soft + np.float32(BONE) * bone[i, j] + dense[i, j], none)
    return total, healthy
