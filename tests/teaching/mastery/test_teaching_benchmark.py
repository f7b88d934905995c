"""A small part of benchmarks/teaching.py, with bars that it can fail."""

import numpy as np
import pytest

from benchmarks.novices import GRADES, Collection, auc, validity
from benchmarks.students import KINDS, Curves, Run, bundled, one_student
from ssg.errors import BadInput


@pytest.fixture(scope="module")
def collection():
    try:
        return Collection()
    except BadInput:
        pytest.skip("the table of VinDr-CXR is not installed")


def test_marks_tell_readers_from_novices_and_order_the_grades(collection):
    found = validity(25, [7], collection=collection)
    assert found["means_in_order"]
    assert found["auc"] >= 0.95
    assert found["spearman"] >= 0.75
    aucs = [found["grades"][grade.name]["auc"] for grade in GRADES]
    assert aucs == sorted(aucs)
    assert aucs[0] < 0.9, "a near-expert cannot be told from a reader: something else is told apart"


def test_the_area_is_that_of_the_curve():
    assert auc(np.array([3.0, 4.0]), np.array([1.0, 2.0])) == 1
    assert auc(np.array([1.0, 2.0]), np.array([1.0, 2.0])) == 0.5


@pytest.mark.slow
@pytest.mark.parametrize("kind", list(KINDS))
def test_chosen_cases_measure_mastery_faster_than_random_ones(kind):
    rows = np.array([one_student(Run(kind, 5, number, 40, learns=False)) for number in range(8)])
    curves = Curves(rows[:, 0, 0], rows[:, 1, 0])
    assert curves.needed(40) / 40 < 0.85
    assert curves.chosen.mean() < curves.random.mean()


def test_the_same_seed_is_the_same_student():
    run = Run("gradual", 1, 0, 4, learns=True)
    assert np.array_equal(one_student(run), one_student(run))
    assert len(bundled()) > 100


def test_what_is_never_reached_is_not_said_to_be():
    flat, falling = np.full((2, 5), 0.2), np.linspace(0.2, 0.1, 5)[None].repeat(2, axis=0)
    assert Curves(flat, falling).needed(4) == float("inf")
    assert Curves(falling, falling).needed(4) == pytest.approx(4)
