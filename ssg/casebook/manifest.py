"""The manifest: JSON to a :class:`CaseSet`. Checks form and meaning, and notes every problem with its field.

``cases/README.md`` explains the format. Files are not touched here; ``reading.py`` looks at the images.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ssg.boxes import Box
from ssg.casebook.fields import IDENTIFIER, IDENTIFIER_FORM, Row, is_number
from ssg.casebook.files import MOST_PIXELS
from ssg.casebook.problems import Problems, shown
from ssg.casebook.types import Case, CaseImage, CaseSet, TeachingPoint
from ssg.errors import BadInput
from ssg.reward import ReaderAnswer, Region, Rubric
from ssg.vocabulary import Side, vocabulary

FORMAT = "ssg-case-set/1"
"""A later format gets another number and is migrated from this one. Unknown keys are refused: none is lost silently."""

ANATOMY = "anatomy"
MOST_CASES = 20_000
MOST_READERS = 20
MOST_REGIONS = 500
MODALITIES = ("DX", "CR", "CT", "MR", "US", "MG", "XA", "RF", "NM", "PT", "PX", "OT")

_IMAGE_FILE = re.compile(r"images/[A-Za-z0-9][A-Za-z0-9_-]{0,99}\.png")
_READER = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,39}")
_VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z.+-]{0,39}")
_SHA256 = re.compile(r"[0-9a-f]{64}")

Size = tuple[int, int]
"""(width, height) that boxes must lie in; None in its place where the image itself is not known."""

_SET_KEYS = (
    "format", "id", "title", "version", "licence", "provenance", "reviewed", "synthetic", "description", "cases",
)  # fmt: skip
_CASE_KEYS = (
    "id", "title", "history", "modality", "body_part", "view", "specialty", "difficulty", "image", "readers",
    "question", "teaching_points", "discussion", "tags", "rubric", "source", "structures",
)  # fmt: skip
_IMAGE_KEYS = ("file", "width", "height", "spacing_mm", "sha256")
_READER_KEYS = ("id", "regions", "absent")
_REGION_KEYS = ("finding", "side", "box", "confidence")
_POINT_KEYS = ("text", "finding", "region", "reader")


def parse_manifest(text: str, problems: Problems) -> Any:
    """The JSON value of a manifest; notes what is no JSON and every key that is given twice. None where unreadable."""
    repeated: list[str] = []

    def as_dict(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        row = dict(pairs)
        if len(row) < len(pairs):
            seen: set[str] = set()
            repeated.extend(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        return row

    try:
        data = json.loads(text, object_pairs_hook=as_dict, parse_int=_whole)
    except RecursionError:
        problems.add("", "the JSON is nested too deeply: a manifest has no more than a few levels.")
        return None
    except ValueError as error:
        problems.add("", f"this is not valid JSON ({error}): correct it there.")
        return None
    for key in repeated:
        problems.add("", f"the key {shown(key)} is given twice in one object: only one would count, remove the other.")
    return data


def _whole(digits: str) -> float:
    """An int where it is of any use; Python refuses to read those of thousands of digits."""
    return int(digits) if len(digits) < 19 else float("inf")


def read_manifest(
    data: Any, problems: Problems, folder: Path | None = None, look: Callable[[CaseImage, str], None] | None = None
) -> CaseSet | None:
    """A case set from the manifest's JSON value; None where anything is wrong, which is noted in ``problems``.

    ``look`` is called with each well-described image and its field, so that it can be compared with its file.
    """
    if isinstance(data, dict) and data.get("format") != FORMAT:
        problems.add("format", _format_problem(data.get("format")))
    row = Row(data, "", problems, _SET_KEYS)
    values: dict[str, Any] = {
        "id": row.matching("id", IDENTIFIER, IDENTIFIER_FORM),
        "title": row.text("title", 200),
        "version": row.matching("version", _VERSION, "a version such as '1.0.0'"),
        "licence": row.text("licence", 200),
        "provenance": row.text("provenance", 4_000, lines=True),
        "reviewed": row.flag("reviewed"),
        "synthetic": row.flag("synthetic", required=False),
        "description": row.text("description", 4_000, required=False, lines=True),
    }
    cases = tuple(_case(entry, field, problems, look) for field, entry in row.items("cases", MOST_CASES))
    problems.case = ""
    ids = [case.id for case in cases]
    _note_repeated(ids, "cases[{}].id", "two cases share the id {}: give each its own.", problems)
    return None if problems.count else CaseSet(cases=cases, folder=folder, **values)


def _format_problem(given: object) -> str:
    if given is None:
        return f'this is missing: write "format": "{FORMAT}".'
    if isinstance(given, str) and re.fullmatch(r"ssg-case-set/\d+", given):
        return f"{shown(given)} is another format than '{FORMAT}': use the SSG that wrote it, or a newer one."
    return f"{shown(given)} is not a format of case sets: write '{FORMAT}'."


def _note_repeated(ids: list[str], field: str, message: str, problems: Problems) -> None:
    seen: set[str] = set()
    for index, name in enumerate(ids):
        if name and name in seen:
            problems.add(field.format(index), message.format(shown(name)))
        seen.add(name)


def _case(data: Any, field: str, problems: Problems, look: Callable[[CaseImage, str], None] | None) -> Case:
    problems.case = data["id"] if isinstance(data, dict) and _is_id(data.get("id")) else ""
    row = Row(data, field, problems, _CASE_KEYS)
    noted = problems.count
    image = _image(row)
    size = (image.width, image.height) if row.has("image") and problems.count == noted else None
    if size and look:
        look(image, f"{field}.image")
    noted = problems.count
    readers = _readers(row, size)
    sound = readers if problems.count == noted else ()  # a region that could not be read is not one that is missing
    return Case(
        id=row.matching("id", IDENTIFIER, IDENTIFIER_FORM),
        title=row.text("title", 200),
        history=row.text("history", 4_000, lines=True),
        modality=row.choice("modality", MODALITIES),
        difficulty=row.whole("difficulty", 1, 5),
        image=image,
        readers=readers,
        question=_question(row, sound),
        view=row.text("view", 40, required=False),
        body_part=row.text("body_part", 40, required=False),
        specialty=row.text("specialty", 60, required=False),
        teaching_points=_teaching_points(row, sound),
        discussion=row.text("discussion", 20_000, required=False, lines=True),
        tags=row.words("tags", 40, 60),
        rubric=_rubric(row),
        source=row.text("source", 400, required=False),
        structures=_structures(row, size),
    )


def _structures(case: Row, size: Size | None) -> tuple[Region, ...]:
    entries = case.items("structures", MOST_REGIONS, required=False)
    regions = [(field, _region(entry, field, case.problems, size)) for field, entry in entries]
    for field, region in regions:
        if region and vocabulary().get(region.finding).kind != ANATOMY:
            case.problems.add(field, f"'{region.finding}' is no structure of the body: a reader marks it, in readers.")
    return tuple(region for _, region in regions if region)


def _is_id(value: object) -> bool:
    return isinstance(value, str) and IDENTIFIER.fullmatch(value) is not None


def _image(case: Row) -> CaseImage:
    given = case.has("image")
    if not given and case.usable:
        case.note("image", "this is missing: give the image's file, width, height and sha256.")
    row = Row(case.data["image"] if given else {}, f"{case.field}.image", case.problems, _IMAGE_KEYS)
    row.usable = row.usable and given
    spacing = row.numbers("spacing_mm", 2, 1e-4, 1e3, "[row, column] in millimetres for each pixel")
    return CaseImage(
        file=row.matching("file", _IMAGE_FILE, "a PNG in the folder images, such as 'images/01.png'"),
        width=row.whole("width", 1, MOST_PIXELS),
        height=row.whole("height", 1, MOST_PIXELS),
        sha256=row.matching("sha256", _SHA256, "the file's checksum, 64 digits as `sha256sum` prints them"),
        spacing_mm=None if spacing is None else (spacing[0], spacing[1]),
    )


def _readers(case: Row, size: Size | None) -> tuple[ReaderAnswer, ...]:
    entries = case.items("readers", MOST_READERS)
    readers = tuple(_reader(entry, field, case.problems, size) for field, entry in entries)
    ids = [reader.id for reader in readers]
    _note_repeated(
        ids, f"{case.field}.readers[{{}}].id", "two readers share the id {}: give each their own.", case.problems
    )
    if entries and not any(reader.regions or reader.absent for reader in readers):
        case.note("readers", "no reader says anything: mark regions, or list in absent what is not there.")
    return readers


def _reader(data: Any, field: str, problems: Problems, size: Size | None) -> ReaderAnswer:
    row = Row(data, field, problems, _READER_KEYS)
    found = [_region(entry, where, problems, size) for where, entry in row.items("regions", MOST_REGIONS, False)]
    absent = row.findings("absent")
    regions = [region for region in found if region is not None]
    for index, region in enumerate(regions):
        if region in regions[:index]:
            row.note("regions", f"'{region.called}' has the same box twice: delete one.")
    for name in absent:
        marked = next((region.finding for region in regions if vocabulary().is_a(region.finding, name)), None)
        if marked:
            row.note("absent", f"'{name}' is said to be absent and '{marked}' is marked: decide.")
    return ReaderAnswer(tuple(regions), absent, id=row.matching("id", _READER, "a short name such as 'reader A'"))


def _region(data: Any, field: str, problems: Problems, size: Size | None) -> Region | None:
    row = Row(data, field, problems, _REGION_KEYS)
    name = row.finding("finding")
    side = row.choice("side", tuple(Side), required=False)
    if name and side in (Side.LEFT, Side.RIGHT, Side.BILATERAL) and not vocabulary().get(name).has_sides:
        row.note("side", f"'{name}' has no side: leave it out.")
    confidence = row.number("confidence", 0, 1)
    box = _box(row, size)
    return Region(name, box, Side(side) if side else None, confidence) if name and box else None


def _box(row: Row, size: Size | None) -> Box | None:
    value = row.data.get("box")
    if not isinstance(value, list) or len(value) != 4 or not all(map(is_number, value)):
        if row.usable:
            form = "[left, top, right, bottom], four numbers in pixels of the image"
            row.note("box", f"{'this is missing' if value is None else shown(value) + ' is no box'}: give {form}.")
        return None
    try:
        box = Box.of(value)
        return box.require_inside(*size) if size else box
    except BadInput as error:
        row.note("box", str(error))
        return None


def _question(case: Row, readers: tuple[ReaderAnswer, ...]) -> tuple[str, ...]:
    """What is asked; where nothing is given, all that the readers mark or exclude."""
    marked = [region.finding for reader in readers for region in reader.regions]
    stated = tuple(dict.fromkeys([*marked, *(name for reader in readers for name in reader.absent)]))
    if not case.has("question"):
        return stated
    asked = case.findings("question")
    if not asked and not case.data["question"]:
        case.note("question", "nothing is asked: list findings, or leave the key out to ask for all that is stated.")
    for name in asked:
        if stated and not any(vocabulary().is_a(other, name) for other in stated):
            case.note("question", f"'{name}' is asked, but no reader marks or excludes it: it could never be judged.")
    return asked


def _teaching_points(case: Row, readers: tuple[ReaderAnswer, ...]) -> tuple[TeachingPoint, ...]:
    points = []
    for field, entry in case.items("teaching_points", 50, required=False):
        row = Row(entry, field, case.problems, _POINT_KEYS)
        reader = row.text("reader", 40, required=False)
        region = row.whole("region", 0, MOST_REGIONS) if row.has("region") else None
        finding = row.finding("finding", required=False)
        if region is not None and readers:
            _check_tie(row, region, finding, reader, readers)
        points.append(TeachingPoint(row.text("text", 2_000, lines=True), finding or None, region, reader or None))
    return tuple(points)


def _check_tie(row: Row, region: int, finding: str, reader: str, readers: tuple[ReaderAnswer, ...]) -> None:
    whose = next((one for one in readers if one.id == reader), None) if reader else readers[0]
    if whose is None:
        row.note("reader", f"there is no reader {shown(reader)} in this case.")
    elif region >= len(whose.regions):
        row.note("region", f"reader '{whose.id}' has {len(whose.regions)} regions, counted from 0: {region} is none.")
    elif finding and whose.regions[region].finding != finding:
        tied = whose.regions[region].finding
        row.note("finding", f"region {region} is '{tied}', not '{finding}': correct one of both.")


def _rubric(case: Row) -> Rubric | None:
    if not case.has("rubric"):
        return None
    try:
        return Rubric.from_json(case.data["rubric"])
    except BadInput as error:
        case.note("rubric", str(error))
    except (TypeError, OverflowError):
        case.note("rubric", "the weights must be numbers of at least 0.")
    return None
