"""Nobody can game it: the strategies of benchmarks/gaming.py on fewer cases."""

import numpy as np
import pytest

from benchmarks.gaming import (
    CHEST,
    LEAST_BEATEN,
    LIMIT,
    PRIOR_SEED,
    READER,
    SHARED,
    _rows,
    phantom_cases,
    real_cases,
    table,
    vindr_table,
)
from benchmarks.texts import TEXTS
from ssg.reward import Agreement, score
from training.prior import LocationPrior, phantom_boxes, relative_boxes
from training.rows import part_of
from training.strategies import STRATEGIES, median_reader


def held(found, kind, limit):
    reader = found[kind][READER]
    for name in (*STRATEGIES, *TEXTS):
        assert found[kind][name] <= min(limit, reader), (kind, name)


def test_no_strategy_pays_on_phantoms():
    prior = LocationPrior.fit(phantom_boxes(PRIOR_SEED, 80))
    found = table(phantom_cases(60, seed=1), prior, seed=1)
    assert found["with_findings"] > 30
    held(found, "mean_total", LIMIT)
    held(found, "mean_total_mixed", 1)


def test_no_strategy_pays_on_real_radiographs():
    rows = [row for name in CHEST for row in _rows(SHARED / name / "annotations.json")]
    if not rows:
        pytest.skip("no real radiographs beside the project")
    prior = LocationPrior.fit(relative_boxes(part_of(rows, "training")))
    held(table(real_cases(rows), prior, seed=1), "mean_total", LIMIT)


def test_a_second_radiologist_is_above_every_strategy():
    found = vindr_table(300, seed=2, agreed=True)
    if found is None:
        pytest.skip("no table of several readers: pip install --no-deps torchxrayvision")
    assert found["reader_above_every_strategy"] >= LEAST_BEATEN
    assert all(total <= LIMIT for name, total in found["mean_total"].items() if name != "second reader")


def test_the_median_reader_is_at_the_median():
    for case in phantom_cases(12, seed=3):
        if case.right:
            judged = score(case.reference, median_reader(case))
            medians = [Agreement.load().curve(name).quantiles[50] for name in {r.finding for r in case.right}]
            assert judged.components["spatial"].score == pytest.approx(np.mean(medians), abs=0.15)
            assert 35 < judged.percentile < 65
