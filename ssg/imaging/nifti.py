"""NIfTI volumes (Cox et al. 2004, "A (sort of) new image data format standard: NIfTI-1") as slices, by nibabel.

NIfTI's axes point to the patient's right, front and head (RAS); its affine says which way each array axis runs. Slices
are cut across the axis with the largest steps, which is how volumes are scanned, and where all steps are alike across
the one that is nearest to head and feet. Rows are turned to the radiological convention.
"""

from __future__ import annotations

import gzip
import io
import math
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ssg.imaging.grey import percentile_window
from ssg.imaging.labels import as_image, labels_of
from ssg.imaging.levels import MOST_LEVELS
from ssg.imaging.refusals import Problem, require_size
from ssg.imaging.stacks import Place
from ssg.imaging.types import Belonging, DisplayImage, Removed, Samples
from ssg.imaging.upright import Edges, Turn, radiological
from ssg.imaging.windowing import windowed

LETTERS = (("L", "R"), ("P", "A"), ("F", "H"))
"""Letters towards lower and higher values of NIfTI's axes."""

ALIKE = 1.05
"""Steps are alike where the largest is not larger than the smallest by this factor."""

MOST_BYTES = 400 * 2**20
"""Of a volume when it is unpacked; a worker has half a gigabyte."""

MOST_SLICES = 2_000
TAIL = 0.005
Limits = tuple[float, float]

MILLIMETRES = {"meter": 1000.0, "micron": 0.001}
"""Of the units that a header may measure lengths in; files that say none mean millimetres."""

SIDES_UNKNOWN = "The file does not say how the patient lies: sides are not known."


@dataclass(frozen=True, eq=False, slots=True)
class Volume:
    """Slices in the order in which they are scrolled: head, front or the patient's right first.

    ``values`` (slices, height, width) are numbers as they are stored, not turned yet; sample = (value - ``lowest``) /
    ``step``, and real value = ``offset`` + ``slope`` × sample. ``limits`` are the lowest and the highest number that is
    finite. ``window`` is (width, level) in real values. ``places`` are those of the turned slices.
    """

    values: NDArray[Any]
    limits: Limits
    lowest: float
    step: float
    offset: float
    slope: float
    window: tuple[float, float]
    spacing_mm: tuple[float, float]
    slice_mm: float
    orientation: Edges
    turn: Turn
    places: tuple[Place, ...]
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.values)

    def slice(self, number: int) -> Samples:
        """One slice, turned upright: uint16 (height, width)."""
        return self.turn.pixels(_samples(self.values[number], self.limits, self.lowest, self.step))

    def labels(self, number: int) -> Samples:
        """One slice of a mask, turned upright: its real values, uint16; raises Problem where they are no labels."""
        values = self.values[number].astype(np.float64)
        return self.turn.pixels(labels_of(self.offset + self.slope / self.step * (values - self.lowest)))

    @property
    def samples(self) -> NDArray[np.uint16]:
        """All slices, uint16 (slices, height, width)."""
        return np.stack([self.slice(number) for number in range(len(self))])


def decode_nifti(data: bytes) -> Volume:
    """Read one ``.nii`` or ``.nii.gz`` file; raises Problem, or whatever nibabel raises for a damaged one."""
    import nibabel as nib

    image: Any = nib.Nifti1Image.from_bytes(unpacked(data))
    notes: list[str] = []
    if len(image.shape) < 2 or math.prod(image.shape) < 1:
        raise Problem("damaged", what="it holds no picture")
    if image.get_data_dtype().fields is not None or np.issubdtype(image.get_data_dtype(), np.complexfloating):
        raise Problem("damaged", what="its values are colours or complex numbers, no grey")
    if math.prod(image.shape) * 8 > 4 * MOST_BYTES:
        raise Problem("bomb", what=f"{' × '.join(map(str, image.shape))} values")
    stored = np.asanyarray(image.dataobj.get_unscaled())
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
    forwards = _order(letters[through])
    slices = np.moveaxis(stored, through, 0)[::forwards]
    require_size(slices.shape[2], slices.shape[1])
    if len(slices) > MOST_SLICES:
        raise Problem("too_many_frames", frames=f"{len(slices):,}", limit=f"{MOST_SLICES:,}")
    limits, step = _levels(slices, notes)
    lowest = limits[0]
    scale, shift = (float(value) for value in (image.dataobj.slope, image.dataobj.inter))
    if not math.isfinite(scale) or not math.isfinite(shift) or scale == 0:
        raise Problem("damaged", what="its scale is no number")
    if scale < 0:
        # Low stored values are then high real ones: counted from the other end, the slope stays above 0.
        lowest, step = lowest + step * (MOST_LEVELS - 1), -step
    offset, slope = shift + scale * lowest, scale * step
    return Volume(
        values=slices,
        limits=limits,
        lowest=lowest,
        step=step,
        offset=offset,
        slope=slope,
        window=_window(slices, limits, lowest, step, offset, slope),
        spacing_mm=turn.spacing((float(steps[down]), float(steps[across]))),
        slice_mm=float(steps[through]),
        orientation=turn.edges(edges),
        turn=turn,
        places=_places(affine, stored.shape, (through, down, across), forwards, turn),
        notes=tuple(notes),
    )


