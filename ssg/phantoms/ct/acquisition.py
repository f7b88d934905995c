"""From the true slice to what the scanner measures: field, kernel, noise, streaks, table."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numba import njit
from numpy.random import Generator

from ssg.phantoms.ct.contours import Torso, couch
from ssg.phantoms.ct.grid import F32, Grid, paint
from ssg.phantoms.ct.layout import Layout
from ssg.phantoms.ct.sites import Site


@dataclass(frozen=True, slots=True)
class Style:
    """How one slice is made: a site's habits with a little chance."""

    thick: float
    noise: float
    sharp: float
    streaks: float
    table_gap: float
    table_hu: float
    table_curve: float
    table_half: float
    offset: float
    """A scanner that is not quite calibrated, HU."""


def draw_style(rng: Generator, site: Site) -> Style:
    """The site's habits around which every slice varies."""
    thick = site.thick_mm[int(rng.integers(len(site.thick_mm)))]
    return Style(
        thick=thick,
        noise=float(site.noise * math.exp(rng.normal(0, 0.35)) * (1.5 / max(thick, 1.0)) ** 0.35),
        sharp=float(np.clip(site.sharp + rng.normal(0, 0.22), -1, 1.2)),
        streaks=float(site.streaks * rng.uniform(0, 1.6)),
        table_gap=float(abs(rng.normal(6, 5))),
        table_hu=float(rng.uniform(-350, 450)),
        table_curve=float(rng.uniform(0.4, 1.3)),
        table_half=float(rng.uniform(75, 225)),
        offset=float(rng.normal(0, 4)),
    )


