"""The editor's values: written and read alike, compared with what somebody else has saved, merged by choice."""

from dataclasses import replace

import pytest

from ssg.casebook import Reader, TeachingPoint
from ssg.casebook.writing import case_row
from ssg.errors import BadInput
from ssg.web.build_form import differences, digests, fields_of, merged, texts_of, ties, values_of, weights_of
from tests.teaching.test_marking_up import case, region, saved

NODULE, MASS = region(), region((50, 50, 70, 70), finding="mass")
ANN = Reader((NODULE, MASS), ("pneumothorax",), "Ann")
POINTS = (
    TeachingPoint("first", "mass", 1, "Ann"),
    TeachingPoint("second", finding="mass"),
    TeachingPoint("x: y"),
)
CASE = replace(case(ANN, points=POINTS), question=("nodule",), differential=("one", "two"), tags=("early",))
BODY = case_row(CASE)


def test_what_is_shown_and_saved_unchanged_is_the_same():
    values = values_of(BODY, CASE, "Ann")
    assert values["points"] == "Ann #2: first\nmass: second\nx: y" and values["differential"] == "one\ntwo"
    assert saved(CASE, fields_of(values, BODY, CASE, "Ann")) == replace(CASE, question=(*CASE.present, "pneumothorax"))
    assert fields_of(values, BODY, CASE, "Ann")["question"] == ["nodule"]


def test_saving_what_was_not_changed_changes_nothing():
    bare = BODY | {"teaching_points": [{"text": "first", "region": 1}, {"text": "second", "finding": "mass"}]}
    assert fields_of(values_of(bare, CASE, "Ann"), bare, CASE, "Ann")["teaching_points"] == bare["teaching_points"]


def test_weights_are_lines_and_wrong_ones_are_told():
    values = values_of(BODY, CASE, "Ann")
    assert values["weights"] == "" and fields_of(values, BODY, CASE, "Ann")["rubric"] is None
    weighed = fields_of(values | {"weights": "spatial = 0.6\n\n semantic=0.4 "}, BODY, CASE, "Ann")["rubric"]
    assert weighed == {"spatial": 0.6, "semantic": 0.4}
    assert texts_of({**BODY, "rubric": weighed}, CASE, "Ann")["weights"] == "spatial = 0.6\nsemantic = 0.4"
    for line, said in (("spatial", "spatial = 0.6"), ("spatial = x", "not “spatial = x”"), ("place = 1", "'place'")):
        with pytest.raises(BadInput, match=said):
            weights_of(line)
    with pytest.raises(BadInput, match="spatial must be above 0"):
        weights_of("spatial = 0")


def test_points_follow_their_region_when_another_goes():
    values = values_of(BODY, CASE, "Ann") | {"regions": (MASS,)}
    points = fields_of(values, BODY, CASE, "Ann")["teaching_points"]
    assert points[0] == {"text": "first", "finding": "mass", "region": 0, "reader": "Ann"}


def test_an_edited_line_stays_with_its_box_when_those_before_it_go():
    values = values_of(BODY, CASE, "Ann")
    lines = values["points"].replace("first", "first, and more")
    points = fields_of(values | {"points": lines, "regions": (MASS,)}, BODY, CASE, "Ann")["teaching_points"]
    assert points[0] == {"text": "first, and more", "finding": "mass", "region": 0, "reader": "Ann"}
    points = fields_of(values | {"points": "Ann #1: about the nodule", "regions": (MASS,)}, BODY, CASE, "Ann")
    assert points["teaching_points"] == [{"text": "about the nodule", "finding": "nodule"}], "its box is gone"


def test_new_points_are_tied_by_what_stands_before_the_colon():
    lines = "Ann #1: look here\nEve #1: no such reader\nnodule: round\nno colon"
    points = fields_of(values_of(BODY, CASE, "Ann") | {"points": lines}, BODY, CASE, "Ann")["teaching_points"]
    assert points[0] == {"reader": "Ann", "region": 0, "text": "look here"}
    assert points[1] == {"text": "Eve #1: no such reader"}
    assert points[2:] == [{"finding": "nodule", "text": "round"}, {"text": "no colon"}]
    assert ("Ann, box 1: nodule", "Ann #1: ") in ties(CASE)