def decode_frames(data: bytes, labels: bool = False) -> Iterator[tuple[DisplayImage, Belonging]]:
    """The slices of a volume one by one, as displayed or as the ``labels`` of a mask.

    Raises as :func:`decode_nifti` does.
    """
    volume = decode_nifti(data)
    del data
    instance = secrets.token_hex(12)
    for number in range(len(volume)):
        yield (
            _labelled(volume, number) if labels else _displayed(volume, number),
            Belonging(
                place=volume.places[number],
                number=number,
                instance=f"{instance}.{number}",
                series=instance,
                frames=len(volume),
            ),
        )


def _displayed(volume: Volume, number: int) -> DisplayImage:
    samples = volume.slice(number)
    return DisplayImage(
        pixels=windowed(samples, volume.offset, volume.slope, volume.window),
        samples=samples,
        samples_offset=volume.offset,
        samples_slope=volume.slope,
        window=volume.window,
        spacing_mm=volume.spacing_mm,
        orientation=_said(volume),
        notes=volume.notes,
    )


def _labelled(volume: Volume, number: int) -> DisplayImage:
    return as_image(volume.labels(number), volume.spacing_mm, _said(volume))


def removed_of(data: bytes) -> Removed:
    """What of the header is not kept: texts and extensions that hold something."""
    import nibabel as nib

    try:
        image: Any = nib.Nifti1Image.from_bytes(unpacked(data))
        texts = ("descrip", "aux_file", "db_name", "intent_name")
        found = {name: 1 for name in texts if bytes(image.header[name]).strip(b"\0 ")}
        if image.header.extensions:
            found["extensions"] = len(image.header.extensions)
    except Exception:  # noqa: BLE001 - what cannot be counted is removed all the same
        found = {"elements that cannot be read": 1}
    return Removed(found)


def _said(volume: Volume) -> Edges | None:
    """The letters of the edges, None where the file does not say them."""
    return None if SIDES_UNKNOWN in volume.notes else volume.orientation


def unpacked(data: bytes) -> bytes:
    """The bytes of a volume, out of gzip where they are in it; raises Problem where they grow too large."""
    if data[:2] != b"\x1f\x8b":
        return data
    with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
        found = file.read(MOST_BYTES + 1)
    if len(found) > MOST_BYTES:
        raise Problem("bomb", what=f"over {MOST_BYTES >> 20} MB when it is unpacked")
    return found


def _affine(image: Any, notes: list[str]) -> NDArray[np.float64]:
    """The way from array to patient in mm; where the header gives none, the axes as they stand, and a note."""
    header = image.header
    unit = header.get_xyzt_units()[0]
    affine: NDArray[np.float64] = np.asarray(image.affine, dtype=np.float64) * np.array(
        [[MILLIMETRES.get(unit, 1.0)]] * 3 + [[1.0]]
    )
    if unit in MILLIMETRES:
        notes.append(f"The file measures in {unit}s: turned to millimetres.")
    if int(header["sform_code"]) == 0 and int(header["qform_code"]) == 0:
        notes.append(SIDES_UNKNOWN)
    if not np.isfinite(affine).all() or abs(np.linalg.det(affine[:3, :3])) < 1e-9:
        raise Problem("damaged", what="its affine is none")
    return affine


