"""``python -m ssg cases push`` and ``pull``: case sets to the Hugging Face Hub and from it."""

from __future__ import annotations

import argparse

from ssg.cli.case_folders import folders_of
from ssg.cli.files import file_path
from ssg.counting import counted


def add_hub(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Flags of both actions."""
    push = actions.add_parser("push", help="push a set to the Hugging Face Hub, as a data set")
    push.add_argument("folder", type=file_path, metavar="FOLDER", help="a case set, or a zip file of one")
    push.add_argument("name", metavar="OWNER/NAME", help="data set on the Hub; made where there is none")
    push.add_argument("--private", action="store_true", help="make it private")
    push.add_argument("--revision", default="", help="branch to push to (main)")
    push.add_argument("--message", default="", help="message of the commit")
    pull = actions.add_parser("pull", help="pull a set from the Hugging Face Hub")
    pull.add_argument("name", metavar="OWNER/NAME", help="data set on the Hub")
    pull.add_argument(
        "--out", type=file_path, required=True, help="folder of the set; an earlier pull of it is renewed"
    )
    pull.add_argument("--revision", default="", help="branch, tag or commit (main)")


def run_push(arguments: argparse.Namespace) -> None:
    """Push and say where it is."""
    from ssg.casebook.hub_sets import push_set

    with folders_of([arguments.folder]) as (folder,):
        address = push_set(folder, arguments.name, arguments.private, arguments.revision, arguments.message)
    print(f"Pushed: {address}")


def run_pull(arguments: argparse.Namespace) -> None:
    """Pull, prove, and say what it is."""
    from ssg.casebook.hub_sets import pull_set

    case_set, commit = pull_set(arguments.name, arguments.out, arguments.revision)
    cases = counted(len(case_set.cases), "case")
    print(f"{arguments.out}: {case_set.title}, version {case_set.version}, {cases}; commit {commit}")
