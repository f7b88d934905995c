"""``python -m ssg cases import``: annotations of other formats, with their pictures, as a case set."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from ssg.cli.case_annotations import Annotations, annotations_of
from ssg.cli.case_pictures import PICTURES, PICTURES_ARE, add_kind, id_given, kind_given, take_pictures
from ssg.cli.files import file_path
from ssg.cli.progress import progress
from ssg.counting import counted
from ssg.errors import BadInput

if TYPE_CHECKING:
    from ssg.casebook.imports.making import Wanted

ALONE = "--format pictures takes its pictures alone, without anything that is marked."
"""What is added where pictures are refused since something is marked on them."""

MOST_CHANGES = 50
"""Lines of what was changed in an export since it was written."""


def add_import(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Flags of this action."""
    from ssg.casebook.imports.formats import AUTOMATIC, FORMATS
    from ssg.casebook.ingest.cases import BY

    told = "\n".join(f"  {name:14}{what}" for name, what in {**FORMATS, PICTURES: PICTURES_ARE}.items())
    parser = actions.add_parser(
        "import",
        help="make a set of annotations of another format and their pictures, or of pictures alone",
        description="Make a case set of annotations of another format and their pictures; without --out only say "
        "what the annotations hold.\nOf pictures alone (DICOM, NIfTI, PNG, JPEG, folders and zip archives of them) it "
        f"makes cases that nobody has read yet, without anything that names a patient.\n\nformats:\n{told}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "files",
        nargs="+",
        type=file_path,
        metavar="FILE",
        help="annotations, or pictures, or folders or zip archives of one or both",
    )
    parser.add_argument(
        "--format", choices=(AUTOMATIC, *FORMATS, PICTURES), default=AUTOMATIC, help="format of the annotations"
    )
    parser.add_argument(
        "--images",
        nargs="+",
        type=file_path,
        default=[],
        help="folders of the pictures, where they are not in the folder or archive of the annotations",
    )
    parser.add_argument("--out", type=file_path, help="folder of the new set; an import that was cut off goes on")
    parser.add_argument("--labels", type=file_path, help="CSV of label,finding for labels that have no name here")
    parser.add_argument("--id", help="id of the set (the name of its folder)")
    parser.add_argument("--title", help="title of the set")
    parser.add_argument("--licence", help="licence of the pictures, where the format does not tell it")
    parser.add_argument("--provenance", help="where the pictures are from, in place of the format's own words")
    add_kind(parser)
    parser.add_argument("--limit", type=int, help="only so many pictures")
    parser.add_argument("--longest", type=int, help="make pictures smaller whose longest side has more pixels")
    parser.add_argument("--eight-bit", action="store_true", help="store pictures as they are shown, in 8 bits")
    parser.add_argument("--by", choices=BY, default=BY[0], help="of pictures alone: what a case is made of (study)")
    parser.add_argument(
        "--no-text-search", action="store_true", help="of pictures alone: do not look for burned-in text"
    )
    parser.add_argument(
        "--cover-text", action="store_true", help="of pictures alone: cover burned-in text that is found"
    )
    parser.add_argument("--report", type=file_path, help="also write the report to this file, as JSON")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")


def run(arguments: argparse.Namespace) -> None:
    """Read, and make the set where pictures are given."""
    from ssg.casebook.imports.formats import AUTOMATIC
    from ssg.casebook.ingest.sources import require_there

    for name in ("limit", "longest"):
        if getattr(arguments, name) is not None and getattr(arguments, name) < 1:
            raise BadInput(f"--{name} must be at least 1, got {getattr(arguments, name)}.")
    for path in arguments.files:
        require_there(path)
    if _brought_back(arguments):
        return
    if arguments.format == AUTOMATIC:
        for path in arguments.files:
            _require_not_ours(path, arguments.out)
    if arguments.format == PICTURES:
        take_pictures(arguments)
        return
    with annotations_of(arguments.files, arguments.format) as found:
        if found is not None:
            _take(arguments, found)
            return
    take_pictures(arguments)


def _take(arguments: argparse.Namespace, found: Annotations) -> None:
    """Read annotations, and make the set where its place is given."""
    from ssg.casebook.imports.formats import importer_of
    from ssg.casebook.imports.image_files import ImageFiles
    from ssg.casebook.imports.labels import Labels, read_labels
    from ssg.casebook.imports.making import make_case_set
    from ssg.casebook.imports.report import Report

    importer = importer_of(found.form, found.files)
    images = arguments.images or found.images
    if bool(arguments.out) != bool(images if arguments.out else arguments.images):
        raise BadInput("--images and --out belong together: where the pictures are, and where the set is to be.")
    reading = importer.read(found.files)
    labels = Labels(reading.origin.kind, read_labels(arguments.labels) if arguments.labels else None)
    if arguments.limit:
        reading.pictures = dict(list(reading.pictures.items())[: arguments.limit])
    reading.notes += found.notes
    if not arguments.out:
        report = Report(reading, labels)
        report.require_accounted()
        for picture in reading.pictures.values():
            for mark in picture.marks:
                labels.meaning(mark.label)
        report.notes.append(f"Nothing was written: give {'' if images else '--images and '}--out to make a set.")
    else:
        wanted = _wanted(arguments, reading.origin.licence, reading.origin.name, reading.origin.citation)
        begin = time.monotonic()
        shown = progress("pictures", len(reading.pictures))
        _, report = make_case_set(reading, labels, wanted, ImageFiles(images), arguments.out, shown)
        seconds = time.monotonic() - begin
        report.notes.append(f"{len(reading.pictures) / max(seconds, 1e-3):.1f} pictures a second.")
    text = json.dumps(report.to_json(), indent=2, ensure_ascii=False)
    if arguments.report:
        arguments.report.write_text(text + "\n", encoding="utf-8")
    print(text if arguments.json else report.in_words())


