"""What readers say of a picture, from the marks of a source: regions, exclusions, labels without a name."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from ssg.boxes import Box
from ssg.casebook.imports.fitting import Fits
from ssg.casebook.imports.labels import Labels, Meaning
from ssg.casebook.imports.marks import Mark, Origin, Picture, Size
from ssg.casebook.imports.placing import Edges, placed, scale_to
from ssg.casebook.imports.report import Report
from ssg.casebook.imports.values import word_of
from ssg.casebook.schema import rule_of
from ssg.casebook.types import OtherMark, Reader
from ssg.counting import counted
from ssg.imaging import Grid
from ssg.reward import Region
from ssg.vocabulary import Side, vocabulary

LONGEST_LABEL, LONGEST_PHRASE = 200, 1_000
MOST_MARKS = rule_of("reader", "regions")["maxItems"]
MOST_READERS: int = rule_of("case", "readers")["maxItems"]


NOTHING_THERE = "no finding"
TOO_MANY_READERS = f"a set takes {MOST_READERS} readers of one case"


class Gathering:
    """Readers of pictures from the marks of one source; ``report`` hears of everything that comes to nothing."""

    def __init__(self, origin: Origin, labels: Labels, report: Report) -> None:
        self.labels, self.report, self.edges = labels, report, Edges()
        self.fits = Fits(report.left_out)
        self.of_nothing_named = 0
        self._origin = origin
        self._excluded = self._findings(origin.looked_for)

    def readers(self, picture: Picture, sizes: Sequence[Size], grid: Grid | None = None) -> tuple[Reader, ...]:
        """The readers of a picture, as many as a set takes; ``sizes`` are those of its frames.

        ``grid`` is the picture's own, before it was made smaller, which masks must fit.
        """
        found: dict[str, _Said] = {}
        if grid is not None:
            marks = self.fits.placed(picture.marks, grid)
            picture = replace(picture, marks=marks, size=(float(grid.size[0]), float(grid.size[1])))
        for mark in picture.marks:
            said = found.setdefault(mark.reader, _Said())
            if said.is_empty and _is_full(found):
                self._leave_out(TOO_MANY_READERS, mark)
            else:
                self._take(mark, said, picture, sizes)
        for name in dict.fromkeys(picture.normal):
            said = found.setdefault(name, _Said())
            if said.is_empty and _is_full(found):
                self.report.left_out.add(TOO_MANY_READERS, picture.name)
                continue
            if said.regions or said.other:
                self.report.left_out.add("a reader says that nothing is there, and marks something", picture.name)
                continue
            self._nothing(said)
        kept = {name: said for name, said in found.items() if not said.is_empty}
        names = _reader_names(list(kept))
        return tuple(said.reader(names[name]) for name, said in kept.items())

    def _take(self, mark: Mark, said: _Said, picture: Picture, sizes: Sequence[Size]) -> None:
        meaning = self.labels.meaning(mark.label)
        if not 0 <= mark.frame < len(sizes):
            self._leave_out("there is no such frame", mark)
            return
        if max(len(said.regions), len(said.other)) >= MOST_MARKS:
            self._leave_out(f"a set takes {MOST_MARKS} boxes of a reader on one case", mark)
            return
        box: Box | None = None
        if mark.box is not None:
            size = sizes[mark.frame]
            scale = size if picture.normalised else scale_to(picture.size, size)
            if isinstance(scale, str):
                self._leave_out(scale, mark)
                return
            corners = mark.box
            self.edges.note(
                (corners[0] * scale[0], corners[1] * scale[1], corners[2] * scale[0], corners[3] * scale[1]),
                size,
                mark.where,
            )
            made = placed(corners, scale, size)
            if isinstance(made, str):
                self._leave_out(made, mark)
                return
            box = made
        self._place(mark, meaning, box, said)

    def _place(self, mark: Mark, meaning: Meaning, box: Box | None, said: _Said) -> None:
        finding = meaning.finding
        if meaning.nothing:
            self._nothing(said)
        elif not finding:
            label = " ".join(mark.label.split())[:LONGEST_LABEL]
            said.other.append(OtherMark(label, None if mark.absent else box, mark.absent, mark.frame))
            self.report.marks["labels without a name in the vocabulary"] += 1
        elif mark.absent and _side(finding, mark.side or meaning.side):
            said.other.append(OtherMark(f"{mark.side or meaning.side} {finding}".lower(), None, True))
            self.report.marks["absent on one side, which a set cannot say"] += 1
        elif mark.absent:
            said.absent[finding] = None
            self.report.marks["absent"] += 1
        elif box is None:
            said.other.append(OtherMark(mark.label[:LONGEST_LABEL], None, False, mark.frame))
            self.report.marks["findings without a place"] += 1
        else:
            region = Region(
                finding, box, _side(finding, mark.side or meaning.side), mark.confidence, mark.frame,
                word_of(mark.lesion), " ".join(mark.phrase.split())[:LONGEST_PHRASE],
            )  # fmt: skip
            if region in said.regions:
                self._leave_out("the same box twice by one reader", mark)
                return
            said.regions.append(region)
            self.report.marks["regions"] += 1

    def _nothing(self, said: _Said) -> None:
        """Exclude what the readers of the source looked for; where it does not tell that, keep the words."""
        self.report.marks["nothing there"] += 1
        if self._excluded:
            said.absent.update(dict.fromkeys(self._excluded))
        elif not self._origin.looked_for:
            said.other.append(OtherMark(NOTHING_THERE))
            self.of_nothing_named += 1

    def notes(self) -> list[str]:
        """What somebody may wonder about."""
        found = [warning] if (warning := self.edges.warning()) else []
        if self.of_nothing_named:
            found.append(
                f"{counted(self.of_nothing_named, 'time')} it is said that nothing is there, and nowhere what was "
                f"looked for: that is kept as “{NOTHING_THERE}”, and nothing is asked until readers say what is absent."
            )
        return [*found, *self.fits.notes()]

    def _leave_out(self, why: str, mark: Mark) -> None:
        self.report.left_out.add(why, mark.where)

    def _findings(self, names: Sequence[str]) -> tuple[str, ...]:
        """The findings that labels name; those that the vocabulary has no name for are nothing that one can exclude."""
        found = [Labels(self._origin.kind).meaning(label).finding for label in names]
        return tuple(dict.fromkeys(name for name in found if name))


def _is_full(found: Mapping[str, _Said]) -> bool:
    return sum(not said.is_empty for said in found.values()) >= MOST_READERS


class _Said:
    """What one reader says, gathered mark by mark."""

    def __init__(self) -> None:
        self.regions: list[Region] = []
        self.absent: dict[str, None] = {}
        self.other: list[OtherMark] = []

    @property
    def is_empty(self) -> bool:
        """Whether nothing is kept of what this reader says."""
        return not (self.regions or self.absent or self.other)

    def reader(self, name: str) -> Reader:
        """The reader; of what is marked, nothing is absent."""
        marked = [region.finding for region in self.regions]
        absent = [one for one in self.absent if not any(vocabulary().is_a(other, one) for other in marked)]
        return Reader(tuple(self.regions), tuple(absent), name, (), tuple(self.other))


def _side(finding: str, given: str) -> Side | None:
    if not given or not vocabulary().get(finding).has_sides:
        return None
    try:
        return Side(given.lower())
    except ValueError:
        return None


def _reader_names(names: Sequence[str]) -> dict[str, str]:
    """Names that a case set takes, each its own."""
    found: dict[str, str] = {}
    for number, name in enumerate(names, start=1):
        plain = re.sub(r"[^A-Za-z0-9 ._-]+", " ", name).strip(" ._-")[:36] or "reader"
        found[name] = plain if plain not in found.values() else f"{plain} {number}"
    return found
