"""200 files with identifiers in every place that can hold one go in, and none of them comes out."""

import io
import random
import re

import numpy as np
from PIL import Image, PngImagePlugin
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from ssg.casebook import CaseSet
from ssg.casebook.ingest import Limits, ingest
from ssg.casebook.ingest.cases import cases_of
from ssg.casebook.writing import write_manifest
from tests.casebook.ingest.making import ct, multi_frame, radiograph, save
from tests.imaging.building import jpeg, png, written

FILES = 200
GREY = np.add.outer(np.arange(20), np.arange(30)).astype(np.uint8)
CANARY = "ZQXCANARY"
SEEDED = re.compile(rb"ZQX\s?CANARY|19330817|20210402|99887766", re.IGNORECASE)

PLACES = {
    "PN": ["PatientName", "ReferringPhysicianName", "OperatorsName", "PerformingPhysicianName", "OtherPatientNames"],
    "LO": [
        *("PatientID", "InstitutionName", "StudyDescription", "SeriesDescription", "ProtocolName", "DetectorID"),
        *("PatientAddress", "MedicalRecordLocator", "RequestedProcedureDescription", "IssuerOfPatientID"),
    ],
    "SH": ["AccessionNumber", "StudyID", "StationName", "PatientTelephoneNumbers"],
    "LT": ["PatientComments", "AdditionalPatientHistory", "ImageComments"],
    "DA": ["PatientBirthDate", "StudyDate", "SeriesDate", "AcquisitionDate", "ContentDate"],
}


def seeded(made: Dataset, rng: random.Random) -> Dataset:
    """Thirty identifiers and more, in elements, nested ones, private ones, overlays, UIDs."""
    for vr, keywords in PLACES.items():
        for keyword in keywords:
            setattr(
                made, keyword, rng.choice(("19330817", "20210402")) if vr == "DA" else f"{CANARY}{rng.randrange(999)}"
            )
    for keyword in ("StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID"):
        setattr(made, keyword, f"1.2.99887766.{rng.randrange(9)}")
    made.private_block(0x0009, f"{CANARY} MAKER", create=True).add_new(1, "LO", CANARY)
    made.add_new(0x60000022, "LO", CANARY)
    made.add_new(0x60004000, "LT", CANARY)
    item = Dataset()
    item.PatientName = item.RequestedProcedureDescription = CANARY
    made.RequestAttributesSequence = Sequence([item])
    made.BodyPartExamined = CANARY
    return made


def files(rng: random.Random) -> dict[str, bytes]:
    """Radiographs, slices, multi-frame files, PNG and JPEG files; their names are identifiers as well."""
    found: dict[str, bytes] = {}
    slices = [one for study in range(12) for one in ct(series=f"1.2.{study}")]
    for number, one in enumerate(slices):
        found[f"{CANARY}/{CANARY} {number}.dcm"] = written(seeded(one, rng))
    for number in range(8):
        made = seeded(multi_frame(ct()), rng)
        made.SOPInstanceUID = f"1.2.99887766.{number}"
        found[f"{CANARY} {number}.dcm"] = written(made)
    while len(found) < FILES - 20:
        number = len(found)
        made = seeded(dcmread(io.BytesIO(radiograph(number))), rng)
        data = written(made)
        found[f"{CANARY} {number}"] = CANARY.encode().ljust(128, b"\0") + data[128:]
    for number in range(10):
        grey = GREY.copy()
        grey[:8, :8] = 20 * number  # so much that no two are the same as JPEG either
        info = PngImagePlugin.PngInfo()
        info.add_text(CANARY, CANARY)
        exif = Image.Exif()
        exif[0x010E] = CANARY
        found[f"{CANARY} {number}.png"] = png(grey, pnginfo=info, exif=exif)
        found[f"{CANARY} {number}.jpg"] = jpeg(grey, comment=CANARY, exif=exif)
    return found


def test_of_200_seeded_files_no_identifier_survives(tmp_path, caplog):
    made = files(random.Random(7))
    caplog.clear()
    caplog.set_level("DEBUG")
    assert len(made) == FILES
    assert all(len(SEEDED.findall(data)) >= 2 for data in made.values())
    assert sum(len(SEEDED.findall(data)) >= 30 for data in made.values()) >= FILES - 20
    folder = save(tmp_path / "in", made)
    out = tmp_path / "out"
    found = ingest([folder], out, Limits(look_for_text=False))
    assert found.report.refused.counts.total() == 0 and found.report.taken.total() == FILES
    for by in ("study", "series", "patient"):
        cases, _ = cases_of(found.studies, by)
        write_manifest(CaseSet("s", "S", "1", "private", "ours", False, tuple(cases)), out)
        text = (out / "case_set.json").read_bytes()
        assert not SEEDED.search(text), by
    left = [path for path in out.rglob("*") if path.is_file()]
    assert len(left) > 100
    for path in left:
        assert not SEEDED.search(path.read_bytes()) and not SEEDED.search(str(path.relative_to(out)).encode())
    assert not SEEDED.search(found.report.in_words().encode()), "what is refused would be named, and nothing is"
    assert not SEEDED.search(caplog.text.encode())


def test_the_report_lists_what_was_removed(tmp_path):
    folder = save(tmp_path / "in", files(random.Random(7)))
    report = ingest([folder], tmp_path / "out", Limits(look_for_text=False)).report
    removed = report.to_json()["removed"]
    of_dicom = report.taken["DICOM"]
    assert removed["PatientBirthDate"] == removed["AccessionNumber"] == of_dicom
    assert removed["PatientName"] == 2 * of_dicom, "the nested one as well"
    assert removed["private elements"] >= of_dicom and removed["EXIF"] == 20 and removed["preamble"] > 90
    assert removed["BodyPartExamined"] == of_dicom, "what is no term of the standard is not kept"
    lines = report.in_words().split("\n")
    about = next(line for line in lines if line.startswith("removed"))
    assert "about people" not in about and "PatientName" in about
    assert any("days and times" in line for line in lines) and any("numbers and names" in line for line in lines)


def test_a_file_without_anything_to_remove_says_so(tmp_path):
    folder = save(tmp_path / "in", {"a.png": png(GREY)})
    report = ingest([folder / "a.png"], tmp_path / "out", Limits(look_for_text=False)).report
    assert "nothing else was in the files" in report.in_words()