def _brought_back(arguments: argparse.Namespace) -> bool:
    """Make a set of an export of SSG again, where that is what is given: its texts are in it as well."""
    from ssg.casebook.exports.formats import exported_here, read_back
    from ssg.casebook.zipped import is_zipped_set, unzip_set

    if is_zipped_set(arguments.files[0]):
        if not arguments.out:
            raise BadInput(f"{arguments.files[0]} is a case set in a zip file: give --out, where the set is to be.")
        made = unzip_set(arguments.files[0], arguments.out)
        print(f"{arguments.out}: {counted(len(made.cases), 'case')}, as they were packed")
        return True
    with _unpacked(arguments.files[0]) as place:
        folder = exported_here(place)
        if folder is None:
            return False
        if not arguments.out:
            given = arguments.files[0]
            raise BadInput(f"{given} is an export of SSG, with all its texts: give --out, where the set is to be.")
        if arguments.out.exists() and any(arguments.out.iterdir()):
            raise BadInput(f"{arguments.out} is there already: give --out a new or empty folder.")
        back = read_back(folder, arguments.out)
    cases = counted(len(back.case_set.cases), "case")
    print(f"{arguments.out}: {cases}, as they were exported, with the boxes as they are now")
    for line in back.changed[:MOST_CHANGES]:
        print(f"changed   {line}")
    if len(back.changed) > MOST_CHANGES:
        print(
            f"changed   and {len(back.changed) - MOST_CHANGES:,} more; `cases diff` lists all against the set of before"
        )
    return True


@contextmanager
def _unpacked(path: Path) -> Iterator[Path]:
    """The path, or the folder that a zip file of an export was unpacked to for as long as it is read."""
    from ssg.casebook.exports.formats import zipped_export
    from ssg.casebook.ingest import Limits
    from ssg.casebook.ingest.laying import lay_down

    root = zipped_export(path)
    if root is None:
        yield path
        return
    with TemporaryDirectory(prefix="ssg-export-") as place:
        refused = lay_down([path], Path(place, "laid"), Limits())
        if refused.counts:
            told = "; ".join(f"{names[0]}: {why}" for why, names in refused.examples.items())
            raise BadInput(f"{path} cannot be taken whole ({told}): export it again.")
        yield Path(place, "laid", root)


def _require_not_ours(path: Path, out: Path | None) -> None:
    """Refuse what is a case set already, or its CSV tables: taken for pictures it would lose all that is marked."""
    from ssg.casebook.exports.formats import is_table, is_zipped_table, set_here
    from ssg.casebook.exports.table import REGIONS

    folder = set_here(path)
    if folder is not None and not (out and out.resolve() == folder.resolve()):
        raise BadInput(
            f"{folder} is a case set of SSG already: `python -m ssg cases validate {folder}` checks it, and "
            f"SSG_CASE_SETS={folder} shows it. {ALONE}"
        )
    if is_table(path):
        raise BadInput(
            f"{path} is a CSV export of SSG: `python -m ssg cases import {path / REGIONS} --images {path} --out FOLDER "
            "--licence LICENCE` makes a set of its regions; texts come back from an export to zip, coco or yolo. "
            f"{ALONE}"
        )
    if is_zipped_table(path):
        raise BadInput(
            f"{path} is a CSV export of SSG in a zip file: unpack it, and `python -m ssg cases import {REGIONS} "
            "--images FOLDER --out OTHER --licence LICENCE` makes a set of its regions; texts come back from an export "
            f"to zip, coco or yolo. {ALONE}"
        )


def _wanted(arguments: argparse.Namespace, licence: str, name: str, citation: str) -> Wanted:
    from ssg.casebook.imports.making import Wanted

    if not (arguments.licence or licence):
        raise BadInput("This format does not tell the licence of the pictures: give --licence.")
    given = ", ".join(path.name for path in arguments.files)
    return Wanted(
        id=id_given(arguments),
        title=arguments.title or f"Imported: {name}"[:200],
        licence=arguments.licence or licence,
        provenance=arguments.provenance or f"Pictures and boxes: {name}. Imported from {given}.",
        citation=citation,
        longest=arguments.longest,
        eight_bit=arguments.eight_bit,
        kind=kind_given(arguments),
    )
