"""Contrastive pre-training: what is true of regions, and a stage that trains, goes on and is measured."""

import json

import numpy as np
import pytest
import torch

from ssg.boxes import Box, as_boxes
from ssg.grounding.region_text import RegionText
from ssg.reward.wording import NORMAL
from ssg.vocabulary import Side
from training import region_metrics
from training.__main__ import main
from training.region_pairs import FALSE, OPEN, TRUE, Texts, draw_regions, truths
from training.scene import Scene
from training.scenes import phantom_scene

EFFUSION = Box(600, 500, 800, 800)
TEXTS = Texts.of(["pleural effusion", "pneumothorax", "nodule", "lung"])


def scene(anatomy=True):
    lungs = {("lung", Side.LEFT): (Box(550, 100, 900, 850),)} if anatomy else {}
    present = {("pleural effusion", Side.LEFT): (EFFUSION,)}
    return Scene(np.zeros((1000, 1000), np.uint8), present, ("pneumothorax",), lungs)


def said_of(region, of=None):
    found = truths(of or scene(), as_boxes([region]), TEXTS)[0]
    return dict(zip(TEXTS.all, found.tolist(), strict=True))


def test_what_is_true_of_the_findings_own_region():
    said = said_of(EFFUSION)
    assert said["left pleural effusion"] == said["pleural effusion"] == said["no right pleural effusion"] == TRUE
    assert said["right pleural effusion"] == said["no left pleural effusion"] == said[NORMAL] == FALSE
    assert said["pneumothorax"] == FALSE and said["no left pneumothorax"] == TRUE
    assert said["nodule"] == said["no nodule"] == OPEN, "nobody says whether there is one"


def test_what_is_true_of_an_empty_region_and_of_a_part():
    empty = said_of(Box(50, 50, 200, 200))
    assert empty["pleural effusion"] == FALSE and empty["no pleural effusion"] == TRUE
    assert said_of(Box(700, 700, 900, 900))["left pleural effusion"] == OPEN
    assert said_of(Box(50, 50, 200, 200), scene(anatomy=False))["lung"] == OPEN, "nobody drew the lungs"


def test_a_phantom_is_normal_where_nothing_is():
    drawn = phantom_scene(9004, 128)
    texts = Texts.of([*(name for name, _ in drawn.present), *drawn.absent])
    regions = draw_regions(drawn, 40, np.random.default_rng(0))
    found = truths(drawn, regions, texts)
    assert regions.shape == (40, 4) and (regions >= 0).all() and (regions <= 128).all()
    shown = found[:, : len(texts.keys)]
    normal = found[:, -1]
    assert ((normal == FALSE) == (shown == TRUE).any(axis=1)).all()
    assert (normal[(shown == FALSE).all(axis=1)] == TRUE).all()
    assert not ((shown == TRUE) & (found[:, len(texts.keys) : -1] == TRUE)).any(), "no text and its negation"


@pytest.fixture
def preset(tmp_path):
    path = tmp_path / "small.toml"
    path.write_text(
        "[region_text]\nimage_size = 64\npatch_size = 16\nvision_hidden = 32\nvision_layers = 1\nvision_heads = 2\n"
        "vision_mlp = 32\ntext_hidden = 32\ntext_layers = 1\ntext_heads = 2\ntext_mlp = 32\ntext_length = 16\n"
        "[pretrain]\nsteps = 6\nbatch = 2\nregions = 8\nlearning_rate = 1e-3\nwarmup = 2\nweight_decay = 0.05\n"
        "clip = 1.0\nreal_share = 0.0\nreuse = 2\ntrain_seeds = [1000000, 1000100]\n"
    )
    return path


def test_it_trains_goes_on_and_is_measured(preset, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(region_metrics, "CALIBRATED_ON", range(600_000, 600_012))
    monkeypatch.setattr(region_metrics, "MEASURED_ON", range(610_000, 610_012))
    run = tmp_path / "run"
    command = ["pretrain", "--preset", str(preset), "--run", str(run), "--save-every", "2", "--json"]
    assert main(command) == 0
    capsys.readouterr()
    assert main(command) == 0, "a finished run is only written and measured again"
    again = capsys.readouterr().out
    assert "Going on from step 6." in again
    assert main(["pretrain", "--evaluate", str(run / "checkpoint"), "--json"]) == 0
    measured = json.loads(capsys.readouterr().out)
    assert json.loads(again[again.index("{") :]) == measured
    assert set(measured) == {
        *("retrieval_of_21", "auc_by_finding", "mean_auc", "auc_against_misnamed", "ece", "n", "encoder", "tells")
    }
    assert 0 <= measured["retrieval_of_21"] <= 1 and measured["n"]["there"] > 3
    encoder = RegionText.load(run / "checkpoint")
    assert encoder.manifest.name == "ssg-small-region-text"
    assert encoder.manifest.modalities == ("DX",)


def test_it_goes_on_from_another_encoder(preset, tmp_path, capsys, monkeypatch):
    first = ["pretrain", "--preset", str(preset), "--run", str(tmp_path / "first"), "--uncalibrated"]
    assert main(first) == 0
    start = tmp_path / "first" / "uncalibrated"
    still = tmp_path / "still.toml"
    still.write_text(preset.read_text().replace("learning_rate = 1e-3", "learning_rate = 1e-12"))
    again = ["pretrain", "--uncalibrated", "--start", str(start)]
    assert main([*again, "--preset", str(still), "--run", str(tmp_path / "second")]) == 0
    before, after = (RegionText.load(folder).model.state_dict() for folder in (start, tmp_path / "second/uncalibrated"))
    assert all(torch.allclose(before[name], after[name], atol=1e-3) for name in before), "it began where that had ended"
    larger = tmp_path / "larger.toml"
    larger.write_text(preset.read_text().replace("image_size = 64", "image_size = 96"))
    capsys.readouterr()
    assert main([*again, "--preset", str(larger), "--run", str(tmp_path / "third")]) == 2
    assert "looks at 64 pixels a side, the preset at 96" in capsys.readouterr().err
    missing = ["--preset", str(preset), "--run", str(tmp_path / "fourth")]
    assert main(["pretrain", "--start", str(tmp_path / "nothing"), *missing]) == 2
