"""The next case: easy at first, then what is due or unclear, with normals among it, and nothing that was just seen."""

from collections import Counter
from datetime import datetime

import pytest

from ssg.boxes import Box
from ssg.casebook import Reader
from ssg.errors import BadInput
from ssg.reward import Region
from ssg.teaching.mastery import choose
from ssg.teaching.mastery.choosing import MOST_NORMALS, NORMALS, Candidate, normal_chance
from ssg.teaching.mastery.outcomes import Visit, replay
from ssg.teaching.mastery.saying import ALL_TRIED, Reason
from tests.teaching.mastery.making import DAY, MINUTE, NOW, a_case, a_normal, an_attempt, an_outcome, cases_of

FINDINGS = ("nodule", "pleural effusion", "pneumothorax", "cardiomegaly")


def showing(name, finding, difficulty=3):
    region = Region(finding, Box(200, 300, 400, 500))
    absent = tuple(one for one in FINDINGS if one != finding)
    return a_case(name, (Reader((region,), absent, id="A"),), FINDINGS, difficulty)


def a_library(each=6):
    shown = [showing(f"{finding[:4]}-{at}", finding, 1 + at % 5) for finding in FINDINGS for at in range(each)]
    return cases_of(*shown, *(a_normal(f"normal-{at}", FINDINGS, difficulty=1 + at % 5) for at in range(2 * each)))


def answered(case, right, at, number):
    regions = case.readers[0].regions if right else ()
    return an_attempt(case, regions, [one for one in FINDINGS if one not in case.present], at=at, number=number)


def going_on(cases, count, answers, seed=0, every=5 * MINUTE):
    """What is chosen one after the other, for a learner of whom ``answers`` says whether they see a finding."""
    attempts, chosen = [], []
    for number in range(count):
        at = NOW + number * every
        choice = choose(attempts, cases, at, seed)
        chosen.append(choice)
        case = cases[choice.name]
        attempts.insert(0, answered(case, all(map(answers, case.present)), at, number))
    return chosen


def test_who_has_no_history_gets_a_plain_case_with_something_in_it():
    cases = a_library()
    for seed in range(5):
        first = choose([], cases, NOW, seed)
        assert cases[first.name].difficulty == 1 and cases[first.name].present
        assert (first.reason, first.why) == (Reason.START, "A plain case to begin with.")


def test_the_same_attempts_and_seed_give_the_same_choice_and_another_seed_may_not():
    cases = a_library()
    attempts = [answered(cases["set", "nodu-0"], True, NOW, 0)]
    same = {choose(attempts, cases, NOW + MINUTE, 3) for _ in range(3)}
    assert len(same) == 1
    assert len({choose(attempts, cases, NOW + MINUTE, seed).name for seed in range(20)}) > 1


def test_a_third_are_normals_and_nobody_can_tell_when():
    cases = a_library(each=12)
    kinds = [not cases[choice.name].present for choice in going_on(cases, 36, lambda _: True)]
    assert 0.2 < sum(kinds) / len(kinds) < 0.47
    assert len({tuple(kinds[at : at + 3]) for at in range(1, 34)}) > 3


def test_the_chance_of_a_normal_is_kept_around_its_share_and_never_sure():
    def seen(*normals):
        return [Visit(("set", "one"), "boxes", "R", NOW, True, (an_outcome(present=not normal),)) for normal in normals]

    assert normal_chance([]) == pytest.approx(NORMALS)
    assert normal_chance(seen(*[False] * 12)) == MOST_NORMALS
    assert normal_chance(seen(*[True] * 12)) == pytest.approx(0.1)
    assert normal_chance(seen(True, False, False)) == pytest.approx(NORMALS)


def test_what_is_missed_comes_more_often_than_what_is_known():
    cases = a_library(each=12)
    chosen = going_on(cases, 30, lambda finding: finding != "pneumothorax")
    met = Counter(finding for choice in chosen[4:] for finding in cases[choice.name].present)
    assert met["pneumothorax"] == max(met.values()) > met["cardiomegaly"]


def test_no_case_comes_back_while_there_are_others():
    cases = a_library()
    names = [choice.name for choice in going_on(cases, 25, lambda _: True)]
    assert len(set(names)) == len(names)


