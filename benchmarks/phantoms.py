"""How many phantoms are drawn each second on one core.

    python -m benchmarks.phantoms --kind chest-ct --size 256 --count 300

Drawing alone, without writing files. Processor seconds are given beside the clock's, because they do not depend on what
else the machine does.
"""

from __future__ import annotations

import argparse
import os
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("NUMBA_NUM_THREADS", "1")

WARM_UP = 60
"""Phantoms drawn first, so that every finding's code is compiled or loaded."""


def main() -> None:
    """Draw and print."""
    from ssg.phantoms import KINDS, draw

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kind", choices=KINDS, default="chest-xray", help="what is drawn")
    parser.add_argument("--size", type=int, default=224, help="pixels a side")
    parser.add_argument("--count", type=int, default=300, help="phantoms drawn")
    arguments = parser.parse_args()
    for seed in range(WARM_UP):
        draw(arguments.kind, seed, size=arguments.size)
    clock, processor = time.perf_counter(), time.process_time()
    for seed in range(1000, 1000 + arguments.count):
        draw(arguments.kind, seed, size=arguments.size)
    clock, processor = time.perf_counter() - clock, time.process_time() - processor
    print(
        f"{arguments.count} phantoms ({arguments.kind}) of {arguments.size} px: "
        f"{arguments.count / clock:.0f} images/s by the clock, {arguments.count / processor:.0f} a processor second"
    )


if __name__ == "__main__":
    main()
