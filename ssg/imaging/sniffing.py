"""What a file is, by its first bytes; names and extensions are not believed. Decodes nothing."""

from __future__ import annotations

import zlib
from typing import Literal

from ssg.imaging.refusals import Problem

Kind = Literal["png", "jpeg", "dicom", "nifti"]

NIFTI_AT, NIFTI = 344, b"n+1\0"
NIFTI_2_AT, NIFTI_2 = 4, b"n+2\0"
"""Where a volume in one file has its mark, and which, by the version of the format."""

NIFTI_PAIR, NIFTI_2_PAIR = b"ni1\0", b"ni2\0"
"""The marks at the same places of a header whose picture lies in a file of its own."""

GZIP = b"\x1f\x8b"
UNPACKED = 1024
"""Bytes of a gzip file that are unpacked to see what is in it."""

PREAMBLE = 128
"""Bytes before "DICM"; any content is allowed, which is why programs can hide there."""

PROGRAMS = {b"MZ": "a Windows program", b"\x7fELF": "a program", b"#!": "a script", b"\xcf\xfa\xed\xfe": "a program"}
ARCHIVES = {
    b"PK\x03\x04": "a zip archive",
    b"PK\x05\x06": "a zip archive",
    b"PK\x07\x08": "a zip archive",
    b"\x1f\x8b": "a gzip archive",
    b"BZh": "a bzip2 archive",
    b"\xfd7zXZ\x00": "an xz archive",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive",
    b"Rar!\x1a\x07": "a rar archive",
    b"\x28\xb5\x2f\xfd": "a zstandard archive",
}
OTHER_FORMATS = {
    b"II*\x00": "a TIFF image",
    b"MM\x00*": "a TIFF image",
    b"II+\x00": "a TIFF image",
    b"MM\x00+": "a TIFF image",
    b"GIF87a": "a GIF image",
    b"GIF89a": "a GIF image",
    b"BM": "a BMP image",
    b"\x00\x00\x00\x0cjP  ": "a JPEG 2000 image",
    b"\xff\x4f\xff\x51": "a JPEG 2000 image",
    b"\xff\x0a": "a JPEG XL image",
    b"\x00\x00\x00\x0cJXL ": "a JPEG XL image",
    b"\x00\x00\x01\x00": "an icon",
    b"8BPS": "a Photoshop image",
    b"%PDF": "a PDF document",
    b"NRRD": "an NRRD volume",
    b"\x5c\x01\x00\x00": "a NIfTI volume",
    b"\x00\x00\x01\x5c": "a NIfTI volume",
    b"\x1c\x02\x00\x00": "a NIfTI volume",
    b"\x00\x00\x02\x1c": "a NIfTI volume",
    b"P5": "a PGM image",
    b"P6": "a PPM image",
}
ISO_MEDIA = {b"heic": "a HEIC image", b"heix": "a HEIC image", b"mif1": "a HEIC image", b"avif": "an AVIF image"}

VALUE_REPRESENTATIONS = frozenset(
    b"AE AS AT CS DA DS DT FD FL IS LO LT OB OD OF OL OV OW PN SH SL SQ SS ST SV TM UC UI UL UN UR US UT UV".split()
)
"""PS3.5 section 6.2."""


def kind_of(data: bytes, volumes: bool = False) -> Kind:
    """The kind of an image file; raises Problem with what the file is instead. NIfTI is one where volumes are taken."""
    if not data:
        raise Problem("empty")
    if volumes and _is_nifti(data):
        return "nifti"
    if volumes and (data.startswith(NIFTI_PAIR, NIFTI_AT) or data.startswith(NIFTI_2_PAIR, NIFTI_2_AT)):
        raise Problem("volume_in_two_files")
    if data[PREAMBLE : PREAMBLE + 4] == b"DICM":
        _refuse(data, PROGRAMS, "not_an_image")
        return "dicom"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if data.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if data.startswith(b"DICM") or _starts_like_dicom(data):
        return "dicom"
    _refuse(data, ARCHIVES, "archive")
    if data[257:262] == b"ustar":
        raise Problem("archive", what="a tar archive")
    _refuse(data, OTHER_FORMATS, "unsupported_format")
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        raise Problem("unsupported_format", what="a WebP image")
    if data[4:8] == b"ftyp":
        raise Problem("unsupported_format", what=ISO_MEDIA.get(data[8:12], "a video"))
    _refuse(data, PROGRAMS, "not_an_image")
    raise Problem("not_an_image", what=_in_general(data))


def _is_nifti(data: bytes) -> bool:
    start = data[:UNPACKED]
    if data.startswith(GZIP):
        try:
            start = zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(data[: 64 * UNPACKED], UNPACKED)
        except zlib.error:
            return False
    return start[NIFTI_AT : NIFTI_AT + len(NIFTI)] == NIFTI or is_nifti_2(start)


def is_nifti_2(start: bytes) -> bool:
    """Whether a file that begins so, unpacked, is a volume of NIfTI's second version."""
    return start[NIFTI_2_AT : NIFTI_2_AT + len(NIFTI_2)] == NIFTI_2


def _refuse(data: bytes, marks: dict[bytes, str], code: str) -> None:
    for mark, what in marks.items():
        if data.startswith(mark):
            raise Problem(code, what=what)


def _starts_like_dicom(data: bytes) -> bool:
    """Whether a file without preamble begins with an element of group 0002 or 0008 (or 0800 in big endian)."""
    group, vr, length = data[:2], data[4:6], data[4:8]
    if group in (b"\x02\x00", b"\x08\x00", b"\x00\x08") and vr in VALUE_REPRESENTATIONS:
        return True
    return group == b"\x08\x00" and data[3:4] == b"\x00" and 0 < int.from_bytes(length, "little") < len(data)


def _in_general(data: bytes) -> str:
    start = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype html", b"<html", b"<head", b"<script", b"<body")):
        return "a web page"
    if start.startswith((b"<svg", b"<?xml")):
        return "an XML or SVG document"
    printing = sum(byte in b"\t\n\r" or 32 <= byte < 127 for byte in data[:1024])
    return "text" if printing > 0.95 * len(data[:1024]) else "a file of unknown kind"
