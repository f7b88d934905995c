"""Segmentations and reports beside their pictures: boxes on the right frames and places, named by codes."""

from dataclasses import replace

import highdicom as hd
import numpy as np
import pytest
from highdicom.sr.coding import CodedConcept
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.sr.codedict import codes

from ssg.boxes import Box
from ssg.casebook import read_case_set
from ssg.casebook.ingest import Limits, ingest, ingesting
from ssg.casebook.ingest.cases import cases_of
from ssg.casebook.ingest.marking import without_free_text
from ssg.casebook.ingest.studies import SeriesMark
from ssg.casebook.types import CaseSet
from ssg.casebook.writing import write_manifest
from ssg.imaging import PictureMark, dicom_marks
from ssg.imaging.dicom_marks import around
from ssg.imaging.pool import WorkerPool
from ssg.imaging.refusals import Problem
from tests.casebook.ingest.making import ct, multi_frame, save
from tests.imaging.building import png, written

LIMITS = Limits(look_for_text=False)
LUNG_NODULE = CodedConcept("427359005", "SCT", "Nodule")
UNKNOWN = CodedConcept("999999001", "SCT", "Spotted dragon")
OUR_OWN = CodedConcept("99", "99LOCAL", "DOE JANE 1933")
BOX = (3, 2, 6, 8)
"""Left, top, right and bottom of what is segmented on two of the slices, in the radiological view of the patient."""


def upright_mask(slices):
    """A mask of the slices as they are stored, which is BOX on the second and third in the radiological view."""
    mask = np.zeros((len(slices), slices[0].Rows, slices[0].Columns), np.uint8)
    for number in (1, 2):
        mask[number, BOX[1] : BOX[3], BOX[0] : BOX[2]] = 1
    across, down = (int(slices[0].ImageOrientationPatient[at]) for at in (0, 4))
    return mask[:, ::down, ::across]


def complete(slices):
    for one in slices:
        one.file_meta.MediaStorageSOPClassUID = one.SOPClassUID
        one.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.1"
        for keyword in (
            *("PatientID", "PatientName", "PatientBirthDate", "PatientSex", "AccessionNumber", "StudyID"),
            *("StudyDate", "StudyTime"),
            *("ReferringPhysicianName", "FrameOfReferenceUID", "SliceThickness", "PositionReferenceIndicator"),
        ):
            if keyword not in one:
                setattr(one, keyword, "1.2.7" if keyword == "FrameOfReferenceUID" else None)
        one.SliceThickness = 3
    return slices


def segmentation(slices, mask, concept=LUNG_NODULE, label="DOE JANE"):
    described = hd.seg.SegmentDescription(
        segment_number=1,
        segment_label=label,
        segmented_property_category=codes.SCT.MorphologicallyAbnormalStructure,
        segmented_property_type=concept,
        algorithm_type=hd.seg.SegmentAlgorithmTypeValues.MANUAL,
    )
    return hd.seg.Segmentation(
        source_images=slices,
        pixel_array=mask,
        segmentation_type=hd.seg.SegmentationTypeValues.BINARY,
        segment_descriptions=[described],
        series_instance_uid="1.2.40",
        series_number=9,
        sop_instance_uid="1.2.41",
        instance_number=1,
        manufacturer="m",
        manufacturer_model_name="m",
        software_versions="1",
        device_serial_number="1",
    )


def taken(tmp_path, slices, *more, **how):
    files = {f"{number}": one for number, one in enumerate([*slices, *more])}
    return ingest([save(tmp_path / "in", files)], tmp_path / "out", LIMITS, **how)


@pytest.mark.parametrize("position", ["HFS", "HFP", "FFS"])
def test_a_segmentation_marks_the_frames_that_it_was_drawn_on(position, tmp_path):
    slices = complete(ct(position))
    found = taken(tmp_path, slices, segmentation(slices, upright_mask(slices)))
    assert found.report.taken == {"DICOM": 6, "DICOM annotations": 1} and found.report.marks == 2
    (case,), report = cases_of(found.studies)
    (reader,) = case.readers
    assert [(one.finding, one.box, one.picture) for one in reader.regions] == [
        ("nodule", Box(*BOX), 1),
        ("nodule", Box(*BOX), 2),
    ]
    assert reader.id == "annotation 1" and len({one.lesion for one in reader.regions}) == 1
    assert case.question == ("nodule",) and report.labels.counts == {"Nodule": 2}
    assert case.key_picture == 1