def test_the_case_that_the_learner_is_on_does_not_come_next():
    cases = cases_of(showing("a", "nodule"), showing("b", "nodule"))
    assert {choose([], cases, NOW, seed, here=("set", "a")).name for seed in range(8)} == {("set", "b")}
    only = cases_of(showing("a", "nodule"))
    assert choose([], only, NOW, here=("set", "a")).name == ("set", "a")


def test_when_all_were_tried_the_one_of_longest_ago_comes_and_that_is_said():
    cases = cases_of(*(showing(f"c{at}", "nodule") for at in range(4)))
    attempts = [answered(cases["set", f"c{at}"], False, NOW + at * MINUTE, at) for at in range(4)][::-1]
    choice = choose(attempts, cases, NOW + 20 * MINUTE)
    assert choice.name == ("set", "c0")
    assert choice.why.startswith(ALL_TRIED)


def test_the_reason_is_said_in_one_sentence():
    cases = cases_of(*(showing(f"c{at}", "nodule") for at in range(9)))
    twice = [answered(cases["set", f"c{at}"], False, NOW + at * MINUTE, at) for at in range(2)][::-1]
    choice = choose(twice, cases, NOW + 20 * MINUTE)
    known = {"nodule": choice.reason}
    assert choice.finding in FINDINGS and choice.why.endswith(".")
    assert known["nodule"] in (Reason.MISSED, Reason.NEW)
    found = {choose(twice, {**cases, **a_library()}, NOW + 20 * MINUTE, seed).why for seed in range(30)}
    assert all(why.count(".") == 1 and why[0].isupper() for why in found)


def test_the_reason_does_not_say_whether_the_finding_is_there():
    """Normals and others are said in the same words: whoever reads the reason learns what is asked, and no more."""
    cases = a_library(each=12)
    chosen = going_on(cases, 40, lambda finding: finding != "pneumothorax")[1:]
    told = Counter((choice.finding, bool(cases[choice.name].present)) for choice in chosen)
    named = [finding for finding, _ in told]
    assert any(told[finding, True] and told[finding, False] for finding in named)
    there = sum(choice.finding in cases[choice.name].present for choice in chosen)
    assert there < 0.8 * len(chosen)


def test_a_hard_case_is_not_given_to_who_solves_nothing():
    cases = cases_of(*(showing(f"c{level}-{at}", "nodule", level) for level in (1, 5) for at in range(8)))
    attempts = [answered(cases["set", f"c{1}-{at}"], False, NOW + at * MINUTE, at) for at in range(4)][::-1]
    choice = choose(attempts, cases, NOW + 9 * MINUTE)
    assert cases[choice.name].difficulty == 1


def test_no_cases_and_a_time_without_zone_are_refused_in_words():
    with pytest.raises(BadInput, match="no case to choose from"):
        choose([], {}, NOW)
    with pytest.raises(BadInput, match="time zone"):
        choose([], a_library(), datetime(2026, 3, 1))


def test_attempts_on_cases_that_are_gone_and_from_the_future_are_no_trouble():
    cases = a_library()
    gone = an_attempt(a_case("gone"), number=1)
    future = answered(cases["set", "nodu-0"], True, NOW + 9000 * DAY, 2)
    choice = choose([future, gone], cases, NOW)
    assert choice.name in cases and choice.name != ("set", "nodu-0")


def test_thousands_of_attempts_are_weighed():
    cases = a_library()
    names = list(cases)
    rows = [answered(cases[name], True, NOW, 0) for name in names]
    attempts = [rows[at % len(rows)] for at in range(5_000)]
    assert choose(attempts, cases, NOW + DAY).name in cases
    assert len(replay(attempts, cases.get, NOW).outcomes) == 20_000


def test_a_candidate_knows_what_is_asked_and_there():
    seen = Candidate.of(("set", "x"), showing("x", "nodule"))
    assert (seen.present, set(seen.absent), seen.is_normal) == (("nodule",), set(FINDINGS) - {"nodule"}, False)
    assert Candidate.of(("set", "n"), a_normal("n")).is_normal
