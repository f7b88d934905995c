"""How many of the cases that are called similar share a finding: by the picture alone, beside chance.

``python -m benchmarks.similar [FOLDER...]`` looks at the bundled sets, or those of the folders. For each case that
shows something, the five cases of its modality are taken whose pictures are most alike. Of each embedding that could
be used the share of these is printed that shows one of the same findings; that of all cases of the modality is chance.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np

from ssg.casebook import load_case_sets
from ssg.casebook.shown import shown_pixels
from ssg.grounding.region_text import RegionText
from ssg.settings import BUNDLED_CASES
from ssg.store import Store
from ssg.teaching import Practice
from ssg.teaching.library import Entry, Library
from ssg.teaching.picture_kinds import group_of
from ssg.teaching.similar import like_picture

MOST = 5


def main() -> None:
    """Print a line for each embedding."""
    sets, problems = load_case_sets([Path(name) for name in sys.argv[1:]] or [BUNDLED_CASES])
    for problem in problems:
        print(problem)
    with tempfile.TemporaryDirectory() as folder:
        store = Store(f"sqlite:///{folder}/ssg.sqlite3")
        entries = list(Library(Practice(sets, store)).entries.values())
        store.close()
    encoder = RegionText.load()
    pixels = {one.name: shown_pixels(one.case_set, one.case) for one in entries}
    pooled = {name: encoder.embedding(seen) for name, seen in pixels.items()}
    patches = {name: encoder.encode(seen).mean for name, seen in pixels.items()}
    asked = [one for one in entries if not one.is_normal]
    print(f"{len(asked)} cases that show something, of {len(entries)}; shares a finding among the {MOST} most alike:")
    for title, vectors in (("pooled embedding of the whole image", pooled), ("mean of the patches", patches)):
        shares = [
            _share(
                one,
                [
                    like.entry
                    for like in like_picture(vectors[one.name], group_of(one.case.modality), rest, vectors, MOST)
                ],
            )
            for one in asked
            if (rest := _others(one, entries))
        ]
        print(f"  {title}: {np.mean(shares):.3f}")
    print(f"  chance: {np.mean([_share(one, _others(one, entries)) for one in asked]):.3f}")


def _others(entry: Entry, entries: list[Entry]) -> list[Entry]:
    return [one for one in entries if one.name != entry.name and one.case.modality == entry.case.modality]


def _share(entry: Entry, others: list[Entry]) -> float:
    return float(np.mean([bool(set(entry.case.present) & set(one.case.present)) for one in others]))


if __name__ == "__main__":
    main()
