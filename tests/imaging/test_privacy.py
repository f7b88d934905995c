"""Nothing that names a patient leaves a worker: not in the image, not in a message, not in the log."""

import dataclasses
import pickle
import re

import numpy as np
import pytest
from PIL import Image, PngImagePlugin
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from ssg.errors import ImageRefused
from ssg.imaging import decode_upload, png_bytes
from ssg.imaging.allowed import ALLOWED
from tests.imaging.building import dataset, jpeg, png, written

PIXELS = np.add.outer(np.arange(32), np.arange(32)).astype(np.uint16) * 60
CANARY = "ZQXCANARY"
BIRTH, STUDY = "19330817", "20210402"
IDENTIFIERS = re.compile(f"{CANARY}|{BIRTH}|{STUDY}|9988776655".encode(), re.IGNORECASE)

TEXTS = {
    "PN": ["PatientName", "ReferringPhysicianName", "OperatorsName", "PerformingPhysicianName", "OtherPatientNames"],
    "LO": [
        *("PatientID", "InstitutionName", "StudyDescription", "SeriesDescription", "ProtocolName", "DetectorID"),
        *("PatientAddress", "MedicalRecordLocator", "RequestedProcedureDescription", "IssuerOfPatientID"),
        "DeviceSerialNumber",
    ],
    "SH": ["AccessionNumber", "StudyID", "StationName", "PatientTelephoneNumbers"],
    "LT": ["PatientComments", "AdditionalPatientHistory", "ImageComments"],
    "DA": ["PatientBirthDate", "StudyDate", "SeriesDate", "AcquisitionDate", "ContentDate"],
    "CS": ["Modality", "BodyPartExamined", "ViewPosition", "ImageLaterality", "PresentationLUTShape", "VOILUTFunction"],
}


def seeded() -> Dataset:
    """A radiograph with an identifier in every place that can hold one, allowed elements and lookup tables too."""
    made = dataset(PIXELS, BitsStored=12)
    for vr, keywords in TEXTS.items():
        for number, keyword in enumerate(keywords):
            dates = (BIRTH, STUDY)[number % 2]
            setattr(made, keyword, dates if vr == "DA" else f"{CANARY}{number}")
    for keyword in ("StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID"):
        setattr(made, keyword, "1.2.9988776655.3")
    made.PatientOrientation = [CANARY, "F"]
    block = made.private_block(0x0009, f"{CANARY} MAKER", create=True)
    block.add_new(1, "LO", CANARY)
    made.add_new(0x60000022, "LO", CANARY)
    made.add_new(0x60004000, "LT", CANARY)
    item = Dataset()
    item.PatientName = CANARY
    item.LUTExplanation = CANARY
    item.add_new("LUTDescriptor", "US", [2, 0, 12])
    item.add_new("LUTData", "US", [0, 4095])
    made.RequestAttributesSequence = Sequence([item])
    made.VOILUTSequence = Sequence([item])
    return made


def everything_in(image) -> bytes:
    parts = {field.name: getattr(image, field.name) for field in dataclasses.fields(image)}
    return pickle.dumps(image) + repr(parts).encode() + image.digest.encode() + png_bytes(image.pixels)


def test_nothing_of_a_seeded_file_survives(caplog):
    caplog.set_level("DEBUG")
    data = written(seeded())
    assert len(IDENTIFIERS.findall(data)) > 35
    image = decode_upload(data, f"{CANARY}.dcm")
    assert not IDENTIFIERS.search(everything_in(image))
    assert not IDENTIFIERS.search(caplog.text.encode())
    assert set(image.kept_tags) <= set(ALLOWED)


@pytest.mark.parametrize("keyword", ["RescaleSlope", "Rows", "BitsStored", "PhotometricInterpretation", "PixelData"])
def test_refusals_and_the_log_quote_nothing(keyword, caplog):
    caplog.set_level("DEBUG")
    made = seeded()
    if keyword == "PixelData":
        made.PixelData = CANARY.encode() + b"\0"
    else:
        made.pop(keyword, None)
        made.add_new(keyword, "LO", CANARY)
    with pytest.raises(ImageRefused) as refused:
        decode_upload(written(made), "a.dcm")
    assert not IDENTIFIERS.search(str(refused.value).encode())
    assert not IDENTIFIERS.search(caplog.text.encode())


def test_an_unregistered_syntax_is_not_quoted():
    data = written(seeded()).replace(b"1.2.840.10008.1.2.1\0", b"1.2.9988776655.1.2.3")
    with pytest.raises(ImageRefused) as refused:
        decode_upload(data, "a.dcm")
    assert not IDENTIFIERS.search(str(refused.value).encode())


def test_text_in_png_and_jpeg_is_dropped():
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", CANARY)
    info.add_text("More", CANARY, zip=True)
    exif = Image.Exif()
    exif[0x010E] = CANARY
    grey = (PIXELS >> 4).astype(np.uint8)
    for data in (png(grey, pnginfo=info, exif=exif), jpeg(grey, comment=CANARY, exif=exif)):
        assert IDENTIFIERS.search(data)
        assert not IDENTIFIERS.search(everything_in(decode_upload(data, "a")))
