"""``python -m ssg phantom``: write synthetic radiographs with exact truth."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Flags of this command."""
    parser.add_argument("--seed", type=int, default=0, help="seed of the first image")
    parser.add_argument("--count", type=int, default=10, help="how many images")
    parser.add_argument("--size", type=int, default=512, help="pixels a side")
    parser.add_argument("--out", type=Path, required=True, help="folder for the images and annotations.json")


def main(arguments: argparse.Namespace) -> None:
    """Write the images and their list."""
    from ssg.phantoms import write_phantoms

    write_phantoms(arguments.seed, arguments.count, arguments.size, arguments.out)
    print(f"{arguments.count} images and annotations.json in {arguments.out}")
