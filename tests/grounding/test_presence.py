"""When a finding is called present, and with what probability."""

from dataclasses import replace

import numpy as np
import pytest

from ssg.errors import Unavailable
from ssg.grounding.confidences import entry_confidences
from ssg.grounding.coordinates import Convention
from ssg.grounding.decoding import calibrated
from ssg.grounding.grounder import Grounder
from ssg.grounding.manifest import Manifest, read_manifest

ASKED = [("cardiomegaly", None), ("nodule", None), ("pneumothorax", None), ("pleural effusion", None)]
TAIL = ['], "label": "', "left ", "nodule", '"}']


@pytest.fixture
def answers(small_policy, radiograph):
    def asked(present_from):
        manifest = replace(small_policy.manifest, present_from=present_from)
        found, _ = Grounder(replace(small_policy, manifest=manifest)).answer(radiograph, ASKED)
        return list(found.values())

    return asked


def test_from_probability_0_everything_is_there(answers):
    assert all(answer.present for answer in answers(0.0))


def test_from_probability_1_an_unsure_policy_finds_nothing(answers):
    assert not any(answer.present for answer in answers(1.0))


def test_the_threshold_compares_with_the_probability_of_a_box(answers):
    chances = sorted(answer.confidence for answer in answers(0.0))
    middle = (chances[1] + chances[2]) / 2
    assert sum(answer.present for answer in answers(middle)) == 2


def test_an_answer_is_at_least_half_sure_of_itself(answers):
    chances = [answer.confidence for answer in answers(0.0)]
    for threshold in (0.1, float(np.median(chances)), 0.9):
        for answer, chance in zip(answers(threshold), chances, strict=True):
            assert answer.confidence >= 0.5
            told = calibrated(chance, threshold)
            assert answer.confidence == pytest.approx(told if answer.present else 1 - told)


def test_each_finding_has_its_own_threshold(small_policy, radiograph):
    manifest = replace(small_policy.manifest, present_from=0.0, present_from_of={"nodule": 1.0})
    found, _ = Grounder(replace(small_policy, manifest=manifest)).answer(radiograph, ASKED)
    assert [name for (name, _), answer in found.items() if not answer.present] == ["nodule"]


def test_calibration_keeps_order_and_puts_the_threshold_at_a_half():
    chances = np.linspace(0.01, 0.99, 50)
    told = [calibrated(float(chance), 0.2) for chance in chances]
    assert told == sorted(told)
    assert calibrated(0.2, 0.2) == pytest.approx(0.5)
    assert calibrated(0.7, 0.5) == pytest.approx(0.7)
    assert calibrated(0.7, 0.0) == calibrated(0.7, 1.0) == 0.7


def box(*numbers):
    pieces = ['{"bbox_2d": [']
    for number in numbers:
        pieces += [number, ", "]
    return pieces[:-1] + TAIL


def test_a_later_box_is_as_probable_as_the_comma_before_it():
    pieces = ["<think>[]</think>", "<answer>", "[", *box("1", "2", "3", "4"), ", ", *box("5", "6", "7", "8"), "]"]
    probabilities = [1.0] * len(pieces)
    first = pieces.index('{"bbox_2d": [')
    probabilities[first] = 0.9
    probabilities[pieces.index("4")] = 0.5
    probabilities[len(pieces) - 2 - len(box("1", "2", "3", "4"))] = 0.3
    assert np.allclose(entry_confidences(pieces, probabilities), [(0.9, 0.5**0.25), (0.3, 1.0)])


def test_the_threshold_stands_in_the_manifest(tmp_path):
    manifest = Manifest("small", Convention.RELATIVE_1000, present_from=0.25, present_from_of={"nodule": 0.75})
    manifest.write(tmp_path)
    assert read_manifest(tmp_path) == manifest
    assert (manifest.threshold("nodule"), manifest.threshold("mass")) == (0.75, 0.25)
    text = (tmp_path / "grounding.json").read_text()
    (tmp_path / "grounding.json").write_text(text.replace("0.25", "2.5"))
    with pytest.raises(Unavailable, match="present_from: a threshold must lie between 0 and 1"):
        read_manifest(tmp_path)


def test_the_lowest_threshold_that_rejects_enough():
    from training.threshold import lowest_threshold

    absent = np.array([0.05, 0.1, 0.2, 0.5])
    assert lowest_threshold(absent, 0.9) == pytest.approx(0.51), "it must reject all four"
    assert lowest_threshold(absent, 0.7) == pytest.approx(0.21)
    assert lowest_threshold(np.ones(3), 0.5) == pytest.approx(0.05), "none rejects any"


def test_what_is_seldom_absent_shares_the_threshold_of_all():
    from training.threshold import LEAST_ABSENT, Asked, thresholds

    asked = [Asked("nodule", False, 0.8, 0.0)] * LEAST_ABSENT + [Asked("mass", False, 0.1, 0.0)] * (LEAST_ABSENT - 1)
    together, of = thresholds([*asked, Asked("mass", True, 0.9, 0.5)], 0.9)
    assert of == {"nodule": pytest.approx(0.81)}
    assert together == pytest.approx(0.81)
