"""Relations between findings and structures, and what an answer earns by holding to them."""

import numpy as np
import pytest

from ssg.boxes import Box, as_boxes
from ssg.reward import Answer, ReaderAnswer, Reference, Region, score
from ssg.reward.coherence import asked_of
from ssg.reward.layout import Marks
from ssg.reward.relations import COMPARED, Ends, degrees, relations
from ssg.vocabulary import Side, vocabulary

RIGHT_LUNG = Region("lung", Box(100, 100, 450, 800), Side.RIGHT)
LEFT_LUNG = Region("lung", Box(550, 100, 900, 800), Side.LEFT)
NODULE = Region("nodule", Box(200, 200, 240, 240), Side.RIGHT)
LUNGS = (RIGHT_LUNG, LEFT_LUNG)


def boxes(*rows):
    return as_boxes(list(rows))


def judged(reader, answer, question=None):
    return score(Reference(1000, 1000, (ReaderAnswer(tuple(reader), id="A"),), question), answer)


def coherence_of(reader, *drawn, question=("nodule",), absent=()):
    part = judged(reader, Answer(drawn, absent), question).components["coherence"]
    return None if part is None else part.score


# The graph


def test_there_are_forty_relations_and_each_says_why():
    assert len(relations()) >= 40
    assert len({(one.a, one.kind, one.b) for one in relations()}) == len(relations())
    for one in relations():
        assert one.why.endswith(".") and len(one.why.split()) >= 5
        assert one.weight > 0


def test_a_side_is_compared_only_where_both_ends_have_sides():
    for one in relations():
        if one.same_side:
            assert vocabulary().get(one.a).has_sides, one
            assert vocabulary().get(one.b).has_sides, one


@pytest.mark.parametrize(
    ("kind", "a", "b", "degree"),
    [
        ("inside", [10, 10, 20, 20], [0, 0, 100, 100], 1),
        ("inside", [90, 0, 110, 10], [0, 0, 100, 100], 0.5 / 0.8),
        ("inside", [200, 200, 210, 210], [0, 0, 100, 100], 0),
        ("overlaps", [90, 0, 190, 100], [0, 0, 100, 100], 1),
        ("overlaps", [95, 0, 195, 100], [0, 0, 100, 100], 0.5),
        ("apart", [100, 0, 200, 100], [0, 0, 100, 100], 1),
        ("apart", [50, 0, 150, 100], [0, 0, 100, 100], 0),
        ("touches", [100, 0, 200, 100], [0, 0, 100, 100], 1),
        ("touches", [300, 0, 400, 100], [0, 0, 100, 100], 0),
        ("above", [0, 0, 100, 20], [0, 0, 100, 100], 1),
        ("above", [0, 0, 100, 100], [0, 0, 100, 100], 0.5),
        ("above", [0, 80, 100, 100], [0, 0, 100, 100], 0),
    ],
)
def test_degrees_by_hand(kind, a, b, degree):
    assert COMPARED[kind](boxes(a), boxes(b))[0, 0] == pytest.approx(degree)


def ends(*regions):
    marks = Marks.of([[Region("nodule", Box(*box), side) for box, side in regions]]).widened(2)
    return Ends(marks.sets.boxes, marks.sets.there, marks.sides)


def held(kind, a, b, same_side=False):
    found, compared = degrees(np.array([kind]), np.array([same_side]), a, b)
    return found[compared].tolist()


def test_contains_is_inside_the_other_way_round():
    around, within = ends(([0, 0, 100, 100], None)), ends(([10, 10, 20, 20], None))
    assert held("contains", around, within) == [1]
    assert held("contains", within, around) == [pytest.approx(0.01 / 0.8)]


def test_only_boxes_of_one_side_are_compared():
    lungs = ends((RIGHT_LUNG.box, Side.RIGHT), (LEFT_LUNG.box, Side.LEFT))
    other = ends((RIGHT_LUNG.box, Side.RIGHT), ([0, 0, 1, 1], Side.RIGHT))
    for side, degree in ((Side.RIGHT, [1]), (Side.LEFT, [0]), (None, [1])):
        inside = ends(([200, 200, 240, 240], side))
        assert held("inside", inside, lungs, same_side=True) == degree
    assert held("inside", ends(([200, 200, 240, 240], Side.LEFT)), other, same_side=True) == []


