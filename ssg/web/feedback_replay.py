"""How what was missed is found: where to look first, from which landmark, and there it is; for the viewer to replay."""

from __future__ import annotations

from typing import Any

from ssg.boxes import Box
from ssg.casebook import Case
from ssg.reward import said
from ssg.store import Attempt
from ssg.teaching.places import Target, landmark_names, landmark_of
from ssg.teaching.zones import zone_around
from ssg.web import words
from ssg.web.practise_parts import steps_json

W = words.PRACTISE


def replays(case: Case, attempt: Attempt) -> list[list[dict[str, Any]]]:
    """The steps to each region that was missed, in the order of the judgement; they hold the reference."""
    missed = attempt.breakdown["missed"]
    return [
        _steps(case, Target(Box.of(row["box"]), row.get("picture", 0)), row["finding"], row["called"]) for row in missed
    ]


def _steps(case: Case, target: Target, finding: str, called: str) -> list[dict[str, Any]]:
    zone, _ = zone_around(case, target.box, target.picture)
    shown = [(W["replay_search"], zone)]
    names = landmark_names(case, finding, ()) or None
    if (landmark := landmark_of(case, target, names)) is not None:
        name = said(landmark.finding, landmark.side)
        shown.append((W["replay_landmark"].format(name=name), landmark.box))
    shown.append((W["replay_found"].format(name=called), target.box))
    return steps_json([(name, tuple(box)) for name, box in shown], target.picture)
