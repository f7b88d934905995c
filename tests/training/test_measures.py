"""Metrics, the location prior, and the optimiser, against figures worked out by hand."""

import copy
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from ssg import phantoms
from ssg.boxes import Box, as_boxes
from ssg.errors import BadInput
from ssg.grounding.types import FindingAnswer
from ssg.reward.answers import Region
from training.froc import froc
from training.intervals import of_means
from training.metrics import Item, matched_iou, summary
from training.optimiser import MuonAdamW, is_matrix
from training.predictions import read_predictions
from training.prior import LocationPrior, phantom_boxes
from training.rewarded import rewarded
from training.rows import Row

NONE = as_boxes([])
UNIT = as_boxes([[0, 0, 10, 10]])
HALF = as_boxes([[0, 0, 10, 5]])
FAR = as_boxes([[50, 50, 60, 60]])


def test_matched_iou():
    assert matched_iou(UNIT, UNIT) == 1
    assert matched_iou(HALF, UNIT) == 0.5
    assert matched_iou(NONE, UNIT) == 0
    assert matched_iou(np.concatenate([UNIT, FAR]), UNIT) == 0.5, "a box too many costs"
    assert matched_iou(np.concatenate([FAR, UNIT]), np.concatenate([UNIT, FAR])) == 1, "in any order"


def test_a_summary_of_known_items():
    items = [
        Item("a", "nodule", UNIT, UNIT, 10_000),
        Item("a", "mass", UNIT, FAR, 10_000),
        Item("b", "nodule", NONE, NONE, 10_000),
        Item("b", "mass", NONE, FAR, 10_000),
    ]
    result = summary(items)
    assert (result["miou"], result["acc50"], result["absent_rejected"]) == (0.5, 0.5, 0.5)
    nodule = result["by_finding"]["nodule"]
    assert {name: nodule[name] for name in ("miou", "acc50", "absent_rejected", "pointing")} == {
        "miou": 1.0,
        "acc50": 1.0,
        "absent_rejected": 1.0,
        "pointing": 1.0,
    }
    assert (nodule["n"], nodule["n_absent"]) == (1, 1)
    assert result["pointing"] == 0.5
    assert result["froc"] is None, "how sure anybody was is not known"
    assert list(result["by_size"]) == ["small"]
    assert result["n"] == {"images": 2, "present": 2, "absent": 2}


@pytest.mark.parametrize(("side", "size"), [(10, "small"), (20, "medium"), (50, "large")])
def test_sizes_are_shares_of_the_image(side, size):
    assert Item("a", "mass", as_boxes([[0, 0, side, side]]), NONE, 10_000).size == size


def test_nothing_present_is_no_zero():
    result = summary([Item("a", "mass", NONE, NONE, 100)])
    assert result["miou"] is None and result["ci95"]["miou"] is None
    assert result["absent_rejected"] == 1


def test_the_prior_sees_no_site_that_is_held_out(monkeypatch):
    sites = {kind: set() for kind in phantoms.KINDS}

    def drawn(kind, seed, **how):
        made = phantoms.kind_of(kind).draw(seed, **how)
        sites[kind].add(made.site)
        return made

    monkeypatch.setattr(phantoms, "draw", drawn)
    assert list(phantom_boxes(1_000_000, 25, phantoms.KINDS))
    for kind, seen in sites.items():
        assert len(seen) > 2 and seen <= set(phantoms.kind_of(kind).training_sites)


def test_the_prior_is_the_box_that_agrees_best(tmp_path):
    boxes = [as_boxes([[0.1, 0.1, 0.3, 0.3]]), as_boxes([[0.12, 0.1, 0.32, 0.3]]), as_boxes([[0.8, 0.8, 0.9, 0.9]])]
    prior = LocationPrior.fit([("phantom", "mass", one) for one in boxes])
    assert prior.predict("phantom", "mass", 200, 100)[0] == pytest.approx([20, 10, 60, 30], abs=5)
    assert len(prior.predict("real", "mass", 200, 100)) == 1, "another source stands in"
    assert len(prior.predict("phantom", "nodule", 200, 100)) == 0
    prior.write(tmp_path)
    assert LocationPrior.read(tmp_path).boxes == prior.boxes
    (tmp_path / "location_prior.json").write_text("[1")
    with pytest.raises(BadInput, match="--prior-data"):
        LocationPrior.read(tmp_path)


