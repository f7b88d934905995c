"""Hints: they lead the search, never give the answer, and never tell whether something is there."""

import re
from dataclasses import replace

import pytest

from ssg.boxes import Box, as_boxes, iou
from ssg.casebook import Case, CaseImage, CaseSet, Series, load_case_sets
from ssg.errors import BadInput
from ssg.reward import ReaderAnswer, Region
from ssg.settings import BUNDLED_CASES
from ssg.store import Store
from ssg.teaching import Practice, Submission
from ssg.teaching.hints import COSTS, STEPS, advice
from ssg.teaching.places import alike, landmark_of, target_of
from ssg.teaching.zones import zone_around
from ssg.vocabulary import Side

QUESTION = ("pleural effusion", "pneumothorax", "nodule")
EFFUSION = Region("pleural effusion", Box(20, 200, 90, 290), Side.RIGHT)
LUNGS = (Region("lung", Box(20, 40, 130, 270), Side.RIGHT), Region("lung", Box(170, 40, 280, 270), Side.LEFT))
ANGLE = Region("costophrenic angle", Box(15, 240, 45, 285), Side.RIGHT)


def a_case(name="one", regions=(EFFUSION,), structures=(*LUNGS, ANGLE), **more):
    image = CaseImage(f"images/{name}.png", 300, 300, "0" * 64)
    reader = ReaderAnswer(tuple(regions), tuple(set(QUESTION) - {one.finding for one in regions}), id="A")
    row = {"view": "PA", "body_part": "CHEST", "structures": tuple(structures)} | more
    return Case(name, name, "", "DX", 1, (Series.single(image),), (reader,), QUESTION, **row)


def bundled():
    sets, _ = load_case_sets([BUNDLED_CASES])
    return [case for one in sets for case in one.cases if case.is_asked]


@pytest.fixture(scope="module")
def cases():
    return bundled()


def test_three_steps_cost_more_and_more():
    assert list(COSTS) == list(STEPS) == [1, 2, 3]
    assert sorted(COSTS.values()) == list(COSTS.values())
    assert sum(COSTS.values()) < 0.5, "who takes all hints of a finding still has more than half"


def test_the_first_step_is_a_zone_with_the_patients_side():
    told = advice(a_case(), "pleural effusion", 1, (), ())
    assert told.sentence == "Search the lower third of the image, in its left third (the patient's right)."
    assert told.shown == (("Search here", Box(0, 200, 100, 300)),)


def test_a_zone_grows_by_steps_until_it_holds_the_finding():
    wider = replace(EFFUSION, box=Box(20, 180, 130, 290))
    told = advice(a_case(regions=[wider]), "pleural effusion", 1, (), ())
    assert told.sentence == "Search the lower half of the image, in its left half (the patient's right)."
    assert told.shown == (("Search here", Box(0, 150, 150, 300)),)


def test_a_zone_is_the_same_wherever_in_it_the_finding_lies():
    moved = replace(EFFUSION, box=Box(5, 210, 80, 280))
    assert advice(a_case(regions=[moved]), "pleural effusion", 1, (), ()) == advice(
        a_case(), "pleural effusion", 1, (), ()
    )


def test_a_finding_that_reaches_far_has_a_zone_that_does():
    whole = replace(EFFUSION, box=Box(20, 20, 90, 290))
    assert "from top to bottom" in advice(a_case(regions=[whole]), "pleural effusion", 1, (), ()).sentence
    both = replace(EFFUSION, box=Box(20, 200, 290, 290))
    assert "on both sides" in advice(a_case(regions=[both]), "pleural effusion", 1, (), ()).sentence


def test_the_second_step_outlines_the_nearest_structure():
    told = advice(a_case(), "pleural effusion", 2, (), ())
    assert told.shown[-1] == ("Landmark: right costophrenic angle", ANGLE.box)
    assert "costophrenic angle" in told.sentence


def test_a_structure_that_is_the_finding_is_no_landmark():
    heart = Region("heart", Box(22, 202, 92, 288))
    told = advice(a_case(structures=[heart]), "pleural effusion", 2, (), ())
    assert [name for name, _ in told.shown] == ["Search here"]
    assert told.sentence


@pytest.mark.parametrize(
    ("box", "words"),
    [
        ((20, 20, 90, 110), "lower"),
        ((200, 200, 270, 290), "further to the image's left"),
        ((15, 195, 95, 295), "one has to look"),
        ((40, 230, 70, 260), "tight"),
        ((0, 130, 150, 300), "roomy"),
    ],
)
def test_the_nudge_goes_by_what_is_drawn(box, words):
    drawn = [Region("pleural effusion", Box(*box))]
    assert words in advice(a_case(), "pleural effusion", 3, drawn, ()).sentence


