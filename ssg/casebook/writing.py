"""From a :class:`CaseSet` to a folder, atomically: whoever opens it meanwhile, or after a power cut, sees old or new.

Images are named by their content and written first; one rename of the manifest then makes the new set the valid one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from ssg.casebook.files import IMAGES, LARGEST_MANIFEST, MANIFEST, sha256_of
from ssg.casebook.manifest import read_manifest
from ssg.casebook.migrations import FORMAT
from ssg.casebook.problems import InvalidCaseSet, Problems
from ssg.casebook.reading import read_case_set
from ssg.casebook.types import SINGLE, USUAL_ORDER, Case, CaseImage, CaseSet, OtherMark, Reader, Series
from ssg.errors import BadInput
from ssg.reward import Region
from ssg.whole import write_whole

_LINE = 118


def write_case_set(case_set: CaseSet, folder: Path, images: Mapping[str, bytes] | None = None) -> CaseSet:
    """Write a set and return it with its folder. ``images`` are PNG files by the ``file`` of their picture.

    Images that are not given are taken from the set's own folder. Raises :class:`InvalidCaseSet` for a set that could
    not be read back (nothing is written then), and BadInput where the folder cannot be written.
    """
    folder = Path(folder)
    _require_readable(case_set, folder)
    pictures = {
        image.file: _picture(case_set, case, number, images or {})
        for case in case_set.cases
        for number, image in enumerate(case.pictures)
    }
    before = _image_files(folder)
    manifest = _manifest_of(case_set)
    try:
        (folder / IMAGES).mkdir(parents=True, exist_ok=True)
        for name, data in pictures.items():
            if not (folder / name).is_file() or (folder / name).read_bytes() != data:
                write_whole(folder / name, data)
        write_whole(folder / MANIFEST, manifest)
        for name in before - set(pictures):
            (folder / name).unlink(missing_ok=True)
    except OSError as error:
        raise BadInput(f"{folder} cannot be written ({error.strerror or error}): give another folder.") from None
    return replace(case_set, folder=folder)


def write_manifest(case_set: CaseSet, folder: Path) -> None:
    """Write the manifest of a set whose pictures are in ``folder`` already; raises as :func:`write_case_set` does."""
    _require_readable(case_set, folder)
    manifest = _manifest_of(case_set)
    try:
        write_whole(folder / MANIFEST, manifest)
    except OSError as error:
        raise BadInput(f"{folder} cannot be written ({error.strerror or error}): give another folder.") from None


def _manifest_of(case_set: CaseSet) -> bytes:
    """The manifest as it is written; raises BadInput for one that is too long to be read back."""
    data = manifest_text(to_manifest(case_set)).encode()
    if len(data) > LARGEST_MANIFEST:
        count, limit = f"{len(case_set.cases):,} cases", f"{LARGEST_MANIFEST >> 20} MiB"
        raise BadInput(f"The texts and boxes of {count} take more than {limit}: make several sets of them.")
    return data


def _require_readable(case_set: CaseSet, folder: Path) -> None:
    problems = Problems(folder / MANIFEST)
    read_manifest(json.loads(json.dumps(to_manifest(case_set))), problems)
    problems.raise_if_any()


def _picture(case_set: CaseSet, case: Case, number: int, images: Mapping[str, bytes]) -> bytes:
    image = case.pictures[number]
    data = images.get(image.file)
    if data is None:
        return case_set.image_bytes(case, number)
    if sha256_of(data) != image.sha256:
        raise BadInput(
            f"The image given for case {case.id} is not the one it describes: make it with CaseImage.of_png."
        )
    return data


def _image_files(folder: Path) -> set[str]:
    """Images of the set that is there now; of a folder that holds no valid set, nothing is ever removed."""
    try:
        return {image.file for case in read_case_set(folder).cases for image in case.pictures}
    except InvalidCaseSet:
        return set()


def to_manifest(case_set: CaseSet) -> dict[str, Any]:
    """The manifest's JSON value; :func:`read_manifest` reads it back as the same set."""
    head = {
        "format": FORMAT,
        "id": case_set.id,
        "title": case_set.title,
        "version": case_set.version,
        "licence": case_set.licence,
        "provenance": case_set.provenance,
        "reviewed": case_set.reviewed,
        "synthetic": case_set.synthetic,
    }
    for name in ("description", "citation"):
        if value := getattr(case_set, name):
            head[name] = value
    if case_set.order != USUAL_ORDER:
        head["order"] = case_set.order
    return {**head, "cases": [case_row(case) for case in case_set.cases]}


