"""Case sets as what is trained on: what readers agree on is known, all else is not."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ssg.boxes import Box
from ssg.casebook import Case, CaseImage, CaseSet, Reader, Series, read_case_set, write_case_set
from ssg.errors import BadInput
from ssg.reward import ReaderAnswer, Region
from ssg.vocabulary import Side
from training.case_rows import _absent, _present
from training.lists import read_rows, real_rows
from training.pictures import load_scene
from training.rows import part_of

BUNDLED = Path(__file__).parents[2] / "cases" / "chest-xray-first-steps"
RIGHT, CLOSE, FAR = Box(10, 10, 50, 50), Box(12, 10, 50, 52), Box(60, 60, 90, 90)


def reader(name, box, absent=(), finding="mass"):
    return ReaderAnswer((Region(finding, box, Side.RIGHT),) if box else (), absent, id=name)


def test_a_case_set_is_read_as_a_list_is():
    case_set, rows = read_case_set(BUNDLED), read_rows(BUNDLED)
    assert [row.group for row in rows] == [f"{case_set.id}/{case.id}" for case in case_set.cases]
    assert rows == read_rows(BUNDLED / "case_set.json")
    for case, row in zip(case_set.cases, rows, strict=True):
        assert {name for name, _ in row.present} == set(case.present)
        assert set(row.absent) == set(case.readers[0].absent)
        assert load_scene(row).pixels.shape == (case.height, case.width)
        assert row.origin == "phantom" and len(row.source["anatomy"]) == len(case.structures)
    trained = real_rows([BUNDLED])
    assert 0 < len(trained) <= len(rows) and {row.path for row in trained} == {
        r.path for r in part_of(rows, "training")
    }


def test_what_most_readers_mark_is_there_with_the_box_that_others_agree_with():
    found = _present([reader("a", FAR), reader("b", RIGHT), reader("c", CLOSE)])
    assert found[("mass", Side.RIGHT)] in ((RIGHT,), (CLOSE,))
    assert _present([reader("a", RIGHT), reader("b", None), reader("c", None)]) == {}
    assert len(_present([reader("a", RIGHT), reader("b", None)])) == 1


def test_only_what_every_reader_excludes_is_absent():
    both = [reader("a", None, ("mass", "nodule")), reader("b", None, ("nodule",))]
    assert _absent(both) == ("nodule",)
    marked = [reader("a", None, ("lung opacity",)), reader("b", RIGHT, ("lung opacity",), "consolidation")]
    assert _absent(marked) == (), "a consolidation is an opacity"
    assert _absent([]) == ()


def test_every_marked_picture_of_a_case_is_a_row(tmp_path):
    pictures = {f"{number}": np.full((40, 60), 50 * number, np.uint8) for number in range(3)}
    images = []
    for pixels in pictures.values():
        out = io.BytesIO()
        Image.fromarray(pixels).save(out, format="PNG")
        images.append((CaseImage.of_png(out.getvalue()), out.getvalue()))
    first, second = Box(1, 1, 9, 9), Box(20, 20, 39, 39)
    regions = (Region("mass", first, picture=0), Region("mass", second, picture=2))
    series = (Series("axial", tuple(image for image, _ in images)),)
    marked = Case("a", "t", "h", "CT", 1, series, (Reader(regions, ("nodule",), "r"),), ("mass",))
    normal = Case("b", "t", "h", "CT", 1, series, (Reader((), ("nodule",), "r"),), ("nodule",))
    case_set = CaseSet("s", "t", "1", "l", "p", False, (marked, normal))
    write_case_set(case_set, tmp_path / "set", {image.file: data for image, data in images})
    rows = read_rows(tmp_path / "set")
    assert [dict(row.present) for row in rows] == [{("mass", None): (first,)}, {("mass", None): (second,)}, {}]
    assert {row.absent for row in rows} == {("nodule",)} and [row.group for row in rows] == ["s/a", "s/a", "s/b"]
    assert [int(load_scene(row).pixels.max()) for row in rows] == [0, 100, 50]


def test_a_folder_that_is_no_case_set_is_refused(tmp_path):
    with pytest.raises(BadInput, match=r"case_set\.json"):
        read_rows(tmp_path)
