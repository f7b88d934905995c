"""One attempt, finding by finding: was it right, how well, and what went wrong. Read from its recorded judgement.

The judgement is the record: what was present is taken from it, so that an attempt on an earlier version of a case, or
on a case that is gone, is read as it was judged. What was absent is told by the case alone; without it nothing is
said of absent findings. A finding that nobody marks nor excludes is unknown and gives nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from ssg.boxes import Box, as_boxes, iou, mirrored
from ssg.casebook import Case
from ssg.reward.explain import OFFSET_TOLERANCE, RIGHT_PLACE, SIZE_TOLERANCE
from ssg.store import Attempt
from ssg.vocabulary import vocabulary

FOUND_FROM = 0.5
"""IoU from which a box lies on the finding; less where the readers of the case do not reach it among themselves."""

NAMED_FROM = 0.7
"""Label match from which a region is called right: the finding itself, its kind, or a side that is left out."""

TAKES_PART_FROM = 0.4
"""Label match from which the reward lets a region take part in a finding (docs/reward.md)."""

Row = Mapping[str, Any]


class How(StrEnum):
    """What the learner did about a finding: drew it, wrote of it, stated that it is absent, or said nothing."""

    DRAWN = "drawn"
    WRITTEN = "written"
    DENIED = "denied"
    UNSAID = "unsaid"


class ErrorKind(StrEnum):
    """What went wrong. ``TOO_LOW`` and ``TOO_HIGH`` are of the image, left and right are the patient's."""

    MISSED = "missed"
    INVENTED = "invented"
    SURPLUS = "surplus"
    WRONG_SIDE = "wrong side"
    WRONG_NAME = "wrong name"
    WRONGLY_EXCLUDED = "wrongly excluded"
    TOO_LARGE = "too large"
    TOO_SMALL = "too small"
    TOO_LOW = "too low"
    TOO_HIGH = "too high"
    TOO_FAR_LEFT = "too far to the patient's left"
    TOO_FAR_RIGHT = "too far to the patient's right"
    BESIDE = "beside it"
    OTHER_SHAPE = "another shape"


PLACING = frozenset(
    (
        ErrorKind.TOO_LARGE, ErrorKind.TOO_SMALL, ErrorKind.TOO_LOW, ErrorKind.TOO_HIGH, ErrorKind.TOO_FAR_LEFT,
        ErrorKind.TOO_FAR_RIGHT, ErrorKind.BESIDE, ErrorKind.OTHER_SHAPE,
    )
)  # fmt: skip
"""Errors of a box that lies on its finding. A right answer may have them as well: nobody draws alike."""


@dataclass(frozen=True, slots=True)
class DrawnBox:
    """A box that the learner drew for a finding: what an FROC curve and a calibration plot are made of.

    ``iou`` is the overlap with the reader's region that it was matched with, 0 where there is none; ``is_hit``
    whether that region counts as found. ``confidence`` is the learner's own, in [0, 1], None where none was stated.
    """

    confidence: float | None
    iou: float
    is_hit: bool


@dataclass(frozen=True, slots=True)
class Graded:
    """One finding of one attempt. ``marked`` regions of a reader, of which ``found``; ``grade`` is in [0, 1].

    Present: right where more than half of max(marked, drawn) is found, so that neither half of it nor one hit among
    two boxes is enough; the grade is Σ quality × label match over max(marked, drawn), the reward's spatial score of
    the finding with its names. Absent: right where nothing is drawn; the grade is 1 or 0.
    """

    finding: str
    is_present: bool
    how: How
    is_right: bool
    grade: float
    errors: tuple[ErrorKind, ...]
    boxes: tuple[DrawnBox, ...]
    marked: int
    found: int


def graded(attempt: Attempt, case: Case | None, absent: Iterable[str]) -> tuple[Graded, ...]:
    """Every finding that the attempt was asked and that is known, present ones first.

    ``absent`` are the findings that the case's readers exclude (:func:`ssg.teaching.mastery.outcomes.absent_in`).
    Raises KeyError, TypeError, ValueError or BadInput where the record has not the form of a judgement of boxes.
    """
    judged = attempt.breakdown
    if judged["total"] is None:
        return ()
    matches, missed, extra = (list(judged[key]) for key in ("matches", "missed", "extra"))
    present = list(dict.fromkeys([*(row["reference_finding"] for row in matches), *(row["finding"] for row in missed)]))
    excluded = [name for name in absent if not any(vocabulary().is_a(there, name) for there in present)]
    surplus, alarms = _shared_out(extra, present, excluded)
    view = _View(case, attempt.answer["regions"], attempt.answer["absent"])
    found = [
        _present(
            finding,
            [row for row in matches if row["reference_finding"] == finding],
            [row for row in missed if row["finding"] == finding],
            surplus.get(finding, []),
            view,
        )
        for finding in present
    ]
    names = dict.fromkeys([*excluded, *alarms])
    return (*found, *(_absent(name, alarms.get(name, []), view) for name in names))


