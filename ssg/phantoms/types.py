"""What a phantom is made of: the image, its findings and structures with boxes and masks, and what is truly absent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ssg.boxes import Box

Mask = NDArray[np.bool_]
SideName = Literal["right", "left"]


def other(side: SideName) -> SideName:
    """The other side."""
    return "left" if side == "right" else "right"


FINDINGS: tuple[str, ...] = (
    "cardiomegaly",
    "pleural effusion",
    "pneumothorax",
    "consolidation",
    "atelectasis",
    "nodule",
    "mass",
    "pulmonary edema",
    "hilar enlargement",
    "rib fracture",
    "endotracheal tube",
    "central venous catheter",
    "pacemaker",
)
"""Every finding that can be drawn, by its name in the vocabulary."""

STRUCTURES: tuple[str, ...] = (
    "lung",
    "heart",
    "mediastinum",
    "aortic knob",
    "trachea",
    "spine",
    "clavicle",
    "hilum",
    "hemidiaphragm",
    "costophrenic angle",
)
"""Every structure whose box is given, by its name in the vocabulary."""

MIDLINE = frozenset({"cardiomegaly", "endotracheal tube"})
"""Findings without a side."""


@dataclass(frozen=True, slots=True)
class FindingSpec:
    """What shall be drawn. ``side`` None is drawn at random where the finding has one; ``severity`` 0 subtle … 1 gross.

    ``form`` chooses a variant ("plate" or "lobar" atelectasis, "port" catheter, ...); None is drawn at random.
    """

    finding: str
    side: SideName | None = None
    severity: float | None = None
    form: str | None = None


@dataclass(frozen=True, slots=True)
class PhantomFinding:
    """A finding or structure that is visible: boxes in half-open pixels of the image, the PATIENT's side.

    ``size_mm`` is the true extent where one number says it (diameter of a nodule, width of an air gap); ``form`` names
    the variant drawn.
    """

    finding: str
    side: SideName | None
    boxes: tuple[Box, ...]
    severity: float = 0.0
    size_mm: float | None = None
    form: str | None = None


@dataclass(frozen=True, slots=True)
class Phantom:
    """One synthetic image with its exact truth. ``pixels`` uint8 (H, W), 0 black.

    ``absent`` are the findings that are truly not there; a finding neither in ``findings`` nor in ``absent`` is unknown
    (hidden by another one, or cut off by the field). ``spacing_mm`` is (x, y). ``masks`` is filled on request.
    ``values`` are what the machine measured, float32 (H, W): Hounsfield units of a CT slice, None where ``pixels`` say
    all; ``window`` is the (width, level) through which ``pixels`` show them. ``sequence`` names the MR sequence ("T1",
    "T1 post contrast", "T2", "FLAIR"); ``level_mm`` is where in the body the slice lies.
    """

    pixels: NDArray[np.uint8]
    findings: tuple[PhantomFinding, ...]
    anatomy: tuple[PhantomFinding, ...]
    absent: tuple[str, ...]
    seed: int
    site: str
    view: Literal["PA", "AP", "axial", "coronal", "sagittal"]
    sex: Literal["F", "M"]
    age: int
    spacing_mm: tuple[float, float]
    masks: Mapping[tuple[str, SideName | None], Mask] = field(default_factory=dict)
    kind: str = "chest-xray"
    modality: Literal["DX", "CT", "MR"] = "DX"
    body_part: str = "CHEST"
    sequence: str | None = None
    level_mm: float | None = None
    values: NDArray[np.float32] | None = None
    window: tuple[float, float] | None = None
