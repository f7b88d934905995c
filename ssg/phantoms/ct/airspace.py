"""Filled and destroyed air spaces: consolidation, ground glass, atelectasis, emphysema."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from scipy import ndimage

from ssg.phantoms.ct.blob import Blob, make_waves
from ssg.phantoms.ct.contours import spine_front
from ssg.phantoms.ct.focal import find_place
from ssg.phantoms.ct.grid import F32, add_tubes, axes, blend
from ssg.phantoms.ct.layout import Layout
from ssg.phantoms.ct.lungs import fissure_y
from ssg.phantoms.ct.patient import Patient
from ssg.phantoms.ct.scene import Scene, away, mean, quiet
from ssg.phantoms.ct.tree import lung_contours, lung_points
from ssg.phantoms.truth import tight_box
from ssg.phantoms.types import FindingSpec, Mask, SideName

LEAST_MM2 = 60.0
"""A separate piece smaller than this is a crumb of its neighbor, and gets no box."""


def instances(mask: Mask, pitch: float, least_mm2: float = LEAST_MM2) -> list[Mask]:
    """Connected pieces of a mask, without crumbs."""
    box = tight_box(mask)
    if box is None:
        return []
    part = slice(int(box.y0), int(box.y1)), slice(int(box.x0), int(box.x1))
    labels, count = ndimage.label(mask[part])
    if count == 1:
        return [mask]
    sizes = np.bincount(labels.ravel())[1:] * pitch * pitch
    out = []
    for number in np.flatnonzero(sizes >= min(least_mm2, sizes.max())):
        piece = np.zeros_like(mask)
        piece[part] = labels == number + 1
        out.append(piece)
    return out


def lung_share(scene: Scene, side: str | None) -> F32:
    """How much of each pixel is lung of a side."""
    return quiet(np.float32(0.5) - scene.layout.lungs[side or "right"] / np.float32(scene.layout.grid.pitch))


def _lobe(scene: Scene, side: SideName | None, above: bool) -> F32:
    """Signed distance from the lung in front of (above) or behind the oblique fissure."""
    layout, y = scene.layout, scene.layout.y
    middle = np.float32(fissure_y(layout.patient, layout.grid.z, away(side)))
    return np.asarray((y - middle) if above else (middle - y), np.float32)


@dataclass(frozen=True, slots=True)
class Filling:
    """Regions of one lung whose air is replaced: fully (consolidation) or in part (ground glass)."""

    spec: FindingSpec
    blobs: tuple[Blob, ...]
    lobe: bool | None
    """True: only in front of the fissure; False: only behind it; None: no lobe."""
    soft_mm: float
    """Width of the edge."""
    density: float
    """Share of the air that is replaced."""
    hu: float
    form: str
    net: F32 | None = None
    stage: str = "airspace"

    def draw(self, scene: Scene) -> None:
        """Fill, in place, and record each piece."""
        grid = scene.layout.grid
        region = grid.far()
        for blob in self.blobs:
            np.minimum(region, blob.distance(grid, 20.0), out=region)
        if self.lobe is not None:
            np.maximum(region, _lobe(scene, self.spec.side, self.lobe), out=region)
        lung = lung_share(scene, self.spec.side)
        share = quiet(np.float32(0.5) - region / np.float32(max(self.soft_mm, grid.pitch))) * lung
        mask = (share > 0.5) & (scene.layout.lungs[self.spec.side or "right"] < 0)
        if not mask.any():
            return
        target = scene.parenchyma if self.stage == "parenchyma" else scene.hu
        before = scene.parenchyma[mask].mean() if self.stage == "parenchyma" else mean(scene.hu, mask)
        texture = np.float32(self.density) * (
            1 + np.float32(0.1) * (scene.parenchyma - scene.layout.patient.lung_hu) / 20
        )
        if self.stage == "airspace":
            target += share * quiet(texture) * np.maximum(np.float32(self.hu) - target, 0)
            self._bronchograms(scene, share)
        else:
            blend(target, (share * quiet(texture)).astype(np.float32), np.float32(self.hu))
        after = float(target[mask].mean())
        for piece in instances(mask, grid.pitch):
            scene.trace(self.spec, piece, float(before), after, None, self.form)

    def _bronchograms(self, scene: Scene, share: F32) -> None:
        """Bronchi stay full of air in filled lung."""
        if self.net is None:
            return
        grid = scene.layout.grid
        air = grid.far()
        add_tubes(air, grid.frame, np.float32(grid.z), self.net, np.float32(3))
        open_share = quiet(np.float32(0.5) - air / np.float32(grid.pitch)) * quiet(share * 1.5 - np.float32(0.5))
        blend(scene.hu, open_share * np.float32(0.85), np.float32(-900))


def plan_consolidation(
    spec: FindingSpec, patient: Patient, coarse: Layout, arteries: F32, rng: Generator
) -> list[Filling]:
    """Lobar, segmental (towards the pleura) or patchy."""
    severity = spec.severity or 0.0
    form = spec.form or ("lobar", "segmental", "patchy")[int(rng.choice(3, p=(0.3, 0.4, 0.3)))]
    count = 1 if form != "patchy" else int(rng.integers(2, 5))
    lobe = bool(rng.random() < 0.45) if form == "lobar" or rng.random() < 0.4 else None
    blobs = []
    for number in range(count):
        base = {"lobar": 44 + 42 * severity, "segmental": 20 + 30 * severity, "patchy": 10 + 15 * severity}[form]
        x, y = find_place(coarse, spec.side or "right", -4.0, rng)
        if lobe is not None and number == 0:
            limit = fissure_y(patient, coarse.grid.z, away(spec.side))
            y = min(y, limit - 0.3 * base) if lobe else max(y, limit + 0.3 * base)
        radii = base * np.exp(rng.normal(0, 0.22, 3))
        z = coarse.grid.z + 0.4 * base * rng.uniform(-1, 1)
        waves = make_waves(rng, base * rng.uniform(0.5, 1.1), base * rng.uniform(0.12, 0.38))
        blobs.append(Blob(np.array([x, y, z], np.float32), axes(radii, rng.uniform(0, 3.1)), waves))
    branches = arteries[(arteries[:, 7] > 0.62)].copy()
    branches[:, [0, 4]] += branches[:, [3, 7]] * 1.4
    branches[:, [3, 7]] *= rng.uniform(0.75, 1.15)
    net = branches if rng.random() < 0.75 else None
    value = float((25 if not patient.blood.enhanced else 62) + rng.normal(5, 12))
    soft = float(rng.choice((2.0, 5.0, 9.0), p=(0.4, 0.4, 0.2)))
    return [Filling(spec, tuple(blobs), lobe, soft, float(rng.uniform(0.92, 1.0)), value, form, net)]


def plan_ground_glass(spec: FindingSpec, patient: Patient, coarse: Layout, rng: Generator) -> list[Filling]:
    """Hazy areas: a few patches, peripheral ones, or most of the lung."""
    severity = spec.severity or 0.0
    form = spec.form or ("patchy", "peripheral", "diffuse", "single")[int(rng.choice(4, p=(0.35, 0.25, 0.15, 0.25)))]
    count = {"patchy": int(rng.integers(2, 5)), "peripheral": int(rng.integers(2, 5)), "diffuse": 1, "single": 1}[form]
    blobs = []
    for _ in range(count):
        base = {
            "patchy": 14 + 22 * severity,
            "peripheral": 16 + 18 * severity,
            "diffuse": 75 + 40 * severity,
            "single": 18 + 26 * severity,
        }[form]
        x, y = find_place(coarse, spec.side or "right", -3.0, rng)
        if form == "peripheral":
            x, y = _outwards(coarse, x, y)
        radii = base * np.exp(rng.normal(0, 0.25, 3))
        z = coarse.grid.z + 0.3 * base * rng.uniform(-1, 1)
        waves = make_waves(rng, base * rng.uniform(0.4, 0.9), base * rng.uniform(0.1, 0.35))
        blobs.append(Blob(np.array([x, y, z], np.float32), axes(radii, rng.uniform(0, 3.1)), waves))
    density = 0.2 + 0.13 * severity + 0.1 * rng.random()
    soft = float(rng.choice((3.0, 8.0, 14.0)))
    return [Filling(spec, tuple(blobs), None, soft, float(density), 25.0, form, None, "parenchyma")]


def _outwards(coarse: Layout, x: float, y: float) -> tuple[float, float]:
    """The same direction, close under the pleura."""
    radii = coarse.torso.pleura
    turn = int(math.atan2(y, x) / (2 * math.pi) * len(radii)) % len(radii)
    scale = 0.93 * float(radii[turn]) / max(math.hypot(x, y), 1.0)
    return x * scale, y * scale


def plan_atelectasis(spec: FindingSpec, patient: Patient, coarse: Layout, rng: Generator) -> list[Filling]:
    """A plate, or a collapsed part of a lobe beside the spine."""
    severity = spec.severity or 0.0
    form = spec.form or ("plate" if rng.random() < 0.6 - 0.45 * severity else "lobar")
    sign, z = away(spec.side), coarse.grid.z
    value = float((55 if not patient.blood.enhanced else 98) + rng.normal(0, 8))
    if form == "plate":
        blobs = []
        for _ in range(1 if severity < 0.5 else int(rng.integers(1, 3))):
            x, y = find_place(coarse, spec.side or "right", -12.0, rng)
            long = 20 + 22 * severity + rng.uniform(0, 12)
            plate = (long, 2.6 + 2.4 * severity + rng.random(), 22.0)
            turn = rng.uniform(-0.7, 0.7) + (0 if rng.random() < 0.75 else 1.57)
            waves = make_waves(rng, 40.0, 1.8)
            blobs.append(Blob(np.array([x, y, z + rng.uniform(-5, 5)], np.float32), axes(plate, turn), waves))
        return [Filling(spec, tuple(blobs), None, 1.5, 0.96, value - 15, form)]
    size = 22 + 26 * severity
    back = float(spine_front(patient, z)) + 20 + 10 * rng.random()
    centre = np.array([sign * (24 + 0.55 * size) * patient.wide, back, z + rng.uniform(-8, 20)], np.float32)
    shape = axes((size * 1.05, size * rng.uniform(0.8, 1.15), 50 + 40 * severity), sign * rng.uniform(0.2, 0.9))
    waves = make_waves(rng, 50.0, 4.0)
    return [Filling(spec, (Blob(centre, shape, waves),), None, 2.0, 0.98, value, form)]


@dataclass(frozen=True, slots=True)
class Holes:
    """Emphysema of one lung: lost lung without walls, in holes or everywhere."""

    spec: FindingSpec
    holes: F32
    zone: Blob
    panlobular: bool
    density: float
    form: str
    stage: str = "parenchyma"

    def draw(self, scene: Scene) -> None:
        """Take lung away, in place; the recorded region holds all of one lung's holes."""
        grid, lung = scene.layout.grid, scene.layout.lungs[self.spec.side or "right"]
        if self.panlobular:
            zone = self.zone.distance(grid, 20.0)
            share = quiet(np.float32(0.5) - zone / np.float32(14)) * np.float32(self.density)
            mask = (zone < 0) & (lung < 0)
        else:
            void = grid.far()
            add_tubes(void, grid.frame, np.float32(grid.z), self.holes, np.float32(9))
            share = quiet(np.float32(0.5) - void / np.float32(max(1.2, grid.pitch))) * np.float32(self.density)
            mask = (void < 3.2) & (lung < 0)
            if self.form == "paraseptal":
                wall = quiet(np.float32(1) - np.abs(void - 0.6) / np.float32(max(0.7, grid.pitch))) * (lung < 0)
                blend(scene.parenchyma, wall * np.float32(0.3), np.float32(-300))
            labels, count = ndimage.label(mask)
            if count > 1:
                sizes = np.bincount(labels.ravel())[1:]
                mask = np.isin(labels, np.flatnonzero(sizes >= 0.06 * sizes.max()) + 1)
        if not mask.any():
            return
        share = share * lung_share(scene, self.spec.side)
        before = mean(scene.parenchyma, mask)
        core = mask if self.panlobular else mask & (share > 0.4)
        blend(scene.parenchyma, share, np.float32(-998))
        scene.vessels *= 1 - np.float32(0.75 if self.panlobular else 0.9) * share
        after = mean(scene.parenchyma, core)
        scene.trace(self.spec, mask, before, after, None, self.form)


