"""What is stated without a box: name and side count, a place never does, and boxes are judged as ever."""

import pytest

from ssg.boxes import Box
from ssg.errors import InvalidAnswer
from ssg.reward import Answer, ReaderAnswer, Reference, Region, Stated, score
from ssg.reward.stated import counted, question_of_boxes, with_stated
from ssg.vocabulary import Presence, Side

NODULE = Region("nodule", Box(10, 10, 30, 30), Side.LEFT)
EDEMA = (
    Region("pulmonary edema", Box(10, 40, 40, 90), Side.RIGHT),
    Region("pulmonary edema", Box(60, 40, 90, 90), Side.LEFT),
)
QUESTION = ("nodule", "pulmonary edema", "pneumothorax", "emphysema")


def a_reference(*regions, absent=("pneumothorax", "emphysema"), question=QUESTION):
    return Reference(100, 100, (ReaderAnswer(regions, absent, id="A"),), question)


def judged(reference, answer, *stated):
    from dataclasses import replace

    of_boxes = replace(reference, question=question_of_boxes(reference.question, stated))
    return with_stated(score(of_boxes, answer), reference, counted(stated, answer))


def test_nothing_stated_changes_nothing():
    reference, answer = a_reference(NODULE, *EDEMA), Answer((NODULE,), ("pneumothorax",))
    assert judged(reference, answer) == score(reference, answer)
    assert "stated" not in judged(reference, answer).to_json()


def test_what_is_rightly_stated_earns_as_much_as_the_readers_own_boxes():
    told = judged(a_reference(NODULE, *EDEMA), Answer((NODULE,)), Stated("pulmonary edema"))
    assert told.total == pytest.approx(1)
    assert told.stated[0].score == 1 and "not judged" in told.stated[0].words
    assert not told.missed, "what is stated is not missed for want of a box"


def test_what_is_neither_stated_nor_drawn_is_missed():
    reference = a_reference(NODULE, *EDEMA)
    silent = judged(reference, Answer((NODULE,)))
    assert silent.total < 0.6 and {row.finding for row in silent.missed} == {"pulmonary edema"}


@pytest.mark.parametrize(
    ("side", "fits"), [(None, 1), (Side.BILATERAL, 1), (Side.LEFT, 0.7), (Side.RIGHT, 0.7), (Side.MIDLINE, 0.3)]
)
def test_the_side_of_a_statement_is_judged(side, fits):
    told = judged(a_reference(*EDEMA), Answer(), Stated("pulmonary edema", side=side))
    assert told.stated[0].score == pytest.approx(fits)
    assert told.total == pytest.approx(fits)


def test_the_wrong_side_is_said_in_words():
    told = judged(a_reference(EDEMA[0]), Answer(), Stated("pulmonary edema", side=Side.LEFT))
    assert "right pulmonary edema" in told.stated[0].words


def test_a_false_statement_costs_its_share_as_a_false_box_does():
    reference = a_reference(NODULE)
    told = judged(reference, Answer((NODULE,)), Stated("emphysema"))
    assert told.stated[0].score == 0 and "exclude" in told.stated[0].words
    assert told.total == pytest.approx(1 - 0.5 * 1 / 2)


def test_where_nothing_is_there_each_claim_costs_its_share():
    reference = a_reference(absent=("nodule", "pneumothorax", "emphysema", "pulmonary edema"))
    assert judged(reference, Answer(), Stated("emphysema")).total == pytest.approx(3 / 4)
    both = judged(reference, Answer(), Stated("emphysema"), Stated("pulmonary edema"))
    assert both.total == pytest.approx(2 / 4)
    assert "cost their share" in both.note


def test_stating_everything_earns_at_most_half_of_what_is_there():
    reference = a_reference(*EDEMA, absent=("emphysema", "kerley lines"), question=(*QUESTION, "kerley lines"))
    told = judged(reference, Answer(), *(Stated(one) for one in ("pulmonary edema", "emphysema", "kerley lines")))
    assert told.total == pytest.approx(0.5)


def test_a_false_box_beside_a_right_statement_costs():
    reference = a_reference(*EDEMA, absent=("nodule", "pneumothorax"), question=QUESTION[:3])
    right = judged(reference, Answer(), Stated("pulmonary edema")).total
    beside = judged(reference, Answer((NODULE,)), Stated("pulmonary edema")).total
    assert beside < right == 1


def test_what_no_reader_speaks_of_is_not_judged():
    told = judged(a_reference(NODULE, absent=()), Answer((NODULE,)), Stated("emphysema"))
    assert told.stated[0].score is None
    assert told.total == pytest.approx(1)


def test_not_sure_counts_as_nothing_said():
    reference = a_reference(*EDEMA)
    told = judged(reference, Answer(), Stated("pulmonary edema", Presence.UNCERTAIN))
    assert told.total == score(reference, Answer()).total
    assert "not sure" in told.stated[0].words and "mark it" in told.stated[0].words


def test_a_box_speaks_for_a_finding_that_is_also_stated():
    answer = Answer((EDEMA[0],))
    assert counted([Stated("pulmonary edema"), Stated("emphysema")], answer) == (Stated("emphysema"),)


def test_stated_and_denied_is_refused():
    with pytest.raises(InvalidAnswer, match="emphysema"):
        counted([Stated("emphysema")], Answer(absent=("emphysema",)))


def test_a_denial_is_no_statement():
    with pytest.raises(InvalidAnswer, match="absent"):
        Stated("emphysema", Presence.ABSENT)


def test_statements_come_back_from_what_is_stored():
    rows = (Stated("emphysema", side=Side.LEFT, confidence=0.6), Stated("edema", Presence.UNCERTAIN))
    assert Stated.of_answer({"stated": [one.to_json() for one in rows]}) == rows
    assert Stated.of_answer({"regions": [], "absent": []}) == ()
