"""The numbers that boxes have in words: as on the image, those of each reader counted from 1."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ssg.casebook import Case
from ssg.errors import BadInput
from ssg.web.words_build import BUILD as W

TIED = re.compile(r"(?P<reader>.+?) #(?P<number>[0-9]{1,4}):\s*(?P<text>.+)")
"""A teaching point that is tied to a reader's region: "Ann #2: the fluid level"."""


def counts_of(case: Case) -> dict[str, int]:
    """How many regions each reader of a case has."""
    return {one.id: len(one.regions) for one in case.readers}


def place_of(counts: Mapping[str, int], reader: str, number: int, line: str) -> int:
    """The place, from 0, of the region that has a number; raises BadInput, naming the line, where none has it."""
    count = counts.get(reader, 0)
    if 0 < number <= count:
        return number - 1
    there = {0: W["no_boxes"], 1: W["its_box"].format(number=1)}.get(count, W["its_boxes"].format(first=1, last=count))
    raise BadInput(W["no_such_box"].format(line=line[:80], reader=reader, there=there, number=number))
