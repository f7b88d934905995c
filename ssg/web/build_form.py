"""What the editor of a case holds, as values that can be compared: those on the page, those that are saved now.

Where two have saved, ``differences`` sets the two side by side, and ``merged`` takes of each what was chosen.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ssg.boxes import as_boxes, iou
from ssg.casebook import Case, TeachingPoint
from ssg.casebook.files import sha256_of
from ssg.errors import BadInput
from ssg.reward import Region, Rubric
from ssg.teaching.marking_up import with_reader
from ssg.vocabulary import vocabulary
from ssg.web.box_numbers import TIED, counts_of, place_of
from ssg.web.viewer.scene import grade
from ssg.web.words_build import BUILD as W

READ = ("title", "history", "findings", "diagnosis", "differential", "discussion", "points", "tags")
"""What learners read, in the order of the page; the points have a form of their own."""
KIND = ("modality", "view", "body_part", "specialty", "report", "weights")
"""What is said of a case beside that; the weights have a form of their own."""
FIELDS = (*READ, *KIND)

LISTS = ("differential", "tags")
TEXTS = tuple(name for name in FIELDS if name not in (*LISTS, "points", "weights"))
NEEDED = ("title", "history", "modality")
"""A case has these, and is told so where they are missing."""

CHOSEN = ("question", "absent", "unknown")
Values = dict[str, Any]
"""A text for each of FIELDS, lists of names for each of CHOSEN, ``difficulty``, and ``regions`` of the reader.

Numbers of boxes in the points are those of each reader's boxes on the image (:mod:`box_numbers`).
"""


def values_of(body: Mapping[str, Any], case: Case, reader: str) -> Values:
    """What the page shows of a case that is saved."""
    own = next((one for one in case.readers if one.id == reader), None)
    hard = body.get("difficulty", 3)
    asked = body.get("question")
    return {
        **texts_of(body, case, reader),
        "difficulty": hard if isinstance(hard, int) and 1 <= hard <= 5 else 3,
        "question": [name for name in asked if name in vocabulary()] if isinstance(asked, list) else [],
        "absent": list(own.absent) if own else [],
        "unknown": list(own.unknown) if own else [],
        "regions": own.regions if own else (),
    }


def texts_of(body: Mapping[str, Any], case: Case, reader: str) -> dict[str, str]:
    """The texts as a reader sees them, lists with one entry a line."""
    found = {name: str(body.get(name, "")) for name in TEXTS}
    found |= {name: "\n".join(map(str, body.get(name, ()))) for name in LISTS}
    found["points"] = "\n".join(_point_line(point, case) for point in body.get("teaching_points", ()))
    weights = body.get("rubric")
    rows = weights.items() if isinstance(weights, Mapping) else ()
    found["weights"] = "\n".join(f"{name} = {value}" for name, value in rows)
    return found


def fields_of(values: Values, body: Mapping[str, Any], case: Case, reader: str) -> dict[str, Any]:
    """The fields of the row that the values make; None takes one away.

    ``body`` and ``case`` are what is saved now. Raises BadInput for a reader's name, a weight, and a teaching point
    about a box that is not there.
    """
    lines = _lines(values["points"])
    # The numbers in the lines are those of the boxes as they are saved now; ties follow their box from there.
    old = {_point_line(point, case): point for point in body.get("teaching_points", ())}
    counts = counts_of(case)
    counts[reader] = max(counts.get(reader, 0), len(values["regions"]))
    points = [old.get(line) or _point(line, counts) for line in lines]
    tied = {number: tie for number, point in enumerate(points) if (tie := _tie(point, case)) is not None}
    saved = replace(case, teaching_points=tuple(tied.values()))
    drawn = with_reader(saved, reader, values["regions"], values["absent"], values["unknown"])
    for (number, tie), point in zip(tied.items(), drawn["teaching_points"] or (), strict=True):
        if (point.get("region"), point.get("reader")) != (tie.region, tie.reader):
            points[number] = point  # its box is elsewhere in the list now, or gone
    found: dict[str, Any] = {name: values[name].strip() or None for name in TEXTS}
    found |= {name: found[name] or "" for name in NEEDED}
    found |= {name: _lines(values[name]) or None for name in LISTS}
    return found | {
        "readers": drawn["readers"],
        "teaching_points": points or None,
        "difficulty": values["difficulty"],
        "question": values["question"] or None,
        "rubric": weights_of(values["weights"]),
    }


def weights_of(lines: str) -> dict[str, float] | None:
    """Lines "spatial = 0.6" as weights of the reward, None where there are none. Raises BadInput."""
    found = {}
    for line in _lines(lines):
        name, _, value = line.partition("=")
        try:
            found[name.strip()] = float(value)
        except ValueError:
            raise BadInput(W["no_weight"].format(line=line[:60])) from None
    if found:
        Rubric.from_json(found)
    return found or None


def ties(case: Case) -> list[tuple[str, str]]:
    """(what it is, how a line begins) of all that a teaching point can be tied to."""
    regions = []
    for reader in case.readers:
        for number, region in enumerate(reader.regions, 1):
            said = W["tie_region"].format(reader=reader.id, number=number, region=region.called)
            regions.append((said, f"{reader.id} #{number}: "))
    stated = dict.fromkeys([*case.present, *(name for reader in case.readers for name in reader.absent)])
    return [*((W["tie_finding"].format(finding=name), f"{name}: ") for name in stated), *regions]


def digests(values: Values) -> dict[str, Any]:
    """Short marks of the values, so that the page knows later what was changed on it."""
    marks: dict[str, Any] = {name: _digest(value) for name, value in values.items() if name != "regions"}
    return marks | {"regions": [_digest(_key(region)) for region in values["regions"]]}


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing in which the page and what is saved differ; ``take`` proposes to take what is saved."""

    key: str
    what: str
    mine: str
    theirs: str
    take: bool


