"""What the vision tower is taught: cover from masks, boxes where something lies, nothing where nobody knows."""

import numpy as np
import pytest
import torch

from ssg.boxes import Box
from ssg.vocabulary import Side
from training.dense import DenseHead, dense_classes, giou
from training.dense_truth import at_tokens, described
from training.scene import Scene

NAMES = ["pleural effusion", "cardiomegaly", "lung", "heart", "nodule"]


def dense_truth(scene, rows, columns, index):
    return {name: value.numpy() for name, value in at_tokens(described([scene], rows, columns, index)).items()}


@pytest.fixture(scope="module")
def index():
    return {key: number for number, key in enumerate(dense_classes(NAMES))}


def test_classes_have_sides_where_the_vocabulary_has(index):
    assert ("pleural effusion", Side.LEFT) in index
    assert ("cardiomegaly", None) in index
    assert ("cardiomegaly", Side.LEFT) not in index
    assert dense_classes(["nodule", "nodule"]) == dense_classes(["nodule"])


def test_cover_is_the_mask_s_share_of_each_patch_relative_to_the_most_covered_one(scene, index):
    truth = dense_truth(scene, 8, 8, index)
    for key in (("pleural effusion", Side.LEFT), ("cardiomegaly", None), ("lung", Side.RIGHT)):
        shares = scene.masks[key].reshape(8, 16, 8, 16).mean(axis=(1, 3))
        cover = truth["cover"][:, :, index[key]]
        assert cover.max() == pytest.approx(1)
        assert np.sort(cover.ravel()) == pytest.approx(np.sort(shares.ravel() / shares.max()), abs=0.01)


def test_a_line_counts_where_most_of_it_lies(index):
    mask = np.zeros((128, 128), bool)
    mask[10:118, 64] = True
    made = Scene(np.zeros((128, 128), np.uint8), {("cardiomegaly", None): (Box(64, 10, 65, 118),)})
    made.masks[("cardiomegaly", None)] = mask
    cover = dense_truth(made, 8, 8, index)["cover"][:, :, index[("cardiomegaly", None)]]
    assert (cover > 0.9).sum() == 6, "of eight rows the first and the last are covered in part"


def test_tokens_are_the_merged_patches_in_the_tower_s_order(index):
    mask = np.zeros((64, 64), bool)
    mask[16:32, 48:64] = True  # patch row 1, column 3 of 4 × 4: token 1, its lower right patch
    made = Scene(np.zeros((64, 64), np.uint8), {("cardiomegaly", None): (Box(48, 16, 64, 32),)}, (), {})
    made.masks[("cardiomegaly", None)] = mask
    cover = dense_truth(made, 4, 4, index)["cover"][:, :, index[("cardiomegaly", None)]]
    assert np.argwhere(cover > 0).tolist() == [[1, 3]]


def test_boxes_are_those_of_the_scene_and_count_once(scene, index):
    truth = dense_truth(scene, 8, 8, index)
    key = ("pleural effusion", Side.LEFT)
    taught = truth["weight"][:, index[key]] > 0
    assert taught.any()
    assert truth["weight"][:, index[key]].sum() == pytest.approx(1)
    box = np.array(list(scene.present[key][0])) / 128
    assert np.allclose(truth["boxes"][taught][:, index[key]], box, atol=1e-6)
    assert not truth["weight"][:, index[("nodule", Side.LEFT)]].any()


def test_of_several_boxes_the_nearest_is_taught(index):
    first, second = Box(0, 0, 16, 16), Box(100, 100, 128, 128)
    made = Scene(np.zeros((128, 128), np.uint8), {("nodule", Side.LEFT): (first, second)})
    truth = dense_truth(made, 8, 8, index)
    boxes, weight = (truth[name][:, index[("nodule", Side.LEFT)]] for name in ("boxes", "weight"))
    assert np.allclose(boxes[0], np.array(list(first)) / 128)
    assert np.allclose(boxes[-1], np.array(list(second)) / 128)
    assert weight[0] > 0 and weight[-1] > 0


