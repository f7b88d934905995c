"""What is measured beside the reward while a policy is trained by it, on images that nothing is trained on.

A policy may learn to please the reward instead of finding things. So every now and then it is asked, as the app asks,
about phantoms of sites that are never trained on, and measured by what the reward is not: IoU, share found at an IoU of
0.5, pointing game, FROC, absent findings rejected. Beside that stand the reward of the rollouts since the last time and
what strategies that game it earn on the same images (``strategies.py``): if the rollouts' reward rises towards theirs
and these figures do not rise, it is being gamed.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from transformers import TrainerCallback, TrainerControl, TrainerState

from ssg.grounding.grounder import Grounder
from ssg.grounding.image_kinds import modalities_of
from ssg.grounding.manifest import Manifest
from ssg.grounding.policy import Policy, PolicyInfo
from ssg.phantoms import kind_of
from ssg.reward import Region, score_many
from training.asking import ask_about, asking_for_all
from training.judges import Judges
from training.metrics import FIGURES, Item, summary
from training.prior import LocationPrior
from training.questions import reference_of
from training.rows import origin_of
from training.runs import RunFolder
from training.scene import Key, Scene, boxes_by_name
from training.scenes import scene_of
from training.strategies import STRATEGIES, Case
from training.stream import StreamConfig

FIRST_SEED = 880_000
ABSENT_ASKED = 4


class Watch(TrainerCallback):
    """Measures every ``every`` steps on ``images`` held-out phantoms; nothing where ``every`` is 0.

    ``judges`` are those of the reward, for what gaming it would earn.
    """

    def __init__(
        self,
        model: Any,
        processor: Any,
        manifest: Manifest,
        run: RunFolder,
        every: int,
        images: int,
        stream: StreamConfig,
        prior: LocationPrior | None = None,
        judges: Judges | None = None,
    ) -> None:
        self._run, self._every = run, every
        stop = (int(processor.tokenizer.eos_token_id),)
        info = PolicyInfo(manifest.name, "none", 0, str(model.device))
        self._policy = Policy(model, processor, manifest, info, stop)
        self._scenes = held_out_scenes(tuple(stream.kinds), images, stream.size) if every else []
        prior = prior or LocationPrior({})
        self._gaming = gaming_totals(self._scenes, prior, judges or Judges()) if every else {}
        self._rewards: list[float] = []

    def on_train_begin(self, args: Any, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """Where the policy starts."""
        if self._every and state.global_step == 0:
            self._measure(0)

    def on_log(
        self, args: Any, state: TrainerState, control: TrainerControl, logs: dict[str, Any] | None = None, **_: Any
    ) -> None:
        """Keep what the rollouts of a step earned, and measure where it is time to.

        What TRL calls "reward" weights the parts twice where each is normalised by itself: they are added up here then,
        each as the mean over what it applied to.
        """
        logs = logs or {}
        parts = [value for name, value in logs.items() if _is_part(name)]
        if not parts:
            return
        twice = args.multi_objective_aggregation == "normalize_then_sum"
        added = sum(float(value) for value in parts if value is not None)  # None: it applied to nothing
        self._rewards.append(added if twice else float(logs["reward"]))
        if self._every and (state.global_step % self._every == 0 or state.global_step == state.max_steps):
            self._measure(state.global_step)

    def _measure(self, step: int) -> None:
        model = self._policy.model
        training = model.training
        model.eval()
        figures = held_out_figures(self._policy, self._scenes)
        model.train(training)
        earned = {"rollouts": round(float(np.mean(self._rewards)), 5)} if self._rewards else {}
        self._rewards.clear()
        self._run.log(step=step, held_out=figures, gaming=self._gaming, **earned)
        print(
            f"step {step}  held out: " + "  ".join(f"{name} {value:.3f}" for name, value in figures.items()), flush=True
        )


def held_out_scenes(kinds: tuple[str, ...], images: int, size: int) -> list[Scene]:
    """Phantoms of the sites that are never trained on, of each kind in turn."""
    scenes = []
    for number in range(images):
        kind = kind_of(kinds[number % len(kinds)])
        site = kind.held_out_sites[number // len(kinds) % len(kind.held_out_sites)]
        scenes.append(scene_of(kind.draw(FIRST_SEED + number, size=size, with_masks=True, site=site)))
    return scenes


def held_out_figures(policy: Policy, scenes: list[Scene]) -> dict[str, float]:
    """mIoU, Acc@0.5, pointing game, absent findings rejected and the mean of FROC, asked as ``evaluate`` asks."""
    figures = summary(held_out_items(policy, scenes))
    found = {name: figures[name] for name in FIGURES} | {"froc": (figures["froc"] or {}).get("mean")}
    return {name: value for name, value in found.items() if value is not None}


def held_out_items(policy: Policy, scenes: list[Scene]) -> list[Item]:
    """All that is there and some of what is not, asked about."""
    grounder = Grounder(asking_for_all(policy))
    items: list[Item] = []
    for number, scene in enumerate(scenes):
        present, absent = boxes_by_name(scene.present), _some_absent(scene, number)
        items += [item for _, item in ask_about(grounder, policy.manifest, scene.pixels, present, absent, str(number))]
    return items


def _some_absent(scene: Scene, number: int) -> list[str]:
    order = np.random.default_rng([number, 9]).permutation(len(scene.absent))
    return [scene.absent[int(place)] for place in order[:ABSENT_ASKED]]


def _is_part(name: str) -> bool:
    """Whether TRL's name of a logged figure is the mean of one reward function."""
    return name.startswith("rewards/") and name.endswith("/mean")


def gaming_totals(scenes: list[Scene], prior: LocationPrior, judges: Judges) -> dict[str, float]:
    """The mean total of every strategy that games the reward, asked as the policy is where something is there."""
    there = [(number, scene) for number, scene in enumerate(scenes) if scene.present]
    cases = [_case(scene, number) for number, scene in there]
    sights = [judges.encoder.look(scene.pixels)[0] for _, scene in there] if judges.encoder else None
    rng = np.random.default_rng(0)
    references = [case.reference for case in cases]
    answers = {name: [plays(case, prior, rng) for case in cases] for name, plays in STRATEGIES.items()}
    judged = partial(score_many, references, sights=sights, acceptability=judges.acceptability)
    totals = {name: judged(given).total for name, given in answers.items()} if cases else {}
    return {name: round(float(np.nanmean(total)), 4) for name, total in totals.items()}


def _case(scene: Scene, number: int) -> Case:
    keys: list[Key] = [*scene.present, *((name, None) for name in _some_absent(scene, number))]
    right = tuple(Region(name, box, side) for (name, side), boxes in scene.present.items() for box in boxes)
    asked = tuple(dict.fromkeys(name for name, _ in keys))
    return Case(reference_of(scene, keys), asked, right, origin_of(True, modalities_of([str(scene.kind)])[0]))
