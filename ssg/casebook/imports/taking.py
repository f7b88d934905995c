"""What the formats of many sources have in common: labels that are none, and rows that are kept or refused."""

from __future__ import annotations

import functools
from dataclasses import replace
from pathlib import Path

from ssg.casebook.imports.marks import Mark, Origin, Reading, Size
from ssg.casebook.imports.values import plain
from ssg.vocabulary.forms import key, words_table

FINDING, NORMAL, NOTHING = "finding", "normal", "nothing"
UNSAID = ("unchanged", "exclude", "suboptimal study", "no lung opacity / not normal")
"""Labels that the vocabulary counts as none, and that do not say that nothing is there."""


def any_origin(path: Path, form: str) -> Origin:
    """Of pictures of which the format says neither kind nor licence."""
    return Origin(name=f"{plain(path.stem) or 'annotations'} ({form})", kind="", modality="OT")


def take(
    reading: Reading, name: str, mark: Mark, kept: str, size: Size | None = None, normalised: bool = False
) -> None:
    """Keep what a row says of a picture, counted as ``kept``; or refuse it with its reason."""
    told, before = told_by(mark.label), reading.pictures.get(name)
    if told == NOTHING:
        reading.refuse("the label says nothing of what is there", mark.where)
        return
    if before is not None and (size, normalised) != (before.size, before.normalised):
        reading.refuse("its picture has another size elsewhere", mark.where)
        return
    picture = reading.picture(name)
    picture.size, picture.normalised = size, normalised
    if told == NORMAL:
        picture.normal.append(mark.reader)
        reading.keep("nothing there")
    else:
        picture.marks.append(mark)
        reading.keep(kept)


@functools.lru_cache(maxsize=20_000)
def told_by(label: str) -> str:
    """What a label is: a FINDING; NORMAL, that nothing is there; NOTHING, a word about the picture or none at all."""
    words = key(label)
    if not words or words in {key(one) for one in UNSAID}:
        return NOTHING
    nothing = (key(one.replace("_", " ")) for one in words_table()["labels"]["nothing"].split())
    return NORMAL if words in nothing else FINDING


def look_for(reading: Reading, labels: dict[str, None]) -> None:
    """Where a reader says that nothing is there, it is nothing of what the source has labels for."""
    if any(picture.normal for picture in reading.pictures.values()):
        reading.origin = replace(reading.origin, looked_for=tuple(one for one in labels if told_by(one) == FINDING))
