"""Which findings a phantom has, at which height it is cut, in which contrast phase, through which window it is seen.

Findings come in stories that go together (pneumonia with effusion, cancer with nodes, ...) or freely. All of one slice
must be visible at one height, so each has a range of heights, and those that fit no common one are left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.random import Generator

from ssg.phantoms.ct.names import FINDINGS, MIDLINE
from ssg.phantoms.ct.patient import PHASES, Phase
from ssg.phantoms.ct.sites import Site, WindowName
from ssg.phantoms.request import as_specs
from ssg.phantoms.types import FindingSpec, SideName, other

NORMAL_SHARE = 0.13
MOST_FINDINGS = 4
LOWEST, HIGHEST = 150.0, -92.0
"""Heights of a random slice in mm below the carina of an average man."""

RANGES: dict[str, tuple[float, float]] = {
    "nodule": (-78, 120),
    "mass": (-66, 108),
    "consolidation": (-62, 128),
    "ground glass opacity": (-80, 122),
    "atelectasis": (28, 132),
    "emphysema": (-88, 70),
    "pleural effusion": (-20, 150),
    "pneumothorax": (-72, 100),
    "lymphadenopathy": (-30, 46),
    "pulmonary embolism": (9, 48),
    "cardiomegaly": (58, 88),
    "pericardial effusion": (46, 104),
    "aortic aneurysm": (-28, 88),
    "aortic dissection": (-8, 120),
    "rib fracture": (-70, 120),
}
"""Between which heights each finding can be shown."""

SEEN: dict[str, frozenset[WindowName]] = {
    "nodule": frozenset({"lung", "soft", "wide"}),
    "mass": frozenset({"lung", "soft", "wide"}),
    "consolidation": frozenset({"lung", "soft", "wide"}),
    "ground glass opacity": frozenset({"lung"}),
    "atelectasis": frozenset({"lung", "soft", "wide"}),
    "emphysema": frozenset({"lung"}),
    "pleural effusion": frozenset({"lung", "soft", "wide"}),
    "pneumothorax": frozenset({"lung", "wide"}),
    "lymphadenopathy": frozenset({"soft"}),
    "pulmonary embolism": frozenset({"soft"}),
    "cardiomegaly": frozenset({"lung", "soft", "wide", "bone"}),
    "pericardial effusion": frozenset({"soft"}),
    "aortic aneurysm": frozenset({"soft", "wide"}),
    "aortic dissection": frozenset({"soft"}),
    "rib fracture": frozenset({"soft", "wide", "bone"}),
}
"""Through which windows each can be seen, and so denied."""

_FREE_WEIGHTS = {
    "nodule": 1.6,
    "mass": 1.0,
    "consolidation": 1.1,
    "ground glass opacity": 1.5,
    "atelectasis": 1.2,
    "emphysema": 1.7,
    "pleural effusion": 1.1,
    "pneumothorax": 1.5,
    "lymphadenopathy": 2.2,
    "pulmonary embolism": 1.5,
    "cardiomegaly": 1.2,
    "pericardial effusion": 2.0,
    "aortic aneurysm": 1.6,
    "aortic dissection": 1.6,
    "rib fracture": 1.4,
}

# Story: (weight, [(finding, probability, both sides)]).
_STORIES: tuple[tuple[float, tuple[tuple[str, float, bool], ...]], ...] = (
    (1.0, (("consolidation", 0.9, False), ("ground glass opacity", 0.5, False), ("pleural effusion", 0.4, False))),
    (0.8, (("ground glass opacity", 1.0, True), ("consolidation", 0.35, False))),
    (1.0, (("mass", 0.7, False), ("lymphadenopathy", 0.6, False), ("nodule", 0.35, False), ("emphysema", 0.3, True))),
    (0.8, (("emphysema", 1.0, True), ("nodule", 0.35, False), ("pneumothorax", 0.15, False))),
    (0.8, (("cardiomegaly", 0.9, False), ("pleural effusion", 0.7, True), ("pericardial effusion", 0.2, False),
           ("atelectasis", 0.2, False))),
    (0.8, (("pulmonary embolism", 1.0, True), ("pleural effusion", 0.25, False), ("consolidation", 0.2, False))),
    (0.7, (("rib fracture", 1.0, False), ("pneumothorax", 0.5, False), ("pleural effusion", 0.25, False))),
    (0.5, (("aortic dissection", 0.7, False), ("aortic aneurysm", 0.4, False), ("pericardial effusion", 0.25, False),
           ("pleural effusion", 0.2, False))),
    (0.6, (("atelectasis", 1.0, False), ("pleural effusion", 0.6, False))),
)  # fmt: skip


def draw_findings(rng: Generator, severity: float | None = None) -> list[FindingSpec]:
    """The findings of one phantom, sides and severities included; empty for a normal one."""
    if rng.random() < NORMAL_SHARE:
        return []
    names = _story(rng) if rng.random() < 0.42 else _free(rng)
    side: SideName = "right" if rng.random() < 0.52 else "left"
    level = float(rng.beta(1.2, 1.4))
    specs: list[FindingSpec] = []
    for name, both in _compatible(names)[:MOST_FINDINGS]:
        wanted = severity if severity is not None else float(np.clip(0.5 * level + 0.5 * rng.random(), 0, 1))
        own: SideName = side if rng.random() < 0.7 else other(side)
        sides: tuple[SideName | None, ...] = (None,) if name in MIDLINE else ("right", "left") if both else (own,)
        for each in sides:
            uneven = 1.0 if severity is not None else float(rng.uniform(0.6, 1.0))
            specs.append(FindingSpec(name, each, wanted * uneven))
    return _reconcile(specs)


def _story(rng: Generator) -> list[tuple[str, bool]]:
    weights = np.array([weight for weight, _ in _STORIES])
    story = _STORIES[int(rng.choice(len(_STORIES), p=weights / weights.sum()))][1]
    names = [(name, both and bool(rng.random() < 0.65)) for name, chance, both in story if rng.random() < chance]
    return names or [(story[0][0], False)]


def _free(rng: Generator) -> list[tuple[str, bool]]:
    weights = np.array([_FREE_WEIGHTS[name] for name in FINDINGS])
    count = int(rng.choice((1, 2, 3, 4), p=(0.38, 0.34, 0.2, 0.08)))
    chosen = rng.choice(len(FINDINGS), size=count, replace=False, p=weights / weights.sum())
    return [(FINDINGS[int(index)], bool(rng.random() < 0.2)) for index in chosen]


def _compatible(names: Sequence[tuple[str, bool]]) -> list[tuple[str, bool]]:
    """Keep what one height and one window can show together."""
    kept: list[tuple[str, bool]] = []
    low, high = HIGHEST, LOWEST
    for name, both in names:
        first, last = RANGES[name]
        if min(high, last) - max(low, first) < 8:
            continue
        if {name, *(other_name for other_name, _ in kept)} >= {"aortic aneurysm", "aortic dissection"}:
            continue
        low, high = max(low, first), min(high, last)
        kept.append((name, both))
    return kept


def _reconcile(specs: list[FindingSpec]) -> list[FindingSpec]:
    """Air and fluid of one side share its space: the fluid lies free below the air, and is not gross."""
    air = {spec.side for spec in specs if spec.finding == "pneumothorax"}
    return [
        replace(spec, severity=min(spec.severity or 0.0, 0.3), form="free")
        if spec.finding == "pleural effusion" and spec.side in air
        else spec
        for spec in specs
    ]


def complete(given: Sequence[FindingSpec | dict[str, Any] | str], rng: Generator) -> list[FindingSpec]:
    """Forced specifications made whole (side, severity); raises BadInput for what cannot be drawn."""
    out: list[FindingSpec] = []
    for number, spec in enumerate(as_specs(given, FINDINGS, MIDLINE)):
        own = np.random.default_rng([int(rng.integers(2**32)), number])
        severity = float(own.random()) if spec.severity is None else float(spec.severity)
        side: SideName | None = spec.side
        if spec.finding not in MIDLINE and side is None:
            side = "right" if own.random() < 0.5 else "left"
        out.append(replace(spec, side=side, severity=severity))
    return out


def draw_level(specs: Sequence[FindingSpec], rng: Generator) -> float:
    """A height that shows as many of the findings as can be, in mm of an average man."""
    low, high = HIGHEST, LOWEST
    for spec in specs:
        first, last = RANGES[spec.finding]
        if min(high, last) - max(low, first) >= 8:
            low, high = max(low, first), min(high, last)
    return float(low + (high - low) * rng.random())


def draw_phase(specs: Sequence[FindingSpec], site: Site, rng: Generator) -> Phase:
    """The site's habits, but an embolus or dissection is seldom looked for without contrast."""
    shares = np.array(site.phases)
    names = {spec.finding for spec in specs}
    draw = float(rng.random())
    if "pulmonary embolism" in names and draw < 0.97:
        shares = np.array((0.0, 0.85, 0.05, 0.1))
    elif "aortic dissection" in names and draw < 0.96:
        shares = np.array((0.0, 0.1, 0.65, 0.25))
    elif names & {"lymphadenopathy", "aortic aneurysm"}:
        shares = shares * (0.6, 1, 1, 1)
    return PHASES[int(rng.choice(4, p=shares / shares.sum()))]


