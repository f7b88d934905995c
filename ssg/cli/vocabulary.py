"""``python -m ssg vocabulary``: list or search the findings that are known."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from ssg.cli.words import one_line


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Flags of this command."""
    parser.add_argument("query", nargs="?", default="", help="part of a name, a synonym or a group")
    parser.add_argument("--json", action="store_true", help="print JSON")


def main(arguments: argparse.Namespace) -> None:
    """Print the matching entries."""
    from ssg.vocabulary import listing, vocabulary

    rows: Any = listing(arguments.query)
    if arguments.json:
        print(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    if not rows:
        near = ", ".join(vocabulary().candidates(arguments.query, 3)) or "a shorter part of the name"
        print(f"ssg vocabulary: nothing matches '{one_line(arguments.query[:60])}': try {near}.", file=sys.stderr)
    for row in rows:
        print(f"{row['name']:32} {row['kind']:8} {row['group']:20} {', '.join(row['synonyms'][:5])}")
