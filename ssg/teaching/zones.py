"""Coarse zones of a picture, as boxes and in words: "the back half of the chest, in the left third of the image"."""

from __future__ import annotations

from ssg.boxes import Box
from ssg.casebook import Case
from ssg.reward import Region
from ssg.teaching.finding_hints import kinds_of
from ssg.vocabulary import Side

MARGIN = 0.06
"""What is added around the structures of a slice, as a share of their extent: findings lie at their edges, too."""

FEW_SLICES = 3
"""So many slices are looked through without being told in which third of them to search."""

SLICED = ("CT", "MR")
"""Modalities whose pictures are slices with a margin of air: what is on them is divided, and not the picture."""

BODIES = {"chest ct": "chest", "abdominal ct": "abdomen", "brain mr": "head", "spine mr": "spine"}
PLANES = ("axial", "coronal", "sagittal")
THROUGH = ("first", "middle", "last")

WINDOWS = (
    ("{first} third", 0, 1 / 3),
    ("middle third", 1 / 3, 2 / 3),
    ("{last} third", 2 / 3, 1),
    ("{first} half", 0, 1 / 2),
    ("middle half", 1 / 4, 3 / 4),
    ("{last} half", 1 / 2, 1),
    ("{first} two thirds", 0, 2 / 3),
    ("{last} two thirds", 1 / 3, 1),
    ("", 0, 1),
)
"""The parts of an extent that a zone may have, from narrow to wide; the last is the whole of it."""

ABOUT = 1e-6
"""Rounding that puts nothing outside its zone."""


def plane_of(view: str) -> str:
    """The plane that a view names, else "": "axial T2" is axial."""
    return next((one for one in PLANES if one in view.casefold()), "")


def frame_of(case: Case, picture: int) -> Box:
    """What is divided into zones: on slices what is outlined of the body, else the picture. The finding has no part."""
    width, height = case.sizes[picture]
    boxes = [one.box for one in case.structures if one.picture == picture]
    if case.modality not in SLICED or not boxes:
        return Box(0, 0, width, height)
    x0, y0 = min(one.x0 for one in boxes), min(one.y0 for one in boxes)
    x1, y1 = max(one.x1 for one in boxes), max(one.y1 for one in boxes)
    dx, dy = MARGIN * (x1 - x0), MARGIN * (y1 - y0)
    return Box(max(x0 - dx, 0), max(y0 - dy, 0), min(x1 + dx, width), min(y1 + dy, height))


def zone_around(case: Case, box: Box, picture: int) -> tuple[Box, str]:
    """The narrowest zone that holds a box, and its words."""
    frame = frame_of(case, picture)
    width, height = case.sizes[picture]
    if box.x0 < frame.x0 or box.y0 < frame.y0 or box.x1 > frame.x1 or box.y1 > frame.y1:
        frame = Box(0, 0, width, height)
    column, x0, x1 = _window((box.x0 - frame.x0) / frame.width, (box.x1 - frame.x0) / frame.width)
    row, y0, y1 = _window((box.y0 - frame.y0) / frame.height, (box.y1 - frame.y0) / frame.height)
    zone = Box(
        frame.x0 + x0 * frame.width,
        frame.y0 + y0 * frame.height,
        frame.x0 + x1 * frame.width,
        frame.y0 + y1 * frame.height,
    )
    whole = "image" if frame == Box(0, 0, width, height) else _body(case)
    return zone, _in_words(case, picture, whole, column, row) + _slices(case, picture)


def _window(low: float, high: float) -> tuple[str, float, float]:
    return next((one for one in WINDOWS if one[1] <= low + ABOUT and high <= one[2] + ABOUT), WINDOWS[-1])


def _body(case: Case) -> str:
    return next((BODIES[kind] for kind in kinds_of(case) if kind in BODIES), "body")


def _in_words(case: Case, picture: int, whole: str, column: str, row: str) -> str:
    plane = plane_of(case.view) if case.modality in SLICED else ""
    down = ("front", "back") if plane == "axial" else ("upper", "lower")
    rows = row.format(first=down[0], last=down[1])
    columns, patient = column.format(first="left", last="right"), _patient(case, picture, column)
    if not row and not column:
        return f"the whole {whole}, from edge to edge"
    if not column:
        return f"the {rows} of the {whole}, {'over its whole width' if plane == 'sagittal' else 'on both sides'}"
    if not row:
        through = "from front to back" if plane == "axial" else "from top to bottom"
        of = f"the whole {columns} of the image" if whole == "image" else f"the {whole} in the {columns} of the image"
        return f"{of}{patient}, {through}"
    if whole == "image":
        return f"the {rows} of the image, in its {columns}{patient}"
    return f"the {rows} of the {whole}, in the {columns} of the image{patient}"


def _patient(case: Case, picture: int, column: str) -> str:
    """The patient's side of a part of the width, where it has one and the sides of the picture are known."""
    side = "left" if column.startswith("{first}") else "right" if column.startswith("{last}") else ""
    if not side or "two" in column or not (case.is_frontal or is_seen_from_front(case, picture)):
        return ""
    return f" (the patient's {'right' if side == 'left' else 'left'})"


def is_seen_from_front(case: Case, picture: int) -> bool:
    """Whether structures of both sides show that the patient's right lies on the picture's left."""
    there = [one for one in case.structures if one.picture == picture]
    pairs = [
        (one, other)
        for one in there
        for other in there
        if one.finding == other.finding and one.side is Side.RIGHT and other.side is Side.LEFT
    ]
    return bool(pairs) and all(_middle(one) < _middle(other) for one, other in pairs)


def _middle(region: Region) -> float:
    return region.box.centre[0]


def _slices(case: Case, picture: int) -> str:
    series, frame = case.place_of(picture)
    parts = []
    if len(series.frames) > FEW_SLICES:
        parts.append(f"in the {THROUGH[third(frame / len(series.frames))]} third of its slices")
    if len(case.series) > 1 and series.title:
        parts.append(f"of “{series.title}”")
    return "".join(f", {part}" if number == 0 else f" {part}" for number, part in enumerate(parts))


def third(share: float) -> int:
    """Which third of an extent a share of it lies in: 0, 1 or 2."""
    return min(int(share * 3), 2)


def slice_to_show(case: Case, picture: int) -> int:
    """The middle slice of the third of its series in which a picture lies; of a few slices the middle one of all."""
    series, frame = case.place_of(picture)
    count = len(series.frames)
    middle = count // 2 if count <= FEW_SLICES else (2 * third(frame / count) + 1) * count // 6
    return picture - frame + middle
