"""A synthetic axial slice of a chest CT with exact truth, start to finish.

A patient is a body in three dimensions, drawn from the seed; findings are bodies in it; a slice cuts them.
Every random choice has its own stream, so the same seed is the same patient at every size, at every height, and with
and without each finding: slices at neighboring heights make a stack.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.random import Generator

from ssg.errors import BadInput
from ssg.phantoms.ct import airspace, central, focal, fracture, pleura
from ssg.phantoms.ct.abdomen import paint_abdomen
from ssg.phantoms.ct.acquisition import draw_grid, draw_style, finish, noise_level, paint_table
from ssg.phantoms.ct.bones import paint_arms, paint_bones
from ssg.phantoms.ct.choice import (
    SEEN,
    complete,
    deniable,
    draw_findings,
    draw_level,
    draw_phase,
    draw_window_name,
    uncertain,
)
from ssg.phantoms.ct.contours import Torso, torso
from ssg.phantoms.ct.display import show
from ssg.phantoms.ct.distractors import Distractors
from ssg.phantoms.ct.grid import F32, Grid, paint
from ssg.phantoms.ct.layout import Layout, lay_out
from ssg.phantoms.ct.lungs import Trees, grow_trees, make_parenchyma, paint_lungs
from ssg.phantoms.ct.mediastinum import paint_airways, paint_mediastinum
from ssg.phantoms.ct.names import FINDINGS
from ssg.phantoms.ct.patient import Patient, draw_patient
from ssg.phantoms.ct.scene import Scene
from ssg.phantoms.ct.sites import WINDOWS, WindowName, draw_site, draw_window
from ssg.phantoms.ct.truth import anatomy_entries, finding_entries, finding_masks, seen, structure_masks
from ssg.phantoms.ct.vessels import Vessels, lay_vessels
from ssg.phantoms.ct.visible import judged
from ssg.phantoms.ct.wall import paint_wall
from ssg.phantoms.request import at_severity, lies_within, require_drawable
from ssg.phantoms.types import FindingSpec, Phantom, SideName

PLAN_SIZE = 96
PLAN_FIELD = 400.0


def chest_ct(
    seed: int,
    size: int = 256,
    with_masks: bool = False,
    findings: Sequence[FindingSpec | dict[str, Any] | str] | None = None,
    site: str | None = None,
    severity: float | None = None,
    level: float | None = None,
    window: WindowName | None = None,
) -> Phantom:
    """Draw one slice of ``size`` × ``size`` pixels (64 to 1024).

    ``findings`` forces what is drawn (an empty list: normal); ``severity`` sets that of all findings; ``site`` sets
    the style; ``level`` is the height in mm below the carina, where without it a height is chosen that shows the
    findings; ``window`` is "lung", "soft", "wide" or "bone". Raises BadInput for anything that cannot be drawn.
    """
    require_drawable(seed, size, severity)
    if level is not None and not lies_within(level, -130, 200):
        raise BadInput(f"The level must lie between -130 and 200 mm below the carina, got {level!r}.")
    if window is not None and window not in WINDOWS:
        raise BadInput(f"The window '{str(window)[:60]}' is not known: give one of {', '.join(WINDOWS)}.")
    department = draw_site(_stream(seed, 1), site)
    specs = _specs(seed, findings, severity)
    phase = draw_phase(specs, department, _stream(seed, 2))
    plain = draw_patient(_stream(seed, 3), phase)
    own_level = draw_level(specs, _stream(seed, 4)) * plain.tall
    z = own_level if level is None else float(level)
    patient = central.changed_patient(plain, specs, own_level / plain.tall, _stream(seed, 5))
    vessels = lay_vessels(patient)
    trees = grow_trees(plain, vessels if patient is plain else lay_vessels(plain), _stream(seed, 6))
    style = draw_style(_stream(seed, 7), department)
    own = torso(plain, own_level)
    grid = replace(draw_grid(_stream(seed, 13), department, own, size, own_level), z=z)
    layout = lay_out(patient, vessels, grid, own if z == own_level else torso(plain, z))
    lesions = _lesions(seed, specs, patient, vessels, trees, own, own_level)

    scene = Scene(
        layout=layout,
        hu=np.empty((0, 0), np.float32),
        parenchyma=make_parenchyma(layout, _stream(seed, 20)),
        vessels=np.ones((size, size), np.float32),
    )
    clutter = Distractors(layout, vessels, _stream(seed, 14))
    extra = _draw(scene, lesions, trees, clutter, style.thick, seed)
    central.record_sizes(scene, specs, vessels)
    paint_table(scene.hu, layout, department, style)
    values = finish(scene.hu, layout, department, style, _stream(seed, 8, size, round(4 * (z + 200))))

    through = draw_window(_stream(seed, 9), department, window or draw_window_name(specs, _stream(seed, 10)))
    pixels = show(values, through, department, _stream(seed, 11))
    field = (values > -1500) if department.circle else None
    allowed = frozenset(name for name in FINDINGS if through.name in SEEN[name])
    noise = noise_level(layout, style, grid.field_mm / 256)
    drawn, covered = judged(scene)
    traces, hidden = seen(drawn, through, allowed, field, noise, (256 / size) ** 2)
    shown = {trace.finding for trace in traces}
    unknown = covered | hidden | shown
    unknown |= uncertain(specs, {trace.finding for trace in scene.traces}, central.heart_ratio(layout))
    can_deny = deniable(through.name, phase, z / plain.tall)
    structures = structure_masks(layout, extra, through, field)
    masks = {**structures, **finding_masks(traces)} if with_masks else {}
    return Phantom(
        pixels=pixels,
        findings=finding_entries(traces),
        anatomy=anatomy_entries(structures),
        absent=tuple(name for name in FINDINGS if name in can_deny and name not in unknown),
        seed=seed,
        site=department.name,
        view="axial",
        sex=plain.sex,
        age=plain.age,
        spacing_mm=(grid.pitch, grid.pitch),
        masks=masks,
        kind="chest-ct",
        modality="CT",
        body_part="CHEST",
        level_mm=z,
        values=values,
        window=(through.width, through.level),
    )


def _stream(seed: int, *purpose: int) -> Generator:
    """Independent random numbers for each purpose."""
    return np.random.default_rng([seed, 7, *purpose])


def _specs(
    seed: int, forced: Sequence[FindingSpec | dict[str, Any] | str] | None, severity: float | None
) -> list[FindingSpec]:
    rng = _stream(seed, 12)
    if forced is None:
        return draw_findings(rng, severity)
    return at_severity(complete(forced, rng), severity)


def _lesions(
    seed: int, specs: list[FindingSpec], patient: Patient, vessels: Vessels, trees: Trees, body: Torso, level: float
) -> list[Any]:
    """The findings as bodies in the patient; where they lie does not depend on which slice is drawn."""
    if all(spec.finding in ("cardiomegaly", "pericardial effusion", "aortic aneurysm") for spec in specs):
        return []
    coarse = lay_out(patient, vessels, Grid(PLAN_SIZE, PLAN_FIELD * patient.wide, 0.0, 0.0, level), body)
    out: list[Any] = []
    for number, spec in enumerate(specs):
        rng = _stream(seed, 30 + FINDINGS.index(spec.finding), number)
        out += _plan(spec, patient, vessels, trees, coarse, rng)
    return out


def _plan(
    spec: FindingSpec, patient: Patient, vessels: Vessels, trees: Trees, coarse: Layout, rng: Generator
) -> Sequence[Any]:
    if spec.finding == "consolidation":
        return airspace.plan_consolidation(spec, patient, coarse, trees[spec.side or "right"][0], rng)
    if spec.finding == "pulmonary embolism":
        return central.plan_clot(spec, patient, vessels, coarse, rng) if patient.blood.enhanced else ()
    if spec.finding == "aortic dissection":
        return central.plan_flap(spec, patient, vessels, coarse, rng) if patient.phase != "none" else ()
    plans = {
        "nodule": focal.plan_nodule,
        "mass": focal.plan_mass,
        "ground glass opacity": airspace.plan_ground_glass,
        "atelectasis": airspace.plan_atelectasis,
        "emphysema": airspace.plan_emphysema,
        "pleural effusion": pleura.plan_effusion,
        "pneumothorax": pleura.plan_pneumothorax,
        "lymphadenopathy": central.plan_nodes,
        "rib fracture": fracture.plan_fracture,
    }
    plan: Any = plans.get(spec.finding)
    return plan(spec, patient, coarse, rng) if plan else ()


def _draw(
    scene: Scene, lesions: list[Any], trees: Trees, clutter: Distractors, thick: float, seed: int
) -> dict[tuple[str, SideName | None], F32]:
    """Paint the slice from the outside to the inside; returns distances of structures that only painting knows."""

    def stage(name: str) -> None:
        for lesion in lesions:
            if lesion.stage == name:
                lesion.draw(scene)

    layout = scene.layout
    pitch = np.float32(layout.grid.pitch)
    stage("wall")
    scene.hu = paint_wall(layout, scene.breaks, _stream(seed, 21))
    paint_arms(scene.hu, layout, _stream(seed, 22))
    clutter.draw_outside(scene.hu)
    extra = paint_abdomen(scene.hu, layout, _stream(seed, 23))
    stage("pleura")
    for gap, value in scene.fluid:
        paint(scene.hu, gap, np.float32(value), pitch)
    stage("parenchyma")
    paint_lungs(scene, trees, thick)
    clutter.draw_lung(scene)
    stage("airspace")
    stage("focal")
    paint_mediastinum(scene.hu, layout, _stream(seed, 24))
    clutter.draw_mediastinum(scene.hu)
    stage("mediastinum")
    extra |= paint_bones(scene.hu, layout, _stream(seed, 25))
    paint_airways(scene.hu, layout)
    return extra
