"""``python -m ssg cases``: validate, list, draw or import case sets."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ssg.cli import case_export, case_hub, case_import, case_study, case_verdicts
from ssg.cli.case_folders import Given, each_of
from ssg.cli.files import file_path
from ssg.cli.phantom import require_seed
from ssg.cli.progress import progress
from ssg.counting import counted
from ssg.errors import BadInput

if TYPE_CHECKING:
    from ssg.casebook import CaseSet, Problem

MOST_SYNTHETIC = 20_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Flags of this command."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    validate = actions.add_parser("validate", help="check folders: every problem at once, with file and field")
    validate.add_argument(
        "folders", nargs="+", type=file_path, metavar="FOLDER", help="a set (a zip file too), or a folder of sets"
    )
    validate.add_argument("--quick", action="store_true", help="leave out checksums and decoding of the images")
    validate.add_argument("--json", action="store_true", help="print JSON")
    listed = actions.add_parser("list", help="list the sets that the app finds")
    listed.add_argument("folders", nargs="*", type=file_path, metavar="FOLDER", help="in place of SSG_CASE_SETS")
    listed.add_argument("--json", action="store_true", help="print JSON")
    synth = actions.add_parser("synth", help="draw a set of synthetic radiographs with exact truth")
    synth.add_argument("--recipe", type=file_path, help="TOML file that says which cases and which words")
    synth.add_argument("--seed", type=int, default=0, help="seed of the first image, without a recipe")
    synth.add_argument("--count", type=int, default=10, help="how many cases, without a recipe")
    synth.add_argument("--size", type=int, default=768, help="pixels a side, without a recipe")
    synth.add_argument(
        "--out", type=file_path, required=True, help="folder of the set; one that was drawn into it before is replaced"
    )
    case_import.add_import(actions)
    case_export.add_export(actions)
    case_hub.add_hub(actions)
    case_study.add_study(actions)
    case_verdicts.add_verdicts(actions)


def main(arguments: argparse.Namespace) -> None:
    """Run one action."""
    ACTIONS[arguments.action](arguments)


def _validate(arguments: argparse.Namespace) -> None:
    with each_of(arguments.folders) as given:
        _validate_given(arguments, given)


def _validate_given(arguments: argparse.Namespace, given: Given) -> None:
    from ssg.casebook import check_images, load_case_sets
    from ssg.casebook.advice import advice, together

    sets, problems = load_case_sets(given.folders)
    found = [*given.problems, *map(given.as_given, problems)]
    for one in sets if not arguments.quick else ():
        found += map(given.as_given, check_images(one, progress(f"{one.id}: images", len(one.cases))))
    notes = {one.id: advice(one) for one in sets}
    if arguments.json:
        rows = [{**_row(one), "folder": given.name_of(one.folder)} for one in sets]
        _print({"sets": rows, "problems": [_as_json(one) for one in found], "advice": notes})
    else:
        for problem in found:
            print(problem)
        for one in sets:
            print("\n".join([_words(one), *(f"  advice: {note}" for note in together(notes[one.id], named=True))]))
    if found:
        raise BadInput(f"{len(found)} problem{'s' * (len(found) > 1)}, listed above: correct and validate again.")


def _list(arguments: argparse.Namespace) -> None:
    from ssg.casebook import load_case_sets
    from ssg.settings import Settings

    sets, problems = load_case_sets(arguments.folders or Settings.load().case_sets)
    if arguments.json:
        _print({"sets": [_row(one) for one in sets], "problems": [_as_json(one) for one in problems]})
        return
    for one in sets:
        print(_words(one))
    if not sets:
        reason = f" ({'; '.join(map(str, problems))})" if problems else ""
        raise BadInput(f"no case set is found{reason}: set SSG_CASE_SETS to a folder that holds one, or name a folder.")
    for problem in problems:
        print(f"left out: {problem}", file=sys.stderr)


def _synth(arguments: argparse.Namespace) -> None:
    from ssg.casebook import InvalidCaseSet, read_case_set, write_case_set
    from ssg.casebook.recipe import read_recipe
    from ssg.casebook.synth import from_recipe, from_seeds

    try:
        before = read_case_set(arguments.out)
    except InvalidCaseSet:
        before = None
    _require_drawn(arguments.out, before)
    if arguments.recipe:
        recipe = read_recipe(arguments.recipe)
        made = from_recipe(recipe, before, progress("cases drawn", len(recipe.cases)))
    else:
        if not 1 <= arguments.count <= MOST_SYNTHETIC:
            raise BadInput(f"--count must be 1 to {MOST_SYNTHETIC:,}, got {arguments.count}.")
        require_seed(arguments.seed)
        made = from_seeds(arguments.seed, arguments.count, arguments.size, progress("cases drawn", arguments.count))
    written = write_case_set(made.case_set, arguments.out, made.images)
    for note in made.notes:
        print(note)
    megabytes = sum(map(len, made.images.values())) / 2**20
    print(f"{_words(written)} in {arguments.out}, images {megabytes:.1f} MiB")


def _require_drawn(out: Path, before: CaseSet | None) -> None:
    """Raise BadInput where a folder holds anything that was not drawn by this command: it would be written over."""
    from ssg.casebook.synth import READER

    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return
    by_people = before is not None and any(reader.id != READER for case in before.cases for reader in case.readers)
    if before is None or by_people or not before.synthetic:
        what = "something else than a set" if before is None else "a set that was not drawn so"
        raise BadInput(f"{out} holds {what}, which would be lost: give --out a new or empty folder.")


def _words(one: CaseSet) -> str:
    row = _row(one)
    reviewed = "reviewed by a clinician" if one.reviewed else "no clinician has reviewed it"
    drawn = ", synthetic images" if one.synthetic else ""
    return (
        f"{one.id} {one.version}: {one.title}, {counted(row['cases'], 'case')}, "
        f"{row['nothing_marked']:,} with nothing marked, {one.licence}, {reviewed}{drawn}"
    )


def _row(one: CaseSet) -> dict[str, Any]:
    return {
        "id": one.id,
        "version": one.version,
        "title": one.title,
        "cases": len(one.cases),
        "nothing_marked": sum(not case.present for case in one.cases),
        "licence": one.licence,
        "reviewed": one.reviewed,
        "synthetic": one.synthetic,
        "folder": str(one.folder),
    }


def _as_json(problem: Problem) -> dict[str, str]:
    return {"file": str(problem.file), "field": problem.field, "case": problem.case, "message": problem.message}


def _print(value: object) -> None:
    print(json.dumps(value, indent=2, ensure_ascii=False))


ACTIONS = {
    "validate": _validate,
    "list": _list,
    "synth": _synth,
    "import": case_import.run,
    "export": case_export.run,
    "push": case_hub.run_push,
    "pull": case_hub.run_pull,
    "stats": case_study.run_stats,
    "diff": case_study.run_diff,
    "verdicts": case_verdicts.run,
}
