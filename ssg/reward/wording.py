"""What is said of a region, and what could be said instead: the texts that a region is compared with.

A region shows a finding where the finding's own words fit it better than their counterfactuals: that it is not there,
that it is on the other side, that something similar is there, or that all is normal.
"""

from __future__ import annotations

import functools

from ssg.reward.answers import said
from ssg.vocabulary import Side, vocabulary

NORMAL = "normal"
MOST_SIBLINGS = 4
OTHER = {Side.LEFT: Side.RIGHT, Side.RIGHT: Side.LEFT}


def negated(finding: str, side: Side | None) -> str:
    """That it is not there: "no left pleural effusion"."""
    return f"no {said(finding, side)}"


KINDS = ("negated", "normal", "other side", "siblings")
"""Kinds of counterfactuals."""


@functools.lru_cache(maxsize=4096)
def counterfactuals(finding: str, side: Side | None) -> tuple[tuple[str, ...], ...]:
    """What could be said instead, the texts of each of :data:`KINDS`."""
    other = (said(finding, OTHER[side]),) if side in OTHER else ()
    similar = tuple(said(name, _side_of(name, side)) for name in siblings(finding))
    return (negated(finding, side),), (NORMAL,), other, similar


@functools.lru_cache(maxsize=1024)
def siblings(finding: str) -> tuple[str, ...]:
    """Findings that it may be taken for: its mimics, then others of its group; none of them is a kind of it."""
    words = vocabulary()
    own = words.get(finding)
    group = [one.name for one in words if one.group == own.group and set(one.modalities) & set(own.modalities)]
    found = [*(words.get(name).name for name in own.mimics if name in words), *group]
    strange = [name for name in dict.fromkeys(found) if not words.is_a(name, finding) and not words.is_a(finding, name)]
    return tuple(strange[:MOST_SIBLINGS])


def _side_of(name: str, side: Side | None) -> Side | None:
    return side if vocabulary().get(name).has_sides else None
