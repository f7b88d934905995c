"""Slices become series by where they lie: in order, upright, on one scale, whatever files they came in."""

import os

import numpy as np
import pytest
from PIL import Image

from ssg.casebook.ingest import Limits, ingest
from ssg.errors import Cancelled
from ssg.imaging.dicom_place import is_placeholder
from tests.casebook.ingest.making import (
    POSITIONS,
    SLICE_MM,
    SPACING,
    ct,
    multi_frame,
    patient,
    radiograph,
    save,
)
from tests.imaging.building import dataset, png, written
from tests.imaging.test_nifti import nifti

WITHOUT_TEXT = Limits(look_for_text=False)


def taken(folder, out, *more):
    return ingest([folder, *more], out, WITHOUT_TEXT)


def one_series(found):
    ((series,),) = [study.series for study in found.studies]
    return series


def volume(series, out):
    """Real values (frames, height, width) of what was written."""
    offset, slope = series.series.values
    return np.stack([np.asarray(Image.open(out / frame.file)) for frame in series.series.frames]) * slope + offset


@pytest.mark.parametrize("position", POSITIONS)
def test_however_the_patient_lay_the_slices_come_out_by_the_radiological_convention(position, tmp_path):
    files = {f"{number * 7 % 11}.dcm": one for number, one in enumerate(ct(position))}
    series = one_series(taken(save(tmp_path / "in", files), tmp_path / "out"))
    assert series.series.orientation == ("R", "L", "A", "P")
    assert series.series.slice_mm == SLICE_MM and series.series.spacing_mm == SPACING
    assert (volume(series, tmp_path / "out") == patient()).all(), "head first, front at the top, right at the left"
    assert any("radiological convention" in note for note in series.notes) == (position != "HFS")
    assert series.series.window == (400, 40)


def test_a_multi_frame_file_and_a_nifti_volume_give_the_same(tmp_path):
    enhanced = save(tmp_path / "enhanced", {"all.dcm": multi_frame(ct("HFP")[::-1])})
    packed = nifti(patient().transpose(2, 1, 0), np.diag([-SPACING[1], -SPACING[0], -SLICE_MM, 1.0]), packed=True)
    plain = save(tmp_path / "nifti", {"ct.nii.gz": packed})
    for folder in (enhanced, plain):
        out = tmp_path / f"of-{folder.name}"
        series = one_series(taken(folder, out))
        assert (volume(series, out) == patient()).all()
        assert series.series.orientation == ("R", "L", "A", "P") and series.series.slice_mm == SLICE_MM


def test_gaps_scouts_and_repeats_are_named(tmp_path):
    slices = ct()
    scout = ct()[0]
    scout.ImageOrientationPatient, scout.SOPInstanceUID = [0, 1, 0, 0, 0, -1], "1.2.8"
    files = {f"{number}.dcm": one for number, one in enumerate(slices) if number != 2}
    found = taken(save(tmp_path / "in", {**files, "scout.dcm": scout, "again.dcm": slices[0]}), tmp_path / "out")
    (study,) = found.studies
    assert [len(one.series.frames) for one in study.series] == [5, 1]
    notes = " ".join(study.series[0].notes)
    assert "6.0 mm in place of 3.0 (1 missing)" in notes and "2 orientations" in notes
    assert found.report.refused.counts == {"the same file is there already": 1}
    assert study.series[1].series.title == "sagittal"


def test_slices_of_other_ranges_and_slopes_come_to_one_scale(tmp_path):
    slices = ct()
    for number, one in enumerate(slices):
        stored = np.frombuffer(one.PixelData, "<u2")
        one.RescaleSlope, one.RescaleIntercept = 0.5 + number / 7, 3 * number
        one.PixelData = (stored % (900 + 40 * number)).astype("<u2").tobytes()
    expected = [
        np.frombuffer(one.PixelData, "<u2").reshape(one.Rows, -1) * float(one.RescaleSlope)
        + float(one.RescaleIntercept)
        for one in slices
    ]
    files = {f"{number}.dcm": one for number, one in enumerate(slices)}
    series = one_series(taken(save(tmp_path / "in", files), tmp_path / "out"))
    assert np.abs(volume(series, tmp_path / "out") - np.stack(expected)).max() <= series.series.values[1] / 2 + 1e-9
    assert any("brought to one scale" in note for note in series.notes)


