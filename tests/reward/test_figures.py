"""The drawn examples of the documentation are what the reward says."""

import json
from pathlib import Path

import pytest

from scripts import reward_figures
from scripts.relation_figures import DOCS, FOLDER, drawing, examples, file_name, held, page, sentence
from ssg.reward.relations import relations


@pytest.mark.parametrize("relation", relations(), ids=sentence)
def test_the_left_half_holds_and_the_right_half_does_not(relation):
    good, bad = examples(relation)
    assert held(relation, good) == 1
    assert held(relation, bad) <= 0.1
    for box in (*good, *bad):
        assert box is None or (0 <= box[0] < box[2] <= 100 and 0 <= box[1] < box[3] <= 100)


def test_the_page_is_as_the_data():
    root = Path(__file__).parents[2] / DOCS
    assert (root / "relations.md").read_text(encoding="utf-8") == page()
    drawn = {path.name: path.read_text(encoding="utf-8") for path in (root / FOLDER).glob("*.svg")}
    assert drawn == {f"{file_name(one)}.svg": drawing(one) for one in relations()}


def drawn_and_made(name):
    drawn = (Path(__file__).parents[2] / reward_figures.FOLDER / f"{name}.json").read_text(encoding="utf-8")
    return json.loads(drawn), json.loads(reward_figures.as_json(reward_figures.figures()[name]))


@pytest.mark.parametrize("name", ["moving", "scaling", "agreement"])
def test_the_drawn_reward_is_the_reward(name):
    drawn, made = drawn_and_made(name)
    assert drawn == made


def test_what_the_image_adds_is_as_drawn():
    drawn, made = drawn_and_made("image")
    for old, new in zip(drawn.pop("data"), made.pop("data"), strict=True):
        # another processor's products differ in their last digits
        assert new.pop("y") == pytest.approx(old.pop("y"), abs=0.02)
        assert new == old
    assert drawn == made
