"""A synthetic MR slice of the head with exact truth, start to finish.

A patient, what ails them, where the plane cuts, how the tissues shine in the sequence, how the picture is taken, and
only then what of it can be seen. Every random choice has its own stream, drawn from the seed and a purpose.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.random import Generator

from ssg.errors import BadInput
from ssg.phantoms.mr import tissue as t
from ssg.phantoms.mr import tumors, vascular
from ssg.phantoms.mr.acquisition import acquire, draw_style, label
from ssg.phantoms.mr.atlas import atlas, folding, surface, texture_channels, waves
from ssg.phantoms.mr.findings import complete, draw_findings, draw_sequence
from ssg.phantoms.mr.head import Head, aged, atrophied, draw_head, head_vector, hydrocephalic, swollen
from ssg.phantoms.mr.lesions import Burden, Palette
from ssg.phantoms.mr.names import FINDINGS, VIEWS
from ssg.phantoms.mr.placing import Slab
from ssg.phantoms.mr.plane import ALONG, Framing, draw_framing, draw_view, level_through, make_plane
from ssg.phantoms.mr.relaxation import SEQUENCES, draw_timing, tissue_signals
from ssg.phantoms.mr.sites import draw_site
from ssg.phantoms.mr.slice_kernel import draw_slice
from ssg.phantoms.mr.traces import traces
from ssg.phantoms.mr.truth import Maps, hemisphere, midline_shift, shifted_region, structures, ventricles
from ssg.phantoms.request import at_severity, lies_within, require_drawable
from ssg.phantoms.scene import Trace
from ssg.phantoms.truth import finding_entries
from ssg.phantoms.types import FindingSpec, Phantom

FARTHEST = 110.0
"""Largest level in mm from the centre of the brain."""

CALLED_SHIFT, NO_SHIFT = 4.0, 1.8
"""mm of midline shift from which it is called, and below which it is absent."""


def brain_mr(
    seed: int,
    size: int = 256,
    with_masks: bool = False,
    findings: Sequence[FindingSpec | dict[str, Any] | str] | None = None,
    site: str | None = None,
    severity: float | None = None,
    view: str | None = None,
    level: float | None = None,
    sequence: str | None = None,
) -> Phantom:
    """Draw one slice of ``size`` × ``size`` pixels (64 to 1024).

    ``findings`` forces what is drawn (an empty list: normal), ``severity`` sets that of all; ``site`` sets the style.
    ``level`` is mm from the centre of the brain along the view's axis (up, to the front, to the patient's left).
    Raises BadInput for anything that cannot be drawn.
    """
    require_drawable(seed, size, severity)
    _require(view, level, sequence)
    department = draw_site(_stream(seed, 1), site)
    specs = _specs(seed, findings, severity)
    patient = aged(draw_head(_stream(seed, 2)), specs, _stream(seed, 14))
    flat = bool(specs) and specs[0].finding == "midline shift"
    framing = draw_framing(_stream(seed, 5), department, draw_view(_stream(seed, 6), view, flat))
    for attempt in range(1 if sequence else 5):
        chosen = sequence or draw_sequence(_stream(seed, 9, attempt), specs, SEQUENCES)
        timing = draw_timing(_stream(seed, 3), chosen, department.tesla)
        signals = tissue_signals(timing, _stream(seed, 4), department.fat)
        palette = Palette(_spread(signals, department.contrast), timing)
        burden, head = _burden(seed, specs, palette, patient, framing)
        if not specs or burden.shows(specs[0].finding):
            break
    where = _level(seed, burden, specs, framing, head) if level is None else float(level)
    plane = make_plane(framing, head, where, size)
    vascular.drop_slivers(burden, plane)
    signal, tissue, found, across = draw_slice(
        atlas(), surface(), folding(), texture_channels(), waves(), plane.vector(), size, head_vector(head),
        palette.signals,        np.float32(1 / max(1.15 * plane.spacing, 0.75)), burden.mass_rows(),
        np.array(burden.shift, np.float32), burden.blood_rows(),
        burden.rows(), burden.sinus_rows(), np.float32(_stream(seed, 12).uniform(0.04, 0.16)),
    )  # fmt: skip
    style = draw_style(_stream(seed, 7), department)
    grey = acquire(signal, palette.brain, plane.spacing, style, framing.view != "axial", _stream(seed, 8, size))
    maps = Maps(tissue, found, across, plane, grey)

    seen, doubtful = traces(maps, burden)
    doubtful |= _global_traces(maps, specs, head, seen)
    entries, masks = structures(maps, with_masks, any(spec.finding == "pituitary tumor" for spec in specs))
    if with_masks:
        for trace in seen:
            key = (trace.finding, trace.side)
            masks[key] = masks[key] | trace.mask if key in masks else trace.mask
    named = {trace.finding for trace in seen}
    unknown = named | doubtful | _uncertain(named, specs, head, framing.view, chosen)
    label(grey, style, framing.view)
    return Phantom(
        pixels=np.clip(grey + 0.5, 0, 255).astype(np.uint8),
        findings=finding_entries(seen),
        anatomy=tuple(entries),
        absent=tuple(name for name in FINDINGS if name not in unknown),
        seed=seed,
        site=department.name,
        view=framing.view,  # type: ignore[arg-type]
        sex=patient.sex,
        age=patient.age,
        spacing_mm=(plane.spacing, plane.spacing),
        masks=masks if with_masks else {},
        kind="brain-mr",
        modality="MR",
        body_part="HEAD",
        sequence=chosen,
        level_mm=where,
    )


def _stream(seed: int, *purpose: int) -> Generator:
    """Independent random numbers for each purpose."""
    return np.random.default_rng([seed, 77, *purpose])


def _require(view: str | None, level: float | None, sequence: str | None) -> None:
    if view is not None and view not in VIEWS:
        raise BadInput(f"The view '{str(view)[:60]}' is not known: give one of {', '.join(VIEWS)}.")
    if level is not None and not lies_within(level, -FARTHEST, FARTHEST):
        raise BadInput(f"The level must lie between -{FARTHEST:.0f} and {FARTHEST:.0f} mm, got {level!r}.")
    if sequence is not None and sequence not in SEQUENCES:
        raise BadInput(f"The sequence '{str(sequence)[:60]}' is not known: give one of {', '.join(SEQUENCES)}.")


def _specs(
    seed: int, forced: Sequence[FindingSpec | dict[str, Any] | str] | None, severity: float | None
) -> list[FindingSpec]:
    rng = _stream(seed, 10)
    if forced is None:
        return draw_findings(rng, severity)
    return at_severity(complete(forced, rng), severity)


def _spread(signals: np.ndarray, contrast: float) -> np.ndarray:
    """Brain tissues moved apart (or together) around their mean."""
    out = signals.copy()
    middle = float(0.5 * (signals[t.GREY] + signals[t.WHITE]))
    for number in range(t.GREY, t.BRAINSTEM + 1):
        if number not in (t.LATERAL, t.MIDDLE):
            out[number] = max(middle + (signals[number] - middle) * contrast, 0.3 * middle)
    return out


_ORDER = ("pituitary tumor", "arachnoid cyst", "glioma", "meningioma", "brain tumor", "hemorrhage", "subdural hematoma",
          "epidural hematoma", "infarct", "sinusitis", "cerebral edema", "white matter lesion")  # fmt: skip


def _burden(
    seed: int, specs: Sequence[FindingSpec], palette: Palette, patient: Head, framing: Framing
) -> tuple[Burden, Head]:
    """Everything that ails the patient, placed so that one plane can show it, and the head as it is changed by that."""
    burden, head = Burden(ALONG[framing.view]), patient
    slab: Slab | None = None
    for spec in specs:
        severity = spec.severity or 0.0
        if spec.finding == "cerebral atrophy":
            head = atrophied(head, severity)
        if spec.finding == "hydrocephalus":
            head = hydrocephalic(head, severity)
        if spec.finding == "midline shift":
            vascular.add_shift(burden, spec)
            head = swollen(head, 0.5 + 0.5 * severity)
        if spec.finding in ("subdural hematoma", "epidural hematoma", "hemorrhage", "cerebral edema"):
            head = swollen(head, 0.7 * severity)
    for number, spec in sorted(
        enumerate(specs), key=lambda pair: _ORDER.index(pair[1].finding) if pair[1].finding in _ORDER else 99
    ):
        rng = _stream(seed, 20 + FINDINGS.index(spec.finding), number)
        _add(burden, spec, palette, rng, slab)
        if slab is None and burden.anchors:
            axis = ALONG[framing.view]
            slab = Slab(axis, burden.anchors[0][0][axis])
    vascular.add_distractors(burden, palette, _stream(seed, 11))
    return burden, head


def _add(burden: Burden, spec: FindingSpec, palette: Palette, rng: Generator, slab: Slab | None) -> None:
    if spec.finding == "pituitary tumor":
        tumors.add_pituitary_tumor(burden, spec, palette, rng)
    elif spec.finding == "sinusitis":
        vascular.add_sinusitis(burden, spec, rng)
    elif spec.finding in ("subdural hematoma", "epidural hematoma"):
        vascular.add_collection(burden, spec, palette, rng, slab)
    else:
        draw = {
            "glioma": tumors.add_glioma,
            "brain tumor": tumors.add_tumor,
            "meningioma": tumors.add_meningioma,
            "arachnoid cyst": tumors.add_cyst,
            "cerebral edema": tumors.add_edema,
            "infarct": vascular.add_infarct,
            "hemorrhage": vascular.add_hemorrhage,
            "white matter lesion": vascular.add_white_matter_lesions,
        }.get(spec.finding)
        if draw is not None:
            draw(burden, spec, palette, rng, slab)


_LEVELS = {"axial": (-40.0, 58.0), "coronal": (-62.0, 58.0), "sagittal": (-45.0, 45.0)}
_WIDE = {"axial": (-4.0, 13.0), "coronal": (-28.0, 22.0), "sagittal": (6.0, 22.0)}
"""Where the ventricles and the midline are seen best."""


def _level(seed: int, burden: Burden, specs: Sequence[FindingSpec], framing: Framing, head: Head) -> float:
    """A plane through what ails the patient, or anywhere in a healthy head."""
    a, b, c = _stream(seed, 13).random(3)
    if burden.anchors:
        point, radius = burden.anchors[0]
        level = level_through(point, framing, head) + (2 * a - 1) * 0.45 * radius
        # far out a sagittal plane would graze the skull, and a layer under it would fill the slice
        farthest = 200.0 if framing.view != "sagittal" else 44.0 if burden.blood else 54.0
        return float(np.clip(level, -farthest, farthest))
    if any(spec.finding in ("hydrocephalus", "midline shift", "cerebral atrophy") for spec in specs):
        low, high = _WIDE[framing.view]
        return (low + a * (high - low)) * (1 if framing.view != "sagittal" or b < 0.5 else -1)
    low, high = _LEVELS[framing.view]
    if framing.view == "sagittal" and b < 0.4:
        return float((2 * c - 1) * 5)
    return float(low + a * (high - low))


def _global_traces(maps: Maps, specs: Sequence[FindingSpec], head: Head, seen: list[Trace]) -> set[str]:
    """Hydrocephalus, atrophy and shift, judged from the whole slice; returns those there but not to be called."""
    doubtful: set[str] = set()
    for spec in specs:
        severity = spec.severity or 0.0
        if spec.finding == "hydrocephalus":
            mask = ventricles(maps)
            if np.count_nonzero(mask) * maps.pixel >= 450:
                seen.append(Trace("hydrocephalus", None, mask, severity))
            else:
                doubtful.add("hydrocephalus")
        if spec.finding == "cerebral atrophy":
            whole = hemisphere(maps)
            halves = [Trace("cerebral atrophy", side, whole & ((maps.across < 0) == (side == "right")), severity)
                      for side in ("right", "left")]  # fmt: skip
            halves = [half for half in halves if np.count_nonzero(half.mask) * maps.pixel >= 1500]
            seen.extend(halves)
            doubtful |= set() if halves else {"cerebral atrophy"}
    by = midline_shift(maps)
    if by is None:
        return doubtful | {"midline shift"}
    region = shifted_region(maps, by) if abs(by) >= CALLED_SHIFT else None
    if region is not None and np.count_nonzero(region) * maps.pixel >= 60:
        seen.append(
            Trace("midline shift", "left" if by > 0 else "right", region, _shift_severity(by), round(abs(by), 1))
        )
    elif abs(by) >= NO_SHIFT:
        doubtful.add("midline shift")
    return doubtful


def _shift_severity(by: float) -> float:
    return float(min(1.0, max(0.0, (abs(by) - CALLED_SHIFT) / 9)))


def _uncertain(named: set[str], specs: Sequence[FindingSpec], head: Head, view: str, sequence: str) -> set[str]:
    """Findings that nobody could deny on this image, because others hide or imitate them."""
    names: set[str] = set()
    drawn = {spec.finding for spec in specs}
    if drawn & {"glioma", "meningioma", "pituitary tumor", "brain tumor"}:
        names.add("brain tumor")
    if "brain tumor" in drawn:
        names |= {"glioma", "meningioma"}
    if "glioma" in drawn or "brain tumor" in drawn or "meningioma" in drawn or "hemorrhage" in drawn:
        names |= {"cerebral edema", "infarct"}
    if "glioma" in drawn:
        names.add("hemorrhage")
    if drawn & {"cerebral edema", "infarct"}:
        names |= {"cerebral edema", "infarct", "glioma", "white matter lesion"}
    if drawn & {"subdural hematoma", "epidural hematoma"}:
        names.add("hemorrhage")
    if drawn & {"hydrocephalus", "cerebral atrophy"}:
        names |= {"hydrocephalus", "cerebral atrophy"}
    if "white matter lesion" in drawn:
        names.add("infarct")
    if sequence in ("T1", "T1 post contrast"):
        names |= {"white matter lesion"} if head.age > 40 else set()
        names |= {"meningioma", "brain tumor"} if sequence == "T1" else set()
    if head.sulci > 0.95 or max(head.ventricles) > 2.0:
        names |= {"cerebral atrophy", "hydrocephalus"}
    return names - named
