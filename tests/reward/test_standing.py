"""The sentence on the whole never praises what is wrong."""

import pytest

from ssg.boxes import Box
from ssg.errors import BadInput
from ssg.reward import Answer, ReaderAnswer, Reference, Region, Rubric, score
from ssg.vocabulary import Side

BOX, ELSEWHERE = Box(100, 400, 300, 700), Box(600, 100, 900, 400)
EFFUSION, AIR = Region("pleural effusion", BOX, Side.RIGHT), Region("pneumothorax", ELSEWHERE, Side.LEFT)


def note(answer, *marked, absent=()):
    return score(Reference(1000, 800, (ReaderAnswer(marked, absent),)), answer).note


@pytest.mark.parametrize(
    ("answer", "marked", "absent", "words"),
    [
        (Answer((EFFUSION,)), (EFFUSION, AIR), (), "something is missed"),
        (Answer((EFFUSION,), ("pneumothorax",)), (EFFUSION, AIR), (), "something that is there is denied"),
        (Answer((EFFUSION,), ("pleural effusion",)), (EFFUSION,), (), "something that is there is denied"),
        (Answer((Region("mass", BOX),)), (Region("nodule", BOX),), (), "a name or a side is wrong"),
        (Answer((EFFUSION, AIR)), (EFFUSION,), ("pneumothorax",), "no reader marks"),
    ],
)
def test_what_is_wrong_is_said_instead_of_praise(answer, marked, absent, words):
    found = note(answer, *marked, absent=absent)
    assert words in found and "as close as radiologists" not in found


def test_no_expert_accepts_what_is_drawn_and_denied():
    found = score(Reference(1000, 800, (ReaderAnswer((EFFUSION,)),)), Answer((EFFUSION,), ("pleural effusion",)))
    assert found.components["clinical"].score <= 0.2
    assert "nothing of yours that an expert would accept for pleural effusion" in found.components["clinical"].why


def test_a_good_answer_stands_among_radiologists():
    near = Region("pleural effusion", Box(110, 405, 305, 700), Side.RIGHT)
    assert "it is as close as radiologists are to one another" in note(Answer((near,)), EFFUSION)


def test_a_side_that_is_not_the_readers_is_told():
    both = Region("pleural effusion", BOX, Side.BILATERAL)
    found = score(Reference(1000, 800, (ReaderAnswer((EFFUSION,)),)), Answer((both,)))
    assert "You call it bilateral pleural effusion; the reader calls it right" in found.components["semantic"].why


def test_a_gate_above_1_is_refused():
    with pytest.raises(BadInput, match="at most 1"):
        Rubric(gate=5)
