"""Is the teaching sound? Whether the scoring tells readers from novices, and what choosing the next case is worth.

    python benchmarks/teaching.py --json

``validity``: radiologists of VinDr-CXR and graded novices over the Practise scoring (benchmarks/novices.py), null
where its table is not installed (``pip install --no-deps torchxrayvision``). ``adaptive``: simulated students with
known skills (benchmarks/students.py), whose mastery is measured by chosen and by random cases of the bundled sets:
the share of cases that choosing needs for the same precision. Fails where a bar is not reached. Minutes on two cores.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.novices import validity
from benchmarks.students import KINDS, Curves, Run, bundled, one_student
from ssg.errors import BadInput

LEAST_AUC = 0.99
MOST_SHARE = 0.60
RANDOM_CASES = 60
"""Random cases whose precision is to be reached: half of what is bundled."""


def main() -> int:
    """Measure, print, and fail where a bar is not reached."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=100, help="readers, and novices of each grade, for each seed")
    parser.add_argument("--students", type=int, default=100, help="simulated students of each kind, for each seed")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    figures = {
        "validity": _validity(arguments.people, arguments.seeds),
        "adaptive": adaptive(arguments.students, arguments.seeds, arguments.workers),
    }
    broken = _broken(figures)
    print(json.dumps(figures, indent=2) if arguments.json else _in_words(figures))
    for line in broken:
        print(line, file=sys.stderr)
    return 1 if broken else 0


def _validity(people: int, seeds: Sequence[int]) -> dict[str, Any] | None:
    try:
        return validity(people, seeds)
    except BadInput as error:
        print(error, file=sys.stderr)
        return None


def adaptive(students: int, seeds: Sequence[int], workers: int = 1, cases: int = RANDOM_CASES) -> dict[str, Any]:
    """The share of cases that choosing needs, of each kind of student: those who learn only later, and at once.

    Of students who learn at once, also how much they know after so many cases: choosing must not cost teaching.
    """
    candidates = bundled()
    found: dict[str, Any] = {"cases_to_choose_from": len(candidates), "seeds": list(seeds)}
    with ProcessPoolExecutor(workers) as pool:
        for learns in (False, True):
            for kind in KINDS:
                runs = [Run(kind, seed, number, cases, learns) for seed in seeds for number in range(students)]
                rows = np.array(list(pool.map(one_student, runs, chunksize=4)))
                curves = Curves(rows[:, 0, 0], rows[:, 1, 0])
                made = curves.summary(cases, seeds[0])
                made["share_by_seed"] = [
                    round(curves.part(at * students, (at + 1) * students).needed(cases) / cases, 4)
                    for at in range(len(seeds))
                ]
                if learns:
                    made |= {"known_before": _mean(rows[:, 0, 1, 0]), "known_by_chosen": _mean(rows[:, 0, 1, -1])}
                    made["known_by_random"] = _mean(rows[:, 1, 1, -1])
                found[f"{kind}, {'learning at once' if learns else 'learning later'}"] = made
    return found


def _mean(values: np.ndarray) -> float:
    return round(float(values.mean()), 4)


def _broken(figures: dict[str, Any]) -> list[str]:
    lines = []
    valid = figures["validity"]
    if valid and valid["auc"] < LEAST_AUC:
        lines.append(f"validity: AUC {valid['auc']:.4f} from the grade {valid['claimed_from']!r} on: below {LEAST_AUC}")
    if valid and not valid["means_in_order"]:
        lines.append("validity: the mean marks do not order the grades")
    for name, made in figures["adaptive"].items():
        if isinstance(made, dict) and made["share"] > MOST_SHARE:
            lines.append(f"adaptive, {name}: {made['share']:.0%} of the cases of random choice, more than 60%")
    return lines


def _in_words(figures: dict[str, Any]) -> str:
    lines = []
    if figures["validity"]:
        lines.append(f"readers: mean mark {figures['validity']['reader']['mean_mark']:.3f}")
        lines += [
            f"  {name:14} mean mark {made['mean_mark']:.3f}   AUC {made['auc']:.4f}"
            for name, made in figures["validity"]["grades"].items()
        ]
    for name, made in figures["adaptive"].items():
        if isinstance(made, dict):
            low, high = made["interval"]
            lines.append(f"{name}: {made['share']:.0%} of the cases (95 % interval {low:.0%} to {high:.0%})")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
