"""What becomes of a policy's answer: places written twice, sides and names other than those asked about."""

import re
from dataclasses import replace

import pytest

from ssg.boxes import Box
from ssg.grounding.confidences import in_percent
from ssg.grounding.coordinates import Convention, CoordinateFrame
from ssg.grounding.decoding import Decoded
from ssg.grounding.grounder import NO_PLACE, Grounder
from ssg.grounding.kinds import Asked, answered
from ssg.grounding.types import FindingAnswer
from ssg.reward import Region
from ssg.vocabulary import Side

FRAME = CoordinateFrame(Convention.RELATIVE_1000, (1000, 1000), (1000, 1000))


@pytest.fixture
def read(small_policy, monkeypatch):
    """What a text becomes that the policy might have written about nodules."""
    grounder = Grounder(small_policy)

    def of(*entries, sure=()):
        text = ", ".join(f'{{"bbox_2d": {list(box)}, "label": "{label}"}}' for box, label in entries)
        pieces = list(f"<think>[]</think><answer>[{text}]</answer>")
        probabilities = [1.0] * len(pieces)
        begun = [match.start() for match in re.finditer('{"bbox_2d"', "".join(pieces))]
        for at, probability in zip(begun, sure, strict=False):
            probabilities[at] = probability
        monkeypatch.setattr(small_policy.processor.tokenizer, "decode", lambda ids: pieces[ids[0]])
        out = Decoded(list(range(len(pieces))), probabilities, complete=True)
        return grounder._finding(("nodule", None), out, FRAME)

    return of


def test_one_place_written_twice_is_one_region(read):
    answer = read(((100, 100, 200, 200), "left nodule"), ((105, 104, 203, 207), "left nodule"))
    assert [tuple(region.box) for region in answer.regions] == [(100, 100, 200, 200)]


def test_places_beside_one_another_are_two(read):
    answer = read(((100, 100, 200, 200), "left nodule"), ((190, 190, 290, 290), "left nodule"))
    assert len(answer.regions) == 2


def test_one_place_on_two_sides_stays_in_doubt(read):
    answer = read(((100, 100, 200, 200), "left nodule"), ((100, 100, 200, 200), "right nodule"))
    assert {region.side for region in answer.regions} == {Side.LEFT, Side.RIGHT}


def nodules(*sides):
    regions = tuple(Region("nodule", Box(index, 0, index + 9, 9), side, 0.8) for index, side in enumerate(sides))
    return FindingAnswer("nodule", None, bool(regions), regions, (), 0.8)


def test_both_sides_are_asked_as_anywhere(small_policy, radiograph):
    asked = [("nodule", None), ("nodule", Side.BILATERAL)]
    anywhere, both = Grounder(small_policy).answer(radiograph, asked)[0].values()
    assert replace(both, side=None, note="") == anywhere


@pytest.mark.parametrize(
    ("sides", "note"),
    [((Side.LEFT,), "Seen on the left only."), ((Side.RIGHT, Side.RIGHT), "Seen on the right only.")]
    + [(sides, "") for sides in ((Side.LEFT, Side.RIGHT), (None,), ())],
)
def test_one_side_of_both_is_said(sides, note):
    found = {("nodule", None): nodules(*sides)}
    assert answered(("nodule", Side.BILATERAL), Asked((("nodule", None),)), found).note == note


def test_a_box_that_cannot_be_read_is_no_absence(read):
    for corners in ((100, 100, 100, 200), (1200, 1200, 1300, 1300)):
        answer = read((corners, "left nodule"))
        assert (answer.present, answer.regions, answer.confidence) == (None, (), None)
        assert answer.note == NO_PLACE
    assert read().present is False


def test_what_was_not_read_on_both_sides_says_why(read):
    unread = read(((100, 100, 100, 200), "left nodule"))
    assert answered(("nodule", Side.BILATERAL), Asked((("nodule", None),)), {("nodule", None): unread}).note == NO_PLACE


def test_each_box_has_its_own_confidence_where_another_cannot_be_read(read):
    answer = read(
        ((100, 100, 100, 200), "left nodule"),
        ((300, 300, 400, 400), "left nodule"),
        ((1200, 1200, 1300, 1300), "left nodule"),
        ((500, 500, 600, 600), "right nodule"),
        sure=(0.9, 0.8, 0.7, 0.6),
    )
    assert [(region.side, round(region.confidence, 6)) for region in answer.regions] == [
        (Side.LEFT, 0.8),
        (Side.RIGHT, 0.6),
    ]
    assert answer.confidence == 0.9, "that something is there was said with the first box"


@pytest.mark.parametrize(
    ("confidence", "said"),
    [(0.84, "84%"), (1.0, ">99%"), (0.996, ">99%"), (0.994, "99%"), (0.0, "<1%"), (0.006, "1%")],
)
def test_nobody_is_wholly_sure(confidence, said):
    assert in_percent(confidence) == said
