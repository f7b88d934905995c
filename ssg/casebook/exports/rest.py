"""What other formats cannot hold of a case set, kept beside them.

The places of regions and the pictures are the format's own. Everything else, texts and readers and what they exclude,
stands in ``ssg.json``, in which a region has a number in place of its box; the same number stands at its box in the
format. ``back.py`` puts a set together again from both.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from ssg.casebook.types import Case, CaseSet, Reader
from ssg.casebook.writing import to_manifest
from ssg.reward import Region
from ssg.whole import write_text

FILE = "ssg.json"
NUMBER = "number"


def numbered(case_set: CaseSet) -> Iterator[tuple[int, Case, Reader, Region]]:
    """Every region of every reader with its number, in the order of the manifest."""
    number = 0
    for case in case_set.cases:
        for reader in case.readers:
            for region in reader.regions:
                yield number, case, reader, region
                number += 1


def write_rest(case_set: CaseSet, folder: Path) -> None:
    """Write ``ssg.json``: the manifest with numbers in place of boxes."""
    manifest = to_manifest(case_set)
    number = 0
    for case in manifest["cases"]:
        for reader in case["readers"]:
            for region in reader["regions"]:
                del region["box"]
                region[NUMBER] = number
                number += 1
    write_text(folder / FILE, json.dumps(manifest, ensure_ascii=False, indent=1) + "\n")
