"""What could be said of a region instead."""

import pytest

from ssg.reward.wording import NORMAL, counterfactuals, negated, siblings
from ssg.vocabulary import Side, vocabulary


def test_the_other_side_the_negation_and_normal_are_counterfactual():
    texts = counterfactuals("pleural effusion", Side.LEFT)
    assert texts[:3] == ("no left pleural effusion", NORMAL, "right pleural effusion")
    assert "left pleural effusion" not in texts
    assert counterfactuals("pleural effusion", None)[0] == negated("pleural effusion", None) == "no pleural effusion"
    assert not any(text.startswith("right ") for text in counterfactuals("cardiomegaly", None))


@pytest.mark.parametrize("finding", [one.name for one in vocabulary()][::7])
def test_siblings_are_never_kinds_of_it(finding):
    words = vocabulary()
    for name in siblings(finding):
        assert name != finding and not words.is_a(name, finding) and not words.is_a(finding, name)
    assert len(set(counterfactuals(finding, None))) == len(counterfactuals(finding, None))


def test_mimics_come_first():
    mimics = vocabulary().get("nodule").mimics
    assert mimics and siblings("nodule")[0] in [vocabulary().get(name).name for name in mimics]
