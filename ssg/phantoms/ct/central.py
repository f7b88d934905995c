"""Findings of the mediastinum: nodes, emboli, dissection; heart, pericardium and aneurysm change the body itself."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy import ndimage

from ssg.phantoms.ct.airspace import instances
from ssg.phantoms.ct.blob import Blob, make_waves
from ssg.phantoms.ct.contours import cage_size
from ssg.phantoms.ct.grid import F32, add_tubes, axes, blend, paint, tube
from ssg.phantoms.ct.layout import Layout
from ssg.phantoms.ct.patient import Patient
from ssg.phantoms.ct.scene import Scene, away, mean, quiet
from ssg.phantoms.ct.vessels import Vessels, place
from ssg.phantoms.types import FindingSpec

LEAST_NODE_MM = 8.6
"""A node of which slice and vessels leave a narrower piece is not enlarged in this picture."""

# Where lymph nodes lie: station, x, y (from the front of the spine), z of a reference man. None below the carina:
# those lie in the middle and belong to no side.
_STATIONS: dict[str, tuple[tuple[str, float, float, float], ...]] = {
    "right": (("paratracheal", -17, -24, -26), ("paratracheal", -15, -22, -10), ("hilar", -47, -8, 24),
              ("hilar", -50, 0, 44)),
    "left": (("aortopulmonary", 30, -26, -8), ("prevascular", 16, -56, -22), ("hilar", 50, -4, 26),
             ("hilar", 54, 4, 46)),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Nodes:
    """Enlarged lymph nodes of one side."""

    spec: FindingSpec
    blobs: tuple[Blob, ...]
    hu: float
    size_mm: float
    form: str
    stage: str = "mediastinum"

    def draw(self, scene: Scene) -> None:
        """Paint between the vessels, in place."""
        layout = scene.layout
        grid = layout.grid
        out = grid.far()
        for blob in self.blobs:
            np.minimum(out, blob.distance(grid), out=out)
        for name in (
            "aorta",
            "trunk",
            "right artery",
            "left artery",
            "cava",
            "trachea",
            "right bronchus",
            "left bronchus",
            "branches",
        ):
            np.maximum(out, np.float32(0.8) - layout.tubes[name], out=out)
        np.maximum(out, np.float32(1.5) - layout.spine.outside, out=out)
        np.maximum(out, np.float32(1) - layout.depth, out=out)
        for piece in instances(out < 0, grid.pitch):
            if float(out[piece].min()) > -LEAST_NODE_MM / 2:
                continue
            before = mean(scene.hu, piece)
            near = ndimage.binary_dilation(piece, iterations=2)
            blend(scene.hu, quiet(np.float32(0.5) - out / np.float32(grid.pitch)) * near, np.float32(self.hu))
            scene.trace(self.spec, piece, min(before, -40.0), self.hu, round(self.size_mm, 1), self.form)


def plan_nodes(spec: FindingSpec, patient: Patient, coarse: Layout, rng: Generator) -> list[Nodes]:
    """One to three nodes at the station of that side nearest to the level; short axis 16 to 37 mm."""
    severity, side = spec.severity or 0.0, spec.side or "right"
    stations = _STATIONS[side]
    heights = np.array([row[3] * patient.tall for row in stations])
    off = np.abs(heights - coarse.grid.z) + rng.uniform(0, 14, len(heights))
    name, x, y, z = stations[int(off.argmin())]
    centre = place(patient, [(x, y, z, 1.0)])[0, :3]
    size = 16 + 21 * severity * rng.uniform(0.8, 1)
    centre[2] = float(np.clip(coarse.grid.z, centre[2] - 16, centre[2] + 16)) + rng.uniform(-2, 2)
    blobs = []
    for number in range(1 if severity < 0.35 else int(rng.integers(1, 4))):
        at = centre + (rng.normal(0, 0.42 * size, 3) * (1, 1, 0.4) if number else rng.normal(0, 1.5, 3))
        radius = 0.5 * size * (1 if not number else rng.uniform(0.7, 1.0))
        radii = (radius * rng.uniform(1.0, 1.5), radius, radius * rng.uniform(1.0, 1.6))
        blobs.append(Blob(at.astype(np.float32), axes(radii, rng.uniform(0, 3.1)), make_waves(rng, size, 0.05 * size)))
    return [Nodes(spec, tuple(blobs), float(patient.blood.node + rng.normal(0, 6)), float(size), name)]


@dataclass(frozen=True, slots=True)
class Clot:
    """A filling defect along a pulmonary artery."""

    spec: FindingSpec
    pieces: F32
    hu: float
    form: str
    stage: str = "mediastinum"

    def draw(self, scene: Scene) -> None:
        """Paint inside of the artery, in place."""
        layout = scene.layout
        grid = layout.grid
        out = grid.far()
        add_tubes(out, grid.frame, np.float32(grid.z), self.pieces, np.float32(4))
        lumen = np.minimum(layout.tubes[f"{self.spec.side} artery"], layout.tubes["trunk"])
        np.maximum(out, lumen + np.float32(0.5), out=out)
        np.maximum(out, np.float32(0.2) - layout.tubes["aorta"], out=out)
        np.maximum(out, np.float32(0.2) - layout.tubes["cava"], out=out)
        mask = out < 0
        if mask.sum() * grid.pitch**2 < 14:
            return
        before = mean(scene.hu, mask)
        paint(scene.hu, out, np.float32(self.hu), np.float32(grid.pitch))
        scene.trace(self.spec, mask, before, self.hu, None, self.form)


def plan_clot(spec: FindingSpec, patient: Patient, vessels: Vessels, coarse: Layout, rng: Generator) -> list[Clot]:
    """A clot in the main, interlobar or lower lobar artery, near the level of the slice."""
    severity, side = spec.severity or 0.0, spec.side or "right"
    line = vessels.lines[f"{side} artery"]
    off = np.abs(line[:, 2] - coarse.grid.z) + rng.uniform(0, 6, len(line))
    off[:2] += 40
    middle = int(off.argmin())
    reach = 1 + round(2.4 * severity)
    part = line[max(middle - reach, 0) : middle + reach + 1].copy()
    share = 0.5 + 0.36 * severity
    side_way = rng.uniform(0, 2 * math.pi)
    slip = (1 - share) * rng.uniform(0.0, 0.9)
    part[:, 0] += slip * part[:, 3] * math.cos(side_way)
    part[:, 1] += slip * part[:, 3] * math.sin(side_way)
    part[:, 3] = np.maximum(part[:, 3] * share, 3.0)
    part[[0, -1], 3] *= 0.75
    return [Clot(spec, tube(part), float(rng.normal(48, 10)), "central" if middle < 9 else "interlobar")]


@dataclass(frozen=True, slots=True)
class Flap:
    """A dissection: a flap across the aorta, and a false lumen of another density."""

    spec: FindingSpec
    line: NDArray[np.float64]
    type_a: bool
    turn: float
    twist: float
    offset: float
    bend: float
    false_share: float
    stage: str = "mediastinum"

    def draw(self, scene: Scene) -> None:
        """Paint wherever this slice crosses the dissected aorta, in place."""
        layout = scene.layout
        grid, blood = layout.grid, layout.patient.blood
        inside = layout.tubes["aorta"]
        x, y = layout.x, layout.y
        top = int(self.line[:, 2].argmin())
        for first, last in ((0, top), (top, len(self.line) - 1)):
            if first == 0 and not self.type_a:
                continue
            part = self.line[first : last + 1]
            order = np.argsort(part[:, 2])
            if not part[:, 2].min() + 9 < grid.z < part[:, 2].max():
                continue
            cx, cy, radius = (float(np.interp(grid.z, part[order, 2], part[order, k])) for k in (0, 1, 3))
            turn = self.turn + self.twist * grid.z + (1.3 if first else 0.0)
            u = (x - cx) * math.cos(turn) + (y - cy) * math.sin(turn)
            v = (y - cy) * math.cos(turn) - (x - cx) * math.sin(turn)
            surface = (
                u
                - np.float32(self.offset * radius)
                + np.float32(self.bend / radius) * (v * v - np.float32(0.5 * radius**2))
            )
            near = (np.abs(u) < 1.5 * radius) & (np.abs(v) < 1.5 * radius)
            region = np.where(near, inside + np.float32(1.2), np.float32(900))
            if not (region < 0).any():
                continue
            false = np.maximum(region, -surface)
            paint(scene.hu, false, np.float32(60 + (blood.left - 60) * self.false_share), np.float32(grid.pitch))
            flap = np.maximum(np.abs(surface) - np.float32(max(0.9, 0.62 * grid.pitch)), region)
            paint(scene.hu, flap, np.float32(62), np.float32(grid.pitch))
            mask = (region < 1.2).astype(bool)
            scene.trace(
                self.spec, mask, blood.left, 62 + 0.35 * (blood.left - 62), None, "type A" if self.type_a else "type B"
            )


def plan_flap(spec: FindingSpec, patient: Patient, vessels: Vessels, coarse: Layout, rng: Generator) -> list[Flap]:
    """Type A takes the ascending aorta as well, type B only the descending."""
    severity = spec.severity or 0.0
    form = spec.form or ("type A" if rng.random() < 0.5 else "type B")
    return [
        Flap(
            replace(spec, form=form),
            vessels.lines["aorta"],
            form == "type A",
            float(rng.uniform(0, 2 * math.pi)),
            float(rng.normal(0, 0.012)),
            float(rng.uniform(-0.3, 0.3) * (1 - 0.5 * severity)),
            float(rng.uniform(-0.5, 0.5)),
            float(0.85 - rng.uniform(0.0, 0.25) - 0.4 * severity * rng.random()),
        )
    ]


ANEURYSM_MM = (45.0, 78.0)
LARGE_HEART = (0.56, 0.72)


def changed_patient(patient: Patient, specs: list[FindingSpec], level: float, draws: Generator) -> Patient:
    """The body with the findings that are a matter of size: heart, aorta, pericardial fluid, shift."""
    for spec in specs:
        severity = spec.severity or 0.0
        chance = float(draws.random())
        if spec.finding == "cardiomegaly":
            patient = replace(patient, heart=1.28 + 0.3 * severity)
        if spec.finding == "pericardial effusion":
            patient = replace(patient, effusion_mm=6.5 + 20 * severity)
        if spec.finding in ("aortic aneurysm", "aortic dissection"):
            wide = spec.finding == "aortic aneurysm"
            size = ANEURYSM_MM[0] + 2 + (ANEURYSM_MM[1] - ANEURYSM_MM[0]) * severity * 0.9
            where = 2.0 if level < 52 and level > -12 and (chance < 0.65 or level < 12) else 9.0
            if level <= -12:
                where = 4.5
            base = patient.aorta * (1.0 if where < 4 else 0.84)
            extra = size / 2 - base if wide else 2.0 + 5 * severity
            patient = replace(patient, bulge=(where, 1.9 if where < 4 else 2.4, float(extra)))
        if spec.side is None:
            continue
        sign = away(spec.side)
        if spec.finding == "atelectasis" and spec.form != "plate":
            patient = replace(patient, shift=patient.shift + sign * 9 * severity)
        if spec.finding in ("pleural effusion", "pneumothorax"):
            patient = replace(patient, shift=patient.shift - sign * 16 * max(0.0, severity - 0.55))
    return patient


def heart_ratio(layout: Layout) -> float:
    """Width of the heart over that of the cage in this slice."""
    columns = np.flatnonzero((layout.heart.outside < -layout.patient.effusion_mm).any(axis=0))
    if len(columns) == 0:
        return 0.0
    return float((len(columns)) * layout.grid.pitch / (2 * cage_size(layout.patient, layout.grid.z)[0]))


def record_sizes(scene: Scene, specs: list[FindingSpec], vessels: Vessels) -> None:
    """What of the changed body this slice shows, as truth."""
    layout = scene.layout
    blood = layout.patient.blood
    for spec in specs:
        if spec.finding == "cardiomegaly":
            mask = layout.heart.outside < -layout.patient.effusion_mm
            if not mask.any():
                continue
            ratio = heart_ratio(layout)
            if ratio > 0.5:
                scene.trace(spec, mask, -95.0, blood.left, None, f"ratio {ratio:.2f}")
        if spec.finding == "pericardial effusion":
            outside = layout.heart.outside
            inner = outside + np.float32(layout.patient.effusion_mm)
            mask = (outside < 0) & (inner > 0)
            if mask.any():
                scene.trace(spec, mask, blood.myocardium, 12.0, round(layout.patient.effusion_mm, 1))
        if spec.finding == "aortic aneurysm":
            _aneurysm(scene, spec, vessels)


def _aneurysm(scene: Scene, spec: FindingSpec, vessels: Vessels) -> None:
    """The part of the aorta that is wide here: the pixels of a blown-up segment."""
    layout = scene.layout
    where, length, _ = layout.patient.bulge
    line = layout.tubes["aorta"]
    chain = vessels.lines["aorta"]
    along = np.arange(len(chain)) / 4
    wide = chain[:, 3] * 2 >= ANEURYSM_MM[0] - 1.5
    if not wide.any():
        return
    near = wide & (np.abs(along - where) < 2.2 * length)
    swollen = layout.grid.far()
    add_tubes(
        swollen, layout.grid.frame, np.float32(layout.grid.z), tube(np.compress(near, chain, axis=0)), np.float32(2)
    )
    mask = (swollen < 0.01) & (line < 0)
    if mask.any():
        scene.trace(spec, mask, -95.0, layout.patient.blood.left, round(2 * float(chain[near, 3].max()), 1))
