"""DICOM bytes to stored values: reads only the elements that a picture needs, decodes one frame, within bounds."""

from __future__ import annotations

import warnings
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import numpy as np
from pydicom import dcmread
from pydicom.datadict import tag_for_keyword
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.filereader import read_dataset
from pydicom.pixels.decoders.base import get_decoder
from pydicom.pixels.processing import apply_color_lut
from pydicom.tag import BaseTag
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    RLELossless,
)

from ssg.imaging.allowed import MODALITIES, PHOTOMETRIC
from ssg.imaging.dicom_header import FRAME_GROUPS, SPACINGS, Header
from ssg.imaging.grey import Integers, looked_up, luma
from ssg.imaging.levels import rescaled
from ssg.imaging.refusals import Problem, require_size
from ssg.imaging.sniffing import PREAMBLE

LARGEST_INFLATED = 100_000_000
"""Bytes of a deflated data set: the largest colour image takes 75 million."""

MOST_FRAMES = 2_000
"""Of one file: the thinnest CT of a whole body has fewer."""

PIXEL_ELEMENTS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")
PIXEL_TAG = b"\xe0\x7f\x10\x00"
ONE_CHANNEL = ("MONOCHROME1", "MONOCHROME2", "PALETTE COLOR")
THREE_CHANNELS = ("RGB", "YBR_FULL", "YBR_FULL_422", "YBR_PARTIAL_420", "YBR_PARTIAL_422", "YBR_ICT", "YBR_RCT")
PALETTE = [
    f"{segmented}{colour}PaletteColorLookupTable{part}"
    for colour in ("Red", "Green", "Blue")
    for segmented, part in (("", "Descriptor"), ("", "Data"), ("Segmented", "Data"))
]
WANTED = [
    *("Modality", "BodyPartExamined", "ViewPosition", "ImageLaterality", "Laterality", "BurnedInAnnotation"),
    *("PatientOrientation", "ImageOrientationPatient", "EstimatedRadiographicMagnificationFactor", *SPACINGS),
    *("SamplesPerPixel", "PhotometricInterpretation", "PlanarConfiguration", "NumberOfFrames", "Rows", "Columns"),
    *("BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation", "PixelPaddingValue", "PixelPaddingRangeLimit"),
    *("RescaleSlope", "RescaleIntercept", "ModalityLUTSequence", "PresentationLUTShape"),
    *("WindowCenter", "WindowWidth", "VOILUTFunction", "VOILUTSequence"),
    *PALETTE,
    *FRAME_GROUPS,
    *PIXEL_ELEMENTS,
]
"""Everything else is skipped while reading, names and dates first of all."""


@dataclass(frozen=True, eq=False, slots=True)
class Stored:
    """``values`` (height, width), integers of ``bits`` bits, signed or not; ``photometric`` as stated by the header."""

    values: Integers
    bits: int
    signed: bool
    photometric: str
    colourful: bool

    @property
    def is_grey(self) -> bool:
        """Whether modality transform, window and polarity apply; they do not to what was colour."""
        return self.photometric.startswith("MONOCHROME")

    @property
    def limits(self) -> tuple[int, int]:
        """The lowest and highest value that the bits can hold."""
        lowest = -(1 << (self.bits - 1)) if self.signed else 0
        return lowest, lowest + (1 << self.bits) - 1


def read(data: bytes, more: Sequence[str] = ()) -> Dataset:
    """The wanted elements of a file and ``more``, with its transfer syntax; raises Problem or what pydicom raises."""
    wanted = [*WANTED, *more]
    if data.startswith(b"DICM"):
        data = bytes(PREAMBLE) + data
    syntax, start = file_meta(data)
    if syntax == DeflatedExplicitVRLittleEndian:
        tags: list[BaseTag | int] = [tag for tag in map(tag_for_keyword, wanted) if tag is not None]
        plain = BytesIO(inflated(data[start:]))
        dataset = read_dataset(plain, is_implicit_VR=False, is_little_endian=True, specific_tags=tags)
    else:
        dataset = dcmread(BytesIO(data), force=True, specific_tags=list(wanted))
        if not len(dataset) and PIXEL_TAG in data:
            raise Problem("truncated")  # pydicom gives everything up where compressed pixels have no end
        syntax = syntax or _plain_syntax(*dataset.original_encoding)
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = syntax
    return dataset