def test_a_code_without_a_name_here_is_kept_and_free_text_is_not(tmp_path):
    slices = complete(ct())
    drawn = segmentation(slices, upright_mask(slices), UNKNOWN)
    found = taken(tmp_path, slices, drawn)
    (case,), report = cases_of(found.studies)
    assert [mark.label for mark in case.readers[0].other] == ["SCT:999999001"] * 2 and not case.is_asked
    assert "1" in report.labels_in_words()[0] and "SCT:999999001" in report.labels_in_words()[1]
    named = segmentation(slices, upright_mask(slices), UNKNOWN, label="pleural effusion")
    (case,), _ = cases_of(taken(tmp_path / "b", slices, named).studies)
    assert case.question == ("pleural effusion",), "the vocabulary knows it"
    (case,), _ = cases_of(found.studies, meanings={"SCT:999999001": "mass"})
    assert case.question == ("mass",)
    meant = {"Spotted dragon": "mass"}
    (case,), _ = cases_of(taken(tmp_path / "c", slices, drawn, meanings=meant).studies, meanings=meant)
    assert case.question == ("mass",), "somebody knows what it means"


@pytest.mark.parametrize(
    ("code", "kept"),
    [
        (("999999001", "SCT", "Tumour of DOE JANE *1933-02-01"), "SCT:999999001"),
        (("DOE", "SCT", "Tumour of DOE JANE *1933-02-01"), ""),
        (("RID1301", "RADLEX", "JANE"), "RADLEX:RID1301"),
        (("1", "99LOCAL", "Left lung"), "Left lung"),
        (("1", "99LOCAL", "Nodule 19330201"), "Nodule"),
        (("999999001", "SCT", "Nodule \u738b"), "SCT:999999001"),
        (("M-01000", "SRT", "Edema"), "Edema"),
        (("999999001", "SCT", "x" * 64), "SCT:999999001"),
        (("4147007", "SCT", "No finding"), "SCT:4147007"),
    ],
)
def test_what_a_code_means_is_free_text_unless_the_vocabulary_knows_it(code, kept):
    dataset = Dataset()
    dataset.SegmentSequence = [Dataset()]
    dataset.SegmentSequence[0].SegmentNumber = 1
    dataset.SegmentSequence[0].SegmentedPropertyTypeCodeSequence = [coded(code[0], code[1], code[2])]
    label, meaning = dicom_marks._named(dataset, 1)
    mark = PictureMark("i", 0, label, meaning, (0, 0, 1, 1))
    assert without_free_text(mark, {}) == PictureMark("i", 0, kept, "", (0, 0, 1, 1))


def test_marks_that_were_read_before_are_read_again_when_more_is_known(tmp_path, monkeypatch):
    slices = complete(ct())
    drawn = segmentation(slices, upright_mask(slices), UNKNOWN)
    folder = save(tmp_path / "in", {f"{number}": one for number, one in enumerate([*slices, drawn])})
    for meanings in ({}, {"spotted dragon": "mass"}):
        with pytest.raises(RuntimeError), ingesting([folder], tmp_path / "out", LIMITS, meanings=meanings) as found:
            assert found.report.files_before == (6 if meanings else 0)
            (case,), _ = cases_of(found.studies, meanings=meanings)
            raise RuntimeError
    assert case.question == ("mass",)


def test_what_was_drawn_on_other_pictures_is_counted(tmp_path):
    slices = complete(ct())
    drawn = segmentation(slices, upright_mask(slices))
    found = taken(tmp_path, slices[:2], drawn)
    assert found.report.marks == 1
    assert found.report.marks_left_out.counts == {"its picture is not among those that were given": 1}
    assert "1 of segmentations and reports lies on the pictures" in found.report.in_words()


