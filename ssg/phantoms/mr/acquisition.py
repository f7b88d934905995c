"""From tissue signal to displayed image: coil, ghost, noise, limited resolution, grey scale, black corners, text."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.random import Generator
from scipy import fft

from ssg.phantoms.canvas import F32, smooth_noise, white_noise
from ssg.phantoms.lettering import stamp
from ssg.phantoms.mr.sites import Site


@dataclass(frozen=True, slots=True)
class Style:
    """How one image is taken and shown: a site's habits with a little chance."""

    noise: float
    bias: float
    tilt: tuple[float, float]
    """Sensitivity rising across and down the image."""
    fall: float
    """Loss of signal at the lower end of the coil in upright views."""
    resolution: float
    brain_grey: float
    gamma: float
    ghost: tuple[float, float, bool]
    """Strength, shift as a share of the image, and whether it runs across."""
    border: float
    """Depth of the black corners as a share of the image, 0 for none."""
    text: tuple[str, float, float, float] | None


def draw_style(rng: Generator, site: Site) -> Style:
    """The site's habits around which every image varies."""
    ghost = (
        float(rng.uniform(0.01, 0.07)),
        float(rng.choice((0.5, 0.33, 0.12)) + rng.normal(0, 0.02)),
        bool(rng.random() < 0.5),
    )
    seen, edge, words = rng.random(3)
    word = site.text[int(rng.integers(len(site.text)))] if site.text else ""
    place = (float(rng.uniform(0.02, 0.8)), float(rng.choice((0.02, 0.9))), float(rng.uniform(0.025, 0.045)))
    return Style(
        noise=float(site.noise * np.exp(rng.normal(0, 0.4))),
        bias=float(site.bias * rng.uniform(0.3, 1.7)),
        tilt=(float(rng.normal(0, 0.09)), float(rng.normal(0, 0.12))),
        fall=float(max(0.0, rng.normal(0.5, 0.5))),
        resolution=float(site.resolution_mm * np.exp(rng.normal(0, 0.12))),
        brain_grey=float(np.clip(site.brain_grey * np.exp(rng.normal(0, 0.2)), 42, 165)),
        gamma=float(site.gamma * np.exp(rng.normal(0, 0.06))),
        ghost=ghost if seen < site.ghost else (0.0, 0.0, False),
        border=float(rng.uniform(0.02, 0.12)) if edge < site.border else 0.0,
        text=(word, *place) if site.text and words < 0.55 else None,
    )


def acquire(signal: F32, brain: float, spacing: float, style: Style, upright: bool, rng: Generator) -> F32:
    """Grey levels 0–255 (H, W) of a signal whose brain has the mean ``brain``."""
    size = signal.shape[0]
    strength, shift, sideways = style.ghost
    if strength:
        signal = signal + np.float32(strength) * np.roll(signal, round(shift * size), 1 if sideways else 0)
    sigma = style.noise * brain * (0.94 / spacing) ** 0.5
    drift = smooth_noise(size, rng, 3)
    real, imaginary = white_noise(size, rng), white_noise(size, rng)
    middle = np.array([*style.tilt, style.bias, sigma, 0.04, style.fall if upright else 0.0], np.float32)
    complex_parts = _receive(signal, drift, real, imaginary, middle)
    if style.resolution > 1.04 * spacing:
        complex_parts = tuple(_resolve(part, spacing / style.resolution) for part in complex_parts)
    first, second = complex_parts
    # the brightest of the head is never shown dull, whatever the site's habit for the brain
    sample = signal[::4, ::4].ravel()
    rank = int(0.995 * (len(sample) - 1))
    brightest = float(np.partition(sample, rank)[rank])
    gain = max(style.brain_grey / brain, 168 / max(brightest, 1.2 * brain))
    tone = (255 * (np.arange(2048) / 2040) ** style.gamma).astype(np.float32)
    return np.asarray(_display(first, second, np.float32(gain), tone, np.float32(style.border)))


