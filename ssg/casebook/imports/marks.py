"""What annotations say, whatever their format: pictures with marks, and what became of every row.

An importer reads its format into a :class:`Reading`; ``making.py`` makes cases of it. Each row of the source ends in
one place: what it says is kept (:meth:`Reading.keep`), or it is refused with a reason (:meth:`Reading.refuse`).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from ssg.counting import some_of
from ssg.imaging import Grid

MOST_EXAMPLES = 20
"""Places that are listed for each reason; all are counted."""

Corners = tuple[float, float, float, float]
"""(left, top, right, bottom) in the coordinates of the source, unchecked."""

Size = tuple[float, float]
"""(width, height)."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One thing that one reader says of one picture, in the words of the source.

    ``box`` is None where a place is not said; ``absent`` says that it is not there. ``where`` is the row that says so.
    ``grid`` is that of the mask which it was measured on, None where there was none.
    """

    label: str
    box: Corners | None = None
    reader: str = "reader"
    absent: bool = False
    side: str = ""
    confidence: float | None = None
    phrase: str = ""
    frame: int = 0
    lesion: str = ""
    where: str = ""
    grid: Grid | None = None


@dataclass(slots=True)
class Picture:
    """One picture of a source, or one stack. ``size`` is (width, height) that boxes are measured in, where it is known.

    ``normal`` are the readers who say that nothing is there of all that the source's readers looked for. Where boxes
    are ``normalised``, they are shares of the width and height of the picture, whatever its size.
    """

    name: str
    size: tuple[float, float] | None = None
    marks: list[Mark] = field(default_factory=list)
    normal: list[str] = field(default_factory=list)
    modality: str = ""
    view: str = ""
    history: str = ""
    report: str = ""
    spacing_mm: tuple[float, float] | None = None
    normalised: bool = False


class LeftOut:
    """What is left out, by its reason: how often, and where the first of them stand."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.examples: dict[str, list[str]] = {}

    def add(self, why: str, where: str) -> None:
        """Note one thing that is left out."""
        self.counts[why] += 1
        examples = self.examples.setdefault(why, [])
        if len(examples) < MOST_EXAMPLES:
            examples.append(where)

    def take(self, other: LeftOut) -> None:
        """Note all that another one has noted."""
        self.counts.update(other.counts)
        for why, places in other.examples.items():
            known = self.examples.setdefault(why, [])
            known += places[: MOST_EXAMPLES - len(known)]

    def to_json(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {why: {"times": count, "examples": self.examples[why]} for why, count in self.counts.items()}

    def in_words(self, word: str) -> list[str]:
        """A line for each reason: "refused 2: it is empty (a.dcm, b.dcm)"; ``word`` is what became of them."""
        lines = []
        for why, count in self.counts.items():
            lines.append(f"{word} {count:,}: {why} ({some_of(self.examples[why], of=count)})")
        return lines


@dataclass(frozen=True, slots=True)
class Origin:
    """Whose annotations these are: what a case set says of itself, where its maker says nothing else.

    ``kind`` is the kind of image in the vocabulary's words; ``looked_for`` are the labels that every reader of the
    source looked for: what "nothing" means there.
    """

    name: str
    kind: str = "chest x-ray"
    modality: str = "DX"
    licence: str = ""
    citation: str = ""
    looked_for: tuple[str, ...] = ()
    body_part: str = ""
    specialty: str = ""


class Reading:
    """What is read of a source, row by row."""

    def __init__(self, origin: Origin) -> None:
        self.origin = origin
        self.pictures: dict[str, Picture] = {}
        self.rows = 0
        self.kept: Counter[str] = Counter()
        self.refused = LeftOut()
        self.notes: list[str] = []

    def picture(self, name: str) -> Picture:
        """The picture of that name, a new one where it is first heard of."""
        found = self.pictures.get(name)
        if found is None:
            found = self.pictures[name] = Picture(name)
        return found

    def keep(self, what: str) -> None:
        """Count a row that is kept: "boxes", "nothing there", ..."""
        self.rows += 1
        self.kept[what] += 1

    def refuse(self, why: str, where: str) -> None:
        """Count a row that is left out."""
        self.rows += 1
        self.refused.add(why, where)

    @property
    def accounted(self) -> int:
        """Rows that were kept or refused: all of them."""
        return self.kept.total() + self.refused.counts.total()
