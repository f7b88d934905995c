"""NIfTI volumes (Cox et al. 2004, "A (sort of) new image data format standard: NIfTI-1") as slices, by nibabel.

NIfTI's axes point to the patient's right, front and head (RAS); its affine says which way each array axis runs. Slices
are cut across the axis with the largest steps, which is how volumes are scanned, and where all steps are alike across
the one that is nearest to head and feet. Rows are turned to the radiological convention.
"""

from __future__ import annotations

import gzip
import io
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ssg.imaging.grey import percentile_window
from ssg.imaging.levels import MOST_LEVELS
from ssg.imaging.refusals import Problem
from ssg.imaging.types import LARGEST_PIXELS, Samples
from ssg.imaging.upright import Edges, radiological

LETTERS = (("L", "R"), ("P", "A"), ("F", "H"))
"""Letters towards lower and higher values of NIfTI's axes."""

ALIKE = 1.05
"""Steps are alike where the largest is not larger than the smallest by this factor."""

MOST_BYTES = 400 * 2**20
"""Of a volume when it is unpacked; a worker has half a gigabyte."""

TAIL = 0.005


@dataclass(frozen=True, eq=False, slots=True)
class Volume:
    """Slices in the order in which they are scrolled: head, front or the patient's right first.

    ``samples`` is uint16 (slices, height, width); real value = ``offset`` + ``slope`` × sample; ``window`` is (width,
    level) in real values.
    """

    samples: NDArray[np.uint16]
    offset: float
    slope: float
    window: tuple[float, float]
    spacing_mm: tuple[float, float]
    slice_mm: float
    orientation: Edges
    notes: tuple[str, ...] = ()


def decode_nifti(data: bytes) -> Volume:
    """Decode one ``.nii`` or ``.nii.gz`` file; raises Problem, or whatever nibabel raises for a damaged one."""
    import nibabel as nib

    image: Any = nib.Nifti1Image.from_bytes(_unpacked(data))
    notes = []
    if len(image.shape) < 2 or math.prod(image.shape) < 1:
        raise Problem("damaged", what="it holds no picture")
    if image.get_data_dtype().fields is not None or np.issubdtype(image.get_data_dtype(), np.complexfloating):
        raise Problem("damaged", what="its values are colours or complex numbers, no grey")
    if math.prod(image.shape) * 8 > 4 * MOST_BYTES:
        raise Problem("bomb", what=f"{' × '.join(map(str, image.shape))} values")
    stored = np.asanyarray(image.dataobj)
    while stored.ndim > 3:
        if stored.shape[-1] > 1:
            notes.append(f"It holds {stored.shape[-1]} volumes: the first is taken.")
        stored = stored[..., 0]
    stored = stored[..., None] if stored.ndim == 2 else stored
    affine = _affine(image, notes)
    steps = np.linalg.norm(affine[:3, :3], axis=0)
    through = _through(stored.shape, steps, affine)
    letters = [_letters(affine[:3, axis]) for axis in range(3)]
    down, across = [axis for axis in range(3) if axis != through]
    edges = (letters[across][0], letters[across][1], letters[down][0], letters[down][1])
    turn = radiological(edges)
    order = _order(letters[through])
    slices = np.moveaxis(stored, through, 0)[::order]
    if slices.shape[1] * slices.shape[2] > LARGEST_PIXELS:
        raise Problem("bomb", what=f"{slices.shape[1]} × {slices.shape[2]} pixels a slice")
    samples, offset, slope = _samples(slices, notes)
    return Volume(
        samples=np.stack([turn.pixels(one) for one in samples]),
        offset=offset,
        slope=slope,
        window=_window(samples, offset, slope),
        spacing_mm=turn.spacing((float(steps[down]), float(steps[across]))),
        slice_mm=float(steps[through]),
        orientation=turn.edges(edges),
        notes=tuple(notes),
    )


def _unpacked(data: bytes) -> bytes:
    if data[:2] != b"\x1f\x8b":
        return data
    with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
        found = file.read(MOST_BYTES + 1)
    if len(found) > MOST_BYTES:
        raise Problem("bomb", what=f"over {MOST_BYTES >> 20} MB when it is unpacked")
    return found


def _affine(image: Any, notes: list[str]) -> NDArray[np.float64]:
    """The way from array to patient; where the header gives none, the axes as they stand, and a note."""
    affine = np.asarray(image.affine, dtype=np.float64)
    header = image.header
    if int(header["sform_code"]) == 0 and int(header["qform_code"]) == 0:
        notes.append("The file does not say how the patient lies: sides are not known.")
    if not np.isfinite(affine).all() or abs(np.linalg.det(affine[:3, :3])) < 1e-9:
        raise Problem("damaged", what="its affine is none")
    return affine


def _through(shape: tuple[int, ...], steps: NDArray[np.float64], affine: NDArray[np.float64]) -> int:
    """The axis that slices are cut across; one of a single slice is it in any case."""
    if 1 in shape:
        return shape.index(1) if shape[2] != 1 else 2
    if steps.max() > ALIKE * steps.min():
        return int(np.argmax(steps))
    return int(np.argmax(np.abs(affine[2, :3]) / steps))


def _letters(direction: NDArray[np.float64]) -> tuple[str, str]:
    """Letters at the low and at the high end of an array axis that runs in this direction."""
    axis = int(np.argmax(np.abs(direction)))
    low, high = LETTERS[axis]
    return (low, high) if direction[axis] > 0 else (high, low)


def _order(ends: tuple[str, str]) -> int:
    """1 where the low end comes first (head, front, right), else -1."""
    return 1 if ends[0] in ("H", "A", "R") else -1


def _samples(slices: NDArray[Any], notes: list[str]) -> tuple[Samples, float, float]:
    """Unsigned samples of the whole volume, and the real values that they stand for."""
    finite = np.isfinite(slices) if np.issubdtype(slices.dtype, np.floating) else None
    if finite is not None and not finite.all():
        if not finite.any():
            raise Problem("damaged", what="none of its values is a number")
        notes.append("Values that are no numbers are shown as the lowest.")
        slices = np.where(finite, slices, slices[finite].min())
    lowest, highest = float(slices.min()), float(slices.max())
    whole = np.issubdtype(slices.dtype, np.integer) or bool((slices == np.rint(slices)).all())
    slope = 1.0 if whole and highest - lowest < MOST_LEVELS else (highest - lowest) / (MOST_LEVELS - 1) or 1.0
    samples = np.empty(slices.shape, dtype=np.uint16)
    for number, one in enumerate(slices):
        samples[number] = np.rint((one.astype(np.float64) - lowest) / slope)
    return samples, lowest, slope


def _window(samples: Samples, offset: float, slope: float) -> tuple[float, float]:
    counts = np.bincount(samples.ravel(), minlength=int(samples.max()) + 1)
    chosen = percentile_window(counts, offset + slope * np.arange(len(counts), dtype=np.float64), TAIL)
    return chosen.width, chosen.level
