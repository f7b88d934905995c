"""Difficulty: by the case itself, then by what learners made of it, on one scale and never beyond what is plausible."""

from dataclasses import replace

import numpy as np
import pytest

from ssg.boxes import Box
from ssg.casebook import Reader
from ssg.teaching.mastery.calibration import FEWEST_ATTEMPTS, difficulties
from ssg.teaching.mastery.difficulty import MOST, Difficulty, by_case
from tests.teaching.mastery.making import NODULE, a_case, a_normal, cases_of, moved


def test_a_higher_level_a_smaller_lesion_and_less_agreement_are_harder():
    assert by_case(a_case(difficulty=5)).logits > by_case(a_case(difficulty=1)).logits
    large = replace(NODULE, box=Box(200, 300, 500, 600))
    size = [by_case(a_case(readers=(Reader((one,), (), id="A"),), question=("nodule",))) for one in (NODULE, large)]
    assert size[0].logits > size[1].logits
    for shift, harder in ((0, False), (40, True)):
        both = (Reader((NODULE,), (), id="A"), Reader((moved(NODULE, shift),), (), id="B"))
        found = by_case(a_case(readers=both, question=("nodule",)))
        assert (found.logits > size[0].logits) == harder


def test_a_level_comes_back_as_one():
    for level in range(1, 6):
        assert Difficulty(0.75 * (level - 3), 1).level == level
    assert Difficulty(MOST, 1).level == 5


def test_a_normal_is_easier_than_its_level():
    assert by_case(a_normal(difficulty=3)).logits < 0


def a_class(true, learners, seed, share=1.0, adaptive=False):
    """First attempts of simulated learners; an adaptive class meets cases near its ability."""
    rng = np.random.default_rng(seed)
    names = [("set", f"c{number}") for number in range(len(true))]
    for _ in range(learners):
        ability = rng.normal()
        wanted = np.exp(-((true - ability) ** 2) / 1.3) + 1e-3 if adaptive else np.ones(len(true))
        met = rng.choice(len(true), max(int(share * len(true)), 1), replace=False, p=wanted / wanted.sum())
        yield [(names[at], bool(rng.random() < 1 / (1 + np.exp(true[at] - ability)))) for at in met]


def spread(count):
    return np.linspace(-2, 2, count), cases_of(*(a_case(f"c{number}") for number in range(count)))


@pytest.mark.parametrize("adaptive", [False, True])
def test_difficulties_come_back_from_attempts_also_of_learners_who_chose(adaptive):
    true, cases = spread(40)
    found = difficulties(cases, a_class(true, 250, 0, share=0.4, adaptive=adaptive))
    told = np.array([found["set", f"c{number}"].logits for number in range(40)])
    assert np.corrcoef(told, true)[0, 1] > 0.93
    assert 0.7 < np.polyfit(true, told, 1)[0] < 1.2
    assert all(one.learners >= FEWEST_ATTEMPTS and one.sd < 0.5 for one in found.values())


def test_what_all_or_none_solve_is_placed_within_reason():
    true, cases = spread(12)
    learners = [
        [(name, True if name[1] == "c0" else False if name[1] == "c11" else right) for name, right in one]
        for one in a_class(true, 80, 1)
    ]
    found = difficulties(cases, learners)
    logits = [found["set", f"c{number}"].logits for number in range(12)]
    assert -MOST < logits[0] < -1 and 1 < logits[11] < MOST
    assert logits[0] < np.median(logits) < logits[11]
    for extreme in (True, False):
        alike = [[(name, extreme) for name, _ in one] for one in learners]
        assert all(abs(one.logits) <= MOST for one in difficulties(cases, alike).values())


def test_too_few_attempts_leave_what_was_known_before():
    true, cases = spread(12)
    before = {name: by_case(case) for name, case in cases.items()}
    assert difficulties(cases) == before
    assert difficulties(cases, a_class(true, FEWEST_ATTEMPTS - 1, 2)) == before
    gone = [[(("set", "gone"), True)] * 9] * 100
    assert difficulties(cases, gone) == before
