"""Synthetic patients with exact truth. ``chest_xray(seed)`` draws a frontal chest radiograph: see chest_xray.py."""

from ssg.phantoms.annotations import to_annotation, write_phantoms
from ssg.phantoms.chest_xray import chest_xray
from ssg.phantoms.sites import SITES
from ssg.phantoms.types import FINDINGS, STRUCTURES, FindingSpec, Phantom, PhantomFinding

__all__ = [
    "FINDINGS",
    "SITES",
    "STRUCTURES",
    "FindingSpec",
    "Phantom",
    "PhantomFinding",
    "chest_xray",
    "to_annotation",
    "write_phantoms",
]
