"""How well the region-text encoder tells what regions show, on phantoms that it was never trained on.

*Retrieval*: of a region that shows a finding, how often its text fits best among twenty texts that are false of it.
*AUC* by finding: regions that show it against regions where it usually lies on phantoms without it, by how sure the
encoder is. *ECE*: whether it is as sure as it is right.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from ssg import phantoms
from ssg.boxes import Box, Boxes, as_boxes
from ssg.grounding.region_text import Calibration, RegionText
from ssg.reward.answers import said
from ssg.reward.forest import sigmoid
from ssg.reward.wording import siblings
from ssg.vocabulary import Side
from training.acceptance_metrics import auc, expected_calibration_error
from training.region_pairs import FALSE, Texts, truths
from training.scenes import phantom_scene
from training.tasks import Key, Scene

CALIBRATED_ON = range(600_000, 600_300)
MEASURED_ON = range(610_000, 610_400)
SIZE = 256
DISTRACTORS = 20


@dataclass(frozen=True, slots=True)
class Shown:
    """A region called ``key`` on one phantom: whether it shows that, and by how much the words fit better."""

    key: Key
    shown: bool
    lead: float


def calibrated(encoder: RegionText, name: str) -> RegionText:
    """The encoder with slope and offset fitted on held-out phantoms (Platt 1999)."""
    rows = [row for row, _ in examples(encoder, CALIBRATED_ON)]
    leads = torch.tensor([row.lead for row in rows])
    wanted = torch.tensor([float(row.shown) for row in rows])
    weight = torch.where(wanted > 0, 0.5 / wanted.sum(), 0.5 / (1 - wanted).sum())
    line = torch.nn.Linear(1, 1)
    optimiser = torch.optim.LBFGS(line.parameters(), max_iter=200)

    def loss() -> float:
        optimiser.zero_grad()
        value = functional.binary_cross_entropy_with_logits(line(leads[:, None])[:, 0], wanted, weight, reduction="sum")
        value.backward()
        return float(value.detach())

    optimiser.step(loss)
    fitted = Calibration(float(line.weight.detach()), float(line.bias.detach()), name)
    return RegionText(encoder.model, encoder.tokenizer, fitted)


def figures(encoder: RegionText) -> dict[str, Any]:
    """Retrieval, AUC by finding and ECE on held-out phantoms."""
    rows, hits = [], []
    for row, hit in examples(encoder, MEASURED_ON):
        rows.append(row)
        if hit is not None:
            hits.append(hit)
    names = sorted({row.key[0] for row in rows})
    sure = {True: _sure(encoder, rows, True), False: _sure(encoder, rows, False)}
    by_finding = {name: _auc([row for row in rows if row.key[0] == name]) for name in names}
    known = [value for value in by_finding.values() if value is not None]
    return {
        "retrieval_of_21": round(float(np.mean(hits)), 4),
        "auc_by_finding": by_finding,
        "mean_auc": round(float(np.mean(known)), 4),
        "ece": round(expected_calibration_error(sure[True], sure[False]), 4),
        "n": {"phantoms": len(MEASURED_ON), "shown": len(sure[True]), "not_shown": len(sure[False])},
    }


def examples(encoder: RegionText, seeds: Sequence[int]) -> Iterator[tuple[Shown, bool | None]]:
    """Regions of phantoms with what they are called; and, of those that show it, whether its text is found."""
    texts = Texts.of([*phantoms.FINDINGS, *phantoms.STRUCTURES])
    usual = _usual_boxes(seeds)
    for seed in seeds:
        scene, rng = phantom_scene(seed, SIZE), np.random.default_rng(seed)
        called = [*_there(scene), *_not_there(scene, usual, rng)]
        if not called:
            continue
        encoded = encoder.encode(scene.pixels)
        boxes = as_boxes([box for _, _, box in called])
        leads = encoder.leads(encoded, [(key[0], key[1], box) for key, _, box in called]).tolist()
        found = truths(scene, boxes, texts)
        ranks = _found(encoder, encoded, called, found, texts, rng)
        for (key, shown, _), lead, hit in zip(called, leads, ranks, strict=True):
            yield Shown(key, shown, lead), hit if shown else None


def _there(scene: Scene) -> list[tuple[Key, bool, Any]]:
    return [(key, True, box) for key, boxes in scene.present.items() for box in boxes]


def _not_there(scene: Scene, usual: dict[Key, Boxes], rng: np.random.Generator) -> list[tuple[Key, bool, Any]]:
    """A region for each finding that is not there, where it lies on another phantom, the other side included."""
    keys = [key for key in usual if key[0] in scene.absent or _only_other_side(scene, key)]
    rows = []
    for key in keys:
        box = usual[key][int(rng.integers(len(usual[key])))] * SIZE
        similar = any(name in siblings(key[0]) for name, _ in scene.present)
        if not similar or rng.random() < 0.5:
            rows.append((key, False, Box.of(box.tolist())))
    return rows


def _only_other_side(scene: Scene, key: Key) -> bool:
    sides = {side for name, side in scene.present if name == key[0]}
    return key[1] in (Side.LEFT, Side.RIGHT) and bool(sides) and not sides & {key[1], None, Side.BILATERAL}


def _usual_boxes(seeds: Sequence[int]) -> dict[Key, Boxes]:
    """Where each finding lies on phantoms, relative to the image; none of them are measured."""
    found: dict[Key, list[Boxes]] = {}
    for seed in range(620_000, 620_000 + len(seeds)):
        drawn = phantoms.chest_xray(seed, size=64)
        for one in drawn.findings:
            key = (one.finding, Side(one.side) if one.side in ("left", "right") else None)
            found.setdefault(key, []).append(as_boxes(list(one.boxes)) / 64)
    return {key: np.concatenate(boxes) for key, boxes in found.items()}


@torch.inference_mode()
def _found(
    encoder: RegionText,
    encoded: Any,
    called: list[Any],
    found: NDArray[np.int8],
    texts: Texts,
    rng: np.random.Generator,
) -> list[bool]:
    fit = (encoder.seen(encoded, [box for _, _, box in called]) @ encoder.cached(texts.all).T).numpy()
    hits = []
    for row, (key, _, _) in enumerate(called):
        false = np.flatnonzero(found[row] == FALSE)
        drawn = rng.choice(false, min(DISTRACTORS, len(false)), replace=False)
        hits.append(bool(fit[row, texts.all.index(said(*key))] > fit[row, drawn].max()))
    return hits


def _sure(encoder: RegionText, rows: Sequence[Shown], shown: bool) -> NDArray[np.float64]:
    leads = np.array([row.lead for row in rows if row.shown is shown])
    return sigmoid(encoder.calibration.slope * leads + encoder.calibration.offset)


def _auc(rows: Sequence[Shown]) -> float | None:
    there, not_there = (np.array([row.lead for row in rows if row.shown is kind]) for kind in (True, False))
    return round(auc(there, not_there), 4) if len(there) and len(not_there) else None


def in_words(measured: dict[str, Any]) -> str:
    """The figures as lines."""
    lines = [f"{name:20}{value}" for name, value in measured.items() if not isinstance(value, dict)]
    return "\n".join([*lines, *(f"  AUC {name:28}{value}" for name, value in measured["auc_by_finding"].items())])
