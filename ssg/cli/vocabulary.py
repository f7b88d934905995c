"""``python -m ssg vocabulary``: list or search the findings that are known."""

from __future__ import annotations

import argparse
import json


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Flags of this command."""
    parser.add_argument("query", nargs="?", default="", help="part of a name, a synonym or a group")
    parser.add_argument("--json", action="store_true", help="print JSON")


def main(arguments: argparse.Namespace) -> None:
    """Print the matching entries."""
    from ssg.vocabulary import listing

    rows = listing(arguments.query)
    if arguments.json:
        print(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    for row in rows:
        print(f"{row['name']:32} {row['kind']:8} {row['group']:20} {', '.join(row['synonyms'][:5])}")
