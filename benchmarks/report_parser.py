"""How well reports are read: findings present, against the codes that experts gave to real reports.

    python benchmarks/report_parser.py --json
    python benchmarks/report_parser.py --even --json

3,955 chest X-ray reports with MeSH codes lie in the PyPI package torchxrayvision (``pip install --no-deps
torchxrayvision``; Demner-Fushman and others 2016, Open-i). Those of odd numbers were developed on; ``--even`` reads the
others. A report counts for a finding where one of its codes belongs to it (report_codes.py) and is read so where a
statement says that it is present; what is hedged does not count. Reports that were never coded are left out. ``side``
compares left and right of what is coded with them and read as present.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tarfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.report_codes import GROUPS, Group, sides_coded
from ssg.reports import ReportStatement, parse
from ssg.vocabulary import Presence, Side

ARCHIVE = "data/NLMCXR_reports.tgz"
NOT_CODED = "No Indexing"
SECTIONS = ("INDICATION", "FINDINGS", "IMPRESSION")


@dataclass(frozen=True, slots=True)
class CodedReport:
    """A report and its codes. ``number`` is the one in its file's name."""

    number: int
    text: str
    codes: tuple[str, ...]


@dataclass(slots=True)
class Tally:
    """Reports by whether a finding is coded and read; and of those of both, whether the sides agree."""

    right: int = 0
    invented: list[int] = field(default_factory=list)
    missed: list[int] = field(default_factory=list)
    sides: Counter[bool] = field(default_factory=Counter)

    def figures(self) -> dict[str, Any]:
        """Precision, recall, F1 (None where there is nothing to divide by) and counts."""
        found = _rates(self.right, len(self.invented), len(self.missed))
        named = sum(self.sides.values())
        side = {"named": named, "right": self.sides[True], "accuracy": _share(self.sides[True], named)}
        return found | {"coded": self.right + len(self.missed)} | ({"side": side} if named else {})


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--even", action="store_true", help="the reports of even numbers, which nobody developed on")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--errors", metavar="FINDING", help="print the numbers of the reports read otherwise")
    arguments = parser.parse_args()
    archive = reports_archive()
    if archive is None:
        parser.exit(2, "The reports are in torchxrayvision: pip install --no-deps torchxrayvision\n")
    if arguments.errors and arguments.errors not in GROUPS:
        parser.exit(2, f"--errors takes one of: {', '.join(GROUPS)}\n")
    tallies, count = measured(coded_reports(archive, is_even=arguments.even))
    figures = as_figures(tallies, count)
    if arguments.json:
        print(json.dumps(figures, indent=1))
    else:
        print(as_table(figures))
    if arguments.errors:
        wrong = tallies[arguments.errors]
        print(json.dumps({"invented": wrong.invented, "missed": wrong.missed}))


def reports_archive() -> Path | None:
    """The archive inside the installed package, found without importing it (which would load torchvision)."""
    found = find_spec("torchxrayvision")
    path = Path(found.origin).parent / ARCHIVE if found and found.origin else None
    return path if path is not None and path.is_file() else None


def coded_reports(archive: Path, is_even: bool) -> Iterator[CodedReport]:
    """The reports of even or odd numbers that were coded, in the order of the archive."""
    with tarfile.open(archive) as files:
        for entry in files:
            number = re.search(r"(\d+)\.xml$", entry.name)
            if number is None or (int(number[1]) % 2 == 0) != is_even:
                continue
            data = files.extractfile(entry)
            assert data is not None
            root = ElementTree.parse(data).getroot()  # noqa: S314 - an archive of a package that was installed
            codes = tuple((code.text or "").strip() for code in root.iter("major"))
            if not any(code.startswith(NOT_CODED) for code in codes):
                yield CodedReport(int(number[1]), _text(root), codes)


def _text(root: ElementTree.Element) -> str:
    sections = {part.get("Label", ""): part.text or "" for part in root.iter("AbstractText")}
    return "\n\n".join(f"{name}: {sections[name]}" for name in SECTIONS if sections.get(name))


def measured(reports: Iterator[CodedReport]) -> tuple[dict[str, Tally], int]:
    """A tally for each group, and how many reports there were."""
    tallies: dict[str, Tally] = defaultdict(Tally)
    count = 0
    for report in reports:
        count += 1
        present = [one for one in parse(report.text, "chest x-ray").statements if one.presence is Presence.PRESENT]
        for name, group in GROUPS.items():
            coded = [code for code in report.codes if group.is_coded(code)]
            said = [one for one in present if group.is_said(one, report.text[slice(*one.span)])]
            _count(tallies[name], group, report.number, coded, said)
    return tallies, count


def _count(tally: Tally, group: Group, number: int, coded: list[str], said: list[ReportStatement]) -> None:
    if coded and said:
        tally.right += 1
        if group.has_sides and (wanted := sides_coded(coded)) and (read := _sides(said)):
            tally.sides[wanted == read] += 1
    elif coded:
        tally.missed.append(number)
    elif said:
        tally.invented.append(number)


def _sides(said: list[ReportStatement]) -> set[str]:
    named = {one.side for one in said}
    both = {"left", "right"} if Side.BILATERAL in named else set()
    return both | {side.value for side in named if side in (Side.LEFT, Side.RIGHT)}


def as_figures(tallies: dict[str, Tally], count: int) -> dict[str, Any]:
    """The figures as they are printed; ``micro`` over all groups together."""
    every = list(tallies.values())
    micro = _rates(
        sum(one.right for one in every),
        sum(len(one.invented) for one in every),
        sum(len(one.missed) for one in every),
    )
    sides: Counter[bool] = sum((one.sides for one in every), Counter())
    named = sum(sides.values())
    side = {"named": named, "right": sides[True], "accuracy": _share(sides[True], named)}
    by_finding = {name: tally.figures() for name, tally in tallies.items()}
    return {"micro": micro, "side": side, "by_finding": by_finding, "reports": count}


def _rates(right: int, invented: int, missed: int) -> dict[str, float | None]:
    return {
        "precision": _share(right, right + invented),
        "recall": _share(right, right + missed),
        "f1": _share(2 * right, 2 * right + invented + missed),
    }


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def as_table(figures: dict[str, Any]) -> str:
    """The figures as Markdown."""
    lines = ["| finding | coded | precision | recall | F1 | side |", "| --- | --: | --: | --: | --: | --: |"]
    rows = {**figures["by_finding"], "all": figures["micro"] | {"side": figures["side"], "coded": ""}}
    for name, row in rows.items():
        rates = " | ".join(_shown(row[rate]) for rate in ("precision", "recall", "f1"))
        side = row.get("side")
        lines.append(f"| {name} | {row['coded']} | {rates} | {_shown(side['accuracy']) if side else ''} |")
    return "\n".join([*lines, "", f"{figures['reports']:,} reports"])


def _shown(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


if __name__ == "__main__":
    main()
