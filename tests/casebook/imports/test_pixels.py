"""Multi-frame pictures of an import, and masks that do not say where they lie."""

import json

import numpy as np
import pytest

from ssg.casebook import read_case_set
from ssg.casebook.imports.mask_values import masks_of
from ssg.casebook.imports.pixels import Stored, stored_volume
from ssg.imaging import fit
from ssg.imaging.grids import UNSAID
from ssg.imaging.upright import Turn
from tests.casebook.ingest.making import SIZE, ct, multi_frame
from tests.cli.conftest import run
from tests.imaging.building import dataset, written

__all__ = ["run"]

UNPLACED = ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence")


def bare_mask(path):
    """A multi-frame mask without geometry, with something on the first frame of its file."""
    values = np.zeros(SIZE, np.uint8)
    values[0, 2:8, 1:7] = 1
    made = dataset(values[0], Modality="OT", NumberOfFrames=SIZE[0])
    made.PixelData = values.tobytes()
    path.write_bytes(written(made))
    return path


def picture(path, slices, without=()):
    made = multi_frame(slices)
    for keyword in without:
        delattr(made, keyword)
    path.write_bytes(written(made))
    return path


@pytest.mark.parametrize(("stored", "is_in_order"), [("head first", True), ("feet first", False), ("prone", False)])
def test_a_mask_without_geometry_is_laid_only_on_frames_in_the_order_of_their_file(tmp_path, stored, is_in_order):
    slices = ct("HFP" if stored == "prone" else "HFS")[:: -1 if stored == "feet first" else 1]
    made, _ = stored_volume(picture(tmp_path / "p.dcm", slices), tmp_path / "work", None, False)
    assert made.grid.as_stored == is_in_order and made.grid.quads
    mask = masks_of(bare_mask(tmp_path / "m.dcm"))
    assert fit(mask.grid, made.grid) == ((tuple(range(6)), Turn()) if is_in_order else UNSAID)
    assert Stored.from_json(json.loads(json.dumps(made.to_json()))) == made


def test_frames_that_were_sorted_but_have_no_corners_fit_no_mask_without_geometry(tmp_path):
    made = multi_frame(ct()[::-1])
    del made.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence
    (tmp_path / "p.dcm").write_bytes(written(made))
    found, _ = stored_volume(tmp_path / "p.dcm", tmp_path / "work", None, False)
    assert not found.grid.quads and not found.grid.as_stored
    mask = masks_of(bare_mask(tmp_path / "m.dcm"))
    assert fit(mask.grid, found.grid) == UNSAID


def test_where_neither_says_where_it_lies_frames_are_laid_in_their_order(tmp_path):
    made, _ = stored_volume(picture(tmp_path / "p.dcm", ct()[::-1], UNPLACED), tmp_path / "work", None, False)
    mask = masks_of(bare_mask(tmp_path / "m.dcm"))
    assert fit(mask.grid, made.grid) == (tuple(range(6)), Turn())


def test_by_command_such_a_mask_is_left_out_and_said(run, tmp_path):
    for name in ("pictures", "masks"):
        (tmp_path / name).mkdir()
    both = ct()
    picture(tmp_path / "pictures" / "a.dcm", both[::-1])
    picture(tmp_path / "pictures" / "b.dcm", both)
    for name in ("a__nodule.dcm", "b__nodule.dcm"):
        bare_mask(tmp_path / "masks" / name)
    answer = run(
        *("cases", "import", tmp_path / "masks", "--format", "masks", "--images", tmp_path / "pictures"),
        *("--licence", "CC0-1.0", "--out", tmp_path / "out", "--json"),
    )
    assert UNSAID in answer.out
    (case,) = read_case_set(tmp_path / "out").cases
    assert [one.picture for one in case.readers[0].regions] == [0]
