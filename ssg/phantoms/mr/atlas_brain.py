"""The brain of the atlas: hemispheres with their deep fissures, deep nuclei, ventricles, cerebellum, brainstem.

Millimetres with the anterior commissure near the origin: x from the midline outwards, y to the front, z up. The
folds of the cortex are not here: they differ from patient to patient.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from ssg.phantoms.mr.shapes import AXIS, F32, Solid, Volume, ellipsoid, ellipsoid_field, evened, everywhere, tube

X, Y, Z = AXIS

_ARCH = ((10, -6), (22, -7), (30, 2), (29, 11), (18, 21), (0, 26), (-18, 25), (-32, 19), (-40, 12), (-38, 6))
"""The corpus callosum in the middle plane, (y, z) from rostrum to splenium, and its half thickness."""
_THICK = (1.5, 2.5, 4.6, 4.4, 3.2, 2.8, 2.8, 3.2, 4.6, 4.2)


def _step(value: F32, width: float) -> F32:
    return np.asarray(1 / (1 + np.exp(np.clip(-value / np.float32(width), -30, 30))), np.float32)


def vault() -> F32:
    """Distance from the inner table, an egg that goes on below the skull base."""
    ahead = np.where(Y > -18, np.float32(90), np.float32(87))
    above = np.where(Z > 4, np.float32(76), np.float32(72))
    wide = 72.5 - 0.07 * np.clip(Y + 18, 0, 200)
    power = 2.25
    reach = (np.abs(X / wide) ** power + np.abs((Y + 18) / ahead) ** power + np.abs((Z - 4) / above) ** power) ** (
        1 / power
    )
    return evened(reach * 70 - 70)


def petrous_ridge() -> F32:
    """Where over (x, ·) the middle fossa ends and the posterior begins: y of the ridge."""
    return np.asarray(-10 - 0.62 * X, np.float32)


def tentorium() -> F32:
    """Height of the tentorium over (x, y): from the petrous ridge up to the apex, down again to the occiput."""
    front = -22 + 0.85 * (petrous_ridge() - Y)
    back = 5.6 - 0.30 * X + 0.36 * np.minimum(Y + 45, 0)
    return np.asarray(np.minimum(front, back), np.float32)


def skull_floor() -> F32:
    """Height of the skull base over (x, y): three fossae like stairs, the petrous ridge and the clivus between."""
    anterior = -19 + 8 * np.exp(-(((X - 26) / 15) ** 2)) - 4 * np.exp(-((X / 7) ** 2)) + 0.05 * (Y - 40)
    ridge = petrous_ridge()
    middle = -46 + 19 * np.exp(-((X / 15) ** 2)) + 23 * np.exp(-(((Y - ridge) / 7) ** 2)) * _step(X - 14, 3)
    bowl = -62 + 0.012 * (X**2) + 0.006 * (Y + 62) ** 2
    slope = -24 + 2.3 * (Y - ridge)
    posterior = np.maximum(bowl, np.minimum(slope, -20))
    front = _step(Y - (8 + 0.27 * X), 2.2)
    back = _step(ridge - Y, 2.2)
    floor = middle * (1 - front) + anterior * front
    return np.asarray(floor * (1 - back) + posterior * back, np.float32)


def cavity(vault_distance: F32) -> F32:
    """Distance from the dura: inside the vault, above the floor, and down the spinal canal."""
    inside = np.maximum(vault_distance, evened(skull_floor() - Z))
    canal = tube([(0, -38, -55), (0, -44, -75), (0, -50, -100), (0, -52, -150)], [13, 11, 10, 9])
    rounded = ndimage.gaussian_filter(Volume(inside).add(canal, smooth=4).distance, 0.7)
    return np.asarray(rounded, np.float32)


def hemispheres(dura: F32) -> F32:
    """Distance from the surface of the cerebrum: the midline, Sylvian and tentorial clefts are cut out."""
    # the frontal lobe rests on the roofs of the orbits: with fluid between, their tips would look like cysts
    resting = np.exp(-(((X - 26) / 17) ** 2)) * _step(Y - 14, 2) * _step(-2 - Z, 2)
    inner = dura + np.asarray(1.7 - 1.3 * resting, np.float32)
    body = Volume(inner).cut(Solid(everywhere(0.0).window, np.broadcast_to(X - 0.4, dura.shape).astype(np.float32)))
    under = evened(tentorium() + 0.5 - Z)
    body.keep(everywhere(np.where(petrous_ridge() + 1 > Y, under, -20)))
    level = -3 - 0.45 * Y + 1.5 * np.sin(0.3 * Y + 0.1 * X)
    cleft = np.abs(Z - level + 0.16 * (X - 45)) - (0.25 + 0.025 * np.clip(X - 34, 0, 30))
    extent = np.maximum(np.maximum(34 - X, np.abs(Y + 3) - 30), cleft)
    insula = np.maximum(np.abs(X - 36 + 0.004 * (Y - 2) ** 2) - 0.8, np.sqrt(((Y - 2) / 1.6) ** 2 + (Z - 3) ** 2) - 11)
    body.cut(everywhere(extent), everywhere(insula))
    basal = Volume().add(
        ellipsoid((0, -4, -23), (13, 14, 9)), ellipsoid((0, -26, -18), (17, 14, 18)),
        tube([(8, 5, -20), (30, 8, -16)], 3.2),
        tube([(14, -16, -14), (19, -34, -6), (13, -44, 2)], [3.5, 3.2, 3.0]),
        tube([(0, 36, -16), (0, 10, -14)], 2.5), ellipsoid((0, -43, 1), (6, 5, 6)),
    )  # fmt: skip
    body.cut(everywhere(basal.distance))
    body.cut(tube([(0, y, z) for y, z in _ARCH[1:]], [value + 1.8 for value in _THICK[1:]]))
    return body.distance


def cerebellum(dura: F32) -> F32:
    """Two hemispheres and the vermis under the tentorium."""
    mass = Volume(np.maximum(dura + 2.2, evened(np.broadcast_to(Y + np.maximum(33, 15 + 0.62 * X), dura.shape))))
    mass.keep(everywhere(ellipsoid_field((0, -63, -32), (58, 42, 33))))
    mass.keep(everywhere(evened(Z - tentorium() + 1.0)))
    mass.cut(
        ellipsoid((0, -42, -31), (5.0, 6, 10)),
        ellipsoid((0, -78, -64), (7, 16, 11)),
        ellipsoid((0, -46, -66), (12, 12, 9)),
    )
    mass.cut(ellipsoid((0, -30, -8), (18, 16, 9)))
    return mass.distance


def brainstem() -> F32:
    """Midbrain with its peduncles, pons, medulla and the cord."""
    stem = Volume().add(
        ellipsoid((0, -25, -12), (15, 11, 9)), ellipsoid((0, -27, -33), (16, 13, 13.5), -12),
        tube([(0, -34, -46), (0, -40, -60), (0, -44, -76), (0, -50, -100), (0, -52, -150)], [9, 7, 6, 5.6, 5.5]),
        tube([(8, -20, -10), (17, -16, 0)], [8, 8]), ellipsoid((18, -40, -34), (10, 7, 7)), smooth=4,
    )  # fmt: skip
    stem.cut(ellipsoid((0, -12, -13), (3.6, 7, 7)))
    return stem.distance


def lateral_ventricles() -> F32:
    """Frontal horn, body, atrium, occipital and temporal horn of one side."""
    horns = Volume()
    # front and body are a sheet that rises outwards, like a wing in a coronal slice
    for y in range(26, -22, -5):
        inner_z, outer_z = np.interp(y, (-20, 0, 26), (15, 10.5, 0.5)), np.interp(y, (-20, 0, 26), (19, 17, 8))
        outer_x, thick = np.interp(y, (-20, 0, 26), (16, 13, 10)), np.interp(y, (-20, 0, 22, 26), (3.1, 2.8, 2.6, 1.8))
        horns.add(tube([(3.0, y, float(inner_z)), (float(outer_x), y, float(outer_z))], float(thick)), smooth=3)
    horns.add(
        ellipsoid((20, -35, 11), (5.5, 9, 7.5), 0, -30), ellipsoid((14, -24, 17), (5.5, 8, 4.5), 0, -25),
        tube([(22, -36, 12), (25, -52, 7), (24, -66, 5)], [5.6, 3.4, 1.2]),
        tube([(23, -36, 9), (31, -32, -4), (33, -18, -14), (31, -8, -18)], [5.0, 2.4, 1.9, 1.7]), smooth=3,
    )  # fmt: skip
    horns.cut(everywhere(X - 0.8))
    return horns.distance


def middle_ventricles() -> F32:
    """Third ventricle, aqueduct and fourth ventricle."""
    third = np.maximum(X - 2.0, np.sqrt(((Y + 11) / 15) ** 2 + ((Z - 0) / 10.5) ** 2) * 11 - 11)
    return (
        Volume()
        .add(everywhere(third), tube([(0, -26, -2), (0, -33, -10), (0, -37, -20)], 1.1))
        .add(ellipsoid((0, -42, -31), (6, 4.5, 9)), tube([(0, -43, -33), (12, -44, -37)], [3, 1.0]), smooth=3)
        .distance
    )


def deep_nuclei() -> tuple[F32, F32, F32]:
    """Caudate nucleus, lentiform nucleus and thalamus."""
    caudate = Volume().add(
        ellipsoid((13, 14, 4), (5.2, 10, 8.5), 20),
        tube([(14.5, 8, 14), (17, -8, 20), (22, -24, 18)], [4.2, 2.8, 1.8]), smooth=3,
    )  # fmt: skip
    lentiform = Volume().add(
        ellipsoid((24, 1, 1), (6.8, 19, 10), 0, 14), ellipsoid((19, -4, -1), (6, 11, 7), 0, 25), smooth=3
    )
    thalamus = Volume().add(
        ellipsoid((11, -17, 6), (9.5, 15, 8.5), 0, -14), ellipsoid((17, -26, 5), (7, 7, 7)), smooth=4
    )
    thalamus.cut(everywhere(X - 1.6))
    return caudate.distance, lentiform.distance, thalamus.distance


def callosum() -> F32:
    """The arch of white matter over the ventricles, tapering as it fans out to both sides."""
    middle = tube([(0, y, z) for y, z in _ARCH], _THICK)
    side = tube([(13, y * 0.95, z + 2.5) for y, z in _ARCH[2:9]], [value * 0.8 for value in _THICK[2:9]])
    bridge = tube([(6.5, y, z + 0.8) for y, z in _ARCH], [value * 0.95 for value in _THICK])
    return Volume().add(middle, bridge, side, smooth=3).distance


def choroid() -> F32:
    """Choroid plexus of the atrium and body of the lateral ventricle."""
    return (
        Volume()
        .add(
            tube([(22, -36, 14), (24, -37, 7), (29, -32, -3)], [2.3, 2.6, 1.0]),
            tube([(4.5, -2, 11), (9, -22, 17), (20, -35, 14)], 1.0),
        )
        .distance
    )
