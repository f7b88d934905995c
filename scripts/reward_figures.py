"""Draw the reward over a box that moves and one that grows, what the image adds, and how far radiologists agree.

    python -m scripts.reward_figures

Each figure is written to docs/images/reward twice: as plotly's own JSON, which ``plotly.io.read_json`` opens as an
interactive figure and the tests compare with the reward, and as an SVG (by kaleido, which needs Chromium).
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import plotly.graph_objects as go

from ssg.boxes import Box
from ssg.casebook.drawn import regions_of
from ssg.phantoms import chest_xray
from ssg.reward import Agreement, Answer, ReaderAnswer, Reference, Region, Scores, score_many
from ssg.reward.rubric import COMPONENTS
from ssg.vocabulary import Side

FOLDER = Path("docs", "images", "reward")
EFFUSION = Region("pleural effusion", Box(600, 560, 840, 860), Side.LEFT)
LUNG = Region("lung", Box(540, 150, 860, 880), Side.LEFT)
ANGLE = Region("costophrenic angle", Box(740, 760, 870, 890), Side.LEFT)
REFERENCE = Reference(
    1024,
    1024,
    (ReaderAnswer((EFFUSION, LUNG, ANGLE), ("pneumothorax",), id="A"),),
    ("pleural effusion", "pneumothorax"),
)
STEPS = 101
CERTAIN = "how surely the region shows it"
HEART_SEED, HEART_SIZE = 9029, 256
TICKS = [0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3, 5]
COLOURS = {
    "spatial": "#1f6f8b",
    "semantic": "#b5651d",
    "clinical": "#7a3e9d",
    "coherence": "#3b7d3b",
    "total": "#222222",
    "semantic with the image": "#b5651d",
    CERTAIN: "#555555",
}
DASHES = {
    "spatial": "dash",
    "semantic": "dot",
    "clinical": "dashdot",
    "coherence": "longdash",
    "total": "solid",
    CERTAIN: "dot",
}


def main() -> None:
    """Write all figures."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, figure in figures().items():
        (FOLDER / f"{name}.json").write_text(as_json(figure), encoding="utf-8")
        figure.write_image(FOLDER / f"{name}.svg", width=760, height=420)


def figures() -> dict[str, go.Figure]:
    """All figures by name."""
    shifts, factors = np.linspace(0, 1.5, STEPS), np.geomspace(0.2, 5, STEPS)
    return {
        "moving": _over(shifts, [_moved(by) for by in shifts], "the box moves to the image's right, in its own widths"),
        "scaling": _over(factors, [_scaled(by) for by in factors], "the box is so many times as wide and high", True),
        "image": _image(shifts),
        "agreement": _agreement(),
    }


def as_json(figure: go.Figure) -> str:
    """Plotly's JSON, numbers rounded, so that it is the same everywhere."""
    return json.dumps(_rounded(json.loads(figure.to_json(engine="json"))), indent=1) + "\n"


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _rounded(entry) for key, entry in value.items() if key != "template"}
    if isinstance(value, list):
        return [_rounded(entry) for entry in value]
    return round(value, 4) if isinstance(value, float) else value


def _moved(by: float) -> Region:
    box = EFFUSION.box
    return Region(EFFUSION.finding, Box(box.x0 + by * box.width, box.y0, box.x1 + by * box.width, box.y1), Side.LEFT)


def _scaled(by: float) -> Region:
    (x, y), width, height = EFFUSION.box.centre, EFFUSION.box.width * by / 2, EFFUSION.box.height * by / 2
    return Region(EFFUSION.finding, Box(x - width, y - height, x + width, y + height), Side.LEFT)


def _over(values: np.ndarray, drawn: list[Region], title: str, log: bool = False) -> go.Figure:
    scores = score_many([REFERENCE] * len(drawn), [Answer((region,), ("pneumothorax",)) for region in drawn])
    return _drawn([(name, values, column) for name, column in _columns(scores)], title, "score", log)


def _columns(scores: Scores) -> list[tuple[str, np.ndarray]]:
    return [*((name, scores.components[name]) for name in COMPONENTS), ("total", scores.total)]


def _image(shifts: np.ndarray) -> go.Figure:
    """What the image-text encoder adds: a box moves up from the heart of a phantom."""
    from ssg.grounding.region_text import RegionText

    drawn = chest_xray(HEART_SEED, size=HEART_SIZE)
    (heart,) = [one for one in regions_of(drawn.findings) if one.finding == "cardiomegaly"]
    reference = Reference(HEART_SIZE, HEART_SIZE, (ReaderAnswer((heart,), id="truth"),))
    sight = RegionText.load().on(drawn.pixels)
    moved = [replace(heart, box=_up(heart.box, by)) for by in shifts]
    asked, answers = [reference] * len(moved), [Answer((region,)) for region in moved]
    blind, seeing = (score_many(asked, answers, sights=sights) for sights in (None, [sight] * len(moved)))
    rows = [
        ("spatial", blind.components["spatial"]),
        ("semantic", blind.components["semantic"]),
        ("semantic with the image", seeing.components["semantic"]),
        (CERTAIN, sight.shown(moved)),
    ]
    return _drawn([(name, shifts, up) for name, up in rows], "the box moves up, in its own heights", "", False)


def _up(box: Box, by: float) -> Box:
    return Box(box.x0, box.y0 - by * box.height, box.x1, box.y1 - by * box.height)


def _agreement() -> go.Figure:
    agreement = Agreement.load()
    shown = ("cardiomegaly", "pneumothorax", "pleural effusion", "pleural thickening")
    curves = [(name, agreement.curve(name)) for name in shown] + [("all findings", agreement.pooled)]
    rows = [(f"{name} ({curve.pairs:,} pairs)", curve.quantiles, np.arange(101)) for name, curve in curves]
    return _drawn(rows, "spatial score", "per cent of pairs of radiologists that score lower", False)


def _drawn(rows: list[tuple[str, np.ndarray, np.ndarray]], x: str, y: str, log: bool) -> go.Figure:
    figure = go.Figure()
    for name, across, up in rows:
        line = {"color": COLOURS.get(name), "dash": DASHES.get(name, "solid"), "width": 3 if name == "total" else 2}
        figure.add_scatter(x=across.tolist(), y=up.tolist(), name=name, mode="lines", line=line)
    figure.update_xaxes(title=x, type="log" if log else "linear", **({"tickvals": TICKS} if log else {}))
    figure.update_yaxes(title=y, rangemode="tozero")
    figure.update_layout(template="plotly_white", font={"family": "sans-serif", "size": 13}, margin={"t": 20, "r": 20})
    return figure


if __name__ == "__main__":
    main()
