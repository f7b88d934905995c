"""How well a model agrees with experts: who is accepted, who is preferred, and whether its probabilities are true."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ssg.reward import Acceptability
from ssg.reward.pairing import matched_iou
from training.acceptance import EXPERT, VERDICT, Judged, by_size, in_chunks
from training.flaws import REFERENCE, UNSEEN, VARIED

BINS = 10


def figures(rows: list[Judged], model: Acceptability) -> dict[str, Any]:
    """All figures on held-out answers.

    ``balanced_agreement`` (mean of the shares of experts accepted and of flawed answers rejected, at a probability of
    one half), ``auc``, ``ece`` (expected calibration error over ten bins, both classes weighing alike) and
    ``preference`` (share of flawed answers that the expert's own is preferred to, ties counting one half) are on the
    three kinds of the reference experiment; the same on the varied and on the unseen kinds stand beside them, and so
    does the model that does not know the place on the image.
    """
    rows = by_size(rows)
    known, compared = (probabilities(rows, model, place) for place in (True, False))
    overlap = np.array([max(matched_iou(row.boxes, boxes) for boxes in row.readers) for row in rows])
    reference = _of_kinds(rows, known, REFERENCE)
    return {
        **reference,
        "mean_preference": _mean(reference["preference"].values()),
        "iou_rule": {"balanced_agreement": _of_kinds(rows, overlap, REFERENCE)["balanced_agreement"]},
        "varied": _of_kinds(rows, known, VARIED),
        "unseen": _of_kinds(rows, known, UNSEEN),
        "by_comparison_alone": {
            "reference": _of_kinds(rows, compared, REFERENCE),
            "varied": _of_kinds(rows, compared, VARIED),
            "unseen": _of_kinds(rows, compared, UNSEEN),
        },
        **_of_verdicts(rows, known),
        "n": {"experts": sum(row.kind == EXPERT for row in rows), "answers": len(rows)},
    }


def _of_verdicts(rows: list[Judged], probability: NDArray[np.float64]) -> dict[str, Any]:
    """How far the model agrees with instructors; nothing where there is no verdict among the rows."""
    verdicts = [(row.accepted, p) for row, p in zip(rows, probability, strict=True) if row.kind == VERDICT]
    accepted, rejected = (np.array([p for verdict, p in verdicts if verdict is kind]) for kind in (True, False))
    if not verdicts:
        return {}
    both = bool(len(accepted) and len(rejected))
    return {
        "verdicts": {
            "accepted_agreement": round(float((accepted >= 0.5).mean()), 4) if len(accepted) else None,
            "rejected_agreement": round(float((rejected < 0.5).mean()), 4) if len(rejected) else None,
            "auc": round(auc(accepted, rejected), 4) if both else None,
            "ece": round(expected_calibration_error(accepted, rejected), 4) if both else None,
            "n": len(verdicts),
        }
    }


def probabilities(rows: list[Judged], model: Acceptability, place: bool) -> NDArray[np.float64]:
    """P(accept) of every row, with or without the image's size and the other findings."""
    return in_chunks(
        rows,
        lambda chunk: model.of_boxes(
            [row.boxes for row in chunk],
            [row.readers for row in chunk],
            [row.finding for row in chunk],
            [row.size if place else None for row in chunk],
            [row.elsewhere for row in chunk],
        ),
    )


def _of_kinds(rows: list[Judged], judged: NDArray[np.float64], kinds: Iterable[str]) -> dict[str, Any]:
    of = np.array([row.kind for row in rows])
    expert, flawed = judged[of == EXPERT], judged[np.isin(of, list(kinds))]
    own = {row.expert: value for row, value in zip(rows, judged, strict=True) if row.kind == EXPERT}
    preferred: dict[str, list[float]] = {kind: [] for kind in kinds}
    for row, value in zip(rows, judged, strict=True):
        if row.kind in preferred:
            preferred[row.kind].append(0.5 + 0.5 * float(np.sign(own[row.expert] - value)))
    return {
        "balanced_agreement": round(float((expert >= 0.5).mean() / 2 + (flawed < 0.5).mean() / 2), 4),
        "auc": round(auc(expert, flawed), 4),
        "preference": {kind: _mean(values) for kind, values in preferred.items() if values},
        "ece": round(expected_calibration_error(expert, flawed), 4),
    }


def auc(expert: NDArray[np.float64], flawed: NDArray[np.float64]) -> float:
    """Probability that an expert's answer gets more than a flawed one (Mann & Whitney 1947)."""
    ordered = np.sort(flawed)
    below = np.searchsorted(ordered, expert, side="left") + np.searchsorted(ordered, expert, side="right")
    return float(below.mean() / 2 / len(flawed))


def expected_calibration_error(expert: NDArray[np.float64], flawed: NDArray[np.float64]) -> float:
    """Mean distance between how sure and how often right, over ten bins; both classes weigh alike."""
    probability = np.concatenate([expert, flawed])
    truth = np.concatenate([np.ones(len(expert)), np.zeros(len(flawed))])
    weight = np.concatenate([np.full(len(expert), 0.5 / len(expert)), np.full(len(flawed), 0.5 / len(flawed))])
    bins = np.minimum((probability * BINS).astype(int), BINS - 1)
    return sum(
        abs(float((weight[at] * (probability[at] - truth[at])).sum())) for at in (bins == one for one in range(BINS))
    )


def _mean(values: Iterable[float]) -> float:
    return round(float(np.mean(list(values))), 4)
