"""What is measured beside the reward while a policy is trained by it, on images that nothing is trained on.

A policy may learn to please the reward instead of finding things. So every now and then it is asked, as the app asks,
about phantoms of sites that are never trained on, and measured by what the reward is not: IoU, share found at an IoU of
0.5, absent findings rejected. Beside that stands what answers earn that do not look at all: if the reward of the
rollouts rises and these figures do not, the reward is being gamed.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from transformers import TrainerCallback, TrainerControl, TrainerState

from ssg.boxes import Box, as_boxes
from ssg.grounding.grounder import Grounder
from ssg.grounding.manifest import Manifest
from ssg.grounding.policy import Policy, PolicyInfo
from ssg.phantoms import kind_of
from ssg.reward import Answer, Reference, Region, score_many
from training.metrics import Item, summary
from training.questions import reference_of
from training.runs import RunFolder
from training.scene import Key, Scene
from training.scenes import scene_of
from training.stream import StreamConfig

FIRST_SEED = 880_000
ABSENT_ASKED = 4


class Watch(TrainerCallback):
    """Measures every ``every`` steps on ``images`` held-out phantoms; nothing where ``every`` is 0."""

    def __init__(
        self,
        model: Any,
        processor: Any,
        manifest: Manifest,
        run: RunFolder,
        every: int,
        images: int,
        stream: StreamConfig,
    ) -> None:
        self._run, self._every = run, every
        stop = (int(processor.tokenizer.eos_token_id),)
        info = PolicyInfo(manifest.name, "none", 0, str(model.device))
        self._policy = Policy(model, processor, manifest, info, stop)
        self._scenes = held_out_scenes(tuple(stream.kinds), images, stream.size) if every else []

    def on_train_begin(self, args: Any, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """Where the policy starts, and what blind answers earn."""
        if self._every and state.global_step == 0:
            self._run.log(step=0, blind=blind_totals(self._scenes))
            self._measure(0)

    def on_step_end(self, args: Any, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """Measure where it is time to."""
        if self._every and (state.global_step % self._every == 0 or state.global_step == state.max_steps):
            self._measure(state.global_step)

    def _measure(self, step: int) -> None:
        model = self._policy.model
        training = model.training
        model.eval()
        figures = held_out_figures(Grounder(self._policy), self._scenes)
        model.train(training)
        self._run.log(step=step, held_out=figures)
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


def held_out_figures(grounder: Grounder, scenes: list[Scene]) -> dict[str, float]:
    """mIoU, Acc@0.5 and absent findings rejected, asked as the app asks."""
    items: list[Item] = []
    for number, scene in enumerate(scenes):
        present = {name: as_boxes([b for key, some in scene.present.items() if key[0] == name for b in some])
                   for name in dict.fromkeys(name for name, _ in scene.present)}  # fmt: skip
        names = [*present, *_some_absent(scene, number)]
        answers, _ = grounder.answer(scene.pixels, [(name, None) for name in names])
        for name in names:
            predicted = as_boxes([region.box for region in answers[(name, None)].regions])
            items.append(Item(str(number), name, present.get(name, as_boxes([])), predicted, float(scene.pixels.size)))
    figures = summary(items)
    return {name: figures[name] for name in ("miou", "acc50", "absent_rejected") if figures[name] is not None}


def _some_absent(scene: Scene, number: int) -> list[str]:
    order = np.random.default_rng([number, 9]).permutation(len(scene.absent))
    return [scene.absent[int(place)] for place in order[:ABSENT_ASKED]]


def blind_totals(scenes: list[Scene]) -> dict[str, float]:
    """The mean total of answers that do not look: the whole image, its middle, and that nothing is there."""
    references, asked = [], []
    for number, scene in enumerate(scenes):
        keys: list[Key] = [*scene.present, *((name, None) for name in _some_absent(scene, number))]
        references.append(reference_of(scene, keys))
        asked.append(keys)
    answers = {
        "whole image": [_everywhere(one, keys, 0.0) for one, keys in zip(references, asked, strict=True)],
        "middle": [_everywhere(one, keys, 0.3) for one, keys in zip(references, asked, strict=True)],
        "nothing": [Answer((), tuple(dict.fromkeys(name for name, _ in keys))) for keys in asked],
    }
    return {name: round(float(score_many(references, some).total.mean()), 4) for name, some in answers.items()}


def _everywhere(reference: Reference, keys: list[Key], margin: float) -> Answer:
    width, height = reference.width, reference.height
    box = Box(margin * width, margin * height, (1 - margin) * width, (1 - margin) * height)
    return Answer(tuple(Region(name, box, side) for name, side in keys))
