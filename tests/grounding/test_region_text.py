"""The region-text encoder: regions pooled from one encoding, and whatever encoder is handed in."""

import json
import pickle
from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import CLIPConfig, CLIPModel

from ssg.boxes import Box
from ssg.errors import Unavailable
from ssg.grounding import region_text, seen_image
from ssg.grounding.region_text import RegionText, covered
from ssg.grounding.region_text_manifest import FILE_NAME, Curve, RegionTextManifest
from ssg.reward import Region
from ssg.reward.wording import KINDS, counterfactuals
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
GOOD = {"name": "a", "curve": {"weights": dict.fromkeys(KINDS, 1), "offset": 0}}
DAMAGED = (
    "",
    "[]",
    "{}",
    json.dumps({"name": "a"}),
    json.dumps(GOOD | {"findings": ["mas"]}),
    json.dumps(GOOD | {"findings": "mass"}),
    json.dumps(GOOD | {"curve": {"weights": dict.fromkeys(KINDS, -1), "offset": 0}}),
    json.dumps(GOOD | {"curve": {"weights": [1, 1], "offset": 0}}),
    json.dumps(GOOD | {"real": GOOD["curve"]}),
    json.dumps(GOOD | {"probe": [1, 2]}),
)
PIXELS = np.random.default_rng(0).integers(0, 255, (200, 100)).astype(np.uint8)
REGIONS = [
    Region("pleural effusion", Box(10, 120, 40, 190), Side.RIGHT),
    Region("cardiomegaly", Box(30, 90, 80, 150)),
    Region("nodule", Box(20, 30, 24, 34), Side.LEFT),
]


@pytest.fixture(scope="module")
def encoder():
    return RegionText(*build_encoder(SHAPE), RegionTextManifest("small", Curve((0.5, 0.1, 0.2, 0.3), 0.1)))


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
    assert part[1, 1] == 1
    assert part[1, 0] == pytest.approx(0.15 * 0.5 / (0.5 + 0.15 * 0.5), abs=1e-5)
    tiny = covered(torch.tensor([[0.3, 0.3, 0.3001, 0.3001]]), 4).reshape(4, 4)
    assert tiny[1, 1] == 1 and tiny.sum() < 1.001, "a region that covers little of a patch is still that patch"
    assert part[3].max() < 1e-5


def test_it_is_written_and_read_back(encoder, tmp_path):
    encoder.save(tmp_path)
    again = RegionText.load(tmp_path)
    assert again.manifest == encoder.manifest
    assert again.shown(again.encode(PIXELS), REGIONS) == pytest.approx(encoder.shown(encoder.encode(PIXELS), REGIONS))
    encoder.save(tmp_path / "half", torch.float16)
    half = RegionText.load(tmp_path / "half")
    assert half.on(PIXELS).shown(REGIONS) == pytest.approx(again.on(PIXELS).shown(REGIONS), abs=0.01)
    assert next(encoder.model.parameters()).dtype == torch.float32, "what is trained on is left as it is"


@pytest.mark.parametrize("content", DAMAGED)
def test_a_damaged_manifest_is_named(encoder, tmp_path, content):
    encoder.save(tmp_path)
    (tmp_path / FILE_NAME).write_text(content)
    with pytest.raises(Unavailable, match=r"region_text.json cannot be read"):
        RegionText.load(tmp_path)


def test_a_checkpoint_without_a_manifest_is_asked_about_everything(encoder, tmp_path):
    encoder.save(tmp_path)
    (tmp_path / FILE_NAME).unlink()
    again = RegionText.load(tmp_path)
    assert again.manifest == RegionTextManifest(str(tmp_path)) and again.manifest.knows("anything")


def test_what_is_no_encoder_is_refused(tmp_path):
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(Unavailable, match="image-text encoder"):
        RegionText.load(tmp_path)
    with pytest.raises(Unavailable, match=r"does not exist: correct SSG_ENCODER \(or --encoder\)"):
        RegionText.load(tmp_path / "nothing" / "here")


@pytest.mark.parametrize("lost", ["text_model", "vision_model.encoder.layers.0", "logit_scale"])
def test_weights_that_are_missing_are_not_made_up(encoder, tmp_path, lost):
    encoder.save(tmp_path)
    weights = load_file(tmp_path / "model.safetensors")
    kept = {name: value for name, value in weights.items() if not name.startswith(lost)}
    assert len(kept) < len(weights)
    save_file(kept, tmp_path / "model.safetensors", {"format": "pt"})
    with pytest.raises(Unavailable, match=r"lacks .* of its weights"):
        RegionText.load(tmp_path)


