"""The atlas: signed distances of every tissue of a standard head, one channel each, made once per process."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ssg.phantoms.mr import atlas_brain, atlas_head
from ssg.phantoms.mr.shapes import COUNT, F32, FAR

SCALE = 0.16
"""Stored whole numbers times this are mm."""

GRADE = 0.035
"""The same for the periodic fields, whose values stay within ±4.4."""

CHANNELS = (
    "skin", "dura", "cerebrum", "cerebellum", "brainstem", "lateral", "middle", "caudate", "lentiform", "thalamus",
    "callosum", "choroid", "air", "sinus", "bone", "muscle", "globe", "orbit", "pituitary", "vein", "artery", "fold",
    "mucosa", "cord",
)  # fmt: skip


@lru_cache(maxsize=1)
def atlas() -> NDArray[np.int8]:
    """(x, y, z, channel) in units of ``SCALE``; x ≥ 0 only, for both sides are alike."""
    vault = atlas_brain.vault()
    dura = atlas_brain.cavity(vault)
    caudate, lentiform, thalamus = atlas_brain.deep_nuclei()
    orbit, globe, cord = atlas_head.orbits()
    parts: dict[str, F32] = {
        "skin": atlas_head.skin(vault, dura),
        "dura": dura,
        "cerebrum": atlas_brain.hemispheres(dura),
        "cerebellum": atlas_brain.cerebellum(dura),
        "brainstem": atlas_brain.brainstem(),
        "lateral": atlas_brain.lateral_ventricles(),
        "middle": atlas_brain.middle_ventricles(),
        "caudate": caudate,
        "lentiform": lentiform,
        "thalamus": thalamus,
        "callosum": atlas_brain.callosum(),
        "choroid": atlas_brain.choroid(),
        "air": atlas_head.airways(),
        "sinus": atlas_head.sinuses(),
        "bone": atlas_head.bones(),
        "muscle": atlas_head.muscles(),
        "globe": globe,
        "orbit": orbit,
        "pituitary": atlas_head.pituitary(),
        "vein": atlas_head.veins(),
        "artery": atlas_head.arteries(),
        "fold": atlas_head.dura_folds(vault),
        "mucosa": atlas_head.mucosa(),
        "cord": cord,
    }
    out = np.empty((*COUNT, len(CHANNELS)), np.int8)
    for index, name in enumerate(CHANNELS):
        out[..., index] = np.rint(np.clip(parts[name], -FAR, FAR) * (1 / SCALE))
    return out


@lru_cache(maxsize=1)
def surface() -> F32:
    """Distance from the skin in mm on every second voxel, to leave out the air about the head quickly."""
    return np.ascontiguousarray(atlas()[::2, ::2, ::2, 0], np.float32) * np.float32(SCALE)


@lru_cache(maxsize=1)
def folding() -> NDArray[np.int8]:
    """Periodic (64³ voxels of 2 mm): half the distance in mm from labyrinth-like sheets 11 mm apart, the sulci."""
    field = _band(64, 128 / 25, 0.22, 11)
    slope = np.sqrt(sum(((np.roll(field, -1, axis) - np.roll(field, 1, axis)) / 4) ** 2 for axis in range(3)))
    near = np.abs(field) / np.sqrt(slope**2 + 0.0025 * field.std() ** 2)
    return _graded(np.minimum(near, 8.8) / 2)


@lru_cache(maxsize=1)
def texture() -> NDArray[np.int8]:
    """Periodic smooth noise of unit variance (64³ voxels, about 8 voxels a bump, with a finer octave), 3 channels."""
    layers = []
    for number in range(3):
        field = _band(64, 5.5, 0.6, 20 + number) + 0.45 * _band(64, 13, 0.5, 30 + number)
        layers.append(field / field.std())
    return _graded(np.stack(layers, axis=-1))


@lru_cache(maxsize=1)
def waves() -> NDArray[np.int8]:
    """Three periodic fields of unit variance without detail, for the deformation of the whole head."""
    return _graded(np.stack([_band(64, 5.5, 0.4, 40 + axis) for axis in range(3)], axis=-1))


@lru_cache(maxsize=1)
def texture_channels() -> tuple[NDArray[np.int8], NDArray[np.int8], NDArray[np.int8]]:
    """The three textures apart."""
    field = texture()
    first, second, third = (np.ascontiguousarray(field[..., number]) for number in range(3))
    return first, second, third


def _graded(field: NDArray[np.float64]) -> NDArray[np.int8]:
    return np.ascontiguousarray(np.clip(np.rint(field / GRADE), -127, 127), np.int8)


def _band(size: int, waves: float, spread: float, seed: int) -> NDArray[np.float64]:
    """Periodic Gaussian noise whose wave numbers lie around ``waves`` per side (``spread`` in natural logarithm)."""
    rng = np.random.default_rng([seed, size])
    frequency = np.fft.fftfreq(size, 1 / size)
    radius = np.sqrt(frequency[:, None, None] ** 2 + frequency[None, :, None] ** 2 + frequency[None, None, :] ** 2)
    weight = np.exp(-0.5 * (np.log(np.maximum(radius, 0.3) / waves) / spread) ** 2)
    weight[0, 0, 0] = 0
    field = np.fft.ifftn(np.fft.fftn(rng.standard_normal((size, size, size))) * weight).real
    return np.asarray(field / field.std())