def draw_grid(rng: Generator, site: Site, body: Torso, size: int, level: float) -> Grid:
    """Where the field lies: fixed or fitted to the patient's ``body``, seldom cutting off a side."""
    widest = float(body.skin.max())
    draws = rng.random(3)
    shaken = rng.standard_normal(4)
    fitted = 2 * widest * (1.0 + 0.12 * draws[0])
    if draws[1] < 0.12:
        fitted *= 0.86
    field_mm = site.tight * fitted + (1 - site.tight) * max(site.field_mm, 0.93 * fitted)
    front = float(body.skin[len(body.skin) * 3 // 4])
    middle = (body.back - front) / 2
    return Grid(
        size=size,
        field_mm=float(field_mm * (1 + 0.03 * shaken[0])),
        centre_x=float(7 * shaken[1]),
        centre_y=float(middle + 10 + 9 * shaken[2]),
        z=level,
        roll=float(site.roll * shaken[3]),
    )


def paint_table(hu: F32, layout: Layout, site: Site, style: Style) -> None:
    """The couch under the patient: thin bright shells with foam between, in place."""
    if site.table == "none":
        return
    grid = layout.grid
    out = grid.far()
    top = np.float32(couch(layout.patient) + 4 + style.table_gap)
    hollow = np.float32({"curved": 0.0016, "flat": 0.00012, "double": 0.0009}[site.table] * style.table_curve)
    gap = np.float32(14 if site.table == "double" else 20)
    _table(out, grid.frame, top, hollow, gap, np.float32(style.table_half))
    outside = np.where(hu < -900, out, np.float32(900))
    paint(hu, outside, np.float32(style.table_hu), np.float32(grid.pitch))


@njit(cache=True, fastmath=True, error_model="numpy")
def _table(out, frame, top, hollow, gap, half):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Two sheets of 1.5 mm, curved up at the sides, closed at the ends."""
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            x = frame[0] + frame[1] * j + frame[2] * i
            y = frame[3] + frame[4] * j + frame[5] * i
            low = y - (top - hollow * x * x)
            if abs(x) > half:
                continue
            lower = gap + np.float32(0.0006) * (half * half - x * x) * np.float32(0.6)
            out[i, j] = min(abs(low), abs(low - lower)) - np.float32(0.8)


def _shoulders(layout: Layout) -> float:
    """How much of the beam the shoulders take at this height, 0 to 1, more with the arms down."""
    level = layout.grid.z / layout.patient.tall
    return float(np.clip((-35 - level) / 50, 0, 1)) * (1.0 if layout.patient.arms_up else 1.6)


def noise_level(layout: Layout, style: Style, pitch: float) -> float:
    """Standard deviation in HU at the middle of the body, for pixels of a size."""
    patient = layout.patient
    load = (patient.wide * patient.deep) * (1 + patient.fat_mm / 45)
    return style.noise * load * (1.5 / max(pitch, 0.6)) ** 0.6 * (1 + 0.5 * _shoulders(layout))


def finish(hu: F32, layout: Layout, site: Site, style: Style, rng: Generator) -> F32:
    """Kernel, noise and artefacts; returns the measured slice."""
    grid, patient = layout.grid, layout.patient
    blurred = _kernel(hu, style.sharp - 0.12 * min(style.thick, 6), grid.pitch)
    level, shoulder = grid.z / patient.tall, _shoulders(layout)
    amount = noise_level(layout, style, grid.pitch)
    noise = _noise(grid.size, rng, style.sharp)
    streak = _streak_noise(grid.size, rng)
    along = amount * style.streaks * (0.12 + 2.0 * shoulder + (0 if patient.arms_up else 0.8))
    centre_y = float(layout.torso.back - layout.torso.skin[len(layout.torso.skin) * 3 // 4]) / 2
    half = float(layout.torso.skin.max())
    _add_noise(
        blurred,
        noise,
        streak,
        grid.frame,
        np.float32(amount),
        np.float32(along),
        np.float32(centre_y),
        np.float32(half),
    )
    if patient.blood.cava > 420 and -60 < level < 45:
        _cava_streaks(blurred, layout, rng, min(1.0, (patient.blood.cava - 400) / 400))
    blurred += np.float32(style.offset)
    if site.circle:
        radius = np.float32(grid.size / 2 - 0.5)
        place = np.arange(grid.size, dtype=np.float32) - radius
        far = place[:, None] ** 2 + place[None, :] ** 2 > radius * radius
        blurred[far] = -2000
    return np.maximum(blurred, np.float32(-1024)) if not site.circle else blurred


def _kernel(hu: F32, sharp: float, pitch: float) -> F32:
    """Blur of a smooth kernel or the overshoot of a sharp one, about 1.2 mm wide whatever the pixel."""
    rounds = max(1, round(1.3 / pitch))
    soft = hu
    for _ in range(min(rounds, 4)):
        soft = _soften(soft)
    share = 1.0 if sharp < -0.6 else float(np.clip(0.45 - 0.75 * sharp, -0.55, 1.0))
    return np.asarray(hu + np.float32(share) * (soft - hu), np.float32)


@njit(cache=True, fastmath=True)
def _soften(image):  # type: ignore[no-untyped-def]  # pragma: no cover
    """A 3 × 3 binomial mean."""
    height, width = image.shape
    rows = np.empty_like(image)
    out = np.empty_like(image)
    for i in range(height):
        up, down = max(i - 1, 0), min(i + 1, height - 1)
        for j in range(width):
            rows[i, j] = np.float32(0.25) * (image[up, j] + 2 * image[i, j] + image[down, j])
    for i in range(height):
        for j in range(width):
            before, after = max(j - 1, 0), min(j + 1, width - 1)
            out[i, j] = np.float32(0.25) * (rows[i, before] + 2 * rows[i, j] + rows[i, after])
    return out


@lru_cache(maxsize=16)
def _field(size: int, kind: str) -> F32:
    """A large fixed field of noise of unit variance with a kernel's grain."""
    side = size + max(96, size // 3)
    white = np.random.default_rng([size, sum(map(ord, kind))]).standard_normal((side, side), dtype=np.float32)
    if kind == "smooth":
        white = _soften(_soften(white))
    elif kind == "plain":
        white = _soften(white) - np.float32(0.6) * _soften(_soften(_soften(_soften(white))))
    elif kind == "sharp":
        white = white - np.float32(0.85) * _soften(_soften(white))
    elif kind == "streak":
        weights = np.hanning(max(9, side // 5) | 1).astype(np.float32)
        spread = np.stack([np.convolve(row, weights, mode="same") for row in white])
        white = spread.astype(np.float32)
    white /= white.std()
    return white


def _window(field: F32, size: int, rng: Generator) -> F32:
    spare = field.shape[0] - size
    row, column, flip = rng.random(3)
    view = field[int(row * spare) :, int(column * spare) :][:size, :size]
    return view[:, ::-1] if flip < 0.5 else view


def _noise(size: int, rng: Generator, sharp: float) -> F32:
    return _window(_field(size, "smooth" if sharp < -0.3 else "plain" if sharp < 0.45 else "sharp"), size, rng)


def _streak_noise(size: int, rng: Generator) -> F32:
    return _window(_field(size, "streak"), size, rng)


@njit(cache=True, fastmath=True, error_model="numpy")
def _add_noise(hu, noise, streak, frame, amount, along, centre_y, half):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Most noise in the middle of the body, where the fewest quanta arrive; streaks run from shoulder to shoulder."""
    inverse, one, none = np.float32(1) / half, np.float32(1), np.float32(0)
    for i in range(hu.shape[0]):
        for j in range(hu.shape[1]):
            x = (frame[0] + frame[1] * j + frame[2] * i) * inverse
            y = (frame[3] + frame[4] * j + frame[5] * i - centre_y) * inverse
            inside = max(one - np.float32(0.75) * (x * x + y * y * np.float32(1.7)), np.float32(0.18))
            flat = max(one - 3 * y * y, none)
            hu[i, j] += amount * inside * noise[i, j] + along * inside * flat * streak[i, j]


def _cava_streaks(hu: F32, layout: Layout, rng: Generator, strength: float) -> None:
    """Dark and bright rays about a vein full of undiluted contrast, in place."""
    cava = layout.tubes["cava"] < 0
    if not cava.any():
        return
    rows, columns = np.nonzero(cava)
    turn, phase = rng.uniform(0, 6.28, 2)
    _rays(hu, np.float32(rows.mean()), np.float32(columns.mean()), np.float32(turn), np.float32(phase),
          np.float32(90 * strength), np.float32(layout.grid.pitch))  # fmt: skip


@njit(cache=True, fastmath=True, error_model="numpy")
def _rays(hu, row, column, turn, phase, strength, pitch):  # type: ignore[no-untyped-def]  # pragma: no cover
    for i in range(hu.shape[0]):
        for j in range(hu.shape[1]):
            if hu[i, j] < -950:
                continue
            y, x = (i - row) * pitch, (j - column) * pitch
            far = math.sqrt(x * x + y * y)
            if far < 75:
                angle = math.atan2(y, x)
                wave = math.cos(5 * angle + turn) + np.float32(0.6) * math.cos(11 * angle + phase)
                fade = far / (far + 8) * max(np.float32(1) - far * np.float32(1 / 75), np.float32(0)) ** 2
                hu[i, j] += strength * wave * fade