@pytest.mark.parametrize(
    ("file", "change", "words"),
    [
        ("config.json", {"model_type": "blip"}, "blip checkpoint: give one of siglip or clip"),
        ("config.json", {"vision_config": []}, "cannot be loaded"),
        ("config.json", {"text_config": {"num_attention_heads": 0}}, "cannot be loaded"),
        ("preprocessor_config.json", {"image_mean": [0.5]}, "three numbers each"),
        ("preprocessor_config.json", {"image_std": [0, 0, 0]}, "three numbers each"),
    ],
)
def test_other_checkpoints_are_refused_in_words(encoder, tmp_path, file, change, words):
    encoder.save(tmp_path)
    row = json.loads((tmp_path / file).read_text())
    (tmp_path / file).write_text(json.dumps(row | change))
    with pytest.raises(Unavailable, match=words):
        RegionText.load(tmp_path)


def test_an_encoder_that_cannot_be_asked_is_found_out_when_it_is_loaded(encoder, tmp_path, monkeypatch):
    encoder.save(tmp_path)
    monkeypatch.setattr(RegionText, "scale", lambda self: torch.tensor([float("nan")]))
    with pytest.raises(Unavailable, match="not a finite number"):
        RegionText.load(tmp_path)


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "weights").write_text("")
    with pytest.raises(Unavailable, match="is a file: give SSG_ENCODER"):
        RegionText.load(tmp_path / "weights")


def test_damaged_weights_are_refused(encoder, tmp_path):
    encoder.save(tmp_path)
    weights = load_file(tmp_path / "model.safetensors")
    weights["logit_scale"] = torch.tensor([float("nan")])
    save_file(weights, tmp_path / "model.safetensors", {"format": "pt"})
    with pytest.raises(Unavailable, match="not finite"):
        RegionText.load(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"\x10" * 100)
    with pytest.raises(Unavailable, match="image-text encoder"):
        RegionText.load(tmp_path)


def test_of_what_it_cannot_tell_it_says_nothing(encoder):
    told = RegionText(encoder.model, encoder.tokenizer, replace(encoder.manifest, findings=("nodule",)))
    shown = told.on(PIXELS).shown(REGIONS)
    assert np.isnan(shown[:2]).all() and shown[2] < 1
    assert shown[2] == pytest.approx(encoder.on(PIXELS).shown(REGIONS[2:])[0])


def test_an_image_is_encoded_once_and_each_region_looked_at_once(encoder, monkeypatch):
    one = RegionText(encoder.model, encoder.tokenizer, encoder.manifest)
    encoded, looked = [], []
    encode, leads = one.encode, one.leads
    monkeypatch.setattr(one, "encode", lambda pixels: encoded.append(1) or encode(pixels))
    monkeypatch.setattr(one, "leads", lambda image, called: looked.extend(called) or leads(image, called))
    first = one.on(PIXELS).shown(REGIONS)
    again = one.on(PIXELS.copy()).shown([*REGIONS[::-1], *REGIONS])
    assert len(encoded) == 1 and len(looked) == 3
    assert again.tolist() == [*first[::-1].tolist(), *first.tolist()]
    one.on(255 - PIXELS)
    assert len(encoded) == 2


def test_what_is_kept_is_bounded(encoder, monkeypatch):
    monkeypatch.setattr(region_text, "KEPT_BYTES", 2 * 16 * 32 * 4)
    monkeypatch.setattr(seen_image, "KEPT_REGIONS", 2)
    one = RegionText(encoder.model, encoder.tokenizer, encoder.manifest)
    for level in range(4):
        one.on(np.full((64, 64), level, np.uint8))
    assert len(one._images) == 2
    image = one.on(PIXELS)
    together = image.shown(REGIONS)
    assert [image.shown([region])[0] for region in REGIONS] == pytest.approx(together, abs=1e-5)
    assert image.shown(REGIONS) == pytest.approx(together, abs=1e-5), "old ones and new ones, more than are kept"
    assert len(image._kept) <= 3


