"""What could be said of a region instead."""

import pytest

from ssg.reward.wording import KINDS, NORMAL, counterfactuals, negated, siblings
from ssg.vocabulary import Side, vocabulary


def test_the_other_side_the_negation_and_normal_are_counterfactual():
    texts = counterfactuals("pleural effusion", Side.LEFT)
    assert len(texts) == len(KINDS)
    assert texts[:3] == (("no left pleural effusion",), (NORMAL,), ("right pleural effusion",))
    assert texts[3] and all(text.startswith("left ") or " " not in text for text in texts[3])
    assert not any("pleural effusion" in text for text in texts[3])
    bare = counterfactuals("pleural effusion", None)
    assert bare[0] == (negated("pleural effusion", None),) == ("no pleural effusion",) and bare[2] == ()


@pytest.mark.parametrize("finding", [one.name for one in vocabulary()][::7])
def test_siblings_are_never_kinds_of_it(finding):
    words = vocabulary()
    for name in siblings(finding):
        assert name != finding and not words.is_a(name, finding) and not words.is_a(finding, name)
    texts = [text for kind in counterfactuals(finding, None) for text in kind]
    assert len(set(texts)) == len(texts)


def test_mimics_come_first():
    mimics = vocabulary().get("nodule").mimics
    assert mimics and siblings("nodule")[0] in [vocabulary().get(name).name for name in mimics]
