"""No judgement fails for want of an image-text encoder, and none hides what is wrong with an answer."""

import numpy as np
import pytest

from ssg.boxes import Box
from ssg.errors import BadInput
from ssg.reward import DEFAULT_RUBRIC, Answer, ReaderAnswer, Reference, Region, score
from ssg.teaching.seeing import FAILED, judged

MARKED, DRAWN = Region("mass", Box(10, 10, 50, 50)), Region("mass", Box(10, 10, 50, 60))
REFERENCE, ANSWER = Reference(100, 100, (ReaderAnswer((MARKED,)),)), Answer((DRAWN,))
BLIND = score(REFERENCE, ANSWER)


class Sight:
    name = "sight"

    def __init__(self, shown):
        self._shown = shown

    def shown(self, regions):
        return self._shown(regions)


def broken(_):
    raise RuntimeError("CUDA out of memory")


def broken_look():
    raise FileNotFoundError("image.png")


def test_what_is_seen_is_heard():
    sure = {MARKED: 0.9, DRAWN: 0.4}
    seen = judged(REFERENCE, ANSWER, DEFAULT_RUBRIC, lambda: (Sight(lambda r: np.array([sure[o] for o in r])), ""))
    assert seen.encoder == "sight" and seen.components["semantic"].score == pytest.approx(0.5)


@pytest.mark.parametrize(
    "look",
    [broken_look, lambda: (Sight(broken), ""), lambda: (Sight(lambda regions: np.full(len(regions), 7.0)), "")],
    ids=["no image", "fails when asked", "no probabilities"],
)
def test_whatever_fails_names_are_judged_by_themselves_and_that_is_said(look, caplog):
    found = judged(REFERENCE, ANSWER, DEFAULT_RUBRIC, look)
    assert (found.total, found.encoder, found.encoder_note) == (BLIND.total, None, FAILED)
    assert "judging with the image" in caplog.text


def test_why_nobody_looked_is_said():
    assert judged(REFERENCE, ANSWER, DEFAULT_RUBRIC, lambda: (None, "It is a CT.")).encoder_note == "It is a CT."
    assert judged(REFERENCE, ANSWER, DEFAULT_RUBRIC, None) == BLIND


def test_what_is_wrong_with_the_answer_is_still_refused():
    strange = Answer((Region("no such finding", DRAWN.box),))
    with pytest.raises(BadInput, match="no such finding"):
        judged(REFERENCE, strange, DEFAULT_RUBRIC, lambda: (Sight(lambda regions: np.ones(len(regions))), ""))