def test_a_segmentation_of_another_size_is_left_out(tmp_path):
    slices = complete(ct())
    drawn = segmentation(slices, upright_mask(slices))
    drawn.Rows, drawn.Columns = drawn.Columns, drawn.Rows
    found = taken(tmp_path, slices, drawn)
    assert found.report.marks == 0
    assert found.report.marks_left_out.counts == {"it was drawn on pixels of another size than its picture has": 2}


def test_a_segmentation_of_a_multi_frame_file(tmp_path):
    enhanced = complete([multi_frame(ct())])[0]
    enhanced.SOPClassUID = "1.2.840.10008.5.1.4.1.1.2.1"
    enhanced.file_meta.MediaStorageSOPClassUID = enhanced.SOPClassUID
    found = taken(tmp_path, [enhanced], segmentation([enhanced], upright_mask(ct())))
    (case,), _ = cases_of(found.studies)
    assert [(one.box, one.picture) for one in case.readers[0].regions] == [(Box(*BOX), 1), (Box(*BOX), 2)]


def item(value_type, concept=None, **more):
    made = Dataset()
    made.ValueType, made.RelationshipType = value_type, "CONTAINS"
    if concept:
        made.ConceptNameCodeSequence = Sequence([coded(*concept)])
    for keyword, value in more.items():
        setattr(made, keyword, value)
    return made


def coded(value, scheme, meaning):
    made = Dataset()
    made.CodeValue, made.CodingSchemeDesignator, made.CodeMeaning = value, scheme, meaning
    return made


def report_on(instance, graphic, values, value_type="SCOORD"):
    reference = Dataset()
    reference.ReferencedSOPClassUID, reference.ReferencedSOPInstanceUID = "1.2.840.10008.5.1.4.1.1.2", instance
    region = item(
        value_type,
        ("111030", "DCM", "Image Region"),
        GraphicType=graphic,
        GraphicData=values,
        ContentSequence=Sequence([item("IMAGE", ReferencedSOPSequence=Sequence([reference]))]),
    )
    finding = item("CODE", ("121071", "DCM", "Finding"), ConceptCodeSequence=Sequence([LUNG_NODULE]))
    tracking = item("UIDREF", ("112040", "DCM", "Tracking Unique Identifier"), UID="1.2.77")
    group = item("CONTAINER", ("125007", "DCM", "Group"), ContentSequence=Sequence([tracking, finding, region]))
    made = ct()[0]
    for keyword in ("PixelData", "Rows", "Columns"):
        delattr(made, keyword)
    if instance is None:
        del region.ContentSequence
    made.Modality, made.SOPInstanceUID, made.SOPClassUID = "SR", "1.2.50", "1.2.840.10008.5.1.4.1.1.88.33"
    made.ContentSequence = Sequence([item("CONTAINER", ContentSequence=Sequence([group]))])
    return made


def test_a_report_marks_the_regions_that_it_measures(tmp_path):
    slices = ct("HFP")
    # BOX in the stored picture, which is turned by half a turn
    corners = [8 - BOX[2], 10 - BOX[3], 8 - BOX[0], 10 - BOX[1]]
    values = [corners[0], corners[1], corners[2], corners[1], corners[2], corners[3], corners[0], corners[3]]
    found = taken(tmp_path, slices, report_on(slices[3].SOPInstanceUID, "POLYLINE", values))
    (case,), _ = cases_of(found.studies)
    (region,) = case.readers[0].regions
    assert (region.finding, region.box, region.picture) == ("nodule", Box(*BOX), 3) and region.lesion


FIRST = "1.2.3.0"
SQUARE = [2, 2, 6, 2, 6, 6, 2, 6]
NO_AREA = "it is a point or a line, or its box lies outside of the picture"
NO_PICTURE = "it does not say which picture it lies on"


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ((FIRST, "POINT", [2, 2]), NO_AREA),
        ((FIRST, "POLYLINE", [float("nan")] * 4), NO_AREA),
        ((FIRST, "DRAGON", SQUARE), NO_AREA),
        ((None, "POLYLINE", SQUARE), NO_PICTURE),
        (("", "POLYLINE", SQUARE), NO_PICTURE),
        ((FIRST, "POLYGON", [1, 2, 3, 4, 5, 6], "SCOORD3D"), NO_PICTURE),
    ],
)
def test_a_region_that_cannot_be_kept_is_counted(given, why, tmp_path):
    bare = png(np.arange(600, dtype=np.uint16).reshape(20, 30).astype(np.uint8))
    found = taken(tmp_path, ct(), bare, report_on(*given))
    assert found.report.marks == 0 and found.report.marks_left_out.counts == {why: 1}
    assert found.report.marks_left_out.examples[why] == ["7"] and f"left out 1: {why} (7)" in found.report.in_words()


