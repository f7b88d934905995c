"""Questions and their right answers: what is written is read back, what is absent is denied, chains lead there."""

import numpy as np
import pytest

from ssg.boxes import Box, as_boxes
from ssg.grounding.grammar import AnswerForm, read_answer
from ssg.vocabulary import Side
from training.scene import Scene, body_of, elsewhere
from training.tasks import boxes_of, draw_tasks, make_task, without_chain

EFFUSION, HEART = ("pleural effusion", Side.LEFT), ("cardiomegaly", None)


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def read(task):
    answer = read_answer(task.given + task.answer)
    assert answer.readable and not answer.repaired
    return answer


def test_the_answer_is_the_scene_s_box_in_thousandths(scene, rng):
    answer = read(make_task(scene, [EFFUSION], rng))
    assert [box.label for box in answer.boxes] == ["left pleural effusion"]
    wanted = as_boxes(scene.present[EFFUSION]) / 128 * 1000
    assert np.abs(as_boxes([answer.boxes[0].corners]) - wanted).max() <= 1


def test_the_other_side_and_what_is_absent_are_denied(scene, rng):
    assert read(make_task(scene, [("pleural effusion", Side.RIGHT)], rng)).boxes == ()
    assert read(make_task(scene, [("pneumothorax", None)], rng)).boxes == ()


def test_without_a_side_both_sides_answer(scene):
    assert boxes_of(scene, ("pleural effusion", None)) == boxes_of(scene, EFFUSION)
    assert [key[1] for key, _ in boxes_of(scene, ("lung", None))] == [Side.RIGHT, Side.LEFT], "from left to right"


def test_several_findings_are_answered_by_name(scene, rng):
    answer = read(make_task(scene, [EFFUSION, HEART, ("pneumothorax", None)], rng))
    assert {box.label for box in answer.boxes} == {"left pleural effusion", "cardiomegaly"}
    assert answer.absent == ("pneumothorax",)


def test_the_chain_goes_from_the_region_to_the_landmark(scene, rng):
    labels = [box.label for box in read(make_task(scene, [EFFUSION], rng)).chain]
    assert labels == ["left lung", "left costophrenic angle"]
    labels = [box.label for box in read(make_task(scene, [("pleural effusion", None)], rng)).chain]
    assert labels == ["right lung", "left lung", "left costophrenic angle"]


def test_an_unmarked_anatomy_does_not_teach_an_empty_chain(rng):
    real = Scene(np.zeros((50, 50), np.uint8), {("nodule", Side.LEFT): (Box(1, 1, 9, 9),)}, ("pneumothorax",))
    task = make_task(real, [("nodule", Side.LEFT)], rng)
    assert task.given == "<think>[]</think>"
    assert task.answer.startswith("<answer>")


def test_a_chain_taken_away_leaves_the_answer(scene, rng):
    task = make_task(scene, [EFFUSION], rng)
    brief = without_chain(task)
    assert read(brief).boxes == read(task).boxes
    assert read(brief).chain == ()
    assert "<think>" not in brief.answer


def test_drawn_questions_balance_and_are_answered_right(scene):
    seen = {"present": 0, "absent": 0, "anatomy": 0, "brief": 0, "several": 0}
    for seed in range(200):
        for task in draw_tasks(scene, 6, np.random.default_rng(seed), brief=0.5):
            answer = read(task)
            seen["brief"] += task.given != ""
            if len(task.asked) > 1:
                seen["several"] += 1
                continue
            [key] = task.asked
            wanted = boxes_of(scene, key)
            assert len(answer.boxes) == len(wanted)
            kind = "absent" if not wanted else "anatomy" if key[0] in {n for n, _ in scene.anatomy} else "present"
            seen[kind] += 1
    total = sum(seen[kind] for kind in ("present", "absent", "anatomy", "several"))
    assert 0.4 < seen["brief"] / total < 0.6
    assert seen["present"] > 0.2 * total
    assert seen["absent"] > 0.2 * total
    assert seen["several"] > 0


def test_every_answer_is_in_the_form_that_decoding_allows(scene):
    import regex

    from ssg.grounding.chain import places
    from ssg.grounding.grounder import labels_of

    for seed in range(60):
        for task in draw_tasks(scene, 6, np.random.default_rng(seed)):
            if len(task.asked) == 1:
                [key] = task.asked
                form = AnswerForm(labels_of(*key), places(*key))
                assert regex.fullmatch(form.regex(), task.given + task.answer), task


def test_the_part_of_the_body_is_what_all_findings_share():
    assert body_of(["pleural effusion", "cardiomegaly"]) == "chest"
    assert body_of(["meningioma"]) == "brain"
    assert body_of([]) == ""
    assert body_of(["meningioma", "cardiomegaly"]) == ""


def test_what_belongs_elsewhere_is_asked_and_denied(scene):
    assert "infarct" in elsewhere("chest")
    assert "pneumothorax" in elsewhere("brain")
    assert elsewhere("") == ()
    asked = [task for seed in range(40) for task in draw_tasks(scene, 6, np.random.default_rng(seed))]
    foreign = [task for task in asked if len(task.asked) == 1 and task.asked[0][0] in elsewhere("chest")]
    assert foreign
    assert all("bbox_2d" not in task.answer.partition("<answer>")[2] for task in foreign)
