"""Which findings a phantom has: stories that go together (heart failure, pneumonia, trauma, ...) and free combinations.

About one in five is normal; nobody has more than four different findings. Also what a combination leaves unknown: what
one finding hides is neither present nor absent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from numpy.random import Generator

from ssg.phantoms.body import Body
from ssg.phantoms.request import as_specs
from ssg.phantoms.types import FINDINGS, MIDLINE, FindingSpec, SideName, other

NORMAL_SHARE = 0.2
MOST_FINDINGS = 4

_FREE_WEIGHTS = {
    "cardiomegaly": 1.2,
    "pleural effusion": 1.6,
    "pneumothorax": 1.3,
    "consolidation": 1.4,
    "atelectasis": 1.4,
    "nodule": 1.4,
    "mass": 1.2,
    "pulmonary edema": 0.7,
    "hilar enlargement": 0.8,
    "rib fracture": 0.8,
    "endotracheal tube": 0.6,
    "central venous catheter": 0.8,
    "pacemaker": 0.6,
}

# Story: (weight, [(finding, probability, both sides)]); sides of one story agree unless both.
_STORIES: tuple[tuple[float, tuple[tuple[str, float, bool], ...]], ...] = (
    (1.2, (("cardiomegaly", 0.9, False), ("pulmonary edema", 0.75, True),
        ("pleural effusion", 0.6, True), ("pacemaker", 0.2, False))),
    (1.0, (("consolidation", 1.0, False), ("pleural effusion", 0.4, False))),
    (1.0, (("endotracheal tube", 1.0, False), ("central venous catheter", 0.8, False), ("consolidation", 0.3, True),
        ("atelectasis", 0.3, False), ("pulmonary edema", 0.25, True), ("pneumothorax", 0.15, False))),
    (0.7, (("rib fracture", 1.0, False), ("pneumothorax", 0.55, False), ("pleural effusion", 0.3, False))),
    (0.8, (("mass", 0.75, False), ("hilar enlargement", 0.4, False), ("nodule", 0.4, False),
        ("atelectasis", 0.3, False))),
    (0.7, (("atelectasis", 1.0, False), ("pleural effusion", 0.5, False), ("central venous catheter", 0.3, False))),
    (0.5, (("pacemaker", 1.0, False), ("cardiomegaly", 0.5, False))),
    (0.5, (("hilar enlargement", 1.0, True), ("nodule", 0.2, False))),
)  # fmt: skip


def draw_findings(rng: Generator, severity: float | None = None) -> list[FindingSpec]:
    """The findings of one phantom, sides and severities included; empty for a normal one."""
    if rng.random() < NORMAL_SHARE:
        return []
    names = _story(rng) if rng.random() < 0.45 else _free(rng)
    story_side: SideName = "right" if rng.random() < 0.5 else "left"
    level = float(rng.beta(1.2, 1.4))
    specs: list[FindingSpec] = []
    for name, both in names[:MOST_FINDINGS]:
        wanted = severity if severity is not None else min(1.0, max(0.0, 0.5 * level + 0.5 * rng.random()))
        sides = _sides(name, both, story_side, rng)
        specs += [FindingSpec(name, side, float(wanted)) for side in sides]
    return compatible(specs, rng)


def _story(rng: Generator) -> list[tuple[str, bool]]:
    weights = [weight for weight, _ in _STORIES]
    story = _STORIES[int(rng.choice(len(_STORIES), p=[weight / sum(weights) for weight in weights]))][1]
    names = [(name, both and bool(rng.random() < 0.75)) for name, chance, both in story if rng.random() < chance]
    return names or [(story[0][0], False)]


def _free(rng: Generator) -> list[tuple[str, bool]]:
    weights = list(_FREE_WEIGHTS.values())
    count = int(rng.choice((1, 2, 3, 4), p=(0.42, 0.33, 0.18, 0.07)))
    chosen = rng.choice(len(FINDINGS), size=count, replace=False, p=[weight / sum(weights) for weight in weights])
    return [(FINDINGS[int(index)], bool(rng.random() < 0.2)) for index in chosen]


def _sides(name: str, both: bool, story_side: SideName, rng: Generator) -> tuple[SideName | None, ...]:
    if name in MIDLINE:
        return (None,)
    if name == "pulmonary edema":
        return ("right", "left")
    if name == "pacemaker":
        return ("left",) if rng.random() < 0.85 else ("right",)
    if name == "central venous catheter":
        return ("right",) if rng.random() < 0.65 else ("left",)
    return ("right", "left") if both else (story_side,) if rng.random() < 0.7 else (other(story_side),)


def compatible(specs: Sequence[FindingSpec], rng: Generator) -> list[FindingSpec]:
    """Drop what one side cannot show together: a large effusion with a pneumothorax, edema under a gross effusion."""
    kept: list[FindingSpec] = []
    air = {spec.side for spec in specs if spec.finding == "pneumothorax"}
    for spec in specs:
        if spec.finding == "pleural effusion" and spec.side in air:
            spec = replace(spec, severity=min(spec.severity or 0.0, 0.15))
        if spec.finding == "pulmonary edema" and air:
            continue
        kept.append(spec)
    return kept


def complete(specs: Sequence[FindingSpec | dict[str, Any] | str], rng: Generator) -> list[FindingSpec]:
    """Forced specifications made whole (side, severity); raises BadInput for what cannot be drawn."""
    whole: list[FindingSpec] = []
    for spec in as_specs(specs, FINDINGS, MIDLINE):
        severity = float(rng.random()) if spec.severity is None else float(spec.severity)
        if spec.finding == "pulmonary edema" and spec.side is None:
            whole += [replace(spec, side=side, severity=severity) for side in ("right", "left")]
            continue
        side = spec.side
        if spec.finding not in MIDLINE and side is None:
            side = "right" if rng.random() < 0.5 else "left"
        whole.append(replace(spec, side=side, severity=severity))
    return whole


def changed_body(body: Body, specs: Sequence[FindingSpec]) -> Body:
    """The body with the consequences: a large heart, a raised dome, a shifted mediastinum."""
    for spec in specs:
        severity = spec.severity or 0.0
        if spec.finding == "cardiomegaly":
            body = _large_heart(body, severity)
        if spec.side is None:
            continue
        away = 1.0 if spec.side == "right" else -1.0
        if spec.finding == "atelectasis":
            body = shifted(raised_dome(body, spec.side, 4 + 24 * severity), -away * 9 * severity)
        if spec.finding == "pleural effusion":
            body = shifted(body, away * 16 * max(0.0, severity - 0.55))
        if spec.finding == "pneumothorax":
            body = shifted(body, away * 22 * max(0.0, severity - 0.5))
    return body


SMALLEST_CARDIOMEGALY = 0.54


def _large_heart(body: Body, severity: float) -> Body:
    """Widen to a cardiothoracic ratio of 0.54 to 0.74, mostly to the left, and let it sit deeper."""
    width = 2 * body.half_width * (SMALLEST_CARDIOMEGALY + 0.2 * severity)
    share = body.heart_right / (body.heart_right + body.heart_left)
    return replace(
        body,
        heart_right=width * share,
        heart_left=min(width * (1 - share), 0.93 * body.half_width),
        heart_top=body.heart_top - 4 - 8 * severity,
        heart_bottom=body.heart_bottom + 2 + 5 * severity,
        heart_depth=body.heart_depth * (1.08 + 0.15 * severity),
    )


def raised_dome(body: Body, side: SideName, by: float) -> Body:
    """One hemidiaphragm raised by ``by`` mm."""
    right, left = body.dome
    ra, la = body.angle
    if side == "right":
        return replace(body, dome=(right - by, left), angle=(ra - 0.5 * by, la))
    return replace(body, dome=(right, left - by), angle=(ra, la - 0.5 * by))


def shifted(body: Body, by: float) -> Body:
    """Heart, great vessels and trachea pushed by ``by`` mm, positive to the patient's left."""
    return replace(
        body,
        heart_right=max(12.0, body.heart_right - by),
        heart_left=body.heart_left + by,
        knob=(body.knob[0] + 0.6 * by, body.knob[1], body.knob[2]),
        pedicle=(max(12.0, body.pedicle[0] - 0.5 * by), max(12.0, body.pedicle[1] + 0.5 * by)),
        trachea=(body.trachea[0] + 0.6 * by, body.trachea[1]),
        hilum=((body.hilum[0][0] + 0.7 * by, body.hilum[0][1]), (body.hilum[1][0] + 0.7 * by, body.hilum[1][1])),
    )


def uncertain(specs: Sequence[FindingSpec], body: Body) -> set[str]:
    """Findings that nobody could deny on this image, because others hide or imitate them."""
    names: set[str] = set()
    ratio = (body.heart_right + body.heart_left) / (2 * body.half_width)
    if ratio > 0.5:
        names.add("cardiomegaly")
    for spec in specs:
        severity = spec.severity or 0.0
        if spec.finding == "pleural effusion" and severity > 0.45:
            names |= {"atelectasis", "consolidation", "nodule", "mass", "cardiomegaly", "hilar enlargement"}
        if spec.finding == "pleural effusion":
            names |= {"atelectasis"}
        if spec.finding in ("consolidation", "atelectasis"):
            names |= {"consolidation", "atelectasis", "hilar enlargement"}
        if spec.finding == "consolidation" and severity > 0.4:
            names |= {"nodule", "mass"}
        if spec.finding == "pulmonary edema":
            names |= {"consolidation", "hilar enlargement", "nodule"}
        if spec.finding == "mass":
            names |= {"hilar enlargement", "consolidation", "nodule"}
        if spec.finding == "hilar enlargement":
            names |= {"mass"}
        if spec.finding == "pneumothorax" and severity > 0.4:
            names |= {"atelectasis"}
    return names
