"""P(known) is what Corbett and Anderson's formulas say, and moves as evidence does."""

import pytest

from ssg.teaching.mastery import How, Parameters
from ssg.teaching.mastery.fitting import fit, fit_one
from ssg.teaching.mastery.tracing import (
    CERTAIN,
    DEFAULT,
    Answers,
    Grid,
    course,
    hardened,
    hardened_one,
    run,
    trace,
    trace_many,
    unseen,
    weight_of,
)
from tests.teaching.mastery.making import an_outcome


def known(*outcomes, difficulty=None):
    return trace(outcomes, difficulty)["nodule"].known


def exactly(*outcomes, parameters=DEFAULT):
    return float(run(Answers.of([list(outcomes)]), Grid.of([parameters]))[0][0, 0])


def test_one_answer_is_weighed_as_the_formula_says():
    p, learn, slip, guess = 0.3, 0.1, 0.2, 0.15
    given = Parameters(prior=p, learn=learn, slip=slip, guess=guess)
    right = p * (1 - slip) / (p * (1 - slip) + (1 - p) * guess)
    wrong = p * slip / (p * slip + (1 - p) * (1 - guess))
    assert exactly(an_outcome(), parameters=given) == pytest.approx(right + (1 - right) * learn)
    assert exactly(an_outcome(right=False), parameters=given) == pytest.approx(wrong + (1 - wrong) * learn)
    untaught = an_outcome(right=False, is_taught=False)
    assert exactly(untaught, parameters=given) == pytest.approx(max(wrong, 1 - CERTAIN))


def test_an_absent_finding_is_weighed_by_its_own_slip_and_guess():
    p, denied = 0.25, an_outcome(present=False)
    if_known, if_not = p * (1 - DEFAULT.slip_absent) ** 0.5, (1 - p) * DEFAULT.guess_absent**0.5
    assert exactly(denied) == pytest.approx(if_known / (if_known + if_not))
    invented = an_outcome(present=False, right=False)
    assert exactly(invented) < p < exactly(denied)


def test_help_makes_a_right_answer_prove_less_and_a_wrong_one_no_less():
    shown, retry = an_outcome(was_shown=True, tries=1), an_outcome(tries=1)
    assert known(an_outcome()) > known(an_outcome(hints=1)) > known(an_outcome(hints=3)) > unseen("nodule").known
    assert known(an_outcome()) > known(retry) > known(shown)
    assert weight_of(an_outcome(right=False, hints=3, was_shown=True)) == 1
    assert known(an_outcome(right=False, hints=2)) == known(an_outcome(right=False))


def test_saying_nothing_proves_less_than_denying_and_both_far_less_than_finding():
    unsaid = an_outcome(present=False)
    unsaid = type(unsaid)(**{**{f: getattr(unsaid, f) for f in unsaid.__slots__}, "how": How.UNSAID})
    assert known(an_outcome()) > known(an_outcome(present=False)) > known(unsaid) > 0.25


def test_who_always_says_no_comes_to_know_nothing():
    assert known(*[an_outcome(present=False)] * 80) < 0.6
    mixed = [an_outcome(present=False)] * 20 + [an_outcome(right=False, is_taught=False)] * 3
    assert known(*mixed * 3) < 0.1


def test_a_hard_case_proves_more_when_solved_and_less_when_missed():
    hard, easy = {("set", "one"): 2.0}, {("set", "one"): -2.0}
    assert known(an_outcome(), difficulty=hard) > known(an_outcome(), difficulty=easy)
    missed = an_outcome(right=False)
    assert known(missed, difficulty=hard) > known(missed, difficulty=easy)
    assert hardened_one(0.2, 0.1, 1.3) == pytest.approx([float(one) for one in hardened(0.2, 0.1, 1.3)])


def test_three_misses_are_heard_whatever_went_before():
    assert known(*[an_outcome()] * 500) == pytest.approx(CERTAIN)
    assert known(*[an_outcome()] * 500, *[an_outcome(right=False)] * 3) < 0.5


def test_uncertainty_is_widest_where_nothing_is_known():
    few, many = [an_outcome(), an_outcome(right=False)], [an_outcome()] * 12
    for found in (unseen("nodule"), trace(few)["nodule"], trace(many)["nodule"]):
        assert found.low <= found.known <= found.high
        assert found.variance == found.known * (1 - found.known)
    widths = [one.high - one.low for one in (unseen("nodule"), trace(many)["nodule"])]
    assert widths[0] > 0.3 > 0.1 > widths[1]


def test_many_learners_at_once_are_the_same_as_one_by_one():
    learners = [
        [an_outcome(right=number % 3 > 0), an_outcome("mass", present=number % 2 > 0)] * (number + 1)
        for number in range(7)
    ]
    together = trace_many([*learners, []])
    for found, alone in zip(together, map(trace, learners), strict=False):
        assert {name: one.known for name, one in found.items()} == pytest.approx(
            {name: one.known for name, one in alone.items()}
        )
    assert together[-1] == {}


def test_a_learning_curve_ends_where_the_estimate_is():
    outcomes = [an_outcome(right=False), an_outcome(present=False), an_outcome(), an_outcome()]
    curve = course(outcomes)
    assert len(curve) == 4 and curve[-1] == trace(outcomes)["nodule"]
    assert course([]) == []


def test_a_probability_of_nothing_or_everything_is_no_parameter():
    with pytest.raises(ValueError, match="guess"):
        Parameters(guess=0)


def simulated(parameters, learners, cases, seed):
    import numpy as np

    rng = np.random.default_rng(seed)
    found = []
    for _ in range(learners):
        knows, rows = rng.random() < parameters.prior, []
        for _ in range(cases):
            right = bool(rng.random() < (1 - parameters.slip if knows else parameters.guess))
            rows.append(an_outcome(right=right))
            knows = knows or rng.random() < parameters.learn
        found.append(rows)
    return found


def test_parameters_come_back_from_many_learners():
    true = Parameters(prior=0.5, learn=0.25, slip=0.08, guess=0.2)
    found = fit_one(simulated(true, 300, 10, 0))
    for name in ("prior", "learn", "slip", "guess"):
        assert getattr(found, name) == pytest.approx(getattr(true, name), abs=0.1), name


def test_few_learners_leave_the_defaults():
    few = simulated(Parameters(prior=0.6), 10, 40, 0)
    assert fit(few) == {"": DEFAULT}
    assert fit([]) == {"": DEFAULT}
    enough = fit(simulated(Parameters(prior=0.6, learn=0.3), 40, 10, 0))
    assert enough["nodule"].prior > DEFAULT.prior
