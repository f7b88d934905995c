"""What is judged and what it is judged against: :class:`Region`, :class:`Answer`, :class:`Reference`.

These are also the JSON forms of the command line (``python -m ssg score``) and of the store.
Reading them from JSON checks everything that a forged request could get wrong; whoever holds one of these objects
holds something that can be scored.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from ssg.boxes import Box, Boxes, as_boxes
from ssg.errors import InvalidAnswer, InvalidBox, UnknownFinding
from ssg.vocabulary import Side, vocabulary

MOST_REGIONS = 500
"""An answer with more regions is refused: nobody draws them, and matching costs the cube of their number."""

MOST_READERS = 100
"""A reference with more readers is refused: every reader is a truth that each answer is judged against."""

Size = tuple[float, float]

LONGEST_SIDE = 100_000
"""Pixels; a width or height beyond it is a mistake, not an image."""


@dataclass(frozen=True, slots=True)
class Region:
    """A box that somebody calls a finding. ``finding`` is a vocabulary name; ``side`` is the patient's.

    ``picture`` is which picture of a case it is on, counted from 0 over all of its series; ``lesion`` is the same word
    for the same thing on several pictures; ``phrase`` are the words of a report that mean it.
    """

    finding: str
    box: Box
    side: Side | None = None
    confidence: float | None = None
    picture: int = 0
    lesion: str = ""
    phrase: str = ""

    def __post_init__(self) -> None:
        confidence = self.confidence
        if confidence is not None and not (math.isfinite(confidence) and 0 <= confidence <= 1):
            raise InvalidAnswer(f"confidence must lie between 0 and 1, got {confidence!r}.")

    @property
    def called(self) -> str:
        """The finding with its side, as one says it: "left pleural effusion"."""
        return said(self.finding, self.side)

    def to_json(self) -> dict[str, Any]:
        """Plain values for JSON."""
        row: dict[str, Any] = {"finding": self.finding, "box": list(self.box)}
        if self.side is not None:
            row["side"] = self.side.value
        if self.confidence is not None:
            row["confidence"] = self.confidence
        if self.picture:
            row["picture"] = self.picture
        return row


@dataclass(frozen=True, slots=True)
class Answer:
    """Regions drawn, in priority order, and findings stated to be absent."""

    regions: tuple[Region, ...] = ()
    absent: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if len(self.regions) > MOST_REGIONS:
            raise InvalidAnswer(f"{len(self.regions):,} regions in one answer; at most {MOST_REGIONS:,} are scored.")

    @property
    def boxes(self) -> Boxes:
        """All boxes, shape (n, 4)."""
        return as_boxes([region.box for region in self.regions])

    @classmethod
    def from_json(cls, data: Any, width: float, height: float, sizes: Sequence[Size] | None = None) -> Answer:
        """Read and check an answer on a ``width`` × ``height`` image; raises BadInput that names the region.

        On a case of several pictures ``sizes`` are (width, height) of each.
        """
        data = as_mapping(data, "An answer", ("regions", "absent"))
        if data and not {"regions", "absent"} & set(data):
            what = "this is a reference" if "readers" in data else "this has neither"
            raise InvalidAnswer(f'An answer holds "regions", "absent" or both; {what}.')
        regions = _regions(data.get("regions", ()), "answer", sizes or ((width, height),))
        return cls(regions, _names(data.get("absent", ()), "absent"))

    def to_json(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {"regions": [region.to_json() for region in self.regions], "absent": list(self.absent)}


@dataclass(frozen=True, slots=True)
class ReaderAnswer(Answer):
    """One reader's answer; readers are kept apart, never averaged into a box that nobody drew."""

    id: str = "reader"

    def to_json(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "id": self.id,
            "regions": [region.to_json() for region in self.regions],
            "absent": list(self.absent),
        }


@dataclass(frozen=True, slots=True)
class Reference:
    """What one or more readers saw on an image of ``width`` × ``height`` pixels.

    A finding that no reader marks nor excludes is *unknown* and counts nowhere. ``question`` restricts the judgement
    to the findings asked about; None asks about all that the readers mark or exclude. ``spacing_mm`` is (row, column)
    in millimetres for each pixel, where known.
    """

    width: float
    height: float
    readers: tuple[ReaderAnswer, ...] = ()
    question: tuple[str, ...] | None = None
    spacing_mm: tuple[float, float] | None = field(default=None)

    @classmethod
    def from_json(cls, data: Any) -> Reference:
        """Read and check a reference; raises BadInput that names what is wrong."""
        data = as_mapping(data, "A reference", ("width", "height", "readers", "question", "spacing_mm"))
        width, height = _length(data.get("width"), "width"), _length(data.get("height"), "height")
        rows = _list(data, "readers")
        if len(rows) > MOST_READERS:
            raise InvalidAnswer(f"{len(rows):,} readers in one reference; at most {MOST_READERS} are judged against.")
        readers = tuple(_reader(row, index, width, height) for index, row in enumerate(rows))
        repeated = {reader.id for reader in readers if sum(other.id == reader.id for other in readers) > 1}
        if repeated:
            raise InvalidAnswer(f"Two readers share the id {sorted(repeated)[0]!r}: give each reader their own.")
        question = data.get("question")
        return cls(
            width,
            height,
            readers,
            None if question is None else _names(question, "question"),
            _spacing(data.get("spacing_mm")),
        )

    def to_json(self) -> dict[str, Any]:
        """Plain values for JSON."""
        row: dict[str, Any] = {
            "width": self.width,
            "height": self.height,
            "readers": [reader.to_json() for reader in self.readers],
        }
        if self.question is not None:
            row["question"] = list(self.question)
        if self.spacing_mm is not None:
            row["spacing_mm"] = list(self.spacing_mm)
        return row


