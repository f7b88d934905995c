"""Histories by hand: what a learner did on images, told by lesions and boxes."""

from datetime import UTC, datetime, timedelta

from ssg.store import Attempt
from ssg.teaching.mastery import DrawnBox, History, How, Outcome, Visit

START = datetime(2026, 3, 1, 9, tzinfo=UTC)


def box(confidence, is_hit):
    return DrawnBox(confidence, 0.7 if is_hit else 0.0, is_hit)


def outcome(number, boxes=(), marked=0, finding="nodule", errors=(), **more):
    right = all(one.is_hit for one in boxes) and len(boxes) == marked
    return Outcome(
        name=("set", f"case {number}"),
        version="1",
        receipt=f"receipt {number}",
        at=START + timedelta(hours=number),
        finding=finding,
        is_present=bool(marked),
        how=How.DRAWN if boxes else How.UNSAID,
        is_right=right,
        grade=float(right),
        errors=tuple(errors),
        boxes=tuple(boxes),
        marked=marked,
        found=sum(one.is_hit for one in boxes),
        **more,
    )


def visit(number, boxes=(), marked=0, **more):
    shown = (outcome(number, boxes, marked, **more),)
    return Visit(("set", f"case {number}"), "boxes", f"receipt {number}", START, True, shown)


def history(*visits):
    return History(tuple(visits))


def attempt(number, total, learner="ann", case=None, kind="boxes", hints=()):
    return Attempt(
        receipt=f"r{number}",
        learner=learner,
        case_set="set",
        case_id=case or f"case {number}",
        case_version="1",
        answer={},
        breakdown={},
        total=total,
        policy=None,
        duration_s=None,
        recorded_at=START + timedelta(hours=number),
        kind=kind,
        hints=tuple(hints),
    )
