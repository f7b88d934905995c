"""A score's place among radiologists."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssg.boxes import Box
from ssg.reward import Answer, ReaderAnswer, Reference, Region, score
from ssg.reward.agreement import Agreement, Curve

HEART = Region("cardiomegaly", Box(371, 367, 825, 792))


def curve(*scores):
    return Curve("x", len(scores), np.percentile(scores, np.arange(101)))


def test_places_by_hand():
    even = curve(*np.linspace(0, 1, 101))
    assert even.place(0.25) == pytest.approx(25)
    assert even.place(0.255) == pytest.approx(25.5)
    assert even.place(-0.1) == 0
    assert even.place(2) == 100


def test_of_equal_pairs_half_count():
    halves = curve(*[0.0] * 50, *[1.0] * 51)
    assert halves.place(0) == pytest.approx(25, abs=1)
    assert halves.place(1) == pytest.approx(75, abs=1)


@given(st.sampled_from(sorted(Agreement.load().curves)), st.floats(0, 1), st.floats(0, 1))
def test_a_better_score_never_has_a_worse_place(finding, one, other):
    low, high = sorted((one, other))
    place = Agreement.load().place
    assert 0 <= place(finding, low).percent <= place(finding, high).percent <= 100


def test_a_finding_takes_its_own_curve_or_its_kinds_or_the_pooled_one():
    agreement = Agreement.load()
    assert agreement.curve("cardiomegaly").finding == "cardiomegaly"
    assert agreement.curve("nodule").finding == "lung lesion"
    assert agreement.curve("rib fracture").finding is None


def judged(reference_regions, *regions, absent=()):
    reference = Reference(1024, 1024, (ReaderAnswer(tuple(reference_regions), tuple(absent), id="A"),))
    return score(reference, Answer(tuple(regions)))


def test_the_breakdown_says_the_place():
    one = judged([HEART], Region("cardiomegaly", Box(371, 400, 825, 792)))
    spatial = one.components["spatial"].score
    assert one.percentile == Agreement.load().place("cardiomegaly", spatial).percent
    assert f"Closer to the reader than {one.percentile:.0f}% of radiologists" in one.percentile_note
    assert "cardiomegaly, 4,411 pairs" in one.percentile_note


def test_a_finding_without_enough_pairs_says_whose_curve_it_took():
    assert (
        "too few pairs for nodule: by the 767 of lung lesion" in judged([Region("nodule", HEART.box)]).percentile_note
    )
    broken = judged([Region("rib fracture", HEART.box)]).percentile_note
    assert "too few pairs for rib fracture: by all 19,357 pairs of chest radiographs" in broken


def test_a_readers_own_answer_and_none():
    assert judged([HEART], HEART).percentile == 100
    assert judged([HEART], HEART).percentile_note.startswith("As close to the reader as any two radiologists")
    assert judged([HEART]).percentile == 0
    assert judged([HEART]).percentile_note.startswith("Radiologists are closer to one another than this")


def test_of_several_findings_it_is_the_mean():
    effusion = Region("pleural effusion", Box(0, 0, 100, 100))
    both = judged([HEART, effusion], HEART)
    assert both.percentile == 50
    assert "on average over the findings" in both.percentile_note


def test_where_nothing_is_there_is_no_place():
    nothing = judged([], absent=("nodule",))
    assert nothing.percentile is None
    assert nothing.percentile_note == "Nothing is there, so nothing has a place among radiologists."
    assert score(Reference(10, 10), Answer()).percentile is None
