"""What a run leaves to be looked at: curves of its metrics, and answers drawn on images."""

import json

import numpy as np
from PIL import Image

from ssg.boxes import Box
from ssg.grounding.types import FindingAnswer
from ssg.reward.answers import Region
from training.curves import FILE_NAME, write_curves
from training.samples import ANSWERED, TRUTH, drawn
from training.scene import Scene


def test_curves_of_what_was_logged(tmp_path):
    lines = [{"step": step, "loss": 1 / step, "held_out": {"miou": step / 10}, "time": 1.0} for step in (1, 2, 3)]
    text = "\n".join(map(json.dumps, lines)) + '\n{"step": 4, "lo'
    (tmp_path / "metrics.jsonl").write_text(text)
    assert write_curves(tmp_path) == tmp_path / FILE_NAME
    page = (tmp_path / FILE_NAME).read_text()
    assert "loss" in page and "held_out: miou" in page
    assert "https://cdn" not in page.split("<body>")[1][:2000], "it is read without a network"


def test_nothing_logged_gives_no_page(tmp_path):
    assert write_curves(tmp_path) is None
    (tmp_path / "metrics.jsonl").write_text('{"step": 1, "loss": 2}\n')
    assert write_curves(tmp_path) is None, "one point is no curve"


def test_truth_and_answer_have_colours_of_their_own():
    scene = Scene(np.zeros((64, 64), np.uint8), {("nodule", None): (Box(10, 10, 30, 30),)})
    found = FindingAnswer("nodule", None, True, (Region("nodule", Box(40, 40, 60, 60)),), (), 0.9)
    picture = np.asarray(drawn(scene, [found]))
    colours = {tuple(colour) for colour in picture.reshape(-1, 3)}
    assert TRUTH in colours and ANSWERED in colours
    assert picture.shape[1] == 512
    nothing = np.asarray(drawn(scene, [FindingAnswer("nodule", None, False)]))
    assert isinstance(Image.fromarray(nothing), Image.Image)
    assert ANSWERED in {tuple(colour) for colour in nothing[512:].reshape(-1, 3)}, "a wrong answer's line is orange"
