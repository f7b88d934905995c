"""A set put together again from what a format holds now and from ``ssg.json`` beside it (:mod:`rest`).

Whoever moves a box in another tool gets it back moved; one with another label gets that label, one that is deleted is
gone, and a box that was drawn since, a copy of another too, is added. What cannot be is refused with the place in the
format's own file; what became different is said.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ssg.boxes import Box
from ssg.casebook.exports.rest import FILE, NUMBER
from ssg.casebook.imports.placing import ROUNDING
from ssg.casebook.manifest import read_manifest
from ssg.casebook.problems import Problems, shown
from ssg.casebook.types import CaseSet
from ssg.casebook.writing import write_case_set
from ssg.errors import BadInput, UnknownFinding
from ssg.vocabulary import Side, vocabulary

READER = "annotator"
"""Who drew a box on a case that nobody had read."""

Corners = tuple[float, float, float, float]
"""(left, top, right, bottom) in pixels of the region's picture."""

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A box as a format has it now: the set's name of its picture, its label, its corners.

    ``number`` is that of the region that it is or was copied from, None for one that was drawn since; ``reader`` is who
    drew it then ("" for the first). ``path`` and ``place`` say where it stands: ``annotations.json``,
    "annotations[3] (id 12)".
    """

    picture: str
    label: str
    corners: Corners
    path: Path
    place: str
    number: int | None = None
    reader: str = ""


@dataclass(frozen=True, slots=True)
class Returned:
    """A set that came back, and a sentence for each thing that is different from what was exported."""

    case_set: CaseSet
    changed: tuple[str, ...] = ()


def put_together(
    folder: Path, drawn: Sequence[Drawn], pictures: Mapping[str, Path], out: Path, problems: Problems
) -> Returned:
    """The case set of an export in ``folder``, written to ``out``; ``pictures`` are files by the set's names of them.

    ``problems`` are those that were found in the format already. Raises BadInput for an export whose ``ssg.json`` is
    missing or damaged, and InvalidCaseSet for boxes that cannot be.
    """
    path = folder / FILE
    try:
        manifest: Row = json.loads(path.read_text(encoding="utf-8"))
        coming = _Coming(manifest["cases"], problems)
        coming.take(drawn)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
        raise BadInput(f"{path} cannot be read ({error!r:.120}): import the export as it was written.") from None
    problems.raise_if_any()
    in_rest = Problems(path)
    case_set = read_manifest(manifest, in_rest)
    in_rest.raise_if_any()
    assert case_set is not None
    wanted = {image.file for case in case_set.cases for image in case.pictures}
    if missing := sorted(wanted - set(pictures)):
        raise BadInput(f"{folder} lacks {len(missing)} of its pictures ({missing[0]}): put them back.")
    made = write_case_set(case_set, out, {name: pictures[name].read_bytes() for name in wanted})
    return Returned(made, tuple(coming.changed))


@dataclass(slots=True)
class _Coming:
    """The rows of cases, as boxes come back to them."""

    cases: list[Row]
    problems: Problems
    changed: list[str] = field(default_factory=list)

    def take(self, drawn: Sequence[Drawn]) -> None:
        """Put boxes where they belong, and keep what hangs on them together."""
        known = {
            region[NUMBER]: (case, reader, region)
            for case in self.cases
            for reader in case["readers"]
            for region in reader["regions"]
        }
        before = [_stated(case) for case in self.cases]
        mine: dict[int, Drawn] = {}
        since: list[Drawn] = []
        for one in drawn:
            number = one.number
            stays = number in known and number not in mine and _frame(known[number][0], one.picture) is not None
            if stays and number is not None:
                mine[number] = one
            else:
                since.append(one)
        copied = {number: dict(region) for number, (_, _, region) in known.items()}
        for case in self.cases:
            self._put_back(case, mine)
        for one in since:
            of = known[one.number][0] if one.number in known else None
            self._add(one, of, None if one.number is None else copied.get(one.number))
        for case, stated in zip(self.cases, before, strict=True):
            self._keep_question(case, stated)

    def _put_back(self, case: Row, mine: Mapping[int, Drawn]) -> None:
        """Boxes to the regions of a case; teaching points follow their regions, and lose those that are gone."""
        places: dict[tuple[str, int], tuple[int, str]] = {}
        for reader in case["readers"]:
            before, reader["regions"] = reader["regions"], []
            for place, region in enumerate(before):
                number, was = region.pop(NUMBER), region["finding"]
                if number not in mine:
                    self._say(case, reader, f"'{was}' is gone")
                elif self._placed(case, reader, region, mine[number]):
                    places[reader["id"], place] = len(reader["regions"]) - 1, region["finding"]
        for point in case.get("teaching_points", []):
            if "region" in point:
                now = places.get((point.get("reader", case["readers"][0]["id"]), point.pop("region")))
                if now is not None:
                    point["region"] = now[0]
                    point |= {"finding": now[1]} if "finding" in point else {}

    def _placed(self, case: Row, reader: Row, region: Row, drawn: Drawn) -> bool:
        """Put a region of a reader where it is drawn now; False where it is none any more, or cannot be."""
        box = self._box(case, drawn)
        if box is None:
            return False
        was: str = region["finding"]
        where: Row = {name: value for name, value in region.items() if name in ("series", "frame")}
        if _file_at(case, where) != drawn.picture:  # one picture may be several frames
            where = _where(case, drawn.picture)
            self._say(case, reader, f"'{was}' is on another picture")
        row = {name: value for name, value in region.items() if name not in ("series", "frame")}
        row |= {"box": box, **where}
        try:
            finding = vocabulary().get(drawn.label)
        except UnknownFinding:
            self._say(case, reader, f"'{was}' is '{drawn.label}' now, a label that is kept and not judged")
            reader.setdefault("other", []).append({"label": drawn.label, "box": box, **where})
            return False
        if finding.name != was:
            self._say(case, reader, f"'{was}' is '{finding.name}' now")
            row["finding"] = finding.name
            if not finding.has_sides and row.get("side") in (Side.LEFT, Side.RIGHT, Side.BILATERAL):
                del row["side"]
        region.clear()
        region |= row
        self._keep(reader, region, drawn)
        return True

    def _add(self, drawn: Drawn, of: Row | None, original: Row | None) -> None:
        """A box that was drawn since, in the case that it was copied in or the first that has its picture."""
        order = [of, *self.cases] if of is not None else self.cases
        case = next((one for one in order if _frame(one, drawn.picture) is not None), None)
        if case is None:
            name = Path(drawn.picture).name
            self._note(
                drawn, f"its picture {name} is of no case in {FILE}: import it with its picture, as another set."
            )
            return
        box = self._box(case, drawn)
        if box is None:
            return
        if not case["readers"]:
            case["readers"].append({"id": drawn.reader or READER, "regions": [], "absent": []})
        reader = next((one for one in case["readers"] if one["id"] == drawn.reader), case["readers"][0])
        placed = {"box": box, **_where(case, drawn.picture)}
        self._say(case, reader, f"'{drawn.label}' was drawn since")
        try:
            finding = vocabulary().get(drawn.label).name
        except UnknownFinding:
            reader.setdefault("other", []).append({"label": drawn.label, **placed})
            return
        like = original if original and original["finding"] == finding else {}
        kept = {name: value for name, value in like.items() if name not in (NUMBER, "series", "frame")}
        self._keep(reader, {**kept, "finding": finding, **placed}, drawn)

    def _keep(self, reader: Row, region: Row, drawn: Drawn) -> None:
        """A region among those of its reader, who says nothing against it and has not drawn it before."""
        name = region["finding"]
        excluded = [one for one in reader.get("absent", []) if vocabulary().is_a(name, one)]
        if excluded:
            self._note(
                drawn, f"'{name}' is marked, and reader {reader['id']} says that there is no {excluded[0]}: delete the "
                f"box, or take '{excluded[0]}' out of the reader's absent in {FILE}.",
            )  # fmt: skip
        elif region in reader["regions"]:
            self._note(drawn, f"'{name}' has the same box twice: delete one.")
        if name in reader.get("unknown", []):
            reader["unknown"].remove(name)
        reader["regions"].append(region)

    def _keep_question(self, case: Row, before: set[str]) -> None:
        """What is asked of a case, as far as it can still be judged; all that is stated, where that was asked."""
        if case["readers"] and not any(
            reader.get(what) for reader in case["readers"] for what in ("regions", "absent", "unknown", "other")
        ):
            case["readers"] = []
            self.changed.append(f"case {case['id']}: nothing is marked any more, as if nobody had read it")
        asked, now = case.get("question"), _stated(case)
        if not asked or now == before:
            return
        if not case["readers"] or set(asked) == before:
            del case["question"]
            return
        case["question"] = [name for name in asked if any(vocabulary().is_a(one, name) for one in now)]
        for name in asked:
            if name not in case["question"]:
                self.changed.append(f"case {case['id']}: '{name}' is asked no more, since no reader states it")
        if not case["question"]:
            del case["question"]

    def _box(self, case: Row, drawn: Drawn) -> list[float] | None:
        """The corners of a box inside its picture; None, and a note, where there are none."""
        frame = _frame(case, drawn.picture)
        assert frame is not None
        width, height = frame[2]["width"], frame[2]["height"]
        left, top, right, bottom = drawn.corners
        if not all(map(math.isfinite, drawn.corners)):
            self._note(drawn, "its box is not four numbers: correct it there.")
            return None
        if max(-left, -top, right - width, bottom - height) > ROUNDING:
            self._note(
                drawn, f"its box, from {left:g}, {top:g} to {right:g}, {bottom:g}, lies outside of its picture of "
                f"{width:g} × {height:g} pixels: correct it there."
            )  # fmt: skip
            return None
        cut = (max(0.0, left), max(0.0, top), min(width, right), min(height, bottom))
        try:
            return [round(value, 3) for value in Box.of(cut)]
        except BadInput as error:
            self._note(drawn, str(error))
            return None

    def _note(self, drawn: Drawn, message: str) -> None:
        self.problems.add(drawn.place, message, drawn.path)

    def _say(self, case: Row, reader: Row, what: str) -> None:
        self.changed.append(f"case {case['id']}, reader {reader['id']}: {what}")


def _stated(case: Row) -> set[str]:
    """All that readers mark or exclude."""
    return {region["finding"] for reader in case["readers"] for region in reader["regions"]} | {
        name for reader in case["readers"] for name in reader.get("absent", [])
    }


def _frame(case: Row, picture: str) -> tuple[str, int, Row] | None:
    """(series, frame, row) of a picture in a case; the series is "" where the case has one picture; None: not in it."""
    if "image" in case:
        return ("", 0, case["image"]) if case["image"]["file"] == picture else None
    for series in case["series"]:
        for number, row in enumerate(series["frames"]):
            if row["file"] == picture:
                return series["id"], number, row
    return None


def _where(case: Row, picture: str) -> Row:
    """The series and frame of a picture as the manifest writes them: nothing of those that go without saying."""
    found = _frame(case, picture)
    assert found is not None
    first = case["series"][0]["id"] if "series" in case else ""
    return ({"series": found[0]} if found[0] != first else {}) | ({"frame": found[1]} if found[1] else {})


def _file_at(case: Row, where: Row) -> str:
    """The picture of a region's series and frame."""
    if "image" in case:
        return str(case["image"]["file"])
    series = next((one for one in case["series"] if one["id"] == where.get("series")), case["series"][0])
    return str(series["frames"][where.get("frame", 0)]["file"])


def label_problem(what: str, name: object, known: Mapping[Any, str]) -> str:
    """Why a class that a format does not name is refused."""
    listed = ", ".join(f"{number} {label}" for number, label in list(known.items())[:8]) or "none"
    return f"its {what} {shown(name)} is named nowhere (there is {listed}): give one of these, or name it there."