def differences(mine: Values, theirs: Values, base: Mapping[str, Any]) -> list[Difference]:
    """Where the two differ; what was not changed on the page since it was opened (``base``) is proposed to be taken."""
    found = [
        Difference(
            name,
            W["case_title" if name == "title" else name],
            _said(mine[name]),
            _said(theirs[name]),
            _digest(mine[name]) == base.get(name),
        )
        for name in (*FIELDS, *CHOSEN, "difficulty")
        if _plain(mine[name]) != _plain(theirs[name])
    ]
    known = set(base.get("regions", ()))
    for one, other in _paired(mine["regions"], theirs["regions"]):
        here = None if one is None else mine["regions"][one]
        there = None if other is None else theirs["regions"][other]
        untouched = here is not None and _digest(_key(here)) in known
        added = here is None and there is not None and _digest(_key(there)) not in known
        found.append(Difference(f"box:{one}:{other}", W["box"], _region(here), _region(there), take=untouched or added))
    return found


def merged(mine: Values, theirs: Values, taken: Collection[str]) -> Values:
    """Mine, with what is ``taken`` (keys of :func:`differences`) as it is saved now."""
    values = {name: theirs[name] if name in taken else value for name, value in mine.items()}
    regions: list[Region | None] = list(mine["regions"])
    for one, other in _paired(mine["regions"], theirs["regions"]):
        if f"box:{one}:{other}" in taken:
            there = None if other is None else theirs["regions"][other]
            if one is None:
                regions.append(there)
            else:
                regions[one] = there
    return values | {"regions": tuple(region for region in regions if region is not None)}


def _paired(mine: Sequence[Region], theirs: Sequence[Region]) -> list[tuple[int | None, int | None]]:
    """Regions that differ by their numbers, those of one thing together."""
    keys = [_key(one) for one in mine], [_key(one) for one in theirs]
    left = [number for number, key in enumerate(keys[1]) if key not in keys[0]]
    pairs: list[tuple[int | None, int | None]] = []
    for number, region in enumerate(mine):
        if keys[0][number] in keys[1]:
            continue
        same = [one for one in left if _overlap(region, theirs[one]) > 0]
        best = max(same, key=lambda one: _overlap(mine[number], theirs[one]), default=None)
        if best is not None:
            left.remove(best)
        pairs.append((number, best))
    return [*pairs, *((None, number) for number in left)]


def _overlap(one: Region, other: Region) -> float:
    if one.picture != other.picture:
        return 0.0
    return float(iou(as_boxes([one.box]), as_boxes([other.box]))[0, 0])


def _key(region: Region) -> list[Any]:
    side = region.side.value if region.side else None
    return [region.finding, side, list(region.box), region.picture, grade(region.confidence)]


def _digest(value: Any) -> str:
    return sha256_of(json.dumps(_plain(value)).encode())[:12]


def _plain(value: Any) -> Any:
    """Texts as they are saved: spaces at their ends are none."""
    if isinstance(value, str):
        return "\n".join(line.strip() for line in value.strip().split("\n"))
    return value


def _said(value: Any) -> str:
    return ", ".join(value) if isinstance(value, list) else str(value)


def _region(region: Region | None) -> str:
    if region is None:
        return ""
    box = ", ".join(f"{value:g}" for value in region.box.rounded())
    on = W["on_picture"].format(number=region.picture + 1) if region.picture else ""
    return f"{region.called} [{box}]{on}"


def _lines(value: str) -> list[str]:
    return [" ".join(line.split()) for line in value.split("\n") if line.strip()]


def _tie(point: Any, case: Case) -> TeachingPoint | None:
    """A row that is tied to a region that is saved, as a teaching point."""
    number = point.get("region") if isinstance(point, Mapping) else None
    if not isinstance(number, int):
        return None
    name = point.get("reader") or (case.readers[0].id if case.readers else None)
    whose = next((one for one in case.readers if one.id == name), None)
    if whose is None or not 0 <= number < len(whose.regions):
        return None
    return TeachingPoint(str(point.get("text", "")), point.get("finding"), number, whose.id)


def _point_line(point: Any, case: Case) -> str:
    """A teaching point as a line: after a finding or a reader's region and a colon, where it is tied."""
    if not isinstance(point, Mapping):
        return ""
    said = " ".join(str(point.get("text", "")).split())
    if isinstance(point.get("region"), int):
        reader = str(point.get("reader") or (case.readers[0].id if case.readers else ""))
        return f"{reader} #{point['region'] + 1}: {said}"
    finding = point.get("finding")
    return f"{finding}: {said}" if finding else said


def _point(line: str, counts: Mapping[str, int]) -> dict[str, Any]:
    """A line as a teaching point: tied to what stands before its colon, where it is such a region or finding."""
    tied = TIED.fullmatch(line)
    if tied and tied["reader"] in counts:
        place = place_of(counts, tied["reader"], int(tied["number"]), line)
        return {"reader": tied["reader"], "region": place, "text": tied["text"]}
    before, colon, after = line.partition(":")
    if colon and after.strip() and before.strip() in vocabulary():
        return {"finding": vocabulary().get(before.strip()).name, "text": after.strip()}
    return {"text": line}
