"""The figures of the region-text encoder: curves, the probe and what is measured, on leads whose truth is known."""

import numpy as np
import pytest

from ssg.boxes import Box
from ssg.grounding.region_text_manifest import Curve, RegionTextManifest
from ssg.reward.wording import KINDS
from ssg.vocabulary import Side
from training.region_examples import EMPTY, MISNAMED, THERE, Example, examples
from training.region_metrics import FEWEST, _figures, auc_by_finding, fitted, in_words, probe, scaled
from training.scene import Scene

NOBODY = np.zeros(3)


class Encoder:
    """All that the figures ask of an encoder is its manifest."""

    def __init__(self, **manifest):
        self.manifest = RegionTextManifest("small", **manifest)


def made(count, slope=1.5, offset=-0.5, seed=0, key=("mass", None), image=NOBODY):
    """Regions whose first lead says with ``slope`` and ``offset`` how likely they show it; the others say nothing."""
    rng = np.random.default_rng(seed)
    leads = rng.normal(0, 2, (count, len(KINDS)))
    shown = rng.random(count) < 1 / (1 + np.exp(-slope * leads[:, 0] - offset))
    wrong = rng.choice([MISNAMED, EMPTY], count)
    return [
        Example(key, THERE if there else str(other), tuple(row), image, True if there else None)
        for row, there, other in zip(leads.tolist(), shown, wrong, strict=True)
    ]


def test_a_curve_finds_the_lead_that_tells():
    curve = fitted(made(20_000))
    assert curve.weights[0] == pytest.approx(1.5, abs=0.1)
    assert max(curve.weights[1:]) < 0.05 and min(curve.weights) >= 0


def test_a_lead_that_speaks_against_it_gets_no_weight():
    assert fitted(made(5_000, slope=-1.0)).weights[0] == 0


def test_another_slope_along_the_same_leads():
    along = scaled(Curve((3.0, 0.0, 0.0, 1.0), 7.0), made(20_000))
    assert along.weights[0] / along.weights[3] == pytest.approx(3, abs=0.01)
    assert 0 < along.weights[0] < 1.5, "the fourth lead is noise"


def test_the_probe_tells_two_kinds_of_images():
    rng = np.random.default_rng(1)
    drawn, real = ([one for row in rng.normal(shift, 1, (40, 3)) for one in made(2, image=row)] for shift in (0.0, 4.0))
    *weights, offset = probe(drawn, real)
    shares = [1 / (1 + np.exp(-(row.image @ weights + offset))) for row in [*drawn, *real]]
    assert np.mean(shares[:80]) < 0.1 and np.mean(shares[80:]) > 0.9


def test_figures_are_right_where_the_truth_is_known():
    rows = made(20_000)
    good, sure = (_figures(Encoder(curve=Curve((slope, 0, 0, 0), -0.5)), rows) for slope in (1.5, 6.0))
    assert good["ece"] < 0.12 < sure["ece"]
    assert good["mean_auc"] == sure["mean_auc"] == pytest.approx(0.93, abs=0.03)
    assert good["retrieval_of_21"] == 1.0 and sum(good["n"].values()) == 20_000
    told = _figures(Encoder(curve=Curve((1.5, 0, 0, 0)), findings=("nodule",)), rows)
    assert told["ece"] is None and told["auc_against_misnamed"] is None and told["mean_auc"] is not None
    assert "AUC mass" in in_words(good | {"real": good})


def test_a_finding_with_few_regions_has_no_auc():
    rows = made(400) + made(2 * FEWEST, key=("nodule", None))[: FEWEST - 1]
    assert auc_by_finding(Encoder(), rows)["nodule"] is None
    assert auc_by_finding(Encoder(), rows)["mass"] > 0.5


class Blind:
    """An encoder that gives the same to everything, and keeps what it was asked."""

    def __init__(self):
        self.asked = []

    def encode(self, pixels):
        import torch

        from ssg.grounding.seen_image import Encoded

        return Encoded(torch.zeros(4, 3), (256, 256))

    def leads(self, image, called):
        import torch

        self.asked += called
        return torch.zeros(len(called), len(KINDS))

    def boxes(self, image, boxes):
        import torch

        return torch.zeros(len(boxes), 3)

    def cached(self, texts):
        import torch

        return torch.zeros(len(texts), 3)


def test_regions_are_asked_about_under_their_name_a_similar_one_and_where_they_would_lie():
    left = ("pleural effusion", Side.LEFT)
    box = Box(150, 150, 200, 220)
    absent = ("pneumothorax", "atelectasis", "consolidation", "pneumonia", "pleural thickening", "mass")
    scene = Scene(np.zeros((256, 256), np.uint8), {left: (box,)}, absent, {})
    places = {("pneumothorax", Side.RIGHT): np.array([[0.1, 0.1, 0.3, 0.5]]), left: np.array([[0.5, 0.5, 0.8, 0.9]])}
    elsewhere = {("mass", Side.LEFT): np.array([[0.1, 0.1, 0.3, 0.5]])}
    asked = (["pleural effusion", *absent], 0), (["pleural effusion", *absent], 1), (["pleural effusion", *absent], 2)
    usual = {None: places, "brain-mr": elsewhere}
    rows = [row for names, seed in asked for row in examples(Blind(), [scene], usual, names, seed)]
    by_kind = {kind: {row.key for row in rows if row.what == kind} for kind in (THERE, MISNAMED, EMPTY)}
    assert by_kind[THERE] == {left}
    assert ("pleural effusion", Side.RIGHT) in by_kind[MISNAMED]
    assert any(name in absent for name, _ in by_kind[MISNAMED])
    assert by_kind[EMPTY] == {("pneumothorax", Side.RIGHT)}, "what is there is not asked about elsewhere"


@pytest.mark.parametrize("key", [("pneumothorax", Side.BILATERAL), ("cardiomegaly", Side.LEFT), ("pneumonia", None)])
def test_annotations_with_unusual_sides_are_measured_too(key):
    scene = Scene(np.zeros((256, 256), np.uint8), {key: (Box(10, 10, 60, 60),)}, ("mass",), {})
    names = ["pneumothorax", "cardiomegaly", "mass", "nodule", "pleural effusion", "atelectasis", "pneumonia"]
    rows = list(examples(Blind(), [scene], {}, names))
    assert [row.key for row in rows if row.what == THERE] == [key]
