"""Which findings a phantom has: stories that go together (tumor with edema, blood with shift) and free combinations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from numpy.random import Generator

from ssg.phantoms.mr.names import FINDINGS, MIDLINE
from ssg.phantoms.request import as_specs
from ssg.phantoms.types import FindingSpec, SideName, other

NORMAL_SHARE = 0.15
MOST_FINDINGS = 4

FORMS: dict[str, tuple[str, ...]] = {
    "brain tumor": ("metastasis", "ring", "solid"),
    "glioma": ("ring", "patchy", "low grade"),
    "meningioma": ("convexity", "falx", "base"),
    "pituitary tumor": ("macroadenoma", "snowman", "infrasellar"),
    "infarct": ("wedge", "lacune", "old"),
    "hemorrhage": ("subacute", "acute", "mixed"),
    "sinusitis": ("maxillary", "sphenoid", "frontal", "ethmoid"),
}
"""Variants that ``form`` can choose."""

# Story: (weight, [(finding, probability)]).
_STORIES: tuple[tuple[float, tuple[tuple[str, float], ...]], ...] = (
    (1.5, (("glioma", 1.0), ("cerebral edema", 0.55), ("midline shift", 0.12))),
    (1.2, (("brain tumor", 1.0), ("cerebral edema", 0.6), ("midline shift", 0.1))),
    (1.5, (("meningioma", 1.0), ("cerebral edema", 0.4), ("midline shift", 0.1))),
    (1.35, (("pituitary tumor", 1.0), ("sinusitis", 0.15), ("hydrocephalus", 0.1))),
    (1.2, (("infarct", 1.0), ("white matter lesion", 0.35), ("cerebral atrophy", 0.2))),
    (1.2, (("hemorrhage", 1.0), ("cerebral edema", 0.4), ("midline shift", 0.25))),
    (1.3, (("subdural hematoma", 1.0), ("midline shift", 0.45), ("cerebral atrophy", 0.15))),
    (1.3, (("epidural hematoma", 1.0), ("midline shift", 0.35))),
    (1.0, (("hydrocephalus", 1.0), ("white matter lesion", 0.2))),
    (1.2, (("white matter lesion", 1.0), ("cerebral atrophy", 0.4))),
    (0.7, (("cerebral atrophy", 1.0), ("sinusitis", 0.2))),
    (1.2, (("arachnoid cyst", 1.0), ("sinusitis", 0.15))),
    (1.5, (("sinusitis", 1.0),)),
    (0.8, (("cerebral edema", 1.0), ("midline shift", 0.4))),
)

_NEVER_WITH: dict[str, frozenset[str]] = {
    "cerebral atrophy": frozenset({"hydrocephalus", "midline shift", "epidural hematoma"}),
    "hydrocephalus": frozenset({"cerebral atrophy", "midline shift", "subdural hematoma", "epidural hematoma"}),
    "midline shift": frozenset({"cerebral atrophy", "hydrocephalus"}),
    "subdural hematoma": frozenset({"epidural hematoma", "hydrocephalus"}),
    "epidural hematoma": frozenset({"subdural hematoma", "hydrocephalus", "cerebral atrophy"}),
}
"""Pairs that one image would not show apart."""


_OFTEN_BOTH = frozenset({"white matter lesion"})
"""Mostly on both sides at once."""


def draw_findings(rng: Generator, severity: float | None = None) -> list[FindingSpec]:
    """The findings of one phantom, sides and severities included; empty for a normal one."""
    if rng.random() < NORMAL_SHARE:
        return []
    weights = [weight for weight, _ in _STORIES]
    story = _STORIES[int(rng.choice(len(_STORIES), p=[weight / sum(weights) for weight in weights]))][1]
    names = [name for name, chance in story if rng.random() < chance] or [story[0][0]]
    if rng.random() < 0.3:
        names.append(FINDINGS[int(rng.integers(len(FINDINGS)))])
    if rng.random() < 0.08:
        names.append(FINDINGS[int(rng.integers(len(FINDINGS)))])
    level = float(rng.beta(1.2, 1.3))
    side: SideName = "right" if rng.random() < 0.5 else "left"
    specs: list[FindingSpec] = []
    for name in dict.fromkeys(names[:MOST_FINDINGS]):
        wanted = severity if severity is not None else min(1.0, max(0.0, 0.55 * level + 0.45 * rng.random()))
        here: SideName = side if rng.random() < 0.7 else other(side)
        specs.append(FindingSpec(name, None if name in MIDLINE else here, float(wanted), _form(name, rng)))
        if name in _OFTEN_BOTH and rng.random() < 0.7:
            specs.append(replace(specs[-1], side=other(here)))
    return compatible(specs)


def _form(name: str, rng: Generator) -> str | None:
    forms = FORMS.get(name)
    pick = float(rng.random())
    return forms[min(int(pick * len(forms)), len(forms) - 1)] if forms else None


def compatible(specs: Sequence[FindingSpec]) -> list[FindingSpec]:
    """Drop what would hide or contradict an earlier finding; a shift leads away from what pushes."""
    kept: list[FindingSpec] = []
    for spec in specs:
        if any(spec.finding in _NEVER_WITH.get(earlier.finding, ()) for earlier in kept):
            continue
        pusher = next(
            (earlier for earlier in kept if earlier.side is not None and earlier.finding != "sinusitis"), None
        )
        if spec.finding == "midline shift" and pusher is not None and pusher.side is not None:
            spec = replace(spec, side=other(pusher.side))
        if spec.finding == "cerebral edema" and pusher is not None:
            spec = replace(spec, side=pusher.side)
        kept.append(spec)
    return kept


def complete(specs: Sequence[FindingSpec | dict[str, Any] | str], rng: Generator) -> list[FindingSpec]:
    """Forced specifications made whole (side, severity, form); raises BadInput for what cannot be drawn."""
    whole: list[FindingSpec] = []
    for spec in as_specs(specs, FINDINGS, MIDLINE, FORMS):
        severity = float(rng.random()) if spec.severity is None else float(spec.severity)
        pick: SideName = "right" if rng.random() < 0.5 else "left"
        form = _form(spec.finding, rng) if spec.form is None else spec.form
        side = None if spec.finding in MIDLINE else (spec.side or pick)
        if spec.finding == "cerebral edema" and spec.side is None and whole and whole[0].side is not None:
            side = whole[0].side
        whole.append(replace(spec, side=side, severity=severity, form=form))
        if spec.finding in _OFTEN_BOTH and spec.side is None and side is not None and rng.random() < 0.7:
            whole.append(replace(whole[-1], side=other(side)))
    return whole


_SHOWN_BY: dict[str, tuple[float, float, float, float]] = {
    # weight of T1, T1 post contrast, T2, FLAIR against those of a normal image
    "brain tumor": (0.4, 1.3, 0.9, 0.9),
    "glioma": (0.5, 1.3, 1.0, 1.0),
    "meningioma": (0.25, 1.8, 0.6, 0.5),
    "pituitary tumor": (0.9, 2.0, 0.6, 0.3),
    "cerebral edema": (0.5, 0.9, 1.7, 2.2),
    "infarct": (0.4, 0.55, 1.8, 2.6),
    "hemorrhage": (1.6, 1.0, 1.3, 1.1),
    "white matter lesion": (0.1, 0.22, 1.8, 3.2),
    "arachnoid cyst": (1.1, 1.0, 1.2, 1.2),
    "sinusitis": (0.7, 0.9, 1.4, 1.3),
}
_USUAL = (0.08, 0.62, 0.15, 0.15)


def draw_sequence(rng: Generator, specs: Sequence[FindingSpec], names: Sequence[str]) -> str:
    """A sequence, mostly one that shows the findings."""
    weights = list(_USUAL)
    for spec in specs:
        weights = [a * b for a, b in zip(weights, _SHOWN_BY.get(spec.finding, (1, 1, 1, 1)), strict=True)]
    total, pick = sum(weights), rng.random()
    for name, weight in zip(names, weights, strict=True):
        pick -= weight / total
        if pick < 0:
            return name
    return names[1]
