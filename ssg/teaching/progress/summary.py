"""Everything that the Progress page shows of one learner, made from their attempts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ssg.store import Attempt
from ssg.teaching.mastery import Mastery, Spacing, Standing
from ssg.teaching.progress.calibration import Calibration, calibration_of
from ssg.teaching.progress.course import Course, course_of
from ssg.teaching.progress.localisation import Curve, froc, lroc, readings
from ssg.teaching.progress.mistakes import Mistakes, mistakes_of


@dataclass(frozen=True, slots=True)
class Progress:
    """``mastery`` of each finding that was asked, the least known first, with its card where there is one.

    ``drawn`` and ``written`` are the marks over time of drawn answers and of reports; ``due`` names the findings that
    are due.
    """

    cases: int
    attempts: int
    drawn: Course
    written: Course
    mastery: tuple[tuple[Mastery, Spacing | None, float], ...]
    due: tuple[str, ...]
    mistakes: Mistakes
    froc: Curve
    lroc: Curve
    calibration: Calibration

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to show yet."""
        return not self.attempts


def progress_of(attempts: Sequence[Attempt], stands: Standing) -> Progress:
    """The progress of a learner; ``attempts`` of all kinds, newest first, of whom ``stands`` is the standing."""
    drawn = [one for one in attempts if one.kind == "boxes"]
    read = readings(stands.history)
    rows = [(stands.mastery[name], stands.spacing.get(name), stands.known_now(name)) for name in stands.mastery]
    return Progress(
        cases=len({(one.case_set, one.case_id) for one in attempts}),
        attempts=len(attempts),
        drawn=course_of(drawn),
        written=course_of([one for one in attempts if one.kind == "report"]),
        mastery=tuple(sorted(rows, key=lambda row: (row[2], row[0].finding))),
        due=tuple(name for name in stands.spacing if stands.is_due(name)),
        mistakes=mistakes_of(stands.history.outcomes),
        froc=froc(read),
        lroc=lroc(read),
        calibration=calibration_of([box for one in read for box in one.boxes]),
    )
