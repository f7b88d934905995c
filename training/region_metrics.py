"""How well the region-text encoder tells what regions show, on images that it was never trained on.

*Retrieval*: of a region that shows a finding, how often its text fits best among twenty texts that are false of it.
*AUC* by finding: regions that show it against regions where it usually lies on images without it, by how sure the
encoder is; *against misnamed*: regions under their own name against regions under that of something similar, or of the
other side. *ECE*: whether it is as sure as it is right, about the findings that it says it can tell.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from ssg import phantoms
from ssg.errors import BadInput
from ssg.grounding.region_text import RegionText
from ssg.grounding.region_text_manifest import Curve, RegionTextManifest
from ssg.reward.forest import sigmoid
from training.acceptance_metrics import auc, expected_calibration_error
from training.region_examples import (
    EMPTY,
    MISNAMED,
    THERE,
    Example,
    examples,
    phantom_scenes,
    real_scenes,
    usual_on,
    usual_on_phantoms,
)
from training.rows import Row, part_of, with_mined_absences

CALIBRATED_ON = range(600_000, 600_300)
MEASURED_ON = range(610_000, 610_400)

TELLS = 0.7
"""AUC on the calibration phantoms from which the encoder is said to tell a finding; about others it is not asked."""

RIDGE = 1e-3
"""Of the probe's weights: there are nearly as many as images."""

FEWEST = 5
"""Regions of each kind below which a finding's AUC is not given."""


def on_phantoms(encoder: RegionText, seeds: Iterable[int], kinds: tuple[str, ...]) -> list[Example]:
    """What the encoder says of regions of phantoms, of each kind in turn."""
    names = [*phantoms.all_findings(kinds), *phantoms.all_structures(kinds)]
    return list(examples(encoder, phantom_scenes(seeds, kinds), usual_on_phantoms(kinds), names))


def on_images(encoder: RegionText, rows: Sequence[Row], calibrating: bool) -> list[Example]:
    """What the encoder says of regions of real images of held-out patients; absences are mined from reports.

    One half of the patients is for calibrating, the other for measuring.
    """
    held_out = [with_mined_absences(row) for row in part_of(rows, "held-out") if _calibrates(row) is calibrating]
    names = sorted({name for row in rows for name, _ in row.present})
    return list(examples(encoder, real_scenes(held_out), {None: usual_on(part_of(rows, "training"))}, names))


def _calibrates(row: Row) -> bool:
    return hashlib.sha256(row.group.encode()).digest()[1] % 2 == 0


def calibrated(
    encoder: RegionText,
    name: str,
    seen: str = "",
    real: Sequence[Row] = (),
    kinds: tuple[str, ...] = ("chest-xray",),
    on: range | None = None,
) -> RegionText:
    """The encoder with curves fitted on held-out phantoms and on ``real`` images, if there are any.

    What it tells is chosen on the phantoms, by what it says with all findings fitted; then only those are fitted.
    """
    drawn, photographed = (
        on_phantoms(encoder, CALIBRATED_ON if on is None else on, kinds),
        on_images(encoder, real, True),
    )
    if not _both(drawn):
        raise BadInput("There is nothing to calibrate the encoder on: more held-out phantoms are needed.")
    roughly = _with(encoder, RegionTextManifest(name, fitted(drawn)))
    told = tuple(name for name, value in auc_by_finding(roughly, drawn).items() if (value or 0) >= TELLS)
    rows = [row for row in drawn if row.key[0] in told]
    manifest = RegionTextManifest(name, fitted(rows if _both(rows) else drawn), findings=told, seen=seen)
    # of real images there are few: all findings are fitted, and only how steep the curve is and where it lies
    if _both(photographed):
        along = scaled(manifest.curve, photographed)
        manifest = replace(manifest, real=along, probe=probe(drawn, photographed))
    return _with(encoder, manifest)


def _both(rows: Sequence[Example]) -> bool:
    return {row.shown for row in rows} == {True, False}


def _with(encoder: RegionText, manifest: RegionTextManifest) -> RegionText:
    return RegionText(encoder.model, encoder.tokenizer, manifest, encoder.levels)


def fitted(rows: Sequence[Example]) -> Curve:
    """The logistic curve of leads, without negative weights, that fits best.

    Regions that show their finding weigh as much as the others, and of these the misnamed as much as the empty ones.
    """
    leads, shown = np.array([row.leads for row in rows]), np.array([row.shown for row in rows])
    found = _logistic(leads, shown, _even(rows), least=0.0, ridge=0.0)
    return Curve(tuple(found[:-1]), found[-1])


def scaled(curve: Curve, rows: Sequence[Example]) -> Curve:
    """The curve along the same leads, of another slope and offset, that fits best."""
    logits = np.array([row.leads for row in rows]) @ np.array(curve.weights)
    slope, offset = _logistic(logits[:, None], np.array([row.shown for row in rows]), _even(rows), 0.0, ridge=0.0)
    return Curve(tuple(round(slope * weight, 4) for weight in curve.weights), offset)


