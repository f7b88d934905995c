"""Synthetic MR slices of the head with exact truth. ``brain_mr(seed)`` draws one: see brain_mr.py."""

from ssg.phantoms.mr.brain_mr import brain_mr
from ssg.phantoms.mr.names import FINDINGS, MIDLINE, STRUCTURES, VIEWS
from ssg.phantoms.mr.relaxation import SEQUENCES
from ssg.phantoms.mr.sites import HELD_OUT_SITES, SITES

__all__ = ["FINDINGS", "HELD_OUT_SITES", "MIDLINE", "SEQUENCES", "SITES", "STRUCTURES", "VIEWS", "brain_mr"]