def file_meta(data: bytes) -> tuple[UID | None, int]:
    """The transfer syntax, None where it is not stated, and where the data set begins."""
    stream = BytesIO(data)
    stream.seek(PREAMBLE + 4 if data[PREAMBLE : PREAMBLE + 4] == b"DICM" else 0)
    meta = read_dataset(
        stream, is_implicit_VR=False, is_little_endian=True, stop_when=lambda tag, _vr, _length: tag.group != 2
    )
    syntax = meta.get("TransferSyntaxUID")
    return (UID(str(syntax)) if syntax else None), stream.tell()


def _plain_syntax(implicit: bool | None, little: bool | None) -> UID:
    if implicit:
        return ImplicitVRLittleEndian
    return ExplicitVRLittleEndian if little else ExplicitVRBigEndian


def inflated(data: bytes) -> bytes:
    """A deflated data set; raises Problem where it grows too large or ends too early."""
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
    plain = unpacker.decompress(data, LARGEST_INFLATED)
    if unpacker.unconsumed_tail:
        raise Problem("bomb", what=f"more than {LARGEST_INFLATED // 1_000_000} MB")
    if not unpacker.eof:
        raise Problem("truncated")
    return plain


def stored_values(dataset: Dataset) -> Stored:
    """Decode the one frame of ``dataset``; colour becomes grey. Raises Problem, or what a decoder raises."""
    frames = _pixel_options(dataset, Header(dataset))["number_of_frames"]
    if frames > 1:
        raise Problem("multi_frame", frames=frames)
    return next(stored_frames(dataset))


def stored_frames(dataset: Dataset, indices: bool = False) -> Iterator[Stored]:
    """Decode the frames of ``dataset`` one by one; raises as :func:`stored_values` does.

    With ``indices`` those of a palette stay what they are, in place of the grey of its colours.
    """
    header = Header(dataset)
    options = _pixel_options(dataset, header)
    for array, photometric in _decoded(dataset, header, options):
        yield _as_stored(array, photometric, options, None if indices else dataset)


def _as_stored(array: Integers, photometric: str, options: dict[str, Any], palette: Dataset | None) -> Stored:
    """A decoded frame as grey values; indices of a palette become grey where the data set of it is given."""
    stated = options["photometric_interpretation"]
    bits, signed = int(options["bits_stored"]), bool(options["pixel_representation"])
    if stated == "PALETTE COLOR" and palette is not None:
        array, colourful = _palette_to_grey(array, palette)
        return Stored(array, 8, False, stated, colourful)
    if array.ndim == 3 and photometric.startswith("YBR"):
        return Stored(array[..., 0], bits, False, stated, _has_chroma(array, bits))
    if array.ndim == 3:
        array, colourful = luma(array)
        return Stored(array, bits, False, stated, colourful)
    return Stored(array, bits, signed, stated, False)


def _pixel_options(dataset: Dataset, header: Header) -> dict[str, Any]:
    """What describes the pixels, checked and completed; raises Problem before anything is decoded."""
    size = {keyword: header.integer(keyword, -1) for keyword in ("Columns", "Rows")}
    if not any(keyword in dataset for keyword in PIXEL_ELEMENTS):
        if min(size.values()) > 0:
            raise Problem("truncated")
        raise Problem("no_pixels", what=_instead(header))
    if min(size.values()) < 0:
        raise Problem("damaged", what="its size is missing")
    require_size(size["Columns"], size["Rows"])
    frames = header.integer("NumberOfFrames", 1)
    if frames > MOST_FRAMES:
        raise Problem("too_many_frames", frames=f"{frames:,}", limit=f"{MOST_FRAMES:,}")
    if "PixelData" not in dataset:
        raise Problem("unsupported_pixels", what="floating-point pixels")
    samples = header.integer("SamplesPerPixel", 1)
    allocated = header.integer("BitsAllocated", 0)
    if samples not in (1, 3) or allocated not in (1, 8, 16, 32):
        raise Problem("unsupported_pixels", what=f"{samples} × {allocated} bits a pixel")
    photometric = header.text("PhotometricInterpretation") or ("RGB" if samples == 3 else "MONOCHROME2")
    if photometric not in (ONE_CHANNEL if samples == 1 else THREE_CHANNELS):
        known = photometric if photometric in PHOTOMETRIC else "unknown kind"
        raise Problem("unsupported_pixels", what=f"{samples} channels of {known}")
    if photometric == "PALETTE COLOR" and allocated > 16:
        raise Problem("unsupported_pixels", what=f"a palette for indices of {allocated} bits")
    return {
        "rows": size["Rows"],
        "columns": size["Columns"],
        "number_of_frames": max(frames, 1),
        "samples_per_pixel": samples,
        "bits_allocated": allocated,
        "bits_stored": header.integer("BitsStored", allocated),
        "pixel_representation": header.integer("PixelRepresentation", 0) if photometric.startswith("MONO") else 0,
        "planar_configuration": header.integer("PlanarConfiguration", 0),
        "photometric_interpretation": photometric,
    }


