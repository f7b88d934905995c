"""What several slices show is one thing: whoever marks it on one of them has found it, and it counts once."""

import pytest

from ssg.boxes import Box
from ssg.casebook import Case, CaseImage, Reader, Series
from ssg.casebook.lesions import held_against
from ssg.reward import Answer, Region, score
from ssg.vocabulary import Side

SIZE = 200


def region(finding, box, picture, lesion="", side=None):
    return Region(finding, Box(*box), side, None, picture, lesion)


def grown(number):
    """A nodule that is largest on slice 5."""
    reach = 20 - 3 * abs(number - 5)
    return (100 - reach, 100 - reach, 100 + reach, 100 + reach)


NODULE = tuple(region("nodule", grown(number), number, "n1") for number in range(2, 9))
OTHER = tuple(region("nodule", (20, 150, 40, 170), number, "n2") for number in (6, 7))


def case(*readers, structures=()):
    frames = tuple(CaseImage(f"images/{number}.png", SIZE, SIZE, "0" * 64) for number in range(12))
    return Case(
        "c", "t", "h", "CT", 3, (Series("s", frames),), readers, ("nodule", "pleural effusion"), structures=structures
    )


def judged(stack, *regions, absent=("pleural effusion",)):
    reference, answer = held_against(stack, Answer(tuple(regions), absent))
    return score(reference, answer)


ONE = Reader(NODULE, ("pleural effusion",), "A")
TWO = Reader((*NODULE, *OTHER), ("pleural effusion",), "A")


@pytest.mark.parametrize("picture", [2, 4, 5, 8])
def test_a_lesion_marked_on_any_of_its_slices_is_found(picture):
    found = judged(case(ONE), region("nodule", grown(picture), picture))
    assert found.total == pytest.approx(1) and not found.missed and not found.extra


def test_the_same_place_on_a_slice_beyond_it_is_missed():
    found = judged(case(ONE), region("nodule", grown(5), 10))
    assert found.missed and found.components["spatial"].score < 0.2


def test_marking_it_on_several_slices_says_it_once():
    several = judged(case(ONE), *(region("nodule", grown(picture), picture) for picture in (4, 5, 6)))
    assert several.total == pytest.approx(1) and not several.extra
    mixed = judged(case(ONE), region("nodule", grown(4), 4), region("nodule", (90, 90, 120, 120), 6))
    assert mixed.total == pytest.approx(1), "the one that fits best counts"


def test_two_lesions_want_two_boxes_on_whatever_slices():
    both = judged(case(TWO), region("nodule", grown(3), 3), region("nodule", (20, 150, 40, 170), 7))
    assert both.total == pytest.approx(1)
    one = judged(case(TWO), region("nodule", grown(3), 3))
    assert one.total < 0.8 and len(one.missed) == 1
    extra = judged(case(TWO), *both_of(3, 7), region("nodule", (150, 20, 170, 40), 3))
    assert extra.total < both.total and len(extra.extra) == 1


def both_of(first, second):
    return region("nodule", grown(first), first), region("nodule", (20, 150, 40, 170), second)


def test_boxes_at_one_place_of_different_slices_are_not_the_same():
    apart = (region("nodule", (20, 20, 60, 60), 1), region("nodule", (20, 20, 60, 60), 9))
    reader = Reader(apart, ("pleural effusion",), "A")
    found = judged(case(reader), apart[0])
    assert len(found.missed) == 1 and found.missed[0].picture == 9
    assert judged(case(reader), *apart).total == pytest.approx(1)


def test_of_two_readers_each_is_right_on_the_slice_that_was_marked():
    wider = tuple(region("nodule", (70, 70, 130, 130), number, "x") for number in range(1, 10))
    stack = case(ONE, Reader(wider, ("pleural effusion",), "B"))
    assert judged(stack, region("nodule", (70, 70, 130, 130), 1)).total == pytest.approx(1)
    assert judged(stack, region("nodule", grown(6), 6)).total == pytest.approx(1)


def test_another_finding_at_its_place_does_not_choose_its_slice():
    reference, answer = held_against(case(ONE), Answer((region("pleural effusion", grown(3), 3),)))
    assert [one.picture for one in reference.readers[0].regions] == [5], "the largest"
    assert len(answer.regions) == 1


def test_structures_are_those_of_the_slices_that_count():
    lungs = tuple(region("lung", (10, 10, 190, 190), number, side=Side.LEFT) for number in range(12))
    reference, _ = held_against(case(ONE, structures=lungs), Answer((region("nodule", grown(3), 3),)))
    assert [(one.finding, one.picture) for one in reference.readers[0].regions] == [("nodule", 3), ("lung", 3)]


def test_relations_are_between_boxes_of_one_slice():
    lungs = tuple(region("lung", (10, 10, 190, 190), number) for number in (3, 5))
    stack = case(ONE, structures=lungs)
    inside = judged(stack, region("nodule", grown(3), 3))
    assert inside.components["coherence"].score == pytest.approx(1)
    outside = judged(stack, region("nodule", (191, 0, 199, 8), 3))
    assert outside.components["coherence"].score == pytest.approx(0)


def test_answers_keep_their_pictures_in_json():
    answer = Answer((region("nodule", (1, 1, 5, 5), 3),))
    sizes = [(10, 10)] * 3 + [(6, 6)]
    assert Answer.from_json(answer.to_json(), 10, 10, sizes) == answer
    for wrong in (4, -1, True, "3", 2.5):
        row = answer.to_json()
        row["regions"][0]["picture"] = wrong
        with pytest.raises(Exception, match="picture must be"):
            Answer.from_json(row, 10, 10, sizes)


def test_a_neighbour_that_reaches_into_a_lesion_is_not_taken_for_it():
    a = tuple(region("nodule", (40, 40, 80, 80), number, "a") for number in (3, 4, 5))
    b = (region("nodule", (76, 40, 116, 80), 3, "b"),)
    stack = case(Reader((*a, *b), ("pleural effusion",), "A"))
    assert judged(stack, a[2], b[0]).total == pytest.approx(1)
    assert judged(stack, a[0], b[0]).total == pytest.approx(1)


@pytest.mark.parametrize("marked", [(2, 8), (4, 6), (3, 5, 7)])
def test_a_lesion_that_readers_mark_on_different_slices_is_one(marked):
    one, two = Reader(NODULE[:4], ("pleural effusion",), "A"), Reader(NODULE[3:], ("pleural effusion",), "B")
    found = judged(case(one, two), *(region("nodule", grown(picture), picture) for picture in marked))
    assert found.total == pytest.approx(1) and not found.missed and not found.extra


def test_two_lesions_stay_two_where_another_reader_has_one_over_both():
    both = Reader((region("nodule", (10, 10, 50, 50), 3, "a"), region("nodule", (30, 10, 70, 50), 5, "b")), (), "A")
    wide = Reader(tuple(region("nodule", (10, 10, 70, 50), at, "w") for at in (3, 4, 5)), (), "B")
    found = judged(case(both, wide), *both.regions, absent=())
    assert found.total == pytest.approx(1) and not found.extra
