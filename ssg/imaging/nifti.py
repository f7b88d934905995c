"""NIfTI volumes (Cox et al. 2004, "A (sort of) new image data format standard: NIfTI-1"; NIfTI-2 of 2011) as slices.

nibabel reads the header; numbers are taken from the bytes of the file as they stand, since a copy of a large volume
would not fit into a worker. How slices are cut and turned is in ``nifti_place``.
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

from ssg.imaging.grey import TAIL, percentile_window
from ssg.imaging.labels import as_image, labels_of
from ssg.imaging.letters import Edges
from ssg.imaging.levels import MOST_LEVELS
from ssg.imaging.nifti_place import affine_of, cut_of
from ssg.imaging.refusals import Problem, require_size
from ssg.imaging.sniffing import GZIP, is_nifti_2
from ssg.imaging.stacks import Place
from ssg.imaging.types import Belonging, DisplayImage, Removed, Samples
from ssg.imaging.upright import Turn
from ssg.imaging.windowing import windowed

MOST_BYTES = 400 * 2**20
"""Of a volume when it is unpacked; a worker has half a gigabyte."""

MOST_SLICES = 2_000
HEADER = 1024
"""Bytes from the start in which every header ends; what is beside it may follow."""

CHUNK = 2**20
"""Bytes that are unpacked at a time, so that small files take little memory."""

Limits = tuple[float, float]


@dataclass(frozen=True, eq=False, slots=True)
class Volume:
    """Slices in the order in which they are scrolled: head, front or the patient's right first.

    ``values`` (slices, height, width) are numbers as they are stored, not turned yet; sample = (value - ``lowest``) /
    ``step``, and real value = ``offset`` + ``slope`` × sample. ``limits`` are the lowest and the highest number that
    is finite. ``window`` is (width, level) in real values. ``spacing_mm`` (between rows, between columns),
    ``orientation`` and ``places`` are those of the turned slices; ``orientation`` is None where the file does not say
    how the patient lies.
    """

    values: NDArray[Any]
    limits: Limits
    lowest: float
    step: float
    offset: float
    slope: float
    window: tuple[float, float]
    spacing_mm: tuple[float, float]
    orientation: Edges | None
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


def decode_nifti(data: bytes) -> Volume:
    """Read one ``.nii`` or ``.nii.gz`` file; raises Problem, or whatever nibabel raises for a damaged one."""
    image = _header_of(data)
    notes: list[str] = []
    stored = _stored(data, image, notes)
    affine, says_sides = affine_of(image, notes)
    if not says_sides:
        notes.append("The file does not say how the patient lies: sides are not known.")
    cut = cut_of(affine, stored.shape)
    slices = cut.slices(stored)
    require_size(slices.shape[2], slices.shape[1])
    if len(slices) > MOST_SLICES:
        raise Problem("too_many_frames", frames=f"{len(slices):,}", limit=f"{MOST_SLICES:,}")
    limits, step = _levels(slices, notes)
    lowest = limits[0]
    scale, shift = (float(value) for value in (image.dataobj.slope, image.dataobj.inter))
    if not math.isfinite(scale) or not math.isfinite(shift) or scale == 0:
        raise Problem("damaged", what="its scale is no number")
    if scale < 0:
        # Low stored values are then high real ones: counted from the highest down, the slope stays above 0.
        lowest, step = limits[1], -step
    offset, slope = shift + scale * lowest, scale * step
    return Volume(
        values=slices,
        limits=limits,
        lowest=lowest,
        step=step,
        offset=offset,
        slope=slope,
        window=_window(slices, limits, lowest, step, offset, slope),
        spacing_mm=cut.spacing_mm,
        orientation=cut.orientation if says_sides else None,
        turn=cut.turn,
        places=cut.places,
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
        orientation=volume.orientation,
        notes=volume.notes,
    )


def _labelled(volume: Volume, number: int) -> DisplayImage:
    return as_image(volume.labels(number), volume.spacing_mm, volume.orientation)


def removed_of(data: bytes) -> Removed:
    """What of the header is not kept: texts and extensions that hold something."""
    try:
        header: Any = _header_of(data).header
        texts = ("descrip", "aux_file", "db_name", "intent_name")
        found = {name: 1 for name in texts if name in header and bytes(header[name]).strip(b"\0 ")}
        if header.extensions:
            found["extensions"] = len(header.extensions)
    except Exception:  # noqa: BLE001 - what cannot be counted is removed all the same
        found = {"elements that cannot be read": 1}
    return Removed(found)


def _header_of(data: bytes) -> Any:
    """What nibabel makes of a file up to where its numbers begin."""
    import nibabel as nib

    start = bytes(unpacked(data, HEADER))
    kind: Any = nib.Nifti2Image if is_nifti_2(start) else nib.Nifti1Image
    size = kind.header_class.sizeof_hdr
    offset = kind.header_class(start[:size], check=False).get_data_offset()
    if not size <= offset <= MOST_BYTES:
        raise Problem("damaged", what="it does not say where its picture begins")
    return kind.from_bytes(bytes(unpacked(data, offset)))


def _stored(data: bytes, image: Any, notes: list[str]) -> NDArray[Any]:
    """The numbers of the first volume (x, y, z), a view of the file's bytes; raises Problem where there are none."""
    kind, shape, offset = image.get_data_dtype(), image.shape, image.dataobj.offset
    if len(shape) < 2 or min(shape) < 1:
        raise Problem("damaged", what="it holds no picture")
    if kind.fields is not None or np.issubdtype(kind, np.complexfloating):
        raise Problem("damaged", what="its values are colours or complex numbers, no grey")
    size = math.prod(shape) * kind.itemsize
    if size > MOST_BYTES:
        raise Problem("too_big_volume", limit=MOST_BYTES // 2**20)
    plain = unpacked(data, offset + size + 1)  # one more: gzip looks at its checksum when it is read to its end
    if len(plain) < offset + size:
        raise Problem("truncated")
    stored: NDArray[Any] = np.ndarray(shape, kind, buffer=plain, offset=offset, order="F")
    while stored.ndim > 3:
        if stored.shape[-1] > 1:
            notes.append(f"It holds {stored.shape[-1]} volumes: the first is taken.")
        stored = stored[..., 0]
    return stored[..., None] if stored.ndim == 2 else stored


def unpacked(data: bytes, most: int) -> bytes | bytearray:
    """The bytes of a volume, out of gzip where they are in it; of those that are packed the first ``most``."""
    if not data.startswith(GZIP):
        return data
    found = bytearray()
    with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
        while chunk := file.read(min(CHUNK, most - len(found))):
            found += chunk
    return found


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
    """The (width, level) that shows what is measured: values that are no numbers are not."""
    counts = np.zeros(MOST_LEVELS, dtype=np.int64)
    for one in slices:
        there = (
            one if np.issubdtype(one.dtype, np.integer) else one[~np.isnan(one)]
        )  # else background that is no number
        counts += np.bincount(_samples(there, limits, lowest, step).ravel(), minlength=MOST_LEVELS)
    chosen = percentile_window(counts, offset + slope * np.arange(MOST_LEVELS, dtype=np.float64), TAIL)
    return chosen.width, chosen.level