_WINDOW_WEIGHTS: dict[WindowName, float] = {"lung": 0.5, "soft": 0.42, "wide": 0.06, "bone": 0.02}


def draw_window_name(specs: Sequence[FindingSpec], rng: Generator) -> WindowName:
    """A window at random, mostly one through which the findings are seen."""
    weights = dict(_WINDOW_WEIGHTS)
    if specs:
        for name in weights:
            seen = sum(name in SEEN[spec.finding] for spec in specs) / len(specs)
            weights[name] *= seen**3 + 0.006
    if any(spec.finding == "rib fracture" for spec in specs):
        weights["bone"] *= 12
        weights["wide"] *= 3
    if any(spec.finding in ("nodule", "consolidation", "mass") for spec in specs):
        weights["lung"] *= 1.4
    shares = np.array(list(weights.values()))
    return tuple(weights)[int(rng.choice(4, p=shares / shares.sum()))]


def deniable(window: WindowName, phase: Phase, level: float) -> set[str]:
    """Findings that this picture would show if they were there. ``level`` is that of an average man."""
    names = {name for name in FINDINGS if window in SEEN[name]}
    if phase == "none":
        names -= {"pulmonary embolism", "aortic dissection"}
    if phase == "venous":
        names -= {"pulmonary embolism"}
    for name, (low, high) in (
        ("pulmonary embolism", (8, 56)),
        ("cardiomegaly", (55, 92)),
        ("pericardial effusion", (30, 112)),
        ("atelectasis", (-30, 200)),
    ):
        if not low <= level <= high:
            names.discard(name)
    return names


