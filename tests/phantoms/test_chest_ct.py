"""Axial chest CT: the same patient by seed at every size and height, findings where their boxes say, nothing unseen."""

import time

import numpy as np
import pytest

from ssg.boxes import from_mask
from ssg.errors import BadInput
from ssg.phantoms.ct import FINDINGS, HELD_OUT_SITES, MIDLINE, SITES, STRUCTURES, chest_ct
from ssg.phantoms.types import FindingSpec
from ssg.vocabulary import vocabulary

SIZE = 160
SIDED = [name for name in FINDINGS if name not in MIDLINE]
LUNG = ("nodule", "mass", "consolidation", "ground glass opacity", "atelectasis", "emphysema")
PLEURAL = ("pleural effusion", "pneumothorax")


def draw(name, seed, severity=0.6, side=None, size=SIZE, **more):
    return chest_ct(seed, size, with_masks=True, findings=[FindingSpec(name, side, severity)], **more)


def entry_of(phantom, name):
    return next((entry for entry in phantom.findings if entry.finding == name), None)


def shown(name, seeds, **more):
    """Phantoms of these seeds on which the finding is seen."""
    return [phantom for seed in seeds if entry_of(phantom := draw(name, seed, **more), name) is not None]


def mask_of(phantom, name):
    return np.any([mask for key, mask in phantom.masks.items() if key[0] == name], axis=0)