def _decoded(dataset: Dataset, header: Header, options: dict[str, Any]) -> Iterator[tuple[Integers, str]]:
    """Values of each frame in the machine's byte order, (height, width) or (height, width, 3); how colour is coded."""
    syntax = dataset.file_meta.TransferSyntaxUID
    try:
        decoder = get_decoder(syntax)
    except NotImplementedError:
        raise Problem("unsupported_transfer_syntax", what=_syntax_name(syntax)) from None
    if syntax.is_encapsulated != dataset["PixelData"].is_undefined_length:
        raise Problem("damaged", what="pixels are not packed as its transfer syntax says")
    if not syntax.is_encapsulated:
        _require_length(dataset, options)
    loose = _loose_bits(header, options) if syntax == RLELossless or not syntax.is_encapsulated else 0
    if loose:
        options = {**options, "correct_unused_bits": False}
    plugin = "pylibjpeg" if syntax.is_encapsulated else ""
    # All in one go: to ask for each frame by its number would look through the whole file for each of them.
    frames = decoder.iter_array(dataset, raw=True, decoding_plugin=plugin, **options)
    for _ in range(options["number_of_frames"]):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = next(frames, None)
        if found is None:
            raise Problem("truncated")
        array, properties = found
        array = array.astype(array.dtype.newbyteorder("="), copy=False)
        if loose:
            unused = options["bits_allocated"] - options["bits_stored"]
            array = (array << (unused - loose)) >> unused
        yield array, str(properties["photometric_interpretation"])


def _loose_bits(header: Header, options: dict[str, Any]) -> int:
    """How many bits below the stored ones do not belong to the value (High Bit); pydicom takes it to be none."""
    loose = header.integer("HighBit", options["bits_stored"] - 1) + 1 - options["bits_stored"]
    return loose if 0 < loose <= options["bits_allocated"] - options["bits_stored"] else 0


def _instead(header: Header) -> str:
    modality = header.text("Modality")
    return f"it holds {modality}" if modality in MODALITIES else "it holds something else, or is cut off"


def _syntax_name(syntax: UID) -> str:
    """The name of a syntax; an unregistered one may hold anything, and its number is not shown."""
    return syntax.name if syntax.name != syntax else "an unregistered syntax"


def _require_length(dataset: Dataset, options: dict[str, Any]) -> None:
    """Raise Problem where uncompressed pixels are fewer than the header says."""
    pixels = options["rows"] * options["columns"] * options["samples_per_pixel"] * options["number_of_frames"]
    if options["photometric_interpretation"] == "YBR_FULL_422":
        pixels = pixels // 3 * 2
    if len(dataset.PixelData or b"") * 8 < pixels * options["bits_allocated"]:
        raise Problem("truncated")


def _has_chroma(array: Integers, bits: int) -> bool:
    middle = 1 << (bits - 1)
    return bool((np.abs(array[::4, ::4, 1:].astype(np.int64) - middle) > 2).any())


def _palette_to_grey(array: Integers, dataset: Dataset) -> tuple[Integers, bool]:
    """Grey of 8 bits and whether there was colour: the palette becomes grey first, then each pixel looks it up."""
    lowest, highest = int(array.min()), int(array.max())
    entries = np.arange(lowest, highest + 1, dtype=array.dtype)[None]
    palette = apply_color_lut(entries, dataset)[..., :3]
    grey, colourful = luma(palette)
    places = rescaled(array, 1.0, 0.0)
    # Entries of 8 bits may stand in words of 16, so their type alone does not tell their depth.
    is_deep = int(dataset.RedPaletteColorLookupTableDescriptor[2]) > 8 or int(palette.max()) > 255
    return looked_up((grey[0] >> 8 * is_deep).astype(np.uint8), places.samples), colourful
