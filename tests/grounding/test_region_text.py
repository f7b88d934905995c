"""The region-text encoder: regions pooled from one encoding, and whatever encoder is handed in."""

import json

import numpy as np
import pytest
import torch
from transformers import CLIPConfig, CLIPModel

from ssg.boxes import Box
from ssg.errors import BadInput
from ssg.grounding.region_text import MANIFEST, Calibration, RegionText, covered
from ssg.reward import Region
from ssg.vocabulary import Side
from training.pretrain import build_encoder

SHAPE = {
    "image_size": 64,
    "patch_size": 16,
    "vision_hidden": 32,
    "vision_layers": 1,
    "vision_heads": 2,
    "vision_mlp": 32,
    "text_hidden": 32,
    "text_layers": 1,
    "text_heads": 2,
    "text_mlp": 32,
    "text_length": 16,
}
PIXELS = np.random.default_rng(0).integers(0, 255, (200, 100)).astype(np.uint8)
REGIONS = [
    Region("pleural effusion", Box(10, 120, 40, 190), Side.RIGHT),
    Region("cardiomegaly", Box(30, 90, 80, 150)),
    Region("nodule", Box(20, 30, 24, 34), Side.LEFT),
]


@pytest.fixture(scope="module")
def encoder():
    return RegionText(*build_encoder(SHAPE), Calibration(0.5, 0.1, "small"))


@pytest.fixture(scope="module")
def clip():
    _, tokenizer = build_encoder(SHAPE)
    text = {"hidden_size": 32, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2}
    vision = {**text, "image_size": 64, "patch_size": 16}
    text |= {"vocab_size": len(tokenizer), "max_position_embeddings": 16, "eos_token_id": tokenizer.pad_token_id}
    return RegionText(CLIPModel(CLIPConfig(text_config=text, vision_config=vision, projection_dim=24)), tokenizer)


@pytest.mark.parametrize("which", ["encoder", "clip"])
def test_every_region_gets_a_probability(which, request):
    one = request.getfixturevalue(which)
    shown = one.shown(one.encode(PIXELS), REGIONS)
    assert shown.shape == (3,) and ((shown > 0) & (shown < 1)).all()
    assert len(np.unique(shown)) == 3
    assert one.shown(one.encode(PIXELS), []).shape == (0,)


@pytest.mark.parametrize("which", ["encoder", "clip"])
def test_the_order_and_the_company_of_regions_do_not_matter(which, request):
    one = request.getfixturevalue(which)
    image = one.encode(PIXELS)
    together = one.shown(image, REGIONS)
    assert one.shown(image, REGIONS[::-1])[::-1] == pytest.approx(together, abs=1e-5)
    assert [one.shown(image, [region])[0] for region in REGIONS] == pytest.approx(together, abs=1e-5)


def test_a_region_sees_its_patches_and_no_others(encoder):
    left, right = torch.tensor([[[0.0, 0, 0.25, 1]]]), torch.tensor([[[0.75, 0, 1, 1]]])
    patches = torch.randn(1, 16, 32)
    changed = patches.clone()
    changed[:, 3::4] += 1.0
    with torch.inference_mode():
        before, after = (encoder.regions(one, left) for one in (patches, changed))
        assert torch.allclose(before, after, atol=1e-4)
        before, after = (encoder.regions(one, right) for one in (patches, changed))
        assert not torch.allclose(before, after, atol=1e-2)


def test_patches_count_by_how_much_of_them_is_covered():
    whole = covered(torch.tensor([[0.0, 0, 1, 1]]), 4)
    assert whole.tolist() == [[1.0] * 16]
    # half a patch wide with its context: 0.125 of the image and 15 % of that on either side
    part = covered(torch.tensor([[0.25, 0.25, 0.375, 0.5]]), 4).reshape(4, 4)
    assert part[1, 1] == pytest.approx(0.5 + 0.15 * 0.5)
    assert part[1, 0] == pytest.approx(0.15 * 0.5, abs=1e-5)
    assert part[3].max() < 1e-5


def test_it_is_written_and_read_back(encoder, tmp_path):
    encoder.save(tmp_path)
    again = RegionText.load(tmp_path)
    assert again.calibration == encoder.calibration
    assert again.shown(again.encode(PIXELS), REGIONS) == pytest.approx(encoder.shown(encoder.encode(PIXELS), REGIONS))
    (tmp_path / MANIFEST).write_text(json.dumps({"tilt": 1}))
    with pytest.raises(BadInput, match="calibration"):
        RegionText.load(tmp_path)


def test_what_is_no_encoder_is_refused(tmp_path):
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(BadInput, match="image-text encoder"):
        RegionText.load(tmp_path)