BOB, CARL = Reader((MASS,), (), "Bob"), Reader((NODULE, MASS), (), "Carl")
THREE = replace(CASE, readers=(ANN, BOB, CARL), teaching_points=(TeachingPoint("late", None, 0, "Carl"),))


def test_boxes_have_the_numbers_in_words_that_they_have_on_the_image():
    body = case_row(THREE)
    for looker in ("Ann", "Bob", "Eve"):
        values = values_of(body, THREE, looker)
        assert values["points"] == "Carl #1: late"
        begun = [line for _, line in ties(THREE) if "#" in line]
        assert begun == ["Ann #1: ", "Ann #2: ", "Bob #1: ", "Carl #1: ", "Carl #2: "]
        points = fields_of(values | {"points": "Carl #2: x\nBob #1: y"}, body, THREE, looker)["teaching_points"]
        assert [(one["reader"], one["region"]) for one in points] == [("Carl", 1), ("Bob", 0)]


def test_a_point_about_a_box_that_is_not_there_is_told_in_the_numbers_of_the_page():
    values = values_of(BODY, CASE, "Ann")
    with pytest.raises(BadInput, match="The teaching point “Ann #7: x” is about a box 7 of Ann, whose boxes are numb"):
        fields_of(values | {"points": "Ann #7: x"}, BODY, CASE, "Ann")
    body = case_row(THREE)
    with pytest.raises(BadInput, match="a box 2 of Bob, whose only box is number 1: correct the number"):
        fields_of(values_of(body, THREE, "Ann") | {"points": "Bob #2: x"}, body, THREE, "Ann")
    drawn = values | {"points": "Ann #3: new", "regions": (NODULE, MASS, region((1, 1, 9, 9)))}
    assert fields_of(drawn, BODY, CASE, "Ann")["teaching_points"][0]["region"] == 2, "drawn and not saved yet"


def test_what_was_not_touched_is_proposed_to_be_taken_from_the_other():
    base = values_of(BODY, CASE, "Ann")
    moved, more = replace(MASS, box=region((52, 50, 72, 70)).box), region((80, 80, 90, 90))
    mine = base | {"diagnosis": "mine", "history": "mine", "regions": (NODULE, MASS, region((1, 1, 5, 5)))}
    theirs = base | {"diagnosis": "theirs", "title": "theirs", "absent": [], "regions": (NODULE, moved, more)}
    rows = {row.key: row for row in differences(mine, theirs, digests(base))}
    assert {key: row.take for key, row in rows.items()} == {
        "title": True, "history": False, "diagnosis": False, "absent": True,
        "box:1:1": True, "box:2:None": False, "box:None:2": True,
    }  # fmt: skip
    assert rows["diagnosis"].mine == "mine" and rows["box:1:1"].theirs.startswith("mass [52")
    both = merged(mine, theirs, [key for key, row in rows.items() if row.take])
    assert (both["title"], both["history"], both["diagnosis"], both["absent"]) == ("theirs", "mine", "mine", [])
    assert both["regions"] == (NODULE, moved, region((1, 1, 5, 5)), more)
    assert merged(mine, theirs, []) == mine
    all_theirs = merged(mine, theirs, rows)
    assert all_theirs["regions"] == theirs["regions"] and all_theirs["diagnosis"] == "theirs"


def test_what_was_deleted_here_is_not_brought_back():
    base = values_of(BODY, CASE, "Ann")
    rows = differences(base | {"regions": (NODULE,)}, base, digests(base))
    assert [(row.key, row.take) for row in rows] == [("box:None:1", False)]


def test_spaces_and_line_ends_are_no_difference():
    base = values_of(BODY, CASE, "Ann")
    assert differences(base | {"history": base["history"] + "  \n"}, base, digests(base)) == []
