"""How well the region-text encoder tells what regions show, on images that it was never trained on.

*Retrieval*: of a region that shows a finding, how often its text fits best among twenty texts that are false of it.
*AUC* by finding: regions that show it against regions where it usually lies on images without it, by how sure the
encoder is. *ECE*: whether it is as sure as it is right, about the findings that it says it can tell.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from ssg import phantoms
from ssg.grounding.region_text import RegionText
from ssg.grounding.region_text_manifest import RegionTextManifest
from training.acceptance_metrics import auc, expected_calibration_error
from training.region_examples import Shown, examples, phantom_scenes, real_scenes, usual_on, usual_on_phantoms
from training.scenes import Row, part_of, with_mined_absences

CALIBRATED_ON = range(600_000, 600_300)
MEASURED_ON = range(610_000, 610_400)

TELLS = 0.7
"""AUC on the calibration phantoms from which the encoder is said to tell a finding; about others it is not asked."""

FEWEST = 5
"""Regions of each kind below which a finding's AUC is not given."""


def on_phantoms(encoder: RegionText, seeds: Iterable[int]) -> list[Shown]:
    """What the encoder says of regions of phantoms."""
    names = [*phantoms.FINDINGS, *phantoms.STRUCTURES]
    return list(examples(encoder, phantom_scenes(seeds), usual_on_phantoms(), names))


def on_images(encoder: RegionText, rows: Sequence[Row]) -> list[Shown]:
    """What the encoder says of regions of real images of held-out patients; absences are mined from reports."""
    held_out = [with_mined_absences(row) for row in part_of(rows, "held-out")]
    names = sorted({name for row in rows for name, _ in row.present})
    return list(examples(encoder, real_scenes(held_out), usual_on(part_of(rows, "training")), names))


def calibrated(encoder: RegionText, name: str, seen: str = "") -> RegionText:
    """The encoder with slope and offset fitted on held-out phantoms (Platt 1999), and what it tells there."""
    rows = on_phantoms(encoder, CALIBRATED_ON)
    told = tuple(sorted(finding for finding, value in auc_by_finding(rows).items() if (value or 0) >= TELLS))
    slope, offset = platt([row for row in rows if row.key[0] in told] or rows)
    manifest = RegionTextManifest(name, slope, offset, told, seen)
    return RegionText(encoder.model, encoder.tokenizer, manifest, encoder.levels)


def platt(rows: Sequence[Shown]) -> tuple[float, float]:
    """Slope and offset of a logistic curve through leads, both classes weighing alike."""
    leads = torch.tensor([row.lead for row in rows], dtype=torch.float64)
    wanted = torch.tensor([float(row.shown) for row in rows], dtype=torch.float64)
    weight = torch.where(wanted > 0, 0.5 / wanted.sum(), 0.5 / (1 - wanted).sum())
    line = torch.nn.Linear(1, 1, dtype=torch.float64)
    torch.nn.init.ones_(line.weight)
    torch.nn.init.zeros_(line.bias)
    optimiser = torch.optim.LBFGS(line.parameters(), max_iter=500, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimiser.zero_grad()
        value = functional.binary_cross_entropy_with_logits(line(leads[:, None])[:, 0], wanted, weight, reduction="sum")
        value.backward()
        return value

    optimiser.step(loss)
    return max(float(line.weight.detach()), 1e-3), float(line.bias.detach())


def figures(encoder: RegionText, real: Sequence[Row] = ()) -> dict[str, Any]:
    """Retrieval, AUC by finding and ECE on held-out phantoms, and on held-out patients of ``real`` images."""
    measured = _figures(encoder, on_phantoms(encoder, MEASURED_ON)) | {"manifest": asdict(encoder.manifest)}
    return measured | ({"real": _figures(encoder, on_images(encoder, real))} if real else {})


def _figures(encoder: RegionText, rows: Sequence[Shown]) -> dict[str, Any]:
    hits = [row.found for row in rows if row.found is not None]
    by_finding = auc_by_finding(rows)
    known = [value for value in by_finding.values() if value is not None]
    told = [row for row in rows if encoder.manifest.knows(row.key[0])]
    sure = [_sure(encoder, [row for row in told if row.shown is kind]) for kind in (True, False)]
    return {
        "retrieval_of_21": round(float(np.mean(hits)), 4) if hits else None,
        "auc_by_finding": by_finding,
        "mean_auc": round(float(np.mean(known)), 4) if known else None,
        "ece": round(expected_calibration_error(*sure), 4) if all(map(len, sure)) else None,
        "n": {"shown": sum(row.shown for row in rows), "not_shown": sum(not row.shown for row in rows)},
    }


def auc_by_finding(rows: Sequence[Shown]) -> dict[str, float | None]:
    """AUC of each finding; None where there are too few regions that show it, or that do not."""
    return {name: _auc([row for row in rows if row.key[0] == name]) for name in sorted({row.key[0] for row in rows})}


def _auc(rows: Sequence[Shown]) -> float | None:
    there, not_there = (np.array([row.lead for row in rows if row.shown is kind]) for kind in (True, False))
    return round(auc(there, not_there), 4) if min(len(there), len(not_there)) >= FEWEST else None


def _sure(encoder: RegionText, rows: Sequence[Shown]) -> NDArray[np.float64]:
    return encoder.manifest.probability(np.array([row.lead for row in rows], dtype=np.float64))


def in_words(measured: dict[str, Any]) -> str:
    """The figures as lines."""
    lines = [f"{name:20}{value}" for name, value in measured.items() if not isinstance(value, dict)]
    lines += [f"  AUC {name:28}{value}" for name, value in measured["auc_by_finding"].items()]
    return "\n".join([*lines, *(["", "real images", in_words(measured["real"])] if "real" in measured else [])])
