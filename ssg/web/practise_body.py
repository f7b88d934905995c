"""What the browser sends of an answer, read. It may send anything, so nothing in it is trusted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ssg.errors import BadInput
from ssg.reward import Stated
from ssg.reward.stated import MOST_STATED
from ssg.vocabulary import Presence, Side, vocabulary
from ssg.web import words
from ssg.web.viewer.scene import GRADES

Body = Mapping[str, Any]
A_DAY_S = 86_400


def read_token(body: Body) -> str:
    """The token as the page made it: anything else, written as text, would make many answers one attempt."""
    token = body.get("token")
    if not isinstance(token, str) or not token:
        raise BadInput(words.PRACTISE["no_token"])
    return token


def read_seconds(body: Body) -> float | None:
    """How long the learner says that it took; a day at most, and nothing that is no number."""
    value = body.get("seconds")
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= A_DAY_S:
        return None
    return float(value)


def read_absent(body: Body, asked: Sequence[str]) -> tuple[str, ...]:
    """Findings that are stated to be absent; raises BadInput for one that was not asked about."""
    ticked = body.get("absent") or []
    if not isinstance(ticked, list) or not all(isinstance(one, str) for one in ticked):
        raise BadInput("The findings stated to be absent must be a list of names.")
    for one in ticked:
        _require_asked(one, asked)
    return tuple(dict.fromkeys(ticked))


def read_stated(body: Body, asked: Sequence[str]) -> tuple[Stated, ...]:
    """Findings that are stated without a box; a grade of 1 to 5 becomes a confidence of 0.2 to 1. Raises BadInput."""
    rows = body.get("stated") or []
    if not isinstance(rows, list) or len(rows) > MOST_STATED or not all(isinstance(row, Mapping) for row in rows):
        raise BadInput("The findings stated without a box must be a list of findings with what is said of them.")
    stated = [_stated(row, asked) for row in rows]
    names = [one.finding for one in stated]
    if len(set(names)) < len(names):
        raise BadInput("A finding is stated once: reload the page and say again what you see.")
    return tuple(stated)


def _stated(row: Mapping[str, Any], asked: Sequence[str]) -> Stated:
    finding, presence, side, grade = (row.get(key) for key in ("finding", "presence", "side", "confidence"))
    if not isinstance(finding, str):
        raise BadInput("A finding that is stated without a box needs its name.")
    _require_asked(finding, asked)
    if not vocabulary().get(finding).is_diffuse:
        raise BadInput(f"Draw {finding} where you see it: only diffuse findings are stated without a box.")
    if presence not in ("present", "uncertain"):
        raise BadInput(f"{finding} is there, not there, or you are not sure: choose one of the three.")
    if side is not None and (not isinstance(side, str) or side not in set(Side)):
        raise BadInput(f"The side of {finding} is left, right or bilateral, or left open.")
    if grade is not None and (isinstance(grade, bool) or grade not in range(1, GRADES + 1)):
        raise BadInput(f"How sure you are of {finding} is a whole number from 1 (a guess) to {GRADES} (certain).")
    return Stated(finding, Presence(presence), Side(side) if side else None, grade / GRADES if grade else None)


def _require_asked(finding: str, asked: Sequence[str]) -> None:
    if finding not in asked:
        raise BadInput(f"'{finding[:60]}' was not asked about in this case.")