def found_from(row: Row, case: Case | None) -> float:
    """The IoU from which a matched box counts as found: 0.5, or what another reader reaches on the same region."""
    others = [
        region.box
        for reader in (case.readers if case else ())
        if reader.id != row["reader"]
        for region in reader.regions
        if region.finding == row["reference_finding"] and region.picture == row.get("picture", 0)
    ]
    reached = float(iou(as_boxes([row["reference_box"]]), as_boxes(others)).max()) if others else 0.0
    return min(FOUND_FROM, reached) if reached > 0 else FOUND_FROM


@dataclass(frozen=True, slots=True)
class _View:
    """The case as it is now, None where it is gone, with what the learner said."""

    case: Case | None
    regions: Sequence[Row]
    denied: Sequence[str]

    def denies(self, finding: str) -> bool:
        return any(vocabulary().is_a(finding, name) for name in self.denied)

    def confidence(self, row: Row) -> float | None:
        """By what the box is: the judgement counts only boxes that say something new (ssg.casebook.lesions)."""
        this = _identity(row)
        value = next((one.get("confidence") for one in self.regions if _identity(one) == this), None)
        return None if value is None else float(value)

    def left_is_right(self, picture: int) -> bool | None:
        """Whether the patient's left lies on the picture's right; None where the sides are not the patient's."""
        if self.case is None or picture >= len(self.case.pictures):
            return None
        letters = self.case.place_of(picture)[0].orientation
        if letters is None:
            return True if self.case.is_frontal else None
        return {"R": True, "L": False}.get(letters[0][:1])

    def mirrored(self, row: Row) -> Box | None:
        """The row's box on the other side of a picture that shows both."""
        if self.left_is_right(row.get("picture", 0)) is None or self.case is None:
            return None
        width = self.case.pictures[row.get("picture", 0)].width
        return Box.of(mirrored(as_boxes([row["box"]]), width)[0].tolist())


def _shared_out(
    extra: Sequence[Row], present: Sequence[str], absent: Sequence[str]
) -> tuple[dict[str, list[Row]], dict[str, list[Row]]]:
    """Surplus boxes by the present finding that they take part in, false alarms by what they invent."""
    words = vocabulary()
    surplus: dict[str, list[Row]] = {}
    alarms: dict[str, list[Row]] = {}
    for row in {row["answer"]: row for row in extra}.values():  # a region may be both; it is one box
        drawn = row["finding"]
        invents = [name for name in absent if words.is_a(drawn, name)]
        fits = max(present, key=lambda name: words.label_match(drawn, name), default=None)
        if drawn in present or (not invents and fits is not None and words.label_match(drawn, fits) >= TAKES_PART_FROM):
            surplus.setdefault(str(fits), []).append(row)
        else:
            for name in invents or [drawn]:
                alarms.setdefault(name, []).append(row)
    return surplus, alarms


def _absent(finding: str, alarms: Sequence[Row], view: _View) -> Graded:
    how = How.DRAWN if alarms else How.DENIED if view.denies(finding) else How.UNSAID
    boxes = tuple(DrawnBox(view.confidence(row), 0.0, False) for row in alarms)
    errors = (ErrorKind.INVENTED,) if alarms else ()
    return Graded(finding, False, how, not alarms, 0.0 if alarms else 1.0, errors, boxes, 0, 0)