def test_two_radiographs_of_one_series_are_two_pictures(tmp_path):
    more = {"SeriesInstanceUID": "1.2.3", "StudyInstanceUID": "1.2"}
    files = {f"{number}": radiograph(number, **more) for number in range(2)}
    (study,) = taken(save(tmp_path / "in", files), tmp_path / "out").studies
    assert [len(one.series.frames) for one in study.series] == [1, 1]
    assert [(one.modality, one.body_part, one.view) for one in study.series] == [("DX", "CHEST", "PA")] * 2


def test_days_are_counted_from_the_last_examination_of_a_patient(tmp_path):
    files = {
        "a": radiograph(1, StudyInstanceUID="1.1", StudyDate="20200115", PatientID="one"),
        "b": radiograph(2, StudyInstanceUID="1.2", StudyDate="20200714", PatientID="one"),
        "c": radiograph(3, StudyInstanceUID="1.3", StudyDate="20190101", PatientID="two"),
    }
    found = taken(save(tmp_path / "in", files), tmp_path / "out")
    assert [(study.patient, study.days) for study in found.studies] == [(1, -181), (1, 0), (2, 0)]


def test_a_cine_loop_is_a_series_of_its_own(tmp_path):
    loop = multi_frame(ct())
    for keyword in ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"):
        delattr(loop, keyword)
    loop.Modality = "US"
    again = written(loop).replace(b"1.2.9\0", b"1.2.8\0")
    found = taken(save(tmp_path / "in", {"a": loop, "b": again}), tmp_path / "out")
    (study,) = found.studies
    assert [len(one.series.frames) for one in study.series] == [6, 6]


def test_a_film_of_an_mr_is_one_series_in_the_order_in_which_it_was_taken(tmp_path):
    frames = [ct()[0] for _ in range(12)]
    for number, one in enumerate(frames):
        one.SOPInstanceUID, one.InstanceNumber, one.Modality = f"1.2.3.{number}", number + 1, "MR"
        one.PixelData = np.full((one.Rows, one.Columns), 1000 + number, "<u2").tobytes()
    files = {f"{number * 5 % 12}.dcm": one for number, one in enumerate(frames)}
    series = one_series(taken(save(tmp_path / "in", files), tmp_path / "out"))
    assert volume(series, tmp_path / "out")[:, 0, 0].tolist() == [1000 + number - 1024 for number in range(12)]
    assert "order in which they were taken" in " ".join(series.notes) and "12 frames" in series.series.title


def test_a_slice_that_was_sent_twice_under_two_numbers_is_taken_once(tmp_path):
    slices = ct()
    for number, one in enumerate(slices):
        one.TriggerTime = 10 * number
    again = ct()[2]
    again.SOPInstanceUID, again.InstanceNumber, again.TriggerTime = "1.2.99", 50, 7
    files = {f"{number}.dcm": one for number, one in enumerate([*slices, again])}
    found = taken(save(tmp_path / "in", files), tmp_path / "out")
    assert (volume(one_series(found), tmp_path / "out") == patient()).all()
    assert found.report.refused.counts == {"the same picture is there already": 1}
    assert (found.report.frames, found.report.frames_read) == (6, 7)
    assert "left out 1: the same picture is there already (6.dcm)" in found.report.in_words()


def test_bits_that_are_kept_are_not_said_to_be_reduced(tmp_path):
    found = taken(save(tmp_path / "in", {"a": radiograph(1)}), tmp_path / "out")
    assert not [note for note in one_series(found).notes if "bits" in note]


@pytest.mark.parametrize("name", ["ANONYMOUS", "ANON^ANON", "0", "UNKNOWN", "No Name", "N/A", "xxx", "de-identified"])
def test_pictures_of_nobody_are_not_of_one_patient(name, tmp_path):
    more = {"PatientID": name, "PatientName": name}
    files = {
        "a": radiograph(1, StudyInstanceUID="1.1", StudyDate="20200115", **more),
        "b": radiograph(2, StudyInstanceUID="1.2", StudyDate="20200714", **more),
        "c": radiograph(3, StudyInstanceUID="1.2", StudyDate="20200714", **more),
    }
    found = taken(save(tmp_path / "in", files), tmp_path / "out")
    assert [(study.patient, study.days, len(study.series)) for study in found.studies] == [(1, 0, 1), (2, 0, 2)]


@pytest.mark.parametrize("name", ["ANON001", "DOE^JANE", "1", "patient 7", "張"])
def test_pseudonyms_and_names_are_of_patients(name):
    assert not is_placeholder(name)


