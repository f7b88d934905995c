"""Metrics, the location prior, and the optimiser, against figures worked out by hand."""

import copy

import numpy as np
import pytest
import torch
from torch import nn

from ssg.boxes import as_boxes
from ssg.errors import BadInput
from training.metrics import Item, matched_iou, summary
from training.optimiser import MuonAdamW, is_matrix
from training.prior import LocationPrior

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
    assert result["by_finding"]["nodule"] == {
        "miou": 1.0,
        "acc50": 1.0,
        "absent_rejected": 1.0,
        "n": 1,
        "n_absent": 1,
    }
    assert list(result["by_size"]) == ["small"]
    assert result["n"] == {"images": 2, "present": 2, "absent": 2}


@pytest.mark.parametrize(("side", "size"), [(10, "small"), (20, "medium"), (50, "large")])
def test_sizes_are_shares_of_the_image(side, size):
    assert Item("a", "mass", as_boxes([[0, 0, side, side]]), NONE, 10_000).size == size


def test_nothing_present_is_no_zero():
    result = summary([Item("a", "mass", NONE, NONE, 100)])
    assert result["miou"] is None and result["ci95"]["miou"] is None
    assert result["absent_rejected"] == 1


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
