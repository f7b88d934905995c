"""``python -m ssg cases stats`` and ``diff``: what is in a set, and what changed from one version to the next."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING

from ssg.cli.case_folders import folders_of
from ssg.cli.files import file_path
from ssg.cli.progress import progress
from ssg.counting import counted
from ssg.errors import BadInput

if TYPE_CHECKING:
    from ssg.casebook.stats import Stats

MOST_GROUPS = 10
"""Groups of like pictures that are listed in words; all are in the JSON."""


def add_study(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Flags of both actions."""
    stats = actions.add_parser("stats", help="what is in a set: findings, sizes, readers' agreement, pictures twice")
    stats.add_argument("folder", type=file_path, metavar="FOLDER", help="a case set, or a zip file of one")
    stats.add_argument("--quick", action="store_true", help="do not look at the pictures")
    stats.add_argument("--html", type=file_path, help="also draw it, as a page of this name")
    stats.add_argument("--json", action="store_true", help="print JSON")
    diff = actions.add_parser("diff", help="compare two versions of a set")
    diff.add_argument("before", type=file_path, metavar="BEFORE", help="the earlier version: a folder or a zip file")
    diff.add_argument("after", type=file_path, metavar="AFTER", help="the later version: a folder or a zip file")
    diff.add_argument("--json", action="store_true", help="print JSON")


def run_stats(arguments: argparse.Namespace) -> None:
    """Count, and draw where that is asked for."""
    from ssg.casebook import read_case_set
    from ssg.casebook.charts import charts
    from ssg.casebook.stats import stats_of
    from ssg.whole import write_text

    if arguments.html and arguments.html.suffix.lower() != ".html":
        raise BadInput(f"--html names a page, such as stats.html, got {arguments.html}.")
    with folders_of([arguments.folder]) as (folder,):
        case_set = read_case_set(folder)
        found = stats_of(case_set, not arguments.quick, progress("pictures looked at", len(case_set.cases)))
    if arguments.html:
        try:
            write_text(arguments.html, charts(case_set.title, found))
        except OSError as error:
            raise BadInput(f"{arguments.html} cannot be written ({error.strerror}): give another place.") from None
    print(json.dumps(found.to_json(), indent=2, ensure_ascii=False) if arguments.json else in_words(found))


def in_words(found: Stats) -> str:
    """Counts as lines."""
    lines = [
        f"{counted(found.cases, 'case')}, {counted(found.pictures, 'picture')}, readers: {found.readers:,}; "
        f"nothing is marked in {found.nothing_marked:,}",
        f"modalities    {_counts(found.modalities)}",
        f"difficulty    {_counts(found.difficulties)}",
        f"{'finding':34}{'there':>7}{'not':>7}{'small':>8}{'medium':>8}{'large':>8}{'IoU':>8}{'kappa':>8}",
    ]
    for name, one in found.findings.items():
        sizes = "".join(f"{one.sizes[size]:>8,}" for size in one.sizes)
        lines.append(
            f"{name[:33]:34}{one.present:>7,}{one.absent:>7,}{sizes}{_figure(one.places)}{_figure(one.presence.kappa)}"
        )
    if found.without_a_name:
        lines.append(f"labels without a name in the vocabulary: {_counts(found.without_a_name)}")
    lines += [f"the same picture: {', '.join(group)}" for group in found.same[:MOST_GROUPS]]
    lines += [f"pictures look alike: {', '.join(group[:8])}" for group in found.alike[:MOST_GROUPS]]
    more = max(0, len(found.same) - MOST_GROUPS) + max(0, len(found.alike) - MOST_GROUPS)
    return "\n".join([*lines, *([f"and {more} such groups more (--json lists all)"] if more else [])])


def _counts(counted: dict[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counted.items()) or "none"


def _figure(value: float | None) -> str:
    return f"{'–':>8}" if value is None else f"{value:>8.2f}"


def run_diff(arguments: argparse.Namespace) -> None:
    """Compare, and say so where nothing changed."""
    from ssg.casebook import read_case_set
    from ssg.casebook.comparing import changes

    with folders_of([arguments.before, arguments.after]) as folders:
        before, after = map(read_case_set, folders)
        found = changes(before, after)
    if arguments.json:
        print(json.dumps([change.to_json() for change in found], indent=2, ensure_ascii=False))
        return
    print("\n".join(map(str, found)) or "Nothing differs.")
