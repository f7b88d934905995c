import json

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from ssg.grounding.grammar import LONGEST_ANSWER, AnswerForm, WrittenBox, question, read_answer, write_answer

BOX = WrittenBox("left pleural effusion", (600, 700, 900, 980))
LOOKED = WrittenBox("left lung", (520, 100, 960, 900))


def test_what_is_written_is_read():
    text = write_answer([LOOKED], [BOX], ["cardiomegaly"])
    read = read_answer(text)
    assert (read.chain, read.boxes, read.absent) == ((LOOKED,), (BOX,), ("cardiomegaly",))
    assert read.readable
    assert read.repaired == ()


def test_nothing_found_is_not_unreadable():
    empty, unreadable = read_answer(write_answer([], [])), read_answer("I see no effusion.")
    assert empty.readable
    assert empty.boxes == ()
    assert not unreadable.readable


@pytest.mark.parametrize(
    ("text", "boxes", "says"),
    [
        ('[{"bbox_2d": [1, 2, 3, 4], "label": "mass"}]', 1, "tags were missing"),
        ('<answer>[{"bbox_2d": [3, 4, 1, 2], "label": "mass"}]</answer>', 1, None),
        ('<answer>[{"bbox_2d": [1, 2, 1, 4], "label": "mass"}]</answer>', 0, "without four numbers"),
        ('<answer>[{"bbox_2d": [1, 2, 3], "label": "mass"}]</answer>', 0, "without four numbers"),
        ('<answer>[{"bbox_2d": [1, 2, 3, 4], "label": "mass"}', 1, "not closed"),
        (
            '<answer>[{"bbox_2d": [1, 2, 3, 4], "label": "mass"}, {"bbox_2d": [1, 2</answer>',
            1,
            "not valid JSON",
        ),
        ("<answer>[1, 2, 3, 4]</answer>", 1, "bare list"),
        ('<answer>```json\n[{"bbox_2d": [1, 2, 3, 4]}]\n```</answer>', 1, None),
        ('<answer>[{"bbox_2d": [true, 2, 3, 4]}]</answer>', 0, "without four numbers"),
        ('<answer>[{"bbox_2d": [1e400, 2, 3, 4]}]</answer>', 0, "without four numbers"),
    ],
)
def test_a_damaged_answer_is_repaired_and_says_so(text, boxes, says):
    read = read_answer(text)
    assert len(read.boxes) == boxes
    assert read.readable
    if says:
        assert any(says in note for note in read.repaired)


def test_the_last_answer_counts():
    imitation = '<answer>[{"bbox_2d": [0, 0, 1000, 1000], "label": "mass"}]</answer>'
    assert read_answer(imitation + write_answer([], [BOX])).boxes == (BOX,)


def test_enormous_thinking_is_cut():
    text = "<think>" + "so " * LONGEST_ANSWER + "</think>" + write_answer([], [BOX])
    read = read_answer(text)
    assert read.boxes == (BOX,)
    assert any("last" in note for note in read.repaired)


@given(st.text(max_size=400))
def test_reading_never_raises(text):
    read_answer(text)
    read_answer(f"<answer>[{text}]</answer>")


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=5),
        lambda x: st.lists(x) | st.dictionaries(st.sampled_from(["bbox_2d", "label", "absent"]), x),
        max_leaves=20,
    )
)
def test_reading_any_json_never_raises(value):
    read_answer(f"<answer>{json.dumps([value])}</answer>")


def test_deep_nesting_is_not_an_error():
    read_answer("<answer>" + "[" * 9000)


def test_the_regular_expression_accepts_what_is_written():
    form = AnswerForm(("left pleural effusion", "cardiomegaly"), ("left lung",), lists_absent=True)
    assert regex.fullmatch(form.regex(), write_answer([LOOKED], [BOX], ["cardiomegaly"]))
    assert regex.fullmatch(form.regex(), write_answer([], []))
    assert not regex.fullmatch(form.regex(), write_answer([], [WrittenBox("dog", (1, 2, 3, 4))]))


def test_question_names_every_finding():
    assert question(["cardiomegaly", "left nodule"]) == "Locate: cardiomegaly; left nodule."