def case_row(case: Case) -> dict[str, Any]:
    """One case as the manifest writes it."""
    row: dict[str, Any] = {
        "id": case.id,
        "title": case.title,
        "history": case.history,
        "modality": case.modality,
        "body_part": case.body_part,
        "view": case.view,
        "specialty": case.specialty,
        "difficulty": case.difficulty,
        **_pictures(case),
        "readers": [_reader_row(case, reader) for reader in case.readers],
        "question": list(case.question),
        "teaching_points": [
            {name: value for name, value in asdict(point).items() if value is not None}
            for point in case.teaching_points
        ],
        "findings": case.findings,
        "diagnosis": case.diagnosis,
        "differential": list(case.differential),
        "discussion": case.discussion,
        "report": case.report,
        "tags": list(case.tags),
        "rubric": None if case.rubric is None else asdict(case.rubric),
        "source": case.source,
        "structures": [_region_row(case, region) for region in case.structures],
    }
    return _without_empty(row) | ({} if case.readers else {"readers": []})


def _pictures(case: Case) -> dict[str, Any]:
    """ "image" for a single picture that nothing else is said of, else "series"."""
    first = case.series[0]
    if len(case.series) == len(first.frames) == 1 and first == replace(first, id=SINGLE, title="", modality="", days=0):
        return {SINGLE: _without_empty({**_frame_row(first.frames[0]), **_shown(first)})}
    return {"series": [_series_row(series) for series in case.series]}


def _series_row(series: Series) -> dict[str, Any]:
    row = {
        "id": series.id,
        "title": series.title,
        "modality": series.modality,
        "days": series.days or None,
        "slice_mm": series.slice_mm,
        **_shown(series),
        "frames": [_frame_row(frame) for frame in series.frames],
    }
    return _without_empty(row)


def _frame_row(frame: CaseImage) -> dict[str, Any]:
    return {"file": frame.file, "width": frame.width, "height": frame.height, "sha256": frame.sha256}


def _shown(series: Series) -> dict[str, Any]:
    pairs = {"spacing_mm": series.spacing_mm, "orientation": series.orientation, "window": series.window}
    values = None if series.values == (0.0, 1.0) else series.values
    rows = {name: None if pair is None else list(pair) for name, pair in {**pairs, "values": values}.items()}
    return {**rows, "inverted": series.inverted or None}


def _reader_row(case: Case, reader: Reader) -> dict[str, Any]:
    return {
        "id": reader.id,
        "regions": [_region_row(case, region) for region in reader.regions],
        "absent": list(reader.absent),
    } | _without_empty({"unknown": list(reader.unknown), "other": [_other_row(case, one) for one in reader.other]})


def _region_row(case: Case, region: Region) -> dict[str, Any]:
    named = {"lesion": region.lesion, "phrase": region.phrase}
    row = {name: value for name, value in region.to_json().items() if name != "picture"}
    return row | _without_empty({**_where(case, region.picture), **named})


def _other_row(case: Case, other: OtherMark) -> dict[str, Any]:
    box = None if other.box is None else list(other.box)
    return _without_empty(
        {"label": other.label, "box": box, "absent": other.absent or None, **_where(case, other.picture)}
    )


def _where(case: Case, picture: int) -> dict[str, Any]:
    """The series and frame of a picture; nothing of those that go without saying."""
    series, frame = case.place_of(picture)
    return {"series": "" if series is case.series[0] else series.id, "frame": frame or None}


def _without_empty(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if value not in ("", None, [])}


def manifest_text(data: Any) -> str:
    """JSON for people: one key a line, short lists on one line, so that two versions compare line by line."""
    return _pretty(data, 0) + "\n"


def _pretty(value: Any, depth: int) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, dict | list) or not value:
        return json.dumps(value, ensure_ascii=False)
    flat = json.dumps(_whole_numbers(value), ensure_ascii=False)
    if isinstance(value, list) and len(flat) + 2 * depth < _LINE and not any(isinstance(one, dict) for one in value):
        return flat
    pad, end = "\n" + "  " * (depth + 1), "\n" + "  " * depth
    if isinstance(value, list):
        return "[" + ",".join(pad + _pretty(one, depth + 1) for one in value) + end + "]"
    rows = (f"{pad}{json.dumps(key, ensure_ascii=False)}: {_pretty(one, depth + 1)}" for key, one in value.items())
    return "{" + ",".join(rows) + end + "}"


def _whole_numbers(values: Any) -> Any:
    """12.0 as 12 in a list of numbers."""
    if not isinstance(values, list):
        return values
    return [int(one) if isinstance(one, float) and one.is_integer() else one for one in values]
