"""When a finding is called present, and with what probability."""

from dataclasses import replace

import numpy as np
import pytest

from ssg.errors import Unavailable
from ssg.grounding.coordinates import Convention
from ssg.grounding.grounder import Grounder, entry_confidences
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


def test_the_threshold_compares_with_the_probability_that_is_reported(answers):
    chances = sorted(answer.confidence for answer in answers(0.0))
    middle = (chances[1] + chances[2]) / 2
    assert sum(answer.present for answer in answers(middle)) == 2


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
    manifest = Manifest("small", Convention.RELATIVE_1000, present_from=0.25)
    manifest.write(tmp_path)
    assert read_manifest(tmp_path) == manifest
    text = (tmp_path / "grounding.json").read_text()
    (tmp_path / "grounding.json").write_text(text.replace("0.25", "2.5"))
    with pytest.raises(Unavailable, match="present_from must lie between 0 and 1"):
        read_manifest(tmp_path)


def test_the_lowest_threshold_that_rejects_enough():
    from training.threshold import lowest_threshold

    absent = np.array([0.05, 0.1, 0.2, 0.5])
    assert lowest_threshold(absent, 0.9) == pytest.approx(0.51), "it must reject all four"
    assert lowest_threshold(absent, 0.7) == pytest.approx(0.21)
    assert lowest_threshold(np.ones(3), 0.5) == pytest.approx(0.02), "none rejects any"
