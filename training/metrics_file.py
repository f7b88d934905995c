"""The metrics of a run: ``RUN/metrics.jsonl``, a line of JSON for whatever a stage logged."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ssg.cli.files import parse_json
from ssg.errors import BadInput

METRICS = "metrics.jsonl"


def read_metrics(run: Path) -> list[dict[str, Any]]:
    """All lines in order, none where nothing was logged; a line that a kill cut short is left out."""
    return [row for _, row in metric_lines(run)]


def metric_lines(run: Path) -> list[tuple[str, dict[str, Any]]]:
    """The same, each row with its line as it stands."""
    path = run / METRICS
    # not splitlines: JSON text may hold separators such as U+2028, which are no ends of a line
    lines = path.read_text(encoding="utf-8", errors="replace").split("\n") if path.is_file() else []
    return [(line, row) for line in lines if (row := _row_of(line)) is not None]


def _row_of(line: str) -> dict[str, Any] | None:
    """What a line holds; None where it was cut short, or is none of a run's."""
    try:
        row = parse_json(line, METRICS, not_finite=True)
    except BadInput:
        return None
    return row if isinstance(row, dict) else None


def is_number(value: Any) -> bool:
    """Whether it is one, NaN and infinities among them."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)