@njit(cache=True, fastmath=True, error_model="numpy")
def _receive(signal, drift, real, imaginary, numbers):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Real and imaginary part behind the coil, with noise in both."""
    size = signal.shape[0]
    across, down, bias, sigma, waviness, fall = numbers
    first, second = np.empty(signal.shape, np.float32), np.empty(signal.shape, np.float32)
    step = np.float32(2 / size)
    for i in range(size):
        v = (np.float32(i) + np.float32(0.5)) * step - np.float32(1)
        below = max(v - np.float32(0.15), np.float32(0))
        end = max(np.float32(1) - fall * below * below * np.float32(1.6), np.float32(0.08))
        for j in range(size):
            u = (np.float32(j) + np.float32(0.5)) * step - np.float32(1)
            gain = np.float32(1) + across * u + down * v + bias * (np.float32(1.6) * (u * u + v * v) - np.float32(0.35))
            gain = max(gain + waviness * drift[i, j], np.float32(0.2)) * end
            first[i, j] = signal[i, j] * gain + sigma * real[i, j]
            second[i, j] = sigma * imaginary[i, j]
    return first, second


def _resolve(part: F32, share: float) -> F32:
    """Keep the middle ``share`` of the spatial frequencies, as a smaller matrix measures them: blur and ringing."""
    size = part.shape[0]
    spectrum = fft.rfft2(part)
    limit = 0.5 * share
    rows = _window(np.abs(np.fft.fftfreq(size)), limit)
    columns = _window(np.fft.rfftfreq(size), limit)
    spectrum *= rows[:, None]
    spectrum *= columns[None, :]
    return np.asarray(fft.irfft2(spectrum, s=part.shape), np.float32)


def _window(frequency: F32, limit: float) -> F32:
    return np.asarray(np.clip((limit * 1.12 - frequency) / (limit * 0.24), 0, 1), np.float32)


@njit(cache=True, fastmath=True, error_model="numpy")
def _display(first, second, gain, tone, border):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Magnitude, grey scale, and the bowed black border that the correction of gradients leaves."""
    size = first.shape[0]
    out = np.empty(first.shape, np.float32)
    step = np.float32(2 / size)
    for i in range(size):
        v = (np.float32(i) + np.float32(0.5)) * step - np.float32(1)
        for j in range(size):
            u = (np.float32(j) + np.float32(0.5)) * step - np.float32(1)
            if border > 0 and abs(u) > np.float32(1) - border * (np.float32(2) * v * v + np.float32(0.2)):
                out[i, j] = np.float32(0)
                continue
            value = math.sqrt(first[i, j] * first[i, j] + second[i, j] * second[i, j]) * gain
            out[i, j] = tone[min(int(value * np.float32(8) + np.float32(0.5)), 2047)]
    return out


_PLANES = {"axial": "AX", "coronal": "COR", "sagittal": "SAG"}
_EDGES = {"axial": ("R", "L"), "coronal": ("R", "L"), "sagittal": ("A", "P")}
"""What lies at the image's left and right edge, as plane.py shows it."""


def label(grey: F32, style: Style, view: str) -> None:
    """Burn text in, in place: the letter "R" stands for the view's own letters, "AX" for its own name."""
    if style.text is None:
        return
    word, x, y, height = style.text
    glyphs, tall = grey * np.float32(1 / 255), height * grey.shape[0]
    if word == "R":
        left, right = _EDGES[view]
        # by the place drawn: both edges or one, half way up
        if x < 0.55:
            stamp(glyphs, left, 0.02, 0.47, tall, 0.9)
        if x > 0.3:
            stamp(glyphs, right, 0.98 - height, 0.47, tall, 0.9)
    else:
        stamp(glyphs, _PLANES[view] if word == "AX" else word, x, y, tall, 0.9)
    grey[...] = glyphs * np.float32(255)
