"""Small files made in the tests: DICOM of any kind, PNG and JPEG, and decoding without a worker around it."""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from typing import Any

import numpy as np
from PIL import Image
from pydicom import dcmwrite
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate, generate_frames
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from ssg.imaging.sniffing import kind_of
from ssg.imaging.types import DisplayImage
from ssg.imaging.worker import decode

CR_STORAGE = "1.2.840.10008.5.1.4.1.1.1"
UNCOMPRESSED = (ExplicitVRLittleEndian, ImplicitVRLittleEndian, ExplicitVRBigEndian)


def decoded(data: bytes) -> DisplayImage:
    """Decode in this process, so that a bug shows its traceback."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # as workers do; pydicom warns of much that is not our concern
        return decode(data, kind_of(data))


def dataset(pixels: np.ndarray, **elements: Any) -> Dataset:
    """A data set of ``pixels`` (height, width) or (height, width, 3); ``elements`` by keyword, None removes one."""
    made = Dataset()
    made.file_meta = FileMetaDataset()
    made.file_meta.MediaStorageSOPClassUID = made.SOPClassUID = CR_STORAGE
    made.file_meta.MediaStorageSOPInstanceUID = made.SOPInstanceUID = "1.2.3.4"
    made.Modality = "CR"
    made.Rows, made.Columns = pixels.shape[:2]
    made.SamplesPerPixel = 1 if pixels.ndim == 2 else 3
    made.PhotometricInterpretation = "MONOCHROME2" if pixels.ndim == 2 else "RGB"
    if pixels.ndim == 3:
        made.PlanarConfiguration = 0
    made.BitsAllocated = made.BitsStored = 8 * pixels.dtype.itemsize
    made.PixelRepresentation = int(pixels.dtype.kind == "i")
    made.PixelData = pixels.astype(pixels.dtype.newbyteorder("<")).tobytes()
    for keyword, value in elements.items():
        setattr(made, keyword, value)
    made.HighBit = elements.get("HighBit", made.BitsStored - 1)
    for keyword, value in elements.items():
        if value is None:
            delattr(made, keyword)
    return made


def dicom(pixels: np.ndarray, syntax: str = ExplicitVRLittleEndian, **elements: Any) -> bytes:
    """A DICOM file; see :func:`dataset`. Other syntaxes than the plain ones are compressed by pylibjpeg."""
    return written(dataset(pixels, **elements), syntax)


def written(made: Dataset, syntax: str = ExplicitVRLittleEndian) -> bytes:
    """The file of a data set."""
    made.file_meta.TransferSyntaxUID = syntax if syntax in UNCOMPRESSED else ExplicitVRLittleEndian
    if syntax == ExplicitVRBigEndian and made.BitsAllocated > 8:
        made.PixelData = np.frombuffer(made.PixelData, f"<u{made.BitsAllocated // 8}").byteswap().tobytes()
    if "PixelData" in made:
        made["PixelData"].VR = "OB" if made.BitsAllocated <= 8 and syntax != ImplicitVRLittleEndian else "OW"
    if syntax not in UNCOMPRESSED:
        made.compress(syntax, encoding_plugin="pylibjpeg", generate_instance_uid=False)
    buffer = io.BytesIO()
    dcmwrite(buffer, made, enforce_file_format=True)
    return buffer.getvalue()


def many_frames(
    frames: list[np.ndarray], syntax: str, offsets: bool = False, pieces: int = 1, said: int | None = None, **more: Any
) -> bytes:
    """A file of compressed frames, with a table of their ``offsets`` or without, each in so many ``pieces``.

    ``said`` is how many the header says there are; a frame that is there several times is compressed once.
    """
    packed: dict[int, bytes] = {}
    for frame in frames:
        if id(frame) not in packed:
            one = dataset(frame, **more)
            one.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
            one.compress(syntax, encoding_plugin="pylibjpeg", generate_instance_uid=False)
            (packed[id(frame)],) = generate_frames(one.PixelData, number_of_frames=1)
    one.NumberOfFrames = said or len(frames)
    one.PixelData = encapsulate([packed[id(frame)] for frame in frames], fragments_per_frame=pieces, has_bot=offsets)
    one["PixelData"].is_undefined_length = True
    buffer = io.BytesIO()
    dcmwrite(buffer, one, enforce_file_format=True)
    return buffer.getvalue()


def table(entries: list[int], first: int, bits: int = 16, vr: str = "US") -> Sequence:
    """A modality or VOI LUT sequence of one item."""
    item = Dataset()
    item.add_new("LUTDescriptor", vr, [len(entries) % 65536, first, bits])
    item.ModalityLUTType = "US"
    item.add_new("LUTData", "OW", np.array(entries, "<u2").tobytes())
    return Sequence([item])


def items(**elements: Any) -> Sequence:
    """A sequence of one item."""
    item = Dataset()
    for keyword, value in elements.items():
        setattr(item, keyword, value)
    return Sequence([item])


def deflated(data_set: bytes, then: bytes = b"") -> bytes:
    """A file in Deflated Explicit VR Little Endian whose inflated data set is ``data_set``."""
    meta = b"\x02\x00\x10\x00UI" + struct.pack("<H", 22) + b"1.2.840.10008.1.2.1.99"
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return bytes(128) + b"DICM" + meta + packer.compress(data_set) + packer.flush() + then


def png(pixels: np.ndarray | Image.Image, **options: Any) -> bytes:
    """A PNG file."""
    return _saved(pixels, "PNG", **options)


def jpeg(pixels: np.ndarray | Image.Image, **options: Any) -> bytes:
    """A JPEG file, of good quality."""
    return _saved(pixels, "JPEG", **({"quality": 95} | options))


def _saved(pixels: np.ndarray | Image.Image, kind: str, **options: Any) -> bytes:
    image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
    buffer = io.BytesIO()
    image.save(buffer, format=kind, **options)
    return buffer.getvalue()


def png_of_size(width: int, height: int, rows: int | None = None) -> bytes:
    """A PNG of black pixels, 1 bit each, written row by row: small, whatever it claims."""
    row = bytes(1 + (width + 7) // 8)
    packer = zlib.compressobj(9)
    body = b"".join(packer.compress(row) for _ in range(height if rows is None else rows)) + packer.flush()
    return raw_png(width, height, 1, 0, body)


def raw_png(width: int, height: int, depth: int, colour_type: int, packed: bytes, *more: tuple[bytes, bytes]) -> bytes:
    """A PNG of given header fields and zlib stream, with ``more`` chunks (kind, data) before its pixels."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, 0)
    chunks = ((b"IHDR", header), *more, (b"IDAT", packed), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
