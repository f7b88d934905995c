"""From attenuation to displayed image: scatter, noise, detector, S-shaped curve, local contrast, collimation, markers.

``I = exp(-Σ μ·length)`` (Beer–Lambert) plus a blurred fraction of it as scatter; the signal's logarithm goes through a
curve that puts the lungs and the mediastinum of a healthy patient of this build at the site's grey levels, so that a
finding does not change the exposure of the rest. Knows nothing of findings.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.random import Generator
from numpy.typing import NDArray

from ssg.phantoms.body import Body
from ssg.phantoms.canvas import F32, Canvas, Framing, broad_blur, smoothstep, white_noise
from ssg.phantoms.lettering import stamp
from ssg.phantoms.sites import Site


@dataclass(frozen=True, slots=True)
class Style:
    """How one image is taken and shown: a site's habits with a little chance."""

    lung_grey: float
    mediastinum_grey: float
    noise: float
    scatter: float
    edge: float
    sharp: float
    grain: float
    vignette: tuple[float, float, float]
    border: tuple[float, float, float, float]
    """Collimated share of the image at left, top, right, bottom."""
    border_tilt: float
    border_grey: float
    blur: bool


def draw_style(rng: Generator, site: Site) -> Style:
    """The site's habits around which every image varies."""
    border = [0.0, 0.0, 0.0, 0.0]
    if rng.random() < site.border:
        border = [float(max(0.0, rng.normal(-0.002, 0.03))) for _ in range(4)]
    lung = min(165.0, max(38.0, site.lung_grey + rng.normal(8, 15)))
    return Style(
        lung_grey=lung,
        mediastinum_grey=min(232.0, max(lung + 45, 140.0, site.mediastinum_grey + rng.normal(8, 12))),
        noise=float(site.noise * np.exp(rng.normal(0, 0.45))),
        scatter=float(site.scatter * np.exp(rng.normal(0, 0.3))),
        edge=float(max(0.0, site.edge + rng.normal(0, 0.1))),
        sharp=float(max(0.0, site.sharp + rng.normal(0, 0.15))),
        grain=float(site.grain * rng.uniform(0.4, 1.6)),
        vignette=(float(site.vignette * rng.uniform(0, 1.5)), float(rng.normal(0, 0.3)), float(rng.normal(0, 0.3))),
        border=(border[0], border[1], border[2], border[3]),
        border_tilt=float(rng.normal(0, 0.006)),
        border_grey=float(rng.choice((0.0, 0.0, 0.02, 0.06))),
        blur=bool(rng.random() < 0.4),
    )


def draw_framing(rng: Generator, site: Site, body: Body) -> Framing:
    """Where the field lies on the patient: all of both lungs as a rule, sometimes a costophrenic angle cut off."""
    lying = body.view == "AP"
    width = site.field_mm * rng.normal(1.0, 0.035) * (0.93 + 0.5 * (body.half_width / 141 - 0.86))
    if rng.random() < 0.07:
        width *= rng.uniform(0.86, 0.94)
    height = width * rng.normal(1.0, site.stretch)
    middle = (body.apex[0] + max(body.angle)) / 2 + rng.normal(4, 9 if lying else 6) + (10 if lying else 2)
    return Framing(
        width_mm=float(width),
        height_mm=float(height),
        left=float(-width / 2 + rng.normal(0, 10 if lying else 6)),
        top=float(middle - height / 2),
        tilt=float(rng.normal(0, 0.035 if lying else 0.012)),
        bow=float(rng.normal(0, 3.5)),
    )


def expose(attenuation: F32, healthy: F32, canvas: Canvas, style: Style, rng: Generator) -> F32:
    """Grey levels 0–1 (H, W) of an attenuation map in nepers. ``healthy`` is soft tissue alone, for the exposure."""
    primary = np.exp(-attenuation)
    blurred = broad_blur(primary * np.minimum(attenuation, np.float32(2.2)), 0.075)
    blurred *= np.float32(style.scatter)
    quanta = np.float32(0.16 * (style.noise * (1.7 / canvas.pitch) ** 0.5) ** 2 * 0.3)
    noise = white_noise(canvas.size, rng)
    if style.grain:
        noise = noise + np.float32(style.grain / style.noise) * _grain(rng, canvas)
    tone = _signal(primary, blurred, noise, quanta, np.array(style.vignette, np.float32))
    np.log(tone, out=tone)
    np.negative(tone, out=tone)
    tone = _detail(tone, style, canvas)
    return _curve(tone, healthy, blurred, style)


@njit(cache=True, fastmath=True, error_model="numpy")
def _signal(primary, scatter, noise, quanta, vignette):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Primary and scattered signal, less of it away from the beam's centre, with quantum noise (its root)."""
    size = len(primary)
    out = np.empty(primary.shape, np.float32)
    amount, cx, cy = vignette
    step, one = np.float32(2 / size), np.float32(1)
    for i in range(size):
        v = (np.float32(i) + np.float32(0.5)) * step - one - cy
        for j in range(size):
            u = (np.float32(j) + np.float32(0.5)) * step - one - cx
            # a beam far off the middle leaves nothing in the farthest corner, and never less
            signal = (primary[i, j] + scatter[i, j]) * max(one - amount * (u * u + v * v), np.float32(0))
            out[i, j] = max(signal + noise[i, j] * math.sqrt(signal * quanta), np.float32(1e-5))
    return out


