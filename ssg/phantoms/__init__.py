"""Synthetic patients with exact truth: ``draw(kind, seed)``; ``chest_xray(seed)`` draws a frontal chest radiograph."""

from ssg.phantoms.annotations import to_annotation, write_phantoms
from ssg.phantoms.chest_xray import chest_xray
from ssg.phantoms.kinds import KINDS, Kind, all_findings, all_structures, draw, kind_of
from ssg.phantoms.sites import SITES
from ssg.phantoms.types import FINDINGS, STRUCTURES, FindingSpec, Phantom, PhantomFinding

__all__ = [
    "FINDINGS",
    "KINDS",
    "SITES",
    "STRUCTURES",
    "FindingSpec",
    "Kind",
    "Phantom",
    "PhantomFinding",
    "all_findings",
    "all_structures",
    "chest_xray",
    "draw",
    "kind_of",
    "to_annotation",
    "write_phantoms",
]
