"""``python -m ssg cases verdicts``: what instructors made of the policy's proposals, for the reward's training."""

from __future__ import annotations

import argparse
import json
from collections import Counter

from ssg.cli.files import file_path


def add_verdicts(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Flags of this action."""
    parser = actions.add_parser(
        "verdicts",
        help="write instructors' verdicts on proposals as JSON lines, for `python -m training reward_model --verdicts`",
    )
    parser.add_argument("--out", type=file_path, required=True, help="file to write")
    parser.add_argument("--set", default=None, metavar="ID", help="only those on one set")


def run(arguments: argparse.Namespace) -> None:
    """Read the database that the settings name, write the file, and say what is in it."""
    from ssg.errors import BadInput
    from ssg.settings import Settings
    from ssg.store import Store
    from ssg.teaching.proposing import training_verdicts
    from ssg.whole import write_text

    with Store(Settings.load().database_url) as store:
        given = store.workshop.verdicts(arguments.set)
    if not given:
        where = f" on the set {arguments.set}" if arguments.set else ""
        raise BadInput(f"There are no verdicts{where} yet: instructors give them on Build, by “Propose” on a case.")
    lines = [json.dumps(one.to_json(), ensure_ascii=False) for row in given for one in training_verdicts(row)]
    try:
        write_text(arguments.out, "".join(f"{line}\n" for line in lines))
    except OSError as error:
        raise BadInput(f"{arguments.out} cannot be written ({error.strerror or error}): give another --out.") from None
    kinds = Counter(str(row.verdict.get("kind")) for row in given)
    told = ", ".join(f"{count:,} {kind}" for kind, count in kinds.items())
    print(f"{arguments.out}: {len(lines):,} lines of {len(given):,} verdicts ({told})")
