"""What a run leaves to be looked at: curves of its metrics, and answers drawn on images."""

import json

import numpy as np
import pytest
from PIL import Image

from ssg.boxes import Box
from ssg.errors import BadInput
from ssg.grounding.types import FindingAnswer
from ssg.reward.answers import Region
from training.curves import FILE_NAME, write_curves
from training.pictures import load_scene
from training.prior import FILE_NAME as PRIOR
from training.prior import LocationPrior
from training.rows import Row
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


@pytest.mark.parametrize(
    ("pixels", "said"),
    [
        (np.linspace(0, 1, 64, dtype=np.float32).reshape(8, 8), "save it as 16 bit grey"),
        (np.full((8, 8), -5, np.int32), "below 0 or above 65535"),
        (np.full((8, 8), 70_000, np.int32), "below 0 or above 65535"),
        (np.zeros((1, 400), np.uint8), "which is a line and no image"),
    ],
)
def test_pixels_that_nobody_can_read_rightly_are_refused(pixels, said, tmp_path):
    path = tmp_path / "image.tif"
    Image.fromarray(pixels).save(path)
    height, width = pixels.shape
    with pytest.raises(BadInput, match=said):
        load_scene(Row(path, (width, height), {}, (), "", {}))


@pytest.mark.parametrize("boxes", ['{"phantom": {"mass": [0, 0, NaN, 1]}}', '{"phantom": {"mass": [0, 0, 1]}}', "[]"])
def test_a_prior_of_other_than_boxes_is_refused(boxes, tmp_path):
    (tmp_path / PRIOR).write_text(boxes)
    with pytest.raises(BadInput, match="holds no readable"):
        LocationPrior.read(tmp_path)