def test_what_counts_as_a_matrix():
    assert is_matrix("blocks.0.mlp.fc1.weight", nn.Parameter(torch.zeros(2, 2)))
    assert not is_matrix("blocks.0.norm.weight", nn.Parameter(torch.zeros(2)))
    assert not is_matrix("embed_tokens.weight", nn.Parameter(torch.zeros(2, 2)))
    assert not is_matrix("cover.weight", nn.Parameter(torch.zeros(2, 2)))


def small_problem(seed):
    torch.manual_seed(seed)
    layer = nn.Linear(8, 4)
    groups = [
        {"params": [layer.weight], "matrix": True, "share": 1.0},
        {"params": [layer.bias], "matrix": False, "share": 1.0},
    ]
    return layer, MuonAdamW(groups, 0.02, 0.0)


def descend(layer, optimiser, steps):
    torch.manual_seed(9)
    inputs, wanted = torch.randn(64, 8), torch.randn(64, 8) @ torch.randn(8, 4)
    for _ in range(steps):
        loss = (layer(inputs) - wanted).pow(2).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return float(loss.detach())


def test_both_kinds_of_parameters_are_updated_and_their_state_is_kept():
    layer, optimiser = small_problem(0)
    before = [parameter.detach().clone() for parameter in layer.parameters()]
    first = descend(layer, optimiser, 1)
    assert all(not torch.equal(a, b) for a, b in zip(before, layer.parameters(), strict=True))
    other, restored = small_problem(1)
    other.load_state_dict(layer.state_dict())
    restored.load_state_dict(copy.deepcopy(optimiser.state_dict()))
    assert descend(layer, optimiser, 40) == pytest.approx(descend(other, restored, 40), rel=1e-5)
    assert descend(layer, optimiser, 1) < first


def test_the_rate_that_the_loop_sets_is_the_one_that_is_used():
    layer, optimiser = small_problem(0)
    for group in optimiser.param_groups:
        group["lr"] = 0.0
    before = [parameter.detach().clone() for parameter in layer.parameters()]
    descend(layer, optimiser, 3)
    assert all(torch.equal(a, b) for a, b in zip(before, layer.parameters(), strict=True))


def test_froc_counts_hits_and_false_alarms_from_the_surest_down():
    box = (0.0, 0.0, 10.0, 10.0)
    far = (50.0, 50.0, 60.0, 60.0)
    reads = [
        ("a", UNIT, ((0.9, box), (0.8, box), (0.2, far))),
        ("b", UNIT, ((0.5, far), (0.4, box))),
        ("c", NONE, ((0.6, far),)),
        ("d", NONE, ()),
    ]
    found = froc(reads)
    # in order: hit, (again: neither), alarm c, alarm b, hit, alarm a; four images
    assert found["found_at"] == {"0.125": 0.5, "0.25": 0.5, "0.5": 1.0, "1": 1.0, "2": 1.0, "4": 1.0, "8": 1.0}
    assert found["mean"] == pytest.approx((0.5 * 2 + 5) / 7, abs=1e-4)
    assert found["marks"] == 2


def test_froc_of_nothing():
    assert froc([("a", NONE, ())]) is None
    assert froc([("a", UNIT, None)]) is None
    assert froc([("a", UNIT, ())])["mean"] == 0


def test_groups_by_site_and_modality():
    items = [
        Item("a", "mass", UNIT, UNIT, 1e4, None, "north", "CT"),
        Item("b", "mass", UNIT, FAR, 1e4, None, "south", "CT"),
    ]
    result = summary(items)
    assert {name: group["miou"] for name, group in result["by_site"].items()} == {"north": 1, "south": 0}
    assert result["by_modality"]["CT"]["miou"] == 0.5


def test_found_and_false_alarms_are_counted_in_each_site_and_modality():
    sure, wrong = (0.9, tuple(UNIT[0])), (0.8, tuple(FAR[0]))
    items = [
        Item("a", "mass", UNIT, UNIT, 1e4, (sure,), "north", "CT"),
        Item("b", "mass", UNIT, FAR, 1e4, (wrong,), "south", "CT"),
    ]
    result = summary(items)
    assert {name: group["froc"]["mean"] for name, group in result["by_site"].items()} == {"north": 1.0, "south": 0.0}
    assert result["by_modality"]["CT"]["froc"] == result["froc"] and result["froc"]["mean"] == 0.5
    assert "froc" not in result["by_finding"]["mass"]


