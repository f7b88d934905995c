"""Learn what experts accept: the acceptability model of the reward's clinical component.

    python -m training reward-model --annotations vindr --out ssg/reward/acceptability.npz
    python -m training reward-model --annotations vindr --evaluate --json

From images that several readers annotated, one reader's boxes are an expert's answer, held against the other readers';
flawed answers are made of them (``training/flaws.py``). Verdicts of instructors (``ssg.reward.verdicts``) are learned
from as well (``--verdicts``). The trees (scikit-learn's histogram gradient boosting) that compare are monotone. Images
are split four to one; with ``--evaluate`` nothing is written and the shipped model, or that of ``--model``, is measured
on the fifth that it was not trained on.
"""

from __future__ import annotations

import argparse
import json
import sys
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from ssg.boxes import Boxes
from ssg.cli.files import file_path
from ssg.errors import BadInput
from ssg.reward import Acceptability, evidence, whereabouts
from ssg.reward.acceptability import PLACED_MONOTONE, TABLE, placed_rows
from ssg.reward.forest import GRAIN, Forest
from training.acceptance import EXPERT, VERDICT, Judged, by_size, cases_of, hashed, in_chunks, judged_of
from training.acceptance_metrics import figures
from training.flaws import REFERENCE, VARIED
from training.readers import SOURCE, VINDR, read_table
from training.verdicts import read_verdicts, rows_of
from training.writing import require_file, write_figures

SHARES = {EXPERT: 0.5, "reference": 0.4, "varied": 0.1}
"""How much experts' answers and the two classes of flawed ones weigh in training."""

REWARD_SHARES = {EXPERT: 0.5, "reference": 0.25, "varied": 0.25}
"""The same for the comparison alone, which the reward asks: students and policies err in every way that there is."""

COMPARED = {"max_iter": 40, "learning_rate": 0.2, "max_leaf_nodes": 31, "max_depth": 6}
PLACED = {"max_iter": 500, "learning_rate": 0.04, "max_leaf_nodes": 24, "max_depth": 8, "min_samples_leaf": 50}
USUAL = {"max_iter": 300, "learning_rate": 0.06, "max_leaf_nodes": 31}
FOLDS = 5
FEW = 20_000
"""Up to so many rows trees are grown by one thread: on a busy machine others spend more time waiting than they save."""

