"""Question clusters: related, known, and with what is there and what is not."""

import numpy as np

from ssg import phantoms
from ssg.boxes import Box
from ssg.reward.wording import siblings
from ssg.vocabulary import Side, vocabulary
from training.clusters import draw_cluster, related
from training.scene import Scene
from training.scenes import scene_of
from training.tasks import boxes_of, draw_tasks


def test_what_belongs_together():
    assert {"pneumothorax", "pleural thickening"} <= related("pleural effusion")
    assert "lung" in related("nodule"), "a relation of the reward binds them"
    assert "nodule" not in related("nodule")


def test_clusters_are_known_and_mix_what_is_there_with_what_is_not(scene):
    shares, sizes = [], []
    for seed in range(200):
        keys = draw_cluster(scene, np.random.default_rng(seed))
        assert 2 <= len(keys) <= 4 and len(set(keys)) == len(keys)
        there = [bool(boxes_of(scene, key)) for key in keys]
        for key, found in zip(keys, there, strict=True):
            known = key[0] in scene.absent or any(key[0] == name for name, _ in [*scene.present, *scene.anatomy])
            assert known, f"nobody knows about {key}"
            assert found or key[0] in scene.absent or key[1] is Side.RIGHT
        shares.append(np.mean(there))
        sizes.append(len(keys))
    assert 0.35 < np.mean(shares) < 0.75
    assert set(sizes) == {2, 3, 4}


def test_the_other_side_is_a_hard_negative(scene):
    drawn = [key for seed in range(200) for key in draw_cluster(scene, np.random.default_rng(seed))]
    assert ("pleural effusion", Side.RIGHT) in drawn


def test_related_things_come_before_others(scene):
    found = {True: 0, False: 0}
    for seed in range(200):
        keys = draw_cluster(scene, np.random.default_rng(seed))
        names = {name for name, _ in keys}
        found[any(other in related(name) for name in names for other in names - {name})] += 1
    assert found[True] > 2 * found[False]


def test_what_nobody_knows_gives_no_cluster():
    blank = Scene(np.zeros((64, 64), np.uint8), {}, ("nodule",))
    assert draw_cluster(blank, np.random.default_rng(0)) == []


def test_every_kind_of_phantom_gives_clusters():
    for kind in phantoms.KINDS:
        made = scene_of(phantoms.draw(kind, 12, size=64, with_masks=True))
        assert draw_cluster(made, np.random.default_rng(1))


def test_half_the_clusters_deny_what_it_is_mistaken_for():
    words = [finding.name for finding in vocabulary() if finding.kind == "finding" and "chest ct" in finding.modalities]
    alike = set(siblings("consolidation"))
    absent = tuple(name for name in words if name != "consolidation" and not vocabulary().is_a("consolidation", name))
    blank = Scene(np.zeros((64, 64), np.uint8), {("consolidation", Side.LEFT): (Box(5, 5, 20, 20),)}, absent)
    drawn = [draw_cluster(blank, np.random.default_rng(seed)) for seed in range(200)]
    hard = np.mean([any(name in alike for name, _ in keys) for keys in drawn])
    assert 0.5 < hard < 0.95 and len(alike) < len(absent) / 4
    single = [task.asked for seed in range(200) for task in draw_tasks(blank, 4, np.random.default_rng(seed))]
    assert sum(asked[0][0] in alike for asked in single if len(asked) == 1) > 60