def test_without_a_box_the_nudge_is_to_compare():
    assert "compare both sides" in advice(a_case(), "pleural effusion", 3, (), ()).sentence


def test_a_hint_never_is_the_answer(cases):
    for case in cases:
        for finding in case.question:
            boxes = [one.box for reader in case.readers for one in reader.regions if one.finding in case.question]
            told = advice(case, finding, 2, (), alike(case, cases))
            landmarks = [box for name, box in told.shown if name.startswith("Landmark")]
            if boxes and landmarks:
                assert float(iou(as_boxes(landmarks), as_boxes(boxes)).max()) < 0.4


def shape(sentence):
    """A sentence without the words that say which zone, way or structure it is."""
    words = r"left|right|middle|upper|lower|higher|first|last|\(the patient's \w+\)| and further to the image's \w+"
    return re.sub(words, "*", sentence)


def test_hints_for_what_is_absent_are_of_the_same_kinds(cases):
    """Whoever reads hints alone cannot tell present from absent: no kind of sentence belongs to one of them only."""
    chest = [one for one in cases if one.modality == "DX" and len(one.pictures) == 1]
    kinds = {True: {}, False: {}}
    for case in chest:
        for finding in case.question:
            there = finding in case.present
            box = Box(case.width * 0.1, case.height * 0.6, case.width * 0.3, case.height * 0.8)
            for drawn in ((), (Region(finding, box),)):
                told = advice(case, finding, 3, drawn, alike(case, cases)).sentence
                kinds[there].setdefault(shape(told), 0)
                kinds[there][shape(told)] += 1
            for step in (1, 2):
                assert advice(case, finding, step, (), alike(case, cases)).sentence
    often = {kind for kind, count in kinds[True].items() if count >= 4}
    assert often <= set(kinds[False])


def test_where_to_search_for_what_is_absent_is_where_others_have_it():
    there = a_case("other")
    told = advice(a_case("none", regions=()), "pleural effusion", 1, (), (there,))
    assert told.sentence == advice(there, "pleural effusion", 1, (), ()).sentence


def test_it_is_the_same_place_at_each_reload():
    case, others = a_case("none", regions=()), [a_case(f"o{i}") for i in range(5)]
    assert target_of(case, "pneumothorax", others) == target_of(case, "pneumothorax", others)


@pytest.mark.parametrize("structures", [(), LUNGS])
def test_a_place_is_found_where_no_other_case_is_known(structures):
    case = a_case("alone", regions=(), structures=structures)
    target = target_of(case, "nodule", ())
    assert target.box.require_inside(300, 300) == target.box
    zone, where = zone_around(case, target.box, target.picture)
    assert zone.require_inside(300, 300) == zone and where
    assert landmark_of(case, target) is None or structures


# What is paid for ------------------------------------------------------------------------------------------------


@pytest.fixture
def practice(tmp_path):
    cases = (a_case("one"), a_case("two", regions=()))
    with Store(f"sqlite:///{tmp_path / 'attempts.sqlite3'}") as store:
        yield Practice([CaseSet("set", "Set", "1", "MIT", "", False, cases)], store)


def drawn(*regions):
    return Submission("t" * 24, regions, ())


def test_a_hint_is_paid_once_and_comes_back_at_a_reload(practice):
    first = practice.take_hint("ann", "set", "one", "pneumothorax", 1, drawn())
    assert practice.take_hint("ann", "set", "one", "pneumothorax", 1, drawn()) == first
    assert practice.hints("ann", "set", "one") == first
    assert [(one.step, one.cost) for one in first] == [(1, COSTS[1])]
    assert practice.hints("ben", "set", "one") == ()


def test_hints_are_taken_in_their_order(practice):
    for step in (2, 3):
        with pytest.raises(BadInput, match="in their order"):
            practice.take_hint("ann", "set", "one", "nodule", step, drawn())


@pytest.mark.parametrize("step", [0, 4, -1, True, "1", None, 1.5, [1]])
def test_there_is_no_other_step(practice, step):
    with pytest.raises(BadInput, match="three hints"):
        practice.take_hint("ann", "set", "one", "nodule", step, drawn())


def test_a_finding_that_is_not_asked_has_no_hints(practice):
    with pytest.raises(BadInput, match="not asked"):
        practice.take_hint("ann", "set", "one", "scoliosis", 1, drawn())


