"""What a viewer shows: :func:`scene` makes the JSON from the types of SSG and refuses what the viewer could not show.

The keys are those that the JavaScript reads (``BLANK_SCENE`` in loading.js).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, get_args

from ssg.boxes import Box
from ssg.errors import BadInput
from ssg.reward.answers import Region
from ssg.vocabulary import Finding, Side, vocabulary

Scene = dict[str, Any]
Mode = Literal["draw", "show"]
Kind = Literal["reader", "policy", "missed", "drawn"]

FRONTAL: Mapping[str, str] = {"left": "R", "right": "L"}
"""Orientation letters of a frontal radiograph as it is hung: the patient's right is on the left of the image."""

EDGES = ("left", "right", "top", "bottom")
SIDES = (Side.RIGHT, Side.LEFT, Side.BILATERAL, Side.MIDLINE)
"""In the order in which the viewer offers them: as they lie on a frontal image."""

GRADES = 5
"""Confidence is drawn in five grades, 1 (a guess) to 5 (certain); grade g is a confidence of g / 5."""


@dataclass(frozen=True, slots=True)
class Picture:
    """The image of a scene. ``url`` serves a PNG under an opaque name; ``alt`` says what it is, never what is on it."""

    url: str
    width: int
    height: int
    alt: str

    def __post_init__(self) -> None:
        if not self.url:
            raise BadInput("A picture needs the URL that serves it.")
        for name in ("width", "height"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise BadInput(f"The {name} of a picture is a whole number of pixels, got {value!r}.")


@dataclass(frozen=True, slots=True)
class Greys:
    """What the greys of pictures of 16 bits mean; pictures of 8 bits are shown as they are, whatever stands here.

    A real value is ``values[0] + values[1]`` × what the PNG stores; ``window`` is the (width, level) in real values to
    begin with, None for the whole range; ``inverted``: low values white; ``unit`` is "HU" or "".
    The viewer asks for the full depth by ``depth=full`` in the picture's address.
    """

    values: tuple[float, float] = (0.0, 1.0)
    window: tuple[float, float] | None = None
    inverted: bool = False
    unit: str = ""

    def __post_init__(self) -> None:
        numbers = (*self.values, *(self.window or (1.0, 0.0)))
        if not all(math.isfinite(value) for value in numbers) or not self.values[1] or (self.window or (1,))[0] <= 0:
            raise BadInput(
                f"Greys need finite numbers, a slope that is not 0 and a window wider than 0, got values "
                f"{self.values!r} and window {self.window!r}."
            )


@dataclass(frozen=True, slots=True)
class PictureSeries:
    """Pictures that are scrolled through, all of one size. ``title`` names the series where there are several.

    ``slice_mm`` is the way from slice to slice, None where unknown; ``days`` are counted from the examination that is
    asked about, negative before it.
    """

    title: str
    pictures: tuple[Picture, ...]
    spacing_mm: tuple[float, float] | None = None
    orientation: Mapping[str, str] | None = None
    greys: Greys | None = None
    slice_mm: float | None = None
    days: int = 0

    def __post_init__(self) -> None:
        if len({(one.width, one.height) for one in self.pictures}) != 1:
            raise BadInput("The pictures of a series are of one size, and there is at least one.")
        if self.slice_mm is not None and not (math.isfinite(self.slice_mm) and self.slice_mm > 0):
            raise BadInput(f"The way from slice to slice is a length in millimetres, got {self.slice_mm!r}.")


@dataclass(frozen=True, slots=True)
class Shown:
    """A region that is only looked at: a reader's, the policy's, what was missed, or what the person had drawn.

    ``reader`` tells readers (or policies) apart; ``note`` is shown when the region is chosen; ``id`` names the region
    in ``selected`` and in the event ``select`` and is made up where it is left out.
    """

    region: Region
    kind: Kind = "reader"
    reader: str = ""
    note: str = ""
    id: str = ""

    def __post_init__(self) -> None:
        if self.kind not in get_args(Kind):
            raise BadInput(f"A shown region is one of {', '.join(get_args(Kind))}, got {self.kind!r}.")


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a chain of boxes: where to look, which landmark, what there; it lies on ``picture``."""

    label: str
    box: Box
    caption: str = ""
    picture: int = 0


def scene(
    case_id: str,
    picture: Picture,
    *,
    mode: Mode = "draw",
    labels: Iterable[str] = (),
    ask_confidence: bool = False,
    regions: Iterable[Shown] = (),
    drawn: Iterable[Region] | None = None,
    drawn_at: datetime | None = None,
    steps: Iterable[Step] = (),
    selected: str | None = None,
    spacing_mm: Sequence[float] | None = None,
    orientation: Mapping[str, str] | None = None,
    greys: Greys | None = None,
    series: Sequence[PictureSeries] = (),
    start: int = 0,
    keep_draft: bool | None = None,
) -> Scene:
    """What the viewer shows, ready to be its value. Raises BadInput, and UnknownFinding for a label.

    ``labels`` are the findings that a box may be called. ``keep_draft`` keeps a draft in the browser (by default while
    drawing); False forgets it. ``drawn`` are the boxes to begin with, saved at ``drawn_at`` (aware): a draft in the
    browser wins over them unless it is clearly older. On the case that is open they replace what is drawn, None leaves
    it. ``spacing_mm`` is (row, column) for each pixel; ``orientation`` has a letter for some of the
    edges left, right, top, bottom. ``greys`` says what 16 bits mean. ``selected`` is the id of a shown region to begin
    with. With ``series`` (whose first picture is ``picture``) regions lie on the picture that they name, counted
    through all series; ``start`` is the one to begin with.
    """
    pictures = [one for each in series for one in each.pictures] or [picture]
    if not 0 <= start < len(pictures):
        raise BadInput(f"A scene of {len(pictures)} pictures cannot begin with number {start}, counted from 0.")
    if not case_id or len(case_id) > 200:
        raise BadInput(f"A scene needs the id of its case, of at most 200 characters, got {case_id[:60]!r}.")
    if mode not in get_args(Mode):
        raise BadInput(f'The mode of a scene is "draw" or "show", got {mode!r}.')
    shown = [_shown(row, number, pictures) for number, row in enumerate(regions, 1)]
    ids = [row["id"] for row in shown]
    if len(set(ids)) < len(ids):
        raise BadInput("Two shown regions share an id: give each its own.")
    if selected is not None and selected not in ids:
        raise BadInput(f"The selected region {selected!r} is not among those shown.")
    return {
        "case_id": case_id,
        "image": {"url": picture.url, "width": picture.width, "height": picture.height, "alt": picture.alt},
        "mode": mode,
        "labels": _choices(labels),
        "ask_confidence": ask_confidence,
        "spacing_mm": _spacing(spacing_mm),
        "orientation": _orientation(orientation),
        "greys": _greys(greys),
        "regions": shown,
        "series": [_series(one) for one in series],
        "picture": start,
        "drawn": None if drawn is None else [_drawn(region, pictures) for region in drawn],
        "drawn_age": None if drawn_at is None else round((datetime.now(UTC) - drawn_at).total_seconds() * 1000),
        "steps": [_step(step, pictures) for step in steps],
        "selected": selected,
        "keep_draft": mode == "draw" if keep_draft is None else keep_draft,
    }


def _choices(names: Iterable[str]) -> list[dict[str, Any]]:
    """The findings with what the picker needs of them, groups together, each once."""
    findings = {finding.name: finding for finding in map(vocabulary().get, names)}
    groups = list(dict.fromkeys(finding.group for finding in findings.values()))
    return [_choice(finding) for finding in sorted(findings.values(), key=lambda finding: groups.index(finding.group))]


def _choice(finding: Finding) -> dict[str, Any]:
    names = {"name": finding.name, "group": finding.group, "synonyms": list(finding.written_forms[1:])}
    return {**names, "sides": [side.value for side in SIDES if _may_lie(finding, side)]}


def _may_lie(finding: Finding, side: Side) -> bool:
    if side is Side.MIDLINE:
        return finding.laterality == "any"
    return finding.has_sides


def _series(series: PictureSeries) -> dict[str, Any]:
    first = series.pictures[0]
    return {
        "title": series.title,
        "width": first.width,
        "height": first.height,
        "urls": [one.url for one in series.pictures],
        "spacing_mm": _spacing(series.spacing_mm),
        "orientation": _orientation(series.orientation),
        "greys": _greys(series.greys),
        "slice_mm": series.slice_mm,
        "days": series.days,
    }


def _greys(greys: Greys | None) -> dict[str, Any] | None:
    if greys is None:
        return None
    window = None if greys.window is None else list(greys.window)
    return {"values": list(greys.values), "window": window, "inverted": greys.inverted, "unit": greys.unit}


def _picture_of(region: Region, pictures: Sequence[Picture]) -> Picture:
    return _picture_at(region.picture, pictures, "region")


def _picture_at(number: int, pictures: Sequence[Picture], what: str) -> Picture:
    if not 0 <= number < len(pictures):
        raise BadInput(f"A {what} lies on picture {number}, and the scene has {len(pictures)}.")
    return pictures[number]


def _shown(row: Shown, number: int, pictures: Sequence[Picture]) -> dict[str, Any]:
    own = row.kind == "drawn"
    confidence = row.region.confidence
    return {
        "id": row.id or f"shown-{number}",
        "kind": row.kind,
        "reader": row.reader,
        "box": _corners(row.region.box, _picture_of(row.region, pictures)),
        "label": row.region.finding,
        "side": row.region.side,
        "confidence": grade(confidence) if own else confidence,
        "note": row.note,
        **_where(row.region),
    }


def _drawn(region: Region, pictures: Sequence[Picture]) -> dict[str, Any]:
    box = _corners(region.box, _picture_of(region, pictures))
    row = {"box": box, "label": region.finding, "side": region.side, "confidence": grade(region.confidence)}
    return row | _where(region)


def _where(placed: Region | Step) -> dict[str, int]:
    return {"picture": placed.picture} if placed.picture else {}


def _step(step: Step, pictures: Sequence[Picture]) -> dict[str, Any]:
    box = _corners(step.box, _picture_at(step.picture, pictures, "step"))
    return {"label": step.label, "box": box, "caption": step.caption} | _where(step)


def _corners(box: Box, picture: Picture) -> list[float]:
    return list(box.require_inside(picture.width, picture.height))


def grade(confidence: float | None) -> int | None:
    """A confidence of 0 to 1 as the nearest of the grades 1 to 5."""
    return None if confidence is None else max(round(confidence * GRADES), 1)


def _spacing(spacing_mm: Sequence[float] | None) -> list[float] | None:
    if spacing_mm is None:
        return None
    if len(spacing_mm) != 2 or not all(math.isfinite(value) and value > 0 for value in spacing_mm):
        raise BadInput(f"Pixel spacing is (row, column) in millimetres, got {spacing_mm!r}.")
    return [float(value) for value in spacing_mm]


def _orientation(letters: Mapping[str, str] | None) -> dict[str, str] | None:
    if letters is None:
        return None
    if not set(letters) <= set(EDGES) or not all(len(letter) <= 3 for letter in letters.values()):
        raise BadInput(f"Orientation is a letter for some of {', '.join(EDGES)}, got {dict(letters)!r}.")
    return dict(letters)
