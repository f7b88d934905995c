"""The examples of the page on the judgement, and what it takes in."""

import pytest

from ssg.errors import BadInput
from ssg.phantoms import chest_xray
from ssg.reward import DEFAULT_RUBRIC, Answer, Rubric, score
from ssg.web import judging_view as view
from ssg.web.demonstrations import SEEDS, demonstration
from ssg.web.encoder_desk import EncoderDesk

BLIND = EncoderDesk(lambda: None)
BLIND.start()


@pytest.mark.parametrize("name", SEEDS)
def test_every_example_shows_what_its_name_says_and_can_be_judged(name):
    shown = demonstration(name)
    assert bool(shown.marked) == (name != "Nothing")
    assert len(shown.question) >= 2
    own = score(
        shown.reference,
        Answer(shown.marked, tuple(n for n in shown.question if n in shown.reference.readers[0].absent)),
    )
    assert own.total == 1
    began = score(shown.reference, Answer(shown.beginning))
    assert began.total == 1 if not shown.marked else 0.3 < began.total < 0.95
    drawn = chest_xray(SEEDS[name], size=64)
    ratio = drawn.spacing_mm[1] / drawn.spacing_mm[0]
    assert shown.reference.spacing_mm[0] / shown.reference.spacing_mm[1] == pytest.approx(ratio), "(row, column)"
    scene = view.opened(name)
    assert scene["mode"] == "draw" and not scene["keep_draft"]
    assert len(scene["regions"]) == len(scene["drawn"]) == len(shown.marked)
    assert not {row["label"] for row in scene["regions"]} & {"lung", "heart"}
    assert view.picture_of(view.NAMES.index(name)).startswith(b"\x89PNG")


def test_what_is_drawn_is_judged_and_boxes_without_a_name_wait():
    scene = view.opened(view.NAMES[0])
    value = {"case_id": scene["case_id"], "drawn": scene["drawn"]}
    with_unnamed = {**value, "drawn": [*scene["drawn"], {"box": [1, 1, 50, 50], "label": None}]}
    judged = view.judged(view.NAMES[0], value, [], DEFAULT_RUBRIC, BLIND)
    assert judged == view.judged(view.NAMES[0], with_unnamed, [], DEFAULT_RUBRIC, BLIND)
    assert "Clinical relevance" in judged and "Box by box" in judged
    assert judged != view.judged(
        view.NAMES[0], value, [], Rubric(spatial=1, semantic=0, clinical=0, coherence=0), BLIND
    )


def test_wrong_input_is_refused():
    with pytest.raises(BadInput, match="choose one"):
        view.opened("A mess")
    with pytest.raises(BadInput):
        view.judged(view.NAMES[0], {"case_id": "other", "drawn": []}, [], DEFAULT_RUBRIC, BLIND)
    with pytest.raises(BadInput):
        view.judged(view.NAMES[0], None, [], DEFAULT_RUBRIC, BLIND)
    with pytest.raises(BadInput, match="no such example"):
        view.picture_of(len(SEEDS))