def test_regions_may_be_in_pixels_of_another_size_of_the_image(encoder):
    doubled = [replace(region, box=Box(*(2 * value for value in region.box))) for region in REGIONS]
    assert encoder.on(PIXELS, (200, 400)).shown(doubled) == pytest.approx(encoder.on(PIXELS).shown(REGIONS), abs=1e-6)


def test_it_is_pickled_without_what_it_keeps(encoder):
    encoder.on(PIXELS)
    again = pickle.loads(pickle.dumps(encoder))
    assert not len(again._images)
    assert again.on(PIXELS).shown(REGIONS) == pytest.approx(encoder.on(PIXELS).shown(REGIONS), abs=1e-6)


def test_a_checkpoints_own_levels_are_kept(encoder, tmp_path):
    encoder.save(tmp_path)
    (tmp_path / "preprocessor_config.json").write_text(
        json.dumps({"image_mean": [0.48, 0.46, 0.41], "image_std": [0.27, 0.26, 0.28]})
    )
    loaded = RegionText.load(tmp_path)
    prepared = loaded.prepared([np.full((8, 8), 255, np.uint8)])
    assert prepared.shape == (1, 3, 64, 64)
    assert prepared[0, :, 0, 0].tolist() == pytest.approx([(1 - 0.48) / 0.27, (1 - 0.46) / 0.26, (1 - 0.41) / 0.28])
    assert encoder.prepared([np.full((8, 8), 255, np.uint8)])[0, :, 0, 0].tolist() == [1, 1, 1]
    loaded.save(tmp_path / "again")
    assert RegionText.load(tmp_path / "again").levels == loaded.levels == ((0.48, 0.46, 0.41), (0.27, 0.26, 0.28))
    image_processor = {"image_mean": [0.1, 0.2, 0.3], "image_std": [1, 2, 3]}
    (tmp_path / "again" / "preprocessor_config.json").unlink()
    (tmp_path / "again" / "processor_config.json").write_text(json.dumps({"image_processor": image_processor}))
    assert RegionText.load(tmp_path / "again").levels == ((0.1, 0.2, 0.3), (1, 2, 3)), "as transformers 5 writes it"


@torch.inference_mode()
def test_a_lead_is_over_all_texts_of_a_kind_and_none_over_a_kind_that_is_missing(encoder):
    image = encoder.encode(PIXELS)
    region = REGIONS[0]
    (leads,) = encoder.leads(image, [(region.finding, region.side, region.box)])
    (own,) = encoder.scale() * encoder.cached(("right pleural effusion",)) @ encoder.boxes(image, [region.box])[0]
    for lead, texts in zip(leads, counterfactuals(region.finding, region.side), strict=True):
        logits = encoder.scale() * encoder.cached(texts) @ encoder.boxes(image, [region.box])[0]
        assert float(lead) == pytest.approx(float(own - logits.logsumexp(0)), abs=1e-4)
    (bare,) = encoder.leads(image, [(region.finding, None, region.box)])
    assert bare[KINDS.index("other side")] == 0


def test_real_images_have_a_curve_of_their_own(encoder, tmp_path):
    image = encoder.encode(PIXELS)
    away = -image.mean / (image.mean**2).sum()
    curves = Curve((1, 0, 0, 0), 2.0), Curve((0, 0, 0, 0), -2.0)
    sure = []
    for towards in (50 * away, -50 * away):
        manifest = RegionTextManifest("two", *curves, probe=(*towards.tolist(), 0.0))
        RegionText(encoder.model, encoder.tokenizer, manifest).save(tmp_path)
        again = RegionText.load(tmp_path)
        assert again.manifest == manifest
        sure.append(again.on(PIXELS).shown(REGIONS))
    drawn = RegionText(encoder.model, encoder.tokenizer, RegionTextManifest("one", curves[0])).on(PIXELS).shown(REGIONS)
    assert sure[0] == pytest.approx(drawn, abs=1e-4)
    assert sure[1] == pytest.approx(1 / (1 + np.exp(2.0)), abs=1e-4), "whatever the words say"


def test_a_probe_of_another_width_is_found_out_when_it_is_loaded(encoder, tmp_path):
    manifest = RegionTextManifest("two", Curve(), Curve(), probe=(1.0, 2.0))
    RegionText(encoder.model, encoder.tokenizer, manifest).save(tmp_path)
    with pytest.raises(Unavailable, match="cannot be loaded"):
        RegionText.load(tmp_path)
