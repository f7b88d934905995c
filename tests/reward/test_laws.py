"""The laws of docs/reward.md that the spatial and the label half obey."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ssg.boxes import Box, as_boxes, iou, mirrored
from ssg.reward import Answer, ReaderAnswer, Reference, Region, score
from ssg.vocabulary import Side, vocabulary
from tests.reward.strategies import HEIGHT, WIDTH, answers, boxes, questions, references, sides

OTHER = {Side.LEFT: Side.RIGHT, Side.RIGHT: Side.LEFT, None: None}


def parts(breakdown):
    return {name: part.score for name, part in breakdown.components.items() if part}


def by_urgency(answer):
    """The same regions, the most urgent ones first."""
    order = {region: (-vocabulary().get(region.finding).urgency, region.finding) for region in answer.regions}
    return replace(answer, regions=tuple(sorted(answer.regions, key=order.get)))


@given(references(), answers())
def test_every_score_lies_between_0_and_1(reference, answer):
    breakdown = score(reference, answer)
    for value in (breakdown.total, *parts(breakdown).values()):
        assert 0 <= value <= 1


@given(references() | questions(), st.data())
def test_a_readers_own_answer_is_exactly_right(reference, data):
    heard = [
        reader
        for reader in reference.readers
        if reference.question is None or any(region.finding in reference.question for region in reader.regions)
    ]
    reader = data.draw(st.sampled_from(heard))
    breakdown = score(reference, Answer(reader.regions, reader.absent))
    assert set(parts(breakdown).values()) == {1.0}
    assert breakdown.total == 1
    assert breakdown.missed == ()


@given(references(), answers(), st.randoms())
def test_the_order_of_the_reference_does_not_matter(reference, answer, random):
    def shuffled(rows):
        return tuple(random.sample(rows, len(rows)))

    def with_readers(rows):
        return replace(reference, readers=tuple(by_urgency(reader) for reader in rows))

    # priority order aside: it is as good as the reader's own
    other = with_readers(shuffled([replace(reader, regions=shuffled(reader.regions)) for reader in reference.readers]))
    assert score(other, answer).total == pytest.approx(score(with_readers(reference.readers), answer).total)


def test_of_readers_who_mark_one_place_the_one_whose_name_fits_counts_whoever_comes_first():
    box, other = Box(100, 100, 300, 300), Box(500, 500, 600, 600)
    said = [
        ReaderAnswer((Region("pleural effusion", box, side), Region("mass", place)), id=str(side))
        for side, place in ((None, other), (Side.BILATERAL, Box(0, 0, 50, 50)))
    ]
    answer = Answer((Region("pleural effusion", box, Side.LEFT), Region("mass", Box(0, 0, 50, 50))))
    totals = [score(Reference(WIDTH, HEIGHT, readers), answer).total for readers in (tuple(said), tuple(said[::-1]))]
    assert totals[0] == totals[1] == 1


def test_of_readings_that_fit_equally_it_does_not_matter_who_is_listed_first():
    effusion, here = "pleural effusion", Box(300, 300, 400, 400)
    one = Region(effusion, Box(50, 50, 200, 150), Side.LEFT)
    first = ReaderAnswer((one, Region(effusion, Box(600, 500, 700, 600), Side.RIGHT)), id="A")
    second = ReaderAnswer((one, Region("consolidation", here)), id="B")
    answer = Answer((Region("consolidation", here), one, Region(effusion, Box(20, 600, 40, 640), Side.LEFT)))
    totals = [score(Reference(1000, 800, order), answer).total for order in ((first, second), (second, first))]
    assert totals[0] == totals[1]


def test_structures_are_asked_about_only_by_name():
    lung, mass = (
        Region("lung", Box(100, 100, 400, 700), Side.RIGHT),
        Region("mass", Box(150, 300, 250, 400), Side.RIGHT),
    )
    seen = Reference(WIDTH, HEIGHT, (ReaderAnswer((mass, lung)),))
    assert score(seen, Answer((lung,))).total == 0
    assert score(seen, Answer((mass,))).total == 1
    assert score(replace(seen, question=("lung",)), Answer((lung,))).total == 1
    assert score(replace(seen, readers=(ReaderAnswer((lung,)),)), Answer((lung,))).total == 1


def test_a_region_that_fits_two_findings_takes_part_where_it_lies():
    here, there = Box(50, 50, 150, 150), Box(600, 600, 780, 780)
    marked = (Region("consolidation", here), Region("atelectasis", there))
    answer = Answer((Region("lung opacity", there),))
    found = [
        parts(score(Reference(WIDTH, HEIGHT, (ReaderAnswer(order, id="r"),)), answer))
        for order in (marked, marked[::-1])
    ]
    assert found[0]["spatial"] == found[1]["spatial"] == 0.5
    assert found[0]["semantic"] == found[1]["semantic"] == 0.35


def test_whoever_answers_nothing_does_not_agree_with_a_reader_who_is_silent():
    marked = ReaderAnswer((Region("pleural effusion", Box(100, 400, 300, 700), Side.RIGHT),), id="a")
    silent = ReaderAnswer((), ("pneumothorax",), id="b")
    denying = ReaderAnswer((), ("pneumothorax", "pleural effusion"), id="c")
    assert score(Reference(WIDTH, HEIGHT, (marked, silent)), Answer()).total == 0
    assert score(Reference(WIDTH, HEIGHT, (marked, denying)), Answer()).total == 1


@given(references(), answers())
def test_weights_of_the_components_that_are_there_sum_to_1(reference, answer):
    assert sum(p.weight for p in score(reference, answer).components.values() if p) == pytest.approx(1)


@given(references(), answers(), st.randoms())
def test_the_order_of_regions_does_not_matter(reference, answer, random):
    shuffled = list(answer.regions)
    random.shuffle(shuffled)
    # priority order aside, which the clinical component judges
    assert score(reference, by_urgency(replace(answer, regions=tuple(shuffled)))).total == pytest.approx(
        score(reference, by_urgency(answer)).total
    )


@given(references(), answers(), st.floats(0.1, 10), st.floats(0, 500), st.floats(0, 500))
def test_neither_the_unit_of_length_nor_where_the_image_begins_matters(reference, answer, factor, right, down):
    def grown(given):
        moved = (right, down, right, down)
        return tuple(replace(r, box=Box(*(v * factor + by for v, by in zip(r.box, moved, strict=True)))) for r in given)

    larger = Reference(
        WIDTH * factor + right,
        HEIGHT * factor + down,
        tuple(replace(r, regions=grown(r.regions)) for r in reference.readers),
    )
    assert score(larger, replace(answer, regions=grown(answer.regions))).total == pytest.approx(
        score(reference, answer).total, abs=1e-6
    )


@given(references(), answers())
def test_a_mirrored_image_with_mirrored_sides_scores_the_same(reference, answer):
    def flipped(given):
        return tuple(
            replace(r, box=Box.of(mirrored(as_boxes([r.box]), WIDTH)[0].tolist()), side=OTHER[r.side]) for r in given
        )

    other = Reference(WIDTH, HEIGHT, tuple(replace(r, regions=flipped(r.regions)) for r in reference.readers))
    assert score(other, replace(answer, regions=flipped(answer.regions))).total == pytest.approx(
        score(reference, answer).total, abs=1e-6
    )


@st.composite
def one_finding_cases(draw):
    """One reader, one finding of one side, one to three boxes; the answer draws them all and up to two wrong ones.

    Wrong ones touch no marked box: of a box drawn twice nobody can say which one is right, and less of it is better.
    """
    side = draw(sides)
    marked = tuple(Region("pleural effusion", draw(boxes()), side) for _ in range(draw(st.integers(1, 3))))
    extra = tuple(Region("pleural effusion", draw(boxes()), side) for _ in range(draw(st.integers(0, 2))))
    read = as_boxes([region.box for region in marked])
    extra = tuple(region for region in extra if not iou(as_boxes([region.box]), read).any())
    return Reference(WIDTH, HEIGHT, (ReaderAnswer(marked, id="r"),)), Answer(marked + extra)


@given(one_finding_cases(), boxes())
def test_spatial_never_rises_when_a_surplus_region_is_added(case, box):
    reference, answer = case
    more = replace(answer, regions=(*answer.regions, Region("pleural effusion", box, answer.regions[0].side)))
    assert parts(score(reference, more))["spatial"] <= parts(score(reference, answer))["spatial"] + 1e-12


@given(one_finding_cases(), st.data())
def test_spatial_never_rises_when_a_right_region_is_removed(case, data):
    reference, answer = case
    count = len(reference.readers[0].regions)
    gone = data.draw(st.integers(0, count - 1))
    fewer = replace(answer, regions=answer.regions[:gone] + answer.regions[gone + 1 :])
    assert parts(score(reference, fewer))["spatial"] <= parts(score(reference, answer))["spatial"] + 1e-12


@given(boxes(), boxes(), st.floats(0, 1))
def test_spatial_never_falls_when_a_box_moves_straight_toward_its_reference(goal, start, share):
    reference = Reference(WIDTH, HEIGHT, (ReaderAnswer((Region("mass", goal),), id="r"),))
    dx, dy = goal.centre[0] - start.centre[0], goal.centre[1] - start.centre[1]
    moved = Box(start.x0 + share * dx, start.y0 + share * dy, start.x1 + share * dx, start.y1 + share * dy)
    before = parts(score(reference, Answer((Region("mass", start),))))["spatial"]
    after = parts(score(reference, Answer((Region("mass", moved),))))["spatial"]
    assert after >= before - 1e-9


@given(references(), st.data())
def test_no_perturbation_beats_a_readers_own_answer(reference, data):
    reader = data.draw(st.sampled_from(reference.readers))
    own = Answer(reader.regions, reader.absent)
    index = data.draw(st.integers(0, len(own.regions) - 1))
    changed = replace(own.regions[index], box=data.draw(boxes()))
    other = replace(own, regions=(*own.regions[:index], changed, *own.regions[index + 1 :]))
    assert score(reference, other).total <= score(reference, own).total + 1e-12


@given(references())
def test_denying_everything_earns_nothing_where_something_is_there(reference):
    reference = replace(reference, readers=reference.readers[:1])
    names = {region.finding for region in reference.readers[0].regions}
    assert score(reference, Answer((), tuple(names))).total == 0


@given(references())
def test_claiming_every_absent_finding_halves_the_spatial_score(reference):
    reader = reference.readers[0]
    assume(reader.absent)
    alone = Reference(WIDTH, HEIGHT, (reader,))
    claims = tuple(Region(name, Box(0, 0, 50, 50)) for name in reader.absent)
    own = parts(score(alone, Answer(reader.regions)))["spatial"]
    both = parts(score(alone, Answer(reader.regions + claims)))["spatial"]
    assert both == pytest.approx(own * 0.5)


@given(boxes())
def test_the_right_box_ten_times_earns_a_tenth(box):
    reference = Reference(WIDTH, HEIGHT, (ReaderAnswer((Region("mass", box),), id="r"),))
    assert parts(score(reference, Answer((Region("mass", box),) * 10)))["spatial"] == pytest.approx(0.1)


@given(boxes())
def test_a_right_box_under_an_unrelated_name_earns_nothing(box):
    reference = Reference(WIDTH, HEIGHT, (ReaderAnswer((Region("cardiomegaly", box),), id="r"),))
    assert score(reference, Answer((Region("pneumothorax", box),))).total == 0


@given(boxes())
def test_a_right_box_on_the_wrong_side_earns_nothing(box):
    reference = Reference(WIDTH, HEIGHT, (ReaderAnswer((Region("pneumothorax", box, Side.LEFT),), id="r"),))
    breakdown = score(reference, Answer((Region("pneumothorax", box, Side.RIGHT),)))
    assert breakdown.total == 0
    assert "wrong side" in breakdown.extra[0].words


def test_scoring_is_the_same_every_time():
    rng = np.random.default_rng(0)
    corners = np.sort(rng.uniform(0, 700, (30, 2, 2)), axis=1).reshape(30, 4)
    rows = [Box.of(row.tolist()) for row in corners]
    reference = Reference(WIDTH, HEIGHT, (ReaderAnswer(tuple(Region("nodule", b) for b in rows[:15]), id="r"),))
    answer = Answer(tuple(Region("nodule", b) for b in rows[15:]))
    assert len({score(reference, answer).total for _ in range(5)}) == 1
