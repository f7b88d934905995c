"""How fast the reward judges, beside a plain loop over the answers.

    python benchmarks/reward.py --json

Random references as training has them (clusters of one to four findings present, two absent, with the anatomy around
them) and groups of sixteen answers to each, of up to eight regions. The loop does the same work for one answer after
another, as a reward function for a trainer is usually written: NumPy and SciPy's matching for each finding. Both are
held to the same totals. One core: ``taskset -c 0`` keeps it to one.

``semantic_images_per_s``: images whose group of sixteen answers the image-text encoder sees, from the grey pixels on;
every image and every region is new, only the words are known.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.plain_reward import plain_total
from ssg.boxes import Box
from ssg.reward import Answer, ReaderAnswer, Reference, Region, score_many
from ssg.reward.layout import outline
from ssg.vocabulary import Side

GROUP = 16
MOST_REGIONS = 8
FINDINGS = ("pleural effusion", "pneumothorax", "consolidation", "nodule", "mass", "atelectasis", "rib fracture")
IMAGE = 1024
LUNGS = {Side.RIGHT: (100.0, 150.0, 470.0, 850.0), Side.LEFT: (554.0, 150.0, 924.0, 850.0)}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--references", type=int, default=256)
    parser.add_argument("--loop", type=int, default=512, help="answers that the plain loop judges")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    references, answers = work(arguments.references)
    totals = score_many(references, answers).total
    few = slice(0, arguments.loop)
    plain = [plain_total(r, a) for r, a in zip(references[few], answers[few], strict=True)]
    assert np.allclose(np.array(plain, dtype=float), totals[few], atol=1e-9), "the loop and the batch disagree"
    batch, loop = [], []
    for _ in range(arguments.rounds):  # by turns, so that a busy machine slows both
        outline.cache_clear()
        batch.append(_seconds(lambda: score_many(references, answers)) / len(answers))
        loop.append(_seconds(lambda: [plain_total(r, a) for r, a in zip(references[few], answers[few], strict=True)]))
    ours, theirs = 1 / float(np.median(batch)), arguments.loop / float(np.median(loop))
    figures = {
        "answers_per_s": round(ours),
        "loop_answers_per_s": round(theirs),
        "ratio": round(ours / theirs, 1),
        "semantic_images_per_s": round(images_per_s(references, answers), 1),
        "answers": len(answers),
    }
    print(json.dumps(figures, indent=2) if arguments.json else "\n".join(f"{k:24}{v}" for k, v in figures.items()))


def images_per_s(references: list[Reference], answers: list[Answer], images: int = 24) -> float:
    """How many images, each with its group of answers, are encoded and compared with what is said of them."""
    import torch

    from ssg.grounding.region_text import RegionText

    torch.set_num_threads(1)
    rng, encoder = np.random.default_rng(0), RegionText.load()
    pixels = rng.integers(0, 255, (images + 1, IMAGE, IMAGE)).astype(np.uint8)

    def see(image: int) -> None:
        rows = slice(image * GROUP, (image + 1) * GROUP)
        score_many(references[rows], answers[rows], sights=[encoder.on(pixels[image])] * GROUP)

    for name in FINDINGS:
        for side in (None, Side.LEFT, Side.RIGHT):
            encoder.names(name, side)
    see(images)  # what is made at the first call is not counted
    return images / _seconds(lambda: list(map(see, range(images))))


def _seconds(work: object) -> float:
    start = time.perf_counter()
    work()  # type: ignore[operator]
    return time.perf_counter() - start


def work(references: int, seed: int = 0) -> tuple[list[Reference], list[Answer]]:
    """Random references, each with a group of answers."""
    rng = np.random.default_rng(seed)
    made = [_reference(rng) for _ in range(references)]
    return [one for one in made for _ in range(GROUP)], [_answer(rng, one) for one in made for _ in range(GROUP)]


def _reference(rng: np.random.Generator) -> Reference:
    names = [str(name) for name in rng.permutation(FINDINGS)]
    present = int(rng.integers(1, 5))
    regions = [_region(rng, name) for name in names[:present] for _ in range(int(rng.integers(1, 3)))]
    lungs = [Region("lung", Box(*box), side) for side, box in LUNGS.items()]
    reader = ReaderAnswer((*regions, *lungs), tuple(names[present : present + 2]), id="phantom")
    return Reference(IMAGE, IMAGE, (reader,), tuple(names[: present + 2]))


def _region(rng: np.random.Generator, name: str) -> Region:
    side = Side.LEFT if rng.random() < 0.5 else Side.RIGHT
    left, top, right, bottom = LUNGS[side]
    width, height = rng.uniform(30, 200), rng.uniform(30, 250)
    x, y = rng.uniform(left, right - width), rng.uniform(top, bottom - height)
    return Region(name, Box(x, y, x + width, y + height), side)


def _answer(rng: np.random.Generator, reference: Reference) -> Answer:
    asked = reference.question or ()
    given = [region for region in reference.readers[0].regions if region.finding in asked and rng.random() < 0.7]
    regions = [_jittered(rng, region) for region in given]
    regions += [
        _region(rng, str(rng.choice(asked))) for _ in range(int(rng.integers(0, MOST_REGIONS + 1 - len(regions))))
    ]
    named = {region.finding for region in regions}
    return Answer(tuple(regions), tuple(name for name in asked if name not in named and rng.random() < 0.7))


def _jittered(rng: np.random.Generator, region: Region) -> Region:
    corners = np.array([*region.box]) + rng.normal(0, 0.15, 4) * np.tile([region.box.width, region.box.height], 2)
    corners[2:] = np.maximum(corners[2:], corners[:2] + 5)
    return Region(region.finding, Box(*np.clip(corners, 0, IMAGE + 5).tolist()), region.side)


if __name__ == "__main__":
    main()