def test_the_reward_is_told_by_site_and_modality():
    def asked(site, modality, box):
        whence = {"site": site, "modality": modality}
        row = Row(Path("x.png"), (100, 100), {("nodule", None): (Box(10, 10, 30, 30),)}, (), "x", whence)
        return row, [FindingAnswer("nodule", None, True, (Region("nodule", box),), (), 0.9)]

    right, wrong = Box(10, 10, 30, 30), Box(70, 70, 90, 90)
    told = rewarded([asked("north", "CT", right), asked("south", "CT", wrong), asked("", "", wrong)])
    north, south = told["reward_by_site"]["north"], told["reward_by_site"]["south"]
    assert set(told["reward_by_site"]) == {"north", "south"} and set(told["reward_by_modality"]) == {"CT"}
    assert north["total"] > told["reward_by_modality"]["CT"]["total"] > south["total"]
    assert north["spatial"] == 1.0 and "semantic" in north


def test_the_pointing_game_is_about_the_middle_of_the_first_box():
    wide = as_boxes([[0, 0, 18, 18]])
    assert Item("a", "mass", UNIT, wide, 1e4).pointed
    assert not Item("a", "mass", UNIT, as_boxes([[0, 0, 30, 30]]), 1e4).pointed
    assert not Item("a", "mass", UNIT, NONE, 1e4).pointed


def test_predictions_made_elsewhere(tmp_path):
    path = tmp_path / "lines.jsonl"
    rows = [
        {"prediction": [[0, 0, 10, 10]], "reference": [[0, 0, 10, 10]], "confidence": [0.7], "finding": "mass"},
        {"prediction": [], "reference": [], "confidence": [], "width": 100, "height": 100, "site": "north"},
    ]
    path.write_text("\n".join(map(json.dumps, rows)))
    first, second = read_predictions(path)
    assert first.iou == 1 and first.finding == "mass" and first.area == 100
    assert not second.present and second.area == 10_000 and second.site == "north"
    assert summary([first, second])["froc"]["mean"] == 1


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("{}", '"prediction" and "reference"'),
        ("[1]", '"prediction" and "reference"'),
        ('{"prediction": 1, "reference": []}', '"prediction" is a list of boxes'),
        ('{"prediction": [[1, 2, 3]], "reference": []}', '"prediction" is a list of boxes'),
        ('{"prediction": [["a", 2, 3, 4]], "reference": []}', "'a' is no number"),
        ('{"prediction": [[5, 5, 1, 1]], "reference": []}', "out of order"),
        ('{"prediction": [[1, 1, 5, 5]], "reference": [], "confidence": []}', "one number for each predicted box"),
        ('{"prediction": [[1, 1, 50, 5]], "reference": [], "width": 40, "height": 40}', "outside of its image of 40"),
        ('{"prediction": [], "reference": [[-4, 1, 5, 5]]}', "outside of its image"),
        ('{"prediction": [], "reference": [], "width": 0}', '"width" is a number of pixels above 0'),
        ('{"prediction": [], "reference": [], "width": 1e999}', "too large"),
        ("{", "not valid JSON"),
        ("", "holds no predictions"),
    ],
)
def test_bad_predictions_are_named(tmp_path, line, complaint):
    path = tmp_path / "lines.jsonl"
    path.write_text(line)
    with pytest.raises(BadInput, match=r"lines\.jsonl") as refused:
        read_predictions(path)
    assert complaint in str(refused.value)


def test_froc_has_an_interval_around_its_mean():
    rng = np.random.default_rng(0)
    reads = []
    for image in range(60):
        box = (5.0, 5.0, 25.0, 25.0) if rng.random() < 0.7 else (60.0, 60.0, 80.0, 80.0)
        reads.append((str(image), as_boxes([[5, 5, 25, 25]]), ((float(rng.random()), box),)))
    found = froc(reads)
    low, high = found["mean_ci95"]
    assert low < found["mean"] < high and 0.05 < high - low < 0.4
    same = froc([(image, marks, ((0.5, (5.0, 5.0, 25.0, 25.0)),)) for image, marks, _ in reads])
    assert same["mean"] == 1 and same["mean_ci95"] == [1, 1]
    assert froc(reads[:1])["mean_ci95"] is None, "of one image nobody knows how much it varies"


def test_intervals_cover_the_truth_about_as_often_as_they_say():
    rng = np.random.default_rng(1)
    covered = [low <= 0.3 <= high for low, high in (of_means((rng.random((80, 1)) < 0.3) * 1.0)[0] for _ in range(100))]
    assert 0.85 <= np.mean(covered) <= 1
    assert of_means(np.array([[np.nan], [np.nan]])) == [None]
    assert of_means(np.array([[1.0, np.nan], [3.0, 2.0]]))[0] == [1, 3]
