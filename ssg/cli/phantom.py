"""``python -m ssg phantom``: write synthetic images with exact truth."""

from __future__ import annotations

import argparse

from ssg.cli.files import file_path
from ssg.cli.words import printable
from ssg.errors import BadInput

LARGEST_SEED = 2**32 - 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Flags of this command."""
    parser.add_argument("--seed", type=int, default=0, help="seed of the first image")
    parser.add_argument("--count", type=int, default=10, help="how many images")
    parser.add_argument("--kind", default="chest-xray", help="chest-xray, chest-ct or brain-mr")
    parser.add_argument("--site", action="append", default=[], help="only of this site; may be given several times")
    parser.add_argument(
        "--held-out", action="store_true", help="only of the sites that no policy of this project is trained on"
    )
    parser.add_argument(
        "--trained", action="store_true", help="only of the sites that policies of this project may be trained on"
    )
    parser.add_argument("--severity", type=float, help="of all findings: 0 subtle to 1 gross")
    parser.add_argument("--size", type=int, default=512, help="pixels a side")
    parser.add_argument("--out", type=file_path, required=True, help="folder for the images and annotations.json")


def main(arguments: argparse.Namespace) -> None:
    """Write the images and their list."""
    from ssg.phantoms import kind_of, write_phantoms

    require_seed(arguments.seed)
    if arguments.seed + arguments.count - 1 > LARGEST_SEED >= arguments.count:
        raise BadInput(f"--seed {arguments.seed} with --count {arguments.count} goes beyond seed {LARGEST_SEED}.")
    if arguments.trained and (arguments.held_out or arguments.site):
        raise BadInput("--trained says which sites: give it without --held-out and --site.")
    kind = kind_of(arguments.kind)
    sites = [*arguments.site, *(kind.held_out_sites if arguments.held_out else ())]
    sites += kind.training_sites if arguments.trained else ()
    write_phantoms(
        arguments.seed, arguments.count, arguments.size, arguments.out, arguments.kind, sites, arguments.severity
    )
    print(f"{arguments.count} images and annotations.json in {printable(str(arguments.out))}")


def require_seed(seed: int) -> None:
    """Raise BadInput for a seed that images are not drawn from."""
    if not 0 <= seed <= LARGEST_SEED:
        raise BadInput(f"--seed must be 0 to {LARGEST_SEED}, got {seed}.")
