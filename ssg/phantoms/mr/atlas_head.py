"""The head around the brain in the atlas: skin, face, bones, muscles, air, orbits, vessels, sella, dura folds."""

from __future__ import annotations

import numpy as np

from ssg.phantoms.mr.atlas_brain import petrous_ridge, tentorium
from ssg.phantoms.mr.shapes import AXIS, F32, Volume, ellipsoid, evened, everywhere, tube

X, Y, Z = AXIS


def skin(vault: F32, dura: F32) -> F32:
    """Distance from the surface of the head with face, ears and neck."""
    neck = np.sqrt((X / 60) ** 2 + ((Y + 32) / 62) ** 2) * 60 - 60
    below = np.maximum(neck, Z + 32)
    head = Volume(np.maximum(vault - 13.0, -64 - Z)).add(
        ellipsoid((0, 30, -48), (67, 58, 62)), ellipsoid((0, 36, -92), (57, 56, 44)),
        ellipsoid((40, 10, -14), (38, 50, 48)),
        smooth=12,
    )  # fmt: skip
    head.add(everywhere(below), smooth=14)
    head.add(
        tube([(0, 80, -18), (0, 92, -38), (0, 106, -56)], [10, 10, 10.5]), ellipsoid((9, 96, -60), (9, 9, 7)), smooth=6
    )
    head.add(ellipsoid((0, 87, -82), (24, 10, 9)), ellipsoid((0, 84, -112), (20, 11, 12)), smooth=6)
    head.add(ellipsoid((77, -24, -34), (7, 15, 29), 12, -25), smooth=3)
    head.cut(ellipsoid((32, 92, -32), (17, 12, 12)))
    head.add(everywhere(dura - 10))
    return head.distance


def bones() -> F32:
    """Bones outside the vault: base, face, jaws, upper spine."""
    column = Volume().add(
        tube([(0, -14, -34), (0, -20, -50), (0, -24, -64)], [7, 5.5, 4]),
        ellipsoid((34, -32, -38), (27, 10, 11), 0, -32),
        tube([(56, 36, -44), (62, 12, -46), (66, -10, -44)], 4),
        tube([(33, 69, -50), (55, 42, -42), (52, 34, -22)], [5, 6, 4]),
        tube([(8, 74, -74), (26, 64, -76), (34, 36, -76)], [7, 7, 6]),
        tube([(6, 80, -104), (26, 68, -106), (48, 14, -102)], [8, 7, 6]),
        tube([(48, 14, -102), (51, 2, -72), (49, -2, -52)], [6, 5, 5]), ellipsoid((56, -44, -46), (14, 15, 16)),
    )  # fmt: skip
    column.add(tube([(0, -24, -78), (0, -25, -90)], 6.5), ellipsoid((19, -34, -80), (10, 10, 6)))
    for level in range(3):
        column.add(ellipsoid((0, -27 - 1.5 * level, -104 - 17 * level), (9, 8.5, 7)),
                   ellipsoid((20, -44, -104 - 17 * level), (8, 8, 6)),
                   tube([(3, -66, -104 - 17 * level), (0, -84, -110 - 17 * level)], [4, 3]))  # fmt: skip
    column.add(tube([(2, -80, -84), (12, -72, -82)], 4))
    return column.distance


def muscles() -> F32:
    """Temporalis, masseter, pterygoids, neck, tongue, prevertebral muscles."""
    return (
        Volume()
        .add(
            ellipsoid((60, 22, -20), (9, 32, 40), 0, 20), ellipsoid((57, 22, -80), (9, 17, 30)),
            ellipsoid((38, 18, -62), (11, 14, 17)),
            ellipsoid((0, 50, -92), (23, 30, 19)), ellipsoid((22, -82, -84), (19, 22, 46)),
            ellipsoid((42, -60, -100), (16, 24, 50)),
            ellipsoid((8, -14, -94), (8, 5, 34)), tube([(55, -46, -66), (44, -4, -150)], [9, 11]),
            ellipsoid((30, 45, -116), (14, 26, 9)),
        )
        .distance
    )  # fmt: skip


def airways() -> F32:
    """Air that is no sinus: nose, throat, mouth, ear and mastoid cells."""
    nose = np.maximum(np.maximum(np.abs(Z + 48) - 18, np.abs(Y - 56) - 34), X - 11 - 0.06 * (-30 - Z))
    air = Volume().add(everywhere(nose))
    air.add(
        ellipsoid((0, 14, -60), (12, 10, 13)),
        tube([(0, 10, -66), (0, 2, -86), (0, 8, -122), (0, 10, -150)], [9, 6, 7.5, 8]),
    )
    air.add(ellipsoid((0, 58, -74), (20, 20, 3)), tube([(50, -22, -38), (73, -23, -36)], 3.0))
    for spot in ((52, -46, -38), (58, -42, -48), (46, -38, -40), (54, -50, -30), (60, -52, -42), (42, -30, -38)):
        air.add(ellipsoid(spot, (6, 6, 6)))
    return air.distance


def mucosa() -> F32:
    """Turbinates and septum in the nose: three folds of each side wall."""
    lining = Volume().add(
        tube([(8.5, 78, -58), (8.5, 36, -58)], 4.4), tube([(8, 72, -46), (8, 34, -46)], 3.4),
        tube([(6.5, 58, -36), (6.5, 34, -36)], 2.2),
    )  # fmt: skip
    wall = np.maximum(np.maximum(X - 1.6, np.abs(Z + 47) - 22), np.abs(Y - 56) - 32)
    return lining.add(everywhere(wall)).distance