def uncertain(specs: Sequence[FindingSpec], shown: set[str], heart_ratio: float) -> set[str]:
    """Findings that nobody could deny on this slice, because others hide or imitate them."""
    names: set[str] = {"cardiomegaly"} if heart_ratio > 0.48 else set()
    for spec in specs:
        if spec.finding in ("cardiomegaly", "pericardial effusion", "aortic aneurysm"):
            names.add(spec.finding)
        if spec.finding not in shown:
            continue
        severity = spec.severity or 0.0
        if spec.finding == "pleural effusion":
            names |= {"atelectasis"} | ({"consolidation", "mass", "nodule"} if severity > 0.45 else set())
        if spec.finding == "consolidation":
            names |= {"atelectasis", "ground glass opacity"} | ({"nodule", "mass"} if severity > 0.25 else {"nodule"})
        if spec.finding == "atelectasis":
            names |= {"consolidation", "ground glass opacity"} | ({"mass"} if severity > 0.4 else set())
        if spec.finding == "ground glass opacity":
            names |= {"consolidation"} | ({"nodule"} if severity < 0.5 else set())
        if spec.finding == "mass":
            names |= {"nodule", "lymphadenopathy", "atelectasis", "consolidation"}
        if spec.finding == "nodule" and spec.form == "part-solid":
            names |= {"ground glass opacity"}
        if spec.finding == "lymphadenopathy":
            names |= {"mass"}
        if spec.finding == "pneumothorax":
            names |= {"emphysema"} | ({"atelectasis", "ground glass opacity"} if severity > 0.4 else set())
        if spec.finding == "emphysema":
            names |= {"pneumothorax"} if spec.form == "paraseptal" else set()
        if spec.finding == "pericardial effusion":
            names |= {"cardiomegaly"}
        if spec.finding == "aortic dissection":
            names |= {"aortic aneurysm"}
        if spec.finding == "aortic aneurysm":
            names |= {"lymphadenopathy", "mass"}
    return names