def test_a_report_that_marks_nothing_is_said_to(tmp_path):
    empty = report_on(FIRST, "POINT", [2, 2])
    empty.ContentSequence = Sequence([item("CONTAINER")])
    found = taken(tmp_path, ct(), empty)
    assert found.report.refused.counts == {"it marks nothing on any picture": 1}


def box_of(number):
    return Box(number % 6, number // 6 % 8, number % 6 + 1 + number / 1000, number // 6 % 8 + 1)


def test_what_a_set_does_not_take_of_one_case_is_left_out_and_counted(tmp_path):
    slices, more = ct(), ct(series="1.2.4")
    found = taken(tmp_path, [*slices, *more])
    (study,) = found.studies
    many = [SeriesMark(n % 6, "nodule", box_of(n), f"annotation {n % 25}") for n in range(50)]
    many += [SeriesMark(n % 6, "nodule", box_of(n), "annotation 0") for n in range(50, 500)]
    study = replace(study, series=tuple(replace(one, marks=tuple(many)) for one in study.series))
    found.report.studies = [study]
    (case,), report = cases_of([study])
    assert report.left_out.counts == {
        "a set takes 20 readers of one case": 2 * 10,
        "a set takes 500 boxes of a reader on one case": 2 * 452 - 500,
    }
    assert len(case.readers) == 20 and len(case.readers[0].regions) == 500
    found.report.take_marks(report)
    assert found.report.marks == sum(len(one.regions) for one in case.readers)
    assert found.report.marks + found.report.marks_left_out.counts.total() == 1000
    made = CaseSet("abc", "t", "0.1.0", "l", "p", False, (case,))
    write_manifest(made, tmp_path / "out")
    assert read_case_set(tmp_path / "out").cases == (case,)


def test_boxes_around_graphics():
    assert around("POLYLINE", [1, 2, 5, 2, 5, 9]) == (1, 2, 5, 9)
    assert around("CIRCLE", [10, 10, 10, 14]) == (6, 6, 14, 14)
    assert around("ELLIPSE", [0, 10, 20, 10, 10, 6, 10, 14]) == pytest.approx((0, 6, 20, 14))
    for kind, values in (
        ("POINT", [1, 2]),
        ("POLYLINE", [1, 2, 5, 2]),
        ("CIRCLE", [1, 2]),
        ("POLYLINE", []),
        ("POLYLINE", [1, 2, float("nan"), 5, 6, 7]),
        ("DRAGON", [1, 2, 5, 9]),
    ):
        assert around(kind, values) is None


def test_codes_of_ones_own_are_free_text_too(tmp_path):
    slices = complete(ct())
    found = taken(tmp_path, slices, segmentation(slices, upright_mask(slices), OUR_OWN))
    (case,), _ = cases_of(found.studies)
    assert case.readers == () and found.report.marks_left_out.counts == {"it has no code that says what it is": 2}
    assert "JANE" not in found.report.in_words()


def test_marks_without_end_are_refused(monkeypatch):
    slices = complete(ct())
    data = written(segmentation(slices, upright_mask(slices)))
    monkeypatch.setattr(dicom_marks, "MOST_MARKS", 1)
    with pytest.raises(Problem, match="too_many_marks"):
        list(dicom_marks.decode_marks(data, b"s" * 32))


def test_a_worker_that_has_read_marks_is_not_used_again():
    slices, pool = complete(ct()), WorkerPool()
    data, marks = written(segmentation(slices, upright_mask(slices))), []
    pool.decode_all(data, "dicom", b"salt", lambda *_: None, marks.extend)
    assert len(marks) == 2 and pool.idle_pids == [], "its libraries take of the memory of the next file"
    pool.close()
