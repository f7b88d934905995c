"""Every finding can be forced, is seen where its box says, on the side that was asked for, and grows with severity."""

import numpy as np
import pytest

from ssg.boxes import from_mask
from ssg.errors import BadInput
from ssg.phantoms import FINDINGS, FindingSpec, chest_xray
from ssg.phantoms.types import MIDLINE

SIZE = 160
SIDED = [name for name in FINDINGS if name not in MIDLINE]
SHIFTING = {"cardiomegaly", "atelectasis", "pleural effusion", "pneumothorax", "pulmonary edema"}
"""Findings that also move or change other structures, so that the picture differs outside of the box as well."""


def draw(name, seed, severity=0.6, side=None, size=SIZE):
    return chest_xray(seed, size, with_masks=True, findings=[FindingSpec(name, side, severity)])


def entry_of(phantom, name):
    return next((entry for entry in phantom.findings if entry.finding == name), None)


@pytest.mark.parametrize("name", FINDINGS)
def test_each_finding_can_be_forced(name):
    shown = [entry_of(draw(name, seed), name) is not None for seed in range(8)]
    assert sum(shown) >= 7, "shutters may hide one, no more"


@pytest.mark.parametrize("name", FINDINGS)
def test_each_finding_is_seen_inside_its_mask(name):
    ratios = []
    for seed in range(4):
        plain, sick = chest_xray(seed, SIZE, findings=[]), draw(name, seed)
        if entry_of(sick, name) is None:
            continue
        change = np.abs(sick.pixels.astype(int) - plain.pixels)
        masks = [mask for key, mask in sick.masks.items() if key[0] == name]
        inside, boxes = np.any(masks, axis=0), np.zeros((SIZE, SIZE), bool)
        for box in (box for entry in sick.findings if entry.finding == name for box in entry.boxes):
            boxes[int(box.y0) : int(box.y1), int(box.x0) : int(box.x1)] = True
        # The strongest tenth, because a fracture is a thin line in its box; 0.2 so that an untouched outside divides.
        ratios.append(np.percentile(change[inside], 90) / (change[~boxes].mean() + 0.2))
    assert np.median(ratios) > (3 if name in SHIFTING else 10)


@pytest.mark.parametrize("name", SIDED)
@pytest.mark.parametrize("side", ["right", "left"])
def test_the_patients_side_is_the_images_other_half(name, side):
    for seed in (3, 4):
        phantom = draw(name, seed, side=side)
        entry = entry_of(phantom, name)
        if entry is None:
            continue
        assert entry.side == side
        rows, columns = np.nonzero(phantom.masks[name, side])
        spine = next(item.boxes[0] for item in phantom.anatomy if item.finding == "spine")
        middle = (spine.x0 + spine.x1) / 2
        reach = columns.mean() if name not in ("pacemaker", "central venous catheter") else columns[rows.argmin()]
        assert (reach > middle) == (side == "left"), (seed, reach, middle)


@pytest.mark.parametrize(
    "name", ["cardiomegaly", "pleural effusion", "pneumothorax", "consolidation", "nodule", "mass", "hilar enlargement"]
)
def test_severity_grows_the_finding(name):
    side = None if name in MIDLINE else "right"
    areas = [
        np.mean([np.count_nonzero(draw(name, seed, level, side, 96).masks.get((name, side), 0)) for seed in range(6)])
        for level in (0.05, 0.5, 0.95)
    ]
    assert areas[0] < areas[1] < areas[2]


def test_a_forced_finding_is_never_absent():
    for name in FINDINGS:
        assert name not in draw(name, 11, size=64).absent


def test_a_consolidation_is_brighter_than_the_lung_it_fills():
    gains = []
    for seed in range(8):
        plain, sick = chest_xray(seed, SIZE, findings=[]), draw("consolidation", seed, 0.5)
        mask = np.any([mask for key, mask in sick.masks.items() if key[0] == "consolidation"], axis=0)
        gains.append(float(sick.pixels[mask].mean()) - float(plain.pixels[mask].mean()))
    assert min(gains) > 5
    assert np.median(gains) > 15


def test_edema_is_a_veil_and_no_snow():
    """Its change from the healthy picture varies slowly: little of it lies between neighbouring pixels."""
    plain, sick = chest_xray(4, SIZE, findings=[]), draw("pulmonary edema", 4, 0.7)
    lungs = sick.masks["pulmonary edema", "right"]
    change = sick.pixels.astype(float) - plain.pixels
    steps = np.abs(np.diff(change, axis=1))[lungs[:, 1:]]
    assert steps.mean() < 0.35 * np.abs(change[lungs]).mean()


def test_a_multiple_finding_has_a_box_for_each_instance():
    phantom = chest_xray(2, 224, with_masks=True, findings=[FindingSpec("rib fracture", "left", 0.9)])
    entry = entry_of(phantom, "rib fracture")
    assert entry is not None
    assert len(entry.boxes) >= 2
    assert from_mask(phantom.masks["rib fracture", "left"]) is not None


@pytest.mark.parametrize(
    "wrong",
    [
        "broken heart",
        {"finding": "nodule", "colour": "red"},
        {"side": "left"},
        FindingSpec("nodule", "middle"),
        FindingSpec("cardiomegaly", "left"),
        FindingSpec("nodule", None, 2.0),
    ],
)
def test_what_cannot_be_drawn_is_refused(wrong):
    with pytest.raises(BadInput):
        chest_xray(0, 64, findings=[wrong])
