"""``python -m ssg cases import`` of pictures alone: DICOM, NIfTI, PNG and JPEG files, folders and archives of them."""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ssg.counting import counted
from ssg.errors import BadInput

if TYPE_CHECKING:
    from ssg.casebook.ingest import IngestReport
    from ssg.casebook.types import CaseSet

IMAGES = "images"
PICTURES = "pictures"
PICTURES_ARE = "DICOM, NIfTI, PNG or JPEG files, folders or zip archives of them, without annotations"


def are_pictures(files: Sequence[Path]) -> bool:
    """Whether files without a stated format are pictures: files that begin as one, folders and archives of no table."""
    from ssg.casebook.ingest.sources import is_archive
    from ssg.imaging import kind_of
    from ssg.imaging.refusals import Problem

    first = files[0]
    if first.is_dir():
        return not _are_annotations(files)
    try:
        with first.open("rb") as file:
            start = file.read(4096)
        if is_archive(start):
            return not _are_annotations(files)
        kind_of(start, volumes=True)
    except (OSError, Problem):
        return False
    return True


def _are_annotations(files: Sequence[Path]) -> bool:
    from ssg.casebook.imports.formats import importer_of

    try:
        importer_of("auto", files)
    except BadInput:
        return False
    return True


def id_of(out: Path) -> str:
    """The id of a set, from the name of its folder."""
    return re.sub(r"[^a-z0-9]+", "-", out.resolve().name.lower()).strip("-")[:64]


def take_pictures(arguments: argparse.Namespace) -> None:
    """Ingest, write the set, and print what became of the files."""
    from ssg.casebook.fields import IDENTIFIER
    from ssg.casebook.imports.labels import read_labels
    from ssg.casebook.ingest.alone import alone_in

    if not arguments.out:
        raise BadInput("Of pictures alone a set is made at once: give --out, where it is to be.")
    if not arguments.licence:
        raise BadInput("Pictures do not tell their licence: give --licence, such as CC-BY-4.0, or 'private'.")
    meanings = read_labels(arguments.labels) if arguments.labels else None
    name = arguments.id or id_of(arguments.out)
    if not IDENTIFIER.fullmatch(name):
        raise BadInput(f"'{name[:40]}' is no id of a set: give --id, such as chest-basics.")
    if arguments.report and not arguments.report.parent.is_dir():
        raise BadInput(f"{arguments.report.parent} is no folder: give --report a file in one.")
    with alone_in(arguments.out):
        report = _written(arguments, name, meanings)
    text = json.dumps(report.to_json(), indent=2, ensure_ascii=False)
    if arguments.report:
        arguments.report.write_text(text + "\n", encoding="utf-8")
    print(text if arguments.json else report.in_words())


def _written(arguments: argparse.Namespace, name: str, meanings: Mapping[str, str] | None) -> IngestReport:
    """Ingest and write the set, without anybody else at work in its folder."""
    from ssg.casebook.files import MANIFEST
    from ssg.casebook.ingest import Limits, ingest
    from ssg.casebook.ingest.cases import cases_of
    from ssg.casebook.ingest.covering import covered_studies
    from ssg.casebook.types import CaseSet
    from ssg.casebook.writing import write_manifest

    if (arguments.out / MANIFEST).exists():
        raise BadInput(f"{arguments.out} holds a case set: give --out a new folder.")
    begin = time.monotonic()
    limits = Limits(look_for_text=not arguments.no_text_search)
    found = ingest(arguments.files, arguments.out, limits, _shown)
    studies = found.studies
    if arguments.cover_text:
        studies = covered_studies(studies, arguments.out)
    # Not the names of the files: they may be those of patients.
    title = arguments.title or "Imported pictures"
    cases, marks = cases_of(studies, arguments.by, arguments.provenance or title, meanings)
    made = CaseSet(
        id=name,
        title=title,
        version="0.1.0",
        licence=arguments.licence,
        provenance=arguments.provenance or "Pictures of our own, without anything that names a patient.",
        reviewed=False,
        cases=tuple(cases[: arguments.limit]),
    )
    write_manifest(made, arguments.out)
    _remove_others(made, arguments.out)
    report = found.report
    seconds = time.monotonic() - begin
    unread = sum(not case.is_asked for case in made.cases)
    ask = "asks" if unread == 1 else "ask"
    cases_made = counted(len(made.cases), "case")
    report.notes.append(f"{cases_made}; {unread:,} {ask} nothing yet: draw and write them on the Build page.")
    report.notes += marks.labels_in_words() if marks.labels.counts else []
    report.notes.append(f"{report.frames_read / max(seconds, 1e-3):.1f} frames a second.")
    return report


def _remove_others(made: CaseSet, out: Path) -> None:
    """Remove pictures that no case has: of an import before this one that was given up, or beyond ``--limit``."""
    kept = {picture.file for case in made.cases for picture in case.pictures}
    for path in (out / IMAGES).glob("*.png"):
        if f"{IMAGES}/{path.name}" not in kept:
            path.unlink()


def _shown(step: str, done: int, count: int) -> None:
    if sys.stderr.isatty():
        line = f"{step} {done:,}/{count:,}"
        print(f"\r{line:60}", end="\n" if done == count else "", file=sys.stderr, flush=True)
