"""What becomes of a policy's answer: places written twice, sides and names other than those asked about."""

from dataclasses import replace

import pytest

from ssg.boxes import Box
from ssg.grounding.coordinates import Convention, CoordinateFrame
from ssg.grounding.decoding import Decoded
from ssg.grounding.grounder import Grounder, _renamed
from ssg.grounding.types import FindingAnswer
from ssg.reward import Region
from ssg.vocabulary import Side

FRAME = CoordinateFrame(Convention.RELATIVE_1000, (1000, 1000), (1000, 1000))


@pytest.fixture
def read(small_policy, monkeypatch):
    """What a text becomes that the policy might have written about nodules."""
    grounder = Grounder(small_policy)

    def of(*entries):
        text = ", ".join(f'{{"bbox_2d": {list(box)}, "label": "{label}"}}' for box, label in entries)
        pieces = list(f"<think>[]</think><answer>[{text}]</answer>")
        monkeypatch.setattr(small_policy.processor.tokenizer, "decode", lambda ids: pieces[ids[0]])
        out = Decoded(list(range(len(pieces))), [1.0] * len(pieces), complete=True)
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


def answered(*sides, finding="nodule"):
    regions = tuple(Region(finding, Box(index, 0, index + 9, 9), side, 0.8) for index, side in enumerate(sides))
    return FindingAnswer(finding, None, bool(regions), regions, (), 0.8)


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
    assert _renamed(answered(*sides), ("nodule", Side.BILATERAL)).note == note


def test_a_relative_is_named_as_it_was_asked():
    answer = _renamed(answered(None, finding="heart"), ("left ventricle", None))
    assert answer.regions[0].called == "left ventricle"
    assert answer.note == "Shown as heart, the nearest finding that the policy was trained on."
