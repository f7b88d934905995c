"""What a crop loses is unknown on its side; what stays in it is known as before, whoever asks."""

from dataclasses import replace

import numpy as np
import pytest

from ssg.boxes import Box, as_boxes
from ssg.vocabulary import Side
from training.augment import cropped, mirror_image, resized
from training.clusters import draw_cluster
from training.dense_truth import described
from training.region_pairs import FALSE, OPEN, TRUE, Texts, truths
from training.scene import Scene
from training.tasks import draw_tasks

ANGLE, EFFUSION = "costophrenic angle", "pleural effusion"
LEFT, RIGHT = Side.LEFT, Side.RIGHT


@pytest.fixture
def whole():
    """Effusions in both angles, of which the right one (at the image's left) leaves the crop below."""
    present = {(EFFUSION, RIGHT): (Box(2, 70, 20, 90),), (EFFUSION, LEFT): (Box(75, 70, 95, 90),)}
    anatomy = {(ANGLE, RIGHT): (Box(2, 75, 16, 90),), (ANGLE, LEFT): (Box(80, 75, 95, 90),)}
    return Scene(np.zeros((100, 100), np.uint8), present, ("pneumothorax",), anatomy, kind="chest-xray")


@pytest.fixture
def part(whole):
    return cropped(whole, (30, 0, 100, 100))


def test_what_is_lost_on_one_side_stays_on_the_other(part):
    assert set(part.present) == {(EFFUSION, LEFT)} and set(part.anatomy) == {(ANGLE, LEFT)}
    assert part.lost == {(EFFUSION, RIGHT), (ANGLE, RIGHT)}
    assert part.is_lost((EFFUSION, RIGHT)) and part.is_lost((EFFUSION, None)) and not part.is_lost((EFFUSION, LEFT))
    assert part.absent == ("pneumothorax",)


def test_other_views_of_a_crop_know_as_little(part):
    assert resized(part, (64, 64)).lost == part.lost
    assert mirror_image(part).lost == {(EFFUSION, LEFT), (ANGLE, LEFT)}
    assert cropped(part, (0, 0, 70, 99)).lost == part.lost


def test_what_has_no_side_goes_with_what_is_called_the_same(whole):
    mixed = replace(whole, present={("nodule", None): (Box(2, 2, 9, 9),), ("nodule", LEFT): (Box(80, 2, 90, 9),)})
    part = cropped(mixed, (30, 0, 100, 100))
    assert not part.present and {("nodule", None), ("nodule", LEFT)} <= part.lost


def test_the_tower_is_taught_nothing_of_what_is_lost(part, whole):
    keys = [(ANGLE, LEFT), (ANGLE, RIGHT), (EFFUSION, LEFT), (EFFUSION, RIGHT), ("pneumothorax", LEFT)]
    index = {key: number for number, key in enumerate(keys)}
    assert described([part], 4, 4, index)["known"][0].tolist() == [True, False, True, False, True]
    assert described([whole], 4, 4, index)["known"][0].all()


def test_regions_are_not_denied_what_is_lost(part):
    texts = Texts.of([ANGLE, EFFUSION])
    regions = as_boxes([[0, 60, 8, 95], [45, 70, 65, 90]])
    found = dict(zip(texts.keys, truths(part, regions, texts).T, strict=False))
    assert found[EFFUSION, LEFT].tolist() == [FALSE, TRUE]
    assert found[EFFUSION, RIGHT].tolist() == found[ANGLE, RIGHT].tolist() == [OPEN, OPEN]
    assert found[EFFUSION, None].tolist() == [OPEN, TRUE]


def test_nobody_is_asked_about_what_is_lost(part):
    asked = set()
    for seed in range(200):
        rng = np.random.default_rng(seed)
        asked |= {key for task in draw_tasks(part, 6, rng) for key in task.asked} | set(draw_cluster(part, rng))
    assert {(EFFUSION, LEFT), (ANGLE, LEFT)} <= asked
    assert not asked & {(EFFUSION, RIGHT), (EFFUSION, None), (ANGLE, RIGHT), (ANGLE, None)}