def test_a_nudge_is_not_sold_with_nothing_drawn_of_the_finding(practice):
    """It would have nothing to go by. What has been paid for is there all the same once the box is gone."""
    for step in (1, 2):
        given = practice.take_hint("ann", "set", "one", "nodule", step, drawn())
    for nothing in (drawn(), drawn(EFFUSION)):
        with pytest.raises(BadInput, match="Draw it and name it first"):
            practice.take_hint("ann", "set", "one", "nodule", 3, nothing)
    assert practice.hints("ann", "set", "one") == given
    paid = practice.take_hint("ann", "set", "one", "nodule", 3, drawn(Region("nodule", Box(20, 20, 40, 40))))
    assert len(paid) == 3
    assert practice.take_hint("ann", "set", "one", "nodule", 3, drawn()) == paid


def test_a_nudge_stays_what_it_was_when_it_was_paid(practice):
    """Else a learner would move the box, reload, and be led to the answer for the price of one nudge."""
    high = Region("pleural effusion", Box(20, 20, 90, 110))
    for step in STEPS:
        given = practice.take_hint("ann", "set", "one", "pleural effusion", step, drawn(high))
    assert "lower" in given[-1].sentence
    practice.keep_draft("ann", "set", "one", (EFFUSION,), ())
    again = practice.take_hint("ann", "set", "one", "pleural effusion", 3, drawn(EFFUSION))
    assert again[-1].sentence == given[-1].sentence


def test_a_check_does_not_make_hints_free(practice):
    """Take hints, check, submit: both answers pay, until the reference has been shown."""
    high = Region("pleural effusion", Box(20, 20, 90, 110))
    for step in STEPS:
        given = practice.take_hint("ann", "set", "one", "pleural effusion", step, drawn(high))
    checked = Submission("c" * 24, (high,), (), is_revealed=False)
    first = practice.submit("ann", "set", "one", checked)
    assert practice.submit("ann", "set", "one", checked) == first
    assert practice.hints("ann", "set", "one") == given, "what was paid for is still there to be read"
    assert practice.submit("ann", "set", "one", drawn(EFFUSION)).mark == pytest.approx(1 - sum(COSTS.values()))
    assert practice.hints("ann", "set", "one") == ()


def test_who_is_shown_the_reference_starts_without_hints(practice):
    practice.take_hint("ann", "set", "one", "nodule", 1, drawn())
    attempt = practice.submit("ann", "set", "one", Submission("c" * 24, (), (), is_revealed=False))
    practice.reveal("ann", attempt.receipt)
    assert practice.hints("ann", "set", "one") == ()
    assert practice.submit("ann", "set", "one", drawn(EFFUSION)).mark == pytest.approx(1)


def test_the_attempt_carries_what_its_hints_cost(practice):
    practice.take_hint("ann", "set", "one", "pneumothorax", 1, drawn())
    practice.take_hint("ann", "set", "one", "pneumothorax", 2, drawn())
    attempt = practice.submit("ann", "set", "one", drawn(EFFUSION))
    assert attempt.total == pytest.approx(1)
    assert attempt.mark == pytest.approx(1 - COSTS[1] - COSTS[2])
    assert practice.hints("ann", "set", "one") == (), "the next attempt begins without"


# On a stack


def a_stack(frame, count=24):
    frames = tuple(CaseImage(f"images/{number}.png", 300, 300, "0" * 64) for number in range(count))
    series = (Series("axial", frames),)
    structures = [replace(ANGLE, picture=number) for number in range(count)]
    return replace(a_case(regions=[replace(EFFUSION, picture=frame)], structures=structures), series=series, view="")


@pytest.mark.parametrize(("frame", "shown"), [(0, 4), (7, 4), (8, 12), (12, 12), (23, 20)])
def test_on_a_stack_a_hint_is_shown_on_the_middle_of_the_third_to_search(frame, shown):
    """It says no more than its words: the slice of the finding stays to be found."""
    for step in (1, 2):
        told = advice(a_stack(frame), "pleural effusion", step, (), ())
        assert told.picture == shown
    assert told.shown[-1] == ("Landmark: right costophrenic angle", ANGLE.box)


def test_a_landmark_lies_on_the_slice_that_is_shown():
    case = a_stack(0)
    case = replace(case, structures=tuple(one for one in case.structures if one.picture != 4))
    told = advice(case, "pleural effusion", 2, (), ())
    assert [name for name, _ in told.shown] == ["Search here"]
