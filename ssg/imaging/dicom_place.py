"""Where a DICOM frame belongs: its place in the patient, its series, study and patient, its day.

Identifiers leave the worker as keyed digests and the day as a number: they serve to put the slices of one upload
together while it is being read, and are not kept. Nobody can tell from them who was examined.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import zlib
from datetime import date
from typing import TYPE_CHECKING, Any

from ssg.imaging.stacks import Place
from ssg.imaging.types import Belonging

if TYPE_CHECKING:
    from ssg.imaging.dicom_header import Header

IDENTIFIERS = ("SOPInstanceUID", "SeriesInstanceUID", "SeriesNumber", "StudyInstanceUID", "PatientID", "PatientName")
DAYS = ("StudyDate", "SeriesDate", "AcquisitionDate", "ContentDate")
MOMENTS = (
    "TemporalPositionIdentifier",
    "TemporalPositionIndex",
    "EchoNumbers",
    "EffectiveEchoTime",
    "EchoTime",
    "DiffusionBValue",
    "TriggerTime",
    "AcquisitionNumber",
)
"""What tells slices at one place apart, in the order in which it is tried."""

NOBODY = (
    "anonymous anonymized anonymised anonymize anonymise anonymisiert anonym anonyme anonimo anon pseudonymized "
    "pseudonymised deidentified unidentified unknown unk unbekannt undefined unspecified none null nil nan na no not "
    "name noname id noid number available applicable given patient subject person removed deleted redacted hidden "
    "masked blank empty dummy default test"
)
NO_ONE = frozenset(NOBODY.split())
"""Words that name nobody, where no other word stands beside them."""

PLACES = ("ImagePositionPatient", "ImageOrientationPatient")
WANTED = (*IDENTIFIERS, *DAYS, *MOMENTS, *PLACES, "InstanceNumber", "ImageType", "SeriesDescription")
"""Elements that are read beside those of the picture."""

NUMBERED = "number-"
"""What the digest of a series begins with that has no more than a number and is of no named study: strangers have the
same, so only slices that lie in one folder are of one."""

SQUARE = 0.01
"""Cosine up to which rows and columns stand at a right angle."""


def belonging_of(header: Header, salt: bytes, frame: int, frames: int) -> Belonging:
    """Where one frame of a file belongs; ``salt`` keys the digests, and is thrown away with them."""
    return Belonging(
        place=place_of(header),
        number=_whole(header, "InstanceNumber") * frames + frame,
        moments=(*(_number(header, keyword) for keyword in MOMENTS), _image_type(header)),
        instance=digest(salt, _text(header, "SOPInstanceUID")),
        series=_series(header, salt),
        study=digest(salt, _text(header, "StudyInstanceUID")),
        patient=digest(salt, _patient(header)),
        day=_day(header),
        frames=frames,
    )


def _series(header: Header, salt: bytes) -> str:
    """The digest of a series: of its UID, else of its number in its study; NUMBERED where no study is named."""
    uid, study, number = (
        _text(header, keyword) for keyword in ("SeriesInstanceUID", "StudyInstanceUID", "SeriesNumber")
    )
    if uid or not number:
        return digest(salt, uid)
    return digest(salt, f"{study}|{number}") if study else NUMBERED + digest(salt, number)


def place_of(header: Header) -> Place | None:
    """The place of a frame, None where the header does not say it, or says what is none."""
    position, cosines = header.numbers("ImagePositionPatient"), header.numbers("ImageOrientationPatient")
    if len(position) != 3 or len(cosines) != 6:
        return None
    across, down = cosines[:3], cosines[3:]
    lengths = [sum(each * each for each in direction) ** 0.5 for direction in (across, down)]
    slant = sum(a * b for a, b in zip(across, down, strict=True))
    if min(lengths) < 0.9 or max(lengths) > 1.1 or abs(slant) > SQUARE:
        return None
    return Place(_vector(position), _vector(across), _vector(down))


def _patient(header: Header) -> str:
    """What names the patient: the ID, or the name where there is none; "" where both are words for no one.

    Pictures of no one are told apart by their study: taken for one patient, strangers would be earlier examinations of
    each other.
    """
    names = (_text(header, keyword) for keyword in ("PatientID", "PatientName"))
    return next((name for name in names if not is_placeholder(name)), "")


def is_placeholder(name: str) -> bool:
    """Whether an ID or a name is what anonymisers write in its place: "ANON^ANON", "no name", "0000", "XXX"."""
    words = re.findall(r"[^\W_]+", name.casefold())
    return "".join(words) in NO_ONE or all(
        word in NO_ONE or not word.strip("0") or not word.strip("x") for word in words
    )


def _vector(values: list[float]) -> tuple[float, float, float]:
    x, y, z = values
    return x, y, z


def _text(header: Header, keyword: str) -> str:
    value = header.optional(keyword)
    return "" if value is None else str(value).strip()


def _number(header: Header, keyword: str) -> float:
    values = header.numbers(keyword)
    return values[0] if values else 0.0


def _whole(header: Header, keyword: str) -> int:
    number = _number(header, keyword)
    return int(number) if abs(number) < 2**40 else 0


def _image_type(header: Header) -> float:
    """A number for what kind of image it is (magnitude or phase, water or fat)."""
    value: Any = header.optional("ImageType")
    parts = [str(part) for part in value] if value is not None and not isinstance(value, str) else []
    return float(zlib.crc32("|".join(parts[2:]).encode()))


def digest(salt: bytes, value: str) -> str:
    """What stands for an identifier while an upload is put together; "" for none."""
    return hmac.new(salt, value.encode(), hashlib.sha256).hexdigest()[:24] if value else ""


def _day(header: Header) -> int | None:
    """The day of the examination as a number of days, None where it is not said."""
    for keyword in DAYS:
        text = _text(header, keyword).replace(".", "").replace("-", "")
        try:
            return date(int(text[:4]), int(text[4:6]), int(text[6:8])).toordinal()
        except ValueError:
            continue
    return None
