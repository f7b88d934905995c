"""Annotation lists are read strictly; crops and sizes keep the truth true; patients are never split."""

import json
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from ssg.boxes import Box, as_boxes, from_mask
from ssg.errors import BadInput
from ssg.vocabulary import Side
from training.augment import blurred, cropped, mirror_image, random_window, regraded, resized
from training.lists import read_rows, real_rows
from training.pictures import load_scene
from training.rows import is_held_out, part_of, with_mined_absences
from training.scene import Scene
from training.scenes import phantom_scene


def a_row(**changes):
    row = {
        "image": "a.png",
        "width": 100,
        "height": 80,
        "modality": "DX",
        "findings": [{"label": "nodule", "boxes": [[60, 10, 80, 30]]}],
        "absent": ["pneumothorax"],
        "patient": "7",
    }
    return row | changes


@pytest.fixture
def listed(tmp_path):
    def write(*rows):
        path = tmp_path / "annotations.json"
        path.write_text(json.dumps(list(rows)))
        return path

    return write


def test_a_row_is_read_with_its_side_by_where_it_lies(listed):
    [row] = read_rows(listed(a_row()))
    assert row.present == {("nodule", Side.LEFT): (Box(60, 10, 80, 30),)}
    assert row.absent == ("pneumothorax",)
    [given] = read_rows(listed(a_row(findings=[{"label": "nodule", "side": "right", "boxes": [[60, 1, 80, 9]]}])))
    assert set(given.present) == {("nodule", Side.RIGHT)}


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"width": "x"}, "entry 1"),
        ({"findings": [{"label": "nodule", "boxes": [[60, 10, 180, 30]]}]}, "lies outside of its image"),
        ({"findings": [{"label": "nodule", "boxes": [[60, 10, 50, 30]]}]}, "out of order"),
        ({"findings": [{"label": "zzz", "boxes": []}]}, "zzz"),
        ({"absent": ["zzz"]}, "zzz"),
        ({"findings": [{"boxes": [[1, 1, 5, 5]]}]}, "'label' is missing: add it"),
        ({"findings": [{"label": "nodule", "boxes": []}]}, "nodule is there but has no boxes"),
        ({"findings": [{"label": "nodule", "boxes": 5}]}, '"boxes" is a list of'),
    ],
)
def test_a_bad_row_is_named(listed, changes, complaint):
    with pytest.raises(BadInput, match=r"annotations\.json, entry 2") as refused:
        read_rows(listed(a_row(), a_row(**changes)))
    assert complaint.replace("entry 1", "") in str(refused.value)


@pytest.mark.parametrize("text", ["", "{}", "[]", "[1]", '[{"image": 1}]'])
def test_what_is_no_list_is_refused(tmp_path, text):
    path = tmp_path / "list.json"
    path.write_text(text)
    with pytest.raises(BadInput, match=r"list\.json"):
        read_rows(path)


def test_an_absent_file_is_refused(tmp_path):
    with pytest.raises(BadInput, match="cannot be read"):
        read_rows(tmp_path / "absent.json")


def test_an_image_of_another_size_is_refused(listed, tmp_path):
    Image.new("L", (50, 50)).save(tmp_path / "a.png")
    [row] = read_rows(listed(a_row()))
    with pytest.raises(BadInput, match="50 × 50"):
        load_scene(row)


def test_a_crop_moves_boxes_and_masks_together(scene):
    window = (10, 20, 120, 128)
    part = cropped(scene, window)
    assert part.pixels.shape == (108, 110)
    key = ("pleural effusion", Side.LEFT)
    assert np.array_equal(part.masks[key], scene.masks[key][20:128, 10:120])
    around = from_mask(part.masks[key])
    assert list(part.present[key][0]) == pytest.approx(list(around), abs=2)


def test_a_finding_that_leaves_a_crop_is_unknown_not_absent(scene):
    part = cropped(scene, (0, 0, 40, 40))
    assert "cardiomegaly" not in {name for name, _ in part.present}
    assert "cardiomegaly" not in part.absent
    assert "pneumothorax" in part.absent


def test_another_size_keeps_shares(scene):
    half = resized(scene, (64, 96))
    assert half.pixels.shape == (96, 64)
    for key, mask in scene.masks.items():
        assert half.masks[key].mean() == pytest.approx(mask.mean(), abs=0.01)
    key = ("cardiomegaly", None)
    assert np.allclose(as_boxes(half.present[key]) / [64, 96, 64, 96], as_boxes(scene.present[key]) / 128)
    assert resized(scene, (128, 128)) is scene


