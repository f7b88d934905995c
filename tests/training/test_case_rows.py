"""Case sets as what is trained on: what readers agree on is known, all else is not."""

from pathlib import Path

import pytest

from ssg.boxes import Box
from ssg.casebook import read_case_set
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


def test_a_folder_that_is_no_case_set_is_refused(tmp_path):
    with pytest.raises(BadInput, match=r"case_set\.json"):
        read_rows(tmp_path)