def said(finding: str, side: Side | None) -> str:
    """A finding with its side in words: "left pneumothorax", "bilateral pulmonary edema"."""
    return f"{side.value} {finding}" if side not in (None, Side.MIDLINE) else finding


def as_mapping(data: Any, what: str, keys: Sequence[str]) -> Mapping[str, Any]:
    """A JSON object; a key that is nearly one of ``keys`` is refused, since what it says would be lost in silence."""
    if not isinstance(data, Mapping):
        raise InvalidAnswer(f"{what} is a JSON object, got {type(data).__name__}.")
    for key in data:
        meant = [] if key in keys else get_close_matches(str(key).lower()[:40], keys, n=1, cutoff=0.75)
        if meant and meant[0] not in data:
            raise InvalidAnswer(f'{what} has a field "{str(key)[:40]}": did you mean "{meant[0]}"?')
    return data


def _list(data: Mapping[str, Any], key: str) -> Sequence[Any]:
    rows = data.get(key, ())
    if not isinstance(rows, Sequence) or isinstance(rows, (str, bytes)):
        raise InvalidAnswer(f'"{key}" must be a list, got {type(rows).__name__}.')
    return rows


def _length(value: Any, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not (0 < value <= LONGEST_SIDE):
        raise InvalidAnswer(f'"{name}" of the reference must be its image\'s {name} in pixels, got {value!r}.')
    return float(value)


def _spacing(value: Any) -> tuple[float, float] | None:
    if value is None:
        return None
    if (
        not isinstance(value, Sequence)
        or isinstance(value, str)
        or len(value) != 2
        or not all(isinstance(v, (int, float)) and math.isfinite(v) and v > 0 for v in value)
    ):
        raise InvalidAnswer(f'"spacing_mm" is [row, column] in millimetres for each pixel, got {value!r}.')
    return float(value[0]), float(value[1])


def _reader(row: Any, index: int, width: float, height: float) -> ReaderAnswer:
    row = as_mapping(row, f"Reader number {index + 1}", ("id", "regions", "absent"))
    name = str(row.get("id", f"reader {index + 1}"))[:100]
    regions = _regions(row.get("regions", ()), f"reader {name!r}", ((width, height),), on_any=True)
    absent = _names(row.get("absent", ()), "absent")
    for region in regions:
        for excluded in absent:
            if vocabulary().is_a(region.finding, excluded):
                raise InvalidAnswer(f"Reader {name!r} marks {region.finding} and excludes {excluded}: decide on one.")
    return ReaderAnswer(regions, absent, id=name)


def _regions(rows: Any, whose: str, sizes: Sequence[Size], on_any: bool = False) -> tuple[Region, ...]:
    rows = _list({"regions": rows}, "regions")
    if len(rows) > MOST_REGIONS:
        raise InvalidAnswer(f"{len(rows):,} regions in the {whose}; at most {MOST_REGIONS:,} are scored.")
    return tuple(_region(row, f"Region {index + 1} of the {whose}", sizes, on_any) for index, row in enumerate(rows))


def _region(row: Any, which: str, sizes: Sequence[Size], on_any: bool) -> Region:
    row = as_mapping(row, which, ("finding", "label", "box", "side", "confidence", "picture"))
    name = row.get("finding", row.get("label"))
    if not isinstance(name, str) or not name.strip():
        raise InvalidAnswer(f'{which} names no finding: give it "finding": "...".')
    try:
        picture = _picture(row.get("picture", 0), None if on_any else len(sizes))
        box = Box.of(row.get("box", ())).require_inside(*sizes[0 if on_any else picture])
        side, confidence = _side(row.get("side")), _confidence(row.get("confidence"))
        return Region(vocabulary().get(name).name, box, side, confidence, picture)
    except InvalidBox as error:
        raise InvalidBox(f"{which} ({name[:60]}): {error}") from None
    except UnknownFinding as error:
        raise UnknownFinding(error.name, error.candidates, which) from None
    except InvalidAnswer as error:
        raise InvalidAnswer(f"{which} ({name[:60]}): {error}") from None


def _side(value: Any) -> Side | None:
    if value is None or value == "":
        return None
    try:
        return Side(str(value).lower())
    except ValueError:
        raise InvalidAnswer(f"side must be one of {', '.join(Side)}, got {str(value)[:40]!r}.") from None


def _picture(value: Any, count: int | None) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0 or (count is not None and value >= count):
        there = "" if count is None else f": there are {count}, counted from 0"
        raise InvalidAnswer(f"picture must be the number of a picture of the case, got {str(value)[:40]!r}{there}.")
    return value


def _confidence(value: Any) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise InvalidAnswer(f"confidence must be a number between 0 and 1, got {str(value)[:40]!r}.")
    return float(value)


def _names(rows: Any, key: str) -> tuple[str, ...]:
    rows = _list({key: rows}, key)
    if len(rows) > MOST_REGIONS:
        raise InvalidAnswer(f'{len(rows):,} findings in "{key}"; at most {MOST_REGIONS:,} are judged.')
    for name in rows:
        if not isinstance(name, str):
            raise InvalidAnswer(f'A finding in "{key}" is named by a string, got {str(name)[:60]!r}.')
    return unique(vocabulary().get(name).name for name in rows)


def unique(names: Iterable[str]) -> tuple[str, ...]:
    """Names in first-seen order, each once."""
    return tuple(dict.fromkeys(names))