def test_windows_have_the_aspect_and_lie_inside(scene):
    rng = np.random.default_rng(0)
    for aspect in (0.7, 1.0, 1.3, None):
        for _ in range(50):
            x0, y0, x1, y1 = random_window(scene, rng, aspect)
            assert 0 <= x0 < x1 <= 128 and 0 <= y0 < y1 <= 128
            assert (x1 - x0) / (y1 - y0) == pytest.approx(aspect or 1, rel=0.03)
            assert max(x1 - x0, y1 - y0) >= 0.74 * 128


def test_other_greys_leave_the_truth_alone(scene):
    other = regraded(scene, np.random.default_rng(1))
    assert other.present == scene.present
    assert other.pixels.dtype == np.uint8
    assert not np.array_equal(other.pixels, scene.pixels)


def test_a_phantom_s_scene_knows_everything():
    scene = phantom_scene(3, 96)
    assert {name for name, _ in scene.anatomy} >= {"lung", "heart"}
    assert set(scene.masks) >= set(scene.present)


def test_mined_absences_spare_what_is_mentioned_or_near_it(listed):
    [row] = read_rows(listed(a_row(image_labels_textmined=["Effusion"], absent=[])))
    mined = with_mined_absences(row)
    assert "cardiomegaly" in mined.absent
    assert "pneumothorax" not in mined.absent, "it is of the same group as what is mentioned"
    assert "pleural effusion" not in mined.absent
    assert "nodule" not in mined.absent, "it is marked"
    assert with_mined_absences(replace(row, source={})).absent == ()


def test_patients_are_never_split(listed, tmp_path):
    Image.new("L", (100, 80)).save(tmp_path / "a.png")
    path = listed(*(a_row(patient=str(number % 40)) for number in range(200)))
    rows = read_rows(path)
    held, trained = part_of(rows, "held-out"), part_of(rows, "training")
    assert held and trained
    assert len(held) + len(trained) == len(part_of(rows, "all")) == 200
    assert not {row.group for row in held} & {row.group for row in trained}
    assert all(is_held_out(row) for row in held)
    assert {row.group for row in real_rows([path])} == {row.group for row in trained}


def test_a_mirror_swaps_sides_in_boxes_and_words(scene):
    other = mirror_image(scene)
    assert np.array_equal(other.pixels, scene.pixels[:, ::-1])
    assert set(other.present) == {("pleural effusion", Side.RIGHT), ("cardiomegaly", None)}
    box, before = other.present[("pleural effusion", Side.RIGHT)][0], scene.present[("pleural effusion", Side.LEFT)][0]
    assert (box.x0, box.x1) == (128 - before.x1, 128 - before.x0)
    around = from_mask(other.masks[("pleural effusion", Side.RIGHT)])
    assert list(around) == pytest.approx(list(box), abs=2)
    assert mirror_image(other).present == scene.present


def test_a_mask_of_another_resolution_is_cropped_to_the_same_part(scene):
    half = resized(scene, (64, 64))
    part = cropped(half, (16, 16, 64, 64))
    assert part.masks[("cardiomegaly", None)].shape == (96, 96), "masks keep their own resolution"
    assert np.array_equal(part.masks[("cardiomegaly", None)], scene.masks[("cardiomegaly", None)][32:, 32:])


def test_less_sharp_is_the_same_scene(scene):
    soft = blurred(scene, np.random.default_rng(2))
    assert soft.present == scene.present
    edges = [np.abs(np.diff(one.pixels.astype(int))).mean() for one in (scene, soft)]
    assert edges[1] < edges[0]


def test_neighbouring_slices_stay_together(listed):
    rows = [a_row(figshare_id=number, image=f"{number}.png") for number in (1, 96, 148, 246)]
    for row in rows:
        del row["patient"]
    groups = [row.group for row in read_rows(listed(*rows))]
    assert groups[0] == groups[1] != groups[2] == groups[3]


def test_training_phantoms_are_of_training_sites_only():
    from ssg import phantoms

    drawn = {name: phantoms.kind_of(name) for name in phantoms.KINDS}
    for kind in drawn.values():
        assert len(kind.training_sites) >= 4
        assert len(kind.held_out_sites) >= 2
        assert not set(kind.training_sites) & set(kind.held_out_sites)
        assert set(kind.held_out_sites) <= set(kind.sites)


def test_no_size_carries_a_box_over_the_border():
    for width in range(300, 340):
        made = Scene(np.zeros((width, width), np.uint8), {("mass", None): (Box(0.1, 0.3, width, width),)})
        for side in (384, 383, 350):
            [box] = resized(made, (side, side)).present[("mass", None)]
            assert box.x1 <= side and box.y1 <= side
