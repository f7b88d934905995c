"""What a brain MR phantom claims can be seen in it, and what it draws and cannot be seen is not denied."""

import sys

import numpy as np
import pytest

from ssg.phantoms.mr import brain_mr
from ssg.phantoms.mr import tissue as t
from ssg.phantoms.mr.acquisition import Style, label
from ssg.phantoms.mr.placing import probe

drawing = sys.modules["ssg.phantoms.mr.brain_mr"]
"""The module; the package's attribute of that name is the function."""

CAVITY = (t.CEREBELLUM, t.ARBOR, t.BRAINSTEM)


@pytest.fixture
def maps(monkeypatch):
    """Maps and burden of the phantom drawn last."""
    caught = {}
    plain = drawing.traces

    def traces(maps, burden):
        caught["maps"], caught["burden"] = maps, burden
        return plain(maps, burden)

    monkeypatch.setattr(drawing, "traces", traces)
    return caught


def named(phantom):
    return {entry.finding for entry in phantom.findings}


def lettered(view, x, word="R"):
    style = Style(0, 0, (0, 0), 0, 1, 60, 1, (0, 0, False), 0, (word, x, 0.9, 0.05))
    grey = np.zeros((200, 200), np.float32)
    label(grey, style, view)
    return grey


@pytest.mark.parametrize("view", ["axial", "coronal", "sagittal"])
def test_letters_of_the_sides_stand_at_the_edges_where_those_sides_are(view):
    left, both, right = (lettered(view, x) for x in (0.1, 0.45, 0.75))
    assert left[:, 100:].max() == 0
    assert right[:, :100].max() == 0
    assert np.array_equal(left + right, both)
    assert left.max() > 150
    assert (left != lettered("axial", 0.1)).any() == (view == "sagittal")


@pytest.mark.parametrize("seed", range(6))
def test_edema_and_infarct_stay_on_their_side_of_the_tentorium(seed, maps):
    for finding in ("cerebral edema", "infarct"):
        brain_mr(seed, 160, findings=[finding, "brain tumor"], view="coronal", level=-45.0)
        for index, focus in enumerate(maps["burden"].foci):
            if focus.finding != finding:
                continue
            here = maps["maps"].label[maps["maps"].found == index + 1]
            below, above = np.isin(here, CAVITY).sum(), np.isin(here, (t.GREY, t.WHITE)).sum()
            assert min(below, above) <= 0.03 * (below + above)


@pytest.mark.parametrize("seed", range(8))
def test_edema_does_not_end_in_a_straight_line_within_the_callosum(seed, maps):
    forced = [{"finding": "cerebral edema", "side": "left", "severity": 1.0}]
    brain_mr(seed, 160, findings=forced, view="axial", level=8.0)
    number = next(k for k, focus in enumerate(maps["burden"].foci) if focus.finding == "cerebral edema") + 1
    callosum = maps["maps"].label == t.CALLOSUM
    assert not ((maps["maps"].found == number) & callosum).any()


def test_white_matter_lesions_keep_clear_of_masses(maps):
    for seed in range(30):
        brain_mr(seed, 64, findings=["glioma", "white matter lesion"], severity=0.8)
        foci = maps["burden"].foci
        for mass in (focus for focus in foci if focus.finding == "glioma"):
            for spot in (focus for focus in foci if focus.finding == "white matter lesion"):
                assert np.linalg.norm(mass.row[1:4] - spot.row[1:4]) > mass.size_mm / 2 + spot.size_mm / 2


def test_what_is_drawn_is_called_or_unknown_and_never_denied(maps):
    called = unknown = 0
    for seed in range(9000, 9060):
        phantom = brain_mr(seed, 128)
        present = np.bincount(maps["maps"].found.ravel(), minlength=256)
        drawn = {f.finding for k, f in enumerate(maps["burden"].foci) if f.finding and present[k + 1]}
        assert not drawn & set(phantom.absent)
        called += len(drawn & named(phantom))
        unknown += len(drawn - named(phantom))
    assert called > 4 * unknown


def test_a_mass_seen_in_the_picture_is_named_whatever_its_nominal_signal(maps):
    """Swellings a little darker than the brain, which one sees by their even grey and their edge."""
    found = drawn = 0
    for seed in range(40):
        forced = [{"finding": "glioma", "severity": 0.8, "form": "low grade"}]
        phantom = brain_mr(seed, 160, findings=forced, sequence="T1 post contrast", site="neurology center")
        drawn += 1
        found += "glioma" in named(phantom)
        nominal = [focus.clear for focus in maps["burden"].foci if focus.finding == "glioma"]
        assert "glioma" not in phantom.absent or not nominal
    assert found > 0.8 * drawn


def test_a_large_mass_without_contrast_to_the_brain_is_unknown(monkeypatch):
    """The same patients with an edema of nearly the white matter's own signal."""
    from ssg.phantoms.mr.lesions import Palette

    own = Palette.of
    monkeypatch.setattr(Palette, "of", lambda self, *tissue: own(self, 640, 80, 0.71))
    for seed in range(8):
        phantom = brain_mr(seed, 160, findings=["cerebral edema"])
        assert "cerebral edema" not in named(phantom)


def test_a_shift_is_not_denied_where_no_midline_is_seen():
    for seed in range(8):
        assert "midline shift" not in brain_mr(seed, 96, findings=[], view="axial", level=-62.0).absent
        assert "midline shift" not in brain_mr(seed, 96, findings=[], view="sagittal").absent
    denied = [brain_mr(seed, 96, findings=[], view="axial", level=10.0).absent for seed in range(8)]
    assert sum("midline shift" in names for names in denied) >= 5


def test_every_spot_that_is_drawn_is_boxed_or_too_faint(maps):
    loose = spots = 0
    for seed in range(20):
        phantom = brain_mr(seed, 256, True, ["white matter lesion"], severity=0.5, sequence="FLAIR")
        numbers = [k + 1 for k, f in enumerate(maps["burden"].foci) if f.finding == "white matter lesion"]
        drawn = np.isin(maps["maps"].found, numbers)
        boxed = np.zeros_like(drawn)
        for (name, _), mask in phantom.masks.items():
            boxed |= mask if name == "white matter lesion" else False
        spots += drawn.sum()
        loose += (drawn & ~boxed).sum()
    assert loose < 0.03 * spots


def test_shrunken_brains_and_many_spots_are_of_the_old():
    for seed in range(40):
        assert brain_mr(seed, 64, findings=["cerebral atrophy"]).age >= 52
        assert brain_mr(seed, 64, findings=["white matter lesion"], severity=0.9).age >= 50
    assert min(brain_mr(seed, 64, findings=[]).age for seed in range(40)) < 30


def test_the_frontal_lobe_rests_on_the_roof_of_the_orbit():
    """Fluid over its tip would be a bright island in an axial slice, like a cyst."""
    for y in (25.0, 35.0, 45.0):
        heights = [float(z) for z in np.arange(-20.0, 10.0, 1.0)]
        gaps = [probe((26.0, y, z), "cerebrum")[0] for z in heights if probe((26.0, y, z), "dura")[0] < -1.2]
        assert len(gaps) > 5
        assert max(gaps) < 0.3