def sinuses() -> F32:
    """Frontal, ethmoid, sphenoid and maxillary sinus."""
    caves = Volume().add(
        ellipsoid((12, 72, 2), (12, 5.5, 13), 10), ellipsoid((27, 48, -54), (13, 17, 15)),
    )  # fmt: skip
    cells = Volume()
    for y in (34, 43, 52, 60):
        cells.add(ellipsoid((7.5, y, -29), (5.0, 5.0, 6.8)))
    caves.add(everywhere(cells.distance))
    caves.cut(everywhere(X - 0.6)).add(ellipsoid((0, 15, -43.5), (14, 16, 8.5)))
    return caves.distance


def orbits() -> tuple[F32, F32, F32]:
    """Orbital fat cone, globe, and optic nerve with the muscles."""
    cone = Volume().add(tube([(32, 62, -32), (27, 42, -31), (17, 22, -28)], [16, 12.5, 4]))
    globe = Volume().add(ellipsoid((32, 64, -32), (11.8, 11.8, 11.8)))
    cords = Volume().add(
        tube([(30, 53, -32), (25, 38, -30), (14, 20, -26), (4, 6, -19)], 2.0),
        tube([(42, 58, -32), (38, 42, -31), (20, 22, -28)], [1.8, 2.6, 1.5]),
        tube([(20, 58, -32), (18, 42, -31), (15, 22, -28)], [1.8, 2.6, 1.5]),
        tube([(31, 60, -20), (27, 42, -21), (17, 22, -26)], [1.5, 2.2, 1.5]),
        tube([(31, 60, -44), (27, 42, -42), (17, 22, -31)], [1.5, 2.4, 1.5]), tube([(0, -1, -17), (5, 4, -18)], 2.0),
    )  # fmt: skip
    return cone.distance, globe.distance, cords.distance


def pituitary() -> F32:
    """The gland in the sella and its stalk."""
    return (
        Volume()
        .add(ellipsoid((0, 2, -30), (7, 5, 3.8)), tube([(0, 0, -28), (0, -3, -18)], [1.6, 1.1]), smooth=2)
        .distance
    )


def veins() -> F32:
    """Venous blood: sagittal, straight, transverse and sigmoid sinus, cavernous sinus, deep veins."""
    arch = [
        (0, 70, 2),
        (0, 68, 24),
        (0, 52, 54),
        (0, 22, 73),
        (0, -18, 79.5),
        (0, -56, 70),
        (0, -84, 46),
        (0, -100, 14),
        (0, -103, -8),
    ]
    return (
        Volume()
        .add(
            tube(arch, [0.9, 1.2, 1.6, 2.0, 2.3, 2.6, 2.9, 3.1, 3.5]),
            tube([(0, -103, -10), (22, -97, -17), (48, -72, -22), (56, -48, -26)], [3.0, 2.5, 2.6, 2.8]),
            tube([(56, -48, -26), (48, -42, -42), (34, -36, -60)], [2.8, 3.0, 3.0]),
            tube([(0, -44, 8), (0, -70, 0), (0, -102, -9)], [1.7, 1.5, 1.8]),
            tube([(1, -4, 10), (1.5, -22, 15), (1.5, -40, 13), (0, -46, 8)], [0.9, 1.1, 1.6, 2.2]),
            ellipsoid((12, -1, -31), (3.8, 11, 5.6)),
            tube([(2, 8, 13), (12, 12, 12)], 0.7),
        )
        .distance
    )  # fmt: skip


def arteries() -> F32:
    """Carotid siphon, middle, anterior and posterior cerebral and basilar artery."""
    return (
        Volume()
        .add(
            tube([(26, -18, -60), (24, -14, -44), (15, -10, -40), (12, 6, -33), (13, 4, -25), (15, 0, -20)], 2.4),
            tube([(15, 0, -20), (24, 4, -18), (34, 6, -14), (38, -4, -4), (38, -18, 4)], [1.7, 1.5, 1.3, 1.0, 0.7]),
            tube([(15, 0, -20), (4, 10, -16), (1.5, 26, -8), (1.5, 37, 6), (1.5, 28, 22), (1.5, 6, 33), (1.5, -20, 33)],
                 [1.4, 1.2, 1.0, 1.0, 0.9, 0.8, 0.7]),
            tube([(10, -20, -66), (0, -21, -46), (0, -15, -32), (0, -13, -20)], [1.6, 1.9, 1.8, 1.8]),
            tube([(0, -13, -20), (11, -16, -17), (20, -30, -10), (17, -44, -2), (10, -66, 2)],
                 [1.6, 1.3, 1.1, 0.9, 0.7]),
            tube([(24, -30, -150), (25, -20, -66)], 3.0),
        )
        .distance
    )  # fmt: skip


def dura_folds(vault: F32) -> F32:
    """Half-thickness distance of the falx and the tentorium (0 on the sheet)."""
    arc = np.array([(62, -10), (50, 18), (28, 34), (0, 42), (-24, 38), (-42, 18), (-46, 8)], float)
    edge = np.interp(Y, arc[::-1, 0], arc[::-1, 1], left=-20, right=-16).astype(np.float32)
    bottom = np.where(Y < -46, 6 + 0.33 * (Y + 46), edge)
    falx = np.maximum(np.broadcast_to(X, vault.shape), np.maximum(bottom - Z, 0)).astype(np.float32)
    sheet = np.abs(evened(np.broadcast_to(tentorium() - Z, vault.shape)))
    hiatus = np.maximum(22 - np.sqrt(X**2 + ((Y + 24) * 0.95) ** 2), Y - petrous_ridge())
    return np.asarray(np.minimum(falx, np.maximum(sheet, np.maximum(hiatus, 0))), np.float32)
