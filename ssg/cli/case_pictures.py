"""``python -m ssg cases import`` of pictures alone: DICOM, NIfTI, PNG and JPEG files, folders and archives of them."""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ssg.counting import counted
from ssg.errors import BadInput

if TYPE_CHECKING:
    from ssg.casebook.ingest import IngestReport
    from ssg.casebook.types import Case

PICTURES = "pictures"
PICTURES_ARE = "DICOM, NIfTI, PNG or JPEG files, folders or zip archives of them, without annotations"


def are_pictures(files: Sequence[Path]) -> bool:
    """Whether files without a stated format are pictures: files that begin as one, folders and archives of no table.

    One of a kind that is not taken counts as well: why it is not is said where pictures are taken in.
    """
    from ssg.casebook.archives import is_archive
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
    except OSError:
        return False
    except Problem as problem:
        return problem.code in ("unsupported_format", "volume_in_two_files")
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


def add_kind(parser: argparse.ArgumentParser) -> None:
    """Flags that say what kind of images the cases have that do not say it."""
    from ssg.casebook.schema import rule_of

    known = rule_of("case", "modality")["enum"]
    parser.add_argument(
        "--modality", choices=known, metavar="CODE", help=f"of images that do not say it: {', '.join(known)}"
    )
    parser.add_argument("--view", help="of images that do not say it, such as PA")
    parser.add_argument("--body-part", help="of images that do not say it, DICOM's term, such as CHEST")
    parser.add_argument("--specialty", help="of cases that do not say it, such as chest")


def kind_given(arguments: argparse.Namespace) -> dict[str, str]:
    """What those flags say; raises BadInput for a text that is too long."""
    from ssg.casebook.kinds import KIND
    from ssg.casebook.schema import rule_of

    given = {name: getattr(arguments, name) or "" for name in KIND}
    for name, said in given.items():
        most = rule_of("case", name).get("maxLength", len(said))
        if len(said) > most:
            raise BadInput(f"--{name.replace('_', '-')} has {len(said)} letters: at most {most} are taken.")
    return given


def id_given(arguments: argparse.Namespace) -> str:
    """The id that the set shall have; raises BadInput for what is none."""
    from ssg.casebook.fields import IDENTIFIER

    name: str = arguments.id or id_of(arguments.out)
    if not IDENTIFIER.fullmatch(name):
        raise BadInput(f"'{name[:40]}' is no id of a set: give --id, such as chest-basics.")
    return name


def take_pictures(arguments: argparse.Namespace) -> None:
    """Ingest, write the set, and print what became of the files."""
    from ssg.casebook.imports.labels import read_labels
    from ssg.casebook.ingest.alone import alone_in

    if not arguments.out:
        raise BadInput("Of pictures alone a set is made at once: give --out, where it is to be.")
    if not arguments.licence:
        raise BadInput("Pictures do not tell their licence: give --licence, such as CC-BY-4.0, or 'private'.")
    meanings = read_labels(arguments.labels) if arguments.labels else None
    name, kind = id_given(arguments), kind_given(arguments)
    if arguments.report and not arguments.report.parent.is_dir():
        raise BadInput(f"{arguments.report.parent} is no folder: give --report a file in one.")
    with alone_in(arguments.out):
        report = _written(arguments, name, meanings, kind)
    text = json.dumps(report.to_json(), indent=2, ensure_ascii=False)
    if arguments.report:
        arguments.report.write_text(text + "\n", encoding="utf-8")
    print(text if arguments.json else report.in_words())


def _written(
    arguments: argparse.Namespace, name: str, meanings: Mapping[str, str] | None, kind: Mapping[str, str]
) -> IngestReport:
    """Ingest and write the set, without anybody else at work in its folder."""
    from ssg.casebook.files import MANIFEST
    from ssg.casebook.ingest import Limits, ingesting, own_pictures
    from ssg.casebook.ingest.cases import cases_of
    from ssg.casebook.ingest.covering import covered_studies
    from ssg.casebook.types import UNTOLD_ORIGIN, CaseSet
    from ssg.casebook.writing import write_manifest

    out = arguments.out
    if (out / MANIFEST).exists():
        raise BadInput(f"{out} holds a case set: give --out a new folder.")
    own_pictures(out).require_no_others()
    begin = time.monotonic()
    limits = Limits(look_for_text=not arguments.no_text_search)
    with ingesting(arguments.files, out, limits, _shown, meanings=meanings) as found:
        report = found.report
        if arguments.cover_text:
            report.take_covered(covered_studies(found.studies, found.own))
        # Not the names of the files: they may be those of patients.
        title = arguments.title or "Imported pictures"
        cases, marks = cases_of(report.studies, arguments.by, arguments.provenance or title, meanings)
        report.take_marks(marks)
        made = CaseSet(
            id=name,
            title=title,
            version="0.1.0",
            licence=arguments.licence,
            provenance=arguments.provenance or UNTOLD_ORIGIN,
            reviewed=False,
            cases=tuple(_of_kind(case, kind) for case in _some(cases, arguments.limit, report)),
        )
        write_manifest(made, out)
        found.own.remove_all_but(picture.file for case in made.cases for picture in case.pictures)
    seconds = time.monotonic() - begin
    unread = sum(not case.is_asked for case in made.cases)
    ask = "asks" if unread == 1 else "ask"
    cases_made = counted(len(made.cases), "case")
    report.notes.append(f"{cases_made}; {unread:,} {ask} nothing yet: draw and write them on the Build page.")
    report.notes.append(f"{report.frames_read / max(seconds, 1e-3):.1f} frames a second.")
    return report


def _of_kind(case: Case, kind: Mapping[str, str]) -> Case:
    from ssg.casebook.kinds import KIND, left_open

    more: dict[str, Any] = dict(left_open({name: getattr(case, name) for name in KIND}, kind))
    return replace(case, **more)


def _some(cases: Sequence[Case], limit: int | None, report: IngestReport) -> tuple[Case, ...]:
    """As many cases as are wanted, and as a set takes; the report says how many are left out."""
    from ssg.casebook.schema import SET, rule_of

    most = rule_of(SET, "cases")["maxItems"]
    kept = tuple(cases[: min(limit or most, most)])
    if len(kept) < len(cases):
        why = f"--limit {limit}" if len(kept) == limit else f"a set takes {most:,}: import the rest as another"
        left_out = counted(len(cases) - len(kept), "case")
        report.notes.append(f"{left_out} left out with the pictures ({why}).")
    return kept


def _shown(step: str, done: int, count: int) -> None:
    if sys.stderr.isatty():
        line = f"{step} {done:,}/{count:,}"
        print(f"\r{line:60}", end="\n" if done == count else "", file=sys.stderr, flush=True)
