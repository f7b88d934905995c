"""What is in a case set, drawn: a page by itself that needs no network."""

from __future__ import annotations

import html

from ssg.boxes import SIZES
from ssg.casebook.stats import Stats
from ssg.counting import counted

MOST = 30
"""Findings that are drawn, the most frequent ones."""

COLOURS = {"there": "#2a9d8f", "not there": "#8d99ae", "small": "#e76f51", "medium": "#f4a261", "large": "#e9c46a"}


def charts(title: str, found: Stats) -> str:
    """The page as HTML."""
    from plotly import graph_objects
    from plotly.subplots import make_subplots

    names = list(found.findings)[:MOST][::-1]
    rows = [found.findings[name] for name in names]
    figure = make_subplots(
        1,
        3,
        shared_yaxes=True,
        horizontal_spacing=0.03,
        subplot_titles=("cases: there, or said not to be", "regions by size", "readers: mean IoU and kappa"),
    )
    for name, counts in (("there", [one.present for one in rows]), ("not there", [one.absent for one in rows])):
        bar = graph_objects.Bar(y=names, x=counts, name=name, orientation="h", marker_color=COLOURS[name])
        figure.add_trace(bar, row=1, col=1)
    for size in SIZES:
        counts = [one.sizes[size] for one in rows]
        bar = graph_objects.Bar(y=names, x=counts, name=size, orientation="h", marker_color=COLOURS[size])
        figure.add_trace(bar, row=1, col=2)
    for name, values, sign in (
        ("mean IoU", [one.places for one in rows], "circle"),
        ("kappa of presence", [one.presence.kappa for one in rows], "diamond-open"),
    ):
        dots = graph_objects.Scatter(y=names, x=values, name=name, mode="markers", marker={"symbol": sign, "size": 10})
        figure.add_trace(dots, row=1, col=3)
    figure.update_xaxes(range=[-0.05, 1.05], row=1, col=3)
    size = f"{counted(found.cases, 'case')}, {counted(found.pictures, 'picture')}, readers: {found.readers:,}"
    figure.update_layout(
        barmode="stack",
        template="plotly_white",
        height=220 + 24 * max(len(names), 4),
        legend={"orientation": "h", "y": -0.12, "traceorder": "normal"},
        title=f"{html.escape(title)}: {size}",
    )
    return str(figure.to_html(include_plotlyjs=True, full_html=True))
