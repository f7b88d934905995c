"""Would an expert accept this answer? The shipped model, and the clinical component that is made of it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssg.boxes import Box
from ssg.errors import BadInput, InvalidBox
from ssg.reward import Acceptability, Answer, ReaderAnswer, Reference, Region, score
from ssg.reward.evidence import COLUMNS, MONOTONE
from ssg.vocabulary import Side
from tests.reward.strategies import boxes

MODEL = Acceptability.load()
HEART = Box(371, 367, 825, 792)


def array(*rows):
    return np.array([[*row] for row in rows], dtype=float)


def probability(drawn, *readers, **known):
    return MODEL.probability(array(*drawn), [array(*marked) for marked in readers], **known)


def test_what_a_reader_would_draw_is_accepted_and_what_nobody_would_is_not():
    close = Box(380, 370, 830, 800)
    assert probability([close], [HEART]) > 0.9
    assert probability([Box(0, 0, 1024, 1024)], [HEART], finding="cardiomegaly") < 0.2
    assert probability([Box(10, 10, 60, 60)], [HEART]) < 0.1
    assert probability([close] * 4, [HEART], finding="cardiomegaly") < 0.5
    assert probability([], [HEART]) == 0


def test_arrays_of_one_and_of_several_readers_and_objects_are_taken():
    drawn, one = array(HEART), array(HEART)
    assert MODEL.probability(drawn, one) == MODEL.probability(drawn, [one])
    assert MODEL.probability(drawn, [one, one]) != MODEL.probability(drawn, one)
    region = Region("cardiomegaly", HEART)
    reference = Reference(1024, 1024, (ReaderAnswer((region,), id="a"),))
    asked = MODEL.probability(Answer((region,)), reference)
    assert asked == MODEL.probability(drawn, one, finding="enlarged heart", size=(1024, 1024))
    assert asked > 0.9
    assert MODEL.probability(Answer(), reference) == 0


def test_the_more_urgent_of_two_findings_weighs_more():
    air, nodule = Region("tension pneumothorax", Box(500, 100, 900, 800)), Region("nodule", Box(200, 200, 240, 240))
    reference = Reference(1024, 1024, (ReaderAnswer((air, nodule)),))
    only_air, only_nodule = (MODEL.probability(Answer((one,)), reference) for one in (air, nodule))
    assert only_air > 0.5 > only_nodule > 0
    assert MODEL.probability(Answer((air,)), reference, finding="tension pneumothorax") > only_air
    assert MODEL.probability(Answer((air,)), reference, finding="nodule") == 0


def test_what_cannot_be_asked_is_refused_in_words():
    region = Region("cardiomegaly", HEART)
    reference = Reference(1024, 1024, (ReaderAnswer((region,), ("pneumothorax",)),))
    with pytest.raises(BadInput, match="No reader marks anything"):
        MODEL.probability(array(HEART), [])
    with pytest.raises(BadInput, match="No reader marks pneumothorax"):
        MODEL.probability(Answer((region,)), reference, finding="pneumothorax")
    with pytest.raises(BadInput, match="arrays are compared with arrays"):
        MODEL.probability(array(HEART), reference)
    with pytest.raises(InvalidBox):
        MODEL.probability(array([9, 9, 1, 1]), array(HEART))
    for wrong in (np.ones((2, 2)), np.ones(4), np.ones((1, 8)), None, [[1, 2, 3]]):
        with pytest.raises(BadInput, match="rows of four numbers"):
            MODEL.probability(wrong, array(HEART))
    for size in ((0, 0), (-1, 5), (float("nan"), 9)):
        with pytest.raises(BadInput, match="size of an image"):
            MODEL.probability(array(HEART), array(HEART), finding="cardiomegaly", size=size)


def test_lists_and_tensors_are_boxes_too():
    import torch

    expected = MODEL.probability(array(HEART), array(HEART))
    for boxes_ in ([HEART], [[*HEART]], torch.tensor([[*HEART]])):
        assert MODEL.probability(boxes_, array(HEART)) == expected
        assert MODEL.probability(array(HEART), boxes_) == expected
        assert MODEL.probability(array(HEART), [boxes_]) == expected


def test_a_file_that_is_no_model_is_refused(tmp_path):
    np.savez(tmp_path / "other.npz", a=np.ones(3))
    (tmp_path / "text.npz").write_text("no arrays")
    for name in ("other.npz", "text.npz", "missing.npz"):
        with pytest.raises(BadInput, match=name):
            Acceptability.read(tmp_path / name)


def test_every_column_says_whether_it_can_only_help_or_only_hurt():
    assert len(COLUMNS) == len(MONOTONE)
    assert MODEL.compared.feature.max() < len(COLUMNS)
    assert {sign for name, sign in zip(COLUMNS, MONOTONE, strict=True) if "offset" in name or "wider" in name} == {-1}
    assert {
        sign for name, sign in zip(COLUMNS, MONOTONE, strict=True) if name.endswith("iou") and "another" not in name
    } == {1}


@given(st.lists(st.floats(0, 3), min_size=len(COLUMNS), max_size=len(COLUMNS)), st.data())
def test_the_trees_are_monotone_in_every_column_that_has_a_sign(row, data):
    column = data.draw(st.sampled_from([index for index, sign in enumerate(MONOTONE) if sign]))
    other = [*row]
    other[column] = data.draw(st.floats(0, 3))
    low, high = MODEL.compared.logit(np.array([row, other]))
    rises = (other[column] - row[column]) * MONOTONE[column]
    assert (high - low) * np.sign(rises) >= 0 if rises else high == low


@given(boxes(), boxes(), st.floats(0, 1))
def test_a_box_that_moves_straight_toward_the_readers_is_never_less_acceptable(goal, start, share):
    dx, dy = (share * (a - b) for a, b in zip(goal.centre, start.centre, strict=True))
    moved = Box(start.x0 + dx, start.y0 + dy, start.x1 + dx, start.y1 + dy)
    assert probability([moved], [goal]) >= probability([start], [goal]) - 1e-9


@given(boxes(), st.floats(0.2, 5), st.floats(0, 1))
def test_a_box_whose_size_comes_nearer_to_the_readers_is_never_less_acceptable(goal, factor, share):
    def sized(by):
        (x, y), width, height = goal.centre, goal.width * by / 2, goal.height * by / 2
        return Box(x - width, y - height, x + width, y + height)

    nearer = sized(factor ** (1 - share))
    assert probability([nearer], [goal]) >= probability([sized(factor)], [goal]) - 1e-9


@given(st.lists(boxes(), min_size=1, max_size=3), st.lists(boxes(), min_size=1, max_size=4))
def test_nothing_is_more_acceptable_to_a_reader_than_the_readers_own(marked, drawn):
    assert probability(drawn, marked) <= probability(marked, marked)


# The component


def clinical(reader, *drawn, absent=()):
    return score(Reference(1024, 1024, (reader,)), Answer(drawn, absent)).components["clinical"]


AIR = Region("pneumothorax", Box(600, 100, 900, 500), Side.LEFT)
NODULE = Region("nodule", Box(200, 200, 260, 260), Side.RIGHT)
BOTH = ReaderAnswer((AIR, NODULE), ("rib fracture",))


def test_the_order_of_report_is_one_fifth_of_the_component():
    right, wrong = clinical(BOTH, AIR, NODULE), clinical(BOTH, NODULE, AIR)
    assert right.score == 1
    gains = {AIR: 4, NODULE: 2}
    order = (gains[NODULE] + gains[AIR] / np.log2(3)) / (gains[AIR] + gains[NODULE] / np.log2(3))
    assert wrong.score == pytest.approx(0.8 + 0.2 * order)
    assert "Report the urgent findings first" in wrong.why and "first" not in right.why


def test_the_urgent_finding_weighs_more():
    assert clinical(BOTH, AIR).score > 0.6 > 0.4 > clinical(BOTH, NODULE).score


def test_a_false_alarm_costs_and_takes_a_place_in_the_report():
    fracture = Region("rib fracture", Box(300, 300, 330, 330), Side.RIGHT)
    before, behind = clinical(BOTH, fracture, AIR, NODULE), clinical(BOTH, AIR, NODULE, fracture)
    assert before.score < behind.score < 0.7
    assert "rib fracture, which the readers exclude" in behind.why


def test_nothing_there_is_judged_by_false_alarms_alone():
    nothing = ReaderAnswer((), ("pneumothorax", "nodule"))
    assert clinical(nothing).score == 1
    # of the weights 4 and 2
    assert clinical(nothing, AIR).score == pytest.approx(1 / 3)


def test_what_is_said_is_what_the_model_says():
    moved = Region("nodule", Box(220, 200, 280, 260), Side.RIGHT)
    said = clinical(ReaderAnswer((NODULE,)), moved)
    chance = MODEL.probability(array(moved.box), array(NODULE.box), finding="nodule")
    assert f"An expert would accept your nodule with a probability of {chance:.0%}." == said.why
