"""``python -m ssg cases export``: a case set in another format."""

from __future__ import annotations

import argparse

from ssg.cli.case_folders import folders_of
from ssg.cli.files import file_path
from ssg.counting import counted


def add_export(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Flags of this action."""
    from ssg.casebook.exports.formats import WRITERS, ZIP

    forms = (*WRITERS, ZIP)
    parser = actions.add_parser("export", help=f"write a set in another format ({', '.join(forms)})")
    parser.add_argument("folder", type=file_path, metavar="FOLDER", help="a case set, or a zip file of one")
    parser.add_argument("--format", choices=forms, required=True, help="what to write")
    parser.add_argument("--out", type=file_path, required=True, help="a new or empty folder; for zip a new file")


def run(arguments: argparse.Namespace) -> None:
    """Write it and say what was written."""
    from ssg.casebook import read_case_set
    from ssg.casebook.exports.formats import export

    with folders_of([arguments.folder]) as (folder,):
        case_set = read_case_set(folder)
        export(case_set, arguments.format, arguments.out)
    pictures = counted(sum(len(case.pictures) for case in case_set.cases), "picture")
    print(f"{arguments.out}: {counted(len(case_set.cases), 'case')}, {pictures}, {arguments.format}")