def test_what_nobody_knows_is_not_taught(scene, index):
    known = dense_truth(scene, 8, 8, index)["known"][0]
    assert known[index[("pleural effusion", Side.RIGHT)]], "a phantom marks both sides"
    unsure = Scene(scene.pixels, {("nodule", Side.LEFT): (Box(1, 1, 9, 9),)}, ("cardiomegaly",))
    known = dense_truth(unsure, 8, 8, index)["known"][0]
    assert known[index[("nodule", Side.LEFT)]]
    assert known[index[("cardiomegaly", None)]]
    assert not known[index[("nodule", Side.RIGHT)]], "a reader who marks one side need not have looked at the other"
    assert not known[index[("lung", Side.LEFT)]]


def test_giou_of_known_boxes():
    a = torch.tensor([[0.0, 0.0, 1.0, 1.0]] * 3)
    b = torch.tensor([[0.0, 0.0, 1.0, 1.0], [0.5, 0.0, 1.5, 1.0], [2.0, 0.0, 3.0, 1.0]])
    assert giou(a, b).tolist() == pytest.approx([1.0, 1 / 3, -1 / 3])


def test_the_head_learns_one_image(scene, index):
    torch.manual_seed(0)
    truth = {name: torch.from_numpy(np.array(value)) for name, value in dense_truth(scene, 8, 8, index).items()}
    tokens = torch.eye(16)
    head = DenseHead(16, list(index))
    optimiser = torch.optim.Adam(head.parameters(), lr=0.1)
    first = None
    for _ in range(150):
        losses = head.losses(tokens, truth)
        first = first or {name: float(value.detach()) for name, value in losses.items()}
        optimiser.zero_grad()
        sum(losses.values()).backward()
        optimiser.step()
    assert float(losses["corners"]) < 0.1 * first["corners"]
    assert float(losses["cover"]) < 0.5 * first["cover"]


def test_an_image_without_any_box_costs_no_corners(index):
    empty = Scene(np.zeros((64, 64), np.uint8), {}, ("nodule",))
    truth = {name: torch.from_numpy(np.array(value)) for name, value in dense_truth(empty, 4, 4, index).items()}
    losses = DenseHead(8, list(index)).losses(torch.randn(4, 8), truth)
    assert float(losses["corners"]) == 0
    assert torch.isfinite(losses["cover"])


def test_images_of_a_batch_follow_one_another(scene, index):
    empty = Scene(np.zeros((128, 128), np.uint8), {}, ("nodule",))
    together = at_tokens(described([empty, scene], 8, 8, index))
    alone = [at_tokens(described([one], 8, 8, index)) for one in (empty, scene)]
    for name, value in together.items():
        assert torch.equal(value, torch.cat([one[name] for one in alone])), name


def test_a_head_goes_on_with_the_classes_that_it_knew(tmp_path):
    before = DenseHead(8, dense_classes(["nodule", "cardiomegaly", "heart"]))
    after = DenseHead(8, dense_classes(["heart", "mass", "nodule"]))
    fresh = {name: value.clone() for name, value in after.state_dict().items()}
    before.write(tmp_path / "dense.pt")
    known = [key for key in after.classes if key in before.classes]
    assert after.take(tmp_path / "dense.pt") == len(known) >= 3
    tokens = torch.randn(5, 8)
    shown = [head.cover(tokens).view(5, 4, len(head.classes)) for head in (before, after)]
    where = [head.corners(tokens).view(5, len(head.classes), 4) for head in (before, after)]
    for key in known:
        old, new = before.classes.index(key), after.classes.index(key)
        assert torch.equal(shown[0][:, :, old], shown[1][:, :, new])
        assert torch.equal(where[0][:, old], where[1][:, new])
    new = next(number for number, key in enumerate(after.classes) if key[0] == "mass")
    assert torch.equal(after.corners.weight.view(-1, 4, 8)[new], fresh["corners.weight"].view(-1, 4, 8)[new])
    assert DenseHead(16, after.classes).take(tmp_path / "dense.pt") == 0, "another width knows nothing of it"