def middle(box):
    return (box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2


def test_names_and_sides_are_those_of_the_vocabulary():
    for name in (*FINDINGS, *STRUCTURES):
        assert vocabulary().get(name).name == name
    for name in FINDINGS:
        assert (vocabulary().get(name).laterality in ("midline", "none")) == (name in MIDLINE)


@pytest.mark.parametrize("seed", [0, 7, 2**40])
def test_the_same_seed_draws_the_same_slice(seed):
    first, second = chest_ct(seed, 96), chest_ct(seed, 96)
    assert np.array_equal(first.pixels, second.pixels)
    assert np.array_equal(first.values, second.values)
    assert (first.findings, first.anatomy, first.absent) == (second.findings, second.anatomy, second.absent)


def test_other_seeds_draw_other_patients():
    assert len({chest_ct(seed, 64).pixels.tobytes() for seed in range(16)}) == 16


def test_a_slice_says_what_it_is():
    phantom = chest_ct(3, 96)
    assert (phantom.kind, phantom.modality, phantom.body_part, phantom.view) == ("chest-ct", "CT", "CHEST", "axial")
    assert phantom.values.dtype == np.float32
    assert phantom.pixels.dtype == np.uint8
    assert phantom.values.shape == phantom.pixels.shape == (96, 96)
    assert -100 < phantom.level_mm < 200


@pytest.mark.parametrize("seed", range(300, 312))
def test_the_same_seed_is_the_same_patient_at_each_size(seed):
    small, large = chest_ct(seed, 160), chest_ct(seed, 320)
    assert (small.sex, small.age, small.site, small.level_mm) == (large.sex, large.age, large.site, large.level_mm)
    assert [(entry.finding, entry.side) for entry in small.findings] == [
        (entry.finding, entry.side) for entry in large.findings
    ]
    for a, b in zip(small.findings, large.findings, strict=True):
        first, second = (np.array([(box.x0, box.y0, box.x1, box.y1) for box in each.boxes]) for each in (a, b))
        union = [np.r_[boxes[:, :2].min(0), boxes[:, 2:].max(0)] for boxes in (first, second)]
        assert np.abs(union[0] / 160 - union[1] / 320).max() < 0.04, (a, b)


def test_pictures_of_one_patient_agree_across_sizes():
    small, large = (chest_ct(5, size, findings=[]).values for size in (128, 256))
    pooled = large.reshape(128, 2, 128, 2).mean(axis=(1, 3))
    assert np.corrcoef(small.ravel(), pooled.ravel())[0, 1] > 0.97


@pytest.mark.parametrize("seed", range(4))
def test_a_forced_finding_leaves_the_patient_alone(seed):
    sick = chest_ct(seed, 96, findings=["nodule"])
    plain = chest_ct(seed, 96, findings=[], level=sick.level_mm)
    assert (plain.sex, plain.age, plain.site) == (sick.sex, sick.age, sick.site)
    lungs = [next(e.boxes[0] for e in phantom.anatomy if e.finding == "lung") for phantom in (plain, sick)]
    assert max(abs(a - b) for a, b in zip(middle(lungs[0]), middle(lungs[1]), strict=True)) < 2


@pytest.mark.parametrize("seed", range(12))
def test_no_findings_is_normal(seed):
    phantom = chest_ct(seed, 96, findings=[])
    assert phantom.findings == ()
    assert len(phantom.absent) >= 2
    assert set(phantom.absent) <= set(FINDINGS)


def test_normal_slices_deny_every_finding_sooner_or_later():
    denied = {name for seed in range(120) for name in chest_ct(seed, 64, findings=[]).absent}
    assert denied == set(FINDINGS)


def test_what_the_window_or_the_phase_hides_is_neither_present_nor_absent():
    """Emphysema at a soft-tissue window; an embolus without contrast."""
    for seed in range(60):
        phantom = chest_ct(seed, 64, findings=[])
        if "pneumothorax" not in phantom.absent:
            assert "emphysema" not in phantom.absent
        if "lymphadenopathy" in phantom.absent:
            assert "ground glass opacity" not in phantom.absent
        if "pulmonary embolism" in phantom.absent:
            assert "lymphadenopathy" in phantom.absent


@pytest.mark.parametrize("seed", range(40))
def test_present_and_absent_are_disjoint_and_boxes_tight(seed):
    phantom = chest_ct(seed, 112, with_masks=True)
    assert not {entry.finding for entry in phantom.findings} & set(phantom.absent)
    for entry in (*phantom.findings, *phantom.anatomy):
        whole = from_mask(phantom.masks[entry.finding, entry.side])
        assert whole is not None
        assert (min(box.x0 for box in entry.boxes), min(box.y0 for box in entry.boxes)) == (whole.x0, whole.y0)
        assert (max(box.x1 for box in entry.boxes), max(box.y1 for box in entry.boxes)) == (whole.x1, whole.y1)
        assert 0 <= whole.x0 < whole.x1 <= 112
        assert 0 <= whole.y0 < whole.y1 <= 112


@pytest.mark.parametrize("name", FINDINGS)
@pytest.mark.parametrize("severity", [0.0, 0.6])
def test_each_finding_can_be_drawn_alone(name, severity):
    phantoms = shown(name, range(8), severity=severity, size=256)
    assert len(phantoms) >= 4, "a window may hide it, mostly it must not"
    for phantom in phantoms:
        assert {entry.finding for entry in phantom.findings} == {name}
        assert name not in phantom.absent
        for box in entry_of(phantom, name).boxes:
            width, height = box.x1 - box.x0, box.y1 - box.y0
            assert 2 <= width <= 200
            assert 2 <= height <= 200


@pytest.mark.parametrize("name", [*LUNG, *PLEURAL])
def test_each_finding_of_the_lung_changes_the_pixels_of_its_mask(name):
    gains = []
    for phantom in shown(name, range(6)):
        plain = chest_ct(phantom.seed, SIZE, findings=[], level=phantom.level_mm)
        change = np.abs(phantom.values - plain.values)
        mask = mask_of(phantom, name)
        far = ~mask & (plain.values < -600) & (plain.values > -950)
        gains.append(float(np.percentile(change[mask], 75) / (np.median(change[far]) + 5)))
    assert np.median(gains) > (1.8 if name in PLEURAL else 4), "the lung beside air or fluid changes as well"


def test_air_is_black_and_fluid_is_water():
    for phantom in shown("pneumothorax", range(6)):
        assert phantom.values[mask_of(phantom, "pneumothorax")].mean() < -850
    for phantom in shown("pleural effusion", range(6)):
        assert -60 < phantom.values[mask_of(phantom, "pleural effusion")].mean() < 90


def test_a_clot_is_darker_than_the_blood_around_it():
    phantoms = shown("pulmonary embolism", range(12))
    assert len(phantoms) >= 6
    for phantom in phantoms:
        side = entry_of(phantom, "pulmonary embolism").side
        clot = mask_of(phantom, "pulmonary embolism")
        blood = phantom.masks["pulmonary artery", side] & ~clot
        assert phantom.values[clot].mean() < phantom.values[blood].mean() - 30


def test_a_flap_lies_inside_of_the_aorta():
    for phantom in shown("aortic dissection", range(8)):
        mask = mask_of(phantom, "aortic dissection")
        assert (mask & phantom.masks["aorta", None]).sum() > 0.7 * mask.sum()
        assert phantom.values[mask].std() > 25


@pytest.mark.parametrize("name", ["cardiomegaly", "aortic aneurysm", "pericardial effusion"])
def test_findings_of_size_are_larger_than_life(name):
    structure = "aorta" if name == "aortic aneurysm" else "heart"
    for phantom in shown(name, range(6), severity=0.8):
        plain = chest_ct(phantom.seed, SIZE, with_masks=True, findings=[], level=phantom.level_mm, site=phantom.site)
        if (structure, None) in plain.masks:
            own = phantom.masks[structure, None].sum() if name == "aortic aneurysm" else mask_of(phantom, name).sum()
            assert own > 1.04 * plain.masks[structure, None].sum()


def test_nodes_are_soft_tissue_in_the_mediastinum_or_a_hilum():
    for phantom in shown("lymphadenopathy", range(8)):
        mask = mask_of(phantom, "lymphadenopathy")
        assert 0 < np.median(phantom.values[mask]) < 140


def test_a_fracture_lies_in_the_chest_wall():
    for phantom in shown("rib fracture", range(6)):
        lungs = phantom.masks["lung", "right"] | phantom.masks["lung", "left"]
        mask = mask_of(phantom, "rib fracture")
        assert (mask & lungs).sum() < 0.2 * mask.sum()


@pytest.mark.parametrize("name", SIDED)
@pytest.mark.parametrize("side", ["right", "left"])
def test_the_patients_right_is_the_images_left(name, side):
    for phantom in shown(name, (3, 4, 5), side=side):
        entry = entry_of(phantom, name)
        assert entry.side == side
        chest = phantom.masks["lung", "right"] | phantom.masks["lung", "left"]
        column = np.nonzero(mask_of(phantom, name))[1].mean()
        assert (column > middle(from_mask(chest))[0]) == (side == "left") or name == "lymphadenopathy"


@pytest.mark.parametrize(
    "name", ["nodule", "mass", "consolidation", "pleural effusion", "pneumothorax", "cardiomegaly"]
)
def test_severity_grows_the_finding(name):
    side = None if name in MIDLINE else "right"
    areas = []
    for severity in (0.05, 0.5, 0.95):
        found = [mask_of(phantom, name).sum() for phantom in shown(name, range(6), severity=severity, side=side)]
        areas.append(np.mean(found))
    assert areas[0] < areas[1] < areas[2]


def test_a_nodule_is_met_by_neighboring_slices_and_by_no_others():
    found = 0
    for seed in range(6):
        own = draw("nodule", seed, severity=0.8)
        if entry_of(own, "nodule") is None:
            continue
        found += 1
        size = entry_of(own, "nodule").size_mm
        near = [entry_of(draw("nodule", seed, 0.8, level=own.level_mm + step), "nodule") for step in (-2.5, 2.5)]
        far = [entry_of(draw("nodule", seed, 0.8, level=own.level_mm + step), "nodule") for step in (-size, size)]
        assert all(near)
        assert not any(far)
        for entry in near:
            assert max(np.abs(np.subtract(middle(entry.boxes[0]), middle(entry_of(own, "nodule").boxes[0])))) < 5
    assert found >= 4


def test_neighboring_slices_of_one_patient_are_alike():
    first, second, third = (chest_ct(11, 128, findings=[], level=level).values for level in (20.0, 22.0, 70.0))
    assert np.corrcoef(first.ravel(), second.ravel())[0, 1] > 0.97
    assert np.corrcoef(first.ravel(), third.ravel())[0, 1] < np.corrcoef(first.ravel(), second.ravel())[0, 1]


@pytest.mark.parametrize("seed", range(8))
def test_anatomy_lies_where_anatomy_lies(seed):
    phantom = chest_ct(seed, 128, with_masks=True, findings=[], level=15.0)
    found = {(entry.finding, entry.side): entry.boxes[0] for entry in phantom.anatomy}
    assert {name for name, _ in found} <= set(STRUCTURES)
    assert middle(found["lung", "right"])[0] < middle(found["lung", "left"])[0]
    if ("vertebra", None) in found:
        assert middle(found["sternum", None])[1] < middle(found["vertebra", None])[1]
        assert phantom.values[phantom.masks["vertebra", None]].mean() > 45, "a disc is softer than bone"
    if ("descending aorta", None) in found and ("vertebra", None) in found:
        assert middle(found["descending aorta", None])[0] > middle(found["vertebra", None])[0]
    lungs = phantom.masks["lung", "right"] | phantom.masks["lung", "left"]
    assert -930 < phantom.values[lungs].mean() < -700


def test_every_structure_is_shown_somewhere():
    names = {
        entry.finding for seed in range(12) for level in (-20.0, 20.0, 75.0, 140.0)
        for entry in chest_ct(seed, 96, findings=[], level=level).anatomy
    }  # fmt: skip
    assert names == set(STRUCTURES)


def test_every_site_draws_its_own_look_and_two_are_held_out():
    pictures = {name: chest_ct(1, 64, site=name) for name in SITES}
    assert {name: phantom.site for name, phantom in pictures.items()} == {name: name for name in SITES}
    assert len({phantom.pixels.tobytes() for phantom in pictures.values()}) == len(SITES)
    assert SITES[-2:] == HELD_OUT_SITES


def test_frequencies_are_sensible():
    """About 15 % normal; every finding often enough to be learned."""
    phantoms = [chest_ct(seed, 64) for seed in range(400)]
    names = [{entry.finding for entry in phantom.findings} for phantom in phantoms]
    assert 0.1 < np.mean([not each for each in names]) < 0.28
    for name in FINDINGS:
        assert np.mean([name in each for each in names]) > 0.035, name
        assert np.mean([name in phantom.absent for phantom in phantoms]) > 0.015, name
    assert max(len(each) for each in names) <= 4


@pytest.mark.parametrize("size", [64, 100, 1024])
def test_sizes_from_small_to_large(size):
    phantom = chest_ct(9, size)
    assert phantom.pixels.shape == (size, size)
    assert np.isfinite(phantom.values).all()
    assert phantom.pixels.max() > phantom.pixels.min()


@pytest.mark.parametrize("seed", [-1, 1.5, "3", None, True, 2**63])
def test_a_seed_that_is_no_whole_number_is_refused(seed):
    with pytest.raises(BadInput, match="seed"):
        chest_ct(seed, 128)


@pytest.mark.parametrize("size", [0, 63, 1025, 128.0, "big", True])
def test_a_size_out_of_range_is_refused(size):
    with pytest.raises(BadInput, match="size"):
        chest_ct(0, size)


@pytest.mark.parametrize("more", [{"severity": 1.1}, {"severity": "much"}, {"level": 900.0}, {"site": "moon base"}])
def test_other_things_that_cannot_be_drawn_are_refused(more):
    with pytest.raises(BadInput, match=next(iter(more))):
        chest_ct(0, 64, **more)


@pytest.mark.parametrize(
    "wrong",
    [
        ["broken heart"],
        [{"finding": "nodule", "colour": "red"}],
        [{"side": "left"}],
        [FindingSpec("nodule", "middle")],
        [FindingSpec("cardiomegaly", "left")],
        [FindingSpec("nodule", None, 2.0)],
        "nodule",
    ],
)
def test_findings_that_cannot_be_drawn_are_refused(wrong):
    with pytest.raises(BadInput):
        chest_ct(0, 64, findings=wrong)


@pytest.mark.slow
def test_drawing_has_not_become_several_times_slower():
    """Fifty to sixty a second were measured (benchmarks/phantoms.py); machines differ by less than this."""
    for seed in range(20):
        chest_ct(seed, 256)
    best = 0.0
    for _ in range(5):  # the best of five: a neighbor on the same core slows any one of them
        start = time.process_time()
        for seed in range(40):
            chest_ct(seed, 256)
        best = max(best, 40 / (time.process_time() - start))
    assert best >= 12
