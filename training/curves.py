"""A run's metrics as curves: ``RUN/curves.html``, one panel for each figure, readable without a network."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from plotly import graph_objects
from plotly.subplots import make_subplots

from training.metrics_file import is_number, read_metrics

FILE_NAME = "curves.html"
COLUMNS = 3
PANEL_PIXELS = 260
LEFT_OUT = ("time", "step", "num_tokens", "epoch")


def write_curves(run: Path) -> Path | None:
    """Draw the metrics of a run folder, as every stage does at its end; None where there is nothing to draw yet."""
    series: dict[str, list[tuple[float, float]]] = {}
    for line in (one for one in read_metrics(run) if is_number(one.get("step"))):
        for name, value in _numbers(line):
            series.setdefault(name, []).append((float(line["step"]), value))
    series = {name: points for name, points in series.items() if len(points) > 1}
    if not series:
        return None
    rows = -(-len(series) // COLUMNS)
    figure = make_subplots(rows, COLUMNS, subplot_titles=list(series), vertical_spacing=min(0.08, 0.5 / rows))
    for place, points in enumerate(series.values()):
        steps, values = zip(*points, strict=True)
        trace = graph_objects.Scatter(x=steps, y=values, mode="lines", line={"width": 1.5}, showlegend=False)
        figure.add_trace(trace, row=place // COLUMNS + 1, col=place % COLUMNS + 1)
    figure.update_layout(height=rows * PANEL_PIXELS + 80, title=run.name, template="plotly_white", font={"size": 11})
    figure.write_html(run / FILE_NAME, include_plotlyjs=True, full_html=True)
    return run / FILE_NAME


def _numbers(row: dict[str, Any], before: str = "") -> Iterator[tuple[str, float]]:
    for name, value in row.items():
        if not before and name in LEFT_OUT:
            continue
        if isinstance(value, dict):
            yield from _numbers(value, f"{before}{name}: ")
        elif is_number(value) and value == value:
            yield before + name, float(value)
