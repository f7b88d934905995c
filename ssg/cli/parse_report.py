"""``python -m ssg parse-report``: what a report in free text says of findings, sentence by sentence."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

from ssg.cli.files import file_path, name_of, naming, read_prose
from ssg.cli.words import printable
from ssg.reports import ParsedReport, ReportStatement, parse
from ssg.vocabulary import vocabulary

ALL_NORMAL = "    normal     all that is not named"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Flags of this command."""
    given = parser.add_mutually_exclusive_group(required=True)
    given.add_argument("--text", help="the report itself")
    given.add_argument(
        "--file", type=file_path, help="a text file that holds it, or - for standard input; spans count its characters"
    )
    parser.add_argument(
        "--modality", type=_modality, help="what was examined (chest x-ray, brain mr, ...); it decides between meanings"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def _modality(text: str) -> str:
    known = sorted({name for finding in vocabulary() for name in finding.modalities})
    name = " ".join(text.lower().split())
    if name not in known:
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is none of {', '.join(known)}")
    return name


def main(arguments: argparse.Namespace) -> None:
    """Print the statements of one report."""
    path: Path | None = arguments.file
    text: str = arguments.text if path is None else read_prose(path)
    with naming("--text" if path is None else name_of(path)):
        report = parse(text, arguments.modality)
    if arguments.json:
        print(json.dumps(report.to_json(), indent=2, ensure_ascii=False))
    else:
        print("\n".join(map(printable, in_words(report))))


def in_words(report: ParsedReport) -> Iterator[str]:
    """A report as a person reads it in a terminal: each sentence below its heading, with what it says."""
    section = ""
    for number, sentence in enumerate(report.sentences):
        if sentence.section != section:
            section = sentence.section
            yield section
        yield f"  {sentence.text}"
        yield from (f"    {_said(one)}" for one in report.of(number))
        if number in report.normal:
            yield ALL_NORMAL
    yield from report.notes


def _said(statement: ReportStatement) -> str:
    named = [statement.finding, *([statement.side.value] if statement.side else [])]
    details: list[str] = [statement.comparison] if statement.comparison else []
    if statement.others:
        details.append(f"or {', '.join(statement.others)}")
    return f"{statement.presence.value:10} {', '.join(named)}" + (f"  ({'; '.join(details)})" if details else "")
