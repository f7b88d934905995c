"""``python -m ssg settings``: every setting, its source and its meaning."""

from __future__ import annotations

import argparse
import json

from ssg.cli.words import printable
from ssg.settings import Settings, describe


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Flags of this command."""
    parser.add_argument("--json", action="store_true", help="print JSON")


def main(arguments: argparse.Namespace) -> None:
    """Print the settings; secrets are masked."""
    rows = describe(Settings.load())
    if arguments.json:
        print(json.dumps(rows, indent=2))
        return
    for row in rows:
        print(printable(f"{row['name']:24} {row['value']!s:32} {row['source']:12} {row['meaning']}"))
