"""Why a case was chosen, in one sentence that gives nothing of the case away."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from ssg.teaching.mastery.outcomes import Outcome
from ssg.teaching.mastery.standing import Standing

UNSURE = (0.35, 0.85)
"""P(known) between which it is not clear whether a finding is known."""

KNOWN_FROM = 0.85

ALL_TRIED = "You have tried this case before, and no new one would teach you more now. "


class Reason(StrEnum):
    """The kinds of reasons; each has a sentence, in which {finding} stands for the finding."""

    START = "start"
    MISSED = "missed"
    INVENTED = "invented"
    DUE = "due"
    NEW = "new"
    LEARNING = "learning"
    UNSURE = "unsure"
    KEPT = "kept"
    OTHER = "other"

    def sentence(self, finding: str = "", times: str = "", days: int = 0) -> str:
        """The reason in words."""
        words = SENTENCES[self].format(finding=finding, times=times, ago=_ago(days))
        return words[:1].upper() + words[1:]


SENTENCES = {
    Reason.START: "A plain case to begin with.",
    Reason.MISSED: "{finding} is due again; you have missed it {times}.",
    Reason.INVENTED: "{finding} comes up again, because you called it where there was none.",
    Reason.DUE: "{finding} is due again; you last met it {ago}.",
    Reason.NEW: "You have not met {finding} yet.",
    Reason.LEARNING: "You are still learning {finding}.",
    Reason.UNSURE: "It is not clear yet how well you know {finding}.",
    Reason.KEPT: "To keep what you know fresh: {finding} is among what is asked.",
    Reason.OTHER: "One more case, to keep your eye in.",
}


def reason_for(finding: str | None, stands: Standing, again: bool = False) -> tuple[Reason, str]:
    """The reason to ask a learner for a finding, and its sentence; ``again``: on a case that was tried before."""
    if finding is None:
        return Reason.OTHER, Reason.OTHER.sentence()
    reason, times, days = _reason(finding, stands)
    return reason, (ALL_TRIED if again else "") + reason.sentence(finding, times, days)


def _reason(finding: str, stands: Standing) -> tuple[Reason, str, int]:
    rows = stands.outcomes.get(finding, ())
    present = [one for one in rows if one.is_present]
    missed = _missed_in_a_row(present)
    days = (stands.now - present[-1].at).days if present else 0
    if stands.is_due(finding):
        if missed:
            return Reason.MISSED, _times(missed), days
        if rows and not rows[-1].is_present and not rows[-1].is_right:
            return Reason.INVENTED, "", days
        if present:
            return Reason.DUE, "", days
    if not present:
        return Reason.NEW, "", 0
    known = stands.known_now(finding)
    if known < UNSURE[0]:
        return Reason.LEARNING, "", days
    return (Reason.UNSURE if known < UNSURE[1] else Reason.KEPT), "", days


def _missed_in_a_row(present: Sequence[Outcome]) -> int:
    count = 0
    for one in reversed(present):
        if one.is_right:
            break
        count += 1
    return count


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times in a row")


def _ago(days: int) -> str:
    return "today" if days <= 0 else "yesterday" if days == 1 else f"{days} days ago"
