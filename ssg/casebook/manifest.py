"""The manifest: JSON to a :class:`CaseSet`. Checks form and meaning, and notes every problem with its field.

``cases/README.md`` explains the format, ``case_set.schema.json`` is its form. Files are not touched here;
``reading.py`` looks at the pictures.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ssg.boxes import Box
from ssg.casebook.fields import IDENTIFIER, Row, is_number
from ssg.casebook.migrations import FORMAT, format_problem, migrated
from ssg.casebook.problems import Problems, shown
from ssg.casebook.schema import SET, FormRow
from ssg.casebook.series import Places, read_series
from ssg.casebook.types import USUAL_ORDER, Case, CaseImage, CaseSet, OtherMark, Reader, TeachingPoint, stated_by
from ssg.errors import BadInput
from ssg.reward import Region, Rubric
from ssg.vocabulary import Side, vocabulary

ANATOMY = "anatomy"

Look = Callable[[CaseImage, str], None]
"""Called with each well-described picture and its field, so that it can be compared with its file."""


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
    data: Any, problems: Problems, folder: Path | None = None, look: Look | None = None
) -> CaseSet | None:
    """A case set from the manifest's JSON value, of this format or an earlier one.

    None where anything is wrong, which is noted in ``problems``.
    """
    data = migrated(data)
    if isinstance(data, dict) and data.get("format") != FORMAT:
        problems.add("format", format_problem(data.get("format")))
    row = FormRow(data, "", problems, SET)
    values: dict[str, Any] = {
        "id": row.named("id"),
        "title": row.words_of("title"),
        "version": row.named("version"),
        "licence": row.words_of("licence"),
        "provenance": row.words_of("provenance"),
        "reviewed": row.yes("reviewed"),
        "synthetic": row.yes("synthetic"),
        "description": row.words_of("description"),
        "citation": row.words_of("citation"),
        "order": row.count("order") if row.has("order") else USUAL_ORDER,
    }
    cases = tuple(_case(entry, field, problems, look) for field, entry in row.entries("cases"))
    problems.case = ""
    ids = [case.id for case in cases]
    _note_repeated(ids, "cases[{}].id", "two cases share the id {}: give each its own.", problems)
    return None if problems.count else CaseSet(cases=cases, folder=folder, **values)


def _note_repeated(ids: list[str], field: str, message: str, problems: Problems) -> None:
    seen: set[str] = set()
    for index, name in enumerate(ids):
        if name and name in seen:
            problems.add(field.format(index), message.format(shown(name)))
        seen.add(name)


def _case(data: Any, field: str, problems: Problems, look: Look | None) -> Case:
    problems.case = data["id"] if isinstance(data, dict) and _is_id(data.get("id")) else ""
    row = FormRow(data, field, problems, "case")
    series, places = read_series(row, look)
    noted = problems.count
    readers = _readers(row, places)
    sound = readers if problems.count == noted else ()  # a region that could not be read is not one that is missing
    return Case(
        id=row.named("id"),
        title=row.words_of("title"),
        history=row.words_of("history"),
        modality=row.one_of("modality"),
        difficulty=row.count("difficulty"),
        series=series,
        readers=readers,
        question=_question(row, sound),
        view=row.words_of("view"),
        body_part=row.words_of("body_part"),
        specialty=row.words_of("specialty"),
        teaching_points=_teaching_points(row, sound),
        findings=row.words_of("findings"),
        diagnosis=row.words_of("diagnosis"),
        differential=row.short_texts("differential"),
        discussion=row.words_of("discussion"),
        report=row.words_of("report"),
        tags=row.short_texts("tags"),
        rubric=_rubric(row),
        source=row.words_of("source"),
        structures=_structures(row, places),
    )


def _structures(case: FormRow, places: Places) -> tuple[Region, ...]:
    regions = [(field, _region(entry, field, case.problems, places)) for field, entry in case.entries("structures")]
    for field, region in regions:
        if region and vocabulary().get(region.finding).kind != ANATOMY:
            case.problems.add(field, f"'{region.finding}' is no structure of the body: a reader marks it, in readers.")
    return tuple(region for _, region in regions if region)


def _is_id(value: object) -> bool:
    return isinstance(value, str) and IDENTIFIER.fullmatch(value) is not None


def _readers(case: FormRow, places: Places) -> tuple[Reader, ...]:
    if not case.has("readers") and case.usable:
        case.note("readers", "this is missing: list who marked the image, or give [] where nobody has read it yet.")
    entries = case.entries("readers")
    readers = tuple(_reader(entry, field, case.problems, places) for field, entry in entries)
    ids = [reader.id for reader in readers]
    _note_repeated(
        ids, f"{case.field}.readers[{{}}].id", "two readers share the id {}: give each their own.", case.problems
    )
    if entries and not any(map(_says_something, (entry for _, entry in entries))):
        case.note("readers", "no reader says anything: mark regions, or list in absent what is not there.")
    return readers


def _says_something(entry: Any) -> bool:
    """Whether anything is written of what a reader says: where it cannot be read, that is told where it stands."""
    return not isinstance(entry, dict) or any(value for key, value in entry.items() if key != "id")


def _reader(data: Any, field: str, problems: Problems, places: Places) -> Reader:
    row = FormRow(data, field, problems, "reader")
    found = [_region(entry, where, problems, places) for where, entry in row.entries("regions")]
    absent, unknown = row.findings_of("absent"), row.findings_of("unknown")
    regions = [region for region in found if region is not None]
    for index, region in enumerate(regions):
        if region in regions[:index]:
            row.note("regions", f"'{region.called}' has the same box twice: delete one.")
    for name in absent:
        marked = next((region.finding for region in regions if vocabulary().is_a(region.finding, name)), None)
        if marked:
            row.note("absent", f"'{name}' is said to be absent and '{marked}' is marked: decide.")
    for name in unknown:
        if name in absent or any(region.finding == name for region in regions):
            row.note("unknown", f"'{name}' is said to be unknown and is marked or absent as well: decide.")
    other = [_other(entry, where, problems, places) for where, entry in row.entries("other")]
    return Reader(tuple(regions), absent, row.named("id"), unknown, tuple(other))


def _region(data: Any, field: str, problems: Problems, places: Places) -> Region | None:
    row = FormRow(data, field, problems, "region")
    name = row.finding("finding")
    side = row.one_of("side")
    if name and side in (Side.LEFT, Side.RIGHT, Side.BILATERAL) and not vocabulary().get(name).has_sides:
        row.note("side", f"'{name}' has no side: leave it out.")
    confidence, picture = row.amount("confidence"), places.picture(row)
    lesion, phrase = row.named("lesion"), row.words_of("phrase")
    box = _box(row, places, picture)
    return (
        Region(name, box, Side(side) if side else None, confidence, picture, lesion, phrase) if name and box else None
    )


def _other(data: Any, field: str, problems: Problems, places: Places) -> OtherMark:
    row = FormRow(data, field, problems, "other")
    label, absent, picture = row.words_of("label"), row.yes("absent"), places.picture(row)
    box = _box(row, places, picture) if row.has("box") else None
    if absent and box:
        row.note("absent", "what is absent has no box: leave one of both out.")
    return OtherMark(label, box, absent, picture)


def _box(row: FormRow, places: Places, picture: int) -> Box | None:
    value = row.data.get("box")
    if not isinstance(value, list) or len(value) != 4 or not all(map(is_number, value)):
        if row.usable:
            form = row.rule("box")["x-form"]
            row.note("box", f"{'this is missing' if value is None else shown(value) + ' is no box'}: give {form}.")
        return None
    try:
        box = Box.of(value)
        size = places.size(picture)
        return box.require_inside(*size) if size else box
    except BadInput as error:
        row.note("box", str(error))
        return None


def _question(case: FormRow, readers: tuple[Reader, ...]) -> tuple[str, ...]:
    """What is asked; where nothing is given, all that the readers mark or exclude."""
    stated = stated_by(readers)
    if not case.has("question"):
        return stated
    asked = case.findings_of("question")
    if case.data.get("readers") == []:
        if asked:
            case.note("question", "nobody has read the case, so nothing can be asked: leave the key out.")
        return ()
    if not asked and not case.data["question"]:
        case.note("question", "nothing is asked: list findings, or leave the key out to ask for all that is stated.")
    for name in asked:
        if stated and not any(vocabulary().is_a(other, name) for other in stated):
            case.note("question", f"'{name}' is asked, but no reader marks or excludes it: it could never be judged.")
    return asked


def _teaching_points(case: FormRow, readers: tuple[Reader, ...]) -> tuple[TeachingPoint, ...]:
    points = []
    for field, entry in case.entries("teaching_points"):
        row = FormRow(entry, field, case.problems, "teaching_point")
        reader = row.words_of("reader")
        region = row.count("region") if row.has("region") else None
        finding = row.finding("finding", required=False)
        if region is not None and case.data.get("readers") == []:
            row.note("region", "nobody has read the case, so there is no region: leave it out.")
        elif region is not None and readers:
            _check_tie(row, region, finding, reader, readers)
        points.append(TeachingPoint(row.words_of("text"), finding or None, region, reader or None))
    return tuple(points)


def _check_tie(row: Row, region: int, finding: str, reader: str, readers: tuple[Reader, ...]) -> None:
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
