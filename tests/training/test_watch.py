"""What is measured beside the reward: figures as ``evaluate`` gives, each time with what gaming strategies earn."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

from ssg.boxes import as_boxes
from ssg.grounding.grounder import Grounder
from ssg.grounding.policy import load_policy
from training.judges import Judges, judges_of
from training.metrics import Item, summary
from training.prior import LocationPrior
from training.runs import RunFolder
from training.strategies import STRATEGIES
from training.stream import StreamConfig
from training.watch import Watch, gaming_totals, held_out_figures, held_out_scenes

KINDS = ("chest-xray",)


@pytest.fixture(scope="module")
def policy(taught):
    return load_policy(taught / "checkpoint", device="cpu")


def test_figures_are_those_that_the_app_s_answers_give_with_pointing_and_froc():
    policy = load_policy("", device="cpu")
    scenes = held_out_scenes(KINDS, 3, 256)
    figures = held_out_figures(policy, scenes)
    assert {"miou", "acc50", "pointing", "froc", "absent_rejected"} <= set(figures)
    grounder, items = Grounder(policy), []
    for number, scene in enumerate(scenes):
        order = np.random.default_rng([number, 9]).permutation(len(scene.absent))[:4]
        names = [*dict.fromkeys(name for name, _ in scene.present), *(scene.absent[int(place)] for place in order)]
        answers, _ = grounder.answer(scene.pixels, [(name, None) for name in names])
        for name in names:
            marked = [box for key, boxes in scene.present.items() if key[0] == name for box in boxes]
            given = [region.box for region in answers[name, None].regions]
            area = float(scene.pixels.size)
            items.append(Item(str(number), name, as_boxes(marked), as_boxes(given), area))
    plain = summary(items)
    assert figures["froc"] >= 0 and figures["acc50"] > 0
    assert all(figures[name] == plain[name] for name in ("miou", "acc50", "pointing", "absent_rejected"))


@pytest.mark.parametrize(
    ("aggregation", "earned"), [("sum_then_normalize", (0.075, 0.175)), ("normalize_then_sum", (0.15, 0.35))]
)
def test_each_measurement_stands_beside_the_rollouts_reward_and_gaming_strategies(
    policy, tmp_path, aggregation, earned
):
    args = SimpleNamespace(multi_objective_aggregation=aggregation)
    run = RunFolder(tmp_path / "run", {})
    stream = StreamConfig(64, 4, (1_000_000, 2_000_000), kinds=dict.fromkeys(KINDS, 1.0))
    watch = Watch(policy.model, policy.processor, policy.manifest, run, 2, 2, stream)
    watch.on_train_begin(None, SimpleNamespace(global_step=0, max_steps=4), None)
    for step in (1, 2, 3, 4):
        state = SimpleNamespace(global_step=step, max_steps=4)
        logs = {"rewards/spatial/mean": 0.06 * step, "rewards/semantic/mean": 0.04 * step}
        logs |= {"rewards/coherence/mean": None, "reward": 0.05 * step, "kl": 1.0}  # None: it applied to no completion
        watch.on_log(args, state, None, logs=logs)
    watch.on_log(args, state, None, logs={"train_runtime": 1.0})  # TRL's last words are about no step
    logged = [json.loads(line) for line in (run.path / "metrics.jsonl").read_text().splitlines()]
    held = [line for line in logged if "held_out" in line]
    assert [line["step"] for line in held] == [0, 2, 4]
    assert all(set(line["gaming"]) == set(STRATEGIES) for line in held)
    assert held[0]["gaming"]["right box, wrong finding"] < 0.35
    assert [line.get("rollouts") for line in held] == [None, *map(pytest.approx, earned)]


def test_what_gaming_earns_is_by_the_models_that_the_reward_asks(accepted):
    scenes, prior = held_out_scenes(KINDS, 4, 128), LocationPrior({})
    plain, seen, judged = (
        gaming_totals(scenes, prior, judges)
        for judges in (Judges(), judges_of("embedded", None), judges_of(None, accepted))
    )
    assert plain != seen and plain != judged and plain.keys() == seen.keys() == judged.keys()
    assert all(seen[name] <= plain[name] for name in plain), "an encoder can only doubt"