OFF_FRACTIONS = np.pi * 1e-9
"""Thresholds are moved by so little, off the simple fractions that boxes of whole pixels fall on: there the rounding of
the last digit, and with it the unit of length, would decide."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Flags of this stage."""
    parser.add_argument("--annotations", nargs="+", default=[VINDR], help="vindr, or CSV files of the same columns")
    parser.add_argument("--verdicts", nargs="*", type=file_path, default=[], help="JSON lines of instructors' verdicts")
    parser.add_argument("--out", type=file_path, help="file to write the model to (.npz)")
    parser.add_argument("--evaluate", action="store_true", help="measure a model on held-out images instead")
    parser.add_argument(
        "--model", type=file_path, default=TABLE, help="the model to measure (default: the shipped one)"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--figures", type=file_path, help="also write the figures to this file, as JSON")


def main(arguments: argparse.Namespace) -> None:
    """Train or measure."""
    if arguments.evaluate == bool(arguments.out):
        raise BadInput("give --out FILE to train a model, or --evaluate to measure one.")
    tables = [Path(name) for name in arguments.annotations]
    require_file(arguments.out, [*tables, *arguments.verdicts], ".npz")
    require_file(arguments.figures, [*tables, *arguments.verdicts])
    cases = cases_of([image for name in arguments.annotations for image in read_table(name)])
    if not cases:
        raise BadInput(f"{', '.join(arguments.annotations)}: no finding is marked by two readers of one image.")
    if arguments.seed < 0:
        raise BadInput(f"--seed is a whole number from 0, got {arguments.seed}.")
    rows = judged_of(cases, arguments.seed)
    verdicts, left_out = rows_of(verdict for path in arguments.verdicts for verdict in read_verdicts(path))
    for why, number in left_out.items():
        print(f"Verdicts left out: {number} ({why}).", file=sys.stderr)
    rows += verdicts
    experts = {row.held_out for row in rows if row.kind == EXPERT}
    if experts != {True, False}:
        raise BadInput(
            f"{', '.join(arguments.annotations)}: too few images to train on some and to measure on others; "
            "one in five is held out."
        )
    if arguments.evaluate:
        model = Acceptability.read(arguments.model)
    else:
        named = [SOURCE if name == VINDR else Path(name).name for name in arguments.annotations]
        named += [f"verdicts of {path.name}" for path in arguments.verdicts]
        model = train([row for row in rows if not row.held_out], "; ".join(named), arguments.seed)
        arguments.out.parent.mkdir(parents=True, exist_ok=True)
        model.save(arguments.out)
    measured = figures([row for row in rows if row.held_out], model)
    if arguments.figures:
        write_figures(arguments.figures, measured)
    print(json.dumps(measured, indent=2) if arguments.json else _in_words(measured))


def train(rows: list[Judged], source: str, seed: int = 0) -> Acceptability:
    """Fit the three forests."""
    rows = by_size(rows)
    findings = tuple(sorted({row.finding for row in rows}))
    accepted, weights = np.array([row.accepted for row in rows]), _weights(rows, SHARES)
    evidence_rows = evidence_of(rows)
    where = whereabouts_of(rows, findings)
    folds = np.array([hashed(f"fold {row.image}") % FOLDS for row in rows])
    compared = _fit(evidence_rows, accepted, _weights(rows, REWARD_SHARES), evidence.MONOTONE, COMPARED, seed)
    usual = _fit(where, accepted, weights, None, USUAL, seed)
    out_of_fold = np.zeros(len(rows))
    for fold in np.unique(folds):
        # what it says of answers that it was fitted to would be trusted too much
        other = folds != fold
        part = _fit(where[other], accepted[other], weights[other], None, USUAL, seed)
        out_of_fold[~other] = part.logit(where[~other])
    others = whereabouts.on_others([row.boxes for row in rows], [row.elsewhere for row in rows])
    marked = whereabouts.of_readers([row.readers for row in rows], np.array([row.size for row in rows]))
    placed = placed_rows(evidence_rows, out_of_fold, others, marked)
    placed_forest = _fit(placed, accepted, weights, PLACED_MONOTONE, PLACED, seed)
    return Acceptability(compared, usual, placed_forest, findings, source, date.today().isoformat())


def evidence_of(rows: list[Judged]) -> Boxes:
    """The comparison of every answer with its readers, (rows, columns)."""
    return in_chunks(
        rows,
        lambda chunk: evidence.of_readers(
            [row.boxes for row in chunk],
            [row.readers for row in chunk],
            np.array([evidence.curve_of(row.finding) for row in chunk]),
        ),
    )


def whereabouts_of(rows: list[Judged], findings: tuple[str, ...]) -> Boxes:
    """Where every answer lies on its image, (rows, columns)."""
    return whereabouts.rows(
        [row.boxes for row in rows],
        np.array([row.size for row in rows]),
        np.array([findings.index(row.finding) for row in rows]),
        len(findings),
    )


def _weights(rows: list[Judged], shares: dict[str, float]) -> np.ndarray:
    """Classes weigh as ``shares`` says and kinds within a class alike; a verdict weighs as much as an expert."""
    kinds = np.array([row.kind for row in rows])
    number = dict(zip(*np.unique(kinds, return_counts=True), strict=True))
    trained = {name: [kind for kind in group if kind in number] for name, group in _classes().items()}
    share = {kind: shares[name] / len(group) for name, group in trained.items() for kind in group}
    share[VERDICT] = shares[EXPERT] * number.get(VERDICT, 0) / number.get(EXPERT, 1)
    return np.array([share[kind] / number[kind] for kind in kinds]) * len(rows)


def _classes() -> dict[str, tuple[str, ...]]:
    return {EXPERT: (EXPERT,), "reference": tuple(REFERENCE), "varied": tuple(VARIED)}


def _fit(
    rows: np.ndarray,
    accepted: np.ndarray,
    weights: np.ndarray,
    signs: tuple[int, ...] | None,
    settings: dict[str, Any],
    seed: int,
) -> Forest:
    from sklearn.ensemble import HistGradientBoostingClassifier
    from threadpoolctl import threadpool_limits

    model = HistGradientBoostingClassifier(
        l2_regularization=1.0, monotonic_cst=signs, early_stopping=False, random_state=seed, **settings
    )
    with threadpool_limits(1 if len(rows) <= FEW else None, user_api="openmp"):
        return _exported(model.fit(rows, accepted, sample_weight=weights))


def _exported(model: Any) -> Forest:
    """The trees of scikit-learn's model as arrays."""
    trees = [iteration[0].nodes for iteration in model._predictors]
    starts = np.cumsum([0, *(len(nodes) for nodes in trees)])[:-1]
    nodes = np.concatenate(trees)
    first = np.repeat(starts, [len(tree) for tree in trees])
    leaf, own = nodes["is_leaf"].astype(bool), np.arange(len(nodes))
    return Forest(
        roots=starts,
        feature=np.where(leaf, 0, nodes["feature_idx"]).astype(np.int64),
        threshold=np.where(leaf, 0.0, nodes["num_threshold"] * (1 + OFF_FRACTIONS) + OFF_FRACTIONS),
        left=np.where(leaf, own, first + nodes["left"]).astype(np.int64),
        right=np.where(leaf, own, first + nodes["right"]).astype(np.int64),
        value=np.rint(np.where(leaf, nodes["value"], 0.0) / GRAIN) * GRAIN,
        depth=int(nodes["depth"].max()),
        start=float(np.rint(model._baseline_prediction.item() / GRAIN) * GRAIN),
    )


def _in_words(measured: dict[str, Any]) -> str:
    lines = [f"{name:32}{value}" for name, value in measured.items() if not isinstance(value, dict)]
    for name, row in measured.items():
        if isinstance(row, dict):
            lines += [f"{name}:", *(f"  {key:30}{value}" for key, value in row.items())]
    return "\n".join(lines)