def _present(
    finding: str, matches: Sequence[Row], missed: Sequence[Row], surplus: Sequence[Row], view: _View
) -> Graded:
    touching = [row for row in matches if row["iou"] > 0]
    hits = [row for row in touching if row["iou"] >= found_from(row, view.case) and row["label_match"] >= NAMED_FROM]
    marked, drawn, denied = len(touching) + len(missed), len(touching) + len(surplus), view.denies(finding)
    most = max(marked, drawn)
    earned = sum(row["quality"] * row["label_match"] for row in touching)
    boxes = [DrawnBox(view.confidence(row), float(row["iou"]), row in hits) for row in touching]
    boxes += [DrawnBox(view.confidence(row), 0.0, False) for row in surplus]
    near = [row for row in matches if row["iou"] <= 0]
    return Graded(
        finding,
        True,
        How.DRAWN if drawn else How.DENIED if denied else How.UNSAID,
        not denied and 2 * len(hits) > most,
        0.0 if denied else min(earned / most, 1.0),
        _errors(finding, touching, hits, near, missed, surplus, denied, view),
        tuple(boxes),
        marked,
        len(hits),
    )


def _errors(
    finding: str,
    touching: Sequence[Row],
    hits: Sequence[Row],
    near: Sequence[Row],
    missed: Sequence[Row],
    surplus: Sequence[Row],
    denied: bool,
    view: _View,
) -> tuple[ErrorKind, ...]:
    kinds: set[ErrorKind] = {ErrorKind.WRONGLY_EXCLUDED} if denied else set()
    for row in touching:
        placing = _placing(row, view)
        kinds |= placing
        if row["label_match"] < NAMED_FROM:
            kinds.add(ErrorKind.WRONG_NAME)
        elif row not in hits and not placing:
            kinds.add(ErrorKind.OTHER_SHAPE)
    unexplained = list(surplus)
    for row in missed:
        aside = next((one for one in unexplained if _is_other_side(one, row, view)), None)
        if aside is not None:
            unexplained.remove(aside)
            kinds.add(ErrorKind.WRONG_SIDE)
        elif any(_renames(region, row, finding) for region in view.regions):
            kinds.add(ErrorKind.WRONG_NAME)
        elif not denied:
            kinds.add(ErrorKind.MISSED)
    left = {row["answer"] for row in unexplained}
    for row in near:  # a box beside the region; one on the other side is not called too far over
        if row["answer"] in left:
            kinds |= _placing(row, view)
    if left - {row["answer"] for row in near}:
        kinds.add(ErrorKind.SURPLUS)
    return tuple(kind for kind in ErrorKind if kind in kinds)


def _placing(row: Row, view: _View) -> set[ErrorKind]:
    """How a box differs from the reader's, within the tolerances of the reward's sentences."""
    drawn, read = Box.of(row["box"]), Box.of(row["reference_box"])
    kinds = set()
    dx, dy = drawn.centre[0] - read.centre[0], drawn.centre[1] - read.centre[1]
    if abs(dy) > OFFSET_TOLERANCE * read.height:
        kinds.add(ErrorKind.TOO_LOW if dy > 0 else ErrorKind.TOO_HIGH)
    if abs(dx) > OFFSET_TOLERANCE * read.width:
        left_is_right = view.left_is_right(row.get("picture", 0))
        if left_is_right is None:
            kinds.add(ErrorKind.BESIDE)
        else:
            kinds.add(ErrorKind.TOO_FAR_LEFT if (dx > 0) == left_is_right else ErrorKind.TOO_FAR_RIGHT)
    ratio = drawn.area / read.area
    if ratio > SIZE_TOLERANCE:
        kinds.add(ErrorKind.TOO_LARGE)
    elif ratio < 1 / SIZE_TOLERANCE:
        kinds.add(ErrorKind.TOO_SMALL)
    return kinds


def _is_other_side(drawn: Row, missed: Row, view: _View) -> bool:
    """Whether a box means this region on the other side: it is called so, or lies where its mirror image is."""
    if {drawn["side"], missed["side"]} == {"left", "right"}:
        return True
    if drawn.get("picture", 0) != missed.get("picture", 0):
        return False
    other = view.mirrored(drawn)
    return other is not None and _overlap(list(other), missed["box"]) >= RIGHT_PLACE


def _renames(region: Row, missed: Row, finding: str) -> bool:
    """Whether a box lies on a missed region under another name."""
    if region.get("picture", 0) != missed.get("picture", 0):
        return False
    if vocabulary().label_match(region["finding"], finding) >= NAMED_FROM:
        return False
    return _overlap(region["box"], missed["box"]) >= RIGHT_PLACE


def _identity(row: Row) -> tuple[Any, ...]:
    return row["finding"], row.get("picture", 0), *row["box"]


def _overlap(one: Sequence[float], other: Sequence[float]) -> float:
    return float(iou(as_boxes([one]), as_boxes([other]))[0, 0])
