"""The figures of the Progress page, drawn by plotly in the colours of the site."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ssg.teaching.mastery.grading import PLACING
from ssg.teaching.progress import Among, Calibration, Course, Curve, Mistakes, Progress
from ssg.web.words_progress import PROGRESS as W

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

ACCENT, GOOD, BAD, LINE, MUTED, TEXT = "#ffb454", "#8ee08a", "#ff8a80", "#2a3744", "#93a5b5", "#d9e3ec"
POLICY = "#bda4ff"
ROW_PIXELS = 26
MOST_ROWS = 24
"""Findings of one figure; the table has all."""


def blank(height: int, x: str = "", y: str = "") -> Figure:
    """An empty figure as all of them look."""
    from plotly import graph_objects

    figure = graph_objects.Figure()
    axis = {"gridcolor": LINE, "zerolinecolor": LINE, "linecolor": LINE, "fixedrange": True}
    figure.update_layout(
        height=height,
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"color": TEXT, "size": 12},
        margin={"l": 8, "r": 12, "t": 10, "b": 8},
        xaxis={**axis, "title": x, "automargin": True},
        yaxis={**axis, "title": y, "automargin": True},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        hoverlabel={"bgcolor": "#19222c", "font": {"color": TEXT}},
        dragmode=False,
    )
    return figure


def mastery_figure(progress: Progress) -> Figure:
    """A bar for each finding, the least known below, with the belief on it as a line."""
    rows = progress.mastery[:MOST_ROWS][::-1]
    figure = blank(70 + ROW_PIXELS * len(rows), W["now"])
    shares = [known for _, _, known in rows]
    spread = [(mastery.high - mastery.known, mastery.known - mastery.low) for mastery, _, _ in rows]
    figure.add_bar(
        x=shares,
        y=[mastery.finding for mastery, _, _ in rows],
        orientation="h",
        marker={"color": [GOOD if share >= 0.8 else ACCENT if share >= 0.5 else BAD for share in shares]},
        error_x={
            "array": [up for up, _ in spread],
            "arrayminus": [down for _, down in spread],
            "color": MUTED,
            "thickness": 1,
        },
        hovertemplate="%{y}: %{x:.0%}<extra></extra>",
    )
    figure.update_xaxes(range=[0, 1.02], tickformat=".0%", dtick=0.25)
    figure.update_yaxes(dtick=1)
    figure.update_layout(showlegend=False, bargap=0.35)
    return figure


def course_figure(drawn: Course, written: Course) -> Figure:
    """Marks of answers and of reports, each with its running mean."""
    figure = blank(320, W["attempt"], W["mark"])
    for course, name, colour in ((drawn, W["drawn"], ACCENT), (written, W["written"], POLICY)):
        if not len(course):
            continue
        numbers = list(range(1, len(course) + 1))
        days = [at.strftime("%Y-%m-%d %H:%M") for at in course.at]
        figure.add_scatter(
            x=numbers,
            y=[100 * mark for mark in course.marks],
            mode="markers",
            name=name,
            marker={"color": colour, "opacity": 0.45, "size": 7},
            customdata=days,
            hovertemplate="%{customdata}: %{y:.0f}<extra></extra>",
        )
        figure.add_scatter(
            x=numbers,
            y=[100 * mean for mean in course.mean],
            mode="lines",
            name=f"{name}: {W['mean']}",
            line={"color": colour, "width": 2.5},
            hovertemplate="%{y:.0f}<extra></extra>",
        )
    figure.update_yaxes(range=[0, 104])
    figure.update_xaxes(rangemode="tozero")
    return figure


def mistakes_figure(found: Mistakes) -> Figure:
    """A bar for each kind of mistake; a finding that is missed or invented weighs more than a box that lies badly."""
    rows = found.kinds[::-1]
    figure = blank(70 + ROW_PIXELS * max(len(rows), 1), W["count"])
    figure.add_bar(
        x=[count for _, count in rows],
        y=[kind.value for kind, _ in rows],
        orientation="h",
        marker={"color": [ACCENT if kind in PLACING else BAD for kind, _ in rows]},
        hovertemplate="%{y}: %{x}<extra></extra>",
    )
    figure.update_layout(showlegend=False, bargap=0.35)
    figure.update_yaxes(dtick=1)
    most = max((count for _, count in rows), default=1)
    few = next((step for step in (1, 2, 5, 10, 20, 50) if 4 * step >= most), None)  # a phone has room for five numbers
    figure.update_xaxes(rangemode="tozero", dtick=few)
    return figure


def curve_figure(curve: Curve, x: str, y: str, most_x: float = 1.0) -> Figure:
    """An FROC or LROC curve with its points."""
    figure = blank(330, x, y)
    figure.add_scatter(
        x=list(curve.x),
        y=list(curve.y),
        mode="lines+markers",
        line={"color": ACCENT, "width": 2.5},
        marker={"size": 8},
        customdata=[_sure(threshold) for threshold in curve.thresholds],
        hovertemplate="%{customdata}: %{y:.0%}, %{x:.2f}<extra></extra>",
    )
    figure.update_layout(showlegend=False)
    figure.update_yaxes(range=[0, 1.04], tickformat=".0%")
    figure.update_xaxes(range=[0, max(most_x, *curve.x) * 1.04])
    return figure


def _sure(threshold: float) -> str:
    return f"{W['confidence']} ≥ {round(threshold * 5)}" if 0 < threshold <= 1 else ""


def calibration_figure(found: Calibration) -> Figure:
    """The share that hits at each confidence, beside the line of who is as sure as right."""
    figure = blank(330, W["confidence"], W["hits"])
    figure.add_scatter(
        x=[0, 1], y=[0, 1], mode="lines", line={"color": MUTED, "dash": "dot"}, name=W["ideal"], hoverinfo="skip"
    )
    shares = [grade.share for grade in found.grades]
    figure.add_scatter(
        x=[grade.confidence for grade in found.grades],
        y=shares,
        mode="markers+lines",
        name=W["hits"],
        marker={"color": ACCENT, "size": [8 + min(grade.boxes, 40) / 3 for grade in found.grades]},
        line={"color": ACCENT, "width": 1},
        error_y={
            "array": [grade.high - grade.share for grade in found.grades],
            "arrayminus": [grade.share - grade.low for grade in found.grades],
            "color": MUTED,
            "thickness": 1,
        },
        customdata=[W["boxes"].format(count=grade.boxes) for grade in found.grades],
        hovertemplate="%{x:.0%}: %{y:.0%}, %{customdata}<extra></extra>",
    )
    figure.update_yaxes(range=[0, 1.04], tickformat=".0%")
    figure.update_xaxes(range=[0, 1.06], tickvals=[0.2, 0.4, 0.6, 0.8, 1], ticktext=["1", "2", "3", "4", "5"])
    return figure


def class_figure(among: Among) -> Figure:
    """The learner's mean on one line with the quartiles of the others."""
    figure = blank(150, W["mean_mark"])
    low, middle, high = (100 * value for value in among.quartiles or (0, 0, 0))
    figure.add_scatter(
        x=[low, high], y=[0, 0], mode="lines", line={"color": "#4b5b6a", "width": 16}, name=W["others"], hoverinfo="x"
    )
    _point(figure, middle, W["middle"], TEXT, "line-ns-open")
    if among.mine is not None:
        _point(figure, 100 * among.mine, W["you"], ACCENT, "diamond")
    figure.update_yaxes(visible=False, range=[-1, 1])
    figure.update_xaxes(range=[0, 102])
    return figure


def _point(figure: Figure, x: float, name: str, colour: str, symbol: str) -> None:
    marker = {"color": colour, "size": 15, "symbol": symbol, "line": {"width": 2, "color": colour}}
    figure.add_scatter(x=[x], y=[0], mode="markers", marker=marker, name=name, hovertemplate="%{x:.0f}<extra></extra>")


def percent(values: Sequence[float | None]) -> list[str]:
    """Shares as per cent; "–" for none."""
    return ["–" if value is None else f"{value:.0%}" for value in values]
