"""Findings of a chest CT beside and over each other: nothing painted through bone, nothing claimed that others hide."""

import numpy as np
import pytest

from ssg.phantoms.ct import chest_ct
from ssg.phantoms.types import FindingSpec
from tests.phantoms.test_chest_ct import SIZE, entry_of, mask_of, shown


@pytest.mark.parametrize("name", ["aortic aneurysm", "aortic dissection"])
def test_a_wide_aorta_lies_beside_spine_and_airways(name):
    phantoms = shown(name, range(30), severity=None)
    assert len(phantoms) >= 25
    for phantom in phantoms:
        mask = mask_of(phantom, name)
        bone = phantom.masks.get(("vertebra", None), np.zeros_like(mask))
        assert (mask & bone).sum() <= 0.02 * mask.sum(), phantom.seed
        assert (phantom.values[mask] < -600).mean() <= 0.01, phantom.seed


def test_a_large_heart_ends_where_the_fluid_about_it_begins():
    for seed in range(6):
        forced = [FindingSpec("cardiomegaly", None, 0.6), FindingSpec("pericardial effusion", None, 0.8)]
        phantom = chest_ct(seed, SIZE, with_masks=True, findings=forced)
        if entry_of(phantom, "cardiomegaly") and entry_of(phantom, "pericardial effusion"):
            assert not (mask_of(phantom, "cardiomegaly") & mask_of(phantom, "pericardial effusion")).any()


def test_a_haze_that_others_cover_is_neither_present_nor_absent():
    covered = 0
    for seed in range(40):
        forced = [FindingSpec("ground glass opacity", "right", 0.1, "single"),
                  FindingSpec("consolidation", "right", 0.9, "lobar")]  # fmt: skip
        phantom = chest_ct(seed, 128, with_masks=True, findings=forced)
        assert "ground glass opacity" not in phantom.absent
        masks = phantom.masks
        if entry_of(phantom, "ground glass opacity") is None:
            covered += 1
        elif entry_of(phantom, "consolidation"):
            hazy, solid = masks["ground glass opacity", "right"], masks["consolidation", "right"]
            assert not (hazy & solid).any()
    assert covered >= 5


def test_a_collapsed_lobe_is_seen_at_a_sensible_size():
    for seed in range(20):
        phantom = chest_ct(seed, SIZE, with_masks=True, findings=[FindingSpec("atelectasis", None, 0.2, "lobar")])
        if entry_of(phantom, "atelectasis"):
            assert mask_of(phantom, "atelectasis").sum() * phantom.spacing_mm[0] ** 2 > 300


def test_nodes_have_a_station_of_their_side():
    assert all(
        entry_of(p, "lymphadenopathy").form != "subcarinal" for p in shown("lymphadenopathy", range(20), size=96)
    )
