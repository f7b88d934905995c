"""What came back from a viewer, read as regions. The browser may send anything, so nothing in it is trusted.

Every refusal is a :class:`BadInput` with a sentence of ``words_viewer.DRAWN`` that a person can act on: boxes are
counted as they are in the viewer's list.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Any

from ssg.boxes import Box
from ssg.errors import BadInput, InvalidBox
from ssg.reward.answers import Region
from ssg.vocabulary import Side, vocabulary
from ssg.web import words_viewer as words
from ssg.web.viewer.scene import GRADES

MOST_BOXES = 200
"""regions.js stops a person at as many."""


def read_drawn(
    value: Any,
    case_id: str,
    width: float,
    height: float,
    labels: Iterable[str],
    sizes: Sequence[tuple[float, float]] | None = None,
) -> tuple[Region, ...]:
    """The regions drawn on the ``width`` × ``height`` image of a case, in the order in which they were drawn.

    A case of several pictures has ``sizes``, (width, height) of each.

    ``value`` is the viewer's, as Gradio hands it in. ``labels`` are the findings that the case offers, as they were
    given to its scene. A grade of 1 to 5 becomes a confidence of 0.2 to 1. Raises BadInput.
    """
    rows = _rows(value, case_id)
    names = {vocabulary().get(label).name for label in labels}
    regions = [_region(row, number, sizes or [(width, height)], names) for number, row in enumerate(rows, 1)]
    _refuse_repeated(regions)
    return tuple(regions)


def named_only(value: Any) -> Any:
    """What the viewer sent without the boxes that have no name yet: they wait in the browser."""
    if not isinstance(value, Mapping) or not isinstance(value.get("drawn"), list):
        return value
    return {**value, "drawn": [row for row in value["drawn"] if not isinstance(row, Mapping) or row.get("label")]}


def _rows(value: Any, case_id: str) -> Sequence[Any]:
    if not isinstance(value, Mapping):
        raise _refusal("not_an_answer")
    rows = value.get("drawn")
    rows = [] if rows is None else rows
    if not isinstance(rows, list) or not isinstance(value.get("case_id"), str):
        raise _refusal("not_an_answer")
    if value["case_id"] != case_id:
        raise _refusal("other_case")
    if len(rows) > MOST_BOXES:
        raise _refusal("too_many", count=len(rows), most=MOST_BOXES)
    return rows


def _region(row: Any, number: int, sizes: Sequence[tuple[float, float]], labels: Set[str]) -> Region:
    if not isinstance(row, Mapping):
        raise _refusal("not_an_answer")
    picture = row.get("picture", 0)
    if isinstance(picture, bool) or not isinstance(picture, int) or not 0 <= picture < len(sizes):
        raise _refusal("no_picture", number=number)
    box = _box(row.get("box"), number, *sizes[picture])
    label = _label(row.get("label"), number, labels)
    side, confidence = _side(row.get("side"), number), _confidence(row.get("confidence"), number)
    return Region(label, box, side, confidence, picture)


def _box(corners: Any, number: int, width: float, height: float) -> Box:
    if not isinstance(corners, list) or len(corners) != 4 or not all(map(_is_number, corners)):
        raise _refusal("not_a_box", number=number)
    try:
        return Box.of(corners).require_inside(width, height)
    except InvalidBox as error:
        raise _refusal("bad_box", number=number, problem=str(error)[:200]) from None


def _label(label: Any, number: int, labels: Set[str]) -> str:
    if label is None or label == "":
        raise _refusal("unnamed", number=number)
    if not isinstance(label, str) or label not in labels:
        raise _refusal("unknown_label", number=number, label=str(label)[:60])
    return label


def _side(side: Any, number: int) -> Side | None:
    if side is None:
        return None
    if not isinstance(side, str) or side not in set(Side):
        raise _refusal("bad_side", number=number)
    return Side(side)


def _confidence(grade: Any, number: int) -> float | None:
    if grade is None:
        return None
    if not _is_number(grade) or grade not in range(1, GRADES + 1):
        raise _refusal("bad_confidence", number=number)
    return int(grade) / GRADES


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _refuse_repeated(regions: Sequence[Region]) -> None:
    """The same box with the same finding twice would count twice."""
    seen: dict[tuple[Any, ...], int] = {}
    for number, region in enumerate(regions, 1):
        first = seen.setdefault((region.box, region.finding, region.side, region.picture), number)
        if first != number:
            raise _refusal("repeated", first=first, second=number)


def _refusal(reason: str, **facts: Any) -> BadInput:
    return BadInput(words.DRAWN[reason].format(**facts))