def plan_emphysema(spec: FindingSpec, patient: Patient, coarse: Layout, rng: Generator) -> list[Holes]:
    """Centrilobular (many holes), paraseptal (a row under the pleura) or panlobular (all of it)."""
    severity, sign = spec.severity or 0.0, away(spec.side)
    shares = (0.5, 0.28, 0.22) if severity > 0.35 else (0.65, 0.35, 0.0)
    form = spec.form or ("centrilobular", "paraseptal", "panlobular")[int(rng.choice(3, p=shares))]
    z = coarse.grid.z
    x, y = find_place(coarse, spec.side or "right", -15.0, rng)
    grown = 40 if form == "panlobular" else 0
    spread = (48 + grown + 40 * severity, 52 + grown + 40 * severity, 75.0)
    zone = Blob(np.array([x, y, z], np.float32), axes(spread, rng.uniform(0, 3.1)), make_waves(rng, 60.0, 14.0))
    points = lung_points(patient, lung_contours(patient), sign, 3400, rng)
    near = points[np.abs(points[:, 2] - z) < 46]
    radius = (2.7 + 2.3 * severity) * np.exp(rng.normal(0, 0.38, len(near)))
    if form == "paraseptal":
        turn = np.arctan2(near[:, 1], near[:, 0])
        edge = coarse.torso.pleura[
            (turn / (2 * math.pi) * len(coarse.torso.pleura)).astype(int) % len(coarse.torso.pleura)
        ]
        kept = np.abs((turn - math.atan2(y, x) + math.pi) % (2 * math.pi) - math.pi) < 0.45 + 0.7 * severity
        radius = np.minimum(radius * 2.0, 15)
        out = (edge - radius * 0.95) / np.hypot(near[:, 0], near[:, 1])
        near[:, :2] *= out[:, None]
        kept &= rng.random(len(near)) < 0.3
    else:
        shifted = near - zone.centre
        far = np.sqrt(((shifted @ zone.shape.T) ** 2).sum(axis=1))
        kept = (far < 1) & (rng.random(len(near)) < 0.62)
    near, radius = near[kept], np.clip(radius[kept], 2.0, 15)
    rows = np.column_stack([near, radius, near + rng.normal(0, 1.2, near.shape), radius * 0.9]).astype(np.float32)
    density = float(0.9 + 0.1 * severity) if form != "panlobular" else float(0.88 + 0.12 * severity)
    return [Holes(spec, rows, zone, form == "panlobular", density, form)]
