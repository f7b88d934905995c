"""What the store hands out: small frozen records, detached from the database. Times are aware and in UTC."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

Kind = Literal["boxes", "report"]
KINDS: tuple[Kind, ...] = get_args(Kind)
"""What is handed in: regions and denials, or the text of a report."""


@dataclass(frozen=True, slots=True)
class Hint:
    """A hint that a learner took: about which finding, its step, and what it costs."""

    finding: str
    step: int
    cost: float


@dataclass(frozen=True, slots=True)
class Attempt:
    """One submitted answer with the judgement it got. ``receipt`` is what the learner is shown as proof.

    ``answer`` and ``breakdown`` are the JSON forms of ``ssg.reward.Answer`` and ``ssg.reward.Breakdown``; ``total`` is
    the breakdown's, None where the answer could not be scored. ``policy`` is None:
    no policy takes part in what is judged yet. ``kind`` is one of KINDS; ``hints`` are those taken before it was
    submitted. ``revealed_at`` is when the learner saw the reference because of it, None where that has not happened.
    """

    receipt: str
    learner: str
    case_set: str
    case_id: str
    case_version: str
    answer: dict[str, Any]
    breakdown: dict[str, Any]
    total: float | None
    policy: str | None
    duration_s: float | None
    recorded_at: datetime
    kind: Kind = "boxes"
    hints: tuple[Hint, ...] = ()
    revealed_at: datetime | None = None

    @property
    def mark(self) -> float | None:
        """As :func:`mark_of`."""
        return mark_of(self.total, (hint.cost for hint in self.hints))


def mark_of(total: float | None, costs: Iterable[float]) -> float | None:
    """The total less what the hints cost, not below 0; None where the answer could not be scored."""
    return None if total is None else max(total - sum(costs), 0.0)


@dataclass(frozen=True, slots=True)
class Draft:
    """An answer that is not submitted yet. A learner has at most one of each kind for a case."""

    learner: str
    case_set: str
    case_id: str
    case_version: str
    answer: dict[str, Any]
    saved_at: datetime


@dataclass(frozen=True, slots=True)
class Question:
    """One line of a learner's history on Ask; the image is known by its digest only."""

    text: str
    status: str
    image_digest: str
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class WorkSet:
    """A case set that is being built. ``version`` is the published one in use, None where there is none yet."""

    id: str
    head: dict[str, Any]
    visibility: str
    version: str | None
    revision: int
    made_by: str
    saved_by: str
    saved_at: datetime


@dataclass(frozen=True, slots=True)
class WorkCase:
    """A case of such a set, as its manifest will have it; ``revision`` is what a change must name."""

    set_id: str
    case_id: str
    position: int
    body: dict[str, Any]
    revision: int
    saved_by: str
    saved_at: datetime


@dataclass(frozen=True, slots=True)
class WorkVersion:
    """A published version."""

    set_id: str
    version: str
    note: str
    cases: int
    made_by: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class GivenVerdict:
    """An instructor's verdict on a proposal of the policy; ``verdict`` is the row of ``ssg.teaching.proposing``."""

    set_id: str
    case_id: str
    verdict: dict[str, Any]
    made_by: str
    made_at: datetime