def probe(drawn: Sequence[Example], real: Sequence[Example]) -> tuple[float, ...]:
    """Weights and offset of the logistic function of an image that tells real ones from drawn ones."""
    images = [list({row.image.tobytes(): row.image for row in rows}.values()) for rows in (drawn, real)]
    kind = np.repeat([False, True], [len(rows) for rows in images])
    weight = np.repeat([0.5 / len(rows) for rows in images], [len(rows) for rows in images])
    return tuple(_logistic(np.concatenate(images), kind, weight, least=None, ridge=RIDGE))


def _logistic(
    columns: NDArray[np.float64],
    wanted: NDArray[np.bool_],
    weight: NDArray[np.float64],
    least: float | None,
    ridge: float,
) -> list[float]:
    """Weights of the columns (n, k), none below ``least``, and offset of a logistic regression: k + 1 numbers."""

    def loss(values: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        logits = columns @ values[:-1] + values[-1]
        off = weight * (sigmoid(logits) - wanted)
        penalty = np.append(2 * ridge * values[:-1], 0.0)
        value = weight @ np.logaddexp(0, np.where(wanted, -logits, logits)) + ridge * (values[:-1] ** 2).sum()
        return float(value), np.append(off @ columns, off.sum()) + penalty

    width = columns.shape[1]
    bounds = [(least, None)] * width + [(None, None)]
    found = minimize(loss, np.zeros(width + 1), jac=True, method="L-BFGS-B", bounds=bounds).x
    return [float(value) for value in np.round(found, 4)]


def _even(rows: Sequence[Example]) -> NDArray[np.float64]:
    what = np.array([row.what for row in rows])
    wrong = [kind for kind in (MISNAMED, EMPTY) if (what == kind).any()]
    share = {THERE: 0.5} | dict.fromkeys(wrong, 0.5 / len(wrong))
    return np.array([share[kind] / (what == kind).sum() for kind in what])


def figures(
    encoder: RegionText,
    real: Sequence[Row] = (),
    kinds: tuple[str, ...] = ("chest-xray",),
    on: range | None = None,
) -> dict[str, Any]:
    """Retrieval, AUC by finding and ECE on held-out phantoms, and on held-out patients of ``real`` images."""
    drawn = on_phantoms(encoder, MEASURED_ON if on is None else on, kinds)
    measured = _figures(encoder, drawn) | {"encoder": encoder.manifest.name, "tells": encoder.manifest.findings}
    return measured | ({"real": _figures(encoder, on_images(encoder, real, False))} if real else {})


def _figures(encoder: RegionText, rows: Sequence[Example]) -> dict[str, Any]:
    hits = [row.found for row in rows if row.found is not None]
    by_finding = auc_by_finding(encoder, rows)
    known = [value for value in by_finding.values() if value is not None]
    told = [row for row in rows if encoder.manifest.knows(row.key[0])]
    return {
        "retrieval_of_21": round(float(np.mean(hits)), 4) if hits else None,
        "auc_by_finding": by_finding,
        "mean_auc": round(float(np.mean(known)), 4) if known else None,
        "auc_against_misnamed": _auc(*(_sure(encoder, told, kind) for kind in (THERE, MISNAMED))),
        "ece": _ece(encoder, told),
        "n": {kind: sum(row.what == kind for row in rows) for kind in (THERE, MISNAMED, EMPTY)},
    }


def _ece(encoder: RegionText, rows: Sequence[Example]) -> float | None:
    there, *wrong = (_sure(encoder, rows, kind) for kind in (THERE, MISNAMED, EMPTY))
    others = np.concatenate(wrong)
    return round(expected_calibration_error(there, others), 4) if len(there) and len(others) else None


def auc_by_finding(encoder: RegionText, rows: Sequence[Example]) -> dict[str, float | None]:
    """AUC of each finding where it is there against where it would lie; None where there are too few of either."""
    by_name: dict[str, list[Example]] = {name: [] for name in sorted({row.key[0] for row in rows})}
    for row in rows:
        by_name[row.key[0]].append(row)
    return {name: _auc(*(_sure(encoder, its, kind) for kind in (THERE, EMPTY))) for name, its in by_name.items()}


def _auc(there: NDArray[np.float64], not_there: NDArray[np.float64]) -> float | None:
    return round(auc(there, not_there), 4) if min(len(there), len(not_there)) >= FEWEST else None


def _sure(encoder: RegionText, rows: Sequence[Example], what: str) -> NDArray[np.float64]:
    """How sure it is of regions of one kind, (n,)."""
    chosen = [row for row in rows if row.what == what]
    sure = [encoder.manifest.probability(np.array([row.leads]), row.image) for row in chosen]
    return np.concatenate(sure) if sure else np.zeros(0)


def in_words(measured: dict[str, Any]) -> str:
    """The figures as lines."""
    lines = [f"{name:24}{value}" for name, value in measured.items() if not isinstance(value, dict)]
    lines += [f"  AUC {name:28}{value}" for name, value in measured["auc_by_finding"].items()]
    return "\n".join([*lines, *(["", "real images", in_words(measured["real"])] if "real" in measured else [])])