def _places(
    affine: NDArray[np.float64], shape: tuple[int, ...], axes: tuple[int, int, int], forwards: int, turn: Turn
) -> tuple[Place, ...]:
    """Where the turned slices lie, in DICOM's coordinates; ``axes`` are those through, down and across the slices."""
    through, down, across = axes
    ways = affine[:3, :3] * [[-1.0], [-1.0], [1.0]]  # NIfTI counts towards right and front, DICOM towards left and back
    first = affine[:3, 3] * [-1.0, -1.0, 1.0]
    if forwards < 0:
        first = first + ways[:, through] * (shape[through] - 1)
    sides = [(ways[:, across], shape[across]), (ways[:, down], shape[down])]
    if turn.transposed:
        sides.reverse()
    turned = []
    for (way, count), mirrored in zip(sides, (turn.mirrored, turn.inverted), strict=True):
        first = first + way * (count - 1) * mirrored
        turned.append(_vector(way / np.linalg.norm(way) * (-1 if mirrored else 1)))
    steps = (ways[:, through] * forwards * number for number in range(shape[through]))
    return tuple(Place(_vector(first + step), turned[0], turned[1]) for step in steps)


def _vector(values: NDArray[np.float64]) -> tuple[float, float, float]:
    x, y, z = values.tolist()
    return x, y, z


def _through(shape: tuple[int, ...], steps: NDArray[np.float64], affine: NDArray[np.float64]) -> int:
    """The axis that slices are cut across; one of a single slice is it in any case.

    Of several with the largest steps it is the nearest to head and feet, in whatever order they are stored.
    """
    if 1 in shape:
        return shape.index(1) if shape[2] != 1 else 2
    largest = ALIKE * steps >= steps.max()
    return int(np.argmax(np.where(largest, np.abs(affine[2, :3]) / steps, -1.0)))


def _letters(direction: NDArray[np.float64]) -> tuple[str, str]:
    """Letters at the low and at the high end of an array axis that runs in this direction."""
    axis = int(np.argmax(np.abs(direction)))
    low, high = LETTERS[axis]
    return (low, high) if direction[axis] > 0 else (high, low)


def _order(ends: tuple[str, str]) -> int:
    """1 where the low end comes first (head, front, right), else -1."""
    return 1 if ends[0] in ("H", "A", "R") else -1


def _levels(slices: NDArray[Any], notes: list[str]) -> tuple[Limits, float]:
    """The limits of stored values, and the step from one sample to the next, slice by slice to save memory."""
    lowest, highest, whole, holes, endless = math.inf, -math.inf, True, False, False
    for one in slices:
        there = one[np.isfinite(one)] if np.issubdtype(one.dtype, np.floating) else one
        if there.size < one.size:
            holes, endless = holes or bool(np.isnan(one).any()), endless or bool(np.isinf(one).any())
        if there.size:
            lowest, highest = min(lowest, float(there.min())), max(highest, float(there.max()))
            whole = whole and (np.issubdtype(one.dtype, np.integer) or bool((there == np.rint(there)).all()))
    if not math.isfinite(lowest):
        raise Problem("damaged", what="none of its values is a number")
    if not math.isfinite(highest - lowest):
        raise Problem("damaged", what="its values are too large to be told apart")
    if holes:
        notes.append("Values that are no numbers are shown as the lowest.")
    if endless:
        notes.append("Infinite values are shown as the highest or the lowest of the others.")
    exact = whole and highest - lowest < MOST_LEVELS
    return (lowest, highest), 1.0 if exact else (highest - lowest) / (MOST_LEVELS - 1) or 1.0


def _samples(values: NDArray[Any], limits: Limits, lowest: float, step: float) -> Samples:
    """Unsigned samples of one slice; infinite values become the limits."""
    reals = np.rint((np.clip(values.astype(np.float64), *limits) - lowest) / step)
    samples: Samples = np.clip(np.nan_to_num(reals, nan=0.0), 0, MOST_LEVELS - 1).astype(np.uint16)
    return samples


def _window(
    slices: NDArray[Any], limits: Limits, lowest: float, step: float, offset: float, slope: float
) -> tuple[float, float]:
    counts = np.zeros(MOST_LEVELS, dtype=np.int64)
    for one in slices:
        counts += np.bincount(_samples(one, limits, lowest, step).ravel(), minlength=MOST_LEVELS)
    chosen = percentile_window(counts, offset + slope * np.arange(MOST_LEVELS, dtype=np.float64), TAIL)
    return chosen.width, chosen.level