def test_slices_of_two_patients_are_never_one_stack(tmp_path):
    files = {}
    for name in ("one", "two"):
        for number, one in enumerate(ct(series="1.2.3" if name == "one" else "1.2.4")):
            one.PatientID = name
            for keyword in ("StudyInstanceUID", "SeriesInstanceUID"):
                delattr(one, keyword)
            files[f"{name}{number}.dcm"] = one
    found = taken(save(tmp_path / "in", files), tmp_path / "out")
    assert [(study.patient, len(study.series[0].series.frames)) for study in found.studies] == [(1, 6), (2, 6)]


def test_slices_that_do_not_say_where_they_lie_are_one_stack_only_where_they_lie_alike(tmp_path):
    slices = [*ct("HFS")[:3], *ct("HFP", series="1.2.3")[3:]]
    for one in slices:
        del one.ImagePositionPatient
    found = taken(save(tmp_path / "in", {f"{n}.dcm": one for n, one in enumerate(slices)}), tmp_path / "out")
    (study,) = found.studies
    assert [len(one.series.frames) for one in study.series] == [3, 3]
    for one in study.series:
        assert one.series.orientation == ("R", "L", "A", "P"), "each turned by its own letters"


def test_other_pixels_under_one_uid_are_another_picture(tmp_path):
    first, second = ct()[:2]
    second.SOPInstanceUID, second.InstanceNumber = first.SOPInstanceUID, first.InstanceNumber
    found = taken(save(tmp_path / "in", {"a": first, "b": second}), tmp_path / "out")
    assert found.report.refused.counts.total() == 0 and found.report.frames == 2


def test_files_of_one_name_and_time_in_two_folders_are_two_files(tmp_path):

    folders = [save(tmp_path / name, {"IM1.dcm": radiograph(at)}) for at, name in enumerate(("p1", "p2"), start=1)]
    for folder in folders:
        os.utime(folder / "IM1.dcm", (1, 1))

    done = []
    with pytest.raises(Cancelled):
        ingest(folders, tmp_path / "out", WITHOUT_TEXT, lambda *step: done.append(step), lambda: len(done) >= 2)
    found = taken(folders[0], tmp_path / "out", folders[1])
    assert len(found.studies) == 2 and not found.report.refused.counts


NAMELESS = ("SeriesInstanceUID", "StudyInstanceUID", "PatientID", "SOPInstanceUID")


def nameless(values=None, **more):
    slices = ct(values=values)
    for one in slices:
        for keyword in NAMELESS:
            delattr(one, keyword)
        for keyword, value in more.items():
            setattr(one, keyword, value)
    return slices


@pytest.mark.parametrize("more", [{}, {"SeriesNumber": "1"}, {"SeriesNumber": "1", "Modality": ""}])
@pytest.mark.parametrize("folders", [("anna", "berta"), ("anna/scan", "berta/scan")])
def test_strangers_are_not_put_together_by_a_number_or_the_name_of_a_folder(folders, more, tmp_path):
    given = []
    for number, name in enumerate(folders):
        slices = nameless(patient() + number, **more)
        given.append(save(tmp_path / name, {f"{number}{at}": one for at, one in enumerate(slices)}))
    found = ingest(given, tmp_path / "out", WITHOUT_TEXT)
    assert [study.patient for study in found.studies] == [1, 2]
    for number, study in enumerate(found.studies):
        (series,) = study.series
        assert (volume(series, tmp_path / "out") == patient() + number).all()


def test_a_number_tells_the_series_of_a_named_study_apart_whatever_folder_they_lie_in(tmp_path):
    files = {}
    for number in (1, 2):
        slices = nameless(patient() + number, SeriesNumber=str(number), StudyInstanceUID="1.9")
        files |= {f"{at % 2}/{number}-{at}": one for at, one in enumerate(slices)}
    (study,) = taken(save(tmp_path / "in", files), tmp_path / "out").studies
    assert [len(one.series.frames) for one in study.series] == [6, 6]


def test_a_file_that_is_given_twice_is_one_case_whatever_kind_it_is_of(tmp_path):
    volumes = nifti(np.arange(24, dtype=np.int16).reshape(2, 3, 4), np.eye(4))
    grey = np.add.outer(np.arange(40), np.arange(48)).astype(np.uint8)
    bare = dataset(grey.astype(np.uint16), Modality="DX")
    del bare.SOPInstanceUID
    files = {"a.nii": volumes, "b.png": png(grey), "c.dcm": written(bare)}
    again = {f"again/{name}": data for name, data in files.items()}
    found = taken(save(tmp_path / "in", files | again), tmp_path / "out")
    assert len(found.studies) == 3
    assert found.report.refused.counts == {"the same file is there already": 3}
    assert found.report.files == 6 == found.report.taken.total() + found.report.refused.counts.total()
