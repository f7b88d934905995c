"""From a folder to a :class:`CaseSet`: what is cheap is checked at once, the pictures' content when asked for.

Reading looks at the manifest and at the first bytes of each image, so a large set opens in a moment.
:func:`check_images` also proves every checksum and decodes every picture.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path

from ssg.casebook.files import LARGEST_MANIFEST, MANIFEST, file_inside, read_bytes, read_size
from ssg.casebook.manifest import parse_manifest, read_manifest
from ssg.casebook.problems import InvalidCaseSet, Problem, Problems
from ssg.casebook.types import SINGLE, Case, CaseImage, CaseSet
from ssg.errors import BadInput


def read_case_set(folder: Path) -> CaseSet:
    """The case set of a folder; raises :class:`InvalidCaseSet` with every problem, each with its file and field."""
    folder = Path(folder)
    problems = Problems(folder / MANIFEST)
    text = _manifest_text(folder, problems)
    data = None if text is None else parse_manifest(text, problems)
    case_set = None
    if data is not None or not problems.count:
        case_set = read_manifest(data, problems, folder, lambda image, field: _compare(image, field, folder, problems))
    problems.raise_if_any()
    assert case_set is not None
    return case_set


def _manifest_text(folder: Path, problems: Problems) -> str | None:
    try:
        set_folders(folder, inside=False)
    except BadInput as error:
        problems.add("", str(error), folder)
        return None
    try:
        return read_bytes(file_inside(folder, MANIFEST), LARGEST_MANIFEST).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        problems.add("", f"this is not UTF-8 text (byte {error.start}): save it as UTF-8.")
    except BadInput as error:
        problems.add("", str(error))
    return None


def _compare(image: CaseImage, field: str, folder: Path, problems: Problems) -> None:
    """Note an image that is missing, is no PNG, or has another size than the one its boxes are measured in."""
    try:
        width, height = read_size(file_inside(folder, image.file))
    except BadInput as error:
        problems.add(f"{field}.file", str(error))
        return
    if (width, height) != (image.width, image.height):
        problems.add(
            field,
            f"{folder / image.file} has {width} × {height} pixels, the manifest says {image.width} × {image.height}: "
            "boxes are in pixels of this image.",
        )


def check_images(case_set: CaseSet, on_case: Callable[[int], None] | None = None) -> tuple[Problem, ...]:
    """Prove each image's checksum and decode it; ``on_case`` hears how many cases are done."""
    from ssg.imaging import open_image

    problems = Problems(case_set.image_path(case_set.cases[0]).parent)
    for done, case in enumerate(case_set.cases, start=1):
        problems.case = case.id
        for picture in range(len(case.pictures)):
            try:
                case_set.image_bytes(case, picture)
                open_image(case_set.image_path(case, picture))
            except BadInput as error:
                field = f"cases[{done - 1}].{field_of(case, picture)}"
                problems.add(field, str(error), case_set.image_path(case, picture))
        if on_case is not None:
            on_case(done)
    return problems.listed()


def field_of(case: Case, picture: int) -> str:
    """Where a picture stands in its case's row: "image", or "series[1].frames[7]"."""
    series, frame = case.place_of(picture)
    if len(case.series) == 1 and series.id == SINGLE:
        return SINGLE
    return f"series[{case.series.index(series)}].frames[{frame}]"


def load_case_sets(paths: Iterable[Path]) -> tuple[tuple[CaseSet, ...], tuple[Problem, ...]]:
    """Every usable set of folders that are, or that hold, case sets; and what is wrong with the others.

    Never raises for what it finds: a damaged set must not keep an app from its other sets. Of two sets with one id, the
    first counts.
    """
    sets: dict[str, CaseSet] = {}
    problems: list[Problem] = []
    for path in map(Path, paths):
        try:
            folders = set_folders(path)
        except BadInput as error:
            problems.append(Problem(path, "", str(error)))
            continue
        for folder in folders:
            try:
                found = read_case_set(folder)
            except InvalidCaseSet as error:
                problems += error.problems
                continue
            first = sets.setdefault(found.id, found)
            if first is not found and first.folder is not None and first.folder.resolve() != folder.resolve():
                message = f"the id {found.id!r} is that of the set in {first.folder}: give this set its own."
                problems.append(Problem(folder / MANIFEST, "id", message))
    return in_order(sets.values()), tuple(problems)


def in_order(sets: Iterable[CaseSet]) -> tuple[CaseSet, ...]:
    """Sets as they are offered: those of a lower ``order`` first, those of one order as they were found."""
    return tuple(sorted(sets, key=lambda one: one.order))


def set_folders(path: Path, inside: bool = True) -> list[Path]:
    """The folder itself where it is a case set, else (``inside``) its folders that are.

    Raises BadInput where there are none.
    """
    try:
        if os.path.lexists(path / MANIFEST):
            return [path]
        inner = sorted(child for child in path.iterdir() if inside and (child / MANIFEST).exists())
    except FileNotFoundError:
        raise BadInput("this folder does not exist: correct the path.") from None
    except NotADirectoryError:
        raise BadInput("this is a file: give the folder of a case set.") from None
    except (OSError, ValueError) as error:
        raise BadInput(f"this folder cannot be read ({error}): check its rights.") from None
    if not inner:
        raise BadInput(f"no case set is here: a case set is a folder with a {MANIFEST}.")
    return inner
