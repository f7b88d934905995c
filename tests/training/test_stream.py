"""Batches depend on the seed and their number alone; what they hold fits together."""

import numpy as np
import pytest
import torch
from PIL import Image

from ssg.phantoms import FINDINGS, STRUCTURES
from training.dense import dense_classes
from training.dense_truth import TRUTH, at_tokens
from training.lists import read_rows
from training.model import build_policy
from training.pixels import Patcher
from training.speed import speed_up
from training.stream import SampleStream, StreamConfig
from training.vision import Vision  # noqa: F401 - the stage imports as a whole

CONFIG = StreamConfig(size=64, questions=4, seeds=(1000, 2000), real_share=0.4, reuse=2, pool=6)


@pytest.fixture(scope="module")
def policy():
    from tests.small_policy import SHAPE

    return build_policy(SHAPE, seed=1)


@pytest.fixture(scope="module")
def make(policy, phantom_list):
    rows = read_rows(phantom_list)

    def making(config=CONFIG, rows=rows):
        return SampleStream(policy[1], config, dense_classes([*FINDINGS, *STRUCTURES]), rows)

    return making


def same(a, b):
    return set(a) == set(b) and all(torch.equal(a[name], b[name]) for name in a)


def test_a_batch_can_be_drawn_again_in_any_order(make):
    one, other = make(), make()
    later = one.batch(5, 3, 0.5)
    other.batch(0, 3, 0.5)
    assert same(later, other.batch(5, 3, 0.5))
    assert not same(later, other.batch(6, 3, 0.5))


def test_another_seed_draws_other_batches(make):
    from dataclasses import replace

    assert not same(make().batch(0, 2), make(replace(CONFIG, seed=1)).batch(0, 2))


def test_the_images_of_a_batch_have_one_shape_and_their_truth_fits(make):
    stream = make()
    shapes = set()
    for step in range(8):
        batch = stream.batch(step, 3)
        _, height, width = batch["images"].shape
        shapes.add((height, width))
        tokens = 3 * (height // 32) * (width // 32)
        truth = at_tokens({name: batch[name] for name in TRUTH})
        assert {len(value) for value in truth.values()} == {tokens}
        assert (batch["input_ids"] == stream._processor.image_token_id).sum() == tokens
        assert truth["cover"].min() >= 0 and truth["cover"].max() <= 1
    assert len(shapes) > 1


def test_each_phantom_comes_back_as_often_as_it_should(make):
    stream = make(rows=[])
    drawn = [stream._drawn(number) for number in range(12)]
    assert drawn[:6] == drawn[6:]
    assert len(set(drawn[:6])) == 6
    assert stream._drawn(12) not in drawn
    assert all(1000 <= seed < 2000 for seed, _, _ in drawn)


def test_real_rows_take_their_share(make):
    stream = make()
    real = sum(not stream.scene(number, (64, 64)).anatomy for number in range(200))
    assert 50 < real < 110


def test_patches_are_those_of_the_image_processor(policy, make):
    processor = policy[1]
    images = make().looked_at(2, 3)["images"]
    plain = processor.image_processor(images=[Image.fromarray(one.numpy()) for one in images], return_tensors="pt")
    patcher = Patcher(processor)
    assert torch.equal(patcher.grid(images), plain["image_grid_thw"])
    assert torch.allclose(patcher(images), plain["pixel_values"], atol=1e-5)


def test_the_faster_forms_compute_the_same(policy, make):
    model, processor = policy
    tower, stream, patcher = model.model.visual.eval(), make(), Patcher(processor)

    def seen(*batches):
        patches = torch.cat([patcher(images) for images in batches])
        grid = torch.cat([patcher.grid(images) for images in batches])
        with torch.no_grad():
            return tower(patches, grid_thw=grid).pooler_output

    same_shape = stream.looked_at(1, 3)["images"]
    mixed = [torch.from_numpy(stream.scene(n, shape).pixels)[None] for n, shape in enumerate([(64, 64), (32, 96)])]
    plain = seen(same_shape), seen(*mixed)
    speed_up(model)
    for before, after in zip(plain, (seen(same_shape), seen(*mixed)), strict=True):
        assert np.allclose(before, after, atol=1e-5)