@pytest.mark.parametrize("kind", COMPARED)
def test_without_boxes_there_is_no_degree(kind):
    nothing, something = ends(), ends(([0, 0, 9, 9], None))
    for pair in ((nothing, something), (something, nothing), (nothing, nothing)):
        assert held(kind, *pair) == []


def asked(reader, question):
    (found,) = asked_of([(reader, question)])
    return [relations()[number] for number in found.relation]


# What is asked of an answer


def test_what_the_reader_does_not_hold_to_is_not_asked():
    outside = Region("nodule", Box(460, 200, 500, 240), Side.RIGHT)
    assert asked(ReaderAnswer((outside, *LUNGS)), ("nodule",)) == []
    assert [one.b for one in asked(ReaderAnswer((NODULE, *LUNGS)), ("nodule",))] == ["lung"]


def test_without_a_relation_the_component_is_absent_and_says_so():
    breakdown = judged([NODULE], Answer((NODULE,)))
    assert breakdown.components["coherence"] is None
    assert "No relation" in breakdown.absent_components["coherence"]
    assert coherence_of([NODULE, *LUNGS], NODULE, question=("mass",)) is None


def test_what_was_not_asked_is_taken_from_the_reader():
    assert coherence_of([NODULE, *LUNGS], NODULE) == 1
    beside = Region("nodule", Box(430, 200, 470, 240), Side.RIGHT)
    assert coherence_of([NODULE, *LUNGS], beside) == pytest.approx(0.5 / 0.8)
    assert coherence_of([NODULE, *LUNGS]) == 0


def test_what_was_asked_is_taken_from_the_answer():
    both = ("nodule", "lung")
    assert coherence_of([NODULE, *LUNGS], NODULE, *LUNGS, question=both) == 1
    assert coherence_of([NODULE, *LUNGS], NODULE, question=both) == 0


def test_a_missing_one_of_two_costs_half():
    other = Region("nodule", Box(600, 200, 640, 240), Side.LEFT)
    assert coherence_of([NODULE, other, *LUNGS], NODULE) == 0.5
    assert coherence_of([NODULE, other, *LUNGS], NODULE, other) == 1


def test_boxes_without_a_side_are_compared_with_either():
    other = Region("nodule", Box(600, 200, 640, 240), Side.LEFT)
    unsided = [Region("nodule", one.box) for one in (NODULE, other)]
    assert coherence_of([NODULE, other, *LUNGS], *unsided) == 1


def test_who_marks_one_and_denies_what_goes_with_it_contradicts_himself():
    lines, edema = Region("kerley lines", Box(110, 600, 150, 700)), Region("pulmonary edema", Box(100, 300, 900, 800))
    both = ("kerley lines", "pulmonary edema")
    assert coherence_of([lines, edema], lines, edema, question=both) == 1
    assert coherence_of([lines, edema], lines, question=both, absent=("pulmonary edema",)) == 0


def test_a_finding_proves_no_other_by_what_it_is():
    pneumonia = Region("pneumonia", Box(200, 300, 300, 400), Side.RIGHT)
    assert asked(ReaderAnswer((pneumonia,)), None) == []


def test_the_weights_are_renormalised_with_it_and_the_reason_is_said():
    beside = Region("nodule", Box(430, 180, 470, 220), Side.RIGHT)
    breakdown = judged([NODULE, *LUNGS], Answer((beside,)), ("nodule",))
    weights = [part.weight for part in breakdown.components.values() if part]
    assert weights == pytest.approx([0.4, 0.25, 0.2, 0.15])
    why = breakdown.components["coherence"].why
    assert why.startswith("Not so: “nodule lies in lung”. A lung nodule is surrounded by")
    own = judged([NODULE, *LUNGS], Answer((NODULE,)), ("nodule",))
    assert own.total == 1
    assert own.components["coherence"].why == "Fits together: “nodule lies in lung”."


def test_of_several_readers_the_one_that_fits_counts():
    readers = (ReaderAnswer((NODULE, *LUNGS), id="A"), ReaderAnswer((NODULE,), id="B"))
    breakdown = score(Reference(1000, 1000, readers, ("nodule",)), Answer((NODULE,)))
    assert breakdown.total == 1
    assert np.isclose(sum(part.weight for part in breakdown.components.values() if part), 1)