def _grain(rng: Generator, canvas: Canvas) -> F32:
    """Film grain, coarser than a pixel at high resolution."""
    step = max(1, round(0.8 / canvas.pitch))
    side = -(-canvas.size // step)
    grain = white_noise(side, rng)
    return np.repeat(np.repeat(grain, step, 0), step, 1)[: canvas.size, : canvas.size] * np.float32(2.5)


def _detail(tone: F32, style: Style, canvas: Canvas) -> F32:
    """Detector blur, unsharp mask, and large-scale contrast compression as image processing does it."""
    if style.blur or style.sharp:
        soft = tone.copy()
        soft[1:-1] = (tone[:-2] + 2 * tone[1:-1] + tone[2:]) * np.float32(0.25)
        soft[:, 1:-1] = (soft[:, :-2] + 2 * soft[:, 1:-1] + soft[:, 2:]) * np.float32(0.25)
        share = np.float32(0.5 * style.sharp if style.sharp > 0.25 else -0.6)
        soft *= -share
        tone = tone * (1 + share)
        tone += soft
    if style.edge:
        share = np.float32(0.6 * style.edge)
        broad = broad_blur(tone, 0.035)
        broad *= -share
        tone *= 1 + share
        tone += broad
    return tone


def _curve(tone: F32, healthy: F32, scatter: F32, style: Style) -> F32:
    """A logistic curve through the site's two anchors; the anchors are the build's lung and mediastinum."""
    step = max(1, tone.shape[0] // 48)
    sample = np.exp(-healthy[::step, ::step]) + scatter[::step, ::step]
    inside = healthy[::step, ::step] > 0.9
    levels = -np.log(sample[inside]) if inside.sum() > 20 else -np.log(sample.ravel())
    low, high = (float(value) for value in np.percentile(levels, (20, 88)))
    low_logit, high_logit = (np.log(grey / (255 - grey)) for grey in (style.lung_grey, style.mediastinum_grey))
    slope = float(high_logit - low_logit) / max(high - low, 0.3)
    black = 1 / (1 + np.exp(slope * low - low_logit))
    tone = (tone * np.float32(-slope)).astype(np.float32, copy=False)
    tone += np.float32(slope * low - low_logit)
    np.exp(tone, out=tone)
    tone += 1
    np.divide(np.float32(1 / (1 - black)), tone, out=tone)
    tone -= np.float32(black / (1 - black))
    return np.asarray(tone, np.float32)


def collimate(grey: F32, style: Style) -> NDArray[np.bool_] | None:
    """Darken what the shutters cover, in place; returns the open field, or None where all is open."""
    if not any(style.border):
        return None
    size = grey.shape[0]
    place = (np.arange(size, dtype=np.float32) + 0.5) / size
    x, y = (
        place[None, :] + np.float32(style.border_tilt) * place[:, None],
        place[:, None] - np.float32(style.border_tilt) * place[None, :],
    )
    left, top, right, bottom = (np.float32(value) for value in style.border)
    inward = np.minimum(np.minimum(x - left, 1 - right - x), np.minimum(y - top, 1 - bottom - y))
    opened = smoothstep(inward, -0.004, 0.004)
    grey *= opened
    grey += np.float32(style.border_grey) * (1 - opened)
    return opened > 0.5


def mark(grey: F32, site: Site, view: str, rng: Generator) -> None:
    """Side marker (and labels) burnt in, in place. A marker's letter is the PATIENT's side of that half."""
    size = grey.shape[0]
    if site.marker != "none" and rng.random() < 0.85:
        letter, left = ("L", False) if rng.random() < 0.7 else ("R", True)
        x, y = rng.uniform(0.04, 0.13), rng.uniform(0.02, 0.22 if rng.random() < 0.8 else 0.5)
        _stamp_marker(grey, site, letter, x if left else 1 - x - 0.05, y, rng)
    if site.text and rng.random() < 0.6:
        words = [word for word in site.text if word not in ("AP",) or view == "AP"]
        word = words[int(rng.integers(len(words)))]
        stamp(grey, word, rng.uniform(0.02, 0.75), rng.uniform(0.01, 0.09), size * rng.uniform(0.022, 0.034), 1.0)


def _stamp_marker(grey: F32, site: Site, letter: str, x: float, y: float, rng: Generator) -> None:
    size = grey.shape[0]
    height = size * rng.uniform(0.035, 0.065)
    bright = rng.uniform(0.7, 1.0)
    if site.marker == "disc":
        radius = int(0.62 * height) + 1
        cy, cx = int(y * size) + radius, int(x * size) + radius
        yy, xx = np.ogrid[-radius : radius + 1, -radius : radius + 1]
        part = grey[max(cy - radius, 0) : cy + radius + 1, max(cx - radius, 0) : cx + radius + 1]
        disc = (xx**2 + yy**2 <= radius**2)[-part.shape[0] :, : part.shape[1]]
        part *= np.where(disc, np.float32(0.05), np.float32(1.0))
        stamp(grey, letter, (cx - 0.22 * height) / size, (cy - 0.42 * height) / size, height * 0.8, bright)
        return
    stamp(grey, letter, x, y, height, bright)
    if site.marker == "initials":
        initials = "".join("ABCDEFGHJKLMNPRSTVW"[int(i)] for i in rng.integers(0, 19, 2))
        stamp(grey, initials, x, y + 1.1 * height / size, height * 0.5, bright * 0.8)
    if site.marker == "arrow":
        stamp(grey, "^", x, y + height / size, height * 0.8, bright)
