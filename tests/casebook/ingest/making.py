"""DICOM series of a small patient whose every voxel is its own, as scanners store those who lie in other ways."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from tests.imaging.building import dataset, dicom, written

CT_STORAGE = "1.2.840.10008.5.1.4.1.1.2"
SIZE = (6, 10, 8)
"""From head to feet, from front to back, from the patient's right to the left."""

SPACING = (0.8, 0.5)
"""Between front and back, between right and left."""

SLICE_MM = 3.0

POSITIONS = {
    "HFS": (1, 1),
    "HFP": (-1, -1),
    "FFS": (-1, 1),
    "FFP": (1, -1),
}
"""The way of rows (towards the patient's left: 1) and of columns (towards the back: 1), by how the patient lay."""


def patient() -> np.ndarray:
    """Hounsfield units (head to feet, front to back, right to left), each its own."""
    return np.arange(np.prod(SIZE), dtype=np.int16).reshape(SIZE) - 200


def ct(position: str = "HFS", series: str = "1.2.3", values: np.ndarray | None = None, **more: Any) -> list[Dataset]:
    """Axial slices as a scanner stores a patient in this position; the first is at the head."""
    across, down = POSITIONS[position]
    volume = patient() if values is None else values
    made = []
    for number, slice_ in enumerate(volume):
        stored = slice_[::down, ::across]
        corner = [
            (0 if across > 0 else SIZE[2] - 1) * SPACING[1] * 1.0,
            (0 if down > 0 else SIZE[1] - 1) * SPACING[0] * 1.0,
            -SLICE_MM * number,
        ]
        made.append(
            dataset(
                np.ascontiguousarray(stored + 1024).astype(np.uint16),
                SOPClassUID=CT_STORAGE,
                SOPInstanceUID=f"{series}.{number}",
                SeriesInstanceUID=series,
                StudyInstanceUID="1.2",
                PatientID="p",
                Modality="CT",
                PatientPosition=position,
                InstanceNumber=len(volume) - number,
                ImageOrientationPatient=[across, 0, 0, 0, down, 0],
                ImagePositionPatient=corner,
                PixelSpacing=list(SPACING),
                RescaleSlope=1,
                RescaleIntercept=-1024,
                BitsStored=12,
                WindowWidth=400,
                WindowCenter=40,
                **more,
            )
        )
    return made


def multi_frame(slices: list[Dataset]) -> Dataset:
    """The same slices as one enhanced object, with functional groups."""
    first = slices[0]
    frames = np.stack([np.frombuffer(one.PixelData, "<u2").reshape(one.Rows, one.Columns) for one in slices])
    made = dataset(
        frames[0],
        Modality="CT",
        BitsStored=12,
        SeriesInstanceUID=first.SeriesInstanceUID,
        StudyInstanceUID=first.StudyInstanceUID,
        SOPInstanceUID="1.2.9",
    )
    made.NumberOfFrames, made.PixelData = len(slices), frames.astype("<u2").tobytes()
    shared = Dataset()
    shared.PixelMeasuresSequence = Sequence([_item(PixelSpacing=first.PixelSpacing, SliceThickness=3)])
    shared.PlaneOrientationSequence = Sequence([_item(ImageOrientationPatient=first.ImageOrientationPatient)])
    shared.FrameVOILUTSequence = Sequence([_item(WindowWidth=400, WindowCenter=40)])
    shared.PixelValueTransformationSequence = Sequence([_item(RescaleSlope=1, RescaleIntercept=-1024)])
    made.SharedFunctionalGroupsSequence = Sequence([shared])
    groups = []
    for one in slices:
        group = Dataset()
        group.PlanePositionSequence = Sequence([_item(ImagePositionPatient=one.ImagePositionPatient)])
        groups.append(group)
    made.PerFrameFunctionalGroupsSequence = Sequence(groups)
    return made


def _item(**elements: Any) -> Dataset:
    item = Dataset()
    for keyword, value in elements.items():
        setattr(item, keyword, value)
    return item


def radiograph(number: int, **more: Any) -> bytes:
    """A small radiograph, each number another picture."""
    pixels = (np.add.outer(np.arange(40), np.arange(48)) * 40).astype(np.uint16)
    pixels[number % 40, number % 48] = 4095
    known = {"Modality": "DX", "BodyPartExamined": "CHEST", "ViewPosition": "PA", "BitsStored": 12}
    return dicom(pixels, SOPInstanceUID=f"1.2.5.{number}", **(known | more))


def save(folder: Path, files: dict[str, Dataset | bytes]) -> Path:
    """Write files into a folder."""
    for name, made in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(made if isinstance(made, bytes) else written(made))
    return folder
